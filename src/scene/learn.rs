//! Learns the scene in one walk over the nested tape. A text counts for the
//! innermost link and the innermost table only, so deep nests cost no more
//! than flat ones.

use super::page::{Heading, Page, TITLE, is_shell};
use super::sample::Sample;
use super::tables::{Cell, OpenTable};
use super::text::trimmed;
use super::walk::{Listen, is_block, walk};
use super::{
    ALONE, Asked, HIDDEN, HIDDEN_SELF, Inline, LINK_TEXT, LOST, LinkFacts, Looks, SHORT_CELL,
    Scene, Sheets, TEXT, TableFacts, fold, is_blank, lost,
};
use crate::context::Context;
use crate::css::{Length, Look, Lost};
use crate::hash::{HashMap, with_room};
use crate::html::{At, Dimension, El, dimension};
use crate::tape::Tape;
use std::rc::Rc;
use std::sync::Arc;

pub(super) fn learn<'c>(
    tape: &Tape,
    cx: &'c Context,
    asked: Asked,
    sheets: Arc<Sheets>,
    inline: Inline<'c>,
) -> Scene<'c> {
    let cascade = Looks::new(&sheets.looks, &inline);
    // As newsletters have.
    let some = tape.starts.len() / 12;
    let mut learner = Learner {
        looks: &cascade,
        lost: &sheets.lost,
        flags: vec![0; tape.nodes.len()],
        open: Vec::new(),
        links: with_room(some),
        open_links: Vec::new(),
        tables: with_room(some),
        open_tables: Vec::new(),
        sample: Sample::default(),
        heading: Heading::default(),
        page: Page::default(),
    };
    walk(tape, &mut learner);
    let Learner { flags, links, tables, sample, heading, page, .. } = learner;
    let title = tape.head.title.map(|title| {
        let mut folded = String::new();
        fold(&mut folded, tape.text(title), TITLE);
        trimmed(folded)
    });
    Scene {
        cx,
        level: asked.level,
        shape: asked.shape,
        remote: asked.remote,
        hidden_text: asked.hidden_text,
        partial: asked.partial,
        quirks: asked.quirks,
        deadline: asked.deadline,
        flags,
        links,
        tables,
        sample: sample.end(),
        heading: heading.text,
        title: title.filter(|title| !is_blank(title)),
        declared_lang: page.lang(),
        top_tells: page.top_tells(),
        declared_dir: page.dir,
        sheets,
        inline,
    }
}

struct Learner<'a> {
    looks: &'a Looks<'a>,
    lost: &'a [Lost],
    flags: Vec<u8>,
    open: Vec<Open>,
    links: HashMap<u32, LinkFacts>,
    open_links: Vec<(u32, LinkFacts)>,
    tables: HashMap<u32, TableFacts>,
    open_tables: Vec<OpenTable>,
    sample: Sample,
    heading: Heading,
    page: Page,
}

/// An open element.
#[derive(Clone, Copy)]
struct Open {
    at: u32,
    el: El,
    hidden: bool,
    /// Its text is not to be seen, though pictures in it may be.
    no_size: bool,
    no_ink: bool,
    /// What is in it is no part of the page.
    outside: bool,
}

