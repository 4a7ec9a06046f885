//! Hostile markup comes out harmless at level clean. Each case of
//! `fixtures/hostile` gives what is written beside it (`UPDATE=1` writes that,
//! for review) and, whatever is written there: nothing but our grammar, no
//! handler, no URL that runs, nothing that leaves its place in a page, and no
//! reading of it that is another's. What level patch makes of the cases is
//! shown in `patch.rs`, what Chromium does with them in `browser.rs`, and what
//! the cases are worth in `mutants.rs` and `guards.rs`.

use crate::common::cases::{self, Case};
use crate::common::event::{Event, difference};
use crate::common::{self, SHAPES, html5};
use mailrinse::{Rinser, Seal, Shape};

/// Attributes whose value is read or said, never followed.
const WORDS: &[&str] =
    &["abbr", "alt", "aria-label", "content", "datetime", "face", "lang", "summary", "title"];

/// What runs or loads when it stands in a style.
const STYLES: &[&str] = &[
    "url(",
    "expression",
    "@import",
    "-moz-binding",
    "behavior",
    "image-set",
    "src(",
    "image(",
    "element(",
    "cross-fade",
    "var(",
    "attr(",
    "env(",
    "javascript",
    "position",
    "<",
    "\\",
];

/// What is live in a tree; the strict reader has refused the names of
/// elements and attributes that are not ours.
fn live(events: &[Event]) -> Option<String> {
    let mut in_style = false;
    for event in events {
        let (name, attrs) = match event {
            Event::Open(name, attrs) => (name, attrs),
            Event::Text(text) if in_style => match bad_style(text) {
                Some(what) => return Some(format!("{what} in a sheet")),
                None => continue,
            },
            Event::Text(_) => continue,
            Event::Close => {
                in_style = false;
                continue;
            }
        };
        in_style = name == "style";
        for (attr, value) in attrs {
            if attr.starts_with("on") {
                return Some(format!("<{name} {attr}>"));
            }
            let plain: String =
                value.chars().filter(|c| !c.is_control() && !c.is_whitespace()).collect();
            let plain = plain.to_ascii_lowercase();
            let scheme = plain.split([':', '/', '?', '#', ';', ' ']).next().unwrap_or_default();
            let has_scheme = plain[scheme.len()..].starts_with(':');
            let harmless = match (attr.as_str(), scheme) {
                _ if !has_scheme || WORDS.contains(&&**attr) || attr == "style" => true,
                ("href", scheme) => ["http", "https", "mailto", "tel"].contains(&scheme),
                ("src" | "background", "data") => ["png", "gif", "jpeg", "webp"]
                    .iter()
                    .any(|kind| plain.starts_with(&format!("data:image/{kind};base64,"))),
                ("src" | "background", scheme) => ["http", "https", "cid"].contains(&scheme),
                _ => false,
            };
            if !harmless {
                return Some(format!("<{name} {attr}={value:?}>"));
            }
            if attr == "style"
                && let Some(what) = bad_style(value)
            {
                return Some(format!("{what} in <{name} style={value:?}>"));
            }
        }
    }
    None
}

/// Looks outside of strings, in which everything is text.
fn bad_style(css: &str) -> Option<&'static str> {
    let css = css.to_ascii_lowercase();
    // Escapes stand in strings only, and none is a quote.
    let bare: String = css.split('"').step_by(2).collect();
    STYLES
        .iter()
        .find(|word| {
            let mut rest = bare.as_str();
            while let Some(at) = rest.find(**word) {
                // `background-position` and `radial-gradient(` are other words.
                let inside = rest[..at].ends_with(|c: char| c.is_ascii_alphanumeric() || c == '-');
                if !inside || word.starts_with(['-', '@', '<', '\\']) {
                    return true;
                }
                rest = &rest[at + word.len()..];
            }
            false
        })
        .copied()
}

/// In a page, what stands behind the output is behind it, and what is open
/// around it is not closed by it.
fn contained(output: &str) -> Result<(), String> {
    for (before, behind) in [
        ("<div id=host>", "</div>"),
        ("<ul><li><b id=host>", "</b></li></ul>"),
        ("<dl><dd id=host>", "</dd></dl>"),
        ("<blockquote><address id=host>", "</address></blockquote>"),
        ("<table><tr><td id=host>", "</td></tr></table>"),
    ] {
        let page = format!("<!doctype html><body>{before}{output}{behind}<p id=after>z</p>");
        let (mut depth, mut host, mut seen) = (0, None, 0);
        for event in html5::document(&page) {
            match event {
                Event::Open(name, attrs) => {
                    depth += 1;
                    match (attrs.get("id").map(String::as_str), host) {
                        (Some("host"), None) if seen == 0 => (host, seen) = (Some(depth), 1),
                        (Some("after"), None) if seen == 1 && depth == 3 => seen = 2,
                        (_, None) if seen > 0 => {
                            return Err(format!("<{name}> is outside the host's element"));
                        }
                        (Some("after"), Some(_)) => {
                            return Err("what is behind comes to lie in it".to_owned());
                        }
                        _ => {}
                    }
                }
                Event::Close => {
                    if host == Some(depth) {
                        host = None;
                    }
                    depth -= 1;
                }
                Event::Text(_) => {}
            }
        }
        if seen != 2 {
            return Err("what is behind is gone".to_owned());
        }
    }
    Ok(())
}

