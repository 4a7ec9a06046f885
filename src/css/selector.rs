//! Which selectors may stay, and where they apply: elements, classes, ids, combinators and a few pseudo-classes.
//! Anything that could read what it styles, or keep state without a script, is refused.
//! Browsers drop a whole rule for one selector they cannot read, and so does this; but a selector that is good CSS and
//! merely refused here takes no other with it, or the sender's plain selectors would lose their look.

use super::parts::{self, Part};
use super::token::{is_name, label, nested, push_lower};
use super::{Allow, Limits, NameKind, Refused, RefusedKind, Scope};
use cssparser::{Parser, ParserInput, Token, parse_nth};

/// What names become.
pub(super) type Rename<'a> = &'a dyn Fn(NameKind, &str) -> String;

/// The rule is not CSS.
#[derive(Debug, PartialEq)]
pub(super) struct Invalid;

/// Prints the selectors of one rule, with commas; nothing if all are refused.
pub(super) fn list(
    input: &mut Parser,
    allow: &Allow,
    scope: Scope,
    rename: Rename,
    out: &mut String,
    refused: &mut dyn FnMut(Refused),
) -> Result<(), Invalid> {
    let begin = out.len();
    let mut reader = Reader::new(allow, scope, rename, out);
    loop {
        let mark = reader.begin(begin);
        let start = input.position();
        let more = reader.selector(input)?;
        if reader.refused {
            reader.out.truncate(mark);
            let what = input.slice_from(start);
            let what = what.strip_suffix(',').unwrap_or(what);
            refused(Refused { kind: RefusedKind::Selector, what: label(what), url: None });
        }
        if !more {
            return Ok(());
        }
    }
}

/// As [`list`], of the source in one piece.
pub(super) fn list_text(
    selectors: &str,
    allow: &Allow,
    scope: Scope,
    rename: Rename,
    out: &mut String,
    refused: &mut dyn FnMut(Refused),
) -> Result<(), Invalid> {
    let begin = out.len();
    // Most have fewer.
    let mut parts = Vec::with_capacity(16);
    if parts::parts(selectors, &mut parts) {
        let mut reader = Reader::new(allow, scope, rename, out);
        let all_kept = parts.split(|part| *part == Part::Comma).all(|selector| {
            reader.begin(begin);
            reader.plain(selector);
            !reader.refused
        });
        if all_kept {
            return Ok(());
        }
        // What was refused is told as it is written.
        out.truncate(begin);
    }
    list(&mut Parser::new(&mut ParserInput::new(selectors)), allow, scope, rename, out, refused)
}

/// Whether browsers would read the selectors of a rule. For one that they cannot read they drop the rule.
pub(super) fn is_css(input: &mut Parser) -> bool {
    let limits = Limits { bytes: usize::MAX, nesting: usize::MAX, rules: usize::MAX };
    let allow =
        Allow { properties: &[], property_heads: &[], functions: &[], pseudo_classes: NTH, limits };
    let rename = |_: NameKind, name: &str| name.to_owned();
    list(input, &allow, Scope::Document, &rename, &mut String::new(), &mut |_| ()).is_ok()
}

/// Their arguments may be wrong; those of other pseudo-classes are not looked into.
const NTH: &[&str] = &["nth-child", "nth-last-child", "nth-last-of-type", "nth-of-type"];

/// How far a selector has come.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    /// No compound yet.
    First,
    /// Only compounds that mean the fragment's wrapper.
    Wrapper,
    /// Printing.
    Inside,
}

/// Reads one selector. A compound is gathered first, because what it means for the scope shows only at its end.
struct Reader<'a, 'o> {
    allow: &'a Allow<'a>,
    scope: Scope<'a>,
    rename: Rename<'a>,
    out: &'o mut String,
    refused: bool,
    /// The compound at hand: its element,
    element: String,
    /// its classes, ids and the like as printed,
    rest: String,
    /// whether it says `:root`,
    is_root: bool,
    /// and whether it starts with the fragment's own class.
    is_wrapper: bool,
    /// What earlier compounds asked of the wrapper.
    wrapper: String,
    place: Place,
    /// What stands before the compound at hand.
    combinator: char,
}

impl<'a, 'o> Reader<'a, 'o> {
    fn new(
        allow: &'a Allow<'a>,
        scope: Scope<'a>,
        rename: Rename<'a>,
        out: &'o mut String,
    ) -> Self {
        Reader {
            allow,
            scope,
            rename,
            out,
            refused: false,
            element: String::new(),
            rest: String::new(),
            is_root: false,
            is_wrapper: false,
            wrapper: String::new(),
            place: Place::First,
            combinator: ' ',
        }
    }

