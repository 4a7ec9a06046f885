//! Maps and sets for what is learnt about a mail. Their keys come from mail,
//! so the hash is seeded anew in each process; for keys of a few bytes it costs
//! a third of the standard library's.

use foldhash::fast::RandomState;

pub(crate) type HashMap<K, V> = std::collections::HashMap<K, V, RandomState>;
pub(crate) type HashSet<K> = std::collections::HashSet<K, RandomState>;
