//! The seal: a second lock behind the writer's grammar. ammonia reads the
//! written content with html5ever; the sequence of elements and attributes
//! that comes out must be the one that was written. It is never a source of
//! output. The only file that knows ammonia.
//!
//! It costs more than the rinse itself, so [`Seal::Auto`] asks it only where
//! the source held what parsers have come to differ about. Its triggers, and
//! why:
//!
//! | trigger | why |
//! | --- | --- |
//! | SVG or MathML, or a tag that the tokenizer took for one of theirs | the same tags are read by other rules, and what ends them is where sanitizers have lost track most often |
//! | `noscript` | markup where scripting is off, raw text where it is on: two trees for the same bytes |
//! | `noembed`, `noframes`, `iframe`, `xmp`, `plaintext`, `listing`, `textarea` | text to one parser, markup to another; what follows hangs on where that text ends |
//! | `template` | its content is another document |
//! | `select` | browsers have lately begun to read what is in it; older parsers throw it away |
//! | `frameset`, `frame` | whether it counts, and then the whole body goes, hangs on what stood before it |
//! | a tag or comment that the end of the mail cuts off | its bytes are markup to one parser and text to another |
//! | tags that were fostered, adopted around a block, flattened, or nested again | the rules after which a tree may read back as another one; our own nesting has to be right there |
//!
//! `style`, `script` and `title` are no triggers: nearly every mail has them,
//! all parsers agree on where they end, and none of their text is written as it
//! was. Nor are comments: they are dropped, and the tokenizer tells their ends
//! as the standard does.

use crate::error::Error;
use crate::html::{At, El};
use crate::write::grammar;
use std::collections::{HashMap, HashSet};
use std::sync::OnceLock;

/// When the seal runs. It needs the whole result, so it never runs on input
/// larger than the window.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub enum Seal {
    /// Where the source held what is hard to reason about: foreign content,
    /// raw-text elements other than `style` and `script`, frames, `select`,
    /// `template`, a tag or comment that is not finished, or tags that had to
    /// be nested anew.
    #[default]
    Auto,
    /// On every mail. For tests, and for those who want two parsers to agree.
    Always,
    /// On none.
    Never,
}

/// Compares what was written with what html5ever reads and ammonia keeps.
pub(crate) fn check(content: &str) -> Result<(), Error> {
    let read = cleaner().clean(content).to_string();
    let mut written = Tags { rest: content };
    let mut found = Tags { rest: &read };
    loop {
        // Most have one attribute at the most, and read back byte by byte.
        while let (Some((a, behind)), Some((b, behind_read))) = (written.whole(), found.whole())
            && a == b
        {
            (written.rest, found.rest) = (behind, behind_read);
        }
        match (written.next(), found.next()) {
            (None, None) => return Ok(()),
            (a, b) if a == b => {}
            (a, b) => {
                let name = |tag: Option<Vec<(String, String)>>| match tag {
                    Some(tag) => format!("<{}>", tag[0].0),
                    None => "nothing".to_owned(),
                };
                let at = content.len() - written.rest.len();
                return Err(Error::Seal(format!(
                    "{} was written, {} was read, before byte {at} of the content",
                    name(a),
                    name(b)
                )));
            }
        }
    }
}

/// ammonia with the names of the writer's grammar: policy is a part of it.
fn cleaner() -> &'static ammonia::Builder<'static> {
    static CLEANER: OnceLock<ammonia::Builder<'static>> = OnceLock::new();
    CLEANER.get_or_init(|| {
        let tags: HashSet<&str> =
            El::ALL.iter().filter(|el| grammar::element(**el)).map(|el| el.name()).collect();
        let attributes: HashSet<&str> =
            At::ALL.iter().filter(|at| grammar::attribute(**at)).map(|at| at.name()).collect();
        let mut builder = ammonia::Builder::empty();
        builder
            .tags(tags)
            .generic_attributes(attributes)
            .generic_attribute_prefixes(HashSet::from(["aria-"]))
            .tag_attributes(HashMap::new())
            .clean_content_tags(HashSet::from(["script", "style"]))
            .link_rel(None)
            .url_schemes(HashSet::from(["http", "https", "mailto", "tel", "cid", "data"]))
            .url_relative(ammonia::UrlRelative::PassThrough);
        builder
    })
}

/// The tags of HTML that a serialiser wrote: start tags with their attributes
/// in order of name, end tags by name alone.
struct Tags<'h> {
    rest: &'h str,
}

impl<'h> Tags<'h> {
    /// The next start tag as it is written, and what is behind it; `None` where
    /// there is none or it may end later.
    fn whole(&self) -> Option<(&'h str, &'h str)> {
        let mut rest = self.rest;
        loop {
            let at = memchr::memchr(b'<', rest.as_bytes())?;
            rest = &rest[at + 1..];
            if !rest.starts_with('/') {
                break;
            }
        }
        let end = memchr::memchr(b'>', rest.as_bytes())?;
        let (tag, behind) = rest.split_at(end + 1);
        let quotes = tag.bytes().filter(|b| *b == b'"').count();
        (quotes % 2 == 0).then_some((tag, behind))
    }
}

impl Iterator for Tags<'_> {
    /// The name first, then names and values.
    type Item = Vec<(String, String)>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let at = self.rest.find('<')?;
            self.rest = &self.rest[at + 1..];
            if self.rest.starts_with('/') {
                continue;
            }
            let name_end = self.rest.find([' ', '>'])?;
            let mut tag = vec![(self.rest[..name_end].to_owned(), String::new())];
            self.rest = &self.rest[name_end..];
            while let Some(rest) = self.rest.strip_prefix(' ') {
                let Some((name, rest)) = rest.split_once("=\"") else { break };
                let Some((value, rest)) = rest.split_once('"') else { break };
                tag.push((name.to_owned(), crate::charref::attribute(value).into_owned()));
                self.rest = rest;
            }
            tag[1..].sort();
            return Some(tag);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_reads_back_passes() {
        check("<p class=\"a\" id=\"b\">x &amp; y<br><a href=\"https://example.com/?a=1&amp;b=2\">z</a></p>")
            .expect("it reads back");
        check("<table><tbody><tr><td>x</td></tr></tbody></table>").expect("it reads back");
    }

    #[test]
    fn what_does_not_read_back_is_found() {
        assert!(check("<p>x<div>y</div></p>").is_err());
        assert!(check("<table><tr><td>x</td></tr></table>").is_err());
        assert!(check("<script>x</script>").is_err());
        assert!(check("<a href=\"javascript:x\">y</a>").is_err());
        assert!(check("<p onclick=\"x\">y</p>").is_err());
        // Behind a `>` that ends no tag.
        assert!(check("<p title=\"a>b\" onclick=\"x\">y</p>").is_err());
    }
}
