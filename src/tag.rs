//! A start tag in the hands of a room: what it may ask and change.

use crate::finding::{Action, Finding, RoomName, Why};
use crate::html::{At, El};
use crate::rooms::Switches;
use crate::tape::{Attr, NONE, State, Tape, Val};

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
    #[inline(always)]
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
        self.switches.on(rule) && (!self.tape.patch || self.can_be_patched())
    }

    fn can_be_patched(&self) -> bool {
        let node = &self.tape.nodes[self.at as usize];
        let end = match node.mate {
            NONE => node.span.end,
            mate => node.span.end.max(self.tape.nodes[mate as usize].span.end),
        };
        !node.span.is_empty() && self.tape.frozen.is_none_or(|from| end <= from)
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
            None => self.add_attr(Attr::made(at, value)),
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
        // Nothing is cut off: an empty list of another tag may begin behind.
        let mut kept = first as usize;
        for slot in first as usize..(first + count) as usize {
            if !test(self.tape, &self.tape.attrs[slot]) {
                self.tape.attrs.swap(kept, slot);
                kept += 1;
            }
        }
        self.tape.nodes[self.at as usize].attrs.1 = kept as u32 - first;
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
        self.tell(Action::Replaced, why);
        let first = self.tape.attrs.len() as u32;
        for &(at, value) in attrs {
            let value = self.tape.make(value);
            self.tape.attrs.push(Attr::made(at, value));
        }
        let mut node = self.tape.nodes[self.at as usize];
        node.el = el;
        node.edited = true;
        self.tape.give_attrs(&mut node, first);
        self.tape.nodes[self.at as usize] = node;
        true
    }

    /// Whether the source around the tag is too fragile to patch it.
    pub(crate) fn is_frozen(&self) -> bool {
        self.tape.patch && !self.can_be_patched()
    }

    /// Changes nothing, but says something.
    pub fn note(&mut self, why: Why) {
        let node = &self.tape.nodes[self.at as usize];
        let is_there = !self.tape.patch || !node.span.is_empty();
        if self.switches.on(&why.rule) && is_there {
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
        self.write(at, made);
    }

    /// Writes what was made for this tape, or takes an attribute out. No finding.
    pub(crate) fn write(&mut self, at: At, made: Option<Val>) {
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
                // Nothing is cut off: an empty list of another tag may begin behind.
                self.tape.attrs[place..(first + count) as usize].rotate_left(1);
                self.tape.nodes[self.at as usize].attrs.1 -= 1;
            }
            (None, Some(value)) => self.add_attr(Attr::made(at, value)),
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

    /// Makes the tag's attributes ready for a change, which must not reach a
    /// reopened copy's, nor at level patch the source's: the writer compares
    /// with those.
    fn own_attrs(&mut self) {
        let node = &mut self.tape.nodes[self.at as usize];
        node.edited = true;
        if node.shared || self.tape.patch && node.attrs.0 == node.source_attrs.0 {
            node.shared = false;
            self.move_attrs();
        }
    }

    /// Gives the tag attributes of its own at the end of the list.
    fn move_attrs(&mut self) {
        let (first, count) = self.tape.nodes[self.at as usize].attrs;
        self.tape.nodes[self.at as usize].attrs.0 = self.tape.attrs.len() as u32;
        self.tape.attrs.extend_from_within(first as usize..(first + count) as usize);
    }

    fn add_attr(&mut self, attr: Attr) {
        let (first, count) = self.tape.nodes[self.at as usize].attrs;
        if (first + count) as usize != self.tape.attrs.len() {
            self.move_attrs();
        }
        self.tape.add_attr(self.at, attr);
    }

    fn tell(&mut self, action: Action, why: Why) {
        let mut place = self.tape.place(self.at);
        let node = &self.tape.nodes[self.at as usize];
        // What changes the end tag as well reaches up to it.
        if (node.state != State::Kept || node.el != node.was) && node.mate != NONE {
            place.end = place.end.max(self.tape.place(node.mate).end);
        }
        let element = self.tape.kept_name(&self.tape.nodes[self.at as usize]);
        self.findings.push(Finding::new(self.room, action, place, element, why));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nest::tape_of;
    use crate::tape::Kind;

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
        assert_eq!(tape.name(3), "p");
        assert_eq!(tape.attr(3, At::Title), Some("a&b"));
        assert_eq!(tape.attr_name(&tape.attrs_of(3)[1]), "data-x");
        assert_eq!(tape.text(tape.nodes[4].text), "x < y");
    }

    #[test]
    fn a_change_leaves_the_source_attributes() {
        let mut tape = tape_of("<p title=a class=b>x</p>");
        tape.patch = true;
        let (switches, mut findings) = (Switches::default(), Vec::new());
        let mut p = tag(&mut tape, 3, &switches, &mut findings);
        assert!(p.set(At::Title, "c", Why::rule("policy.test.set")));
        assert!(p.set(At::Lang, "en", Why::rule("policy.test.set")));
        assert!(p.drop_attr(At::Class, Why::rule("policy.test.drop")));
        assert_eq!(
            (p.get(At::Title), p.get(At::Class), p.get(At::Lang)),
            (Some("c"), None, Some("en"))
        );
        let (first, count) = tape.nodes[3].source_attrs;
        let source = &tape.attrs[first as usize..(first + count) as usize];
        assert_eq!(source.iter().map(|a| tape.text(a.value)).collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(findings.len(), 3);
        assert_eq!(findings[0].range, 0..19);
    }

    #[test]
    fn a_change_leaves_the_attributes_of_a_copy() {
        for first in [true, false] {
            let mut tape = tape_of("<p><font title=a class=b>x<p>y");
            let fonts = tape.walk().filter(|&n| {
                let node = &tape.nodes[n as usize];
                (node.kind, node.el) == (Kind::Start, El::Font)
            });
            let fonts: Vec<u32> = fonts.collect();
            let [one, two] = if first { [fonts[0], fonts[1]] } else { [fonts[1], fonts[0]] };
            let (switches, mut findings) = (Switches::default(), Vec::new());
            let mut font = tag(&mut tape, one, &switches, &mut findings);
            assert!(font.set(At::Title, "c", Why::rule("policy.test.set")));
            assert!(font.drop_attr(At::Class, Why::rule("policy.test.drop")));
            assert_eq!(tape.attr(one, At::Title), Some("c"));
            assert_eq!(
                (tape.attr(two, At::Title), tape.attr(two, At::Class)),
                (Some("a"), Some("b"))
            );
        }
    }

    #[test]
    fn a_rule_that_is_switched_off_does_nothing() {
        let mut tape = tape_of("<p title=a>x</p>");
        let (switches, mut findings) =
            (Switches { off: vec!["policy.*".into()], ..Switches::default() }, Vec::new());
        let mut p = tag(&mut tape, 3, &switches, &mut findings);
        assert!(!p.remove(Why::rule("policy.test.remove")));
        assert!(!p.set(At::Title, "b", Why::rule("policy.test.set")));
        assert!(findings.is_empty());
    }

    #[test]
    fn what_was_removed_is_passed_over() {
        let mut tape = tape_of("a<p>b<i>c</i></p>d");
        let (switches, mut findings) = (Switches::default(), Vec::new());
        tag(&mut tape, 4, &switches, &mut findings).remove(Why::rule("policy.test.remove"));
        let texts = tape.walk().filter(|&n| tape.nodes[n as usize].kind == Kind::Text);
        let left: Vec<&str> = texts.map(|n| tape.text(tape.nodes[n as usize].text)).collect();
        assert_eq!(left, ["a", "d"]);
    }
}
