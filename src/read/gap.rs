//! Reads the bytes between the tags that the tokenizer tells: text and end
//! tags. What is read here is WHATWG "tokenization" of those two, nothing else.

use super::open::Open;
use super::{ends_name, tag_name};
use crate::html::{Content, El};
use crate::tape::{Kind, Node, Span, Tape};
use memchr::{memchr, memchr2};

/// Longer text is cut into pieces of about this size, in bytes, always at the
/// same places, so that it need not wait for its end.
pub(super) const PIECE: usize = 256 << 10;

/// What lies at the end of the bytes that are read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Until {
    /// A start tag or a comment.
    Tag,
    /// Nobody knows yet.
    Unknown,
    /// The end of the mail.
    EndOfFile,
}

/// Where reading stands.
#[derive(Debug)]
pub(super) struct Gaps {
    at: usize,
    content: Content,
    /// Whose content raw text is.
    owner: El,
    /// Where that content begins; `usize::MAX` where that is gone.
    from: usize,
}

impl Default for Gaps {
    fn default() -> Self {
        Gaps { at: 0, content: Content::Data, owner: El::Other, from: 0 }
    }
}

impl Gaps {
    pub(super) fn at(&self) -> usize {
        self.at
    }

    pub(super) fn content(&self) -> Content {
        self.content
    }

    /// Goes on behind a tag.
    pub(super) fn begin(&mut self, at: usize, content: Content, owner: El) {
        *self = Gaps { at, content, owner, from: at };
    }

    /// The tape's source lost its first bytes.
    pub(super) fn shift(&mut self, by: usize) {
        self.at = self.at.saturating_sub(by);
        self.from = self.from.checked_sub(by).unwrap_or(usize::MAX);
    }

    /// Puts the text and end tags up to `to` on the tape, as far as they are
    /// certain.
    pub(super) fn read(&mut self, tape: &mut Tape, open: &mut Open, to: usize, until: Until) {
        while self.at < to {
            let before = (self.at, self.content);
            match self.content {
                Content::Data => self.data(tape, open, to, until),
                Content::Rcdata | Content::RawText => self.raw(tape, open, to, until),
                Content::Plaintext => self.text(tape, to, until, to),
            }
            if before == (self.at, self.content) {
                return;
            }
        }
    }

    /// Text up to the next `<`, and that if it belongs to no start tag.
    fn data(&mut self, tape: &mut Tape, open: &mut Open, to: usize, until: Until) {
        let mut from = self.at;
        loop {
            let bytes = tape.source.as_bytes();
            let Some(lt) = memchr(b'<', &bytes[from..to]).map(|i| from + i) else {
                return self.text(tape, to, until, to);
            };
            match bytes.get(lt + 1).filter(|_| lt + 1 < to) {
                Some(b'/') => match bytes.get(lt + 2).filter(|_| lt + 2 < to) {
                    Some(b) if b.is_ascii_alphabetic() => {
                        self.text(tape, lt, Until::Tag, to);
                        return self.end_tag(tape, open, lt, to, until);
                    }
                    Some(b'>') => {
                        self.text(tape, lt, Until::Tag, to);
                        self.at = lt + 3;
                        return;
                    }
                    Some(_) | None if until == Until::Unknown => {
                        return self.text(tape, lt, until, to);
                    }
                    // The tokenizer has told every bogus comment; only the
                    // end of the mail may cut one off.
                    Some(_) if until == Until::EndOfFile => return self.drop_rest(tape, lt, to),
                    _ => from = lt + 1,
                },
                Some(b'!') if bytes[lt..to].starts_with(b"<![CDATA[") => {
                    // Foreign content, which is dropped: else the tokenizer
                    // had told a comment.
                    match memchr::memmem::find(&bytes[lt..to], b"]]>") {
                        Some(end) => {
                            self.text(tape, lt, Until::Tag, to);
                            self.at = lt + end + 3;
                            return;
                        }
                        None if until == Until::Unknown => {
                            return self.text(tape, lt, until, to);
                        }
                        None => return self.drop_rest(tape, lt, to),
                    }
                }
                Some(b) if b.is_ascii_alphabetic() || matches!(b, b'!' | b'?') => match until {
                    // Perhaps a tag that is not finished.
                    Until::Unknown => return self.text(tape, lt, until, to),
                    // Certainly one.
                    Until::EndOfFile => return self.drop_rest(tape, lt, to),
                    Until::Tag => from = lt + 1,
                },
                None if until == Until::Unknown => return self.text(tape, lt, until, to),
                _ => from = lt + 1,
            }
        }
    }

