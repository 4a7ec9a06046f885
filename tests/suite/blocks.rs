//! In which blocks the tokenizer gets its text, and in which pieces a caller
//! writes it, leaves no trace in the result; with a window that the mail does
//! not fit into as well, and there too the result is in the grammar and reads
//! back as it was written.

use crate::common::soup::{any_markup, cases, mailish};
use crate::common::{self, SHAPES};
use mailrinse::{Hidden, Limits, Rinser, Seal, Shape};
use proptest::prelude::*;

fn rinser(shape: Shape, limits: Limits) -> Rinser {
    common::build(Rinser::builder().shape(shape).limits(limits).seal(Seal::Never))
}

fn same(what: &str, expected: &[u8], found: &[u8]) -> Result<(), String> {
    if expected == found {
        return Ok(());
    }
    let at = expected.iter().zip(found).take_while(|(a, b)| a == b).count();
    let near = |bytes: &[u8]| {
        let from = at.saturating_sub(40);
        String::from_utf8_lossy(&bytes[from..bytes.len().min(at + 60)]).into_owned()
    };
    Err(format!("{what}: at byte {at}\n  whole: {}\n  now:   {}", near(expected), near(found)))
}

/// A mail that fits into the window.
fn whole(html: &[u8], blocks: &[usize], pieces: &[&[usize]]) -> Result<(), String> {
    for shape in SHAPES {
        let plain = rinser(shape, Limits::default());
        let expected = common::rinse(&plain, html).html;
        for &size in blocks {
            let rinser = rinser(shape, Limits::default().with_blocks(size));
            let found = common::rinse(&rinser, html).html;
            same(&format!("{shape:?}, blocks of {size}"), &expected, &found)?;
        }
        for sizes in pieces {
            let found = common::stream(&plain, html, sizes);
            same(&format!("{shape:?}, pieces of {sizes:?}"), &expected, &found)?;
        }
    }
    Ok(())
}

/// A mail that does not.
fn windows(html: &[u8], window: usize, blocks: &[usize], pieces: &[usize]) -> Result<(), String> {
    for shape in SHAPES {
        let rinser_of = |blocks| rinser(shape, common::window(window).with_blocks(blocks));
        let expected = common::rinse(&rinser_of(64 << 10), html).html;
        for &size in blocks {
            let found = common::rinse(&rinser_of(size), html).html;
            same(&format!("{shape:?}, window {window}, blocks of {size}"), &expected, &found)?;
            let found = common::stream(&rinser_of(size), html, pieces);
            same(&format!("{shape:?}, window {window}, pieces {pieces:?}"), &expected, &found)?;
        }
        crate::tree::check(&expected, shape).map_err(|e| {
            let output = String::from_utf8_lossy(&expected);
            format!("{shape:?}, window {window}: {e}\n{output}")
        })?;
    }
    Ok(())
}

#[test]
fn of_fixtures() {
    for case in common::cases() {
        let html = common::input(&case);
        whole(&html, &[1, 7, 1_000], &[&[1], &[3, 1, 4_096]])
            .unwrap_or_else(|e| panic!("{case}: {e}"));
    }
}

#[test]
fn of_fixtures_in_small_windows() {
    for case in common::cases() {
        let html = common::input(&case);
        for window in [1, 512, 4_096] {
            windows(&html, window, &[1, 61, 4_000], &[1, 700])
                .unwrap_or_else(|e| panic!("{case}: {e}"));
        }
    }
}

#[test]
fn of_the_corpus() {
    for (name, html) in common::corpus::html() {
        whole(&html, &[13, 4_096], &[&[11, 5_000]]).unwrap_or_else(|e| panic!("{name}: {e}"));
        windows(&html, 2_000, &[17, 4_000], &[900]).unwrap_or_else(|e| panic!("{name}: {e}"));
    }
}

/// What a sheet says counts from its own window on.
#[test]
fn a_sheet_in_a_later_window_is_read_too() {
    let hidden = "<style>.x{display:none}</style><p class=x>secret</p>";
    let html = format!("<style>.y{{color:#000}}</style>{}{hidden}", "<p>text</p>".repeat(2_000));
    let limits = common::window(4_096);
    let rinser = common::build(Rinser::builder().limits(limits).hidden(Hidden::Drop));
    let out = common::rinse(&rinser, html.as_bytes()).html;
    let out = String::from_utf8_lossy(&out);
    assert!(out.contains("text") && !out.contains("secret"), "{out}");
}

/// Each was wrong once.
#[test]
fn of_what_was_wrong_once() {
    for html in ONCE_WRONG {
        whole(html.as_bytes(), &[1, 2, 5], &[&[1], &[3]])
            .unwrap_or_else(|e| panic!("{html:?}: {e}"));
        for window in [1, 4, 16, 64] {
            windows(html.as_bytes(), window, &[1, 3, 16], &[1, 2])
                .unwrap_or_else(|e| panic!("{html:?}: {e}"));
        }
    }
}

const ONCE_WRONG: &[&str] = &[
    "<table><colgroup><col></br><colgroup>x",
    // A link that could not be closed where its end tag stood.
    "<a><div></a><a>x<nobr><div></nobr><nobr>",
    // A `<` of text at the end of a block.
    "<<0",
    "<style>a<b{}</style><title>a<b</title>x<!y",
    // The first window is what it is, whatever comes with it.
    "<<a\u{a0}>",
    "ab\u{e4}cd<p title=\u{e4}>",
];

proptest! {
    #![proptest_config(cases(1_500))]

    #[test]
    fn of_generated_markup(html in any_markup(), block in 1usize..200, piece in 1usize..50) {
        prop_assert_eq!(whole(html.as_bytes(), &[1, block], &[&[piece, 1]]), Ok(()));
    }

    #[test]
    fn of_generated_markup_in_small_windows(
        html in any_markup(),
        window in 1usize..600,
        block in 1usize..300,
        piece in 1usize..50,
    ) {
        prop_assert_eq!(windows(html.as_bytes(), window, &[1, block], &[piece, 1]), Ok(()));
    }

    #[test]
    fn of_mailish_markup_in_small_windows(html in mailish(), window in 1usize..200) {
        prop_assert_eq!(windows(html.as_bytes(), window, &[5], &[7]), Ok(()));
    }
}
