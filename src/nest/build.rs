//! Builds the tree: WHATWG "tree construction", as far as it concerns elements
//! that stay. What policy unwraps has no part in it, so that the rules hold for
//! what is written.

mod body;
mod skip;
mod tables;

use super::formatting::Entry;
use super::head::Seen;
use super::tree::{NIL, Tree};
use crate::html::{At, El, prints_space};
use crate::limits::Deadline;
use crate::rules::policy::{Fate, Policy};
use crate::tape::{Kind, Node, Tape};
use skip::Skip;

/// The standard's insertion modes behind the head.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Mode {
    Body,
    Table,
    Caption,
    Columns,
    TableBody,
    Row,
    Cell,
}

pub(super) struct Build<'t> {
    pub tape: &'t Tape,
    pub tokens: &'t [Node],
    /// How many tokens are to be read; behind them stand copies to reopen.
    pub count: usize,
    pub policy: &'t Policy,
    pub tree: Tree,
    pub open: Vec<u32>,
    pub formatting: Vec<Entry>,
    pub mode: Mode,
    /// Nothing that is in the tree may be moved.
    pub strict: bool,
    /// A rule was used after which the tree may read back as another.
    pub odd: bool,
    pub depth: usize,
    pub deadline: Deadline,
    foster: bool,
    skip: Option<Skip>,
    /// End tags to overlook, since their start tags were too deep.
    pub deep: Vec<u32>,
    after_pre: bool,
    /// Read for the first time: the text behind `<pre>` has its line feed.
    pub fresh: bool,
    /// Every tag keeps its name and place, and end tags are told.
    pub patch: bool,
    pub seen: Seen,
}

impl<'t> Build<'t> {
    pub(super) fn new(tape: &'t Tape, tokens: &'t [Node], policy: &'t Policy, seen: Seen) -> Self {
        // A third are end tags.
        let mut tree = Tree { all: Vec::with_capacity(tokens.len() * 3 / 4 + 16) };
        let root = tree.add(El::Body, NIL);
        Build {
            tape,
            tokens,
            count: tokens.len(),
            policy,
            tree,
            open: vec![root],
            formatting: Vec::new(),
            mode: Mode::Body,
            strict: false,
            odd: false,
            depth: 256,
            deadline: Deadline::default(),
            foster: false,
            skip: None,
            deep: vec![0; El::COUNT],
            after_pre: false,
            fresh: true,
            patch: false,
            seen,
        }
    }

    pub(super) fn run(&mut self) {
        for i in 0..self.count {
            if self.deadline.is_over_at(i) {
                break;
            }
            let node = &self.tokens[i];
            if self.skip.is_some() && !self.end_of_skip(i as u32) {
                continue;
            }
            match node.kind {
                Kind::Start => self.start(node.el, i as u32),
                Kind::End if self.patch => self.end_told(node.el, i as u32),
                Kind::End => self.end(node.el),
                Kind::Text => self.text(i as u32),
                Kind::Comment => {}
            }
            if node.kind != Kind::Comment {
                self.after_pre &= node.kind == Kind::Start;
            }
        }
        if let Some(skip) = self.skip.take() {
            self.seen.dropped.push(skip.token);
        }
    }

    // ---- the tree -------------------------------------------------------

    pub(super) fn current(&self) -> u32 {
        *self.open.last().unwrap_or(&0)
    }

    fn current_el(&self) -> El {
        self.tree.at(self.current()).el
    }

    pub(super) fn is_open(&self, i: u32) -> bool {
        self.open.iter().rev().any(|&o| o == i)
    }

    pub(super) fn too_deep(&self) -> bool {
        self.open.len() > self.depth
    }

    pub(super) fn told_depth(&mut self) {
        self.odd = true;
        self.seen.too_deep = true;
    }

    pub(super) fn same_attributes(&self, a: u32, b: u32) -> bool {
        let attrs = |token: u32| self.tape.attrs_in(&self.tokens[token as usize]);
        let (a, b) = (attrs(a), attrs(b));
        a.len() == b.len()
            && a.iter().all(|x| {
                b.iter().any(|y| {
                    x.at == y.at
                        && self.tape.attr_name(x) == self.tape.attr_name(y)
                        && self.tape.text(x.value) == self.tape.text(y.value)
                })
            })
    }

    /// Puts a node in "the appropriate place for inserting a node".
    pub(super) fn insert(&mut self, i: u32) {
        self.insert_into(self.current(), i);
    }

    pub(super) fn insert_into(&mut self, target: u32, i: u32) {
        let in_table = matches!(
            self.tree.at(target).el,
            El::Table | El::Tbody | El::Tfoot | El::Thead | El::Tr
        );
        if !(self.foster && in_table) {
            return self.tree.append(target, i);
        }
        self.odd = true;
        let table = self.open.iter().rposition(|&o| self.tree.at(o).el == El::Table);
        let Some(at) = table else { return self.tree.append(self.open[0], i) };
        let table = self.open[at];
        match self.tree.at(table).parent {
            NIL => self.tree.append(self.open[at - 1], i),
            _ => self.tree.insert_before(table, i),
        }
    }

