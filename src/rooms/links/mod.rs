//! The links room: where does this really lead? Offline, and without
//! guessing: a link whose target is not known stays byte for byte.

mod ask;
pub(crate) mod decode;
mod evidence;
mod map;
mod params;
mod protect;
mod unwrap;

use crate::context::Context;
use crate::finding::Why;
use crate::html::{At, El};
use crate::resolve::Resolution;
use crate::rinser::{OnUrl, UrlAction, UrlKind, UrlUse};
use crate::rooms::{Room, Switches};
use crate::rules::{Hit, Rules, Vendors};
use crate::scene::Scene;
use crate::tag::Tag;
use crate::tape::{Kind, Tape};
use crate::web::Parts;
pub use map::Map;
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use unwrap::Layer;

/// More layers than that are a game.
const LAYERS: usize = 8;

const PROTECTED: &str = "links.protected.unsubscribe";
const REFUSED: &str = "links.target.refused";
const MAP: &str = "links.map.redirect";
const TEXT: &str = "links.evidence.text";
const EQUAL: &str = "links.evidence.equal";
const CALLER: &str = "links.caller.url";

/// What became of a URL, and by which rule.
#[derive(Clone, PartialEq, Debug, Default)]
#[non_exhaustive]
pub struct Verdict {
    /// Where it leads; the URL as it was where nothing changed.
    pub url: String,
    /// A wrapper was taken off.
    pub unwrapped: bool,
    /// Tracking parameters were taken out.
    pub stripped: bool,
    /// What is left is a known wrapper that does not hold its target.
    pub opaque: bool,
    /// Unsubscribe, preferences, login: left alone.
    pub protected: bool,
    /// The wrapper's target is one that no link may lead to: why.
    pub refused: Option<&'static str>,
    /// No URL at all.
    pub invalid: bool,
    /// The rule that decided.
    pub rule: Option<Cow<'static, str>>,
    /// Whose wrapper or parameter it is.
    pub vendor: Option<Cow<'static, str>>,
    /// Names of the parameters that were taken out.
    pub removed: Vec<String>,
    /// The host that an opaque wrapper names, not to be relied on.
    pub hint: Option<String>,
    /// Its wrapper was asked, and this is why that did not help.
    pub(crate) asked: Option<Cow<'static, str>>,
    /// The rule of the opaque wrapper that is left under others.
    pub(crate) inner: Option<(Cow<'static, str>, Cow<'static, str>)>,
}

