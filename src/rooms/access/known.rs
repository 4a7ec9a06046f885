//! What `rules/access.toml` says; `build.rs` prints it as tables that are
//! looked through where they stand.

use crate::packed::{Pieces, Sorted, find};

/// The thresholds and word lists of this room; `rules/access.toml` gives the
/// reason for each, under the same names.
pub(super) struct Known {
    pub contrast_text: f64,
    pub contrast_large: f64,
    pub contrast_large_px: f64,
    pub contrast_large_bold_px: f64,
    pub contrast_bold: f64,
    pub contrast_hidden: f64,
    pub table_filled_rows: f64,
    pub table_short_share: f64,
    pub table_linked_share: f64,
    pub image_thin: f64,
    pub image_small: f64,
    pub image_spacer: Words,
    pub name_letters: f64,
    pub name_longest: f64,
    pub name_empty: Words,
    pub name_sites: Texts,
    pub phrases_link_to: Texts,
    pub phrases_link: Texts,
    pub lang_letters: f64,
    pub lang_word_hits: f64,
    pub lang_alone: Words,
    pub lang_alone_hits: f64,
    pub lang_alone_lead: f64,
    /// Languages by small word.
    pub lang_words: Tongues,
    pub lang_rtl: Words,
    pub lang_alike: &'static [Words],
    pub lang_known: Words,
    pub role_keep: Words,
    pub role_nameless: Words,
}

/// Sorted words.
pub(super) struct Words(&'static [&'static str]);

impl Words {
    pub(super) fn contains(&self, word: &str) -> bool {
        self.get(word).is_some()
    }

    pub(super) fn get(&self, word: &str) -> Option<&'static str> {
        find(self.0, word)
    }
}

/// Texts by sorted keys.
pub(super) struct Texts(&'static [(&'static str, &'static str)]);

impl Texts {
    pub(super) fn get(&self, key: &str) -> Option<&'static str> {
        self.0.binary_search_by_key(&key, |(key, _)| key).ok().map(|at| self.0[at].1)
    }
}

/// Languages by words.
pub(super) struct Tongues {
    langs: &'static [&'static str],
    words: Sorted,
    /// For each word a bit for each of its languages.
    spoken: &'static [u64],
}

impl Tongues {
    /// How many languages there are.
    pub(super) const MOST: usize = 64;

    /// The languages that a word is of, as numbers.
    pub(super) fn of(&self, word: &str) -> impl ExactSizeIterator<Item = usize> + use<> {
        Bits(self.words.find(word).map_or(0, |at| self.spoken[at]))
    }

    /// The language of this number.
    pub(super) fn name(&self, lang: usize) -> &'static str {
        self.langs[lang]
    }
}

/// The numbers of the bits that are set.
struct Bits(u64);

impl Iterator for Bits {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        let bit = self.0.trailing_zeros();
        self.0 &= self.0.wrapping_sub(1);
        (bit < u64::BITS).then_some(bit as usize)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.0.count_ones() as usize;
        (left, Some(left))
    }
}

impl ExactSizeIterator for Bits {}

include!(concat!(env!("OUT_DIR"), "/access.rs"));

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_file_says_is_found() {
        assert_eq!(KNOWN.contrast_text, 4.5);
        assert!(KNOWN.lang_known.contains("en") && !KNOWN.lang_known.contains("xx"));
        assert!(KNOWN.lang_alike.len() > 5);
        assert!(KNOWN.phrases_link_to.0.iter().all(|(_, text)| text.contains("{}")));
        assert!(KNOWN.role_keep.contains("presentation") && !KNOWN.role_keep.contains("checkbox"));
        let langs =
            |word| Vec::from_iter(KNOWN.lang_words.of(word).map(|at| KNOWN.lang_words.name(at)));
        assert_eq!(langs("und"), ["de"]);
        assert_eq!(langs("in").len(), KNOWN.lang_words.of("in").len());
        assert!(langs("in").len() > 2 && langs("").is_empty() && langs("unds").is_empty());
        let sorted = |words: &Words| words.0.windows(2).all(|w| w[0] < w[1]);
        assert!(sorted(&KNOWN.name_empty) && sorted(&KNOWN.lang_known));
        let words = &KNOWN.lang_words.words.pieces;
        assert!((1..words.len()).all(|at| words.get(at - 1) < words.get(at)));
        assert!((0..words.len()).all(|at| !langs(words.get(at)).is_empty()));
        assert!(KNOWN.name_sites.0.windows(2).all(|w| w[0].0 < w[1].0));
    }
}
