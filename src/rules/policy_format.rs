//! Reads `rules/policy.toml` and makes Rust tables of it. `build.rs` includes
//! this file as well as the crate, so that it needs nothing but the names of
//! HTML and the TOML parser. What the tables mean is [`super::policy`]'s.

use crate::html::{At, El};
use crate::packed::head;
use std::collections::BTreeMap;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Makes Rust source of the policy's text. An error begins with the line.
pub fn generate(text: &str) -> Result<String, String> {
    Ok(print(&read(text)?))
}

/// What a policy says.
pub(super) struct Data {
    /// Fate and finding id, by number of the element.
    pub fates: Vec<(&'static str, String)>,
    /// Kinds, by the names of their variants, with the words of `OneOf`.
    pub kinds: Vec<(&'static str, Vec<String>)>,
    /// For each element and attribute 0, or 1 + the place of its kind.
    pub rows: Vec<Vec<u8>>,
    /// The same for the elements that come in on request: what is on `*`.
    pub any: Vec<u8>,
    /// The same for the attributes that come in on request, on any element.
    pub asked: Vec<u8>,
    /// Why an element is in or out, by its number.
    pub whys: Vec<String>,
    /// `link` and `image`.
    pub schemes: BTreeMap<&'static str, Vec<String>>,
    /// Media types of data URLs.
    pub data: Vec<String>,
    pub properties: Vec<String>,
    pub functions: Vec<String>,
    pub pseudo_classes: Vec<String>,
}

const FATES: &[(&str, &str)] =
    &[("keep", "Keep"), ("unwrap", "Unwrap"), ("drop", "Drop"), ("shell", "Shell")];

const KINDS: &[(&str, &str)] = &[
    ("background", "Background"),
    ("classes", "Classes"),
    ("colour", "Colour"),
    ("coords", "Coords"),
    ("flag", "Flag"),
    ("hash", "Hash"),
    ("ident", "Ident"),
    ("idents", "Idents"),
    ("image", "Image"),
    ("integer", "Integer"),
    ("lang", "Lang"),
    ("length", "Length"),
    ("link", "Link"),
    ("number", "Number"),
    ("one-of", "OneOf"),
    ("srcset", "Srcset"),
    ("style", "Style"),
    ("text", "Text"),
    ("written", "Written"),
];

pub(super) fn read(text: &str) -> Result<Data, String> {
    let table = DeTable::parse(text)
        .map_err(|e| at(text, &e.span().unwrap_or(0..0), "TOML", e.message()))?;
    let table = table.get_ref();
    for (key, value) in table {
        if !["format", "element", "attribute", "scheme", "css"].contains(&key.get_ref().as_ref()) {
            return Err(at(text, &value.span(), key.get_ref(), "no such table"));
        }
    }
    match table.get("format").map(|v| v.get_ref().as_integer().map(|i| i.as_str())) {
        Some(Some("1")) => {}
        _ => return Err("line 1: `format`: must be 1".to_owned()),
    }
    let mut data = Data {
        fates: vec![("", String::new()); El::COUNT],
        kinds: Vec::new(),
        rows: vec![vec![0; At::COUNT]; El::COUNT],
        any: vec![0; At::COUNT],
        asked: vec![0; At::COUNT],
        whys: vec![String::new(); El::COUNT],
        schemes: BTreeMap::new(),
        data: Vec::new(),
        properties: Vec::new(),
        functions: Vec::new(),
        pseudo_classes: Vec::new(),
    };
    for group in groups(text, table, "element", &["id", "fate", "names", "why"])? {
        element(&group, &mut data)?;
    }
    for &el in El::ALL {
        if data.fates[el as usize].0.is_empty() {
            return Err(format!("line 1: `element`: `{}` has no fate", el.name()));
        }
    }
    data.fates[El::Other as usize] = ("Unwrap", "unknown".to_owned());
    for group in groups(text, table, "attribute", &["names", "on", "kind", "values", "why"])? {
        attribute(&group, &mut data)?;
    }
    for group in groups(text, table, "scheme", &["kind", "names", "data", "why"])? {
        scheme(&group, &mut data)?;
    }
    for group in groups(text, table, "css", &["properties", "functions", "pseudo_classes", "why"])?
    {
        group.extend("properties", &mut data.properties)?;
        group.extend("functions", &mut data.functions)?;
        group.extend("pseudo_classes", &mut data.pseudo_classes)?;
    }
    for list in
        [&mut data.properties, &mut data.functions, &mut data.pseudo_classes, &mut data.data]
    {
        list.sort();
    }
    Ok(data)
}

fn element(group: &Group<'_>, data: &mut Data) -> Result<(), String> {
    let fate = group.choice("fate", FATES)?;
    let id = group.word("id")?;
    for (name, span) in group.list("names")? {
        let el = El::of(name);
        if el == El::Other || el.name() != name {
            return Err(group.error(
                &span,
                "names",
                &format!("`{name}` is not an element of src/html.rs"),
            ));
        }
        let slot = &mut data.fates[el as usize];
        if !slot.0.is_empty() {
            return Err(group.error(&span, "names", &format!("`{name}` has a fate already")));
        }
        *slot = (fate, id.to_owned());
        data.whys[el as usize] = group.str("why")?.0.to_owned();
    }
    Ok(())
}

fn attribute(group: &Group<'_>, data: &mut Data) -> Result<(), String> {
    let kind = group.choice("kind", KINDS)?;
    let values = group.list("values")?;
    let (kind_name, kind_span) = group.str("kind")?;
    if (kind_name == "one-of") == values.is_empty() {
        return Err(group.error(&kind_span, "kind", "`values` belong to `one-of`, and only to it"));
    }
    let kind = (kind, values.iter().map(|v| v.0.to_owned()).collect());
    let place = match data.kinds.iter().position(|k| *k == kind) {
        Some(place) => place,
        None => {
            data.kinds.push(kind);
            data.kinds.len() - 1
        }
    };
    let number = u8::try_from(place + 1)
        .map_err(|_| group.error(&kind_span, "kind", "more than 255 kinds"))?;
    let mut elements = Vec::new();
    let on = group.list("on")?;
    for (name, span) in on.iter().cloned() {
        let el = El::of(name);
        let carries =
            |el: El| data.fates[el as usize].0 == "Keep" || matches!(el, El::Html | El::Body);
        match name {
            "*" => elements.extend(El::ALL.iter().copied().filter(|&el| carries(el))),
            _ if el != El::Other && carries(el) => elements.push(el),
            _ => {
                return Err(group.error(
                    &span,
                    "on",
                    &format!("`{name}` is no element that is kept"),
                ));
            }
        }
    }
    for (name, span) in group.list("names")? {
        let attribute = At::of(name);
        if attribute == At::Other || attribute.name() != name {
            return Err(group.error(
                &span,
                "names",
                &format!("`{name}` is not an attribute of src/html.rs"),
            ));
        }
        if on.is_empty() {
            data.asked[attribute as usize] = number;
        } else if on.iter().any(|(name, _)| *name == "*") {
            data.any[attribute as usize] = number;
        }
        for &el in &elements {
            let slot = &mut data.rows[el as usize][attribute as usize];
            if *slot != 0 {
                let message = format!("`{name}` on `{}` is judged already", el.name());
                return Err(group.error(&span, "names", &message));
            }
            *slot = number;
        }
    }
    Ok(())
}

fn scheme(group: &Group<'_>, data: &mut Data) -> Result<(), String> {
    let kind = group.choice("kind", &[("link", "LINK_SCHEMES"), ("image", "IMAGE_SCHEMES")])?;
    let list = data.schemes.entry(kind).or_default();
    group.extend("names", list)?;
    group.extend("data", &mut data.data)?;
    for (name, span) in group.list("names")? {
        if ["javascript", "vbscript", "data", "file", "blob", "filesystem"].contains(&name) {
            return Err(group.error(&span, "names", &format!("`{name}` is never allowed")));
        }
    }
    Ok(())
}

/// One `[[table]]` of the policy.
struct Group<'t> {
    text: &'t str,
    table: &'t DeTable<'t>,
    span: Range<usize>,
}

/// The tables of one name; each must say why, and nothing that is not known.
fn groups<'t>(
    text: &'t str,
    top: &'t DeTable<'t>,
    name: &str,
    keys: &[&str],
) -> Result<Vec<Group<'t>>, String> {
    let Some(value) = top.get(name) else {
        return Err(format!("line 1: `{name}`: missing"));
    };
    let Some(array) = value.get_ref().as_array() else {
        return Err(at(text, &value.span(), name, "must be [[tables]]"));
    };
    let mut groups = Vec::new();
    for item in array.iter() {
        let Some(table) = item.get_ref().as_table() else {
            return Err(at(text, &item.span(), name, "must be [[tables]]"));
        };
        let group = Group { text, table, span: item.span() };
        for key in table.keys() {
            if !keys.contains(&key.get_ref().as_ref()) {
                return Err(at(text, &key.span(), key.get_ref(), "no such key"));
            }
        }
        if group.str("why")?.0.trim().is_empty() {
            return Err(group.error(&group.span, "why", "says nothing"));
        }
        groups.push(group);
    }
    Ok(groups)
}

