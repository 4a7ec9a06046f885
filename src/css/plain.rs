//! Reads the declarations that mail is mostly made of, `color:#333` and `padding:0 10px`, without a tokenizer: names,
//! words, numbers, colours by digits. Whatever else a style holds is left, from there to its end, to cssparser; what is
//! read here is read as cssparser does.

use super::token::unit;

/// A style's declarations, as far as they are plain.
pub(super) struct Plain<'i> {
    style: &'i str,
    at: usize,
    /// Of the declaration at hand: its value, and where what was read of it ends, in the end with the `;`.
    value: Value<'i>,
    end: usize,
}

/// A value without brackets.
#[derive(Default)]
pub(super) struct Value<'i> {
    /// At least one, at most [`MOST`]; no two slashes in a row.
    pub tokens: Vec<Token<'i>>,
    /// It ended with `!important`.
    pub important: bool,
}

/// What a plain value is made of.
#[derive(PartialEq)]
pub(super) enum Token<'i> {
    /// A word, which needs no escape to be printed and does not begin with `--`.
    Word(&'i str),
    Number(Number<'i>),
    /// The digits of `#333`.
    Hash(&'i str),
    Comma,
    Slash,
    /// What stands between quotes: letters, digits, spaces, `-`, `_`, `.`.
    String(&'i str),
}

#[derive(PartialEq)]
pub(super) struct Number<'i> {
    /// Its digits and its sign.
    pub source: &'i str,
    pub value: f32,
    /// In lower case, `%` too; empty if it has none.
    pub unit: &'static str,
}

/// How many tokens a plain value has at the most.
const MOST: usize = 24;

impl<'i> Plain<'i> {
    pub fn new(style: &'i str) -> Self {
        Plain { style, at: 0, value: Value::default(), end: 0 }
    }

    /// The next declaration, if it is plain: `name: value`, the name as written.
    pub fn next(&mut self) -> Option<(&'i str, &Value<'i>)> {
        let name = self.name()?;
        self.value().map(|value| (name, value))
    }

    /// Whether anything is left.
    pub fn has_more(&mut self) -> bool {
        let bytes = self.style.as_bytes();
        while bytes.get(self.at).is_some_and(|&byte| is_space(byte) || byte == b';') {
            self.at += 1;
        }
        self.at < bytes.len()
    }

    /// The name of what comes next, if it is plain and has one.
    pub fn name(&mut self) -> Option<&'i str> {
        self.has_more();
        let mut scan = Scan { bytes: self.style.as_bytes(), style: self.style, at: self.at };
        let name = scan.word()?;
        scan.space();
        let has_value = scan.eat(b':');
        self.end = scan.at;
        has_value.then_some(name)
    }

    /// The value behind the name that was just read, if it is plain.
    pub fn value(&mut self) -> Option<&Value<'i>> {
        let mut scan = Scan { bytes: self.style.as_bytes(), style: self.style, at: self.end };
        scan.value(&mut self.value)?;
        self.end = scan.at;
        Some(&self.value)
    }

    /// The text of what comes next, up to the `;` or the style's end; not read yet.
    pub fn text(&mut self) -> Option<&'i str> {
        self.has_more();
        let rest = &self.style[self.at..];
        let end = memchr::memchr(b';', rest.as_bytes()).unwrap_or(rest.len());
        (end > 0).then(|| &rest[..end])
    }

    /// Has done with the text of a declaration that was read before.
    pub fn pass_text(&mut self, text: &str) {
        self.at = (self.at + text.len() + 1).min(self.style.len());
    }

    /// Goes on where only so much is left.
    pub fn go_on(&mut self, left: usize) {
        self.at = self.style.len() - left;
    }

    /// Has done with a declaration.
    pub fn pass(&mut self) {
        self.at = self.end;
    }

    /// What is left.
    pub fn rest(&self) -> &'i str {
        &self.style[self.at..]
    }
}

struct Scan<'i> {
    style: &'i str,
    bytes: &'i [u8],
    at: usize,
}

impl<'i> Scan<'i> {
    fn peek(&self, more: usize) -> u8 {
        self.bytes.get(self.at + more).copied().unwrap_or_default()
    }

    fn eat(&mut self, byte: u8) -> bool {
        let is_it = self.bytes.get(self.at) == Some(&byte);
        self.at += usize::from(is_it);
        is_it
    }

