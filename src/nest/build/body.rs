//! The insertion mode "in body": what a start tag closes and opens, and what
//! an end tag closes.

use super::{Build, Mode, ends_scope};
use crate::html::El;
use crate::nest::tree::NIL;

impl Build<'_> {
    pub(super) fn start_in_body(&mut self, el: El, token: u32) {
        match el {
            El::Address
            | El::Article
            | El::Aside
            | El::Blockquote
            | El::Center
            | El::Details
            | El::Dialog
            | El::Dir
            | El::Div
            | El::Dl
            | El::Fieldset
            | El::Figcaption
            | El::Figure
            | El::Footer
            | El::Header
            | El::Hgroup
            | El::Main
            | El::Menu
            | El::Nav
            | El::Ol
            | El::P
            | El::Search
            | El::Section
            | El::Summary
            | El::Ul => {
                self.close_p();
                self.push(el, token);
            }
            El::H1 | El::H2 | El::H3 | El::H4 | El::H5 | El::H6 => {
                self.close_p();
                if self.current_el().is_heading() {
                    self.open.pop();
                }
                self.push(el, token);
            }
            El::Pre => {
                self.close_p();
                self.push(el, token);
                self.after_pre = true;
            }
            El::Li => {
                self.close_item(|e| e == El::Li);
                self.close_p();
                self.push_item(el, token);
            }
            El::Dd | El::Dt => {
                self.close_item(|e| matches!(e, El::Dd | El::Dt));
                self.close_p();
                self.push_item(el, token);
            }
            El::A => {
                if let Some(old) = self.active(El::A) {
                    self.adopt(El::A);
                    self.forget(old);
                }
                self.leave(El::A);
                self.reconstruct();
                self.push_format(el, token);
            }
            El::Nobr => {
                self.reconstruct();
                if self.in_scope(El::Nobr) {
                    self.adopt(El::Nobr);
                    self.leave(El::Nobr);
                    self.reconstruct();
                }
                self.push_format(el, token);
            }
            el if el.is_formatting() => {
                self.reconstruct();
                self.push_format(el, token);
            }
            El::Table => {
                // In quirks mode a table may stand in a paragraph. We write none
                // there, so that what we write reads the same in every page.
                self.close_p();
                if self.push(el, token).is_some() {
                    self.mode = Mode::Table;
                }
            }
            El::Hr => {
                self.close_p();
                self.put(el, token);
            }
            El::Rb | El::Rtc => {
                if self.in_scope(El::Ruby) {
                    self.implied_ends(El::Other);
                }
                self.push(el, token);
            }
            El::Rp | El::Rt => {
                if self.in_scope(El::Ruby) {
                    self.implied_ends(El::Rtc);
                }
                self.push(el, token);
            }
            El::Caption
            | El::Col
            | El::Colgroup
            | El::Frame
            | El::Tbody
            | El::Td
            | El::Tfoot
            | El::Th
            | El::Thead
            | El::Tr => {}
            el if el.is_void() => {
                self.reconstruct();
                self.put(el, token);
            }
            el => {
                self.reconstruct();
                self.push(el, token);
            }
        }
    }

    fn push_format(&mut self, el: El, token: u32) {
        if let Some(i) = self.push(el, token) {
            self.push_formatting(i);
        }
    }

    /// Closes everything down to an element that may not hold its like, where
    /// it could not be moved.
    fn leave(&mut self, el: El) {
        while self.in_scope(el) {
            self.pop_until(|e| e == el);
        }
    }

    fn close_item(&mut self, is_item: impl Fn(El) -> bool) {
        for at in (1..self.open.len()).rev() {
            let el = self.tree.at(self.open[at]).el;
            if is_item(el) {
                self.implied_ends(el);
                self.open.truncate(at);
                return;
            }
            if ends_search_for_item(el) {
                return;
            }
        }
    }

    /// Opens a part of a list. In a fragment, one without a list round it would
    /// end the host's list item around the wrapper: it becomes a block.
    fn push_item(&mut self, el: El, token: u32) {
        let holds = |&i: &u32| ends_search_for_item(self.tree.at(i).el);
        if !self.seen.fragment || self.open[1..].iter().any(holds) {
            self.push(el, token);
            return;
        }
        match el {
            El::Li => self.end_stray(&[El::Li]),
            _ => self.end_stray(&[El::Dd, El::Dt]),
        }
        self.push(El::Div, token);
    }

    /// Closes a part of a list that became a block.
    fn end_stray(&mut self, was: &[El]) {
        for at in (1..self.open.len()).rev() {
            let branch = self.tree.at(self.open[at]);
            if branch.el == El::Div && was.contains(&branch.was) {
                return self.open.truncate(at);
            }
            if ends_search_for_item(branch.el) {
                return;
            }
        }
    }

    pub(super) fn end_in_body(&mut self, el: El) {
        match el {
            El::Address
            | El::Article
            | El::Aside
            | El::Blockquote
            | El::Center
            | El::Details
            | El::Dialog
            | El::Dir
            | El::Div
            | El::Dl
            | El::Fieldset
            | El::Figcaption
            | El::Figure
            | El::Footer
            | El::Header
            | El::Hgroup
            | El::Main
            | El::Menu
            | El::Nav
            | El::Ol
            | El::Pre
            | El::Search
            | El::Section
            | El::Summary
            | El::Ul => {
                if self.in_scope(el) {
                    self.implied_ends(El::Other);
                    self.pop_until(|e| e == el);
                }
            }
            El::P => {
                if !self.in_scope(El::P) {
                    self.seen.content = true;
                    self.seen.in_body = true;
                    if self.push(El::P, NIL).is_none() {
                        return;
                    }
                }
                self.close_p();
            }
            El::Li => {
                let ends = |e| ends_scope(e) || matches!(e, El::Ol | El::Ul);
                if self.in_scope_by(|e| e == El::Li, ends) {
                    self.implied_ends(El::Li);
                    self.pop_until(|e| e == El::Li);
                } else {
                    self.end_stray(&[El::Li]);
                }
            }
            El::Dd | El::Dt => {
                if self.in_scope(el) {
                    self.implied_ends(el);
                    self.pop_until(|e| e == el);
                } else {
                    self.end_stray(&[el]);
                }
            }
            El::H1 | El::H2 | El::H3 | El::H4 | El::H5 | El::H6 => {
                if self.in_scope_by(El::is_heading, ends_scope) {
                    self.implied_ends(El::Other);
                    self.pop_until(El::is_heading);
                }
            }
            el if el.is_formatting() => self.adopt(el),
            el => self.any_other_end(el),
        }
    }

    pub(in crate::nest) fn any_other_end(&mut self, el: El) {
        for at in (1..self.open.len()).rev() {
            let other = self.tree.at(self.open[at]).el;
            if other == el {
                self.implied_ends(el);
                self.open.truncate(at.min(self.open.len()));
                return;
            }
            if other.is_special() {
                return;
            }
        }
    }

    pub(super) fn text_in_body(&mut self, token: u32) {
        self.reconstruct();
        self.put_text(token);
    }
}

/// Behind these no open list item is looked for.
fn ends_search_for_item(el: El) -> bool {
    el.is_special() && !matches!(el, El::Address | El::Div | El::P)
}
