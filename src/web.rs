//! Web addresses: splits an absolute http or https URL the way a browser
//! would, cheaply and without changing a byte, and says which hosts are public.
//! What a URL means is for the rules and the rooms.

use std::borrow::Cow;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::ops::Range;

/// Longer URLs are read by no rule.
pub(crate) const LONGEST: usize = 64 << 10;

/// An absolute http or https URL in its parts. Nothing in it is decoded.
#[derive(Clone, Debug)]
pub(crate) struct Parts<'u> {
    /// Without the white space that a browser takes out.
    url: Cow<'u, str>,
    /// In lower case, without a dot at the end; where it had to be read by the
    /// book, as the URL Standard spells it.
    host: Cow<'u, str>,
    /// There is a name or a password before the host.
    pub(crate) credentials: bool,
    /// There is a port.
    pub(crate) port: bool,
    /// A backslash before the query: browsers read a slash, others do not.
    pub(crate) backslash: bool,
    path: Range<usize>,
    query: Option<Range<usize>>,
    fragment: Option<Range<usize>>,
}

impl<'u> Parts<'u> {
    /// Splits a URL; `None` for anything but absolute http and https, and for
    /// what no browser would open.
    pub(crate) fn parse(url: &'u str) -> Option<Self> {
        let url = browsed(url);
        if url.len() > LONGEST {
            return None;
        }
        let bytes = url.as_bytes();
        let https = match bytes {
            [b'h' | b'H', b't' | b'T', b't' | b'T', b'p' | b'P', b':', ..] => false,
            [b'h' | b'H', b't' | b'T', b't' | b'T', b'p' | b'P', b's' | b'S', b':', ..] => true,
            _ => return None,
        };
        let scheme = if https { 6 } else { 5 };
        let slashes = bytes[scheme..].iter().take_while(|b| matches!(b, b'/' | b'\\')).count();
        // Without any slash it is relative to a base of the same scheme.
        if slashes == 0 {
            return None;
        }
        let start = scheme + slashes;
        let ends = |byte: Option<&u8>| matches!(byte, None | Some(b'/' | b'\\' | b'?' | b'#'));
        // Nearly every host stands alone, and then one look at each byte of it is enough.
        let plain = PlainHost::of(&bytes[start..]);
        let (mut end, mut credentials, mut port) = (start + plain.len, false, false);
        let host = if ends(bytes.get(end)) {
            host_of(&url, start..end, plain)?
        } else {
            end += bytes[end..].iter().take_while(|&byte| !ends(Some(byte))).count();
            let at = memchr::memrchr(b'@', &bytes[start..end]);
            credentials = at.is_some();
            let host = at.map_or(start, |at| start + at + 1);
            let authority = &url[host..end];
            let (name, number) = match memchr::memrchr(b':', authority.as_bytes()) {
                Some(at) if !authority.ends_with(']') => (&authority[..at], &authority[at + 1..]),
                _ => (authority, ""),
            };
            let is_port =
                number.bytes().all(|b| b.is_ascii_digit()) && number.parse::<u16>().is_ok();
            port = !number.is_empty();
            if port && !is_port {
                return None;
            }
            host_of(&url, host..host + name.len(), PlainHost::of(name.as_bytes()))?
        };
        // Whichever comes first ends the path.
        let path_end =
            memchr::memchr2(b'?', b'#', &bytes[end..]).map_or(bytes.len(), |at| end + at);
        let has_query = bytes.get(path_end) == Some(&b'?');
        let fragment = match has_query {
            true => memchr::memchr(b'#', &bytes[path_end..]).map(|at| path_end + at),
            false => (path_end < bytes.len()).then_some(path_end),
        };
        let before = fragment.unwrap_or(bytes.len());
        let query = has_query.then_some(path_end);
        let path = end..path_end;
        let backslash = memchr::memchr(b'\\', &bytes[scheme..path.end]).is_some();
        let query = query.map(|at| at + 1..before);
        let fragment = fragment.map(|at| at + 1..bytes.len());
        Some(Parts { url, host, credentials, port, backslash, path, query, fragment })
    }

