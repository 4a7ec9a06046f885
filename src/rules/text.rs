//! The texts of rules. Those of the built-in ones are pieces of one text: by
//! themselves each would have an address, and the loader sets those at every
//! start, which for thousands of them takes as long as a small mail.

use super::printed::TEXT;
use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;
use std::ops::Deref;

/// A text of a rule.
#[derive(Clone)]
pub enum Str {
    /// A piece of what `build.rs` prints: where it begins, and its bytes.
    Still(u32, u16),
    /// Read at run time.
    Made(Box<str>),
}

fn still(at: u32, len: u16) -> &'static str {
    &TEXT[at as usize..at as usize + usize::from(len)]
}

impl Str {
    /// Its bytes. They need no look at where characters begin.
    pub fn as_bytes(&self) -> &[u8] {
        match self {
            &Str::Still(at, len) => &TEXT.as_bytes()[at as usize..at as usize + usize::from(len)],
            Str::Made(text) => text.as_bytes(),
        }
    }

    /// The same, one after the other.
    pub fn bytes(&self) -> impl DoubleEndedIterator<Item = u8> {
        self.as_bytes().iter().copied()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        match self {
            &Str::Still(_, len) => usize::from(len),
            Str::Made(text) => text.len(),
        }
    }

    /// The same, for longer than the rules are there.
    pub fn kept(&self) -> Cow<'static, str> {
        match self {
            &Str::Still(at, len) => Cow::Borrowed(still(at, len)),
            Str::Made(text) => Cow::Owned(text.to_string()),
        }
    }
}

impl Deref for Str {
    type Target = str;
    fn deref(&self) -> &str {
        match self {
            &Str::Still(at, len) => still(at, len),
            Str::Made(text) => text,
        }
    }
}

impl Default for Str {
    fn default() -> Self {
        Str::Still(0, 0)
    }
}

impl<T: Into<Box<str>>> From<T> for Str {
    fn from(text: T) -> Self {
        Str::Made(text.into())
    }
}

impl fmt::Debug for Str {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

impl fmt::Display for Str {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&**self, f)
    }
}

impl PartialEq for Str {
    fn eq(&self, other: &Str) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl Eq for Str {}

impl PartialOrd for Str {
    fn partial_cmp(&self, other: &Str) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Str {
    fn cmp(&self, other: &Str) -> Ordering {
        self.as_bytes().cmp(other.as_bytes())
    }
}

impl PartialEq<str> for Str {
    fn eq(&self, other: &str) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl PartialEq<&str> for Str {
    fn eq(&self, other: &&str) -> bool {
        *self == **other
    }
}

impl PartialEq<Str> for &str {
    fn eq(&self, other: &Str) -> bool {
        *other == **self
    }
}

impl PartialEq<Str> for String {
    fn eq(&self, other: &Str) -> bool {
        *other == **self
    }
}
