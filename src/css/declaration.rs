//! Cuts a block of declarations into its pieces, as browsers do, and filters them through the policy.
//! Values are `value`'s, loads are `load`'s; here is what a refusal means for the rest.

use super::load::{self, Strings};
use super::plain::{Plain, Value};
use super::token::{is_name, label, nested, push_hash, push_lower, until};
use super::{Allow, Refused, RefusedKind, cut, hiding, value};
use crate::packed::find_by;
use cssparser::{Delimiter, Parser, ParserInput, ParserState, Token};
use std::ops::Range;

/// Who looks at the pieces of a block.
pub(super) trait Visitor<'i> {
    /// `name: value`, the name as written, escapes decoded.
    fn declaration(&mut self, name: &str, value: &mut Parser<'i, '_>);
    /// What is no declaration, up to a `;` or `{`.
    fn stray(&mut self, rest: &mut Parser<'i, '_>);
    /// The inside of a `{}` block that ended the last declaration or stray piece, and so made it something else.
    /// `before` is the source in front of the block.
    fn block(&mut self, before: &str, inside: &mut Parser<'i, '_>);
    /// The piece is over; this is its place, with the `;`.
    fn end(&mut self, _range: Range<usize>) {}
    /// Nothing more is wanted.
    fn done(&self) -> bool {
        false
    }
}

/// Shows the pieces of a block to `visitor`. Linear in the block's length, whatever it holds.
pub(super) fn walk<'i>(input: &mut Parser<'i, '_>, visitor: &mut dyn Visitor<'i>) {
    while !visitor.done() {
        let start = input.state();
        let name = match input.next_including_whitespace_and_comments() {
            Err(_) => return,
            Ok(Token::WhiteSpace(_) | Token::Comment(_) | Token::Semicolon) => continue,
            Ok(Token::Ident(name)) => Some(name.clone()),
            Ok(_) => None,
        };
        piece(input, &start, name.as_deref(), visitor);
        let before = input.slice_from(start.position());
        if let Ok(Token::CurlyBracketBlock) = input.next() {
            nested(input, |inside| visitor.block(before, inside));
        }
        visitor.end(start.position().byte_index()..input.position().byte_index());
    }
}

/// One piece up to its delimiter. A `{` ends it, since with it the piece is a nested rule, not a declaration; but a
/// custom property may hold blocks.
fn piece<'i>(
    input: &mut Parser<'i, '_>,
    start: &ParserState,
    name: Option<&str>,
    visitor: &mut dyn Visitor<'i>,
) {
    let delimiters = match name {
        Some(name) if name.starts_with("--") => Delimiter::Semicolon,
        _ => Delimiter::Semicolon | Delimiter::CurlyBracketBlock,
    };
    match name {
        Some(name) => until(input, delimiters, |rest| {
            if rest.expect_colon().is_ok() {
                visitor.declaration(name, rest);
            } else {
                rest.reset(start);
                visitor.stray(rest);
            }
        }),
        None => {
            input.reset(start);
            until(input, delimiters, |rest| visitor.stray(rest));
        }
    }
}

/// Shows the pieces of a block to `visitor`, one by one: first to `plain`, which says whether it took it. What it did
/// not take is read with a tokenizer. Declarations of properties that are not `wanted` need not be shown.
pub(super) fn walk_text<'i, V: Visitor<'i>>(
    block: &'i str,
    visitor: &mut V,
    wanted: impl Fn(&str) -> bool,
    mut plain: impl FnMut(&mut V, &'i str, &Value<'i>) -> bool,
) {
    let mut scan = Plain::new(block);
    while !visitor.done() && scan.has_more() {
        let name = scan.name();
        let unwanted = name.is_some_and(|name| !wanted(name));
        if !unwanted
            && let Some(name) = name
            && let Some(value) = scan.value()
            && plain(visitor, name, value)
        {
            scan.pass();
            continue;
        }
        let (piece, rest) = match cut::piece(scan.rest()) {
            Some((_, rest)) if unwanted => ("", rest),
            Some(cut) => cut,
            None => (scan.rest(), ""),
        };
        if !piece.is_empty() {
            let mut input = ParserInput::new(piece);
            walk(&mut Parser::new(&mut input), visitor);
        }
        scan.go_on(rest.len());
    }
}

/// Filters a rule's declarations into `out`. What it hid it still hides, if `hides`. Says whether a limit was met.
pub(super) fn filter<'i>(
    input: &mut Parser<'i, '_>,
    allow: &Allow,
    hides: bool,
    out: &mut String,
    refused: &mut dyn FnMut(Refused),
) -> bool {
    let start = input.position();
    filtering(allow, hides, out, refused, |filter| {
        walk(input, filter);
        input.slice_from(start)
    })
}

