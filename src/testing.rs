//! For `tests/suite`: a look at what is read before it is nested. No part of
//! what the library promises.

use crate::limits::{Deadline, Limits};
use crate::read::Reader;
use crate::tape::Kind;
use std::ops::Range;

/// A text's place in the source, and whether character references mean
/// nothing in it.
pub type Piece = (Range<usize>, bool);

/// The text of a source as our reading of the gaps between tags tells it.
#[must_use]
pub fn texts(html: &str) -> Vec<Piece> {
    let mut reader = Reader::new(&Limits::default(), Deadline::default(), false);
    if reader.feed(html).is_err() || reader.end().is_err() {
        return Vec::new();
    }
    let tape = reader.take_rest();
    let texts = tape.nodes.iter().filter(|n| n.kind == Kind::Text);
    texts.map(|n| (n.span.range(), n.raw)).collect()
}
