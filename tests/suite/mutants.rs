//! What the hostile cases are worth: every line of policy data is taken out, one
//! at a time, and a case must notice. So must one for each guard in the code:
//! `guards.rs`.

use crate::common::cases::{self, Case};
use crate::common::{self};
use mailrinse::{Rinser, Seal, testing};
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

const POLICY: &str = include_str!("../../rules/policy.toml");

/// A change of the policy's text.
struct Mutant {
    what: String,
    edits: Vec<(Range<usize>, String)>,
}

impl Mutant {
    fn text(&self) -> String {
        let mut edits = self.edits.clone();
        edits.sort_by_key(|edit| std::cmp::Reverse(edit.0.start));
        let mut text = POLICY.to_owned();
        for (range, with) in edits {
            text.replace_range(range, &with);
        }
        text
    }
}

/// What is left out of the policy on purpose, so that nobody may add it
/// without a case that says what happens.
const LEFT_OUT: &[(&str, &[&str])] = &[
    (
        "properties",
        &[
            "position",
            "top",
            "left",
            "inset",
            "z-index",
            "transform",
            "translate",
            "rotate",
            "scale",
            "zoom",
            "clip",
            "clip-path",
            "mask",
            "filter",
            "backdrop-filter",
            "mix-blend-mode",
            "content",
            "counter-reset",
            "animation",
            "transition",
            "pointer-events",
            "user-select",
            "resize",
            "behavior",
            "grid-area",
            "order",
            "columns",
            "will-change",
            "all",
            "quotes",
        ],
    ),
    ("functions", &["color-mix", "foo", "fit-content"]),
    (
        "pseudo_classes",
        &[
            "focus",
            "focus-within",
            "target",
            "valid",
            "placeholder-shown",
            "autofill",
            "defined",
            "modal",
            "popover-open",
            "fullscreen",
            "playing",
        ],
    ),
];

const SCHEMES: &[(&str, &[&str])] = &[
    ("link", &["ftp", "cid", "mid", "sms", "ms-word", "intent", "about", "c", "ws", "urn"]),
    ("image", &["ftp", "mailto", "mid", "ws", "tel", "c"]),
];

/// Every way to take something out of the policy, and some to put in.
fn mutants() -> Vec<Mutant> {
    let table = DeTable::parse(POLICY).expect("the policy is TOML");
    let mut all = Vec::new();
    let groups = |name: &str| {
        let array = table.get_ref().get(name).and_then(|v| v.get_ref().as_array());
        array.into_iter().flat_map(|a| a.iter()).filter_map(|v| v.get_ref().as_table())
    };
    let mut on_lists: Vec<(String, Range<usize>)> = Vec::new();
    for group in groups("attribute") {
        on_lists.extend(strings(group, "on").into_iter().map(|(name, at)| (name, item(at))));
    }
    for group in groups("element") {
        let fate = group.get("fate").and_then(|v| v.get_ref().as_str()).unwrap_or_default();
        for (name, at) in strings(group, "names") {
            for other in ["keep", "unwrap", "drop"].iter().filter(|other| **other != fate) {
                let new = format!(
                    "\n[[element]]\nid = \"x\"\nfate = \"{other}\"\nnames = [\"{name}\"]\nwhy = \"x\"\n"
                );
                let mut edits =
                    vec![(item(at.clone()), String::new()), (POLICY.len()..POLICY.len(), new)];
                // No element that goes may have attributes.
                let on = on_lists.iter().filter(|on| on.0 == name && *other != "keep");
                edits.extend(on.map(|on| (on.1.clone(), String::new())));
                all.push(Mutant { what: format!("element {name}: {fate} -> {other}"), edits });
            }
        }
    }
    for group in groups("attribute") {
        let names = strings(group, "names");
        // On nothing: there for `Builder::allow`, whose tests ask for it.
        if group.get("on").and_then(|v| v.get_ref().as_array()).is_some_and(|on| on.is_empty()) {
            continue;
        }
        let label = names.iter().map(|n| n.0.as_str()).collect::<Vec<_>>().join(" ");
        for key in ["names", "on", "values"] {
            let list = strings(group, key);
            for (name, at) in list.iter().filter(|(name, _)| name != "*") {
                let what = format!("attribute {label}: {key} without {name}");
                if list.len() > 1 || key != "values" {
                    all.push(Mutant { what, edits: vec![(item(at.clone()), String::new())] });
                }
            }
        }
        let Some(kind) = group.get("kind") else { continue };
        if kind.get_ref().as_str() != Some("text") {
            let mut edits = vec![(kind.span(), "\"text\"".to_owned())];
            if let Some(values) = group.get("values") {
                // Its key stands before it on its line.
                let line = POLICY[..values.span().start].rfind('\n').map_or(0, |at| at + 1);
                edits.push((line..values.span().end, String::new()));
            }
            all.push(Mutant { what: format!("attribute {label}: any text"), edits });
        }
    }
    for group in groups("scheme") {
        let kind = group.get("kind").and_then(|v| v.get_ref().as_str()).unwrap_or_default();
        for key in ["names", "data"] {
            for (name, at) in strings(group, key) {
                let what = format!("scheme {kind}: {key} without {name}");
                all.push(Mutant { what, edits: vec![(item(at), String::new())] });
            }
        }
        let first = strings(group, "names")[0].1.start;
        for (_, names) in SCHEMES.iter().filter(|(of, _)| *of == kind) {
            for name in *names {
                let edits = vec![(first..first, format!("\"{name}\", "))];
                all.push(Mutant { what: format!("scheme {kind}: with {name}"), edits });
            }
        }
        if let Some((_, at)) = strings(group, "data").first() {
            for name in ["text/html", "image/avif"] {
                let edits = vec![(at.start..at.start, format!("\"{name}\", "))];
                all.push(Mutant { what: format!("scheme {kind}: data with {name}"), edits });
            }
        }
    }
    for (key, added) in LEFT_OUT {
        let mut first = None;
        for group in groups("css") {
            for (name, at) in strings(group, key) {
                first.get_or_insert(at.start);
                let what = format!("css {key}: without {name}");
                all.push(Mutant { what, edits: vec![(item(at), String::new())] });
            }
        }
        let first = first.unwrap_or_else(|| panic!("no {key}"));
        for name in *added {
            let edits = vec![(first..first, format!("\"{name}\", "))];
            all.push(Mutant { what: format!("css {key}: with {name}"), edits });
        }
    }
    all
}

