//! What `rules/access.toml` says; `build.rs` prints it as tables that are
//! looked through where they stand.

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
        self.0.binary_search(&word).ok().map(|at| self.0[at])
    }
}

/// Texts by sorted keys.
pub(super) struct Texts(&'static [(&'static str, &'static str)]);

impl Texts {
    pub(super) fn get(&self, key: &str) -> Option<&'static str> {
        self.0.binary_search_by_key(&key, |(key, _)| key).ok().map(|at| self.0[at].1)
    }
}

/// Languages by sorted words.
pub(super) struct Tongues(&'static [(&'static str, &'static [&'static str])]);

impl Tongues {
    pub(super) fn of(&self, word: &str) -> &'static [&'static str] {
        let at = self.0.binary_search_by_key(&word, |(word, _)| word);
        at.map_or(&[], |at| self.0[at].1)
    }
}

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
        assert_eq!(KNOWN.lang_words.of("und"), ["de"]);
        let sorted = |words: &Words| words.0.windows(2).all(|w| w[0] < w[1]);
        assert!(sorted(&KNOWN.name_empty) && sorted(&KNOWN.lang_known));
        assert!(KNOWN.lang_words.0.windows(2).all(|w| w[0].0 < w[1].0));
        assert!(KNOWN.name_sites.0.windows(2).all(|w| w[0].0 < w[1].0));
    }
}
