//! A wrapper's target, as far as it is in the URL itself: one layer.

use super::decode;
use crate::rooms::Switches;
use crate::rules::format::{Redirect, Target};
use crate::rules::{Hit, Rules, Vendors};
use crate::web::{self, Parts, Refusal};

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
pub(super) fn unwrap<'r>(
    rules: &'r Rules,
    url: &Parts<'_>,
    on: &Switches,
    vendors: &Vendors,
) -> Layer<'r> {
    let mut unread = None;
    for (hit, redirect) in rules.redirects(url, on, vendors) {
        match read(url, redirect) {
            Read::Opaque => {
                let hint = redirect.hint.as_ref().and_then(|t| decode::take(url, t).ok()?);
                return Layer::Opaque { hit, hint: hint.map(str::to_owned) };
            }
            Read::Nothing => {}
            Read::Unreadable => unread = unread.or(Some(hit)),
            Read::Refused(why) => return Layer::Refused { hit, why },
            Read::Target(target) => {
                return match web::target(&target, &redirect.schemes) {
                    Ok(url) => {
                        Layer::Target { hit, gateway: redirect.gateway, url: url.into_owned() }
                    }
                    Err(why) => Layer::Refused { hit, why },
                };
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
    let text = match &redirect.target {
        Target::Opaque => return Read::Opaque,
        Target::Decoder(name) => decode::decoder(*name, url),
        Target::Steps(takes, steps) => {
            let mut taken = None;
            for take in takes.iter() {
                match decode::take(url, take) {
                    Ok(None) => {}
                    Ok(text) => {
                        taken = text;
                        break;
                    }
                    Err(why) => return Read::Refused(why),
                }
            }
            let Some(taken) = taken else { return Read::Nothing };
            decode::steps(taken, steps)
        }
    };
    match text {
        None => Read::Unreadable,
        Some(text) => Read::Target(again(text)),
    }
}

/// Decodes a second time what, decoded once, still has an encoded scheme.
fn again(text: String) -> String {
    let starts = |scheme: &str| {
        text.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    };
    if starts("http%3a") || starts("https%3a") {
        return decode::percent(&text).unwrap_or(text);
    }
    text
}
