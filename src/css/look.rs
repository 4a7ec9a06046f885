//! What a style says about how something looks, as far as it decides hiding, size and contrast.
//! Reads the source, before any filter: what the sender hid must be known to be hidden even where we drop the style.
//! Knows no inheritance and no layout; the caller lays looks over each other in the cascade's order.

use super::colour::Colour;
use super::declaration::{self, Visitor};
use super::plain::Value;
use cssparser::Parser;
use std::ops::Range;

mod read;

pub(super) use read::Said;

/// A length as a style gives it.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Length {
    /// CSS pixels; other absolute units and `rem` are turned into them.
    Px(f32),
    /// Times the font size (of the parent, for a font size); a bare `line-height` too.
    Em(f32),
    /// Per cent of something.
    Percent(f32),
    /// Per cent of the window.
    Viewport(f32),
    /// `auto`, `none`, `normal`, or too clever to tell.
    Auto,
}

impl Length {
    /// Nothing, in whatever unit.
    pub fn is_zero(self) -> bool {
        match self {
            Self::Px(n) | Self::Em(n) | Self::Percent(n) | Self::Viewport(n) => n <= 0.0,
            Self::Auto => false,
        }
    }

    /// In pixels, given what 1em is; `None` if it depends on something else.
    pub fn px(self, em: f32) -> Option<f32> {
        match self {
            Self::Px(n) => Some(n),
            Self::Em(n) => Some(n * em),
            _ => None,
        }
    }

    /// Roughly, for telling far from near.
    fn rough(self) -> f32 {
        match self {
            Self::Px(n) => n,
            Self::Em(n) => n * 16.0,
            Self::Percent(n) | Self::Viewport(n) => n * 6.0,
            Self::Auto => 0.0,
        }
    }
}

/// What is behind the text.
#[cfg(test)]
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Background {
    /// One colour.
    Colour(Colour),
    /// A picture or a gradient: nobody knows from here.
    Image,
}

/// `text-decoration`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Decoration {
    /// `none`
    None,
    /// With an underline.
    Underline,
    /// Struck through or overlined.
    Other,
}

/// Which parts of a look were said with `!important`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Important(u32);

/// What a style says; `None` where it says nothing (or nothing that a browser would take).
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Look {
    /// `display:none`, or another display.
    pub display_none: Option<bool>,
    /// `visibility:hidden` or `collapse`, or `visible`.
    pub visibility_hidden: Option<bool>,
    /// `opacity`, 0 to 1.
    pub opacity: Option<f32>,
    /// `font-size`, or that of `font`.
    pub font_size: Option<Length>,
    /// `line-height`, or that of `font`.
    pub line_height: Option<Length>,
    /// `font-weight`, or that of `font`; `lighter` counts as 300, `bolder` as 700.
    pub font_weight: Option<u16>,
    /// `width`
    pub width: Option<Length>,
    /// `height`
    pub height: Option<Length>,
    /// `max-width`
    pub max_width: Option<Length>,
    /// `max-height`
    pub max_height: Option<Length>,
    /// `overflow:hidden` or `clip` (in either direction).
    pub overflow_hidden: Option<bool>,
    /// `mso-hide:all`, which hides in Outlook only.
    pub mso_hide_all: bool,
    /// Put where nobody sees it: positioned, indented, clipped or scaled away.
    pub off_screen: bool,
    /// `color`
    pub color: Option<Colour>,
    /// `background-color`, or that of `background` (which says "transparent" when it names none).
    pub background_color: Option<Colour>,
    /// `background-image`, or that of `background`: is there one?
    pub background_image: Option<bool>,
    /// `text-decoration` or `text-decoration-line`
    pub text_decoration: Option<Decoration>,
    /// Which of these were `!important`.
    pub important: Important,
}

impl Look {
    /// Is the whole element hidden, pictures in it too?
    pub fn hides(&self) -> bool {
        let no_room = [self.height, self.max_height, self.width, self.max_width]
            .iter()
            .flatten()
            .any(|length| length.is_zero());
        self.display_none == Some(true)
            || self.visibility_hidden == Some(true)
            || self.opacity.is_some_and(|opacity| opacity < 0.02)
            || self.off_screen
            || no_room && self.overflow_hidden == Some(true)
    }

