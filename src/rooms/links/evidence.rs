//! Where an opaque link leads, told by what stands beside it in the mail.

use crate::web::{self, Parts};

/// The target that a link's own text names: the text is one http or https URL
/// and nothing else, on the wrapper's registrable domain, and free of what
/// makes an address read like another.
pub(super) fn text<'t>(text: &'t str, wrapper: &Parts<'_>) -> Option<&'t str> {
    let text = text.trim();
    if !looks_like_url(text) || text.contains(char::is_whitespace) {
        return None;
    }
    if text.chars().any(web::is_deceptive) {
        return None;
    }
    let parts = Parts::parse(text)?;
    let spelled = text.to_ascii_lowercase().contains(&format!("://{}", parts.host()));
    let safe = spelled && !parts.credentials && !parts.backslash && !parts.port;
    let same = web::same_site(parts.host(), wrapper.host());
    (safe && same && web::target(text, &[]).is_ok()).then_some(text)
}

/// A cheap first look.
pub(super) fn looks_like_url(text: &str) -> bool {
    text.trim_start().get(..7).is_some_and(|start| {
        start.eq_ignore_ascii_case("http://") || start.eq_ignore_ascii_case("https:/")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_url_on_the_same_domain() {
        let wrapper = Parts::parse("https://newsalerts.icann.org/K0020CR00PqN2Dd8g02N0E0").unwrap();
        let told = |t| text(t, &wrapper);
        assert_eq!(told(" https://www.icann.org "), Some("https://www.icann.org"));
        assert_eq!(told("https://www.icann.org/a?b#c"), Some("https://www.icann.org/a?b#c"));
        for t in [
            "www.icann.org",
            "see https://www.icann.org",
            "https://www.icann.org https://www.icann.org",
            "https://www.icann.org.evil.example/",
            "https://icann.org@evil.example/",
            "https://me@icann.org/",
            "https://www.icann.org/\u{202e}x",
            "https://iсann.org/",
            "https://example.org/",
            "mailto:a@icann.org",
            "",
        ] {
            assert_eq!(told(t), None, "{t}");
        }
    }
}
