//! The structure of a message: which bytes are which part. Bounded, and never
//! an error: what cannot be told apart stays one part. Lines are only looked
//! at where they may be a boundary, so attachments cost next to nothing.

use super::header::{Header, line_end, trim_eol, trimmed};
use super::params::Value;
use memchr::memmem::Finder;
use std::ops::Range;

/// Deeper multiparts are not entered.
pub(crate) const DEPTH: usize = 48;
/// More parts are not told apart.
pub(crate) const PARTS: usize = 10_000;

/// One part, with a body of its own or made of others.
#[derive(Debug)]
pub(crate) struct Part {
    /// The IMAP section (RFC 9051, section 6.4.5): `1.2`; empty for a message that is a
    /// multipart.
    pub section: String,
    pub header: Header,
    /// Without the line end that belongs to the boundary behind it.
    pub body: Range<usize>,
    pub kind: Value,
    /// The multipart that it stands in.
    pub parent: Option<usize>,
    /// A multipart that was not entered: too deep, or one part too many.
    pub shut: bool,
}

/// What a line of a boundary says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Delimiter {
    Open,
    Close,
}

/// Whether a line (without its end) is one of this boundary.
pub(crate) fn delimiter(line: &[u8], boundary: &[u8]) -> Option<Delimiter> {
    let rest = line.strip_prefix(b"--")?.strip_prefix(boundary)?;
    match rest.trim_ascii_end() {
        b"" => Some(Delimiter::Open),
        b"--" => Some(Delimiter::Close),
        _ => None,
    }
}

/// All parts, in their order, containers before what they hold.
pub(crate) fn scan(raw: &[u8]) -> Vec<Part> {
    let mut scan = Scan { raw, dashes: Finder::new(b"\n--"), stack: Vec::new(), parts: Vec::new() };
    scan.entity(first_field(raw), "", None, "text/plain");
    scan.parts
}

/// Some mailers begin with empty lines. They are skipped only before fields.
fn first_field(raw: &[u8]) -> usize {
    let blank = raw.iter().take_while(|b| matches!(b, b'\r' | b'\n')).count();
    let line = &raw[blank..line_end(raw, blank)];
    let name = line.split(|&b| b == b':').next().unwrap_or_default();
    let is_field = name.len() < line.len() && name.iter().all(u8::is_ascii_graphic);
    if is_field { blank } else { 0 }
}

/// A boundary that was met.
#[derive(Clone, Copy)]
struct Met {
    /// Where its line begins and where the next one does.
    line: usize,
    next: usize,
    /// Whose it is, as a place on the stack.
    level: usize,
    says: Delimiter,
}

struct Scan<'r> {
    raw: &'r [u8],
    dashes: Finder<'static>,
    stack: Vec<Vec<u8>>,
    parts: Vec<Part>,
}

