//! Names within a mail: ids, anchors, classes. They get a prefix, so that they
//! cannot be names of the page around, and one alphabet, so that no parser of
//! CSS or URLs reads them differently. All that refers to them is renamed by
//! the same function.

use crate::rooms::percent;
use std::borrow::Cow;
use std::fmt::Write;

/// What every name begins with.
pub(crate) const PREFIX: &str = "m-";

/// A name in the output; `None` where there is nothing to name. Gives its own
/// answers back.
pub(crate) fn name(raw: &str) -> Option<Cow<'_, str>> {
    let raw = raw.trim_matches(|c: char| c.is_ascii_whitespace());
    if raw.is_empty() {
        return None;
    }
    if raw.starts_with(PREFIX) && raw.bytes().all(is_plain) {
        return Some(Cow::Borrowed(raw));
    }
    let mut out = String::with_capacity(PREFIX.len() + raw.len());
    push(&mut out, raw);
    Some(Cow::Owned(out))
}

/// Writes the name that something which is not empty gets.
fn push(out: &mut String, raw: &str) {
    if !raw.starts_with(PREFIX) {
        out.push_str(PREFIX);
    }
    if raw.bytes().all(is_plain) {
        return out.push_str(raw);
    }
    for b in raw.bytes() {
        if is_plain(b) {
            out.push(b as char);
        } else {
            // `sm:w-full` is a class of its own, and stays one.
            let _ = write!(out, "_{b:02x}");
        }
    }
}

/// Several names, each once.
pub(super) fn names(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len() + 8);
    for raw in raw.split_ascii_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        push(&mut out, raw);
    }
    out
}

/// What follows the `#` of a link within the mail; empty means its top.
pub(super) fn fragment(raw: &str) -> String {
    let decoded = percent::decoded(raw);
    name(&decoded).map(Cow::into_owned).unwrap_or_default()
}

fn is_plain(b: u8) -> bool {
    b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_get_a_prefix_once() {
        assert_eq!(name("top").as_deref(), Some("m-top"));
        assert_eq!(name("m-top").as_deref(), Some("m-top"));
        assert_eq!(name(" x "), Some(Cow::Borrowed("m-x")));
        assert_eq!(name(" "), None);
    }

    #[test]
    fn one_alphabet() {
        assert_eq!(name("sm:w-1/2").as_deref(), Some("m-sm_3aw-1_2f2"));
        assert_eq!(name("m-a.b").as_deref(), Some("m-a_2eb"));
        assert_eq!(name("\u{e9}").as_deref(), Some("m-_c3_a9"));
        for raw in ["a b", "<", "m-\"", "\u{0}", "--x", "m-m-"] {
            let once = name(raw).expect("a name");
            assert_eq!(name(&once), Some(once.clone()));
        }
    }

    #[test]
    fn links_lead_where_names_are() {
        assert_eq!(names(" a  b\tm-c "), "m-a m-b m-c");
        assert_eq!(fragment("Part%201"), name("Part 1").expect("a name"));
        assert_eq!(fragment(""), "");
        assert_eq!(fragment("100%"), name("100%").expect("a name"));
    }
}
