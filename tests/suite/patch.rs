//! Level patch: Splice changes nothing outside the ranges of its findings, and
//! no tag exists in its output that the input did not have, as html5ever's
//! tokenizer tells them, with scripting on and off.

use crate::common::cases::all as hostile;
use crate::common::soup::{any_markup, cases};
use crate::common::{self, html5};
use mailrinse::{Action, Finding, Level, Rinser};
use proptest::prelude::*;
use proptest::sample::Index;
use std::borrow::Cow;
use std::collections::HashMap;

fn rinser() -> Rinser {
    common::build(Rinser::builder().level(Level::Patch))
}

fn holds(html: &[u8]) -> Result<(), String> {
    let rinser = rinser();
    let rinsed = common::rinse(&rinser, html);
    if matches!(rinsed.html, Cow::Borrowed(_)) && *rinsed.html != *html {
        return Err("borrowed, and not the same".to_owned());
    }
    let wrong = |e: String| format!("{e}\n  out: {}", String::from_utf8_lossy(&rinsed.html));
    outside_of_findings(html, &rinsed.html, &rinsed.findings).map_err(wrong)?;
    no_new_tag(html, &rinsed.html, &rinsed.findings).map_err(wrong)
}

/// What lies between the ranges of the findings is in the output as it was
/// and in order, with something or nothing between.
pub fn outside_of_findings(
    input: &[u8],
    output: &[u8],
    findings: &[Finding],
) -> Result<(), String> {
    let mut ranges: Vec<_> = findings
        .iter()
        .filter(|f| f.action != Action::Noted)
        .map(|f| f.range.start as usize..f.range.end as usize)
        .collect();
    ranges.sort_by_key(|r| (r.start, r.end));
    let mut kept = Vec::new();
    let mut at = 0;
    for range in ranges {
        if range.start >= at {
            kept.push(&input[at..range.start]);
        }
        at = at.max(range.end);
    }
    kept.push(&input[at..]);
    let last = kept.len() - 1;
    let mut rest = output;
    for (i, part) in kept.iter().enumerate() {
        let place = match i {
            0 => rest.starts_with(part).then_some(0),
            i if i == last => rest.ends_with(part).then(|| rest.len() - part.len()),
            _ => memchr::memmem::find(rest, part),
        };
        let Some(place) = place else {
            let part = String::from_utf8_lossy(part);
            return Err(format!("changed, and no finding says so: {part:?}"));
        };
        rest = &rest[place + part.len()..];
    }
    if last == 0 && !rest.is_empty() {
        return Err("something was added, and no finding says so".to_owned());
    }
    Ok(())
}

/// What a patch may write into a tag that was there.
const WRITTEN: &[&str] = &[
    "alt",
    "background",
    "dir",
    "href",
    "lang",
    "role",
    "src",
    "srcset",
    "style",
    "width",
    "height",
];

fn no_new_tag(input: &[u8], output: &[u8], findings: &[Finding]) -> Result<(), String> {
    let (input, output) = (String::from_utf8_lossy(input), String::from_utf8_lossy(output));
    let changed = findings.iter().filter(|f| f.action != Action::Noted).count();
    for scripting in [true, false] {
        let mut names: HashMap<String, i32> = HashMap::new();
        let mut tags: HashMap<html5::Tag, i32> = HashMap::new();
        let mut known: HashMap<(String, String), i32> = HashMap::new();
        for tag in html5::start_tags(&input, scripting) {
            *names.entry(tag.0.clone()).or_default() += 1;
            for attr in &tag.1 {
                *known.entry(attr.clone()).or_default() += 1;
            }
            *tags.entry(tag).or_default() += 1;
        }
        let mut new = 0;
        for tag in html5::start_tags(&output, scripting) {
            let left = names.entry(tag.0.clone()).or_default();
            *left -= 1;
            if *left < 0 {
                return Err(format!("<{}> is new (scripting: {scripting})", tag.0));
            }
            let left = tags.entry(tag.clone()).or_default();
            *left -= 1;
            if *left >= 0 {
                continue;
            }
            new += 1;
            for attr in tag.1 {
                let name = attr.0.as_str();
                if !known.contains_key(&attr) && !WRITTEN.contains(&name) {
                    return Err(format!("{attr:?} in <{}> is new (scripting: {scripting})", tag.0));
                }
                let url = attr.1.trim_start().to_ascii_lowercase();
                if !known.contains_key(&attr) && url.starts_with("javascript:") {
                    return Err(format!("{attr:?} is new"));
                }
            }
        }
        let runs = |html: &str| {
            let mut runs: HashMap<html5::Tag, i32> = HashMap::new();
            for tag in html5::elements_that_run(html, scripting) {
                *runs.entry(tag).or_default() += 1;
            }
            runs
        };
        let before = runs(&input);
        for (tag, count) in runs(&output) {
            // A copy more of a formatting element runs nothing new.
            if count > 0 && !before.contains_key(&tag) {
                return Err(format!("{tag:?} is an element now (scripting: {scripting})"));
            }
        }
        if new > changed {
            return Err(format!("{new} tags are not as they were, {changed} findings"));
        }
    }
    Ok(())
}

#[test]
fn of_mails() {
    for (name, html) in common::mails() {
        // The ranges are of the decoded bytes; where these are the mail's own
        // they can be compared.
        if std::str::from_utf8(&html).is_ok() {
            holds(&html).unwrap_or_else(|e| panic!("{name}: {e}"));
        }
    }
}

