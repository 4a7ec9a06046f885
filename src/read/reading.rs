//! The tape that is being filled, within its limits, whoever reads.

use super::doctype::Mode;
use super::gap::{self, Gaps, Until};
use super::open::Open;
use super::tokenizer::{Place, Token, What};
use super::{lines, tag_name};
use crate::error::Error;
use crate::html::{At, Content, El};
use crate::limits::{Deadline, Limit, Limits};
use crate::tape::{Attr, Kind, Node, Span, Tape, Val};
use std::ops::Range;

pub(super) struct Reading {
    pub tape: Tape,
    pub gaps: Gaps,
    pub mode: Option<Mode>,
    pub open: Open,
    pub limits: Limits,
    pub deadline: Deadline,
    /// Of the windows that were taken: nodes, and line feeds.
    taken: (u64, u64),
    /// How much text a tape holds.
    pub room: usize,
    /// All that comes is the tokenizer's: SVG or MathML has begun (what is open
    /// in it only lol_html knows), everything is text, or raw text was
    /// overlooked.
    rest_is_tokenizers: bool,
}

/// A start tag on the tape's source.
pub(super) struct Tag {
    pub el: El,
    pub start: usize,
    /// The end of the name.
    pub name_end: usize,
    pub end: usize,
    /// Its attributes are the last ones on the tape, from this one.
    pub attrs: u32,
    pub foreign: bool,
}

impl Reading {
    pub(super) fn new(limits: &Limits, deadline: Deadline, mended: bool) -> Self {
        Reading {
            tape: Tape { mended, ..Tape::default() },
            gaps: Gaps::default(),
            mode: None,
            open: Open::default(),
            limits: limits.clone(),
            deadline,
            taken: (0, 0),
            room: 0,
            rest_is_tokenizers: false,
        }
    }

    /// There is text to be read. Makes room for what is in all of the tape's: a
    /// tag or a text for each 32 bytes, and an attribute for each 64, is what
    /// mail has; the rooms change as many.
    pub(super) fn expect(&mut self, text: &str) {
        let Tape { source, nodes, attrs, .. } = &mut self.tape;
        if source.len() + text.len() <= self.room {
            source.reserve_exact(self.room - source.len());
        }
        source.push_str(text);
        let most = self.room.max(source.len()) / 32;
        make_room(nodes, most, text.len() / 16);
        make_room(attrs, most, text.len() / 16);
    }

    /// Where the text ends that is known, in the mail.
    pub(super) fn end(&self) -> usize {
        self.tape.base as usize + self.tape.source.len()
    }

    /// Whether what comes is raw text, or was when the last gap was read.
    pub(super) fn is_in_raw_text(&self) -> bool {
        self.gaps.content() != Content::Data
    }

    /// Whether what comes behind a token is in "data state" and may be plain.
    pub(super) fn may_be_plain(&self) -> bool {
        self.gaps.content() == Content::Data && !self.rest_is_tokenizers
    }

    /// Puts down what the tokenizer tells, with the gap before it.
    pub(super) fn token(&mut self, token: Token) -> Result<(), Error> {
        let base = self.tape.base as usize;
        let Range { start, end } = token.range;
        let (start, end) = (start - base, end - base);
        self.gaps.read(&mut self.tape, &mut self.open, start, Until::Tag);
        match token.what {
            What::Start { foreign, attrs } => self.told_start(start, end, foreign, &attrs),
            What::Comment => self.comment(start, end),
            What::Doctype(mode) => {
                self.doctype(start, end, mode);
                Ok(())
            }
        }
    }

