//! What the tests of this module share: a small policy, and that filtering twice is filtering once.

use super::*;

mod inline;
mod sheet;

const PROPERTIES: &[&str] = &[
    "background",
    "background-color",
    "background-image",
    "border",
    "border-radius",
    "box-shadow",
    "color",
    "display",
    "font",
    "font-family",
    "font-size",
    "line-height",
    "list-style",
    "margin",
    "margin-left",
    "mso-hide",
    "opacity",
    "padding",
    "quotes",
    "text-decoration",
    "text-indent",
    "width",
];

const HEADS: [u64; PROPERTIES.len()] = {
    let (mut heads, mut at) = ([0; PROPERTIES.len()], 0);
    while at < heads.len() {
        heads[at] = crate::packed::head(PROPERTIES[at].as_bytes());
        at += 1;
    }
    heads
};

const ALLOW: Allow = Allow {
    properties: PROPERTIES,
    property_heads: &HEADS,
    functions: &[
        "calc",
        "hsl",
        "hsla",
        "image-set",
        "linear-gradient",
        "max",
        "min",
        "radial-gradient",
        "rgb",
        "rgba",
        "url",
        "var",
    ],
    pseudo_classes: &["first-child", "hover", "link", "nth-child"],
    limits: Limits { bytes: 1 << 20, nesting: 6, rules: 1000 },
};

/// The result, and what was refused as `kind what url`.
fn filtered(style: &str) -> (String, Vec<String>) {
    let mut refused = Vec::new();
    let out = inline(style, &ALLOW, &mut |r| refused.push(told(&r)));
    let mut again = Vec::new();
    assert_eq!(inline(&out, &ALLOW, &mut |r| again.push(told(&r))), out, "twice is once: {style}");
    assert_eq!(again, [""; 0], "what stays is not refused: {style}");
    assert!(!out.contains('<') && out.is_ascii() && loads(&out).is_empty(), "{out}");
    (out, refused)
}

fn told(refused: &Refused) -> String {
    let mut told = format!("{:?} {}", refused.kind, refused.what);
    if let Some(url) = &refused.url {
        told.push(' ');
        told.push_str(url);
    }
    told
}

fn sheet_in(css: &str, media: Option<&str>, scope: Scope) -> (String, Vec<String>) {
    let rename = |kind: NameKind, name: &str| match (kind, name) {
        (_, name) if name.starts_with("m-") => name.to_owned(),
        (_, name) => format!("m-{name}"),
    };
    let mut refused = Vec::new();
    let out = sheet(css, media, scope, &ALLOW, &rename, &mut |r| refused.push(told(&r)));
    let mut again = Vec::new();
    assert_eq!(
        sheet(&out, None, scope, &ALLOW, &rename, &mut |r| again.push(told(&r))),
        out,
        "twice is once: {css}"
    );
    assert_eq!(again, [""; 0], "what stays is not refused: {css}");
    assert!(!out.contains('<') && out.is_ascii(), "{out}");
    (out, refused)
}

/// Without the renaming's prefix and the line ends.
fn plain(css: &str) -> String {
    sheet_in(css, None, Scope::Document).0.replace("m-", "").replace('\n', "")
}

fn scoped(css: &str) -> String {
    sheet_in(css, None, Scope::Fragment { class: "w" }).0.replace("m-", "").replace('\n', "")
}
