//! Remote pictures by way of a proxy of the caller's choice: the sender sees
//! the proxy load them, not the reader.

use crate::error::Error;
use crate::rooms::percent;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::fmt::{self, Write};
use url::Url;

/// A template of URLs, as `https://proxy.example/{hmac}?url={url}`:
/// `{url}` is the picture's URL, percent-encoded but for the unreserved
/// characters of RFC 3986; `{hmac}`, if there is a key, the HMAC-SHA-256
/// (RFC 2104) of the URL before that, in 64 hexadecimal digits, by which the
/// proxy knows that the URL came from a rinse.
#[derive(Clone)]
pub struct ImageProxy {
    pieces: Vec<Piece>,
    key: Option<Vec<u8>>,
    /// Scheme, host and port.
    origin: String,
}

#[derive(Clone, PartialEq, Eq, Debug)]
enum Piece {
    Is(String),
    Url,
    Hmac,
}

impl ImageProxy {
    /// A proxy by its template. `key`: the one for `{hmac}`.
    ///
    /// # Errors
    /// A template that is no http or https URL, names its host by `{url}`,
    /// holds `{url}` not exactly once or `{hmac}` more than once or without a
    /// key, or anything else in braces; a key without `{hmac}`, or an empty one.
    pub fn new(template: &str, key: Option<&[u8]>) -> Result<ImageProxy, Error> {
        let wrong = |what: &str| Err(Error::Builder(format!("image proxy {template:?}: {what}")));
        let mut pieces = Vec::new();
        let mut rest = template;
        while let Some(at) = rest.find(['{', '}']) {
            let (before, hole) = rest.split_at(at);
            pieces.push(Piece::Is(before.to_owned()));
            let (piece, length) = match hole {
                hole if hole.starts_with("{url}") => (Piece::Url, 5),
                hole if hole.starts_with("{hmac}") => (Piece::Hmac, 6),
                _ => return wrong("only {url} and {hmac} may stand in braces"),
            };
            pieces.push(piece);
            rest = &hole[length..];
        }
        pieces.push(Piece::Is(rest.to_owned()));
        pieces.retain(|piece| *piece != Piece::Is(String::new()));
        let count = |of: Piece| pieces.iter().filter(|piece| **piece == of).count();
        match (count(Piece::Url), count(Piece::Hmac), key) {
            (0, ..) => return wrong("it has no {url}, where the picture's URL goes"),
            (2.., ..) | (_, 2.., _) => return wrong("{url} and {hmac} may stand in it once"),
            (_, 1, None) => return wrong("{hmac} needs a key"),
            (_, 0, Some(_)) => return wrong("a key needs {hmac}, where its result goes"),
            (_, _, Some([])) => return wrong("the key is empty"),
            _ => {}
        }
        let Some(Piece::Is(start)) = pieces.first() else { return wrong("it is no URL") };
        let is_web = start.starts_with("https://") || start.starts_with("http://");
        let ends_host = start.splitn(3, '/').nth(2).is_some_and(|rest| rest.contains(['/', '?']));
        let filled = template.replace("{url}", "u").replace("{hmac}", "0");
        match Url::parse(&filled) {
            Ok(url) if is_web && ends_host && url.username().is_empty() => {
                // As it will be written, so that nothing spells it otherwise.
                if url.as_str() != filled {
                    return wrong(&format!("a browser would spell it otherwise: {url}"));
                }
                let origin = url.origin().ascii_serialization();
                Ok(ImageProxy { pieces, key: key.map(<[u8]>::to_vec), origin })
            }
            _ => wrong("it is no http or https URL with a path"),
        }
    }

    /// Scheme, host and port.
    pub(crate) fn origin(&self) -> &str {
        &self.origin
    }

    /// The URL under which the proxy shows a picture; its own are left.
    pub(crate) fn url(&self, picture: &str) -> String {
        if self.picture(picture).is_some() {
            return picture.to_owned();
        }
        self.made(picture)
    }

    fn made(&self, picture: &str) -> String {
        let mut out = String::with_capacity(picture.len() * 2);
        for piece in &self.pieces {
            match piece {
                Piece::Is(text) => out.push_str(text),
                Piece::Url => out.push_str(&percent::encoded(picture)),
                Piece::Hmac => out.push_str(&self.hmac(picture)),
            }
        }
        out
    }