    fn told_start(
        &mut self,
        start: usize,
        end: usize,
        foreign: bool,
        attrs: &[Place],
    ) -> Result<(), Error> {
        let name = tag_name(&self.tape.source.as_bytes()[start + 1..end]);
        let (el, name_end) = (El::of_bytes(name), start + 1 + name.len());
        let base = self.tape.base as usize;
        let first = self.tape.attrs.len() as u32;
        let mut seen = 0;
        for attr in attrs {
            let name = attr.name.start - base..attr.name.end - base;
            let value = attr.value.as_ref().map(|value| value.start - base..value.end - base);
            attribute(&mut self.tape, first, &mut seen, name, value);
        }
        self.start(&Tag { el, start, name_end, end, attrs: first, foreign })
    }

    /// Puts a start tag down. The gap before it was read.
    pub(super) fn start(&mut self, tag: &Tag) -> Result<(), Error> {
        let &Tag { el, start, name_end, end, attrs, foreign } = tag;
        self.in_bounds(start)?;
        if end - start > self.limits.tag {
            return Err(self.over(Limit::Tag, self.limits.tag, start));
        }
        if self.tape.attrs.len() - attrs as usize > self.limits.attributes {
            return Err(self.over(Limit::Attributes, self.limits.attributes, start));
        }
        let mut node = Node::new(Kind::Start, el, Span::new(start, end));
        self.tape.give_attrs(&mut node, attrs);
        node.source_attrs = node.attrs;
        node.text = self.tape.val(start + 1..name_end);
        node.foreign = foreign;
        node.self_closing = self.tape.source.as_bytes()[end - 2] == b'/';
        self.tape.nodes.push(node);
        let content = if foreign { Content::Data } else { el.content() };
        self.gaps.begin(end, content, el);
        // The tokenizer overlooks raw text behind `<xmp a=>` (lol_html 3.0).
        let overlooked = content != Content::Data
            && self.tape.source[start..end - 1].trim_ascii_end().ends_with('=');
        if overlooked {
            self.tape.frozen.get_or_insert(start as u32);
        }
        self.rest_is_tokenizers |= overlooked
            || foreign
            || matches!(el, El::Svg | El::Math)
            || content == Content::Plaintext;
        if (foreign && !node.self_closing) || (!foreign && !el.is_void()) {
            let name = &self.tape.source[start + 1..name_end];
            if self.open.start(el, name) > self.limits.open {
                return Err(self.over(Limit::Open, self.limits.open, start));
            }
        }
        Ok(())
    }

    /// Puts a comment down. The gap before it was read.
    pub(super) fn comment(&mut self, start: usize, end: usize) -> Result<(), Error> {
        self.in_bounds(start)?;
        if end - start > self.limits.tag {
            return Err(self.over(Limit::Tag, self.limits.tag, start));
        }
        self.tape.nodes.push(Node::new(Kind::Comment, El::Other, Span::new(start, end)));
        self.gaps.begin(end, Content::Data, El::Other);
        Ok(())
    }

    fn doctype(&mut self, start: usize, end: usize, mode: Mode) {
        // Only a doctype before all else counts.
        let first = self.tape.base == 0
            && self.tape.nodes.iter().all(|n| match n.kind {
                Kind::Text => crate::html::is_space(&self.tape.source[n.span.range()]),
                Kind::Comment => true,
                _ => false,
            });
        if first {
            self.mode.get_or_insert(mode);
        }
        // It leaves a comment's trace, so that every byte of the source has
        // its place.
        self.tape.nodes.push(Node::new(Kind::Comment, El::Other, Span::new(start, end)));
        self.gaps.begin(end, Content::Data, El::Other);
    }

    /// Reads as much of the last gap as can be known, so that a long text does
    /// not wait for its end.
    pub(super) fn settle(&mut self) -> Result<(), Error> {
        let end = self.tape.source.len();
        self.gaps.read(&mut self.tape, &mut self.open, end, Until::Unknown);
        let waiting = end - self.gaps.at();
        if waiting > self.limits.tag.max(2 * gap::PIECE) + 2 * self.limits.block.max(64) {
            return Err(self.over(Limit::Tag, self.limits.tag, self.gaps.at()));
        }
        Ok(())
    }

