//! Which charset the bytes of a mail are in, and their text. encoding_rs does
//! the decoding; the order of evidence is the WHATWG standard's.

use crate::error::Error;
use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};

/// The encoding of an HTML text: a byte order mark, else what was declared
/// from outside, else a `<meta>` in the first 1,024 bytes, else UTF-8 if the
/// bytes are that, else windows-1252. The length of a mark comes along.
///
/// Of the bytes the first window counts, whether they came at once or not.
pub(crate) fn encoding_of(
    bytes: &[u8],
    declared: Option<&str>,
    window: usize,
) -> Result<(&'static Encoding, usize), Error> {
    // One more than the text that is looked at, as a stream waits for it.
    let bytes = &bytes[..bytes.len().min(window + 1)];
    if let Some((encoding, length)) = Encoding::for_bom(bytes) {
        return Ok((encoding, length));
    }
    if let Some(label) = declared {
        let encoding = Encoding::for_label_no_replacement(label.trim().as_bytes());
        return encoding.map(|e| (e, 0)).ok_or_else(|| Error::Charset(label.to_owned()));
    }
    if let Some(encoding) = meta(&bytes[..bytes.len().min(1024)]) {
        return Ok((encoding, 0));
    }
    let rest = &bytes[Encoding::utf8_valid_up_to(bytes)..];
    // Nothing, or a character that is cut.
    let valid = std::str::from_utf8(rest).map_or_else(|e| e.error_len().is_none(), |_| true);
    Ok((if valid { UTF_8 } else { WINDOWS_1252 }, 0))
}

/// What a `<meta charset=…>` or `<meta … content="…charset=…">` says. UTF-16
/// cannot be meant by a text that could be read up to here.
fn meta(head: &[u8]) -> Option<&'static Encoding> {
    let head = head.to_ascii_lowercase();
    let mut rest = head.as_slice();
    while let Some(at) = memchr::memmem::find(rest, b"<meta") {
        rest = &rest[at + 5..];
        let end = memchr::memchr(b'>', rest).unwrap_or(rest.len());
        if let Some(at) = memchr::memmem::find(&rest[..end], b"charset") {
            let value = rest[at + 7..end].trim_ascii_start();
            let Some(value) = value.strip_prefix(b"=") else { continue };
            let value = value.trim_ascii_start();
            let value = value.strip_prefix(b"\"").or(value.strip_prefix(b"'")).unwrap_or(value);
            let stop =
                |b: &u8| matches!(b, b'"' | b'\'' | b';' | b'/' | b'>') || b.is_ascii_whitespace();
            let label = &value[..value.iter().position(stop).unwrap_or(value.len())];
            let encoding = Encoding::for_label_no_replacement(label)?;
            return Some(if encoding.is_ascii_compatible() { encoding } else { UTF_8 });
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(bytes: &[u8], declared: Option<&str>) -> &'static str {
        encoding_of(bytes, declared, 4 << 20).expect("known").0.name()
    }

    #[test]
    fn the_order_of_evidence() {
        let meta = b"<meta http-equiv=Content-Type content='text/html; charset=koi8-r'>";
        assert_eq!(name(meta, None), "KOI8-R");
        assert_eq!(name(meta, Some("iso-8859-2")), "ISO-8859-2");
        assert_eq!(name(b"\xef\xbb\xbf<meta charset=koi8-r>", Some("iso-8859-2")), "UTF-8");
        assert_eq!(name(b"<meta charset=\"utf-16\">", None), "UTF-8");
        assert_eq!(name("gr\u{fc}n".as_bytes(), None), "UTF-8");
        assert_eq!(name(b"gr\xfcn", None), "windows-1252");
        assert!(encoding_of(b"", Some("utf-7"), 1).is_err());
    }
}
