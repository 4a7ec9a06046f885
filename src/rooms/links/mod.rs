//! The links room: where does this really lead? Offline, and without
//! guessing: a link whose target is not known stays byte for byte.

mod ask;
pub(crate) mod decode;
mod evidence;
mod map;
mod params;
mod pass;
mod protect;
mod twin;
mod unwrap;
mod verdict;

use crate::context::Context;
use crate::rooms::Switches;
use crate::rules::format::Redirect;
use crate::rules::{Hit, Rules, Vendors, book};
use crate::web::Parts;
pub use map::Map;
use std::borrow::Cow;
use unwrap::Layer;
pub use verdict::Verdict;

/// More layers than that are a game.
const LAYERS: usize = 8;

const PROTECTED: &str = "links.protected.unsubscribe";
const REFUSED: &str = "links.target.refused";
const MAP: &str = "links.map.redirect";
const TEXT: &str = "links.evidence.text";
const EQUAL: &str = "links.evidence.equal";
const TWIN: &str = "links.evidence.twin";
const ORIGINAL: &str = "links.evidence.original";
const MISMATCH: &str = "links.evidence.mismatch";
const CALLER: &str = "links.caller.url";

/// What is asked of a URL.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub enum Only {
    /// Wrappers and parameters.
    #[default]
    Both,
    /// Wrappers.
    Unwrap,
    /// Parameters.
    Params,
}

/// The wrappers that a URL may be, best first.
type Hits<'p, 'r> = &'p mut dyn Iterator<Item = (Hit<'r>, &'r Redirect)>;

/// What there is to say of a URL at a first look.
#[derive(Clone, Copy)]
struct Look {
    only: Only,
    /// It has the shape of a wrapper, or is in the map.
    wraps: bool,
    /// It acts for this reader.
    guarded: bool,
    /// A parameter of it is known.
    params: bool,
}

impl Look {
    /// Whether there is nothing to say, as of nearly all.
    fn is_plain(self) -> bool {
        !self.wraps && !self.guarded && !self.params
    }
}

/// The room, configured.
#[derive(Debug)]
pub(crate) struct Links {
    rules: Rules,
    map: Map,
}

impl Links {
    pub(crate) fn new(rules: Rules, map: Map) -> Links {
        Links { rules, map }
    }

    /// Where an opaque link on this host and of this text, or with this image alone in it,
    /// leads by a link book: the user's, then those of the rules.
    pub(crate) fn standing(
        &self,
        opaque: &Verdict,
        host: &str,
        text: &str,
        alt: &str,
        on: &Switches,
    ) -> Option<Verdict> {
        let own = self.map.book().iter().map(|link| (link, None));
        let known = own.chain(self.rules.book().map(|(link, vendor)| (link, Some(vendor))));
        let (link, vendor) = known
            .filter(|(link, _)| book::is(link, host, text, alt) && on.on(&link.id))
            .find(|(link, _)| book::check(link).is_ok())?;
        let used = opaque.used.clone();
        let mut verdict = Verdict { url: link.to.to_string(), used, ..Verdict::default() };
        verdict.unwrapped(link.id.kept(), vendor.map(|v| Cow::Owned(v.to_owned())));
        verdict.vendor = opaque.vendor.clone().or(verdict.vendor);
        Some(verdict)
    }

    /// Where a URL leads, by itself and by the map.
    pub(crate) fn judge(
        &self,
        url: &str,
        cx: &Context,
        on: &Switches,
        vendors: &Vendors,
        only: Only,
    ) -> Verdict {
        let mut verdict = Verdict::unchanged(url);
        let Some(parts) = Parts::parse(url) else {
            verdict.invalid = url::Url::parse(url.trim()).is_err();
            return verdict;
        };
        let wraps = only != Only::Params && self.is_one(&parts, on, vendors);
        let look = self.look(&parts, cx, on, wraps, only);
        if only != Only::Params {
            return self.judge_seen(url, &parts, look, cx, on, vendors);
        }
        if look.is_plain() {
            return verdict;
        }
        if protect::listed(&cx.list_unsubscribe, url)
            && !unwrap::is_gateway(&self.rules, &parts, on)
        {
            verdict.guard();
            return verdict;
        }
        // A wrapper's own parameters are not the target's.
        if self.wraps(&parts, on, vendors) {
            return verdict;
        }
        self.strip(on, &mut verdict);
        verdict
    }

    /// Whether it has the shape of a wrapper, or is in the map.
    fn is_one(&self, url: &Parts<'_>, on: &Switches, vendors: &Vendors) -> bool {
        self.wraps(url, on, vendors) || self.map.get(url).is_some()
    }

    /// What the URL itself says at a first look, of which it is known whether
    /// it is a wrapper. Costs no allocation.
    fn look(&self, url: &Parts<'_>, cx: &Context, on: &Switches, wraps: bool, only: Only) -> Look {
        // What else there is to say of a wrapper is asked when it is taken off.
        let rest = !wraps;
        Look {
            only,
            wraps,
            guarded: rest
                && (protect::listed(&cx.list_unsubscribe, url.url())
                    || protect::url(self.rules.protected(), url)),
            params: rest && only != Only::Unwrap && params::any(&self.rules, url, on),
        }
    }

    /// Whether it has the shape of a wrapper.
    fn wraps(&self, url: &Parts<'_>, on: &Switches, vendors: &Vendors) -> bool {
        self.rules.redirects(url, on, vendors).next().is_some()
    }

