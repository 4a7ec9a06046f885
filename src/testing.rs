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
use crate::tape::{Kind, Span};
use std::ops::Range;
use std::sync::Arc;

/// A text's place in the source, and whether character references mean
/// nothing in it.
pub type Piece = (Range<usize>, bool);

/// A start tag's place in the source, and those of its attributes: of each
/// name the first, in order. One without `=` has no value.
pub type Tag = (Range<usize>, Vec<(Range<usize>, Option<Range<usize>>)>);

/// What a source is read as.
#[derive(Default, PartialEq, Eq, Debug)]
pub struct Read {
    pub texts: Vec<Piece>,
    pub tags: Vec<Tag>,
    /// Comments, and what is read as one: doctypes, `<?x>`.
    pub comments: Vec<Range<usize>>,
}

/// Reads a source that comes in pieces of this many bytes, or one or two more
/// where a character is not to be cut. `None` where it is over a limit.
#[must_use]
pub fn read(html: &str, piece: usize) -> Option<Read> {
    let mut reader = Reader::new(&Limits::default(), Deadline::default(), false);
    let mut rest = html;
    while !rest.is_empty() {
        let end = (piece..rest.len()).find(|&at| rest.is_char_boundary(at)).unwrap_or(rest.len());
        reader.feed(&rest[..end]).ok()?;
        rest = &rest[end..];
    }
    reader.end().ok()?;
    let tape = reader.take_rest();
    let mut read = Read::default();
    for node in &tape.nodes {
        let range = node.span.range();
        match node.kind {
            Kind::Text => read.texts.push((range, node.raw)),
            Kind::Comment => read.comments.push(range),
            Kind::Start => {
                let attrs = tape.attrs_in(node).iter().map(|attr| {
                    let value = attr.value_span;
                    let value = (value != Span::default()).then(|| value.range());
                    (attr.name_span.range(), value)
                });
                read.tags.push((range, attrs.collect()));
            }
            Kind::End => {}
        }
    }
    Some(read)
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
