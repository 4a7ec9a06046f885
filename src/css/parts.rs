//! Reads the selectors that sheets of mail are mostly made of, `.a p > b, #c`, without a tokenizer: elements, classes, ids
//! and what stands between them. What is read here is read as cssparser does.

use super::plain::{is_name_byte, is_space, starts_name};

/// What a plain selector is made of.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Part<'i> {
    /// An element's name; `*` for any.
    Element(&'i str),
    Class(&'i str),
    Id(&'i str),
    /// Between two compounds: ` `, `>`, `+` or `~`.
    Sign(char),
    Comma,
}

/// The parts of a rule's selectors, if all are plain and complete. `parts` gives them their room.
pub(super) fn parts<'i>(selectors: &'i str, parts: &mut Vec<Part<'i>>) -> bool {
    parts.clear();
    let bytes = selectors.as_bytes();
    let space = |at: usize| at + bytes[at..].iter().take_while(|&&byte| is_space(byte)).count();
    let name = |at: usize| {
        let len = || bytes[at..].iter().take_while(|&&byte| is_name_byte(byte)).count();
        starts_name(&bytes[at..]).then(|| at + len())
    };
    let mut at = space(0);
    loop {
        // A compound.
        let start = at;
        if bytes.get(at) == Some(&b'*') {
            parts.push(Part::Element("*"));
            at += 1;
        } else if let Some(end) = name(at) {
            parts.push(Part::Element(&selectors[at..end]));
            at = end;
        }
        while let Some(sign @ (b'.' | b'#')) = bytes.get(at) {
            let Some(end) = name(at + 1) else { return false };
            let text = &selectors[at + 1..end];
            parts.push(if *sign == b'.' { Part::Class(text) } else { Part::Id(text) });
            at = end;
        }
        if at == start {
            return false;
        }
        // What stands behind it.
        let end = at;
        at = space(at);
        match bytes.get(at) {
            None => return true,
            Some(b',') => parts.push(Part::Comma),
            Some(sign @ (b'>' | b'+' | b'~')) => parts.push(Part::Sign(char::from(*sign))),
            Some(_) if at > end => {
                parts.push(Part::Sign(' '));
                continue;
            }
            Some(_) => return false,
        }
        at = space(at + 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(selectors: &str) -> Option<String> {
        let mut found = Vec::new();
        let shown = |part: &Part| match part {
            Part::Element(name) => format!("<{name}>"),
            Part::Class(name) => format!("(.{name})"),
            Part::Id(name) => format!("(#{name})"),
            Part::Sign(sign) => sign.to_string(),
            Part::Comma => ",".to_owned(),
        };
        parts(selectors, &mut found).then(|| found.iter().map(shown).collect())
    }

    #[test]
    fn plain_selectors_are_read() {
        assert_eq!(
            read(" TD.a.b > *\n.c,#d+_e ~ -f p ").as_deref(),
            Some("<TD>(.a)(.b)><*> (.c),(#d)+<_e>~<-f> <p>")
        );
    }

    #[test]
    fn others_are_not() {
        for selectors in [
            "", ",", "a,", ",a", "a,,b", "a >", "> a", "a > > b", "1a", ".1", "#-1", "a:hover",
            "a[b]", "a/**/b", "a\\62", "é", "a*", ". a", "--a", ".--a", "-", "a|b", "&", "a-->",
        ] {
            assert_eq!(read(selectors), None, "{selectors}");
        }
    }
}
