//! What character references in mail stand for, and how decoded text is written as HTML again: `&`
//! and its friends in, plain text out, and back. Where text ends and markup begins is the
//! tokenizer's business; a leading line feed in `<pre>` is the tree's.
//!
//! Follows the WHATWG HTML standard: 13.2.3.5 (newlines), 13.2.5.72 to 13.2.5.80 (character
//! references).

mod names;
mod table;

use crate::bytes::any_of_many;
use memchr::{memchr3, memrchr};
use names::{MEANINGS, NAMES};
use std::borrow::Cow;
use table::C1;

/// The longest name is `CounterClockwiseContourIntegral;`; nothing after that can help a match.
const LONGEST_NAME: usize = 32;

/// How far back `open_tail` looks: room for every name, and for any number a person would write.
const LONGEST_TAIL: usize = 64;

/// Decodes the text of an element. Borrowed when nothing had to be decoded.
///
/// `&copy2` is `©2`, and CR and CR LF in the source are LF. NUL is dropped, as the standard does it
/// in the body; in `<title>` and `<textarea>` it wants U+FFFD, which helps no reader.
/// What a reference stands for is kept even if it is a control character: `&#13;` is a CR here,
/// and `push_text` deals with it.
pub fn text(raw: &str) -> Cow<'_, str> {
    decode(raw, Place::Text)
}

/// Decodes the value of an attribute, without its quotes. Borrowed when nothing had to be decoded.
///
/// As `text`, but NUL is U+FFFD, and a name without `;` stays as written where `=` or a letter or
/// digit follows: `?a=1&copy=2` is a query, not a copyright sign.
pub fn attribute(raw: &str) -> Cow<'_, str> {
    decode(raw, Place::Attribute)
}

/// Appends `text` for the content of an element: `&`, `<`, `>` and U+00A0 as references.
///
/// CR is written as LF. Other controls (C0 but for tab, LF and FF, U+007F to U+009F) are left out.
pub fn push_text(out: &mut Vec<u8>, text: &str) {
    push(out, text, &STOPS_IN_TEXT);
}

/// Appends `value` for an attribute in double quotes: `&`, `"`, `<`, `>` and U+00A0 as references.
///
/// CR is written as LF. Other controls (C0 but for tab, LF and FF, U+007F to U+009F) are left out.
pub fn push_attribute(out: &mut Vec<u8>, value: &str) {
    push(out, value, &STOPS_IN_ATTRIBUTE);
}

/// Appends text in which U+00A0 means a space, with what is to stand for each.
pub fn push_spaced(out: &mut String, text: &str, space: &str) {
    let (mut rest, mut from) = (text, 0);
    // Words are short, so it is looked for byte by byte.
    while let Some(at) = rest.as_bytes()[from..].iter().position(|&byte| byte == 0xC2) {
        let (before, behind) = rest.split_at(from + at);
        match behind.strip_prefix('\u{a0}') {
            Some(behind) => {
                out.push_str(before);
                out.push_str(space);
                (rest, from) = (behind, 0);
            }
            None => from += at + 1,
        }
    }
    out.push_str(rest);
}

/// Whether there is nothing in it that is decoded, left out or escaped: it may be copied as it
/// stands, in text and in double quotes.
pub fn is_plain(text: &str) -> bool {
    let bytes = text.as_bytes();
    let few = || bytes.iter().fold(false, |any, b| any | STOPS_IN_ATTRIBUTE[usize::from(*b)]);
    !any_of_many(bytes, stops_in_attribute).unwrap_or_else(few)
}