impl Verdict {
    /// The verdict in one word: `unchanged`, `unwrapped`, `stripped`,
    /// `unwrapped,stripped`, `opaque`, `refused`, `protected` or `invalid`.
    pub fn word(&self) -> &'static str {
        match (self.unwrapped, self.stripped) {
            (true, true) => "unwrapped,stripped",
            (true, false) => "unwrapped",
            (false, true) => "stripped",
            _ if self.invalid => "invalid",
            _ if self.refused.is_some() => "refused",
            _ if self.protected => "protected",
            _ if self.opaque => "opaque",
            _ => "unchanged",
        }
    }
}

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

    /// Whether a URL is a wrapper whose host says nothing about where it leads.
    pub(crate) fn is_wrapper(
        &self,
        url: &str,
        cx: &Context,
        switches: &Switches,
        vendors: &Vendors,
    ) -> bool {
        let verdict = self.judge(url, cx, switches, vendors, Only::Unwrap);
        verdict.opaque || verdict.unwrapped || verdict.refused.is_some()
    }

    /// Learns what links of this window say about each other; the room for
    /// the pass over it comes back.
    pub(crate) fn learn<'l>(
        &'l self,
        tape: &Tape,
        scene: &Scene<'_>,
        switches: &'l Switches,
        vendors: &'l Vendors,
        on_url: Option<&'l OnUrl>,
    ) -> Pass<'l> {
        let mut pass = Pass {
            links: self,
            switches,
            vendors,
            on_url,
            protected: HashSet::new(),
            solved: HashMap::new(),
            answers: HashMap::new(),
        };
        for at in tape.walk() {
            let node = &tape.nodes[at as usize];
            if node.kind != Kind::Start || !matches!(node.el, El::A | El::Area) {
                continue;
            }
            let Some(href) = tape.attr(at, At::Href) else { continue };
            let alt = tape.attr(at, At::Alt).unwrap_or_default();
            let facts = scene.links.get(&at);
            let (text, image) = facts.map_or(("", alt), |f| (&*f.text, &*f.alt));
            let words = self.rules.protected();
            if protect::text(words, text)
                || protect::text(words, image)
                || protect::listed(&scene.cx.list_unsubscribe, href)
            {
                pass.protected.insert(href.to_owned());
            } else if evidence::looks_like_url(text)
                && facts.is_some_and(|f| f.complete)
                && switches.on(TEXT)
            {
                let verdict = self.judge(href, scene.cx, switches, vendors, Only::Unwrap);
                if verdict.opaque
                    && let Some(wrapper) = Parts::parse(&verdict.url)
                    && let Some(target) = evidence::text(text, &wrapper)
                {
                    pass.solve(href, target);
                }
            }
        }
        pass
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
        let mut verdict = Verdict { url: url.to_owned(), ..Verdict::default() };
        let Some(parts) = Parts::parse(url) else {
            verdict.invalid = url::Url::parse(url.trim()).is_err();
            return verdict;
        };
        if protect::listed(&cx.list_unsubscribe, url)
            && !unwrap::is_gateway(&self.rules, &parts, on)
        {
            verdict.guard();
            return verdict;
        }
        drop(parts);
        if only != Only::Params {
            self.unwrap(url, on, vendors, true, &mut verdict);
        }
        if only != Only::Unwrap {
            self.strip(on, &mut verdict);
        }
        verdict
    }

    /// Takes layer after layer off, up to the target; with `all` off, only
    /// those of mail gateways.
    fn unwrap(
        &self,
        url: &str,
        on: &Switches,
        vendors: &Vendors,
        all: bool,
        verdict: &mut Verdict,
    ) {
        let words = self.rules.protected();
        let mut now: Cow<'_, str> = Cow::Borrowed(url);
        // What is left where a protected link turns up: all gateways off.
        let mut outside = (url.to_owned(), verdict.clone());
        let mut gateways = true;
        for _ in 0..=LAYERS {
            let Some(parts) = Parts::parse(&now) else { break };
            let layer = unwrap::unwrap(&self.rules, &parts, on, vendors);
            let gateway = matches!(&layer, Layer::Target { gateway: true, .. });
            if !gateway && protect::url(words, &parts) {
                *verdict = outside.1;
                verdict.url = outside.0;
                verdict.guard();
                return;
            }
            if !gateway && !all {
                break;
            }
            if !gateway
                && on.on(MAP)
                && let Some(to) = self.map.get(&parts)
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
                    *verdict = Verdict { url: url.to_owned(), ..Verdict::default() };
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
                        outside = (now.to_string(), verdict.clone());
                    }
                }
            }
        }
        if Parts::parse(&now).is_none() || !all {
            // mailto or tel; or the gateways are off.
            verdict.settle(url, &now);
            return;
        }
        let (rule, vendor) = (verdict.rule.take(), verdict.vendor.take());
        *verdict = Verdict { url: url.to_owned(), rule, vendor, ..Verdict::default() };
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
        verdict.stripped = true;
        verdict.url = stripped.url;
        verdict.removed = stripped.names;
        if verdict.rule.is_none() {
            verdict.rule = Some(stripped.rule);
            verdict.vendor = Some(stripped.vendor);
        }
    }
}

impl Verdict {
    fn by(&mut self, hit: &Hit<'_>) {
        self.rule = Some(hit.id());
        self.vendor = Some(hit.vendor());
    }

    /// The outermost layer gives the verdict its rule.
    fn unwrapped(&mut self, rule: Cow<'static, str>, vendor: Option<Cow<'static, str>>) {
        self.unwrapped = true;
        if self.rule.is_none() {
            self.rule = Some(rule);
            self.vendor = vendor;
        }
    }

    fn guard(&mut self) {
        self.protected = true;
        if self.rule.is_none() {
            self.rule = Some(PROTECTED.into());
        }
    }

    /// Nothing is taken off any more.
    fn settle(&mut self, source: &str, now: &str) {
        if self.unwrapped {
            self.url = now.to_owned();
        } else {
            self.url = source.to_owned();
        }
    }
}

/// The room over one window.
pub(crate) struct Pass<'l> {
    links: &'l Links,
    switches: &'l Switches,
    vendors: &'l Vendors,
    on_url: Option<&'l OnUrl>,
    /// URLs that some link's text protects.
    protected: HashSet<String>,
    /// Opaque URLs whose target a link's text names; `None` where two differ.
    solved: HashMap<String, Option<String>>,
    /// What a resolver said of opaque URLs.
    answers: HashMap<String, Resolution>,
}

