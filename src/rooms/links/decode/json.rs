//! One string out of a JSON object.

/// `{"n":[1],"href":"https:\/\/x.org"}`, `href` → `https://x.org`. `None`
/// where the text is no object, has no such key or another kind of value.
pub(super) fn string(text: &str, key: &str) -> Option<String> {
    let mut at = Reader { bytes: text.as_bytes(), at: 0 };
    at.skip_space();
    at.eat(b'{')?;
    loop {
        at.skip_space();
        let name = at.string()?;
        at.skip_space();
        at.eat(b':')?;
        at.skip_space();
        if name == key {
            return at.string();
        }
        at.skip_value()?;
        at.skip_space();
        at.eat(b',')?;
    }
}

struct Reader<'t> {
    bytes: &'t [u8],
    at: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn eat(&mut self, b: u8) -> Option<()> {
        (self.peek()? == b).then(|| self.at += 1)
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn string(&mut self) -> Option<String> {
        self.eat(b'"')?;
        let mut out = Vec::new();
        loop {
            let b = self.peek()?;
            self.at += 1;
            match b {
                b'"' => return String::from_utf8(out).ok(),
                b'\\' => {
                    let escape = self.peek()?;
                    self.at += 1;
                    match escape {
                        b'"' | b'\\' | b'/' => out.push(escape),
                        b'b' => out.push(8),
                        b'f' => out.push(12),
                        b'n' => out.push(b'\n'),
                        b'r' => out.push(b'\r'),
                        b't' => out.push(b'\t'),
                        b'u' => {
                            let c = self.unicode()?;
                            out.extend(c.encode_utf8(&mut [0; 4]).bytes());
                        }
                        _ => return None,
                    }
                }
                b => out.push(b),
            }
        }
    }

    fn unicode(&mut self) -> Option<char> {
        let high = self.four()?;
        if !(0xd800..0xdc00).contains(&high) {
            return char::from_u32(high);
        }
        self.eat(b'\\')?;
        self.eat(b'u')?;
        let low = self.four()?;
        if !(0xdc00..0xe000).contains(&low) {
            return None;
        }
        char::from_u32(0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00))
    }

    fn four(&mut self) -> Option<u32> {
        let digits = self.bytes.get(self.at..self.at + 4)?;
        self.at += 4;
        digits.iter().try_fold(0, |n, &b| Some(n * 16 + (b as char).to_digit(16)?))
    }

    fn skip_value(&mut self) -> Option<()> {
        let mut depth = 0;
        loop {
            match self.peek()? {
                b'"' => {
                    self.string()?;
                    if depth == 0 {
                        return Some(());
                    }
                    continue;
                }
                b'{' | b'[' => depth += 1,
                b'}' | b']' if depth == 0 => return Some(()),
                b'}' | b']' => {
                    depth -= 1;
                    if depth == 0 {
                        self.at += 1;
                        return Some(());
                    }
                }
                b',' if depth == 0 => return Some(()),
                _ => {}
            }
            self.at += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::string;

    #[test]
    fn finds_a_string() {
        let text = r#" {"n": [1, {"href": "no"}], "b":true,"s":"}", "href":"https:\/\/x.org\u0026\ud83d\ude00"}"#;
        assert_eq!(string(text, "href").as_deref(), Some("https://x.org&😀"));
        assert_eq!(string(text, "n"), None);
        assert_eq!(string(text, "x"), None);
        assert_eq!(string(r#"{"href":"cut"#, "href"), None);
        assert_eq!(string("[]", "href"), None);
        assert_eq!(string(r#"{"a":"\ud800\u0041"}"#, "a"), None);
    }
}
