//! Filters a style and reads its look in one pass: cutting it into its pieces is half of the work of either.

use super::declaration::{Filter, Visitor};
use super::look::{Look, Reader, Said};
use super::plain::Plain;
use crate::hash::ByText;
use cssparser::Parser;
use std::ops::Range;

/// Declarations that are plain and allowed, by their texts up to the `;`: the styles of a mail differ, but are made of
/// the same few. Holds for one policy.
#[derive(Default)]
pub struct Declarations {
    known: ByText<Known>,
    /// What of them is printed, one behind the other.
    printed: String,
}

struct Known {
    printed: Range<usize>,
    said: Option<Said>,
}

/// Each piece goes to both. The filter may have enough before the style ends; the look is that of the whole.
pub(super) struct Both<'a, 'o> {
    filter: Filter<'a, 'o>,
    reader: Reader,
    /// The filter wants the piece at hand.
    filters: bool,
}

impl<'a, 'o> Both<'a, 'o> {
    pub fn new(filter: Filter<'a, 'o>) -> Self {
        Both { filter, reader: Reader::default(), filters: true }
    }

    /// Whether the filter has enough.
    pub fn is_full(&self) -> bool {
        self.filter.full
    }

    /// Reads the declarations at a style's beginning that are plain and allowed; gives the rest.
    pub fn plain<'i>(&mut self, style: &'i str, known: &mut Declarations) -> &'i str {
        let mut plain = Plain::new(style);
        // No `;` stands in a plain declaration, so its text up to there is all of it.
        while let Some(text) = plain.text() {
            if let Some(Known { printed, said }) = known.known.get(text) {
                if !self.filter.printed(&known.printed[printed.clone()]) {
                    break;
                }
                self.reader.add(said.as_ref());
                plain.pass_text(text);
                continue;
            }
            let Some((name, value)) = plain.next() else { break };
            let Some(printed) = self.filter.plain(name, value) else { break };
            let start = known.printed.len();
            known.printed.push_str(printed);
            let said = self.reader.plain(name, value);
            known.known.insert(text, Known { printed: start..known.printed.len(), said });
            plain.pass();
        }
        plain.rest()
    }

    pub fn look(self) -> Look {
        self.reader.look()
    }
}

