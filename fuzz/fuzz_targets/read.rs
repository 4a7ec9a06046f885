//! What is read equals what lol_html tells, in one piece and in pieces.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mailrinse_fuzz::common::lol::difference;

fuzz_target!(|html: &str| {
    if let Some(difference) = difference(html) {
        panic!("{difference}");
    }
});
