//! Weighs what is known about a picture: beacon, spacer, responsive swap,
//! content that knows its reader, or just a picture. A beacon shows a person
//! nothing and can be told from the same beacon in another mail.

use super::identity::Identity;
use super::size::Size;
use super::token::{self, Ending};
use super::words;
use crate::finding::Evidence;
use crate::web::Parts;
use std::borrow::Cow;

/// From here on a picture is a beacon. Weights and threshold are those at which
/// 344 labelled groups of pictures of real mail were told apart best; a public
/// list of 462 rules named 21 % of the tiny ones.
const THRESHOLD: i32 = 4;

/// What speaks for or against a beacon, what it weighs, and why.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Sign {
    Tiny,
    Small,
    HalfKnown,
    Hidden,
    InHidden,
    Identity,
    Token,
    TokenOfPicture,
    Word,
    NoPicture,
    PlainFile,
    Spacer,
    Alt,
    Linked,
    Edge,
}

struct Weight(
    Sign,
    i32,
    #[allow(dead_code, reason = "for the documentation and `explain`")] &'static str,
);

const WEIGHTS: &[Weight] = &[
    Weight(Sign::Tiny, 3, "at most 1x1: nobody sees it; 96 of 100 such pictures are beacons"),
    Weight(
        Sign::Small,
        2,
        "at most 3x6: too small to show anything, and the size of some senders' beacons",
    ),
    Weight(
        Sign::HalfKnown,
        2,
        "one side of a pixel and none of the other: too thin to show anything",
    ),
    Weight(Sign::Hidden, 2, "hides itself; alone it is mostly a picture for another screen"),
    Weight(
        Sign::InHidden,
        2,
        "no size of its own in something hidden: some senders hide the box, not the beacon",
    ),
    Weight(Sign::Identity, 4, "carries an address: it tells who opened the mail"),
    Weight(Sign::Token, 2, "an identifier: in 87 % of beacons and 20 % of other pictures"),
    Weight(
        Sign::TokenOfPicture,
        1,
        "an identifier, but the file is a picture's, and it may be the picture's",
    ),
    Weight(Sign::Word, 2, "the URL says so: 73 % of beacons, 0.2 % of other pictures"),
    Weight(
        Sign::NoPicture,
        1,
        "the URL does not end like a picture's: 95 % of beacons, 12 % of others",
    ),
    Weight(Sign::PlainFile, -2, "a picture's file without a query: the same for everyone"),
    Weight(Sign::Spacer, -4, "called as spacers are, without an identifier"),
    Weight(Sign::Alt, -2, "described in words: made to be seen"),
    Weight(Sign::Linked, -1, "in a link: 2 % of beacons, 71 % of others"),
    Weight(
        Sign::Edge,
        1,
        "before or behind all text: where senders put what is not part of the letter",
    ),
];

/// How a picture is hidden.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Hiding {
    Not,
    Itself,
    Around,
}

/// What is known about a picture.
pub(super) struct Seen<'a> {
    pub url: &'a Parts<'a>,
    pub identity: Option<&'a Identity>,
    pub size: Size,
    pub hiding: Hiding,
    pub alt: Option<&'a str>,
    pub linked: bool,
    /// It stands before or behind all visible text.
    pub edge: Option<&'static str>,
    /// A rule for some screens shows it.
    pub swap: bool,
}

/// What a picture is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Nature {
    /// There to watch, by the rule of this id.
    Beacon(&'static str),
    /// Keeps room for something.
    Spacer,
    /// For other screens than this one.
    Swap,
    /// To be looked at, but its URL carries an address (or, if not `proven`,
    /// an identifier of the reader).
    Identified { proven: bool },
    /// To be looked at.
    Picture,
}

/// The judgement and what it rests on.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Judgement {
    pub nature: Nature,
    #[allow(dead_code, reason = "for `explain`")]
    pub score: i32,
    pub evidence: Vec<Evidence>,
}

pub(super) const TINY: &str = "trackers.generic.tiny";
pub(super) const HIDDEN: &str = "trackers.generic.hidden";
pub(super) const SHAPE: &str = "trackers.generic.shape";

#[derive(Default)]
struct Tally {
    score: i32,
    evidence: Vec<Evidence>,
}

impl Tally {
    fn add(&mut self, sign: Sign, what: impl Into<Cow<'static, str>>) {
        let weight = WEIGHTS.iter().find(|weight| weight.0 == sign).map_or(0, |weight| weight.1);
        self.score += weight;
        self.evidence.push(Evidence::new(what, weight));
    }
}

