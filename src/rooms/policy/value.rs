//! Values that are neither URLs, names nor styles: numbers, colours, words of
//! a list. Each is spelt as every parser reads it.

use crate::css;
use crate::html::{Dimension, dimension};

/// What is left of a value.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Value {
    /// It stays as it is.
    Same,
    /// It means the same in this spelling.
    Spelt(String),
    /// It says nothing, and may go without a word.
    Empty,
    /// It is not what this attribute takes.
    Refused,
}

impl Value {
    fn of(raw: &str, spelt: &str) -> Self {
        if raw == spelt { Value::Same } else { Value::Spelt(spelt.to_owned()) }
    }
}

/// A whole number; what follows it is not read by browsers either.
pub(super) fn number(raw: &str, signed: bool) -> Value {
    let text = trim(raw);
    if text.is_empty() {
        return Value::Empty;
    }
    let (sign, rest) = match text.as_bytes()[0] {
        b'+' | b'-' if signed => text.split_at(1),
        _ => ("", text),
    };
    let digits = digits(rest);
    if digits.is_empty() || digits.len() > LONGEST {
        return Value::Refused;
    }
    if digits.len() == raw.len() {
        // As nearly all are.
        return Value::Same;
    }
    Value::of(raw, &format!("{sign}{digits}"))
}

/// Pixels, or per cent: WHATWG "rules for parsing dimension values", so that
/// `600px` is 600.
pub(super) fn length(raw: &str) -> Value {
    let whole = digits(raw).len();
    if (1..=LONGEST).contains(&whole) && matches!(&raw[whole..], "" | "%") {
        // As nearly all are.
        return Value::Same;
    }
    let text = trim(raw);
    if text.is_empty() {
        return Value::Empty;
    }
    let Some(Dimension { number, percent }) = dimension(text) else { return Value::Refused };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole.len() > LONGEST {
        return Value::Refused;
    }
    let number = &number[..number.len() - fraction.len().saturating_sub(LONGEST)];
    let unit = if percent { "%" } else { "" };
    Value::of(raw, &format!("{number}{unit}"))
}

/// A colour in the old spelling, which browsers read from nearly any text. A
/// text that is none for certain gets the spelling of the colour that they see.
pub(super) fn colour(raw: &str) -> Value {
    if raw.is_empty() {
        return Value::Empty;
    }
    let text = trim(raw);
    let plain = |b: u8| {
        b.is_ascii_alphanumeric()
            || matches!(b, b'#' | b'(' | b')' | b',' | b'.' | b'%' | b' ' | b'-')
    };
    if text.is_empty() || text.len() > 64 || !text.bytes().all(plain) {
        return match css::legacy_colour(raw) {
            Some(colour) => Value::Spelt(colour.to_string()),
            None => Value::Refused,
        };
    }
    Value::of(raw, text)
}

/// A language tag of the shape of BCP 47; `en_US` means `en-US`.
pub(super) fn lang(raw: &str) -> Value {
    let text = trim(raw);
    if text.is_empty() {
        return Value::Empty;
    }
    let spelt = text.replace('_', "-");
    let mut parts = spelt.split('-');
    let first = parts.next().unwrap_or_default();
    let is_part = |part: &str| {
        (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric())
    };
    if !is_part(first)
        || !first.bytes().all(|b| b.is_ascii_alphabetic())
        || !parts.all(is_part)
        || text.len() > 64
    {
        return Value::Refused;
    }
    Value::of(raw, &spelt)
}

/// Numbers with commas between, as the places of image maps are given.
pub(super) fn coords(raw: &str) -> Value {
    let text = trim(raw);
    if text.is_empty() {
        return Value::Empty;
    }
    let plain = |b: u8| b.is_ascii_digit() || matches!(b, b',' | b'.' | b'-' | b' ' | b'%');
    if !text.bytes().all(plain) {
        return Value::Refused;
    }
    Value::of(raw, text)
}

/// There, whatever it says.
pub(super) fn flag(raw: &str) -> Value {
    Value::of(raw, "")
}

