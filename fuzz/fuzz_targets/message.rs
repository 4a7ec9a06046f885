//! Any bytes as a message: what comes out has the parts that went in, and is
//! the same when rinsed again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mailrinse::{Context, Error, Level, Rinser, testing};
use mailrinse_fuzz::build;
use std::sync::LazyLock;

static RINSERS: LazyLock<[Rinser; 2]> = LazyLock::new(|| {
    [Level::Clean, Level::Patch].map(|level| build(Rinser::builder().level(level)))
});

fuzz_target!(|data: &[u8]| {
    let Some((options, raw)) = data.split_first() else { return };
    let rinser = &RINSERS[usize::from(options & 1)];
    let once = match rinser.message(raw, &Context::default()) {
        Ok(rinsed) => rinsed.html,
        // In pieces of messages a new body may move the border of its part:
        // that is seen, and the message goes on as it came.
        Err(Error::Limit { .. } | Error::Message(_)) => return,
        Err(error) => panic!("{error}"),
    };
    let kinds = |raw: &[u8]| -> Vec<_> {
        testing::parts(raw).into_iter().map(|(_, kind, left)| (kind, left)).collect()
    };
    assert_eq!(kinds(raw), kinds(&once));
    let twice = match rinser.message(&once[..], &Context::default()) {
        Ok(rinsed) => rinsed.html,
        Err(error) => panic!("{error}"),
    };
    // Text of no charset is UTF-8 if it can be: where the bytes went that were
    // not, it is another text now, once.
    let may_change = || std::str::from_utf8(raw).is_err();
    let is_stable = || match rinser.message(&twice[..], &Context::default()) {
        Ok(rinsed) => rinsed.html == twice,
        Err(error) => panic!("{error}"),
    };
    if once != twice && !(may_change() && is_stable()) {
        panic!(
            "twice is not once\nonce:  {}\ntwice: {}",
            String::from_utf8_lossy(&once),
            String::from_utf8_lossy(&twice)
        );
    }
});
