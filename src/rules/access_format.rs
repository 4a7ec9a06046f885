//! Reads `rules/access.toml` and makes Rust of it, so that starting costs
//! nothing. `build.rs` includes this file; what the figures and words mean is
//! the access room's. A figure or list that the room does not know, or misses,
//! does not compile.

use super::packed::head;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use toml::de::{DeTable, DeValue};

type Fault = String;

/// Makes Rust source of the text: `KNOWN`.
pub fn generate(text: &str) -> Result<String, Fault> {
    let file = DeTable::parse(text).map_err(|error| format!("1: {error}"))?;
    let mut out = String::from("pub static KNOWN: Known = Known {\n");
    for (part, value) in file.get_ref() {
        let part = part.get_ref();
        let table = value.get_ref().as_table().ok_or_else(|| format!("1: {part} is no table"))?;
        for (name, value) in table {
            let name = name.get_ref();
            let field = format!("{part}_{}", name.replace('-', "_"));
            let value = match (&*field, value.get_ref()) {
                // Words of languages as languages of words.
                ("lang_words", DeValue::Table(languages)) => turned(languages),
                ("lang_alike", DeValue::Array(groups)) => {
                    let groups: Vec<String> = groups.iter().map(|it| words(it.get_ref())).collect();
                    format!("&[{}]", groups.join(","))
                }
                (_, DeValue::Integer(number)) => format!("{}.0", number.as_str()),
                (_, DeValue::Float(number)) => number.as_str().to_owned(),
                (_, DeValue::Table(table)) => pairs(table),
                (_, list @ (DeValue::Array(_) | DeValue::String(_))) => words(list),
                _ => {
                    return Err(format!("1: [{part}] {name}: a number, words or a table of texts"));
                }
            };
            let _ = writeln!(out, "{field}: {value},");
        }
    }
    Ok(out + "};\n")
}

/// A list, or words in one string.
fn words(value: &DeValue<'_>) -> String {
    let words: BTreeSet<&str> = match value.as_array() {
        Some(list) => list.iter().filter_map(|word| word.get_ref().as_str()).collect(),
        None => value.as_str().unwrap_or_default().split_ascii_whitespace().collect(),
    };
    format!("Words(&{:?})", Vec::from_iter(words))
}

fn texts<'t>(table: &'t DeTable<'_>) -> impl Iterator<Item = (&'t str, &'t str)> {
    table.iter().filter_map(|(key, text)| Some((&**key.get_ref(), text.get_ref().as_str()?)))
}

fn pairs(table: &DeTable<'_>) -> String {
    let sorted = BTreeMap::from_iter(texts(table));
    format!("Texts(&{:?})", Vec::from_iter(sorted))
}

fn turned(languages: &DeTable<'_>) -> String {
    let mut words: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (lang, text) in BTreeMap::from_iter(texts(languages)) {
        for word in BTreeSet::from_iter(text.split_ascii_whitespace()) {
            words.entry(word).or_default().push(lang);
        }
    }
    let mut langs: Vec<&str> = words.values().flatten().copied().collect();
    langs.sort();
    langs.dedup();
    assert!(langs.len() <= 64, "languages are bits of a word");
    let bit = |lang: &&str| 1u64 << langs.binary_search(lang).expect("it is one of them");
    let spoken: Vec<u64> = words.values().map(|of| of.iter().map(bit).sum()).collect();
    let (mut all, mut ends) = (String::new(), Vec::new());
    for word in words.keys() {
        all.push_str(word);
        ends.push(all.len());
    }
    let first = |word: &str| word.bytes().next().unwrap_or_default();
    let starts: Vec<usize> = (0..=256)
        .map(|byte| words.keys().take_while(|word| usize::from(first(word)) < byte).count())
        .collect();
    let heads: Vec<u64> = words.keys().map(|word| head(word.as_bytes())).collect();
    format!(
        "Tongues{{langs:&{langs:?},spoken:&{spoken:?},\
         words:Sorted{{pieces:Pieces{{text:{all:?},ends:&{ends:?}}},starts:&{starts:?},heads:&{heads:?}}}}}"
    )
}