/// One of some words. `a` and `A` are two of them for lists.
pub(super) fn one_of(raw: &str, words: &[&str]) -> Value {
    let text = trim(raw);
    if text.is_empty() {
        return Value::Empty;
    }
    if words.contains(&text) {
        return Value::of(raw, text);
    }
    match words.iter().find(|word| text.eq_ignore_ascii_case(word)) {
        Some(word) => Value::of(raw, word),
        None => Value::Refused,
    }
}

/// Longer numbers mean nothing in a mail, and are beyond what parsers hold.
const LONGEST: usize = 6;

fn digits(text: &str) -> &str {
    let end = text.bytes().take_while(u8::is_ascii_digit).count();
    &text[..end]
}

fn trim(raw: &str) -> &str {
    raw.trim_matches(|c: char| c.is_ascii_whitespace())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spelt(text: &str) -> Value {
        Value::Spelt(text.to_owned())
    }

    #[test]
    fn lengths() {
        assert_eq!(length("600"), Value::Same);
        assert_eq!(length("100%"), Value::Same);
        assert_eq!(length("33.3%"), Value::Same);
        assert_eq!(length(" 600px"), spelt("600"));
        assert_eq!(length("33.33333333%"), spelt("33.333333%"));
        assert_eq!(length("50.%"), spelt("50%"));
        assert_eq!(length("50.5.%"), spelt("50.5"));
        assert_eq!(length(""), Value::Empty);
        // No length to a browser, nor to what looks for tiny pictures.
        assert_eq!(length("+5"), Value::Refused);
        for raw in ["auto", "-5", "*", "1234567", "expression(1)"] {
            assert_eq!(length(raw), Value::Refused, "{raw}");
        }
    }

    #[test]
    fn numbers() {
        assert_eq!(number("3", false), Value::Same);
        assert_eq!(number("+2", true), Value::Same);
        assert_eq!(number("-1x", true), spelt("-1"));
        assert_eq!(number("-1", false), Value::Refused);
        assert_eq!(number("x", true), Value::Refused);
    }

    #[test]
    fn colours() {
        for raw in ["#fff", "ffffff", "White", "rgb(1, 2, 3)"] {
            assert_eq!(colour(raw), Value::Same, "{raw}");
        }
        assert_eq!(colour(" #FFF "), spelt("#FFF"));
        assert_eq!(colour(""), Value::Empty);
        assert_eq!(colour("url:x"), spelt("#000000"));
        assert_eq!(colour("red\""), spelt("#0ed000"));
        assert_eq!(colour("#ff0;"), spelt("#ff0000"));
        assert_eq!(colour(" "), spelt("#000000"));
    }

    #[test]
    fn places_on_a_picture() {
        assert_eq!(coords("0,0,20,30"), Value::Same);
        assert_eq!(coords(" 0, 0, 20.5, 30 "), spelt("0, 0, 20.5, 30"));
        assert_eq!(coords(" "), Value::Empty);
        assert_eq!(coords("0,0,url(x)"), Value::Refused);
    }

    #[test]
    fn languages() {
        assert_eq!(lang("en"), Value::Same);
        assert_eq!(lang("zh-Hant-TW"), Value::Same);
        assert_eq!(lang("en_US"), spelt("en-US"));
        assert_eq!(lang("x\""), Value::Refused);
        assert_eq!(lang("1en"), Value::Refused);
    }

    #[test]
    fn words() {
        assert_eq!(one_of("LEFT", &["left"]), spelt("left"));
        assert_eq!(one_of("A", &["a", "A"]), Value::Same);
        assert_eq!(one_of("alert", &["note"]), Value::Refused);
        assert_eq!(flag("nowrap"), spelt(""));
    }

    #[test]
    fn judging_twice_changes_nothing() {
        for raw in ["600px", "50.%", "33.123456789%"] {
            let Value::Spelt(once) = length(raw) else { panic!("{raw}") };
            assert_eq!(length(&once), Value::Same, "{once}");
        }
    }
}
