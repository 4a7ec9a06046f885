//! May this be here? The last room: whatever the others wrote is judged before
//! it is printed. Elements and attributes by the policy's tables; values here
//! and in the files beside this one. At level patch only URLs that rooms wrote
//! are judged, since everything else is the source's own.

pub(crate) mod ident;
pub(crate) mod sheets;
mod spelling;
pub(crate) mod style;
mod url;
mod value;

use self::url::Verdict;
use self::value::Value;
use super::{Room, srcset};
use crate::css::{Allow, Look};
use crate::finding::Why;
use crate::hash::ByText;
use crate::html::{At, El};
use crate::image_proxy::ImageProxy;
use crate::rules::policy::{Fate, Kind, Policy};
use crate::scene::{HIDDEN_SELF, Hidden, LOST, Level, Remote, Scene, Shape};
use crate::tag::Tag;
use crate::tape::{Attr, Tape, Val};
use ::url::Url;
use std::cell::RefCell;
use std::rc::Rc;

const EVENT: &str = "policy.attribute.event";
const UNKNOWN: &str = "policy.attribute.unknown";
const VALUE: &str = "policy.attribute.value";
const BLOCKED: &str = "policy.remote.blocked";
const SRCSET: &str = "policy.url.srcset";
const HIDDEN: &str = "policy.hidden.dropped";

/// Every link that leaves the mail: the page there cannot reach back, and is
/// not told where the reader came from.
const REL: &str = "noopener noreferrer";

/// The page around a fragment has an address; whoever sends a picture need not
/// learn it. A document says this in its head.
const NO_REFERRER: &str = "no-referrer";

/// The room, made anew for each window: it remembers the window's styles.
pub(crate) struct PolicyRoom<'p> {
    policy: &'p Policy,
    allow: Allow<'static>,
    base: Option<Url>,
    proxy: Option<&'p ImageProxy>,
    styles: style::Styles,
    /// Values that hold names, and what they are printed as; nothing where there is no name.
    names: RefCell<ByText<Option<Val>>>,
}

/// What is thought of a value.
enum Judged {
    Same,
    Spelt(String),
    /// Nothing is lost with it.
    Gone,
    /// A URL that may not be, by the rule of this id.
    Url(&'static str),
    /// A value that this attribute does not take.
    Value,
}

impl<'p> PolicyRoom<'p> {
    /// A room for one window. `base` is what relative URLs are relative to;
    /// `css` the limit of one style in bytes.
    pub(crate) fn new(policy: &'p Policy, base: Option<Url>, css: usize) -> Self {
        let (allow, styles) = (policy.css(css), style::Styles::default());
        PolicyRoom { policy, allow, base, proxy: None, styles, names: RefCell::default() }
    }

    /// By way of which proxy remote pictures are loaded.
    pub(crate) fn behind(self, proxy: Option<&'p ImageProxy>) -> Self {
        PolicyRoom { proxy, ..self }
    }

    /// Spells the window's URLs as browsers read them, before any room looks.
    pub(crate) fn spell(&self, tape: &mut Tape) {
        spelling::spell(tape, self.base.as_ref());
    }

    /// How a node's style looks, before anything is taken out of it.
    pub(crate) fn look_of(&self, node: u32, style: &str) -> Rc<Look> {
        self.styles.see(node, style, &self.allow, |style| Rc::clone(&style.look))
    }

    /// How what is left of a node's style looks.
    pub(crate) fn look_left(&self, node: u32, style: &str) -> Rc<Look> {
        self.styles.see(node, style, &self.allow, |style| Rc::clone(style.left()))
    }

    /// Whether a link may lead there.
    pub(crate) fn keeps_link(&self, href: &str) -> bool {
        matches!(url::link(href, self.policy, self.base.as_ref()), url::Verdict::Stays(_))
    }

    /// Whether a picture may be shown.
    pub(crate) fn keeps_image(&self, src: &str, remote: Remote) -> bool {
        matches!(self.picture(src, remote), Judged::Same | Judged::Spelt(_))
    }

