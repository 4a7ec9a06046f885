//! What the modules of the suite share: where mails come from, and how an
//! output is read.

pub mod cases;
pub mod corpus;
pub mod event;
pub mod html5;
pub mod lol;
#[cfg(feature = "resolve")]
pub mod redirector;
pub mod soup;
pub mod strict;

use mailrinse::{Builder, Context, Limits, Rinsed, Rinser, Shape};
use std::path::PathBuf;

/// `fixtures/`.
pub fn fixtures() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

/// The names of the fixture mails, in order.
pub fn cases() -> Vec<String> {
    let folder = fixtures().join("html");
    let entries = std::fs::read_dir(&folder).expect("fixtures/html can be read");
    let name = |entry: std::io::Result<std::fs::DirEntry>| {
        entry.expect("its entries can be read").file_name().to_string_lossy().into_owned()
    };
    let mut names: Vec<String> = entries.map(name).collect();
    names.sort();
    assert!(names.len() >= 11, "the seed three times, and at least eight of our own");
    names
}

/// The bytes of a fixture mail.
pub fn input(case: &str) -> Vec<u8> {
    let path = fixtures().join("html").join(case).join("input.html");
    std::fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// All mails at hand with their names: the fixtures, and the corpus if there
/// is one.
pub fn mails() -> Vec<(String, Vec<u8>)> {
    let mut mails: Vec<_> = cases().into_iter().map(|case| (case.clone(), input(&case))).collect();
    mails.extend(corpus::html());
    mails
}

/// Both shapes.
pub const SHAPES: [Shape; 2] = [Shape::Document, Shape::Fragment];

/// How the strict reader calls a shape.
pub fn kind(shape: Shape) -> strict::Kind {
    match shape {
        Shape::Fragment => strict::Kind::Fragment,
        _ => strict::Kind::Document,
    }
}

/// Limits with another window.
pub fn window(size: usize) -> Limits {
    let mut limits = Limits::default();
    limits.window = size;
    limits
}

/// A rinser that must be possible.
pub fn build(builder: Builder) -> Rinser {
    builder.build().expect("nothing in it contradicts")
}

/// A rinse that must succeed.
pub fn rinse<'i>(rinser: &Rinser, html: &'i [u8]) -> Rinsed<'i> {
    rinser.html(html, &Context::default()).expect("within the limits")
}

/// The same through a stream, in pieces whose sizes repeat.
pub fn stream(rinser: &Rinser, html: &[u8], pieces: &[usize]) -> Vec<u8> {
    use std::io::Write as _;
    let mut stream = rinser.stream(Vec::new(), Context::default(), ());
    let mut rest = html;
    for size in pieces.iter().cycle() {
        let (piece, behind) = rest.split_at((*size).max(1).min(rest.len()));
        stream.write_all(piece).expect("within the limits");
        rest = behind;
        if rest.is_empty() {
            break;
        }
    }
    stream.finish().expect("within the limits")
}

/// A text result.
pub fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("at level clean the result is UTF-8")
}

/// What a strict reader reads in an output.
pub fn tree(output: &[u8], shape: Shape) -> Vec<event::Event> {
    strict::read(output, kind(shape)).unwrap_or_else(|e| panic!("{e}"))
}
