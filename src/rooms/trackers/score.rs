//! Weighs what is known about a picture: beacon, spacer, responsive swap,
//! content that knows its reader, or just a picture. A beacon shows a person
//! nothing and can be told from the same beacon in another mail.

use super::identity::Identity;
use super::size::Size;
use super::token::{self, Ending, Says, Token};
use super::words::{THRESHOLD, WEIGHTS, WORDS, Weight};
use crate::finding::Evidence;
use crate::web::Parts;
use std::borrow::Cow;

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
    /// What its text says.
    pub says: &'a Says,
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
    fn add(&mut self, weight: &Weight, what: impl Into<Cow<'static, str>>) {
        self.score += weight.points;
        self.evidence.push(Evidence::new(what, weight.points));
    }

    /// What would tell who the reader is.
    fn add_reader(&mut self, weight: &Weight, what: impl Into<Cow<'static, str>>) {
        self.score += weight.points;
        self.evidence.push(Evidence::of_reader(what, weight.points));
    }
}

/// Judges a picture.
pub(super) fn judge(seen: &Seen<'_>) -> Judgement {
    let mut tally = Tally::default();
    let (size, w) = (seen.size, &WEIGHTS);
    let Says { ending, word, .. } = *seen.says;
    let unseen =
        size.is_tiny() || size.is_small() || size.is_half_known() || seen.hiding != Hiding::Not;
    let is_ours = |token: &&Token| token.in_query || !is_content(seen.url.host());
    let mut token = seen.says.token.as_ref().filter(is_ours);
    let short;
    if token.is_none() && unseen && !size.shows() {
        short = token::find_short(seen.url);
        token = short.as_ref().filter(is_ours);
    }
    let watches = word.is_some_and(|(_, sure)| sure);
    let identified = seen.identity.is_some();
    let addressed = token.is_some() || identified || watches;
    // An identifier beside a spacer may be that of the account whose file it is.
    let spacer = seen.says.spacer
        && !(watches || identified)
        && token.is_none_or(|token| !token.in_query && token::is_on_shelf(seen.url));

    if size.is_tiny() {
        tally.add(&w.tiny, size.text());
    } else if size.is_small() {
        tally.add(&w.small, size.text());
    } else if size.is_half_known() {
        tally.add(&w.half_known, size.text());
    }
    match seen.hiding {
        Hiding::Itself => tally.add(&w.hidden, "hidden by its own style, class or attribute"),
        Hiding::Around if size.is_unknown() => {
            tally.add(&w.in_hidden, "no size, in something hidden")
        }
        Hiding::Around | Hiding::Not => {}
    }
    if let Some(identity) = seen.identity {
        // A picture to be looked at is one that knows its reader, no beacon.
        if unseen || ending != Ending::Raster {
            tally.add_reader(&w.identity, identity.to_string());
        } else {
            tally.evidence.push(Evidence::of_reader(identity.to_string(), 0));
        }
    }
    if let Some(token) = token.filter(|_| !spacer) {
        // The name of a picture that has room to show something is its own.
        let of_picture = ending == Ending::Raster || token.is_name && !size.is_unknown();
        let weight = if of_picture { &w.token_of_picture } else { &w.token };
        tally.add_reader(weight, format!("an identifier in {}", token.place));
    }
    if let Some((word, _)) = word.filter(|_| !spacer) {
        tally.add(&w.word, format!("the URL says {word}"));
    }
    match ending {
        Ending::Other => tally.add(&w.no_picture, "no picture's ending"),
        Ending::Raster if seen.url.query().is_none() => {
            tally.add(&w.plain_file, "a picture's file, no query")
        }
        Ending::Raster | Ending::Gif => {}
    }
    if spacer {
        tally.add(&w.spacer, "called as spacers are");
    }
    if seen.alt.is_some_and(|alt| alt.trim().chars().count() >= 3) {
        tally.add(&w.alt, "described by alt");
    }
    if seen.linked {
        tally.add(&w.linked, "in a link");
    }
    if size.fitted && !unseen {
        tally.add(&w.fitted, "fills what it stands in");
    }
    if let Some(edge) = seen.edge {
        tally.add(&w.edge, edge);
    }

    let nature = (|| {
        // Not only the name of a picture's file.
        let sure_token = token.is_some_and(|token| !token.is_name);
        let of_reader =
            token.is_some_and(|token| token.in_query && token::is_about_reader(&token.place));
        if size.is_strip() && !sure_token && !identified && !watches {
            return Nature::Spacer;
        }
        if seen.swap && ending == Ending::Raster && !identified && word.is_none() && !of_reader {
            return Nature::Swap;
        }
        if spacer && seen.hiding == Hiding::Not {
            return Nature::Spacer;
        }
        // The same file for everyone tells nobody apart.
        let plain = token::is_plain(seen.url) && !addressed && word.is_none();
        if size.is_tiny() {
            // But a GIF of one pixel that neither is called a spacer nor lies with the pictures is no spacer.
            let odd = ending == Ending::Gif && !size.is_nothing() && !token::is_on_shelf(seen.url);
            let is_spacer = spacer || seen.says.spacer;
            return match plain && (!odd || is_spacer) || spacer {
                true => Nature::Spacer,
                false => Nature::Beacon(TINY),
            };
        }
        if size.is_small() && !plain || size.is_strip() && addressed && !spacer {
            return Nature::Beacon(TINY);
        }
        if !(size.shows() && seen.hiding == Hiding::Not) && tally.score >= THRESHOLD {
            return Nature::Beacon(match seen.hiding {
                Hiding::Not if size.is_half_known() => TINY,
                Hiding::Not => SHAPE,
                Hiding::Itself | Hiding::Around => HIDDEN,
            });
        }
        if identified {
            return Nature::Identified { proven: true };
        }
        if of_reader {
            return Nature::Identified { proven: false };
        }
        Nature::Picture
    })();
    Judgement { nature, score: tally.score, evidence: tally.evidence }
}

/// Whether a host names all its pictures by identifiers.
fn is_content(host: &str) -> bool {
    WORDS.content.iter().any(|known| {
        host.strip_suffix(known).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_hosts() {
        assert!(is_content("i.ytimg.com") && is_content("ytimg.com"));
        assert!(!is_content("notytimg.com"));
    }
}
