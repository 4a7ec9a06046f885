//! What the printed style sheet and the styles say of an element, in the
//! cascade's order. Reads the sheet as our own writer spells it: one rule a
//! line, media queries round them. Rules for some screens only, for siblings
//! and for places among siblings are passed over.

use crate::css::{self, Look};
use crate::hash::{HashMap, HashSet};
use crate::html::{At, El};
use crate::rooms::policy::ident;
use crate::tape::Tape;
use smallvec::{SmallVec, smallvec};
use std::cell::RefCell;
use std::rc::Rc;

/// The rules of a mail. Mail repeats its styles, so each is read once.
pub(super) struct Cascade<'a> {
    rules: Vec<Rule<'a>>,
    by_class: HashMap<&'a str, Places>,
    by_id: HashMap<&'a str, Places>,
    /// By number of the element; for all of them that of [`El::Other`].
    by_element: Vec<Vec<u32>>,
    /// How what policy leaves of a style looks.
    look_left: &'a dyn Fn(u32, &str) -> Rc<Look>,
    /// What class attributes are printed as.
    classes: RefCell<HashMap<Box<str>, Classes>>,
    nothing: Rc<Look>,
}

/// Rules by their numbers; a name has few.
type Places = SmallVec<[u32; 4]>;

/// The printed names of a class attribute.
type Classes = Rc<[Box<str>]>;

/// Ids, classes and elements in a selector.
type Weight = (u32, u32, u32);

/// What selectors ask of an element, under its printed names.
#[derive(Default)]
pub(super) struct Names {
    el: Option<El>,
    classes: Option<Classes>,
    id: Option<Box<str>>,
    is_link: bool,
}

struct Rule<'a> {
    /// From the right: chains of parents, each anywhere above the one before.
    chains: Chains<'a>,
    weight: Weight,
    look: Rc<Look>,
}

/// Most rules ask of one element, or of one and of another that it stands in.
type Chains<'a> = SmallVec<[SmallVec<[Compound<'a>; 1]>; 2]>;

#[derive(Default)]
struct Compound<'a> {
    el: Option<El>,
    classes: SmallVec<[&'a str; 1]>,
    id: Option<&'a str>,
    link: bool,
}

fn printed(name: &str) -> Option<Box<str>> {
    Some(ident::name(name)?.into_owned().into_boxed_str())
}

impl<'a> Cascade<'a> {
    pub(super) fn new(css: &'a str, look_left: &'a dyn Fn(u32, &str) -> Rc<Look>) -> Self {
        let mut cascade = Cascade {
            // As many as there are blocks, and some for lists of selectors.
            rules: Vec::with_capacity(memchr::memchr_iter(b'{', css.as_bytes()).count() * 5 / 4),
            by_class: HashMap::default(),
            by_id: HashMap::default(),
            by_element: vec![Vec::new(); El::COUNT],
            look_left,
            classes: RefCell::default(),
            nothing: Rc::default(),
        };
        // How many blocks for some screens only are open, and others.
        let mut media: Vec<bool> = Vec::new();
        for line in lines(css) {
            if let Some(query) = line.strip_prefix("@media ") {
                let query = query.trim_end_matches('{');
                media.push(query.split(',').any(|query| {
                    matches!(query.trim(), "all" | "screen" | "only screen" | "only all")
                }));
            } else if line == "}" {
                media.pop();
            } else if media.iter().all(|applies| *applies)
                && let Some(open) = memchr::memchr(b'{', line.as_bytes())
            {
                cascade.rule(&line[..open], line[open + 1..].trim_end_matches('}'));
            }
        }
        cascade
    }

    /// The ids that the sheet paints, as printed.
    pub(super) fn ids(css: &str) -> HashSet<String> {
        let mut ids = HashSet::default();
        for line in lines(css) {
            let selectors = line.split('{').next().unwrap_or_default();
            for part in selectors.split('#').skip(1) {
                ids.insert(part.chars().take_while(|c| is_name(*c)).collect());
            }
        }
        ids
    }

    fn rule(&mut self, selectors: &'a str, declarations: &str) {
        let look = css::look(declarations);
        if look == Look::default() {
            return;
        }
        let look = Rc::new(look);
        for selector in selectors.split(',') {
            let Some((chains, weight)) = read(selector) else { continue };
            let at = self.rules.len() as u32;
            let Some(last) = chains.first().and_then(|chain| chain.first()) else { continue };
            // By the rarest of its names; the others are compared then.
            match (last.id, last.classes.first(), last.el) {
                (Some(id), ..) => self.by_id.entry(id).or_default().push(at),
                (_, Some(class), _) => self.by_class.entry(class).or_default().push(at),
                (_, _, Some(el)) => self.by_element[el as usize].push(at),
                // `*`
                _ => self.by_element[El::Other as usize].push(at),
            }
            self.rules.push(Rule { chains, weight, look: Rc::clone(&look) });
        }
    }

