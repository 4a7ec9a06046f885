//! Does this load something whose use is to watch the reader? Senders that are
//! known are told by the shape of their URLs, all others by evidence: size,
//! hiding, identifiers, words, place. Spacers and pictures for other screens
//! stay. No evidence depends on other pictures being there.

mod digests;
mod identity;
mod places;
mod proxy;
mod score;
mod size;
mod token;
mod words;

use self::digests::Recipients;
use self::identity::Identity;
use self::places::{Place, Where};
use self::score::{Hiding, Judgement, Nature, Seen};
use self::size::Size;
use self::token::Says;
use self::words::THRESHOLD;
use super::{Room, Switches};
use crate::finding::{Evidence, Why};
use crate::hash::{ByText, HashSet};
use crate::html::{At, El};
use crate::image_proxy::ImageProxy;
use crate::rules::{Hit, Rules};
use crate::scene::{HIDDEN_SELF, Level, Looks, Remote, Scene, is_blank};
use crate::tag::Tag;
use crate::tape::{Kind, NONE, Tape};
use crate::web::Parts;
use std::borrow::Cow;
use std::cell::RefCell;
use std::rc::Rc;

const ADDRESS: &str = "trackers.identified.address";
const TOKEN: &str = "trackers.identified.token";
/// Pictures that stay; only told where that was asked for.
const PICTURE: &str = "trackers.kept.picture";
const SPACER: &str = "trackers.kept.spacer";
const SWAP: &str = "trackers.kept.swap";

/// One transparent pixel: what stands in the place of a tracker that took room.
const NOTHING: &str =
    "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAICRAEAOw==";

/// Proxies within proxies: a forward of a forward.
const PROXIES: usize = 3;

/// The room, made anew for each window, before it passes over the tape.
pub(crate) struct Trackers<'r, 's> {
    rules: &'r Rules,
    looks: Looks<'s>,
    /// Classes that rules for some screens know.
    swaps: &'s HashSet<String>,
    recipients: Recipients,
    /// What is known of URLs, by their texts. Asked with the same switches.
    known: RefCell<ByText<Rc<Known<'r>>>>,
    /// The caller's own.
    proxy: Option<&'r ImageProxy>,
    /// The first and the last visible text.
    texts: Option<(u32, u32)>,
    beside: bool,
    telling: bool,
}

/// What a URL says by itself.
struct Known<'r> {
    identity: Option<Identity>,
    /// It has the shape of a sender's open pixel.
    pixel: Option<Hit<'r>>,
    says: Says,
    /// Its parts, where it is a picture's own URL and no image proxy's.
    own: Option<Parts<'static>>,
}

/// What is wrong with a place.
struct Found {
    rule: Cow<'static, str>,
    vendor: Option<Cow<'static, str>>,
    evidence: Vec<Evidence>,
    deed: Deed,
    /// A sender's own shape: as large as it says it is, else a pixel.
    known: bool,
}

impl Found {
    /// Content that knows its reader stays, unless it is not to be loaded.
    fn goes(&self, scene: &Scene<'_>) -> bool {
        self.deed == Deed::Goes
            || self.deed == Deed::Told && scene.remote == Remote::BlockIdentified
    }
}

/// What is to be done about it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Deed {
    /// It goes.
    Goes,
    /// Content that knows its reader: told, and not loaded if that was asked for.
    Told,
    /// No tracker: told where all that was judged is.
    Kept,
}

impl<'r, 's> Trackers<'r, 's> {
    pub(crate) fn new(rules: &'r Rules, tape: &Tape, scene: &'s Scene<'_>) -> Self {
        let shows = |&at: &u32| {
            let node = &tape.nodes[at as usize];
            node.kind == Kind::Text && !scene.is_hidden(at) && !is_blank(tape.text(node.text))
        };
        let all = 0..tape.nodes.len() as u32;
        let texts = all.clone().find(shows).and_then(|first| Some((first, all.rev().find(shows)?)));
        let recipients = Recipients::of(&scene.cx.recipients);
        Trackers {
            rules,
            looks: scene.looks(),
            swaps: &scene.sheets.in_media,
            recipients,
            known: RefCell::default(),
            proxy: None,
            texts,
            beside: false,
            telling: false,
        }
    }

