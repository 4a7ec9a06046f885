//! The way back from the tree to the tape: nodes in order, with the tags that
//! stand for `html`, `body` and `main`, each told its mate and its parent.

use super::Settings;
use super::head::Seen;
use super::tree::{Branch, NIL, Tree};
use crate::html::El;
use crate::tape::{Kind, NONE, Node, Span, State, Tape};

/// The tree as start tags, texts and end tags in order.
pub(super) fn flatten(tape: &Tape, tokens: &[Node], tree: &Tree, still_open: &[u32]) -> Vec<Node> {
    // With room for the shell's own tags.
    let mut nodes = Vec::with_capacity(tree.all.len() + tree.all.len() / 2 + 6);
    let mut i = tree.at(0).first;
    while i != NIL {
        let branch = tree.at(i);
        enter(tape, tokens, branch, &mut nodes);
        if branch.first != NIL {
            i = branch.first;
            continue;
        }
        loop {
            let branch = tree.at(i);
            leave(tokens, branch, still_open.contains(&i), &mut nodes);
            if branch.next != NIL {
                i = branch.next;
                break;
            }
            i = branch.parent;
            if i == 0 || i == NIL {
                return nodes;
            }
        }
    }
    nodes
}

fn enter(tape: &Tape, tokens: &[Node], branch: &Branch, nodes: &mut Vec<Node>) {
    if branch.carried {
        return;
    }
    if branch.is_text {
        let mut node = tokens[branch.token as usize];
        if branch.copy {
            let len = tape.text(node.text).len();
            node.text = node.text.slice(1, len);
            if len == 1 {
                return;
            }
        }
        node.el = El::Other;
        return nodes.push(node);
    }
    let mut node = match branch.token {
        NIL => {
            let mut node = Node::new(Kind::Start, branch.el, Span::default());
            node.implied = true;
            node
        }
        token => tokens[token as usize],
    };
    (node.el, node.was) = (branch.el, branch.el);
    // What is in the tree is HTML, also where the tokenizer thinks that an
    // `<svg/>` before it is open.
    node.foreign = false;
    if branch.copy {
        node.implied = true;
        node.span = Span::default();
    }
    node.shared |= branch.copy || branch.copied;
    nodes.push(node);
}

fn leave(tokens: &[Node], branch: &Branch, open: bool, nodes: &mut Vec<Node>) {
    if branch.is_text || branch.el.is_void() || open {
        return;
    }
    let mut node = match branch.ended {
        NIL => Node::new(Kind::End, branch.el, Span::default()),
        token => tokens[token as usize],
    };
    node.el = branch.el;
    nodes.push(node);
}

/// The tags of `html`, `body` and `main` before the content: always there, so
/// that rooms can judge and change them.
pub(super) fn with_shell(
    tokens: &[Node],
    seen: &Seen,
    mut content: Vec<Node>,
    settings: Settings<'_>,
) -> Vec<Node> {
    let tag = |el: El, token: Option<u32>| {
        let mut node = match token {
            Some(token) => tokens[token as usize],
            None => {
                let mut node = Node::new(Kind::Start, el, Span::default());
                node.implied = true;
                node
            }
        };
        (node.el, node.was, node.foreign) = (el, el, false);
        node
    };
    let mut main = tag(El::Main, seen.main);
    if settings.fragment || settings.patch {
        main.state = State::Unwrapped;
    }
    content.splice(0..0, [tag(El::Html, seen.html), tag(El::Body, seen.body), main]);
    content
}

/// Tells every tag its mate and its parent.
pub(super) fn pair(tape: &mut Tape, last: bool) {
    if last && tape.nodes.first().is_some_and(|n| n.kind == Kind::Start && n.el == El::Html) {
        for el in [El::Main, El::Body, El::Html] {
            let mut node = Node::new(Kind::End, el, Span::default());
            node.implied = true;
            node.state = match el {
                El::Main => tape.nodes[2].state,
                _ => State::Kept,
            };
            tape.nodes.push(node);
        }
    }
    let Tape { nodes, starts, .. } = tape;
    starts.clear();
    starts.reserve(nodes.len() / 3);
    let mut open: Vec<u32> = Vec::with_capacity(64);
    for i in 0..nodes.len() as u32 {
        let ended = if nodes[i as usize].kind == Kind::End { open.pop() } else { None };
        if let Some(start) = ended {
            nodes[start as usize].mate = i;
        }
        let node = &mut nodes[i as usize];
        node.parent = open.last().copied().unwrap_or(NONE);
        match node.kind {
            Kind::Start => {
                node.mate = NONE;
                starts.push(i);
                if !node.el.is_void() {
                    open.push(i);
                }
            }
            Kind::End => node.mate = ended.unwrap_or(NONE),
            Kind::Text | Kind::Comment => {}
        }
    }
}
