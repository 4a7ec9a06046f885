//! What goes with its content: where that ends.

use super::{Build, Mode};
use crate::html::{At, El};
use crate::tape::{Kind, Node, Tape};

/// What is skipped with its content.
pub(super) struct Skip {
    el: El,
    pub token: u32,
    /// Of the same name within it.
    nested: u32,
    foreign: bool,
    /// Open integration points of foreign content.
    integration: u32,
}

impl Build<'_> {
    pub(super) fn begin_skip(&mut self, el: El, token: u32) {
        let node = &self.tokens[token as usize];
        let foreign = matches!(el, El::Svg | El::Math);
        if el.is_void() || foreign && node.self_closing {
            self.seen.dropped.push(token);
            return;
        }
        self.skip = Some(Skip { el, token, nested: 0, foreign, integration: 0 });
    }

    /// Whether the skipped content ends before this token (and the token is to
    /// be read).
    pub(super) fn end_of_skip(&mut self, token: u32) -> bool {
        let node = &self.tokens[token as usize];
        let Some(skip) = self.skip.as_mut() else { return true };
        if node.kind == Kind::Text {
            if skip.el == El::Title || skip.el == El::Style {
                self.seen.text_of_head(skip.el, skip.token, token);
            }
            return false;
        }
        let integration = matches!(
            self.tape.text(node.text).to_ascii_lowercase().as_str(),
            "foreignobject"
                | "desc"
                | "title"
                | "mi"
                | "mo"
                | "mn"
                | "ms"
                | "mtext"
                | "annotation-xml"
        );
        // What a select that has no end of its own ends at: a field, or the cell
        // that it is in.
        let table_part = matches!(
            node.el,
            El::Caption | El::Table | El::Tbody | El::Td | El::Tfoot | El::Th | El::Thead | El::Tr
        );
        if skip.el == El::Select
            && (node.kind == Kind::Start && node.el == El::Input
                || table_part && self.mode != Mode::Body)
        {
            return self.finish_skip();
        }
        match node.kind {
            Kind::Start => {
                if skip.foreign && skip.integration == 0 && breaks_out(node, self.tape) {
                    self.seen.fragile(node.span.start);
                    return self.finish_skip();
                }
                if skip.foreign && integration && !node.self_closing {
                    skip.integration += 1;
                } else if node.el == skip.el {
                    match skip.el {
                        // A select in a select ends it.
                        El::Select => {
                            self.finish_skip();
                        }
                        _ if !node.self_closing || !skip.foreign => skip.nested += 1,
                        _ => {}
                    }
                }
            }
            Kind::End => {
                if node.el == skip.el {
                    if skip.nested == 0 {
                        self.finish_skip();
                    } else {
                        skip.nested -= 1;
                    }
                } else if skip.foreign && integration {
                    skip.integration = skip.integration.saturating_sub(1);
                } else if skip.foreign && skip.integration == 0 && matches!(node.el, El::P | El::Br)
                {
                    return self.finish_skip();
                }
            }
            _ => {}
        }
        false
    }

    fn finish_skip(&mut self) -> bool {
        if let Some(skip) = self.skip.take() {
            self.seen.dropped.push(skip.token);
        }
        true
    }
}

/// HTML start tags that end SVG and MathML.
fn breaks_out(node: &Node, tape: &Tape) -> bool {
    if node.el == El::Font {
        return [At::Color, At::Face, At::Size].iter().any(|&at| tape.attr_in(node, at).is_some());
    }
    matches!(
        node.el,
        El::B
            | El::Big
            | El::Blockquote
            | El::Body
            | El::Br
            | El::Center
            | El::Code
            | El::Dd
            | El::Div
            | El::Dl
            | El::Dt
            | El::Em
            | El::Embed
            | El::H1
            | El::H2
            | El::H3
            | El::H4
            | El::H5
            | El::H6
            | El::Head
            | El::Hr
            | El::I
            | El::Img
            | El::Li
            | El::Listing
            | El::Menu
            | El::Meta
            | El::Nobr
            | El::Ol
            | El::P
            | El::Pre
            | El::Ruby
            | El::S
            | El::Small
            | El::Span
            | El::Strong
            | El::Strike
            | El::Sub
            | El::Sup
            | El::Table
            | El::Tt
            | El::U
            | El::Ul
            | El::Var
    )
}