#[test]
fn of_hostile_cases() {
    // Ranges are of the decoded text: bytes in another charset cannot be compared.
    for (number, case) in hostile().iter().filter(|case| !case.bytes).enumerate() {
        let html = &case.input;
        holds(html.as_bytes()).unwrap_or_else(|e| panic!("{}: {e}", case.id));
        // With something in it that patch takes out or changes, anywhere; with
        // each of these where readings part most.
        let all = ["namespace", "raw-text", "script", "unfinished"];
        let all = all.iter().any(|file| case.id.starts_with(file)) && html.len() <= 130;
        for at in (0..=html.len()).filter(|&at| html.is_char_boundary(at)) {
            for (i, thing) in THINGS.iter().enumerate() {
                if all || i == (number + at) % THINGS.len() {
                    let html = format!("{}{thing}{}", &html[..at], &html[at..]);
                    holds(html.as_bytes()).unwrap_or_else(|e| panic!("{}: {html}: {e}", case.id));
                }
            }
        }
    }
}

/// What a patch acts on.
const THINGS: &[&str] = &[
    "<img src=\"https://t.example.com/open.gif?u=3f2a9c1d7e5b4a60\" width=1 height=1>",
    "<img width=1 height=1 src=https://newsalerts.example.org/trk?t=1&mid=NTI5LUNSRS03MTc6MDoxNDk1OnJlYWRlckBleGFtcGxlLmNvbQ style=display:none>",
    "<a href='https://nam02.safelinks.protection.outlook.com/?url=https%3A%2F%2Fexample.com%2F&data=05'>",
    "<a href=\"https://www.google.com/url?q=https://example.com/a%22onclick=alert(1)&sa=D\">x</a>",
    "<a href=https://example.com/?utm_source=a&utm_medium=email&b=c>y</a>",
    "<img src=https://example.com/spacer.gif width=600 height=1>",
    "<a href=https://example.com/?utm_source=a>z</a>",
    "<img src=\"https://example.com/spacer.gif\" width=\"600\" height=\"1\">",
    "<table width=600 cellpadding=0 border=0><tr><td><img src=https://example.com/a.png></td></tr></table>",
    "<td background=\"https://t.example.com/open.gif?u=3f2a9c1d7e5b4a60\">",
];

/// Generated markup with things in it that a patch acts on.
fn tracked() -> impl Strategy<Value = String> {
    let things = proptest::collection::vec((0..THINGS.len(), any::<Index>()), 1..5);
    (any_markup(), things).prop_map(|(mut html, things)| {
        for (thing, index) in things {
            let mut at = index.index(html.len() + 1);
            while !html.is_char_boundary(at) {
                at -= 1;
            }
            html.insert_str(at, THINGS[thing]);
        }
        html
    })
}

/// Each was wrong once.
#[test]
fn of_what_was_wrong_once() {
    for html in ONCE_WRONG {
        holds(html.as_bytes()).unwrap_or_else(|e| panic!("{html:?}: {e}"));
    }
}

const ONCE_WRONG: &[&str] = &[
    // The second of two attributes of the same name must not come to count.
    "<img src='https://t.example.com/open.gif?u=3f2a9c1d7e5b4a60' width=1 height=1 cellpadding=<table cellpadding=0>",
    "<table background='https://t.example.com/open.gif?u=3f2a9c1d7e5b4a60' background='https://t.example.com/open.gif?u=3f2a9c1d7e5b4a61'><tr><td>x",
    "<table background='https://t.example.com/open.gif?u=3f2a9c1d7e5b4a60' bgcolor=>",
    // Raw text that the tokenizer overlooks.
    "<xmp a=><img src='https://t.example.com/open.gif?u=3f2a9c1d7e5b4a60' width=1 height=1></xmp>",
    // A tag that ends foreign content by being there.
    "<svg><img src='https://t.example.com/open.gif?u=3f2a9c1d7e5b4a60' width=1 height=1><title><img src=x onerror=alert(1)></title>",
    "<math><mtext></mtext><img src='https://t.example.com/open.gif?u=3f2a9c1d7e5b4a60' width=1 height=1><style><img src=x onerror=alert(1)></style>",
    // With an image before it a `frameset` does not count.
    "<img src='https://t.example.com/open.gif?u=3f2a9c1d7e5b4a60' width=1 height=1><frameset onload=alert(1)>",
    // Quotes that one reader sees in a value and another does not.
    "<noscript><p title=\"</noscript><table><tr><td><img src=https://example.com/spacer.gif width=600 height=1><img src=x onerror=alert(1)>\">",
    // What is left of a tag must not grow together.
    "<p on background='https://t.example.com/open.gif?u=3f2a9c1d7e5b4a60'click=x>",
    "<table id=&lt background='https://t.example.com/open.gif?u=3f2a9c1d7e5b4a60'><tr><td>x",
    // A tag keeps the name that it has.
    "<image src=https://example.com/spacer.gif width=600 height=1>",
    "<image src='https://t.example.com/open.gif?u=3f2a9c1d7e5b4a60' width=600 height=1>",
];

proptest! {
    #![proptest_config(cases(4_000))]

    #[test]
    fn of_generated_markup(html in tracked()) {
        prop_assert_eq!(holds(html.as_bytes()), Ok(()));
    }
}