    /// Tells of pictures that stay, too.
    pub(crate) fn telling(self, telling: bool) -> Self {
        Trackers { telling, ..self }
    }

    /// By way of which proxy an earlier rinse let pictures be loaded.
    pub(crate) fn behind(self, proxy: Option<&'r ImageProxy>) -> Self {
        Trackers { proxy, ..self }
    }

    /// Place says nothing: what is judged does not stand where it is shown.
    pub(crate) fn without_edges(mut self) -> Self {
        self.texts = None;
        self
    }

    /// What is judged has no place in the tree. Pictures lose their URLs only: in
    /// SVG and its like a picture's tag changes how the next ones are read.
    pub(crate) fn beside(self) -> Self {
        Trackers { beside: true, ..self.without_edges() }
    }

    /// What is to be done about a place, if anything is.
    fn find(&self, tag: &Tag<'_>, scene: &Scene<'_>, place: &Place) -> Option<Found> {
        let plain = absolute(&place.url);
        let known = self.known.borrow().get(&plain).map(Rc::clone);
        if let Some(known) = known
            && let Some(parts) = &known.own
        {
            return self.judged(tag, scene, place, parts, &known, Vec::new());
        }
        let parts = Parts::parse(&plain)?;
        let mut evidence = Vec::new();
        let mut origin = self.origin(&plain, &parts, &mut evidence);
        for _ in 1..PROXIES {
            let Some(url) = &origin else { break };
            let next = self.origin(url, &Parts::parse(url)?, &mut evidence);
            if next.is_none() {
                break;
            }
            origin = next;
        }
        let parts = match &origin {
            Some(url) => Parts::parse(url)?,
            None => parts,
        };
        let known = self.known(&parts, origin.is_none(), tag.switches);
        self.judged(tag, scene, place, &parts, &known, evidence)
    }

    /// The same, of the picture's own URL. `evidence`: how it was come by.
    fn judged(
        &self,
        tag: &Tag<'_>,
        scene: &Scene<'_>,
        place: &Place,
        parts: &Parts<'_>,
        known: &Known<'r>,
        mut evidence: Vec<Evidence>,
    ) -> Option<Found> {
        let Known { identity, pixel, .. } = known;
        let judgement = self.judge(tag, scene, place, parts, known);
        if let Some(hit) = pixel {
            evidence.insert(0, Evidence::new("the shape of a sender's open pixel", 0));
            evidence.extend(judgement.evidence);
            // Weighed already, unless a picture that shows carries it.
            let told = identity.as_ref().map(|it| it.to_string());
            if let Some(told) = told.filter(|told| !evidence.iter().any(|it| it.what == *told)) {
                evidence.push(Evidence::of_reader(told, 0));
            }
            return Some(Found {
                rule: hit.id(),
                vendor: Some(hit.vendor()),
                evidence,
                deed: Deed::Goes,
                known: true,
            });
        }
        let (rule, deed) = match judgement.nature {
            Nature::Beacon(rule) => (rule, Deed::Goes),
            Nature::Identified { proven } => (if proven { ADDRESS } else { TOKEN }, Deed::Told),
            _ if !self.telling || place.at != Where::Picture => return None,
            Nature::Spacer => (SPACER, Deed::Kept),
            Nature::Swap => (SWAP, Deed::Kept),
            Nature::Picture => (PICTURE, Deed::Kept),
        };
        evidence.extend(judgement.evidence);
        if self.telling {
            let sum = format!("{} in all; {THRESHOLD} would make it a beacon", judgement.score);
            evidence.push(Evidence::new(sum, 0));
        }
        Some(Found { rule: rule.into(), vendor: None, evidence, deed, known: false })
    }

