//! What an element's style says, sheets and own style together, in the
//! cascade's order. Presentational attributes and inheritance are the caller's.

use crate::css::{self, Look, SimpleLook};
use crate::hash::{ByText, HashMap};
use crate::html::{At, El};
use crate::tape::Tape;
use smallvec::SmallVec;
use std::cell::RefCell;
use std::rc::Rc;

/// The looks of a mail.
pub(crate) struct Looks<'a> {
    simple: &'a [SimpleLook],
    by_class: HashMap<&'a str, Places>,
    by_id: HashMap<&'a str, Places>,
    /// By number of the element.
    by_element: Vec<Vec<u32>>,
    inline: &'a Inline<'a>,
    nothing: Rc<Look>,
}

/// Rules by their numbers; a name has few.
type Places = SmallVec<[u32; 4]>;

/// What the styles of a mail's tags say.
pub(crate) enum Inline<'a> {
    /// Each text read once.
    Own(RefCell<ByText<Rc<Look>>>),
    /// As somebody else knows, who is told the node, too.
    By(&'a dyn Fn(u32, &str) -> Rc<Look>),
}

impl<'a> Looks<'a> {
    /// Looks as the sender wrote them.
    pub(crate) fn new(simple: &'a [SimpleLook], inline: &'a Inline<'a>) -> Self {
        let mut looks = Looks {
            simple,
            by_class: HashMap::default(),
            by_id: HashMap::default(),
            by_element: vec![Vec::new(); El::COUNT],
            inline,
            nothing: Rc::default(),
        };
        for (at, rule) in simple.iter().enumerate() {
            let at = at as u32;
            // By the rarest of its names; the others are compared then.
            if let Some(id) = &rule.id {
                looks.by_id.entry(id).or_default().push(at);
            } else if let Some(class) = &rule.class {
                looks.by_class.entry(class).or_default().push(at);
            } else if let Some(element) = &rule.element {
                looks.by_element[El::of(element) as usize].push(at);
            }
        }
        looks
    }

    /// The look of an element.
    pub(crate) fn of(&self, tape: &Tape, node: u32) -> Rc<Look> {
        let el = tape.nodes[node as usize].el;
        // Of `html` the writer prints none of these.
        let attr = |name| tape.attr(node, name).filter(|_| el != El::Html || tape.patch);
        let style = attr(At::Style).filter(|style| !style.is_empty());
        let own = style.map(|style| self.inline.look(node, style));
        if self.simple.is_empty() {
            return own.unwrap_or_else(|| Rc::clone(&self.nothing));
        }
        match (self.ruled(el, attr(At::Class), attr(At::Id)), own) {
            (None, None) => Rc::clone(&self.nothing),
            (None, Some(own)) => own,
            (Some(ruled), None) => Rc::new(ruled),
            (Some(mut ruled), Some(own)) => {
                ruled.overlay(&own);
                Rc::new(ruled)
            }
        }
    }

    /// What the sheets say.
    fn ruled(&self, el: El, class: Option<&str>, id: Option<&str>) -> Option<Look> {
        let fits = |rule: &SimpleLook| rule.element.as_deref().is_none_or(|name| name == el.name());
        let mut found: SmallVec<[u32; 8]> = SmallVec::new();
        let mut add = |list: &[u32]| {
            for &at in list {
                if fits(&self.simple[at as usize]) {
                    found.push(at);
                }
            }
        };
        add(&self.by_element[el as usize]);
        for name in class.unwrap_or_default().split_ascii_whitespace() {
            add(self.by_class.get(name).map_or(&[], SmallVec::as_slice));
        }
        if let Some(id) = id {
            add(self.by_id.get(id).map_or(&[], SmallVec::as_slice));
        }
        if found.is_empty() {
            return None;
        }
        found.sort_unstable_by_key(|&at| (self.simple[at as usize].specificity(), at));
        found.dedup();
        let mut found = found.into_iter().map(|at| &self.simple[at as usize].look);
        let mut look = found.next()?.clone();
        for later in found {
            look.overlay(later);
        }
        Some(look)
    }
}

impl Inline<'_> {
    pub(super) fn look(&self, node: u32, style: &str) -> Rc<Look> {
        let known = match self {
            Inline::By(look) => return look(node, style),
            Inline::Own(known) => known,
        };
        if let Some(look) = known.borrow().get(style) {
            return Rc::clone(look);
        }
        let look = Rc::new(css::look(style));
        known.borrow_mut().insert(style, Rc::clone(&look));
        look
    }
}
