//! Headings in order (WCAG 1.3.1, 2.4.6): `aria-level` says the level in the
//! outline, the look stays. Empty headings are none.

use super::{Plan, links, roles};
use crate::finding::Why;
use crate::hash::HashMap;
use crate::html::{At, El};
use crate::scene::{Listen, Scene, is_blank, walk_in};
use crate::tag::Tag;
use crate::tape::{State, Tape};

/// Its level skips one, or the first is not the highest.
const ORDER: &str = "access.heading.order";
/// Nothing is in it.
const EMPTY: &str = "access.heading.empty";

/// What becomes of a heading.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Heading {
    Level(u32),
    Empty,
}

pub(super) fn visit(tag: &mut Tag<'_>, _: &Scene<'_>, plan: &Plan) {
    match plan.headings.get(&tag.index()) {
        None => {}
        Some(Heading::Empty) => {
            tag.set(At::Role, "presentation", Why::rule(EMPTY));
            tag.drop_attr(At::AriaLevel, Why::rule(EMPTY));
        }
        Some(Heading::Level(level)) => {
            let level = level.to_string();
            tag.set(At::AriaLevel, &level, Why::rule(ORDER).to(level.clone()));
        }
    }
}

/// Learns the outline: what becomes of which heading.
pub(super) fn learn(
    tape: &Tape,
    scene: &Scene<'_>,
    names: &HashMap<u32, links::Named>,
) -> HashMap<u32, Heading> {
    let mut outline =
        Outline { scene, names, open: Vec::new(), above: Vec::new(), found: HashMap::default() };
    let mut end = 0;
    for at in tape.kept_starts() {
        // Those in a heading are met on the way through it.
        if at >= end && outline.begins(tape, at) {
            walk_in(tape, at, &mut outline);
            end = tape.end_of(at);
        }
    }
    outline.found
}

struct Outline<'a> {
    scene: &'a Scene<'a>,
    names: &'a HashMap<u32, links::Named>,
    open: Vec<(u32, bool)>,
    /// The sender's levels of the headings that stand above the next one.
    above: Vec<u32>,
    found: HashMap<u32, Heading>,
}

impl Outline<'_> {
    fn begins(&self, tape: &Tape, at: u32) -> bool {
        let node = &tape.nodes[at as usize];
        // Nearly no tag is one, by its element or its role.
        (node.el.is_heading() || tape.may_have(at, At::Role.bit()))
            && node.el != El::Img
            && !self.names_itself(tape, at)
            && node.state == State::Kept
            && level_of(tape, at).is_some()
            && !self.scene.is_hidden(at)
    }

    /// Whether it is a link that has or gets a name.
    fn names_itself(&self, tape: &Tape, at: u32) -> bool {
        tape.nodes[at as usize].el == El::A && (self.names.contains_key(&at) || is_named(tape, at))
    }

    fn speaks(&mut self) {
        if let Some((_, named)) = self.open.last_mut() {
            *named = true;
        }
    }
}

impl Listen for Outline<'_> {
    fn start(&mut self, tape: &Tape, at: u32) {
        let node = &tape.nodes[at as usize];
        if node.el == El::Img {
            let alt = tape.attr(at, At::Alt).or(super::images::own_text(tape, at));
            if alt.is_some_and(|alt| !is_blank(alt)) || self.names.contains_key(&at) {
                self.speaks();
            }
        } else if self.names_itself(tape, at) {
            self.speaks();
        } else if self.begins(tape, at) {
            self.open.push((at, false));
        }
    }

    fn text(&mut self, tape: &Tape, at: u32) {
        // Hidden text may appear on other screens.
        if !self.open.is_empty() && !is_blank(tape.text(tape.nodes[at as usize].text)) {
            self.speaks();
        }
    }

    fn end(&mut self, tape: &Tape, start: u32, complete: bool) {
        let Some((at, named)) = self.open.pop_if(|(at, _)| *at == start) else { return };
        if named {
            // What stands in a heading's heading is told by the outer one too.
            self.speaks();
        } else if !complete {
            return;
        } else {
            self.found.insert(at, Heading::Empty);
            return;
        }
        let Some(level) = level_of(tape, at) else { return };
        while self.above.last().is_some_and(|&above| above >= level) {
            self.above.pop();
        }
        self.above.push(level);
        let outline = self.above.len() as u32;
        if outline != level {
            self.found.insert(at, Heading::Level(outline));
        }
    }
}