    /// Where a URL leads, of which this was seen.
    fn judge_seen(
        &self,
        source: &str,
        url: &Parts<'_>,
        seen: Look,
        cx: &Context,
        on: &Switches,
        vendors: &Vendors,
    ) -> Verdict {
        if seen.wraps
            && let Some(mut verdict) = self.wrapper(source, url, cx, on, vendors)
        {
            if seen.only != Only::Unwrap {
                self.strip(on, &mut verdict);
            }
            return verdict;
        }
        let mut verdict = Verdict::unchanged(source);
        if seen.guarded {
            verdict.guard();
        } else if seen.params
            && let Some(stripped) = params::strip(&self.rules, url, on)
        {
            verdict.stripped(stripped);
        }
        verdict
    }

    /// What becomes of a wrapper, or of a URL that is in the map; nothing of others.
    fn wrapper(
        &self,
        source: &str,
        url: &Parts<'_>,
        cx: &Context,
        on: &Switches,
        vendors: &Vendors,
    ) -> Option<Verdict> {
        let mut hits = self.rules.redirects(url, on, vendors).peekable();
        if hits.peek().is_none() && self.map.get(url).is_none() {
            return None;
        }
        let mut verdict = Verdict::unchanged(source);
        if protect::listed(&cx.list_unsubscribe, source)
            && !unwrap::is_gateway(&self.rules, url, on)
        {
            verdict.guard();
        } else {
            self.unwrap(source, Some((url, &mut hits)), cx, on, vendors, true, &mut verdict);
        }
        Some(verdict)
    }

    /// Takes layer after layer off, up to the target; with `all` off, only
    /// those of mail gateways. `split`: the URL, where it is split already, and
    /// the wrappers that it may be.
    #[allow(clippy::too_many_arguments, reason = "one question, asked in two places")]
    fn unwrap<'r>(
        &'r self,
        url: &str,
        mut split: Option<(&Parts<'_>, Hits<'_, 'r>)>,
        cx: &Context,
        on: &Switches,
        vendors: &Vendors,
        all: bool,
        verdict: &mut Verdict,
    ) {
        let words = self.rules.protected();
        let mut now: Cow<'_, str> = Cow::Borrowed(url);
        // What is left where a protected link turns up: all gateways off.
        let mut outside: Option<(String, Verdict)> = None;
        let mut gateways = true;
        for _ in 0..=LAYERS {
            let (parsed, layer);
            let parts = match split.take() {
                Some((parts, hits)) => {
                    layer = unwrap::unwrap(hits, parts);
                    parts
                }
                None => {
                    let Some(parts) = Parts::parse(&now) else { break };
                    parsed = parts;
                    layer =
                        unwrap::unwrap(&mut self.rules.redirects(&parsed, on, vendors), &parsed);
                    &parsed
                }
            };
            let gateway = matches!(&layer, Layer::Target { gateway: true, .. });
            let guarded =
                || protect::url(words, parts) || protect::listed(&cx.list_unsubscribe, &now);
            if !gateway && guarded() {
                let (left, outside) =
                    outside.unwrap_or_else(|| (url.to_owned(), Verdict::default()));
                *verdict = Verdict { url: left, ..outside };
                verdict.guard();
                return;
            }
            if !gateway && !all {
                break;
            }
            if !gateway
                && on.on(MAP)
                && let Some(to) = self.map.get(parts)
            {
                verdict.unwrapped(MAP.into(), None);
                let vendor = match &layer {
                    Layer::Opaque { hit, .. } | Layer::Target { hit, .. } => Some(hit.vendor()),
                    _ => None,
                };
                verdict.vendor = verdict.vendor.take().or(vendor);
                verdict.url = to.to_owned();
                return;
            }
            match layer {
                Layer::Plain => {
                    now = Cow::Owned(now.into_owned());
                    verdict.settle(url, &now);
                    return;
                }
                Layer::Opaque { hit, hint } => {
                    verdict.opaque = true;
                    verdict.hint = hint;
                    verdict.used.push(hit.id());
                    if verdict.unwrapped {
                        verdict.inner = Some((hit.id(), hit.vendor()));
                    } else {
                        verdict.by(&hit);
                    }
                    let now = now.clone().into_owned();
                    verdict.settle(url, &now);
                    return;
                }
                Layer::Refused { hit, why } => {
                    let mut used = std::mem::take(&mut verdict.used);
                    used.push(hit.id());
                    *verdict = Verdict { url: url.to_owned(), used, ..Verdict::default() };
                    verdict.refused = Some(why.as_str());
                    verdict.rule = Some(hit.id());
                    verdict.vendor = Some(hit.vendor());
                    return;
                }
                Layer::Target { hit, gateway, url: target } => {
                    verdict.unwrapped(hit.id(), Some(hit.vendor()));
                    gateways &= gateway;
                    now = Cow::Owned(target);
                    if gateways {
                        outside = Some((now.to_string(), verdict.clone()));
                    }
                }
            }
        }
        if Parts::parse(&now).is_none() || !all {
            // mailto or tel; or the gateways are off.
            verdict.settle(url, &now);
            return;
        }
        let Verdict { rule, vendor, used, .. } = std::mem::take(verdict);
        *verdict = Verdict { url: url.to_owned(), rule, vendor, used, ..Verdict::default() };
        verdict.refused = Some(crate::web::Refusal::Depth.as_str());
    }

    /// Takes parameters out of what is left, if that is no wrapper.
    fn strip(&self, on: &Switches, verdict: &mut Verdict) {
        let left = verdict.opaque || verdict.protected || verdict.refused.is_some();
        if left || verdict.rule.as_deref() == Some(MAP) {
            return;
        }
        let Some(parts) = Parts::parse(&verdict.url) else { return };
        if parts.query().is_none() {
            return;
        }
        if protect::url(self.rules.protected(), &parts) {
            verdict.guard();
            return;
        }
        let Some(stripped) = params::strip(&self.rules, &parts, on) else { return };
        verdict.stripped(stripped);
    }
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod wrapped;
