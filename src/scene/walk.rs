//! Passes over a nested tape with the open elements at hand. What was removed
//! is passed over, unwrapped tags are silent. Every start is followed by its
//! end, at the tape's end if the element is still open there.

use crate::html::El;
use crate::tape::{Kind, NONE, Node, State, Tape};

/// Who listens to a walk.
pub(crate) trait Listen {
    /// A start tag. For void elements too; their end follows at once.
    fn start(&mut self, tape: &Tape, at: u32);
    /// A text.
    fn text(&mut self, tape: &Tape, at: u32);
    /// The end of the element that began at `start`. `complete` is false where
    /// the tape ends first.
    fn end(&mut self, tape: &Tape, start: u32, complete: bool);
}

/// Walks over the tape once.
pub(crate) fn walk(tape: &Tape, listener: &mut impl Listen) {
    along(tape, 0, tape.nodes.len() as u32, listener);
}

/// Walks over an element that is left, and what is in it.
pub(crate) fn walk_in(tape: &Tape, start: u32, listener: &mut impl Listen) {
    let end = (tape.end_of(start) + 1).min(tape.nodes.len() as u32);
    along(tape, start, end, listener);
}

fn along(tape: &Tape, mut at: u32, end: u32, listener: &mut impl Listen) {
    // As deep as most mail is.
    let mut open: Vec<u32> = Vec::with_capacity(64);
    while at < end {
        let node = &tape.nodes[at as usize];
        match (node.state, node.kind) {
            (State::Removed, Kind::Start) => {
                // With all that is in it.
                at = match node.mate {
                    NONE => tape.end_of(at).max(at + 1),
                    mate => mate + 1,
                };
                continue;
            }
            (State::Removed | State::Unwrapped, _) | (_, Kind::Comment) => {}
            (State::Kept, Kind::Start) => {
                listener.start(tape, at);
                if is_void(node) {
                    listener.end(tape, at, true);
                } else {
                    open.push(at);
                }
            }
            (State::Kept, Kind::End) if open.last() == Some(&node.mate) => {
                open.pop();
                listener.end(tape, node.mate, true);
            }
            (State::Kept, Kind::End) => {
                // Starts stand on the stack in the tape's order.
                let place = open.binary_search(&node.mate).unwrap_or(open.len());
                while open.len() > place {
                    let Some(start) = open.pop() else { break };
                    listener.end(tape, start, true);
                }
            }
            (State::Kept, Kind::Text) => listener.text(tape, at),
        }
        at += 1;
    }
    while let Some(start) = open.pop() {
        listener.end(tape, start, false);
    }
}

fn is_void(node: &Node) -> bool {
    node.el.is_void() || node.foreign && node.self_closing
}

/// Elements that begin and end a line of text.
pub(crate) fn is_block(el: El) -> bool {
    matches!(
        el,
        El::Address
            | El::Article
            | El::Aside
            | El::Blockquote
            | El::Body
            | El::Caption
            | El::Center
            | El::Dd
            | El::Details
            | El::Dialog
            | El::Dir
            | El::Div
            | El::Dl
            | El::Dt
            | El::Fieldset
            | El::Figcaption
            | El::Figure
            | El::Footer
            | El::Form
            | El::H1
            | El::H2
            | El::H3
            | El::H4
            | El::H5
            | El::H6
            | El::Header
            | El::Hgroup
            | El::Hr
            | El::Html
            | El::Legend
            | El::Li
            | El::Listing
            | El::Main
            | El::Menu
            | El::Nav
            | El::Ol
            | El::P
            | El::Plaintext
            | El::Pre
            | El::Search
            | El::Section
            | El::Summary
            | El::Table
            | El::Tbody
            | El::Td
            | El::Tfoot
            | El::Th
            | El::Thead
            | El::Tr
            | El::Ul
            | El::Xmp
    )
}
