//! The heading of a document that has none: an `h1` before all else (WCAG
//! 1.3.1, 2.4.6). It stands on the tape, so that every room judges it.

use crate::html::{At, El};
use crate::scene::is_blank;
use crate::tape::{Kind, Node, Span, Tape};

/// Whether anything is told by a heading.
pub(super) fn is_there(tape: &Tape, nodes: &[Node]) -> bool {
    let (mut depth, mut inside) = (0_u32, None);
    for node in nodes {
        match node.kind {
            Kind::Start if inside.is_some() && node.el == El::Img => return true,
            Kind::Start if !node.el.is_void() => {
                depth += 1;
                let says = |role: &str| role.trim().eq_ignore_ascii_case("heading");
                if node.el.is_heading() || tape.attr_in(node, At::Role).is_some_and(says) {
                    inside.get_or_insert(depth);
                }
            }
            Kind::End => {
                inside = inside.filter(|&start| start != depth);
                depth = depth.saturating_sub(1);
            }
            Kind::Text if inside.is_some() && !is_blank(tape.text(node.text)) => return true,
            _ => {}
        }
    }
    false
}

/// A heading that the source does not have.
pub(super) fn made(tape: &mut Tape, text: &str) -> [Node; 3] {
    let text = tape.make(text);
    [(Kind::Start, El::H1), (Kind::Text, El::H1), (Kind::End, El::H1)].map(|(kind, el)| {
        let mut node = Node::new(kind, el, Span::default());
        node.implied = true;
        if kind == Kind::Text {
            node.text = text;
        }
        node
    })
}
