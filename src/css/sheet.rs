//! A style sheet anew: rules whose selectors and declarations are allowed, and media queries round them.
//! Everything else that starts with `@` loads, defines or asks more than a mail needs, and is refused.

use super::cut::{Next, Rules};
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
    let queries = match media {
        Some(media) => sheet.attribute(media),
        None => Some("all".to_owned()),
    };
    match queries.as_deref() {
        Some("all" | "screen" | "only screen") => sheet.text(css, 0),
        Some(queries) => {
            sheet.out.push_str("@media ");
            sheet.out.push_str(queries);
            sheet.media_block(0, |sheet| sheet.text(css, 1));
        }
        None => load::collect(
            &mut Parser::new(&mut ParserInput::new(css)),
            Strings::Text,
            &mut |url, _| {
                (sheet.refused)(Refused {
                    kind: RefusedKind::AtRule,
                    what: "media".to_owned(),
                    url: Some(url.to_owned()),
                });
            },
        ),
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
        media::list(&mut Parser::new(&mut ParserInput::new(media)), &mut queries, self.refused)
            .then_some(queries)
    }

    /// Rules that need no tokenizer to be told apart, and the others between them.
    fn text(&mut self, css: &str, depth: usize) {
        // How much of it was read counts, and a tokenizer counts it.
        if css.len() > self.allow.limits.bytes {
            return self.rules(&mut Parser::new(&mut ParserInput::new(css)), depth);
        }
        let mut rules = Rules::new(css, depth < DEEPEST_MEDIA);
        while !self.full {
            match rules.next() {
                Next::End => return,
                Next::Other(rest) => {
                    let mut input = ParserInput::new(rest);
                    let mut input = Parser::new(&mut input);
                    self.next(&mut input, depth);
                    rules.pass(input.position().byte_index());
                }
                Next::Rule { selectors, block } => {
                    self.one(depth, |sheet| sheet.plain_rule(selectors, block));
                }
                Next::Media { queries, block } => {
                    self.one(depth, |sheet| sheet.plain_media(queries, block, depth));
                }
            }
        }
    }

    fn rules(&mut self, input: &mut Parser, depth: usize) {
        while !self.full && self.next(input, depth) {}
    }

    /// What comes next, with a tokenizer; says whether anything did.
    fn next(&mut self, input: &mut Parser, depth: usize) -> bool {
        let start = input.state();
        let name = match input.next_including_whitespace_and_comments() {
            Err(_) => return false,
            Ok(Token::WhiteSpace(_) | Token::Comment(_)) => return true,
            // `<!--` and `-->` round a sheet are for browsers that knew no style element.
            Ok(Token::CDO | Token::CDC) if depth == 0 => return true,
            Ok(Token::AtKeyword(name)) => Some(name.to_ascii_lowercase()),
            Ok(_) => None,
        };
        let mark = self.out.len();
        self.one(depth, |sheet| match name.as_deref() {
            Some("media") if depth < DEEPEST_MEDIA => sheet.media(input, depth),
            Some(name) => sheet.other(name, input),
            None => {
                input.reset(&start);
                sheet.rule(input, &start);
            }
        });
        if input.position().byte_index() > self.allow.limits.bytes {
            self.out.truncate(mark);
            self.fill();
        }
        true
    }

    /// Reads one rule within the limits of the output.
    fn one(&mut self, depth: usize, read: impl FnOnce(&mut Self)) {
        if self.rules >= self.allow.limits.rules {
            return self.fill();
        }
        self.rules += 1;
        let mark = self.out.len();
        read(self);
        // The end of each `@media` round this is still to come.
        let closing = 2 * depth;
        if self.out.len() + closing > self.allow.limits.bytes {
            self.out.truncate(mark);
            self.fill();
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
        nested(input, |inside| {
            self.block(mark, |allow, hides, out, refused| {
                declaration::filter(inside, allow, hides, out, refused)
            });
        });
    }

    fn plain_rule(&mut self, selectors: &str, block: &str) {
        let mark = self.out.len();
        let (scope, allow, rename) = (self.scope, self.allow, self.rename);
        let read =
            selector::list_text(selectors, allow, scope, rename, &mut self.out, self.refused);
        if read.is_err() || self.out.len() == mark {
            self.out.truncate(mark);
            let told = !self.refuse_loads(
                RefusedKind::Selector,
                selectors,
                &mut Parser::new(&mut ParserInput::new(block)),
            );
            if told && read.is_err() {
                self.refuse(RefusedKind::Selector, selectors, None);
            }
            return;
        }
        self.block(mark, |allow, hides, out, refused| {
            declaration::filter_text(block, allow, hides, out, refused)
        });
    }

    /// The declarations of a rule whose selectors have been printed since `mark`. `filter` tells whether a limit was met.
    fn block(
        &mut self,
        mark: usize,
        filter: impl FnOnce(&Allow, bool, &mut String, &mut dyn FnMut(Refused)) -> bool,
    ) {
        let hides = !is_of_the_page(&self.out[mark..], self.scope);
        self.out.push('{');
        let body = self.out.len();
        self.full = filter(self.allow, hides, &mut self.out, self.refused);
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
            return nested(input, |inside| {
                self.media_block(mark, |sheet| sheet.rules(inside, depth + 1));
            });
        }
        self.out.truncate(mark);
        if !self.refuse_block(RefusedKind::AtRule, "media", has_block, input) && read {
            self.refuse(RefusedKind::AtRule, "media", None);
        }
    }

    fn plain_media(&mut self, queries: &str, block: &str, depth: usize) {
        let mark = self.out.len();
        let too_deep = depth >= DEEPEST_MEDIA;
        self.out.push_str("@media ");
        let read = !too_deep
            && media::list(
                &mut Parser::new(&mut ParserInput::new(queries)),
                &mut self.out,
                self.refused,
            );
        if read {
            return self.media_block(mark, |sheet| sheet.text(block, depth + 1));
        }
        self.out.truncate(mark);
        if !self.refuse_loads(
            RefusedKind::AtRule,
            "media",
            &mut Parser::new(&mut ParserInput::new(block)),
        ) && too_deep
        {
            self.refuse(RefusedKind::AtRule, "media", None);
        }
    }

    /// The rules of an `@media` whose queries have been printed since `mark`.
    fn media_block(&mut self, mark: usize, rules: impl FnOnce(&mut Self)) {
        self.out.push_str("{\n");
        let body = self.out.len();
        rules(self);
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
        has_block && nested(input, |inside| self.refuse_loads(kind, what, inside))
    }

    /// Tells what the rest would have loaded; says whether there was anything to tell.
    fn refuse_loads(&mut self, kind: RefusedKind, what: &str, input: &mut Parser) -> bool {
        let mut any = false;
        load::collect(input, Strings::Text, &mut |url, _| {
            any = true;
            (self.refused)(Refused { kind, what: label(what), url: Some(url.to_owned()) });
        });
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

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::rules::policy::Policy;
    use proptest::prelude::*;

    fn same(css: &str) {
        for (bytes, media) in [(1 << 20, None), (css.len(), None), (1 << 20, Some("print"))] {
            let allow = Policy::builtin().css(bytes);
            for scope in [Scope::Document, Scope::Fragment { class: "x" }] {
                let rename = |_: NameKind, name: &str| name.to_owned();
                let (mut alone, mut cut) = (Vec::new(), Vec::new());
                let text = sheet(css, media, scope, &allow, &rename, &mut |it| cut.push(it));
                let mut refused = |it| alone.push(it);
                let mut all = Sheet {
                    scope,
                    allow: &allow,
                    rename: &rename,
                    refused: &mut refused,
                    out: String::new(),
                    rules: 0,
                    full: false,
                };
                let mut input = ParserInput::new(css);
                let mut input = Parser::new(&mut input);
                match media {
                    None => all.rules(&mut input, 0),
                    Some(media) => {
                        all.out = format!("@media {media}");
                        all.media_block(0, |sheet| sheet.rules(&mut input, 1));
                    }
                }
                assert_eq!((text, cut), (all.out, alone), "{css}");
            }
        }
    }

    proptest! {
        #[test]
        fn cut_as_by_cssparser(
            parts in proptest::collection::vec(0..PARTS.len(), 0..24),
            rules in proptest::collection::vec(0..RULES.len(), 0..6),
        ) {
            let parts: String = parts.iter().map(|&part| PARTS[part]).collect();
            let rules: String = rules.iter().map(|&rule| RULES[rule]).collect();
            same(&parts);
            same(&format!("{rules}{parts}"));
            same(&format!("@media screen{{{rules}{parts}}}{rules}"));
            same(&rules.replacen('x', &parts, 2));
        }

        #[test]
        fn selectors_as_by_cssparser(
            selectors in proptest::collection::vec(0..SELECTORS.len(), 1..12),
        ) {
            let selectors: String = selectors.iter().map(|&part| SELECTORS[part]).collect();
            same(&format!("{selectors}{{display:none}}"));
        }
    }

    #[test]
    fn a_sheet_that_is_cut_off() {
        let whole = RULES.concat();
        for end in (0..whole.len()).filter(|&end| whole.is_char_boundary(end)) {
            same(&whole[..end]);
        }
    }

    /// Rules as mail has them.
    pub const RULES: &[&str] = &[
        "body{margin:0;padding:0;width:100%!important}\n",
        " .a , p.b > td , #x { color : #FFF ; font-family:'Open Sans', Arial }\n",
        "/* x { */ a:hover{color:red!important;text-decoration:none}",
        "a[href]{color:inherit!important} a[x-apple-data-detectors]{color:inherit}",
        ".c{background:url(https://x.example/x.png) no-repeat;color:rgb(1,2,3)}",
        ".c{background:url( 'https://x.example/x{;}.png' );mso-hide:all;display:none}",
        "@media only screen and (max-width: 600px) {.d{width:100%!important} .e{x:y}}",
        "@media (max-width:600px){@media screen{@media all{.f{color:red}}}.g{color:blue}}",
        "@MEDIA print{.h{display:none}}@mediax{.i{color:red}}@media;@media{.j{color:red}}",
        "@font-face{font-family:x;src:url(x.woff)}@import 'x.css';@import url(x.css) screen;",
        "<!-- .k{color:red} -->",
        ".l{color:red;.m{color:blue}color:green}",
        ".n{color:red;}}.o{color:blue}",
        ".p{;;color:red;;--x:{a;b};width:calc(100% - (2px + 1px));width:10px}",
        ".q::after{content:\"x}\";display:inline-block}.r,.s:nth-child(2n+1){color:red}",
        "*{-webkit-text-size-adjust:none;margin:0}.t{left:-9999px;position:absolute}",
        ".\\31 x{color:red}.u{color:\\72 ed;width:1px}",
        "p{margin:0}td,th{padding:0}table td{border-collapse:collapse}",
        "{color:red}.v{}.w{color}",
        // In an address a quote and a comment are others than in brackets.
        ".x{background:url(a'b)}.y{color:red}.z{content:')}'}",
        ".x{background:url(/*)}.y{color:red}.z{background:url(*/)}",
    ];

    /// What selectors are made of, most of it plain.
    pub const SELECTORS: &[&str] = &[
        "a",
        "P",
        "body",
        "html ",
        ".x",
        ".b",
        "#c",
        "*",
        " ",
        " ",
        ",",
        ", ",
        ">",
        " + ",
        "~",
        "\n",
        "-d",
        "_",
        "1",
        ".",
        "#",
        ".x ",
        "body ",
        "a.b",
        ":hover",
        "[class=e]",
        "\\61 ",
        "\u{e9}",
        "/**/",
        "--f",
        "|",
        "&",
        "H1",
    ];

    pub const PARTS: &[&str] = &[
        "{",
        "{",
        "}",
        "}",
        ";",
        ":",
        ",",
        " ",
        "(",
        ")",
        "[",
        "]",
        "'",
        "\"",
        "\\",
        "/*",
        "*/",
        "/",
        "<!--",
        "-->",
        "@media",
        "@media screen",
        "@import ",
        "url(",
        "URL( ",
        "xurl(",
        "a",
        ".a",
        "#b",
        "p",
        "color:red",
        "color",
        "display:none",
        "width:10px",
        "-",
        "--x",
        "!important",
        "http://x.example/a*b",
        "\n",
        "\0",
        "\u{e9}",
        ">",
        "*",
        "&",
        "|",
        ":hover",
        ":not(",
        "rgb(1,2,3)",
        "600px",
        "screen",
        " and ",
        "<",
        "@",
        "%",
        "+",
    ];
}