    /// An unfinished tag at the end is no text and no tag.
    fn drop_rest(&mut self, tape: &mut Tape, lt: usize, to: usize) {
        self.text(tape, lt, Until::Tag, to);
        tape.unfinished = true;
        self.at = to;
    }

    /// Text of an element whose only markup is its own end tag.
    fn raw(&mut self, tape: &mut Tape, open: &mut Open, to: usize, until: Until) {
        if self.owner == El::Script {
            return self.script(tape, open, to, until);
        }
        let mut from = self.at;
        loop {
            let bytes = tape.source.as_bytes();
            let Some(lt) = memchr(b'<', &bytes[from..to]).map(|i| from + i) else {
                return self.text(tape, to, until, to);
            };
            let name = self.owner.name().as_bytes();
            let rest = &bytes[lt..to];
            if rest.len() < name.len() + 3 && until == Until::Unknown {
                return self.text(tape, lt, until, to);
            }
            if rest.len() > name.len() + 2
                && rest[1] == b'/'
                && rest[2..2 + name.len()].eq_ignore_ascii_case(name)
                && ends_name(rest[2 + name.len()])
            {
                let known = bytes.get(self.from..lt);
                if self.owner == El::Noscript && !known.is_some_and(ends_as_text) {
                    tape.frozen.get_or_insert(lt as u32);
                }
                self.text(tape, lt, Until::Tag, to);
                return self.end_tag(tape, open, lt, to, until);
            }
            from = lt + 1;
        }
    }

    /// Text of a script, which may hold the tags of another in a comment.
    fn script(&mut self, tape: &mut Tape, open: &mut Open, to: usize, until: Until) {
        let from = if self.from <= self.at { self.from } else { self.at };
        if let Some(end) = end_of_script(&tape.source.as_bytes()[from..to]) {
            self.text(tape, from + end, Until::Tag, to);
            return self.end_tag(tape, open, from + end, to, until);
        }
        // An end tag may have begun.
        let begun = if until == Until::Unknown { "</script".len() + 1 } else { 0 };
        self.text(tape, to.saturating_sub(begun).max(self.at), until, to);
    }

    fn end_tag(&mut self, tape: &mut Tape, open: &mut Open, lt: usize, to: usize, until: Until) {
        let bytes = tape.source.as_bytes();
        // Behind nearly every name the tag ends.
        let name = tag_name(&bytes[lt + 2..to]);
        let behind = lt + 2 + name.len();
        let end = match bytes[..to].get(behind) {
            Some(b'>') => Some(behind + 1),
            _ => end_of_tag(&bytes[lt..to]).map(|i| lt + i),
        };
        let Some(end) = end else {
            if until != Until::Unknown {
                tape.unfinished = true;
                self.at = to;
            }
            return;
        };
        self.put_end_tag(tape, open, lt, behind, end);
    }

    /// Puts an end tag down, of which it is known where it begins, and where
    /// its name and itself end.
    pub(super) fn put_end_tag(
        &mut self,
        tape: &mut Tape,
        open: &mut Open,
        lt: usize,
        name_end: usize,
        end: usize,
    ) {
        let range = lt + 2..name_end;
        let el = El::of_bytes(&tape.source.as_bytes()[range.clone()]);
        open.end(el, &tape.source[range.clone()]);
        let mut node = Node::new(Kind::End, el, Span::new(lt, end));
        node.text = tape.val(range);
        tape.nodes.push(node);
        self.begin(end, Content::Data, El::Other);
    }