    /// Reads the last gap to the end of the mail.
    pub(super) fn finish(&mut self) -> Result<(), Error> {
        let end = self.tape.source.len();
        self.gaps.read(&mut self.tape, &mut self.open, end, Until::EndOfFile);
        self.in_bounds(end)
    }

    /// Whether there may be more tokens, and time for them.
    fn in_bounds(&self, at: usize) -> Result<(), Error> {
        let tokens = self.tape.nodes.len();
        if self.taken.0 + tokens as u64 > self.limits.tokens {
            return Err(self.over(Limit::Tokens, self.limits.tokens, at));
        }
        if self.deadline.is_over_at(tokens) {
            let time = self.limits.time.unwrap_or_default().as_millis();
            return Err(self.over(Limit::Time, time as u64, at));
        }
        Ok(())
    }

    #[cold]
    fn over(&self, limit: Limit, max: impl TryInto<u64>, at: usize) -> Error {
        let line = 1 + self.taken.1 + lines(&self.tape.source[..at]);
        let at = self.tape.base + at as u64;
        Error::Limit { limit, max: max.try_into().unwrap_or(u64::MAX), at, line }
    }

    /// See [`Reader::take_window`](super::Reader::take_window).
    pub(super) fn take(&mut self, size: usize) -> Option<Tape> {
        let cut = self.tape.nodes.partition_point(|n| (n.span.start as usize) < size);
        let first = self.tape.nodes.get(cut)?;
        let at = first.span.start;
        let attrs_at = self.tape.nodes[cut..]
            .iter()
            .find(|n| n.kind == Kind::Start)
            .map_or(self.tape.attrs.len(), |n| n.attrs.0 as usize);
        let mut rest = Tape {
            base: self.tape.base + u64::from(at),
            mended: self.tape.mended,
            frozen: self.tape.frozen.map(|from| from.saturating_sub(at)),
            ..Tape::default()
        };
        rest.source = self.tape.source.split_off(at as usize);
        rest.nodes = self.tape.nodes.split_off(cut);
        rest.attrs = self.tape.attrs.split_off(attrs_at);
        rest.shift(at, attrs_at as u32);
        self.gaps.shift(at as usize);
        self.taken.0 += self.tape.nodes.len() as u64;
        self.taken.1 += lines(&self.tape.source);
        Some(std::mem::replace(&mut self.tape, rest))
    }

    /// Takes all that was read.
    pub(super) fn take_rest(&mut self) -> Tape {
        let (base, mended) = (self.end() as u64, self.tape.mended);
        std::mem::replace(&mut self.tape, Tape { base, mended, ..Tape::default() })
    }
}

/// Puts an attribute on the tape. `first` is the tag's first one, and `seen`
/// holds the bits of those before.
pub(super) fn attribute(
    tape: &mut Tape,
    first: u32,
    seen: &mut u32,
    name: Range<usize>,
    value: Option<Range<usize>>,
) {
    let at = At::of_bytes(&tape.source.as_bytes()[name.clone()]);
    if at != At::Other {
        // Of attributes of the same name the first counts.
        if *seen & at.bit() != 0 {
            let mut others = tape.attrs[first as usize..].iter();
            if others.any(|other| other.at == at) {
                return;
            }
        }
        *seen |= at.bit();
    }
    tape.attrs.push(Attr {
        at,
        changed: false,
        other: Val::default(),
        value: Val::default(),
        name_span: Span::new(name.start, name.end),
        value_span: value.map_or(Span::default(), |value| Span::new(value.start, value.end)),
    });
}

/// Makes room for so many in all, and for so many more; by little, since this
/// is most of what a window takes.
fn make_room<T>(list: &mut Vec<T>, all: usize, more: usize) {
    let len = list.len();
    let wanted = all.max(len + more);
    if list.capacity() < wanted {
        list.reserve_exact(wanted.max(len + len / 8) - len);
    }
}
