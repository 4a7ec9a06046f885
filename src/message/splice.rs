//! New bytes in the place of old ones; every other byte stays.

use super::qp::Edit;
use super::scan::{Part, scan};
use super::text::LONGEST;
use crate::error::Error;

/// The bytes with their edits, which are in order and do not overlap.
pub(crate) fn applied(bytes: &[u8], edits: &[Edit]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    for Edit { range, new } in edits {
        out.extend_from_slice(&bytes[at..range.start]);
        out.extend_from_slice(new);
        at = range.end;
    }
    out.extend_from_slice(&bytes[at..]);
    out
}

/// Where an edit makes a line too long that was not, the space that it begins
/// with becomes a line end: it stands in a tag.
pub(crate) fn in_short_lines(bytes: &[u8], mut edits: Vec<Edit>, eol: &[u8]) -> Vec<Edit> {
    let mut column = 0;
    let mut at = 0;
    for edit in &mut edits {
        let kept = &bytes[at..edit.range.start];
        column = match memchr::memrchr(b'\n', kept) {
            Some(end) => kept.len() - end - 1,
            None => column + kept.len(),
        };
        let rest = &bytes[edit.range.end..];
        let behind = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
        let first = memchr::memchr(b'\n', &edit.new);
        let longest = column + first.unwrap_or(edit.new.len() + behind);
        if longest > LONGEST
            && column <= LONGEST
            && edit.new.starts_with(b" ")
            && edit.new.len() > 1
        {
            edit.new.splice(..1, eol.iter().copied());
        }
        column = match memchr::memrchr(b'\n', &edit.new) {
            Some(end) => edit.new.len() - end - 1,
            None => column + edit.new.len(),
        };
        at = edit.range.end;
    }
    edits
}

/// Whether the changed message has the parts that it had: `new` are the bodies
/// that were put in.
pub(crate) fn check(
    raw: &[u8],
    parts: &[Part],
    out: &[u8],
    new: &[(usize, Vec<u8>)],
) -> Result<(), Error> {
    let now = scan(out);
    let wrong = |what: &str| Err(Error::Message(what.to_owned()));
    if now.len() != parts.len() {
        return wrong("it has another number of parts");
    }
    let mut new = new.iter().peekable();
    for (i, (old, now)) in parts.iter().zip(&now).enumerate() {
        if (&old.section, &old.kind.word, old.parent) != (&now.section, &now.kind.word, now.parent)
        {
            return wrong("a part became another");
        }
        let body = match new.next_if(|(at, _)| *at == i) {
            Some((_, body)) => &body[..],
            None if old.kind.word.starts_with("multipart/") && !old.shut => continue,
            None => &raw[old.body.clone()],
        };
        if &out[now.body.clone()] != body {
            return wrong("a part has another body");
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_grows_too_long_is_broken_in_its_tag() {
        let line = format!("<img src=\"{}\">\n", "x".repeat(980));
        let edits = vec![Edit { range: 4..4, new: b" alt=\"\"".to_vec() }];
        let out =
            applied(line.as_bytes(), &in_short_lines(line.as_bytes(), edits.clone(), b"\r\n"));
        assert!(out.starts_with(b"<img\r\nalt=\"\" src"));
        let short = b"<img src=\"x\">\n";
        assert_eq!(in_short_lines(short, edits.clone(), b"\n"), edits);
    }

    #[test]
    fn another_structure_is_noticed() {
        let raw = b"Content-Type: multipart/mixed; boundary=a\n\n--a\n\nx\n--a--\n";
        let parts = scan(raw);
        assert!(check(raw, &parts, raw, &[]).is_ok());
        let more = b"Content-Type: multipart/mixed; boundary=a\n\n--a\n\ny\n--a\n\nx\n--a--\n";
        assert!(check(raw, &parts, more, &[(1, b"y\n--a\n\nx".to_vec())]).is_err());
        let other = b"Content-Type: multipart/mixed; boundary=a\n\n--a\n\nz\n--a--\n";
        assert!(check(raw, &parts, other, &[]).is_err());
    }
}
