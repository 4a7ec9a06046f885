//! The tape: a mail's tags and text in order, each with its place in the
//! source. `read` fills it, `nest` gives it HTML's structure, rooms change it
//! through a [`Tag`], a writer prints it. Nothing here judges anything.

mod decode;

use crate::charref;
use crate::html::{At, El};
use std::borrow::Cow;
use std::ops::Range;

/// No node.
pub(crate) const NONE: u32 = u32::MAX;

/// A piece of text on the tape: a range of the source, or of what was made.
/// Decoded: character references are characters.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Val {
    at: u32,
    len: u32,
}

/// In [`Val::at`]: it was made.
const MADE: u32 = 1 << 31;
/// In [`Val::len`]: it was seen that there is nothing in it to decode or to
/// escape. Only [`Tape::decode`] and [`Tape::make_shared`] set it.
const PLAIN: u32 = 1 << 31;
/// In [`Val::len`]: it was seen that it is made of spaces and controls of ASCII.
const SPACES: u32 = 1 << 30;

impl Val {
    /// A part of it, in bytes.
    pub(crate) fn slice(self, start: usize, end: usize) -> Self {
        Val { at: self.at + start as u32, len: (end - start) as u32 | (self.len & SEEN) }
    }
    fn len(self) -> u32 {
        self.len & !SEEN
    }
    /// Whether it may be written as it is, in text and in quotes.
    pub(crate) fn is_plain(self) -> bool {
        self.len & PLAIN != 0
    }
    pub(crate) fn is_empty(self) -> bool {
        self.len() == 0
    }
    /// Whether it is known to be of spaces and controls of ASCII: what lies
    /// between most tags is. Nobody can see it.
    pub(crate) fn is_spaces(self) -> bool {
        self.len & SPACES != 0
    }
}

/// What is known of a text, beside its length.
const SEEN: u32 = PLAIN | SPACES;

/// A range of bytes of the tape's source.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Span {
    pub start: u32,
    pub end: u32,
}

impl Span {
    pub(crate) const fn new(start: usize, end: usize) -> Self {
        Span { start: start as u32, end: end as u32 }
    }
    pub(crate) const fn is_empty(self) -> bool {
        self.start == self.end
    }
    pub(crate) const fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// One attribute of a start tag.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Attr {
    pub at: At,
    /// The value differs from the source's, or the attribute has none there.
    pub changed: bool,
    /// Lower-case name, for those that `At` does not know.
    pub other: Val,
    pub value: Val,
    /// Name and value in the source; empty spans where a room wrote it. A
    /// value's span is without its quotes; empty and at 0 where there was no `=`.
    pub name_span: Span,
    pub value_span: Span,
}

impl Attr {
    /// One that is not in the source, or not as it is there.
    pub(crate) fn made(at: At, value: Val) -> Self {
        let (other, span) = (Val::default(), Span::default());
        Attr { at, changed: true, other, value, name_span: span, value_span: span }
    }
}

/// What kind of thing a node is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    Start,
    End,
    Text,
    Comment,
}

/// What has become of an element.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum State {
    /// It stays.
    Kept,
    /// Its tags go, its content stays.
    Unwrapped,
    /// It goes with all that is in it.
    Removed,
}

/// A start tag, an end tag, a run of text or a comment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Node {
    pub kind: Kind,
    pub el: El,
    /// What the element was in the source, where a room renamed it.
    pub was: El,
    pub state: State,
    /// A room changed the tag.
    pub edited: bool,
    /// Not in the source: implied by HTML's rules, or a reopened copy.
    pub implied: bool,
    /// The tokenizer took the tag for one of SVG or MathML.
    pub foreign: bool,
    /// The tag ends in `/>`.
    pub self_closing: bool,
    /// Text without character references.
    pub raw: bool,
    /// Other tags have the same attributes: a copy that is reopened, and what
    /// it is a copy of.
    pub shared: bool,
    /// In the source; empty where there is none.
    pub span: Span,
    /// The matching tag's index; `NONE` where it is in another window, and for
    /// void elements.
    pub mate: u32,
    /// The start tag of the parent; `NONE` at the top.
    pub parent: u32,
    /// Text: its characters. Tags of unknown elements: the lower-case name.
    pub text: Val,
    /// First attribute and how many; the source's own, then the current ones.
    pub source_attrs: (u32, u32),
    pub attrs: (u32, u32),
    /// A bit for each attribute's name, which others share: what has none here
    /// is not among them. Most tags are asked for much that they do not have.
    ats: u32,
}

