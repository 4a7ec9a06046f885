//! Links without a name (WCAG 2.4.4, 4.1.2). One that holds nothing goes, it is
//! mostly what a tracker left; one that holds a picture or a painted box is
//! called what its author says elsewhere, else by where it leads.

use super::ids::Ids;
use super::name::of_link;
use super::{Knows, Plan, images};
use crate::finding::Why;
use crate::hash::HashMap;
use crate::html::{At, El};
use crate::scene::{LinkFacts, Scene, is_blank};
use crate::tag::Tag;
use crate::tape::{Kind, State, Tape};

/// A link that holds nothing.
const EMPTY: &str = "access.link.empty";
/// A link whose content has no name.
const ICON: &str = "access.link.icon";

/// What a nameless link is called.
pub(super) struct Named {
    pub name: String,
    /// On the link itself: over its content, or only where that says nothing
    /// (hidden text in it may appear on other screens).
    over: bool,
}

pub(super) fn visit(tag: &mut Tag<'_>, scene: &Scene<'_>, plan: &Plan) {
    if tag.el() != El::A || tag.get(At::Href).is_none() {
        return;
    }
    if let Some(named) = plan.names.get(&tag.index()) {
        let at = if named.over { At::AriaLabel } else { At::Title };
        tag.set(at, &named.name, Why::rule(ICON).to(named.name.clone()));
        return;
    }
    let Some(link) = scene.link(tag.index()) else { return };
    if !holds_nothing(link) || has_own_name(tag.tape, tag.index(), &plan.ids) {
        return;
    }
    let mut why = Why::rule(EMPTY);
    if let Some(href) = tag.get(At::Href) {
        why = why.url(href);
    }
    let is_target = [At::Id, At::Name]
        .into_iter()
        .any(|name| tag.get(name).is_some_and(|value| !value.is_empty()));
    if is_target {
        tag.drop_attr(At::Href, why);
    } else if link.space || !link.text.is_empty() {
        // White space and line breaks in it keep words apart.
        tag.unwrap(why);
    } else {
        tag.remove(why);
    }
}

fn holds_nothing(link: &LinkFacts) -> bool {
    link.complete && is_blank(&link.text) && link.images == 0 && !link.more
}

/// Whether a link is to be reckoned with: one that holds nothing is none any
/// more when this room has passed.
pub(super) fn stays(tape: &Tape, at: u32, scene: &Scene<'_>, knows: Knows<'_>, ids: &Ids) -> bool {
    let goes = |link: &LinkFacts| holds_nothing(link) && !has_own_name(tape, at, ids);
    leads(tape, at, knows) && !(scene.link(at).is_some_and(goes) && knows.switches.on(EMPTY))
}

/// Whether it is a link once policy has judged where it leads.
pub(super) fn leads(tape: &Tape, at: u32, knows: Knows<'_>) -> bool {
    tape.attr(at, At::Href).is_some_and(|href| (knows.keeps_link)(href))
}

/// `ids`: those of the mail. A name out of one that is not there is none.
fn has_own_name(tape: &Tape, at: u32, ids: &Ids) -> bool {
    images::own_text(tape, at).is_some()
        || tape.attr(at, At::AriaLabelledby).is_some_and(|names| ids.has_one_of(names))
}

/// Finds names for nameless links, their images, and areas of image maps.
pub(super) fn learn(
    tape: &Tape,
    scene: &Scene<'_>,
    knows: Knows<'_>,
    ids: &Ids,
    lang: Option<&str>,
) -> HashMap<u32, Named> {
    let mut found = HashMap::default();
    for at in tape.kept_starts() {
        match tape.nodes[at as usize].el {
            El::A => found.extend(name_of(tape, at, scene, knows, ids, lang)),
            El::Area if tape.nodes[at as usize].state == State::Kept => {
                let is_link = tape.attr(at, At::Href).is_some();
                if is_link && tape.attr(at, At::Alt).is_none_or(is_blank) {
                    let own = images::own_text(tape, at).map(str::to_owned);
                    let name = own.unwrap_or_else(|| by_url(tape, at, knows, lang));
                    found.insert(at, Named { name, over: false });
                }
            }
            _ => {}
        }
    }
    found
}

fn by_url(tape: &Tape, at: u32, knows: Knows<'_>, lang: Option<&str>) -> String {
    of_link(tape.attr(at, At::Href).unwrap_or_default(), knows.is_wrapper, lang)
}

