//! Colours: reading every spelling that mail uses, laying one over another, and how well they stand apart.
//! Says nothing of what a contrast is good enough for.

use super::token::nested;
use cssparser::color::{parse_hash_color, parse_named_color};
use cssparser::{Parser, ParserInput, Token};
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

/// An sRGB colour.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Colour {
    /// Red.
    pub r: u8,
    /// Green.
    pub g: u8,
    /// Blue.
    pub b: u8,
    /// Opacity, 0 to 1.
    pub a: f32,
}

impl Colour {
    /// A colour that covers what is behind it.
    pub const fn rgb(r: u8, g: u8, b: u8) -> Self {
        Self { r, g, b, a: 1.0 }
    }

    /// This colour as it looks in front of `backdrop`.
    pub fn over(self, backdrop: Self) -> Self {
        let a = self.a + backdrop.a * (1.0 - self.a);
        if a <= 0.0 {
            return Self { a: 0.0, ..self };
        }
        let mix = |front: u8, back: u8| {
            let front = f32::from(front) * self.a;
            let back = f32::from(back) * backdrop.a * (1.0 - self.a);
            byte((front + back) / a)
        };
        Self {
            r: mix(self.r, backdrop.r),
            g: mix(self.g, backdrop.g),
            b: mix(self.b, backdrop.b),
            a,
        }
    }

    /// Relative luminance as WCAG 2 defines it; the opacity does not enter.
    fn luminance(self) -> f64 {
        0.2126 * linear(self.r) + 0.7152 * linear(self.g) + 0.0722 * linear(self.b)
    }
}

/// The light of a channel, 0 to 1. Mail has few colours, so each power is taken once.
fn linear(value: u8) -> f64 {
    static KNOWN: [AtomicU64; 256] = [const { AtomicU64::new(0) }; 256];
    let known = &KNOWN[usize::from(value)];
    let bits = known.load(Ordering::Relaxed);
    if bits != 0 {
        return f64::from_bits(bits);
    }
    let value = f64::from(value) / 255.0;
    let light = if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) };
    known.store(light.to_bits(), Ordering::Relaxed);
    light
}

/// `#rrggbb`; the opacity is not printed.
impl fmt::Display for Colour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{:02x}{:02x}{:02x}", self.r, self.g, self.b)
    }
}