    /// What selectors may ask of an element; nothing where there are none.
    pub(super) fn names(&self, tape: &Tape, at: u32, is_link: bool) -> Names {
        if self.rules.is_empty() {
            return Names::default();
        }
        let classes = tape.attr(at, At::Class).map(|value| {
            let known = self.classes.borrow().get(value).map(Rc::clone);
            known.unwrap_or_else(|| {
                let names: Classes = value.split_ascii_whitespace().filter_map(printed).collect();
                self.classes.borrow_mut().insert(value.into(), Rc::clone(&names));
                names
            })
        });
        let id = tape.attr(at, At::Id).and_then(printed);
        Names { el: Some(tape.nodes[at as usize].el), classes, id, is_link }
    }

    /// The look of an element; `open` ends with its own names.
    pub(super) fn of(&self, tape: &Tape, at: u32, open: &[Names]) -> Rc<Look> {
        let style = tape.attr(at, At::Style).filter(|style| !style.is_empty());
        let own = style.map(|style| (self.look_left)(at, style));
        if self.rules.is_empty() {
            return own.unwrap_or_else(|| Rc::clone(&self.nothing));
        }
        match (self.ruled(open), own) {
            (None, None) => Rc::clone(&self.nothing),
            (None, Some(own)) => own,
            (Some(ruled), None) => Rc::new(ruled),
            (Some(mut ruled), Some(own)) => {
                ruled.overlay(&own);
                Rc::new(ruled)
            }
        }
    }

    /// Whether nothing is said of an element of this look. (That something is, may say nothing all the same.)
    pub(super) fn is_nothing(&self, said: &Rc<Look>) -> bool {
        Rc::ptr_eq(said, &self.nothing)
    }

    fn ruled(&self, open: &[Names]) -> Option<Look> {
        let (names, above) = open.split_last()?;
        let mut found: SmallVec<[u32; 8]> = SmallVec::new();
        let mut add = |list: &[u32]| {
            for &at in list {
                if self.rules[at as usize].fits(names, above) {
                    found.push(at);
                }
            }
        };
        add(&self.by_element[El::Other as usize]);
        if let Some(el) = names.el.filter(|el| *el != El::Other) {
            add(&self.by_element[el as usize]);
        }
        for class in names.classes() {
            add(self.by_class.get(class).map_or(&[], SmallVec::as_slice));
        }
        if let Some(id) = &names.id {
            add(self.by_id.get(&**id).map_or(&[], SmallVec::as_slice));
        }
        if found.is_empty() {
            return None;
        }
        found.sort_unstable_by_key(|&at| (self.rules[at as usize].weight, at));
        found.dedup();
        let mut found = found.into_iter().map(|at| &self.rules[at as usize].look);
        let mut look = (**found.next()?).clone();
        found.for_each(|later| look.overlay(later));
        Some(look)
    }
}

impl Names {
    fn classes(&self) -> impl Iterator<Item = &str> {
        self.classes.iter().flat_map(|classes| classes.iter()).map(|name| &**name)
    }
}

impl Rule<'_> {
    fn fits(&self, names: &Names, above: &[Names]) -> bool {
        let Some((first, rest)) = self.chains.split_first() else { return false };
        let fits_at = |chain: &[Compound<'_>], names: &Names, above: &[Names]| {
            let Some((own, parents)) = chain.split_first() else { return true };
            own.fits(names)
                && parents.len() <= above.len()
                && parents.iter().zip(above.iter().rev()).all(|(parent, names)| parent.fits(names))
        };
        if !fits_at(first, names, above) {
            return false;
        }
        // The nearest place of each chain leaves most room for the next.
        let mut end = above.len() - (first.len() - 1);
        rest.iter().all(|chain| {
            while end > 0 {
                end -= 1;
                if fits_at(chain, &above[end], &above[..end]) {
                    end -= chain.len() - 1;
                    return true;
                }
            }
            false
        })
    }
}

impl Compound<'_> {
    fn fits(&self, names: &Names) -> bool {
        self.el.is_none_or(|el| names.el == Some(el))
            && self.id.is_none_or(|id| names.id.as_deref() == Some(id))
            && self.classes.iter().all(|class| names.classes().any(|name| name == *class))
            && (!self.link || names.is_link)
    }
}

/// The lines of a printed sheet.
fn lines(css: &str) -> impl Iterator<Item = &str> {
    let mut rest = css;
    std::iter::from_fn(move || {
        let end = memchr::memchr(b'\n', rest.as_bytes()).unwrap_or(rest.len());
        let line = (!rest.is_empty()).then(|| &rest[..end]);
        rest = rest.get(end + 1..).unwrap_or_default();
        line
    })
}

