//! What stands on what: text colour, background and size of each element, from
//! inheritance, HTML's own attributes, style sheets and styles. Each repair is
//! reckoned with at once, so what is inherited is judged against the repaired
//! parent.

use super::cascade::{Cascade, Names};
use super::contrast::{self, Repaint, Repaired};
use super::ids::Ids;
use super::target::{Close, Lines};
use super::underline::{Running, Underline};
use super::{Knows, known::KNOWN, links};
use crate::css::{Colour, Length, Look, legacy_colour};
use crate::hash::HashMap;
use crate::html::{At, El};
use crate::scene::{Listen, Scene};
use crate::tape::Tape;

const BLACK: Colour = Colour::rgb(0, 0, 0);
const WHITE: Colour = Colour::rgb(255, 255, 255);
/// What browsers paint links in.
const LINK: Colour = Colour::rgb(0, 0, 0xee);
const MEDIUM: f32 = 16.0;
/// What `font size=1` to 7 mean.
const FONT_SIZES: [f32; 7] = [10.0, 13.0, 16.0, 18.0, 24.0, 32.0, 48.0];

/// How an element's text looks. `None` where it cannot be known: over pictures,
/// and half transparent.
#[derive(Clone, Copy, Debug)]
pub(super) struct Painted {
    pub text: Option<Colour>,
    pub back: Option<Colour>,
    pub size: f32,
    pub bold: bool,
}

/// Learns how all looks, and what does not stand out.
pub(super) struct Paint<'a> {
    scene: &'a Scene<'a>,
    knows: Knows<'a>,
    ids: &'a Ids,
    cascade: Cascade<'a>,
    open: Vec<Painted>,
    names: Vec<Names>,
    body_text: Colour,
    body_link: Colour,
    contrast: contrast::Judge<'a>,
    running: Running<'a>,
    lines: Lines<'a>,
}

impl<'a> Paint<'a> {
    pub(super) fn new(scene: &'a Scene<'a>, knows: Knows<'a>, ids: &'a Ids) -> Self {
        Paint {
            scene,
            knows,
            ids,
            cascade: Cascade::new(knows.css, knows.look_left),
            open: Vec::new(),
            names: Vec::new(),
            body_text: BLACK,
            body_link: LINK,
            contrast: contrast::Judge::new(knows.switches),
            running: Running::new(scene),
            lines: Lines::new(scene),
        }
    }

    pub(super) fn found(
        self,
    ) -> (HashMap<u32, Repaint>, HashMap<u32, Underline>, HashMap<u32, Close>) {
        (self.contrast.found, self.running.found, self.lines.found)
    }

    /// Attributes and HTML's own style, as the least of style sheets; most tags
    /// have none.
    fn hints(&mut self, tape: &Tape, at: u32, parent: Painted, leads: bool) -> Option<Look> {
        let el = tape.nodes[at as usize].el;
        let colour = |name| tape.attr(at, name).and_then(legacy_colour);
        let mut look = match el {
            El::Body => {
                self.body_text = colour(At::Text).unwrap_or(self.body_text);
                self.body_link = colour(At::Link).unwrap_or(self.body_link);
                Some(Look { color: colour(At::Text), ..Look::default() })
            }
            El::A if leads => Some(Look { color: Some(self.body_link), ..Look::default() }),
            El::Font => {
                let size = tape.attr(at, At::Size).and_then(font_size).map(Length::Px);
                Some(Look { color: colour(At::Color), font_size: size, ..Look::default() })
            }
            El::Mark => Some(Look {
                background_color: Some(Colour::rgb(255, 255, 0)),
                color: Some(BLACK),
                ..Look::default()
            }),
            El::B | El::Strong | El::Th => {
                Some(Look { font_weight: Some(KNOWN.contrast_bold as u16), ..Look::default() })
            }
            El::Small | El::Sub | El::Sup => Some(sized(Length::Em(0.83))),
            El::Big => Some(sized(Length::Em(1.2))),
            El::Pre | El::Code | El::Tt | El::Kbd | El::Samp if parent.size == MEDIUM => {
                Some(sized(Length::Px(13.0)))
            }
            el if el.is_heading() => {
                const TIMES: [f32; 6] = [2.0, 1.5, 1.17, 1.0, 0.83, 0.67];
                let times = TIMES[(el as usize - El::H1 as usize).min(5)];
                let font_weight = Some(KNOWN.contrast_bold as u16);
                Some(Look { font_weight, ..sized(Length::Em(times)) })
            }
            // Quirk: a table takes text colour and size from the page, not
            // from what it stands in.
            El::Table if self.scene.quirks => Some(Look {
                color: Some(self.body_text),
                font_weight: Some(400),
                ..sized(Length::Px(MEDIUM))
            }),
            _ => None,
        };
        if is_painted(el) && tape.may_have(at, PAINTS) {
            if let Some(colour) = colour(At::Bgcolor) {
                look.get_or_insert_default().background_color.get_or_insert(colour);
            }
            if tape.attr(at, At::Background).is_some_and(|url| (self.knows.keeps_image)(url)) {
                look.get_or_insert_default().background_image = Some(true);
            }
        }
        look
    }
}

