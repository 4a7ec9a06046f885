//! The writer of level clean: generates every byte. `<` only before a name of
//! the grammar, values double-quoted, text and values escaped, no comment, no
//! raw text but the one `style` of the shell; what it opens it closes, in
//! order.

use super::shell::Shell;
use super::{Clean, grammar};
use crate::charref::{push_attribute, push_text};
use crate::html::{At, El, prints_space};
use crate::scene::Shape;
use crate::tape::{Kind, NONE, Node, State, Tape, Val};
use std::ops::Range;

/// What was written of an element that is still open.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Open {
    Written(El),
    /// Its tags were left out.
    Bare,
    /// It is left out with its content.
    Removed,
}

/// Writes window by window.
#[derive(Debug, Default)]
pub(crate) struct Emit {
    out: Clean,
    begun: bool,
    open: Vec<Open>,
    removed: usize,
    /// White space at the top level waits for what comes behind it: at the
    /// beginning and at the end there is none.
    space: String,
    written: bool,
    after_pre: bool,
    content_start: usize,
}

impl Emit {
    /// Writes a judged window.
    pub(crate) fn window(&mut self, tape: &Tape, shell: &Shell) {
        let mut at = 0;
        self.out.0.reserve(tape.source.len() + tape.source.len() / 4);
        if !self.begun {
            self.begun = true;
            self.push_shell(tape, shell);
            at = tape.shell_nodes as usize;
        }
        while at < tape.nodes.len() {
            let node = &tape.nodes[at];
            match node.kind {
                Kind::Comment => {}
                Kind::Text => self.text(tape, node.text),
                Kind::Start => {
                    if node.state == State::Removed && node.mate != NONE {
                        at = node.mate as usize + 1;
                        continue;
                    }
                    self.start(tape, at as u32, node);
                }
                Kind::End if is_shell(node, tape) => {}
                Kind::End => self.end(),
            }
            at += 1;
        }
    }

    /// Closes what is open. Gives the whole and where the content is in it.
    pub(crate) fn finish(mut self, shell: &Shell) -> (Clean, Range<usize>) {
        if !self.begun {
            self.window(&Tape::default(), shell);
        }
        while !self.open.is_empty() {
            self.end();
        }
        let content = self.content_start..self.out.0.len();
        self.out.0.extend_from_slice(match shell.shape {
            Shape::Document => b"</main></body></html>\n".as_slice(),
            Shape::Fragment => b"</div></div>\n",
        });
        (self.out, content)
    }

    /// Takes what is written so far, for a stream.
    pub(crate) fn take(&mut self) -> Vec<u8> {
        self.out.take()
    }

    fn push_shell(&mut self, tape: &Tape, shell: &Shell) {
        let out = &mut self.out.0;
        shell.push_head(out);
        let attrs = |out: &mut Vec<u8>, node: usize, skip: &[At]| {
            if node < tape.shell_nodes as usize {
                push_attributes(out, tape, node as u32, skip);
            }
        };
        let language = |out: &mut Vec<u8>| {
            for (name, value) in [(At::Lang, shell.lang.as_deref()), (At::Dir, shell.dir)] {
                if let Some(value) = value {
                    out.extend_from_slice(name.before_value().as_bytes());
                    push_attribute(out, value);
                    out.push(b'"');
                }
            }
        };
        match shell.shape {
            Shape::Document => {
                out.extend_from_slice(b"<body");
                attrs(out, 1, &[At::Lang, At::Dir]);
                out.extend_from_slice(b"><main");
                language(out);
                attrs(out, 2, &[At::Lang, At::Dir]);
                out.push(b'>');
            }
            Shape::Fragment => {
                shell.push_wrapper(out);
                out.extend_from_slice(b"<div class=\"");
                out.extend_from_slice(crate::nest::BODY.as_bytes());
                let class = match tape.shell_nodes {
                    0 => None,
                    _ => tape.attr(1, At::Class),
                };
                for class in [shell.scope.as_deref(), class].into_iter().flatten() {
                    out.push(b' ');
                    push_attribute(out, class);
                }
                out.push(b'"');
                language(out);
                attrs(out, 1, &[At::Lang, At::Dir, At::Class]);
                out.push(b'>');
            }
        }
        self.content_start = self.out.0.len();
    }

