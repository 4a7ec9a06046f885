//! What a style hid stays hidden where the filter takes the hiding away: what was positioned, clipped or indented out of
//! sight must not come to light because none of that may stay.

use super::Allow;
use super::look::look;

/// Adds to a rule's filtered declarations, from `begin` to the end of `out`, what hides if `source` hid and they do not. For
/// when something was refused: else nothing that hides was.
pub(super) fn keep(source: &str, begin: usize, out: &mut String, allow: &Allow) {
    const HIDES: &str = "display:none!important";
    if !look(source).hides_text() || look(&out[begin..]).hides_text() {
        return;
    }
    if allow.properties.binary_search(&"display").is_err() {
        return;
    }
    // Better no look than words that were not to be seen.
    if out.len() + 1 + HIDES.len() > allow.limits.bytes {
        out.truncate(begin);
    }
    if out.len() > begin {
        out.push(';');
    }
    // Whatever other rules say of `display`: they could not bring back what was out of sight.
    out.push_str(HIDES);
}