    /// Begins a selector; `begin` is where the first one began. Gives where this one does.
    fn begin(&mut self, begin: usize) -> usize {
        let mark = self.out.len();
        if mark > begin {
            self.out.push(',');
        }
        self.clear();
        self.wrapper.clear();
        (self.refused, self.place, self.combinator) = (false, Place::First, ' ');
        mark
    }

    /// A selector in parts.
    fn plain(&mut self, parts: &[Part]) {
        for part in parts {
            match *part {
                Part::Element("*") => self.element.push('*'),
                Part::Element(name) => self.named_element(name),
                Part::Class(name) => self.class(name),
                Part::Id(name) => self.named('#', NameKind::Id, name),
                Part::Sign(sign) => {
                    self.flush();
                    self.combinator = sign;
                }
                Part::Comma => {}
            }
        }
        self.end();
    }

    /// Reads to the comma (true) or to the end (false).
    fn selector(&mut self, input: &mut Parser) -> Result<bool, Invalid> {
        // What has been seen since the last compound: nothing, a space, or a sign.
        let mut between = None;
        loop {
            let token = match input.next_including_whitespace() {
                Ok(token) => token.clone(),
                Err(_) => break self.finish(between).map(|()| false),
            };
            match token {
                Token::WhiteSpace(_) => {
                    if !self.is_empty() {
                        between = between.or(Some(' '));
                    }
                    continue;
                }
                Token::Comma => break self.finish(between).map(|()| true),
                Token::Delim(sign @ ('>' | '+' | '~')) => {
                    if self.is_empty() || between.is_some_and(|sign| sign != ' ') {
                        return Err(Invalid);
                    }
                    between = Some(sign);
                    continue;
                }
                _ => {}
            }
            if let Some(sign) = between.take() {
                self.flush();
                self.combinator = sign;
            }
            match token {
                Token::Delim('&' | '|') => {
                    self.refused = true;
                    while !matches!(input.next(), Ok(Token::Comma) | Err(_)) {}
                    // The comma was read: what follows is told from the end by whether anything does.
                    return Ok(!input.is_exhausted());
                }
                token => self.simple(token, input)?,
            }
        }
    }

    fn is_empty(&self) -> bool {
        self.element.is_empty() && self.rest.is_empty() && !self.is_root && !self.is_wrapper
    }

    fn finish(&mut self, between: Option<char>) -> Result<(), Invalid> {
        if self.is_empty() || between.is_some_and(|sign| sign != ' ') {
            return Err(Invalid);
        }
        self.end();
        Ok(())
    }

    /// The selector is complete.
    fn end(&mut self) {
        self.flush();
        if let (Place::Wrapper, Scope::Fragment { class }) = (self.place, self.scope) {
            self.out.push('.');
            self.out.push_str(class);
            self.out.push_str(&self.wrapper);
        }
    }

    /// One part of a compound.
    fn simple(&mut self, token: Token, input: &mut Parser) -> Result<(), Invalid> {
        match token {
            Token::Ident(name) if self.is_empty() => self.named_element(&name),
            Token::Delim('*') if self.is_empty() => self.element.push('*'),
            Token::Delim('.') => {
                let Ok(Token::Ident(name)) = input.next_including_whitespace() else {
                    return Err(Invalid);
                };
                let name = name.clone();
                self.class(&name);
            }
            Token::IDHash(name) => self.named('#', NameKind::Id, &name),
            Token::SquareBracketBlock => match nested(input, |inside| self.attribute(inside)) {
                Some(()) => {}
                None => self.refuse(),
            },
            Token::Colon => self.pseudo(input)?,
            _ => return Err(Invalid),
        }
        Ok(())
    }

    fn named_element(&mut self, name: &str) {
        if name.bytes().all(|b| b.is_ascii_alphanumeric()) && is_name(name) {
            push_lower(&mut self.element, name);
        } else {
            self.refuse();
        }
    }

    fn class(&mut self, name: &str) {
        if self.is_empty()
            && self.place == Place::First
            && matches!(self.scope, Scope::Fragment { class } if *name == *class)
        {
            self.is_wrapper = true;
        } else {
            self.named('.', NameKind::Class, name);
        }
    }

    /// Goes on reading, since what follows may show that the rule is not CSS at all.
    fn refuse(&mut self) {
        self.refused = true;
        // So that the compound is not empty.
        self.rest.push('!');
    }

    fn named(&mut self, sign: char, kind: NameKind, name: &str) {
        // Whatever it was, escapes are decoded; what counts is what is printed.
        let name = (self.rename)(kind, name);
        if !is_name(&name) {
            return self.refuse();
        }
        self.rest.push(sign);
        self.rest.push_str(&name);
    }

