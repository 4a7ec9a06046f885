//! What `rules/trackers.toml` says: which sign weighs what, and which words
//! say what a picture is for. Why each is in it stands there.

/// What one sign counts for.
pub(super) struct Weight {
    pub points: i32,
    #[allow(dead_code, reason = "the data's own documentation")]
    pub why: &'static str,
}

/// The weight of each sign.
pub(super) struct Weights {
    pub tiny: Weight,
    pub small: Weight,
    pub half_known: Weight,
    pub hidden: Weight,
    pub in_hidden: Weight,
    pub identity: Weight,
    pub token: Weight,
    pub token_of_picture: Weight,
    pub word: Weight,
    pub no_picture: Weight,
    pub plain_file: Weight,
    pub spacer: Weight,
    pub alt: Weight,
    pub linked: Weight,
    pub fitted: Weight,
    pub edge: Weight,
}

/// The lists of words.
pub(super) struct Words {
    pub watching: &'static [&'static str],
    pub said: &'static [&'static str],
    pub reader: &'static [&'static str],
    pub picture: &'static [&'static str],
    pub raster: &'static [&'static str],
    pub spacer: &'static [&'static str],
    pub spacer_whole: &'static [&'static str],
    pub shelf: &'static [&'static str],
    pub content: &'static [&'static str],
}

include!(concat!(env!("OUT_DIR"), "/weights.rs"));

/// Whether a text holds a word of a list, both in lower case.
pub(super) fn any_in(list: &[&'static str], text: &str) -> bool {
    let text = text.as_bytes();
    (0..text.len()).any(|at| {
        let is =
            |word: &&str| word.as_bytes()[0] == text[at] && text[at..].starts_with(word.as_bytes());
        list.iter().any(is)
    })
}

/// Whether a word is on a list, in whatever case.
pub(super) fn has(list: &[&'static str], word: &str) -> bool {
    list.iter().any(|known| word.eq_ignore_ascii_case(known))
}
