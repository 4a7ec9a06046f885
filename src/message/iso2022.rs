//! ISO-2022-JP (RFC 1468) for edits in place: its tags are ASCII, and between
//! them escape sequences turn bytes below 0x80 into kanji. These are masked, at
//! equal length, so that no kanji is read as a tag and every place stays.

use super::qp::Edit;

/// Stands for a byte of another alphabet. A digit: it belongs to no language
/// and ends no word.
const MASK: u8 = b'0';

/// The bytes with all that is not ASCII replaced.
pub(crate) fn masked(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut ascii = true;
    let mut at = 0;
    while at < bytes.len() {
        let escape = match &bytes[at..] {
            [0x1b, b'(', b'B' | b'J', ..] => Some(true),
            [0x1b, b'(' | b'$', _, ..] => Some(false),
            _ => None,
        };
        if let Some(to) = escape {
            ascii = to;
            out.extend([MASK; 3]);
            at += 3;
            continue;
        }
        let byte = bytes[at];
        // A line ends in ASCII, whatever was forgotten before.
        ascii |= byte == b'\n';
        out.push(if ascii && byte.is_ascii() { byte } else { MASK });
        at += 1;
    }
    out
}

/// Whether edits that were made for the masked text can be made in the bytes:
/// what is written is ASCII, and nothing masked was copied into it.
pub(crate) fn fit(masked: &[u8], bytes: &[u8], edits: &[Edit]) -> bool {
    edits.iter().all(|edit| {
        let same = masked[edit.range.clone()] == bytes[edit.range.clone()];
        edit.new.is_ascii() && (same || edit.new.is_empty())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kanji_are_no_tags() {
        let text = b"<p>\x1b$B%<%9%H\x1b(B</p>\x1b$B<<\n<b>";
        assert_eq!(masked(text), b"<p>000000000000</p>00000\n<b>");
        let edit = |range, new: &str| Edit { range, new: new.into() };
        let fits = |edit| fit(&masked(text), text, &[edit]);
        assert!(fits(edit(0..3, "<i>")) && fits(edit(0..20, "")) && !fits(edit(0..8, "<i>0")));
        assert!(!fits(edit(0..3, "\u{e4}")));
    }
}
