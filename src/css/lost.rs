//! Rules that hide and whose selectors may not stay: what they hid must be known, or it would come to light. Reads
//! selectors further than the filter prints them, as far as an answer needs no layout and no reader; whoever brings the
//! elements says what they are.

use super::look::Look;
use super::selector;
use super::token::nested;
use cssparser::{ParseError, Parser, Token};

/// An element, as selectors ask for it.
pub trait Element: Copy {
    /// In lower case.
    fn name(&self) -> &str;
    /// The value of an attribute; names in lower case.
    fn attribute(&self, name: &str) -> Option<&str>;
    /// The element around it.
    fn parent(&self) -> Option<Self>;
    /// The element before it in its parent.
    fn previous(&self) -> Option<Self>;
}

/// A rule that hides and cannot be printed.
#[derive(Clone, Debug)]
pub struct Lost {
    /// From the right; before each what stands between it and the one to its right.
    compounds: Vec<(Sign, Compound)>,
    /// What it says.
    pub look: Look,
}

impl Lost {
    pub(super) fn new(compounds: Selector, look: &Look) -> Lost {
        Lost { compounds, look: look.clone() }
    }

    /// Whether the rule is about this element.
    pub fn fits<E: Element>(&self, element: E) -> bool {
        // Enough for any mail; a selector that asks for more is not answered.
        let mut steps = 512;
        fits(&self.compounds, element, &mut steps)
    }
}

/// What stands between two compounds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Sign {
    Within,
    Child,
    Next,
    Behind,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Compound {
    element: Option<String>,
    attributes: Vec<Attribute>,
    /// None of each list.
    not: Vec<Vec<Compound>>,
    /// One of each list.
    any: Vec<Vec<Compound>>,
    /// The filter refuses it.
    refused: bool,
}

#[derive(Clone, Debug)]
struct Attribute {
    name: String,
    how: How,
    value: String,
    any_case: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum How {
    Is,
    There,
    Word,
    Begins,
    Ends,
    Holds,
    Dash,
}

fn fits<E: Element>(compounds: &[(Sign, Compound)], element: E, steps: &mut usize) -> bool {
    let Some(((sign, compound), rest)) = compounds.split_first() else { return true };
    if *steps == 0 {
        return false;
    }
    *steps -= 1;
    if !compound.fits(element) {
        return false;
    }
    if rest.is_empty() {
        return true;
    }
    let next = |element: E| match sign {
        Sign::Within | Sign::Child => element.parent(),
        Sign::Next | Sign::Behind => element.previous(),
    };
    let mut other = next(element);
    while let Some(element) = other {
        if fits(rest, element, steps) {
            return true;
        }
        if matches!(sign, Sign::Child | Sign::Next) || *steps == 0 {
            return false;
        }
        other = next(element);
    }
    false
}

impl Compound {
    fn fits<E: Element>(&self, element: E) -> bool {
        let one = |list: &Vec<Compound>| list.iter().any(|compound| compound.fits(element));
        self.element.as_deref().is_none_or(|name| name == element.name())
            && self.attributes.iter().all(|attribute| attribute.fits(element))
            && self.any.iter().all(one)
            && !self.not.iter().any(one)
    }
}

impl Attribute {
    fn fits<E: Element>(&self, element: E) -> bool {
        let Some(value) = element.attribute(&self.name) else { return false };
        let lower = |text: &str| match self.any_case {
            true => text.to_ascii_lowercase(),
            false => text.to_owned(),
        };
        let (value, wanted) = (lower(value), lower(&self.value));
        let holds = |holds: bool| holds && !wanted.is_empty();
        match self.how {
            How::There => true,
            How::Is => value == wanted,
            How::Word => value.split_ascii_whitespace().any(|word| word == wanted),
            How::Begins => holds(value.starts_with(&wanted)),
            How::Ends => holds(value.ends_with(&wanted)),
            How::Holds => holds(value.contains(&wanted)),
            How::Dash => value
                .strip_prefix(&wanted)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('-')),
        }
    }
}

pub(super) type Selector = Vec<(Sign, Compound)>;

