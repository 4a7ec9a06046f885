//! Many words looked for in one pass over a text, whatever their number. Used
//! twice, as `format.rs` is: by `build.rs`, which prints them as static
//! tables, and for rule files that are read at run time.

use super::format::{Seq, Str};

/// Bits in [`Words::starts`] and [`Words::grams`].
const BITS: usize = 1 << 14;
/// Words begin with so many bytes at least.
pub const LEAST: usize = 3;
/// No larger step pays: with each there are more grams.
const LONGEST_STEP: usize = 4;

/// Words in lower case, sorted, and a bit for the first three bytes of each:
/// where that bit is not set, no word begins.
#[derive(Debug, Default)]
pub struct Words {
    pub list: Seq<Str>,
    pub starts: Seq<u64>,
    /// A bit for each three bytes that are in a word fewer than `step` bytes
    /// from its beginning: with each `step`th place of a text looked at, no
    /// word is missed.
    pub grams: Seq<u64>,
    pub step: usize,
}

impl Words {
    /// Makes the table. Words shorter than [`LEAST`] bytes cannot be found.
    pub fn of(mut list: Vec<Str>) -> Words {
        list.sort();
        list.dedup();
        let (mut starts, mut grams) = (vec![0u64; BITS / 64], vec![0u64; BITS / 64]);
        let long = || list.iter().filter(|word| word.len() >= LEAST).map(|word| word.as_bytes());
        let shortest = long().map(<[u8]>::len).min().unwrap_or(LEAST);
        let step = (shortest - LEAST + 1).min(LONGEST_STEP);
        for word in long() {
            set(&mut starts, bit(word));
            (0..step).for_each(|at| set(&mut grams, bit(&word[at..])));
        }
        if list.is_empty() {
            (starts, grams) = (Vec::new(), Vec::new());
        }
        let (starts, grams) = (Seq::Made(starts), Seq::Made(grams));
        Words { list: Seq::Made(list), starts, grams, step }
    }

    /// Whether one of the words stands in the text at a place that the test
    /// agrees with: it is told where the word begins and ends. Capital letters
    /// of ASCII count as small ones; others the caller has made small.
    pub fn find(&self, text: &[u8], mut test: impl FnMut(usize, usize) -> bool) -> bool {
        if self.grams.is_empty() || text.len() < LEAST {
            return false;
        }
        for at in (0..=text.len() - LEAST).step_by(self.step) {
            if !has(&self.grams, bit(&text[at..])) {
                continue;
            }
            for start in (at + 1).saturating_sub(self.step)..=at {
                if has(&self.starts, bit(&text[start..]))
                    && self.at(text, start).any(|len| test(start, start + len))
                {
                    return true;
                }
            }
        }
        false
    }

    /// Whether a text may begin with one of the words; nearly always it does
    /// not, and that is seen at once. Of words of [`LEAST`] bytes or more.
    pub fn may_begin(&self, text: &[u8]) -> bool {
        text.len() >= LEAST && !self.starts.is_empty() && has(&self.starts, bit(text))
    }

    /// The lengths of the words that stand at this place.
    pub fn at<'w>(&'w self, text: &'w [u8], at: usize) -> impl Iterator<Item = usize> + 'w {
        let text = &text[at..];
        let wanted = head(text);
        let from = self.list.partition_point(|word| head(word.as_bytes()) < wanted);
        let here = self.list[from..].iter().take_while(move |word| head(word.as_bytes()) == wanted);
        here.filter(move |word| {
            text.len() >= word.len()
                && word.bytes().eq(text[..word.len()].iter().map(|&b| lower(b)))
        })
        .map(|word| word.len())
    }

    /// Whether the text is one of the words.
    pub fn has(&self, text: &[u8]) -> bool {
        if text.len() >= LEAST && !self.may_begin(text) {
            return false;
        }
        let place = |word: &Str| word.bytes().cmp(text.iter().map(|&b| lower(b)));
        self.list.binary_search_by(place).is_ok()
    }
}

fn lower(b: u8) -> u8 {
    b.to_ascii_lowercase()
}

/// The first three bytes, in small letters; in the order of the texts.
fn head(text: &[u8]) -> u32 {
    match text {
        [a, b, c, ..] => u32::from_be_bytes([0, lower(*a), lower(*b), lower(*c)]),
        [a, b] => u32::from_be_bytes([0, lower(*a), lower(*b), 0]),
        [a] => u32::from_be_bytes([0, lower(*a), 0, 0]),
        [] => 0,
    }
}

/// The bit of the first three bytes, whatever their case.
fn bit(text: &[u8]) -> usize {
    let gram = match text.first_chunk() {
        // At once, and without the fourth.
        Some(&four) => u32::from_le_bytes(four) & 0x00ff_ffff,
        None => u32::from(text[0]) | u32::from(text[1]) << 8 | u32::from(text[2]) << 16,
    };
    // Letters become small ones, and other bytes others, but always the same.
    ((gram | 0x0020_2020).wrapping_mul(0x9e37_79b1) >> (32 - BITS.trailing_zeros())) as usize
}

fn set(bits: &mut [u64], bit: usize) {
    bits[bit / 64] |= 1 << (bit % 64);
}

fn has(bits: &[u64], bit: usize) -> bool {
    bits[bit / 64] & 1 << (bit % 64) != 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words() -> Words {
        Words::of(["unsub", "unsubscribe", "опт", "opt-out"].map(Str::from).into())
    }

    #[test]
    fn finds_them_wherever_they_stand() {
        let words = words();
        let find = |text: &str| {
            let mut found = Vec::new();
            words.find(text.as_bytes(), |from, to| {
                found.push(text[from..to].to_owned());
                false
            });
            found
        };
        assert_eq!(find("Unsubscribe"), ["Unsub", "Unsubscribe"]);
        assert_eq!(find("an OPT-out, опт"), ["OPT-out", "опт"]);
        assert!(find("uns un opt ou").is_empty() && find("").is_empty() && find("un").is_empty());
        assert!(
            words.find(b"x/unsub", |from, _| from == 2)
                && !words.find(b"unsub", |from, _| from > 0)
        );
    }

    #[test]
    fn no_word_is_missed_wherever_it_begins() {
        for list in
            [&["abc", "unsubscribe"][..], &["abcd"], &["abcde"], &["abcdefgh"], &["aaaaaaa"]]
        {
            let words = Words::of(list.iter().map(|word| Str::from(*word)).collect());
            for before in 0..9 {
                for word in list {
                    let text = format!("{}{}", "-".repeat(before), word.to_uppercase());
                    let found = words.find(text.as_bytes(), |from, _| from == before);
                    assert!(found, "{text} (step {})", words.step);
                }
            }
        }
    }

    #[test]
    fn knows_whole_ones() {
        let words = words();
        assert!(words.has(b"UNSUB") && !words.has(b"unsubs") && !words.has(b""));
        assert!(!Words::default().has(b"x") && !Words::default().find(b"unsub", |_, _| true));
    }
}
