//! Text that does not stand out from what is behind it (WCAG 1.4.3): its colour
//! is moved towards black or white until it does, as printed in 8 bits. Text
//! that was painted in its background's colour stays hidden.

use super::known::KNOWN;
use super::paint::Painted;
use super::{Plan, style};
use crate::css::{Colour, Look, contrast, look, without_property};
use crate::finding::Why;
use crate::hash::HashMap;
use crate::html::At;
use crate::rooms::Switches;
use crate::scene::Scene;
use crate::tag::Tag;

/// Text whose contrast is too low.
const TEXT: &str = "access.contrast.text";
/// Text painted in the colour behind it.
const HIDDEN: &str = "access.contrast.hidden";

/// What is done about an element's text.
#[derive(Clone, Copy, Debug)]
pub(super) enum Repaint {
    /// It gets this colour; `important` over a sheet that says so.
    To { colour: Colour, important: bool, was: f64, back: Colour },
    /// It was painted away, and stays so.
    Hidden,
}

/// What a judgement means for those who inherit.
pub(super) enum Repaired {
    Not,
    To(Colour),
}

pub(super) fn visit(tag: &mut Tag<'_>, _: &Scene<'_>, plan: &Plan) {
    match plan.colours.get(&tag.index()) {
        None => {}
        Some(Repaint::Hidden) => tag.note(Why::rule(HIDDEN)),
        Some(&Repaint::To { colour, important, was, back }) => {
            let value = if important { format!("{colour}!important") } else { colour.to_string() };
            let old = tag.get(At::Style).unwrap_or_default();
            let mut style = style::with(old, "color", &value);
            if look(&style).color != Some(colour) {
                // The style does not end where it seems to.
                let others = without_property(old, "color");
                style = format!("color:{colour}!important;{others}");
            }
            let why =
                Why::rule(TEXT).to(colour.to_string()).evidence(format!("{was:.2}:1 on {back}"), 0);
            tag.set(At::Style, &style, why);
        }
    }
}

/// Judges elements with text of their own.
pub(super) struct Judge<'a> {
    switches: &'a Switches,
    /// Mail repeats its colours.
    seen: HashMap<([u8; 3], [u8; 3], bool), Verdict>,
    pub found: HashMap<u32, Repaint>,
}

#[derive(Clone, Copy)]
enum Verdict {
    Fine,
    Hidden,
    Low { better: Colour, was: f64 },
}

impl<'a> Judge<'a> {
    pub(super) fn new(switches: &'a Switches) -> Self {
        Judge { switches, seen: HashMap::default(), found: HashMap::default() }
    }

    pub(super) fn judge(&mut self, at: u32, painted: Painted, said: &Look) -> Repaired {
        let (Some(text), Some(back)) = (painted.text, painted.back) else { return Repaired::Not };
        let size = f64::from(painted.size);
        let large =
            size >= KNOWN.contrast_large_px || painted.bold && size >= KNOWN.contrast_large_bold_px;
        let key = ([text.r, text.g, text.b], [back.r, back.g, back.b], large);
        let verdict = *self.seen.entry(key).or_insert_with(|| verdict(text, back, large));
        match verdict {
            Verdict::Fine => Repaired::Not,
            Verdict::Hidden => {
                self.found.insert(at, Repaint::Hidden);
                Repaired::Not
            }
            Verdict::Low { better, was } => {
                if !self.switches.on(TEXT) {
                    return Repaired::Not;
                }
                let mut over = said.clone();
                over.overlay(&Look { color: Some(better), ..Look::default() });
                let important = over.color != Some(better);
                self.found.insert(at, Repaint::To { colour: better, important, was, back });
                Repaired::To(better)
            }
        }
    }
}

fn verdict(text: Colour, back: Colour, large: bool) -> Verdict {
    let was = contrast(text, back);
    let need = if large { KNOWN.contrast_large } else { KNOWN.contrast_text };
    if was >= need {
        Verdict::Fine
    } else if was < KNOWN.contrast_hidden {
        Verdict::Hidden
    } else {
        Verdict::Low { better: readable(text, back, need), was }
    }
}

