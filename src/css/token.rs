//! How single tokens are read and printed: names, numbers, hash colours, strings.
//! Everything printed here is plain ASCII without `<`, and the tokenizer reads it back as the very same token.
//! Whether a token may stand where it stands is decided elsewhere.

use cssparser::{Delimiters, ParseError, Parser};

/// How deep any walk here follows brackets into each other, whatever a policy asks for: it bounds the stack.
pub(super) const DEEPEST: usize = 48;

/// Is this, printed as it is, one identifier? (ASCII only: escapes have been decoded, so a name that *needs* escapes
/// is one that could mean something else to the next parser.)
pub(super) fn is_name(name: &str) -> bool {
    let letter = |b: u8| b.is_ascii_alphabetic() || b == b'_';
    let starts = match name.as_bytes() {
        [b'-', second, ..] => letter(*second) || *second == b'-',
        [first, ..] => letter(*first),
        [] => false,
    };
    starts && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
}

/// Appends in ASCII lower case.
pub(super) fn push_lower(out: &mut String, text: &str) {
    let start = out.len();
    out.push_str(text);
    out[start..].make_ascii_lowercase();
}

/// Prints the number a numeric token's source starts with. `None`: not one that everybody reads alike.
pub(super) fn push_number(out: &mut String, source: &str) -> Option<()> {
    const LONGEST: usize = 40;
    let bytes = source.as_bytes();
    let digits = |mut at: usize| {
        while bytes.get(at).is_some_and(u8::is_ascii_digit) {
            at += 1;
        }
        at
    };
    let mut end = digits(usize::from(matches!(bytes.first(), Some(b'+' | b'-'))));
    if bytes.get(end) == Some(&b'.') && bytes.get(end + 1).is_some_and(u8::is_ascii_digit) {
        end = digits(end + 1);
    }
    let plain = end;
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
        let after = digits(end + 1 + sign);
        if after > end + 1 + sign {
            end = after;
        }
    }
    if end == 0 || end > LONGEST {
        return None;
    }
    if end == plain {
        out.push_str(&source[..end]);
        return Some(());
    }
    // An exponent is rare in mail, and old programs take `1e3px` for a unit `e3px`: written out instead.
    let value: f64 = source[..end].parse().ok()?;
    if value.abs() > 1e9 {
        return None;
    }
    let value = if value.abs() < 1e-6 { 0.0 } else { value };
    out.push_str(&value.to_string());
    Some(())
}

/// The units a mail has use for; a unit is printed from this list only, so no escape can smuggle an exponent in.
pub(super) fn unit(name: &str) -> Option<&'static str> {
    const UNITS: &[&str] = &[
        "px", "em", "rem", "pt", "ex", "ch", "pc", "in", "cm", "mm", "q", "vw", "vh", "vmin",
        "vmax", "svw", "svh", "lvw", "lvh", "dvw", "dvh", "lh", "rlh", "deg", "rad", "grad",
        "turn", "s", "ms", "fr", "dpi", "dpcm", "dppx", "x",
    ];
    UNITS.iter().find(|known| known.eq_ignore_ascii_case(name)).copied()
}

/// Prints `#rgb`, `#rgba`, `#rrggbb` or `#rrggbbaa`.
pub(super) fn push_hash(out: &mut String, digits: &str) -> Option<()> {
    if !matches!(digits.len(), 3 | 4 | 6 | 8) || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    out.push('#');
    push_lower(out, digits);
    Some(())
}

/// Prints a string in double quotes.
pub(super) fn push_string(out: &mut String, text: &str) {
    out.push('"');
    push_string_part(out, text);
    out.push('"');
}

/// The inside of a string. Besides what CSS asks for, what HTML or a hasty reader of CSS could take for markup or
/// for the end of something is escaped too.
pub(super) fn push_string_part(out: &mut String, text: &str) {
    use std::fmt::Write;
    for c in text.chars() {
        match c {
            '"' | '\\' | '<' | '>' | '&' | '{' | '}' | ';' => {}
            ' '..='~' => {
                out.push(c);
                continue;
            }
            _ => {}
        }
        // Writing to a String cannot fail. The space ends the escape, whatever follows.
        let _ = write!(out, "\\{:x} ", u32::from(c));
    }
}

/// A name or a piece of source for a report: one line, at most 80 characters.
pub(super) fn label(text: &str) -> String {
    text.trim().chars().take(80).map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// Runs `f` inside the block whose opening token was just read; what `f` leaves unread is skipped.
pub(super) fn nested<'i, R>(
    input: &mut Parser<'i, '_>,
    f: impl for<'t> FnOnce(&mut Parser<'i, 't>) -> R,
) -> R {
    let mut result = None;
    let _: Result<(), ParseError<()>> = input.parse_nested_block(|inner| {
        result = Some(f(inner));
        Err(inner.new_custom_error(()))
    });
    result.expect("the parser always calls back")
}

/// Runs `f` on what comes before the delimiters; what `f` leaves unread is skipped.
pub(super) fn until<'i, R>(
    input: &mut Parser<'i, '_>,
    delimiters: Delimiters,
    f: impl for<'t> FnOnce(&mut Parser<'i, 't>) -> R,
) -> R {
    let mut result = None;
    let _: Result<(), ParseError<()>> = input.parse_until_before(delimiters, |inner| {
        result = Some(f(inner));
        Err(inner.new_custom_error(()))
    });
    result.expect("the parser always calls back")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(source: &str) -> Option<String> {
        let mut out = String::new();
        push_number(&mut out, source).map(|()| out)
    }

    #[test]
    fn names_are_plain() {
        for good in ["a", "-a", "_a", "a1", "--x", "-webkit-box"] {
            assert!(is_name(good), "{good}");
        }
        for bad in ["", "-", "1a", "-1", "a b", "é", "a{", "a\u{0}"] {
            assert!(!is_name(bad), "{bad}");
        }
    }

    #[test]
    fn numbers_keep_their_text_or_lose_their_exponent() {
        assert_eq!(number("12px").unwrap(), "12");
        assert_eq!(number("+.50").unwrap(), "+.50");
        assert_eq!(number("-0.5em").unwrap(), "-0.5");
        assert_eq!(number("1em").unwrap(), "1");
        assert_eq!(number("1e3").unwrap(), "1000");
        assert_eq!(number("15e-1px").unwrap(), "1.5");
        assert_eq!(number("1e-300").unwrap(), "0");
        assert_eq!(number("1e300"), None);
        assert_eq!(number(&"9".repeat(50)), None);
    }

    #[test]
    fn strings_hold_no_markup() {
        let mut out = String::new();
        push_string(&mut out, "a\"</style>\\é;");
        assert_eq!(out, "\"a\\22 \\3c /style\\3e \\5c \\e9 \\3b \"");
    }

    #[test]
    fn labels_are_short_and_on_one_line() {
        assert_eq!(label(" a\nb "), "a b");
        assert_eq!(label(&"é".repeat(100)).chars().count(), 80);
    }
}
