//! Reads our output by the grammar that the writer promises, and by nothing
//! else: whatever it does not know is an error. So the tree it gives is the
//! tree that was written.

use super::event::{Event, is_void, push_text};
use std::collections::BTreeMap;

/// The elements of a mail's content. A list of its own, not the writer's.
const CONTENT: &[&str] = &[
    "a",
    "abbr",
    "acronym",
    "address",
    "area",
    "article",
    "aside",
    "b",
    "bdi",
    "bdo",
    "big",
    "blockquote",
    "br",
    "caption",
    "center",
    "cite",
    "code",
    "col",
    "colgroup",
    "dd",
    "del",
    "dfn",
    "div",
    "dl",
    "dt",
    "em",
    "figcaption",
    "figure",
    "font",
    "footer",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hr",
    "i",
    "img",
    "ins",
    "kbd",
    "li",
    "map",
    "mark",
    "nav",
    "nobr",
    "ol",
    "p",
    "pre",
    "q",
    "rb",
    "rp",
    "rt",
    "rtc",
    "ruby",
    "s",
    "samp",
    "section",
    "small",
    "span",
    "strike",
    "strong",
    "sub",
    "sup",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "time",
    "tr",
    "tt",
    "u",
    "ul",
    "var",
    "wbr",
];

/// The elements of the shell, each at most once (`meta` apart) and at its place.
const SHELL: &[&str] = &["html", "head", "meta", "title", "style", "body", "main"];

const DOCTYPES: &[&str] = &[
    "<!DOCTYPE html>\n",
    "<!DOCTYPE html PUBLIC \"-//W3C//DTD XHTML 1.0 Transitional//EN\" \"http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd\">\n",
    "<!DOCTYPE HTML PUBLIC \"-//W3C//DTD HTML 4.0 Transitional//EN\">\n",
];

/// Where a `style` may stand, and how it all ends.
#[derive(Clone, Copy, PartialEq)]
pub enum Kind {
    Document,
    Fragment,
}

/// The tree of an output.
pub fn read(html: &[u8], kind: Kind) -> Result<Vec<Event>, String> {
    let html = std::str::from_utf8(html).map_err(|e| e.to_string())?;
    let content = match kind {
        Kind::Document => DOCTYPES
            .iter()
            .find_map(|doctype| html.strip_prefix(doctype))
            .ok_or("none of the three doctypes")?,
        Kind::Fragment => html,
    };
    let mut reader =
        Reader { rest: content, kind, events: Vec::new(), open: Vec::new(), shell: Vec::new() };
    reader.all().map_err(|what| {
        let at = html.len() - reader.rest.len();
        let mut to = html.len().min(at + 80);
        while !html.is_char_boundary(to) {
            to -= 1;
        }
        format!("{what} at byte {at}: {:?}", &html[at..to])
    })?;
    Ok(reader.events)
}

struct Reader<'h> {
    rest: &'h str,
    kind: Kind,
    events: Vec<Event>,
    open: Vec<&'h str>,
    shell: Vec<&'h str>,
}

impl<'h> Reader<'h> {
    fn all(&mut self) -> Result<(), String> {
        while !self.rest.is_empty() {
            if let Some(rest) = self.rest.strip_prefix("</") {
                self.end_tag(rest)?;
            } else if let Some(rest) = self.rest.strip_prefix('<') {
                self.start_tag(rest)?;
            } else {
                self.text()?;
            }
        }
        match self.open.last() {
            Some(name) => Err(format!("<{name}> is not closed")),
            None => Ok(()),
        }
    }

    fn end_tag(&mut self, rest: &'h str) -> Result<(), String> {
        let (name, rest) = rest.split_once('>').ok_or("an end tag without end")?;
        match self.open.pop() {
            Some(open) if open == name => {}
            other => return Err(format!("</{name}> ends {other:?}")),
        }
        self.events.push(Event::Close);
        self.rest = rest;
        Ok(())
    }

    fn start_tag(&mut self, rest: &'h str) -> Result<(), String> {
        let end = rest
            .find(|c: char| !c.is_ascii_lowercase() && !c.is_ascii_digit())
            .ok_or("a start tag without end")?;
        let (name, mut rest) = rest.split_at(end);
        self.may_stand(name)?;
        let mut attrs = BTreeMap::new();
        while let Some(behind) = rest.strip_prefix(' ') {
            let (attr, behind) = behind.split_once("=\"").ok_or("an attribute without value")?;
            let (value, behind) = behind.split_once('"').ok_or("a value without end")?;
            if attr.is_empty() || !attr.bytes().all(|b| b.is_ascii_lowercase() || b == b'-') {
                return Err(format!("attribute {attr:?}"));
            }
            if attr.starts_with("on")
                || (attr == "http-equiv" && value != "Content-Security-Policy")
            {
                return Err(format!("attribute {attr:?}"));
            }
            if attrs.insert(attr.to_owned(), decoded(value)?).is_some() {
                return Err(format!("{attr:?} twice"));
            }
            rest = behind;
        }
        self.rest = rest.strip_prefix('>').ok_or("a start tag that does not end")?;
        self.events.push(Event::Open(name.to_owned(), attrs));
        if is_void(name) {
            self.events.push(Event::Close);
            return Ok(());
        }
        self.open.push(name);
        match name {
            "style" => self.style()?,
            // A parser overlooks the line feed here.
            "pre" => self.rest = self.rest.strip_prefix('\n').unwrap_or(self.rest),
            _ => {}
        }
        Ok(())
    }

