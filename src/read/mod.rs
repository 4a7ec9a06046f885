//! Reads text into the flat tape. [`plain`] reads markup of plain spelling at
//! once. Whatever else comes is the [`tokenizer`]'s: it tells start tags,
//! comments and doctypes with their places, and [`gap`] reads the text and the
//! end tags between them. [`reading`] is the tape that both fill.

mod doctype;
mod gap;
mod open;
mod plain;
mod reading;
mod tokenizer;

pub(crate) use doctype::Mode;

use crate::error::Error;
use crate::limits::{Deadline, Limits};
use crate::tape::Tape;
use plain::Stop;
use reading::Reading;
use tokenizer::{Token, Tokenizer};

/// Reads a mail from its first to its last character.
pub(crate) struct Reader {
    reading: Reading,
    /// Up to where it was looked at, in bytes of the mail.
    at: usize,
    turn: Turn,
    /// Once it was needed.
    tokenizer: Option<Tokenizer>,
    /// What it has told and is not put down yet.
    tokens: Vec<Token>,
}

/// Who reads on.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Turn {
    Plain,
    Tokenizer,
}

impl Reader {
    pub(crate) fn new(limits: &Limits, deadline: Deadline, mended: bool) -> Self {
        Reader {
            reading: Reading::new(limits, deadline, mended),
            at: 0,
            turn: Turn::Plain,
            tokenizer: None,
            tokens: Vec::new(),
        }
    }

    /// A tape will hold so much text, in bytes.
    pub(crate) fn expecting(mut self, room: usize) -> Self {
        self.reading.room = room;
        self
    }

    /// Reads on. Text must be cut between characters.
    pub(crate) fn feed(&mut self, text: &str) -> Result<(), Error> {
        self.reading.expect(text);
        while self.at < self.reading.end() {
            match self.turn {
                Turn::Plain => self.read_plain()?,
                Turn::Tokenizer => self.tokenize()?,
            }
        }
        self.reading.settle()
    }

    fn read_plain(&mut self) -> Result<(), Error> {
        let base = self.reading.tape.base as usize;
        match plain::read(&mut self.reading, self.at - base)? {
            Stop::AtEnd => self.at = self.reading.end(),
            Stop::Odd(at) => {
                self.at = base + at;
                self.turn = Turn::Tokenizer;
                match self.tokenizer.as_mut() {
                    Some(tokenizer) => tokenizer.go_on_at(self.at),
                    None => {
                        self.tokenizer = Some(Tokenizer::new(&self.reading.limits, self.at));
                    }
                }
            }
        }
        Ok(())
    }

    /// Gives the tokenizer what comes up to the next `>`, of raw text to that of
    /// the next end tag: where a tag or a comment ends with that, what follows
    /// may be plain.
    fn tokenize(&mut self) -> Result<(), Error> {
        let Some(tokenizer) = self.tokenizer.as_mut() else { return Ok(()) };
        let from = self.at - self.reading.tape.base as usize;
        let rest = &self.reading.tape.source[from..];
        let begun = match self.reading.is_in_raw_text() {
            true => memchr::memmem::find(rest.as_bytes(), b"</").unwrap_or(rest.len()),
            false => 0,
        };
        let gt = memchr::memchr(b'>', &rest.as_bytes()[begun..]);
        let next = gt.map_or(rest, |gt| &rest[..=begun + gt]);
        self.at += next.len();
        let result = tokenizer.read(next, &mut self.tokens);
        let ends = self.tokens.last().map(|token| token.range.end);
        self.put_down()?;
        result?;
        if ends == Some(self.at) && self.reading.may_be_plain() {
            self.turn = Turn::Plain;
        }
        Ok(())
    }

    fn put_down(&mut self) -> Result<(), Error> {
        self.tokens.drain(..).try_for_each(|token| self.reading.token(token))
    }

    /// There is no more.
    pub(crate) fn end(&mut self) -> Result<(), Error> {
        if let Some(tokenizer) = self.tokenizer.take_if(|_| self.turn == Turn::Tokenizer) {
            let result = tokenizer.end(&mut self.tokens);
            self.put_down()?;
            result?;
        }
        self.reading.finish()
    }

    /// How the source wants to be laid out, as far as it is known.
    pub(crate) fn mode(&self) -> Mode {
        self.reading.mode.unwrap_or_default()
    }

    /// Takes a full window off the tape, if there is one: everything before
    /// the first tag or text that begins at or behind `size` bytes.
    pub(crate) fn take_window(&mut self, size: usize) -> Option<Tape> {
        self.reading.take(size)
    }