/// Judges a picture.
pub(super) fn judge(seen: &Seen<'_>) -> Judgement {
    let mut tally = Tally::default();
    let size = seen.size;
    let ending = token::ending(seen.url);
    let token =
        token::find(seen.url).filter(|token| token.in_query || !is_content(seen.url.host()));
    let word = token::word(seen.url);
    let watches = word.is_some_and(|(_, sure)| sure);
    let addressed = token.is_some() || seen.identity.is_some() || watches;
    let spacer = token::is_spacer(seen.url) && !addressed;
    let unseen =
        size.is_tiny() || size.is_small() || size.is_half_known() || seen.hiding != Hiding::Not;

    if size.is_tiny() {
        tally.add(Sign::Tiny, size.text());
    } else if size.is_small() {
        tally.add(Sign::Small, size.text());
    } else if size.is_half_known() {
        tally.add(Sign::HalfKnown, size.text());
    }
    match seen.hiding {
        Hiding::Itself => tally.add(Sign::Hidden, "hidden by its own style, class or attribute"),
        Hiding::Around if size.is_unknown() => {
            tally.add(Sign::InHidden, "no size, in something hidden")
        }
        Hiding::Around | Hiding::Not => {}
    }
    if let Some(identity) = seen.identity {
        // A picture to be looked at is one that knows its reader, no beacon.
        if unseen || ending != Ending::Raster {
            tally.add(Sign::Identity, identity.to_string());
        } else {
            tally.evidence.push(Evidence::new(identity.to_string(), 0));
        }
    }
    if let Some(token) = &token {
        let sign = if ending == Ending::Raster { Sign::TokenOfPicture } else { Sign::Token };
        tally.add(sign, format!("an identifier in {}", token.place));
    }
    if let Some((word, _)) = word.filter(|_| !spacer) {
        tally.add(Sign::Word, format!("the URL says {word}"));
    }
    match ending {
        Ending::Other => tally.add(Sign::NoPicture, "no picture's ending"),
        Ending::Raster if seen.url.query().is_none() => {
            tally.add(Sign::PlainFile, "a picture's file, no query")
        }
        Ending::Raster | Ending::Gif => {}
    }
    if spacer {
        tally.add(Sign::Spacer, "called as spacers are");
    }
    if seen.alt.is_some_and(|alt| alt.trim().chars().count() >= 3) {
        tally.add(Sign::Alt, "described by alt");
    }
    if seen.linked {
        tally.add(Sign::Linked, "in a link");
    }
    if let Some(edge) = seen.edge {
        tally.add(Sign::Edge, edge);
    }

    let nature = (|| {
        let in_query = token.is_some_and(|token| token.in_query);
        if size.is_strip() && !in_query && seen.identity.is_none() && !watches {
            return Nature::Spacer;
        }
        if seen.swap && ending == Ending::Raster && seen.identity.is_none() && word.is_none() {
            return Nature::Swap;
        }
        if spacer && seen.hiding == Hiding::Not {
            return Nature::Spacer;
        }
        if size.is_tiny() {
            // The same file for everyone tells nobody apart.
            let plain = ending != Ending::Other && seen.url.query().is_none();
            let beacon = addressed || word.is_some() || !plain;
            return if beacon { Nature::Beacon(TINY) } else { Nature::Spacer };
        }
        if (size.is_small() || size.is_strip()) && addressed {
            return Nature::Beacon(TINY);
        }
        if !(size.shows() && seen.hiding == Hiding::Not) && tally.score >= THRESHOLD {
            return Nature::Beacon(match seen.hiding {
                Hiding::Not if size.is_half_known() => TINY,
                Hiding::Not => SHAPE,
                Hiding::Itself | Hiding::Around => HIDDEN,
            });
        }
        if seen.identity.is_some() {
            return Nature::Identified { proven: true };
        }
        if token.is_some_and(|token| token.in_query && token::is_about_reader(token.place)) {
            return Nature::Identified { proven: false };
        }
        Nature::Picture
    })();
    Judgement { nature, score: tally.score, evidence: tally.evidence }
}

/// Whether a host names all its pictures by identifiers.
fn is_content(host: &str) -> bool {
    words::CONTENT.iter().any(|known| {
        host.strip_suffix(known).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sign_has_a_weight_and_a_reason() {
        for (i, weight) in WEIGHTS.iter().enumerate() {
            assert!(weight.1 != 0 && !weight.2.is_empty());
            assert!(WEIGHTS[..i].iter().all(|other| other.0 != weight.0));
        }
    }

    #[test]
    fn content_hosts() {
        assert!(is_content("i.ytimg.com") && is_content("ytimg.com"));
        assert!(!is_content("notytimg.com"));
    }
}
