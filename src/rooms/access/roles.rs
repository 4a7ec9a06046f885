//! Roles and labels that say something false, or nothing (WCAG 4.1.2): words
//! that are no role, widgets without the script that works them, levels on what
//! is no heading, labels on what has no name.

use super::Plan;
use super::ids::Ids;
use super::known::KNOWN;
use crate::finding::Why;
use crate::html::{At, El};
use crate::scene::{Scene, is_blank};
use crate::tag::Tag;
use crate::tape::Tape;

/// No role, or one that means nothing in a mail.
const ROLE: &str = "access.role.invalid";
/// An `aria-` attribute that does not fit the element, or has no value.
const ATTRIBUTE: &str = "access.aria.invalid";

pub(super) fn visit(tag: &mut Tag<'_>, _: &Scene<'_>, _: &Plan) {
    role(tag);
    level(tag);
    hidden(tag);
    label(tag);
}

/// What a `role` attribute says, if that means something: of several roles the first counts that is known.
fn known(role: &str, el: El, labelled: bool) -> Option<&'static str> {
    // Nearly always one word, known or not.
    let is_plain = || role.bytes().all(|b| b.is_ascii_lowercase());
    let known = KNOWN.role_keep.get(role).or_else(|| {
        if is_plain() {
            return None;
        }
        let lower = role.to_ascii_lowercase();
        lower.split_ascii_whitespace().find_map(|word| KNOWN.role_keep.get(word))
    })?;
    // A picture's role asks for a name on anything but a picture.
    (known != "img" || el == El::Img || labelled).then_some(known)
}

/// The role of an element as it is when this file is done with it.
pub(super) fn known_of(tape: &Tape, at: u32) -> Option<&'static str> {
    let labelled = !tape.attr(at, At::AriaLabel).is_none_or(is_blank);
    known(tape.attr(at, At::Role)?, tape.nodes[at as usize].el, labelled)
}

/// Whether a `div` without a role gets one, since it has a name.
pub(super) fn becomes_group(tape: &Tape, at: u32, ids: &Ids) -> bool {
    tape.attr(at, At::AriaLabel).is_some_and(|name| !is_blank(name))
        || tape.attr(at, At::AriaLabelledby).is_some_and(|names| ids.has_one_of(names))
}

fn role(tag: &mut Tag<'_>) {
    let Some(role) = tag.get(At::Role) else { return };
    let labelled = !tag.get(At::AriaLabel).is_none_or(is_blank);
    let known = known(role, tag.el(), labelled).unwrap_or_default();
    if known == role && !known.is_empty() {
        return;
    }
    let why = Why::rule(ROLE).evidence(role.to_owned(), 0);
    if known.is_empty() {
        tag.drop_attr(At::Role, why);
    } else {
        tag.set(At::Role, known, why);
    }
}

fn level(tag: &mut Tag<'_>) {
    let Some(level) = tag.get(At::AriaLevel) else { return };
    let role = tag.get(At::Role).unwrap_or_default();
    let is_heading = role == "heading" || role.is_empty() && tag.el().is_heading();
    let is_level = level.trim().parse::<u32>().is_ok_and(|level| level > 0);
    if !is_heading || !is_level {
        tag.drop_attr(At::AriaLevel, Why::rule(ATTRIBUTE));
    }
    // The level that browsers take for a heading without one, said aloud.
    if tag.get(At::Role) == Some("heading")
        && tag.get(At::AriaLevel).is_none()
        && !tag.el().is_heading()
    {
        tag.set(At::AriaLevel, "2", Why::rule(ATTRIBUTE).to("2"));
    }
}

fn hidden(tag: &mut Tag<'_>) {
    if tag.get(At::AriaHidden).is_some_and(|value| !matches!(value, "true" | "false")) {
        tag.drop_attr(At::AriaHidden, Why::rule(ATTRIBUTE));
    }
}

/// What the repairs since have made no list and no heading has no name either.
pub(super) fn names(tag: &mut Tag<'_>, _: &Scene<'_>, _: &Plan) {
    label(tag);
}

fn label(tag: &mut Tag<'_>) {
    const NAMES: u32 = At::bits(&[At::AriaLabel, At::AriaLabelledby]);
    if !tag.tape.may_have(tag.index(), NAMES) {
        return;
    }
    if tag.get(At::AriaLabel).is_some_and(is_blank) {
        tag.drop_attr(At::AriaLabel, Why::rule(ATTRIBUTE));
    }
    if tag.get(At::AriaLabel).is_none() && tag.get(At::AriaLabelledby).is_none() {
        return;
    }
    let role = tag.get(At::Role).unwrap_or_default();
    if role.is_empty() && tag.el() == El::Div {
        tag.set(At::Role, "group", Why::rule(ATTRIBUTE).to("group"));
    } else if matches!(role, "presentation" | "none")
        || role.is_empty() && KNOWN.role_nameless.contains(tag.name())
    {
        for name in [At::AriaLabel, At::AriaLabelledby] {
            tag.drop_attr(name, Why::rule(ATTRIBUTE));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::rinsed;

    #[test]
    fn roles_are_roles() {
        for (html, expected) in [
            ("<div role=\"banner\">a</div>", "<div role=\"banner\">a</div>"),
            ("<div role=\"Banner\">a</div>", "<div role=\"banner\">a</div>"),
            ("<div role=\"header\">a</div>", "<div>a</div>"),
            ("<div role=\"x note\">a</div>", "<div role=\"note\">a</div>"),
            ("<div role=\"menuitem\">a</div>", "<div>a</div>"),
            ("<div role=\"img\">a</div>", "<div>a</div>"),
            ("<div role=\"\">a</div>", "<div>a</div>"),
            ("<div role=\"heading\">a</div>", "<div role=\"heading\" aria-level=\"1\">a</div>"),
            ("<p aria-level=\"2\">a</p>", "<p>a</p>"),
            ("<p aria-hidden=\"yes\">a</p>", "<p>a</p>"),
            ("<div aria-label=\"x\">a</div>", "<div aria-label=\"x\" role=\"group\">a</div>"),
            ("<span aria-label=\"x\">a</span>", "<span>a</span>"),
            ("<p role=\"presentation\" aria-label=\"x\">a</p>", "<p role=\"presentation\">a</p>"),
        ] {
            assert_eq!(rinsed(html), expected, "{html}");
        }
    }
}