    /// Puts the text down that ends where a tag begins.
    #[inline]
    pub(super) fn text_to(&mut self, tape: &mut Tape, tag: usize) {
        match tag - self.at {
            0 => {}
            1..=PIECE => self.put(tape, tag),
            _ => self.text(tape, tag, Until::Tag, tag),
        }
    }

    /// Puts text on the tape, in pieces where it is long. Before an unknown
    /// end only whole pieces are certain. `seen`: how far the source is known.
    fn text(&mut self, tape: &mut Tape, to: usize, until: Until, seen: usize) {
        while self.at < to {
            let mut end = to;
            if to - self.at > PIECE || until == Until::Unknown {
                end = self.at + PIECE;
                if end >= to.min(seen) {
                    if until == Until::Unknown {
                        return;
                    }
                    end = to;
                } else {
                    end = cut(&tape.source, self.at, end);
                }
            }
            self.put(tape, end);
        }
    }

    /// Puts a piece of text down.
    #[inline]
    fn put(&mut self, tape: &mut Tape, end: usize) {
        let owner = if self.content == Content::Data { El::Other } else { self.owner };
        let mut node = Node::new(Kind::Text, owner, Span::new(self.at, end));
        node.raw = !matches!(self.content, Content::Data | Content::Rcdata);
        tape.nodes.push(node);
        self.at = end;
    }
}

/// The place at or before `end` where text may be cut: between characters, not
/// within a character reference, not within CR LF.
fn cut(source: &str, start: usize, end: usize) -> usize {
    let mut at = end;
    while !source.is_char_boundary(at) {
        at -= 1;
    }
    at -= crate::charref::open_tail(&source[start..at]);
    if source.as_bytes()[at - 1] == b'\r' {
        at -= 1;
    }
    if at > start { at } else { end }
}

/// Where the end tag of a script begins: WHATWG "script data state" and those
/// behind it.
fn end_of_script(script: &[u8]) -> Option<usize> {
    #[derive(PartialEq)]
    enum In {
        Script,
        Comment,
        /// A script in a comment of the script: the next end tag is its own.
        Inner,
    }
    let is_name = |rest: &[u8]| {
        let name = rest.get(..6).is_some_and(|name| name.eq_ignore_ascii_case(b"script"));
        name && rest.get(6).is_some_and(|&b| ends_name(b))
    };
    let mut state = In::Script;
    let mut at = 0;
    while let Some(found) = memchr2(b'<', b'-', &script[at..]) {
        at += found;
        let rest = &script[at..];
        if rest.starts_with(b"</") && is_name(&rest[2..]) {
            match state {
                In::Inner => state = In::Comment,
                _ => return Some(at),
            }
        } else if state == In::Script && rest.starts_with(b"<!--") {
            state = In::Comment;
            // `<!-->` is a whole comment.
            at += 1;
        } else if state == In::Comment && rest[0] == b'<' && is_name(&rest[1..]) {
            state = In::Inner;
        } else if rest.starts_with(b"-->") {
            state = In::Script;
        }
        at += 1;
    }
    None
}

/// Whether a reader for whom the content of `noscript` is markup (one without
/// scripting) stands in text again at the end of it. Told in favour of no.
fn ends_as_text(content: &[u8]) -> bool {
    let mut rest = content;
    while let Some(lt) = memchr(b'<', rest) {
        rest = &rest[lt..];
        let length = match (rest.get(1), rest.get(2)) {
            (Some(b), _) if b.is_ascii_alphabetic() => {
                let el = El::of_bytes(tag_name(&rest[1..]));
                if el.content() != Content::Data || matches!(el, El::Svg | El::Math) {
                    return false;
                }
                end_of_tag(rest)
            }
            (Some(b'/'), Some(b)) if b.is_ascii_alphabetic() => end_of_tag(rest),
            (Some(b'!'), _) if rest.starts_with(b"<!--") => {
                let end = memchr::memmem::find(&rest[4..], b"--").map(|at| 4 + at);
                end.filter(|&at| at > 4 && rest[at..].starts_with(b"-->")).map(|at| at + 3)
            }
            (Some(b'/' | b'!' | b'?'), _) => memchr(b'>', rest).map(|at| at + 1),
            _ => Some(1),
        };
        let Some(length) = length else { return false };
        rest = &rest[length..];
    }
    true
}

