//! How many elements are open, for a limit of ours and for one of lol_html.

use crate::html::El;
use std::collections::HashMap;

/// How many elements are open, counted from above: by name, since a start tag
/// opens one and an end tag whose name is open closes at least one. Of the tags
/// that lol_html is given it does the same, so our limit fires first.
pub(super) struct Open {
    known: [u32; El::COUNT],
    other: HashMap<String, u32>,
    all: usize,
}

impl Default for Open {
    fn default() -> Self {
        Open { known: [0; El::COUNT], other: HashMap::new(), all: 0 }
    }
}

impl Open {
    pub(super) fn start(&mut self, el: El, name: &str) -> usize {
        match el {
            El::Other => *self.other.entry(name.to_ascii_lowercase()).or_default() += 1,
            el => self.known[el as usize] += 1,
        }
        self.all += 1;
        self.all
    }

    pub(super) fn end(&mut self, el: El, name: &str) {
        let count = match el {
            El::Other => match self.other.get_mut(&name.to_ascii_lowercase()) {
                Some(count) => count,
                None => return,
            },
            el => &mut self.known[el as usize],
        };
        if *count > 0 {
            *count -= 1;
            self.all -= 1;
            if el == El::Other && *count == 0 {
                self.other.remove(&name.to_ascii_lowercase());
            }
        }
    }
}
