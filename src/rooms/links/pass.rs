//! The room over one window of a mail: what its links say about each other,
//! then one link after the other.

use super::ask::RESOLVED;
use super::twin::Twin;
use super::{
    CALLER, EQUAL, Links, Look, MISMATCH, ORIGINAL, Only, PROTECTED, REFUSED, TEXT, TWIN, Verdict,
};
use super::{evidence, protect};
use crate::context::Context;
use crate::finding::Why;
use crate::hash::{ByText, HashMap};
use crate::html::{At, El};
use crate::mask;
use crate::resolve::Resolution;
use crate::rinser::{OnUrl, UrlAction, UrlKind, UrlUse};
use crate::rooms::{Room, Switches};
use crate::rules::Vendors;
use crate::scene::{LinkFacts, Scene};
use crate::tag::Tag;
use crate::tape::Tape;
use crate::web::Parts;
use std::borrow::Cow;
use std::cell::RefCell;
use std::rc::Rc;

/// The room over one window.
pub(crate) struct Pass<'l> {
    pub(super) links: &'l Links,
    pub(super) switches: &'l Switches,
    pub(super) vendors: &'l Vendors,
    on_url: Option<&'l OnUrl>,
    /// URLs that some link's words are about.
    care: HashMap<String, Care>,
    /// Opaque URLs whose target something in the mail names; `None` where two
    /// differ.
    solved: HashMap<String, Option<Solved>>,
    /// What URLs of links came to that were looked at to learn of them; `None`
    /// is no wrapper. Mail repeats its links: picture, headline, button.
    unwrapped: ByText<Option<Rc<Wrapper>>>,
    /// What they came to in the pass; nothing of those of which there is nothing
    /// to say.
    judged: RefCell<ByText<Option<Rc<Verdict>>>>,
    /// What a resolver said of opaque URLs.
    pub(super) answers: HashMap<String, Resolution>,
}

/// What became of a wrapper.
struct Wrapper {
    verdict: Rc<Verdict>,
    /// The host of what is opaque: nearly always that of the link itself, and
    /// not of what was in another wrapper.
    host: String,
}

/// What a link's words ask for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Care {
    /// It shows the mail as a page: nothing is taken out of its URL.
    View,
    /// It acts for this reader.
    Protected,
}

/// Where an opaque link leads, and who says so.
#[derive(Clone, PartialEq)]
struct Solved {
    /// The link that says it.
    node: u32,
    target: String,
    rule: Cow<'static, str>,
}

impl Links {
    /// Learns what links of this window say about each other; the room for
    /// the pass over it comes back.
    // A stage of its own in a profile.
    #[inline(never)]
    pub(crate) fn learn<'l>(
        &'l self,
        tape: &Tape,
        scene: &Scene<'_>,
        switches: &'l Switches,
        vendors: &'l Vendors,
        on_url: Option<&'l OnUrl>,
    ) -> Pass<'l> {
        let (care, solved, answers) = (HashMap::default(), HashMap::default(), HashMap::default());
        let (unwrapped, judged) = (ByText::default(), RefCell::default());
        let links = self;
        let mut pass =
            Pass { links, switches, vendors, on_url, care, solved, unwrapped, judged, answers };
        // Behind the window there may be more links of the same words.
        let twin = scene.cx.text.as_deref().filter(|_| !scene.partial && switches.on(TWIN));
        let mut twin = twin.map(|text| Twin::read(text, scene));
        for at in tape.kept_starts() {
            if matches!(tape.nodes[at as usize].el, El::A | El::Area) {
                pass.learn_one(tape, at, scene, twin.as_mut());
            }
        }
        pass
    }
}