/// The WCAG 2 contrast ratio, 1 to 21. Lay half-transparent colours over their backdrop first.
pub fn contrast(a: Colour, b: Colour) -> f64 {
    let (a, b) = (a.luminance(), b.luminance());
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

/// A CSS colour: a name, `#…`, `rgb()`, `hsl()`. `None` for what only the reader's program knows (`currentcolor`) and
/// for the newer colour spaces.
pub fn parse_colour(text: &str) -> Option<Colour> {
    let mut input = ParserInput::new(text);
    let mut input = Parser::new(&mut input);
    let token = input.next().ok()?.clone();
    let colour = read(&token, &mut input)?;
    input.is_exhausted().then_some(colour)
}

/// A `color` or `bgcolor` attribute: HTML's own rules, by which every text but `""` and `transparent` is a colour.
/// <https://html.spec.whatwg.org/#rules-for-parsing-a-legacy-colour-value>
pub fn legacy_colour(text: &str) -> Option<Colour> {
    if text.is_empty() {
        return None;
    }
    let text = text.trim_matches([' ', '\t', '\n', '\u{c}', '\r']);
    // As nearly all are spelled.
    if let Some(digits) = text.strip_prefix('#').filter(|digits| digits.len() == 6)
        && let Some(colour) = by_digits(digits)
    {
        return Some(colour);
    }
    if text.eq_ignore_ascii_case("transparent") {
        return None;
    }
    if let Ok((r, g, b)) = parse_named_color(text) {
        return Some(Colour::rgb(r, g, b));
    }
    let hex = |c: char| c.to_digit(16).map(|digit| digit as u8);
    if let Some(short) = text.strip_prefix('#')
        && short.len() == 3
        && short.bytes().all(|b| b.is_ascii_hexdigit())
    {
        let mut digits = short.chars().filter_map(hex).map(|digit| digit * 17);
        return Some(Colour::rgb(digits.next()?, digits.next()?, digits.next()?));
    }
    // A character beyond the first plane counts as two.
    let doubled = text.chars().flat_map(|c| {
        let (c, twice) = if c > '\u{ffff}' { ('0', true) } else { (c, false) };
        std::iter::once(c).chain(twice.then_some(c))
    });
    let mut digits: Vec<char> = doubled.take(128).collect();
    if digits.first() == Some(&'#') {
        digits.remove(0);
    }
    let mut digits: Vec<u8> = digits.into_iter().map(|c| hex(c).unwrap_or(0)).collect();
    while digits.is_empty() || !digits.len().is_multiple_of(3) {
        digits.push(0);
    }
    let length = digits.len() / 3;
    let mut parts: Vec<&[u8]> = digits.chunks(length).collect();
    for part in &mut parts {
        *part = &part[length.saturating_sub(8)..];
    }
    while parts[0].len() > 2 && parts.iter().all(|part| part[0] == 0) {
        for part in &mut parts {
            *part = &part[1..];
        }
    }
    let value = |part: &[u8]| part.iter().take(2).fold(0, |value, digit| value * 16 + digit);
    Some(Colour::rgb(value(parts[0]), value(parts[1]), value(parts[2])))
}

/// Is this word a colour where a background is asked for?
pub(super) fn is_keyword(word: &str) -> bool {
    word.eq_ignore_ascii_case("transparent")
        || word.eq_ignore_ascii_case("currentcolor")
        || parse_named_color(word).is_ok()
}

/// Is this a function that gives a colour?
pub(super) fn is_function(name: &str) -> bool {
    [
        "rgb",
        "rgba",
        "hsl",
        "hsla",
        "hwb",
        "lab",
        "lch",
        "oklab",
        "oklch",
        "color",
        "color-mix",
        "light-dark",
    ]
    .iter()
    .any(|known| known.eq_ignore_ascii_case(name))
}

/// The colour that is spelled by digits.
pub(super) fn by_digits(digits: &str) -> Option<Colour> {
    let (r, g, b, a) = parse_hash_color(digits.as_bytes()).ok()?;
    Some(Colour { r, g, b, a })
}

/// The colour that `token` is or begins.
pub(super) fn read(token: &Token, input: &mut Parser) -> Option<Colour> {
    match token {
        Token::Hash(digits) | Token::IDHash(digits) => by_digits(digits),
        Token::Ident(name) if name.eq_ignore_ascii_case("transparent") => {
            Some(Colour { r: 0, g: 0, b: 0, a: 0.0 })
        }
        // What Word writes for "as the system has it".
        Token::Ident(name) if name.eq_ignore_ascii_case("windowtext") => Some(Colour::rgb(0, 0, 0)),
        Token::Ident(name) if name.eq_ignore_ascii_case("window") => {
            Some(Colour::rgb(255, 255, 255))
        }
        Token::Ident(name) => parse_named_color(name).ok().map(|(r, g, b)| Colour::rgb(r, g, b)),
        Token::Function(name) => {
            let is_rgb = name.eq_ignore_ascii_case("rgb") || name.eq_ignore_ascii_case("rgba");
            let is_hsl = name.eq_ignore_ascii_case("hsl") || name.eq_ignore_ascii_case("hsla");
            let parts = nested(input, parts)?;
            if is_rgb {
                from_rgb(parts)
            } else if is_hsl {
                from_hsl(parts)
            } else {
                None
            }
        }
        _ => None,
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Part {
    Number(f32),
    /// 1 for 100 %.
    Share(f32),
    Degrees(f32),
}

/// Three or four numbers, whatever stands between them.
fn parts(input: &mut Parser) -> Option<[Part; 4]> {
    let mut parts = [Part::Share(1.0); 4];
    let mut count = 0;
    loop {
        let part = match input.next() {
            Err(_) => return (count >= 3).then_some(parts),
            Ok(Token::Comma | Token::Delim('/')) => continue,
            Ok(&Token::Number { value, .. }) => Part::Number(value),
            Ok(&Token::Percentage { unit_value, .. }) => Part::Share(unit_value),
            Ok(Token::Dimension { value, unit, .. }) => Part::Degrees(
                value
                    * match unit.to_ascii_lowercase().as_str() {
                        "deg" => 1.0,
                        "turn" => 360.0,
                        "grad" => 0.9,
                        "rad" => 180.0 / std::f32::consts::PI,
                        _ => return None,
                    },
            ),
            Ok(Token::Ident(word)) if word.eq_ignore_ascii_case("none") => Part::Number(0.0),
            Ok(_) => return None,
        };
        *parts.get_mut(count)? = part;
        count += 1;
    }
}

fn opacity(part: Part) -> Option<f32> {
    match part {
        Part::Number(value) | Part::Share(value) => Some(value.clamp(0.0, 1.0)),
        Part::Degrees(_) => None,
    }
}

fn from_rgb([r, g, b, a]: [Part; 4]) -> Option<Colour> {
    let channel = |part| match part {
        Part::Number(value) => Some(byte(value)),
        Part::Share(value) => Some(byte(value * 255.0)),
        Part::Degrees(_) => None,
    };
    Some(Colour { r: channel(r)?, g: channel(g)?, b: channel(b)?, a: opacity(a)? })
}

fn from_hsl([h, s, l, a]: [Part; 4]) -> Option<Colour> {
    let hue = match h {
        Part::Number(degrees) | Part::Degrees(degrees) => degrees.rem_euclid(360.0) / 30.0,
        Part::Share(_) => return None,
    };
    let share = |part| match part {
        Part::Share(value) => Some(value.clamp(0.0, 1.0)),
        Part::Number(value) => Some((value / 100.0).clamp(0.0, 1.0)),
        Part::Degrees(_) => None,
    };
    let (s, l) = (share(s)?, share(l)?);
    // The closed form of CSS Color 4, section 7.1.
    let channel = |n: f32| {
        let k = (n + hue) % 12.0;
        byte((l - s * l.min(1.0 - l) * (k - 3.0).min(9.0 - k).clamp(-1.0, 1.0)) * 255.0)
    };
    Some(Colour { r: channel(0.0), g: channel(8.0), b: channel(4.0), a: opacity(a)? })
}

fn byte(value: f32) -> u8 {
    // `as` saturates, and turns NaN into 0.
    value.round() as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    fn css(text: &str) -> Option<(u8, u8, u8, u8)> {
        parse_colour(text).map(|c| (c.r, c.g, c.b, (c.a * 100.0).round() as u8))
    }

    #[test]
    fn every_spelling_of_a_colour() {
        for (text, expected) in [
            ("red", (255, 0, 0, 100)),
            (" RebeccaPurple ", (102, 51, 153, 100)),
            ("#abc", (170, 187, 204, 100)),
            ("#ABC8", (170, 187, 204, 53)),
            ("#102030", (16, 32, 48, 100)),
            ("#10203080", (16, 32, 48, 50)),
            ("rgb(1,2,3)", (1, 2, 3, 100)),
            ("rgba(1, 2, 3, .5)", (1, 2, 3, 50)),
            ("rgb(100% 0% 50% / 25%)", (255, 0, 128, 25)),
            ("rgb(300,-5,0)", (255, 0, 0, 100)),
            ("hsl(120,100%,25%)", (0, 128, 0, 100)),
            ("hsla(240deg 100% 50% / .5)", (0, 0, 255, 50)),
            ("hsl(-1turn 0% 100%)", (255, 255, 255, 100)),
            ("transparent", (0, 0, 0, 0)),
            ("windowtext", (0, 0, 0, 100)),
        ] {
            assert_eq!(css(text), Some(expected), "{text}");
        }
        for text in [
            "",
            "currentcolor",
            "nocolour",
            "#12345",
            "rgb(1,2)",
            "rgb(1,2,3,4,5)",
            "red blue",
            "rgb(1px,2,3)",
            "lab(1 2 3)",
        ] {
            assert_eq!(css(text), None, "{text}");
        }
    }

    #[test]
    fn attributes_take_anything_for_a_colour() {
        for (text, expected) in [
            ("chucknorris", "#c00000"),
            ("#FFF", "#ffffff"),
            ("ffffff", "#ffffff"),
            ("fff", "#0f0f0f"),
            ("#12345", "#123450"),
            (" White ", "#ffffff"),
            ("  ", "#000000"),
            ("#", "#000000"),
            ("rgb(255,255,255)", "#005025"),
            ("000000000ff0000000000000000", "#00f000"),
            ("\u{1f600}f", "#00000f"),
            ("é", "#000000"),
        ] {
            let colour = legacy_colour(text).unwrap();
            assert_eq!(colour.to_string(), expected, "{text}");
        }
        assert_eq!(legacy_colour(""), None);
        assert_eq!(legacy_colour("Transparent"), None);
    }

    #[test]
    fn contrast_is_that_of_wcag() {
        let (black, white) = (Colour::rgb(0, 0, 0), Colour::rgb(255, 255, 255));
        assert!((contrast(black, white) - 21.0).abs() < 1e-9);
        assert!((contrast(white, white) - 1.0).abs() < 1e-9);
        // The well-known lightest grey that passes on white.
        assert!((contrast(Colour::rgb(0x76, 0x76, 0x76), white) - 4.54).abs() < 0.01);
    }

    #[test]
    fn layers_mix() {
        let half = Colour { r: 0, g: 0, b: 0, a: 0.5 };
        assert_eq!(half.over(Colour::rgb(255, 255, 255)).to_string(), "#808080");
        assert_eq!(Colour::rgb(1, 2, 3).over(half), Colour::rgb(1, 2, 3));
        let clear = Colour { a: 0.0, ..half };
        assert_eq!(clear.over(clear).a, 0.0);
    }
}
