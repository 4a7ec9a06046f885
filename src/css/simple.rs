//! Finds in a style sheet what single elements, classes and ids look like: enough to know which classes hide.
//! Rules that ask for more than one compound, or apply only to some screens, are left out.

use super::cut::{Next, Rules};
use super::look::{self, Look};
use super::lost::{self, Lost};
use super::media;
use super::parts::{self, Part};
use super::selector;
use super::token::{nested, until};
use cssparser::{Delimiter, Parser, ParserInput, Token};

/// What a rule with a simple selector says.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct SimpleLook {
    /// The element's name, in lower case.
    pub element: Option<String>,
    /// The class, escapes decoded.
    pub class: Option<String>,
    /// The id, escapes decoded.
    pub id: Option<String>,
    /// What they look like.
    pub look: Look,
}

impl SimpleLook {
    /// Whether this is the whole page.
    fn is_page(&self) -> bool {
        self.specificity() == 1 && self.element.as_deref().is_some_and(is_page)
    }

    /// Which of two rules wins: the greater, and of equals the later.
    pub fn specificity(&self) -> u8 {
        4 * u8::from(self.id.is_some())
            + 2 * u8::from(self.class.is_some())
            + u8::from(self.element.is_some())
    }
}

/// What a sheet says for every screen. Rules inside `@media` count if the media are `all` or `screen` and nothing more is
/// asked.
#[derive(Default)]
pub struct ForScreens {
    /// The looks that it gives to an element's name, a class or an id, or to a name with one of these; in order. At most
    /// 65,536, ten times what the largest mail has.
    pub looks: Vec<SimpleLook>,
    /// Its hiding rules whose selectors the filter refuses; at most 64, since each is asked of each element.
    pub lost: Vec<Lost>,
}

/// Reads a sheet for what it says for every screen.
pub fn for_screens(css: &str) -> ForScreens {
    let mut found = ForScreens::default();
    text(css, 0, &mut found);
    found
}

/// Whether a sheet with this `media` applies to every screen.
pub fn is_for_screens(media: &str) -> bool {
    let mut input = ParserInput::new(media);
    applies(&mut Parser::new(&mut input))
}

/// How deep `@media` is followed.
const DEEPEST: usize = 4;
/// The most looks of a sheet, and the most lost rules.
const MOST: usize = 1 << 16;
const MOST_LOST: usize = 64;

/// Rules that need no tokenizer to be told apart, and the others between them.
fn text(css: &str, depth: usize, found: &mut ForScreens) {
    let mut rules = Rules::new(css, depth < DEEPEST);
    let mut room = Vec::new();
    while found.looks.len() < MOST {
        match rules.next() {
            Next::End => return,
            Next::Other(rest) => {
                let mut input = ParserInput::new(rest);
                let mut input = Parser::new(&mut input);
                if !next(&mut input, depth, found) {
                    return;
                }
                rules.pass(input.position().byte_index());
            }
            Next::Rule { selectors, block } => {
                let names = match parts::parts(selectors, &mut room) {
                    true => Names { simple: plain_names(&room), lost: Vec::new() },
                    false => found.names(&mut Parser::new(&mut ParserInput::new(selectors))),
                };
                if names.are_some() {
                    found.add(names, &look::look(block));
                }
            }
            Next::Media { queries, block } => {
                let mut input = ParserInput::new(queries);
                if applies(&mut Parser::new(&mut input)) {
                    text(block, depth + 1, found);
                }
            }
        }
    }
}

/// What comes next, with a tokenizer; says whether more may come.
fn next(input: &mut Parser, depth: usize, found: &mut ForScreens) -> bool {
    let start = input.state();
    match input.next_including_whitespace_and_comments() {
        Err(_) => return false,
        Ok(Token::WhiteSpace(_) | Token::Comment(_) | Token::CDO | Token::CDC) => {}
        Ok(Token::AtKeyword(name)) => {
            let is_media = name.eq_ignore_ascii_case("media");
            let applies =
                until(input, Delimiter::Semicolon | Delimiter::CurlyBracketBlock, |prelude| {
                    is_media && applies(prelude)
                });
            let has_block = matches!(input.next(), Ok(Token::CurlyBracketBlock));
            if has_block {
                let applies = applies && depth < DEEPEST;
                nested(input, |inside| {
                    while applies && found.looks.len() < MOST && next(inside, depth + 1, found) {}
                });
            }
        }
        Ok(_) => {
            input.reset(&start);
            let names = until(input, Delimiter::CurlyBracketBlock, |it| found.names(it));
            if !matches!(input.next(), Ok(Token::CurlyBracketBlock)) {
                return false;
            }
            let look = nested(input, |inside| names.are_some().then(|| look::of_block(inside)));
            if let Some(look) = look {
                found.add(names, &look);
            }
        }
    }
    true
}