    /// To be kept.
    pub(crate) fn kept(&self) -> Parts<'static> {
        let (path, query, fragment) =
            (self.path.clone(), self.query.clone(), self.fragment.clone());
        Parts {
            url: Cow::Owned(self.url.clone().into_owned()),
            host: Cow::Owned(self.host.clone().into_owned()),
            path,
            query,
            fragment,
            ..*self
        }
    }

    /// The URL without the white space that a browser takes out.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }
    pub(crate) fn host(&self) -> &str {
        &self.host
    }
    /// Raw, with its first slash; empty where the URL has none.
    pub(crate) fn path(&self) -> &str {
        &self.url[self.path.clone()]
    }
    /// As a browser asks for it: a slash where the URL has no path.
    pub(crate) fn path_or_root(&self) -> &str {
        if self.path.is_empty() { "/" } else { self.path() }
    }
    /// Raw, without its question mark.
    pub(crate) fn query(&self) -> Option<&str> {
        self.query.clone().map(|range| &self.url[range])
    }
    /// Raw, without its number sign.
    pub(crate) fn fragment(&self) -> Option<&str> {
        self.fragment.clone().map(|range| &self.url[range])
    }
    /// Path, query and fragment.
    pub(crate) fn tail(&self) -> &str {
        &self.url[self.path.start..]
    }
    /// Path and query.
    pub(crate) fn path_and_query(&self) -> &str {
        let end = self.query.clone().map_or(self.path.end, |q| q.end);
        &self.url[self.path.start..end]
    }
    /// Where the query is within [`Parts::url`].
    pub(crate) fn query_range(&self) -> Option<Range<usize>> {
        self.query.clone()
    }

    /// Names and values of the query, raw, in order.
    pub(crate) fn params(&self) -> impl Iterator<Item = (&str, &str)> {
        params(self.query().unwrap_or_default())
    }

    /// The raw value of the first parameter of this name.
    pub(crate) fn param(&self, name: &str) -> Option<&str> {
        self.params().find(|(key, _)| *key == name).map(|(_, value)| value)
    }
}

/// Names and values of a query string, raw, in order. The `amp;` that a double
/// escaped `&` leaves behind is not part of a name.
pub(crate) fn params(query: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut rest = query;
    let parts = std::iter::from_fn(move || {
        let end = memchr::memchr(b'&', rest.as_bytes());
        let (part, behind) = match end {
            Some(end) => (&rest[..end], &rest[end + 1..]),
            None if rest.is_empty() => return None,
            None => (rest, ""),
        };
        rest = behind;
        Some(part)
    });
    parts.filter(|part| !part.is_empty()).map(|part| {
        let part = part.strip_prefix("amp;").unwrap_or(part);
        match memchr::memchr(b'=', part.as_bytes()) {
            Some(at) => (&part[..at], &part[at + 1..]),
            None => (part, ""),
        }
    })
}

/// What a browser makes of an attribute's value before it reads it: no
/// control characters and spaces around it, no tab and no line break in it.
fn browsed(url: &str) -> Cow<'_, str> {
    let url = url.trim_matches(|c: char| c <= ' ');
    if memchr::memchr3(b'\t', b'\n', b'\r', url.as_bytes()).is_some() {
        Cow::Owned(url.replace(['\t', '\n', '\r'], ""))
    } else {
        Cow::Borrowed(url)
    }
}

/// What a byte of a host is: nothing of these for a small letter, a digit or `_`.
const DOT: u8 = 1;
const DASH: u8 = 2;
const UPPER: u8 = 4;
const ODD: u8 = 8;
static HOST_BYTES: [u8; 256] = {
    let mut classes = [ODD; 256];
    let mut b = 0;
    while b < 128u8 {
        classes[b as usize] = match b {
            b'a'..=b'z' | b'0'..=b'9' | b'_' => 0,
            b'A'..=b'Z' => UPPER,
            b'-' => DASH,
            b'.' => DOT,
            _ => ODD,
        };
        b += 1;
    }
    classes
};

/// What one look at a host tells.
struct PlainHost {
    /// Up to the first byte that is [`ODD`].
    len: usize,
    /// The classes of all its bytes, and of those that follow one of the same.
    any: u8,
    twice: u8,
    /// Where its last label begins.
    label: usize,
    ends_with_dot: bool,
}

