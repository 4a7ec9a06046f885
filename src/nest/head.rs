//! What nesting sees of the head and its kin, and where that goes: the tape's
//! head, which the writer writes anew.

use super::WRAPPER;
use crate::html::{At, El};
use crate::tape::{Head, Node, Sheet, Tape, Val};

/// Where things of the head and its kin are, as tokens.
#[derive(Default, Debug)]
pub(super) struct Seen {
    pub html: Option<u32>,
    pub body: Option<u32>,
    pub main: Option<u32>,
    pub title: Option<u32>,
    pub sheets: Vec<(u32, Vec<u32>)>,
    pub base: Option<u32>,
    pub viewport: bool,
    pub in_body: bool,
    pub content: bool,
    pub fragment: bool,
    /// The `div` around an earlier rinse's fragment was seen, with nothing
    /// behind it so far.
    pub wrapper: bool,
    pub dropped: Vec<u32>,
    pub unwrapped: Vec<u32>,
    pub too_deep: bool,
    /// From here on the source means something else where a tag goes.
    pub fragile: Option<u32>,
}

impl Seen {
    pub(super) fn fragile(&mut self, from: u32) {
        self.fragile = Some(self.fragile.map_or(from, |known| known.min(from)));
    }
    pub(super) fn html(&mut self, token: u32) {
        self.html.get_or_insert(token);
    }
    pub(super) fn body(&mut self, token: u32) {
        self.body.get_or_insert(token);
    }
    pub(super) fn head(&mut self, el: El, token: u32, tape: &Tape, tokens: &[Node]) {
        match el {
            El::Meta => {
                let name = tape.attr_in(&tokens[token as usize], At::Name);
                self.viewport |= name.is_some_and(|n| n.trim().eq_ignore_ascii_case("viewport"));
            }
            El::Style => self.sheets.push((token, Vec::new())),
            El::Base if tape.attr_in(&tokens[token as usize], At::Href).is_some() => {
                self.base.get_or_insert(token);
            }
            _ => {}
        }
    }
    pub(super) fn text_of_head(&mut self, el: El, owner: u32, text: u32) {
        match el {
            El::Title => {
                self.title.get_or_insert(text);
            }
            _ => {
                if let Some((_, texts)) = self.sheets.last_mut().filter(|(t, _)| *t == owner) {
                    texts.push(text);
                }
            }
        }
    }
}

/// Puts what was seen on the tape.
pub(super) fn collect(tape: &mut Tape, tokens: &[Node], seen: &Seen) {
    let attr = |token: u32, at: At| -> Option<Val> {
        tape.attrs_in(&tokens[token as usize]).iter().find(|a| a.at == at).map(|a| a.value)
    };
    let mut head = Head {
        title: seen.title.map(|token| tokens[token as usize].text),
        viewport: seen.viewport,
        base: seen.base.and_then(|token| attr(token, At::Href)),
        ..Default::default()
    };
    for (style, texts) in &seen.sheets {
        let media = attr(*style, At::Media);
        for &text in texts {
            head.sheets.push(Sheet {
                css: tokens[text as usize].text,
                media,
                span: tokens[*style as usize].span,
            });
        }
    }
    tape.head = head;
    if let Some(token) = seen.body.filter(|&token| tokens[token as usize].el == El::Div) {
        unwrap_class(tape, tokens[token as usize].attrs);
    }
}

/// Takes our own classes off the wrapper of an earlier rinse: the writer puts
/// them there again.
fn unwrap_class(tape: &mut Tape, attrs: (u32, u32)) {
    let slots = attrs.0 as usize..(attrs.0 + attrs.1) as usize;
    let Some(at) = tape.attrs[slots.clone()].iter().position(|a| a.at == At::Class) else { return };
    let at = slots.start + at;
    let classes = tape.text(tape.attrs[at].value).to_owned();
    let (ours, others): (Vec<&str>, Vec<&str>) =
        classes.split_ascii_whitespace().partition(|class| class.starts_with(WRAPPER));
    let is_scope = |class: &&&str| {
        class.strip_prefix(WRAPPER).and_then(|rest| rest.strip_prefix('-')).is_some_and(|hash| {
            hash.len() == 8
                && hash.bytes().all(|b| b.is_ascii_hexdigit() && !b.is_ascii_uppercase())
        })
    };
    tape.head.scope = ours.iter().find(is_scope).map(|class| (*class).to_owned());
    tape.attrs[at].value = tape.make(&others.join(" "));
}