/// How many bytes at the end of `raw` have to wait for what follows: a reference that may go on, or
/// a CR whose LF may come. 0 when `raw` can be cut at its end, never more than 64.
///
/// A number with so many digits that it does not fit into 64 bytes is not waited for. It has
/// leading zeros or is out of range, nobody means it, and cut in two it is still only text.
pub fn open_tail(raw: &str) -> usize {
    let bytes = raw.as_bytes();
    if bytes.last() == Some(&b'\r') {
        return 1;
    }
    let window = &bytes[bytes.len().saturating_sub(LONGEST_TAIL)..];
    match memrchr(b'&', window) {
        Some(at) if may_go_on(&window[at + 1..]) => window.len() - at,
        _ => 0,
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Place {
    Text,
    Attribute,
}

fn decode(raw: &str, place: Place) -> Cow<'_, str> {
    let bytes = raw.as_bytes();
    let mut out = String::new();
    let mut done = 0; // what stands before this is in `out`
    let mut from = 0;
    while let Some(found) = memchr3(b'&', b'\r', 0, &bytes[from..]) {
        let at = from + found;
        let mut buffer = [0; 4];
        let Some((length, meaning)) = read_one(&bytes[at..], place, &mut buffer) else {
            from = at + 1;
            continue;
        };
        if done == 0 {
            out.reserve(raw.len());
        }
        out.push_str(&raw[done..at]);
        out.push_str(meaning);
        done = at + length;
        from = done;
    }
    if done == 0 {
        return Cow::Borrowed(raw);
    }
    out.push_str(&raw[done..]);
    Cow::Owned(out)
}

/// How long the reference, CR or NUL at the start of `raw` is, and what it means. None for a `&`
/// that is only that.
fn read_one<'b>(raw: &[u8], place: Place, buffer: &'b mut [u8; 4]) -> Option<(usize, &'b str)> {
    match raw {
        [b'\r', b'\n', ..] => Some((2, "\n")),
        [b'\r', ..] => Some((1, "\n")),
        [0, ..] if place == Place::Text => Some((1, "")),
        [0, ..] => Some((1, "\u{FFFD}")),
        [b'&', b'#', number @ ..] => {
            let (length, character) = numeric(number)?;
            Some((2 + length, character.encode_utf8(buffer)))
        }
        [b'&', name @ ..] => {
            let (length, meaning) = named(name, place)?;
            Some((1 + length, meaning))
        }
        _ => None,
    }
}

fn numeric(raw: &[u8]) -> Option<(usize, char)> {
    let (base, start) = match raw {
        [b'x' | b'X', ..] => (16, 1),
        _ => (10, 0),
    };
    let mut end = start;
    let mut number = 0_u32;
    while let Some(digit) = raw.get(end).and_then(|&byte| char::from(byte).to_digit(base)) {
        // Saturated is out of range, whatever digits follow.
        number = number.saturating_mul(base).saturating_add(digit);
        end += 1;
    }
    if end == start {
        return None;
    }
    let semicolon = usize::from(raw.get(end) == Some(&b';'));
    Some((end + semicolon, numbered(number)))
}

fn numbered(number: u32) -> char {
    match number {
        0 => char::REPLACEMENT_CHARACTER,
        0x80..=0x9F => C1[number as usize - 0x80],
        // Not a char: a surrogate, or beyond U+10FFFF.
        _ => char::from_u32(number).unwrap_or(char::REPLACEMENT_CHARACTER),
    }
}

fn named(raw: &[u8], place: Place) -> Option<(usize, &'static str)> {
    // Nearly all that mail has; none is the beginning of another.
    for (name, meaning) in [("nbsp;", "\u{a0}"), ("amp;", "&")] {
        if raw.starts_with(name.as_bytes()) {
            return Some((name.len(), meaning));
        }
    }
    let (name, meaning) = longest_name(raw)?;
    let next = raw.get(name.len());
    let goes_on = next.is_some_and(|&byte| byte == b'=' || byte.is_ascii_alphanumeric());
    if place == Place::Attribute && goes_on && !name.ends_with(';') {
        return None;
    }
    Some((name.len(), meaning))
}

/// The longest entry that `raw` starts with.
///
/// Such an entry sorts before `raw`, and all that sorts between the two starts with it as well. So
/// it is either the last entry not after `raw`, or a beginning that this one shares with `raw`;
/// then we ask again with what they share.
fn longest_name(raw: &[u8]) -> Option<(&'static str, &'static str)> {
    let mut wanted = &raw[..raw.len().min(LONGEST_NAME)];
    while !wanted.is_empty() {
        let at = NAMES.first_after(wanted).checked_sub(1)?;
        let name = NAMES.pieces.get(at);
        let shared = wanted.iter().zip(name.as_bytes()).take_while(|(a, b)| a == b).count();
        if shared == name.len() {
            return Some((name, MEANINGS.get(at)));
        }
        wanted = &wanted[..shared];
    }
    None
}

/// Could more bytes change what `&` and `body` mean?
fn may_go_on(body: &[u8]) -> bool {
    match body {
        [b'#', b'x' | b'X', digits @ ..] => digits.iter().all(u8::is_ascii_hexdigit),
        [b'#', digits @ ..] => digits.iter().all(u8::is_ascii_digit),
        // What continues `body` comes right after it in the order of the table.
        _ => {
            let next = NAMES.first_after(body);
            next < NAMES.pieces.len() && NAMES.pieces.get(next).as_bytes().starts_with(body)
        }
    }
}

/// The bytes at which copying has to stop and look.
type Stops = [bool; 256];

