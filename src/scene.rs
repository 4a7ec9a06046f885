//! The scene: what is known about the surroundings of every tag, learnt on
//! the nested tape before a room passes over it. Facts, no judgements.

use crate::context::Context;
use crate::css::Look;
use crate::hash::HashMap;
use crate::limits::Deadline;
use crate::tape::{Kind, Node, State, Tape};
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

mod learn;
mod looks;
mod lost;
mod page;
mod sample;
mod sheets;
mod tables;
mod text;
mod walk;

pub(crate) use looks::{Inline, Looks};
pub(crate) use sheets::Sheets;
pub(crate) use text::{fold, folded, is_blank};
pub(crate) use walk::{Listen, is_block, walk, walk_in};

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
    /// Those whose URLs carry the reader's address (provably) or an identifier
    /// (as it seems) are not loaded; box and `alt` stay.
    BlockIdentified,
    /// Nothing remote is left; box and `alt` stay.
    Block,
    /// They are loaded by way of
    /// [`Builder::image_proxy`](crate::Builder::image_proxy).
    Proxy,
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

/// What is asked for.
#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct Asked {
    pub level: Level,
    pub shape: Shape,
    pub remote: Remote,
    pub hidden_text: Hidden,
    /// The mail was larger than the window: what lies behind the tape's end is
    /// not known.
    pub partial: bool,
    /// The output is laid out in quirks mode.
    pub quirks: bool,
    /// When it has to be done.
    pub deadline: Deadline,
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
    /// The output is laid out in quirks mode.
    pub quirks: bool,
    pub(crate) deadline: Deadline,
    /// By node: [`HIDDEN_SELF`], [`HIDDEN`], [`TEXT`], [`LOST`], [`ALONE`].
    pub(crate) flags: Vec<u8>,
    pub(crate) links: HashMap<u32, LinkFacts>,
    pub(crate) tables: HashMap<u32, TableFacts>,
    /// The first letters of visible text (at most [`LANGUAGE_SAMPLE`]), white
    /// space folded, without words that are addresses.
    pub(crate) sample: String,
    /// The text of the first heading that has any.
    pub(crate) heading: Option<String>,
    /// The source's `title`, decoded, white space folded.
    pub(crate) title: Option<String>,
    /// The `lang` that `html`, `body`, a `meta` or the only top element declared.
    pub(crate) declared_lang: Option<String>,
    /// The `dir` that `html` or `body` declared, in lower case.
    pub(crate) declared_dir: Option<String>,
    /// The language is told by what stands at the top of the page.
    pub(crate) top_tells: bool,
    pub(crate) sheets: Arc<Sheets>,
    inline: Inline<'c>,
}

impl<'c> Scene<'c> {
    /// Learns what there is to know about a nested tape. Takes time in
    /// proportion to the tape.
    pub(crate) fn learn(tape: &Tape, cx: &'c Context, asked: Asked, sheets: &Arc<Sheets>) -> Self {
        Self::with(tape, cx, asked, sheets, Inline::Own(RefCell::default()))
    }

    /// The same; `look` says how the style of a node's tag looks (as
    /// [`crate::css::look`] does), and remembers it.
    pub(crate) fn learn_by(
        tape: &Tape,
        cx: &'c Context,
        asked: Asked,
        sheets: &Arc<Sheets>,
        look: &'c dyn Fn(u32, &str) -> Rc<Look>,
    ) -> Self {
        Self::with(tape, cx, asked, sheets, Inline::By(look))
    }

    // A stage of its own in a profile.
    #[inline(never)]
    fn with(
        tape: &Tape,
        cx: &'c Context,
        asked: Asked,
        sheets: &Arc<Sheets>,
        inline: Inline<'c>,
    ) -> Self {
        learn::learn(tape, cx, asked, Arc::clone(sheets), inline)
    }

