//! The table of names as it is looked through, and their meanings. The compiler makes both of
//! `table.rs`.

use super::table;
use crate::packed::{Pieces, Sorted, head};

const COUNT: usize = table::NAMES.len();

/// The names, without their `&`.
pub(super) static NAMES: Sorted = Sorted {
    pieces: Pieces { text: as_text(&NAME_BYTES), ends: &NAME_ENDS },
    starts: &STARTS,
    heads: &HEADS,
};

/// What each stands for.
pub(super) static MEANINGS: Pieces = Pieces { text: as_text(&MEANING_BYTES), ends: &MEANING_ENDS };

static NAME_ENDS: [u16; COUNT] = ends(false);
static NAME_BYTES: [u8; length(false)] = bytes(false);
static MEANING_ENDS: [u16; COUNT] = ends(true);
static MEANING_BYTES: [u8; length(true)] = bytes(true);
static STARTS: [u16; 257] = starts();
static HEADS: [u64; COUNT] = heads();

const fn piece(at: usize, meaning: bool) -> &'static [u8] {
    let (name, stands_for) = table::NAMES[at];
    if meaning { stands_for.as_bytes() } else { name.as_bytes() }
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
        while at < COUNT && (piece(at, false)[0] as usize) < byte {
            at += 1;
        }
        starts[byte] = at as u16;
        byte += 1;
    }
    starts
}

const fn heads() -> [u64; COUNT] {
    let mut heads = [0; COUNT];
    let mut at = 0;
    while at < COUNT {
        heads[at] = head(piece(at, false));
        at += 1;
    }
    heads
}