    /// What a URL says by itself. Mail repeats its pictures: spacers and icons.
    /// `is_own`: it is no image proxy's.
    fn known(&self, url: &Parts<'_>, is_own: bool, on: &Switches) -> Rc<Known<'r>> {
        if let Some(known) = self.known.borrow().get(url.url()) {
            return Rc::clone(known);
        }
        let identity = identity::find(url, &self.recipients);
        let pixel = self.rules.pixel(url, on);
        let own = is_own.then(|| url.kept());
        let known = Rc::new(Known { identity, pixel, says: Says::of(url), own });
        self.known.borrow_mut().insert(url.url(), Rc::clone(&known));
        known
    }

    /// The picture's own URL, where this one is of an image proxy.
    fn origin(&self, url: &str, parts: &Parts<'_>, evidence: &mut Vec<Evidence>) -> Option<String> {
        let own = || Some((self.proxy?.picture(url)?, "the caller"));
        let (origin, whose) = own().or_else(|| proxy::unwrap(parts))?;
        evidence.push(Evidence::new(format!("seen through {whose}'s image proxy"), 0));
        Some(absolute(&origin).into_owned())
    }

    fn judge(
        &self,
        tag: &Tag<'_>,
        scene: &Scene<'_>,
        place: &Place,
        url: &Parts<'_>,
        known: &Known<'_>,
    ) -> Judgement {
        let (says, identity) = (&known.says, known.identity.as_ref());
        if !matches!(place.at, Where::Picture | Where::Srcset) {
            // What is behind text has the size of the text.
            return score::judge(&Seen {
                url,
                says,
                identity,
                size: Size::default(),
                hiding: Hiding::Not,
                alt: None,
                linked: false,
                edge: None,
                swap: false,
            });
        }
        let at = tag.index();
        let hiding = match scene.flags.get(at as usize) {
            Some(flags) if flags & HIDDEN_SELF != 0 => Hiding::Itself,
            _ if scene.is_hidden(at) || self.is_boxed(tag.tape, at) => Hiding::Around,
            _ => Hiding::Not,
        };
        let size = Size::of(tag.tape, at, &self.looks.of(tag.tape, at));
        score::judge(&Seen {
            url,
            says,
            identity,
            size,
            hiding,
            alt: tag.get(At::Alt),
            linked: in_link(tag.tape, at),
            edge: self.edge(at, scene.partial),
            swap: (size.is_nothing() || hiding != Hiding::Not) && self.is_swapped(tag.tape, at),
        })
    }

    /// Whether it stands in a box of at most a pixel that shows nothing more.
    fn is_boxed(&self, tape: &Tape, at: u32) -> bool {
        let mut at = tape.nodes[at as usize].parent;
        for _ in 0..BOXES {
            if at == NONE {
                return false;
            }
            // Most boxes have no style to be read.
            if tape.attr(at, At::Style).is_some() || tape.attr(at, At::Class).is_some() {
                let look = self.looks.of(tape, at);
                let sides = [look.height, look.max_height, look.width, look.max_width];
                let least = sides.into_iter().flatten().filter_map(|side| side.px(16.0));
                let is_least = least.into_iter().any(|side| side <= 1.0);
                if is_least && look.overflow_hidden == Some(true) {
                    return true;
                }
            }
            at = tape.nodes[at as usize].parent;
        }
        false
    }

    fn edge(&self, at: u32, partial: bool) -> Option<&'static str> {
        let (first, last) = self.texts?;
        if at < first {
            return Some("before all text");
        }
        (at > last && !partial).then_some("behind all text")
    }

    /// Whether a rule for some screens knows the picture or the box that hides
    /// it.
    fn is_swapped(&self, tape: &Tape, mut at: u32) -> bool {
        if self.swaps.is_empty() {
            return false;
        }
        for _ in 0..SWAP_BOXES {
            let class = tape.attr(at, At::Class).unwrap_or_default();
            if class.split_ascii_whitespace().any(|name| self.swaps.contains(name)) {
                return true;
            }
            at = tape.nodes[at as usize].parent;
            if at == NONE {
                break;
            }
        }
        false
    }

    /// Takes a tracker out. Says whether the tag is gone with it.
    fn take_out(&self, tag: &mut Tag<'_>, scene: &Scene<'_>, place: &Place, found: Found) -> bool {
        let goes = found.goes(scene);
        let mut why = Why::rule(found.rule).url(place.url.as_str());
        why.evidence = found.evidence;
        if let Some(vendor) = found.vendor {
            why = why.vendor(vendor);
        }
        let beside = self.beside && place.at == Where::Picture;
        if !goes || tag.is_frozen() {
            tag.note(why);
            return false;
        }
        match &place.at {
            Where::Picture if beside => tag.drop_attr(At::Src, why),
            // Its box and its words stay.
            Where::Picture if found.deed == Deed::Told => tag.drop_attr(At::Src, why),
            Where::Picture => return self.take_picture(tag, scene, why, found.known),
            Where::Srcset => tag.drop_attr(At::Srcset, why),
            Where::Background => tag.drop_attr(At::Background, why),
            // Taken out of the style together, see `visit`.
            Where::Style(_) => {
                tag.because(why);
                true
            }
            // The element does not stay, so nothing is left to load it.
            Where::Other(_) if scene.level == Level::Clean => {
                tag.note(why);
                true
            }
            Where::Other(name) => tag.drop_where(|tape, attr| tape.attr_name(attr) == *name, why),
        };
        false
    }

