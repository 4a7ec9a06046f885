//! How much room a picture takes, as far as attributes, its own style and
//! simple rules of the sheets say.

use crate::css::{Length, Look};
use crate::html::{At, Dimension, dimension};
use crate::tape::Tape;

/// The smallest width and height that something asks for, in pixels.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub(super) struct Size {
    pub width: Option<f32>,
    pub height: Option<f32>,
    /// A style is what makes it so small.
    pub by_style: bool,
    /// It is to fill (a good part of) what it stands in.
    pub fitted: bool,
}

impl Size {
    pub(super) fn of(tape: &Tape, node: u32, look: &Look) -> Self {
        let (width, w) = least(tape.attr(node, At::Width), [look.width, look.max_width]);
        let (height, h) = least(tape.attr(node, At::Height), [look.height, look.max_height]);
        let share = |value: &str| {
            let Dimension { number, percent } = dimension(value)?;
            number.parse::<f32>().ok().filter(|_| percent)
        };
        let fitted = match look.width {
            Some(Length::Percent(share) | Length::Viewport(share)) => share >= FITTED,
            _ => tape.attr(node, At::Width).and_then(share).is_some_and(|share| share >= FITTED),
        };
        Size { width, height, by_style: w || h, fitted }
    }

    fn both(self) -> Option<(f32, f32)> {
        let (a, b) = (self.width?, self.height?);
        Some((a.min(b), a.max(b)))
    }

    fn is(self, test: impl Fn(f32) -> bool) -> bool {
        self.width.is_some_and(&test) || self.height.is_some_and(&test)
    }

    /// Nobody sees it, whatever it shows: at most one pixel.
    pub(super) fn is_tiny(self) -> bool {
        self.both().is_some_and(|(_, most)| most <= 1.0) || self.is_nothing()
    }

    /// A side of nothing.
    pub(super) fn is_nothing(self) -> bool {
        self.is(|side| side <= 0.0)
    }

    /// A few pixels: some senders' beacons are 2x2, 3x1 or 2x6.
    pub(super) fn is_small(self) -> bool {
        self.both().is_some_and(|(least, most)| least <= 3.0 && most <= 6.0)
    }

    /// A line: most pictures of this shape keep room for something.
    pub(super) fn is_strip(self) -> bool {
        self.both().is_some_and(|(least, most)| least <= 2.0 && most >= 8.0)
    }

    /// One side is at most a pixel, and nothing is said of the other.
    pub(super) fn is_half_known(self) -> bool {
        self.both().is_none() && self.is(|side| side <= 1.0)
    }

    /// Nothing is said.
    pub(super) fn is_unknown(self) -> bool {
        self.width.is_none() && self.height.is_none()
    }

    /// Large enough to show something.
    pub(super) fn shows(self) -> bool {
        self.both().is_some_and(|(least, _)| least > 6.0)
            || self.both().is_none() && self.is(|side| side > 6.0)
    }

    /// `1x1 by attributes`
    pub(super) fn text(self) -> String {
        let side = |side: Option<f32>| side.map_or("?".to_owned(), |side| side.to_string());
        let by = if self.by_style { "style" } else { "attributes" };
        format!("{}x{} by {by}", side(self.width), side(self.height))
    }
}

/// Less per cent of its surroundings may be too small to be seen.
const FITTED: f32 = 10.0;

/// The least of an attribute and two lengths, and whether a length is it.
fn least(attribute: Option<&str>, lengths: [Option<Length>; 2]) -> (Option<f32>, bool) {
    let attribute = attribute.and_then(dimension).and_then(Dimension::pixels);
    // Nothing is nothing in any unit.
    let px = |length: Length| if length.is_zero() { Some(0.0) } else { length.px(16.0) };
    let style = lengths.into_iter().flatten().filter_map(px).reduce(f32::min);
    match (attribute, style) {
        (Some(a), Some(s)) if s < a => (style, true),
        (None, Some(_)) => (style, true),
        _ => (attribute, false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nest::tape_of;

    fn of(attributes: &str) -> Size {
        let tape = tape_of(&format!("<img {attributes}>"));
        let img =
            tape.nodes.iter().position(|node| node.el == crate::html::El::Img).expect("one") as u32;
        let look = tape.attr(img, At::Style).map(crate::css::look).unwrap_or_default();
        Size::of(&tape, img, &look)
    }

    #[test]
    fn sizes() {
        assert!(of("width=1 height=1").is_tiny());
        assert!(of("width=1px height='1'").is_tiny());
        // As browsers read it: no per cent.
        assert!(of("width='1 %' height='1.'").is_tiny());
        assert!(!of("width=+1 height=.5").is_tiny());
        assert!(of("style='width:1px;height:1px'").is_tiny());
        assert!(of("width=200 height=100 style='max-height:0'").is_tiny());
        assert!(of("height=0%").is_tiny());
        assert!(!of("width=1").is_tiny() && of("width=1").is_half_known());
        assert!(of("width=3 height=1").is_small() && of("width=2 height=6").is_small());
        assert!(of("width=600 height=1").is_strip() && !of("width=600 height=1").is_small());
        assert!(of("width=100%").is_unknown() && of("").is_unknown());
        assert!(of("width=100%").fitted && of("style='width:50%'").fitted);
        assert!(!of("width=1%").fitted && !of("style='max-width:100%'").fitted);
        assert!(
            of("width=20 height=20").shows()
                && of("width=120").shows()
                && !of("width=600 height=1").shows()
        );
    }

    #[test]
    fn told_by_what_makes_it_small() {
        assert_eq!(of("width=1 height=1").text(), "1x1 by attributes");
        assert_eq!(of("style='width:2px'").text(), "2x? by style");
    }
}
