//! Hostile sizes are rinsed, not refused: of the shapes of `benches/linear`
//! only the one with more attributes than a tag may have is an error. What
//! they cost is counted by `make bench-linear`.

use crate::common;
use mailrinse::{Context, Error, Limit, Rinser, Seal};

#[path = "../../benches/linear/shapes.rs"]
mod shapes;

const BYTES: usize = 1 << 20;

#[test]
fn shapes_are_rinsed() {
    let rinser = common::build(Rinser::builder().seal(Seal::Never));
    for (name, make) in shapes::SHAPES {
        let html = make(BYTES);
        match rinser.html(&html, &Context::default()) {
            Ok(_) => assert_ne!(*name, "attributes of one tag"),
            Err(Error::Limit { limit: Limit::Attributes, .. }) => {
                assert_eq!(*name, "attributes of one tag");
            }
            Err(error) => panic!("{name}: {error}"),
        }
    }
}

#[test]
fn fifty_thousand_paragraphs_without_end() {
    let rinser = common::build(Rinser::builder().seal(Seal::Always));
    let html = "<p>word ".repeat(50_000);
    let output = common::text(&common::rinse(&rinser, html.as_bytes()).html);
    assert_eq!(output.matches("<p>word").count(), 50_000);
}
