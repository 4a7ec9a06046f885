//! What the input is: HTML or a whole message. Told by the file's ending and
//! by its beginning; where these could mean both, the user is asked. Neither
//! is ever taken for the other: a message's links would be lost in
//! quoted-printable, and HTML would go out as it came.

use super::args::Kind;
use super::exit::Failure;
use std::path::Path;

/// What the input turned out to be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum What {
    Html,
    Message,
}

/// Tells what the input is. `name` is its name in what is said to the user,
/// `head` its beginning.
pub fn tell(asked: Kind, path: Option<&Path>, name: &str, head: &[u8]) -> Result<What, Failure> {
    match asked {
        Kind::Html => return Ok(What::Html),
        Kind::Message => return Ok(What::Message),
        Kind::Auto => {}
    }
    let both = |why: &str| {
        let todo = "say --type html or --type message";
        Err(Failure::at(name, format!("{why}: {todo}")))
    };
    if path.and_then(Path::extension).is_some_and(|e| e.eq_ignore_ascii_case("mbox")) {
        let todo = "split it into messages, or say --type message if it is one";
        return Err(Failure::at(name, format!("this is a mailbox by its name: {todo}")));
    }
    match (ending(path), look(head)) {
        (Some(Kind::Html), Look::Message | Look::Both | Look::Headers) => {
            both("it is named like HTML, but begins with the header of a message")
        }
        (Some(Kind::Message), Look::Html) if begins_with_markup(head) => {
            both("it is named like an e-mail message, but begins like HTML")
        }
        (Some(Kind::Message), _) => Ok(What::Message),
        (_, Look::Message) => Ok(What::Message),
        (_, Look::Both) => both("it has the header of a message, and HTML tags in it"),
        (_, Look::Headers) => both("it has the header of a message, but no text/html part"),
        (_, Look::Html) => Ok(What::Html),
    }
}

fn ending(path: Option<&Path>) -> Option<Kind> {
    let ending = path?.extension()?.to_str()?;
    let is = |one: &&str| ending.eq_ignore_ascii_case(one);
    match ending {
        _ if ["html", "htm", "xhtml"].iter().any(is) => Some(Kind::Html),
        _ if ["eml"].iter().any(is) => Some(Kind::Message),
        _ => None,
    }
}

/// What a text looks like.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Look {
    Html,
    /// Header fields and an inline text/html part.
    Message,
    /// That, and HTML tags among the header fields.
    Both,
    /// Header fields of mail, but no text/html part within sight: plain text
    /// mail, or HTML below a copied header.
    Headers,
}

fn look(bytes: &[u8]) -> Look {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start();
    let Some(header) = Header::read(bytes) else { return Look::Html };
    let part = header.is_inline_html() || bytes.get(header.end..).is_some_and(has_html_part);
    match (part, header.markup) {
        (true, false) => Look::Message,
        (true, true) => Look::Both,
        (false, false) => Look::Headers,
        (false, true) => Look::Html,
    }
}

fn begins_with_markup(bytes: &[u8]) -> bool {
    bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start().starts_with(b"<")
}

/// Fields that tell a mail from a text that begins with `Note:`.
const FIELDS: &[&str] = &[
    "bcc",
    "cc",
    "content-transfer-encoding",
    "content-type",
    "date",
    "delivered-to",
    "dkim-signature",
    "envelope-to",
    "from",
    "in-reply-to",
    "list-id",
    "list-unsubscribe",
    "message-id",
    "mime-version",
    "received",
    "references",
    "reply-to",
    "return-path",
    "sender",
    "subject",
    "to",
];

/// Elements that stand in text, to be told from addresses in angle brackets.
const ELEMENTS: &[&str] = &[
    "a", "b", "body", "br", "center", "div", "em", "font", "h1", "h2", "h3", "head", "hr", "html",
    "i", "img", "li", "meta", "p", "pre", "span", "strong", "style", "table", "td", "title", "tr",
    "tt", "u", "ul",
];

/// The header of a message or of a part.
#[derive(Default)]
struct Header {
    /// How many fields are known ones.
    known: usize,
    kind: Option<String>,
    disposition: Option<String>,
    markup: bool,
    end: usize,
}

impl Header {
    /// The header of a message, if these bytes begin with one: known fields up
    /// to an empty line, or at least three whatever follows.
    fn read(bytes: &[u8]) -> Option<Header> {
        let (header, whole) = Header::fields(bytes);
        (header.known >= if whole { 1 } else { 3 }).then_some(header)
    }

    /// As many fields as there are, and whether they go to the empty line.
    fn fields(bytes: &[u8]) -> (Header, bool) {
        let mut header = Header::default();
        let mut field: Option<(String, String)> = None;
        for line in bytes.split_inclusive(|&b| b == b'\n') {
            let at = header.end;
            let text = String::from_utf8_lossy(line);
            let text = text.trim_end_matches(['\r', '\n']);
            if text.is_empty() {
                header.take(field.take());
                return (header, true);
            }
            let folded = text.starts_with([' ', '\t']);
            match (name(text), field.as_mut()) {
                (_, Some((_, value))) if folded => value.push_str(text),
                (Some(found), _) => {
                    header.take(field.take());
                    field = Some((found.to_ascii_lowercase(), text[found.len() + 1..].to_owned()));
                }
                // The line in front of a message in a mailbox.
                _ if at == 0 && text.starts_with("From ") => header.known += 1,
                _ if text.starts_with(">From ") => {}
                _ => {
                    header.take(field.take());
                    return (header, false);
                }
            }
            header.end += line.len();
        }
        header.take(field);
        (header, false)
    }

