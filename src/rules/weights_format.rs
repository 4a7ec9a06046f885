//! Reads `rules/trackers.toml` and makes Rust of it. `build.rs` includes this
//! file as well as the crate; what the words and weights mean is the trackers
//! room's. A sign or list that the room does not know, or misses, does not
//! compile.

use std::fmt::Write;
use toml::de::{DeTable, DeValue};

/// A value of a table.
fn field<'t, 'd>(of: &'t DeTable<'d>, name: &str) -> Option<&'t DeValue<'d>> {
    of.get(name).map(toml::Spanned::get_ref)
}

/// Makes Rust source of the text: `THRESHOLD`, `WEIGHTS`, `WORDS`.
pub fn generate(text: &str) -> Result<String, String> {
    let table = DeTable::parse(text).map_err(|error| format!("1: {error}"))?;
    let table = table.get_ref();
    let number = |value: Option<&DeValue<'_>>, what: &str| {
        let value =
            value.and_then(DeValue::as_integer).and_then(|n| n.as_str().parse::<i32>().ok());
        value.ok_or_else(|| format!("1: {what} is no whole number"))
    };
    let threshold = number(field(table, "threshold"), "threshold")?;
    let mut out = format!("pub const THRESHOLD: i32 = {threshold};\n");
    out.push_str("pub static WEIGHTS: Weights = Weights {\n");
    let signs = field(table, "sign").ok_or("1: no signs")?;
    for (name, sign) in signs.as_table().ok_or("1: sign is no table")? {
        let name = name.get_ref();
        let sign = sign.get_ref().as_table().ok_or_else(|| format!("1: {name} is no table"))?;
        let weight = number(field(sign, "weight"), name)?;
        let why = field(sign, "why");
        let why = why.and_then(DeValue::as_str).unwrap_or_default();
        if weight == 0 || why.is_empty() || sign.len() != 2 {
            return Err(format!("1: {name}: a sign has a weight and says why, nothing else"));
        }
        let _ = writeln!(out, "{name}: Weight {{ points: {weight}, why: {why:?} }},");
    }
    out.push_str("};\npub static WORDS: Words = Words {\n");
    let words = field(table, "words").ok_or("1: no words")?;
    for (name, list) in words.as_table().ok_or("1: words is no table")? {
        let name = name.get_ref();
        let list = list.get_ref().as_array().ok_or_else(|| format!("1: {name} is no list"))?;
        let list: Vec<&str> = list.iter().filter_map(|word| word.get_ref().as_str()).collect();
        if list.is_empty() || list.iter().any(|w| w.bytes().any(|b| b.is_ascii_uppercase())) {
            return Err(format!("1: {name}: words in lower case"));
        }
        let _ = writeln!(out, "{name}: List::of(&{list:?}),");
    }
    Ok(out + "};\n")
}
