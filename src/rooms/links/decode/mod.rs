//! From what was taken out of a wrapper to its target: the steps that rules
//! name, and one file for each format that steps cannot spell.

mod base64;
mod inflate;
mod json;
mod percent;
mod proofpoint_v3;
mod zeta;

use crate::rules::format::{Decoder, Step, Take};
use crate::web::{self, Parts, Refusal};
pub(crate) use base64::base64;
pub(crate) use percent::{percent, percent_whole};

/// How much any step may give.
const MOST: usize = 64 << 10;

/// What is at a place of a URL, raw; `None` where there is no such place.
pub(super) fn take<'u>(url: &'u Parts<'_>, take: &Take) -> Result<Option<&'u str>, Refusal> {
    Ok(match take {
        Take::Query(name) => {
            let mut values = url.params().filter(|(key, _)| *key == *name);
            let value = values.next().map(|(_, value)| value);
            if values.next().is_some() {
                return Err(Refusal::Twice);
            }
            value
        }
        Take::Rest(name) => {
            let tail = url.tail();
            let start = tail.find('?').map(|at| at + 1);
            start.and_then(|start| {
                let mut at = start;
                loop {
                    let part = &tail[at..];
                    let part = part.strip_prefix("amp;").unwrap_or(part);
                    if let Some(value) =
                        part.strip_prefix(&**name).and_then(|rest| rest.strip_prefix('='))
                    {
                        return Some(value);
                    }
                    at += tail[at..].find('&')? + 1;
                }
            })
        }
        Take::Segment(n) => {
            let path = url.path().strip_prefix('/').unwrap_or(url.path());
            if *n >= 0 {
                path.split('/').nth(*n as usize)
            } else {
                path.rsplit('/').nth(n.unsigned_abs() as usize - 1)
            }
        }
        Take::After(text) => after(url.path(), text),
        Take::Tail(text) => after(url.tail(), text),
        Take::Fragment => url.fragment(),
        Take::WholeQuery => url.query(),
    }
    .filter(|text| !text.is_empty()))
}

/// Takes the steps; `None` where one of them cannot be taken.
pub(super) fn steps(taken: &str, steps: &[Step]) -> Option<String> {
    let mut now = taken.as_bytes().to_vec();
    for step in steps {
        let text = || std::str::from_utf8(&now).ok();
        now = match step {
            Step::Percent => percent_whole(text()?)?.into_bytes(),
            Step::Base64 => base64(text()?)?,
            Step::Hex => hex(&now)?,
            Step::Zlib => inflate::inflate(&now)?,
            Step::Json(key) => json::string(text()?, key)?.into_bytes(),
            Step::Query(name) => {
                let text = text()?;
                let mut values = web::params(text).filter(|(key, _)| *key == *name);
                let (_, value) = values.next()?;
                if values.next().is_some() {
                    return None;
                }
                percent_whole(value)?.into_bytes()
            }
            Step::Prefix(prefix) => {
                if now.starts_with(prefix.as_bytes()) {
                    continue;
                }
                [prefix.as_bytes(), &now].concat()
            }
            Step::Strip(prefix) => text()?.strip_prefix(&**prefix)?.into(),
            Step::Drop(out) => {
                let text = text()?;
                let text = text.strip_prefix(&**out).unwrap_or(text);
                text.strip_suffix(&**out).unwrap_or(text).into()
            }
            Step::Replace(from, to) => text()?.replace(&**from, to).into_bytes(),
            Step::Until(end) => {
                let text = text()?;
                text.find(&**end).map_or(text, |at| &text[..at]).into()
            }
            Step::UntilLast(end) => {
                let text = text()?;
                text.rfind(&**end).map_or(text, |at| &text[..at]).into()
            }
            Step::After(start) => after(text()?, start)?.into(),
            Step::Before(end) => {
                let text = text()?;
                text[..text.rfind(&**end)?].into()
            }
            Step::Part(by, n) => text()?.split(&**by).nth(*n as usize)?.into(),
            Step::Slashes => slashes(text()?).into_bytes(),
        };
        if now.len() > MOST {
            return None;
        }
    }
    String::from_utf8(now).ok()
}

/// By the decoder of this name.
pub(super) fn decoder(decoder: Decoder, url: &Parts<'_>) -> Option<String> {
    match decoder {
        Decoder::ProofpointV3 => proofpoint_v3::decode(url.tail()),
        Decoder::Zeta => zeta::decode(url.path_and_query()),
    }
}

/// `https:/x` → `https://x`: some relays fold slashes in a path.
fn slashes(text: &str) -> String {
    for scheme in ["https:/", "http:/"] {
        let is = text.get(..scheme.len()).is_some_and(|t| t.eq_ignore_ascii_case(scheme));
        if is && !text[scheme.len()..].starts_with('/') {
            return format!("{}/{}", &text[..scheme.len()], &text[scheme.len()..]);
        }
    }
    text.to_owned()
}

fn after<'t>(text: &'t str, start: &str) -> Option<&'t str> {
    text.find(start).map(|at| &text[at + start.len()..])
}

fn hex(text: &[u8]) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) {
        return None;
    }
    text.chunks(2)
        .map(|pair| {
            let digit = |b: u8| (b as char).to_digit(16);
            Some((digit(pair[0])? * 16 + digit(pair[1])?) as u8)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn takes() {
        let url = Parts::parse("https://x.example/a/b?u=1&amp;v=2&u=https://y.example/?q=1&r=2#f")
            .unwrap();
        assert_eq!(take(&url, &Take::Query("u".into())), Err(Refusal::Twice));
        assert_eq!(take(&url, &Take::Query("v".into())), Ok(Some("2")));
        assert_eq!(
            take(&url, &Take::Rest("v".into())),
            Ok(Some("2&u=https://y.example/?q=1&r=2#f"))
        );
        assert_eq!(take(&url, &Take::Segment(1)), Ok(Some("b")));
        assert_eq!(take(&url, &Take::Segment(-1)), Ok(Some("b")));
        assert_eq!(take(&url, &Take::Segment(5)), Ok(None));
        assert_eq!(take(&url, &Take::After("/a/".into())), Ok(Some("b")));
        assert_eq!(take(&url, &Take::Fragment), Ok(Some("f")));
    }

    #[test]
    fn folds_and_unfolds() {
        assert_eq!(slashes("https:/x"), "https://x");
        assert_eq!(slashes("https://x"), "https://x");
        assert_eq!(slashes("HTTP:/x"), "HTTP://x");
    }

    proptest! {
        #[test]
        fn never_panics(text in "\\PC{0,60}", n in -3..4i32) {
            let all = [Step::Percent, Step::Base64, Step::Hex, Step::Zlib, Step::Json("a".into()),
                Step::Query("a".into()), Step::Part(".".into(), 1), Step::Slashes];
            for step in all {
                steps(&text, &[step]);
            }
            let url = format!("https://x.example/{text}?{text}");
            if let Some(url) = Parts::parse(&url) {
                let _ = take(&url, &Take::Segment(if n == 0 { 1 } else { n }));
                let _ = take(&url, &Take::Rest("a".into()));
                decoder(Decoder::ProofpointV3, &url);
                decoder(Decoder::Zeta, &url);
            }
        }
    }
}
