//! How much is allowed. Over a limit is an error that says which and where;
//! never a cut-off result.

use std::fmt;

/// The limits of a rinse.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Limits {
    /// Source held and judged at once, in bytes. Mail within it is judged as a
    /// whole; larger mail from the front with what is known by then.
    pub window: usize,
    /// The whole input, in bytes. Reached only by streams: memory does not
    /// grow with it.
    pub input: u64,
    /// One tag or comment, in bytes.
    pub tag: usize,
    /// Open elements as the tokenizer counts them (it never closes one by
    /// implication).
    pub open: usize,
    /// Attributes of one tag.
    pub attributes: usize,
    /// Depth of elements in the output. No error: tags below it are unwrapped.
    pub depth: usize,
    /// Style sheets together, in bytes. Over it the rest is left out, and
    /// reported.
    pub css: usize,
    /// How much the tokenizer gets at a time where the input is larger than
    /// the window, in bytes.
    pub(crate) block: usize,
    /// Blocks also where the input is within the window.
    pub(crate) blocks_always: bool,
}

impl Limits {
    /// Makes the tokenizer get its text in blocks of this size, always. The
    /// result must be the same for every size; tests see to that.
    #[doc(hidden)]
    pub fn with_blocks(mut self, size: usize) -> Self {
        self.block = size;
        self.blocks_always = true;
        self
    }
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            window: 4 << 20,
            input: 16 << 30,
            tag: 8 << 20,
            open: 2_000_000,
            attributes: 4_096,
            depth: 256,
            css: 1 << 20,
            block: 64 << 10,
            blocks_always: false,
        }
    }
}

/// Which limit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Limit {
    /// [`Limits::input`]
    Input,
    /// [`Limits::tag`]
    Tag,
    /// [`Limits::open`]
    Open,
    /// [`Limits::attributes`]
    Attributes,
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Limit::Input => "input size",
            Limit::Tag => "tag size",
            Limit::Open => "open elements",
            Limit::Attributes => "attributes of one tag",
        })
    }
}
