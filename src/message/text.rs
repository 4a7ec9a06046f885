//! The charset of a part, and how new text is put into it: as ASCII with
//! character references, which means the same in nearly all charsets, so that
//! no encoder is needed; as it is in UTF-8.

use super::params::Value;
use super::utf7;
use crate::charset::encoding_of;
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};

/// What a part's Content-Type says of its charset.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Charset {
    /// One that is known.
    Known(&'static Encoding),
    Utf7,
    /// None was said, or it is not true or not known: a `<meta>` or the bytes
    /// tell. The label, if it is not known.
    Open(Option<String>),
    /// One that cannot be read: the encodings that the WHATWG replaces.
    Closed(String),
}

impl Charset {
    /// By the Content-Type and the decoded bytes.
    pub(crate) fn of(kind: &Value, bytes: &[u8]) -> Charset {
        let Some(label) = kind.param("charset") else { return Charset::Open(None) };
        let label = label.trim_ascii().to_ascii_lowercase();
        let label: &[u8] = label.strip_prefix(b"'").unwrap_or(&label);
        let label = label.strip_suffix(b"'").unwrap_or(label);
        let ascii = matches!(label, b"us-ascii" | b"ascii" | b"ansi_x3.4-1968" | b"iso646-us");
        match label {
            b"" => Charset::Open(None),
            b"utf-7" | b"unicode-1-1-utf-7" | b"x-unicode-2-0-utf-7" | b"csunicode11utf7" => {
                Charset::Utf7
            }
            _ if ascii && !bytes.is_ascii() => Charset::Open(None),
            label => match Encoding::for_label(label) {
                Some(known) if known == encoding_rs::REPLACEMENT => {
                    Charset::Closed(String::from_utf8_lossy(label).into_owned())
                }
                Some(known) => Charset::Known(known),
                None => Charset::Open(Some(String::from_utf8_lossy(label).into_owned())),
            },
        }
    }

    /// The text of a part, for what only reads it.
    pub(crate) fn decode(&self, bytes: &[u8]) -> String {
        match self {
            Charset::Utf7 => utf7::decode(bytes),
            _ => {
                let (encoding, mark) = self.encoding(bytes);
                encoding.decode_without_bom_handling(&bytes[mark..]).0.into_owned()
            }
        }
    }

    /// The encoding and the length of a byte order mark. Never for UTF-7.
    pub(crate) fn encoding(&self, bytes: &[u8]) -> (&'static Encoding, usize) {
        let declared = match self {
            Charset::Known(encoding) => Some(encoding.name()),
            _ => None,
        };
        encoding_of(bytes, declared, bytes.len()).unwrap_or((UTF_8, 0))
    }

    /// Whether new text may be UTF-8: it was said so, and the transfer
    /// encoding carries it.
    pub(crate) fn takes_utf8(&self, wide: bool) -> bool {
        wide && *self == Charset::Known(UTF_8)
    }
}

/// Text in UTF-16 of one byte order; `None` for any other encoding.
pub(crate) fn utf16(text: &str, encoding: &'static Encoding) -> Option<Vec<u8>> {
    let units = text.encode_utf16();
    match encoding {
        e if e == UTF_16LE => Some(units.flat_map(u16::to_le_bytes).collect()),
        e if e == UTF_16BE => Some(units.flat_map(u16::to_be_bytes).collect()),
        _ => None,
    }
}

/// A document of our writer in ASCII. In its one style sheet there are no
/// character references, but CSS has its own.
pub(crate) fn ascii(html: &str) -> String {
    if html.is_ascii() {
        return html.to_owned();
    }
    const OPEN: &str = "<style>";
    let style = html.find(OPEN).map_or(0..0, |at| {
        let start = at + OPEN.len();
        start..html[start..].find("</style>").map_or(html.len(), |len| start + len)
    });
    let mut out = String::with_capacity(html.len() * 2);
    for (at, c) in html.char_indices() {
        match u32::from(c) {
            0..=0x7f => out.push(c),
            code if style.contains(&at) => out.push_str(&format!("\\{code:X} ")),
            code => out.push_str(&format!("&#x{code:X};")),
        }
    }
    out
}

/// RFC 5322, section 2.1.1, without the line end.
pub(crate) const LONGEST: usize = 998;

