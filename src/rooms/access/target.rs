//! Lines of links that stand close above each other (WCAG 2.5.8): each gets a
//! height that a finger meets. Links in running text are exempt there; of a
//! line by itself it cannot be told how much room is around it.

use super::paint::Painted;
use super::{Plan, style};
use crate::css::{Look, look};
use crate::finding::Why;
use crate::hash::HashMap;
use crate::html::{At, El};
use crate::scene::{Scene, is_blank, is_block};
use crate::tag::Tag;
use crate::tape::Tape;

/// Lines of links that stand close above each other.
const CLOSE: &str = "access.target.close";

/// What WCAG 2.5.8 asks for, in CSS pixels.
const LEAST: f32 = 24.0;

/// Letters that are surely as wide as that.
const WIDE: usize = 3;

/// At most so many letters beside its links make a line of its own.
const SHORT: usize = 60;

/// A link that gets a height, and, where it has few letters, a width.
#[derive(Clone, Copy, Debug)]
pub(super) struct Close {
    narrow: bool,
}

pub(super) fn visit(tag: &mut Tag<'_>, _: &Scene<'_>, plan: &Plan) {
    let Some(close) = plan.targets.get(&tag.index()) else { return };
    let old = tag.get(At::Style).unwrap_or_default();
    let mut new = style::with(old, "display", "inline-block");
    new = style::with(&new, "min-height", "24px");
    if close.narrow {
        new = style::with(&new, "min-width", "24px");
    }
    if look(&new).display_none.is_none() {
        // Behind a style that does not end it is not read.
        let narrow = if close.narrow { "min-width:24px;" } else { "" };
        new = format!("display:inline-block;min-height:24px;{narrow}{old}");
    }
    tag.set(At::Style, &new, Why::rule(CLOSE));
}

/// Learns which lines hold nothing but links, and follow each other.
pub(super) struct Lines<'a> {
    scene: &'a Scene<'a>,
    /// Links of the line at hand that may get a height.
    line: Vec<(u32, Close)>,
    /// Those of the line before, if that had links.
    last: Option<Vec<(u32, Close)>>,
    /// The line holds something else than links: a picture, or so many
    /// letters.
    other: bool,
    letters: usize,
    /// The line holds a link of any kind.
    linked: bool,
    links: u32,
    open: Vec<u32>,
    pub found: HashMap<u32, Close>,
}

impl<'a> Lines<'a> {
    pub(super) fn new(scene: &'a Scene<'a>) -> Self {
        Lines {
            scene,
            line: Vec::new(),
            last: None,
            other: false,
            letters: 0,
            linked: false,
            links: 0,
            open: Vec::new(),
            found: HashMap::default(),
        }
    }

    pub(super) fn start(
        &mut self,
        tape: &Tape,
        at: u32,
        painted: Painted,
        look: &Look,
        leads: bool,
    ) {
        let el = tape.nodes[at as usize].el;
        if is_block(el) || el == El::Br {
            self.line_end();
        }
        match el {
            // A picture makes the line as high as itself, and a rule parts lines.
            El::Img | El::Hr => {
                self.other = true;
                self.line_end();
            }
            El::A if leads && !self.scene.is_hidden(at) => {
                self.links += 1;
                self.linked = true;
                self.open.push(at);
                let letters =
                    self.scene.link(at).map_or(0, |link| link.text.trim().chars().count());
                // What is a box already has a size of its own.
                let is_plain = look.display_none.is_none() && painted.size < LEAST && letters > 0;
                match is_plain {
                    true => self.line.push((at, Close { narrow: letters < WIDE })),
                    false => self.other = true,
                }
            }
            _ => {}
        }
    }

    pub(super) fn text(&mut self, tape: &Tape, at: u32) {
        // What is too long already gets no shorter.
        if self.links > 0 || self.letters > SHORT || self.scene.is_hidden(at) {
            return;
        }
        let val = tape.nodes[at as usize].text;
        if val.is_spaces() {
            return;
        }
        let text = tape.text(val);
        // What stands between links, `|` or `·`, is no text.
        if !is_blank(text) && text.chars().any(char::is_alphanumeric) {
            self.letters += text.trim().chars().count();
        }
    }

