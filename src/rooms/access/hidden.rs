//! `aria-hidden` around links (WCAG 4.1.2): a link that takes the focus and
//! says nothing. The attribute goes, the link is heard again.

use super::Plan;
use crate::finding::Why;
use crate::hash::HashSet;
use crate::html::{At, El};
use crate::scene::{Listen, Scene, walk};
use crate::tag::Tag;
use crate::tape::Tape;

const HIDDEN: &str = "access.aria.hidden";

pub(super) fn visit(tag: &mut Tag<'_>, _: &Scene<'_>, plan: &Plan) {
    if plan.hiding.contains(&tag.index()) {
        tag.drop_attr(At::AriaHidden, Why::rule(HIDDEN));
    }
}

/// What hides links.
pub(super) fn learn(tape: &Tape, scene: &Scene<'_>) -> HashSet<u32> {
    let mut hiding = Hiding { scene, open: Vec::new(), found: HashSet::default() };
    // Nearly no mail hides anything so.
    if tape.starts.iter().any(|&at| tape.attr(at, At::AriaHidden).is_some()) {
        walk(tape, &mut hiding);
    }
    hiding.found
}

struct Hiding<'a> {
    scene: &'a Scene<'a>,
    open: Vec<u32>,
    found: HashSet<u32>,
}

impl Listen for Hiding<'_> {
    fn start(&mut self, tape: &Tape, at: u32) {
        let el = tape.nodes[at as usize].el;
        if tape.attr(at, At::AriaHidden).is_some_and(|value| value.trim() == "true") {
            // A page that is hidden as a whole says nothing at all.
            if matches!(el, El::Html | El::Body) {
                self.found.insert(at);
            } else {
                self.open.push(at);
            }
        }
        let takes_focus = el == El::A && tape.attr(at, At::Href).is_some()
            || tape.attr(at, At::Tabindex).is_some();
        if takes_focus && !self.scene.is_hidden(at) {
            // Each is told once.
            self.found.extend(self.open.drain(..));
        }
    }

    fn text(&mut self, _: &Tape, _: u32) {}

    fn end(&mut self, _: &Tape, start: u32, _: bool) {
        self.open.pop_if(|at| *at == start);
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::rinsed;

    #[test]
    fn links_are_heard() {
        for (html, expected) in [
            ("<p aria-hidden=\"true\"><a href=\"x\">a</a></p>", "<p><a href=\"x\">a</a></p>"),
            ("<a aria-hidden=\"true\" href=\"x\">a</a>", "<a href=\"x\">a</a>"),
            (
                "<p aria-hidden=\"true\">a</p><a href=\"x\">a</a>",
                "<p aria-hidden=\"true\">a</p><a href=\"x\">a</a>",
            ),
        ] {
            assert_eq!(rinsed(html), expected);
        }
    }
}
