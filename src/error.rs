//! What can go wrong. Bad HTML is no error.

use crate::limits::Limit;
use std::io;

/// Why a rinse, a builder or a rule file failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The input is larger, deeper or longer than allowed. Whoever set the
    /// limits can mend it; nothing of the input was put out.
    #[error("{limit} limit of {max} exceeded at byte {at} (line {line})")]
    Limit {
        /// Which limit.
        limit: Limit,
        /// Its value.
        max: u64,
        /// Where in the decoded input, in bytes. Where time was up while a
        /// window was judged, the window's beginning.
        at: u64,
        /// The line of that place, counted from 1.
        line: u64,
    },
    /// The declared charset is not one of the WHATWG Encoding Standard, or one
    /// that cannot be read (the "replacement" encodings).
    #[error("charset {0:?} is not known: name one of the WHATWG Encoding Standard")]
    Charset(String),
    /// The builder was told something that makes no sense.
    #[error("{0}")]
    Builder(String),
    /// A rule file is not as it should be.
    #[error("{file}{}: {message}", .line.map(|l| format!(":{l}")).unwrap_or_default())]
    Rules {
        /// The file, as it was named.
        file: String,
        /// The line, counted from 1, where it is known.
        line: Option<usize>,
        /// What is wrong, and with which rule.
        message: String,
    },
    /// The tokenizer gave up. A defect of ours: please report it.
    #[error("the tokenizer failed: {0}")]
    Reader(String),
    /// The seal saw another sequence of elements than the writer wrote
    /// (`write.seal.found`). A defect of ours: please report it.
    #[error("write.seal.found: the written HTML does not read back as it was written: {0}")]
    Seal(String),
    /// A changed message does not have the parts that it had. It should go on
    /// as it came. A defect of ours: please report it.
    #[error("the changed message does not read as it should: {0}")]
    Message(String),
    /// Reading or writing failed.
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl Error {
    /// Whether the machine failed and not the mail: another try may do.
    pub fn is_transient(&self) -> bool {
        matches!(self, Error::Io(_))
    }
}
