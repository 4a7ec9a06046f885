//! What a style text would fetch: every `url()` and every string that stands for one, decoded, with its place.
//! Finds more than browsers load rather than less; whether a load is harmful is judged elsewhere.

use super::declaration::{self, Visitor};
use super::token::{DEEPEST, nested};
use cssparser::{Parser, ParserInput, Token};
use std::ops::Range;

/// One thing a style text would load.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Load {
    /// The URL, escapes decoded. Empty where something loads that cannot be read from here.
    pub url: String,
    /// The whole declaration in the style text, with the `;` after it. What [`without`] takes.
    pub declaration: Range<usize>,
    /// The part that loads: `url(…)`, or the string with its quotes.
    pub value: Range<usize>,
}

/// Whether a style may load anything: nothing does without a bracket or, in a custom property (whose name may be
/// escaped), a string.
pub fn may_load(style: &str) -> bool {
    let bytes = style.as_bytes();
    match memchr::memchr3(b'(', b'"', b'\'', bytes).map(|at| bytes[at]) {
        None => false,
        Some(b'(') => true,
        Some(_) => {
            memchr::memchr2(b'(', b'\\', bytes).is_some()
                || bytes.windows(2).any(|two| two == b"--")
        }
    }
}

/// Everything that the declarations of a style attribute would load, in order.
pub fn loads(style: &str) -> Vec<Load> {
    if !may_load(style) {
        return Vec::new();
    }
    let mut finder = Finder::default();
    let mut input = ParserInput::new(style);
    declaration::walk(&mut Parser::new(&mut input), &mut finder);
    finder.found
}

/// The style text without the given ranges; every other byte stays. Ranges may come in any order and overlap;
/// one that does not lie between characters of the text is ignored.
pub fn without(style: &str, ranges: &[Range<usize>]) -> String {
    let mut ranges: Vec<_> = ranges.iter().collect();
    ranges.sort_by_key(|range| range.start);
    let mut out = String::with_capacity(style.len());
    let mut at = 0;
    for range in ranges {
        if range.end <= at || style.get(range.start..range.end).is_none() {
            continue;
        }
        if range.start > at {
            out.push_str(&style[at..range.start]);
        }
        at = range.end;
    }
    out.push_str(&style[at..]);
    out
}

/// What strings mean in a piece of a style.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Strings {
    Text,
    Urls,
    /// In a custom property: a URL when it looks like one, since `image-set(var(--x))` may use it.
    Unknown,
}

impl Strings {
    pub(super) fn of_property(name: &str) -> Self {
        if name.starts_with("--") { Self::Unknown } else { Self::Text }
    }
}

/// Calls `found` for everything that `input` would load, with its byte range.
pub(super) fn collect(
    input: &mut Parser,
    strings: Strings,
    found: &mut dyn FnMut(&str, Range<usize>),
) {
    collect_at(input, strings, 0, found);
}

fn collect_at(
    input: &mut Parser,
    strings: Strings,
    depth: usize,
    found: &mut dyn FnMut(&str, Range<usize>),
) {
    loop {
        let start = input.position().byte_index();
        let Ok(token) = input.next_including_whitespace_and_comments() else {
            return;
        };
        let inside = match token {
            Token::UnquotedUrl(url) => {
                let url = url.clone();
                found(&url, start..input.position().byte_index());
                continue;
            }
            Token::QuotedString(text) => {
                let text = text.clone();
                let loads = match strings {
                    Strings::Text => false,
                    Strings::Urls => true,
                    Strings::Unknown => text.contains("//"),
                };
                if loads {
                    found(&text, start..input.position().byte_index());
                }
                continue;
            }
            Token::Function(name) if is_url(name) => {
                let url = nested(input, |inner| match inner.next() {
                    Ok(Token::QuotedString(text)) => text.to_string(),
                    _ => String::new(),
                });
                found(&url, start..input.position().byte_index());
                continue;
            }
            Token::Function(name) if takes_images(name) => Strings::Urls,
            Token::Function(_) if strings == Strings::Urls => Strings::Text,
            Token::Function(_)
            | Token::ParenthesisBlock
            | Token::SquareBracketBlock
            | Token::CurlyBracketBlock => strings,
            _ => continue,
        };
        if depth >= DEEPEST {
            // Too deep to follow, and so too deep to vouch for.
            nested(input, |_| ());
            found("", start..input.position().byte_index());
            continue;
        }
        nested(input, |inner| collect_at(inner, inside, depth + 1, found));
    }
}

fn is_url(function: &str) -> bool {
    function.eq_ignore_ascii_case("url") || function.eq_ignore_ascii_case("src")
}

/// Functions in which a bare string is a URL (the last one is Internet Explorer's).
fn takes_images(function: &str) -> bool {
    [
        "image-set",
        "-webkit-image-set",
        "image",
        "cross-fade",
        "-webkit-cross-fade",
        "alphaimageloader",
    ]
    .iter()
    .any(|name| function.eq_ignore_ascii_case(name))
}

#[derive(Default)]
struct Finder {
    found: Vec<Load>,
    /// Where the loads of the declaration at hand begin in `found`.
    open: usize,
}

impl Finder {
    fn collect(&mut self, input: &mut Parser, strings: Strings) {
        collect(input, strings, &mut |url, value| {
            self.found.push(Load { url: url.to_owned(), declaration: 0..0, value });
        });
    }
}

impl<'i> Visitor<'i> for Finder {
    fn declaration(&mut self, name: &str, value: &mut Parser<'i, '_>) {
        self.collect(value, Strings::of_property(name));
    }
    fn stray(&mut self, rest: &mut Parser<'i, '_>) {
        self.collect(rest, Strings::Text);
    }
    fn block(&mut self, _: &str, inside: &mut Parser<'i, '_>) {
        self.collect(inside, Strings::Text);
    }
    fn end(&mut self, range: Range<usize>) {
        for load in &mut self.found[self.open..] {
            load.declaration = range.clone();
        }
        self.open = self.found.len();
    }
}
