//! Which values may stand in a declaration: a token grammar, printed as it is read.
//! Knows nothing of what a property's values mean, apart from the few that could paint outside the mail.
//! Reading stops at the first token that is not known; what an offending value would load is `load`'s to find.

use super::plain::{self, Value};
use super::token::{
    DEEPEST, is_name, nested, push_hash, push_lower, push_number, push_string, push_string_part,
    unit,
};
use super::{Allow, RefusedKind};
use cssparser::{Parser, Token};

/// Prints the value of `name` (in lower case), with a final `!important` if there is one.
pub(super) fn write(
    name: &str,
    input: &mut Parser,
    allow: &Allow,
    out: &mut String,
) -> Result<(), RefusedKind> {
    printed(name, out, |out| match name {
        "font-family" => families(input, out),
        _ => Writer::of(name, allow, out).sequence(input, 0, false),
    })
}

/// The same for a value without brackets.
pub(super) fn write_plain(
    name: &str,
    value: &Value,
    allow: &Allow,
    out: &mut String,
) -> Result<(), RefusedKind> {
    printed(name, out, |out| {
        match name {
            "font-family" => plain_families(&value.tokens, out)?,
            _ => Writer::of(name, allow, out).plain(&value.tokens)?,
        }
        Ok(value.important)
    })
}

/// What holds of a property's value as a whole. `print` prints it, and tells whether it is important.
fn printed(
    name: &str,
    out: &mut String,
    print: impl FnOnce(&mut String) -> Result<bool, RefusedKind>,
) -> Result<(), RefusedKind> {
    let start = out.len();
    let important = print(out)?;
    if out.len() == start {
        return Err(RefusedKind::Value);
    }
    if name == "display" && !is_display(&out[start..]) {
        return Err(RefusedKind::Value);
    }
    if important {
        out.push_str("!important");
    }
    Ok(())
}

/// Prints the arguments of a colour function.
pub(super) fn arguments(
    input: &mut Parser,
    allow: &Allow,
    out: &mut String,
) -> Result<(), RefusedKind> {
    let mut writer = Writer { allow, out, strings: false, reach: Reach::Free, gap: false };
    writer.sequence(input, 1, false).map(|_| ())
}

/// Functions that load, or that stand for a text not seen here: refused whatever a policy allows.
pub(super) fn is_barred(function: &str) -> bool {
    const BARRED: &[&str] = &[
        "url",
        "url-prefix",
        "domain",
        "src",
        "image",
        "image-set",
        "cross-fade",
        "element",
        "attr",
        "env",
        "var",
        "paint",
        "expression",
        "if",
        "inherit",
        "random-item",
        "first-valid",
    ];
    let bare = function
        .strip_prefix("-webkit-")
        .or_else(|| function.strip_prefix("-moz-"))
        .unwrap_or(function);
    BARRED.contains(&bare) || bare.starts_with("--")
}

/// Boxes that flow with the text. `grid`, `run-in` and the rest have not been seen in mail.
const DISPLAYS: &[&str] = &[
    "none",
    "block",
    "inline",
    "inline-block",
    "list-item",
    "table",
    "inline-table",
    "table-row",
    "table-cell",
    "table-row-group",
    "table-header-group",
    "table-footer-group",
    "table-column",
    "table-column-group",
    "table-caption",
    "flex",
    "inline-flex",
    "contents",
    "flow-root",
    "inherit",
    "initial",
    "unset",
];

/// Whether it is one of them.
pub(super) fn is_display(value: &str) -> bool {
    DISPLAYS.iter().any(|known| known.eq_ignore_ascii_case(value))
}

const MATH: &[&str] = &["calc", "-webkit-calc", "-moz-calc", "min", "max", "clamp"];

/// How far a property's lengths may lead away from the element's own place: a mail in a page must not paint over it.
#[derive(Clone, Copy, PartialEq)]
enum Reach {
    Free,
    /// Far negative lengths pull the content out of the mail.
    NotBack,
    /// Shadows and outlines paint on every side without taking room.
    NotFar,
}

impl Reach {
    const FAR: f32 = 100.0;

    fn of(name: &str) -> Self {
        match name {
            "text-indent" | "letter-spacing" | "word-spacing" => Self::NotBack,
            "box-shadow"
            | "-webkit-box-shadow"
            | "-moz-box-shadow"
            | "text-shadow"
            | "outline"
            | "outline-width"
            | "outline-offset"
            | "text-underline-offset"
            | "text-decoration"
            | "text-decoration-thickness"
            | "vertical-align" => Self::NotFar,
            _ if name.starts_with("margin") => Self::NotBack,
            _ => Self::Free,
        }
    }

