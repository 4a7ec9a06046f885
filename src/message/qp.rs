//! Quoted-printable (RFC 2045, section 6.7), with a map of its lines, so that
//! only those are written anew in which something changed.

use super::params::hex;
use std::ops::Range;

/// The longest line, with its `=`.
const WIDTH: usize = 76;

/// A line of the encoded text, with its line end.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Line {
    pub raw: Range<usize>,
    /// What it stands for, in the decoded bytes.
    pub dec: Range<usize>,
    /// It ends with `=`: no line end is meant.
    soft: bool,
}

/// A change of decoded bytes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Edit {
    pub range: Range<usize>,
    pub new: Vec<u8>,
}

/// The decoded bytes and the lines.
pub(crate) fn decode(body: &[u8]) -> (Vec<u8>, Vec<Line>) {
    let (mut out, mut lines, mut at) = (Vec::with_capacity(body.len()), Vec::new(), 0);
    while at < body.len() {
        let (start, from) = (at, out.len());
        let end = super::header::line_end(body, at);
        let mut soft = false;
        while at < end {
            let next = memchr::memchr(b'=', &body[at..end]).map_or(end, |i| at + i);
            out.extend_from_slice(&body[at..next]);
            at = next;
            if at == end {
                break;
            }
            let rest = &body[at + 1..end];
            if let Some(byte) = hex(rest) {
                out.push(byte);
                at += 3;
            } else if rest.trim_ascii_start().is_empty() {
                soft = true;
                at = end;
            } else {
                out.push(b'=');
                at += 1;
            }
        }
        lines.push(Line { raw: start..end, dec: from..out.len(), soft });
    }
    (out, lines)
}

/// The body with its edits, which are in order and do not overlap. Lines
/// without an edit stay as they are.
pub(crate) fn patch(body: &[u8], edits: &[Edit], eol: &[u8]) -> Vec<u8> {
    let (old, lines) = decode(body);
    let mut out = Vec::with_capacity(body.len());
    let (mut line, mut edit) = (0, 0);
    if lines.is_empty() {
        let new: Vec<u8> = edits.iter().flat_map(|edit| edit.new.clone()).collect();
        encode(&new, false, eol, &mut out);
        return out;
    }
    while line < lines.len() {
        // An edit behind the last byte belongs to the last line.
        let touches = |line: usize, edit: usize| {
            let last = line + 1 == lines.len();
            edits.get(edit).is_some_and(|e| e.range.start < lines[line].dec.end || last)
        };
        if !touches(line, edit) {
            out.extend_from_slice(&body[lines[line].raw.clone()]);
            line += 1;
            continue;
        }
        // As far as edits reach from line to line.
        let (mut at, mut new) = (lines[line].dec.start, Vec::new());
        let mut last = line;
        while touches(last, edit) {
            let Edit { range, new: text } = &edits[edit];
            new.extend_from_slice(&old[at..range.start]);
            new.extend_from_slice(text);
            at = range.end;
            while last + 1 < lines.len() && lines[last].dec.end < at {
                last += 1;
            }
            edit += 1;
        }
        new.extend_from_slice(&old[at..lines[last].dec.end]);
        // Its own line end, in a body that has both kinds.
        let end = match body[lines[last].raw.clone()].ends_with(b"\r\n") {
            true => &b"\r\n"[..],
            false => &b"\n"[..],
        };
        match new.strip_suffix(end).filter(|_| end != eol && !lines[last].soft) {
            Some(text) => {
                encode(text, false, eol, &mut out);
                out.extend_from_slice(end);
            }
            None => encode(&new, lines[last].soft, eol, &mut out),
        }
        line = last + 1;
    }
    out
}

