//! Many texts in one: all of them one behind the other, and where each ends.
//! In a list of texts each has an address of its own, which the loader has to
//! set at every start of the program.

use std::cmp::Ordering;

/// Texts by their numbers.
pub(crate) struct Pieces {
    pub text: &'static str,
    pub ends: &'static [u16],
}

impl Pieces {
    pub(crate) const fn len(&self) -> usize {
        self.ends.len()
    }

    pub(crate) fn get(&self, at: usize) -> &'static str {
        let start = at.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.text[usize::from(start)..usize::from(self.ends[at])]
    }
}

/// Texts in the order of their bytes.
pub(crate) struct Sorted {
    pub pieces: Pieces,
    /// For each byte the first text that does not begin with a smaller one, and
    /// how many there are. It halves the search, and ends most at once.
    pub starts: &'static [u16],
    /// For each text its first eight bytes as a number, which sort as it does
    /// and are compared at once.
    pub heads: &'static [u64],
}

/// The first eight bytes of a text as a number; the missing ones count as 0.
#[inline]
pub(crate) const fn head(text: &[u8]) -> u64 {
    if let Some(&eight) = text.first_chunk() {
        return u64::from_be_bytes(eight);
    }
    if let (Some(&first), Some(&last)) = (text.first_chunk(), text.last_chunk()) {
        // The last four of up to seven, moved so that they join on to the first.
        let last = (u32::from_be_bytes(last) as u64) << (8 * (8 - text.len()));
        return (u32::from_be_bytes(first) as u64) << 32 | last & 0xffff_ffff;
    }
    let (mut head, mut at) = (0, 0);
    while at < text.len() {
        head |= (text[at] as u64) << (56 - 8 * at);
        at += 1;
    }
    head
}

impl Sorted {
    /// The place of the first text that sorts after this one.
    pub(crate) fn first_after(&self, text: &[u8]) -> usize {
        let Some(&first) = text.first() else { return 0 };
        let mut low = usize::from(self.starts[usize::from(first)]);
        let mut high = usize::from(self.starts[usize::from(first) + 1]);
        let head = head(text);
        while low < high {
            let middle = low.midpoint(high);
            let is_before = match self.heads[middle].cmp(&head) {
                Ordering::Less => true,
                Ordering::Equal => self.pieces.get(middle).as_bytes() <= text,
                Ordering::Greater => false,
            };
            if is_before {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }

    /// The number of this text, if it is one of them.
    pub(crate) fn find(&self, text: &str) -> Option<usize> {
        let at = self.first_after(text.as_bytes()).checked_sub(1)?;
        (self.pieces.get(at) == text).then_some(at)
    }
}

/// The one of these texts, in the order of their bytes, that is this text. Compares first bytes as numbers, as
/// [`Sorted`] does, for lists that are too short to have them at hand.
pub(crate) fn find<'t>(sorted: &[&'t str], text: &str) -> Option<&'t str> {
    let head = head(text.as_bytes());
    let is_before = |other: &&str| match self::head(other.as_bytes()).cmp(&head) {
        Ordering::Equal => **other < *text,
        order => order == Ordering::Less,
    };
    let found = sorted.get(sorted.partition_point(is_before))?;
    (*found == text).then_some(found)
}

/// The same where the first bytes of each text are at hand.
pub(crate) fn find_by<'t>(sorted: &[&'t str], heads: &[u64], text: &str) -> Option<&'t str> {
    let head = head(text.as_bytes());
    let low = heads.partition_point(|other| *other < head);
    let same = heads.get(low..)?.iter().take_while(|other| **other == head).count();
    sorted.get(low..low + same)?.iter().find(|other| **other == text).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_there_is_found_and_nothing_else() {
        const STARTS: [u16; 257] = {
            let mut starts = [0; 257];
            let mut byte = 0;
            while byte < starts.len() {
                starts[byte] = if byte <= b'a' as usize {
                    0
                } else if byte <= b'c' as usize {
                    3
                } else {
                    7
                };
                byte += 1;
            }
            starts
        };
        const ALL: [&str; 7] = ["a", "ab", "ac", "c", "count", "countable", "countables"];
        let heads = ALL.map(|text| head(text.as_bytes()));
        let sorted = Sorted {
            pieces: Pieces {
                text: "aabacccountcountablecountables",
                ends: &[1, 3, 5, 6, 11, 20, 30],
            },
            starts: &STARTS,
            heads: heads.to_vec().leak(),
        };
        let all: Vec<_> = (0..sorted.pieces.len()).map(|at| sorted.pieces.get(at)).collect();
        assert_eq!(all, ALL);
        for (at, text) in all.iter().enumerate() {
            assert_eq!(sorted.find(text), Some(at), "{text}");
            assert_eq!(sorted.first_after(text.as_bytes()), at + 1, "{text}");
        }
        for text in [
            "",
            "aa",
            "b",
            "cc",
            "d",
            "\u{e9}",
            "A",
            "a\0",
            "countabl",
            "countabled",
            "countablesx",
        ] {
            assert_eq!(sorted.find(text), None, "{text}");
        }
    }

    #[test]
    fn heads_are_first_bytes() {
        let text = b"\xffbcdefgh\xff";
        for len in 0..=text.len() {
            let mut eight = [0; 8];
            eight[..len.min(8)].copy_from_slice(&text[..len.min(8)]);
            assert_eq!(head(&text[..len]), u64::from_be_bytes(eight), "{len}");
        }
    }

    #[test]
    fn lists_are_searched_as_others_are() {
        let list =
            ["", "a", "ab", "background", "background-color", "background-colour", "z", "\u{e9}"];
        assert!(list.is_sorted());
        let heads = list.map(|text| head(text.as_bytes()));
        for text in list {
            assert_eq!(find(&list, text), Some(text));
            assert_eq!(find_by(&list, &heads, text), Some(text));
        }
        for text in ["b", "background-", "background-colors", "zz", "\0", "a\0"] {
            assert_eq!(find(&list, text), None, "{text:?}");
            assert_eq!(find_by(&list, &heads, text), None, "{text:?}");
        }
        assert_eq!(find(&[], "a"), None);
    }
}
