//! Pages that are redirects: `<meta http-equiv="refresh">` with a URL. Scripts
//! are not read: what they do would have to be guessed.

use crate::html::{At, El};
use crate::limits::{Deadline, Limits};
use crate::read::Reader;
use crate::tape::Kind;

/// Where the page sends its reader; `None` if nowhere, or to two places.
pub(super) fn target(html: &str) -> Option<String> {
    let mut reader = Reader::new(&Limits::default(), Deadline::default(), false);
    reader.feed(html).ok()?;
    reader.end().ok()?;
    let mut tape = reader.take_rest();
    tape.decode();
    let mut found: Option<&str> = None;
    for (at, node) in tape.nodes.iter().enumerate() {
        let at = at as u32;
        let refreshes = node.kind == Kind::Start
            && node.el == El::Meta
            && tape.attr(at, At::HttpEquiv).is_some_and(|v| v.eq_ignore_ascii_case("refresh"));
        let to = refreshes.then(|| tape.attr(at, At::Content)).flatten().and_then(url);
        match (found, to) {
            (Some(old), Some(new)) if old != new => return None,
            (None, Some(new)) => found = Some(new),
            _ => {}
        }
    }
    found.map(str::to_owned)
}

/// The URL of a refresh, as the HTML Standard reads it ("shared declarative
/// refresh steps"): `0; url='…'`. Also the form of the header `Refresh`.
pub(super) fn url(content: &str) -> Option<&str> {
    let space = |c: char| c.is_ascii_whitespace();
    let rest = content.trim_start_matches(space);
    let time = rest.trim_start_matches(|c: char| c.is_ascii_digit());
    if time.len() == rest.len() && !rest.starts_with('.') {
        return None;
    }
    let rest = time.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
    if !rest.starts_with(|c: char| c == ';' || c == ',' || space(c)) {
        return None;
    }
    let rest = rest.trim_start_matches(space);
    let rest = rest.strip_prefix([';', ',']).unwrap_or(rest).trim_start_matches(space);
    let named = rest
        .get(..3)
        .filter(|name| name.eq_ignore_ascii_case("url"))
        .and_then(|_| rest[3..].trim_start_matches(space).strip_prefix('='));
    let value = named.unwrap_or(rest).trim_start_matches(space);
    let value = match value.chars().next() {
        Some(quote @ ('"' | '\'')) => value[1..].split(quote).next().unwrap_or_default(),
        _ => value,
    };
    let value = value.trim_matches(space);
    (!value.is_empty()).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_browsers_read_it() {
        for (content, to) in [
            ("0;url=https://a.example/", Some("https://a.example/")),
            ("0; URL = 'https://a.example/?x=1;2' ", Some("https://a.example/?x=1;2")),
            (" 3.5, /b", Some("/b")),
            (".5 url=/b", Some("/b")),
            ("0; urls", Some("urls")),
            ("5", None),
            ("", None),
            ("x; url=/b", None),
            ("0x; url=/b", None),
            ("0; url=''", None),
        ] {
            assert_eq!(url(content), to, "{content:?}");
        }
    }

    #[test]
    fn pages() {
        let meta = "<meta HTTP-EQUIV=Refresh content=\"0;url=https://a.example/?x&amp;y\">";
        assert_eq!(target(meta).as_deref(), Some("https://a.example/?x&y"));
        assert_eq!(target(&format!("<html><head>{meta}{meta}<body>Hi")), target(meta));
        for none in [
            "<p>Hi",
            "<!-- <meta http-equiv=refresh content='0;url=/b'> -->",
            "<script>'<meta http-equiv=refresh content=\"0;url=/b\">'</script>",
            "<title><meta http-equiv=refresh content='0;url=/b'></title>",
            "<meta name=refresh content='0;url=/b'>",
            "<meta http-equiv=refresh content='0;url=/b'><meta http-equiv=refresh content='0;url=/c'>",
        ] {
            assert_eq!(target(none), None, "{none}");
        }
    }
}
