//! The header of a message or part: where its fields stand. Lines that are no
//! fields are met in real mail; where they end a header is decided so that no
//! part is missed.

use super::params::Value;
use super::scan::{Delimiter, delimiter};
use std::ops::Range;

/// More than that is no header of a mail, in bytes.
const MOST: usize = 4 << 20;
/// More lines that are no fields, and it is text.
const ODD_LINES: usize = 100;

/// A field: its whole lines, and its value within.
#[derive(Clone, Debug)]
pub(crate) struct Field {
    /// From the first byte of the name to behind the last line end.
    pub lines: Range<usize>,
    name: Range<usize>,
    value: Range<usize>,
}

/// The fields of a header.
#[derive(Clone, Default, Debug)]
pub(crate) struct Header {
    /// From the first field (or what stands for it) to the empty line.
    pub range: Range<usize>,
    pub fields: Vec<Field>,
    /// Where the body begins: behind the empty line, if there is one.
    pub body: usize,
}

impl Header {
    /// Reads the header that begins at `start`, a line's beginning. It ends
    /// at an empty line, at a boundary of `stack` or of its own, and where
    /// text begins without an empty line before it.
    pub(crate) fn read(raw: &[u8], start: usize, stack: &[Vec<u8>]) -> Header {
        let mut header = Header { range: start..start, fields: Vec::new(), body: start };
        let mut at = start;
        let mut odd = 0;
        // Where the next empty line is, and the last MIME field before it.
        let mut mime: Option<usize> = None;
        while at < raw.len() && at - start < MOST {
            let end = line_end(raw, at);
            let line = &raw[at..end];
            let text = trim_eol(line);
            if text.is_empty() {
                header.range.end = at;
                header.body = end;
                return header;
            }
            if text.starts_with(b"--") {
                let is_own = |own: Vec<u8>| delimiter(text, &own) == Some(Delimiter::Open);
                if stack.iter().any(|b| delimiter(text, b).is_some())
                    || header.boundary(raw).is_some_and(is_own)
                {
                    break;
                }
                odd += 1;
            }
            match name_of(text) {
                _ if matches!(text[0], b' ' | b'\t') => match header.fields.last_mut() {
                    // A line between it and its field breaks it off.
                    Some(field) if field.lines.end == at => {
                        field.lines.end = end;
                        field.value.end = at + text.len();
                    }
                    _ => {}
                },
                Some((name, value)) => header.fields.push(Field {
                    lines: at..end,
                    name: at..at + name,
                    value: at + value..at + text.len(),
                }),
                None if at == start
                    && (text.starts_with(b"From ") || text.starts_with(b">From ")) => {}
                None => {
                    odd += 1;
                    let last = *mime.get_or_insert_with(|| last_mime_field(raw, at, stack));
                    let is_text =
                        header.kinds(raw).iter().any(|kind| kind.word.starts_with("text/"));
                    if is_text && (text[0] == b'<' || last < at) {
                        break;
                    }
                }
            }
            if odd > ODD_LINES {
                break;
            }
            at = end;
        }
        header.range.end = at;
        header.body = at;
        header
    }

    /// The values of the fields of this name (lower case), unfolded.
    pub(crate) fn all<'h>(
        &'h self,
        raw: &'h [u8],
        name: &'h str,
    ) -> impl Iterator<Item = Vec<u8>> + 'h {
        self.named(raw, name).map(|field| unfolded(&raw[field.value.clone()]))
    }

    /// The first of them.
    pub(crate) fn first(&self, raw: &[u8], name: &str) -> Option<Vec<u8>> {
        self.all(raw, name).next()
    }

    /// The fields of this name (lower case).
    pub(crate) fn named<'h>(
        &'h self,
        raw: &'h [u8],
        name: &'h str,
    ) -> impl Iterator<Item = &'h Field> + 'h {
        self.fields
            .iter()
            .filter(move |field| raw[field.name.clone()].eq_ignore_ascii_case(name.as_bytes()))
    }

    /// Where the value of a field stands.
    pub(crate) fn value(&self, field: &Field) -> Range<usize> {
        field.value.clone()
    }

    /// What its Content-Types say: most have one.
    pub(crate) fn kinds(&self, raw: &[u8]) -> Vec<Value> {
        self.all(raw, "content-type").map(|value| Value::read(&value)).collect()
    }

    fn boundary(&self, raw: &[u8]) -> Option<Vec<u8>> {
        let kinds = self.kinds(raw);
        let kind = kinds.iter().find(|kind| kind.word.starts_with("multipart/"))?;
        kind.param("boundary").map(trimmed).filter(|b| !b.is_empty())
    }
}

