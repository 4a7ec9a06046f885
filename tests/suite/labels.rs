//! What people said, against what the access room says: the language of short
//! texts, and which tables are data. Both sets were written for this.

use crate::common;
use mailrinse::{Context, Rinser};
use std::collections::BTreeMap;

/// Two columns of a file of `fixtures/access`.
fn labelled(name: &str) -> Vec<(String, String)> {
    let path = common::fixtures().join("access").join(name);
    let text = std::fs::read_to_string(&path).expect("it can be read");
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let cells = lines.map(|line| line.split_once('\t').expect("two columns"));
    cells.map(|(label, value)| (label.to_owned(), value.to_owned())).collect()
}

fn rinsed(html: &str) -> String {
    let rinser = common::build(Rinser::builder());
    let rinsed = rinser.html(html, &Context::default()).expect("within the limits");
    String::from_utf8_lossy(&rinsed.html).into_owned()
}

#[test]
fn languages_of_short_texts() {
    let set = labelled("languages.tsv");
    let (mut right, mut wrong, mut unsaid) = (0, Vec::new(), Vec::new());
    let mut langs = BTreeMap::new();
    for (label, text) in &set {
        *langs.entry(label.clone()).or_insert(0) += 1;
        let html = rinsed(&format!("<p>{text}</p>"));
        let said = html.split_once("<html lang=\"").and_then(|(_, rest)| rest.split_once('"'));
        match said.map(|(lang, _)| lang) {
            Some(lang) if lang.split('-').next() == Some(label) => right += 1,
            Some(lang) => wrong.push(format!("{label} taken for {lang}: {text}")),
            None => unsaid.push(format!("{label}: {text}")),
        }
    }
    println!(
        "languages: {right} of {} right, {} wrong, {} not said",
        set.len(),
        wrong.len(),
        unsaid.len()
    );
    assert!(set.len() >= 150 && langs.len() >= 15);
    assert!(wrong.is_empty(), "a wrong language is worse than none: {wrong:#?}");
    assert!(right * 100 >= set.len() * 98, "{unsaid:#?}");
}

const LONG: &str = "We have walked along the river again this week, and what we found there is worth more than a \
    few words. The old mill has a new roof, the ducks have moved upstream, and somebody has painted the bridge in \
    a green that is hard to forget. Come and see it before the leaves are gone, and bring a friend who likes to talk.";

/// The HTML of a cell in the notation of the file.
fn cell(cell: &str) -> String {
    let (name, text) = match cell.strip_prefix("th:") {
        Some(text) => ("th", text),
        None => ("td", cell),
    };
    let inner = |text: &str| {
        let picture =
            "<img src=\"https://p.example/a.jpg\" width=\"120\" height=\"90\" alt=\"A view\">";
        text.replace("LONG", LONG)
            .replace("HEAD", "<h3>From the river</h3>")
            .replace("img", picture)
    };
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("a(").into_iter().chain(rest.find("btn(")).min() {
        let (before, behind) = rest.split_at(at);
        let (kind, behind) = behind.split_once('(').expect("it was found");
        let (label, behind) = behind.split_once(')').expect("it ends");
        let style = if kind == "btn" {
            " style=\"display:inline-block;padding:8px 20px;background:#004488;color:#ffffff\""
        } else {
            ""
        };
        out += &format!(
            "{}<a href=\"https://www.example.org/\"{style}>{}</a>",
            inner(before),
            inner(label)
        );
        rest = behind;
    }
    out += &inner(rest);
    let out = if out == "nbsp" || out.is_empty() {
        "&nbsp;".to_owned()
    } else {
        out.replace("nbsp", "&nbsp;")
    };
    format!("<{name}>{out}</{name}>")
}

#[test]
fn tables_of_data_and_of_layout() {
    let set = labelled("tables.tsv");
    let (mut right, mut wrong) = (0, Vec::new());
    for (label, rows) in &set {
        let rows = rows.split(" // ").map(|row| {
            let cells: String = row.split(" | ").map(|it| cell(it.trim())).collect();
            format!("<tr>{cells}</tr>")
        });
        let html = rinsed(&format!(
            "<p>Hello</p><table cellpadding=\"4\">{}</table>",
            rows.collect::<String>()
        ));
        let (_, table) = html.split_once("<table").expect("a table stays");
        let said = table.split('>').next().is_some_and(|tag| tag.contains("role=\"presentation\""));
        match said == (label == "layout") {
            true => right += 1,
            false => wrong.push(format!("{label}: {html}").chars().take(300).collect::<String>()),
        }
    }
    println!("tables: {right} of {} right", set.len());
    for line in &wrong {
        println!("  {line}");
    }
    assert!(set.len() >= 120);
    assert!(right * 100 >= set.len() * 95, "{wrong:#?}");
}
