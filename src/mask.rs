//! Masks what a report must not tell: addresses and tokens, in clear, percent
//! encoded or in base64. The same secret has the same mask within a report.

use crate::rooms::links::decode::{base64, percent};
use std::collections::HashMap;

/// Masks the URLs and texts of one report.
#[derive(Debug, Default)]
pub struct Masker {
    addresses: HashMap<String, usize>,
    tokens: HashMap<String, usize>,
}

/// Characters between words.
fn parts(c: char) -> bool {
    c.is_whitespace() || "/?#&=;,:<>\"'()|!$[]{}*\\".contains(c)
}

impl Masker {
    /// Nothing is known yet.
    pub fn new() -> Self {
        Masker::default()
    }

    /// A URL with its secrets masked: scheme, host and what reads like words
    /// stay.
    pub fn url(&mut self, url: &str) -> String {
        let host_end = match url.find("://") {
            Some(at) => {
                let start = at + 3;
                let len = url[start..].find(['/', '?', '#', '\\']).unwrap_or(url.len() - start);
                // A name before the host is a secret like any other.
                let at = url[start..start + len].rfind('@').map_or(start, |at| start + at + 1);
                if at > start {
                    let (before, behind) =
                        (self.text(&url[start..at - 1]), self.text(&url[start + len..]));
                    return format!("{}{before}@{}{behind}", &url[..start], &url[at..start + len]);
                }
                start + len
            }
            None => 0,
        };
        format!("{}{}", &url[..host_end], self.text(&url[host_end..]))
    }

    /// A text with its secrets masked.
    pub fn text(&mut self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            if parts(c) {
                out.push(c);
                rest = &rest[c.len_utf8()..];
                continue;
            }
            let (word, behind) = rest.split_at(rest.find(parts).unwrap_or(rest.len()));
            self.word(word, &mut out);
            rest = behind;
        }
        out
    }

    fn word(&mut self, word: &str, out: &mut String) {
        let plain = percent(word).unwrap_or_else(|| word.to_owned());
        if let Some((start, end)) = find_address(&plain) {
            let (before, mask) = (self.text(&plain[..start]), self.address(&plain[start..end]));
            let behind = self.text(&plain[end..]);
            out.extend([before, mask, behind]);
        } else if plain.contains(parts) {
            // An address of the web within the address. It is shorter than
            // its escaped form, so this comes to an end.
            let masked = self.text(&plain);
            out.push_str(if masked == plain { word } else { &masked });
        } else {
            for (i, piece) in plain.split('.').enumerate() {
                if i > 0 {
                    out.push('.');
                }
                match is_token(piece) {
                    true => out.push_str(&self.token(piece)),
                    false => out.push_str(piece),
                }
            }
        }
    }

    fn address(&mut self, address: &str) -> String {
        let address = percent(address).unwrap_or_else(|| address.to_owned()).to_lowercase();
        let next = self.addresses.len() + 1;
        format!("[address-{}]", self.addresses.entry(address).or_insert(next))
    }

    fn token(&mut self, token: &str) -> String {
        // An address in base64 is that address.
        if let Some(address) = base64(token)
            .and_then(|bytes| String::from_utf8(bytes).ok())
            .and_then(|text| find_address(&text).map(|(start, end)| text[start..end].to_owned()))
        {
            return self.address(&address);
        }
        let next = self.tokens.len() + 1;
        format!("[token-{}]", self.tokens.entry(token.to_owned()).or_insert(next))
    }
}

/// Whether an address (RFC 5322 addr-spec) stands in a URL in clear.
pub(crate) fn holds_address(url: &str) -> bool {
    let behind = url.find("://").map_or(url, |at| &url[at + 3..]);
    let behind = behind.find(['/', '?']).map_or("", |at| &behind[at..]);
    find_address(&percent(behind).unwrap_or_else(|| behind.to_owned())).is_some()
}

fn is_local(b: u8) -> bool {
    b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_' | b'+')
}

fn is_domain(b: u8) -> bool {
    b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-')
}

/// The address that an `@` at this place stands in.
fn address(bytes: &[u8], at: usize) -> Option<(usize, usize)> {
    if bytes[at] != b'@' {
        return None;
    }
    let start = at - bytes[..at].iter().rev().take_while(|&&b| is_local(b)).count();
    let end = domain_end(bytes, at + 1)?;
    (start < at).then_some((start, end))
}

