//! Percent-decoding, exactly once: `+` stays a plus.

use crate::rooms::percent::bytes;

/// `a%2Fb%252F` → `a/b%2F`; `None` where the bytes are no UTF-8, or a `%` is
/// not followed by two digits: what was cut off or spoilt on the way is not
/// guessed at.
pub(crate) fn percent_whole(text: &str) -> Option<String> {
    is_whole(text).then(|| percent(text))?
}

/// Whether every `%` has its two digits.
fn is_whole(text: &str) -> bool {
    text.match_indices('%').all(|(at, _)| {
        text.as_bytes().get(at + 1..at + 3).is_some_and(|two| two.iter().all(u8::is_ascii_hexdigit))
    })
}

/// The same, but a lone `%` stays a percent sign.
pub(crate) fn percent(text: &str) -> Option<String> {
    String::from_utf8(bytes(text).into_owned()).ok()
}

#[cfg(test)]
mod tests {
    use super::{percent, percent_whole};

    #[test]
    fn decodes_once() {
        assert_eq!(percent("a%2Fb%252F+%").as_deref(), Some("a/b%2F+%"));
        assert_eq!(percent("%c3%BC%2").as_deref(), Some("ü%2"));
        assert_eq!(percent("%ff"), None);
        assert_eq!(percent_whole("a%2Fb%252F+").as_deref(), Some("a/b%2F+"));
        for spoilt in ["%", "a%2", "%zz", "%ff", "%c3%28", "%E0%A4%A"] {
            assert_eq!(percent_whole(spoilt), None, "{spoilt}");
        }
    }
}
