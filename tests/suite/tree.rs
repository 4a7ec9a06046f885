//! html5ever's tree of what is written is the tree that was written: a browser
//! finds no other structure in it than the writer meant. The tree that was
//! written is told by a reader of our grammar alone (`common/strict.rs`).

use crate::common::event::difference;
use crate::common::soup::{any_markup, cases, mailish, soup};
use crate::common::{self, SHAPES, html5, kind, strict};
use mailrinse::{Limits, Rinser, Seal, Shape};
use proptest::prelude::*;

/// Checks an output; an error says what is wrong with it.
pub fn check(output: &[u8], shape: Shape) -> Result<(), String> {
    let written = strict::read(output, kind(shape))?;
    let text = String::from_utf8_lossy(output);
    let read = match shape {
        Shape::Fragment => {
            let quirks = html5::fragment(&text, true);
            if let Some(difference) = difference(&written, &quirks) {
                return Err(format!("in a page in quirks mode: {difference}"));
            }
            html5::fragment(&text, false)
        }
        _ => html5::document(&text),
    };
    difference(&written, &read).map_or(Ok(()), Err)
}

fn rinser(shape: Shape, depth: usize) -> Rinser {
    let mut limits = Limits::default();
    limits.depth = depth;
    common::build(Rinser::builder().shape(shape).limits(limits).seal(Seal::Never))
}

fn holds(html: &[u8], depth: usize) -> Result<(), String> {
    for shape in SHAPES {
        let output = common::rinse(&rinser(shape, depth), html).html;
        check(&output, shape)
            .map_err(|e| format!("{shape:?}: {e}\n{}", String::from_utf8_lossy(&output)))?;
    }
    Ok(())
}

#[test]
fn of_mails() {
    for (name, html) in common::mails() {
        holds(&html, 256).unwrap_or_else(|e| panic!("{name}: {e}"));
    }
}

/// Each was wrong once.
#[test]
fn of_what_was_wrong_once() {
    for html in ONCE_WRONG {
        for depth in [8, 256] {
            holds(html.as_bytes(), depth).unwrap_or_else(|e| panic!("{html:?}: {e}"));
        }
    }
}

const ONCE_WRONG: &[&str] = &[
    "<div class=mailrinse><ul type=hidden>word</b></ul></b></div>",
    // What a room unwraps lets two headings meet.
    "<h1><a href=\"#a\"><h1>x<b>",
    // Lists of attributes that are emptied, at the end of them all.
    "<center a=b a=c><li href='https://example.com/?a=1&amp;b=2'></b></li></b></center>",
    "<p aria-label=a aria-label=b aria-x=a ARIA-X=b>x",
];

proptest! {
    #![proptest_config(cases(6_000))]

    #[test]
    fn of_soup(html in soup()) {
        prop_assert_eq!(holds(html.as_bytes(), 256), Ok(()));
    }

    #[test]
    fn of_mailish_markup(html in mailish()) {
        prop_assert_eq!(holds(html.as_bytes(), 256), Ok(()));
    }

    #[test]
    fn of_anything_in_little_depth(html in any_markup(), depth in 8usize..20) {
        prop_assert_eq!(holds(html.as_bytes(), depth), Ok(()));
    }
}