    /// A picture that takes no room goes; one that does leaves an inert box.
    fn take_picture(&self, tag: &mut Tag<'_>, scene: &Scene<'_>, why: Why, known: bool) -> bool {
        let at = tag.index();
        let size = Size::of(tag.tape, at, &self.looks.of(tag.tape, at));
        let no_room = size.is_tiny() || scene.is_hidden(at) || known && size.is_unknown();
        if no_room || tag.el() == El::Input {
            return tag.remove(why);
        }
        let keep = [At::Width, At::Height, At::Style, At::Class, At::Align, At::Border];
        let kept: Vec<(At, String)> =
            keep.into_iter().filter_map(|at| Some((at, tag.get(at)?.to_owned()))).collect();
        let mut attrs = vec![(At::Src, NOTHING)];
        attrs.extend(kept.iter().map(|(at, value)| (*at, value.as_str())));
        attrs.push((At::Alt, ""));
        tag.replace(El::Img, &attrs, why)
    }
}

impl Room for Trackers<'_, '_> {
    fn visit(&self, tag: &mut Tag<'_>, scene: &Scene<'_>) {
        if !places::may_be(tag) {
            return;
        }
        let mut declarations = Vec::new();
        for place in places::of(tag) {
            let Some(found) = self.find(tag, scene, &place) else { continue };
            if let Where::Style(range) = &place.at {
                if found.goes(scene) && tag.may(&found.rule) {
                    declarations.push(range.clone());
                }
            } else if !declarations.is_empty() {
                take_declarations(tag, &mut declarations);
            }
            let gone = self.take_out(tag, scene, &place, found);
            if gone && matches!(place.at, Where::Picture) {
                return;
            }
        }
        take_declarations(tag, &mut declarations);
    }
}

/// What a tag would fetch from elsewhere.
pub(super) fn loads(tag: &Tag<'_>) -> impl Iterator<Item = String> {
    let urls = places::of(tag).into_iter().map(|place| place.url);
    urls.filter(|url| Parts::parse(&absolute(url)).is_some())
}

/// How far up a box of a pixel is looked for.
const BOXES: usize = 4;

/// How far up a box that swaps a picture is looked for.
const SWAP_BOXES: usize = 8;

fn take_declarations(tag: &mut Tag<'_>, declarations: &mut Vec<std::ops::Range<usize>>) {
    if let Some(style) = tag.get(At::Style).filter(|_| !declarations.is_empty()) {
        let rest = crate::css::without(style, declarations);
        tag.respell(
            At::Style,
            Some(&rest).filter(|rest| !rest.trim().is_empty()).map(String::as_str),
        );
        declarations.clear();
    }
}

/// A URL as a mail program reads it that has no page around it: `//host/…` is
/// of the web, and so is `https:host/…`.
fn absolute(url: &str) -> Cow<'_, str> {
    let url = url.trim_matches(|c: char| c <= ' ');
    let rest = url.trim_start_matches(['/', '\\', '\t', '\n', '\r']);
    if url.len() - rest.len() >= 2 {
        return Cow::Owned(format!("https://{rest}"));
    }
    let Some((scheme, rest)) = url.split_once(':') else { return Cow::Borrowed(url) };
    let of_web = scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https");
    match of_web && !rest.starts_with(['/', '\\']) {
        true => Cow::Owned(format!("{scheme}://{rest}")),
        false => Cow::Borrowed(url),
    }
}

fn in_link(tape: &Tape, at: u32) -> bool {
    let mut at = tape.nodes[at as usize].parent;
    while at != NONE {
        let node = &tape.nodes[at as usize];
        if node.el == El::A {
            return true;
        }
        // Links do not reach into cells.
        if node.el.is_cell() {
            return false;
        }
        at = node.parent;
    }
    false
}

#[cfg(test)]
mod tests;