impl Node {
    pub(crate) fn new(kind: Kind, el: El, span: Span) -> Self {
        Node {
            kind,
            el,
            was: el,
            state: State::Kept,
            edited: false,
            implied: false,
            foreign: false,
            self_closing: false,
            raw: false,
            shared: false,
            span,
            mate: NONE,
            parent: NONE,
            text: Val::default(),
            source_attrs: (0, 0),
            attrs: (0, 0),
            ats: 0,
        }
    }
}

/// A style sheet of the source.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sheet {
    pub css: Val,
    pub media: Option<Val>,
    pub span: Span,
}

/// What the source says outside its content.
#[derive(Clone, Default, Debug)]
pub(crate) struct Head {
    pub title: Option<Val>,
    /// There is a `<meta name=viewport>`.
    pub viewport: bool,
    pub base: Option<Val>,
    pub sheets: Vec<Sheet>,
    /// The class on which an earlier rinse hung a fragment's selectors.
    pub scope: Option<String>,
}

/// A window of a mail: its source text and what was read out of it.
#[derive(Default, Debug, Clone)]
pub struct Tape {
    /// The source text of this window.
    pub(crate) source: String,
    /// The offset of `source` in the whole mail, in bytes.
    pub(crate) base: u64,
    pub(crate) nodes: Vec<Node>,
    /// The start tags among the nested nodes, in order: what rooms pass over.
    pub(crate) starts: Vec<u32>,
    pub(crate) attrs: Vec<Attr>,
    /// The source is text out of an archive: U+00A0 means a space.
    pub(crate) mended: bool,
    pub(crate) head: Head,
    /// How many nodes stand for `html`, `body` and `main`: 3 in the first
    /// window, else 0.
    pub(crate) shell_nodes: u32,
    /// The source's own tags are to be patched.
    pub(crate) patch: bool,
    /// The mail ended within a tag or a comment.
    pub(crate) unfinished: bool,
    /// Nothing that ends behind this may be patched. A quote more or less, or
    /// a tag less, would make tags of what was text: behind a `noscript` that
    /// reads as other tags where scripting is switched off, behind a tag that
    /// ends SVG or MathML by being there, where the tokenizer overlooks raw
    /// text, and where there is a `frameset`.
    pub(crate) frozen: Option<u32>,
    /// Start tags of the source that have no place in the tree.
    pub(crate) aside: Vec<Node>,
    /// Markup that was not read as such: at level patch that of conditional
    /// comments, at level clean that of `noscript`.
    pub(crate) unread: Vec<Span>,
    /// Ranges of the source that are replaced as they stand.
    pub(crate) splices: Vec<(Range<usize>, String)>,
    pub(crate) made: String,
}

impl Tape {
    /// The characters of a piece of text.
    #[inline]
    pub(crate) fn text(&self, val: Val) -> &str {
        if val.at & MADE == 0 {
            &self.source[val.at as usize..(val.at + val.len()) as usize]
        } else {
            let at = (val.at & !MADE) as usize;
            &self.made[at..at + val.len() as usize]
        }
    }

    /// A piece of text that stands in the source as it is.
    pub(crate) fn val(&self, range: Range<usize>) -> Val {
        Val { at: range.start as u32, len: (range.end - range.start) as u32 }
    }

