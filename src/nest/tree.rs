//! The tree that nesting builds: elements and texts with links to their
//! neighbours, so that HTML's rules can move what they must. Knows nothing of
//! those rules.

use crate::html::El;

pub(super) const NIL: u32 = u32::MAX;

/// An element or a text in the tree.
#[derive(Clone, Copy, Debug)]
pub(super) struct Branch {
    pub el: El,
    /// What the source called it, where HTML or policy gives it another name.
    pub was: El,
    /// The token it was made of; `NIL` where HTML implies it.
    pub token: u32,
    pub is_text: bool,
    /// A copy of a formatting element that is reopened.
    pub copy: bool,
    /// There is a copy of it.
    pub copied: bool,
    /// It was opened in an earlier window: its start tag is written already.
    pub carried: bool,
    /// The end tag that closed it, where that is asked for.
    pub ended: u32,
    pub parent: u32,
    pub first: u32,
    pub last: u32,
    pub next: u32,
    pub prev: u32,
}

#[derive(Default, Debug)]
pub(super) struct Tree {
    pub all: Vec<Branch>,
}

impl Tree {
    pub(super) fn add(&mut self, el: El, token: u32) -> u32 {
        self.all.push(Branch {
            el,
            was: el,
            token,
            is_text: false,
            copy: false,
            copied: false,
            carried: false,
            ended: NIL,
            parent: NIL,
            first: NIL,
            last: NIL,
            next: NIL,
            prev: NIL,
        });
        self.all.len() as u32 - 1
    }

    pub(super) fn at(&self, i: u32) -> &Branch {
        &self.all[i as usize]
    }

    pub(super) fn at_mut(&mut self, i: u32) -> &mut Branch {
        &mut self.all[i as usize]
    }

    /// Takes a branch out of its place, if it has one.
    pub(super) fn detach(&mut self, i: u32) {
        let Branch { parent, next, prev, .. } = *self.at(i);
        if parent == NIL {
            return;
        }
        match prev {
            NIL => self.at_mut(parent).first = next,
            prev => self.at_mut(prev).next = next,
        }
        match next {
            NIL => self.at_mut(parent).last = prev,
            next => self.at_mut(next).prev = prev,
        }
        let branch = self.at_mut(i);
        (branch.parent, branch.next, branch.prev) = (NIL, NIL, NIL);
    }

    /// Puts a branch behind the last child.
    pub(super) fn append(&mut self, parent: u32, i: u32) {
        self.detach(i);
        let last = self.at(parent).last;
        let branch = self.at_mut(i);
        (branch.parent, branch.prev) = (parent, last);
        match last {
            NIL => self.at_mut(parent).first = i,
            last => self.at_mut(last).next = i,
        }
        self.at_mut(parent).last = i;
    }

    /// Puts a branch before another.
    pub(super) fn insert_before(&mut self, sibling: u32, i: u32) {
        self.detach(i);
        let Branch { parent, prev, .. } = *self.at(sibling);
        let branch = self.at_mut(i);
        (branch.parent, branch.prev, branch.next) = (parent, prev, sibling);
        self.at_mut(sibling).prev = i;
        match prev {
            NIL => self.at_mut(parent).first = i,
            prev => self.at_mut(prev).next = i,
        }
    }

    /// Gives all children of one branch to another that has none.
    pub(super) fn move_children(&mut self, from: u32, to: u32) {
        let Branch { first, last, .. } = *self.at(from);
        let mut child = first;
        while child != NIL {
            self.at_mut(child).parent = to;
            child = self.at(child).next;
        }
        (self.at_mut(to).first, self.at_mut(to).last) = (first, last);
        (self.at_mut(from).first, self.at_mut(from).last) = (NIL, NIL);
    }
}
