//! CSS: what of a mail's styles may stay, what it would load, and what it says about the look.
//! The only place that knows cssparser. Knows nothing of HTML, of trackers, or of which properties a mail may use:
//! the caller brings the policy, and hears of everything that was refused.
//!
//! What leaves here is printed anew, token by token, in one canonical spelling: ASCII, no `<`, no escape outside
//! strings, no comment. Filtering it again changes no byte.

mod both;
mod colour;
mod cut;
mod declaration;
mod hiding;
mod load;
mod look;
mod lost;
mod media;
mod parts;
mod plain;
mod selector;
mod sheet;
mod simple;
mod token;
mod value;

pub use both::Declarations;
#[cfg(test)]
pub use colour::parse_colour;
pub use colour::{Colour, contrast, legacy_colour};
pub use load::{loads, may_load, without};
pub use look::{Decoration, Length, Look, look};
pub use lost::{Element, Lost};
pub use sheet::sheet;
pub use simple::{SimpleLook, for_screens, is_for_screens};

use cssparser::{Parser, ParserInput};

/// What the policy allows. Every slice is sorted and in lower case.
#[derive(Clone, Copy, Debug)]
pub struct Allow<'a> {
    /// Property names. Custom properties (`--x`) are never allowed.
    pub properties: &'a [&'a str],
    /// The first bytes of each, as [`packed::head`](crate::packed::head) makes a number of them.
    pub property_heads: &'a [u64],
    /// Functions in values. Those that load or substitute (`url`, `image-set`, `var`, …) are never allowed.
    pub functions: &'a [&'a str],
    /// Pseudo-classes without their colon; of those with arguments only `nth-…` work.
    pub pseudo_classes: &'a [&'a str],
    /// How much is too much.
    pub limits: Limits,
}

/// How much style is too much. What goes beyond is refused, never cut in the middle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one style text, before and after.
    pub bytes: usize,
    /// Brackets within brackets in a value (at most 48, whatever is asked for).
    pub nesting: usize,
    /// Rules of one style sheet.
    pub rules: usize,
}

/// Why something was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RefusedKind {
    /// The property is not allowed, or the piece is no declaration.
    Property,
    /// The value has something that values here may not have.
    Value,
    /// The value would load something.
    Url,
    /// The value uses a function that is not allowed.
    Function,
    /// The selector is not allowed or cannot be read; or a rule stands inside a rule.
    Selector,
    /// The at-rule is not allowed.
    AtRule,
    /// Too long, too deep or too many.
    Limit,
}

/// Something that was left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Why.
    pub kind: RefusedKind,
    /// The property, selector or at-rule, at most 80 characters.
    pub what: String,
    /// What would have been loaded, escapes decoded. Several loads in one place are told one by one.
    pub url: Option<String>,
}

/// Where a sheet's selectors apply.
#[derive(Clone, Copy, Debug)]
pub enum Scope<'a> {
    /// The whole document.
    Document,
    /// Inside the one element that carries this class. `body`, `html` and `:root` mean that element itself.
    Fragment {
        /// The class, without its dot: letters, digits, `-` and `_`.
        class: &'a str,
    },
}

/// What kind of name a sheet's selector uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NameKind {
    /// `.name`, `[class~=name]`
    Class,
    /// `#name`
    Id,
}

/// A style attribute in canonical spelling, `name:value;name:value`, without what the policy refuses (empty if nothing
/// is left), and the look that the whole of it gives, read in one pass. What hid its text may show it now: see [`Look`].
/// `known`: what was read for the same policy before, or nothing.
pub fn inline_and_look(
    style: &str,
    allow: &Allow,
    known: &mut Declarations,
    refused: &mut dyn FnMut(Refused),
) -> (String, Look) {
    let mut out = String::with_capacity(style.len().min(allow.limits.bytes));
    let filter = declaration::Filter::new(allow, &mut out, refused);
    let mut both = both::Both::new(filter);
    let mut rest = style;
    while !rest.is_empty() {
        let mut piece = std::mem::take(&mut rest);
        if style.len() <= allow.limits.bytes && !both.is_full() {
            piece = both.plain(piece, known);
            (piece, rest) = cut::piece(piece).unwrap_or((piece, ""));
        }
        let mut input = ParserInput::new(piece);
        declaration::walk(&mut Parser::new(&mut input), &mut both);
    }
    let look = both.look();
    (out, look)
}

/// The first of the two alone.
#[cfg(test)]
pub fn inline(style: &str, allow: &Allow, refused: &mut dyn FnMut(Refused)) -> String {
    let mut out = String::with_capacity(style.len().min(allow.limits.bytes));
    let mut input = ParserInput::new(style);
    let mut filter = declaration::Filter::new(allow, &mut out, refused);
    declaration::walk(&mut Parser::new(&mut input), &mut filter);
    out
}

/// A style attribute without its declarations of one property (in lower case); every other byte stays.
pub fn without_property(style: &str, name: &str) -> String {
    let mut finder = declaration::Named::new(name);
    let mut input = ParserInput::new(style);
    declaration::walk(&mut Parser::new(&mut input), &mut finder);
    load::without(style, &finder.found)
}

#[cfg(test)]
mod tests;