impl PlainHost {
    fn of(bytes: &[u8]) -> PlainHost {
        let (mut len, mut any, mut twice, mut label, mut last) = (0, 0, 0, 0, DOT);
        for &byte in bytes {
            let class = HOST_BYTES[usize::from(byte)];
            if class & ODD != 0 {
                break;
            }
            any |= class;
            twice |= class & last;
            // A dot at the end ends the last label, it begins none.
            label = if last & DOT != 0 { len } else { label };
            last = class;
            len += 1;
        }
        PlainHost { len, any, twice, label, ends_with_dot: len > 0 && last & DOT != 0 }
    }
}

/// Whether what stands behind a scheme and its slashes begins with a host that
/// is a name without any peculiarity; of others only a parser can tell.
pub(crate) fn begins_with_name(rest: &str) -> bool {
    let bytes = rest.as_bytes();
    let host = PlainHost::of(bytes);
    // Numbers as addresses and encoded labels have rules of their own.
    matches!(bytes.get(host.len), None | Some(b'/' | b'\\' | b'?' | b'#'))
        && host.twice & DASH == 0
        && bytes.get(host.label).is_some_and(u8::is_ascii_alphabetic)
}

/// The host in that range of the URL, in lower case.
fn host_of<'u>(url: &Cow<'u, str>, range: Range<usize>, plain: PlainHost) -> Option<Cow<'u, str>> {
    let name = &url[range.clone()];
    // A last label that is a number makes the whole an IPv4 address.
    let number = name.as_bytes().get(plain.label).is_some_and(u8::is_ascii_digit);
    let coded = plain.twice & DASH != 0 && name.contains("xn--");
    if plain.len == name.len() && !number && !coded {
        if name.is_empty() || plain.twice & DOT != 0 {
            return None;
        }
        let range = range.start..range.end - usize::from(plain.ends_with_dot);
        return Some(match url {
            Cow::Borrowed(url) if plain.any & UPPER == 0 => Cow::Borrowed(&url[range]),
            _ => Cow::Owned(url[range].to_ascii_lowercase()),
        });
    }
    // Its port was taken off: a second one is none.
    if name.contains(':') && !name.starts_with('[') {
        return None;
    }
    let read = url::Url::parse(&format!("https://{name}/")).ok()?;
    let host = read.host_str()?;
    Some(Cow::Owned(host.strip_suffix('.').unwrap_or(host).to_owned()))
}

/// The part of a host that someone registered, after the Public Suffix List
/// with its private part: `www.example.co.uk` → `example.co.uk`.
pub(crate) fn registrable_domain(host: &str) -> Option<&str> {
    if is_address(host) {
        return None;
    }
    psl::domain_str(host)
}

/// Whether two hosts belong to the same registrable domain.
pub(crate) fn same_site(a: &str, b: &str) -> bool {
    a == b || registrable_domain(a).is_some_and(|domain| registrable_domain(b) == Some(domain))
}

/// Whether this text is a public suffix of a registry. Those that companies
/// gave to the list are not: anybody may be `google.github.io`.
pub(crate) fn is_suffix(text: &str) -> bool {
    psl::suffix(text.as_bytes())
        .is_some_and(|s| s.typ() == Some(psl::Type::Icann) && s.as_bytes() == text.as_bytes())
}

fn is_address(host: &str) -> bool {
    host.starts_with('[') || host.parse::<Ipv4Addr>().is_ok() || host.parse::<Ipv6Addr>().is_ok()
}

/// Names that lead to one's own machine or network (RFC 6761, 6762, 8375, and
/// what routers and offices are known to use).
const LOCAL: &[&str] = &[
    "localhost",
    "localdomain",
    "local",
    "internal",
    "intranet",
    "lan",
    "home",
    "corp",
    "private",
    "arpa",
    "invalid",
    "onion",
];

