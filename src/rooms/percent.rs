//! Percent-decoding, for what is looked at but never printed, and encoding.

use std::borrow::Cow;
use std::fmt::Write;

/// The text with `%40` read as `@`; bytes that are no UTF-8 become U+FFFD.
pub(crate) fn decoded(raw: &str) -> Cow<'_, str> {
    match bytes(raw) {
        Cow::Borrowed(_) => Cow::Borrowed(raw),
        Cow::Owned(bytes) => Cow::Owned(String::from_utf8_lossy(&bytes).into_owned()),
    }
}

/// The bytes that a text stands for, decoded once; a `%` without two digits stays one.
pub(crate) fn bytes(raw: &str) -> Cow<'_, [u8]> {
    let mut rest = raw.as_bytes();
    if memchr::memchr(b'%', rest).is_none() {
        return Cow::Borrowed(rest);
    }
    let hex = |b: Option<&u8>| b.and_then(|&b| (b as char).to_digit(16)).map(|d| d as u8);
    let mut out = Vec::with_capacity(rest.len());
    while let Some(at) = memchr::memchr(b'%', rest) {
        out.extend_from_slice(&rest[..at]);
        let len = match (hex(rest.get(at + 1)), hex(rest.get(at + 2))) {
            (Some(high), Some(low)) => {
                out.push(high << 4 | low);
                3
            }
            _ => {
                out.push(b'%');
                1
            }
        };
        rest = &rest[at + len..];
    }
    out.extend_from_slice(rest);
    Cow::Owned(out)
}

/// All but the unreserved characters (RFC 3986, 2.3) as `%40`.
pub(crate) fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    for byte in text.bytes() {
        match is_unreserved(u32::from(byte)) {
            true => out.push(char::from(byte)),
            // Writing to a String cannot fail.
            false => drop(write!(out, "%{byte:02X}")),
        }
    }
    out
}

/// RFC 3986, 2.3.
pub(crate) fn is_unreserved(c: u32) -> bool {
    u8::try_from(c).is_ok_and(|b| b.is_ascii_alphanumeric() || b"-._~".contains(&b))
}

#[cfg(test)]
mod tests {
    use super::decoded;

    #[test]
    fn decodes_what_is_encoded() {
        assert_eq!(decoded("a%40b%2e"), "a@b.");
        assert_eq!(decoded("100%"), "100%");
        assert_eq!(decoded("%zz%4"), "%zz%4");
        assert_eq!(decoded("%c3%a9"), "\u{e9}");
    }
}
