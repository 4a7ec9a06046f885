//! Elements, as selectors that cannot be printed ask for them: what such a rule
//! hid must stay hidden without it.

use crate::css::{Element, Look, Lost};
use crate::html::El;
use crate::tape::{Kind, NONE, Tape};

/// What the element looks like with the rules that cannot be printed, if these
/// hide it. Where another rule or its own style shows it, that is believed.
pub(super) fn look(lost: &[Lost], tape: &Tape, at: u32, printed: &Look) -> Option<Look> {
    let node = &tape.nodes[at as usize];
    if lost.is_empty() || node.el == El::Html {
        return None;
    }
    let element = Tag { tape, at };
    let mut look = Look::default();
    for rule in lost.iter().filter(|rule| rule.fits(element)) {
        look.overlay(&rule.look);
    }
    look.overlay(printed);
    look.hides().then_some(look)
}

#[derive(Clone, Copy)]
struct Tag<'t> {
    tape: &'t Tape,
    at: u32,
}

impl Element for Tag<'_> {
    fn name(&self) -> &str {
        self.tape.name(self.at)
    }

    fn attribute(&self, name: &str) -> Option<&str> {
        let attrs = self.tape.attrs_of(self.at);
        let attr = attrs.iter().find(|attr| self.tape.attr_name(attr) == name)?;
        Some(self.tape.text(attr.value))
    }

    fn parent(&self) -> Option<Self> {
        let at = self.tape.nodes[self.at as usize].parent;
        (at != NONE).then_some(Tag { at, ..*self })
    }

    fn previous(&self) -> Option<Self> {
        let mut at = self.at;
        while at > 0 {
            at -= 1;
            let node = &self.tape.nodes[at as usize];
            match node.kind {
                Kind::Text | Kind::Comment => continue,
                Kind::End if node.mate != NONE => return Some(Tag { at: node.mate, ..*self }),
                Kind::Start if node.el.is_void() => return Some(Tag { at, ..*self }),
                Kind::Start | Kind::End => return None,
            }
        }
        None
    }
}
