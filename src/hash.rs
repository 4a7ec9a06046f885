//! Maps and sets for what is learnt about a mail. Their keys come from mail,
//! so the hash is seeded anew in each process; for keys of a few bytes it costs
//! a third of the standard library's.

use foldhash::fast::RandomState;
use std::borrow::Borrow;
use std::hash::{Hash, Hasher};

pub(crate) type HashMap<K, V> = std::collections::HashMap<K, V, RandomState>;
pub(crate) type HashSet<K> = std::collections::HashSet<K, RandomState>;

/// What has a text by which it is found.
pub(crate) trait Named {
    fn name(&self) -> &str;
}

impl<T: Named> Named for std::rc::Rc<T> {
    fn name(&self) -> &str {
        T::name(self)
    }
}

/// In a set, something that is found by its text, and holds it once.
pub(crate) struct ByName<T>(pub T);

impl<T: Named> Borrow<str> for ByName<T> {
    fn borrow(&self) -> &str {
        self.0.name()
    }
}

impl<T: Named> Hash for ByName<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.name().hash(state);
    }
}

impl<T: Named> PartialEq for ByName<T> {
    fn eq(&self, other: &Self) -> bool {
        self.0.name() == other.0.name()
    }
}

impl<T: Named> Eq for ByName<T> {}
