//! Any text as a style sheet and as a style attribute: what is left loads
//! nothing, holds no `<` and is the same when judged again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mailrinse::{Context, Rinser, Shape};
use mailrinse_fuzz::{check, clean, shape};
use std::sync::LazyLock;

static CLEAN: LazyLock<[Rinser; 2]> = LazyLock::new(|| [0, 1].map(clean));

/// What may not stand in a style that is written, wherever it stands.
const LIVE: &[&str] = &[
    "url(",
    "image-set(",
    "src(",
    "image(",
    "cross-fade(",
    "expression(",
    "@import",
    "var(",
    ";--",
    "{--",
];

fuzz_target!(|data: &[u8]| {
    let Some((options, css)) = data.split_first() else { return };
    let Ok(css) = std::str::from_utf8(css) else { return };
    let escaped = css.replace('&', "&amp;").replace('"', "&quot;");
    let mail = format!(
        "<style>{css}</style><div class=\"a b\" id=c><p style=\"{escaped}\">text</p><a href=\"https://example.org/\">link</a></div>"
    );
    let rinser = &CLEAN[usize::from(options & 1)];
    check(rinser, shape(*options), mail.as_bytes());
    // In a sheet that ends its element the rest is text, which may say anything.
    if css.contains('<') {
        return;
    }
    let output = rinser.html(mail.as_str(), &Context::default()).expect("seen above").html;
    let output = String::from_utf8_lossy(&output).to_ascii_lowercase().replace("&quot;", "\"");
    let body = output.find("content-security-policy").map_or(&output[..], |at| {
        let rest = &output[at..];
        rest.find("\">").map_or(rest, |end| &rest[end..])
    });
    // Strings (names of fonts) may say anything too.
    if css.contains(['"', '\'', '\\'])
        || options & 1 != u8::from(shape(*options) == Shape::Fragment)
    {
        return;
    }
    for live in LIVE {
        assert!(!body.contains(live), "{live} in {output}");
    }
});
