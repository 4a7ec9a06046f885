//! Filters a style and reads its look in one pass: cutting it into its pieces is half of the work of either.

use super::declaration::{Filter, Visitor};
use super::look::{Look, Reader};
use cssparser::Parser;
use std::ops::Range;

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
    use super::super::{inline, inline_and_look, look};
    use crate::rules::policy::Policy;
    use proptest::prelude::*;

    fn same(style: &str) {
        for bytes in [1 << 20, 24] {
            let allow = Policy::builtin().css(bytes);
            let (mut alone, mut together) = (Vec::new(), Vec::new());
            let text = inline(style, &allow, &mut |it| alone.push(it));
            let found = inline_and_look(style, &allow, &mut |it| together.push(it));
            assert_eq!((found, together), ((text, look(style)), alone), "{style}");
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
    }

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
