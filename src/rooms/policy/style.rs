//! Styles: filtered through the policy's CSS, each distinct text once, and
//! what was hidden stays hidden where the filter takes the hiding away.

use crate::css::{self, Allow, Look, Refused, RefusedKind};
use crate::finding::Why;
use crate::hash::ByText;
use crate::tape::Val;
use std::cell::{Cell, OnceCell, RefCell};
use std::rc::Rc;

/// The styles of a window that were judged already, and what they are made of.
#[derive(Default)]
pub(super) struct Styles {
    known: RefCell<ByText<Rc<Style>>>,
    /// Of nodes, the number of the one that was asked of last, and one more: the rooms ask one after the other.
    by_node: RefCell<Vec<u32>>,
    declarations: RefCell<css::Declarations>,
}

/// A judged style.
pub(super) struct Style {
    /// What is left of it; may be empty.
    pub text: String,
    /// What was refused.
    pub refused: Vec<Refused>,
    /// What is left of it on the tape, once it was written there.
    pub made: Cell<Option<Val>>,
    /// How it looks before anything is taken out of it.
    pub look: Rc<Look>,
    /// How what is left looks, once that is asked.
    left: OnceCell<Rc<Look>>,
    /// It was told of.
    told: Cell<bool>,
}

impl Style {
    /// How what is left of it looks.
    pub(super) fn left(&self) -> &Rc<Look> {
        if self.refused.is_empty() {
            debug_assert_eq!(css::look(&self.text), *self.look, "{}", self.text);
            return &self.look;
        }
        self.left.get_or_init(|| Rc::new(css::look(&self.text)))
    }
}

impl Styles {
    /// Judges a node's style; tells also whether it was told of before.
    pub(super) fn judge(&self, node: u32, raw: &str, allow: &Allow<'_>) -> (Rc<Style>, bool) {
        let style = self.see(node, raw, allow, Rc::clone);
        let told = style.told.replace(true);
        (style, told)
    }

    /// Judges a style that is the page's, and hides nothing.
    pub(super) fn of_page(&self, raw: &str, allow: &Allow<'_>) -> Style {
        judge(raw, allow, &mut self.declarations.borrow_mut(), false)
    }

    /// Judges a node's style of which nothing is told yet.
    pub(super) fn see<T>(
        &self,
        node: u32,
        raw: &str,
        allow: &Allow<'_>,
        look: impl FnOnce(&Rc<Style>) -> T,
    ) -> T {
        let (mut known, mut by_node) = (self.known.borrow_mut(), self.by_node.borrow_mut());
        let slot = node as usize;
        if let Some(at) = by_node.get(slot).and_then(|number| number.checked_sub(1))
            && known.text(at) == raw
        {
            return look(known.value(at));
        }
        let at = known.find(raw).unwrap_or_else(|| {
            let style = judge(raw, allow, &mut self.declarations.borrow_mut(), true);
            known.insert(raw, Rc::new(style))
        });
        if by_node.len() <= slot {
            by_node.resize(slot + 1, 0);
        }
        by_node[slot] = at + 1;
        look(known.value(at))
    }
}

/// Judges a style once. `hides`: what it hid, it still hides.
fn judge(raw: &str, allow: &Allow<'_>, known: &mut css::Declarations, hides: bool) -> Style {
    let mut refused = Vec::new();
    let (mut text, look) = css::inline_and_look(raw, allow, known, &mut |it| refused.push(it));
    // Where nothing was refused, nothing that hides was.
    let hid = || look.hides_text() && !css::look(&text).hides_text();
    if hides && !refused.is_empty() && hid() {
        if !text.is_empty() {
            text.push(';');
        }
        text.push_str("display:none");
        if !css::look(&text).hides() {
            text.push_str("!important");
        }
    }
    let look = Rc::new(look);
    let (made, left, told) = (Cell::default(), OnceCell::new(), Cell::default());
    Style { text, refused, made, look, left, told }
}

/// The reasons for what was refused: one for each thing that would have been
/// loaded, and one for each kind of the rest, which lists it. `again`: only
/// the loads, since the same style was told of before.
pub(crate) fn whys(refused: &[Refused], again: bool) -> Vec<Why> {
    let mut whys: Vec<Why> = refused
        .iter()
        .filter_map(|it| {
            Some(Why::rule("policy.css.url").url(it.url.as_deref()?).evidence(it.what.clone(), 0))
        })
        .collect();
    if again {
        return whys;
    }
    for rule in RULES {
        let mut rest =
            refused.iter().filter(|it| it.url.is_none() && rule_of(it.kind) == *rule).peekable();
        if rest.peek().is_some() {
            whys.push(rest.fold(Why::rule(*rule), |why, it| why.evidence(it.what.clone(), 0)));
        }
    }
    whys
}

const RULES: &[&str] = &[
    "policy.css.url",
    "policy.css.property",
    "policy.css.value",
    "policy.css.function",
    "policy.css.selector",
    "policy.css.at-rule",
    "policy.css.limit",
];

fn rule_of(kind: RefusedKind) -> &'static str {
    match kind {
        RefusedKind::Url => "policy.css.url",
        RefusedKind::Property => "policy.css.property",
        RefusedKind::Value => "policy.css.value",
        RefusedKind::Function => "policy.css.function",
        RefusedKind::Selector => "policy.css.selector",
        RefusedKind::AtRule => "policy.css.at-rule",
        RefusedKind::Limit => "policy.css.limit",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::policy::Policy;

    fn of(raw: &str) -> Style {
        judge(raw, &Policy::builtin().css(1 << 20), &mut css::Declarations::default(), true)
    }

    #[test]
    fn what_may_stay_stays() {
        let style = of("color: RED; -premailer-width:1; position:fixed;width:1px");
        assert_eq!(style.text, "color:RED;width:1px");
        let whys = whys(&style.refused, false);
        assert_eq!(whys.len(), 1);
        assert_eq!(whys[0].rule, "policy.css.property");
        assert_eq!(whys[0].evidence.len(), 2);
    }

    #[test]
    fn loads_are_told_one_by_one_and_every_time() {
        let style =
            of("background:url(https://a.example/x) red;cursor:url('https://b.example/y'),auto");
        assert_eq!(style.text, "background-color:red");
        let whys = whys(&style.refused, true);
        let urls: Vec<_> = whys.iter().map(|why| why.url.as_deref()).collect();
        assert_eq!(urls, [Some("https://a.example/x"), Some("https://b.example/y")]);
    }

    #[test]
    fn hidden_stays_hidden() {
        let away = of("position:absolute;left:-9999px;color:red").text;
        assert_eq!(away, "color:red;display:none");
        assert_eq!(of(&away).text, away);
        assert_eq!(
            of("position:absolute;left:-9999px;display:block!important").text,
            "display:block!important;display:none!important"
        );
        assert_eq!(
            of("display:none;max-height:0;mso-hide:all").text,
            "display:none;max-height:0;mso-hide:all"
        );
        assert_eq!(of("position:relative;color:red").text, "color:red");
    }
}
