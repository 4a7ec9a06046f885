//! Where a URL may lead and what a picture may show. Reads a URL as a browser
//! does, so that its scheme is the one that a browser would see, and spells
//! what is read differently by different programs so that it is not.

use super::ident;
use crate::bytes::any_of_many;
use crate::rules::policy::Policy;
use crate::web;
use std::borrow::Cow;
use std::fmt::Write as _;
use url::Url;

/// What is thought of a URL.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Verdict<'u> {
    /// It may stay, in this spelling.
    Stays(Cow<'u, str>),
    /// It may not, by the rule of this id.
    Refused(&'static str),
}

/// The rules by which a URL is refused.
pub(super) const SCHEME: &str = "policy.url.scheme";
pub(super) const RELATIVE: &str = "policy.url.relative";
pub(super) const DATA: &str = "policy.url.data";
pub(super) const HOST: &str = "policy.url.host";

/// Judges the URL of a link.
pub(super) fn link<'u>(raw: &'u str, policy: &Policy, base: Option<&Url>) -> Verdict<'u> {
    if is_plain(raw, policy.link_schemes()) {
        return Verdict::Stays(Cow::Borrowed(raw));
    }
    let url = trim(raw);
    if let Some(name) = url.strip_prefix('#') {
        return Verdict::Stays(format!("#{}", ident::fragment(name)).into());
    }
    let Some(url) = absolute(&url, base) else { return Verdict::Refused(RELATIVE) };
    allowed(&url, policy.link_schemes())
}

/// Judges the URL of a picture.
pub(super) fn image<'u>(raw: &'u str, policy: &Policy, base: Option<&Url>) -> Verdict<'u> {
    if is_plain(raw, policy.image_schemes()) {
        return Verdict::Stays(Cow::Borrowed(raw));
    }
    let url = trim(raw);
    if let Some(rest) = strip_scheme(&url, "data") {
        return match data(rest, policy.data_types()) {
            Some(url) => Verdict::Stays(url.into()),
            None => Verdict::Refused(DATA),
        };
    }
    let Some(url) = absolute(&url, base) else { return Verdict::Refused(RELATIVE) };
    allowed(&url, policy.image_schemes())
}

/// An http or https URL as a browser reads it; `None` where it says so already,
/// and for all other URLs.
pub(super) fn spelling(raw: &str, base: Option<&Url>) -> Option<String> {
    if is_spelt(raw) || raw.starts_with('#') {
        return None;
    }
    let url = trim(raw);
    match allowed(&absolute(&url, base)?, &["http", "https"]) {
        Verdict::Stays(url) if url != raw => Some(url.into_owned()),
        _ => None,
    }
}

/// Whether nothing in an absolute URL needs another spelling. Most URLs of
/// mail are seen to be so at a glance.
fn is_spelt(url: &str) -> bool {
    of_web(url).is_some_and(|rest| rest.bytes().next().is_some_and(|b| b.is_ascii_alphanumeric()))
        && !url.ends_with(' ')
        && !(has_odd(url) && url.contains(|c: char| c.is_control() || c == '\\'))
}

/// What stands behind the scheme of an http or https URL that is spelt so.
fn of_web(url: &str) -> Option<&str> {
    url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"))
}

/// Whether there may be controls or a backslash: those of C1 begin with C2.
fn has_odd(url: &str) -> bool {
    // One comparison for all four.
    let is_odd = |b: u8| (b & 0xe0).min(b ^ 0x7f).min(b ^ 0xc2).min(b ^ b'\\') == 0;
    any_of_many(url.as_bytes(), is_odd).unwrap_or_else(|| url.bytes().any(is_odd))
}

/// Whether an absolute URL is one that may stay as it is written, which is
/// seen at a glance of nearly all.
fn is_plain(url: &str, schemes: &[&str]) -> bool {
    let Some(rest) = of_web(url) else { return false };
    let scheme = &url[..url.len() - rest.len() - "://".len()];
    is_spelt(url) && has_host(rest) && schemes.contains(&scheme)
}

/// Whether a URL that may stay is fetched from somewhere.
pub(super) fn is_remote(url: &str) -> bool {
    url.starts_with("http:") || url.starts_with("https:")
}

/// Without what a browser takes off a URL before it reads it: controls and
/// spaces at the ends, tabs and line ends everywhere.
fn trim(raw: &str) -> Cow<'_, str> {
    let url = raw.trim_matches(|c| c <= ' ');
    if url.contains(['\t', '\n', '\r']) {
        return Cow::Owned(url.replace(['\t', '\n', '\r'], ""));
    }
    Cow::Borrowed(url)
}

/// The rest behind a scheme, if the URL has it.
fn strip_scheme<'u>(url: &'u str, scheme: &str) -> Option<&'u str> {
    let (head, rest) = url.split_once(':')?;
    head.eq_ignore_ascii_case(scheme).then_some(rest)
}

