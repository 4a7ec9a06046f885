//! Reads text into the flat tape: [`tokenizer`] tells start tags, comments and
//! doctypes with their places, [`gap`] reads the bytes between them.

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
    /// The tokenizer reads on.
    is_tokenizers: bool,
    /// The tokenizer, once it was needed.
    tokenizer: Option<Tokenizer>,
    tokens: Vec<Token>,
}

impl Reader {
    pub(crate) fn new(limits: &Limits, deadline: Deadline, mended: bool) -> Self {
        Reader {
            reading: Reading::new(limits, deadline, mended),
            at: 0,
            is_tokenizers: false,
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
            if self.is_tokenizers { self.tokenize()? } else { self.read_plain()? }
        }
        self.reading.settle()
    }

    fn read_plain(&mut self) -> Result<(), Error> {
        let base = self.reading.tape.base as usize;
        match plain::read(&mut self.reading, self.at - base)? {
            Stop::AtEnd => self.at = self.reading.end(),
            Stop::Odd(at) => {
                self.at = base + at;
                self.is_tokenizers = true;
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

    /// Gives the tokenizer what comes up to the next `>`: where a tag or a
    /// comment ends with that, what follows may be plain.
    fn tokenize(&mut self) -> Result<(), Error> {
        let Some(tokenizer) = self.tokenizer.as_mut() else { return Ok(()) };
        let from = self.at - self.reading.tape.base as usize;
        let rest = &self.reading.tape.source[from..];
        let next = memchr::memchr(b'>', rest.as_bytes()).map_or(rest, |gt| &rest[..=gt]);
        self.at += next.len();
        let result = tokenizer.read(next, &mut self.tokens);
        let ends = self.tokens.last().map(|token| token.range.end);
        self.put_down()?;
        result?;
        if ends == Some(self.at) && self.reading.is_in_data() {
            self.is_tokenizers = self.reading.is_tokenizers;
        }
        Ok(())
    }

    fn put_down(&mut self) -> Result<(), Error> {
        self.tokens.drain(..).try_for_each(|token| self.reading.token(token))
    }

    /// There is no more.
    pub(crate) fn end(&mut self) -> Result<(), Error> {
        if let Some(tokenizer) = self.tokenizer.take_if(|_| self.is_tokenizers) {
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
    let end =
        tag.iter().position(|b| matches!(b, b'\t' | b'\n' | b'\x0c' | b'\r' | b' ' | b'/' | b'>'));
    &tag[..end.unwrap_or(tag.len())]
}
