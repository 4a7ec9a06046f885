//! Can everyone use this? Repairs what a rewriter can mend of a mail's
//! accessibility (WCAG 2.2, A and AA), a file for each kind of repair. What
//! takes knowledge of more than a tag and its scene is learnt in a walk over the
//! tape before the pass. Wording, reading order, authors' `alt` and `dir`,
//! and colours over pictures are left alone.

mod cascade;
mod contrast;
mod headings;
mod hidden;
mod ids;
mod images;
mod known;
mod lang;
mod links;
mod lists;
mod name;
mod paint;
mod roles;
mod style;
mod tables;
mod target;
mod underline;

#[allow(unused_imports, reason = "being built: the writer's")]
pub(crate) use lang::Dir;
pub(crate) use lang::{Shell, shell};

use crate::css::Look;
use crate::hash::{HashMap, HashSet};
use crate::html::{At, El};
use crate::rooms::{Room, Switches};
use crate::scene::{Level, Scene, walk};
use crate::tag::Tag;
use crate::tape::Tape;
use std::rc::Rc;

/// What the rest of the program knows that repairs depend on.
#[derive(Clone, Copy)]
pub(crate) struct Knows<'a> {
    /// Whether a URL belongs to a wrapper, whose host says nothing about where
    /// a link leads.
    pub is_wrapper: &'a dyn Fn(&str) -> bool,
    /// How what policy leaves of a node's style attribute looks: contrast is
    /// judged by what will be printed.
    pub look_left: &'a dyn Fn(u32, &str) -> Rc<Look>,
    /// Whether policy leaves a link's URL, and a picture's: what leads nowhere
    /// is no link, what is not shown covers nothing.
    pub keeps_link: &'a dyn Fn(&str) -> bool,
    pub keeps_image: &'a dyn Fn(&str) -> bool,
    /// The style sheet as it will be printed.
    pub css: &'a str,
    /// Which rules are off: what is not repaired is not reckoned with.
    pub switches: &'a Switches,
}

/// The room.
pub(crate) struct Access {
    plan: Plan,
}

/// What was learnt about single nodes, by their numbers.
#[derive(Default)]
struct Plan {
    shell: Shell,
    /// Links and images without a name, and what they are called.
    names: HashMap<u32, links::Named>,
    ids: ids::Ids,
    /// What hides a link from those who hear the mail.
    hiding: HashSet<u32>,
    headings: HashMap<u32, headings::Heading>,
    /// Parts of lists, and the role each gets.
    lists: HashMap<u32, &'static str>,
    colours: HashMap<u32, contrast::Repaint>,
    underlines: HashMap<u32, underline::Underline>,
    targets: HashMap<u32, target::Close>,
    /// By node: whether one of these knows it, names apart. Of nearly all none
    /// does.
    nodes: Vec<bool>,
}

impl Plan {
    /// Marks the nodes that something is known of.
    fn mark(&mut self, nodes: usize) {
        self.nodes.resize(nodes, false);
        let headings = self.headings.keys().chain(self.lists.keys()).chain(&self.hiding);
        let paints = self.colours.keys().chain(self.underlines.keys()).chain(self.targets.keys());
        for &at in headings.chain(paints).chain(self.ids.twice()) {
            self.nodes[at as usize] = true;
        }
    }
}

impl Access {
    /// Learns what the repairs of a mail need. The scene must be that of this
    /// tape as it is now, after the rooms before.
    pub(crate) fn learn(tape: &Tape, scene: &Scene<'_>, knows: Knows<'_>) -> Self {
        let mut plan = Plan { shell: shell(scene), ..Plan::default() };
        if scene.level == Level::Clean || has_references(tape) {
            plan.ids = ids::Ids::learn(tape, knows);
        }
        // Names first: a heading may consist of an image that gets one.
        plan.names = links::learn(tape, scene, knows, &plan.ids, plan.shell.lang.as_deref());
        if scene.level == Level::Patch {
            return Access { plan };
        }
        let mut paint = paint::Paint::new(scene, knows, &plan.ids);
        walk(tape, &mut paint);
        let found = paint.found();
        plan.hiding = hidden::learn(tape, scene);
        plan.headings = headings::learn(tape, scene, &plan.names);
        plan.lists = lists::learn(tape, scene, &plan.ids);
        (plan.colours, plan.underlines, plan.targets) = found;
        plan.mark(tape.nodes.len());
        Access { plan }
    }

    /// What the writer is to say about the whole mail.
    pub(crate) fn shell(&self) -> &Shell {
        &self.plan.shell
    }
}

impl Room for Access {
    fn visit(&self, tag: &mut Tag<'_>, scene: &Scene<'_>) {
        // Called one by one: most of them see at once that a tag is none of theirs. `is_asked` knows which may be.
        macro_rules! repair {
            ($($by:path),* $(,)?) => {
                $(
                    $by(tag, scene, &self.plan);
                    if tag.is_gone() {
                        return;
                    }
                )*
            };
        }
        // Repairs that only add what a reader does not see.
        if scene.level == Level::Patch {
            repair!(lang::visit, tables::visit, images::visit);
            return;
        }
        let is_planned = self.plan.nodes.get(tag.index() as usize).is_some_and(|is| *is);
        if !is_planned && !is_asked(tag) {
            return;
        }
        // Roles go first, so that no invalid one is taken for an author's.
        repair!(ids::visit, roles::visit);
        if is_planned {
            repair!(hidden::visit);
        }
        repair!(lang::visit, tables::visit, links::visit, images::visit);
        if is_planned {
            repair!(headings::visit, lists::visit);
        }
        repair!(roles::names);
        if is_planned {
            repair!(contrast::visit, underline::visit, target::visit);
        }
    }
}

/// Whether anything is called by what other elements say.
fn has_references(tape: &Tape) -> bool {
    tape.kept_starts().any(|at| tape.may_have(at, At::bits(&[At::AriaLabelledby])))
}

/// Whether a repair may look at a tag of which nothing is planned: by its
/// element, or by its attributes.
#[inline]
fn is_asked(tag: &Tag<'_>) -> bool {
    const ATTRIBUTES: u32 = At::bits(&[
        At::AriaDescribedby,
        At::AriaDetails,
        At::AriaHidden,
        At::AriaLabel,
        At::AriaLabelledby,
        At::AriaLevel,
        At::Lang,
        At::Role,
    ]);
    let by_element = matches!(
        tag.el(),
        El::A | El::Area | El::Body | El::Html | El::Img | El::Main | El::Table | El::Th
    );
    by_element || tag.tape.may_have(tag.index(), ATTRIBUTES)
}

#[cfg(test)]
mod tests;