/// A boundary has no white space at its end.
pub(crate) fn trimmed(boundary: &[u8]) -> Vec<u8> {
    boundary.trim_ascii_end().to_vec()
}

/// Behind the line end of the line at `at`.
pub(crate) fn line_end(raw: &[u8], at: usize) -> usize {
    memchr::memchr(b'\n', &raw[at..]).map_or(raw.len(), |i| at + i + 1)
}

/// A line without its line end.
pub(crate) fn trim_eol(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// Lengths of the name, and up to the value.
fn name_of(line: &[u8]) -> Option<(usize, usize)> {
    let colon = memchr::memchr(b':', line)?;
    let name = line[..colon].trim_ascii_end();
    let fits = !name.is_empty() && name.iter().all(u8::is_ascii_graphic) && name[0] != b'<';
    fits.then_some((name.len(), colon + 1))
}

/// Where the last field `Content-…` before the next empty line or boundary begins.
fn last_mime_field(raw: &[u8], mut at: usize, stack: &[Vec<u8>]) -> usize {
    let (start, mut last) = (at, 0);
    while at < raw.len() && at - start < MOST {
        let end = line_end(raw, at);
        let text = trim_eol(&raw[at..end]);
        let is_end = |b: &Vec<u8>| text.starts_with(b"--") && delimiter(text, b).is_some();
        if text.is_empty() || stack.iter().any(is_end) {
            break;
        }
        if text.len() > 8 && text[..8].eq_ignore_ascii_case(b"content-") && name_of(text).is_some()
        {
            last = at;
        }
        at = end;
    }
    last
}

fn unfolded(value: &[u8]) -> Vec<u8> {
    let value: Vec<u8> = value.iter().copied().filter(|b| !matches!(b, b'\r' | b'\n')).collect();
    value.trim_ascii().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(raw: &str) -> (Vec<(String, String)>, String) {
        let bytes = raw.as_bytes();
        let header = Header::read(bytes, 0, &[b"out".to_vec()]);
        let text = |range: Range<usize>| raw[range].to_owned();
        let fields = header.fields.iter();
        let fields =
            fields.map(|f| (text(f.name.clone()), text(f.value.clone()).trim().to_owned()));
        (fields.collect(), raw[header.body..].to_owned())
    }

    fn pair(name: &str, value: &str) -> (String, String) {
        (name.to_owned(), value.to_owned())
    }

    #[test]
    fn fields_and_the_body() {
        for eol in ["\n", "\r\n"] {
            let raw = ["From a@b.example now", "A: 1", " 2", "B : x:y", "", "body"].join(eol);
            let folded = format!("1{eol} 2");
            let fields = vec![pair("A", &folded), pair("B", "x:y")];
            assert_eq!(read(&raw), (fields, "body".to_owned()));
        }
        assert_eq!(read("\nbody"), (vec![], "body".to_owned()));
        assert_eq!(read("A: 1"), (vec![pair("A", "1")], String::new()));
    }

    #[test]
    fn boundaries_end_a_header() {
        assert_eq!(read("A: 1\n--out\nx"), (vec![pair("A", "1")], "--out\nx".to_owned()));
        let kind = "multipart/mixed; boundary=in";
        let raw = format!("Content-Type: {kind}\n--in\nB: 1\n\nx");
        assert_eq!(read(&raw), (vec![pair("Content-Type", kind)], "--in\nB: 1\n\nx".to_owned()));
        assert_eq!(read("A: 1\n--other: 2\n\nx").1, "x");
    }

    #[test]
    fn text_without_an_empty_line_before_it() {
        let fields = vec![pair("Content-Type", "text/html")];
        assert_eq!(
            read("Content-Type: text/html\n<p>Hi\n\nyou"),
            (fields, "<p>Hi\n\nyou".to_owned())
        );
        assert_eq!(read("Content-Type: text/html\nHi\n\nyou").1, "Hi\n\nyou");
        // What is said of the part later on counts.
        let late = "Content-Type: text/html\nno field\nContent-Transfer-Encoding: base64\n\nPHA+";
        assert_eq!(read(late).1, "PHA+");
        assert_eq!(read("From: x\nno field\nContent-Type: text/html\n\n<p>").0.len(), 2);
    }
}
