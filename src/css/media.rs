//! Which media queries may stay: those that ask about the screen's size, its colours or the reader's preferences.
//! A query that is refused can never be true, so the list goes on without it; nothing can load, so asking is harmless.

use super::token::{is_name, label, nested, push_lower, push_number, unit};
use super::{Refused, RefusedKind};
use cssparser::{Parser, Token};

/// Prints a list of media queries, commas between. Says whether anything was printed.
pub(super) fn list(input: &mut Parser, out: &mut String, refused: &mut dyn FnMut(Refused)) -> bool {
    let begin = out.len();
    if input.is_exhausted() {
        out.push_str("all");
        return true;
    }
    loop {
        let mark = out.len();
        if mark > begin {
            out.push(',');
        }
        let start = input.position();
        let mut more = false;
        let mut good = true;
        let mut query = Query::default();
        loop {
            let token = match input.next() {
                Err(_) => break,
                Ok(Token::Comma) => {
                    more = true;
                    break;
                }
                Ok(token) => token.clone(),
            };
            good = good && query.take(token, input, out).is_some();
        }
        if !good || !query.is_complete() {
            out.truncate(mark);
            let what = input.slice_from(start);
            let what = format!("media {}", what.trim().trim_end_matches(','));
            refused(Refused { kind: RefusedKind::AtRule, what: label(&what), url: None });
        }
        if !more {
            return out.len() > begin;
        }
    }
}

/// Where we are in a query.
#[derive(Default, PartialEq)]
enum Query {
    #[default]
    Start,
    /// After `only` or `not`.
    Modifier,
    /// After a type or a feature.
    Complete,
    /// After `and`.
    And,
}

impl Query {
    fn is_complete(&self) -> bool {
        *self == Self::Complete
    }

    fn take(&mut self, token: Token, input: &mut Parser, out: &mut String) -> Option<()> {
        *self = match (&*self, token) {
            (Self::Start, Token::Ident(word)) if is_one_of(&word, &["only", "not"]) => {
                push_lower(out, &word);
                out.push(' ');
                Self::Modifier
            }
            (Self::Start | Self::Modifier, Token::Ident(word))
                if is_one_of(&word, &["all", "screen", "print"]) =>
            {
                push_lower(out, &word);
                Self::Complete
            }
            (Self::Complete, Token::Ident(word)) if word.eq_ignore_ascii_case("and") => {
                out.push_str(" and ");
                Self::And
            }
            (Self::Start | Self::And, Token::ParenthesisBlock) => {
                nested(input, |inside| feature(inside, out))?;
                Self::Complete
            }
            _ => return None,
        };
        Some(())
    }
}

fn is_one_of(word: &str, words: &[&str]) -> bool {
    words.iter().any(|known| known.eq_ignore_ascii_case(word))
}

/// What a mail may ask about.
const FEATURES: &[&str] = &[
    "-moz-device-pixel-ratio",
    "-webkit-device-pixel-ratio",
    "-webkit-max-device-pixel-ratio",
    "-webkit-min-device-pixel-ratio",
    "aspect-ratio",
    "color",
    "color-gamut",
    "device-aspect-ratio",
    "device-height",
    "device-width",
    "forced-colors",
    "height",
    "hover",
    "inverted-colors",
    "max--moz-device-pixel-ratio",
    "max-aspect-ratio",
    "max-device-aspect-ratio",
    "max-device-height",
    "max-device-width",
    "max-height",
    "max-resolution",
    "max-width",
    "min--moz-device-pixel-ratio",
    "min-aspect-ratio",
    "min-color",
    "min-device-aspect-ratio",
    "min-device-height",
    "min-device-width",
    "min-height",
    "min-resolution",
    "min-width",
    "monochrome",
    "orientation",
    "pointer",
    "prefers-color-scheme",
    "prefers-contrast",
    "prefers-reduced-motion",
    "resolution",
    "width",
];

/// The inside of one pair of brackets, printed with them. Newer comparisons (`width <= 600px`) are printed as the
/// older `max-width`, which says the same to every program and needs no `<`.
fn feature(input: &mut Parser, out: &mut String) -> Option<()> {
    let start = input.state();
    if let Ok(name) = input.expect_ident_cloned() {
        let name = name.to_ascii_lowercase();
        FEATURES.binary_search(&&*name).ok()?;
        if input.is_exhausted() {
            return write(out, &name, "");
        }
        if input.try_parse(|input| input.expect_colon()).is_ok() {
            let value = value(input)?;
            return input.is_exhausted().then(|| write(out, &name, &value))?;
        }
        let bound = comparison(input)?;
        let value = value(input)?;
        return input.is_exhausted().then(|| compare(out, bound, &name, &value))?;
    }
    input.reset(&start);
    let low = value(input)?;
    let first = comparison(input)?;
    let name = input.expect_ident_cloned().ok()?.to_ascii_lowercase();
    // `400px <= width` bounds the width from below.
    let turned = if first == Bound::Max { Bound::Min } else { Bound::Max };
    compare(out, turned, &name, &low)?;
    if input.is_exhausted() {
        return Some(());
    }
    let second = comparison(input)?;
    let high = value(input)?;
    out.push_str(" and ");
    (first == second && input.is_exhausted()).then(|| compare(out, second, &name, &high))?
}

