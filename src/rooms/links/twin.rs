//! The text/plain twin: senders often leave its addresses as they were. A link
//! is found in it by the very words that stand before an address.
//!
//! `See <a href="https://wrapper.example/x1">our plans</a>.` beside
//! `See our plans (https://www.example.org/plans).` →
//! `https://www.example.org/plans`
//!
//! Words that stand in the mail once must lead to one address in the twin;
//! those that stand in it more often ("Read more") are counted, and are
//! believed where the twin has them as often: then the order tells. A wrong
//! target is worse than none.

use crate::hash::HashMap;
use crate::scene::Scene;

/// How much of the text before an address is looked at, in bytes.
const BEFORE: usize = 400;
/// A line that is as long may have been broken within its address.
const FULL_LINE: usize = 74;
/// Words with fewer letters say too little.
const LEAST: usize = 3;

/// A twin, with the links that have been met.
pub(super) struct Twin<'t> {
    /// Addresses, each with the text before it, white space folded.
    addresses: Vec<(String, &'t str)>,
    /// How often words stand in links of the mail.
    links: HashMap<&'t str, usize>,
    /// How often they were met so far.
    met: HashMap<&'t str, usize>,
}

impl<'t> Twin<'t> {
    pub(super) fn read(text: &'t str, scene: &'t Scene<'_>) -> Twin<'t> {
        let mut links = HashMap::default();
        for facts in scene.links.values().filter(|facts| !facts.text.is_empty()) {
            *links.entry(&*facts.text).or_insert(0) += 1;
        }
        Twin { addresses: addresses(text), links, met: HashMap::default() }
    }

    /// The address that stands in the twin behind the words of the next link.
    pub(super) fn next(&mut self, words: &str) -> Option<&'t str> {
        let (words, count) = self.links.get_key_value(words)?;
        let nth = self.met.entry(words).or_insert(0);
        *nth += 1;
        if words.chars().filter(|c| c.is_alphanumeric()).count() < LEAST {
            return None;
        }
        let behind = self.addresses.iter().filter(|(before, _)| ends_with(before, words));
        let behind: Vec<&'t str> = behind.map(|(_, url)| *url).collect();
        if behind.len() == *count {
            return behind.get(*nth - 1).copied();
        }
        let first = behind.first().copied()?;
        (*count == 1 && behind.iter().all(|url| *url == first)).then_some(first)
    }
}

/// Whether a text ends with these words, and not within one of its own.
fn ends_with(text: &str, words: &str) -> bool {
    let Some(before) = text.strip_suffix(words) else { return false };
    let (last, first) = (before.chars().next_back(), words.chars().next());
    !(last.is_some_and(char::is_alphanumeric) && first.is_some_and(char::is_alphanumeric))
}

/// The http and https addresses of a text, each with what stands before it in
/// the same paragraph, up to the address before.
fn addresses(text: &str) -> Vec<(String, &str)> {
    let mut found = Vec::new();
    let (mut at, mut from) = (0, 0);
    while let Some(start) = text[at..].find("http").map(|i| at + i) {
        at = start + 4;
        let rest = &text[start..];
        if !rest.starts_with("http://") && !rest.starts_with("https://") {
            continue;
        }
        let open = text[..start].chars().next_back();
        if open.is_some_and(char::is_alphanumeric) {
            continue;
        }
        let close = open.and_then(closing);
        let len = rest
            .find(|c: char| c.is_whitespace() || Some(c) == close || matches!(c, '<' | '>' | '"'))
            .unwrap_or(rest.len());
        at = start + len;
        let whole = match close {
            // Its bracket closes behind the address, or it was broken.
            Some(close) => rest[len..].starts_with(close),
            None => !is_broken(text, at),
        };
        let url = match close {
            Some(_) => &rest[..len],
            None => rest[..len].trim_end_matches(['.', ',', ';', ':', '!', '?', '\'', ')', ']']),
        };
        if whole {
            found.push((before(&text[from..start]), url));
        }
        from = at;
    }
    found
}

fn closing(open: char) -> Option<char> {
    match open {
        '<' => Some('>'),
        '(' => Some(')'),
        '[' => Some(']'),
        '"' => Some('"'),
        _ => None,
    }
}

/// Whether an address ends with a line so long that it may go on in the next.
fn is_broken(text: &str, end: usize) -> bool {
    let line = text[..end].rfind('\n').map_or(0, |i| i + 1);
    let next = text[end..].strip_prefix("\r\n").or_else(|| text[end..].strip_prefix('\n'));
    end - line >= FULL_LINE
        && next.is_some_and(|next| next.chars().next().is_some_and(|c| !c.is_whitespace()))
}

/// The words before an address, less the marks that lead over to it.
fn before(text: &str) -> String {
    let mut cut = text.len().saturating_sub(BEFORE);
    while !text.is_char_boundary(cut) {
        cut += 1;
    }
    // An empty line stands between two things; the address may have its own.
    let mut paragraph = String::new();
    for (i, line) in text[cut..].rsplit('\n').enumerate() {
        let line = if i == 0 { line.trim_end_matches(['<', '(', '[', '"']) } else { line };
        if i > 0 && line.trim().is_empty() {
            break;
        }
        paragraph = format!("{} {paragraph}", line.trim());
    }
    let mut folded = String::with_capacity(paragraph.len());
    crate::scene::fold(&mut folded, &paragraph, usize::MAX);
    let marks = |c: char| {
        c.is_whitespace()
            || matches!(c, ':' | '-' | '–' | '—' | '→' | '»' | '>' | '*' | '_' | '|' | '=')
    };
    folded.truncate(folded.trim_end_matches(marks).len());
    folded
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<(String, String)> {
        addresses(text).into_iter().map(|(before, url)| (before, url.to_owned())).collect()
    }

    #[test]
    fn addresses_and_what_stands_before_them() {
        let pair = |before: &str, url: &str| (before.to_owned(), url.to_owned());
        for text in [
            "Our plans (https://x.example/p)",
            "Our plans <https://x.example/p>",
            "Our plans: https://x.example/p.",
            "Our\n plans\nhttps://x.example/p\n\nmore",
            "* Our plans -> https://x.example/p",
            "Our plans\r\n[https://x.example/p]",
        ] {
            let found = found(text);
            assert_eq!(found.len(), 1, "{text}");
            assert!(found[0].0.ends_with("Our plans"), "{found:?}");
            assert_eq!(found[0].1, "https://x.example/p", "{text}");
        }
        assert_eq!(
            found("a http://x.example/1 b https://x.example/2"),
            [pair("a", "http://x.example/1"), pair("b", "https://x.example/2")]
        );
        for text in ["A heading\n\nhttps://x.example/", "A heading\r\n \r\n<https://x.example/>"] {
            assert_eq!(found(text), [pair("", "https://x.example/")]);
        }
    }

    #[test]
    fn what_was_broken_is_not_read() {
        let long = "x".repeat(60);
        assert!(found(&format!("a <https://x.example/{long}\n{long}>")).is_empty());
        assert!(found(&format!("https://x.example/{long}\nabc def")).is_empty());
        assert_eq!(found(&format!("https://x.example/{long}\n\nabc")).len(), 1);
        assert!(found("xhttps://x.example/ http:x https").is_empty());
    }

    #[test]
    fn whole_words() {
        assert!(ends_with("See our plans", "our plans") && ends_with("plans", "plans"));
        assert!(!ends_with("hardplans", "plans") && ends_with("»plans", "plans"));
    }
}