impl Scan<'_> {
    /// Reads the part that begins at `start`; tells the boundary that ends it.
    fn entity(
        &mut self,
        start: usize,
        section: &str,
        parent: Option<usize>,
        by_default: &str,
    ) -> Option<Met> {
        let raw = self.raw;
        let header = Header::read(raw, start, &self.stack);
        let body = header.body;
        let kind = kind_of(&header, raw, by_default);
        let me = self.parts.len();
        let multipart = kind.word.starts_with("multipart/");
        let digest = kind.word == "multipart/digest";
        let own = kind.param("boundary").map(trimmed).filter(|b| !b.is_empty());
        let shut = multipart && (self.stack.len() >= DEPTH || me >= PARTS);
        let section = match (section, multipart) {
            ("", false) => "1",
            (section, _) => section,
        };
        let (section, range) = (section.to_owned(), body..body);
        self.parts.push(Part { section, header, body: range, kind, parent, shut });
        let met = match multipart && !shut {
            true => self.children(me, own, if digest { "message/rfc822" } else { "text/plain" }),
            false => self.next(body),
        };
        self.parts[me].body.end = match met {
            None => raw.len(),
            Some(met) => before_eol(raw, met.line).max(body),
        };
        met
    }

    fn children(&mut self, me: usize, own: Option<Vec<u8>>, by_default: &str) -> Option<Met> {
        let level = self.stack.len();
        let (section, body) = (self.parts[me].section.clone(), self.parts[me].body.start);
        let outside = own.is_none();
        self.stack.extend(own);
        let mut met = self.next(body);
        if outside || met.is_none_or(|met| met.level != level) {
            // It was not said, or another stands there.
            let end = met.map_or(self.raw.len(), |met| met.line);
            self.stack.truncate(level);
            if let Some(boundary) = self.guess(body, end) {
                self.stack.push(boundary);
                met = self.next(body);
            }
        }
        let mut count = 0;
        while let Some(Met { level: of, next, says, .. }) = met {
            if of < level || self.parts.len() >= PARTS {
                break;
            }
            if says == Delimiter::Close {
                met = self.next(next);
                // An outer multipart may have the same boundary.
                let own = self.stack.last();
                if let Some(met) = met.as_mut().filter(|met| met.level == level)
                    && let Some(outer) = self.stack[..level].iter().rposition(|b| Some(b) == own)
                {
                    met.level = outer;
                }
                continue;
            }
            count += 1;
            let number =
                if section.is_empty() { format!("{count}") } else { format!("{section}.{count}") };
            met = self.entity(next, &number, Some(me), by_default);
        }
        self.stack.truncate(level);
        // Where there were too many, the rest belongs to the last.
        met.filter(|met| met.level < level)
    }

    /// The next line of a boundary from the line at `from` on.
    fn next(&self, from: usize) -> Option<Met> {
        if self.stack.is_empty() {
            return None;
        }
        self.candidates(from).find_map(|line| {
            let next = line_end(self.raw, line);
            let text = trim_eol(&self.raw[line..next]);
            // The innermost first.
            let levels = self.stack.iter().enumerate().rev();
            let mut found = levels.filter_map(|(level, b)| Some((level, delimiter(text, b)?)));
            found.next().map(|(level, says)| Met { line, next, level, says })
        })
    }

    /// Lines that begin with two dashes.
    fn candidates(&self, from: usize) -> impl Iterator<Item = usize> {
        let first = self.raw[from..].starts_with(b"--").then_some(from);
        first.into_iter().chain(self.dashes.find_iter(&self.raw[from..]).map(move |i| from + i + 1))
    }

    /// What looks like a boundary: a line of it with a MIME field behind.
    fn guess(&self, from: usize, end: usize) -> Option<Vec<u8>> {
        self.candidates(from).take_while(|line| *line < end).find_map(|line| {
            let next = line_end(self.raw, line);
            let boundary = trim_eol(&self.raw[line + 2..next.max(line + 2)]).trim_ascii_end();
            let field = self.raw[next..].get(..8)?;
            let fits = !boundary.is_empty() && boundary.len() <= 200;
            (fits && field.eq_ignore_ascii_case(b"content-")).then(|| boundary.to_vec())
        })
    }
}

/// Before the line end in front of a line.
fn before_eol(raw: &[u8], line: usize) -> usize {
    let before = &raw[..line];
    trim_eol(before).len()
}

/// What a header says that the part is.
fn kind_of(header: &Header, raw: &[u8], by_default: &str) -> Value {
    let mut kinds = header.kinds(raw);
    match kinds.len() {
        0 => Value::read(by_default.as_bytes()),
        1 => kinds.swap_remove(0),
        _ => one_of(kinds, raw, header.body),
    }
}

/// Of several Content-Types the one by which most may be shown: a multipart if
/// there are parts of it, else HTML. Programs take the first or the last.
fn one_of(mut kinds: Vec<Value>, raw: &[u8], body: usize) -> Value {
    let parted = kinds.iter().position(|kind| {
        let boundary = kind.param("boundary").map(trimmed).filter(|b| !b.is_empty());
        kind.word.starts_with("multipart/") && boundary.is_some_and(|b| opens(raw, body, &b))
    });
    let says = |of: &str| kinds.iter().position(|kind| kind.word.starts_with(of));
    let html = kinds.iter().position(|kind| kind.word == "text/html");
    let at = parted.or(html).or(says("text/html")).or(says("multipart/")).unwrap_or(0);
    kinds.swap_remove(at)
}

