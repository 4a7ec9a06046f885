//! Which charset the bytes of a mail are in, and their text. encoding_rs does
//! the decoding; the order of evidence is the WHATWG standard's.

use crate::error::Error;
use encoding_rs::{Decoder, DecoderResult, Encoding, UTF_8, WINDOWS_1252};

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

/// Text of bytes that are not all of their charset, and which bytes each
/// character was made of.
pub(crate) struct Placed {
    pub text: String,
    /// Behind every character beyond ASCII: where text and bytes go on.
    places: Vec<(usize, usize)>,
}

impl Placed {
    /// Reads bytes in an encoding that ASCII is a part of; `None` where it
    /// cannot be told what a character was made of.
    pub(crate) fn of(encoding: &'static Encoding, bytes: &[u8]) -> Option<Placed> {
        let mut placed = Placed { text: String::with_capacity(bytes.len()), places: Vec::new() };
        let mut decoder = encoding.new_decoder_without_bom_handling();
        let mut at = 0;
        loop {
            let ascii = Encoding::ascii_valid_up_to(&bytes[at..]);
            placed.text.push_str(std::str::from_utf8(&bytes[at..at + ascii]).ok()?);
            at += ascii;
            if at == bytes.len() {
                return Some(placed);
            }
            at += placed.character(&mut decoder, &bytes[at..])?;
            placed.places.push((placed.text.len(), at));
        }
    }

    /// Reads one character byte by byte; gives how many it was made of.
    fn character(&mut self, decoder: &mut Decoder, bytes: &[u8]) -> Option<usize> {
        /// More than a byte makes in any encoding.
        const ROOM: usize = 32;
        let mut room = [0; ROOM];
        for (before, byte) in bytes.iter().enumerate() {
            let (result, read, written) =
                decoder.decode_to_utf8_without_replacement(&[*byte], &mut room, false);
            let text = std::str::from_utf8(&room[..written]).ok()?;
            match result {
                DecoderResult::InputEmpty if written == 0 => continue,
                DecoderResult::InputEmpty => self.text.push_str(text),
                DecoderResult::Malformed(_, behind) if written == 0 => {
                    // Bytes that it has read, and are read again: WHATWG "prepend".
                    *decoder = decoder.encoding().new_decoder_without_bom_handling();
                    self.text.push('\u{fffd}');
                    let made_of = (before + read).checked_sub(usize::from(behind))?;
                    return Some(made_of).filter(|&made_of| made_of > 0);
                }
                DecoderResult::Malformed(..) | DecoderResult::OutputFull => return None,
            }
            return Some(before + read);
        }
        // The end cut it off.
        self.text.push('\u{fffd}');
        Some(bytes.len())
    }

    /// The place in the bytes of a place in the text, between characters.
    pub(crate) fn byte(&self, at: usize) -> usize {
        match self.places.partition_point(|(text, _)| *text <= at).checked_sub(1) {
            Some(last) => self.places[last].1 + (at - self.places[last].0),
            None => at,
        }
    }
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

    #[test]
    fn characters_know_their_bytes() {
        for (label, bytes, text, places) in [
            (
                "utf-8",
                &b"a\xc3\xa9\xff<b>\xe2\x82"[..],
                "a\u{e9}\u{fffd}<b>\u{fffd}",
                &[0, 1, 3, 4, 5, 6, 7, 9][..],
            ),
            ("gbk", b"\xce\xd2\xff\xc3\xc7", "\u{6211}\u{fffd}\u{4eec}", &[0, 2, 3, 5]),
            // The second byte is no part of a character, and stands for itself.
            ("euc-kr", b"\xb0<\xb0\xa1", "\u{fffd}<\u{ac00}", &[0, 1, 2, 4]),
            // Four bytes begin so: the digit is read again.
            ("gb18030", b"\x81\x30a", "\u{fffd}0a", &[0, 1, 2, 3]),
            ("gb18030", b"\x81\x30\x81a", "\u{fffd}0\u{4e64}", &[0, 1, 2, 4]),
        ] {
            let encoding = Encoding::for_label(label.as_bytes()).expect("a label");
            let placed = Placed::of(encoding, bytes).expect("it can be told");
            assert_eq!(placed.text, text);
            assert_eq!(placed.text, encoding.decode_without_bom_handling(bytes).0);
            let ends = text.char_indices().map(|(at, _)| at).chain([text.len()]);
            let found: Vec<_> = ends.map(|at| placed.byte(at)).collect();
            assert_eq!(found, places, "{label}");
        }
    }
}
