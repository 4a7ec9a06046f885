//! A style sheet anew: rules whose selectors and declarations are allowed, and media queries round them.
//! Everything else that starts with `@` loads, defines or asks more than a mail needs, and is refused.

use super::declaration;
use super::load::{self, Strings};
use super::selector::{self, Rename};
use super::token::{label, nested, until};
use super::{Allow, NameKind, Refused, RefusedKind, Scope, media};
use cssparser::{Delimiter, Parser, ParserInput, ParserState, Token};

/// How deep `@media` may stand in `@media`; a `media` attribute counts.
const DEEPEST_MEDIA: usize = 2;

/// A style sheet in canonical spelling, one rule a line, without what the policy refuses. There is no `<` in it.
///
/// `media` is the style element's attribute: the sheet is wrapped in `@media` unless it says `all` or `screen`, and
/// refused if nothing of it can stay. `rename` says what classes and ids are called in the output; it must give the
/// same answer for its own answers.
pub fn sheet(
    css: &str,
    media: Option<&str>,
    scope: Scope,
    allow: &Allow,
    rename: &dyn Fn(NameKind, &str) -> String,
    refused: &mut dyn FnMut(Refused),
) -> String {
    let mut sheet =
        Sheet { scope, allow, rename, refused, out: String::new(), rules: 0, full: false };
    let mut input = ParserInput::new(css);
    let mut input = Parser::new(&mut input);
    let queries = match media {
        Some(media) => sheet.attribute(media),
        None => Some("all".to_owned()),
    };
    match queries.as_deref() {
        Some("all" | "screen" | "only screen") => sheet.rules(&mut input, 0),
        Some(queries) => {
            sheet.out.push_str("@media ");
            sheet.out.push_str(queries);
            sheet.media_block(&mut input, 0, 0);
        }
        None => load::collect(&mut input, Strings::Text, &mut |url, _| {
            (sheet.refused)(Refused {
                kind: RefusedKind::AtRule,
                what: "media".to_owned(),
                url: Some(url.to_owned()),
            });
        }),
    }
    sheet.out
}

struct Sheet<'a, 'r> {
    scope: Scope<'a>,
    allow: &'a Allow<'a>,
    rename: Rename<'a>,
    refused: &'r mut dyn FnMut(Refused),
    out: String,
    rules: usize,
    /// A limit was met: the rest is refused.
    full: bool,
}

impl Sheet<'_, '_> {
    fn attribute(&mut self, media: &str) -> Option<String> {
        let mut queries = String::new();
        let mut input = ParserInput::new(media);
        media::list(&mut Parser::new(&mut input), &mut queries, self.refused).then_some(queries)
    }

    fn rules(&mut self, input: &mut Parser, depth: usize) {
        while !self.full {
            let start = input.state();
            let name = match input.next_including_whitespace_and_comments() {
                Err(_) => return,
                Ok(Token::WhiteSpace(_) | Token::Comment(_)) => continue,
                // `<!--` and `-->` round a sheet are for browsers that knew no style element.
                Ok(Token::CDO | Token::CDC) if depth == 0 => continue,
                Ok(Token::AtKeyword(name)) => Some(name.to_ascii_lowercase()),
                Ok(_) => None,
            };
            if self.rules >= self.allow.limits.rules {
                return self.fill();
            }
            self.rules += 1;
            let mark = self.out.len();
            match name.as_deref() {
                Some("media") if depth < DEEPEST_MEDIA => self.media(input, depth),
                Some(name) => self.other(name, input),
                None => {
                    input.reset(&start);
                    self.rule(input, &start);
                }
            }
            let bytes = self.allow.limits.bytes;
            // The end of each `@media` round this is still to come.
            let closing = 2 * depth;
            if input.position().byte_index() > bytes || self.out.len() + closing > bytes {
                self.out.truncate(mark);
                self.fill();
            }
        }
    }

    fn fill(&mut self) {
        if !self.full {
            self.full = true;
            (self.refused)(Refused {
                kind: RefusedKind::Limit,
                what: "style sheet".to_owned(),
                url: None,
            });
        }
    }

