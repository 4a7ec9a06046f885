//! Maps and sets for what is learnt about a mail. Their keys come from mail,
//! so the hash is seeded anew in each process; for keys of a few bytes it costs
//! a third of the standard library's.

use foldhash::fast::RandomState;
use std::hash::BuildHasher;
use std::ops::Range;

pub(crate) type HashMap<K, V> = std::collections::HashMap<K, V, RandomState>;
pub(crate) type HashSet<K> = std::collections::HashSet<K, RandomState>;

/// Values by text. The texts stand one behind the other, so that none needs an
/// allocation of its own.
pub(crate) struct ByText<T> {
    texts: String,
    values: Vec<(Range<usize>, T)>,
    /// By the hash of a text the number of its value.
    places: HashMap<u64, u32>,
    state: RandomState,
}

impl<T> Default for ByText<T> {
    fn default() -> Self {
        let (texts, values) = (String::new(), Vec::new());
        ByText { texts, values, places: HashMap::default(), state: RandomState::default() }
    }
}

/// So many texts have room at once.
const FEW: usize = 48;

/// A map with room for so many.
pub(crate) fn with_room<K, V>(room: usize) -> HashMap<K, V> {
    HashMap::with_capacity_and_hasher(room, RandomState::default())
}

impl<T> ByText<T> {
    /// The number of this text's value.
    pub(crate) fn find(&self, text: &str) -> Option<u32> {
        let at = *self.places.get(&self.state.hash_one(text))?;
        // Another text of the same hash is as good as none.
        (self.text(at) == text).then_some(at)
    }

    pub(crate) fn get(&self, text: &str) -> Option<&T> {
        self.find(text).map(|at| self.value(at))
    }

    /// The value of this number.
    pub(crate) fn value(&self, at: u32) -> &T {
        &self.values[at as usize].1
    }

    /// The text of this number.
    pub(crate) fn text(&self, at: u32) -> &str {
        &self.texts[self.values[at as usize].0.clone()]
    }

    /// Adds a text that is not there; gives the number of its value.
    pub(crate) fn insert(&mut self, text: &str, value: T) -> u32 {
        if self.values.is_empty() {
            // As many as mail has of nearly everything.
            self.places.reserve(FEW);
            self.values.reserve(FEW);
        }
        let (start, at) = (self.texts.len(), self.values.len() as u32);
        self.texts.push_str(text);
        self.values.push((start..self.texts.len(), value));
        self.places.insert(self.state.hash_one(text), at);
        at
    }
}

#[cfg(test)]
mod tests {
    use super::ByText;

    #[test]
    fn values_are_found_by_their_texts() {
        let mut known = ByText::default();
        for (at, text) in ["", "a", "ab", "b"].into_iter().enumerate() {
            assert_eq!(known.get(text), None);
            let number = known.insert(text, at);
            assert_eq!((known.text(number), known.value(number)), (text, &at));
        }
        assert_eq!(known.get("ab"), Some(&2));
        assert_eq!((known.get(""), known.get("ba"), known.find("b")), (Some(&0), None, Some(3)));
        // Another text of the same hash: there is none but by chance, so it is made.
        let b = known.find("b").unwrap();
        let place = known.places.values_mut().find(|at| **at == b).unwrap();
        *place = 1;
        assert_eq!(known.get("b"), None);
    }
}
