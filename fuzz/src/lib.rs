//! What the fuzz targets share: what must hold of an output, told by readers
//! that know nothing of the writer.

pub mod common;

use common::event::difference;
use common::{html5, strict};
use mailrinse::{Builder, Context, Error, Remote, Rinser, Seal, Shape};

/// A rinser; what the targets ask for never contradicts.
#[must_use]
pub fn build(builder: Builder) -> Rinser {
    builder.build().expect("nothing in it contradicts")
}

/// A shape from a bit of the input.
#[must_use]
pub fn shape(bit: u8) -> Shape {
    if bit & 1 == 0 { Shape::Document } else { Shape::Fragment }
}

/// The rinsers of level clean with the seal always on, by the bits of a byte.
#[must_use]
pub fn clean(options: u8) -> Rinser {
    let remote = if options & 2 == 0 { Remote::Keep } else { Remote::Block };
    build(Rinser::builder().shape(shape(options)).remote(remote).seal(Seal::Always))
}

/// Rinses and checks: within the limits, harmless by a strict reader's word,
/// the tree of html5ever, and the same when rinsed again.
///
/// # Panics
/// Where one of it does not hold.
pub fn check(rinser: &Rinser, shape: Shape, html: &[u8]) {
    let once = match rinser.html(html, &Context::default()) {
        Ok(rinsed) => rinsed.html,
        Err(Error::Limit { .. }) => return,
        Err(error) => panic!("{error}"),
    };
    let text = std::str::from_utf8(&once).expect("UTF-8");
    let (kind, read) = match shape {
        Shape::Fragment => (strict::Kind::Fragment, html5::fragment(text, false)),
        _ => (strict::Kind::Document, html5::document(text)),
    };
    let written = strict::read(&once, kind).unwrap_or_else(|e| panic!("{e}\n{text}"));
    if let Some(difference) = difference(&written, &read) {
        panic!("{difference}\n{text}");
    }
    let twice = rinser.html(&once[..], &Context::default()).expect("it was within the limits").html;
    if once != twice {
        panic!("twice is not once\nonce:  {text}\ntwice: {}", String::from_utf8_lossy(&twice));
    }
}