/// The nearest mixture of a colour with black or white that stands out enough:
/// on its own side of the background if there is room, else on the other.
fn readable(text: Colour, back: Colour, need: f64) -> Colour {
    let black = Colour::rgb(0, 0, 0);
    let white = Colour::rgb(255, 255, 255);
    let is_lighter = contrast(text, black) > contrast(back, black);
    let (near, far) = if is_lighter { (white, black) } else { (black, white) };
    let end = if contrast(near, back) >= need { near } else { far };
    // From some step on every mixture stands out: before it, the colour comes
    // from the other side, or not far enough.
    let (mut low, mut high) = (0u16, 255u16);
    while low < high {
        let middle = (low + high) / 2;
        if contrast(mix(text, end, middle), back) >= need {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    mix(text, end, low)
}

fn mix(from: Colour, to: Colour, step: u16) -> Colour {
    let channel = |from: u8, to: u8| {
        let (from, to, step) = (u32::from(from), u32::from(to), u32::from(step));
        ((from * (255 - step) + to * step + 127) / 255) as u8
    };
    Colour::rgb(channel(from.r, to.r), channel(from.g, to.g), channel(from.b, to.b))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{found, quirky, rinsed};
    use super::*;

    #[test]
    fn every_repair_is_enough() {
        let steps = [0u8, 17, 51, 61, 85, 102, 119, 136, 152, 170, 204, 238, 255];
        for number in 0..steps.len().pow(3) {
            let step = |place: u32| steps[number / steps.len().pow(place) % steps.len()];
            let (text, back) =
                (Colour::rgb(step(0), step(1), step(2)), Colour::rgb(step(2), step(0), step(1)));
            for need in [3.0, 4.5] {
                assert!(contrast(readable(text, back, need), back) >= need, "{text} on {back}");
            }
        }
    }

    #[test]
    fn colours_move_until_they_can_be_read() {
        for (html, expected) in [
            ("<p style=\"color:#999\">a</p>", "<p style=\"color:#767676\">a</p>"),
            (
                "<p style=\"color:#777777;margin:0\">a</p>",
                "<p style=\"margin:0;color:#767676\">a</p>",
            ),
            ("<p style=\"color:#767676\">a</p>", "<p style=\"color:#767676\">a</p>"),
            // Large text asks for less.
            ("<h1 style=\"color:#949494\">a</h1>", "<h1 style=\"color:#949494\">a</h1>"),
            (
                "<font color=\"#aaaaaa\">a</font>",
                "<font color=\"#aaaaaa\" style=\"color:#767676\">a</font>",
            ),
            // A link's own colour on a dark ground.
            (
                "<table role=\"presentation\"><tr><td bgcolor=\"#000000\"><a href=\"x\">a</a></td></tr></table>",
                "<table role=\"presentation\"><tr><td bgcolor=\"#000000\"><a href=\"x\" style=\"color:#6161f4\">a</a></td></tr></table>",
            ),
        ] {
            let html = tbody(html);
            assert_eq!(rinsed(&html), tbody(expected), "{html}");
        }
    }

    /// As nest writes it.
    fn tbody(html: &str) -> String {
        html.replace("<tr>", "<tbody><tr>").replace("</tr>", "</tr></tbody>")
    }

    #[test]
    fn white_on_mid_blue_goes_dark() {
        let html = rinsed(
            "<div style=\"background:#3d98d0\"><span style=\"font-size:16px;color:#ffffff\">a</span></div>",
        );
        let colour = html.split("color:#").nth(1).and_then(|rest| rest.get(..6)).expect("a colour");
        let colour = crate::css::parse_colour(&format!("#{colour}")).expect("a colour");
        assert!(contrast(colour, Colour::rgb(0x3d, 0x98, 0xd0)) >= 4.5, "{html}");
    }

    #[test]
    fn children_are_judged_against_the_repaired_parent() {
        // Once on the parent; the child inherits it.
        assert_eq!(
            rinsed("<div style=\"color:#aaaaaa\">a<b>b</b></div>"),
            "<div style=\"color:#767676\">a<b>b</b></div>"
        );
        // The child stood out by the parent's old colour and would not by the new one.
        let html =
            rinsed("<div style=\"color:#aaaaaa\">a<b style=\"background:#333333\">b</b></div>");
        assert!(html.contains("<b style=\"background:#333333;color:#"), "{html}");
    }

    #[test]
    fn painted_away_stays_away() {
        let html = "<div style=\"color:#ffffff\">preheader</div>";
        assert_eq!(rinsed(html), html);
        assert_eq!(found(html), [HIDDEN]);
    }

    #[test]
    fn over_pictures_nothing_is_known() {
        for html in [
            "<div style=\"background-image:linear-gradient(red,blue);color:#999\">a</div>",
            "<div style=\"opacity:.5;color:#999\">a</div>",
            "<div style=\"display:none;color:#999\">a</div>",
        ] {
            assert_eq!(rinsed(html), html);
        }
    }

    #[test]
    fn sheets_count() {
        let html = rinsed("<style>.x{color:#999999!important}</style><p class=\"x\">a</p>");
        assert!(html.ends_with("<p class=\"x\" style=\"color:#767676!important\">a</p>"), "{html}");
        let html =
            "<style>.x{background:#000000}</style><p class=\"x\" style=\"color:#999999\">a</p>";
        assert_eq!(rinsed(html), html);
    }

    #[test]
    fn in_quirks_mode_tables_forget_the_colour_around_them() {
        let html = "<div style=\"background:#222222;color:#ffffff\"><table><tbody><tr><td>a</td></tr></tbody></table></div>";
        assert!(!rinsed(html).contains("td style"));
        assert!(quirky(html).contains("<td style=\"color:#"));
    }
}
