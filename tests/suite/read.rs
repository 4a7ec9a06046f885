//! What is read equals what lol_html tells of the same source: text, which we
//! read ourselves everywhere (lol_html's own costs half as much again), and
//! tags and comments, which we read ourselves where they are plain. The known
//! differences are listed, all in content that is dropped.

use crate::common;
use crate::common::lol::{difference, may_differ, ours, theirs};
use crate::common::soup::{any_markup, cases, crumbs, spellings};
use proptest::prelude::*;

#[test]
fn of_mails() {
    for (name, html) in common::mails() {
        let html = String::from_utf8_lossy(&html);
        assert_eq!(difference(&html), None, "{name}");
    }
}

/// If one of these is cured the list is to be cut.
#[test]
fn known_differences() {
    for html in KNOWN {
        assert!(may_differ(html), "{html}");
        assert_ne!(ours(html, html.len()), Some(theirs(html)), "no difference any more: {html}");
    }
}

const KNOWN: &[&str] = &["<svg/><![CDATA[ x ]]>", "<script !=><?><"];

proptest! {
    #![proptest_config(cases(10_000))]

    #[test]
    fn of_generated_markup(html in any_markup()) {
        prop_assert_eq!(difference(&html), None);
    }

    #[test]
    fn of_crumbs(html in crumbs()) {
        prop_assert_eq!(difference(&html), None);
    }

    #[test]
    fn of_spellings(html in spellings()) {
        prop_assert_eq!(difference(&html), None);
    }
}
