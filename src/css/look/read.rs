//! What a single declaration says about the look. Reads values loosely: a declaration that no browser would take may
//! be believed here, but one that a browser takes is read as it does.

use super::super::colour::{self, Colour};
use super::super::plain::{self, Value};
use super::super::token::{self, nested};
use super::super::value::{is_display, is_important};
use super::{Decoration, Important, Length, Look};
use cssparser::{Parser, Token};
use smallvec::SmallVec;
use std::borrow::Cow;

/// What a declaration adds.
#[allow(clippy::large_enum_variant, reason = "one at a time, and nearly always that")]
pub(in super::super) enum Said {
    /// These parts.
    Look(Look),
    /// `position`: is it anything but `static`?
    Positioned(bool),
    /// Moved or clipped away, if positioned.
    AwayIfPositioned,
    /// Moved, clipped or scaled away.
    Away,
}

/// Further than this to the left or top of its place nobody sees anything.
const AWAY: f32 = -400.0;

/// A value's parts, and whether it is `!important`.
type Parts<'i> = (SmallVec<[Part<'i>; 4]>, bool);

/// Reads one declaration; `None` if it says nothing of interest.
pub(super) fn declaration(name: &str, input: &mut Parser) -> Option<Said> {
    of_parts(name, &mut || parts(input))
}

/// The same for a value without brackets.
pub(super) fn plain(name: &str, value: &Value) -> Option<Said> {
    of_parts(name, &mut || plain_parts(value))
}

/// Whether a property is seen at a glance to be none of those that are read here, as half of mail's are: by how it begins.
pub(super) fn is_of_no_interest(name: &str) -> bool {
    // In small letters; of what is no letter there is none to be mistaken.
    let at = |i: usize| name.as_bytes().get(i).map_or(0, |b| b | 0x20);
    match at(0) {
        // padding
        b'p' => at(1) == b'a',
        // border, box
        b'b' => at(1) == b'o' && matches!(at(2), b'r' | b'x'),
        // font-family, font-style, text-align, text-transform, table-layout
        b'f' => at(5) == b'f' || at(5) == b's' && at(6) == b't',
        b't' => at(1) == b'a' || at(4) == b'-' && at(5) == b'a' || at(5) == b't',
        // vertical-align, word-break
        b'v' => at(1) == b'e',
        b'w' => at(1) == b'o',
        // min-width, mso-…, margin-bottom, margin-right
        b'm' => match at(1) {
            b'i' => true,
            b's' => at(4) != b'h',
            _ => at(6) == b'-' && matches!(at(7), b'b' | b'r'),
        },
        // letter-spacing, list-style
        b'l' => matches!(at(2), b't' | b's'),
        b'-' => true,
        _ => false,
    }
}

fn of_parts<'i>(name: &str, parts: &mut dyn FnMut() -> Option<Parts<'i>>) -> Option<Said> {
    const LONGEST: usize = 32;
    if name.len() > LONGEST {
        return None;
    }
    let name = match name.bytes().any(|b| b.is_ascii_uppercase()) {
        true => Cow::Owned(name.to_ascii_lowercase()),
        false => Cow::Borrowed(name),
    };
    match &*name {
        "position" => {
            return Some(Said::Positioned(parts()?.0.first()?.word()? != "static"));
        }
        "left" | "right" | "top" | "bottom" => {
            let far = length(parts()?.0.first()?)?.rough();
            return (far <= AWAY || far >= 5000.0).then_some(Said::AwayIfPositioned);
        }
        "text-indent" | "margin" | "margin-left" | "margin-top" => {
            let far = |part| length(part).is_some_and(|length| length.rough() <= AWAY);
            return parts()?.0.iter().any(far).then_some(Said::Away);
        }
        "clip" | "clip-path" | "transform" => return away(&name, &parts()?.0),
        _ => {}
    }
    let mut look = Look::default();
    let important = style(&name, parts, &mut look)?;
    if important {
        // Counts for those parts only that are said.
        look.important = Important(u32::MAX);
    }
    Some(Said::Look(look))
}