/// Whether a host is a name on the public web: no address, no name of one's
/// own machine or network, not a bare top-level domain.
pub(crate) fn is_public_host(host: &str) -> bool {
    if is_address(host) || !host.contains('.') || host.len() > 253 {
        return false;
    }
    if LOCAL.contains(&host.rsplit('.').next().unwrap_or_default()) {
        return false;
    }
    let Some(suffix) = psl::suffix(host.as_bytes()) else { return false };
    match suffix.typ() {
        // A private suffix is itself a host of whoever runs it: github.io.
        Some(psl::Type::Private) => true,
        Some(psl::Type::Icann) => suffix.as_bytes().len() < host.len(),
        // No top-level domain; but those of RFC 2606 stand for one.
        None => host.ends_with(".example") || host.ends_with(".test"),
    }
}

/// Characters that no address in a link should hold: controls, white space
/// but the plain space, and those that turn or hide text.
#[inline]
pub(crate) fn is_deceptive(c: char) -> bool {
    if c.is_ascii() {
        // What is white space there is a control, too.
        return c.is_ascii_control();
    }
    c.is_control()
        || c.is_whitespace()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffd}'
            | '\u{e0000}'..='\u{e007f}')
}

/// Why a wrapper's target is not taken for a link's.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Refusal {
    Empty,
    Scheme,
    Host,
    Credentials,
    Characters,
    Escapes,
    Twice,
    Depth,
}

impl Refusal {
    /// In a few words.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Refusal::Empty => "the wrapper holds no whole address",
            Refusal::Scheme => "the target is not of the web",
            Refusal::Host => "the target's host is not a public name",
            Refusal::Credentials => "the target carries a user name",
            Refusal::Characters => "the target holds characters that no address should",
            Refusal::Escapes => "the target's escapes spell no text",
            Refusal::Twice => "the target is named twice",
            Refusal::Depth => "wrapped more often than eight times",
        }
    }
}

/// Whether a link may lead to this target, which came out of a wrapper or a
/// map: of http or https. The target comes back as it is to be written: a plain
/// space escaped, else byte for byte.
pub(crate) fn target(text: &str) -> Result<Cow<'_, str>, Refusal> {
    target_of(text, |_| false)
}

/// The same; `also` tells which schemes beside http and https it may have.
pub(crate) fn target_of(text: &str, also: impl Fn(&str) -> bool) -> Result<Cow<'_, str>, Refusal> {
    let text = text.trim_matches(' ');
    if text.is_empty() {
        return Err(Refusal::Empty);
    }
    if text.len() > LONGEST || text.chars().any(|c| is_deceptive(c) || matches!(c, '<' | '>' | '"'))
    {
        return Err(Refusal::Characters);
    }
    let Some(colon) = text.find(':') else { return Err(Refusal::Scheme) };
    let scheme = text[..colon].to_ascii_lowercase();
    if also(&scheme) {
        return Ok(spaced(text));
    }
    if scheme != "http" && scheme != "https" {
        return Err(Refusal::Scheme);
    }
    // A browser would mend `https:/x`; a target that needs it is not whole.
    if !text[colon..].starts_with("://") || text[colon..].starts_with(":///") {
        return Err(Refusal::Host);
    }
    let parts = Parts::parse(text).ok_or(Refusal::Host)?;
    if parts.credentials {
        return Err(Refusal::Credentials);
    }
    if parts.backslash {
        return Err(Refusal::Characters);
    }
    let authority = &text[colon + 3..parts.path.start];
    if authority.contains(['%', ' ', '[', ']']) || !is_public_host(parts.host()) {
        return Err(Refusal::Host);
    }
    Ok(spaced(text))
}