/// Printed by a browser's innerHTML and parsed again it is the same.
fn round_trip(output: &str) -> Result<(), String> {
    let first = html5::fragment(output, false);
    let printed = html5::inner_html(&first);
    difference(&first, &html5::fragment(&printed, false)).map_or(Ok(()), Err)
}

/// What holds for every output, whatever was expected.
fn holds(case: &Case, shape: Shape) -> Result<(), String> {
    let rinser = common::build(case.builder(shape).seal(Seal::Always));
    let once = case.rinse(&rinser)?.0;
    let text = String::from_utf8_lossy(&once).into_owned();
    let say = |what: String| format!("{what}\n  out: {text}");
    crate::tree::check(&once, shape).map_err(say)?;
    if let Some(what) = live(&common::tree(&once, shape)) {
        return Err(say(what));
    }
    let again = Case { input: text.clone(), bytes: false, ..case.clone() };
    let twice = again.rinse(&rinser)?.0;
    if twice != once {
        return Err(say(format!("twice: {}", String::from_utf8_lossy(&twice))));
    }
    if shape == Shape::Fragment {
        contained(&text).map_err(say)?;
    }
    round_trip(&text).map_err(say)
}

#[test]
fn cases_are_safe() {
    let mut wrong = String::new();
    for case in cases::all() {
        for shape in SHAPES {
            if let Err(error) = holds(&case, shape) {
                wrong += &format!("{}: {shape:?}: {error}\n", case.id);
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn cases_are_as_expected() {
    let update = std::env::var_os("UPDATE").is_some_and(|v| v == "1");
    let (mut wrong, mut count) = (String::new(), 0);
    for mut file in cases::files() {
        let mut changed = false;
        for case in &mut file.cases {
            count += 1;
            let rinser = common::build(case.builder(case.shape()).seal(Seal::Never));
            let now = case.now(&rinser);
            if !case.agrees(&now) {
                changed = true;
                wrong +=
                    &format!("{}\n  was: {}\n  is:  {}\n", case.id, case.expected, now.expected);
                *case = now;
            }
        }
        if update && changed {
            cases::write(&file);
        }
    }
    assert!(count >= 400, "{count} cases");
    assert!(update || wrong.is_empty(), "{wrong}\nUPDATE=1 writes what is now, for review");
}

#[test]
fn cases_are_written_as_they_are_read() {
    for file in cases::files() {
        for case in &file.cases {
            let cases = file.cases.iter().filter(|other| other.title == case.title);
            assert_eq!(cases.count(), 1, "{}: twice", case.id);
        }
    }
}

#[test]
fn the_text_around_stays() {
    let rinser = common::build(Rinser::builder());
    for case in cases::all().iter().filter(|case| case.id.starts_with("script: two halves")) {
        let html = format!("<p>before</p>{}", case.input);
        let output = common::text(&common::rinse(&rinser, html.as_bytes()).html);
        assert!(output.contains("<p>before</p>"), "{}: {output}", case.id);
    }
}

#[test]
fn what_is_live_is_found() {
    let is = |html: &str| live(&html5::document(html)).is_some();
    for html in [
        "<a href=' java\nscript:x'>",
        "<p style='width:expression(x)'>",
        "<p style='background:url(https://example.org/)'>",
        "<p style='position:fixed'>",
        "<img src='data:image/svg+xml,x'>",
        "<p onclick=x>",
        "<p data-x='javascript:x'>",
        "<style>p{background:url(x)}</style>",
    ] {
        assert!(is(html), "{html}");
    }
    for html in [
        "<a href='https://example.org/'>",
        "<p style='background-position:1px;background:radial-gradient(red,blue)'>",
        "<p style='font-family:\"url(x)\"'>",
        "<p title='javascript:x'>",
        "<img src='data:image/png;base64,AA'>",
    ] {
        assert!(!is(html), "{html}");
    }
}

#[test]
fn what_is_not_contained_is_found() {
    for html in ["</div><i>", "<!--", "<p title=\"", "<style>", "<table>", "<div><li>x</div>"] {
        assert!(contained(html).is_err(), "{html}");
    }
    assert_eq!(contained("<div><p>x</p></div>"), Ok(()));
    assert_eq!(round_trip("<table><tr><td>a</table>"), Ok(()));
    assert!(round_trip("<a href=#a><table><a href=#b>x</table>").is_err());
}