    fn clean(&self, tag: &mut Tag<'_>, scene: &Scene<'_>) {
        let el = tag.el();
        let why = || {
            let why = Why::rule(self.policy.finding(el));
            // What it would have loaded or where it would have led.
            let url =
                [At::Src, At::Href, At::Poster, At::Srcset].iter().find_map(|&at| tag.get(at));
            match url.or_else(|| tag.get_named("data")).or_else(|| tag.get_named("action")) {
                Some(url) => why.url(url),
                None => why,
            }
        };
        match self.policy.fate(el) {
            Fate::Drop => {
                let why = why();
                tag.remove(why);
                return;
            }
            Fate::Unwrap => {
                let why = why();
                tag.unwrap(why);
                return;
            }
            Fate::Shell if !matches!(el, El::Html | El::Body) => return,
            Fate::Shell | Fate::Keep => {}
        }
        let flags = scene.flags.get(tag.index() as usize).copied().unwrap_or_default();
        if flags & HIDDEN_SELF != 0
            && scene.hidden_text == Hidden::Drop
            && self.policy.fate(el) == Fate::Keep
        {
            tag.remove(Why::rule(HIDDEN));
            return;
        }
        // One look at the attributes tells what there is to do.
        let (mut out, mut judged) = (false, false);
        for attr in tag.tape.attrs_of(tag.index()) {
            match self.policy.attribute(el, attr.at) {
                None => out = true,
                Some(Kind::Text | Kind::Written) => {}
                Some(_) => judged = true,
            }
        }
        if out {
            self.names(tag);
        }
        if judged {
            self.values(tag, scene);
        }
        if flags & LOST != 0 {
            hide(tag);
        }
        self.written(tag, scene);
    }

    /// What the policy says itself, whatever the source did.
    fn written(&self, tag: &mut Tag<'_>, scene: &Scene<'_>) {
        let loads = |at| tag.get(at).is_some_and(url::is_remote);
        match tag.el() {
            El::A | El::Area => {
                let leaves = loads(At::Href);
                tag.respell(At::Rel, leaves.then_some(REL));
            }
            El::Img => {
                let tells = scene.shape == Shape::Fragment && loads(At::Src);
                tag.respell(At::Referrerpolicy, tells.then_some(NO_REFERRER));
            }
            _ => {}
        }
    }

    /// Takes out the attributes that may not be, whatever they say.
    fn names(&self, tag: &mut Tag<'_>) {
        let el = tag.el();
        let (mut events, mut unknown) = (None, None);
        for attr in tag.tape.attrs_of(tag.index()) {
            if self.policy.attribute(el, attr.at).is_some() {
                continue;
            }
            let name = tag.tape.attr_name(attr);
            let (slot, rule) =
                if is_event(name) { (&mut events, EVENT) } else { (&mut unknown, UNKNOWN) };
            let why: Why = slot.take().unwrap_or_else(|| Why::rule(rule));
            *slot = Some(why.evidence(name.to_owned(), 0));
        }
        let is_out = |tape: &Tape, attr: &Attr, event: bool| {
            self.policy.attribute(el, attr.at).is_none() && is_event(tape.attr_name(attr)) == event
        };
        if let Some(why) = events {
            tag.drop_where(|tape, attr| is_out(tape, attr, true), why);
        }
        if let Some(why) = unknown {
            tag.drop_where(|tape, attr| is_out(tape, attr, false), why);
        }
    }

    /// Judges the values of the attributes that may be.
    fn values(&self, tag: &mut Tag<'_>, scene: &Scene<'_>) {
        let mut odd = None;
        // Those that are there now: what is written on the way stands behind them.
        let mut left = tag.tape.attrs_of(tag.index()).len();
        let mut place = 0;
        while left > 0 {
            left -= 1;
            let Attr { at, value, .. } = tag.tape.attrs_of(tag.index())[place];
            if !self.judge_one(tag, scene, at, value, &mut odd) {
                place += 1;
                continue;
            }
            let stays = tag.tape.attrs_of(tag.index()).get(place).is_some_and(|attr| attr.at == at);
            place += usize::from(stays);
        }
        if let Some(why) = odd {
            tag.because(why);
        }
    }