/// A document of our writer in lines that may be sent: a line ends within a
/// tag, where that changes nothing, else at a space of text outside of `pre`.
/// A longer word stays whole.
pub(crate) fn fold(html: &str) -> String {
    if html.split('\n').all(|line| line.len() <= LONGEST) {
        return html.to_owned();
    }
    let bytes = html.as_bytes();
    let mut out = bytes.to_vec();
    let (mut line, mut tag_break, mut text_break) = (0, None::<usize>, None::<usize>);
    // The last line end in a tag, and where its line would have been too long.
    let mut last = None::<(usize, usize)>;
    let (mut in_tag, mut quoted, mut pre, mut style) = (false, false, 0usize, false);
    for at in 0..bytes.len() {
        match bytes[at] {
            b'\n' => (line, tag_break, text_break, last) = (at + 1, None, None, None),
            b'"' if in_tag => quoted = !quoted,
            b'>' if in_tag && !quoted => in_tag = false,
            b'<' if !in_tag => {
                in_tag = true;
                let rest = &bytes[at + 1..];
                let is = |name: &[u8]| {
                    rest.starts_with(name) && matches!(rest.get(name.len()), Some(b' ' | b'>'))
                };
                match () {
                    () if is(b"pre") => pre += 1,
                    () if is(b"/pre") => pre = pre.saturating_sub(1),
                    () if is(b"style") => style = true,
                    () if is(b"/style") => style = false,
                    () => {}
                }
            }
            b' ' if in_tag && !quoted => tag_break = Some(at),
            // Between two words.
            b' ' if !in_tag && pre == 0 && !style && at > line && bytes[at - 1] != b' ' => {
                text_break = Some(at);
            }
            _ => {}
        }
        if at - line.min(at) >= LONGEST
            && let Some(place) = tag_break.or(text_break)
        {
            // A line end in text is there for good, so what it makes needless goes: the next rinse would not write it.
            if tag_break.is_none()
                && let Some((before, limit)) = last
                && place <= limit
            {
                out[before] = b' ';
            }
            last = tag_break.map(|place| (place, at));
            out[place] = b'\n';
            line = place + 1;
            tag_break = tag_break.filter(|at| *at > place);
            text_break = text_break.filter(|at| *at > place);
        }
    }
    String::from_utf8(out).unwrap_or_else(|_| html.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(kind: &str, bytes: &[u8]) -> Charset {
        Charset::of(&Value::read(kind.as_bytes()), bytes)
    }

    #[test]
    fn charsets() {
        assert_eq!(of("text/html; charset=KOI8-R", b""), Charset::Known(encoding_rs::KOI8_R));
        assert_eq!(of("text/html; charset=utf-7", b""), Charset::Utf7);
        assert_eq!(of("text/html", b""), Charset::Open(None));
        assert_eq!(of("text/html; charset=us-ascii", "\u{e4}".as_bytes()), Charset::Open(None));
        assert_eq!(of("text/html; charset=x-none", b""), Charset::Open(Some("x-none".into())));
        assert_eq!(
            of("text/html; charset=iso-2022-kr", b""),
            Charset::Closed("iso-2022-kr".into())
        );
        assert_eq!(of("text/plain; charset=utf-16", b"\xff\xfea\0").decode(b"\xff\xfea\0"), "a");
        assert_eq!(of("text/plain; charset=utf-16be", b"\0a").decode(b"\0a"), "a");
    }

    #[test]
    fn ascii_of_text_and_of_css() {
        let html = "<style>.\u{e4}{color:red}</style><p title=\"\u{e4}\">\u{1f600}";
        let told = "<style>.\\E4 {color:red}</style><p title=\"&#xE4;\">&#x1F600;";
        assert_eq!(ascii(html), told);
        assert_eq!(utf16("a", UTF_16BE), Some(b"\0a".to_vec()));
    }

    #[test]
    fn long_lines_are_folded_where_nothing_changes() {
        let text =
            format!("<p title=\"{}\" id=\"x\">{}</p>", "a b ".repeat(200), "word ".repeat(400));
        let folded = fold(&text);
        assert!(folded.lines().all(|line| line.len() <= LONGEST));
        assert!(folded.contains("\" id=\"x\"") || folded.contains("\"\nid=\"x\""));
        assert_eq!(folded.replace('\n', " "), text);
        assert_eq!(fold(&folded), folded);
        let pre = format!("<pre>{}</pre>", "word ".repeat(400));
        assert_eq!(fold(&pre), pre);
    }
}