/// Encodes bytes from a line's beginning on. `open`: what follows belongs to
/// the same line, so it ends with a soft break.
pub(crate) fn encode(bytes: &[u8], open: bool, eol: &[u8], out: &mut Vec<u8>) {
    let (mut at, mut column) = (0, 0);
    let mut token;
    while at < bytes.len() {
        if bytes[at..].starts_with(eol) {
            out.extend_from_slice(eol);
            at += eol.len();
            column = 0;
            continue;
        }
        let b = bytes[at];
        let rest = &bytes[at + 1..];
        // White space before a line end gets lost on the way.
        let last = rest.is_empty() && !open || rest.starts_with(eol);
        let plain = match b {
            b'=' => false,
            b' ' | b'\t' => !last,
            // Not to be taken for a boundary, the end of SMTP's data, or the
            // beginning of a message in a mailbox.
            b'-' | b'.' if column == 0 => false,
            b'F' if column == 0 => !rest.starts_with(b"rom "),
            b => b.is_ascii_graphic(),
        };
        let token: &[u8] = match plain {
            true => &bytes[at..=at],
            false => {
                const HEX: &[u8; 16] = b"0123456789ABCDEF";
                token = [b'=', HEX[usize::from(b >> 4)], HEX[usize::from(b & 15)]];
                &token
            }
        };
        let room = if last { WIDTH } else { WIDTH - 1 };
        if column + token.len() > room {
            out.push(b'=');
            out.extend_from_slice(eol);
            column = 0;
            // What begins a line is looked at again.
            continue;
        }
        out.extend_from_slice(token);
        column += token.len();
        at += 1;
    }
    if open && column > 0 {
        out.push(b'=');
        out.extend_from_slice(eol);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_what_is_written_badly() {
        assert_eq!(decode(b"a=3D=\nb =  \r\nc=4x=\n").0, b"a=b c=4x");
        assert_eq!(decode(b"a=3d=E4\r\nb=").0, b"a=\xe4\r\nb");
    }

    #[test]
    fn lines_without_an_edit_stay() {
        let body = b"one=\n two=20=\nthree\nfour";
        let edit = |range: Range<usize>, new: &str| Edit { range, new: new.into() };
        assert_eq!(patch(body, &[edit(4..5, "T")], b"\n"), b"one=\n Two =\nthree\nfour");
        assert_eq!(patch(body, &[edit(18..18, "!")], b"\n"), b"one=\n two=20=\nthree\nfour!");
        assert_eq!(patch(body, &[edit(2..12, "")], b"\n"), b"one\nfour");
        assert_eq!(patch(b"", &[edit(0..0, "x")], b"\n"), b"x");
    }

    #[test]
    fn line_beginnings_are_harmless() {
        let mut out = Vec::new();
        encode(b"--a\n.\nFrom x\nFx \n", false, b"\n", &mut out);
        assert_eq!(out, b"=2D-a\n=2E\n=46rom x\nFx=20\n");
    }

    proptest! {
        #[test]
        fn patches_say_what_edits_say(
            body in "[ab =3D\r\n\t.-]{0,300}",
            cuts in proptest::collection::vec((0usize..300, 0usize..40, "[ -~\n]{0,90}"), 0..4),
            crlf: bool,
        ) {
            let eol: &[u8] = if crlf { b"\r\n" } else { b"\n" };
            let (old, _) = decode(body.as_bytes());
            let (mut edits, mut from) = (Vec::new(), 0);
            let mut new = Vec::new();
            for (skip, len, text) in cuts {
                let start = (from + skip % 50).min(old.len());
                let end = (start + len).min(old.len());
                new.extend_from_slice(&old[from..start]);
                new.extend_from_slice(text.as_bytes());
                edits.push(Edit { range: start..end, new: text.into_bytes() });
                from = end;
            }
            new.extend_from_slice(&old[from..]);
            let out = patch(body.as_bytes(), &edits, eol);
            prop_assert_eq!(decode(&out).0, new);
            if edits.is_empty() {
                prop_assert_eq!(out, body.as_bytes());
            }
        }
    }
}