    /// Takes all that was read.
    pub(crate) fn take_rest(&mut self) -> Tape {
        self.reading.take_rest()
    }
}

/// How many lines end in a text.
pub(crate) fn lines(text: &str) -> u64 {
    memchr::memchr_iter(b'\n', text.as_bytes()).count() as u64
}

/// A tag's name: up to white space, `/` or `>`.
pub(crate) fn tag_name(tag: &[u8]) -> &[u8] {
    let end = tag.iter().position(|&b| ends_name(b));
    &tag[..end.unwrap_or(tag.len())]
}

/// Whether a tag's name ends here.
fn ends_name(b: u8) -> bool {
    b.is_ascii_whitespace() || matches!(b, b'/' | b'>')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tape::Kind;

    fn reader(html: &str) -> Reader {
        let mut reader = Reader::new(&Limits::default(), Deadline::default(), false);
        reader.feed(html).expect("within the limits");
        reader
    }

    #[test]
    fn plain_markup_needs_no_tokenizer() {
        for html in [
            "",
            "a < b <3 c > d",
            "<TD Width=600 align='left' class=\"a>b\" nowrap>x</TD\n><br/><br />",
            "<a href=http://example.org/?a=b&c=d title = \"x\"id=y>",
            "<o:p></o:p><!-- x --><!----><!--[if mso]><p><![endif]--><![if !mso]><![endif]>",
        ] {
            assert!(reader(html).tokenizer.is_none(), "{html}");
        }
        for html in [
            "<",
            "</",
            "<p",
            "<p a=\"",
            "<p a='>",
            "<!--",
            "<!-- --",
            "<!-->",
            "<!--->",
            "<!-- --!>",
            "</>",
            "</p x>",
            "<p/x>",
            "<p @x>",
            "<p a=>",
            "<p a=b'>",
            "<p =>",
            "<p\u{0}>",
            "<!doctype html>",
            "<?x>",
            "<![CDATA[x]]>",
            "<title>",
            "<style>",
            "<svg>",
            "<math>",
            "<plaintext>",
            "<b\u{e4}>",
        ] {
            assert!(reader(html).tokenizer.is_some(), "{html}");
        }
    }

    #[test]
    fn behind_an_odd_tag_all_may_be_plain_again() {
        for html in ["<p @x>", "<!doctype html>", "<style>p>b{}</style><p>", "<!-- --!>", "<?x>"] {
            assert!(reader(html).turn == Turn::Plain, "{html}");
        }
        for html in ["<svg><p>", "<math></math><p>", "<plaintext><p>", "<xmp a=><p>", "<title><p>"]
        {
            assert!(reader(html).turn == Turn::Tokenizer, "{html}");
        }
    }

    #[test]
    fn long_text_is_cut_at_the_same_places_however_it_comes() {
        let html = format!("<p>{}<b>x</b>", "a".repeat(3 * gap::PIECE));
        let spans = |piece: usize| {
            let mut reader = Reader::new(&Limits::default(), Deadline::default(), false);
            for piece in html.as_bytes().chunks(piece) {
                reader.feed(std::str::from_utf8(piece).expect("ASCII")).expect("within the limits");
            }
            reader.end().expect("within the limits");
            let tape = reader.take_rest();
            tape.nodes.iter().map(|node| node.span.range()).collect::<Vec<_>>()
        };
        let whole = spans(html.len());
        assert_eq!((whole.len(), &whole[1]), (7, &(3..3 + gap::PIECE)));
        assert!([1_000, 100_000, gap::PIECE + 1].iter().all(|&piece| spans(piece) == whole));
    }

    #[test]
    fn places_are_those_of_the_mail_however_often_the_tokenizer_is_asked() {
        let one = "x<p @a=\"1\">y<b>z</p>";
        let mut reader = reader(&one.repeat(1_000));
        reader.end().expect("within the limits");
        let tape = reader.take_rest();
        let starts = tape.nodes.iter().filter(|node| node.kind == Kind::Start);
        for (i, node) in starts.enumerate() {
            let (start, end) = if i % 2 == 0 { (1, 11) } else { (12, 15) };
            let at = i / 2 * one.len();
            assert_eq!(node.span.range(), at + start..at + end);
            let values =
                tape.attrs_in(node).iter().map(|attr| &tape.source[attr.value_span.range()]);
            assert!(values.eq(if i % 2 == 0 { &["1"][..] } else { &[] }.iter().copied()));
        }
        assert_eq!(tape.nodes.len(), 6_000);
    }
}
