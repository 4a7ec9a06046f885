//! Where a tag loads something.

use crate::css;
use crate::html::{At, El};
use crate::rooms::srcset;
use crate::tag::Tag;
use std::ops::Range;

/// A URL that a tag loads, and where it stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Place {
    pub at: Where,
    pub url: String,
}

/// What would have to go for it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Where {
    /// A picture's `src`: the element is there for nothing else.
    Picture,
    /// One of several URLs of a picture: the attribute.
    Srcset,
    /// `background=`
    Background,
    /// A declaration of the style.
    Style(Range<usize>),
    /// Another attribute of an element that policy drops.
    Other(&'static str),
}

/// Whether a tag may load anything; nearly no other tag than a picture's does.
#[inline]
pub(super) fn may_be(tag: &Tag<'_>) -> bool {
    let is_plain = matches!(
        tag.el(),
        El::A
            | El::B
            | El::Br
            | El::Center
            | El::Div
            | El::Font
            | El::H1
            | El::H2
            | El::H3
            | El::I
            | El::Li
            | El::P
            | El::Span
            | El::Strong
            | El::Table
            | El::Tbody
            | El::Td
            | El::Tr
            | El::Ul
    );
    !is_plain || tag.get(At::Background).is_some() || tag.get(At::Style).is_some_and(css::may_load)
}

/// Everything that a tag loads, styles first, the picture itself last.
pub(super) fn of(tag: &Tag<'_>) -> Vec<Place> {
    let mut places = Vec::new();
    if let Some(style) = tag.get(At::Style) {
        let loads = css::loads(style).into_iter();
        places
            .extend(loads.map(|load| Place { at: Where::Style(load.declaration), url: load.url }));
    }
    let mut add = |at: Where, url: Option<&str>| {
        places.extend(url.map(|url| Place { at, url: url.to_owned() }));
    };
    add(Where::Background, tag.get(At::Background));
    match tag.el() {
        // What an SVG borrows from elsewhere.
        El::Other if matches!(tag.name(), "feimage" | "use") => {
            for name in ["href", "xlink:href"] {
                add(Where::Other(name), tag.get_named(name));
            }
        }
        El::Img | El::Image => {
            for url in tag.get(At::Srcset).into_iter().flat_map(srcset::urls) {
                add(Where::Srcset, Some(url));
            }
            if tag.el() == El::Image {
                // SVG's own.
                add(Where::Other("href"), tag.get_named("href"));
                add(Where::Other("xlink:href"), tag.get_named("xlink:href"));
            }
            add(Where::Picture, tag.get(At::Src));
        }
        El::Input
            if tag.get(At::Type).is_some_and(|kind| kind.trim().eq_ignore_ascii_case("image")) =>
        {
            add(Where::Picture, tag.get(At::Src));
        }
        El::Video => {
            add(Where::Other("poster"), tag.get(At::Poster));
            add(Where::Other("src"), tag.get(At::Src));
        }
        El::Source => {
            for url in tag.get(At::Srcset).into_iter().flat_map(srcset::urls) {
                add(Where::Other("srcset"), Some(url));
            }
            add(Where::Other("src"), tag.get(At::Src));
        }
        El::Audio | El::Bgsound | El::Embed | El::Frame | El::Iframe | El::Track => {
            add(Where::Other("src"), tag.get(At::Src));
        }
        El::Object => add(Where::Other("data"), tag.get_named("data")),
        El::Link => {
            add(Where::Other("href"), tag.get(At::Href));
            for url in tag.get_named("imagesrcset").into_iter().flat_map(srcset::urls) {
                add(Where::Other("imagesrcset"), Some(url));
            }
        }
        El::Param if tag.get_named("name").is_some_and(|name| is_load(name.trim())) => {
            add(Where::Other("value"), tag.get_named("value"));
        }
        // Word's drawings.
        El::Other if tag.name().starts_with("v:") => {
            add(Where::Other("src"), tag.get(At::Src));
            for name in ["o:href", "href", "o:althref"] {
                add(Where::Other(name), tag.get_named(name));
            }
        }
        // AMP's, and frames that no mail should have.
        El::Other
            if tag.name().starts_with("amp-") || matches!(tag.name(), "portal" | "fencedframe") =>
        {
            add(Where::Other("src"), tag.get(At::Src));
        }
        _ => {}
    }
    places
}

/// Parameters of plug-ins that name what is loaded.
fn is_load(name: &str) -> bool {
    ["movie", "src", "data", "url", "filename"].iter().any(|known| name.eq_ignore_ascii_case(known))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::RoomName;
    use crate::nest::tape_of;
    use crate::rooms::Switches;
    use crate::tape::Kind;

    fn urls(html: &str) -> Vec<String> {
        let mut tape = tape_of(html);
        tape.patch = true;
        let (switches, mut findings) = (Switches::default(), Vec::new());
        let at = tape.nodes.iter().position(|node| node.kind == Kind::Start && !node.implied);
        let Some(at) = at.map(|at| at as u32) else { return Vec::new() };
        let (tape, switches, findings) = (&mut tape, &switches, &mut findings);
        let tag = Tag { tape, at, room: RoomName::Trackers, switches, findings };
        let found: Vec<_> = of(&tag).into_iter().map(|place| place.url).collect();
        assert!(may_be(&tag) || found.is_empty(), "{html}");
        found
    }

    #[test]
    fn places() {
        assert_eq!(
            urls("<img src=a srcset='b 1x, c 2x' style='background:url(d)'>"),
            ["d", "b", "c", "a"]
        );
        assert_eq!(urls("<table background=a style='color:red'>"), ["a"]);
        assert_eq!(urls("<image src=a srcset='b 1x'>"), ["b", "a"]);
        assert!(urls("<a href=a>b</a>").is_empty());
        assert_eq!(urls("<a href=a style='background:url(b)' background=c>"), ["b", "c"]);
        assert_eq!(urls("<div style=\"--x:'https://a'\">"), ["https://a"]);
        assert_eq!(urls("<div style=\"\\2d-x:'https://a'\">"), ["https://a"]);
        assert!(urls("<div style=\"font-family:'a b'\">").is_empty());
    }
}
