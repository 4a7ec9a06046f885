//! Reads plain markup, which nearly all of a mail is: tags, attributes and
//! comments of such a spelling that WHATWG "tokenization" knows one way to read
//! them, and no state behind them but "data state". It never guesses: at
//! anything else it stops, and lol_html reads on from there. That each reads
//! alike is held by `tests/suite/read.rs`.

use super::reading::{Reading, Tag, attribute};
use crate::error::Error;
use crate::html::{Content, El};
use memchr::memchr;

/// Where plain markup ends.
pub(super) enum Stop {
    /// With the text that is there: only text is left behind the last tag.
    AtEnd,
    /// Here is a `<` that is the tokenizer's, or not all there yet.
    Odd(usize),
}

/// Reads on from a byte of the tape's source where text is data.
pub(super) fn read(reading: &mut Reading, mut at: usize) -> Result<Stop, Error> {
    loop {
        let bytes = reading.tape.source.as_bytes();
        // Behind a tag there often is the next.
        let lt = match bytes.get(at) {
            Some(b'<') => at,
            _ => match find(b'<', bytes, at) {
                Some(lt) => lt,
                None => return Ok(Stop::AtEnd),
            },
        };
        let end = match bytes.get(lt + 1) {
            Some(b) if b.is_ascii_alphabetic() => start_tag(reading, lt)?,
            Some(b'/') => end_tag(reading, lt),
            Some(b'!') => comment(reading, lt)?,
            Some(b'?') | None => None,
            // Text, as in `a < b`.
            Some(_) => Some(lt + 1),
        };
        match end {
            Some(end) => at = end,
            None => return Ok(Stop::Odd(lt)),
        }
    }
}

/// A start tag, if it is a plain one; gives its end. Content that is not
/// markup is the tokenizer's, and so are SVG and MathML.
fn start_tag(reading: &mut Reading, start: usize) -> Result<Option<usize>, Error> {
    let attrs = reading.tape.attrs.len();
    let Some((el, name_end, end)) = attributes(reading, start) else {
        reading.tape.attrs.truncate(attrs);
        return Ok(None);
    };
    reading.gaps.text_to(&mut reading.tape, start);
    let attrs = attrs as u32;
    reading.start(&Tag { el, start, name_end, end, attrs, foreign: false })?;
    Ok(Some(end))
}

/// The element of a plain start tag, where its name and where it ends. Puts
/// its attributes on the tape, and some of those of a tag that is not plain.
fn attributes(reading: &mut Reading, start: usize) -> Option<(El, usize, usize)> {
    let tape = &mut reading.tape;
    let name_end = end_of_name(tape.source.as_bytes(), start + 1);
    let el = El::of_bytes(&tape.source.as_bytes()[start + 1..name_end]);
    if el.content() != Content::Data || matches!(el, El::Svg | El::Math) {
        return None;
    }
    let first = tape.attrs.len() as u32;
    let mut seen = 0;
    let mut at = name_end;
    loop {
        let bytes = tape.source.as_bytes();
        let spaces = end_of_spaces(bytes, at);
        let name = match bytes.get(spaces)? {
            b'>' => return Some((el, name_end, spaces + 1)),
            b'/' if bytes.get(spaces + 1) == Some(&b'>') => {
                return Some((el, name_end, spaces + 2));
            }
            _ => spaces..end_of_name(bytes, spaces),
        };
        at = name.end;
        if name.is_empty() {
            return None;
        }
        // There may be spaces around the `=`.
        let is = if bytes.get(at)? == &b'=' { at } else { end_of_spaces(bytes, at) };
        let value = if bytes.get(is)? == &b'=' {
            let (value, behind) = value(bytes, is + 1)?;
            at = behind;
            Some(value)
        } else {
            None
        };
        attribute(tape, first, &mut seen, name, value);
    }
}

