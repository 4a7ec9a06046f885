//! What Chromium makes of the hostile cases, many on a page: as documents, by
//! innerHTML and as srcdoc, the Content-Security-Policy taken out, everything
//! hovered, focused and clicked. First, that it is hostile as it comes in.

use crate::browser::run;
use crate::common;
use crate::common::cases::{self, Case};
use mailrinse::{Level, Remote, Rinser, Shape};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// On one page.
const BATCH: usize = 32;

/// What acts; all that must never be there, and is nobody's to allow.
const DEEDS: &[&str] = &["scripts", "navigations", "armed", "hints"];

/// Shows cases (id, document, fragment), and gives what was seen by id.
fn crowd(
    name: &str,
    shown: &[(String, String, String)],
    poke: bool,
    variants: &[&str],
) -> Option<BTreeMap<String, Value>> {
    let jobs: Vec<Value> = shown
        .chunks(BATCH)
        .enumerate()
        .map(|(at, batch)| {
            let cases: Vec<Value> = batch
                .iter()
                .map(|(id, html, fragment)| json!({ "id": id, "html": html, "fragment": fragment }))
                .collect();
            json!({
                "id": format!("{at}"), "kind": "crowd", "cases": cases, "poke": poke,
                "variants": variants, "seconds": 120,
            })
        })
        .collect();
    let results = run(name, &jobs)?;
    let mut all = BTreeMap::new();
    for at in 0..jobs.len() {
        let result = &results[format!("{at}")];
        let cases = result["cases"].as_object().unwrap_or_else(|| panic!("{name} {at}: {result}"));
        all.extend(cases.iter().map(|(id, seen)| (id.clone(), seen.clone())));
        if poke {
            let nothing = json!({ "requests": [], "scripts": [], "navigations": [] });
            assert_eq!(result["stray"], nothing, "{name} {at}: nobody knows whose");
        }
    }
    assert_eq!(all.len(), shown.len());
    Some(all)
}

fn list<'v>(seen: &'v Value, variant: &str, name: &str) -> &'v [Value] {
    let list = seen[variant][name].as_array();
    list.unwrap_or_else(|| panic!("{variant}.{name} is missing: {seen}"))
}

const ALL: &[&str] = &["document", "innerhtml", "srcdoc"];

/// The cases with what they give, as a document and as a fragment, each pair
/// once.
fn outputs(remote: Option<Remote>) -> Vec<(String, String, String)> {
    let mut known = BTreeSet::new();
    let mut shown = Vec::new();
    for case in cases::all() {
        let of = |shape: Shape| {
            let builder = case.builder(shape);
            let rinser = common::build(match remote {
                Some(remote) => builder.remote(remote),
                None => builder,
            });
            let (output, _) = case.rinse(&rinser).unwrap_or_else(|e| panic!("{}: {e}", case.id));
            common::text(&output)
        };
        let pair = (of(Shape::Document), of(Shape::Fragment));
        if known.insert(pair.clone()) {
            shown.push((case.id.clone(), pair.0, pair.1));
        }
    }
    shown
}

