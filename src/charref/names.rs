//! The table of names as it is looked through: all names one behind the other, and all meanings.
//! Two texts and where each piece ends, since the loader has to set every address in a table at
//! every start of the program. The compiler makes them of `table.rs`.

use super::table::NAMES;
use std::ops::Range;

/// How many names there are.
pub(super) const COUNT: usize = NAMES.len();

/// The name of this number, without its `&`.
pub(super) fn name(at: usize) -> &'static str {
    &NAME_TEXT[range(&NAME_ENDS, at)]
}

/// What it stands for.
pub(super) fn meaning(at: usize) -> &'static str {
    &MEANING_TEXT[range(&MEANING_ENDS, at)]
}

/// The place of the first name that sorts after this one.
pub(super) fn first_after(name: &[u8]) -> usize {
    let Some(&first) = name.first() else { return 0 };
    let mut low = usize::from(STARTS[usize::from(first)]);
    let mut high = usize::from(STARTS[usize::from(first) + 1]);
    while low < high {
        let middle = low.midpoint(high);
        if self::name(middle).as_bytes() <= name {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    low
}

fn range(ends: &[u16; COUNT], at: usize) -> Range<usize> {
    let start = at.checked_sub(1).map_or(0, |before| ends[before]);
    usize::from(start)..usize::from(ends[at])
}

static NAME_ENDS: [u16; COUNT] = ends(false);
static NAME_BYTES: [u8; length(false)] = bytes(false);
static NAME_TEXT: &str = as_text(&NAME_BYTES);

static MEANING_ENDS: [u16; COUNT] = ends(true);
static MEANING_BYTES: [u8; length(true)] = bytes(true);
static MEANING_TEXT: &str = as_text(&MEANING_BYTES);

/// For each byte the place of the first name that does not begin with a smaller one. It halves the
/// search, and ends it at once for `& ` and `&&`.
static STARTS: [u16; 257] = starts();

const fn piece(at: usize, meaning: bool) -> &'static [u8] {
    if meaning { NAMES[at].1.as_bytes() } else { NAMES[at].0.as_bytes() }
}

const fn length(meaning: bool) -> usize {
    let (mut length, mut at) = (0, 0);
    while at < COUNT {
        length += piece(at, meaning).len();
        at += 1;
    }
    length
}

const fn ends(meaning: bool) -> [u16; COUNT] {
    assert!(length(meaning) <= u16::MAX as usize, "an end is a u16");
    let mut ends = [0; COUNT];
    let (mut end, mut at) = (0, 0);
    while at < COUNT {
        end += piece(at, meaning).len();
        ends[at] = end as u16;
        at += 1;
    }
    ends
}

const fn bytes<const LENGTH: usize>(meaning: bool) -> [u8; LENGTH] {
    let mut bytes = [0; LENGTH];
    let (mut to, mut at) = (0, 0);
    while at < COUNT {
        let piece = piece(at, meaning);
        let mut from = 0;
        while from < piece.len() {
            bytes[to] = piece[from];
            (to, from) = (to + 1, from + 1);
        }
        at += 1;
    }
    bytes
}

const fn as_text(bytes: &'static [u8]) -> &'static str {
    match str::from_utf8(bytes) {
        Ok(text) => text,
        Err(_) => panic!("pieces of text are text"),
    }
}

const fn starts() -> [u16; 257] {
    let mut starts = [0; 257];
    let mut at = 0;
    let mut byte = 0;
    while byte < starts.len() {
        while at < COUNT && (NAMES[at].0.as_bytes()[0] as usize) < byte {
            at += 1;
        }
        starts[byte] = at as u16;
        byte += 1;
    }
    starts
}
