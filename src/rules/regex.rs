//! The `regex` of a rule: over the bytes of a path and a query. What is a
//! letter, a digit or the other case is ASCII's affair there, so none of
//! Unicode's tables is needed.

use regex::bytes::{Regex, RegexBuilder};

/// Compiles one.
pub(super) fn compile(text: &str) -> Result<Regex, regex::Error> {
    RegexBuilder::new(text).unicode(false).build()
}

/// Whether it can be compiled; if not, what is wrong with it.
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
        assert!(check("[?&](li|e)=").is_ok());
        assert!(check("(a").unwrap_err().contains("unclosed group"));
    }
}