#[derive(Clone, Copy, PartialEq)]
enum Bound {
    Min,
    Max,
}

/// `<=` or `>=`. The strict ones have no older spelling.
fn comparison(input: &mut Parser) -> Option<Bound> {
    let bound = match input.next().ok()? {
        Token::Delim('<') => Bound::Max,
        Token::Delim('>') => Bound::Min,
        _ => return None,
    };
    matches!(input.next_including_whitespace(), Ok(Token::Delim('='))).then_some(bound)
}

fn compare(out: &mut String, bound: Bound, name: &str, value: &str) -> Option<()> {
    let name = match (bound, name) {
        (Bound::Min, "width") => "min-width",
        (Bound::Max, "width") => "max-width",
        (Bound::Min, "height") => "min-height",
        (Bound::Max, "height") => "max-height",
        _ => return None,
    };
    write(out, name, value)
}

fn write(out: &mut String, name: &str, value: &str) -> Option<()> {
    out.push('(');
    out.push_str(name);
    if !value.is_empty() {
        out.push(':');
        out.push_str(value);
    }
    out.push(')');
    Some(())
}

/// A word, a number with or without a unit, or a ratio.
fn value(input: &mut Parser) -> Option<String> {
    let mut out = String::new();
    input.skip_whitespace();
    let start = input.position();
    match input.next_including_whitespace_and_comments().ok()? {
        Token::Ident(word) if is_name(word) => push_lower(&mut out, word),
        Token::Dimension { unit: name, .. } => {
            let unit = unit(name)?;
            push_number(&mut out, input.slice_from(start))?;
            out.push_str(unit);
        }
        Token::Number { .. } => {
            push_number(&mut out, input.slice_from(start))?;
            if input.try_parse(|input| input.expect_delim('/')).is_ok() {
                input.skip_whitespace();
                let start = input.position();
                matches!(input.next_including_whitespace_and_comments(), Ok(Token::Number { .. }))
                    .then_some(())?;
                out.push('/');
                push_number(&mut out, input.slice_from(start))?;
            }
        }
        _ => return None,
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use cssparser::ParserInput;

    fn queries(source: &str) -> (String, usize) {
        let (mut out, mut refusals) = (String::new(), 0);
        let mut input = ParserInput::new(source);
        list(&mut Parser::new(&mut input), &mut out, &mut |_| refusals += 1);
        (out, refusals)
    }

    #[test]
    fn features_are_sorted() {
        assert!(FEATURES.is_sorted());
    }

    #[test]
    fn ordinary_queries_stay() {
        for (source, expected) in [
            ("", "all"),
            ("Screen", "screen"),
            ("only screen and (max-width: 600px)", "only screen and (max-width:600px)"),
            ("screen and (max-width:480px) , PRINT", "screen and (max-width:480px),print"),
            ("(prefers-color-scheme : dark)", "(prefers-color-scheme:dark)"),
            ("(min-aspect-ratio: 16 / 9)", "(min-aspect-ratio:16/9)"),
            ("(-webkit-min-device-pixel-ratio:1.5)", "(-webkit-min-device-pixel-ratio:1.5)"),
            ("not all and (color)", "not all and (color)"),
            ("(width <= 600px)", "(max-width:600px)"),
            ("(400px<=width<=37.5em)", "(min-width:400px) and (max-width:37.5em)"),
            ("(600px >= width)", "(max-width:600px)"),
        ] {
            assert_eq!(queries(source), (expected.to_owned(), 0), "{source}");
            assert_eq!(queries(expected).0, expected);
        }
    }

    #[test]
    fn one_refused_query_leaves_the_others() {
        assert_eq!(queries("screen, (scripting), print"), ("screen,print".to_owned(), 1));
        assert_eq!(queries("speech, yahoo"), (String::new(), 2));
        for bad in [
            "screen and",
            "and (color)",
            "(width < 5px)",
            "(width:calc(1px))",
            "only (color)",
            "screen (color)",
            "(max-width:600px;)",
            "(max-width:url(x))",
            "(400px<=width>=3px)",
            "(foo)",
            "((color))",
            ",",
            "screen or print",
        ] {
            assert_eq!(queries(bad).0, "", "{bad}");
        }
    }
}