    fn may_stand(&mut self, name: &'h str) -> Result<(), String> {
        if CONTENT.contains(&name) {
            let home = match self.kind {
                Kind::Document => self.open.len() >= 3 && self.open[2] == "main",
                Kind::Fragment => name == "div" || !self.open.is_empty(),
            };
            return if home { Ok(()) } else { Err(format!("<{name}> outside the content")) };
        }
        if !SHELL.contains(&name) {
            return Err(format!("<{name}>"));
        }
        let parent = match (self.kind, name) {
            (Kind::Document, "html") => vec![],
            (Kind::Document, "head" | "body") => vec!["html"],
            (Kind::Document, "meta" | "title" | "style") => vec!["html", "head"],
            (Kind::Document, "main") => vec!["html", "body"],
            // Before all else in the wrapper.
            (Kind::Fragment, "style") if self.events.len() == 1 => vec!["div"],
            _ => return Err(format!("<{name}> in a fragment")),
        };
        if self.open != parent || name != "meta" && self.shell.contains(&name) {
            return Err(format!("<{name}> in {:?}", self.open));
        }
        self.shell.push(name);
        Ok(())
    }

    /// CSS without any `<`.
    fn style(&mut self) -> Result<(), String> {
        let (css, _) = self.rest.split_once('<').ok_or("a style without end")?;
        push_text(&mut self.events, css);
        self.rest = &self.rest[css.len()..];
        if !self.rest.starts_with("</style>") {
            return Err("`<` in a style".to_owned());
        }
        Ok(())
    }

    fn text(&mut self) -> Result<(), String> {
        let end = self.rest.find('<').unwrap_or(self.rest.len());
        let (text, rest) = self.rest.split_at(end);
        let last = rest.is_empty() && text == "\n";
        match (self.kind, self.open.as_slice()) {
            // A parser puts the last line feed into the body.
            (Kind::Document, []) if last => {
                let at = self.events.len() - 2;
                self.events.insert(at, Event::Text("\n".to_owned()));
            }
            (Kind::Document, [_, _, "main", ..] | [_, _, "title"]) => {
                push_text(&mut self.events, &decoded(text)?);
            }
            (Kind::Fragment, [_, ..]) => push_text(&mut self.events, &decoded(text)?),
            (Kind::Fragment, []) if last => push_text(&mut self.events, text),
            _ => return Err("text outside the content".to_owned()),
        }
        self.rest = rest;
        Ok(())
    }
}

/// Only these five references, and no bare `&`, `<`, `>`, CR or other control.
fn decoded(raw: &str) -> Result<String, String> {
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = rest.find(|c: char| {
        matches!(c, '&' | '<' | '>' | '\u{a0}') || c.is_control() && !"\t\n\u{c}".contains(c)
    }) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let known =
            [("&amp;", "&"), ("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&nbsp;", "\u{a0}")];
        let Some((name, meaning)) = known.iter().find(|(name, _)| rest.starts_with(name)) else {
            return Err(format!("{:?} in text or value", rest.chars().next()));
        };
        out.push_str(meaning);
        rest = &rest[name.len()..];
    }
    out.push_str(rest);
    Ok(out)
}

#[test]
fn what_is_outside_the_grammar_is_refused() {
    let fails = [
        "<div><script></script></div>",
        "<div><p></div>",
        "<div><p class=x></p></div>",
        "<div><!-- --></div>",
        "<div>a & b</div>",
        "<div>a > b</div>",
        "<div><a onclick=\"x\"></a></div>",
        "<div><a id=\"x\" id=\"y\"></a></div>",
        "<div><P></P></div>",
        "<div><p></p>",
        "<div><style>a</style><style>b</style></div>",
        "<div><p><style>a</style></p></div>",
        "<div>\r</div>",
        "<div></div>x",
        "<p></p>",
        "<div><br/></div>",
    ];
    for html in fails {
        assert!(read(html.as_bytes(), Kind::Fragment).is_err(), "{html}");
    }
    let html = "<div class=\"a\"><style>b{}</style><p id=\"c\">d &amp; e<br></p></div>\n";
    read(html.as_bytes(), Kind::Fragment).expect("it is within the grammar");
    assert!(read(b"<!DOCTYPE html>\n<html></html>\n", Kind::Document).is_ok());
    assert!(read(b"<html></html>\n", Kind::Document).is_err());
}
