//! Ids and what refers to them (WCAG 4.1.2): of two equal ids only the first is
//! found, so later ones go, unless a style sheet paints them; a name or a
//! description out of an id that is not there is none.

use super::cascade::Cascade;
use super::{Knows, Plan};
use crate::finding::Why;
use crate::hash::HashSet;
use crate::html::At;
use crate::rooms::policy::ident;
use crate::scene::Scene;
use crate::tag::Tag;
use crate::tape::{State, Tape};

/// The id stands in the mail already.
const TWICE: &str = "access.id.twice";
/// It refers to an id that is not there.
const MISSING: &str = "access.id.missing";

pub(super) fn visit(tag: &mut Tag<'_>, _: &Scene<'_>, plan: &Plan) {
    if plan.ids.twice.contains(&tag.index()) {
        tag.drop_attr(At::Id, Why::rule(TWICE));
    }
    for name in [At::AriaLabelledby, At::AriaDescribedby, At::AriaDetails] {
        if tag.get(name).is_some_and(|ids| !plan.ids.has_one_of(ids)) {
            tag.drop_attr(name, Why::rule(MISSING));
        }
    }
}

/// The ids of a mail.
#[derive(Default)]
pub(super) struct Ids {
    seen: HashSet<String>,
    twice: HashSet<u32>,
}

impl Ids {
    /// Collects them.
    pub(super) fn learn(tape: &Tape, knows: Knows<'_>) -> Self {
        let mut ids = Ids::default();
        let is_left = |at: &u32| tape.nodes[*at as usize].state == State::Kept;
        for at in tape.kept_starts().filter(is_left) {
            let Some(id) = tape.attr(at, At::Id).filter(|id| !id.is_empty()) else { continue };
            if !ids.seen.contains(id) {
                ids.seen.insert(id.to_owned());
            } else {
                ids.twice.insert(at);
            }
        }
        if !ids.twice.is_empty() {
            // What the sheet paints keeps its look, and so its id.
            let painted = Cascade::ids(knows.css);
            let is_painted =
                |id: &str| ident::name(id).is_some_and(|name| painted.contains(&*name));
            ids.twice.retain(|&at| !tape.attr(at, At::Id).is_some_and(is_painted));
        }
        ids
    }

    /// Whether one of the ids that an attribute lists is there.
    pub(super) fn has_one_of(&self, ids: &str) -> bool {
        ids.split_whitespace().any(|id| self.seen.contains(id))
    }

    /// Those that have an id which another has before them.
    pub(super) fn twice(&self) -> impl Iterator<Item = &u32> {
        self.twice.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::rinsed;

    #[test]
    fn one_of_each() {
        assert_eq!(rinsed("<p id=\"a\">1</p><p id=\"a\">2</p>"), "<p id=\"a\">1</p><p>2</p>");
        let painted = "<style>#a{color:#000}</style><p id=\"a\">1</p><p id=\"a\">2</p>";
        assert_eq!(rinsed(painted), painted);
    }

    #[test]
    fn names_must_be_there() {
        assert_eq!(rinsed("<section aria-labelledby=\"x\">1</section>"), "<section>1</section>");
        // A link that is called by nothing has no name, and an empty one is none.
        let link = "<a aria-labelledby=x href=\"https://example.org/\">";
        let named = rinsed(&format!("{link}<img src=a></a>"));
        assert!(named.contains("alt=\"Link to example.org\""), "{named}");
        let once = rinsed(&format!("{link}a<p><a href=\"#b\">i</a>"));
        assert_eq!(rinsed(&once), once);
        let html = "<section aria-labelledby=\"x y\"><h1 id=\"y\">1</h1></section>";
        assert_eq!(rinsed(html), html);
    }
}