impl Pass<'_> {
    fn learn_one(&mut self, tape: &Tape, at: u32, scene: &Scene<'_>, twin: Option<&mut Twin<'_>>) {
        let Some(href) = tape.attr(at, At::Href) else { return };
        let words = self.links.rules.protected();
        let facts = scene.links.get(&at);
        let alt = tape.attr(at, At::Alt).unwrap_or_default();
        let (text, image) = facts.map_or(("", alt), |f| (&*f.text, &*f.alt));
        // Counted whatever becomes of the link: the order is what matters.
        let beside = twin.and_then(|twin| twin.next(text));
        let care = if protect::text(words, text)
            || protect::text(words, image)
            || protect::listed(&scene.cx.list_unsubscribe, href)
        {
            Some(Care::Protected)
        } else if protect::view_text(words, text) || protect::view_text(words, image) {
            Some(Care::View)
        } else {
            None
        };
        if let Some(care) = care {
            let known = self.care.entry(href.to_owned()).or_insert(care);
            *known = care.max(*known);
            return;
        }
        let Some(facts) = facts.filter(|f| f.complete) else { return };
        let shows = evidence::looks_like_url(text) && self.switches.on(TEXT);
        let books = !self.links.map.book().is_empty() || self.links.rules.book().next().is_some();
        if !shows && beside.is_none() && !books {
            return;
        }
        // Only a wrapper can be opaque.
        if let Some(wrapper) = self.wrapper(href, scene).filter(|known| known.verdict.opaque)
            && let Some((target, rule)) = self.named(&wrapper, href, facts, shows, beside, scene)
        {
            self.solve(href, at, target, rule);
        }
    }

    /// What becomes of a link that is a wrapper.
    fn wrapper(&mut self, href: &str, scene: &Scene<'_>) -> Option<Rc<Wrapper>> {
        if let Some(known) = self.unwrapped.get(href) {
            return known.clone();
        }
        let (on, vendors) = (self.switches, self.vendors);
        let wrapper = Parts::parse(href).and_then(|url| {
            let mut verdict = self.links.wrapper(href, &url, scene.cx, on, vendors)?;
            let inner = if verdict.unwrapped { Parts::parse(&verdict.url) } else { None };
            let host = inner.as_ref().unwrap_or(&url).host().to_owned();
            self.links.strip(on, &mut verdict);
            Some(Rc::new(Wrapper { verdict: Rc::new(verdict), host }))
        });
        self.unwrapped.insert(href, wrapper.clone());
        wrapper
    }

    /// Where the mail says that an opaque link leads, and by which rule.
    fn named(
        &self,
        opaque: &Wrapper,
        href: &str,
        facts: &LinkFacts,
        shows: bool,
        beside: Option<&str>,
        scene: &Scene<'_>,
    ) -> Option<(String, Cow<'static, str>)> {
        let (links, on, text) = (self.links, self.switches, &*facts.text);
        let Wrapper { verdict: opaque, host } = opaque;
        if shows
            && let Some(url) = Parts::parse(if opaque.unwrapped { &opaque.url } else { href })
            && let Some(target) = evidence::text(text, &url, scene.cx.true_sender())
        {
            return Some((target.to_owned(), TEXT.into()));
        }
        let name = if facts.more { "" } else { &*facts.alt };
        if let Some(standing) = links.standing(opaque, host, text, name, on)
            && let Some(rule) = standing.rule
        {
            return Some((standing.url, rule));
        }
        let told = links.judge(beside?, scene.cx, on, self.vendors, Only::Unwrap);
        let clear = !told.opaque && !told.protected && told.refused.is_none();
        let is_address = clear && crate::web::target(&told.url).is_ok();
        is_address.then(|| (told.url, TWIN.into()))
    }

    /// Whether a URL is a wrapper whose host says nothing about where it leads.
    pub(crate) fn is_wrapper(&self, url: &str, cx: &Context) -> bool {
        let known = |it: &Verdict| it.opaque || it.unwrapped || it.refused.is_some();
        match self.unwrapped.get(url) {
            Some(wrapper) => wrapper.as_ref().is_some_and(|wrapper| known(&wrapper.verdict)),
            None => Parts::parse(url)
                .and_then(|parts| self.links.wrapper(url, &parts, cx, self.switches, self.vendors))
                .is_some_and(|verdict| known(&verdict)),
        }
    }

    fn solve(&mut self, href: &str, node: u32, target: String, rule: Cow<'static, str>) {
        match self.solved.get_mut(href) {
            None => {
                self.solved.insert(href.to_owned(), Some(Solved { node, target, rule }));
            }
            Some(known) if known.as_ref().is_some_and(|k| k.target != target) => *known = None,
            Some(_) => {}
        }
    }

    /// Whether the mail itself tells where this URL leads, or its words ask for
    /// care.
    pub(super) fn knows(&self, href: &str) -> bool {
        matches!(self.solved.get(href), Some(Some(_))) || self.care.contains_key(href)
    }

    pub(super) fn judge(&self, href: &str, scene: &Scene<'_>) -> Verdict {
        let (on, vendors) = (self.switches, self.vendors);
        match self.care.get(href) {
            Some(Care::Protected) => {
                let mut verdict = Verdict::unchanged(href);
                self.links.unwrap(href, None, scene.cx, on, vendors, false, &mut verdict);
                if verdict.refused.is_none() {
                    verdict.guard();
                }
                verdict
            }
            Some(Care::View) => self.links.judge(href, scene.cx, on, vendors, Only::Unwrap),
            None => self.links.judge(href, scene.cx, on, vendors, Only::Both),
        }
    }

    /// What becomes of a link by its URL, and by what the words of some link with
    /// this URL ask for; nothing where there is nothing to say.
    fn judged(&self, href: &str, scene: &Scene<'_>) -> Option<Rc<Verdict>> {
        if let Some(known) = self.judged.borrow().get(href) {
            return known.clone();
        }
        let verdict = match self.unwrapped.get(href) {
            // Where words ask for care, the URL does not say all.
            _ if self.care.contains_key(href) => Some(Rc::new(self.judge(href, scene))),
            Some(Some(wrapper)) => Some(Rc::clone(&wrapper.verdict)),
            known => match self.look(href, scene, known.is_none()) {
                None => Some(Rc::new(self.judge(href, scene))),
                Some((_, seen)) if seen.is_plain() => None,
                Some((url, seen)) => {
                    let (on, vendors) = (self.switches, self.vendors);
                    let verdict = self.links.judge_seen(href, &url, seen, scene.cx, on, vendors);
                    Some(Rc::new(verdict))
                }
            },
        };
        self.judged.borrow_mut().insert(href, verdict.clone());
        verdict
    }

    /// What a link's URL says that is no wrapper for sure, or may be one.
    fn look<'u>(
        &self,
        href: &'u str,
        scene: &Scene<'_>,
        may_wrap: bool,
    ) -> Option<(Parts<'u>, Look)> {
        let (on, vendors) = (self.switches, self.vendors);
        let url = Parts::parse(href)?;
        let wraps = may_wrap && self.links.is_one(&url, on, vendors);
        let seen = self.links.look(&url, scene.cx, on, wraps, Only::Both);
        Some((url, seen))
    }

    fn link(&self, tag: &mut Tag<'_>, scene: &Scene<'_>) {
        let Some(href) = tag.get(At::Href) else { return };
        let text = scene.links.get(&tag.index()).map_or("", |facts| &*facts.text);
        let mut verdict = match self.judged(href, scene) {
            Some(verdict) => verdict,
            None if evidence::shows_url(text) => Rc::new(Verdict::unchanged(href)),
            None => return,
        };
        let href = href.to_owned();
        if verdict.opaque
            && let Some(Some(solved)) = self.solved.get(&href)
        {
            let own = solved.node == tag.index() || self.told(tag.index(), solved, scene);
            let rule = if own { solved.rule.clone() } else { Cow::Borrowed(EQUAL) };
            if tag.may(&rule) {
                let mut told = Verdict { unwrapped: true, ..Verdict::unchanged(&solved.target) };
                self.links.strip(self.switches, &mut told);
                told.rule = Some(rule);
                told.vendor = verdict.vendor.clone();
                verdict = Rc::new(told);
            }
        }
        if (verdict.opaque || verdict.refused.is_some())
            && tag.may(ORIGINAL)
            && let Some(original) = self.original(tag, &verdict, &href, scene)
        {
            verdict = Rc::new(original);
        }
        if !self.answers.is_empty() && tag.may(RESOLVED) {
            verdict = Rc::new(self.resolved(Verdict::clone(&verdict), scene.cx));
        }
        if verdict.url != href {
            tag.set(At::Href, &verdict.url, verdict.why(&href).to(&*verdict.url));
        }
        if let Some((rule, vendor)) = &verdict.inner {
            let why = Why::rule(rule.clone()).vendor(vendor.clone()).url(&*verdict.url);
            tag.note(verdict.asked(why));
        } else if verdict.protected {
            let mut why = Why::rule(PROTECTED).url(&*verdict.url);
            if mask::holds_address(&verdict.url) {
                why = why.evidence("carries an address in clear", 0);
            }
            tag.note(why);
        } else if let Some(why) = verdict.refused {
            tag.note(Why { rule: REFUSED.into(), ..verdict.why(&href) }.evidence(why, 0));
        } else if verdict.opaque {
            tag.note(verdict.why(&href));
        }
        self.compare(tag, &verdict, scene);
    }

    /// Whether this very link's text is the target.
    fn told(&self, node: u32, solved: &Solved, scene: &Scene<'_>) -> bool {
        solved.rule == TEXT
            && scene.links.get(&node).is_some_and(|f| f.text.trim() == solved.target)
    }

    /// What a program on the way kept of the link as it was: Safe Links beside
    /// its own wrapper, Gmail beside any.
    fn original(
        &self,
        tag: &Tag<'_>,
        verdict: &Verdict,
        href: &str,
        scene: &Scene<'_>,
    ) -> Option<Verdict> {
        let (on, vendors) = (self.switches, self.vendors);
        let judge = |url: &str| self.links.judge(url, scene.cx, on, vendors, Only::Both);
        let safe = verdict.rule.as_deref().is_some_and(|r| r.starts_with("links.safelinks."));
        let kept = match tag.get_named("originalsrc").filter(|_| safe) {
            Some(url) => judge(url),
            None => {
                let redirect = tag.get_named("data-saferedirecturl")?;
                let kept = judge(redirect);
                let google = kept.rule.as_deref() == Some("links.google.url");
                Some(kept).filter(|kept| google && kept.unwrapped)?
            }
        };
        let clear = !kept.opaque && !kept.protected && kept.refused.is_none() && kept.url != href;
        if !clear || crate::web::target(&kept.url).is_err() {
            return None;
        }
        let rule = Some(Cow::Borrowed(ORIGINAL));
        Some(Verdict { unwrapped: true, rule, vendor: verdict.vendor.clone(), ..kept })
    }

    /// Reports a link that shows one address and leads to another host. Of an
    /// opaque one nobody knows where it leads.
    fn compare(&self, tag: &mut Tag<'_>, verdict: &Verdict, scene: &Scene<'_>) {
        if verdict.opaque || verdict.refused.is_some() {
            return;
        }
        let Some(facts) = scene.links.get(&tag.index()).filter(|f| f.complete) else { return };
        let Some(shown) = evidence::shown_host(&facts.text) else { return };
        let Some(real) = Parts::parse(&verdict.url) else { return };
        let bare = |host: &str| host.strip_prefix("www.").unwrap_or(host).to_owned();
        if bare(&shown) != bare(real.host()) {
            let why = Why::rule(MISMATCH).url(&*verdict.url);
            tag.note(why.evidence(format!("shows {shown}, leads to {}", real.host()), 0));
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
