//! What `rules/access.toml` says, read once.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;
use toml::de::{DeTable, DeValue};

const TEXT: &str = include_str!("../../../rules/access.toml");

/// The thresholds and word lists of this room; `rules/access.toml` gives the
/// reason for each.
pub(super) struct Known {
    pub contrast_text: f64,
    pub contrast_large: f64,
    pub large_px: f64,
    pub large_bold_px: f64,
    pub bold: u16,
    pub contrast_hidden: f64,
    pub filled_rows: u32,
    pub short_share: f64,
    pub linked_share: f64,
    pub thin: f64,
    pub small: f64,
    pub spacer: HashSet<String>,
    pub name_letters: usize,
    pub name_longest: usize,
    pub name_empty: HashSet<String>,
    pub sites: HashMap<String, String>,
    pub link_to: HashMap<String, String>,
    pub link: HashMap<String, String>,
    pub lang_letters: usize,
    pub lang_word_hits: usize,
    /// Languages by small word.
    pub lang_words: HashMap<String, Vec<String>>,
    pub rtl: HashSet<String>,
    pub alike: Vec<HashSet<String>>,
    pub langs: HashSet<String>,
    pub roles: HashSet<String>,
    pub nameless: HashSet<String>,
}

/// What is known. The file is part of the program, and a test reads it: a
/// missing figure cannot leave the house.
pub(super) static KNOWN: LazyLock<Known> = LazyLock::new(|| {
    let file = DeTable::parse(TEXT).expect("rules/access.toml is TOML");
    let file = file.get_ref();
    let of = |part: &str, name: &str| {
        let part_of = file.get(part).and_then(|part| part.get_ref().as_table());
        let value = part_of.and_then(|part| part.get(name)).map(|value| value.get_ref());
        value.unwrap_or_else(|| panic!("rules/access.toml: [{part}] {name}"))
    };
    let number = |part, name| {
        let text = match of(part, name) {
            DeValue::Integer(number) => number.as_str(),
            DeValue::Float(number) => number.as_str(),
            _ => "",
        };
        text.parse::<f64>()
            .unwrap_or_else(|_| panic!("rules/access.toml: [{part}] {name}: a number"))
    };
    Known {
        contrast_text: number("contrast", "text"),
        contrast_large: number("contrast", "large"),
        large_px: number("contrast", "large-px"),
        large_bold_px: number("contrast", "large-bold-px"),
        bold: number("contrast", "bold") as u16,
        contrast_hidden: number("contrast", "hidden"),
        filled_rows: number("table", "filled-rows") as u32,
        short_share: number("table", "short-share"),
        linked_share: number("table", "linked-share"),
        thin: number("image", "thin"),
        small: number("image", "small"),
        spacer: words(of("image", "spacer")),
        name_letters: number("name", "letters") as usize,
        name_longest: number("name", "longest") as usize,
        name_empty: words(of("name", "empty")),
        sites: phrases(of("name", "sites")),
        link_to: phrases(of("phrases", "link-to")),
        link: phrases(of("phrases", "link")),
        lang_letters: number("lang", "letters") as usize,
        lang_word_hits: number("lang", "word-hits") as usize,
        lang_words: turned(&phrases(of("lang", "words"))),
        rtl: words(of("lang", "rtl")),
        alike: of("lang", "alike")
            .as_array()
            .into_iter()
            .flatten()
            .map(|group| words(group.get_ref()))
            .collect(),
        langs: words(of("lang", "known")),
        roles: words(of("role", "keep")),
        nameless: words(of("role", "nameless")),
    }
});

/// A list, or words in one string.
fn words(value: &DeValue<'_>) -> HashSet<String> {
    match value.as_array() {
        Some(list) => {
            list.iter().filter_map(|word| Some(word.get_ref().as_str()?.to_owned())).collect()
        }
        None => {
            value.as_str().unwrap_or_default().split_ascii_whitespace().map(str::to_owned).collect()
        }
    }
}

fn phrases(value: &DeValue<'_>) -> HashMap<String, String> {
    let table = value.as_table().into_iter().flatten();
    table
        .filter_map(|(lang, text)| {
            Some((lang.get_ref().to_string(), text.get_ref().as_str()?.to_owned()))
        })
        .collect()
}

/// Words of languages as languages of words.
fn turned(languages: &HashMap<String, String>) -> HashMap<String, Vec<String>> {
    let mut words: HashMap<String, Vec<String>> = HashMap::new();
    for (lang, text) in languages {
        for word in text.split_ascii_whitespace() {
            words.entry(word.to_owned()).or_default().push(lang.clone());
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::KNOWN;

    #[test]
    fn the_file_says_all() {
        assert_eq!(KNOWN.contrast_text, 4.5);
        assert!(KNOWN.langs.contains("en") && !KNOWN.langs.contains("xx"));
        assert!(KNOWN.alike.len() > 5 && KNOWN.link_to.values().all(|text| text.contains("{}")));
        assert!(KNOWN.roles.contains("presentation") && !KNOWN.roles.contains("checkbox"));
    }
}