#[test]
fn rinsed_cases_do_nothing() {
    let shown = outputs(None);
    let Some(seen) = crowd("rinsed", &shown, true, ALL) else { return };
    let (mut wrong, mut clicked) = (String::new(), 0);
    for (id, seen) in &seen {
        clicked += seen["clicked"].as_u64().unwrap_or_default();
        if seen["stable"] != true || seen["contained"] != true {
            wrong += &format!("{id}: stable {}, contained {}\n", seen["stable"], seen["contained"]);
        }
        for variant in ALL {
            for name in DEEDS {
                for it in list(seen, variant, name) {
                    wrong += &format!("{id}: {variant}.{name}: {it}\n");
                }
            }
            for it in list(seen, variant, "requests").iter().filter(|it| it["type"] != "image") {
                wrong += &format!("{id}: {variant}: {it}\n");
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    assert!(clicked > 100, "only {clicked} links could be clicked");
    println!("Chromium: {} outputs do nothing; {clicked} clicks on links", shown.len());
}

#[test]
fn rinsed_cases_load_nothing_where_pictures_are_blocked() {
    // Where nothing was blocked, the other test has seen it all.
    let kept: BTreeSet<(String, String)> =
        outputs(None).into_iter().map(|(_, d, f)| (without_policy(&d), f)).collect();
    let shown: Vec<_> = outputs(Some(Remote::Block))
        .into_iter()
        .filter(|(_, d, f)| !kept.contains(&(without_policy(d), f.clone())))
        .collect();
    let blocked = shown.len();
    // And all pictures that stay elsewhere, once more.
    let Some(seen) = crowd("blocked", &shown, true, ALL) else { return };
    for (id, seen) in &seen {
        for variant in ALL {
            for name in ["requests", "scripts", "navigations"] {
                assert!(list(seen, variant, name).is_empty(), "{id}: {variant}.{name}: {seen}");
            }
        }
    }
    assert!(blocked > 20, "only {blocked} cases had pictures to block");
    println!("Chromium: {blocked} outputs without their pictures ask for nothing");
}

/// The Content-Security-Policy differs with the pictures.
fn without_policy(document: &str) -> String {
    document.replace("img-src http: https: data: cid:", "img-src data: cid:")
}

/// Whether it did something without being touched.
fn fires(seen: &Value) -> bool {
    ["requests", "scripts", "navigations"]
        .iter()
        .any(|name| !list(seen, "document", name).is_empty())
}

fn raw(case: &Case) -> (String, String, String) {
    (case.id.clone(), case.input.clone(), case.input.clone())
}

/// The net has to catch what it is for; and what level patch, which is no
/// sanitizer, leaves of the load vectors is published.
#[test]
fn cases_fire_as_they_come_in() {
    let cases: Vec<Case> = cases::all().into_iter().filter(|case| !case.bytes).collect();
    let shown: Vec<_> = cases.iter().map(raw).collect();
    let Some(seen) = crowd("raw", &shown, false, &["document"]) else { return };
    let fired = seen.values().filter(|seen| fires(seen)).count();
    let ran = seen.values().filter(|seen| !list(seen, "document", "scripts").is_empty()).count();
    let armed = seen
        .values()
        .filter(|seen| fires(seen) || DEEDS.iter().any(|d| !list(seen, "document", d).is_empty()))
        .count();
    println!("Chromium: of {} inputs {fired} fire by themselves, {ran} run a script", shown.len());
    println!("Chromium: {armed} fire or lie ready to");
    assert!(fired >= 300 && ran >= 80 && armed >= 400, "{fired} {ran} {armed}");

    let rinser = common::build(Rinser::builder().level(Level::Patch));
    let vectors: Vec<&Case> = cases.iter().filter(|case| case.id.starts_with("loads-")).collect();
    let patched: Vec<_> = vectors
        .iter()
        .map(|case| {
            let html = common::rinse(&rinser, case.input.as_bytes()).html;
            let html = String::from_utf8_lossy(&html).into_owned();
            (case.id.clone(), html.clone(), html)
        })
        .collect();
    let Some(patched) = crowd("patched", &patched, false, &["document"]) else { return };
    let before = vectors.iter().filter(|case| fires(&seen[&case.id])).count();
    let after = vectors.iter().filter(|case| fires(&patched[&case.id])).count();
    let measured = [vectors.len(), before, after];
    println!("Chromium: {before} of {} load vectors fire, {after} after patch", vectors.len());
    let page = include_str!("../../docs/threats.md");
    let line = page.lines().find(|line| line.starts_with("Load vectors: ")).expect("the figures");
    let said: Vec<usize> = line
        .split(|c: char| !c.is_ascii_digit())
        .filter_map(|number| number.parse().ok())
        .collect();
    // Another Chromium may fire one or two more or less.
    let close = said.iter().zip(measured).all(|(said, now)| said.abs_diff(now) <= 2);
    assert!(said.len() == 3 && close, "docs/threats.md says {said:?}, it is {measured:?}");
}
