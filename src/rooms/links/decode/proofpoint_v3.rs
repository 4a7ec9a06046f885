//! Proofpoint URL Defense, version 3.
//!
//! `/v3/__https://x.example/a*b?q=c**Ad__;IyUl!!token$` →
//! `https://x.example/a#b?q=c%%d`
//!
//! Between `__` and `__;` is the target, in which certain bytes were replaced:
//! `*` stands for the next byte of the base64 table behind it, `**X` for a run
//! of them as long as X says. Runs count bytes, not characters. The table ends
//! at the first `!`.

use super::{base64, slashes};

/// The target; `None` where the table does not fit, as when someone on the way
/// cut it or turned it to lower case.
pub(super) fn decode(tail: &str) -> Option<String> {
    let rest = tail.strip_prefix("/v3/__")?;
    let end = rest.rfind("__;")?;
    let text = &rest[..end];
    let table = rest[end + 3..].split('!').next()?;
    let table = if table.is_empty() { Vec::new() } else { base64(table)? };
    // What was replaced was never a letter or a digit.
    if table.iter().any(|b| b.is_ascii_alphanumeric() || b.is_ascii_control()) {
        return None;
    }
    let mut table = table.into_iter();
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes().peekable();
    while let Some(b) = bytes.next() {
        if b != b'*' {
            out.push(b);
            continue;
        }
        let run = match bytes.next_if_eq(&b'*') {
            Some(_) => length(bytes.next()?)?,
            None => 1,
        };
        for _ in 0..run {
            out.push(table.next()?);
        }
    }
    if table.next().is_some() {
        return None;
    }
    Some(slashes(&String::from_utf8(out).ok()?))
}

/// `A` = 2 … `_` = 65.
fn length(b: u8) -> Option<usize> {
    Some(match b {
        b'A'..=b'Z' => usize::from(b - b'A') + 2,
        b'a'..=b'z' => usize::from(b - b'a') + 28,
        b'0'..=b'9' => usize::from(b - b'0') + 54,
        b'-' => 64,
        b'_' => 65,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn as_documented() {
        let decoded = |tail| decode(tail);
        assert_eq!(
            decoded("/v3/__https://x.example/a*b?q=c**Ad__;IyUl!!token$").as_deref(),
            Some("https://x.example/a#b?q=c%%d")
        );
        assert_eq!(
            decoded("/v3/__https:/x.example/__;!!t$").as_deref(),
            Some("https://x.example/")
        );
        // Two bytes of one character.
        assert_eq!(
            decoded("/v3/__https://x.example/**A__;w7w!!t$").as_deref(),
            Some("https://x.example/ü")
        );
    }

    #[test]
    fn refuses_what_does_not_fit() {
        for tail in [
            "/v3/__https://x.example/a*b__;!!t$",
            "/v3/__https://x.example/ab__;Iw!!t$",
            "/v3/__https://x.example/a*b__;iw!!t$",
            "/v3/__https://x.example/a**b__;Iw!!t$",
            "/v3/__https://x.example/a__",
            "/v2/__https://x.example/a__;!!t$",
        ] {
            assert_eq!(decode(tail), None, "{tail}");
        }
    }
}