/// A display that browsers know; what they do not know leaves the one before it, which may hide.
fn display(word: &str) -> Option<&str> {
    let is_known = is_display(word)
        || matches!(
            word,
            "grid"
                | "inline-grid"
                | "flow"
                | "run-in"
                | "ruby"
                | "math"
                | "revert"
                | "revert-layer"
                | "-webkit-box"
                | "-webkit-inline-box"
                | "-webkit-flex"
                | "-webkit-inline-flex"
        );
    is_known.then_some(word)
}

/// Sets what the declaration says; tells whether it is `!important`.
fn style<'i>(
    name: &str,
    parts: &mut dyn FnMut() -> Option<Parts<'i>>,
    look: &mut Look,
) -> Option<bool> {
    if !matches!(
        name,
        "display"
            | "visibility"
            | "opacity"
            | "font-size"
            | "line-height"
            | "font-weight"
            | "font"
            | "width"
            | "height"
            | "max-width"
            | "max-height"
            | "overflow"
            | "overflow-x"
            | "overflow-y"
            | "mso-hide"
            | "color"
            | "background"
            | "background-color"
            | "background-image"
            | "text-decoration"
            | "text-decoration-line"
    ) {
        return None;
    }
    let (parts, important) = parts()?;
    let first = parts.first()?;
    if parts.contains(&Part::Odd) {
        return None;
    }
    match name {
        // `none` stands alone, or no browser takes it.
        "display" if parts.len() > 1 && parts.iter().any(|part| part.word() == Some("none")) => {
            return None;
        }
        "display" => look.display_none = Some(display(first.word()?)? == "none"),
        "visibility" => {
            look.visibility_hidden = match first.word()? {
                "hidden" | "collapse" => Some(true),
                "visible" | "inherit" | "initial" | "unset" | "revert" | "revert-layer" => {
                    Some(false)
                }
                // As for a display that nobody knows.
                _ => return None,
            }
        }
        "opacity" => {
            look.opacity = match *first {
                Part::Number(n) => Some(n.clamp(0.0, 1.0)),
                Part::Length(Length::Percent(n)) => Some((n / 100.0).clamp(0.0, 1.0)),
                _ => None,
            }
        }
        "font-size" => look.font_size = font_size(first),
        "line-height" => look.line_height = line_height(first),
        "font-weight" => look.font_weight = weight(first),
        "font" => font(&parts, look)?,
        "width" => look.width = size(first),
        "height" => look.height = size(first),
        "max-width" => look.max_width = size(first),
        "max-height" => look.max_height = size(first),
        "overflow" | "overflow-x" | "overflow-y" => {
            let hidden = parts.iter().any(|part| matches!(part.word(), Some("hidden" | "clip")));
            // The other direction may still hide.
            if hidden || name == "overflow" {
                look.overflow_hidden = Some(hidden);
            }
        }
        "mso-hide" => look.mso_hide_all = first.word()? == "all",
        "color" => look.color = first.colour(),
        "background-color" => look.background_color = first.colour(),
        "background-image" => look.background_image = Some(parts.contains(&Part::Picture)),
        "background" => background(&parts, look),
        "text-decoration" | "text-decoration-line" => {
            let says = |word| parts.iter().any(|part| part.word() == Some(word));
            look.text_decoration = if says("underline") {
                Some(Decoration::Underline)
            } else if says("none") {
                Some(Decoration::None)
            } else if says("line-through") || says("overline") {
                Some(Decoration::Other)
            } else {
                None
            };
        }
        _ => return None,
    }
    Some(important)
}

fn away(name: &str, parts: &[Part]) -> Option<Said> {
    let gone = |part: &Part| {
        let Part::Call(function, numbers) = part else { return false };
        match (name, function.as_str(), numbers.as_slice()) {
            // rect(top, right, bottom, left) without a surface.
            ("clip", "rect", &[(top, _), (right, _), (bottom, _), (left, _)]) => {
                bottom <= top || right <= left
            }
            ("clip-path", "inset", &[(edge, true), ..]) => edge >= 50.0,
            ("clip-path", "circle" | "ellipse", &[(radius, _), ..]) => radius <= 0.0,
            ("transform", "scale" | "scalex" | "scaley" | "scale3d", numbers) => {
                numbers.iter().any(|(n, _)| *n == 0.0)
            }
            ("transform", "translate" | "translatex" | "translatey" | "translate3d", numbers) => {
                numbers.iter().any(|&(n, is_share)| if is_share { n < -100.0 } else { n <= AWAY })
            }
            _ => false,
        }
    };
    let said = if name == "clip" { Said::AwayIfPositioned } else { Said::Away };
    parts.iter().any(gone).then_some(said)
}