    /// `[class=…]` and `[class~=…]`. Any other attribute selector can ask what the document says elsewhere.
    fn attribute(&mut self, input: &mut Parser) -> Option<()> {
        input.expect_ident_matching("class").ok()?;
        let sign = match input.next().ok()? {
            Token::Delim('=') => "[class=\"",
            Token::IncludeMatch => "[class~=\"",
            _ => return None,
        };
        let names = input.expect_ident_or_string().ok()?.clone();
        if !input.is_exhausted() || names.trim().is_empty() {
            return None;
        }
        let start = self.rest.len();
        self.rest.push_str(sign);
        for (at, name) in names.split_ascii_whitespace().enumerate() {
            let name = (self.rename)(NameKind::Class, name);
            if !is_name(&name) {
                self.rest.truncate(start);
                return None;
            }
            if at > 0 {
                self.rest.push(' ');
            }
            self.rest.push_str(&name);
        }
        self.rest.push_str("\"]");
        Some(())
    }

    /// After a colon.
    fn pseudo(&mut self, input: &mut Parser) -> Result<(), Invalid> {
        let is_element = input.try_parse(|input| match input.next_including_whitespace() {
            Ok(Token::Colon) => Ok(()),
            _ => Err(()),
        });
        let (name, has_arguments) = match input.next_including_whitespace() {
            Ok(Token::Ident(name)) => (name.clone(), false),
            Ok(Token::Function(name)) => (name.clone(), true),
            _ => return Err(Invalid),
        };
        let name = name.to_ascii_lowercase();
        // Of these each browser knows its own only, and drops the rule for the others': senders use that as a switch,
        // so keeping the rest of such a rule would switch it on everywhere.
        if name.starts_with('-') && !(is_element.is_ok() && name.starts_with("-webkit-")) {
            return Err(Invalid);
        }
        let known = is_element.is_err()
            && self.allow.pseudo_classes.binary_search(&&*name).is_ok()
            && is_name(&name);
        if name == "root" && is_element.is_err() && !has_arguments {
            let alone = matches!(self.element.as_str(), "" | "html");
            if self.place != Place::Inside && alone {
                self.is_root = true;
            } else {
                self.refuse();
            }
        } else if has_arguments && known && name.starts_with("nth-") {
            let (read, whole) = nested(input, |inside| (parse_nth(inside), inside.is_exhausted()));
            let (step, first) = read.map_err(|_| Invalid)?;
            if !whole {
                // `of` and more selectors.
                self.refuse();
            }
            use std::fmt::Write;
            // Writing to a String cannot fail.
            let _ = match (step, first) {
                (0, _) => write!(self.rest, ":{name}({first})"),
                (_, 0) => write!(self.rest, ":{name}({step}n)"),
                _ => write!(self.rest, ":{name}({step}n{first:+})"),
            };
        } else if known && !has_arguments && !name.starts_with("nth-") {
            self.rest.push(':');
            self.rest.push_str(&name);
        } else {
            self.refuse();
        }
        Ok(())
    }

    /// The compound at hand is complete: prints it, or learns that it means the wrapper.
    fn flush(&mut self) {
        let combinator = std::mem::replace(&mut self.combinator, ' ');
        match self.scope {
            Scope::Document => {
                if self.place != Place::First {
                    self.out.push(combinator);
                }
                if self.is_root {
                    // As `:root` weighs more than `html`, it stays what it was.
                    self.rest.insert_str(0, ":root");
                }
                self.place = Place::Inside;
            }
            Scope::Fragment { class } if self.place != Place::Inside => {
                let is_page = self.is_root && matches!(self.element.as_str(), "" | "html")
                    || matches!(self.element.as_str(), "html" | "body");
                // A sibling of the wrapper is the host's, not the mail's.
                self.refused |= self.place == Place::Wrapper && matches!(combinator, '+' | '~');
                if is_page || self.is_wrapper {
                    self.wrapper.push_str(&self.rest);
                    self.place = Place::Wrapper;
                    self.clear();
                    return;
                }
                self.out.push('.');
                self.out.push_str(class);
                self.out.push_str(&self.wrapper);
                self.out.push(combinator);
                self.place = Place::Inside;
            }
            Scope::Fragment { .. } => self.out.push(combinator),
        }
        self.out.push_str(&self.element);
        self.out.push_str(&self.rest);
        self.clear();
    }

    fn clear(&mut self) {
        self.element.clear();
        self.rest.clear();
        self.is_root = false;
        self.is_wrapper = false;
    }
}
