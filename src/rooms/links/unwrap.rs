//! A wrapper's target, as far as it is in the URL itself: one layer.

use super::{Hits, decode};
use crate::rooms::Switches;
use crate::rules::format::{Redirect, Str, Target};
use crate::rules::{Hit, Rules, Vendors};
use crate::web::{self, Parts, Refusal};
use std::borrow::Cow;

/// What one layer of a URL turned out to be.
pub(super) enum Layer<'r> {
    /// No wrapper that is known.
    Plain,
    /// The target was in it.
    Target { hit: Hit<'r>, gateway: bool, url: String },
    /// A known wrapper that holds ids only.
    Opaque { hit: Hit<'r>, hint: Option<String> },
    /// There is a target, but no link may lead there.
    Refused { hit: Hit<'r>, why: Refusal },
}

/// Whether this URL is a wrapper of a mail gateway.
pub(super) fn is_gateway(rules: &Rules, url: &Parts<'_>, on: &Switches) -> bool {
    rules.redirects(url, on, &Vendors::default()).next().is_some_and(|(_, r)| r.gateway)
}

/// Takes one layer off.
pub(super) fn unwrap<'r>(hits: Hits<'_, 'r>, url: &Parts<'_>) -> Layer<'r> {
    let mut unread = None;
    for (hit, redirect) in hits {
        match read(url, redirect) {
            Read::Opaque => {
                let hint = redirect.hint.as_ref().and_then(|t| decode::take(url, t).ok()?);
                return Layer::Opaque { hit, hint: hint.map(str::to_owned) };
            }
            Read::Nothing => {}
            Read::Unreadable => {
                if !hit.rule.tentative {
                    unread = unread.or(Some(hit));
                }
            }
            Read::Refused(why) => return Layer::Refused { hit, why },
            Read::Target(url) => {
                return Layer::Target { hit, gateway: redirect.gateway, url };
            }
        }
    }
    match unread {
        Some(hit) => Layer::Refused { hit, why: Refusal::Empty },
        None => Layer::Plain,
    }
}

enum Read {
    Opaque,
    /// The place is not there: perhaps another rule's URL.
    Nothing,
    /// It is there and does not decode.
    Unreadable,
    Refused(Refusal),
    Target(String),
}

fn read(url: &Parts<'_>, redirect: &Redirect) -> Read {
    let (takes, steps) = match &redirect.target {
        Target::Opaque => return Read::Opaque,
        Target::Decoder(name) => {
            let Some(text) = decode::decoder(*name, url) else { return Read::Unreadable };
            return match target(text, &redirect.schemes, false) {
                Ok(url) => Read::Target(url),
                Err(why) => Read::Refused(why),
            };
        }
        Target::Steps(takes, steps) => (takes, steps),
    };
    // Of several places that are there, those count that hold an address: a
    // search engine's `q` may be the words that were looked for.
    let (mut found, mut unreadable, mut refused) = (None, false, None);
    for take in takes.iter() {
        let taken = match decode::take(url, take) {
            Ok(None) => continue,
            Ok(Some(taken)) => taken,
            Err(why) => return Read::Refused(why),
        };
        // Written as it is: what is escaped in it are the target's own escapes.
        let raw = taken.starts_with("http://") || taken.starts_with("https://");
        let text = decode::steps(taken, steps);
        let Some(text) = text else {
            unreadable = true;
            continue;
        };
        match (target(text, &redirect.schemes, raw), &found) {
            (Ok(url), Some(other)) if url != *other => return Read::Refused(Refusal::Twice),
            (Ok(url), _) => found = Some(url),
            (Err(why), _) => refused = refused.or(Some(why)),
        }
    }
    match (found, refused) {
        (Some(url), _) => Read::Target(url),
        (None, Some(why)) => Read::Refused(why),
        (None, None) if unreadable => Read::Unreadable,
        (None, None) => Read::Nothing,
    }
}

/// What was decoded, if a link may lead there. An encoder escapes a space, so
/// one that comes out was never part of an address; nor are brackets in a path.
fn target(text: String, schemes: &[Str], raw: bool) -> Result<String, Refusal> {
    let text = again(text);
    let odd = Parts::parse(&text).is_some_and(|parts| parts.path().contains(['[', ']']));
    if odd || !raw && text.trim().contains(' ') {
        return Err(Refusal::Characters);
    }
    if decode::percent(&text).is_none_or(|plain| plain.contains('\0')) {
        return Err(Refusal::Escapes);
    }
    web::target_of(&text, |scheme| schemes.iter().any(|s| scheme == *s)).map(Cow::into_owned)
}

/// Decodes a second time what, decoded once, still has an encoded scheme.
fn again(text: String) -> String {
    let starts = |scheme: &str| {
        text.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    };
    if starts("http%3a") || starts("https%3a") {
        return decode::percent_whole(&text).unwrap_or(text);
    }
    text
}