    /// Judges an attribute's value; says whether the tag may have changed. What was no value of its kind is gathered
    /// in `odd`.
    fn judge_one(
        &self,
        tag: &mut Tag<'_>,
        scene: &Scene<'_>,
        at: At,
        value: Val,
        odd: &mut Option<Why>,
    ) -> bool {
        let raw = tag.tape.text(value);
        let judged = match self.policy.attribute(tag.el(), at) {
            None | Some(Kind::Text | Kind::Written) => return false,
            Some(Kind::Style) => {
                self.style(tag);
                return true;
            }
            Some(Kind::Srcset) => {
                self.srcset(tag, scene);
                return true;
            }
            Some(Kind::Idents | Kind::Classes) => return self.names_in(tag, at, value),
            Some(kind) => self.value(kind, raw, scene.remote),
        };
        match judged {
            Judged::Same => return false,
            Judged::Spelt(value) => tag.respell(at, Some(&value)),
            Judged::Gone => tag.respell(at, None),
            Judged::Url(rule) => {
                let why = Why::rule(rule).url(raw).evidence(at.name(), 0);
                tag.drop_attr(at, why);
            }
            Judged::Value => {
                let why = odd.take().unwrap_or_else(|| Why::rule(VALUE));
                *odd = Some(why.evidence(format!("{}={}", at.name(), short(raw)), 0));
                tag.respell(at, None);
            }
        }
        true
    }

    /// Spells names in an attribute's value; says whether the tag has changed. Mail repeats its classes, so each value
    /// is made once.
    fn names_in(&self, tag: &mut Tag<'_>, at: At, value: Val) -> bool {
        let raw = tag.tape.text(value);
        let known = self.names.borrow().get(raw).copied();
        let made = match known {
            Some(made) => made,
            None => {
                let mut known = self.names.borrow_mut();
                let (raw, names) = (raw.to_owned(), ident::names(raw));
                let made = match names.as_str() {
                    "" => None,
                    names if *names == *raw => Some(value),
                    names => Some(tag.tape.make_shared(names)),
                };
                known.insert(&raw, made);
                made
            }
        };
        let same = made.is_some_and(|made| tag.tape.text(made) == tag.tape.text(value));
        if !same {
            tag.write(at, made);
        }
        !same
    }

    fn value(&self, kind: Kind, raw: &str, remote: Remote) -> Judged {
        let value = match kind {
            Kind::Link => return of_url(raw, url::link(raw, self.policy, self.base.as_ref())),
            Kind::Image | Kind::Background => return self.picture(raw, remote),
            Kind::Ident => {
                return match ident::name(raw) {
                    None => Judged::Gone,
                    Some(name) if name == raw => Judged::Same,
                    Some(name) => Judged::Spelt(name.into_owned()),
                };
            }
            Kind::Hash => {
                let name = raw.trim().strip_prefix('#').and_then(ident::name);
                return match name.map(|name| format!("#{name}")) {
                    None => Judged::Value,
                    Some(hash) if hash == raw => Judged::Same,
                    Some(hash) => Judged::Spelt(hash),
                };
            }
            Kind::Coords => value::coords(raw),
            Kind::Number => value::number(raw, false),
            Kind::Integer => value::number(raw, true),
            Kind::Length => value::length(raw),
            Kind::Colour => value::colour(raw),
            Kind::Lang => value::lang(raw),
            Kind::Flag => value::flag(raw),
            Kind::OneOf(words) => value::one_of(raw, words),
            Kind::Text | Kind::Written => Value::Same,
            // Not by the value alone: see `judge_one`.
            Kind::Style | Kind::Srcset | Kind::Idents | Kind::Classes => Value::Empty,
        };
        match value {
            Value::Same => Judged::Same,
            Value::Spelt(value) => Judged::Spelt(value),
            Value::Empty => Judged::Gone,
            Value::Refused => Judged::Value,
        }
    }

    fn picture(&self, raw: &str, remote: Remote) -> Judged {
        match url::image(raw, self.policy, self.base.as_ref()) {
            Verdict::Stays(url) if remote == Remote::Block && url::is_remote(&url) => {
                Judged::Url(BLOCKED)
            }
            Verdict::Stays(url) if remote == Remote::Proxy && url::is_remote(&url) => {
                match self.proxy {
                    Some(proxy) => of_url(raw, Verdict::Stays(proxy.url(&url).into())),
                    None => Judged::Url(BLOCKED),
                }
            }
            verdict => of_url(raw, verdict),
        }
    }

