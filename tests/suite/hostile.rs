//! Hostile markup comes out harmless at level clean: nothing but our grammar,
//! no handler, no URL that runs. What level patch makes of it is shown in
//! `patch.rs`; what Chromium does with it, in `browser.rs`.

use crate::common::event::Event;
use crate::common::{self, SHAPES};
use mailrinse::{Rinser, Seal};

/// Title and input. The first five are those that the project began with.
pub const HOSTILE: &[(&str, &str)] = &[
    ("a tag between the halves of one", "x <<foo></foo>script>alert(1)</script>"),
    ("a tracker between the halves of one", "x <<img src=t width=1>script>alert(1)</script>"),
    ("a tag without end", "<img src=x onerror=alert(1)"),
    ("style in svg in svg", "<svg><svg><p><style><a title=\"</style><img src=x>"),
    ("noscript in a title", "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">"),
    ("a script", "<script>alert(1)</script>"),
    ("a script in svg", "<svg><script>alert(1)</script></svg>"),
    ("a script that hides its end", "<script><!--<script></script>alert(1)</script>--></script>"),
    ("a handler", "<img src=x onerror=alert(1)>"),
    ("a handler in any case", "<IMG/SRC=x/oNeRrOr=alert(1)>"),
    ("a handler behind a NUL", "<img src=x o\u{0}nerror=alert(1)>"),
    ("a handler without quotes' end", "<p title=\"x><img src=x onerror=alert(1)>"),
    ("a handler in a wrapper", "<body onload=alert(1)><main onclick=alert(1)>x</main></body>"),
    ("a handler of svg", "<svg onload=alert(1)>"),
    ("a handler of details", "<details open ontoggle=alert(1)>x</details>"),
    ("javascript", "<a href=\"javascript:alert(1)\">x</a>"),
    ("javascript in references", "<a href=\"&#106;ava&#x73;cript&colon;alert(1)\">x</a>"),
    ("javascript with line ends", "<a href=\"java&#10;script&Tab;:alert(1)\">x</a>"),
    ("javascript behind controls", "<a href=\" &#1;&#x1f;javascript:alert(1)\">x</a>"),
    ("javascript in a picture", "<img src=\"javascript:alert(1)\">"),
    ("javascript in a background", "<table background=\"javascript:alert(1)\"><tr><td>x</table>"),
    ("javascript in an area", "<map name=a><area href=\"javascript:alert(1)\"></map>"),
    (
        "javascript in a wrapper's target",
        "<a href=\"https://www.google.com/url?q=javascript:alert(1)\">x</a>",
    ),
    ("vbscript", "<a href=\"vbscript:msgbox(1)\">x</a>"),
    ("a document in a link", "<a href=\"data:text/html,<script>alert(1)</script>\">x</a>"),
    ("a document in a picture", "<img src=\"data:image/svg+xml,<svg onload=alert(1)>\">"),
    ("a base", "<base href=\"javascript:alert(1)//\"><a href=x>x</a>"),
    ("a refresh", "<meta http-equiv=refresh content=\"0;url=javascript:alert(1)\">"),
    ("a frame", "<iframe srcdoc=\"<script>alert(1)</script>\"></iframe>"),
    ("frames", "<frameset onload=alert(1)><frame src=\"javascript:alert(1)\"></frameset>"),
    (
        "an object",
        "<object data=\"javascript:alert(1)\"></object><embed src=\"javascript:alert(1)\">",
    ),
    (
        "a form",
        "<form action=\"javascript:alert(1)\"><button formaction=\"javascript:alert(1)\">x</button></form>",
    ),
    ("a form's field that hides", "<form><input name=attributes><input name=innerHTML></form>"),
    (
        "a style",
        "<style>@import 'https://t.example/x.css';p{background:url(https://t.example/x)}</style><p>x",
    ),
    (
        "a style that ends early",
        "<style><img src=\"</style><img src=x onerror=alert(1)>\"></style>",
    ),
    (
        "an inline style",
        "<p style=\"background:url(javascript:alert(1));width:expression(alert(1))\">x</p>",
    ),
    (
        "a style's binding",
        "<p style=\"-moz-binding:url(https://t.example/x.xml#a);behavior:url(x.htc)\">x</p>",
    ),
    (
        "a title that ends early",
        "<title><p title=\"</title><img src=x onerror=alert(1)>\"></title>",
    ),
    (
        "a textarea that ends early",
        "<textarea><p title=\"</textarea><img src=x onerror=alert(1)>\">",
    ),
    ("an xmp that ends early", "<xmp><p title=\"</xmp><img src=x onerror=alert(1)>\">"),
    ("a noembed", "<noembed><img title=\"</noembed><img src=x onerror=alert(1)>\"></noembed>"),
    ("a noframes", "<noframes><img title=\"</noframes><img src=x onerror=alert(1)>\"></noframes>"),
    ("plaintext", "<plaintext><img src=x onerror=alert(1)>"),
    ("a template", "<template><img src=x onerror=alert(1)></template>"),
    ("a comment that ends early", "<!--><img src=x onerror=alert(1)>-->"),
    ("a comment with a bang", "<!-- --!><img src=x onerror=alert(1)> -->"),
    ("a conditional comment", "<!--[if gte IE 4]><script>alert(1)</script><![endif]-->"),
    ("a bogus comment", "<?php <img src=x onerror=alert(1)> ?></ <img src=x onerror=alert(1)>"),
    ("CDATA", "<![CDATA[<img src=x onerror=alert(1)>]]>"),
    ("CDATA in svg", "<svg><![CDATA[</svg><img src=x onerror=alert(1)>]]>"),
    (
        "math and style",
        "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=alert(1)&gt;\">",
    ),
    (
        "math and forms",
        "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    ),
    (
        "math, select and style",
        "<math><mtext><option><FAKEFAKE><option></option><mglyph><svg><mtext><style><a title=\"</style><img src='#' onerror='alert(1)'>\">",
    ),
    ("svg, paragraph and style", "<svg></p><style><a id=\"</style><img src=1 onerror=alert(1)>\">"),
    (
        "svg, desc and style",
        "<svg><desc><table><style><a title=\"</style><img src=x onerror=alert(1)>\">",
    ),
    (
        "an annotation",
        "<math><annotation-xml encoding=\"text/html\"><style><img src=x onerror=alert(1)></style>",
    ),
    ("a select that drops tags", "<select><style></select><img src=x onerror=alert(1)></style>"),
    (
        "svg in a table",
        "<table><svg><title><style><td></table><img title=\"</style><img src=x onerror=alert(1)>\">",
    ),
    (
        "svg's use",
        "<svg><use href=\"data:image/svg+xml,<svg id=x onload=alert(1)>#x\"></use></svg>",
    ),
    (
        "svg's animation",
        "<svg><a><animate attributeName=href values=javascript:alert(1) /><text>x</text></a></svg>",
    ),
    ("an escaped script", "&lt;script>alert(1)&lt;/script>&#60;img src=x onerror=alert(1)&#62;"),
    (
        "an escaped script with spaces of an archive",
        "<p\u{a0}title=x>a</p><img\u{a0}src=x\u{a0}onerror=alert(1)>",
    ),
    ("an attribute that looks like two", "<p title='\"><img src=x onerror=alert(1)>'>x</p>"),
    ("back ticks", "<img alt=\"``onerror=alert(1)\" src=x>"),
    ("an unknown attribute", "<p \"<img src=x onerror=alert(1)>\"=a>x</p>"),
    (
        "an end tag with attributes",
        "</p title=\"<img src=x onerror=alert(1)>\"></p title='>'<img src=x onerror=alert(1)>",
    ),
    ("doctypes", "<!doctype html><!doctype x \"<img src=x onerror=alert(1)>\">"),
    (
        "an old picture",
        "<image src=x onerror=alert(1)><isindex action=javascript:alert(1) prompt=x>",
    ),
    (
        "media",
        "<video src=x onerror=alert(1) poster=\"javascript:alert(1)\"><source onerror=alert(1)></video>",
    ),
    (
        "a link that loads",
        "<link rel=stylesheet href=\"https://t.example/x.css\"><link rel=prefetch href=\"https://t.example/\">",
    ),
    ("ping", "<a href=\"https://example.com/\" ping=\"https://t.example/\">x</a>"),
    ("deep", "<b><i><table><a><nobr><svg><p><math><select><b><script>alert(1)</script>"),
];

/// Attributes whose values are followed or loaded.
const URLS: &[&str] =
    &["href", "src", "background", "cite", "usemap", "srcset", "longdesc", "poster"];

/// What is live in a tree; the strict reader has refused names and handlers.
fn live(events: &[Event]) -> Option<String> {
    for event in events {
        let Event::Open(name, attrs) = event else { continue };
        for (attr, value) in attrs {
            let plain: String =
                value.chars().filter(|c| !c.is_control() && !c.is_whitespace()).collect();
            let plain = plain.to_ascii_lowercase();
            if URLS.contains(&&**attr) {
                let scheme = plain.split([':', '/', '?', '#']).next().unwrap_or_default();
                let known = ["http", "https", "mailto", "tel", "cid"].contains(&scheme)
                    || !plain.contains(':')
                    || plain.starts_with("data:image/") && !plain.starts_with("data:image/svg");
                if !known {
                    return Some(format!("<{name} {attr}={value:?}>"));
                }
            }
            if attr == "style"
                && ["url(", "expression(", "@import", "-moz-binding", "behavior:"]
                    .iter()
                    .any(|w| plain.contains(w) && !plain.contains("url(http"))
            {
                return Some(format!("<{name} style={value:?}>"));
            }
        }
    }
    None
}

#[test]
fn at_level_clean() {
    for (title, html) in HOSTILE {
        for shape in SHAPES {
            let rinser = common::build(Rinser::builder().shape(shape).seal(Seal::Always));
            let output = common::rinse(&rinser, html.as_bytes()).html;
            crate::tree::check(&output, shape).unwrap_or_else(|e| panic!("{title}: {e}"));
            if let Some(what) = live(&common::tree(&output, shape)) {
                panic!("{title}: {what} in {}", String::from_utf8_lossy(&output));
            }
        }
    }
}

#[test]
fn the_text_around_stays() {
    let rinser = common::build(Rinser::builder());
    for (title, html) in &HOSTILE[..5] {
        let html = format!("<p>before</p>{html}");
        let output = common::text(&common::rinse(&rinser, html.as_bytes()).html);
        assert!(output.contains("<p>before</p>"), "{title}: {output}");
    }
}

#[test]
fn what_is_live_is_found() {
    let tree = |html: &str| crate::common::html5::document(html);
    assert!(live(&tree("<a href=' java\nscript:x'>")).is_some());
    assert!(live(&tree("<p style='width:expression(x)'>")).is_some());
    assert!(live(&tree("<img src='data:image/svg+xml,x'>")).is_some());
    assert!(live(&tree("<a href='https://example.com/'>")).is_none());
}