    /// Opens an element; `None` where that would be too deep.
    fn push(&mut self, el: El, token: u32) -> Option<u32> {
        if self.too_deep() {
            self.told_depth();
            if token != NIL {
                self.deep[el as usize] += 1;
            }
            return None;
        }
        let i = self.tree.add(el, token);
        if token != NIL {
            self.tree.at_mut(i).was = self.tokens[token as usize].el;
        }
        self.insert(i);
        self.open.push(i);
        Some(i)
    }

    /// An element without content.
    fn put(&mut self, el: El, token: u32) {
        let i = self.tree.add(el, token);
        self.insert(i);
    }

    // ---- scopes ---------------------------------------------------------

    fn in_scope_by(&self, wanted: impl Fn(El) -> bool, ends: impl Fn(El) -> bool) -> bool {
        for &i in self.open.iter().rev() {
            let el = self.tree.at(i).el;
            if wanted(el) {
                return true;
            }
            if ends(el) {
                return false;
            }
        }
        false
    }

    fn in_scope(&self, el: El) -> bool {
        self.in_scope_by(|e| e == el, ends_scope)
    }

    pub(super) fn in_scope_node(&self, node: u32) -> bool {
        for &i in self.open.iter().rev() {
            if i == node {
                return true;
            }
            if ends_scope(self.tree.at(i).el) {
                return false;
            }
        }
        false
    }

    fn in_table_scope(&self, wanted: impl Fn(El) -> bool) -> bool {
        self.in_scope_by(wanted, |e| e == El::Table)
    }

    fn pop_until(&mut self, wanted: impl Fn(El) -> bool) {
        while self.open.len() > 1 {
            let Some(i) = self.open.pop() else { return };
            if wanted(self.tree.at(i).el) {
                return;
            }
        }
    }

    fn clear_to(&mut self, wanted: &[El]) {
        while self.open.len() > 1 && !wanted.contains(&self.current_el()) {
            self.open.pop();
        }
    }

    fn implied_ends(&mut self, except: El) {
        while self.open.len() > 1 {
            let el = self.current_el();
            let implied =
                matches!(el, El::Dd | El::Dt | El::Li | El::P | El::Rb | El::Rp | El::Rt | El::Rtc);
            if !implied || el == except {
                return;
            }
            self.open.pop();
        }
    }

    fn close_p(&mut self) {
        if self.in_scope(El::P) {
            self.implied_ends(El::P);
            self.pop_until(|e| e == El::P);
        }
    }

    // ---- start tags -----------------------------------------------------

    fn start(&mut self, el: El, token: u32) {
        let el = match el {
            El::Image => El::Img,
            // Raw text that is seen: written as what it looks like.
            El::Xmp | El::Listing | El::Plaintext => El::Pre,
            el => el,
        };
        match el {
            El::Html => return self.seen.html(token),
            El::Head => return,
            // Whether it counts hangs on what stands before it.
            El::Frameset => self.seen.fragile(0),
            El::Body => {
                self.seen.in_body = true;
                return self.seen.body(token);
            }
            El::Title | El::Style | El::Base | El::Meta | El::Link => {
                self.seen.head(el, token, self.tape, self.tokens);
                return self.begin_skip(el, token);
            }
            _ => {}
        }
        let first = !std::mem::replace(&mut self.seen.content, true);
        self.seen.in_body = true;
        let within = std::mem::take(&mut self.seen.wrapper);
        if first && !self.patch && self.is_wrapper(el, token, within) {
            match el {
                El::Main => self.seen.main = Some(token),
                _ if within => self.seen.body(token),
                // It is the host's; the mail's own is the next.
                _ => (self.seen.wrapper, self.seen.content) = (true, false),
            }
            // Its end tag ends nothing: all within it is ended before.
            return;
        }
        let el = if el == El::Main && !self.patch { El::Div } else { el };
        match self.policy.fate(el) {
            Fate::Keep => {}
            Fate::Shell => return,
            Fate::Drop => return self.begin_skip(el, token),
            Fate::Unwrap => {
                if el != El::Other {
                    self.seen.unwrapped.push(token);
                }
                // Blocks whose tags go must not run into their neighbours.
                if !(is_block(el) && self.mode == Mode::Body
                    || is_block(el) && self.mode == Mode::Cell)
                {
                    return;
                }
                return self.start_in(El::Div, token);
            }
        }
        self.start_in(el, token);
    }

    /// Our own wrapper, from an earlier rinse.
    fn is_wrapper(&self, el: El, token: u32, within: bool) -> bool {
        let ours = if within { super::BODY } else { super::WRAPPER };
        match el {
            El::Main => true,
            El::Div => {
                let class = self.tape.attr_in(&self.tokens[token as usize], At::Class);
                let is_ours = |class: &str| class.split_ascii_whitespace().any(|c| c == ours);
                self.seen.fragment && class.is_some_and(is_ours)
            }
            _ => false,
        }
    }

