//! Every fixture mail gives the result and the findings that lie beside it
//! (`UPDATE=1` rewrites them, for review), and these say what `expect.toml`
//! asks of any correct result, which no program rewrites.

use crate::common::event::Event;
use crate::common::{self, html5};
use mailrinse::{Finding, Level, Rinsed, Rinser, Seal, Shape};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use toml::de::{DeTable, DeValue};

/// What is put down beside an input.
struct Variant {
    output: &'static str,
    findings: &'static str,
    level: Level,
    shape: Shape,
    /// For these cases; for all where there is none.
    only: &'static [&'static str],
}

const VARIANTS: &[Variant] = &[
    Variant {
        output: "output.html",
        findings: "findings.jsonl",
        level: Level::Clean,
        shape: Shape::Document,
        only: &[],
    },
    Variant {
        output: "fragment.html",
        findings: "fragment.jsonl",
        level: Level::Clean,
        shape: Shape::Fragment,
        only: &["newsletter-hybrid", "reply-gmail"],
    },
    Variant {
        output: "patch.html",
        findings: "patch.jsonl",
        level: Level::Patch,
        shape: Shape::Document,
        only: &["icann-marketo-spaces", "reply-outlook", "security-notice-proofpoint"],
    },
];

#[test]
fn results_and_findings() {
    let update = std::env::var_os("UPDATE").is_some_and(|v| v == "1");
    let mut wrong = String::new();
    for case in common::cases() {
        let html = common::input(&case);
        for variant in VARIANTS.iter().filter(|v| v.only.is_empty() || v.only.contains(&&*case)) {
            let rinser = Rinser::builder().level(variant.level).shape(variant.shape);
            let rinsed = common::rinse(&common::build(rinser.seal(Seal::Always)), &html);
            for (file, bytes) in [
                (variant.output, rinsed.html.to_vec()),
                (variant.findings, lines(&rinsed.findings).into_bytes()),
            ] {
                let path = common::fixtures().join("html").join(&case).join(file);
                let there = std::fs::read(&path).unwrap_or_default();
                if there == bytes {
                    continue;
                }
                if update {
                    std::fs::write(&path, &bytes).unwrap_or_else(|e| panic!("{e}"));
                } else {
                    let _ = writeln!(wrong, "{case}/{file}:\n{}", difference(&there, &bytes));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}\nUPDATE=1 writes what is now, for review");
}

/// One compact object a line. The addresses in fixtures are examples, so
/// nothing is masked.
fn lines(findings: &[Finding]) -> String {
    let mut out = String::new();
    for f in findings {
        let mut object = serde_json::Map::new();
        object.insert("rule".into(), (*f.rule).into());
        object.insert("action".into(), f.action.as_str().into());
        object.insert("range".into(), vec![f.range.start, f.range.end].into());
        if !f.element.is_empty() {
            object.insert("element".into(), (*f.element).into());
        }
        for (name, value) in [("url", &f.url), ("to", &f.to)] {
            if let Some(value) = value {
                object.insert(name.into(), (**value).into());
            }
        }
        if let Some(vendor) = &f.vendor {
            object.insert("vendor".into(), (**vendor).into());
        }
        if !f.evidence.is_empty() {
            let told = |e: &mailrinse::Evidence| match e.weight {
                0 => e.what.to_string(),
                weight => format!("{} ({weight:+})", e.what),
            };
            let evidence: Vec<String> = f.evidence.iter().map(told).collect();
            object.insert("evidence".into(), evidence.into());
        }
        let _ = writeln!(out, "{}", serde_json::Value::Object(object));
    }
    out
}

/// The first lines that differ, tags on lines of their own.
fn difference(there: &[u8], now: &[u8]) -> String {
    let split = |bytes: &[u8]| -> Vec<String> {
        let text = String::from_utf8_lossy(bytes).replace('<', "\n<");
        text.lines().map(str::to_owned).collect()
    };
    let (there, now) = (split(there), split(now));
    let at = there.iter().zip(&now).take_while(|(a, b)| a == b).count();
    let mut out = String::new();
    for line in &there[at.saturating_sub(2)..at] {
        let _ = writeln!(out, "    {line}");
    }
    for (sign, lines) in [('-', &there), ('+', &now)] {
        for line in lines.iter().skip(at).take(4) {
            let _ = writeln!(out, "  {sign} {line}");
        }
    }
    out
}

#[test]
fn the_seed_as_given_as_sent_and_as_archive_page_gives_the_same_bytes() {
    let rinser = common::build(Rinser::builder());
    let of = |case: &str| common::text(&common::rinse(&rinser, &common::input(case)).html);
    let sent = of("icann-marketo-spaces");
    for case in ["icann-marketo", "icann-marketo-archive"] {
        let other = of(case);
        assert!(other == sent, "{case}:\n{}", difference(sent.as_bytes(), other.as_bytes()));
    }
}

#[test]
fn expectations() {
    let rinser = common::build(Rinser::builder());
    let mut wrong = String::new();
    for case in common::cases() {
        let path = common::fixtures().join("html").join(&case).join("expect.toml");
        let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{case}: {e}"));
        let table = DeTable::parse(&text).unwrap_or_else(|e| panic!("{case}: {e}"));
        let expect = table_as_json(table.get_ref());
        let html = common::input(&case);
        let rinsed = common::rinse(&rinser, &html);
        let mut expectation =
            Expectation { expect, tree: common::tree(&rinsed.html, Shape::Document), rinsed };
        for what in expectation.broken(&case) {
            let _ = writeln!(wrong, "{case}: {what}");
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

struct Expectation<'i> {
    expect: Value,
    tree: Vec<Event>,
    rinsed: Rinsed<'i>,
}

impl Expectation<'_> {
    fn broken(&mut self, case: &str) -> Vec<String> {
        let mut broken = Vec::new();
        self.language(&mut broken);
        self.tables(&mut broken);
        self.pictures(&mut broken);
        self.links(case, &mut broken);
        broken
    }

    fn strings(&self, key: &str) -> Vec<String> {
        let list = self.expect.get(key).and_then(Value::as_array).cloned().unwrap_or_default();
        list.iter().filter_map(|v| v.as_str().map(str::to_owned)).collect()
    }

    fn language(&self, broken: &mut Vec<String>) {
        let html = &html5::elements(&self.tree, "html")[0];
        let first = |lang: &str| lang.split('-').next().unwrap_or_default().to_ascii_lowercase();
        let lang = html.get("lang").map(|l| first(l));
        let expected = self.expect.get("lang").and_then(Value::as_str).map(first);
        if lang != expected {
            broken.push(format!("lang is {lang:?}, not {expected:?}"));
        }
        let dir = self.expect.get("dir").and_then(Value::as_str);
        if html.get("dir").map(|d| &**d).filter(|d| *d != "ltr") != dir {
            broken.push(format!("dir is {:?}, not {dir:?}", html.get("dir")));
        }
        if html5::elements(&self.tree, "main").len() != 1 {
            broken.push("there is not one main".to_owned());
        }
    }

    fn tables(&self, broken: &mut Vec<String>) {
        // Any other role takes what it means to be a table away.
        let is_data = |table: &&BTreeMap<String, String>| {
            let role = table.get("role").map_or("", |role| &**role);
            ["", "table", "grid"].contains(&role)
        };
        let tables = html5::elements(&self.tree, "table");
        let data = tables.iter().filter(is_data).count();
        let expected = self.expect.get("data_tables").and_then(Value::as_i64).unwrap_or(0);
        if data as i64 != expected {
            broken.push(format!("{data} data tables, not {expected}, of {}", tables.len()));
        }
    }

    fn pictures(&self, broken: &mut Vec<String>) {
        let images = html5::elements(&self.tree, "img");
        let there = |src: &str| images.iter().any(|i| i.get("src").is_some_and(|s| s == src));
        for src in self.strings("trackers") {
            if there(&src) {
                broken.push(format!("the tracker is there: {src}"));
            }
            let named = |f: &Finding| {
                f.url.as_deref() == Some(&*src)
                    && f.room.as_str() == "trackers"
                    && matches!(f.action.as_str(), "removed" | "replaced")
                    && !f.evidence.is_empty()
            };
            if !self.rinsed.findings.iter().any(named) {
                broken.push(format!("no finding says that the tracker went: {src}"));
            }
        }
        for src in self.strings("kept") {
            if !there(&src) {
                broken.push(format!("the picture is gone: {src}"));
            }
        }
    }

    fn links(&self, case: &str, broken: &mut Vec<String>) {
        let hrefs: Vec<String> = html5::elements(&self.tree, "a")
            .iter()
            .filter_map(|a| a.get("href").cloned())
            .collect();
        let led = |to: &str| hrefs.iter().any(|href| href == to || same_url(href, to));
        let found = |test: &dyn Fn(&Finding) -> bool| {
            self.rinsed.findings.iter().any(|f| f.room.as_str() == "links" && test(f))
        };
        let links = self.expect.get("link").and_then(Value::as_array).cloned().unwrap_or_default();
        let mut listed = Vec::new();
        for link in &links {
            let field = |name: &str| link.get(name).and_then(Value::as_str);
            let is = |name: &str| link.get(name).and_then(Value::as_bool) == Some(true);
            let from = field("from").expect("every link has its `from`");
            listed.push(from.to_owned());
            let about = |f: &Finding| f.url.as_deref() == Some(from);
            if let Some(to) = field("to") {
                if !led(to) {
                    broken.push(format!("no link leads to {to}"));
                }
                if hrefs.iter().any(|href| href == from) {
                    broken.push(format!("a link still leads to {from}"));
                }
                if !found(&|f| about(f) && f.to.as_deref().is_some_and(|t| same_url(t, to))) {
                    broken.push(format!("no finding says where this leads now: {from}"));
                }
            }
            if is("opaque") || is("protected") {
                // An empty anchor goes, wherever it leads.
                if !hrefs.iter().any(|href| href == from) && !self.was_empty(from) {
                    broken.push(format!("not left byte for byte: {from}"));
                }
                if found(&|f| about(f) && f.action.as_str() == "changed") {
                    broken.push(format!("changed: {from}"));
                }
            }
            if is("opaque") {
                let vendor = field("vendor").unwrap_or_default();
                let by = |f: &Finding| {
                    f.vendor.as_deref().is_some_and(|v| v.eq_ignore_ascii_case(vendor))
                };
                if !found(&|f| about(f) && f.action.as_str() == "noted" && by(f)) {
                    broken.push(format!("not reported as opaque, vendor {vendor}: {from}"));
                }
            }
            if is("protected")
                && !found(&|f| about(f) && f.rule.starts_with("links.protected."))
                && !found(&|f| f.rule.starts_with("links.protected.") && leads(&hrefs, f))
            {
                broken.push(format!("not reported as protected: {from}"));
            }
        }
        if !case.starts_with("icann-marketo") || case.ends_with("spaces") {
            self.others(case, &listed, &hrefs, broken);
        }
    }

    /// Links that are not listed stay as they are.
    fn others(&self, case: &str, listed: &[String], hrefs: &[String], broken: &mut Vec<String>) {
        let source = common::input(case);
        let tree = html5::document(&String::from_utf8_lossy(&source));
        for a in html5::elements(&tree, "a") {
            let Some(href) = a.get("href") else { continue };
            let leaves = ["http:", "https:", "mailto:", "tel:"].iter().any(|s| href.starts_with(s));
            if leaves && !listed.contains(href) && !hrefs.contains(href) && !self.was_empty(href) {
                broken.push(format!("not as it was, though nothing was asked of it: {href}"));
            }
        }
    }

    /// A finding says that the anchor went because there is nothing in it.
    fn was_empty(&self, href: &str) -> bool {
        self.rinsed.findings.iter().any(|f| {
            f.rule == "access.link.empty" && f.url.as_deref().is_none_or(|url| url == href)
        })
    }
}

fn leads(hrefs: &[String], finding: &Finding) -> bool {
    finding.url.as_ref().is_some_and(|url| hrefs.contains(url))
}

fn same_url(a: &str, b: &str) -> bool {
    a == b || url::Url::parse(a).is_ok_and(|a| url::Url::parse(b).is_ok_and(|b| a == b))
}

fn table_as_json(table: &DeTable<'_>) -> Value {
    let entry = |(key, value): (&toml::Spanned<_>, &toml::Spanned<_>)| {
        let key: &std::borrow::Cow<'_, str> = key.get_ref();
        (key.to_string(), as_json(value.get_ref()))
    };
    Value::Object(table.iter().map(entry).collect())
}

fn as_json(value: &DeValue<'_>) -> Value {
    match value {
        DeValue::String(text) => Value::from(&**text),
        DeValue::Boolean(yes) => Value::from(*yes),
        DeValue::Integer(number) => Value::from(number.to_string().parse::<i64>().ok()),
        DeValue::Array(list) => list.iter().map(|v| as_json(v.get_ref())).collect(),
        DeValue::Table(table) => table_as_json(table),
        DeValue::Float(_) | DeValue::Datetime(_) => Value::Null,
    }
}
