//! A name for a link out of where it leads, for links that have no other:
//! the words of its path, else the host. Never out of a wrapper's URL, whose
//! host is not where the link leads.

use super::known::{KNOWN, Texts};
use crate::rooms::percent;
use crate::web::Parts;
use url::Url;

/// What a link to `href` is called in a mail of this language.
pub(super) fn of_link(href: &str, is_wrapper: &dyn Fn(&str) -> bool, lang: Option<&str>) -> String {
    let href = href.trim();
    // Of nearly every URL no more is to be known than where its parts are.
    if let Some(parts) = Parts::parse(href).filter(is_spelt_out) {
        return match is_wrapper(href) {
            true => phrase(&KNOWN.phrases_link, lang).to_owned(),
            false => of_page(parts.host(), parts.path().split('/'), lang),
        };
    }
    let Ok(url) = Url::parse(href) else { return phrase(&KNOWN.phrases_link, lang).to_owned() };
    match url.scheme() {
        "http" | "https" if !is_wrapper(href) => {
            of_page(url.host_str().unwrap_or_default(), url.path().split('/'), lang)
        }
        "mailto" | "tel" | "sms" => {
            let whom = percent_decoded(url.path());
            let whom = whom.split('?').next().unwrap_or_default().trim();
            if whom.is_empty() {
                phrase(&KNOWN.phrases_link, lang).to_owned()
            } else {
                link_to(whom, lang)
            }
        }
        _ => phrase(&KNOWN.phrases_link, lang).to_owned(),
    }
}

/// Whether a browser asks for the path as it is written.
fn is_spelt_out(url: &Parts<'_>) -> bool {
    !url.backslash && !url.path().contains("/.") && !url.path().contains("/%2")
}

fn of_page<'u>(
    host: &str,
    path: impl DoubleEndedIterator<Item = &'u str>,
    lang: Option<&str>,
) -> String {
    let host = host.trim_start_matches("www.");
    let domain = psl::domain_str(host).unwrap_or(host);
    if let Some(site) = KNOWN.name_sites.get(domain) {
        return site.to_owned();
    }
    path.rev()
        .find(|segment| !segment.is_empty())
        .and_then(|segment| words(&percent_decoded(segment)))
        .unwrap_or_else(|| link_to(domain, lang))
}

/// The words of a file's name, if these are words and not an identifier.
fn words(segment: &str) -> Option<String> {
    let stem = match segment.rsplit_once('.') {
        Some((stem, ending)) if ending.len() <= 5 && !stem.is_empty() => stem,
        _ => segment,
    };
    let mut out = String::new();
    let mut letters = 0;
    for word in stem.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
        if !is_word(word) {
            return None;
        }
        if KNOWN.name_empty.contains(&word.to_lowercase()) {
            continue;
        }
        if !out.is_empty() {
            out.push(' ');
        }
        letters += word.chars().filter(|c| c.is_alphabetic()).count();
        out.push_str(word);
    }
    if (letters as f64) < KNOWN.name_letters || out.chars().count() as f64 > KNOWN.name_longest {
        return None;
    }
    let mut chars = out.chars();
    let first = chars.next()?;
    Some(first.to_uppercase().chain(chars).collect())
}

/// A word or a year, nothing that looks like a token: letters and digits mixed,
/// capitals within, too long, or no vowel.
fn is_word(word: &str) -> bool {
    const LONGEST: usize = 24;
    let digits = word.chars().filter(char::is_ascii_digit).count();
    if digits > 0 {
        return digits == word.len() && digits <= 4;
    }
    let lower = word.chars().skip(1).all(|c| !c.is_uppercase());
    let upper = word.chars().all(|c| !c.is_lowercase());
    let is_latin = word.is_ascii();
    let vowels = word.bytes().any(|b| b"aeiouyAEIOUY".contains(&b));
    (lower || upper) && word.chars().count() <= LONGEST && (!is_latin || vowels || word.len() <= 3)
}

fn link_to(what: &str, lang: Option<&str>) -> String {
    phrase(&KNOWN.phrases_link_to, lang).replace("{}", what)
}

fn phrase(phrases: &Texts, lang: Option<&str>) -> &'static str {
    let lang = lang.unwrap_or_default().split('-').next().unwrap_or_default().to_ascii_lowercase();
    let lang = if matches!(lang.as_str(), "no" | "nn") { "nb" } else { &lang };
    phrases.get(lang).or_else(|| phrases.get("en")).unwrap_or("Link")
}

fn percent_decoded(text: &str) -> String {
    // What is not UTF-8 is no word.
    String::from_utf8(percent::bytes(text).into_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(href: &str) -> String {
        of_link(href, &|url| url.contains("wrapper.example"), Some("en-GB"))
    }

    #[test]
    fn names_out_of_targets() {
        for (href, expected) in [
            ("https://www.shop.example/summer-sale", "Summer sale"),
            ("https://shop.example/blog/2024/our_new_shoes.html", "Our new shoes"),
            ("https://shop.example/c/caf%C3%A9s", "Cafés"),
            ("https://news.shop.co.uk/", "Link to shop.co.uk"),
            ("https://shop.example/index.html", "Link to shop.example"),
            ("https://shop.example/summer-sale/x/../", "Summer sale"),
            ("https://shop.example/summer-sale/x/%2E%2e?a=/b", "Summer sale"),
            ("https:\\\\shop.example\\summer-sale\\", "Summer sale"),
            ("https://shop.example/uGN0008R0P0d0w02qg2CE20", "Link to shop.example"),
            ("https://shop.example/aHRkcXQ", "Link to shop.example"),
            ("https://www.facebook.com/acme", "Facebook"),
            ("https://click.wrapper.example/summer-sale", "Link"),
            ("mailto:a@b.example?subject=x", "Link to a@b.example"),
            ("tel:+491234", "Link to +491234"),
            ("#top", "Link"),
            ("{{url}}", "Link"),
            ("", "Link"),
        ] {
            assert_eq!(name(href), expected, "{href}");
        }
    }

    #[test]
    fn in_the_mails_language() {
        let none = |_: &str| false;
        assert_eq!(of_link("https://a.example/", &none, Some("de")), "Link zu a.example");
        assert_eq!(of_link("https://a.example/", &none, Some("xx")), "Link to a.example");
        assert_eq!(of_link("https://a.example/", &none, None), "Link to a.example");
    }
}
