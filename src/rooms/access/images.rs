//! Images without `alt` (WCAG 1.1.1). Decoration gets an empty one, an image
//! that is all of a link gets the link's name; what else an image shows cannot
//! be known here and is not invented: it gets an empty `alt` and is counted.

use super::Plan;
use super::known::KNOWN;
use crate::finding::Why;
use crate::html::{At, Dimension, El, dimension};
use crate::scene::{Level, Scene, is_blank};
use crate::tag::Tag;
use crate::tape::Tape;

/// Decoration without `alt`.
const SPACER: &str = "access.image.spacer";
/// An `alt` of white space: read by name of file, or as nothing.
const BLANK: &str = "access.image.blank";
/// No `alt`, but another text that the author gave.
const TITLE: &str = "access.image.title";
/// The only content of a link, without a name.
const ICON: &str = "access.link.icon";
/// What it shows is not known.
const UNKNOWN: &str = "access.image.unknown";

pub(super) fn visit(tag: &mut Tag<'_>, scene: &Scene<'_>, plan: &Plan) {
    match tag.el() {
        El::Img => image(tag, scene, plan),
        El::Area if tag.get(At::Alt).is_none_or(is_blank) && tag.get(At::Href).is_some() => {
            if let Some(named) = plan.names.get(&tag.index()) {
                tag.set(At::Alt, &named.name, Why::rule(ICON).to(named.name.clone()));
            }
        }
        _ => {}
    }
}

fn image(tag: &mut Tag<'_>, scene: &Scene<'_>, plan: &Plan) {
    if let Some(alt) = tag.get(At::Alt) {
        if !alt.is_empty() && is_blank(alt) {
            tag.set(At::Alt, "", Why::rule(BLANK));
        }
        return;
    }
    if let Some(named) = plan.names.get(&tag.index()) {
        tag.set(At::Alt, &named.name, Why::rule(ICON).to(named.name.clone()));
        return;
    }
    if let Some(title) = own_text(tag.tape, tag.index()).map(str::to_owned) {
        tag.set(At::Alt, &title, Why::rule(TITLE).to(title.clone()));
        return;
    }
    if let Some(reason) = decoration(tag) {
        tag.set(At::Alt, "", Why::rule(SPACER).evidence(reason, 0));
    } else if scene.level == Level::Clean {
        tag.set(At::Alt, "", Why::rule(UNKNOWN));
    } else {
        tag.note(Why::rule(UNKNOWN));
    }
}

/// What the author says an image is, elsewhere than in its `alt`.
pub(super) fn own_text(tape: &Tape, at: u32) -> Option<&str> {
    [At::AriaLabel, At::Title]
        .into_iter()
        .filter_map(|name| tape.attr(at, name))
        .find(|text| !is_blank(text))
}

/// Why an image is decoration, if it is.
fn decoration(tag: &Tag<'_>) -> Option<&'static str> {
    let says =
        |name, values: &[&str]| tag.get(name).is_some_and(|value| values.contains(&value.trim()));
    if says(At::Role, &["presentation", "none"]) || says(At::AriaHidden, &["true"]) {
        return Some("the author says so");
    }
    let size = |name| tag.get(name).and_then(dimension).and_then(Dimension::pixels).map(f64::from);
    let (width, height) = (size(At::Width), size(At::Height));
    let up_to = |size: Option<f64>, most: f64| size.is_some_and(|size| size <= most);
    if up_to(width, KNOWN.image_thin)
        || up_to(height, KNOWN.image_thin)
        || up_to(width, KNOWN.image_small) && up_to(height, KNOWN.image_small)
    {
        return Some("too small to show anything");
    }
    let src = tag.get(At::Src).unwrap_or_default().trim();
    if src.is_empty() || src.starts_with('#') {
        return Some("no file");
    }
    is_spacer(src).then_some("a spacer by name")
}

/// Whether a file's name holds nothing but words for spacers, numbers and
/// sizes, and one such word at least.
fn is_spacer(url: &str) -> bool {
    if url.starts_with("data:") {
        return false;
    }
    let path = url.split(['?', '#']).next().unwrap_or_default();
    let file = path.rsplit('/').next().unwrap_or_default();
    let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem).to_ascii_lowercase();
    let mut words =
        stem.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let is_size =
        |word: &str| word.bytes().all(|b| b.is_ascii_digit() || b == b'x') && !word.is_empty();
    let bare = |word: &str| word.trim_end_matches(|c: char| c.is_ascii_digit()).to_owned();
    let names =
        |word: &str| KNOWN.image_spacer.contains(word) || KNOWN.image_spacer.contains(&bare(word));
    let mut named = false;
    words.all(|word| {
        named |= names(word);
        names(word) || is_size(word)
    }) && named
}

#[cfg(test)]
mod tests {
    use super::super::tests::{found, patched, rinsed};
    use super::*;

    #[test]
    fn decoration_is_silent() {
        for image in [
            "<img src=\"a.gif\" width=\"1\" height=\"20\">",
            "<img src=\"a.gif\" width=\"600\" height=\"1px\">",
            "<img src=\"http://x.example/img/spacer-10x10.gif?x=1\">",
            "<img src=\"transparent1.png\">",
            "<img>",
            "<img src=\"a.png\" role=\"presentation\">",
        ] {
            assert_eq!(found(image), [SPACER], "{image}");
            assert_eq!(rinsed(image), image.replace('>', " alt=\"\">"));
            assert_eq!(patched(image), image.replace('>', " alt=\"\">"));
        }
    }

    #[test]
    fn an_authors_alt_stays() {
        for image in ["<img src=\"a.png\" alt=\"logo.png\">", "<img src=\"a.png\" alt=\"\">"] {
            assert_eq!(rinsed(image), image);
        }
        assert_eq!(rinsed("<img alt=\" \">"), "<img alt=\"\">");
    }

    #[test]
    fn what_it_shows_is_not_invented() {
        let image = "<img src=\"http://x.example/space-shuttle.jpg\" width=\"600\" height=\"300\">";
        assert_eq!(found(image), [UNKNOWN]);
        assert!(rinsed(image).contains("alt=\"\""));
        assert_eq!(patched(image), image);
    }

    #[test]
    fn a_title_says_it() {
        assert_eq!(
            rinsed("<img src=\"a.png\" title=\"Our shop\">"),
            "<img src=\"a.png\" title=\"Our shop\" alt=\"Our shop\">"
        );
    }

    #[test]
    fn names_of_spacers() {
        for (name, expected) in [
            ("spacer.gif", true),
            ("/a/blank_10.png", true),
            ("1x1.gif", true),
            ("600x400.jpg", false),
            ("photo-blank-space-event.jpg", false),
            ("pixel2.gif", true),
            ("", false),
        ] {
            assert_eq!(is_spacer(name), expected, "{name}");
        }
    }
}
