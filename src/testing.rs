//! For `tests/suite`: a look at what is read before it is nested, and a rinser
//! with another policy. No part of what the library promises.

use crate::limits::Limits;
use crate::read::Reader;
use crate::rinser::Rinser;
use crate::rules::Rules;
use crate::tape::Kind;
use std::ops::Range;
use std::sync::Arc;

/// A text's place in the source, and whether character references mean
/// nothing in it.
pub type Piece = (Range<usize>, bool);

/// The text of a source as our reading of the gaps between tags tells it.
#[must_use]
pub fn texts(html: &str) -> Vec<Piece> {
    let mut reader = Reader::new(&Limits::default(), false);
    if reader.feed(html).is_err() || reader.end().is_err() {
        return Vec::new();
    }
    let tape = reader.take_rest();
    let texts = tape.nodes.iter().filter(|n| n.kind == Kind::Text);
    texts.map(|n| (n.span.range(), n.raw)).collect()
}

/// The rinser that nobody shares yet, with the built-in rules and another
/// policy (the format of `rules/policy.toml`). The policy is never freed.
///
/// # Errors
/// The text is no policy; begins with the line.
pub fn with_policy(mut rinser: Rinser, policy: &str) -> Result<Rinser, String> {
    let config = Arc::get_mut(&mut rinser.0).ok_or("the rinser is shared")?;
    config.rules = Rules::with_policy(policy)?;
    Ok(rinser)
}