static STOPS_IN_TEXT: Stops = table(false);
static STOPS_IN_ATTRIBUTE: Stops = table(true);

const fn table(attribute: bool) -> Stops {
    let (mut table, mut byte) = ([false; 256], 0);
    while byte < table.len() {
        let quote = byte as u8 == b'"';
        table[byte] = stops_in_attribute(byte as u8) && (attribute || !quote);
        byte += 1;
    }
    table
}

/// Without a branch, for [`any_of_many`].
const fn stops_in_attribute(byte: u8) -> bool {
    let kept = (byte == b'\t') | (byte == b'\n') | (byte == b'\x0C');
    let special = (byte == b'&') | (byte == b'<') | (byte == b'>') | (byte == b'"');
    // C2 begins U+0080 to U+00BF, among them the C1 controls and U+00A0.
    ((byte < 0x20) & !kept) | special | (byte == 0x7F) | (byte == 0xC2)
}

fn push(out: &mut Vec<u8>, text: &str, stops: &Stops) {
    let mut rest = text.as_bytes();
    // Most of what is written anew is, too.
    if is_plain(text) {
        return out.extend_from_slice(rest);
    }
    while let Some(at) = rest.iter().position(|&byte| stops[usize::from(byte)]) {
        let (run, stop) = rest.split_at(at);
        let (length, written) = write_one(stop);
        out.extend_from_slice(run);
        out.extend_from_slice(written);
        rest = &stop[length..];
    }
    out.extend_from_slice(rest);
}

/// How long the character at the start of `stop` is, and what is written for it.
fn write_one(stop: &[u8]) -> (usize, &[u8]) {
    match stop {
        [b'&', ..] => (1, b"&amp;"),
        [b'<', ..] => (1, b"&lt;"),
        // Nothing needs it, but it costs little and no later reader can take it for the end of a
        // tag or comment.
        [b'>', ..] => (1, b"&gt;"),
        [b'"', ..] => (1, b"&quot;"),
        // Raw, it is easily taken for a space by whoever edits, wraps or compares the output.
        [0xC2, 0xA0, ..] => (2, b"&nbsp;"),
        // A raw CR would be read as LF anyway, and whether one is left must not depend on how the
        // mail's lines end. One LF for each CR, even before an LF: else the result would depend on
        // where the text was cut.
        [b'\r', ..] => (1, b"\n"),
        // The other controls have no meaning in HTML and no business in mail. They are used to
        // break up words and URLs for filters while readers see them whole, and to steer terminals
        // that show the source.
        [0xC2, 0x80..=0x9F, ..] => (2, b""),
        [0xC2, ..] => (2, &stop[..2]),
        _ => (1, b""),
    }
}

#[cfg(test)]
mod tests {
    use super::table;
    use super::*;

    fn written_text(text: &str) -> String {
        let mut out = Vec::new();
        push_text(&mut out, text);
        String::from_utf8(out).unwrap()
    }

