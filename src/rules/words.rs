//! Many words looked for in one pass over a text, whatever their number. Used
//! twice, as `format.rs` is: by `build.rs`, which prints them as static
//! tables, and for rule files that are read at run time.

use super::format::{Seq, Str};

/// Bits in [`Words::starts`].
const BITS: usize = 1 << 14;
/// Words begin with so many bytes at least.
pub const LEAST: usize = 3;

/// Words in lower case, sorted, and a bit for the first three bytes of each:
/// where that bit is not set, no word begins.
#[derive(Debug, Default)]
pub struct Words {
    pub list: Seq<Str>,
    pub starts: Seq<u64>,
}

impl Words {
    /// Makes the table. Words shorter than [`LEAST`] bytes cannot be found.
    pub fn of(mut list: Vec<Str>) -> Words {
        list.sort();
        list.dedup();
        let mut starts = vec![0u64; BITS / 64];
        for word in list.iter().filter(|word| word.len() >= LEAST) {
            let bytes = word.as_bytes();
            let bit = bit(u32::from_be_bytes([0, bytes[0], bytes[1], bytes[2]]));
            starts[bit / 64] |= 1 << (bit % 64);
        }
        if list.is_empty() {
            starts.clear();
        }
        Words { list: Seq::Made(list), starts: Seq::Made(starts) }
    }

    /// Whether one of the words stands in the text at a place that the test
    /// agrees with: it is told where the word begins and ends. Capital letters
    /// of ASCII count as small ones; others the caller has made small.
    pub fn find(&self, text: &[u8], mut test: impl FnMut(usize, usize) -> bool) -> bool {
        if self.starts.is_empty() || text.len() < LEAST {
            return false;
        }
        let mut window = u32::from(lower(text[0])) << 8 | u32::from(lower(text[1]));
        for (end, &byte) in text.iter().enumerate().skip(2) {
            window = (window << 8 | u32::from(lower(byte))) & 0x00ff_ffff;
            let bit = bit(window);
            if self.starts[bit / 64] & 1 << (bit % 64) == 0 {
                continue;
            }
            let at = end - 2;
            if self.at(text, at).any(|len| test(at, at + len)) {
                return true;
            }
        }
        false
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
        // Nearly always it is not, and that can be told from its beginning.
        if let (false, [a, b, c, ..]) = (self.starts.is_empty(), text) {
            let bit = bit(u32::from_be_bytes([0, lower(*a), lower(*b), lower(*c)]));
            if self.starts[bit / 64] & 1 << (bit % 64) == 0 {
                return false;
            }
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

/// The bit of three bytes.
fn bit(window: u32) -> usize {
    (window.wrapping_mul(0x9e37_79b1) >> (32 - BITS.trailing_zeros())) as usize
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
    fn knows_whole_ones() {
        let words = words();
        assert!(words.has(b"UNSUB") && !words.has(b"unsubs") && !words.has(b""));
        assert!(!Words::default().has(b"x") && !Words::default().find(b"unsub", |_, _| true));
    }
}