    pub(super) fn end(&mut self, tape: &Tape, start: u32) {
        if self.open.pop_if(|at| *at == start).is_some() {
            self.links -= 1;
        }
        if is_block(tape.nodes[start as usize].el) {
            self.line_end();
        }
    }

    fn line_end(&mut self) {
        if !self.open.is_empty() {
            // A link around lines is as high as they are.
            self.line.clear();
            self.other = true;
        }
        let line = std::mem::take(&mut self.line);
        let (other, letters) = (std::mem::take(&mut self.other), std::mem::take(&mut self.letters));
        let linked = std::mem::take(&mut self.linked);
        if !linked && !other && letters == 0 {
            // Nothing to be seen.
            return;
        }
        // A line of a paragraph is as long as it gets: its links are anywhere in it.
        if !linked || other || letters > SHORT {
            self.last = None;
            return;
        }
        // Links among words are exempt themselves.
        let line = if letters > 0 { Vec::new() } else { line };
        if let Some(last) = &self.last {
            self.found.extend(last.iter().chain(&line).copied());
        }
        self.last = Some(line);
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::rinsed;
    use crate::css::look;

    const ROOMY: &str = " style=\"display:inline-block;min-height:24px\"";

    #[test]
    fn a_style_that_does_not_end_gets_it_too() {
        for style in ["color:#00e", "x", "x\"", "x(", "x/*", "x{"] {
            let html = format!(
                "<ul><li><a href='y' style='{style}'>Home</a></li><li><a href='z'>News</a></li></ul>"
            );
            let out = rinsed(&html);
            let style = out.split("style=\"").nth(1).and_then(|rest| rest.split('"').next());
            let style = style.unwrap_or_default().replace("&quot;", "\"");
            assert_eq!(look(&style).display_none, Some(false), "{style}");
        }
    }

    #[test]
    fn a_link_that_goes_is_no_part_of_a_line() {
        for gone in ["<a href=\"x\"></a>", "<a href=\"x\"><br></a>", "<a href=\"x\" id=\"i\"> </a>"]
        {
            let html = format!(
                "<ul><li>{gone}<a href=\"y\">Home</a></li><li><a href=\"z\">News</a></li></ul>"
            );
            // `rinsed` rinses twice, and asks for the same.
            assert!(rinsed(&html).contains(&format!("\"z\"{ROOMY}>News")), "{html}");
        }
    }

    #[test]
    fn lines_of_links() {
        let list = "<ul><li><a href=\"x\">Home</a></li><li><a href=\"y\">News</a></li></ul>";
        let roomy = list.replace("\">Home", &format!("\"{ROOMY}>Home"));
        let roomy = roomy.replace("\">News", &format!("\"{ROOMY}>News"));
        assert_eq!(rinsed(list), roomy);
        assert_eq!(rinsed(&roomy), roomy);
        let narrow = rinsed("<p><a href=\"x\">1</a><br><a href=\"y\">2</a></p>");
        assert!(narrow.contains("min-height:24px;min-width:24px\">1"), "{narrow}");
    }

    #[test]
    fn below_a_line_with_a_link() {
        let html = rinsed("<div><a href=\"x\">Ann</a>, host</div><div><a href=\"y\">Bob</a></div>");
        assert!(html.contains(&format!("<a href=\"y\"{ROOMY}>Bob")), "{html}");
        assert!(html.contains("<a href=\"x\">Ann"), "{html}");
    }

    #[test]
    fn other_links() {
        for html in [
            "<p><a href=\"x\">Home</a> | <a href=\"y\">News</a></p>",
            "<p><a href=\"x\">Home</a></p><p>Some words</p><p><a href=\"y\">News</a></p>",
            "<p>Read <a href=\"x\">this</a>,<br>and <a href=\"y\">that</a>.</p>",
            "<p><a href=\"x\" style=\"display:block\">Home</a></p><p><a href=\"y\">News</a></p>",
            "<p><a href=\"x\">A<br>B</a></p><p><a href=\"y\">News</a></p>",
            "<div><a href=\"x\"><span>A</span><div>B</div></a></div>",
            "<p><a href=\"x\"><img src=\"cid:a\" alt=\"A\"></a></p><p><a href=\"y\">News</a></p>",
        ] {
            assert_eq!(rinsed(html), html);
        }
    }
}