impl Listen for Learner<'_> {
    fn start(&mut self, tape: &Tape, at: u32) {
        let node = &tape.nodes[at as usize];
        let mut look = self.looks.of(tape, at);
        if look.off_screen && matches!(node.el, El::Html | El::Body) {
            // The page lies elsewhere, which is not out of its sight; policy does not let it.
            Rc::make_mut(&mut look).off_screen = false;
        }
        let parent = self.open.last().copied().unwrap_or(Open {
            at: crate::tape::NONE,
            el: El::Other,
            hidden: false,
            no_size: false,
            no_ink: false,
            outside: false,
        });
        // Of `html` the writer does not print it.
        let hidden = tape.attr(at, At::Hidden).filter(|_| node.el != El::Html || tape.patch);
        let hides = look.hides() || hidden.is_some() && look.display_none != Some(false);
        let lost = !hides && lost::look(self.lost, tape, at, &look).is_some();
        let hides = hides || lost;
        let open = Open {
            at,
            el: node.el,
            hidden: parent.hidden || hides,
            no_size: no_size(parent.no_size, &look),
            no_ink: look.color.map_or(parent.no_ink, |colour| colour.a <= 0.0),
            outside: parent.outside || node.foreign || is_outside(node.el),
        };
        self.flags[at as usize] =
            if hides { HIDDEN_SELF | HIDDEN } else { u8::from(parent.hidden) * HIDDEN };
        self.flags[at as usize] |= u8::from(lost) * LOST;
        self.open.push(open);
        self.page.start(tape, at, if self.open.len() > 1 { parent.el } else { El::Html });
        if is_block(node.el) || node.el == El::Br {
            self.sample.gap();
        }
        if node.el == El::Img && self.is_alone(tape, at, &open) {
            self.flags[at as usize] |= ALONE;
        }
        self.table_start(tape, at, &open);
        self.link_start(tape, at, &open, &look);
        if node.el.is_heading() && !open.hidden {
            self.heading.start();
        }
    }

    fn text(&mut self, tape: &Tape, at: u32) {
        let val = tape.nodes[at as usize].text;
        let text = tape.text(val);
        let parent = self.open.last().copied();
        let blank = val.is_spaces() || is_blank(text);
        if !blank && parent.is_some_and(|parent| !is_shell(parent.el)) {
            self.page.content();
        }
        if parent.is_some_and(|parent| parent.outside) {
            return;
        }
        if parent.is_some_and(|parent| parent.hidden || parent.no_size || parent.no_ink) {
            self.flags[at as usize] |= HIDDEN;
            if let Some((_, link)) = self.open_links.last_mut() {
                link.more |= !blank;
            }
            return;
        }
        if let Some((_, link)) = self.open_links.last_mut() {
            if blank {
                link.space |= !text.is_empty();
            }
            fold(&mut link.text, text, LINK_TEXT);
        }
        self.sample.add(text);
        if blank {
            return;
        }
        if let Some(parent) = parent {
            self.flags[parent.at as usize] |= TEXT;
        }
        self.heading.add(text);
        let linked = !self.open_links.is_empty();
        if let Some(cell) = self.open_tables.last_mut().and_then(|table| table.cell.as_mut()) {
            if cell.letters <= SHORT_CELL {
                cell.letters += letters(text, SHORT_CELL as usize + 1);
            }
            cell.bare |= !linked;
        }
    }

    fn end(&mut self, tape: &Tape, start: u32, complete: bool) {
        let el = tape.nodes[start as usize].el;
        self.open.pop();
        if is_block(el) {
            self.sample.gap();
        }
        if el.is_heading() {
            self.heading.end();
        }
        if self.open_links.last().is_some_and(|(at, _)| *at == start)
            && let Some((at, mut link)) = self.open_links.pop()
        {
            link.complete = complete;
            link.text.truncate(link.text.trim_end().len());
            // An outer link (HTML lets one through in a table cell) holds an
            // inner one.
            if let Some((_, outer)) = self.open_links.last_mut() {
                outer.more = true;
            }
            self.links.insert(at, link);
        }
        self.table_end(el, start, complete);
    }
}

impl Learner<'_> {
    /// Whether a picture neither fills a link nor a cell.
    fn is_alone(&self, tape: &Tape, at: u32, open: &Open) -> bool {
        let in_cell = || self.open_tables.last().is_some_and(|table| table.cell.is_some());
        self.open_links.is_empty() && (open.hidden || is_tiny(tape, at) || !in_cell())
    }

    fn link_start(&mut self, tape: &Tape, at: u32, open: &Open, look: &Look) {
        if let Some((_, link)) = self.open_links.last_mut() {
            let has_box = look.background_image == Some(true)
                || look.background_color.is_some_and(|colour| colour.a > 0.0)
                || tape.attr(at, At::Bgcolor).is_some()
                || tape.attr(at, At::Background).is_some();
            link.more |= has_box || open.outside || is_thing(open.el);
            link.space |= open.el == El::Br;
            if open.el == El::Img {
                if open.hidden {
                    link.more = true;
                } else {
                    link.images += 1;
                    let none =
                        |side: Option<Length>| matches!(side, Some(Length::Px(px)) if px <= 1.0);
                    link.sized +=
                        u32::from(!is_tiny(tape, at) && !none(look.width) && !none(look.height));
                    if let Some(alt) = tape.attr(at, At::Alt) {
                        if !link.alt.is_empty() {
                            link.alt.push(' ');
                        }
                        fold(&mut link.alt, alt, LINK_TEXT);
                        link.alt.truncate(link.alt.trim_end().len());
                    }
                }
            }
        }
        if open.el == El::A && !open.outside {
            let more = look.background_image == Some(true)
                || look.background_color.is_some_and(|colour| colour.a > 0.0);
            self.open_links.push((at, LinkFacts { more, ..LinkFacts::default() }));
        }
    }

    fn table_start(&mut self, tape: &Tape, at: u32, open: &Open) {
        match open.el {
            El::Table if !open.outside => {
                if let Some(outer) = self.open_tables.last_mut() {
                    outer.facts.nested = true;
                }
                self.open_tables.push(OpenTable::new(at));
            }
            El::Caption => {
                if let Some(table) = self.open_tables.last_mut() {
                    table.facts.caption = true;
                }
            }
            el if el.is_cell() => {
                if let Some(table) = self.open_tables.last_mut() {
                    table.cell = Some(Cell { th: el == El::Th, ..Cell::default() });
                }
            }
            El::Img if !open.hidden && !is_tiny(tape, at) => {
                if let Some(cell) =
                    self.open_tables.last_mut().and_then(|table| table.cell.as_mut())
                {
                    cell.image = true;
                }
            }
            _ => {}
        }
    }

    fn table_end(&mut self, el: El, start: u32, complete: bool) {
        let Some(table) = self.open_tables.last_mut() else { return };
        match el {
            El::Table if table.at == start => {
                if let Some(table) = self.open_tables.pop() {
                    self.tables.insert(start, table.end(complete));
                }
            }
            El::Tr => table.end_row(),
            el if el.is_cell() => table.end_cell(),
            _ => {}
        }
    }
}

