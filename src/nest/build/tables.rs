//! The insertion modes of tables: what may stand where in one, and where that
//! goes which may not.

use super::{Build, Mode};
use crate::html::El;
use crate::nest::tree::NIL;

impl Build<'_> {
    pub(super) fn start_in_table(&mut self, el: El, token: u32) {
        match el {
            El::Caption => {
                self.clear_to(&[El::Table]);
                self.formatting.push(None);
                if self.push(el, token).is_some() {
                    self.mode = Mode::Caption;
                }
            }
            El::Colgroup => {
                self.clear_to(&[El::Table]);
                if self.push(el, token).is_some() {
                    self.mode = Mode::Columns;
                }
            }
            El::Col => {
                self.clear_to(&[El::Table]);
                if self.push(El::Colgroup, NIL).is_some() {
                    self.mode = Mode::Columns;
                    self.start_in_columns(el, token);
                }
            }
            El::Tbody | El::Tfoot | El::Thead => {
                self.clear_to(&[El::Table]);
                if self.push(el, token).is_some() {
                    self.mode = Mode::TableBody;
                }
            }
            El::Td | El::Th | El::Tr => {
                self.clear_to(&[El::Table]);
                if self.push(El::Tbody, NIL).is_some() {
                    self.mode = Mode::TableBody;
                    self.start_in_table_body(el, token);
                }
            }
            El::Table => {
                self.pop_until(|e| e == El::Table);
                self.reset();
                self.start_in(el, token);
            }
            _ => self.fostered(|build| build.start_in_body(el, token)),
        }
    }

    /// Content that has no place in a table goes before it; where the table is
    /// written already, into a cell of its own.
    pub(super) fn fostered(&mut self, act: impl FnOnce(&mut Self)) {
        if self.must_not_foster() {
            self.odd = true;
            match self.mode {
                Mode::Table => {
                    self.clear_to(&[El::Table]);
                    self.push(El::Tbody, NIL);
                    self.push(El::Tr, NIL);
                }
                Mode::TableBody => {
                    self.clear_to(&[El::Tbody, El::Tfoot, El::Thead]);
                    self.push(El::Tr, NIL);
                }
                _ => self.clear_to(&[El::Tr]),
            }
            if self.current_el() == El::Tr && self.push(El::Td, NIL).is_some() {
                self.formatting.push(None);
                self.mode = Mode::Cell;
            }
            return act(self);
        }
        self.odd = true;
        self.foster = true;
        act(self);
        self.foster = false;
    }

    pub(super) fn must_not_foster(&self) -> bool {
        self.strict
            || self.open.iter().any(|&i| {
                self.tree.at(i).el == El::Table
                    && (self.tree.at(i).carried || self.tree.at(i).parent == NIL)
            })
    }

    pub(super) fn start_in_columns(&mut self, el: El, token: u32) {
        match el {
            El::Col => self.put(el, token),
            _ => {
                if self.current_el() == El::Colgroup {
                    self.open.pop();
                    self.mode = Mode::Table;
                    self.start_in(el, token);
                }
            }
        }
    }

    pub(super) fn start_in_table_body(&mut self, el: El, token: u32) {
        match el {
            El::Tr => {
                self.clear_to(&[El::Tbody, El::Tfoot, El::Thead]);
                if self.push(el, token).is_some() {
                    self.mode = Mode::Row;
                }
            }
            El::Td | El::Th => {
                self.clear_to(&[El::Tbody, El::Tfoot, El::Thead]);
                if self.push(El::Tr, NIL).is_some() {
                    self.mode = Mode::Row;
                    self.start_in_row(el, token);
                }
            }
            El::Caption | El::Col | El::Colgroup | El::Tbody | El::Tfoot | El::Thead => {
                if self.in_table_scope(is_section) {
                    self.clear_to(&[El::Tbody, El::Tfoot, El::Thead]);
                    self.open.pop();
                    self.mode = Mode::Table;
                    self.start_in_table(el, token);
                }
            }
            _ => self.start_in_table(el, token),
        }
    }

    pub(super) fn start_in_row(&mut self, el: El, token: u32) {
        match el {
            El::Td | El::Th => {
                self.clear_to(&[El::Tr]);
                if self.push(el, token).is_some() {
                    self.mode = Mode::Cell;
                    self.formatting.push(None);
                }
            }
            El::Caption | El::Col | El::Colgroup | El::Tbody | El::Tfoot | El::Thead | El::Tr => {
                if self.end_row() {
                    self.start_in_table_body(el, token);
                }
            }
            _ => self.start_in_table(el, token),
        }
    }

    pub(super) fn end_row(&mut self) -> bool {
        if !self.in_table_scope(|e| e == El::Tr) {
            return false;
        }
        self.clear_to(&[El::Tr]);
        self.open.pop();
        self.mode = Mode::TableBody;
        true
    }

    pub(super) fn start_in_cell(&mut self, el: El, token: u32) {
        if is_table_part(el) {
            if self.in_table_scope(El::is_cell) {
                self.close_cell();
                self.start_in(el, token);
            }
            return;
        }
        self.start_in_body(el, token);
    }

    pub(super) fn close_cell(&mut self) {
        self.implied_ends(El::Other);
        self.pop_until(El::is_cell);
        self.clear_to_marker();
        self.mode = Mode::Row;
    }

    pub(super) fn start_in_caption(&mut self, el: El, token: u32) {
        if is_table_part(el) {
            if self.end_caption() {
                self.start_in_table(el, token);
            }
            return;
        }
        self.start_in_body(el, token);
    }

    pub(super) fn end_caption(&mut self) -> bool {
        if !self.in_table_scope(|e| e == El::Caption) {
            return false;
        }
        self.implied_ends(El::Other);
        self.pop_until(|e| e == El::Caption);
        self.clear_to_marker();
        self.mode = Mode::Table;
        true
    }

    pub(super) fn end_in_table(&mut self, el: El) {
        match el {
            El::Table => {
                if self.in_table_scope(|e| e == El::Table) {
                    self.pop_until(|e| e == El::Table);
                    self.reset();
                }
            }
            El::Caption
            | El::Col
            | El::Colgroup
            | El::Tbody
            | El::Td
            | El::Tfoot
            | El::Th
            | El::Thead
            | El::Tr => {}
            _ => {
                let foster = !self.must_not_foster();
                self.odd = true;
                self.foster = foster;
                // Without fostering the only end tag that would put something
                // into the table is that of p, which then is overlooked.
                if foster || el != El::P || self.in_scope(El::P) {
                    self.end_in_body(el);
                }
                self.foster = false;
            }
        }
    }

    pub(super) fn end_in_table_body(&mut self, el: El) {
        match el {
            El::Tbody | El::Tfoot | El::Thead => {
                if self.in_table_scope(|e| e == el) {
                    self.clear_to(&[El::Tbody, El::Tfoot, El::Thead]);
                    self.open.pop();
                    self.mode = Mode::Table;
                }
            }
            El::Table => {
                if self.in_table_scope(is_section) {
                    self.clear_to(&[El::Tbody, El::Tfoot, El::Thead]);
                    self.open.pop();
                    self.mode = Mode::Table;
                    self.end_in_table(el);
                }
            }
            El::Caption | El::Col | El::Colgroup | El::Td | El::Th | El::Tr => {}
            _ => self.end_in_table(el),
        }
    }

    pub(super) fn end_in_row(&mut self, el: El) {
        match el {
            El::Tr => {
                self.end_row();
            }
            El::Table => {
                if self.end_row() {
                    self.end_in_table_body(el);
                }
            }
            El::Tbody | El::Tfoot | El::Thead => {
                if self.in_table_scope(|e| e == el) && self.end_row() {
                    self.end_in_table_body(el);
                }
            }
            El::Caption | El::Col | El::Colgroup | El::Td | El::Th => {}
            _ => self.end_in_table(el),
        }
    }

    pub(super) fn end_in_cell(&mut self, el: El) {
        match el {
            El::Td | El::Th => {
                if self.in_table_scope(|e| e == el) {
                    self.implied_ends(El::Other);
                    self.pop_until(|e| e == el);
                    self.clear_to_marker();
                    self.mode = Mode::Row;
                }
            }
            El::Caption | El::Col | El::Colgroup => {}
            El::Table | El::Tbody | El::Tfoot | El::Thead | El::Tr => {
                if self.in_table_scope(|e| e == el) {
                    self.close_cell();
                    self.end_in_row(el);
                }
            }
            _ => self.end_in_body(el),
        }
    }

    pub(super) fn end_in_caption(&mut self, el: El) {
        match el {
            El::Caption => {
                self.end_caption();
            }
            El::Table => {
                if self.end_caption() {
                    self.end_in_table(el);
                }
            }
            El::Col
            | El::Colgroup
            | El::Tbody
            | El::Td
            | El::Tfoot
            | El::Th
            | El::Thead
            | El::Tr => {}
            _ => self.end_in_body(el),
        }
    }

    /// WHATWG "reset the insertion mode appropriately".
    pub(super) fn reset(&mut self) {
        self.mode = Mode::Body;
        for &i in self.open.iter().rev() {
            self.mode = match self.tree.at(i).el {
                El::Td | El::Th => Mode::Cell,
                El::Tr => Mode::Row,
                El::Tbody | El::Thead | El::Tfoot => Mode::TableBody,
                El::Caption => Mode::Caption,
                El::Colgroup => Mode::Columns,
                El::Table => Mode::Table,
                _ => continue,
            };
            return;
        }
    }
}

fn is_section(el: El) -> bool {
    matches!(el, El::Tbody | El::Thead | El::Tfoot)
}

fn is_table_part(el: El) -> bool {
    matches!(
        el,
        El::Caption
            | El::Col
            | El::Colgroup
            | El::Tbody
            | El::Td
            | El::Tfoot
            | El::Th
            | El::Thead
            | El::Tr
    )
}
