//! Cuts a sheet into its rules, and a block into its declarations, where nothing in them needs a tokenizer to tell where
//! they end: no escapes, no strings or URLs that break off, brackets that close. Most sheets are made of such rules alone.
//! Whatever else comes is left to cssparser, and what is cut here ends where cssparser ends it.

use crate::bytes::any_of_many;

/// How deep brackets may stand in each other.
const DEEPEST: usize = 16;

/// What comes next in a sheet.
#[derive(Debug, PartialEq)]
pub(super) enum Next<'i> {
    /// `selectors{block}`
    Rule {
        selectors: &'i str,
        block: &'i str,
    },
    /// `@media queries{block}`
    Media {
        queries: &'i str,
        block: &'i str,
    },
    /// Something to be read with a tokenizer; all that is left.
    Other(&'i str),
    End,
}

/// A sheet, or the inside of an `@media`.
pub(super) struct Rules<'i> {
    css: &'i str,
    at: usize,
    /// Those of `@media`, too.
    medias: bool,
}

impl<'i> Rules<'i> {
    /// `medias`: whether an `@media` is told, or left to a tokenizer.
    pub fn new(css: &'i str, medias: bool) -> Self {
        Rules { css, at: 0, medias }
    }

    pub fn next(&mut self) -> Next<'i> {
        let bytes = self.css.as_bytes();
        self.at = skip(bytes, self.at);
        let start = self.at;
        let Some(&first) = bytes.get(start) else { return Next::End };
        let rest = &self.css[start..];
        let media = first == b'@' && self.medias && is_media(rest.as_bytes());
        // `<!--` and `-->` may stand before a rule, and other rules begin with `@`.
        if matches!(first, b'@' | b'<') && !media || rest.starts_with("--") {
            return Next::Other(rest);
        }
        let cut = || {
            if let Some(cut) = simple(bytes, start).filter(|_| !media) {
                return Some(cut);
            }
            let open = find(bytes, start, |byte| matches!(byte, b'{') || media && byte == b';')?;
            let end =
                (bytes[open] == b'{').then(|| find(bytes, open + 1, |byte| byte == b'}'))??;
            Some((open, end))
        };
        let Some((open, end)) = cut() else { return Next::Other(rest) };
        self.at = end + 1;
        let block = &self.css[open + 1..end];
        match media {
            true => Next::Media { queries: &self.css[start + MEDIA.len()..open], block },
            false => Next::Rule { selectors: &self.css[start..open], block },
        }
    }

    /// Goes on behind so many bytes of what was left to a tokenizer.
    pub fn pass(&mut self, len: usize) {
        self.at += len;
    }
}

const MEDIA: &[u8] = b"@media";

/// Whether it begins with the keyword, and that ends there.
fn is_media(bytes: &[u8]) -> bool {
    let (Some(keyword), Some(next)) = (bytes.get(..MEDIA.len()), bytes.get(MEDIA.len())) else {
        return false;
    };
    keyword.eq_ignore_ascii_case(MEDIA) && matches!(next, b' ' | b'\t' | b'\n' | b'(')
}

/// The first declaration or other piece of a block, up to its `;` or the end, and what follows; `None` where only a
/// tokenizer can tell it, or where it has a block of its own.
pub(super) fn piece(block: &str) -> Option<(&str, &str)> {
    let bytes = block.as_bytes();
    let mut reached = false;
    let end = match find_or_end(bytes, 0, |byte| byte == b';' || byte == b'{', &mut reached) {
        Some(at) if bytes[at] == b'{' => return None,
        Some(at) => at + 1,
        None if reached => bytes.len(),
        None => return None,
    };
    Some(block.split_at(end))
}

/// Where the block of a rule begins and ends, if there is nothing in it that a bracket could hide behind: so it is with
/// nearly all, and many bytes are looked at at once.
fn simple(bytes: &[u8], start: usize) -> Option<(usize, usize)> {
    let open = start + memchr::memchr(b'{', &bytes[start..])?;
    let end = open + memchr::memchr(b'}', &bytes[open..])?;
    (!has_special(&bytes[start..open]) && !has_special(&bytes[open + 1..end]))
        .then_some((open, end))
}

/// Whether a bracket may hide behind something in it.
fn has_special(text: &[u8]) -> bool {
    let is_special = |b: u8| {
        // `'()`; `[\]`, `{|}`
        let bracket = (b.wrapping_sub(b'\'') < 3) | ((b & !0x20).wrapping_sub(b'[') < 3);
        bracket | (b == b'"') | (b == b'/') | (b == 0)
    };
    // `;` is there too; no selector is the worse for being looked at by others.
    let few = || text.iter().fold(false, |any, b| any | SPECIAL[usize::from(*b)]);
    any_of_many(text, is_special).unwrap_or_else(few)
}