/// The URL with a scheme: its own, that of a secure page, or its base's.
fn absolute<'u>(url: &'u str, base: Option<&Url>) -> Option<Cow<'u, str>> {
    if scheme(url).is_some() {
        return Some(Cow::Borrowed(url));
    }
    let host = url.trim_start_matches(['/', '\\']);
    if url.len() - host.len() >= 2 {
        return Some(Cow::Owned(format!("https://{host}")));
    }
    if url.is_empty() {
        return None;
    }
    base?.join(url).ok().map(|url| Cow::Owned(url.into()))
}

/// The scheme as WHATWG "scheme start state" reads it.
fn scheme(url: &str) -> Option<&str> {
    let (scheme, _) = url.split_once(':')?;
    let is_scheme = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'));
    is_scheme.then_some(scheme)
}

fn allowed(url: &str, schemes: &[&str]) -> Verdict<'static> {
    let Some(scheme) = scheme(url) else { return Verdict::Refused(RELATIVE) };
    let Some(known) = schemes.iter().find(|known| scheme.eq_ignore_ascii_case(known)) else {
        return Verdict::Refused(SCHEME);
    };
    let rest = &url[scheme.len() + 1..];
    let mut out = String::with_capacity(url.len() + 2);
    out.push_str(known);
    out.push(':');
    if !matches!(*known, "http" | "https") {
        push(&mut out, rest);
        // These have no host; one that is none is an error all the same.
        if rest.starts_with("//") && Url::parse(&out).is_err() {
            return Verdict::Refused(HOST);
        }
        return Verdict::Stays(out.into());
    }
    // `http:host`, `http:/host` and `http:\\\host` are the same host to a
    // browser without a page of that scheme, and a path to one that has it.
    let rest = rest.trim_start_matches(['/', '\\']);
    out.push_str("//");
    // A `\` is a `/` there, but not to every mail program: `https://a\@b`.
    let end = rest.find(['?', '#']).unwrap_or(rest.len());
    push(&mut out, &rest[..end].replace('\\', "/"));
    push(&mut out, &rest[end..]);
    if !has_host(rest) && Url::parse(&out).is_err() {
        return Verdict::Refused(HOST);
    }
    Verdict::Stays(out.into())
}

/// Whether what stands behind a scheme begins with a host that any parser of
/// URLs takes; of others only a parser can tell. A URL that none takes leads
/// nowhere, but a program that mends it may find a host that we did not judge.
fn has_host(rest: &str) -> bool {
    web::begins_with_name(rest)
}

/// Copies, with controls percent-encoded as browsers do. Those beyond ASCII
/// too: the writer would leave them out.
fn push(out: &mut String, text: &str) {
    for c in text.chars() {
        if c.is_control() {
            for byte in c.encode_utf8(&mut [0; 4]).bytes() {
                let _ = write!(out, "%{byte:02X}");
            }
        } else {
            out.push(c);
        }
    }
}