    fn rule(&mut self, input: &mut Parser, start: &ParserState) {
        let mark = self.out.len();
        let (scope, allow, rename) = (self.scope, self.allow, self.rename);
        let read = until(input, Delimiter::CurlyBracketBlock, |prelude| {
            selector::list(prelude, allow, scope, rename, &mut self.out, self.refused)
        });
        let what = input.slice_from(start.position());
        let has_block = matches!(input.next(), Ok(Token::CurlyBracketBlock));
        if read.is_err() || !has_block || self.out.len() == mark {
            self.out.truncate(mark);
            let told = !self.refuse_block(RefusedKind::Selector, what, has_block, input);
            if told && (read.is_err() || !has_block) {
                self.refuse(RefusedKind::Selector, what, None);
            }
            return;
        }
        let hides = !is_of_the_page(&self.out[mark..], scope);
        self.out.push('{');
        let body = self.out.len();
        nested(input, |inside| {
            self.full = declaration::filter(inside, allow, hides, &mut self.out, self.refused);
        });
        if self.out.len() == body {
            return self.out.truncate(mark);
        }
        self.out.push_str("}\n");
    }

    fn media(&mut self, input: &mut Parser, depth: usize) {
        let mark = self.out.len();
        self.out.push_str("@media ");
        let read = until(input, Delimiter::Semicolon | Delimiter::CurlyBracketBlock, |prelude| {
            media::list(prelude, &mut self.out, self.refused)
        });
        let has_block = matches!(input.next(), Ok(Token::CurlyBracketBlock));
        if read && has_block {
            return nested(input, |inside| self.media_block(inside, depth, mark));
        }
        self.out.truncate(mark);
        if !self.refuse_block(RefusedKind::AtRule, "media", has_block, input) && read {
            self.refuse(RefusedKind::AtRule, "media", None);
        }
    }

    /// The rules of an `@media` whose queries have been printed since `mark`.
    fn media_block(&mut self, input: &mut Parser, depth: usize, mark: usize) {
        self.out.push_str("{\n");
        let body = self.out.len();
        self.rules(input, depth + 1);
        if self.out.len() == body {
            self.out.truncate(mark);
        } else {
            self.out.push_str("}\n");
        }
    }

    fn other(&mut self, name: &str, input: &mut Parser) {
        let strings = if name == "import" { Strings::Urls } else { Strings::Text };
        let mut none = true;
        until(input, Delimiter::Semicolon | Delimiter::CurlyBracketBlock, |prelude| {
            // These name without loading.
            if !matches!(name, "namespace" | "document" | "-moz-document") {
                load::collect(prelude, strings, &mut |url, _| {
                    none = false;
                    (self.refused)(Refused {
                        kind: RefusedKind::AtRule,
                        what: label(name),
                        url: Some(url.to_owned()),
                    });
                });
            }
        });
        let has_block = matches!(input.next(), Ok(Token::CurlyBracketBlock));
        if !self.refuse_block(RefusedKind::AtRule, name, has_block, input) && none {
            self.refuse(RefusedKind::AtRule, name, None);
        }
    }

    /// Tells what the block just opened would have loaded; says whether there was anything to tell.
    fn refuse_block(
        &mut self,
        kind: RefusedKind,
        what: &str,
        has_block: bool,
        input: &mut Parser,
    ) -> bool {
        let mut any = false;
        if has_block {
            nested(input, |inside| {
                load::collect(inside, Strings::Text, &mut |url, _| {
                    any = true;
                    (self.refused)(Refused { kind, what: label(what), url: Some(url.to_owned()) });
                });
            });
        }
        any
    }

    fn refuse(&mut self, kind: RefusedKind, what: &str, url: Option<String>) {
        (self.refused)(Refused { kind, what: label(what), url });
    }
}

/// Whether one of these selectors is of the whole page. What lay the page elsewhere did not hide the mail.
fn is_of_the_page(selectors: &str, scope: Scope) -> bool {
    selectors.split(',').any(|selector| {
        let part = match scope {
            Scope::Fragment { class } => {
                selector.strip_prefix('.').and_then(|s| s.strip_prefix(class))
            }
            Scope::Document => {
                selector.strip_prefix("body").or_else(|| selector.strip_prefix("html"))
            }
        };
        let more = |c: char| matches!(c, ' ' | '>' | '+' | '~');
        part.is_some_and(|rest| {
            !rest.starts_with(|c: char| c.is_ascii_alphanumeric()) && !rest.contains(more)
        })
    })
}