fn spaced(text: &str) -> Cow<'_, str> {
    if text.contains(' ') { Cow::Owned(text.replace(' ', "%20")) } else { Cow::Borrowed(text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(url: &str) -> Option<String> {
        Parts::parse(url).map(|p| p.host().to_owned())
    }

    #[test]
    fn splits_as_a_browser_does() {
        let p = Parts::parse(" HTTPS://User@WWW.Example.org:8080/a/b?x=1&y=%20#top\n").unwrap();
        assert_eq!(
            (p.host(), p.path(), p.query(), p.fragment()),
            ("www.example.org", "/a/b", Some("x=1&y=%20"), Some("top"))
        );
        assert!(p.credentials && p.port);
        assert_eq!(p.tail(), "/a/b?x=1&y=%20#top");
        assert_eq!(host("https:\\\\example.org\\x").as_deref(), Some("example.org"));
        assert_eq!(host("https:/example.org").as_deref(), Some("example.org"));
        assert_eq!(host("ht\ntps://exa\tmple.org./").as_deref(), Some("example.org"));
        assert_eq!(host("https://evil.example@example.org").as_deref(), Some("example.org"));
        assert_eq!(host("https://0x7f.1/").as_deref(), Some("127.0.0.1"));
        assert_eq!(host("https://bücher.example/").as_deref(), Some("xn--bcher-kva.example"));
        assert_eq!(host("https://exa%6Dple.org/").as_deref(), Some("example.org"));
        for odd in [
            "",
            "http:",
            "https://",
            "mailto:a@b",
            "//x.org",
            "x",
            "https://:80/",
            "http://a:b/",
            "http://a.b:65536/",
            "https://a.1/",
            "https://a.0x7f./",
            "https://www::/",
        ] {
            assert_eq!(host(odd), None, "{odd}");
        }
    }

    proptest::proptest! {
        /// Where both see a host they see the same one, however much of it is plain.
        #[test]
        fn hosts_are_those_of_the_url_standard(
            authority in "[a-cA-C0-9._:@-]{0,4}(www|xn--e1aybc|b\u{fc}|0x7f|1|)(\\.|:|@|)[a-c]{0,3}[./?#:\\\\@8]{0,2}[a-c]{0,2}",
        ) {
            let url = format!("https://{authority}");
            if let (Some(ours), Ok(read)) = (Parts::parse(&url), url::Url::parse(&url)) {
                let host = read.host_str().unwrap_or_default();
                proptest::prop_assert_eq!(ours.host(), host.strip_suffix('.').unwrap_or(host));
                let credentials = !read.username().is_empty() || read.password().is_some();
                proptest::prop_assert!(ours.credentials || !credentials);
                proptest::prop_assert!(ours.port || read.port().is_none());
                proptest::prop_assert_eq!(ours.query().unwrap_or_default(), read.query().unwrap_or_default());
            }
        }
    }

    #[test]
    fn knows_who_registered() {
        assert_eq!(registrable_domain("www.example.co.uk"), Some("example.co.uk"));
        assert_eq!(registrable_domain("co.uk"), None);
        assert!(same_site("newsalerts.icann.org", "www.icann.org"));
        assert!(!same_site("a.github.io", "b.github.io"));
        assert!(!same_site("127.0.0.1", "128.0.0.1"));
    }

    #[test]
    fn public_hosts() {
        for host in ["example.org", "shop.example", "s3.amazonaws.com", "github.io"] {
            assert!(is_public_host(host), "{host}");
        }
        for host in [
            "localhost",
            "printer.local",
            "10.0.0.1",
            "8.8.8.8",
            "[::1]",
            "intranet",
            "com",
            "a.html",
        ] {
            assert!(!is_public_host(host), "{host}");
        }
    }

    #[test]
    fn refuses_targets() {
        let judged = |text| target(text).map(Cow::into_owned);
        assert_eq!(
            judged("https://example.org/a b?q=[1]").as_deref(),
            Ok("https://example.org/a%20b?q=[1]")
        );
        for (text, why) in [
            ("javascript:alert(1)", Refusal::Scheme),
            ("file:///etc/passwd", Refusal::Scheme),
            ("mailto:a@example.org", Refusal::Scheme),
            ("//example.org", Refusal::Scheme),
            ("example.org", Refusal::Scheme),
            ("https:/example.org/", Refusal::Host),
            ("https://localhost/", Refusal::Host),
            ("https://2130706433/", Refusal::Host),
            ("https://me:pw@example.org/", Refusal::Credentials),
            ("https://example.org\\@evil.example/", Refusal::Characters),
            ("https://example.org/\u{202e}gpj.exe", Refusal::Characters),
            ("https://exa%6dple.org/", Refusal::Host),
            ("", Refusal::Empty),
        ] {
            assert_eq!(judged(text), Err(why), "{text}");
        }
        assert!(target_of("mailto:a@example.org", |scheme| scheme == "mailto").is_ok());
    }
}
