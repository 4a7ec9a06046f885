//! The scene: what is known about the surroundings of every tag, learnt on
//! the nested tape before a room passes over it. Facts, no judgements.

use crate::context::Context;
use crate::html::{At, El};
use crate::tape::{Kind, NONE, State, Tape};
use std::collections::HashMap;

/// At which level the mail is rinsed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub enum Level {
    /// Every byte is written anew in a strict grammar.
    #[default]
    Clean,
    /// Only the ranges of changed tags are replaced. Not a sanitizer.
    Patch,
}

/// What is put out at level clean.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub enum Shape {
    /// A whole HTML document.
    #[default]
    Document,
    /// One `div` to put into a page.
    Fragment,
}

/// What becomes of remote images that are no trackers.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub enum Remote {
    /// They stay.
    #[default]
    Keep,
    /// Nothing remote is left; box and `alt` stay.
    Block,
}

/// What becomes of text that CSS hides.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub enum Hidden {
    /// It stays hidden.
    #[default]
    Keep,
    /// It is left out.
    Drop,
}

/// What is asked for and known, and what was learnt about the tape.
pub struct Scene<'c> {
    /// What the caller knows about the mail.
    pub cx: &'c Context,
    /// At which level.
    pub level: Level,
    /// Which shape.
    pub shape: Shape,
    /// What becomes of remote images.
    pub remote: Remote,
    /// What becomes of hidden text.
    pub hidden_text: Hidden,
    /// The mail was larger than the window: what lies behind the tape's end is
    /// not known.
    pub partial: bool,
    /// Tag names, hiding and counts by node, see the methods.
    pub(crate) flags: Vec<u8>,
    pub(crate) links: HashMap<u32, LinkFacts>,
    pub(crate) tables: HashMap<u32, TableFacts>,
    /// The first letters of visible text (at most [`LANGUAGE_SAMPLE`] letters).
    pub(crate) sample: String,
    /// The text of the first heading that has any.
    pub(crate) heading: Option<String>,
    /// The source's `title`, decoded, white space folded.
    pub(crate) title: Option<String>,
    /// The `lang` that `html` or `body` declared.
    pub(crate) declared_lang: Option<String>,
    /// Nodes that are direct children of the body (or fragment) and elements.
    pub(crate) top_level_elements_only: bool,
}

/// How many letters a language is told from.
pub(crate) const LANGUAGE_SAMPLE: usize = 1_000;

/// The element hides itself: style, class or attribute.
pub(crate) const HIDDEN_SELF: u8 = 1;
/// It or an ancestor does.
pub(crate) const HIDDEN: u8 = 2;

/// What is in a link.
#[derive(Clone, Default, Debug, PartialEq)]
pub(crate) struct LinkFacts {
    /// Its visible text, white space folded and trimmed.
    pub text: String,
    /// Images in it that are left.
    pub images: u32,
    /// The `alt` texts of its images, joined by spaces.
    pub alt: String,
    /// Its end was seen.
    pub complete: bool,
}

/// The shape of a table, its nested tables apart.
#[derive(Clone, Copy, Default, Debug, PartialEq)]
pub(crate) struct TableFacts {
    pub rows: u32,
    /// Cells in the longest row.
    pub columns: u32,
    pub nested: bool,
    /// Rows with at least two cells that hold text.
    pub filled_rows: u32,
    /// Cells with text; those with at most 60 characters of it; those with an image.
    pub filled: u32,
    pub short: u32,
    pub images: u32,
    /// `th` cells, and whether there is a caption.
    pub headers: u32,
    pub caption: bool,
    pub complete: bool,
}