/// The name that a link needs, or the image in it, and which of them gets it.
fn name_of(
    tape: &Tape,
    at: u32,
    scene: &Scene<'_>,
    knows: Knows<'_>,
    ids: &Ids,
    lang: Option<&str>,
) -> Option<(u32, Named)> {
    // Most links have a text: that is asked first.
    let says_nothing =
        |link: &&LinkFacts| is_blank(&link.text) && is_blank(&link.alt) && link.complete;
    let facts = scene.link(at).filter(says_nothing)?;
    let nameless = tape.nodes[at as usize].state == State::Kept
        && leads(tape, at, knows)
        && !has_own_name(tape, at, ids)
        && !scene.is_hidden(at);
    if !nameless {
        return None;
    }
    // Its first image without `alt`, and the first text of one.
    let (mut image, mut title) = (None, None);
    for img in own_images(tape, at).filter(|&img| !scene.is_hidden(img)) {
        let text = images::own_text(tape, img);
        match tape.attr(img, At::Alt) {
            None => {
                image = image.or(Some(img));
                title = title.or(text);
            }
            // An author who says it twice means it.
            Some(_) if text.is_some() => return None,
            Some(_) => {}
        }
    }
    let name = || title.map_or_else(|| by_url(tape, at, knows, lang), str::to_owned);
    match image {
        Some(image) => Some((image, Named { name: name(), over: false })),
        None if facts.images > 0 || facts.more => {
            Some((at, Named { name: name(), over: facts.images > 0 }))
        }
        None => None,
    }
}

/// The images in a link that are in no other link within it.
fn own_images(tape: &Tape, link: u32) -> impl Iterator<Item = u32> {
    let (mut at, end) = (link + 1, tape.end_of(link));
    std::iter::from_fn(move || {
        while at < end {
            let here = at;
            let node = &tape.nodes[here as usize];
            let start = node.kind == Kind::Start;
            let over = start
                && (node.state == State::Removed || node.el == El::A && node.state == State::Kept);
            at = if over { tape.end_of(here).max(here + 1) } else { here + 1 };
            if start && node.el == El::Img && node.state == State::Kept {
                return Some(here);
            }
        }
        None
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::{found, patched, rinsed};
    use super::*;

    #[test]
    fn an_image_is_the_innermost_links() {
        let html = "<a href='https://outer.example/'><table><tr><td><a href='https://inner.example/'>\
                    <img src='https://p.example/i.png'></a></td></tr></table></a>";
        let out = rinsed(html);
        for named in ["title=\"Link to outer.example", "alt=\"Link to inner.example"] {
            assert!(out.contains(named), "{out}");
        }
    }

    #[test]
    fn empty_links_go() {
        for (html, expected) in [
            ("a<a href=\"x\"></a>b", "ab"),
            ("a<a href=\"x\"><span></span></a>b", "ab"),
            ("a<a href=\"x\"> </a>b", "a b"),
            ("a<a href=\"x\"><br></a>b", "a<br>b"),
            ("a<a href=\"x\">\u{200c}</a>b", "a\u{200c}b"),
        ] {
            assert_eq!(rinsed(html), expected, "{html}");
            assert_eq!(found(html), [EMPTY]);
            assert_eq!(patched(html), html);
        }
    }

    #[test]
    fn anchors_stay() {
        for html in [
            "<a name=\"top\"></a>",
            "<a id=\"top\"></a>",
            "<a></a>",
            "<a href=\"x\" aria-label=\"Close\"></a>",
        ] {
            assert_eq!(rinsed(html), html);
        }
        assert_eq!(rinsed("<a href=\"x\" name=\"top\"></a>"), "<a name=\"top\"></a>");
    }

    #[test]
    fn icons_are_called_something() {
        for (html, expected) in [
            (
                "<a href=\"https://shop.example/summer-sale\"><img src=\"a.png\"></a>",
                "<a href=\"https://shop.example/summer-sale\"><img src=\"a.png\" alt=\"Summer sale\"></a>",
            ),
            (
                "<a href=\"https://shop.example/\"><img src=\"a.png\" title=\"Our shop\"></a>",
                "<a href=\"https://shop.example/\"><img src=\"a.png\" title=\"Our shop\" alt=\"Our shop\"></a>",
            ),
            (
                "<a href=\"https://shop.example/\"><img src=\"a.png\" alt=\"\"></a>",
                "<a href=\"https://shop.example/\" aria-label=\"Link to shop.example\"><img src=\"a.png\" alt=\"\"></a>",
            ),
            (
                "<a href=\"https://x.wrapper.example/\"><img src=\"a.png\"><img src=\"b.png\"></a>",
                "<a href=\"https://x.wrapper.example/\"><img src=\"a.png\" alt=\"Link\"><img src=\"b.png\" alt=\"\"></a>",
            ),
            (
                "<a href=\"https://shop.example/\"><img src=\"a.png\"> Our shop</a>",
                "<a href=\"https://shop.example/\"><img src=\"a.png\" alt=\"\"> Our shop</a>",
            ),
            (
                "<a href=\"https://shop.example/\" title=\"Shop\"><img src=\"a.png\" alt=\"\"></a>",
                "<a href=\"https://shop.example/\" title=\"Shop\"><img src=\"a.png\" alt=\"\"></a>",
            ),
        ] {
            assert_eq!(rinsed(html), expected, "{html}");
        }
    }

    #[test]
    fn hidden_text_may_appear_elsewhere() {
        let html = "<a href=\"https://a.example/\"><span style=\"display:none\">Shop</span></a>";
        assert!(
            rinsed(html).starts_with("<a href=\"https://a.example/\" title=\"Link to a.example\">")
        );
    }
}