    fn style(&self, tag: &mut Tag<'_>) {
        let Some(raw) = tag.get(At::Style) else { return };
        let (style, again) = match tag.el() {
            // What lay the page elsewhere did not hide the mail.
            El::Html | El::Body => (Rc::new(self.styles.of_page(raw, &self.allow)), false),
            _ => self.styles.judge(tag.index(), raw, &self.allow),
        };
        if style.text.is_empty() {
            tag.write(At::Style, None);
        } else if style.text != raw {
            let made = style.made.get().unwrap_or_else(|| tag.tape.make_shared(&style.text));
            style.made.set(Some(made));
            tag.write(At::Style, Some(made));
        }
        if style.refused.is_empty() {
            return;
        }
        for why in style::whys(&style.refused, again) {
            tag.because(why);
        }
    }

    /// A picture has one URL. Where it has only several, it gets the first.
    fn srcset(&self, tag: &mut Tag<'_>, scene: &Scene<'_>) {
        let Some(raw) = tag.get(At::Srcset) else { return };
        let mut why = Why::rule(SRCSET);
        for url in srcset::urls(raw) {
            why = why.evidence(url.to_owned(), 0);
        }
        let first = srcset::urls(raw).next().map(str::to_owned);
        let has_src = tag.get(At::Src).is_some_and(|src| !src.trim().is_empty());
        if let Some(first) = first.filter(|_| !has_src) {
            match self.picture(&first, scene.remote) {
                Judged::Same => tag.respell(At::Src, Some(&first)),
                Judged::Spelt(url) => tag.respell(At::Src, Some(&url)),
                Judged::Url(rule) => {
                    tag.because(Why::rule(rule).url(first).evidence(At::Srcset.name(), 0))
                }
                Judged::Gone | Judged::Value => {}
            }
        }
        tag.drop_attr(At::Srcset, why);
    }

    /// Judges the URLs that rooms wrote. Names are the source's here, and so
    /// is what refers to them.
    fn patch(&self, tag: &mut Tag<'_>, scene: &Scene<'_>) {
        let el = tag.el();
        let changed: Vec<At> = tag
            .tape
            .attrs_of(tag.index())
            .iter()
            .filter(|attr| attr.changed)
            .map(|attr| attr.at)
            .collect();
        for at in changed {
            let Some(raw) = tag.get(at) else { continue };
            let judged = match self.policy.attribute(el, at) {
                Some(Kind::Link) if raw.starts_with('#') => continue,
                Some(kind @ (Kind::Link | Kind::Image | Kind::Background)) => {
                    self.value(kind, raw, scene.remote)
                }
                _ => continue,
            };
            match judged {
                Judged::Spelt(url) => tag.respell(at, Some(&url)),
                Judged::Url(rule) => {
                    let why = Why::rule(rule).url(raw).evidence(at.name(), 0);
                    tag.drop_attr(at, why);
                }
                Judged::Same | Judged::Gone | Judged::Value => {}
            }
        }
    }
}

impl Room for PolicyRoom<'_> {
    fn visit(&self, tag: &mut Tag<'_>, scene: &Scene<'_>) {
        match scene.level {
            Level::Clean => self.clean(tag, scene),
            Level::Patch => self.patch(tag, scene),
        }
    }
}

fn of_url(raw: &str, verdict: Verdict<'_>) -> Judged {
    match verdict {
        Verdict::Stays(url) if url == raw => Judged::Same,
        Verdict::Stays(url) => Judged::Spelt(url.into_owned()),
        // Nothing was named, so nothing is lost.
        Verdict::Refused(url::RELATIVE) if raw.trim().is_empty() => Judged::Gone,
        Verdict::Refused(rule) => Judged::Url(rule),
    }
}

/// Hides an element itself, since the rule that hid it is not printed.
fn hide(tag: &mut Tag<'_>) {
    let style = tag.get(At::Style).unwrap_or_default();
    if crate::css::look(style).hides() {
        return;
    }
    let apart = if style.is_empty() { "" } else { ";" };
    let style = format!("{style}{apart}display:none!important");
    tag.respell(At::Style, Some(&style));
}

fn is_event(name: &str) -> bool {
    name.starts_with("on")
}

/// Enough of a value to know it by.
fn short(value: &str) -> &str {
    value.char_indices().nth(40).map_or(value, |(end, _)| &value[..end])
}

#[cfg(test)]
mod tests;