/// The length of a tag that begins at the first byte, `>` included: quotes
/// hide a `>` where the standard says that a value begins.
fn end_of_tag(tag: &[u8]) -> Option<usize> {
    #[derive(Clone, Copy)]
    enum In {
        Name,
        BetweenAttributes,
        AttributeName,
        AfterName,
        BeforeValue,
        Unquoted,
        Quoted(u8),
    }
    let mut state = In::Name;
    for (i, &b) in tag.iter().enumerate().skip(1) {
        let space = b.is_ascii_whitespace();
        state = match (state, b) {
            (In::Quoted(quote), _) if b == quote => In::BetweenAttributes,
            (In::Quoted(quote), _) => In::Quoted(quote),
            (In::BeforeValue, b'"' | b'\'') => In::Quoted(b),
            (_, b'>') => return Some(i + 1),
            (In::BeforeValue, _) if space => In::BeforeValue,
            (In::BeforeValue | In::Unquoted, _) if !space => In::Unquoted,
            (In::Unquoted, _) => In::BetweenAttributes,
            (In::Name, _) if space || b == b'/' && i > 1 => In::BetweenAttributes,
            (In::Name, _) => In::Name,
            (In::AttributeName | In::AfterName, b'=') => In::BeforeValue,
            (In::AttributeName, _) if space => In::AfterName,
            (In::AfterName, _) if space => In::AfterName,
            (In::BetweenAttributes, _) if space => In::BetweenAttributes,
            (_, b'/') => In::BetweenAttributes,
            (In::BetweenAttributes, _) => In::AttributeName,
            (_, _) => In::AttributeName,
        };
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn end(tag: &str) -> Option<usize> {
        end_of_tag(tag.as_bytes())
    }

    #[test]
    fn a_script_in_a_comment_of_a_script_has_its_own_end() {
        let end = |script: &str| end_of_script(script.as_bytes());
        assert_eq!(end("a</script>b</script>"), Some(1));
        assert_eq!(end("<!--</script>"), Some(4));
        assert_eq!(end("<!--<script></script></SCRIPT >"), Some(21));
        assert_eq!(end("<!--<script>--></script>"), Some(15));
        assert_eq!(end("<!--><script></script></script>"), Some(13));
        assert_eq!(end("<!--<scripted></script>"), Some(14));
        assert_eq!(end("<!--<script></script>"), None);
        assert_eq!(end("<script></script>"), Some(8));
    }

    #[test]
    fn what_reads_alike_with_scripting_and_without() {
        for content in
            ["", "x", "<img src='a>b'>", "a<b>c</b>", "<!-- x -->y", "a < b", "<!x>", "<"]
        {
            assert!(ends_as_text(content.as_bytes()), "{content}");
        }
        for content in
            ["<p title=\"", "<img src='a", "<!-- x", "<!-->", "<style>", "<svg>", "</p a='", "<!x"]
        {
            assert!(!ends_as_text(content.as_bytes()), "{content}");
        }
    }

    #[test]
    fn a_quote_hides_the_end_only_where_a_value_begins() {
        assert_eq!(end("</p>x"), Some(4));
        assert_eq!(end("</p a=\">\">x"), Some(10));
        assert_eq!(end("</p a='>' >x"), Some(11));
        assert_eq!(end("</p a\">"), Some(7));
        assert_eq!(end("</p \">"), Some(6));
        assert_eq!(end("</p a=b\">"), Some(9));
        assert_eq!(end("</p a = \n\">\">"), Some(13));
        assert_eq!(end("</p =\">"), Some(7));
        assert_eq!(end("</p a=\">"), None);
        assert_eq!(end("</p/a=\">\">"), Some(10));
    }
}
