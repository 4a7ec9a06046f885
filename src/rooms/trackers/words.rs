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
    pub watching: List,
    pub said: List,
    pub reader: List,
    pub picture: List,
    pub raster: List,
    pub spacer: List,
    pub spacer_whole: List,
    pub shelf: List,
    pub content: List,
}

include!(concat!(env!("OUT_DIR"), "/weights.rs"));

/// Words in lower case. That a text is none of them is nearly always seen by
/// its length and first letter.
pub(super) struct List {
    words: &'static [&'static str],
    /// For each first letter, a bit for each length; the highest for all that
    /// are longer.
    lengths: [u32; 32],
}

impl List {
    const fn of(words: &'static [&'static str]) -> List {
        let (mut lengths, mut at) = ([0; 32], 0);
        while at < words.len() {
            let word = words[at].as_bytes();
            lengths[letter(word[0])] |= length(word.len());
            at += 1;
        }
        List { words, lengths }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &'static str> {
        self.words.iter().copied()
    }

    /// The word that a text is, in whatever case.
    #[inline]
    pub(super) fn find(&self, text: &str) -> Option<&'static str> {
        let first = *text.as_bytes().first()?;
        if self.lengths[letter(first)] & length(text.len()) == 0 {
            return None;
        }
        self.iter().find(|word| text.eq_ignore_ascii_case(word))
    }

    /// Whether a text is one of the words, in whatever case.
    #[inline]
    pub(super) fn has(&self, text: &str) -> bool {
        self.find(text).is_some()
    }

    /// Whether a text holds one of the words, in whatever case.
    pub(super) fn any_in(&self, text: &str) -> bool {
        let text = text.as_bytes();
        let begins = |rest: &[u8], word: &str| {
            rest.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word.as_bytes()))
        };
        (0..text.len()).any(|at| {
            self.lengths[letter(text[at])] != 0 && self.iter().any(|word| begins(&text[at..], word))
        })
    }
}

/// The same for a capital letter and its small one.
const fn letter(byte: u8) -> usize {
    (byte & 31) as usize
}

const fn length(len: usize) -> u32 {
    1 << if len < 31 { len } else { 31 }
}

#[cfg(test)]
mod tests {
    use super::List;

    #[test]
    fn lists_find_their_words() {
        let long = "a-word-that-is-longer-than-others-are";
        let list = List::of(&["open", "opened", "track", "a-word-that-is-longer-than-others-are"]);
        for (text, found) in [
            ("OPEN", Some("open")),
            ("opened", Some("opened")),
            ("Track", Some("track")),
            (long, Some(long)),
            ("", None),
            ("opens", None),
            ("topen", None),
            ("a-word-that-is-longer-than-others-aren", None),
            ("\u{e9}", None),
        ] {
            assert_eq!(list.find(text), found, "{text}");
            assert_eq!(list.has(text), found.is_some(), "{text}");
        }
        assert!(list.any_in("reOpens") && list.any_in("track") && list.any_in("\u{e9}-open"));
        assert!(!list.any_in("") && !list.any_in("ope") && !list.any_in("trac-k\u{e9}"));
    }
}
