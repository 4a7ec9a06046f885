//! Any text as a link: no panic, and where it leads afterwards is a URL of the
//! web (or mail, or phone) that stays what it is when it is judged again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mailrinse::{Only, Rinser, testing};
use mailrinse_fuzz::build;
use std::sync::LazyLock;

static RINSER: LazyLock<Rinser> = LazyLock::new(|| build(Rinser::builder()));

fuzz_target!(|data: &[u8]| {
    let Ok(url) = std::str::from_utf8(data) else { return };
    let once = testing::url(&RINSER, url, Only::Both);
    let Some(once) = once else { return };
    let scheme = once.split(':').next().unwrap_or_default().to_ascii_lowercase();
    assert!(matches!(&*scheme, "http" | "https" | "mailto" | "tel"), "leads to {once:?}");
    // What a mail holds is spelt before it is judged; what a wrapper holds is not.
    let odd = |url: &str| url.contains(|c: char| c.is_ascii_control() || c == ' ');
    assert!(odd(url) || !odd(&once), "leads to {once:?}");
    assert_eq!(testing::url(&RINSER, &once, Only::Both), None, "{once:?} is not the end");
});