/// Whom a rule is about.
struct Names {
    simple: Vec<SimpleLook>,
    lost: Vec<lost::Selector>,
}

impl Names {
    fn are_some(&self) -> bool {
        !self.simple.is_empty() || !self.lost.is_empty()
    }
}

impl ForScreens {
    fn names(&self, prelude: &mut Parser) -> Names {
        let start = prelude.state();
        let simple = selectors(prelude);
        prelude.reset(&start);
        let full = self.lost.len() >= MOST_LOST;
        Names { simple, lost: if full { Vec::new() } else { lost::selectors(prelude) } }
    }

    fn add(&mut self, names: Names, look: &Look) {
        if look.hides() {
            self.lost.extend(names.lost.into_iter().map(|selector| Lost::new(selector, look)));
        }
        if *look != Look::default() {
            let room = MOST - self.looks.len();
            let simple = names.simple.into_iter().take(room);
            self.looks.extend(simple.map(|names| SimpleLook { look: look.clone(), ..names }));
        }
    }
}

fn applies(prelude: &mut Parser) -> bool {
    let mut queries = String::new();
    media::list(prelude, &mut queries, &mut |_| ());
    queries.split(',').any(|query| matches!(query, "all" | "screen" | "only screen" | "only all"))
}

/// Those of plain selectors that are simple enough, with no look yet.
fn plain_names(parts: &[Part]) -> Vec<SimpleLook> {
    let selectors = parts.split(|part| *part == Part::Comma);
    let simple = selectors.filter_map(|mut selector| {
        // In the page everything is, so `body a` says what `a` says; in a fragment they become the same.
        while let [Part::Element(name), Part::Sign(' '), rest @ ..] = selector
            && is_page(name)
        {
            selector = rest;
        }
        let (element, more) = match selector {
            [Part::Element(name), more @ ..] => (Some(*name), more),
            more => (None, more),
        };
        let element = element.filter(|name| *name != "*").map(str::to_ascii_lowercase);
        let (class, id) = match more {
            [] => (None, None),
            [Part::Class(class)] => (Some((*class).to_owned()), None),
            [Part::Id(id)] => (None, Some((*id).to_owned())),
            _ => return None,
        };
        let names = SimpleLook { element, class, id, look: Look::default() };
        (names.specificity() > 0).then_some(names)
    });
    simple.collect()
}

fn is_page(element: &str) -> bool {
    element.eq_ignore_ascii_case("body") || element.eq_ignore_ascii_case("html")
}

/// Those selectors of a rule that are simple enough, with no look yet; none where the rule is not CSS.
fn selectors(input: &mut Parser) -> Vec<SimpleLook> {
    let start = input.state();
    let (found, all_simple) = simple_selectors(input);
    if !found.is_empty() && !all_simple {
        input.reset(&start);
        if !selector::is_css(input) {
            return Vec::new();
        }
    }
    found
}

