//! The user's redirect map: wrapped links whose targets are known from
//! elsewhere. Leads only where a link may lead, and never touches a protected
//! link.

use crate::error::Error;
use crate::rules::book;
use crate::rules::format::{Host, Pat, Standing};
use crate::rules::{parse, reader};
use crate::web::{self, Parts};
use std::collections::HashMap;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Exact URLs and host/path patterns, each with its target.
#[derive(Debug, Default)]
pub struct Map {
    exact: HashMap<String, String>,
    patterns: Vec<(Host, Option<Pat>, String)>,
    book: Vec<Standing>,
}

const KEYS: &[&str] = &["from", "to", "source", "chosen", "about"];

impl Map {
    /// Reads a map: TOML (`[[redirect]]` with `from` and `to`) or two columns
    /// separated by a tab. `name` is the file's, for messages; `.toml` and
    /// `.tsv` say which it is, else the text does.
    ///
    /// `from` with a scheme is one exact URL; without, it is a host and path
    /// pattern (`links.example.org/c/*`). `[[link]]` with `host`, `text` or
    /// `alt`, and `to` is an entry of a link book (see `rules/README.md`).
    ///
    /// # Errors
    /// What cannot be read, a target that no link may lead to, or two for one
    /// URL: with the file's name and the line.
    pub fn parse(name: &str, text: &str) -> Result<Map, Error> {
        let toml = name.ends_with(".toml")
            || (!name.ends_with(".tsv")
                && text.lines().any(|l| matches!(l.trim(), "[[redirect]]" | "[[link]]")));
        let mut map = Map::default();
        let read = if toml { map.read_toml(text) } else { map.read_tsv(text) };
        read.map_err(|(line, message)| Error::Rules {
            file: name.to_owned(),
            line: Some(line),
            message,
        })?;
        Ok(map)
    }

    /// How many links it knows.
    pub fn len(&self) -> usize {
        self.exact.len() + self.patterns.len() + self.book.len()
    }

    /// Whether it knows none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Adds what another map knows; this one's own entries win.
    pub fn extend(&mut self, other: Map) {
        for (from, to) in other.exact {
            self.exact.entry(from).or_insert(to);
        }
        self.patterns.extend(other.patterns);
        self.book.extend(other.book);
    }

    /// Its link book.
    pub(super) fn book(&self) -> &[Standing] {
        &self.book
    }

    /// The target of a URL.
    pub fn target(&self, url: &str) -> Option<&str> {
        self.get(&Parts::parse(url)?)
    }

    /// The target of a URL.
    pub(super) fn get(&self, url: &Parts<'_>) -> Option<&str> {
        if let Some(to) = self.exact.get(url.url()) {
            return Some(to);
        }
        let pattern = self.patterns.iter().find(|(host, path, _)| {
            host.matches(url.host())
                && !url.credentials
                && path.as_ref().is_none_or(|p| p.matches(url.path_and_query()))
        });
        pattern.map(|(_, _, to)| &**to)
    }

    fn read_tsv(&mut self, text: &str) -> Result<(), (usize, String)> {
        for (i, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
            let bad = |message: String| (i + 1, message);
            if line.trim().is_empty() || line.starts_with('#') {
                continue;
            }
            let mut columns = line.split('\t');
            match (columns.next(), columns.next(), columns.next()) {
                (Some(from), Some(to), None) => {
                    self.add(from.trim(), to.trim()).map_err(bad)?;
                }
                _ => return Err(bad("two columns with one tab between them are expected".into())),
            }
        }
        Ok(())
    }

    fn read_toml(&mut self, text: &str) -> Result<(), (usize, String)> {
        let line = |at: usize| 1 + text[..at.min(text.len())].matches('\n').count();
        let root = DeTable::parse(text)
            .map_err(|e| (line(e.span().map_or(0, |s| s.start)), e.message().to_owned()))?;
        let book =
            reader::book("map", text, root.get_ref()).map_err(|bad| (bad.line, bad.message))?;
        for link in book {
            book::check(&link).map_err(|message| (link.line, message))?;
            self.book.push(link);
        }
        for (key, value) in root.get_ref() {
            if *key.get_ref() == "link" {
                continue;
            }
            if *key.get_ref() != "redirect" {
                let message = format!("the key {} is not known: redirect or link", key.get_ref());
                return Err((line(key.span().start), message));
            }
            let wrong = || (line(value.span().start), "write [[redirect]]".to_owned());
            for entry in value.get_ref().as_array().ok_or_else(wrong)? {
                let table = entry.get_ref().as_table().ok_or_else(wrong)?;
                if let Some(key) = table.keys().find(|k| !KEYS.contains(&&**k.get_ref())) {
                    let message =
                        format!("the key {} is not known: {}", key.get_ref(), KEYS.join(", "));
                    return Err((line(key.span().start), message));
                }
                let text = |key: &str| {
                    let value: Option<&Spanned<DeValue<'_>>> = table.get(key);
                    value.and_then(|v| Some((v.get_ref().as_str()?, v.span().start)))
                };
                match (text("from"), text("to")) {
                    (Some((from, _)), Some((to, at))) => {
                        self.add(from, to).map_err(|message| (line(at), message))?;
                    }
                    _ => {
                        let message = "a redirect has from and to, both texts".to_owned();
                        return Err((line(entry.span().start), message));
                    }
                }
            }
        }
        Ok(())
    }

