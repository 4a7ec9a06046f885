//! What the style sheets of a mail say about its elements.

use crate::css::{self, Lost, SimpleLook};
use crate::hash::HashSet;
use std::sync::Arc;

/// What the sheets that apply to screens say: read once for all the scenes of
/// a mail, its later windows' and its comments' too.
#[derive(Debug, Default)]
pub(crate) struct Sheets {
    /// Their simple rules.
    pub(crate) looks: Vec<SimpleLook>,
    /// Their rules that hide and cannot be printed.
    pub(super) lost: Vec<Lost>,
    /// The classes that rules within `@media` name: pictures for one kind of
    /// screen are written 0x0 or hidden, and such a rule shows them.
    pub(crate) in_media: HashSet<String>,
}

impl Sheets {
    /// Reads the texts of sheets, in order.
    pub(crate) fn of(sheets: &[impl AsRef<str>]) -> Arc<Self> {
        let mut read = Sheets::default();
        for sheet in sheets {
            let said = css::for_screens(sheet.as_ref());
            read.looks.extend(said.looks);
            read.lost.extend(said.lost);
            classes(sheet.as_ref(), &mut read.in_media);
        }
        Arc::new(read)
    }
}

/// The classes that rules within `@media` of a sheet name.
fn classes(sheet: &str, into: &mut HashSet<String>) {
    let mut rest = sheet;
    while let Some(at) = find(rest) {
        rest = &rest[at + "@media".len()..];
        let Some(open) = rest.find('{') else { return };
        let end = end_of_block(&rest[open..]).map_or(rest.len(), |end| open + end);
        names(&rest[open..end], into);
        rest = &rest[end..];
    }
}

fn find(sheet: &str) -> Option<usize> {
    memchr::memchr_iter(b'@', sheet.as_bytes()).find(|&at| {
        sheet.as_bytes()[at..].get(..6).is_some_and(|word| word.eq_ignore_ascii_case(b"@media"))
    })
}

fn end_of_block(text: &str) -> Option<usize> {
    let mut depth = 0usize;
    text.bytes().position(|b| {
        match b {
            b'{' => depth += 1,
            b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0
    })
}

/// Every `.name` in a text; numbers like `.5` begin no name.
fn names(text: &str, into: &mut HashSet<String>) {
    for part in text.split('.').skip(1) {
        let end = part
            .find(|c: char| !(c.is_alphanumeric() || matches!(c, '-' | '_')))
            .unwrap_or(part.len());
        if end > 0 && !part.starts_with(|c: char| c.is_ascii_digit()) {
            into.insert(part[..end].to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::classes;
    use crate::hash::HashSet;

    #[test]
    fn only_within_media() {
        let mut found = HashSet::default();
        classes(
            ".a{color:red} @MEDIA (max-width:1.5em){.b,td.c-d>img{width:.5em} .e{x:y}} .f{} @media print{.g{}",
            &mut found,
        );
        let mut found: Vec<_> = found.into_iter().collect();
        found.sort();
        assert_eq!(found, ["b", "c-d", "e", "g"]);
    }
}
