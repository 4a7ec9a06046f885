//! Lists that are none (WCAG 1.3.1): items outside a list, and lists with other
//! things than items between them. Roles say what they are; the look stays.

use super::ids::Ids;
use super::{Plan, roles};
use crate::finding::Why;
use crate::hash::HashMap;
use crate::html::{At, El};
use crate::scene::{Listen, Scene, walk};
use crate::tag::Tag;
use crate::tape::Tape;

/// The parts of a list do not fit together.
const LIST: &str = "access.list.structure";

pub(super) fn visit(tag: &mut Tag<'_>, _: &Scene<'_>, plan: &Plan) {
    if let Some(role) = plan.lists.get(&tag.index()) {
        tag.set(At::Role, role, Why::rule(LIST).to(*role));
    }
}

/// How often the roles that are given may ask for others. Lists in lists that
/// are all broken, each by what was done to the one around it, are no mail.
const ROUNDS: usize = 8;

/// Parts of lists that need a role, and which. The roles that are given count
/// in turn, or the next rinse would find more.
pub(super) fn learn(tape: &Tape, scene: &Scene<'_>, ids: &Ids) -> HashMap<u32, &'static str> {
    let mut known = HashMap::default();
    let is_of_list = |el| matches!(el, El::Ul | El::Ol | El::Dl | El::Li | El::Dt | El::Dd);
    // Most mail has none, and nothing else is found.
    if !tape.starts.iter().any(|&at| is_of_list(tape.nodes[at as usize].el)) {
        return known;
    }
    for _ in 0..ROUNDS {
        let mut lists = Lists::new(scene, ids, &known);
        walk(tape, &mut lists);
        let found = lists.found;
        let before = known.len();
        for (at, role) in found {
            known.entry(at).or_insert(role);
        }
        if known.len() == before {
            break;
        }
    }
    known
}

/// Learns which lists are whole.
struct Lists<'a> {
    scene: &'a Scene<'a>,
    ids: &'a Ids,
    known: &'a HashMap<u32, &'static str>,
    open: Vec<Open>,
    pub found: HashMap<u32, &'static str>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// `ul`, `ol` without a role.
    Items,
    /// `dl` without a role, or a `div` in one.
    Terms,
    /// Anything with the role of a list, or with none at all.
    Any,
    Other,
}

struct Open {
    at: u32,
    kind: Kind,
    /// Children that are no items but can be called so.
    strangers: Vec<u32>,
    /// Its `dt` and `dd`.
    terms: Vec<u32>,
    broken: bool,
}

impl<'a> Lists<'a> {
    fn new(scene: &'a Scene<'a>, ids: &'a Ids, known: &'a HashMap<u32, &'static str>) -> Self {
        Lists { scene, ids, known, open: Vec::new(), found: HashMap::default() }
    }

    fn child(&mut self, tape: &Tape, at: u32, el: El, role: Option<&str>) {
        let Some(parent) = self.open.last_mut() else {
            if matches!(el, El::Li | El::Dt | El::Dd) && role.is_none() {
                self.found.insert(at, "presentation");
            }
            return;
        };
        let silent =
            matches!(el, El::Script | El::Style | El::Template) || self.scene.is_hidden(at);
        match (parent.kind, el) {
            (Kind::Items, El::Li) => parent.broken |= role.is_some_and(|role| role != "listitem"),
            // They go the way of the list, or they would at the next rinse.
            (Kind::Items, El::Dt | El::Dd) if role.is_none() => {
                parent.terms.push(at);
                parent.broken |= !silent;
            }
            (Kind::Items, _) if silent || role == Some("listitem") => {}
            (Kind::Items, _) if role.is_none() && can_be_item(el) => parent.strangers.push(at),
            (Kind::Items, _) => parent.broken = true,
            (Kind::Terms, El::Dt | El::Dd) if role.is_none() => parent.terms.push(at),
            (Kind::Terms, El::Dt | El::Dd) => {}
            (Kind::Terms, El::Div)
                if role.is_none()
                    && tape.nodes[parent.at as usize].el == El::Dl
                    && !roles::becomes_group(tape, at, self.ids) => {}
            (Kind::Terms, _) => parent.broken |= !silent,
            (Kind::Any, El::Li) => {}
            (_, El::Li | El::Dt | El::Dd) if role.is_none() => {
                self.found.insert(at, "presentation");
            }
            _ => {}
        }
    }
}

