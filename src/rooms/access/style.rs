//! Writes one property into a style attribute.

/// The style with `name:value` in it, last, so that it counts. What it said of
/// the property before is taken out where that is plain to see.
pub(super) fn with(style: &str, name: &str, value: &str) -> String {
    let mut out = String::with_capacity(style.len() + name.len() + value.len() + 2);
    // Brackets, strings, escapes and comments may hold a `;` that is none.
    if style.bytes().any(|b| matches!(b, b'"' | b'\'' | b'(' | b'\\' | b'/' | b'{' | b'[')) {
        out.push_str(style.trim_end().trim_end_matches(';'));
    } else {
        let says_it = |part: &str| {
            part.split(':').next().is_some_and(|said| said.trim().eq_ignore_ascii_case(name))
        };
        let others = style.split(';').filter(|part| !part.trim().is_empty() && !says_it(part));
        for part in others {
            if !out.is_empty() {
                out.push(';');
            }
            out.push_str(part.trim());
        }
    }
    if !out.is_empty() {
        out.push(';');
    }
    out.push_str(name);
    out.push(':');
    out.push_str(value);
    out
}

#[cfg(test)]
mod tests {
    use super::with;

    #[test]
    fn the_last_word() {
        for (style, expected) in [
            ("", "color:#000"),
            ("color:red", "color:#000"),
            ("margin:0; COLOR : red ;", "margin:0;color:#000"),
            ("background-color:red;", "background-color:red;color:#000"),
            ("font-family:'a;color:b'", "font-family:'a;color:b';color:#000"),
        ] {
            assert_eq!(with(style, "color", "#000"), expected);
        }
    }
}