impl Pass<'_> {
    fn solve(&mut self, href: &str, target: &str) {
        match self.solved.get_mut(href) {
            None => {
                self.solved.insert(href.to_owned(), Some(target.to_owned()));
            }
            Some(known) if known.as_deref() != Some(target) => *known = None,
            Some(_) => {}
        }
    }

    /// Whether the mail itself tells where this opaque URL leads.
    fn knows(&self, href: &str) -> bool {
        matches!(self.solved.get(href), Some(Some(_)))
    }

    fn judge(&self, href: &str, scene: &Scene<'_>) -> Verdict {
        let (on, vendors) = (self.switches, self.vendors);
        if self.protected.contains(href) {
            let mut verdict = Verdict { url: href.to_owned(), ..Verdict::default() };
            self.links.unwrap(href, on, vendors, false, &mut verdict);
            if verdict.refused.is_none() {
                verdict.guard();
            }
            return verdict;
        }
        self.links.judge(href, scene.cx, on, vendors, Only::Both)
    }

    fn link(&self, tag: &mut Tag<'_>, scene: &Scene<'_>) {
        let Some(href) = tag.get(At::Href).map(str::to_owned) else { return };
        let mut verdict = self.judge(&href, scene);
        if verdict.opaque
            && let Some(Some(target)) = self.solved.get(&href)
        {
            let text = scene.links.get(&tag.index()).map_or("", |facts| &*facts.text);
            let rule = if text.trim() == target { TEXT } else { EQUAL };
            if tag.may(rule) {
                let vendor = verdict.vendor.take();
                verdict = Verdict { url: target.clone(), unwrapped: true, ..Verdict::default() };
                self.links.strip(self.switches, &mut verdict);
                verdict.rule = Some(rule.into());
                verdict.vendor = vendor;
            }
        }
        if !self.answers.is_empty() && tag.may(ask::RESOLVED) {
            verdict = self.resolved(verdict, scene.cx);
        }
        if verdict.url != href {
            tag.set(At::Href, &verdict.url, verdict.why(&href).to(&*verdict.url));
        }
        if let Some((rule, vendor)) = &verdict.inner {
            let why = Why::rule(rule.clone()).vendor(vendor.clone()).url(&*verdict.url);
            tag.note(verdict.asked(why));
        } else if verdict.protected {
            tag.note(Why::rule(PROTECTED).url(&*verdict.url));
        } else if let Some(why) = verdict.refused {
            tag.note(Why { rule: REFUSED.into(), ..verdict.why(&href) }.evidence(why, 0));
        } else if verdict.opaque {
            tag.note(verdict.why(&href));
        }
    }

    fn ask(&self, tag: &mut Tag<'_>, on_url: &OnUrl) {
        for attribute in [At::Href, At::Src, At::Background, At::Poster, At::Cite, At::Longdesc] {
            let Some(url) = tag.get(attribute) else { continue };
            let element = tag.name();
            let link = matches!(attribute, At::Href | At::Cite | At::Longdesc);
            let kind = if link { UrlKind::Link } else { UrlKind::Image };
            let action = on_url(&UrlUse { element, attribute: attribute.name(), url, kind });
            let why = Why::rule(CALLER).url(url);
            match action {
                UrlAction::Keep => {}
                UrlAction::Replace(to) => {
                    let why = why.to(&*to);
                    tag.set(attribute, &to, why);
                }
                UrlAction::Drop => {
                    tag.drop_attr(attribute, why);
                }
            }
        }
    }
}

impl Verdict {
    /// The ids of the findings that the room makes of it.
    pub(crate) fn finds(&self) -> Vec<String> {
        let mut ids = Vec::new();
        if self.unwrapped || self.stripped {
            ids.extend(self.rule.as_deref().map(str::to_owned));
        }
        if let Some((rule, _)) = &self.inner {
            ids.push(rule.to_string());
        } else if self.protected {
            ids.push(PROTECTED.to_owned());
        } else if self.refused.is_some() {
            ids.push(REFUSED.to_owned());
        } else if self.opaque {
            ids.extend(self.rule.as_deref().map(str::to_owned));
        }
        ids
    }

    fn why(&self, url: &str) -> Why {
        let mut why = Why::rule(self.rule.clone().unwrap_or(Cow::Borrowed(PROTECTED))).url(url);
        if let Some(vendor) = &self.vendor {
            why = why.vendor(vendor.clone());
        }
        for name in &self.removed {
            why = why.evidence(format!("parameter {name}"), 0);
        }
        if let Some(hint) = &self.hint {
            why = why.evidence(format!("says it leads to {hint}"), 0);
        }
        self.asked(why)
    }

    /// Adds what asking came to.
    fn asked(&self, why: Why) -> Why {
        match &self.asked {
            Some(asked) if !self.unwrapped => why.evidence(format!("asked: {asked}"), 0),
            _ => why,
        }
    }
}

impl Room for Pass<'_> {
    fn visit(&self, tag: &mut Tag<'_>, scene: &Scene<'_>) {
        if matches!(tag.el(), El::A | El::Area) {
            self.link(tag, scene);
        }
        if let Some(on_url) = self.on_url {
            self.ask(tag, on_url);
        }
    }
}

#[cfg(test)]
mod tests;