    fn written_attribute(value: &str) -> String {
        let mut out = Vec::new();
        push_attribute(&mut out, value);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn spaces_are_spaces_again() {
        let mut out = String::from("|");
        push_spaced(&mut out, "\u{a0}a\u{a0}\u{a0}\u{e2}\u{a9}b\u{a0}", " ");
        push_spaced(&mut out, "", "  ");
        push_spaced(&mut out, "c\u{a0}", "  ");
        assert_eq!(out, "| a  \u{e2}\u{a9}b c  ");
    }

    #[test]
    fn plain_is_what_nobody_changes() {
        for code in 0..=0x10FFFF {
            let Some(c) = char::from_u32(code) else { continue };
            let all = format!("a{c}b");
            let same = text(&all) == all
                && attribute(&all) == all
                && written_text(&all) == all
                && written_attribute(&all) == all;
            // A lone `&` stays one when it is read; it is written otherwise. Of those that begin
            // with C2 some stay as they are.
            let begins_c2 = ('\u{A1}'..='\u{BF}').contains(&c);
            assert_eq!(is_plain(&all), same && !begins_c2, "{c:?}");
            if c <= '\u{FF}' {
                let long = format!("{}{c}{}", &"a".repeat(20), &"b".repeat(50));
                assert_eq!(is_plain(&long), same && !begins_c2, "{c:?}");
            }
        }
        for (before, behind) in
            (0..50).flat_map(|before| (0..20).map(move |behind| (before, behind)))
        {
            let (before, behind) = ("a".repeat(before), "b".repeat(behind));
            assert!(is_plain(&format!("{before}{behind}")));
            assert!(!is_plain(&format!("{before}<{behind}")), "{before}, {behind}");
        }
        assert!(is_plain("") && is_plain("a=1;b/c") && !is_plain("a&amp;b"));
    }

    /// What is left of a text once it has been written.
    fn clean(text: &str) -> String {
        let dropped = |c: char| c.is_control() && !matches!(c, '\t' | '\n' | '\x0C');
        text.replace('\r', "\n").replace(dropped, "")
    }

    /// Strings of pieces that matter here, the same ones in every run.
    fn mixtures(pieces: &[&str]) -> Vec<String> {
        let mut state = 0x9E37_79B9_7F4A_7C15_u64;
        let mut below = |limit: usize| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 33) as usize % limit
        };
        (0..2_000).map(|_| (0..below(12)).map(|_| pieces[below(pieces.len())]).collect()).collect()
    }

    #[test]
    fn table_is_the_whole_of_it_and_in_order() {
        assert_eq!(table::NAMES.len(), 2231);
        assert!(table::NAMES.is_sorted_by(|a, b| a.0 < b.0));
        assert_eq!(table::NAMES.iter().map(|(name, _)| name.len()).max(), Some(LONGEST_NAME));
        assert_eq!(table::NAMES.iter().filter(|(name, _)| !name.ends_with(';')).count(), 106);
    }

    #[test]
    fn every_name_is_found() {
        for (name, meaning) in table::NAMES {
            assert_eq!(text(&format!("&{name}")), *meaning);
            assert_eq!(attribute(&format!("&{name}")), *meaning);
            assert_eq!(text(&format!("a&{name} b")), format!("a{meaning} b"));
        }
    }

    #[test]
    fn same_in_text_and_attribute() {
        for (raw, decoded) in [
            // Names.
            ("&amp;lt;", "&lt;"),
            ("&AMP", "&"),
            ("&Amp;", "&Amp;"),
            ("&not;it", "\u{AC}it"),
            ("&notin;", "\u{2209}"),
            ("&not&not", "\u{AC}\u{AC}"),
            ("&not\u{E4}", "\u{AC}\u{E4}"),
            ("&ngE;", "\u{2267}\u{338}"),
            ("&fjlig;", "fj"),
            ("&CounterClockwiseContourIntegral;", "\u{2233}"),
            ("&CounterClockwiseContourIntegral", "&CounterClockwiseContourIntegral"),
            ("&NewLine;&Tab;", "\n\t"),
            // Numbers.
            ("&#65;&#x41;&#X41;&#x41", "AAAA"),
            ("&#65&#66;", "AB"),
            ("&#x41g", "Ag"),
            ("&#x1F600;", "\u{1F600}"),
            ("&#0000000000000000000000000000000000000000000000000000000000000000000065;", "A"),
            ("&#128;&#x80;&#x9F;", "\u{20AC}\u{20AC}\u{178}"),
            ("&#x81;&#127;&#1;", "\u{81}\u{7F}\u{1}"),
            ("&#0;&#x0", "\u{FFFD}\u{FFFD}"),
            ("&#xD800;&#xDFFF;", "\u{FFFD}\u{FFFD}"),
            ("&#x10FFFF;&#x110000;", "\u{10FFFF}\u{FFFD}"),
            ("&#4294967361;&#99999999999999999999;", "\u{FFFD}\u{FFFD}"),
            ("&#xFFFE;", "\u{FFFE}"),
            // Source newlines are one LF each, those from references are what they are.
            ("a\r\nb\rc\n\r\r\n", "a\nb\nc\n\n\n"),
            ("&#13;&#10;", "\r\n"),
            ("&#13;\n", "\r\n"),
            ("\r&#10;", "\n\n"),
        ] {
            assert_eq!(text(raw), decoded, "{raw:?} in text");
            assert_eq!(attribute(raw), decoded, "{raw:?} in an attribute");
        }
    }

    #[test]
    fn nothing_to_decode_is_borrowed() {
        for raw in [
            "", "plain", "a & b", "&", "&&", "&;", "&#", "&#;", "&#x;", "&#xg", "&x;", "&1;",
            "&\u{E4};",
        ] {
            assert!(matches!(text(raw), Cow::Borrowed(same) if same == raw), "{raw:?}");
            assert!(matches!(attribute(raw), Cow::Borrowed(same) if same == raw), "{raw:?}");
        }
        assert!(matches!(attribute("?a&copy=1"), Cow::Borrowed(_)));
    }

    #[test]
    fn attribute_keeps_what_looks_like_a_query() {
        for (raw, in_text, in_attribute) in [
            ("&notit;", "\u{AC}it;", "&notit;"),
            ("&not=", "\u{AC}=", "&not="),
            ("&copy2", "\u{A9}2", "&copy2"),
            ("?a&copy=1", "?a\u{A9}=1", "?a&copy=1"),
            ("&copy;=1", "\u{A9}=1", "\u{A9}=1"),
            ("&copy", "\u{A9}", "\u{A9}"),
            ("&copy-", "\u{A9}-", "\u{A9}-"),
            ("&#169=", "\u{A9}=", "\u{A9}="),
            // No second try with the shorter name inside the longer one.
            ("&times=", "\u{D7}=", "&times="),
        ] {
            assert_eq!(text(raw), in_text, "{raw:?} in text");
            assert_eq!(attribute(raw), in_attribute, "{raw:?} in an attribute");
        }
    }

    #[test]
    fn nul_in_the_source() {
        assert_eq!(text("a\0b"), "ab");
        assert_eq!(text("\0"), "");
        assert_eq!(attribute("a\0b"), "a\u{FFFD}b");
        // Dropping it must not make a reference of what stood around it.
        assert_eq!(text("&am\0p;lt;"), "&amp;lt;");
    }

    #[test]
    fn writing() {
        assert_eq!(written_text("a<b> & \"c\"\u{A0}'"), "a&lt;b&gt; &amp; \"c\"&nbsp;'");
        assert_eq!(
            written_attribute("a<b> & \"c\"\u{A0}'"),
            "a&lt;b&gt; &amp; &quot;c&quot;&nbsp;'"
        );
        for written in [written_text, written_attribute] {
            assert_eq!(written("&amp;"), "&amp;amp;");
            assert_eq!(written("a\rb\r\nc"), "a\nb\n\nc");
            assert_eq!(written("a\0b\u{1B}c\u{7F}d\u{80}e\u{9F}f"), "abcdef");
            assert_eq!(
                written("\t\n\x0C \u{A9}\u{AD}\u{C2}\u{FFFE}"),
                "\t\n\x0C \u{A9}\u{AD}\u{C2}\u{FFFE}"
            );
        }
    }

    #[test]
    fn what_was_written_reads_the_same() {
        let pieces = [
            "&", "<", ">", "\"", "'", ";", "#", "amp", "lt;", "x41", "=", "a", " ", "\r", "\n",
            "\t", "\0", "\u{1}", "\u{7F}", "\u{85}", "\u{A0}", "\u{A9}", "\u{E4}", "\u{2028}",
            "\u{FFFD}", "😀",
        ];
        for mixture in mixtures(&pieces) {
            assert_eq!(text(&written_text(&mixture)), clean(&mixture), "{mixture:?}");
            assert_eq!(attribute(&written_attribute(&mixture)), clean(&mixture), "{mixture:?}");
        }
    }

    #[test]
    fn open_tails() {
        for (raw, open) in [
            ("", 0),
            ("plain", 0),
            ("a&", 1),
            ("a&a", 2),
            ("a&amp", 4),
            ("a&amp;", 0),
            ("&noti", 5),
            ("&notit", 0),
            ("&xyz", 0),
            ("& ", 0),
            ("&;", 0),
            ("&#", 2),
            ("&#x", 3),
            ("&#x4F", 5),
            ("&#x4G", 0),
            ("&#65", 4),
            ("&#6F", 0),
            ("&#65;", 0),
            ("&lt;&g", 2),
            ("&\u{E4}", 0),
            ("&CounterClockwiseContourIntegral", 32),
            ("a\r", 1),
            ("&am\r", 1),
            ("a\r\n", 0),
        ] {
            assert_eq!(open_tail(raw), open, "{raw:?}");
        }
        assert_eq!(open_tail(&format!("&#{}", "0".repeat(62))), 64);
        assert_eq!(open_tail(&format!("&#{}", "0".repeat(63))), 0);
        assert_eq!(open_tail(&"\u{20AC}".repeat(40)), 0);
    }

    #[test]
    fn cut_at_the_open_tail_means_the_same() {
        let pieces = [
            "&", "&am", "p", ";", "&no", "t", "in", "it", "&#", "x", "X", "4", "1f", "&copy", "=",
            " ", "\r", "\n", "\0", "\u{E4}",
        ];
        for mixture in mixtures(&pieces) {
            for (end, _) in mixture.char_indices() {
                let (head, tail) = mixture.split_at(end - open_tail(&mixture[..end]));
                let cut = text(head).into_owned() + &text(tail);
                assert_eq!(cut, text(&mixture), "{mixture:?} cut to {head:?}");
            }
        }
    }
}