/// Whether a part of this boundary begins at or behind `from`.
fn opens(raw: &[u8], from: usize, boundary: &[u8]) -> bool {
    let dashes = Finder::new(b"--");
    dashes.find_iter(&raw[from..]).map(|at| from + at).any(|line| {
        let begins = line == from || raw[line - 1] == b'\n';
        let text = trim_eol(&raw[line..line_end(raw, line)]);
        begins && delimiter(text, boundary) == Some(Delimiter::Open)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(raw: &str) -> Vec<(String, String, String)> {
        let parts = scan(raw.as_bytes());
        let told =
            |p: &Part| (p.section.clone(), p.kind.word.clone(), raw[p.body.clone()].to_owned());
        parts.iter().filter(|p| !p.kind.word.starts_with("multipart/")).map(told).collect()
    }

    fn leaf(section: &str, kind: &str, body: &str) -> (String, String, String) {
        (section.to_owned(), kind.to_owned(), body.to_owned())
    }

    const NESTED: &str = "Content-Type: multipart/mixed; boundary=a\n\npreamble\n--a\n\
        Content-Type: multipart/alternative; boundary=\"a-b\"\n\n--a-b\n\none\n--a-b\n\
        Content-Type: text/html\n\n<p>two\n\n--a-b--\nepilogue\n--a \nContent-Type: image/png\n\n\
        --ab\nAAAA\n--a--\nrest\n";

    #[test]
    fn sections_and_bodies() {
        let expected = |eol: &str| {
            vec![
                leaf("1.1", "text/plain", "one"),
                leaf("1.2", "text/html", &format!("<p>two{eol}")),
                leaf("2", "image/png", &format!("--ab{eol}AAAA")),
            ]
        };
        assert_eq!(told(NESTED), expected("\n"));
        assert_eq!(told(&NESTED.replace('\n', "\r\n")), expected("\r\n"));
        assert_eq!(told("A: b\n\nbody\n"), [leaf("1", "text/plain", "body\n")]);
        assert_eq!(told(""), [leaf("1", "text/plain", "")]);
    }

    #[test]
    fn what_is_broken_is_read() {
        let html = leaf("1", "text/html", "<p>x");
        for raw in [
            // no end
            "Content-Type: multipart/mixed; boundary=a\n\n--a\nContent-Type: text/html\n\n<p>x",
            // no empty line before the boundary
            "Content-Type: multipart/mixed; boundary=a\n--a\nContent-Type: text/html\n\n<p>x\n--a--",
            // a preamble within the header
            "Content-Type: multipart/mixed; boundary=a\nThis is MIME.\n--a\nContent-Type: text/html\n\n<p>x\n--a--",
            // no boundary said, and another one there
            "Content-Type: multipart/mixed\n\n--a\nContent-Type: text/html\n\n<p>x\n--a--",
            "Content-Type: multipart/mixed; boundary=b\n\n--a\nContent-Type: text/html\n\n<p>x\n--a--",
            // an end before the beginning
            "Content-Type: multipart/mixed; boundary=a\n\n--a--\n--a\nContent-Type: text/html\n\n<p>x\n--a--",
            "\n\nContent-Type: multipart/mixed; boundary=a\n\n--a\nContent-Type: text/html\n\n<p>x\n--a--",
        ] {
            assert_eq!(told(raw), std::slice::from_ref(&html), "{raw}");
        }
        let inner_open = "Content-Type: multipart/mixed; boundary=a\n\n--a\n\
            Content-Type: multipart/mixed; boundary=b\n\n--b\n\none\n--a\n\ntwo\n--a--\n";
        assert_eq!(
            told(inner_open),
            [leaf("1.1", "text/plain", "one"), leaf("2", "text/plain", "two")]
        );
        let same = "Content-Type: multipart/mixed; boundary=a\n\n--a\n\
            Content-Type: multipart/mixed; boundary=a\n\n--a\n\none\n--a--\n--a\n\ntwo\n--a--\n";
        assert_eq!(told(same), [leaf("1.1", "text/plain", "one"), leaf("2", "text/plain", "two")]);
    }

    #[test]
    fn a_message_within_is_one_part() {
        let raw = "Content-Type: multipart/digest; boundary=a\n\n--a\n\nFrom: x\n\
                   Content-Type: multipart/mixed; boundary=i\n\n--i\n\nx\n--i--\n--a--\n";
        let told = told(raw);
        assert_eq!((told.len(), told[0].1.as_str()), (1, "message/rfc822"));
    }

    #[test]
    fn nothing_is_too_deep_or_too_much() {
        let mut deep = String::new();
        for i in 0..200 {
            deep.push_str(&format!("Content-Type: multipart/mixed; boundary=b{i}x\n\n--b{i}x\n"));
        }
        let parts = scan(deep.as_bytes());
        assert!(parts.last().is_some_and(|p| p.shut) && parts.len() == DEPTH + 1);
        let many = "Content-Type: multipart/mixed; boundary=a\n\n".to_owned()
            + &"--a\n\nx\n".repeat(20_000);
        assert_eq!(scan(many.as_bytes()).len(), PARTS);
        let dashes =
            "Content-Type: multipart/mixed; boundary=a\n\n".to_owned() + &"--\n".repeat(200_000);
        assert_eq!(scan(dashes.as_bytes()).len(), 1);
    }
}
