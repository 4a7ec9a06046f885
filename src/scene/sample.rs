//! The first letters of a mail's visible text, for its language.

use super::LANGUAGE_SAMPLE;
use super::text::trimmed;

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
    /// Something in it is in no word but an address.
    odd: bool,
    full: bool,
}

impl Sample {
    pub(super) fn gap(&mut self) {
        self.end_word();
        if !self.text.is_empty() && !self.text.ends_with(' ') {
            self.text.push(' ');
        }
        self.word = (self.text.len(), self.letters);
        self.odd = false;
    }

    fn end_word(&mut self) {
        if self.word.0 == self.text.len() {
            return;
        }
        let word = &self.text[self.word.0..];
        // Nearly none is one.
        if (self.odd || word.starts_with("www.")) && is_address(word) {
            self.text.truncate(self.word.0);
            self.letters = self.word.1;
        }
    }

    pub(super) fn add(&mut self, text: &str) {
        let mut rest = text;
        while !self.full {
            let (mut len, mut letters, mut odd) = (0, 0, false);
            for byte in rest.bytes().take_while(u8::is_ascii_graphic) {
                len += 1;
                letters += usize::from(byte.is_ascii_alphabetic());
                odd |= is_odd(byte);
            }
            let word = &rest[..len];
            rest = &rest[len..];
            let fits = self.letters + letters < LANGUAGE_SAMPLE && self.text.len() + len < SAMPLE;
            if fits {
                self.text.push_str(word);
                self.letters += letters;
                self.odd |= odd;
            } else {
                word.chars().for_each(|c| self.push(c));
                if self.full {
                    return;
                }
            }
            // Mail is indented.
            let spaces =
                rest.bytes().take_while(|b| matches!(b, b' ' | b'\n' | b'\r' | b'\t')).count();
            if spaces > 0 {
                rest = &rest[spaces..];
                self.gap();
                continue;
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
            self.odd |= c.is_ascii() && is_odd(c as u8);
            self.letters += usize::from(c.is_alphabetic());
            self.full = self.letters >= LANGUAGE_SAMPLE || self.text.len() >= SAMPLE;
        }
    }

    pub(super) fn end(mut self) -> String {
        self.end_word();
        trimmed(self.text)
    }
}

/// What no address is without, but one that begins with `www.`.
fn is_odd(byte: u8) -> bool {
    matches!(byte, b'@' | b':')
}

/// A URL or a mail address.
fn is_address(word: &str) -> bool {
    // No address is longer; a text without spaces may be as long as the mail.
    word.len() < 2_048 && (word.starts_with("www.") || word.contains("://") || word.contains('@'))
}