/// How many characters of a text are no white space; not more than so many.
fn letters(text: &str, most: usize) -> u32 {
    // Of a long one the beginning will do.
    let start = text.as_bytes().get(..2 * most).filter(|start| start.is_ascii());
    if let Some(start) = start {
        let count = visible(start);
        if count >= most {
            return most as u32;
        }
    }
    let count = match text.is_ascii() {
        true => visible(text.as_bytes()).min(most),
        false => text.chars().filter(|c| !c.is_whitespace()).take(most).count(),
    };
    count as u32
}

/// How many bytes of ASCII are no white space; of many at once.
fn visible(ascii: &[u8]) -> usize {
    let is = |b: &u8| !matches!(b, b'\t'..=b'\r' | b' ');
    let blocks = ascii.chunks(128);
    blocks.map(|block| usize::from(block.iter().fold(0u8, |n, b| n + u8::from(is(b))))).sum()
}

/// What is read as text but is none of the page's.
fn is_outside(el: El) -> bool {
    matches!(
        el,
        El::Applet
            | El::Audio
            | El::Canvas
            | El::Datalist
            | El::Embed
            | El::Frameset
            | El::Head
            | El::Iframe
            | El::Math
            | El::Noembed
            | El::Noframes
            | El::Noscript
            | El::Object
            | El::Option
            | El::Script
            | El::Select
            | El::Style
            | El::Svg
            | El::Template
            | El::Textarea
            | El::Title
            | El::Video
    )
}

/// What may be seen or used in a link though it is neither text nor image.
fn is_thing(el: El) -> bool {
    matches!(el, El::Button | El::Hr | El::Input | El::Meter | El::Progress)
}

fn is_tiny(tape: &Tape, at: u32) -> bool {
    let small = |name| {
        tape.attr(at, name).is_some_and(|size| match size.as_bytes() {
            // Nearly all are plain numbers.
            [b'1'..=b'9', rest @ ..] if rest.iter().all(u8::is_ascii_digit) => {
                rest.is_empty() && size <= "2"
            }
            _ => dimension(size).and_then(Dimension::pixels).is_some_and(|n| n <= 2.0),
        })
    };
    small(At::Width) || small(At::Height)
}

