//! The `regex` of a rule: over the bytes of a path and a query. What is a
//! letter, a digit or the other case is ASCII's affair there, so none of
//! Unicode's tables is needed.

pub(super) use regex::bytes::Regex;
use regex::bytes::RegexBuilder;
use regex_syntax::ParserBuilder;

/// Compiles one.
pub(super) fn compile(text: &str) -> Result<Regex, regex::Error> {
    RegexBuilder::new(text).unicode(false).build()
}

/// What is wrong with the spelling of one, if anything is. Compiling it tells
/// also whether it is too large, and takes as long as a small mail.
pub(super) fn spelling(text: &str) -> Result<(), String> {
    let mut parser = ParserBuilder::new().unicode(false).utf8(false).build();
    parser.parse(text).map(drop).map_err(|error| error.to_string())
}

/// The same, and whether it is too large.
pub(super) fn check(text: &str) -> Result<(), String> {
    compile(text).map(drop).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_and_ascii() {
        let is = |regex: &str, text: &str| compile(regex).unwrap().is_match(text.as_bytes());
        assert!(is("(?i)^/TRK\\?é=[0-9]$", "/trk?é=1"));
        assert!(is("^/..$", "/é"));
        assert!(!is("^/\\w$", "/é"));
    }

    #[test]
    fn what_is_wrong_is_told() {
        for told in [spelling, check] {
            for right in ["[?&](li|e)=", "(?i)é", "\\d{3}$"] {
                assert_eq!(told(right), Ok(()), "{right}");
            }
            for wrong in ["(a", "[é-", "\\p{Greek}", "a{2,1}", "*"] {
                assert!(told(wrong).is_err(), "{wrong}");
            }
        }
        let large = "(a{1000}){1000}";
        assert!(spelling(large).is_ok() && check(large).is_err());
    }
}