impl<'i> Visitor<'i> for Both<'_, '_> {
    fn declaration(&mut self, name: &str, value: &mut Parser<'i, '_>) {
        let start = value.state();
        self.reader.declaration(name, value);
        self.filters = !self.filter.done();
        if self.filters {
            value.reset(&start);
            self.filter.declaration(name, value);
        }
    }
    fn stray(&mut self, rest: &mut Parser<'i, '_>) {
        self.filters = !self.filter.done();
        if self.filters {
            self.filter.stray(rest);
        }
    }
    fn block(&mut self, before: &str, inside: &mut Parser<'i, '_>) {
        self.reader.block(before, inside);
        if self.filters {
            self.filter.block(before, inside);
        }
    }
    fn end(&mut self, range: Range<usize>) {
        self.reader.end(range.clone());
        if self.filters {
            self.filter.end(range);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::look::of_block;
    use super::super::{inline, inline_and_look, look};
    use super::Declarations;
    use crate::rules::policy::Policy;
    use cssparser::{Parser, ParserInput};
    use proptest::prelude::*;

    fn same(style: &str) {
        for bytes in [1 << 20, 24] {
            let allow = Policy::builtin().css(bytes);
            let mut known = Declarations::default();
            // Some of its declarations were seen in another style.
            let half = style.len() / 2;
            let before = style.char_indices().map(|(at, _)| at).find(|at| *at >= half);
            inline_and_look(&style[before.unwrap_or(0)..], &allow, &mut known, &mut |_| {});
            let (mut alone, mut together) = (Vec::new(), Vec::new());
            let text = inline(style, &allow, &mut |it| alone.push(it));
            let found = inline_and_look(style, &allow, &mut known, &mut |it| together.push(it));
            // Neither of them has read a plain declaration as such.
            let mut input = ParserInput::new(style);
            let as_seen = of_block(&mut Parser::new(&mut input));
            assert_eq!((found, together), ((text, as_seen.clone()), alone), "{style}");
            assert_eq!(look(style), as_seen, "{style}");
        }
    }

    #[test]
    fn a_full_filter_does_not_end_the_look() {
        same("color:red;background:url(a) blue;width:10px;height:20px;display:none;color:blue");
    }

    /// A block behind the declaration that filled it still belongs to that one.
    #[test]
    fn a_full_filter_hears_its_last_piece_out() {
        same("display:nonecolor/font-size*/{");
    }

    proptest! {
        #[test]
        fn together_as_alone(style in proptest::collection::vec(0..PARTS.len(), 0..24)) {
            same(&style.iter().map(|&part| PARTS[part]).collect::<String>());
        }

        #[test]
        fn plain_as_by_cssparser(
            plain in proptest::collection::vec(0..WHOLE.len(), 0..5),
            rest in proptest::collection::vec(0..PARTS.len(), 0..4),
        ) {
            let plain: String = plain.iter().map(|&part| WHOLE[part]).collect();
            let rest: String = rest.iter().map(|&part| PARTS[part]).collect();
            same(&format!("{plain}{rest}"));
            same(&format!("{rest}{plain}"));
        }

        #[test]
        fn numbers_as_by_cssparser(number in "[-+]?[0-9]{0,9}(\\.[0-9]{1,9})?(px|%|pt|)") {
            same(&format!("width:{number};line-height:{number};margin-left:{number}"));
        }
    }

    /// Declarations that are plain, or nearly.
    const WHOLE: &[&str] = &[
        "color:#FFF;",
        "COLOR: Red ;",
        "width:100%;",
        "width:33.3333%!important;",
        "height:+.5em;",
        "margin:0 -5px 1.25EM auto;",
        "margin-left:-400px;",
        "margin-top:-99999px;",
        "text-indent:-9999px;",
        "position:absolute;",
        "position:Static;",
        "left:-9999px;",
        "top:5000px;",
        "font:italic bold 12px/1.5 Arial, sans-serif;",
        "font:12px 'a b';",
        "font-family:'Open Sans', Arial Black,serif;",
        "font-family:a,,b;",
        "font-family:a 1;",
        "font-family:'a' b!important;",
        "line-height:1.4;",
        "font-weight:600;",
        "font-size:0;",
        "display:none;",
        "display:grid;",
        "display:block none;",
        "background:#eee;",
        "background:transparent;",
        "background:red blue;",
        "background:inherit;",
        "opacity:50%;",
        "text-decoration:none;",
        "border:1px solid #ccc;",
        "border:1px solid #cc;",
        "mso-line-height-rule:exactly;",
        "mso-hide:all;",
        "overflow:hidden;",
        "max-height:0;",
        "box-shadow:0 0 101px #000;",
        "width:1e2px;",
        "width:1.5e2px;",
        "z-index:+1;",
        "padding:0 10px;",
        "PADDING-left:url(x;y) 1px;",
        "border:1px solid;",
        "min-width:0;",
        "text-align:center!important;",
        "mso-table-lspace:0pt;",
        "-webkit-text-size-adjust:100%;",
        "unknown:1;",
        "color:RED !IMPORTANT;",
        "color:red!important blue;",
        "width:1Q;",
        "width:123456789012;",
        "line-height:10/20;",
        "line-height:1/ /2;",
        "color:/red;",
    ];

    const PARTS: &[&str] = &[
        ";",
        ";",
        ";",
        ":",
        ":",
        " ",
        "color",
        "RED",
        "#fff",
        "!important",
        "width",
        "1px",
        "font-size",
        "0",
        "position",
        "absolute",
        "left",
        "-9999px",
        "url(",
        "http://a.example/x",
        ")",
        "(",
        "background",
        "rgb(1,2,3)",
        "calc(1px + 2px)",
        "'",
        "\"",
        "\\",
        "/*",
        "*/",
        "/",
        "{",
        "}",
        "[",
        "]",
        "@import",
        "<!--",
        "-->",
        "--x",
        "-",
        ",",
        "%",
        "\u{e9}",
        "\n",
        "mso-hide:all",
        "display:none",
        "max-height:0;overflow:hidden",
        "u+1",
        "\0",
    ];
}