/// Whether a link without text has a name all the same.
fn is_named(tape: &Tape, at: u32) -> bool {
    let names = [At::AriaLabel, At::Title].map(|name| tape.attr(at, name));
    names.into_iter().flatten().any(|name| !is_blank(name))
}

/// The level that a heading is announced with; `None` for what is none.
fn level_of(tape: &Tape, at: u32) -> Option<u32> {
    let el = tape.nodes[at as usize].el;
    let role = roles::known_of(tape, at);
    let is_heading = role == Some("heading") || role.is_none() && el.is_heading();
    if !is_heading {
        return None;
    }
    let said = tape
        .attr(at, At::AriaLevel)
        .and_then(|level| level.trim().parse().ok())
        .filter(|level| *level > 0);
    said.or(Some(if el.is_heading() { el as u32 - El::H1 as u32 + 1 } else { 2 }))
}

#[cfg(test)]
mod tests {
    use super::super::tests::rinsed;

    #[test]
    fn levels_are_put_in_order() {
        for (html, expected) in [
            ("<h1>a</h1><h2>b</h2>", "<h1>a</h1><h2>b</h2>"),
            ("<h3>a</h3><h3>b</h3>", "<h3 aria-level=\"1\">a</h3><h3 aria-level=\"1\">b</h3>"),
            ("<h1>a</h1><h4>b</h4><h2>c</h2>", "<h1>a</h1><h4 aria-level=\"2\">b</h4><h2>c</h2>"),
            (
                "<h4>a</h4><h2>b</h2><h3>c</h3>",
                "<h4 aria-level=\"1\">a</h4><h2 aria-level=\"1\">b</h2><h3 aria-level=\"2\">c</h3>",
            ),
            (
                "<div role=\"heading\" aria-level=\"3\">a</div><h2>b</h2>",
                "<div role=\"heading\" aria-level=\"1\">a</div><h2 aria-level=\"1\">b</h2>",
            ),
        ] {
            assert_eq!(rinsed(html), expected, "{html}");
        }
    }

    #[test]
    fn empty_ones_are_none() {
        for (html, expected) in [
            ("<h1> </h1>", "<h1 role=\"presentation\"> </h1>"),
            ("<h1 role=p> </h1>", "<h1 role=\"presentation\"> </h1>"),
            ("<h1 aria-level=3> </h1>", "<h1 role=\"presentation\"> </h1>"),
            ("<p role=heading aria-level=2> </p>", "<p role=\"presentation\"> </p>"),
            (
                "<h2>\u{a0}<br></h2><h1>a</h1>",
                "<h2 role=\"presentation\">\u{a0}<br></h2><h1>a</h1>",
            ),
            ("<h1><img src=\"a\" alt=\"A\"></h1>", "<h1><img src=\"a\" alt=\"A\"></h1>"),
            ("<h1><img src=\"a\"></h1>", "<h1 role=\"presentation\"><img src=\"a\" alt=\"\"></h1>"),
            ("<h1 style=\"display:none\"></h1>", "<h1 style=\"display:none\"></h1>"),
        ] {
            assert_eq!(rinsed(html), expected, "{html}");
        }
        let linked = rinsed("<h1><a href=\"https://a.example/\"><img src=\"a\"></a></h1>");
        assert!(linked.starts_with("<h1><a"), "{linked}");
    }
}