fn background(parts: &[Part], look: &mut Look) {
    if matches!(parts, [part] if matches!(part.word(), Some("inherit" | "initial" | "unset" | "revert")))
    {
        return;
    }
    let clear = Colour { r: 0, g: 0, b: 0, a: 0.0 };
    look.background_image = Some(parts.contains(&Part::Picture));
    look.background_color = Some(parts.iter().find_map(Part::colour).unwrap_or(clear));
}

/// `font: italic bold 12px/1.5 Arial`; what it does not name it resets.
fn font(parts: &[Part], look: &mut Look) -> Option<()> {
    let at = parts.iter().position(|part| match part {
        Part::Number(n) => *n == 0.0,
        part => font_size(part).is_some_and(|size| size != Length::Auto),
    })?;
    look.font_size = font_size(&parts[at]);
    look.font_weight = Some(parts[..at].iter().find_map(weight).unwrap_or(400));
    look.line_height = match &parts[at + 1..] {
        [Part::Slash, height, ..] => line_height(height),
        _ => Some(Length::Auto),
    };
    Some(())
}

fn font_size(part: &Part) -> Option<Length> {
    if let Some(word) = part.word() {
        return Some(match word {
            "xx-small" => Length::Px(9.0),
            "x-small" => Length::Px(10.0),
            "small" => Length::Px(13.0),
            "medium" => Length::Px(16.0),
            "large" => Length::Px(18.0),
            "x-large" => Length::Px(24.0),
            "xx-large" => Length::Px(32.0),
            "xxx-large" => Length::Px(48.0),
            "smaller" => Length::Em(1.0 / 1.2),
            "larger" => Length::Em(1.2),
            _ => return None,
        });
    }
    size(part)
}

fn line_height(part: &Part) -> Option<Length> {
    match *part {
        Part::Number(n) => Some(Length::Em(n)),
        _ => size(part),
    }
}

fn weight(part: &Part) -> Option<u16> {
    match part {
        Part::Number(n) if (1.0..=1000.0).contains(n) => Some(n.round() as u16),
        part => match part.word()? {
            "normal" => Some(400),
            "bold" | "bolder" => Some(700),
            "lighter" => Some(300),
            _ => None,
        },
    }
}

/// A length that cannot be negative.
fn size(part: &Part) -> Option<Length> {
    length(part).filter(|length| length.rough() >= 0.0)
}

fn length(part: &Part) -> Option<Length> {
    match part {
        // Without a unit it is pixels, in quirks mode; and 0 always.
        Part::Number(n) => Some(Length::Px(*n)),
        Part::Length(length) => Some(*length),
        Part::Word(_) | Part::Call(..) => Some(Length::Auto),
        _ => None,
    }
}

/// One part of a value.
#[derive(PartialEq)]
enum Part<'i> {
    /// In lower case.
    Word(Cow<'i, str>),
    Number(f32),
    Length(Length),
    Colour(Colour),
    /// A `url()` or a gradient.
    Picture,
    Slash,
    /// Another function, and the numbers in it: rough pixels, or per cent (true).
    Call(String, Vec<(f32, bool)>),
    Other,
    /// A word that the filter lets stand in `font-family` only.
    Odd,
}

impl Part<'_> {
    fn word(&self) -> Option<&str> {
        match self {
            Self::Word(word) => Some(word),
            _ => None,
        }
    }

    fn colour(&self) -> Option<Colour> {
        match self {
            Self::Colour(colour) => Some(*colour),
            _ => None,
        }
        .or_else(|| colour::parse_colour(self.word()?))
    }
}

/// A value's parts, and whether it is `!important`. `None` if it is no value at all.
fn parts<'i>(input: &mut Parser<'i, '_>) -> Option<Parts<'i>> {
    const MOST: usize = 64;
    let mut parts = SmallVec::new();
    while parts.len() < MOST {
        let token = match input.next() {
            Err(_) => break,
            Ok(Token::Delim('!')) => return is_important(input).then_some((parts, true)),
            Ok(token) => token.clone(),
        };
        let next = part(&token, input)?;
        // The filter refuses what some take for a comment.
        if next == Part::Slash && parts.last() == Some(&Part::Slash) {
            return None;
        }
        parts.push(next);
    }
    Some((parts, false))
}