/// As [`filter`], of a block that is no longer than a sheet may be.
pub(super) fn filter_text(
    block: &str,
    allow: &Allow,
    hides: bool,
    out: &mut String,
    refused: &mut dyn FnMut(Refused),
) -> bool {
    filtering(allow, hides, out, refused, |filter| {
        let plain =
            |filter: &mut Filter, name: &str, value: &Value| filter.plain(name, value).is_some();
        walk_text(block, filter, |_| true, plain);
        block
    })
}

/// `walk` has the filter walk through a block, and gives the block's text.
fn filtering<'i>(
    allow: &Allow,
    hides: bool,
    out: &mut String,
    refused: &mut dyn FnMut(Refused),
    walk: impl FnOnce(&mut Filter) -> &'i str,
) -> bool {
    let begin = out.len();
    let mut any = false;
    let mut tell = |it| {
        any = true;
        refused(it);
    };
    let mut filter = Filter::new(allow, out, &mut tell);
    let source = walk(&mut filter);
    let full = filter.full;
    if any && hides {
        hiding::keep(source, begin, out, allow);
    }
    full
}

/// Prints what the policy allows, `;` between declarations, and reports the rest.
pub(super) struct Filter<'a, 'o> {
    pub allow: &'a Allow<'a>,
    pub out: &'o mut String,
    pub refused: &'o mut dyn FnMut(Refused),
    /// Where this block's declarations begin in `out`.
    begin: usize,
    /// Where the piece at hand begins in `out`.
    mark: usize,
    /// A stray piece that is not reported yet: with a block after it it is a nested rule.
    stray: Option<String>,
    /// A limit was met: the rest is refused.
    pub full: bool,
}

impl<'a, 'o> Filter<'a, 'o> {
    pub fn new(
        allow: &'a Allow<'a>,
        out: &'o mut String,
        refused: &'o mut dyn FnMut(Refused),
    ) -> Self {
        let begin = out.len();
        Self { allow, out, refused, begin, mark: begin, stray: None, full: false }
    }

    /// Prints a plain declaration, if the policy allows it, and gives it as printed; says nothing if not.
    pub fn plain(&mut self, name: &str, value: &Value) -> Option<&str> {
        self.mark = self.out.len();
        let allow = self.allow;
        let written =
            self.name(name).and_then(|name| value::write_plain(name, value, allow, self.out));
        if written.is_err() || self.out.len() > allow.limits.bytes {
            self.out.truncate(self.mark);
            return None;
        }
        let separator = usize::from(self.mark > self.begin);
        Some(&self.out[self.mark + separator..])
    }

    /// Prints what [`Filter::plain`] gave for the same declaration, if it fits.
    pub fn printed(&mut self, declaration: &str) -> bool {
        self.mark = self.out.len();
        self.separate();
        self.out.push_str(declaration);
        let fits = self.out.len() <= self.allow.limits.bytes;
        if !fits {
            self.out.truncate(self.mark);
        }
        fits
    }

    /// Prints `name:value`, or says why not.
    fn write(&mut self, name: &str, input: &mut Parser) -> Result<(), RefusedKind> {
        let name = self.name(name)?;
        value::write(name, input, self.allow, self.out)
    }

    /// Prints `name:`, and gives it in lower case, or says why not.
    fn name(&mut self, name: &str) -> Result<&'a str, RefusedKind> {
        self.separate();
        // As nearly all are spelled.
        let find = |name: &str| find_by(self.allow.properties, self.allow.property_heads, name);
        let name = find(name)
            .or_else(|| {
                let has_capitals = name.bytes().any(|b| b.is_ascii_uppercase());
                if has_capitals { find(&name.to_ascii_lowercase()) } else { None }
            })
            .filter(|name| is_name(name) && !name.starts_with("--"))
            .ok_or(RefusedKind::Property)?;
        self.out.push_str(name);
        self.out.push(':');
        Ok(name)
    }

    fn separate(&mut self) {
        if self.out.len() > self.begin {
            self.out.push(';');
        }
    }

    fn refuse(&mut self, kind: RefusedKind, what: &str, url: Option<String>) {
        (self.refused)(Refused { kind, what: label(what), url });
    }

    /// Reports a piece: once for each thing it would have loaded, else once.
    fn refuse_loads(
        &mut self,
        kind: RefusedKind,
        loading: RefusedKind,
        what: &str,
        input: &mut Parser,
        strings: Strings,
    ) {
        let mut none = true;
        load::collect(input, strings, &mut |url, _| {
            none = false;
            (self.refused)(Refused { kind: loading, what: label(what), url: Some(url.to_owned()) });
        });
        if none {
            self.refuse(kind, what, None);
        }
    }

    /// The colour of a `background` whose picture was refused: the text on it was made for that colour.
    fn keep_background_colour(&mut self, input: &mut Parser) {
        if self.allow.properties.binary_search(&"background-color").is_err() {
            return;
        }
        self.separate();
        self.out.push_str("background-color:");
        if background_colour(input, self.allow, self.out) != Some(()) {
            self.out.truncate(self.mark);
        }
    }
}

