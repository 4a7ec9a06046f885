//! Decodes what was read: character references become characters, names lower
//! case, and U+00A0 of an archive a space.

use super::{Kind, MADE, PLAIN, SPACES, Span, Tape, Val};
use crate::bytes::any_of_many;
use crate::charref;
use crate::html::{At, El};
use std::borrow::Cow;
use std::ops::Range;

impl Tape {
    /// Decodes what was read: character references become characters, names
    /// lower case, and in mended text U+00A0 a space, but where it is the
    /// whole content of an element (a cell that is to be seen, a blank line).
    pub(crate) fn decode(&mut self) {
        // Archives' texts are all made anew; of others few are, and the rooms
        // write as much.
        self.made.reserve(self.source.len() / if self.mended { 1 } else { 8 });
        let Tape { source, nodes, attrs, made, mended, .. } = self;
        let mut text = Texts { source, made, mended: *mended };
        for i in 0..nodes.len() {
            let node = &nodes[i];
            match node.kind {
                Kind::Text => {
                    let filler = text.mended
                        && &text.source[node.span.range()] == "\u{a0}"
                        && i > 0
                        && nodes[i - 1].kind == Kind::Start
                        && nodes.get(i + 1).is_some_and(|n| n.kind == Kind::End);
                    nodes[i].text = text.decoded(node.span, !filler, |raw| {
                        // A style sheet's are for its own reader.
                        match (node.raw, node.el) {
                            (true, El::Style) => Cow::Borrowed(raw),
                            (true, _) => without_controls(Cow::Borrowed(raw)),
                            (false, _) => without_controls(charref::text(raw)),
                        }
                    });
                    if nodes[i].text.is_plain() && text.is_spaces(nodes[i].text) {
                        nodes[i].text.len |= SPACES;
                    }
                }
                Kind::Start | Kind::End if node.el == El::Other => {
                    let name = node.text.at as usize;
                    nodes[i].text = text.small(name..name + node.text.len() as usize);
                }
                _ => {}
            }
        }
        for attr in attrs {
            // Policy spells those of URLs as browsers do.
            let url = matches!(attr.at, At::Href | At::Src | At::Srcset | At::Background);
            attr.value = text.decoded(attr.value_span, true, |raw| {
                let text = charref::attribute(raw);
                if url { text } else { without_controls(text) }
            });
            if attr.at == At::Other {
                attr.other = text.small(attr.name_span.range());
            }
        }
    }
}

/// The texts of a tape that is being decoded.
struct Texts<'t> {
    source: &'t str,
    made: &'t mut String,
    mended: bool,
}

impl Texts<'_> {
    fn make(&mut self, text: &str) -> Val {
        let at = self.made.len() as u32;
        self.made.push_str(text);
        Val { at: at | MADE, len: text.len() as u32 }
    }

    fn is_spaces(&self, val: Val) -> bool {
        let at = (val.at & !MADE) as usize;
        let from = if val.at & MADE == 0 { self.source } else { &*self.made };
        let text = &from.as_bytes()[at..at + val.len() as usize];
        // Mostly the first byte tells.
        let is_more = |b: u8| b > b' ';
        !text.first().is_some_and(|&b| is_more(b))
            && !any_of_many(text, is_more).unwrap_or_else(|| text.iter().any(|&b| is_more(b)))
    }

    /// A name of the source in lower case.
    fn small(&mut self, range: Range<usize>) -> Val {
        let name = &self.source[range.clone()];
        match name.bytes().any(|b| b.is_ascii_uppercase()) {
            true => self.make(&name.to_ascii_lowercase()),
            false => Val { at: range.start as u32, len: range.len() as u32 },
        }
    }

    #[inline]
    fn decoded(&mut self, span: Span, mend: bool, decode: impl Fn(&str) -> Cow<'_, str>) -> Val {
        let raw = &self.source[span.range()];
        if charref::is_plain(raw) {
            return Val { at: span.start, len: (span.end - span.start) | PLAIN };
        }
        let text = if mend && self.mended && raw.contains('\u{a0}') {
            let at = self.made.len();
            charref::push_spaced(self.made, raw, " ");
            // Nearly always there is no more to do.
            let mended = &self.made[at..];
            if charref::is_plain(mended) {
                return Val { at: at as u32 | MADE, len: mended.len() as u32 | PLAIN };
            }
            let text = decode(mended).into_owned();
            self.made.truncate(at);
            Cow::Owned(text)
        } else {
            decode(raw)
        };
        match text {
            Cow::Borrowed(text) if text.len() == raw.len() => {
                Val { at: span.start, len: span.end - span.start }
            }
            text => self.make(&text),
        }
    }
}

/// Text without the controls that no writer writes, so that it is judged as it
/// will be read. Line ends are LF.
fn without_controls(text: Cow<'_, str>) -> Cow<'_, str> {
    let odd = |c: char| c.is_control() && !matches!(c, '\t' | '\n' | '\x0c');
    // Those of C1 begin with C2, as U+00A0 does.
    let is_kept = |b: u8| (b == b'\t') | (b == b'\n') | (b == b'\x0c');
    let perhaps = |b: u8| (b < b' ') & !is_kept(b) | (b == 0x7f) | (b == 0xc2);
    let few = || text.bytes().any(perhaps);
    if !any_of_many(text.as_bytes(), perhaps).unwrap_or_else(few) || !text.contains(odd) {
        return text;
    }
    let lines = text.replace("\r\n", "\n").replace('\r', "\n");
    Cow::Owned(lines.chars().filter(|&c| !odd(c)).collect())
}