/// The end of a domain with a top-level domain of letters; `@2x.png` is none.
fn domain_end(bytes: &[u8], start: usize) -> Option<usize> {
    let mut end = start + bytes[start..].iter().take_while(|&&b| is_domain(b)).count();
    while end > start && matches!(bytes[end - 1], b'.' | b'-') {
        end -= 1;
    }
    let name = std::str::from_utf8(&bytes[start..end]).ok()?;
    let (host, top) = name.rsplit_once('.')?;
    let picture = matches!(top, "png" | "jpg" | "jpeg" | "gif" | "webp" | "svg");
    let fits = !host.is_empty() && top.len() >= 2 && top.bytes().all(|b| b.is_ascii_alphabetic());
    (fits && !picture).then_some(end)
}

fn find_address(text: &str) -> Option<(usize, usize)> {
    let bytes = text.as_bytes();
    memchr::memchr_iter(b'@', bytes).find_map(|at| address(bytes, at))
}

/// Whether a word is long and mixed enough to be an id rather than a name.
fn is_token(word: &str) -> bool {
    let bytes = word.as_bytes();
    if bytes.len() < 10 {
        return false;
    }
    let digits = bytes.iter().filter(|b| b.is_ascii_digit()).count();
    let hex = bytes.iter().all(|b| b.is_ascii_hexdigit() || *b == b'-');
    if hex && digits >= 4 {
        return true;
    }
    // Words joined by dashes, as titles in paths are, have no piece like that.
    let longest = word
        .split(['-', '_', '+'])
        .filter(|piece| {
            let b = piece.as_bytes();
            let changes = b.windows(2).filter(|w| kind(w[0]) != kind(w[1])).count();
            b.len() >= 8 && changes >= 3
        })
        .map(str::len)
        .max()
        .unwrap_or(0);
    longest >= 8 || bytes.len() >= 40 && digits >= 3
}

fn kind(b: u8) -> u8 {
    match b {
        b'0'..=b'9' => 0,
        b'a'..=b'z' => 1,
        b'A'..=b'Z' => 2,
        _ => 3,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_same_secret_has_the_same_mask() {
        let mut masker = Masker::new();
        assert_eq!(
            masker.url("https://x.example/u?e=Reader@Example.com&k=1"),
            "https://x.example/u?e=[address-1]&k=1"
        );
        assert_eq!(
            masker.url("https://x.example/u?e=reader%40example.com"),
            "https://x.example/u?e=[address-1]"
        );
        assert_eq!(
            masker.url("https://x.example/cmVhZGVyQGV4YW1wbGUuY29t"),
            "https://x.example/[address-1]"
        );
        assert_eq!(masker.text("to first.last+tag@sub.example.org."), "to [address-2].");
        assert_eq!(
            masker.url("https://newsalerts.icann.org/uGN0008R0P0d0w02qg2CE20"),
            "https://newsalerts.icann.org/[token-1]"
        );
        assert_eq!(
            masker.url("https://x.example/a/uGN0008R0P0d0w02qg2CE20?e=0123456789abcdef"),
            "https://x.example/a/[token-1]?e=[token-2]"
        );
        assert_eq!(masker.url("https://me:pw@x.example/"), "https://me:pw@x.example/");
    }

    #[test]
    fn the_icann_pixel() {
        let url = "https://newsalerts.icann.org/trk?t=1&mid=NTI5LUNSRS03MTc6MDoxNDk1OjExMTk6MTAwMTU6MTI0MDo5OjEyMDU6ODIwMDpyZWFkZXJAZXhhbXBsZS5jb20";
        assert_eq!(Masker::new().url(url), "https://newsalerts.icann.org/trk?t=1&mid=[address-1]");
    }

    #[test]
    fn words_stay() {
        for url in [
            "https://www.icann.org/public-comments/ssr2-final-report-2021-01-28-en",
            "https://x.example/logo@2x.png",
            "https://x.example/a?lang=en&page=2",
            "https://x.example/how-to-mend-a-bucket.html#top",
        ] {
            assert_eq!(Masker::new().url(url), url);
        }
    }

    proptest! {
        #[test]
        fn never_panics_nor_tells(text in "\\PC{0,40}", local in "[a-z]{3,8}") {
            let mut masker = Masker::new();
            masker.url(&text);
            let masked = masker.text(&format!("{text} {local}@example.com"));
            let secret = format!("{local}@example.com");
            prop_assert!(!masked.contains(&secret), "{}", masked);
        }
    }
}