    /// A piece of text that is made.
    pub(crate) fn make(&mut self, text: &str) -> Val {
        let at = self.made.len() as u32;
        self.made.push_str(text);
        Val { at: at | MADE, len: text.len() as u32 }
    }

    /// The same for one that many tags share: whether it is plain is seen once.
    pub(crate) fn make_shared(&mut self, text: &str) -> Val {
        let Val { at, len } = self.make(text);
        Val { at, len: len | if charref::is_plain(text) { PLAIN } else { 0 } }
    }

    pub(crate) fn attrs_of(&self, node: u32) -> &[Attr] {
        self.attrs_in(&self.nodes[node as usize])
    }

    /// The attributes of a node that may be on no tape.
    pub(crate) fn attrs_in(&self, node: &Node) -> &[Attr] {
        let (first, count) = node.attrs;
        &self.attrs[first as usize..(first + count) as usize]
    }

    /// Gives a node the attributes from `first` to the last one.
    pub(crate) fn give_attrs(&self, node: &mut Node, first: u32) {
        node.attrs = (first, self.attrs.len() as u32 - first);
        node.ats = self.attrs_in(node).iter().fold(0, |ats, attr| ats | attr.at.bit());
    }

    /// Gives a node whose attributes are the last ones another.
    pub(crate) fn add_attr(&mut self, node: u32, attr: Attr) {
        let node = &mut self.nodes[node as usize];
        debug_assert_eq!((node.attrs.0 + node.attrs.1) as usize, self.attrs.len());
        node.attrs.1 += 1;
        node.ats |= attr.at.bit();
        self.attrs.push(attr);
    }

    /// The name of an attribute in lower case.
    pub(crate) fn attr_name(&self, attr: &Attr) -> &str {
        if attr.at == At::Other { self.text(attr.other) } else { attr.at.name() }
    }

    /// The decoded value of an attribute; the empty string where it has none.
    #[inline(always)]
    pub(crate) fn attr(&self, node: u32, at: At) -> Option<&str> {
        self.attr_in(&self.nodes[node as usize], at)
    }

    /// The same of a node that may be on no tape.
    #[inline(always)]
    pub(crate) fn attr_in(&self, node: &Node, at: At) -> Option<&str> {
        // With a name that is known where it is asked for, no more than this.
        if node.ats & at.bit() == 0 {
            debug_assert!(self.attrs_in(node).iter().all(|a| a.at != at), "{at:?} has no bit");
            return None;
        }
        self.find_attr(node, at)
    }

    /// Whether a node may have one of the attributes of these [`At::bits`].
    #[inline]
    pub(crate) fn may_have(&self, node: u32, ats: u32) -> bool {
        self.nodes[node as usize].ats & ats != 0
    }

    #[inline(never)]
    fn find_attr(&self, node: &Node, at: At) -> Option<&str> {
        self.attrs_in(node).iter().find(|a| a.at == at).map(|a| self.text(a.value))
    }

    /// The source lost its first bytes, and the attributes their first ones.
    pub(crate) fn shift(&mut self, bytes: u32, attrs: u32) {
        let back = |span: &mut Span| {
            if !span.is_empty() {
                *span = Span { start: span.start - bytes, end: span.end - bytes };
            }
        };
        for node in &mut self.nodes {
            back(&mut node.span);
            if !node.text.is_empty() {
                node.text.at -= bytes;
            }
            if node.kind == Kind::Start {
                node.attrs.0 -= attrs;
                node.source_attrs.0 -= attrs;
            }
        }
        for attr in &mut self.attrs {
            back(&mut attr.name_span);
            if attr.value_span != Span::default() {
                attr.value_span.start -= bytes;
                attr.value_span.end -= bytes;
            }
        }
    }

