//! The rooms: four judges of the same shape. Each passes over the whole tape
//! before the next begins. A room cannot fail and does no I/O.

mod access;
mod aside;
mod base;
mod judge;
pub(crate) mod links;
pub mod percent;
pub(crate) mod policy;
#[cfg(test)]
pub(crate) mod show;
mod srcset;
pub(crate) mod trackers;

pub(crate) use crate::rules::Rules;
pub(crate) use judge::{Judged, Known, judge};
pub(crate) use links::Links;
pub use links::Map;

use crate::finding::{Finding, RoomName};
use crate::scene::Scene;
use crate::tag::Tag;
use crate::tape::{NONE, State, Tape};

/// One kind of decision.
pub trait Room {
    /// Judges one start tag with knowledge of its surroundings.
    fn visit(&self, tag: &mut Tag<'_>, scene: &Scene<'_>);
}

/// Which rules are switched off or, where they are off by themselves, on: as
/// globs over rule ids (`*` only).
#[derive(Clone, Default, Debug)]
pub struct Switches {
    pub(crate) off: Vec<String>,
    pub(crate) on: Vec<String>,
}

impl Switches {
    /// Whether the rule of this id is on.
    pub fn on(&self, rule: &str) -> bool {
        self.off.is_empty() || !self.off.iter().any(|glob| matches(glob, rule))
    }

    /// Whether a rule that is off by itself was asked for.
    pub(crate) fn asked(&self, rule: &str) -> bool {
        self.on.iter().any(|glob| matches(glob, rule))
    }
}

/// Whether a glob with `*` for any run of characters matches the whole text.
pub(crate) fn matches(glob: &str, text: &str) -> bool {
    let Some((head, rest)) = glob.split_once('*') else { return glob == text };
    let Some(mut text) = text.strip_prefix(head) else { return false };
    let mut parts: Vec<&str> = rest.split('*').collect();
    let tail = parts.pop().unwrap_or_default();
    for part in parts {
        match text.find(part) {
            Some(at) => text = &text[at + part.len()..],
            None => return false,
        }
    }
    text.ends_with(tail)
}

/// Lets a room pass over the tape.
pub(crate) fn pass(
    room: &(impl Room + ?Sized),
    name: RoomName,
    tape: &mut Tape,
    scene: &Scene<'_>,
    switches: &Switches,
    findings: &mut Vec<Finding>,
) {
    let mut next = 0;
    while let Some(&at) = tape.starts.get(next)
        && !scene.deadline.is_over_at(next)
    {
        next += 1;
        if tape.nodes[at as usize].state == State::Kept {
            room.visit(&mut Tag { tape, at, room: name, switches, findings }, scene);
        }
        let node = &tape.nodes[at as usize];
        if node.state == State::Removed && node.mate != NONE {
            // What is in it went with it.
            next += tape.starts[next..].partition_point(|&start| start < node.mate);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn globs() {
        assert!(matches("access.*", "access.table.layout"));
        assert!(matches("*.open", "trackers.marketo.open"));
        assert!(matches("a*c*e", "abcde"));
        assert!(!matches("a*c*e", "abcd"));
        assert!(!matches("access.lang", "access.lang.document"));
        assert!(!matches("ab*bc", "abc"));
    }
}
