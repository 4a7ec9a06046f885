//! Encoded words in header fields (RFC 2047), and 8-bit text where there
//! should be none.

use super::params::{Value, hex};
use super::text::Charset;
use super::transfer::Transfer;

/// An unfolded value as text.
pub(crate) fn decode(value: &[u8]) -> String {
    let mut out = String::new();
    let (mut rest, mut after_word) = (value, false);
    // Words of one charset may share a character.
    let mut open: Option<Coded> = None;
    while let Some(at) = memchr::memmem::find(rest, b"=?") {
        let Some((word, length)) = word(&rest[at..]) else {
            flush(&mut open, &mut out);
            out.push_str(&plain(&rest[..at + 2]));
            (rest, after_word) = (&rest[at + 2..], false);
            continue;
        };
        let between = &rest[..at];
        if !(after_word && between.iter().all(u8::is_ascii_whitespace)) {
            flush(&mut open, &mut out);
            out.push_str(&plain(between));
        }
        match &mut open {
            Some((charset, bytes)) if *charset == word.0 => bytes.extend(word.1),
            _ => {
                flush(&mut open, &mut out);
                open = Some(word);
            }
        }
        (rest, after_word) = (&rest[at + length..], true);
    }
    flush(&mut open, &mut out);
    out.push_str(&plain(rest));
    out
}

/// A charset, and bytes in it.
type Coded = (Vec<u8>, Vec<u8>);

fn flush(open: &mut Option<Coded>, out: &mut String) {
    if let Some((charset, bytes)) = open.take() {
        let kind = [b"text/plain; charset=\"", &charset[..], b"\""].concat();
        out.push_str(&Charset::of(&Value::read(&kind), &bytes).decode(&bytes));
    }
}

fn plain(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => encoding_rs::WINDOWS_1252.decode_without_bom_handling(bytes).0.into_owned(),
    }
}

/// `=?charset?q?text?=`: charset, bytes, and its length.
fn word(text: &[u8]) -> Option<(Coded, usize)> {
    let mut parts = text.get(2..)?.splitn(3, |&b| b == b'?');
    let (charset, how, rest) = (parts.next()?, parts.next()?, parts.next()?);
    let end = memchr::memmem::find(rest, b"?=")?;
    let fits = |b: &u8| b.is_ascii_graphic() && *b != b'"';
    if charset.is_empty() || charset.len() > 80 || !charset.iter().all(fits) {
        return None;
    }
    let text = &rest[..end];
    let bytes = match how {
        b"b" | b"B" => Transfer::Base64.decode(text),
        b"q" | b"Q" => quoted(text),
        _ => return None,
    };
    // The language of RFC 2231.
    let length = 2 + charset.len() + 1 + how.len() + 1 + end + 2;
    let charset = charset.split(|&b| b == b'*').next().unwrap_or_default().to_ascii_lowercase();
    Some(((charset, bytes), length))
}

fn quoted(text: &[u8]) -> Vec<u8> {
    let (mut out, mut at) = (Vec::with_capacity(text.len()), 0);
    while at < text.len() {
        let coded = text.get(at + 1..at + 3).filter(|_| text[at] == b'=').and_then(hex);
        out.push(coded.unwrap_or(if text[at] == b'_' { b' ' } else { text[at] }));
        at += if coded.is_some() { 3 } else { 1 };
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encoded_words() {
        for (value, text) in [
            ("plain", "plain"),
            ("=?utf-8?q?Gr=C3=BC=C3=9Fe_an?= alle", "Gr\u{fc}\u{df}e an alle"),
            ("=?UTF-8?B?w6Q=?= =?utf-8?Q?=C3?= =?utf-8?Q?=A4?=", "\u{e4}\u{e4}"),
            ("=?koi8-r*ru?q?=C1?=", "\u{430}"),
            ("a =?iso-8859-1?q?=E4?= b", "a \u{e4} b"),
            ("=?x?= =?utf-8?z?a?= =?", "=?x?= =?utf-8?z?a?= =?"),
        ] {
            assert_eq!(decode(value.as_bytes()), text, "{value}");
        }
        assert_eq!(decode(b"\xe4"), "\u{e4}");
    }
}
