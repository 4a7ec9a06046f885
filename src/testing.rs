//! For `tests/suite` and `fuzz`: a look at what is read before it is nested,
//! short ways to single stages, and a rinser with another policy. No part of
//! what the library promises.

use crate::context::Context;
use crate::error::Error;
use crate::limits::{Deadline, Limits};
use crate::read::Reader;
use crate::rinser::Rinser;
use crate::rooms::links::Only;
use crate::rules::{Rules, Vendors, policy_text};
use crate::tape::Kind;
use std::ops::Range;
use std::sync::Arc;

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

/// Where a link leads after it was judged by itself; `None` where it stays.
#[must_use]
pub fn url(rinser: &Rinser, url: &str, only: Only) -> Option<String> {
    let config = &rinser.0;
    let verdict =
        config.links.judge(url, &Context::default(), &config.switches, &Vendors::default(), only);
    (verdict.url != url).then_some(verdict.url)
}

/// A rinser with the rules of this text and no others.
///
/// # Errors
/// The text is no rule file.
pub fn rinser_with_rules(text: &str) -> Result<Rinser, Error> {
    Rinser::builder().ready(Rules::of_text(text)?).build()
}

/// The rinser that nobody shares yet, with the built-in rules and another
/// policy (the format of `rules/policy.toml`). The policy is never freed.
///
/// # Errors
/// The text is no policy; begins with the line.
pub fn with_policy(mut rinser: Rinser, policy: &str) -> Result<Rinser, String> {
    let config = Arc::get_mut(&mut rinser.0).ok_or("the rinser is shared")?;
    config.policy = policy_text::policy(policy)?;
    Ok(rinser)
}

/// The parts of a message in order, containers included: where the body is,
/// the type, and why it is left alone, if it is.
#[must_use]
pub fn parts(raw: &[u8]) -> Vec<(Range<usize>, String, Option<&'static str>)> {
    crate::message::outline(raw)
}
