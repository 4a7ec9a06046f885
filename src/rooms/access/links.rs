//! Links without a name (WCAG 2.4.4, 4.1.2). One that holds nothing goes, it is
//! mostly what a tracker left; one that holds a picture or a painted box is
//! called what its author says elsewhere, else by where it leads.

use super::name::of_link;
use super::{Knows, Plan, images};
use crate::finding::Why;
use crate::hash::HashMap;
use crate::html::{At, El};
use crate::scene::{LinkFacts, Listen, Scene, is_blank};
use crate::tag::Tag;
use crate::tape::Tape;

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
    let holds_nothing = is_blank(&link.text) && link.images == 0 && !link.more;
    if !link.complete || !holds_nothing || has_own_name(tag.tape, tag.index()) {
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

/// Whether it is a link once policy has judged where it leads.
pub(super) fn leads(tape: &Tape, at: u32, knows: Knows<'_>) -> bool {
    tape.attr(at, At::Href).is_some_and(|href| (knows.keeps_link)(href))
}

fn has_own_name(tape: &Tape, at: u32) -> bool {
    images::own_text(tape, at).is_some()
        || tape.attr(at, At::AriaLabelledby).is_some_and(|ids| !is_blank(ids))
}

/// Finds names for nameless links, their images, and areas of image maps.
pub(super) struct Names<'a> {
    scene: &'a Scene<'a>,
    knows: Knows<'a>,
    lang: Option<&'a str>,
    open: Vec<Open>,
    pub found: HashMap<u32, Named>,
}

/// An open link. `None` in `nameless` for one that has a name.
struct Open {
    at: u32,
    nameless: bool,
    /// Its first image without `alt`.
    image: Option<u32>,
    title: Option<String>,
}

impl<'a> Names<'a> {
    pub(super) fn new(scene: &'a Scene<'a>, knows: Knows<'a>, lang: Option<&'a str>) -> Self {
        Names { scene, knows, lang, open: Vec::new(), found: HashMap::default() }
    }

    fn name(&self, tape: &Tape, at: u32) -> String {
        of_link(tape.attr(at, At::Href).unwrap_or_default(), self.knows.is_wrapper, self.lang)
    }
}

impl Listen for Names<'_> {
    fn start(&mut self, tape: &Tape, at: u32) {
        match tape.nodes[at as usize].el {
            El::A => {
                let link = self.scene.link(at);
                let says_nothing =
                    |link: &LinkFacts| is_blank(&link.text) && is_blank(&link.alt) && link.complete;
                // Most links have a text: that is asked first.
                let nameless = link.is_some_and(says_nothing)
                    && leads(tape, at, self.knows)
                    && !has_own_name(tape, at)
                    && !self.scene.is_hidden(at);
                self.open.push(Open { at, nameless, image: None, title: None });
            }
            El::Img if !self.scene.is_hidden(at) => {
                let Some(link) = self.open.last_mut().filter(|link| link.nameless) else { return };
                let text = images::own_text(tape, at);
                match tape.attr(at, At::Alt) {
                    None => {
                        link.image = link.image.or(Some(at));
                        link.title = link.title.take().or_else(|| text.map(str::to_owned));
                    }
                    // An author who says it twice means it.
                    Some(_) if text.is_some() => link.nameless = false,
                    Some(_) => {}
                }
            }
            El::Area
                if tape.attr(at, At::Href).is_some()
                    && tape.attr(at, At::Alt).is_none_or(is_blank) =>
            {
                let name = images::own_text(tape, at).map(str::to_owned);
                let name = name.unwrap_or_else(|| self.name(tape, at));
                self.found.insert(at, Named { name, over: false });
            }
            _ => {}
        }
    }

    fn text(&mut self, _: &Tape, _: u32) {}

    fn end(&mut self, tape: &Tape, start: u32, _: bool) {
        let Some(link) = self.open.pop_if(|link| link.at == start) else { return };
        let Some(facts) = self.scene.link(start).filter(|_| link.nameless) else { return };
        let name = |this: &Self| link.title.clone().unwrap_or_else(|| this.name(tape, start));
        match link.image {
            Some(image) => {
                let name = name(self);
                self.found.insert(image, Named { name, over: false });
            }
            None if facts.images > 0 || facts.more => {
                let name = name(self);
                self.found.insert(start, Named { name, over: facts.images > 0 });
            }
            None => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{found, patched, rinsed};
    use super::*;

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
