//! Findings: what was seen or changed, one event each, and who listens.
//! Written as it happens; that nothing was found does not mean that the input
//! was harmless.

#[cfg(feature = "serde")]
mod serialise;

use std::borrow::Cow;
use std::ops::Range;

/// The version of a finding's fields as they are serialised (`v`).
pub const SCHEMA: u32 = 1;

/// Who found it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[non_exhaustive]
pub enum RoomName {
    /// What stopped the text from being the markup its sender meant.
    Mend,
    /// HTML's structure.
    Nest,
    /// Does this load something whose use is to watch the reader?
    Trackers,
    /// Where does this really lead?
    Links,
    /// Can everyone use this?
    Access,
    /// May this be here?
    Policy,
    /// What the writer and the seal have to say.
    Write,
    /// The message around the HTML.
    Message,
}

impl RoomName {
    /// The first part of a rule id.
    pub const fn as_str(self) -> &'static str {
        match self {
            RoomName::Mend => "mend",
            RoomName::Nest => "nest",
            RoomName::Trackers => "trackers",
            RoomName::Links => "links",
            RoomName::Access => "access",
            RoomName::Policy => "policy",
            RoomName::Write => "write",
            RoomName::Message => "message",
        }
    }
}

/// What was done.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Action {
    /// Nothing: a remark.
    Noted,
    /// The tag's attributes or name were changed.
    Changed,
    /// The tags went, the content stayed.
    Unwrapped,
    /// The element went with all that was in it.
    Removed,
    /// Something inert of the same size stands in its place.
    Replaced,
}

impl Action {
    /// As it is serialised.
    pub const fn as_str(self) -> &'static str {
        match self {
            Action::Noted => "noted",
            Action::Changed => "changed",
            Action::Unwrapped => "unwrapped",
            Action::Removed => "removed",
            Action::Replaced => "replaced",
        }
    }
}

/// One piece of evidence for a judgement.
#[derive(Clone, PartialEq, Debug)]
#[non_exhaustive]
pub struct Evidence {
    /// What was seen, in a few words. May hold an address or a token: masked
    /// when it is printed.
    pub what: Cow<'static, str>,
    /// What it counts for; 0 where it is decisive or only told.
    pub weight: i32,
    /// It would tell who the reader is: an address, or an identifier.
    pub reader: bool,
}

impl Evidence {
    /// A piece of evidence with its weight.
    pub fn new(what: impl Into<Cow<'static, str>>, weight: i32) -> Self {
        Evidence { what: what.into(), weight, reader: false }
    }

    /// Evidence that would tell who the reader is.
    pub fn of_reader(what: impl Into<Cow<'static, str>>, weight: i32) -> Self {
        Evidence { reader: true, ..Evidence::new(what, weight) }
    }
}

/// The reason for a change. Without one nothing is changed.
#[derive(Clone, PartialEq, Debug)]
pub struct Why {
    pub(crate) rule: Cow<'static, str>,
    pub(crate) url: Option<String>,
    pub(crate) to: Option<String>,
    pub(crate) vendor: Option<Cow<'static, str>>,
    pub(crate) evidence: Vec<Evidence>,
}

impl Why {
    /// By the rule of this id (`room.source.name`).
    pub fn rule(id: impl Into<Cow<'static, str>>) -> Self {
        Why { rule: id.into(), url: None, to: None, vendor: None, evidence: Vec::new() }
    }
    /// The URL in question.
    pub fn url(mut self, url: impl Into<String>) -> Self {
        self.url = Some(url.into());
        self
    }
    /// What takes its place: a URL, or an attribute's new value.
    pub fn to(mut self, to: impl Into<String>) -> Self {
        self.to = Some(to.into());
        self
    }
    /// Whose it is.
    pub fn vendor(mut self, vendor: impl Into<Cow<'static, str>>) -> Self {
        self.vendor = Some(vendor.into());
        self
    }
    /// What speaks for it.
    pub fn evidence(mut self, what: impl Into<Cow<'static, str>>, weight: i32) -> Self {
        self.evidence.push(Evidence::new(what, weight));
        self
    }
}

/// One change or remark.
#[derive(Clone, PartialEq, Debug)]
#[non_exhaustive]
pub struct Finding {
    /// `room.source.name`, stable across minor versions.
    pub rule: Cow<'static, str>,
    /// Who found it.
    pub room: RoomName,
    /// What was done.
    pub action: Action,
    /// The IMAP section of the part of a message (`1.2`); none for HTML by
    /// itself, and for what is about the message as a whole.
    pub part: Option<String>,
    /// The place of the tag: byte offsets in the input after its charset was
    /// decoded to UTF-8 (for an archive page: in the unescaped text). Empty
    /// where the tag is not in the source. In a message the input is the part
    /// with its transfer encoding taken off.
    pub range: Range<u64>,
    /// The element's name in lower case; empty where it is about none.
    pub element: Cow<'static, str>,
    /// The URL in question, unmasked.
    pub url: Option<String>,
    /// What took its place, unmasked.
    pub to: Option<String>,
    /// Whose tracker or wrapper it is.
    pub vendor: Option<Cow<'static, str>>,
    /// What spoke for it.
    pub evidence: Vec<Evidence>,
}

impl Finding {
    pub(crate) fn new(
        room: RoomName,
        action: Action,
        range: Range<u64>,
        element: impl Into<Cow<'static, str>>,
        why: Why,
    ) -> Self {
        let Why { rule, url, to, vendor, evidence } = why;
        let element = element.into();
        Finding { rule, room, action, part: None, range, element, url, to, vendor, evidence }
    }
}

/// Puts the findings of a whole mail in the order of their places, then of the
/// rooms. The rooms tell theirs nearly in order, so there is little to move.
pub(crate) fn sort(findings: &mut [Finding]) {
    let key = |(at, it): (usize, &Finding)| (it.range.start, it.room, at as u32);
    let mut order: Vec<_> = findings.iter().enumerate().map(key).collect();
    // Stable, for what is in runs already.
    order.sort();
    // Each is swapped to its place; what stood there has gone on by then.
    for at in 0..findings.len() {
        let mut from = order[at].2 as usize;
        while from < at {
            from = order[from].2 as usize;
        }
        order[at].2 = from as u32;
        findings.swap(at, from);
    }
}

/// Who listens. A sink sees each finding once, in the order in which the rooms
/// made them, window by window.
pub trait Sink {
    /// Takes note of a finding.
    fn finding(&mut self, finding: Finding);
}

/// Nobody listens.
impl Sink for () {
    fn finding(&mut self, _: Finding) {}
}

/// All are kept.
impl Sink for Vec<Finding> {
    fn finding(&mut self, finding: Finding) {
        self.push(finding);
    }
}

impl<S: Sink + ?Sized> Sink for &mut S {
    fn finding(&mut self, finding: Finding) {
        (**self).finding(finding);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn findings_come_in_the_order_of_their_places_and_rooms() {
        let rooms = [RoomName::Trackers, RoomName::Links, RoomName::Access];
        // Of each room a run, as they tell them, and some out of it; places come again.
        let mut findings = Vec::new();
        for (run, room) in rooms.into_iter().enumerate() {
            for at in [3, 5, 5, 9, 2, 5, 11].map(|at| at + run as u64 % 2) {
                let why = Why::rule(format!("a.b.{}", findings.len()));
                findings.push(Finding::new(room, Action::Noted, at..at + 1, "p", why));
            }
        }
        let mut expected = findings.clone();
        expected.sort_by_key(|it| (it.range.start, it.room));
        sort(&mut findings);
        assert_eq!(findings, expected);
        sort(&mut []);
    }
}