    /// Is its text hidden? Pictures in it may still show.
    pub fn hides_text(&self) -> bool {
        self.hides()
            || self.font_size.is_some_and(Length::is_zero)
            || self.color.is_some_and(|colour| colour.a <= 0.0)
    }

    /// What is said about the background, a picture before a colour.
    #[cfg(test)]
    pub fn background(&self) -> Option<Background> {
        if self.background_image == Some(true) {
            return Some(Background::Image);
        }
        self.background_color.map(Background::Colour)
    }

    /// Lays a look over this one that comes later in the cascade.
    pub fn overlay(&mut self, later: &Self) {
        let mut over = Over { mine: self.important.0, theirs: later.important.0, bit: 1 };
        over.field(&mut self.display_none, later.display_none);
        over.field(&mut self.visibility_hidden, later.visibility_hidden);
        over.field(&mut self.opacity, later.opacity);
        over.field(&mut self.font_size, later.font_size);
        over.field(&mut self.line_height, later.line_height);
        over.field(&mut self.font_weight, later.font_weight);
        over.field(&mut self.width, later.width);
        over.field(&mut self.height, later.height);
        over.field(&mut self.max_width, later.max_width);
        over.field(&mut self.max_height, later.max_height);
        over.field(&mut self.overflow_hidden, later.overflow_hidden);
        over.field(&mut self.color, later.color);
        over.field(&mut self.background_color, later.background_color);
        over.field(&mut self.background_image, later.background_image);
        over.field(&mut self.text_decoration, later.text_decoration);
        self.important = Important(over.mine);
        // These come from several declarations that only work together, so they are not undone by later ones.
        self.mso_hide_all |= later.mso_hide_all;
        self.off_screen |= later.off_screen;
    }
}

/// One pass over the fields of two looks, a bit of `Important` for each.
struct Over {
    mine: u32,
    theirs: u32,
    bit: u32,
}

impl Over {
    fn field<T>(&mut self, mine: &mut Option<T>, later: Option<T>) {
        let wins = self.theirs & self.bit;
        if later.is_some() && (wins != 0 || self.mine & self.bit == 0) {
            *mine = later;
            self.mine |= wins;
        }
        self.bit <<= 1;
    }
}

/// Reads a style attribute.
pub fn look(style: &str) -> Look {
    let mut reader = Reader::default();
    let wanted = |name: &str| !read::is_of_no_interest(name);
    declaration::walk_text(style, &mut reader, wanted, |reader, name, value| {
        reader.plain(name, value);
        true
    });
    reader.look()
}

/// Reads a block of declarations.
pub(super) fn of_block(input: &mut Parser) -> Look {
    let mut reader = Reader::default();
    declaration::walk(input, &mut reader);
    reader.look()
}

/// Gathers a block's look, and the halves of what puts things off screen.
#[derive(Default)]
pub(super) struct Reader {
    look: Look,
    /// What the declaration at hand says, until it is known to be one.
    said: Option<read::Said>,
    positioned: bool,
    away_if_positioned: bool,
    away: bool,
}

impl Reader {
    pub(super) fn look(self) -> Look {
        let mut look = self.look;
        look.off_screen = self.away || self.positioned && self.away_if_positioned;
        look
    }

    /// Reads a plain declaration; gives what it adds.
    pub(super) fn plain(&mut self, name: &str, value: &Value) -> Option<Said> {
        let said = read::plain(name, value);
        self.add(said.as_ref());
        said
    }

    /// Adds what a declaration says.
    pub(super) fn add(&mut self, said: Option<&Said>) {
        match said {
            Some(Said::Look(look)) => self.look.overlay(look),
            Some(Said::Positioned(yes)) => self.positioned = *yes,
            Some(Said::AwayIfPositioned) => self.away_if_positioned = true,
            Some(Said::Away) => self.away = true,
            None => {}
        }
    }
}

impl<'i> Visitor<'i> for Reader {
    fn declaration(&mut self, name: &str, value: &mut Parser<'i, '_>) {
        self.said = read::declaration(name, value);
    }
    fn stray(&mut self, _: &mut Parser<'i, '_>) {}
    fn block(&mut self, _: &str, _: &mut Parser<'i, '_>) {
        self.said = None;
    }
    fn end(&mut self, _: Range<usize>) {
        let said = self.said.take();
        self.add(said.as_ref());
    }
}

#[cfg(test)]
mod tests;