/// The selectors of a rule that the filter refuses and that can be answered; none where the rule is not CSS.
pub(super) fn selectors(input: &mut Parser) -> Vec<Selector> {
    let start = input.state();
    // Only attributes and pseudo-classes are refused, and most rules ask for none.
    let mut may_be = false;
    while let Ok(token) = input.next() {
        may_be |= matches!(token, Token::SquareBracketBlock | Token::Colon);
    }
    input.reset(&start);
    if !may_be || !selector::is_css(input) {
        return Vec::new();
    }
    input.reset(&start);
    let mut found = Vec::new();
    let read: Result<Vec<()>, ParseError<()>> = input.parse_comma_separated(|input| {
        let mut selector = Vec::new();
        let mut known = true;
        loop {
            input.skip_whitespace();
            let compound = match compound(input, false) {
                Ok(compound) => compound,
                Err(Unread::Unknown) => {
                    known = false;
                    while input.next().is_ok() {}
                    break;
                }
                Err(Unread::Broken) => return Err(input.new_custom_error(())),
            };
            // Read from the left, kept from the right.
            selector.insert(0, (Sign::Within, compound));
            let state = input.state();
            let space = matches!(input.next_including_whitespace(), Ok(Token::WhiteSpace(_)));
            if !space {
                input.reset(&state);
            }
            let state = input.state();
            let sign = match input.next() {
                Err(_) => break,
                Ok(Token::Delim('>')) => Sign::Child,
                Ok(Token::Delim('+')) => Sign::Next,
                Ok(Token::Delim('~')) => Sign::Behind,
                Ok(_) if space => {
                    input.reset(&state);
                    Sign::Within
                }
                Ok(_) => return Err(input.new_custom_error(())),
            };
            // It belongs to the compound that is still to come, on the right.
            selector.insert(0, (sign, Compound::default()));
        }
        if known {
            found.extend(joined(selector));
        }
        Ok(())
    });
    if read.is_ok() { found } else { Vec::new() }
}

/// Gives each compound the sign on its left; `None` where the filter refuses nothing of it.
fn joined(parts: Selector) -> Option<Selector> {
    let mut selector: Selector = Vec::new();
    for (at, (sign, compound)) in parts.into_iter().enumerate() {
        if at % 2 == 0 {
            selector.push((Sign::Within, compound));
        } else if let Some(last) = selector.last_mut() {
            last.0 = sign;
        }
    }
    selector.iter().any(|(_, compound)| compound.refused).then_some(selector)
}

enum Unread {
    /// It cannot be answered here: state, place, parts of elements.
    Unknown,
    /// It is not CSS.
    Broken,
}

/// `in_list`: one of a list, which holds no more lists; they would be as deep as the sheet wants.
fn compound(input: &mut Parser, in_list: bool) -> Result<Compound, Unread> {
    let mut compound = Compound::default();
    let mut empty = true;
    loop {
        let state = input.state();
        let token = match input.next_including_whitespace() {
            Ok(token) => token.clone(),
            Err(_) => break,
        };
        match token {
            Token::Ident(name) if empty => compound.element = Some(name.to_ascii_lowercase()),
            Token::Delim('*') if empty => {}
            Token::Delim('.') => {
                let Ok(Token::Ident(name)) = input.next_including_whitespace() else {
                    return Err(Unread::Broken);
                };
                compound.attributes.push(Attribute::new("class", How::Word, name));
            }
            Token::IDHash(name) => compound.attributes.push(Attribute::new("id", How::Is, &name)),
            Token::SquareBracketBlock => {
                let attribute = nested(input, attribute).ok_or(Unread::Broken)?;
                compound.refused |=
                    attribute.name != "class" || !matches!(attribute.how, How::Is | How::Word);
                compound.attributes.push(attribute);
            }
            Token::Colon if in_list => return Err(Unread::Unknown),
            Token::Colon => pseudo(input, &mut compound)?,
            Token::Delim('&' | '|') => return Err(Unread::Unknown),
            _ if empty => return Err(Unread::Broken),
            _ => {
                input.reset(&state);
                break;
            }
        }
        empty = false;
    }
    if empty { Err(Unread::Broken) } else { Ok(compound) }
}

impl Attribute {
    fn new(name: &str, how: How, value: &str) -> Self {
        Attribute { name: name.to_ascii_lowercase(), how, value: value.to_owned(), any_case: false }
    }
}

fn attribute(input: &mut Parser) -> Option<Attribute> {
    let name = input.expect_ident_cloned().ok()?;
    let how = match input.next() {
        Err(_) => return Some(Attribute::new(&name, How::There, "")),
        Ok(Token::Delim('=')) => How::Is,
        Ok(Token::IncludeMatch) => How::Word,
        Ok(Token::DashMatch) => How::Dash,
        Ok(Token::PrefixMatch) => How::Begins,
        Ok(Token::SuffixMatch) => How::Ends,
        Ok(Token::SubstringMatch) => How::Holds,
        Ok(_) => return None,
    };
    let value = input.expect_ident_or_string().ok()?.clone();
    let mut attribute = Attribute::new(&name, how, &value);
    if let Ok(case) = input.try_parse(|input| input.expect_ident_cloned()) {
        attribute.any_case = case.eq_ignore_ascii_case("i");
    }
    input.is_exhausted().then_some(attribute)
}

