//! What Chromium makes of it: the rinsed seed runs no script and asks for its
//! eight images only, the line with the Content-Security-Policy taken out, and
//! axe-core finds nothing serious in it; hostile markup stays dead. Skipped in
//! one line where node, Chromium or `node_modules` is missing, unless
//! `MAILRINSE_BROWSER=1` (set by `make test`) says that they must be there.

use crate::common;
use crate::hostile::HOSTILE;
use mailrinse::{Rinser, Shape};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::Command;

/// Chromium's results by the jobs' ids; `None` where there is no Chromium.
fn run(name: &str, jobs: &[Value]) -> Option<Value> {
    let must = std::env::var_os("MAILRINSE_BROWSER").is_some_and(|v| v == "1");
    let missing = |what: &str| {
        assert!(!must, "MAILRINSE_BROWSER=1, but {what}");
        println!("not shown in Chromium: {what}");
    };
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/browser");
    let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.json"));
    let job = json!({ "jobs": jobs }).to_string();
    std::fs::write(&file, job).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
    let output = match Command::new("node").arg(folder.join("run.mjs")).arg(&file).output() {
        Ok(output) => output,
        Err(error) => {
            missing(&format!("node cannot be run: {error}"));
            return None;
        }
    };
    let said = String::from_utf8_lossy(&output.stderr);
    match output.status.code() {
        Some(0) => {
            let results: Value = serde_json::from_slice(&output.stdout).expect("JSON");
            Some(results["results"].clone())
        }
        Some(3) => {
            missing(said.trim());
            None
        }
        code => panic!("the browser harness: {code:?}: {said}"),
    }
}

/// The entries of a list of a result.
fn list<'v>(result: &'v Value, variant: &str, name: &str) -> &'v [Value] {
    let list = result[variant][name].as_array();
    list.unwrap_or_else(|| panic!("{variant}.{name} is missing: {result}"))
}

const QUIET: &[&str] = &["scripts", "navigations", "armed"];

#[test]
fn the_seed() {
    let rinsed = |shape| {
        let rinser = common::build(Rinser::builder().shape(shape));
        common::text(&common::rinse(&rinser, &common::input("icann-marketo")).html)
    };
    let (document, fragment) = (rinsed(Shape::Document), rinsed(Shape::Fragment));
    let jobs = [
        json!({ "id": "requests", "kind": "requests", "html": document }),
        json!({ "id": "fragment", "kind": "requests", "html": fragment, "variants": ["innerhtml"] }),
        json!({ "id": "axe", "kind": "axe", "html": document }),
        json!({ "id": "words", "kind": "words", "html": document }),
    ];
    let Some(results) = run("seed", &jobs) else { return };

    assert_eq!(results["requests"]["csp_removed"], 1, "{}", results["requests"]);
    for (job, variant) in [
        ("requests", "document"),
        ("requests", "innerhtml"),
        ("requests", "srcdoc"),
        ("fragment", "innerhtml"),
    ] {
        let result = &results[job];
        let requests = list(result, variant, "requests");
        assert_eq!(requests.len(), 8, "{job} {variant}: {requests:?}");
        for request in requests {
            let url = request["url"].as_str().unwrap_or_default();
            let known = url.starts_with("https://info.icann.org/rs/529-CRE-717/images/");
            assert!(known && request["type"] == "image", "{job} {variant}: {request}");
        }
        for name in QUIET {
            assert!(list(result, variant, name).is_empty(), "{job} {variant} {name}: {result}");
        }
    }

    let counts = &results["axe"]["counts"];
    let found = &results["axe"]["violations"];
    assert!(counts["critical"] == 0 && counts["serious"] == 0, "{counts}: {found:#}");

    let words = &results["words"];
    assert_eq!(words["mains"], 1);
    assert_eq!(words["links"].as_array().map(Vec::len), Some(17), "{:#}", words["links"]);
    let names: Vec<&str> = words["links"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|link| link["name"].as_str())
        .collect();
    for name in ["Twitter", "Facebook", "Instagram", "Linkedin", "YouTube"] {
        assert!(names.contains(&name), "{name} is not announced: {names:?}");
    }
    let images = words["images"].as_array().map(Vec::len);
    assert_eq!(images, Some(8), "{:#}", words["images"]);
}

#[test]
fn hostile_markup() {
    let rinser = common::build(Rinser::builder());
    let jobs: Vec<Value> = HOSTILE
        .iter()
        .map(|(title, html)| {
            let output = common::text(&common::rinse(&rinser, html.as_bytes()).html);
            json!({ "id": title, "kind": "requests", "html": output, "quiet": 40 })
        })
        .collect();
    let Some(results) = run("hostile", &jobs) else { return };
    for (title, html) in HOSTILE {
        let result = &results[title];
        for variant in ["document", "innerhtml", "srcdoc"] {
            for name in QUIET {
                let seen = list(result, variant, name);
                assert!(seen.is_empty(), "{title}: {variant}.{name}: {seen:?} of {html}");
            }
            for request in list(result, variant, "requests") {
                assert_eq!(request["type"], "image", "{title}: {variant}: {request}");
            }
            let hints = list(result, variant, "hints");
            assert!(hints.is_empty(), "{title}: {variant}: {hints:?}");
        }
    }
}