/// Reads a selector as our writer spells it.
fn read(selector: &str) -> Option<(Chains<'_>, Weight)> {
    let mut weight = (0, 0, 0);
    let mut chains: Chains<'_> = smallvec![SmallVec::new()];
    let mut rest = selector;
    while !rest.is_empty() {
        let (compound, behind) = compound(rest, &mut weight)?;
        // Above all of the mail: the class of a fragment's wrapper.
        if !is_wrapper(&compound) {
            chains.last_mut()?.push(compound);
        } else if behind.is_empty() {
            chains.last_mut()?.push(Compound { el: Some(El::Body), ..Compound::default() });
        }
        rest = behind;
        match rest.chars().next() {
            None => {}
            Some('>') => rest = &rest[1..],
            Some(' ') => {
                rest = &rest[1..];
                if chains.last().is_some_and(|chain| !chain.is_empty()) {
                    chains.push(SmallVec::new());
                }
            }
            Some(_) => return None,
        }
    }
    // From the right.
    chains.reverse();
    chains.iter_mut().for_each(|chain| chain.reverse());
    Some((chains, weight))
}

fn compound<'s>(text: &'s str, weight: &mut Weight) -> Option<(Compound<'s>, &'s str)> {
    let mut compound = Compound::default();
    let mut rest = text;
    loop {
        let sign = rest.chars().next().unwrap_or(' ');
        let name_at = usize::from(matches!(sign, '.' | '#' | ':'));
        let name = &rest[name_at..];
        let end = name.find(|c| !is_name(c)).unwrap_or(name.len());
        let (name, behind) = name.split_at(end);
        match sign {
            '.' => {
                compound.classes.push(name);
                weight.1 += 1;
            }
            '#' => {
                compound.id = Some(name);
                weight.0 += 1;
            }
            ':' => {
                match name {
                    "link" => compound.link = true,
                    "root" => compound.el = Some(El::Html),
                    _ => return None,
                }
                weight.1 += 1;
            }
            '*' => {
                rest = &rest[1..];
                continue;
            }
            '[' => {
                let (class, behind) = rest.strip_prefix("[class~=\"")?.split_once("\"]")?;
                compound.classes.push(class);
                weight.1 += 1;
                rest = behind;
                continue;
            }
            c if is_name(c) => {
                compound.el = Some(El::of(name)).filter(|el| *el != El::Other);
                compound.el?;
                weight.2 += 1;
            }
            _ => return (rest.len() < text.len()).then_some((compound, rest)),
        }
        rest = behind;
    }
}

fn is_wrapper(compound: &Compound<'_>) -> bool {
    compound.el.is_none()
        && compound.id.is_none()
        && !compound.classes.is_empty()
        && compound.classes.iter().all(|class| !class.starts_with(ident::PREFIX))
}

fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::css::Colour;

    /// The colour of the innermost element.
    fn colour(css: &str, html: &str) -> Option<Colour> {
        let tape = crate::nest::tape_of(html);
        let look = |_: u32, style: &str| Rc::new(css::look(style));
        let cascade = Cascade::new(css, &look);
        let mut open = Vec::new();
        let mut found = None;
        for at in tape.walk() {
            if tape.nodes[at as usize].kind == crate::tape::Kind::Start {
                open.push(cascade.names(&tape, at, true));
                found = cascade.of(&tape, at, &open).color;
            }
        }
        found
    }

    #[test]
    fn selectors_find_their_elements() {
        let red = Some(Colour::rgb(255, 0, 0));
        for (selector, expected) in [
            ("a", red),
            (".m-x", red),
            ("a.m-x", red),
            ("#m-i", red),
            (".m-t a", red),
            ("div a", red),
            ("div>p>a", red),
            ("div p>a", red),
            (".m-t .m-x", red),
            (".mailrinse a", red),
            (".mailrinse>div a", red),
            ("p,.m-x", red),
            ("[class~=\"m-x\"]", red),
            ("a:link", red),
            ("*", red),
            ("div>a", None),
            ("p a a", None),
            ("p div a", None),
            ("a.m-y", None),
            ("a:first-child", None),
            ("b+a", None),
        ] {
            let html = "<div class=t><p><a class=x id=i>";
            assert_eq!(
                colour(&format!("{selector}{{color:#ff0000}}\n"), html),
                expected,
                "{selector}"
            );
        }
    }

    #[test]
    fn the_heavier_rule_wins() {
        let css = ".m-x{color:#ff0000}\na{color:#00ff00}\n@media (max-width:1px){\na{color:#000000!important}\n}\n";
        assert_eq!(colour(css, "<a class=x>"), Some(Colour::rgb(255, 0, 0)));
        assert_eq!(colour(css, "<a class=x style=color:blue>"), Some(Colour::rgb(0, 0, 255)));
    }
}