    /// Whether the source holds what parsers have come to differ about: the
    /// seal's triggers, as far as tokens show them.
    pub(crate) fn is_hard(&self) -> bool {
        self.unfinished
            || self.nodes.iter().any(|n| {
                n.kind == Kind::Start
                    && (n.foreign
                        || matches!(
                            n.el,
                            El::Svg
                                | El::Math
                                | El::Noscript
                                | El::Noembed
                                | El::Noframes
                                | El::Iframe
                                | El::Xmp
                                | El::Plaintext
                                | El::Listing
                                | El::Textarea
                                | El::Template
                                | El::Select
                                | El::Frameset
                                | El::Frame
                        ))
            })
    }

    /// The lower-case name of a tag.
    pub(crate) fn name(&self, node: u32) -> &str {
        let node = &self.nodes[node as usize];
        if node.el == El::Other { self.text(node.text) } else { node.el.name() }
    }

    /// The same of a node that may be on no tape, to be kept.
    pub(crate) fn kept_name(&self, node: &Node) -> Cow<'static, str> {
        match node.el {
            El::Other => Cow::Owned(self.text(node.text).to_owned()),
            el => Cow::Borrowed(el.name()),
        }
    }

    /// The index behind the last node of an element's content: that of its end
    /// tag, of the next node for a void element, of the tape's end where the
    /// element is still open.
    pub(crate) fn end_of(&self, node: u32) -> u32 {
        let n = &self.nodes[node as usize];
        if n.mate != NONE {
            n.mate
        } else if n.el.is_void() {
            node + 1
        } else {
            self.nodes.len() as u32
        }
    }

    /// The start tags and texts that are left, in order; what was removed is
    /// passed over with all that is in it.
    pub(crate) fn walk(&self) -> Walk<'_> {
        Walk { tape: self, at: 0, end: self.nodes.len() as u32 }
    }

    /// The start tags that are left, in order.
    pub(crate) fn kept_starts(&self) -> impl Iterator<Item = u32> + '_ {
        let mut gone = 0;
        self.starts.iter().copied().filter(move |&at| {
            let node = &self.nodes[at as usize];
            if at >= gone && node.state == State::Removed {
                gone = self.end_of(at);
            }
            at >= gone && node.state != State::Removed
        })
    }

    /// Where an element's tag is in the whole mail.
    pub(crate) fn place(&self, node: u32) -> Range<u64> {
        let span = self.nodes[node as usize].span;
        self.base + u64::from(span.start)..self.base + u64::from(span.end)
    }
}

/// Walks over what is left on a tape. End tags and unwrapped tags come along;
/// removed elements do not.
pub(crate) struct Walk<'t> {
    tape: &'t Tape,
    at: u32,
    end: u32,
}

impl Iterator for Walk<'_> {
    type Item = u32;

    #[inline]
    fn next(&mut self) -> Option<u32> {
        while self.at < self.end {
            let at = self.at;
            let node = &self.tape.nodes[at as usize];
            self.at += 1;
            if node.state == State::Removed {
                if node.kind == Kind::Start {
                    self.at = self.tape.end_of(at).max(at + 1);
                    if node.mate != NONE {
                        self.at = node.mate + 1;
                    }
                }
                continue;
            }
            return Some(at);
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nest::tape_of;

    #[test]
    fn what_is_in_a_removed_element_is_not_left() {
        let mut tape = tape_of("<p><a href=x><b>t</b></a><img src=y><i>u</i></p>");
        let names = |tape: &Tape| -> Vec<El> {
            tape.kept_starts().map(|at| tape.nodes[at as usize].el).collect()
        };
        let shell = [El::Html, El::Body, El::Main, El::P];
        assert_eq!(names(&tape), [&shell[..], &[El::A, El::B, El::Img, El::I]].concat());
        for el in [El::A, El::Img] {
            let at = tape.nodes.iter().position(|node| node.el == el).unwrap();
            tape.nodes[at].state = State::Removed;
        }
        assert_eq!(names(&tape), [&shell[..], &[El::I]].concat());
    }
}