/// Passes white space and comments.
fn skip(bytes: &[u8], mut at: usize) -> usize {
    loop {
        match bytes.get(at) {
            Some(b' ' | b'\t' | b'\n' | b'\r' | b'\x0c') => at += 1,
            Some(b'/') if bytes.get(at + 1) == Some(&b'*') => match comment_end(bytes, at) {
                Some(end) => at = end,
                None => return at,
            },
            _ => return at,
        }
    }
}

/// The first byte of a kind that is in no brackets, strings or comments; `None` where only a tokenizer can tell it, or
/// where there is none.
fn find(bytes: &[u8], at: usize, is_it: impl Fn(u8) -> bool) -> Option<usize> {
    find_or_end(bytes, at, is_it, &mut false)
}

/// As [`find`]; tells whether the end was reached with all brackets closed.
fn find_or_end(
    bytes: &[u8],
    mut at: usize,
    is_it: impl Fn(u8) -> bool,
    reached: &mut bool,
) -> Option<usize> {
    let (mut open, mut depth) = ([0; DEEPEST], 0);
    loop {
        at += bytes[at..]
            .iter()
            .position(|&byte| SPECIAL[usize::from(byte)])
            .unwrap_or(bytes.len() - at);
        let Some(&byte) = bytes.get(at) else {
            *reached = depth == 0;
            return None;
        };
        if depth == 0 && is_it(byte) {
            return Some(at);
        }
        match byte {
            b'"' | b'\'' => at = string_end(bytes, at)?,
            b'/' if bytes.get(at + 1) == Some(&b'*') => at = comment_end(bytes, at)? - 1,
            b'(' if is_url(&bytes[..at]) => at = url_end(bytes, at)?,
            b'(' | b'[' | b'{' => {
                *open.get_mut(depth)? = byte;
                depth += 1;
            }
            b')' | b']' | b'}' => {
                depth = depth.checked_sub(1)?;
                let pair = (open[depth], byte);
                if !matches!(pair, (b'(', b')') | (b'[', b']') | (b'{', b'}')) {
                    return None;
                }
            }
            b'\\' | 0 => return None,
            _ => {}
        }
        at += 1;
    }
}

/// What ends or begins something.
static SPECIAL: [bool; 256] = {
    let (mut table, mut i) = ([false; 256], 0);
    let special = b"\"'/()[]{};\\\0";
    while i < special.len() {
        table[special[i] as usize] = true;
        i += 1;
    }
    table
};

/// Behind a comment.
fn comment_end(bytes: &[u8], at: usize) -> Option<usize> {
    memchr::memmem::find(&bytes[at + 2..], b"*/").map(|len| at + 2 + len + 2)
}

/// The quote that ends a string.
fn string_end(bytes: &[u8], at: usize) -> Option<usize> {
    let quote = bytes[at];
    let stops = |byte: u8| byte == quote || matches!(byte, b'\\' | b'\n' | b'\r' | b'\x0c' | 0);
    let end = at + 1 + bytes[at + 1..].iter().position(|&byte| stops(byte))?;
    (bytes[end] == quote).then_some(end)
}

/// Whether this ends with `url`; other names may.
fn is_url(before: &[u8]) -> bool {
    before.len() >= 3 && before[before.len() - 3..].eq_ignore_ascii_case(b"url")
}

/// The `)` behind an address, in quotes or not: one in which all agree where it ends, be it an address or what else
/// stands in a bracket.
fn url_end(bytes: &[u8], at: usize) -> Option<usize> {
    let space = |mut at: usize| {
        while matches!(bytes.get(at), Some(b' ' | b'\t' | b'\n')) {
            at += 1;
        }
        at
    };
    let mut end = space(at + 1);
    if matches!(bytes.get(end), Some(b'"' | b'\'')) {
        end = string_end(bytes, end)? + 1;
    } else {
        let is_plain = |byte: u8| {
            byte.is_ascii_graphic()
                && !matches!(byte, b'"' | b'\'' | b'(' | b')' | b'[' | b']' | b'{' | b'}' | b'\\')
        };
        let len = bytes[end..].iter().take_while(|&&byte| is_plain(byte)).count();
        if memchr::memmem::find(&bytes[end..end + len], b"/*").is_some() {
            return None;
        }
        end += len;
    }
    end = space(end);
    (bytes.get(end) == Some(&b')')).then_some(end)
}
