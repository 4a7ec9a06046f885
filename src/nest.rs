//! Gives the flat tape HTML's structure.

use crate::tape::{Kind, Node, Tape};

/// Pairs start and end tags. (The real thing follows.)
pub(crate) fn nest(tape: &mut Tape) {
    let mut open: Vec<u32> = Vec::new();
    let mut out: Vec<Node> = Vec::with_capacity(tape.nodes.len());
    for node in std::mem::take(&mut tape.nodes) {
        let mut node = node;
        node.parent = open.last().copied().unwrap_or(crate::tape::NONE);
        match node.kind {
            Kind::Start => {
                if !node.el.is_void() {
                    open.push(out.len() as u32);
                }
                out.push(node);
            }
            Kind::End => {
                let Some(at) = open.iter().rposition(|&i| out[i as usize].el == node.el) else {
                    continue;
                };
                while open.len() > at {
                    let Some(start) = open.pop() else { break };
                    let mut end = node;
                    end.el = out[start as usize].el;
                    end.mate = start;
                    end.parent = out[start as usize].parent;
                    out[start as usize].mate = out.len() as u32;
                    out.push(end);
                }
            }
            _ => out.push(node),
        }
    }
    tape.nodes = out;
}

/// A nested tape of a whole mail, for tests of rooms.
#[cfg(test)]
pub(crate) fn tape_of(html: &str) -> Tape {
    let mut reader = crate::read::Reader::new(&crate::limits::Limits::default(), false);
    reader.feed(html).expect("within the limits");
    reader.end().expect("within the limits");
    let mut tape = reader.take_rest();
    tape.decode();
    nest(&mut tape);
    tape
}
