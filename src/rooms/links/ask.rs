//! What a resolver is asked between two looks of the room at the same links,
//! and what its answers are taken for. Nothing is asked here: the room hands
//! out questions and takes answers.

use super::pass::Pass;
use super::{Links, Only, Verdict};
use crate::context::Context;
use crate::hash::HashMap;
use crate::html::{At, El};
use crate::resolve::{Hop, OpaqueLink, Resolution};
use crate::rooms::Switches;
use crate::rules::Vendors;
use crate::scene::Scene;
use crate::tape::{Kind, Tape};
use crate::web;
use std::borrow::Cow;

/// The rule by which a resolver's answer is taken.
pub(super) const RESOLVED: &str = "links.resolver.target";

/// More links than that are no mail that someone wrote.
const MOST: usize = 100;
/// A link may stand in a mail many times.
const NAMES: usize = 8;

impl Links {
    /// What an address on the way is.
    pub(crate) fn hop(&self, url: &str, cx: &Context, on: &Switches, vendors: &Vendors) -> Hop {
        let url = match web::target(url) {
            Ok(url) => url,
            Err(why) => return Hop::Refused(why.as_str()),
        };
        let verdict = self.judge(&url, cx, on, vendors, Only::Both);
        if let Some(why) = verdict.refused {
            Hop::Refused(why)
        } else if verdict.protected {
            // It may do something for this reader; so the wrapper stays.
            Hop::Refused("it leads to a link that is left alone")
        } else if verdict.invalid {
            Hop::Refused("it leads to no address")
        } else if verdict.opaque {
            Hop::Wrapper(verdict.url)
        } else {
            Hop::Target(verdict.url)
        }
    }
}

impl Pass<'_> {
    /// The links that a resolver may be asked about: opaque ones of known
    /// redirectors, with content, not protected, whose target nothing else
    /// tells.
    pub(crate) fn questions(&self, tape: &Tape, scene: &Scene<'_>) -> Vec<OpaqueLink> {
        let mut links: Vec<OpaqueLink> = Vec::new();
        let mut places: HashMap<String, usize> = HashMap::default();
        for at in tape.walk() {
            let node = &tape.nodes[at as usize];
            if node.kind != Kind::Start || !matches!(node.el, El::A | El::Area) {
                continue;
            }
            let Some(href) = tape.attr(at, At::Href) else { continue };
            let (text, alt, pictures) = match scene.links.get(&at) {
                _ if scene.is_hidden(at) => continue,
                Some(facts) => {
                    let alone = facts.text.is_empty() && !facts.more;
                    (&*facts.text, if alone { &*facts.alt } else { "" }, facts.sized > 0)
                }
                None => {
                    let alt = tape.attr(at, At::Alt).unwrap_or_default().trim();
                    ("", alt, node.el == El::Area && !alt.is_empty())
                }
            };
            if text.is_empty() && !pictures {
                continue;
            }
            // A program on the way kept what the link was.
            let kept = tape.attrs_of(at).iter().map(|attr| tape.attr_name(attr));
            if kept.into_iter().any(|n| matches!(n, "originalsrc" | "data-saferedirecturl")) {
                continue;
            }
            let verdict = self.judge(href, scene);
            if !verdict.opaque || self.knows(href) {
                continue;
            }
            let place = match places.get(&verdict.url) {
                Some(place) => *place,
                None if links.len() >= MOST => continue,
                None => {
                    places.insert(verdict.url.clone(), links.len());
                    links.push(OpaqueLink::new(verdict.url));
                    links.len() - 1
                }
            };
            let link = &mut links[place];
            for (names, name) in [(&mut link.texts, text), (&mut link.alts, alt)] {
                if !name.is_empty() && names.len() < NAMES && names.iter().all(|n| n != name) {
                    names.push(name.to_owned());
                }
            }
        }
        links
    }

    /// Takes the answers to these questions.
    pub(crate) fn answered(&mut self, links: Vec<OpaqueLink>, answers: Vec<Resolution>) {
        self.answers.extend(links.into_iter().map(|link| link.url).zip(answers));
    }

    /// A link's verdict after its question was answered.
    pub(super) fn resolved(&self, verdict: Verdict, cx: &Context) -> Verdict {
        let Some(answer) = self.answers.get(&verdict.url).filter(|_| verdict.opaque) else {
            return verdict;
        };
        let unknown = |why: Cow<'static, str>| Verdict { asked: Some(why), ..verdict.clone() };
        let target = match answer {
            Resolution::Target(target) => target,
            Resolution::Opaque(why) => return unknown(why.clone()),
            Resolution::NotARedirect => return unknown("it answers with a page of its own".into()),
        };
        // A resolver is trusted with the way, not with the end of it.
        match self.links.hop(target, cx, self.switches, self.vendors) {
            Hop::Target(url) => Verdict {
                url,
                unwrapped: true,
                rule: Some(RESOLVED.into()),
                vendor: verdict.inner.map(|(_, vendor)| vendor).or(verdict.vendor),
                ..Verdict::default()
            },
            Hop::Wrapper(_) => unknown("it leads to another wrapper".into()),
            Hop::Refused(why) => unknown(why.into()),
        }
    }
}