    /// Passes over what is of a kind; gives it.
    #[inline]
    fn run(&mut self, is_of: impl Fn(u8) -> bool) -> &'i str {
        let start = self.at;
        let rest = self.bytes[start..].iter();
        self.at += rest.take_while(|&&byte| is_of(byte)).count();
        &self.style[start..self.at]
    }

    #[inline]
    fn space(&mut self) -> bool {
        let start = self.at;
        while self.bytes.get(self.at).is_some_and(|&byte| is_space(byte)) {
            self.at += 1;
        }
        self.at > start
    }

    fn starts_word(&self) -> bool {
        starts_name(&self.bytes[self.at..])
    }

    fn word(&mut self) -> Option<&'i str> {
        self.starts_word().then(|| self.run(is_name_byte))
    }

    /// A value to its end, the `;` too.
    fn value(&mut self, value: &mut Value<'i>) -> Option<()> {
        value.tokens.clear();
        value.important = false;
        loop {
            self.space();
            if self.at == self.bytes.len() || self.eat(b';') {
                return (!value.tokens.is_empty()).then_some(());
            }
            if value.important || value.tokens.len() == MOST {
                return None;
            }
            if self.eat(b'!') {
                self.space();
                if !self.word()?.eq_ignore_ascii_case("important") {
                    return None;
                }
                value.important = true;
                continue;
            }
            let token = self.token()?;
            if token == Token::Slash && value.tokens.last() == Some(&Token::Slash) {
                return None;
            }
            value.tokens.push(token);
        }
    }

    fn token(&mut self) -> Option<Token<'i>> {
        Some(match self.peek(0) {
            _ if self.starts_word() => Token::Word(self.run(is_name_byte)),
            b'0'..=b'9' | b'.' | b'+' | b'-' => return self.number().map(Token::Number),
            b',' => {
                self.at += 1;
                Token::Comma
            }
            b'/' => {
                self.at += 1;
                Token::Slash
            }
            b'#' => {
                self.at += 1;
                Token::Hash(self.run(is_name_byte))
            }
            quote @ (b'\'' | b'"') => {
                self.at += 1;
                let is_plain = |byte| is_name_byte(byte) || matches!(byte, b' ' | b'.');
                let text = self.run(is_plain);
                if !self.eat(quote) {
                    return None;
                }
                Token::String(text)
            }
            _ => return None,
        })
    }

    /// A number of few digits and without an exponent, with a unit that is known.
    fn number(&mut self) -> Option<Number<'i>> {
        const LONGEST: usize = 12;
        let start = self.at;
        let sign = match self.peek(0) {
            b'-' => -1.0,
            _ => 1.0,
        };
        self.at += usize::from(matches!(self.peek(0), b'+' | b'-'));
        let whole = self.run(|byte| byte.is_ascii_digit());
        let mut share = 0.0;
        if self.peek(0) == b'.' && self.peek(1).is_ascii_digit() {
            self.at += 1;
            // As cssparser adds it up: the last bit counts.
            let mut factor = 0.1;
            for digit in self.run(|byte| byte.is_ascii_digit()).bytes() {
                share += f64::from(digit - b'0') * factor;
                factor *= 0.1;
            }
        } else if whole.is_empty() {
            return None;
        }
        let source = &self.style[start..self.at];
        if source.len() > LONGEST {
            return None;
        }
        let whole = whole.bytes().fold(0.0, |all, digit| all * 10.0 + f64::from(digit - b'0'));
        let value = sign * (whole + share);
        if self.eat(b'%') {
            let value = (value / 100.0) as f32 * 100.0;
            return Some(Number { source, value, unit: "%" });
        }
        // An exponent begins as a unit does, and none of those that are known is one.
        let unit = match self.starts_word() {
            true => unit(self.run(is_name_byte))?,
            false => "",
        };
        Some(Number { source, value: value as f32, unit })
    }
}

/// Whether a name begins here that does so with one hyphen at the most.
#[inline]
pub(super) fn starts_name(bytes: &[u8]) -> bool {
    let begins = |byte: &u8| byte.is_ascii_alphabetic() || *byte == b'_';
    match bytes {
        [b'-', second, ..] => begins(second),
        [first, ..] => begins(first),
        [] => false,
    }
}

pub(super) fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\x0c' | b'\r')
}

#[inline]
pub(super) fn is_name_byte(byte: u8) -> bool {
    static NAME_BYTES: [bool; 256] = {
        let (mut table, mut byte) = ([false; 256], 0);
        while byte < 256 {
            let b = byte as u8;
            table[byte] = b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
            byte += 1;
        }
        table
    };
    NAME_BYTES[usize::from(byte)]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many declarations of a style are read here.
    fn plain(style: &str) -> usize {
        let mut plain = Plain::new(style);
        let mut count = 0;
        while plain.next().is_some() {
            plain.pass();
            count += 1;
        }
        count
    }

    #[test]
    fn what_mail_is_made_of_is_plain() {
        let style = "font-family:'Open Sans', Arial,sans-serif; color:#FFF !important; ;margin : 0 auto;\
                     line-height:1.5;font:bold 12px/1.4 Arial;width:100%;letter-spacing:-.5px";
        assert_eq!(plain(style), 7);
    }

    #[test]
    fn what_needs_a_tokenizer_is_not() {
        for style in [
            "background:url(a)",
            "color:rgb(1,2,3)",
            "width:calc(1px)",
            "color:\\72 ed",
            "col\\6fr:red",
            "color:red/**/",
            "width:1e3px",
            "width:1e3",
            "width:1e+3",
            "width:1foo",
            "width:1--x",
            "width:1234567890123px",
            "--x:1",
            "color:--x",
            "color:r\u{e9}d",
            "color:{}",
            "color:red!",
            "color:red!important x",
            "color:red!importantly",
            "font:1px//2px",
            "font-family:'a\\'b'",
            "font-family:'a",
            "color",
            "color:",
            ":red",
            "color:.",
            "color:-",
            "color:[]",
            "color:@x",
            "/**/color:red",
        ] {
            assert_eq!(plain(style), 0, "{style}");
        }
    }
}
