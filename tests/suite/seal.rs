//! The seal, asked every time, finds nothing: ammonia's reading of what was
//! written is what was written.

use crate::common::soup::{any_markup, cases};
use crate::common::{self, SHAPES};
use mailrinse::{Context, Rinser, Seal};
use proptest::prelude::*;

fn holds(html: &[u8]) -> Result<(), String> {
    for shape in SHAPES {
        let rinser = common::build(Rinser::builder().shape(shape).seal(Seal::Always));
        let rinsed = rinser.html(html, &Context::default()).map_err(|e| e.to_string())?;
        if !rinsed.sealed {
            return Err("the seal was not asked".to_owned());
        }
    }
    Ok(())
}

#[test]
fn of_mails() {
    for (name, html) in common::mails() {
        holds(&html).unwrap_or_else(|e| panic!("{name}: {e}"));
    }
}

/// How often the second lock is worth its cost to `auto`.
#[test]
fn how_many_mails_auto_seals() {
    let rinser = common::build(Rinser::builder());
    let mails = common::mails();
    let sealed = mails.iter().filter(|(_, html)| common::rinse(&rinser, html).sealed).count();
    println!("auto seals {sealed} of {}", mails.len());
}

proptest! {
    #![proptest_config(cases(3_000))]

    #[test]
    fn of_generated_markup(html in any_markup()) {
        prop_assert_eq!(holds(html.as_bytes()), Ok(()));
    }
}
