//! Any bytes as a mail: no panic; harmless, stable and sealed at level clean;
//! at level patch no panic and no tag that was not there.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mailrinse::{Context, Level, Rinser};
use mailrinse_fuzz::{build, check, clean, shape};
use std::sync::LazyLock;

static CLEAN: LazyLock<[Rinser; 4]> = LazyLock::new(|| [0, 1, 2, 3].map(clean));
static PATCH: LazyLock<Rinser> = LazyLock::new(|| build(Rinser::builder().level(Level::Patch)));

fuzz_target!(|data: &[u8]| {
    let Some((options, html)) = data.split_first() else { return };
    if options & 4 == 0 {
        check(&CLEAN[usize::from(options & 3)], shape(*options), html);
        return;
    }
    let Ok(once) = PATCH.html(html, &Context::default()) else { return };
    let tags = |bytes: &[u8]| bytes.iter().filter(|b| **b == b'<').count();
    // An empty comment may part two pieces of text that a removal would join.
    let parted = once.html.windows(7).filter(|w| w == b"<!---->").count();
    assert!(tags(&once.html) <= tags(html) + parted, "a tag more than there was");
});