/// The strings of a list, with their places.
fn strings(group: &DeTable<'_>, key: &str) -> Vec<(String, Range<usize>)> {
    let list = group.get(key).and_then(|v| v.get_ref().as_array());
    let string =
        |v: &Spanned<DeValue<'_>>| v.get_ref().as_str().map(|text| (text.to_owned(), v.span()));
    list.into_iter().flat_map(|list| list.iter().filter_map(string)).collect()
}

/// An item of a list with the comma behind it.
fn item(at: Range<usize>) -> Range<usize> {
    let behind = POLICY[at.end..].len() - POLICY[at.end..].trim_start().len();
    let end = at.end + behind;
    at.start..if POLICY[end..].starts_with(',') { end + 1 } else { at.end }
}

/// The first case that notices; an error where the policy cannot be read.
fn noticed<'c>(policy: &str, cases: &'c [Case]) -> Result<Option<&'c Case>, String> {
    let mut rinsers: HashMap<_, Rinser> = HashMap::new();
    for case in cases {
        let key = (case.options(), case.document);
        if !rinsers.contains_key(&key) {
            let rinser = common::build(case.builder(case.shape()).seal(Seal::Never));
            rinsers.insert(key.clone(), testing::with_policy(rinser, policy)?);
        }
        if !case.agrees(&case.now(&rinsers[&key])) {
            return Ok(Some(case));
        }
    }
    Ok(None)
}

/// What no case can notice, since the code knows it too, and why.
const SECOND_LOCK: &[(&str, &str)] = &[
    ("attribute rel: any text", OWN),
    ("attribute rel: on without area", OWN),
    ("attribute referrerpolicy: any text", OWN),
    ("attribute referrerpolicy: names without referrerpolicy", OWN),
    ("attribute referrerpolicy: on without img", OWN),
    ("element body: shell -> keep", SHELL),
    ("element head: shell -> drop", SHELL),
    ("element head: shell -> keep", SHELL),
    ("element head: shell -> unwrap", SHELL),
    ("element html: shell -> keep", SHELL),
    ("element main: keep -> unwrap", SHELL),
    ("element meta: shell -> drop", SHELL),
    ("element meta: shell -> keep", SHELL),
    ("element meta: shell -> unwrap", SHELL),
    ("element style: shell -> drop", SHELL),
    ("element style: shell -> keep", SHELL),
    ("element style: shell -> unwrap", SHELL),
    ("element title: shell -> drop", SHELL),
    ("element title: shell -> keep", SHELL),
    ("element title: shell -> unwrap", SHELL),
    ("element image: unwrap -> drop", RENAMED),
    ("element image: unwrap -> keep", RENAMED),
    ("element listing: unwrap -> drop", RENAMED),
    ("element listing: unwrap -> keep", RENAMED),
    ("element plaintext: drop -> keep", RENAMED),
    ("element plaintext: drop -> unwrap", RENAMED),
    ("element xmp: drop -> keep", RENAMED),
    ("element xmp: drop -> unwrap", RENAMED),
];

const OWN: &str = "the room writes it, whatever the source says";
const SHELL: &str = "the nest stage reads the frame of a document, and the writer has its own";
const RENAMED: &str = "the nest stage gives it the name of what it looks like: img, pre";

#[test]
fn of_policy() {
    // What ordinary mail needs first: it notices most.
    let mut cases = cases::all();
    cases.sort_by_key(|case| !case.id.starts_with("kept"));
    assert_eq!(noticed(POLICY, &cases).map(|case| case.map(|c| &c.id)), Ok(None));
    let mutants = mutants();
    let (next, survivors) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some(mutant) = mutants.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let survivor = match noticed(&mutant.text(), &cases) {
                        Ok(Some(_)) => continue,
                        Ok(None) => mutant.what.clone(),
                        Err(error) => format!("{}: {error}", mutant.what),
                    };
                    survivors.lock().expect("no panic").push(survivor);
                }
            });
        }
    });
    let mut survivors = survivors.into_inner().expect("no panic");
    survivors.sort();
    let killed = mutants.len() - survivors.len();
    println!("policy: {killed} of {} noticed by {} cases", mutants.len(), cases.len());
    for (what, why) in SECOND_LOCK {
        assert!(survivors.iter().any(|s| s == what), "{what} is noticed now ({why})");
    }
    survivors.retain(|what| !SECOND_LOCK.iter().any(|(known, _)| known == what));
    assert!(survivors.is_empty(), "nobody notices:\n{}", survivors.join("\n"));
}
