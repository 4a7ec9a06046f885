//! The first letters of a mail's visible text, for its language.

use super::LANGUAGE_SAMPLE;
use super::text::{plain_word, trimmed};

/// Bytes of the language sample, however few letters are in it.
const SAMPLE: usize = 8 * LANGUAGE_SAMPLE;

/// The language sample.
#[derive(Default)]
pub(super) struct Sample {
    text: String,
    letters: usize,
    /// Where the last word begins, and the letters before it. Tags may stand
    /// within it, so what it is is seen at its end.
    word: (usize, usize),
    full: bool,
}

impl Sample {
    pub(super) fn gap(&mut self) {
        self.end_word();
        if !self.text.is_empty() && !self.text.ends_with(' ') {
            self.text.push(' ');
        }
        self.word = (self.text.len(), self.letters);
    }

    fn end_word(&mut self) {
        if self.word.0 == self.text.len() {
            return;
        }
        if is_address(&self.text[self.word.0..]) {
            self.text.truncate(self.word.0);
            self.letters = self.word.1;
        }
    }

    pub(super) fn add(&mut self, text: &str) {
        let mut rest = text;
        while !self.full {
            let word = plain_word(rest, SAMPLE);
            rest = &rest[word.len()..];
            let letters = word.bytes().filter(u8::is_ascii_alphabetic).count();
            let fits =
                self.letters + letters < LANGUAGE_SAMPLE && self.text.len() + word.len() < SAMPLE;
            if fits {
                self.text.push_str(word);
                self.letters += letters;
            } else {
                word.chars().for_each(|c| self.push(c));
                if self.full {
                    return;
                }
            }
            let mut chars = rest.chars();
            let Some(c) = chars.next() else { return };
            rest = chars.as_str();
            if c.is_whitespace() { self.gap() } else { self.push(c) }
        }
    }

    fn push(&mut self, c: char) {
        if !self.full {
            self.text.push(c);
            self.letters += usize::from(c.is_alphabetic());
            self.full = self.letters >= LANGUAGE_SAMPLE || self.text.len() >= SAMPLE;
        }
    }

    pub(super) fn end(mut self) -> String {
        self.end_word();
        trimmed(self.text)
    }
}

/// A URL or a mail address.
fn is_address(word: &str) -> bool {
    // Words are many and short: one look tells that nearly all are none.
    let signs = || word.bytes().fold(false, |any, byte| any | matches!(byte, b'@' | b':'));
    // No address is longer; a text without spaces may be as long as the mail.
    word.len() < 2_048
        && (word.starts_with("www.") || signs() && (word.contains("://") || word.contains('@')))
}