    fn take(&mut self, field: Option<(String, String)>) {
        let Some((name, value)) = field else { return };
        self.markup |= has_tag(&value);
        let value = value.trim_start().to_ascii_lowercase();
        if FIELDS.contains(&&*name) {
            self.known += 1;
        }
        match &*name {
            "content-type" => self.kind = Some(value),
            "content-disposition" => self.disposition = Some(value),
            _ => {}
        }
    }

    fn is_inline_html(&self) -> bool {
        self.kind.as_ref().is_some_and(|kind| kind.starts_with("text/html"))
            && !self.disposition.as_ref().is_some_and(|d| d.starts_with("attachment"))
    }
}

/// The field's name, if this line begins one.
fn name(line: &str) -> Option<&str> {
    let (name, _) = line.split_once(':')?;
    let fits = !name.is_empty() && name.bytes().all(|b| b.is_ascii_graphic());
    (fits && !name.contains('<')).then_some(name)
}

fn has_tag(text: &str) -> bool {
    text.split('<').skip(1).any(|rest| {
        let rest = rest.strip_prefix('/').unwrap_or(rest);
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
        let (name, rest) = rest.split_at(end);
        rest.starts_with([' ', '>', '/', '\t']) && ELEMENTS.contains(&&*name.to_ascii_lowercase())
    })
}

/// Whether a header of an inline text/html part follows a boundary. Looks at
/// no line twice.
fn has_html_part(mut body: &[u8]) -> bool {
    while !body.is_empty() {
        let end = memchr::memchr(b'\n', body).map_or(body.len(), |at| at + 1);
        let (line, behind) = body.split_at(end);
        body = behind;
        if line.starts_with(b"--") {
            let header = Header::fields(body).0;
            if header.is_inline_html() {
                return true;
            }
            body = &body[header.end..];
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_is_html() {
        for html in [
            "",
            "<p>Hi",
            "\u{feff}<!DOCTYPE html><p>From: a\n\nb",
            "Hi there",
            "Note: <b>\n\nnew</b> prices",
            "Note: this\nSubject: that",
            "Dear reader: hello\n\n<p>x",
            "Subject: <b>New prices</b>\n\n<p>Hi",
            "From: Bob<br>\nTo: Ann<br>\nDate: today<br>\n\n<p>Hi",
            "Price: 3\n\n<pre>From: a@b.example\nContent-Type: text/html\n\n<p>x</pre>",
            "https://example.org/\n\n<p>Hi",
            "Subject: x\nand <p>no field",
        ] {
            assert_eq!(look(html.as_bytes()), Look::Html, "{html}");
        }
    }

    #[test]
    fn messages_are_messages() {
        for mail in [
            "From: a@b.example\r\nSubject: x\r\nContent-Type: text/html\r\n\r\n<p>Hi",
            "From a@b.example Mon Jan 1\nFrom: <a@b.example>\nContent-Type:\n text/html; charset=utf-8\n\n<p>",
            "Received: x\nFrom: a@b.example\nSubject: y\nnot a field\nContent-Type: text/html\n\n--x\nContent-Type: text/html\n\n<p>",
            "MIME-Version: 1.0\nContent-Type: multipart/alternative; boundary=x\n\n--x\n\ntext\n--x\nContent-Type: Text/HTML\n\n<p>Hi\n--x--\n",
            "\n\nMIME-Version: 1.0\nContent-Type: text/html\n\n",
        ] {
            assert_eq!(look(mail.as_bytes()), Look::Message, "{mail}");
        }
    }

    #[test]
    fn doubts_are_told() {
        let plain = "From: a@b.example\nSubject: x\n\nHi";
        let attached = "From: a@b.example\nContent-Type: multipart/mixed; boundary=x\n\n--x\n\nHi\n--x\nContent-Type: text/html\nContent-Disposition: attachment\n\n<p>\n--x--\n";
        assert_eq!(look(plain.as_bytes()), Look::Headers);
        assert_eq!(look(attached.as_bytes()), Look::Headers);
        let tagged = "From: a@b.example\nSubject: use <b> now\nContent-Type: text/html\n\n<p>";
        assert_eq!(look(tagged.as_bytes()), Look::Both);
    }

    #[test]
    fn many_boundaries_take_no_longer() {
        let mail = "From: a@b.example\n\n".to_owned() + &"--a: b\n".repeat(200_000);
        assert_eq!(look(mail.as_bytes()), Look::Headers);
    }

    #[test]
    fn names_count_and_so_does_what_is_asked() {
        let mail = b"From: a@b.example\nContent-Type: text/html\n\n<p>Hi";
        let told = |asked, path: &str, bytes: &[u8]| {
            let path = (!path.is_empty()).then(|| Path::new(path));
            tell(asked, path, "it", bytes).map_err(|e| e.to_string())
        };
        assert_eq!(told(Kind::Html, "a.eml", mail), Ok(What::Html));
        assert_eq!(told(Kind::Auto, "a.html", b"Hi"), Ok(What::Html));
        assert_eq!(told(Kind::Auto, "a.txt", b"Hi"), Ok(What::Html));
        assert_eq!(told(Kind::Message, "a.html", b"<p>"), Ok(What::Message));
        assert_eq!(told(Kind::Auto, "", mail), Ok(What::Message));
        assert_eq!(told(Kind::Auto, "a.EML", b"Hi"), Ok(What::Message));
        assert!(told(Kind::Auto, "a.eml", b"<p>").unwrap_err().contains("say --type"));
        assert!(told(Kind::Auto, "a.html", mail).unwrap_err().contains("say --type"));
        assert!(
            told(Kind::Auto, "", b"From: a@b.example\n\nHi").unwrap_err().contains("say --type")
        );
        assert!(told(Kind::Auto, "a.mbox", mail).unwrap_err().contains("mailbox"));
    }
}
