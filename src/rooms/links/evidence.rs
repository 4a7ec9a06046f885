//! Where an opaque link leads, told by what stands beside it in the mail.

use crate::web::{self, Parts};

/// The target that a link's own text names: the text is one http or https URL
/// and nothing else, on the registrable domain of the wrapper or of a sender
/// who was found to be true, and free of what makes an address read like
/// another.
pub(super) fn text<'t>(
    text: &'t str,
    wrapper: &Parts<'_>,
    sender: Option<&str>,
) -> Option<&'t str> {
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
    let same = web::same_site(parts.host(), wrapper.host())
        || sender.is_some_and(|sender| {
            web::registrable_domain(sender).is_some() && web::same_site(parts.host(), sender)
        });
    (safe && same && web::target(text).is_ok()).then_some(text)
}

/// A cheap first look.
pub(super) fn looks_like_url(text: &str) -> bool {
    text.trim_start().get(..7).is_some_and(|start| {
        start.eq_ignore_ascii_case("http://") || start.eq_ignore_ascii_case("https:/")
    })
}

/// Whether a link's text may be an address, at first sight.
pub(super) fn shows_url(text: &str) -> bool {
    let text = text.trim_start();
    looks_like_url(text) || text.get(..4).is_some_and(|www| www.eq_ignore_ascii_case("www."))
}

/// The host of the address that a link's whole text is.
pub(super) fn shown_host(text: &str) -> Option<String> {
    let text = text.trim();
    if !shows_url(text) || text.contains(char::is_whitespace) {
        return None;
    }
    let url = if looks_like_url(text) { text.to_owned() } else { format!("http://{text}") };
    Parts::parse(&url).map(|parts| parts.host().to_owned()).filter(|host| host.contains('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_url_on_the_same_domain() {
        let wrapper = Parts::parse("https://newsalerts.icann.org/K0020CR00PqN2Dd8g02N0E0").unwrap();
        let told = |t| text(t, &wrapper, None);
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
        let sender = |t, from| text(t, &wrapper, Some(from));
        assert_eq!(
            sender("https://www.example.org/a", "mail.example.org"),
            Some("https://www.example.org/a")
        );
        assert_eq!(sender("https://www.example.org/a", "example.net"), None);
        assert_eq!(sender("https://com/", "com"), None);
    }

    #[test]
    fn hosts_that_texts_show() {
        let host = |t| shown_host(t);
        assert_eq!(host("WWW.Example.org/a").as_deref(), Some("www.example.org"));
        assert_eq!(host(" https://example.org ").as_deref(), Some("example.org"));
        for text in ["example.org", "see https://example.org", "https://x", "www", ""] {
            assert_eq!(host(text), None, "{text}");
        }
    }
}