fn pseudo(input: &mut Parser, compound: &mut Compound) -> Result<(), Unread> {
    let name = match input.next_including_whitespace() {
        Ok(Token::Function(name)) => name.to_ascii_lowercase(),
        Ok(Token::Colon | Token::Ident(_)) => return Err(Unread::Unknown),
        _ => return Err(Unread::Broken),
    };
    let list = |input: &mut Parser| nested(input, compounds).ok_or(Unread::Unknown);
    match name.as_str() {
        "not" => compound.not.push(list(input)?),
        "is" | "where" | "matches" => compound.any.push(list(input)?),
        _ => return Err(Unread::Unknown),
    }
    compound.refused = true;
    Ok(())
}

/// A list of single compounds, without more lists in them.
fn compounds(input: &mut Parser) -> Option<Vec<Compound>> {
    let read: Result<Vec<Compound>, ParseError<()>> = input.parse_comma_separated(|input| {
        input.skip_whitespace();
        match compound(input, true) {
            Ok(compound) => {
                input.skip_whitespace();
                match input.is_exhausted() {
                    true => Ok(compound),
                    false => Err(input.new_custom_error(())),
                }
            }
            Err(_) => Err(input.new_custom_error(())),
        }
    });
    read.ok()
}

#[cfg(test)]
mod tests {
    use super::super::for_screens;
    use super::*;

    fn lost(css: &str) -> Vec<Lost> {
        for_screens(css).lost
    }

    /// `name attribute=value`, one in the other; the last is asked about.
    #[derive(Clone, Copy)]
    struct Path<'a>(&'a [&'a str]);

    impl Element for Path<'_> {
        fn name(&self) -> &str {
            self.0.last().and_then(|it| it.split(' ').next()).unwrap_or_default()
        }
        fn attribute(&self, name: &str) -> Option<&str> {
            let mut attributes =
                self.0.last()?.split(' ').skip(1).filter_map(|it| it.split_once('='));
            attributes.find(|(known, _)| *known == name).map(|(_, value)| value)
        }
        fn parent(&self) -> Option<Self> {
            let rest = &self.0[..self.0.len() - 1];
            (!rest.is_empty()).then_some(Path(rest))
        }
        fn previous(&self) -> Option<Self> {
            None
        }
    }

    fn hides(selector: &str, path: &[&str]) -> bool {
        lost(&format!("{selector}{{display:none}}")).iter().any(|rule| rule.fits(Path(path)))
    }

    #[test]
    fn what_refused_selectors_hide() {
        for (selector, path) in [
            ("[lang]", &["p lang=de"][..]),
            ("p[lang=de]", &["p lang=de"]),
            ("[data-x^=a]", &["p data-x=abc"]),
            ("[data-x$=c]", &["p data-x=abc"]),
            ("[data-x*=b]", &["p data-x=abc"]),
            ("[lang|=de]", &["p lang=de-AT"]),
            ("[data-x=ABC i]", &["p data-x=abc"]),
            ("p:not(.a)", &["p class=b"]),
            ("div [x] > p", &["div", "b x=1", "p"]),
            ("div[x] p", &["div x=1", "b", "i", "p"]),
            (":is(p, div)", &["p"]),
            ("b,[x],i", &["p x=1"]),
        ] {
            assert!(hides(selector, path), "{selector}");
        }
    }

    #[test]
    fn what_they_do_not_hide_and_what_is_not_theirs() {
        for (selector, path) in [
            ("[lang=de]", &["p lang=en"][..]),
            ("[data-x*='']", &["p data-x=abc"]),
            ("p:not(.a)", &["p class=a"]),
            ("div > [x]", &["div", "b", "p x=1"]),
            // The reader's, or a place: not known.
            ("[x]:hover", &["p x=1"]),
            ("[x]:first-child", &["p x=1"]),
            ("[x]::before", &["p x=1"]),
            // Not CSS: no browser takes the rule.
            ("[x], ]", &["p x=1"]),
            ("[x] >", &["p x=1"]),
            // These are printed.
            (".a", &["p class=a"]),
            ("[class=a]", &["p class=a"]),
        ] {
            assert!(!hides(selector, path), "{selector}");
        }
        assert!(lost("@media print{[x]{display:none}}[y]{color:red}").is_empty());
        assert_eq!(lost("@media screen{[x]{display:none}}").len(), 1);
    }
}