impl<'i> Visitor<'i> for Filter<'_, '_> {
    fn declaration(&mut self, name: &str, input: &mut Parser<'i, '_>) {
        self.mark = self.out.len();
        let start = input.state();
        let written = self.write(name, input);
        let bytes = self.allow.limits.bytes;
        if written.is_ok() && input.position().byte_index() <= bytes && self.out.len() <= bytes {
            return;
        }
        self.out.truncate(self.mark);
        let Err(kind) = written else {
            self.full = true;
            return self.refuse(RefusedKind::Limit, name, None);
        };
        input.reset(&start);
        let name = name.to_ascii_lowercase();
        self.refuse_loads(kind, RefusedKind::Url, &name, input, Strings::of_property(&name));
        if name == "background" && matches!(kind, RefusedKind::Url | RefusedKind::Function) {
            input.reset(&start);
            self.keep_background_colour(input);
        }
        if input.position().byte_index() > bytes || self.out.len() > bytes {
            self.out.truncate(self.mark);
            self.full = true;
            self.refuse(RefusedKind::Limit, &name, None);
        }
    }

    fn stray(&mut self, rest: &mut Parser<'i, '_>) {
        self.mark = self.out.len();
        let start = rest.state();
        while rest.next().is_ok() {}
        let what = rest.slice_from(start.position()).trim();
        if !what.is_empty() {
            rest.reset(&start);
            load::collect(rest, Strings::Text, &mut |url, _| {
                (self.refused)(Refused {
                    kind: stray_kind(what),
                    what: label(what),
                    url: Some(url.to_owned()),
                });
            });
            self.stray = Some(label(what));
        }
    }

    fn block(&mut self, before: &str, inside: &mut Parser<'i, '_>) {
        self.out.truncate(self.mark);
        self.stray = None;
        let kind =
            if before.starts_with('@') { RefusedKind::AtRule } else { RefusedKind::Selector };
        self.refuse_loads(kind, kind, before, inside, Strings::Text);
    }

    fn end(&mut self, _: Range<usize>) {
        if let Some(what) = self.stray.take() {
            self.refuse(stray_kind(&what), &what, None);
        }
    }

    fn done(&self) -> bool {
        self.full
    }
}

/// Finds the declarations of one property.
pub(super) struct Named<'a> {
    name: &'a str,
    is_it: bool,
    pub found: Vec<Range<usize>>,
}

impl<'a> Named<'a> {
    pub fn new(name: &'a str) -> Self {
        Self { name, is_it: false, found: Vec::new() }
    }
}

impl<'i> Visitor<'i> for Named<'_> {
    fn declaration(&mut self, name: &str, _: &mut Parser<'i, '_>) {
        self.is_it = name.eq_ignore_ascii_case(self.name);
    }
    fn stray(&mut self, _: &mut Parser<'i, '_>) {}
    fn block(&mut self, _: &str, _: &mut Parser<'i, '_>) {
        self.is_it = false;
    }
    fn end(&mut self, range: Range<usize>) {
        if std::mem::take(&mut self.is_it) {
            self.found.push(range);
        }
    }
}

fn stray_kind(what: &str) -> RefusedKind {
    if what.starts_with('@') { RefusedKind::AtRule } else { RefusedKind::Property }
}

/// Prints the one colour among a background's parts, and `!important`.
fn background_colour(input: &mut Parser, allow: &Allow, out: &mut String) -> Option<()> {
    let mut found = false;
    let start = out.len();
    loop {
        let token = match input.next() {
            Ok(token) => token.clone(),
            Err(_) => return found.then_some(()),
        };
        let at = out.len();
        let is_colour = match &token {
            Token::Hash(digits) | Token::IDHash(digits) => push_hash(out, digits).is_some(),
            Token::Ident(name) if super::colour::is_keyword(name) => {
                push_lower(out, name);
                true
            }
            Token::Function(name) if super::colour::is_function(name) => {
                push_lower(out, name);
                if allow.functions.binary_search(&&out[at..]).is_err() {
                    return None;
                }
                out.push('(');
                nested(input, |inside| value::arguments(inside, allow, out)).ok()?;
                out.push(')');
                true
            }
            Token::Delim('!') => {
                out.push_str("!important");
                return (found && value::is_important(input)).then_some(());
            }
            Token::BadUrl(_) | Token::BadString(_) | Token::Semicolon | Token::Colon => {
                return None;
            }
            _ => false,
        };
        // Two colours: no browser would have taken that value.
        if is_colour && std::mem::replace(&mut found, true) {
            out.truncate(start);
            return None;
        }
    }
}
