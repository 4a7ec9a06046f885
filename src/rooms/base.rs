//! What relative URLs are relative to: the caller's word, else the mail's own
//! `<base href>`, which is read but never printed. Before any room looks,
//! relative URLs become absolute, so that a base hides no tracker and no
//! wrapper. Without a base they stay as they are: mail has no address of its
//! own, and at level clean policy refuses them.

use super::srcset;
use crate::context::Context;
use crate::html::At;
use crate::tape::{Kind, Tape};
use url::Url;

/// The base of a mail. Only pages of the web can be one.
pub(super) fn of(cx: &Context, tape: &Tape) -> Option<Url> {
    let own = tape.head.base.map(|base| tape.text(base));
    let base = Url::parse(cx.base.as_deref().or(own)?.trim()).ok()?;
    matches!(base.scheme(), "http" | "https").then_some(base)
}

/// Makes the URLs of links and pictures absolute. At level patch nothing of it
/// is written: only what the rooms see changes.
pub(super) fn apply(tape: &mut Tape, base: &Url) {
    for node in 0..tape.nodes.len() {
        if tape.nodes[node].kind != Kind::Start {
            continue;
        }
        let (first, count) = tape.nodes[node].attrs;
        for attr in first as usize..(first + count) as usize {
            let value = tape.text(tape.attrs[attr].value);
            let absolute = match tape.attrs[attr].at {
                At::Href | At::Src | At::Background => join(base, value),
                // What the candidates are good for is nowhere written.
                At::Srcset => {
                    let one = |url| join(base, url).unwrap_or_else(|| url.to_owned());
                    Some(srcset::urls(value).map(one).collect::<Vec<_>>().join(", "))
                }
                _ => None,
            };
            if let Some(absolute) = absolute {
                tape.attrs[attr].value = tape.make(&absolute);
            }
        }
    }
}

/// A relative URL's meaning; `None` for others, and for places within the mail.
fn join(base: &Url, url: &str) -> Option<String> {
    let url = url.trim();
    let relative = matches!(Url::parse(url), Err(url::ParseError::RelativeUrlWithoutBase));
    if url.is_empty() || url.starts_with('#') || !relative {
        return None;
    }
    base.join(url).ok().map(Into::into)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nest::tape_of;

    fn applied(html: &str) -> Vec<String> {
        let mut tape = tape_of(html);
        let base = of(&Context::default(), &tape).expect("a base");
        apply(&mut tape, &base);
        let nodes = (3..tape.nodes.len() as u32).filter(|&n| {
            let node = &tape.nodes[n as usize];
            node.kind == Kind::Start && !node.implied
        });
        nodes.flat_map(|n| tape.attrs_of(n)).map(|a| tape.text(a.value).to_owned()).collect()
    }

    #[test]
    fn relative_urls_become_absolute() {
        let html = "<base><base href='https://example.org/a/b'><base href='https://example.net/'>\
             <a href=c title=d>x</a><img src='/e'><a href='#f'>x</a><a href='mailto:g'>x</a>\
             <img srcset='h 1x, https://example.com/i 2x'><a href>x</a>";
        let expected = [
            "https://example.org/a/c",
            "d",
            "https://example.org/e",
            "#f",
            "mailto:g",
            "https://example.org/a/h, https://example.com/i",
            "",
        ];
        assert_eq!(applied(html), expected);
    }

    #[test]
    fn only_the_web_can_be_a_base() {
        for base in ["javascript:x", "data:,x", "file:///x", "//example.org", "x"] {
            let tape = tape_of(&format!("<base href='{base}'>x"));
            assert!(of(&Context::default(), &tape).is_none(), "{base}");
        }
        let cx = Context::default().base("https://example.org/");
        let tape = tape_of("<base href='https://example.net/'>x");
        assert_eq!(
            of(&cx, &tape).map(|url| url.to_string()).as_deref(),
            Some("https://example.org/")
        );
    }
}