/// A data URL of a picture, in one spelling; `rest` is what follows `data:`.
fn data(rest: &str, types: &[&str]) -> Option<String> {
    let (media, body) = rest.split_once(',')?;
    let media = media.trim();
    let media = media
        .get(..media.len().checked_sub(";base64".len())?)
        .filter(|head| media[head.len()..].eq_ignore_ascii_case(";base64"))?;
    let media = if media.eq_ignore_ascii_case("image/jpg") { "image/jpeg" } else { media };
    let media = types.iter().find(|known| media.eq_ignore_ascii_case(known))?;
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=' | b'%');
    let body: Cow<'_, str> =
        if body.contains(' ') { Cow::Owned(body.replace(' ', "")) } else { Cow::Borrowed(body) };
    body.bytes().all(plain).then(|| format!("data:{media};base64,{body}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn href(raw: &str) -> Verdict<'_> {
        link(raw, &Policy::builtin(), None)
    }
    fn src(raw: &str) -> Verdict<'_> {
        image(raw, &Policy::builtin(), None)
    }
    fn stays(url: &str) -> Verdict<'_> {
        Verdict::Stays(url.into())
    }

    #[test]
    fn ordinary_urls_keep_their_bytes() {
        for url in [
            "https://example.org/a?b=c&d=%20#e",
            "http://example.org",
            "mailto:a@example.org?subject=Hi there",
            "tel:+15550100",
            "https://example.org/a\u{e9}?q={{x}}|y",
            "https://example.org/?u=http:\\\\x",
        ] {
            assert_eq!(href(url), stays(url));
        }
    }

    #[test]
    fn schemes_are_read_as_a_browser_reads_them() {
        for url in [
            "javascript:alert(1)",
            " \u{1}JaVaScRiPt:alert(1)",
            "java\tscr\nipt:alert(1)",
            "vbscript:x",
            "data:text/html,x",
            "file:///etc/passwd",
            "blob:https://x/y",
            "view-source:https://x",
            "ms-word:ofe|u|https://x",
            "cid:part",
        ] {
            assert_eq!(href(url), Verdict::Refused(SCHEME), "{url}");
        }
        // No scheme to a browser either: a relative path.
        for url in [
            "java script:alert(1)",
            "&#106;avascript:x",
            "\u{a0}javascript:x",
            "x/y:z",
            "",
            "  ",
            "1a:b",
        ] {
            assert_eq!(href(url), Verdict::Refused(RELATIVE), "{url}");
        }
    }

    #[test]
    fn spelt_as_every_program_reads_it() {
        assert_eq!(href("HTTPS://Example.org/A"), stays("https://Example.org/A"));
        assert_eq!(href("//example.org/a"), stays("https://example.org/a"));
        assert_eq!(href("\\\\example.org\\a"), stays("https://example.org/a"));
        assert_eq!(href("https:/\\/example.org\\a?b\\c"), stays("https://example.org/a?b\\c"));
        assert_eq!(href("http:example.org"), stays("http://example.org"));
        assert_eq!(href("ht\ntp://example.org/a\tb"), stays("http://example.org/ab"));
        assert_eq!(href("https://example.org/a\u{1}b"), stays("https://example.org/a%01b"));
    }

    #[test]
    fn a_host_that_no_parser_takes_leads_nowhere() {
        for url in [
            "https://",
            "https:///",
            "https://a\u{fffd}b.example/",
            "https://a b.example/",
            "https://a<b.example/",
            "https://example.org:99999/",
            "https://[1::2::3]/",
            "https://1.2.3.256/",
            "https://xn--a.example/",
            "https://%zz.example/",
            "//a^b",
        ] {
            assert_eq!(href(url), Verdict::Refused(HOST), "{url}");
            assert_eq!(src(url), Verdict::Refused(HOST), "{url}");
        }
        // Other schemes have none, and need none.
        assert_eq!(src("cid://a<b"), Verdict::Refused(HOST));
        assert_eq!(href("mailto://a^b"), Verdict::Refused(HOST));
        for url in ["cid:a<b@example.org", "cid://part1", "cid:/a b"] {
            assert_eq!(src(url), stays(url));
        }
        for url in [
            "https://EXAMPLE.org.:443/a",
            "https://m\u{fc}ller.example/",
            "https://xn--mller-kva.example/",
            "https://[::1]:80/",
            "https://192.0.2.1/",
            "https://a_b.example/",
            "https://user@example.org/",
        ] {
            assert_eq!(href(url), stays(url));
        }
    }

    #[test]
    fn spelt_before_it_is_judged() {
        let base = Url::parse("https://example.org/news/").ok();
        let spelt = |raw| spelling(raw, base.as_ref());
        for (raw, as_read) in [
            ("http:s/./t\u{7f}x", "http://s/./t%7Fx"),
            (" //t.example\\a ", "https://t.example/a"),
            ("HTTPS://t.example", "https://t.example"),
            ("https://t.example/a\u{81}b", "https://t.example/a%C2%81b"),
            ("x.gif", "https://example.org/news/x.gif"),
        ] {
            assert_eq!(spelt(raw).as_deref(), Some(as_read), "{raw}");
        }
        for raw in ["https://t.example/a b\u{e9}", "#top", "mailto:a@example.org", "cid:a", ""] {
            assert_eq!(spelt(raw), None, "{raw}");
        }
        assert_eq!(spelling("x.gif", None), None);
    }

    #[test]
    fn judging_twice_changes_nothing() {
        for url in ["//x/\\y", "http:\\x", "#a b", " https://x/ y ", "mailto:a\u{7f}b"] {
            let Verdict::Stays(once) = href(url) else { panic!("{url}") };
            assert_eq!(href(&once), stays(&once));
        }
    }

    #[test]
    fn relative_urls_need_a_base() {
        let base = Url::parse("https://example.org/news/1.html").ok();
        let policy = Policy::builtin();
        assert_eq!(link("../a?b", &policy, base.as_ref()), stays("https://example.org/a?b"));
        assert_eq!(image("x.png", &policy, base.as_ref()), stays("https://example.org/news/x.png"));
        assert_eq!(link("javascript:x", &policy, base.as_ref()), Verdict::Refused(SCHEME));
        assert_eq!(href("/a"), Verdict::Refused(RELATIVE));
    }

    #[test]
    fn places_within_the_mail_are_renamed() {
        assert_eq!(href("#top"), stays("#m-top"));
        assert_eq!(href("#m-top"), stays("#m-top"));
    }

    #[test]
    fn pictures_as_data_are_of_raster_formats() {
        assert_eq!(src("data:image/png;base64,iVBO Rw0K"), stays("data:image/png;base64,iVBORw0K"));
        assert_eq!(src("DATA:image/JPG;BASE64,/9j/"), stays("data:image/jpeg;base64,/9j/"));
        assert_eq!(src("cid:logo@example"), stays("cid:logo@example"));
        for url in [
            "data:image/svg+xml;base64,PHN2Zz4=",
            "data:text/html;base64,PHN2Zz4=",
            "data:image/png,<svg>",
            "data:image/png;base64,<svg>",
            "data:image/png;charset=x;base64,AA",
            "data:,",
            "data:",
        ] {
            assert_eq!(src(url), Verdict::Refused(DATA), "{url}");
        }
        for url in ["javascript:x", "mailto:a@b.example", "tel:1", "file:x"] {
            assert_eq!(src(url), Verdict::Refused(SCHEME), "{url}");
        }
    }
}
