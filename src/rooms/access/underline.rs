//! Links in running text that only their colour tells from it (WCAG 1.4.1) get
//! an underline.

use super::paint::Painted;
use super::{Plan, style};
use crate::css::{Decoration, Look, contrast, look, without_property};
use crate::finding::Why;
use crate::hash::HashMap;
use crate::html::{At, El};
use crate::scene::{Scene, is_blank, is_block};
use crate::tag::Tag;
use crate::tape::Tape;

/// Only its colour tells it from the text around it.
const UNDERLINE: &str = "access.link.plain";
/// Colours this far apart tell a link without an underline (WCAG, G183).
const APART: f64 = 3.0;

/// A link that gets an underline.
#[derive(Clone, Copy, Debug)]
pub(super) struct Underline {
    important: bool,
}

pub(super) fn visit(tag: &mut Tag<'_>, _: &Scene<'_>, plan: &Plan) {
    let Some(underline) = plan.underlines.get(&tag.index()) else { return };
    let old = tag.get(At::Style).unwrap_or_default();
    let value = if underline.important { "underline!important" } else { "underline" };
    let mut style = style::with(old, "text-decoration", value);
    if look(&style).text_decoration != Some(Decoration::Underline) {
        let others = without_property(old, "text-decoration");
        style = format!("text-decoration:underline!important;{others}");
    }
    tag.set(At::Style, &style, Why::rule(UNDERLINE));
}

/// Learns which links stand in running text: in a line of their block that
/// holds more text outside links than in them.
pub(super) struct Running<'a> {
    scene: &'a Scene<'a>,
    blocks: Vec<Block>,
    /// The texts of the lines of all blocks that are open, each with whether
    /// it stands in a link. Measured only where a line has plain links.
    texts: Vec<(u32, bool)>,
    open: Vec<u32>,
    /// How deep in links the text at hand is.
    links: u32,
    pub found: HashMap<u32, Underline>,
}

/// A block, or what of it stands between two line breaks.
struct Block {
    at: u32,
    painted: Painted,
    /// Where its texts begin.
    texts: usize,
    plain: Vec<(u32, Underline)>,
}

impl<'a> Running<'a> {
    pub(super) fn new(scene: &'a Scene<'a>) -> Self {
        Running {
            scene,
            blocks: Vec::new(),
            texts: Vec::new(),
            open: Vec::new(),
            links: 0,
            found: HashMap::default(),
        }
    }

    pub(super) fn start(
        &mut self,
        tape: &Tape,
        at: u32,
        painted: Painted,
        said: &Look,
        parent: Painted,
        leads: bool,
    ) {
        let el = tape.nodes[at as usize].el;
        if self.blocks.is_empty() || is_block(el) {
            let painted = if is_block(el) { painted } else { parent };
            let texts = self.texts.len();
            self.blocks.push(Block { at, painted, texts, plain: Vec::new() });
        }
        if el == El::Br {
            self.line_end(tape);
        }
        if el != El::A || !leads {
            return;
        }
        let Some(block) = self.blocks.last_mut() else { return };
        self.open.push(at);
        self.links += 1;
        let apart = match (painted.text, block.painted.text, painted.back, block.painted.back) {
            (Some(link), Some(text), Some(on), Some(behind)) => {
                contrast(link, text) >= APART || contrast(on, behind) >= APART
            }
            _ => false,
        };
        let is_plain = said.text_decoration == Some(Decoration::None)
            // A box of its own tells it.
            && said.display_none.is_none()
            && !apart
            && painted.bold == block.painted.bold
            && self.scene.link(at).is_some_and(|link| !is_blank(&link.text))
            && !self.scene.is_hidden(at);
        if is_plain {
            let mut over = said.clone();
            over.overlay(&Look { text_decoration: Some(Decoration::Underline), ..Look::default() });
            let important = over.text_decoration != Some(Decoration::Underline);
            block.plain.push((at, Underline { important }));
        }
    }

    pub(super) fn text(&mut self, at: u32) {
        if !self.blocks.is_empty() && !self.scene.is_hidden(at) {
            self.texts.push((at, self.links > 0));
        }
    }

    /// The innermost block's line ends: by what was in it, its links stand in
    /// running text or not.
    fn line_end(&mut self, tape: &Tape) {
        let Some(block) = self.blocks.last_mut() else { return };
        let texts = self.texts.drain(block.texts..);
        if block.plain.is_empty() {
            return;
        }
        let (mut bare, mut linked) = (0, 0);
        for (at, in_link) in texts {
            let length = without_spaces(tape.text(tape.nodes[at as usize].text));
            *(if in_link { &mut linked } else { &mut bare }) += length;
        }
        let plain = std::mem::take(&mut block.plain);
        if bare > linked {
            self.found.extend(plain);
        }
    }

    pub(super) fn end(&mut self, tape: &Tape, start: u32) {
        if self.open.pop_if(|at| *at == start).is_some() {
            self.links -= 1;
        }
        if self.blocks.last().is_some_and(|block| block.at == start) {
            self.line_end(tape);
            self.blocks.pop();
        }
    }
}

/// How long a text is without its white space, in bytes.
fn without_spaces(text: &str) -> usize {
    if text.is_ascii() {
        // Without a branch for each byte.
        return text.bytes().filter(|b| !matches!(b, b'\t'..=b'\r' | b' ')).count();
    }
    text.split_whitespace().map(str::len).sum()
}

#[cfg(test)]
mod tests {
    use super::super::tests::rinsed;
    use super::without_spaces;

    #[test]
    fn ascii_counts_as_all_text_does() {
        for byte in 0..=0x7fu8 {
            let text = format!("a{}b", char::from(byte));
            let all: usize = text.split_whitespace().map(str::len).sum();
            assert_eq!(without_spaces(&text), all, "{byte}");
        }
        assert_eq!(without_spaces("a\u{a0}\u{e9} b"), 4);
    }

    const PLAIN: &str = "<a href=\"x\" style=\"color:#333333;text-decoration:none\">here</a>";
    const LINED: &str = "<a href=\"x\" style=\"color:#333333;text-decoration:underline\">here</a>";

    #[test]
    fn in_running_text() {
        let html = format!("<p>Read the whole story {PLAIN} today.</p>");
        assert_eq!(rinsed(&html), html.replace(PLAIN, LINED));
    }

    #[test]
    fn not_elsewhere() {
        for html in [
            format!("<p>{PLAIN}</p>"),
            format!("<p>Read the whole story here today.<br>{PLAIN}</p>"),
            format!("<p>{PLAIN} | {PLAIN}</p>"),
            format!("<p>Read the whole story <b>{PLAIN}</b> today.</p>"), // bold tells it
            // Its colour is far from the text's.
            "<p>Read the whole story <a href=\"x\" style=\"color:#0070c0;text-decoration:none\">here</a> today.</p>".to_owned(),
        ] {
            assert_eq!(rinsed(&html), html);
        }
    }

    #[test]
    fn over_a_sheet_that_insists() {
        let html = rinsed(
            "<style>a{text-decoration:none!important;color:#111111}</style><p>Read the whole story <a href=\"x\">here</a>.</p>",
        );
        assert!(
            html.contains("<a href=\"x\" style=\"text-decoration:underline!important\">"),
            "{html}"
        );
    }
}