impl<'t> Group<'t> {
    fn error(&self, span: &Range<usize>, key: &str, message: &str) -> String {
        at(self.text, span, key, message)
    }

    fn value(&self, key: &str) -> Option<&'t Spanned<DeValue<'t>>> {
        self.table.get(key)
    }

    fn str(&self, key: &str) -> Result<(&'t str, Range<usize>), String> {
        let value = self.value(key).ok_or_else(|| self.error(&self.span, key, "missing"))?;
        let text = value
            .get_ref()
            .as_str()
            .ok_or_else(|| self.error(&value.span(), key, "must be a string"))?;
        Ok((text, value.span()))
    }

    /// Lower-case letters, digits and `-`.
    fn word(&self, key: &str) -> Result<&'t str, String> {
        let (text, span) = self.str(key)?;
        if !is_word(text) {
            return Err(self.error(&span, key, "only lower-case letters, digits and -"));
        }
        Ok(text)
    }

    fn choice(&self, key: &str, of: &[(&str, &'static str)]) -> Result<&'static str, String> {
        let (text, span) = self.str(key)?;
        let found = of.iter().find(|(name, _)| *name == text);
        found.map(|(_, rust)| *rust).ok_or_else(|| {
            let names: Vec<&str> = of.iter().map(|(name, _)| *name).collect();
            self.error(&span, key, &format!("`{text}` is none of {}", names.join(", ")))
        })
    }

    /// The strings of a list; none where the key is missing.
    fn list(&self, key: &str) -> Result<Vec<(&'t str, Range<usize>)>, String> {
        let Some(value) = self.value(key) else { return Ok(Vec::new()) };
        let array = value
            .get_ref()
            .as_array()
            .ok_or_else(|| self.error(&value.span(), key, "must be a list of strings"))?;
        let mut list = Vec::new();
        for item in array.iter() {
            let text = item
                .get_ref()
                .as_str()
                .ok_or_else(|| self.error(&item.span(), key, "must be a list of strings"))?;
            list.push((text, item.span()));
        }
        Ok(list)
    }

    /// Adds a list of lower-case words to another, each once.
    fn extend(&self, key: &str, list: &mut Vec<String>) -> Result<(), String> {
        for (text, span) in self.list(key)? {
            if !is_word(&text.replace('/', "-")) {
                return Err(self.error(
                    &span,
                    key,
                    &format!("`{text}`: only lower-case letters, digits and -"),
                ));
            }
            if list.iter().any(|known| known == text) {
                return Err(self.error(&span, key, &format!("`{text}` is there already")));
            }
            list.push(text.to_owned());
        }
        Ok(())
    }
}

fn is_word(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

fn at(text: &str, span: &Range<usize>, key: &str, message: &str) -> String {
    let line =
        1 + text.as_bytes()[..span.start.min(text.len())].iter().filter(|&&b| b == b'\n').count();
    format!("line {line}: `{key}`: {message}")
}

fn print(data: &Data) -> String {
    let mut out = String::from("// Made by build.rs out of rules/policy.toml.\n");
    let mut put = |line: String| {
        out.push_str(&line);
        out.push('\n');
    };
    put(format!("pub(super) static FATES: [Fate; {}] = [", El::COUNT));
    for (fate, _) in &data.fates {
        put(format!("Fate::{fate},"));
    }
    put(format!("];\npub(super) static GROUPS: [&str; {}] = [", El::COUNT));
    for (_, id) in &data.fates {
        put(format!("\"policy.element.{id}\","));
    }
    put(format!("];\npub(super) static KINDS: [Kind; {}] = [", data.kinds.len()));
    for (kind, words) in &data.kinds {
        put(match words[..] {
            [] => format!("Kind::{kind},"),
            _ => format!("Kind::{kind}(&{words:?}),"),
        });
    }
    // Most elements share one of a few rows.
    let mut rows: Vec<&[u8]> = Vec::new();
    let mut row_of = Vec::new();
    for row in &data.rows {
        let place = rows.iter().position(|known| known == row).unwrap_or(rows.len());
        if place == rows.len() {
            rows.push(row);
        }
        row_of.push(place);
    }
    put(format!("];\npub(super) static ROW_OF: [u8; {}] = {row_of:?};", El::COUNT));
    put(format!("pub(super) static ROWS: [[u8; {}]; {}] = {rows:?};", At::COUNT, rows.len()));
    put(format!("pub(super) static ANY: [u8; {}] = {:?};", At::COUNT, data.any));
    put(format!("pub(super) static ASKED: [u8; {}] = {:?};", At::COUNT, data.asked));
    put(format!("pub(super) static WHYS: [&str; {}] = {:?};", El::COUNT, data.whys));
    for (name, list) in &data.schemes {
        put(format!("pub(super) static {name}: &[&str] = &{list:?};"));
    }
    for (name, list) in [
        ("DATA_TYPES", &data.data),
        ("PROPERTIES", &data.properties),
        ("FUNCTIONS", &data.functions),
        ("PSEUDO_CLASSES", &data.pseudo_classes),
    ] {
        put(format!("pub(super) static {name}: &[&str] = &{list:?};"));
    }
    let heads: Vec<u64> = data.properties.iter().map(|name| head(name.as_bytes())).collect();
    put(format!("pub(super) static PROPERTY_HEADS: &[u64] = &{heads:?};"));
    out
}

#[cfg(test)]
mod tests {
    use super::generate;

    const POLICY: &str = include_str!("../../rules/policy.toml");

    fn broken(from: &str, to: &str) -> String {
        assert!(POLICY.contains(from), "{from}");
        generate(&POLICY.replacen(from, to, 1)).expect_err("must not be read")
    }

    #[test]
    fn the_policy_is_read() {
        let made = generate(POLICY).expect("it is right");
        assert!(made.contains("policy.element.foreign"));
    }

    #[test]
    fn errors_name_line_and_key() {
        let error = broken("fate = \"keep\"", "fate = \"kept\"");
        assert!(
            error.starts_with("line ") && error.contains("`fate`") && error.contains("unwrap"),
            "{error}"
        );
        assert!(broken("\"abbr\", ", "\"abbrr\", ").contains("`abbrr` is not an element"));
        assert!(broken("\"abbr\", ", "\"abbr\", \"a\", ").contains("`a` has a fate already"));
        assert!(broken("\"svg\"", "").contains("`svg` has no fate"));
        assert!(
            broken("on = [\"font\"", "on = [\"script\"")
                .contains("`script` is no element that is kept")
        );
        assert!(broken("kind = \"flag\"", "kind = \"flags\"").contains("`flags` is none of"));
        assert!(broken("names = [\"class\"]", "names = [\"id\"]").contains("judged already"));
        assert!(broken("\"mailto\"", "\"javascript\"").contains("never allowed"));
        assert!(broken("format = 1", "format = 2").contains("must be 1"));
        assert!(broken("why = \"Text and", "because = \"Text and").contains("no such key"));
        assert!(broken("[[css]]", "[[css]").starts_with("line "));
    }
}