    /// In arithmetic every sign can be turned round, so there both ends count.
    fn permits(self, px: f32, math: bool) -> bool {
        match self {
            Self::Free => true,
            Self::NotBack if !math => px >= -Self::FAR,
            _ => px.abs() <= Self::FAR,
        }
    }
}

/// A rough size in px: what matters is ten or ten thousand.
fn rough_px(value: f32, unit: &str) -> f32 {
    value
        * match unit {
            "em" | "rem" | "lh" | "rlh" | "pc" => 16.0,
            "ex" | "ch" => 8.0,
            "pt" => 4.0 / 3.0,
            "in" => 96.0,
            "cm" => 37.8,
            "mm" => 3.78,
            "vw" | "vh" | "vmin" | "vmax" | "svw" | "svh" | "lvw" | "lvh" | "dvw" | "dvh" => 10.0,
            "%" => 6.0, // of a mail's usual 600 px
            _ => 1.0,
        }
}

struct Writer<'a, 'o> {
    allow: &'a Allow<'a>,
    out: &'o mut String,
    strings: bool,
    reach: Reach,
    /// A space goes before the next token.
    gap: bool,
}

impl<'a, 'o> Writer<'a, 'o> {
    fn of(name: &str, allow: &'a Allow<'a>, out: &'o mut String) -> Self {
        let strings = matches!(name, "font" | "font-feature-settings" | "quotes");
        Writer { allow, out, strings, reach: Reach::of(name), gap: false }
    }

    /// Prints the tokens of a value without brackets.
    fn plain(&mut self, tokens: &[plain::Token]) -> Result<(), RefusedKind> {
        for token in tokens {
            match token {
                plain::Token::Word(word) => self.word(word),
                plain::Token::Number(number) => {
                    self.numeric(number.source, number.value, number.unit, false)?;
                }
                plain::Token::Hash(digits) => self.hash(digits)?,
                plain::Token::Comma => self.comma(),
                plain::Token::Slash => self.slash()?,
                plain::Token::String(text) if self.strings => self.string(text),
                plain::Token::String(_) => return Err(RefusedKind::Value),
            }
        }
        Ok(())
    }

    /// Prints tokens to the end of `input`; says whether `!important` closed them.
    fn sequence(
        &mut self,
        input: &mut Parser,
        depth: usize,
        math: bool,
    ) -> Result<bool, RefusedKind> {
        loop {
            let start = input.position();
            let Ok(token) = input.next_including_whitespace_and_comments() else {
                return Ok(false);
            };
            match token {
                Token::WhiteSpace(_) | Token::Comment(_) => continue,
                Token::Ident(name) => {
                    if !is_name(name) || name.starts_with("--") {
                        return Err(RefusedKind::Value);
                    }
                    self.word(name);
                }
                &Token::Number { value, .. } => {
                    self.numeric(input.slice_from(start), value, "", math)?
                }
                &Token::Percentage { unit_value, .. } => {
                    self.numeric(input.slice_from(start), unit_value * 100.0, "%", math)?;
                }
                Token::Dimension { value, unit: name, .. } => {
                    let (value, unit) = (*value, unit(name).ok_or(RefusedKind::Value)?);
                    self.numeric(input.slice_from(start), value, unit, math)?;
                }
                Token::Hash(digits) | Token::IDHash(digits) => self.hash(digits)?,
                Token::QuotedString(text) if self.strings => self.string(text),
                Token::Comma => self.comma(),
                Token::Delim('/') if !math => self.slash()?,
                Token::Delim(sign @ ('+' | '-' | '*' | '/')) if math => {
                    if matches!(sign, '*' | '/') && self.reach != Reach::Free {
                        return Err(RefusedKind::Value);
                    }
                    push_gap(self.out, self.gap);
                    self.out.push(*sign);
                    self.gap = true;
                }
                Token::Delim('!') if depth == 0 => {
                    return if is_important(input) { Ok(true) } else { Err(RefusedKind::Value) };
                }
                Token::Function(name) => {
                    push_gap(self.out, self.gap);
                    let start = self.out.len();
                    push_lower(self.out, name);
                    let name = &self.out[start..];
                    if is_barred(name)
                        || !is_name(name)
                        || self.allow.functions.binary_search(&name).is_err()
                    {
                        return Err(RefusedKind::Function);
                    }
                    let math = math || MATH.contains(&name);
                    // The numbers of a colour lead nowhere.
                    let colour = super::colour::is_function(name);
                    let reach = self.reach;
                    self.reach = if colour { Reach::Free } else { reach };
                    let read = self.bracket(input, depth, math);
                    self.reach = reach;
                    read?;
                }
                Token::ParenthesisBlock if math => {
                    push_gap(self.out, self.gap);
                    self.bracket(input, depth, true)?;
                }
                Token::UnquotedUrl(_) | Token::BadUrl(_) => return Err(RefusedKind::Url),
                _ => return Err(RefusedKind::Value),
            }
        }
    }