/// The simple ones, and whether these are all.
fn simple_selectors(input: &mut Parser) -> (Vec<SimpleLook>, bool) {
    let mut found = Vec::new();
    let mut all_simple = true;
    loop {
        input.skip_whitespace();
        let mut names = SimpleLook { element: None, class: None, id: None, look: Look::default() };
        let mut simple = true;
        let mut ended = false;
        let more = loop {
            let token = match input.next_including_whitespace() {
                Err(_) => break false,
                Ok(Token::Comma) => break true,
                Ok(Token::WhiteSpace(_)) => {
                    ended = true;
                    continue;
                }
                Ok(token) => token.clone(),
            };
            // In the page everything is, so `body a` says what `a` says; in a fragment they become the same.
            if ended && simple && names.is_page() {
                (names.element, ended) = (None, false);
            }
            let named = names.class.is_some() || names.id.is_some();
            simple = simple && !ended && !named;
            match token {
                Token::Ident(name) => {
                    simple = simple && names.element.is_none();
                    names.element = Some(name.to_ascii_lowercase());
                }
                Token::Delim('*') => {}
                Token::Delim('.') => match input.next_including_whitespace() {
                    Ok(Token::Ident(name)) => names.class = Some(name.to_string()),
                    _ => simple = false,
                },
                Token::IDHash(name) => names.id = Some(name.to_string()),
                _ => simple = false,
            }
        };
        if simple && names.specificity() > 0 {
            found.push(names);
        } else {
            all_simple = false;
        }
        if !more {
            return (found, all_simple);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::sheet::tests::{PARTS, RULES, SELECTORS};
    use super::*;

    fn simple_looks(css: &str) -> Vec<SimpleLook> {
        for_screens(css).looks
    }

    fn hiding(css: &str) -> String {
        let hidden = simple_looks(css).into_iter().filter(|simple| simple.look.hides());
        let names = hidden.map(|simple| {
            let mut name = simple.element.unwrap_or_default();
            name.extend(simple.class.map(|class| format!(".{class}")));
            name.extend(simple.id.map(|id| format!("#{id}")));
            name
        });
        names.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn simple_rules_are_found() {
        for (css, expected) in [
            (".a{display:none}", ".a"),
            ("DIV.a , #b{display:none!important}", "div.a #b"),
            ("*.a{display:none}", ".a"),
            (".a b,.c{display:none}", ".c"),
            (".a.b,.c>d,e:hover,f{display:none}", "f"),
            ("<!-- .a{display:none} -->", ".a"),
            ("@media screen{.a{display:none}}", ".a"),
            ("@media all{@media screen{.a{display:none}}}", ".a"),
            ("@media print{.a{display:none}}.b{display:none}", ".b"),
            ("@media screen and (max-width:600px){.a{display:none}}", ""),
            ("@import 'x';.a{visibility:hidden}", ".a"),
            (".\\61 {display:none}", ".a"),
            (".a{color:red}.b{display:none", ".b"),
            ("*{display:none}", ""),
            ("body a,html body .b,body>c{display:none}", "a .b"),
            ("body p a{display:none}", ""),
            ("a,]{display:none}", ""),
            ("a,{display:none}", ""),
            ("a,b::-moz-x{display:none}c{display:none}", "c"),
            ("a,b:x{display:none}", "a"),
            (". a{display:none}", ""),
            ("/*x*/.a/*y*/{display:none}", ".a"),
        ] {
            assert_eq!(hiding(css), expected, "{css}");
        }
    }

    proptest::proptest! {
        #[test]
        fn cut_as_by_cssparser(
            parts in proptest::collection::vec(0..PARTS.len(), 0..24),
            rules in proptest::collection::vec(0..RULES.len(), 0..6),
            names in proptest::collection::vec(0..SELECTORS.len(), 1..12),
        ) {
            let parts: String = parts.iter().map(|&part| PARTS[part]).collect();
            let rules: String = rules.iter().map(|&rule| RULES[rule]).collect();
            let names: String = names.iter().map(|&part| SELECTORS[part]).collect();
            let named = format!("{names}{{display:none}}");
            for css in [named, format!("{rules}{parts}"), format!("@media all{{{parts}{rules}}}{rules}")] {
                let cut = for_screens(&css);
                let mut all = ForScreens::default();
                let mut input = ParserInput::new(&css);
                let mut input = Parser::new(&mut input);
                while all.looks.len() < MOST && next(&mut input, 0, &mut all) {}
                assert_eq!(cut.looks, all.looks, "{css}");
                assert_eq!(format!("{:?}", cut.lost), format!("{:?}", all.lost), "{css}");
            }
        }
    }

    #[test]
    fn specificity_orders() {
        let looks = simple_looks("p{color:red}.a{color:red}p.a{color:red}#a{color:red}");
        assert!(looks.is_sorted_by(|a, b| a.specificity() < b.specificity()));
    }
}