fn sized(size: Length) -> Look {
    Look { font_size: Some(size), ..Look::default() }
}

impl Listen for Paint<'_> {
    fn start(&mut self, tape: &Tape, at: u32) {
        let page = Painted { text: Some(BLACK), back: Some(WHITE), size: MEDIUM, bold: false };
        let parent = self.open.last().copied().unwrap_or(page);
        let leads = links::stays(tape, at, self.scene, self.knows, self.ids);
        self.names.push(self.cascade.names(tape, at, leads));
        let said = self.cascade.of(tape, at, &self.names);
        let hints = self.hints(tape, at, parent, leads).map(|mut hints| {
            hints.overlay(&said);
            hints
        });
        let look = hints.as_ref().unwrap_or(&said);
        let mut painted = match hints.is_none() && self.cascade.is_nothing(&said) {
            true => parent,
            false => inherit(parent, look),
        };
        if self.scene.has_text(at) && !self.scene.is_hidden(at) {
            match self.contrast.judge(at, painted, look) {
                Repaired::Not => {}
                Repaired::To(colour) => painted.text = Some(colour),
            }
        }
        self.lines.start(tape, at, painted, look, leads);
        self.running.start(tape, at, painted, look, parent, leads);
        self.open.push(painted);
    }

    fn text(&mut self, tape: &Tape, at: u32) {
        self.lines.text(tape, at);
        self.running.text(at);
    }

    fn end(&mut self, tape: &Tape, start: u32, _: bool) {
        self.lines.end(tape, start);
        self.open.pop();
        self.names.pop();
        self.running.end(tape, start);
    }
}

fn inherit(parent: Painted, look: &Look) -> Painted {
    let back = match (look.background_image, look.background_color) {
        (Some(true), _) => None,
        (_, Some(colour)) if colour.a >= 1.0 => Some(colour),
        (_, Some(colour)) => parent.back.map(|back| colour.over(back)),
        (_, None) => parent.back,
    };
    let text = match look.color {
        Some(colour) if colour.a >= 1.0 => Some(colour),
        Some(colour) => back.map(|back| colour.over(back)),
        None => parent.text,
    };
    // Half transparent elements mix with what is behind them all; nobody does
    // that to text in mail but to hide it.
    let clear = look.opacity.is_some_and(|opacity| opacity < 1.0);
    Painted {
        text: text.filter(|_| !clear),
        back,
        size: look.font_size.map_or(parent.size, |size| pixels(size, parent.size)),
        bold: look
            .font_weight
            .map_or(parent.bold, |weight| f64::from(weight) >= KNOWN.contrast_bold),
    }
}

fn pixels(size: Length, parent: f32) -> f32 {
    match size {
        Length::Px(n) => n,
        Length::Em(n) => n * parent,
        Length::Percent(n) => n / 100.0 * parent,
        // Small enough to ask for the full contrast.
        _ => parent.min(MEDIUM),
    }
}

/// Attributes that paint some elements.
const PAINTS: u32 = At::bits(&[At::Bgcolor, At::Background]);

/// Elements whose `bgcolor` and `background` browsers paint.
fn is_painted(el: El) -> bool {
    matches!(
        el,
        El::Body | El::Table | El::Thead | El::Tbody | El::Tfoot | El::Tr | El::Td | El::Th
    )
}

fn font_size(text: &str) -> Option<f32> {
    let text = text.trim();
    let digits: String = text
        .chars()
        .skip_while(|c| matches!(c, '+' | '-'))
        .take_while(char::is_ascii_digit)
        .collect();
    let number: i32 = digits.parse().ok()?;
    let step = match text.chars().next()? {
        '+' => 3 + number,
        '-' => 3 - number,
        _ => number,
    };
    Some(FONT_SIZES[(step.clamp(1, 7) - 1) as usize])
}
