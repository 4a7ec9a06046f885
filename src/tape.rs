//! The tape: a mail's tags and text in order, each with its place in the
//! source. `read` fills it, `nest` gives it HTML's structure, rooms change it
//! through a [`Tag`], a writer prints it. Nothing here judges anything.

use crate::charref;
use crate::finding::{Action, Finding, RoomName, Why};
use crate::html::{At, El};
use crate::rooms::Switches;
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

const MADE: u32 = 1 << 31;

impl Val {
    /// A part of it, in bytes.
    pub(crate) fn slice(self, start: usize, end: usize) -> Self {
        Val { at: self.at + start as u32, len: (end - start) as u32 }
    }
}

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
            span,
            mate: NONE,
            parent: NONE,
            text: Val::default(),
            source_attrs: (0, 0),
            attrs: (0, 0),
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
    pub(crate) made: String,
}

impl Tape {
    /// The characters of a piece of text.
    #[inline]
    pub(crate) fn text(&self, val: Val) -> &str {
        if val.at & MADE == 0 {
            &self.source[val.at as usize..(val.at + val.len) as usize]
        } else {
            let at = (val.at & !MADE) as usize;
            &self.made[at..at + val.len as usize]
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

    pub(crate) fn attrs_of(&self, node: u32) -> &[Attr] {
        let (at, n) = self.nodes[node as usize].attrs;
        &self.attrs[at as usize..(at + n) as usize]
    }

    /// The name of an attribute in lower case.
    pub(crate) fn attr_name(&self, attr: &Attr) -> &str {
        if attr.at == At::Other { self.text(attr.other) } else { attr.at.name() }
    }

    /// The decoded value of an attribute; the empty string where it has none.
    pub(crate) fn attr(&self, node: u32, at: At) -> Option<&str> {
        self.attrs_of(node).iter().find(|a| a.at == at).map(|a| self.text(a.value))
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
            if node.text.len > 0 {
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

    /// Decodes what was read: character references become characters, names
    /// lower case, and in mended text U+00A0 a space, but where it is the
    /// whole content of an element (a cell that is to be seen, a blank line).
    pub(crate) fn decode(&mut self) {
        for i in 0..self.nodes.len() {
            let node = self.nodes[i];
            match node.kind {
                Kind::Text => {
                    let filler = self.mended
                        && &self.source[node.span.range()] == "\u{a0}"
                        && i > 0
                        && self.nodes[i - 1].kind == Kind::Start
                        && self.nodes.get(i + 1).is_some_and(|n| n.kind == Kind::End);
                    self.nodes[i].text = self.decoded(node.span, !filler, |raw| {
                        if node.raw { Cow::Borrowed(raw) } else { charref::text(raw) }
                    });
                }
                Kind::Start | Kind::End if node.el == El::Other => {
                    let name = self.text(node.text);
                    if name.bytes().any(|b| b.is_ascii_uppercase()) {
                        let name = name.to_ascii_lowercase();
                        self.nodes[i].text = self.make(&name);
                    }
                }
                _ => {}
            }
        }
        for i in 0..self.attrs.len() {
            let attr = self.attrs[i];
            self.attrs[i].value = self.decoded(attr.value_span, true, charref::attribute);
            if attr.at == At::Other {
                self.attrs[i].other = self.decoded(attr.name_span, false, |raw| {
                    if raw.bytes().any(|b| b.is_ascii_uppercase()) {
                        Cow::Owned(raw.to_ascii_lowercase())
                    } else {
                        Cow::Borrowed(raw)
                    }
                });
            }
        }
    }

    fn decoded(&mut self, span: Span, mend: bool, decode: impl Fn(&str) -> Cow<'_, str>) -> Val {
        let raw = &self.source[span.range()];
        let text = if mend && self.mended && raw.contains('\u{a0}') {
            Cow::Owned(decode(&raw.replace('\u{a0}', " ")).into_owned())
        } else {
            decode(raw)
        };
        match text {
            Cow::Borrowed(text) if text.len() == raw.len() => {
                Val { at: span.start, len: span.end - span.start }
            }
            text => {
                let text = text.into_owned();
                self.make(&text)
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

    /// The same within an element.
    pub(crate) fn inside(&self, node: u32) -> Walk<'_> {
        Walk { tape: self, at: node + 1, end: self.end_of(node) }
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

/// A start tag in the hands of a room. Every change asks for a [`Why`], so a
/// silent one cannot be written.
pub struct Tag<'t> {
    pub(crate) tape: &'t mut Tape,
    pub(crate) at: u32,
    pub(crate) room: RoomName,
    pub(crate) switches: &'t Switches,
    pub(crate) findings: &'t mut Vec<Finding>,
}

impl Tag<'_> {
    /// The element.
    pub fn el(&self) -> El {
        self.tape.nodes[self.at as usize].el
    }
    /// Its name in lower case, also where [`El`] does not know it.
    pub fn name(&self) -> &str {
        self.tape.name(self.at)
    }
    /// The decoded value of an attribute; empty where it has none.
    pub fn get(&self, at: At) -> Option<&str> {
        self.tape.attr(self.at, at)
    }
    /// The decoded value of an attribute that [`At`] may not know.
    pub fn get_named(&self, name: &str) -> Option<&str> {
        let attrs = self.tape.attrs_of(self.at);
        attrs.iter().find(|a| self.tape.attr_name(a) == name).map(|a| self.tape.text(a.value))
    }
    /// The tag's number on the tape, for what the scene knows about it.
    pub(crate) fn index(&self) -> u32 {
        self.at
    }
    /// Whether a room has unwrapped or removed it already.
    pub fn is_gone(&self) -> bool {
        self.tape.nodes[self.at as usize].state != State::Kept
    }
    /// Whether rules of this id are switched on, and the tag can be changed
    /// (one that is not in the source cannot be patched).
    pub fn may(&self, rule: &str) -> bool {
        let node = &self.tape.nodes[self.at as usize];
        self.switches.on(rule) && !(self.tape.patch && node.span.is_empty())
    }

    /// Writes an attribute. Does nothing where the rule is switched off or the
    /// value is the same; tells whether it is written now.
    pub fn set(&mut self, at: At, value: &str, why: Why) -> bool {
        if !self.may(&why.rule) {
            return false;
        }
        if self.get(at) == Some(value) {
            return true;
        }
        let value = self.tape.make(value);
        self.own_attrs();
        let (first, count) = self.tape.nodes[self.at as usize].attrs;
        let slots = first as usize..(first + count) as usize;
        match self.tape.attrs[slots].iter_mut().find(|a| a.at == at) {
            Some(attr) => {
                attr.value = value;
                attr.changed = true;
            }
            None => {
                self.tape.attrs.push(Attr {
                    at,
                    changed: true,
                    other: Val::default(),
                    value,
                    name_span: Span::default(),
                    value_span: Span::default(),
                });
                self.tape.nodes[self.at as usize].attrs.1 += 1;
            }
        }
        self.tell(Action::Changed, why);
        true
    }

    /// Takes an attribute out, if it is there.
    pub fn drop_attr(&mut self, at: At, why: Why) -> bool {
        self.drop_where(|tape, a| a.at == at && !tape.attr_name(a).is_empty(), why)
    }

    /// Takes out the attributes that the test names.
    pub(crate) fn drop_where(&mut self, test: impl Fn(&Tape, &Attr) -> bool, why: Why) -> bool {
        let tape = &*self.tape;
        if !self.may(&why.rule) || !tape.attrs_of(self.at).iter().any(|a| test(tape, a)) {
            return false;
        }
        self.own_attrs();
        let (first, count) = self.tape.nodes[self.at as usize].attrs;
        let kept: Vec<Attr> = self.tape.attrs[first as usize..(first + count) as usize]
            .iter()
            .filter(|a| !test(self.tape, a))
            .copied()
            .collect();
        self.tape.nodes[self.at as usize].attrs.1 = kept.len() as u32;
        self.tape.attrs.truncate(first as usize);
        self.tape.attrs.extend(kept);
        self.tell(Action::Changed, why);
        true
    }

    /// Makes it another element; its end tag follows.
    pub fn rename(&mut self, el: El, why: Why) -> bool {
        if !self.may(&why.rule) {
            return false;
        }
        let mate = self.tape.nodes[self.at as usize].mate;
        for at in [self.at, mate] {
            if at != NONE {
                self.tape.nodes[at as usize].el = el;
                self.tape.nodes[at as usize].edited = true;
            }
        }
        self.tell(Action::Changed, why);
        true
    }

    /// Takes the tags away and leaves the content.
    pub fn unwrap(&mut self, why: Why) -> bool {
        self.end_as(State::Unwrapped, why)
    }

    /// Takes the element away with all that is in it.
    pub fn remove(&mut self, why: Why) -> bool {
        self.end_as(State::Removed, why)
    }

    /// Puts a void element with other attributes in the place of a void one.
    pub fn replace(&mut self, el: El, attrs: &[(At, &str)], why: Why) -> bool {
        debug_assert!(el.is_void() && self.el().is_void(), "only void elements are replaced");
        if !self.may(&why.rule) {
            return false;
        }
        let made: Vec<Attr> = attrs
            .iter()
            .map(|&(at, value)| Attr {
                at,
                changed: true,
                other: Val::default(),
                value: self.tape.make(value),
                name_span: Span::default(),
                value_span: Span::default(),
            })
            .collect();
        let first = self.tape.attrs.len() as u32;
        self.tell(Action::Replaced, why);
        let node = &mut self.tape.nodes[self.at as usize];
        node.el = el;
        node.edited = true;
        node.attrs = (first, made.len() as u32);
        self.tape.attrs.extend(made);
        true
    }

    /// Changes nothing, but says something.
    pub fn note(&mut self, why: Why) {
        if self.may(&why.rule) {
            self.tell(Action::Noted, why);
        }
    }

    /// Spells a value otherwise (it means the same to every reader), writes one
    /// that says nothing new, or takes one out that says nothing. No finding.
    pub(crate) fn respell(&mut self, at: At, value: Option<&str>) {
        if self.get(at) == value {
            return;
        }
        let made = value.map(|value| self.tape.make(value));
        self.own_attrs();
        let (first, count) = self.tape.nodes[self.at as usize].attrs;
        let slots = first as usize..(first + count) as usize;
        let place = self.tape.attrs[slots].iter().position(|a| a.at == at);
        match (place.map(|i| first as usize + i), made) {
            (Some(place), Some(value)) => {
                self.tape.attrs[place].value = value;
                self.tape.attrs[place].changed = true;
            }
            (Some(place), None) => {
                self.tape.attrs.remove(place);
                self.tape.nodes[self.at as usize].attrs.1 -= 1;
            }
            (None, Some(value)) => {
                let span = Span::default();
                self.tape.attrs.push(Attr {
                    at,
                    changed: true,
                    other: Val::default(),
                    value,
                    name_span: span,
                    value_span: span,
                });
                self.tape.nodes[self.at as usize].attrs.1 += 1;
            }
            (None, None) => {}
        }
    }

    /// Says why an attribute was respelt, where that is worth a finding.
    pub(crate) fn because(&mut self, why: Why) {
        if self.may(&why.rule) {
            self.tell(Action::Changed, why);
        }
    }

    fn end_as(&mut self, state: State, why: Why) -> bool {
        if !self.may(&why.rule) {
            return false;
        }
        let action = match state {
            State::Removed => Action::Removed,
            _ => Action::Unwrapped,
        };
        let mate = self.tape.nodes[self.at as usize].mate;
        for at in [self.at, mate] {
            if at != NONE {
                self.tape.nodes[at as usize].state = state;
                self.tape.nodes[at as usize].edited = true;
            }
        }
        self.tell(action, why);
        true
    }

    /// Gives the tag attributes of its own at the end of the list, so that a
    /// change reaches neither the source's nor a reopened copy's.
    fn own_attrs(&mut self) {
        let (first, count) = self.tape.nodes[self.at as usize].attrs;
        let end = self.tape.attrs.len() as u32;
        if first + count != end || first == self.tape.nodes[self.at as usize].source_attrs.0 {
            self.tape.attrs.extend_from_within(first as usize..(first + count) as usize);
            self.tape.nodes[self.at as usize].attrs.0 = end;
        }
        self.tape.nodes[self.at as usize].edited = true;
    }

    fn tell(&mut self, action: Action, why: Why) {
        let mut place = self.tape.place(self.at);
        let node = &self.tape.nodes[self.at as usize];
        // What changes the end tag as well reaches up to it.
        if (node.state != State::Kept || node.el != node.was) && node.mate != NONE {
            place.end = place.end.max(self.tape.place(node.mate).end);
        }
        let element = self.tape.name(self.at).to_owned();
        self.findings.push(Finding::new(self.room, action, place, element, why));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nest::tape_of;

    fn tag<'t>(
        tape: &'t mut Tape,
        at: u32,
        switches: &'t Switches,
        findings: &'t mut Vec<Finding>,
    ) -> Tag<'t> {
        Tag { tape, at, room: RoomName::Policy, switches, findings }
    }

    #[test]
    fn values_are_decoded_and_names_lower_case() {
        let tape = tape_of("<P TITLE='a&amp;b' DATA-X=1>x &lt; y<O:p></p>");
        assert_eq!(tape.name(0), "p");
        assert_eq!(tape.attr(0, At::Title), Some("a&b"));
        assert_eq!(tape.attr_name(&tape.attrs_of(0)[1]), "data-x");
        assert_eq!(tape.text(tape.nodes[1].text), "x < y");
        assert_eq!(tape.name(2), "o:p");
    }

    #[test]
    fn a_change_leaves_the_source_attributes() {
        let mut tape = tape_of("<p title=a class=b>x</p>");
        let (switches, mut findings) = (Switches::default(), Vec::new());
        let mut p = tag(&mut tape, 0, &switches, &mut findings);
        assert!(p.set(At::Title, "c", Why::rule("policy.test.set")));
        assert!(p.set(At::Lang, "en", Why::rule("policy.test.set")));
        assert!(p.drop_attr(At::Class, Why::rule("policy.test.drop")));
        assert_eq!(
            (p.get(At::Title), p.get(At::Class), p.get(At::Lang)),
            (Some("c"), None, Some("en"))
        );
        let (first, count) = tape.nodes[0].source_attrs;
        let source = &tape.attrs[first as usize..(first + count) as usize];
        assert_eq!(source.iter().map(|a| tape.text(a.value)).collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(findings.len(), 3);
        assert_eq!(findings[0].range, 0..19);
    }

    #[test]
    fn a_rule_that_is_switched_off_does_nothing() {
        let mut tape = tape_of("<p title=a>x</p>");
        let (switches, mut findings) = (Switches { off: vec!["policy.*".into()] }, Vec::new());
        let mut p = tag(&mut tape, 0, &switches, &mut findings);
        assert!(!p.remove(Why::rule("policy.test.remove")));
        assert!(!p.set(At::Title, "b", Why::rule("policy.test.set")));
        assert!(findings.is_empty());
    }

    #[test]
    fn what_was_removed_is_passed_over() {
        let mut tape = tape_of("a<p>b<i>c</i></p>d");
        let (switches, mut findings) = (Switches::default(), Vec::new());
        tag(&mut tape, 1, &switches, &mut findings).remove(Why::rule("policy.test.remove"));
        let left: Vec<&str> = tape.walk().map(|n| tape.text(tape.nodes[n as usize].text)).collect();
        assert_eq!(left, ["a", "d"]);
    }
}