    fn start_in(&mut self, el: El, token: u32) {
        match self.mode {
            Mode::Body => self.start_in_body(el, token),
            Mode::Table => self.start_in_table(el, token),
            Mode::TableBody => self.start_in_table_body(el, token),
            Mode::Row => self.start_in_row(el, token),
            Mode::Cell => self.start_in_cell(el, token),
            Mode::Caption => self.start_in_caption(el, token),
            Mode::Columns => self.start_in_columns(el, token),
        }
    }

    // ---- end tags -------------------------------------------------------

    /// Remembers which end tag closed which element.
    fn end_told(&mut self, el: El, token: u32) {
        let closes = self.open.iter().rev().copied().find(|&i| self.tree.at(i).el == el);
        self.end(el);
        if let Some(i) = closes.filter(|&i| !self.is_open(i)) {
            self.tree.at_mut(i).ended = token;
        }
    }

    fn end(&mut self, el: El) {
        let el = match el {
            El::Xmp | El::Listing | El::Plaintext => El::Pre,
            El::Html | El::Head | El::Body | El::Image => return,
            el => el,
        };
        if el != El::Other && self.deep[el as usize] > 0 {
            self.deep[el as usize] -= 1;
            return;
        }
        if el == El::Br {
            let i = self.tree.add(El::Br, NIL);
            self.seen.content = true;
            self.seen.in_body = true;
            return self.body_or_foster(|build| {
                build.reconstruct();
                build.insert(i);
            });
        }
        if el == El::Main && !self.patch {
            return self.end_was(El::Main);
        }
        if self.policy.fate(el) != Fate::Keep {
            if is_block(el) && self.policy.fate(el) == Fate::Unwrap {
                self.end_was(el);
            }
            return;
        }
        match self.mode {
            Mode::Body => self.end_in_body(el),
            Mode::Table => self.end_in_table(el),
            Mode::TableBody => self.end_in_table_body(el),
            Mode::Row => self.end_in_row(el),
            Mode::Cell => self.end_in_cell(el),
            Mode::Caption => self.end_in_caption(el),
            Mode::Columns => match el {
                El::Colgroup if self.current_el() == El::Colgroup => {
                    self.open.pop();
                    self.mode = Mode::Table;
                }
                El::Col => {}
                _ => {
                    if self.current_el() == El::Colgroup {
                        self.open.pop();
                        self.mode = Mode::Table;
                        self.end_in_table(el);
                    }
                }
            },
        }
    }

    fn body_or_foster(&mut self, act: impl FnOnce(&mut Self)) {
        match self.mode {
            Mode::Table | Mode::TableBody | Mode::Row => self.fostered(act),
            Mode::Columns => {
                self.open.pop();
                self.mode = Mode::Table;
                self.fostered(act);
            }
            _ => act(self),
        }
    }

    /// The end tag of a block that got another name.
    fn end_was(&mut self, was: El) {
        for at in (1..self.open.len()).rev() {
            let branch = self.tree.at(self.open[at]);
            if branch.was == was {
                return self.open.truncate(at);
            }
            if ends_scope(branch.el) {
                return;
            }
        }
    }

    // ---- text -----------------------------------------------------------

    fn text(&mut self, token: u32) {
        let text = self.tokens[token as usize].text;
        let space = text.is_spaces() || prints_space(self.tape.text(text));
        if text.is_empty() || space && !self.seen.in_body {
            return;
        }
        if !space {
            self.seen.in_body = true;
            self.seen.content = true;
        }
        match self.mode {
            Mode::Table | Mode::TableBody | Mode::Row if !space => {
                self.fostered(|build| build.text_in_body(token));
            }
            Mode::Table | Mode::TableBody | Mode::Row => self.put_text(token),
            Mode::Columns if space => self.put_text(token),
            Mode::Columns => {
                self.open.pop();
                self.mode = Mode::Table;
                self.fostered(|build| build.text_in_body(token));
            }
            _ => self.text_in_body(token),
        }
    }

    fn put_text(&mut self, token: u32) {
        let i = self.tree.add(El::Other, token);
        self.tree.at_mut(i).is_text = true;
        // A copy of a text is one without its first line feed.
        self.tree.at_mut(i).copy = self.after_pre
            && self.fresh
            && self.current_el() == El::Pre
            && self.tree.at(self.current()).first == NIL
            && self.tape.text(self.tokens[token as usize].text).starts_with('\n');
        self.insert(i);
    }
}

/// Blocks that policy may unwrap: their content starts a line of its own.
fn is_block(el: El) -> bool {
    matches!(
        el,
        El::Form
            | El::Fieldset
            | El::Legend
            | El::Dialog
            | El::Search
            | El::Hgroup
            | El::Details
            | El::Summary
            | El::Menu
            | El::Dir
            | El::Optgroup
    )
}

fn ends_scope(el: El) -> bool {
    matches!(
        el,
        El::Applet
            | El::Body
            | El::Button
            | El::Caption
            | El::Html
            | El::Marquee
            | El::Object
            | El::Table
            | El::Td
            | El::Template
            | El::Th
    )
}
