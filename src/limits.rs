//! How much is allowed. Over a limit is an error that says which and where;
//! never a cut-off result.

use std::fmt;
use std::time::{Duration, Instant};

/// The limits of a rinse.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Limits {
    /// Source held at once, in bytes. Mail within it is judged as a whole;
    /// larger mail from the front, a quarter of it at a time, with what is
    /// known by then.
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
    /// Tags, texts and comments of the whole input. The default is beyond what
    /// any window holds: it is for those who want less.
    pub tokens: u64,
    /// How long a rinse may take from its first byte on, a stream's waiting for
    /// its caller included. Off by default; asked about every thousand tokens,
    /// so it is a bound for services and not a stopwatch. There is no clock on
    /// `wasm32-unknown-unknown`, where it is an error of the builder.
    pub time: Option<Duration>,
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
    /// How much of what is larger than the window is judged at once. While
    /// that is done it takes eight times its own size, which with what waits
    /// behind it stays within four windows.
    pub(crate) fn share(&self) -> usize {
        (self.window / 4).max(1)
    }

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
            tokens: 1 << 32,
            time: None,
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
    /// [`Limits::tokens`]
    Tokens,
    /// [`Limits::time`], in milliseconds
    Time,
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Limit::Input => "input size",
            Limit::Tag => "tag size",
            Limit::Open => "open elements",
            Limit::Attributes => "attributes of one tag",
            Limit::Tokens => "tokens",
            Limit::Time => "time in milliseconds",
        })
    }
}

/// When a rinse has to be over. Loops that meet it stop; whoever holds the
/// stages together makes an error of it, and throws away what they have.
#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct Deadline(Option<Instant>);

impl Deadline {
    /// From now on.
    pub(crate) fn of(limits: &Limits) -> Self {
        // The clock is asked only where there is a limit: not everywhere is one.
        Deadline(limits.time.and_then(|time| Instant::now().checked_add(time)))
    }

    pub(crate) fn is_over(self) -> bool {
        self.0.is_some_and(|until| Instant::now() >= until)
    }

    /// The same, asked once in a while by a loop's counter.
    pub(crate) fn is_over_at(self, step: usize) -> bool {
        const STEPS: usize = 1_024;
        step.is_multiple_of(STEPS) && self.is_over()
    }
}