fn no_size(parent: bool, look: &Look) -> bool {
    match look.font_size {
        None => parent,
        // In proportion to the parent's.
        Some(size @ (Length::Em(_) | Length::Percent(_))) => parent || size.is_zero(),
        Some(size) => size.is_zero(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::LANGUAGE_SAMPLE;
    use super::*;
    use crate::nest::tape_of;

    fn with<T>(html: &str, sheets: &[&str], look: impl FnOnce(&Tape, &Scene<'_>) -> T) -> T {
        let tape = tape_of(html);
        let cx = Context::default();
        let scene = Scene::learn(&tape, &cx, Asked::default(), &Sheets::of(sheets));
        look(&tape, &scene)
    }

    fn first(tape: &Tape, el: El) -> u32 {
        tape.walk().find(|&at| tape.nodes[at as usize].el == el).expect("it is there")
    }

    #[test]
    fn letters_are_counted_up_to_a_limit() {
        for (text, count) in [
            ("", 0),
            (" a\n b\u{b}c ", 3),
            (" \u{e9}\u{a0}\u{e9}", 2),
            ("abcdef", 4),
            ("\u{e9}bcdef", 4),
            ("abcdefgh\u{e9}", 4),
            ("a       \u{e9}bc", 4),
            ("a       bcdef", 4),
        ] {
            assert_eq!(letters(text, 4), count, "{text}");
        }
    }

    #[test]
    fn links_know_what_is_in_them() {
        with(
            "<a href=x> <b>Read</b>\u{a0} more <img alt=' a  photo '><img alt=b> </a>",
            &[],
            |tape, scene| {
                let link = scene.link(first(tape, El::A)).expect("a link");
                assert_eq!(
                    (link.text.as_str(), link.alt.as_str(), link.images),
                    ("Read more", "a photo b", 2)
                );
                assert!(link.complete && !link.more);
            },
        );
        with("<a href=x><span style='display:none'>secret</span></a>", &[], |tape, scene| {
            let link = scene.link(first(tape, El::A)).expect("a link");
            assert!(link.text.is_empty() && link.more);
        });
    }

    #[test]
    fn tables_count_what_is_their_own() {
        let html =
            "<table><tr><td>a<td>b<tr><td><table><tr><td>inner</td></tr></table><td>c</table>";
        with(html, &[], |tape, scene| {
            let table = scene.table(first(tape, El::Table)).expect("a table");
            assert_eq!((table.rows, table.columns, table.filled_rows, table.filled), (2, 2, 1, 3));
            assert!(table.nested && table.complete);
        });
        with("<table><tr><th>a<th>b<tr><td>1<td>2</table>", &[], |tape, scene| {
            assert!(scene.table(first(tape, El::Table)).expect("a table").header_row);
        });
    }

    #[test]
    fn hidden_by_style_class_attribute_and_size() {
        let html = "<p class=x>1</p><p hidden>2</p><p style='display:none'>3<b>4</b></p>\
                    <p style='font-size:0'>5<b style='font-size:12px'>6</b></p><p id=y>7</p>";
        with(html, &[".x,#y{display:none}"], |tape, scene| {
            let seen: String = tape
                .walk()
                .filter(|&at| {
                    tape.nodes[at as usize].kind == crate::tape::Kind::Text && !scene.is_hidden(at)
                })
                .map(|at| tape.text(tape.nodes[at as usize].text))
                .collect();
            assert_eq!(seen, "6");
            assert_eq!(scene.sample, "6");
        });
    }

    #[test]
    fn the_page_says_who_it_is() {
        let html = "<html lang=de><head><title> A \n title</title><style>p{}</style></head><body dir=LTR>\
                    <h1> </h1><h2>First <i>heading</i></h2><p>See http://x.example/ or a@b.example now</p></body></html>";
        with(html, &[], |_, scene| {
            assert_eq!(scene.title.as_deref(), Some("A title"));
            assert_eq!(scene.heading.as_deref(), Some("First heading"));
            assert_eq!(scene.declared_lang.as_deref(), Some("de"));
            assert_eq!(scene.declared_dir.as_deref(), Some("ltr"));
            assert_eq!(scene.sample, "First heading See or now");
        });
        with("<div lang=fr><p>b</p></div>", &[], |_, scene| {
            assert_eq!(scene.declared_lang.as_deref(), Some("fr"))
        });
    }

    #[test]
    fn the_sample_ends() {
        with(&"word ".repeat(10_000), &[], |_, scene| {
            assert_eq!(scene.sample.chars().filter(|c| c.is_alphabetic()).count(), LANGUAGE_SAMPLE);
        });
    }

    #[test]
    fn open_at_the_end_is_incomplete() {
        let tape = {
            let mut tape = tape_of("<table><tr><td><a href=x>b</a></td></tr></table>");
            // As if the window ended before the table's end tag.
            let table = first(&tape, El::Table);
            for open in [0, 1, 2, table] {
                tape.nodes[open as usize].mate = crate::tape::NONE;
                tape.nodes.pop();
            }
            tape
        };
        let cx = Context::default();
        let scene = Scene::learn(&tape, &cx, Asked::default(), &Arc::default());
        assert!(!scene.table(first(&tape, El::Table)).expect("a table").complete);
        assert!(scene.link(first(&tape, El::A)).expect("a link").complete);
    }

    #[test]
    fn depth_costs_nothing() {
        let deep =
            format!("{}x{}", "<table><tr><td><a href=x>".repeat(20_000), "y".repeat(100_000));
        let start = std::time::Instant::now();
        with(&deep, &[], |_, scene| assert!(!scene.links.is_empty()));
        assert!(start.elapsed().as_secs() < 20);
    }
}
