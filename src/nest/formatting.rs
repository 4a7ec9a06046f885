//! The list of active formatting elements: what is reopened after a block, and
//! what an end tag in the wrong place does (WHATWG "the adoption agency
//! algorithm").

use super::build::Build;
use super::tree::NIL;
use crate::html::El;

/// How many entries are remembered. Browsers set no limit; ours keeps every
/// search bounded, and what is forgotten is only not reopened.
const MOST: usize = 128;

/// An entry; `None` is the standard's marker.
pub(super) type Entry = Option<u32>;

impl Build<'_> {
    /// Remembers a formatting element. Of more than three alike, the first is
    /// forgotten (the "Noah's Ark clause").
    pub(super) fn push_formatting(&mut self, i: u32) {
        let mut alike = 0;
        let mut earliest = 0;
        for (at, entry) in self.formatting.iter().enumerate().rev() {
            let Some(other) = *entry else { break };
            if self.same(other, i) {
                alike += 1;
                earliest = at;
            }
        }
        if alike >= 3 {
            self.formatting.remove(earliest);
        }
        if self.formatting.len() >= MOST {
            self.formatting.remove(0);
        }
        self.formatting.push(Some(i));
    }

    fn same(&self, a: u32, b: u32) -> bool {
        let (a, b) = (self.tree.at(a), self.tree.at(b));
        if a.el != b.el {
            return false;
        }
        if a.token == b.token {
            return true;
        }
        if a.token == NIL || b.token == NIL {
            return false;
        }
        self.same_attributes(a.token, b.token)
    }

    pub(super) fn clear_to_marker(&mut self) {
        while let Some(Some(_)) = self.formatting.pop() {}
    }

    pub(super) fn forget(&mut self, i: u32) {
        if let Some(at) = self.formatting.iter().rposition(|e| *e == Some(i)) {
            self.formatting.remove(at);
        }
    }

    /// The last entry of this element behind the last marker.
    pub(super) fn active(&self, el: El) -> Option<u32> {
        self.formatting.iter().rev().map_while(|entry| *entry).find(|&i| self.tree.at(i).el == el)
    }

    /// Reopens what a block has closed.
    pub(super) fn reconstruct(&mut self) {
        let Some(Some(last)) = self.formatting.last().copied() else { return };
        if self.is_open(last) {
            return;
        }
        let mut at = self.formatting.len() - 1;
        while at > 0 {
            match self.formatting[at - 1] {
                Some(i) if !self.is_open(i) => at -= 1,
                _ => break,
            }
        }
        for at in at..self.formatting.len() {
            let Some(old) = self.formatting[at] else { continue };
            if self.too_deep() {
                self.told_depth();
                return;
            }
            let copy = self.copy(old);
            self.insert(copy);
            self.open.push(copy);
            self.formatting[at] = Some(copy);
        }
    }

    /// A new element like an old one.
    fn copy(&mut self, old: u32) -> u32 {
        self.tree.at_mut(old).copied = true;
        let mut branch = *self.tree.at(old);
        (branch.parent, branch.first, branch.last) = (NIL, NIL, NIL);
        (branch.next, branch.prev) = (NIL, NIL);
        branch.copy = true;
        branch.carried = false;
        self.tree.all.push(branch);
        self.tree.all.len() as u32 - 1
    }

    /// An end tag (or a start tag that may not be inside its like) of a
    /// formatting element.
    pub(super) fn adopt(&mut self, el: El) {
        let current = self.current();
        if self.tree.at(current).el == el && !self.formatting.contains(&Some(current)) {
            self.open.pop();
            return;
        }
        for _ in 0..8 {
            let Some(formatting) = self.active(el) else { return self.any_other_end(el) };
            let Some(at) = self.open.iter().rposition(|&i| i == formatting) else {
                return self.forget(formatting);
            };
            if !self.in_scope_node(formatting) {
                return;
            }
            let block = self.open[at + 1..].iter().position(|&i| self.tree.at(i).el.is_special());
            let Some(block) = block.map(|i| at + 1 + i) else {
                self.open.truncate(at);
                return self.forget(formatting);
            };
            self.odd = true;
            if self.must_not_move(at, block) {
                // The block stays where it is; nothing is reopened any more.
                return self.forget(formatting);
            }
            self.adopt_block(formatting, at, block);
        }
    }

    /// Moves a block out of the formatting element that it is in.
    fn adopt_block(&mut self, formatting: u32, at: usize, block_at: usize) {
        let block = self.open[block_at];
        let ancestor = self.open[at - 1];
        let mut bookmark =
            self.formatting.iter().position(|e| *e == Some(formatting)).unwrap_or_default();
        let mut last = block;
        let mut node_at = block_at;
        let mut inner = 0;
        // The stack above the block loses what is not reopened.
        while node_at > at + 1 {
            node_at -= 1;
            inner += 1;
            let node = self.open[node_at];
            let mut entry = self.formatting.iter().position(|e| *e == Some(node));
            if inner > 3
                && let Some(i) = entry.take()
            {
                self.formatting.remove(i);
                if i < bookmark {
                    bookmark -= 1;
                }
            }
            let Some(entry) = entry else {
                self.open.remove(node_at);
                continue;
            };
            let copy = self.copy(node);
            self.formatting[entry] = Some(copy);
            self.open[node_at] = copy;
            if last == block {
                bookmark = entry + 1;
            }
            self.tree.append(copy, last);
            last = copy;
        }
        self.tree.detach(last);
        self.insert_into(ancestor, last);
        let copy = self.copy(formatting);
        self.tree.move_children(block, copy);
        self.tree.append(block, copy);
        if let Some(i) = self.formatting.iter().position(|e| *e == Some(formatting)) {
            self.formatting.remove(i);
            if i < bookmark {
                bookmark -= 1;
            }
        }
        self.formatting.insert(bookmark.min(self.formatting.len()), Some(copy));
        self.open.retain(|&i| i != formatting);
        let at = self.open.iter().rposition(|&i| i == block).unwrap_or(self.open.len() - 1);
        self.open.insert(at + 1, copy);
    }

    /// Whether a part of what would have to move is written already, or is
    /// part of a table, which would give a tree that does not read back.
    fn must_not_move(&self, at: usize, block: usize) -> bool {
        at == 0
            || self.strict
            || self.open[at..=block].iter().any(|&i| self.tree.at(i).carried)
            || matches!(
                self.tree.at(self.open[block]).el,
                El::Table | El::Tbody | El::Thead | El::Tfoot | El::Tr | El::Colgroup | El::Caption
            )
    }
}