impl Listen for Lists<'_> {
    fn start(&mut self, tape: &Tape, at: u32) {
        let el = tape.nodes[at as usize].el;
        let role = roles::known_of(tape, at);
        let role = self.known.get(&at).copied().or(role);
        self.child(tape, at, el, role);
        let in_terms = self.open.last().is_some_and(|open| open.kind == Kind::Terms);
        let kind = match (el, role) {
            (El::Ul | El::Ol, None) => Kind::Items,
            (El::Dl, None) => Kind::Terms,
            (El::Div, None) if in_terms && !roles::becomes_group(tape, at, self.ids) => Kind::Terms,
            (El::Menu, None) | (_, Some("list" | "presentation" | "none")) => Kind::Any,
            _ => Kind::Other,
        };
        self.open.push(Open { at, kind, strangers: Vec::new(), terms: Vec::new(), broken: false });
    }

    fn text(&mut self, tape: &Tape, at: u32) {
        // Of others nobody asks.
        let is_list = |open: &&mut Open| matches!(open.kind, Kind::Items | Kind::Terms);
        if let Some(open) = self.open.last_mut().filter(is_list) {
            open.broken |= !tape.text(tape.nodes[at as usize].text).trim().is_empty();
        }
    }

    fn end(&mut self, tape: &Tape, _: u32, _: bool) {
        let Some(open) = self.open.pop() else { return };
        match open.kind {
            Kind::Terms if tape.nodes[open.at as usize].el == El::Div => {
                if let Some(list) = self.open.last_mut() {
                    list.broken |= open.broken;
                    list.terms.extend(open.terms);
                }
            }
            Kind::Items | Kind::Terms if open.broken => {
                let all = open.terms.into_iter().chain([open.at]);
                self.found.extend(all.map(|at| (at, "presentation")));
            }
            Kind::Items => self.found.extend(open.strangers.into_iter().map(|at| (at, "listitem"))),
            _ => {}
        }
    }
}

/// What loses nothing by being called an item.
fn can_be_item(el: El) -> bool {
    matches!(
        el,
        El::P | El::Div | El::Span | El::B | El::I | El::Strong | El::Em | El::Font | El::Center
    )
}

#[cfg(test)]
mod tests {
    use super::super::tests::rinsed;

    #[test]
    fn lists_are_whole_or_none() {
        for (html, expected) in [
            ("<ul><li>a</li> <li>b</li></ul>", "<ul><li>a</li> <li>b</li></ul>"),
            ("<div><li>a</li></div>", "<div><li role=\"presentation\">a</li></div>"),
            ("<ul><p>a</p><li>b</li></ul>", "<ul><p role=\"listitem\">a</p><li>b</li></ul>"),
            ("<ul>x<li>b</li></ul>", "<ul role=\"presentation\">x<li>b</li></ul>"),
            ("<ul><ul><li>b</li></ul></ul>", "<ul role=\"presentation\"><ul><li>b</li></ul></ul>"),
            ("<dl><dt>a</dt><dd>b</dd></dl>", "<dl><dt>a</dt><dd>b</dd></dl>"),
            (
                "<dl><div><dt>a</dt><dd>b</dd></div></dl>",
                "<dl><div><dt>a</dt><dd>b</dd></div></dl>",
            ),
            (
                "<dl><p>x</p><dd>b</dd></dl>",
                "<dl role=\"presentation\"><p>x</p><dd role=\"presentation\">b</dd></dl>",
            ),
            (
                "<dl>x<dd>b</dd></dl>",
                "<dl role=\"presentation\">x<dd role=\"presentation\">b</dd></dl>",
            ),
            ("<dd>b</dd>", "<dd role=\"presentation\">b</dd>"),
            // What has a name becomes a group, which no list of terms may hold.
            (
                "<dl><div aria-label=\"x\"><dt>a</dt></div></dl>",
                "<dl role=\"presentation\"><div aria-label=\"x\" role=\"group\">\
                 <dt role=\"presentation\">a</dt></div></dl>",
            ),
            (
                "<dl><div aria-label=\"x\" style=\"display:none\"><dt>a</dt></div></dl>",
                "<dl><div aria-label=\"x\" style=\"display:none\" role=\"group\">\
                 <dt role=\"presentation\">a</dt></div></dl>",
            ),
            (
                "<dl><div aria-labelledby=\"x\"><dt>a</dt></div></dl>",
                "<dl><div><dt>a</dt></div></dl>",
            ),
        ] {
            assert_eq!(rinsed(html), expected, "{html}");
        }
    }
}