    /// The picture that a URL of the proxy shows; `None` for what is none, or
    /// none that this made.
    pub(crate) fn picture(&self, url: &str) -> Option<String> {
        let (mut rest, mut picture) = (url, None);
        for piece in &self.pieces {
            let length = match piece {
                Piece::Is(text) => rest.starts_with(text.as_str()).then_some(text.len())?,
                Piece::Hmac => rest.get(..64).map(str::len)?,
                Piece::Url => {
                    let is_other = |c: char| !(percent::is_unreserved(c as u32) || c == '%');
                    let end = rest.find(is_other).unwrap_or(rest.len());
                    // What follows in the template may be unreserved, too.
                    let end = match self.pieces.last() {
                        Some(Piece::Is(last)) if rest.ends_with(last.as_str()) => {
                            end.min(rest.len() - last.len())
                        }
                        _ => end,
                    };
                    picture = Some(percent::decoded(&rest[..end]).into_owned());
                    end
                }
            };
            rest = &rest[length..];
        }
        picture.filter(|picture| self.made(picture) == url)
    }

    fn hmac(&self, picture: &str) -> String {
        let key = self.key.as_deref().unwrap_or_default();
        // Keys of all lengths will do.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return String::new() };
        mac.update(picture.as_bytes());
        let mut out = String::with_capacity(64);
        for byte in mac.finalize().into_bytes() {
            // Writing to a String cannot fail.
            let _ = write!(out, "{byte:02x}");
        }
        out
    }
}

/// Without the key.
impl fmt::Debug for ImageProxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ImageProxy").field("pieces", &self.pieces).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_filled_in_and_read_back() {
        let picture = "https://a.example/b c?d=é&e=1#f";
        let encoded = "https%3A%2F%2Fa.example%2Fb%20c%3Fd%3D%C3%A9%26e%3D1%23f";
        for (template, key, made) in [
            ("https://p.example/?url={url}", None, format!("https://p.example/?url={encoded}")),
            ("http://p.example:81/{url}/x", None, format!("http://p.example:81/{encoded}/x")),
            ("https://p.example/{url}abc", None, format!("https://p.example/{encoded}abc")),
            (
                "https://p.example/{hmac}/{url}",
                Some(&b"key"[..]),
                // openssl dgst -sha256 -hmac key
                format!(
                    "https://p.example/{}/{encoded}",
                    "4c57dcd732e8eae90d02881c1cf8e0023b0db69e3ad9264e8290101175607733"
                ),
            ),
        ] {
            let proxy = ImageProxy::new(template, key).expect("a template");
            let url = proxy.url(picture);
            assert_eq!(url, made);
            assert_eq!(proxy.picture(&url).as_deref(), Some(picture));
            assert_eq!(proxy.url(&url), url, "once is enough");
        }
    }

    /// Test case 2 of RFC 4231.
    #[test]
    fn hmac_is_the_standard_one() {
        let proxy = ImageProxy::new("https://p.example/{hmac}/{url}", Some(b"Jefe")).expect("good");
        assert_eq!(
            proxy.hmac("what do ya want for nothing?"),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
        let forged = format!("https://p.example/{}/https%3A%2F%2Fa.example%2F", "0".repeat(64));
        assert_eq!(proxy.picture(&forged), None);
    }

    #[test]
    fn templates_that_cannot_work() {
        for (template, key, what) in [
            ("https://p.example/", None, "no {url}"),
            ("https://p.example/{url}{url}", None, "once"),
            ("https://p.example/{hmac}/{url}", None, "needs a key"),
            ("https://p.example/{url}", Some(&b"k"[..]), "needs {hmac}"),
            ("https://p.example/{hmac}/{url}", Some(&b""[..]), "empty"),
            ("https://p.example/{URL}", None, "in braces"),
            ("https://{url}", None, "no http"),
            ("https://{url}/x", None, "no http"),
            ("{url}", None, "no URL"),
            ("ftp://p.example/{url}", None, "no http"),
            ("https://u:p@p.example/{url}", None, "no http"),
            ("https://P.example/a b{url}", None, "otherwise"),
        ] {
            let error = ImageProxy::new(template, key).expect_err(template).to_string();
            assert!(error.contains(what), "{template}: {error}");
        }
    }
}
