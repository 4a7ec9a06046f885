//! Any text as a rule file, and any URL through the rules that it makes: a
//! clear error or rules that work, never a panic.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mailrinse::{Context, Map, testing};

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let (rules, html) = text.split_once('\0').unwrap_or((text, ""));
    let _ = Map::parse("fuzz.toml", rules);
    let _ = Map::parse("fuzz.tsv", rules);
    let Ok(rinser) = testing::rinser_with_rules(rules) else { return };
    let url = html.replace('"', "%22");
    let mail = format!("<a href=\"{url}\">x</a><img src=\"{url}\">{html}");
    let _ = rinser.html(mail.as_str(), &Context::default());
});