    fn add(&mut self, from: &str, to: &str) -> Result<(), String> {
        let to = web::target_of(to, |s| matches!(s, "mailto" | "tel"))
            .map_err(|why| format!("the target {to:?}: {}", why.as_str()))?
            .into_owned();
        if let Some(url) = Parts::parse(from) {
            if let Some(old) = self.exact.insert(url.url().to_owned(), to.clone())
                && old != to
            {
                return Err(format!("{from} has two targets: {old} and {to}"));
            }
            return Ok(());
        }
        if from.contains("://") {
            return Err(format!("{from:?} is no http or https URL"));
        }
        let (host, path) = from.find('/').map_or((from, ""), |at| from.split_at(at));
        let host = parse::host(host)?;
        let path = if path.is_empty() { None } else { Some(parse::pattern(path)?) };
        if matches!(host, Host::Any) {
            return Err(format!("{from:?} would match every host"));
        }
        self.patterns.push((host, path, to));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn get(map: &Map, url: &str) -> Option<String> {
        map.get(&Parts::parse(url).unwrap()).map(str::to_owned)
    }

    #[test]
    fn both_forms() {
        let toml = Map::parse(
            "m.toml",
            "[[redirect]]\nfrom = \"https://a.example/1\"\nto = \"https://b.example/\"\n",
        )
        .unwrap();
        let tsv = Map::parse("m.tsv", "# note\nhttps://a.example/1\thttps://b.example/\n").unwrap();
        for map in [toml, tsv] {
            assert_eq!(get(&map, " https://a.example/1").as_deref(), Some("https://b.example/"));
            assert_eq!(get(&map, "https://a.example/12"), None);
        }
        let map = Map::parse("m", "*.a.example/c/*\tmailto:x@b.example").unwrap();
        assert_eq!(get(&map, "https://x.a.example/c/1?q").as_deref(), Some("mailto:x@b.example"));
        assert_eq!(get(&map, "https://a.example/c/1"), None);
    }

    #[test]
    fn a_book_in_a_map() {
        let entry = |to: &str, more: &str| {
            let text = format!(
                "[[link]]\nhost = \"e.example.org\"\ntext = \"Our  pages\"\nto = \"{to}\"\n{more}"
            );
            Map::parse("m", &text)
        };
        let map = entry("https://www.example.org/p", "").unwrap();
        assert_eq!((map.len(), map.book()[0].text.as_deref()), (1, Some("Our pages")));
        let foreign = entry("https://www.example.com/p", "").unwrap_err().to_string();
        assert!(foreign.starts_with("m:1: ") && foreign.contains("hosts"), "{foreign}");
        assert!(entry("https://www.example.com/p", "hosts = [\"www.example.com\"]").is_ok());
        assert!(
            entry("javascript:alert(1)", "").is_err()
                && entry("https://www.example.org/", "alt = \"x\"").is_err()
        );
    }

    #[test]
    fn errors_have_a_line() {
        let error = |name: &str, text: &str| Map::parse(name, text).unwrap_err().to_string();
        assert!(
            error("m.tsv", "\nhttps://a.example/1\tjavascript:alert(1)").starts_with("m.tsv:2: ")
        );
        assert!(error("m.tsv", "one column").starts_with("m.tsv:1: "));
        assert!(
            error(
                "m.toml",
                "[[redirect]]\nfrom = \"https://a.example\"\nto = \"https://localhost/\""
            )
            .starts_with("m.toml:3: ")
        );
        assert!(
            error("m.toml", "[[redirect]]\nfrom = \"https://a.example\"\nto =")
                .starts_with("m.toml:3")
        );
        assert!(
            error("m.toml", "[[redirect]]\nform = \"https://a.example\"").starts_with("m.toml:2: ")
        );
        assert!(error("m.tsv", "*\thttps://b.example/").contains("every host"));
    }
}