fn part<'i>(what: &Token<'i>, input: &mut Parser<'i, '_>) -> Option<Part<'i>> {
    Some(match what {
        Token::Ident(word) if !token::is_name(word) => Part::Odd,
        Token::Ident(word) => Part::Word(word.to_ascii_lowercase().into()),
        Token::Hash(_) | Token::IDHash(_) => {
            colour::read(what, input).map_or(Part::Other, Part::Colour)
        }
        Token::UnquotedUrl(_) => Part::Picture,
        Token::Delim('/') => Part::Slash,
        Token::Function(name) if colour::is_function(name) => {
            colour::read(what, input).map_or(Part::Other, Part::Colour)
        }
        Token::Function(name) if is_picture(name) => Part::Picture,
        Token::Function(name) => {
            let numbers = nested(input, |inside| {
                let mut numbers = Vec::new();
                while let Ok(token) = inside.next() {
                    if numbers.len() < 8
                        && let Some(number) = number(token)
                    {
                        numbers.push(match number {
                            Part::Length(Length::Percent(n)) => (n, true),
                            Part::Length(length) => (length.rough(), false),
                            Part::Number(n) => (n, false),
                            _ => continue,
                        });
                    }
                }
                numbers
            });
            Part::Call(name.to_ascii_lowercase(), numbers)
        }
        Token::Comma | Token::QuotedString(_) => Part::Other,
        // Word's own colons, `progid:`, and brackets in the wrong place.
        what => number(what)?,
    })
}

fn is_picture(function: &str) -> bool {
    let name = function.to_ascii_lowercase();
    name.ends_with("gradient")
        || name.ends_with("image-set")
        || name.ends_with("cross-fade")
        || matches!(name.as_str(), "url" | "src" | "image" | "element" | "paint")
}

fn number(token: &Token) -> Option<Part<'static>> {
    match token {
        Token::Number { value, .. } => measure(*value, ""),
        Token::Percentage { unit_value, .. } => measure(unit_value * 100.0, "%"),
        Token::Dimension { value, unit, .. } => measure(*value, &unit.to_ascii_lowercase()),
        _ => None,
    }
}

/// A number and its unit, in lower case.
fn measure(value: f32, unit: &str) -> Option<Part<'static>> {
    // The filter refuses what no mail needs.
    if value.abs() > 1e9 && unit != "%" {
        return None;
    }
    Some(Part::Length(match unit {
        "" => return Some(Part::Number(value)),
        "%" => Length::Percent(value),
        "px" => Length::Px(value),
        "pt" => Length::Px(value * 4.0 / 3.0),
        "pc" | "rem" => Length::Px(value * 16.0),
        "in" => Length::Px(value * 96.0),
        "cm" => Length::Px(value * 96.0 / 2.54),
        "mm" => Length::Px(value * 9.6 / 2.54),
        "q" => Length::Px(value * 2.4 / 2.54),
        "em" => Length::Em(value),
        "ex" | "ch" => Length::Em(value * 0.5),
        "lh" => Length::Em(value * 1.2),
        "vw" | "vh" | "vmin" | "vmax" | "svw" | "svh" | "lvw" | "lvh" | "dvw" | "dvh" => {
            Length::Viewport(value)
        }
        // The filter refuses values with units that it does not know.
        name => return token::unit(name).map(|_| Part::Other),
    }))
}

fn plain_parts<'i>(value: &Value<'i>) -> Option<Parts<'i>> {
    let mut parts = SmallVec::with_capacity(value.tokens.len());
    for token in &value.tokens {
        parts.push(match *token {
            plain::Token::Word(word) if word.bytes().any(|b| b.is_ascii_uppercase()) => {
                Part::Word(word.to_ascii_lowercase().into())
            }
            plain::Token::Word(word) => Part::Word(word.into()),
            plain::Token::Number(ref number) => measure(number.value, number.unit)?,
            plain::Token::Hash(digits) => {
                colour::by_digits(digits).map_or(Part::Other, Part::Colour)
            }
            plain::Token::Comma | plain::Token::String(_) => Part::Other,
            plain::Token::Slash => Part::Slash,
        });
    }
    Some((parts, value.important))
}