    fn start(&mut self, tape: &Tape, at: u32, node: &Node) {
        let open = match node.state {
            // What stood between the two has gone, and the inner one would end
            // the outer.
            State::Kept if node.el.is_heading() && self.in_heading() => Open::Bare,
            State::Kept if grammar::element(node.el) => Open::Written(node.el),
            State::Removed => Open::Removed,
            _ => Open::Bare,
        };
        if open == Open::Removed {
            // Its end is not in this window.
            if !node.el.is_void() {
                self.removed += 1;
                self.open.push(open);
            }
            return;
        }
        if let (Open::Written(el), 0) = (open, self.removed) {
            self.flush_space();
            let out = &mut self.out.0;
            out.push(b'<');
            out.extend_from_slice(el.name().as_bytes());
            push_attributes(out, tape, at, &[]);
            out.push(b'>');
            self.written = true;
            self.after_pre = el == El::Pre;
        }
        if !node.el.is_void() {
            self.open.push(open);
        }
    }

    fn in_heading(&self) -> bool {
        let written = |open: &Open| match open {
            Open::Written(el) => Some(*el),
            _ => None,
        };
        self.open.iter().rev().find_map(written).is_some_and(El::is_heading)
    }

    fn end(&mut self) {
        match self.open.pop() {
            Some(Open::Written(el)) if self.removed == 0 => {
                self.flush_space();
                self.out.0.extend_from_slice(el.end_tag().as_bytes());
                self.after_pre = false;
            }
            Some(Open::Removed) => self.removed -= 1,
            _ => {}
        }
    }

    fn text(&mut self, tape: &Tape, val: Val) {
        let text = tape.text(val);
        if self.removed > 0 || text.is_empty() {
            return;
        }
        let top = !self.open.iter().any(|o| matches!(o, Open::Written(_)));
        if top && (val.is_spaces() || prints_space(text)) {
            if self.written {
                self.space.push_str(text);
            }
            return;
        }
        self.flush_space();
        self.written = true;
        let before = self.out.0.len();
        push_val(&mut self.out.0, tape, val, push_text);
        // The parser overlooks a line feed behind `<pre>`.
        if std::mem::take(&mut self.after_pre) {
            if self.out.0.len() == before {
                self.after_pre = true;
            } else if self.out.0[before] == b'\n' {
                self.out.0.insert(before, b'\n');
            }
        }
    }

    fn flush_space(&mut self) {
        if !self.space.is_empty() {
            push_text(&mut self.out.0, &self.space);
            self.space.clear();
        }
    }
}

/// The end tags of `html`, `body` and `main`, which the shell writes.
fn is_shell(node: &Node, tape: &Tape) -> bool {
    matches!(node.el, El::Html | El::Body)
        || node.el == El::Main
            && (node.mate == 2 && tape.shell_nodes == 3 || node.implied && node.mate == NONE)
}

fn push_attributes(out: &mut Vec<u8>, tape: &Tape, at: u32, skip: &[At]) {
    for attr in tape.attrs_of(at) {
        match attr.at {
            At::Other => {
                let name = tape.text(attr.other);
                if !grammar::other_attribute(name) {
                    continue;
                }
                out.push(b' ');
                out.extend_from_slice(name.as_bytes());
                out.extend_from_slice(b"=\"");
            }
            at if !grammar::attribute(at) || skip.contains(&at) => continue,
            at => out.extend_from_slice(at.before_value().as_bytes()),
        }
        push_val(out, tape, attr.value, push_attribute);
        out.push(b'"');
    }
}

/// Copies what was seen to need no escape; `escape` writes all else.
fn push_val(out: &mut Vec<u8>, tape: &Tape, val: Val, escape: fn(&mut Vec<u8>, &str)) {
    let text = tape.text(val);
    if val.is_plain() {
        out.extend_from_slice(text.as_bytes());
    } else {
        escape(out, text);
    }
}
