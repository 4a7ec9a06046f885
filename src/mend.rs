//! Puts right what stops a text from being the markup its sender meant: HTML
//! out of a Mailman 2 archive, in which every space is U+00A0, so that no
//! parser sees a link or an image in it. Runs only at level clean, since it
//! wakes inert markup up, and is reported.

use crate::charref::{self, push_spaced};
use std::borrow::Cow;

const NBSP: &[u8] = "\u{a0}".as_bytes();

/// Whether a text has the sign: no plain space at all, and U+00A0 within tags.
pub(crate) fn has_sign(text: &str) -> bool {
    let bytes = text.as_bytes();
    if memchr::memchr(b' ', bytes).is_some() || memchr::memmem::find(bytes, NBSP).is_none() {
        return false;
    }
    let mut found = false;
    Tags::default().runs(text, |run, inside| {
        found |= inside && memchr::memmem::find(run.as_bytes(), NBSP).is_some();
        !found
    });
    found
}

/// The archive page itself, unescaped once: Mailman's scrubber puts the
/// escaped source of an HTML attachment into one `tt`, with `&nbsp;` for
/// spaces and `<br>` at line ends. `None` where the text is not such a page.
pub(crate) fn unescape_page(text: &str) -> Option<String> {
    let inner = text.trim().strip_prefix("<tt>")?.strip_suffix("</tt>")?;
    // Between the `tt` tags and the source stand line ends of the page's own.
    let inner = inner.strip_prefix("\r\n").or_else(|| inner.strip_prefix('\n')).unwrap_or(inner);
    let inner = inner.strip_suffix('\n').map_or(inner, |s| s.strip_suffix('\r').unwrap_or(s));
    if !inner.contains("&lt;") {
        return None;
    }
    let mut out = String::with_capacity(inner.len());
    let mut rest = inner;
    while let Some(at) = rest.find('<') {
        out.push_str(&rest[..at]);
        rest = rest[at..].strip_prefix("<br>")?;
    }
    out.push_str(rest);
    match charref::text(&out) {
        Cow::Borrowed(_) => None,
        Cow::Owned(text) => has_sign(&text).then_some(text),
    }
}

/// Mends a text block by block, without changing its length.
#[derive(Debug, Default)]
pub(crate) struct Mend {
    tags: Tags,
}

impl Mend {
    /// Within tags, between attributes, a U+00A0 (two bytes) becomes two
    /// spaces. Within values and text it stays, and is decoded as one space
    /// when the tape is read.
    pub(crate) fn block(&mut self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        self.tags.runs(text, |run, inside| {
            if inside {
                push_spaced(&mut out, run, "  ");
            } else {
                out.push_str(run);
            }
            true
        });
        out
    }
}

/// Follows tags and the quotes in them, as far as mending needs it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Tags {
    #[default]
    Text,
    /// Behind a `<` at the end of a block.
    Less,
    Tag,
    Quoted(u8),
}

impl Tags {
    /// Hands over the text in runs, each with whether it is within a tag, for
    /// as long as the listener wants more.
    fn runs(&mut self, text: &str, mut run: impl FnMut(&str, bool) -> bool) {
        let mut rest = text;
        while let Some(&first) = rest.as_bytes().first() {
            let bytes = rest.as_bytes();
            let end = match *self {
                Tags::Text => memchr::memchr(b'<', bytes),
                Tags::Tag => memchr::memchr3(b'>', b'"', b'\'', bytes),
                Tags::Quoted(quote) => memchr::memchr(quote, bytes),
                Tags::Less if first.is_ascii() => Some(0),
                Tags::Less => {
                    *self = Tags::Text;
                    continue;
                }
            };
            let end = end.map_or(bytes.len(), |end| end + 1);
            let (piece, behind) = rest.split_at(end);
            let inside = *self == Tags::Tag;
            self.step(bytes[end - 1], behind.bytes().next());
            if !run(piece, inside) {
                return;
            }
            rest = behind;
        }
    }

    fn step(&mut self, byte: u8, next: Option<u8>) {
        let begins = |b: u8| b.is_ascii_alphabetic() || b == b'/';
        *self = match (*self, byte) {
            (Tags::Text | Tags::Less, b'<') => match next {
                None => Tags::Less,
                Some(next) if begins(next) => Tags::Tag,
                Some(_) => Tags::Text,
            },
            (Tags::Less, b) if begins(b) => Tags::Tag,
            (Tags::Less, _) => Tags::Text,
            (Tags::Tag, b'>') => Tags::Text,
            (Tags::Tag, b'"' | b'\'') => Tags::Quoted(byte),
            (Tags::Quoted(quote), b) if quote == b => Tags::Tag,
            (state, _) => state,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sign_is_no_plain_space_and_u00a0_within_tags() {
        assert!(has_sign("<p\u{a0}class=\"x\">a\u{a0}b</p>"));
        assert!(!has_sign("<p class=\"x\">a\u{a0}b</p>"));
        assert!(!has_sign("<p>a\u{a0}b</p>"));
        assert!(!has_sign("<p\u{a0}class=\"x\">a b</p>"));
        assert!(!has_sign("<p>x</p><\u{a0}>"));
    }

    #[test]
    fn length_stays_and_values_keep_theirs() {
        let mended = Mend::default().block("<p\u{a0}title=\"a\u{a0}b\"\u{a0}id=x>c\u{a0}d</p>");
        assert_eq!(mended, "<p  title=\"a\u{a0}b\"  id=x>c\u{a0}d</p>");
    }

    #[test]
    fn blocks_may_be_cut_anywhere_between_characters() {
        let text = "<p\u{a0}title='<\u{a0}'\u{a0}id=x>a\u{a0}<\u{a0}b</p\u{a0}>";
        let whole = Mend::default().block(text);
        let mut mend = Mend::default();
        let pieces: String = text.chars().map(|c| mend.block(c.encode_utf8(&mut [0; 4]))).collect();
        assert_eq!(pieces, whole);
    }

    #[test]
    fn a_page_is_unescaped_once() {
        let page =
            "<tt>\n&lt;p&nbsp;title=&quot;x&quot;&gt;a&nbsp;&amp;amp;<br>\nb&lt;/p&gt;\n</tt>\n";
        assert_eq!(unescape_page(page).as_deref(), Some("<p\u{a0}title=\"x\">a\u{a0}&amp;\nb</p>"));
        assert_eq!(unescape_page("<tt>a&nbsp;&lt;b&gt;</tt>"), None);
        assert_eq!(unescape_page("<tt>&lt;p&nbsp;a&gt;<b></b></tt>"), None);
    }
}