    /// Whether a start tag's element, or a text, is hidden: by itself or by
    /// what it stands in.
    pub(crate) fn is_hidden(&self, node: u32) -> bool {
        self.flags.get(node as usize).is_some_and(|flags| flags & HIDDEN != 0)
    }

    /// Whether visible text stands in the element itself, not only in what is
    /// in it.
    pub(crate) fn has_text(&self, node: u32) -> bool {
        self.flags.get(node as usize).is_some_and(|flags| flags & TEXT != 0)
    }

    /// Whether all of the elements that were removed since, so many, were
    /// pictures without which the scene is the same.
    pub(crate) fn is_same_without(&self, tape: &Tape, removed: usize) -> bool {
        let is_alone = |(node, flags): &(&Node, &u8)| {
            node.kind == Kind::Start && node.state == State::Removed && *flags & ALONE != 0
        };
        !self.top_tells && tape.nodes.iter().zip(&self.flags).filter(is_alone).count() == removed
    }

    /// Looks as the sender wrote them.
    pub(crate) fn looks(&self) -> Looks<'_> {
        Looks::new(&self.sheets.looks, &self.inline)
    }

    /// What is known about a link.
    pub(crate) fn link(&self, node: u32) -> Option<&LinkFacts> {
        self.links.get(&node)
    }

    /// What is known about a table.
    pub(crate) fn table(&self, node: u32) -> Option<&TableFacts> {
        self.tables.get(&node)
    }
}

/// How many letters a language is told from.
pub(crate) const LANGUAGE_SAMPLE: usize = 1_000;

/// How many bytes of a link's text are kept.
pub(crate) const LINK_TEXT: usize = 4_096;

/// A cell with more characters than this is not a short one.
pub(crate) const SHORT_CELL: u32 = 60;

/// The element hides itself: style, class or attribute.
pub(crate) const HIDDEN_SELF: u8 = 1;
/// It or an ancestor does. Set for texts too, also where only text is hidden
/// (`font-size:0`).
pub(crate) const HIDDEN: u8 = 2;
/// Visible text stands directly in it.
pub(crate) const TEXT: u8 = 4;

/// A rule hides it that cannot be printed.
pub(crate) const LOST: u8 = 8;
/// A picture of which nothing else that is known here depends.
pub(crate) const ALONE: u8 = 16;

/// What is in a link.
#[derive(Clone, Default, Debug, PartialEq)]
pub(crate) struct LinkFacts {
    /// Its visible text, white space folded and trimmed; at most
    /// [`LINK_TEXT`] bytes.
    pub text: String,
    /// Images in it that are left.
    pub images: u32,
    /// Those of them that do not say that nothing is to be seen of them.
    pub sized: u32,
    /// The `alt` texts of its images, joined by spaces.
    pub alt: String,
    /// It holds something that is neither text nor image but may be seen or
    /// used: another link, hidden text, a box with a background, a control.
    pub more: bool,
    /// White space or a line break stands in it.
    pub space: bool,
    /// Its end was seen.
    pub complete: bool,
}

/// The shape of a table, its nested tables apart.
#[derive(Clone, Copy, Default, Debug, PartialEq)]
pub(crate) struct TableFacts {
    /// Rows that hold a cell.
    pub rows: u32,
    /// Cells in the longest row.
    pub columns: u32,
    /// A table stands in it.
    pub nested: bool,
    /// Rows with at least two cells that hold text.
    pub filled_rows: u32,
    /// Cells with text; those with at most [`SHORT_CELL`] characters of it;
    /// those with an image.
    pub filled: u32,
    pub short: u32,
    pub images: u32,
    /// Filled cells whose text is all in links.
    pub linked: u32,
    /// `th` cells, and whether there is a caption.
    pub headers: u32,
    pub caption: bool,
    /// The first row holds two or more cells, all are filled `th`, and there is
    /// no other `th`.
    pub header_row: bool,
    /// Its end was seen.
    pub complete: bool,
}
