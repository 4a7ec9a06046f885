//! What stands beside the tree and loads all the same. Tags of elements that
//! the tree leaves out (frames, media, Word's VML), and what is in conditional
//! comments, which Outlook reads as markup. At level patch a tracker there is
//! taken out like any other; other loads there are told, since no reader of
//! the source's tree would see them. At level clean all of it goes, and of its
//! tags it is told which were trackers.

use super::trackers::{Trackers, loads};
use super::{Room, Switches, pass};
use crate::context::Context;
use crate::finding::{Action, Finding, RoomName, Why};
use crate::limits::Limits;
use crate::nest::{Nest, Settings};
use crate::read::Reader;
use crate::rules::Rules;
use crate::scene::{Asked, Scene, Sheets};
use crate::tag::Tag;
use crate::tape::{Kind, Tape};
use crate::write::splice::splice;
use std::sync::Arc;

/// Something is loaded by a conditional comment.
const LOADS: &str = "policy.comment.load";

/// What the passes need to know.
pub(super) struct Aside<'a> {
    pub rules: &'a Rules,
    pub cx: &'a Context,
    pub asked: Asked,
    pub sheets: &'a Arc<Sheets>,
    pub limits: &'a Limits,
    pub settings: Settings<'a>,
    pub switches: &'a Switches,
}

impl Aside<'_> {
    /// Judges the tags that the tree leaves out. They come onto the tape
    /// behind all others, for the writer: no room passes over it any more.
    pub(super) fn tags(
        &self,
        trackers: &Trackers<'_, '_>,
        tape: &mut Tape,
        scene: &Scene<'_>,
        findings: &mut Vec<Finding>,
    ) {
        let from = tape.nodes.len() as u32;
        let aside = std::mem::take(&mut tape.aside);
        tape.nodes.extend(aside);
        for at in from..tape.nodes.len() as u32 {
            let (room, switches) = (RoomName::Trackers, self.switches);
            trackers.visit(&mut Tag { tape, at, room, switches, findings }, scene);
        }
    }

    /// Tells which of the tags that are gone were trackers.
    pub(super) fn gone(
        trackers: &Trackers<'_, '_>,
        switches: &Switches,
        tape: &mut Tape,
        scene: &Scene<'_>,
        findings: &mut Vec<Finding>,
    ) {
        let (from, mut found) = (tape.nodes.len(), Vec::new());
        for node in std::mem::take(&mut tape.aside) {
            tape.nodes.push(node);
            let (room, findings) = (RoomName::Trackers, &mut found);
            trackers.visit(&mut Tag { tape, at: from as u32, room, switches, findings }, scene);
            tape.nodes.truncate(from);
        }
        found.iter_mut().for_each(|finding| finding.action = Action::Removed);
        findings.append(&mut found);
    }

    /// Judges what is in conditional comments.
    pub(super) fn comments(&self, tape: &mut Tape, findings: &mut Vec<Finding>) {
        for span in std::mem::take(&mut tape.unread) {
            let text = &tape.source[span.range()];
            if !may_load(text) {
                continue;
            }
            let base = tape.base + u64::from(span.start);
            let Some((patched, mut found)) = self.read(text, base, "in a conditional comment")
            else {
                continue;
            };
            let frozen = tape.frozen.is_some_and(|from| span.end > from);
            if patched != text {
                // Nothing may end the comment before its end.
                if frozen || patched.contains("-->") || patched.contains("--!>") {
                    found.iter_mut().for_each(|finding| finding.action = Action::Noted);
                } else {
                    tape.splices.push((span.range(), patched));
                }
            }
            findings.append(&mut found);
        }
    }

    /// Tells of trackers in markup that was not read as such, and is gone.
    pub(super) fn unread(&self, tape: &mut Tape, findings: &mut Vec<Finding>) {
        for span in std::mem::take(&mut tape.unread) {
            let text = &tape.source[span.range()];
            if !may_load(text) {
                continue;
            }
            let base = tape.base + u64::from(span.start);
            let read = self.read(text, base, "for readers without scripts");
            let found = read.into_iter().flat_map(|(_, found)| found);
            findings.extend(found.filter(|finding| finding.room == RoomName::Trackers).map(
                |mut finding| {
                    finding.action = Action::Removed;
                    finding
                },
            ));
        }
    }

    /// Markup by itself, patched, and what was found in it.
    fn read(&self, text: &str, base: u64, place: &'static str) -> Option<(String, Vec<Finding>)> {
        let mut reader = Reader::new(self.limits, self.settings.deadline, false);
        reader.feed(text).and_then(|()| reader.end()).ok()?;
        let mut tape = reader.take_rest();
        (tape.base, tape.patch) = (base, true);
        tape.decode();
        Nest::default().nest(&mut tape, self.settings, true, &mut Vec::new());
        let scene = Scene::learn(&tape, self.cx, self.asked, self.sheets);
        let trackers = Trackers::new(self.rules, &tape, &scene).without_edges();
        let mut found = Vec::new();
        pass(&trackers, RoomName::Trackers, &mut tape, &scene, self.switches, &mut found);
        self.tags(&trackers.beside(), &mut tape, &scene, &mut found);
        for finding in &mut found {
            finding.evidence.push(crate::finding::Evidence::new(place, 0));
        }
        self.remarks(&mut tape, &mut found);
        let mut patched = String::with_capacity(text.len());
        let _ = splice(&tape, &mut patched);
        Some((patched, found))
    }

    /// Tells what is loaded and not taken out.
    fn remarks(&self, tape: &mut Tape, found: &mut Vec<Finding>) {
        let told: Vec<_> = found.iter().filter_map(|finding| finding.url.clone()).collect();
        for at in 0..tape.nodes.len() as u32 {
            let node = tape.nodes[at as usize];
            if node.kind != Kind::Start || node.state != crate::tape::State::Kept {
                continue;
            }
            let (room, switches) = (RoomName::Policy, self.switches);
            let tag = Tag { tape, at, room, switches, findings: found };
            let urls: Vec<String> = loads(&tag).filter(|url| !told.contains(url)).collect();
            let (place, name) = (tape.place(at), tape.name(at).to_owned());
            for url in urls {
                let why = Why::rule(LOADS).url(url);
                let action = Action::Noted;
                found.push(Finding::new(room, action, place.clone(), name.clone(), why));
            }
        }
    }
}

/// Whether it is worth a closer look.
fn may_load(text: &str) -> bool {
    let bytes = text.as_bytes();
    let begins = |at: usize, word: &str| {
        bytes[at..].get(..word.len()).is_some_and(|it| it.eq_ignore_ascii_case(word.as_bytes()))
    };
    // Most such comments are short and load nothing: one look at each byte.
    bytes.iter().enumerate().any(|(at, b)| match b | 0x20 {
        b's' => begins(at, "src"),
        b'b' => begins(at, "background"),
        b'u' => begins(at, "url"),
        b'h' => begins(at, "href"),
        b'd' => begins(at, "data"),
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::may_load;

    #[test]
    fn what_may_load_has_one_of_these_words() {
        for text in [
            "<v:fill SRC=a>",
            "<td Background=a>",
            "<p style='a:URL(b)'>",
            "<a href=a>",
            "<object data=a>",
            "xsrc",
        ] {
            assert!(may_load(text), "{text}");
        }
        for text in ["", "<td width=600>", "sr", "backgroun", "ur l", "hre", "dat", "s\u{e4}rc"] {
            assert!(!may_load(text), "{text}");
        }
    }
}