    fn word(&mut self, name: &str) {
        push_gap(self.out, self.gap);
        self.out.push_str(name);
        self.gap = true;
    }

    fn hash(&mut self, digits: &str) -> Result<(), RefusedKind> {
        push_gap(self.out, self.gap);
        self.gap = true;
        push_hash(self.out, digits).ok_or(RefusedKind::Value)
    }

    fn string(&mut self, text: &str) {
        push_gap(self.out, self.gap);
        push_string(self.out, text);
        self.gap = true;
    }

    fn comma(&mut self) {
        self.out.push(',');
        self.gap = false;
    }

    /// Two in a row mean nothing, and `//` is a comment to some.
    fn slash(&mut self) -> Result<(), RefusedKind> {
        if self.out.ends_with('/') {
            return Err(RefusedKind::Value);
        }
        self.out.push('/');
        self.gap = false;
        Ok(())
    }

    fn bracket(&mut self, input: &mut Parser, depth: usize, math: bool) -> Result<(), RefusedKind> {
        if depth >= self.allow.limits.nesting.min(DEEPEST) {
            return Err(RefusedKind::Limit);
        }
        self.out.push('(');
        self.gap = false;
        nested(input, |inner| self.sequence(inner, depth + 1, math))?;
        self.out.push(')');
        self.gap = true;
        Ok(())
    }

    fn numeric(
        &mut self,
        source: &str,
        value: f32,
        unit: &str,
        math: bool,
    ) -> Result<(), RefusedKind> {
        if self.reach != Reach::Free && !self.reach.permits(rough_px(value, unit), math) {
            return Err(RefusedKind::Value);
        }
        push_gap(self.out, self.gap);
        push_number(self.out, source).ok_or(RefusedKind::Value)?;
        self.out.push_str(unit);
        self.gap = true;
        Ok(())
    }
}

fn push_gap(out: &mut String, gap: bool) {
    if gap {
        out.push(' ');
    }
}

/// After `!`: is it `important`, and the last word?
pub(super) fn is_important(input: &mut Parser) -> bool {
    input.expect_ident_matching("important").is_ok() && input.is_exhausted()
}

/// Font families: strings, or words. Words that ASCII cannot spell become a string, which means the same.
fn families(input: &mut Parser, out: &mut String) -> Result<bool, RefusedKind> {
    #[derive(PartialEq)]
    enum Family {
        Empty,
        Words,
        OpenString,
        Closed,
    }
    let mut family = Family::Empty;
    let mut start = out.len();
    let important = loop {
        let Ok(token) = input.next_including_whitespace_and_comments() else {
            break false;
        };
        match token {
            Token::WhiteSpace(_) | Token::Comment(_) => {}
            Token::Comma if family != Family::Empty => {
                out.push_str(if family == Family::OpenString { "\"," } else { "," });
                start = out.len();
                family = Family::Empty;
            }
            Token::QuotedString(text) if family == Family::Empty => {
                push_string(out, text);
                family = Family::Closed;
            }
            Token::Ident(word) if family == Family::OpenString => {
                out.push(' ');
                push_string_part(out, word);
            }
            Token::Ident(word) if family != Family::Closed => {
                push_gap(out, family == Family::Words);
                if is_name(word) {
                    out.push_str(word);
                    family = Family::Words;
                } else {
                    out.insert(start, '"');
                    push_string_part(out, word);
                    family = Family::OpenString;
                }
            }
            Token::Delim('!') if family != Family::Empty => {
                if is_important(input) {
                    break true;
                }
                return Err(RefusedKind::Value);
            }
            Token::Function(_) => return Err(RefusedKind::Function),
            Token::UnquotedUrl(_) | Token::BadUrl(_) => return Err(RefusedKind::Url),
            _ => return Err(RefusedKind::Value),
        }
    };
    match family {
        Family::Empty => return Err(RefusedKind::Value),
        Family::OpenString => out.push('"'),
        Family::Words | Family::Closed => {}
    }
    Ok(important)
}

/// Families of which each is one string, or words that ASCII can spell.
fn plain_families(tokens: &[plain::Token], out: &mut String) -> Result<(), RefusedKind> {
    for (at, family) in tokens.split(|token| *token == plain::Token::Comma).enumerate() {
        if at > 0 {
            out.push(',');
        }
        match family {
            [] => return Err(RefusedKind::Value),
            [plain::Token::String(text)] => push_string(out, text),
            words => {
                for (at, word) in words.iter().enumerate() {
                    let plain::Token::Word(word) = word else { return Err(RefusedKind::Value) };
                    push_gap(out, at > 0);
                    out.push_str(word);
                }
            }
        }
    }
    Ok(())
}