/// Where a plain value is that begins behind the `=`, and what is behind it.
fn value(bytes: &[u8], at: usize) -> Option<(std::ops::Range<usize>, usize)> {
    match *bytes.get(at)? {
        quote @ (b'"' | b'\'') => {
            let end = find(quote, bytes, at + 1)?;
            Some((at + 1..end, end + 1))
        }
        _ => {
            let at = end_of_spaces(bytes, at);
            if matches!(bytes.get(at), Some(b'"' | b'\'')) {
                return value(bytes, at);
            }
            let ends = |&b: &u8| {
                b.is_ascii_whitespace() || matches!(b, b'>' | b'<' | b'"' | b'\'' | b'`' | 0)
            };
            let end = at + bytes[at..].iter().position(ends)?;
            let is_plain = bytes[end].is_ascii_whitespace() || bytes[end] == b'>';
            (is_plain && end > at && bytes[at] != b'=').then_some((at..end, end))
        }
    }
}

/// An end tag, if it is a plain one; gives its end.
fn end_tag(reading: &mut Reading, start: usize) -> Option<usize> {
    let bytes = reading.tape.source.as_bytes();
    let name_end = end_of_name(bytes, start + 2);
    let gt = match bytes.get(name_end)? {
        b'>' => name_end,
        _ => end_of_spaces(bytes, name_end),
    };
    if !bytes.get(start + 2)?.is_ascii_alphabetic() || bytes.get(gt)? != &b'>' {
        return None;
    }
    let end = gt + 1;
    reading.gaps.text_to(&mut reading.tape, start);
    reading.gaps.put_end_tag(&mut reading.tape, &mut reading.open, start, name_end, end);
    Some(end)
}

/// A comment, if it is a plain one, or what is read as one: `<![if x]>`.
fn comment(reading: &mut Reading, start: usize) -> Result<Option<usize>, Error> {
    let Some(end) = end_of_comment(reading.tape.source.as_bytes(), start) else {
        return Ok(None);
    };
    reading.gaps.text_to(&mut reading.tape, start);
    reading.comment(start, end)?;
    Ok(Some(end))
}

fn end_of_comment(bytes: &[u8], start: usize) -> Option<usize> {
    let text = start + 4;
    match bytes.get(start..text)? {
        b"<!--" => {}
        // CDATA, which only SVG and MathML have, has a name of capitals.
        [_, _, b'[', b] if b.is_ascii_lowercase() => {
            return Some(text + memchr(b'>', &bytes[text..])? + 1);
        }
        _ => return None,
    }
    // `<!-->` and `<!--->` are whole.
    if bytes[text..].starts_with(b">") || bytes[text..].starts_with(b"->") {
        return None;
    }
    let mut at = text;
    loop {
        at += memchr(b'>', &bytes[at..])?;
        let comment = &bytes[text..at];
        if comment.ends_with(b"--") {
            return Some(at + 1);
        }
        if comment.ends_with(b"--!") {
            return None;
        }
        at += 1;
    }
}

/// Where a byte is next. Mostly it is near, for which `memchr` is dear.
fn find(byte: u8, bytes: &[u8], at: usize) -> Option<usize> {
    const ONES: u64 = u64::MAX / 0xff;
    let mut from = at;
    if let Some(near) = bytes[at..].first_chunk() {
        // A zero byte is what `byte` was, and the lowest one is told without fail.
        let x = u64::from_le_bytes(*near) ^ (ONES * u64::from(byte));
        let hits = x.wrapping_sub(ONES) & !x & (ONES << 7);
        if hits != 0 {
            return Some(at + hits.trailing_zeros() as usize / 8);
        }
        from += 8;
    }
    memchr(byte, &bytes[from..]).map(|more| from + more)
}

/// Where a plain name ends that begins here.
fn end_of_name(bytes: &[u8], at: usize) -> usize {
    let odd = |&b: &u8| !IN_NAME[usize::from(b)];
    at + bytes[at..].iter().position(odd).unwrap_or(bytes.len() - at)
}

/// What plain names are made of.
const IN_NAME: [bool; 256] = {
    let mut table = [false; 256];
    let mut b = 0;
    while b < 128 {
        table[b] = (b as u8).is_ascii_alphanumeric() || matches!(b as u8, b'-' | b':' | b'_');
        b += 1;
    }
    table
};

fn end_of_spaces(bytes: &[u8], at: usize) -> usize {
    at + bytes[at..].iter().position(|b| !b.is_ascii_whitespace()).unwrap_or(bytes.len() - at)
}
