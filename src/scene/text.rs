//! White space in text as a reader sees it.

/// Whether nothing of a text can be seen: white space, and characters that take
/// no room, as preheaders and empty cells are filled with.
pub(crate) fn is_blank(text: &str) -> bool {
    // Of ASCII one look at the first byte behind spaces and controls tells it.
    match text.bytes().position(|b| b > b' ') {
        None => true,
        Some(at) => !text.as_bytes()[at].is_ascii_graphic() && text[at..].chars().all(takes_no_ink),
    }
}

/// Appends text with white space folded to single spaces and none at the
/// front; what goes beyond `cap` bytes is left out. A space at the end of `out`
/// stands for white space that text may yet follow.
pub(crate) fn fold(out: &mut String, text: &str, cap: usize) {
    let mut rest = text;
    while out.len() < cap {
        let word = plain_word(rest, cap - out.len());
        if !word.is_empty() {
            if out.is_empty() {
                out.reserve(rest.len().min(cap));
            }
            out.push_str(word);
            rest = &rest[word.len()..];
            continue;
        }
        let mut chars = rest.chars();
        let Some(c) = chars.next() else { return };
        rest = chars.as_str();
        if !c.is_whitespace() {
            out.push(c);
        } else if !out.is_empty() && !out.ends_with(' ') {
            out.push(' ');
        }
    }
}

/// A text with white space folded to single spaces, and none around it.
pub(crate) fn folded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    fold(&mut out, text, usize::MAX);
    trimmed(out)
}

/// What a text begins with of visible ASCII, so many bytes at most.
pub(crate) fn plain_word(text: &str, most: usize) -> &str {
    let end = text.bytes().take(most).take_while(u8::is_ascii_graphic).count();
    &text[..end]
}

/// Without white space at its end.
pub(super) fn trimmed(mut text: String) -> String {
    text.truncate(text.trim_end().len());
    text
}

fn takes_no_ink(c: char) -> bool {
    c.is_whitespace()
        || matches!(
            c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
                | '\u{180b}'..='\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}'
        )
        || c.is_control()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_seen_is_blank() {
        assert!(is_blank(""));
        assert!(is_blank(" \u{a0}\u{200c}\u{feff}\u{34f}\n\u{2007}"));
        assert!(!is_blank(" | "));
    }

    #[test]
    fn folded_as_a_whole() {
        assert_eq!(folded(" a\t\u{a0} b c\n"), "a b c");
        assert_eq!(folded(" \u{3000}"), "");
    }

    #[test]
    fn folded_across_pieces() {
        let mut out = String::new();
        for piece in ["  a\u{a0} b", "c ", " d\n"] {
            fold(&mut out, piece, 100);
        }
        assert_eq!(out, "a bc d ");
        fold(&mut out, "xyz", 8);
        assert_eq!(out, "a bc d x");
    }

    proptest::proptest! {
        #[test]
        fn folded_as_char_by_char(pieces in proptest::collection::vec("[ab \u{a0}\t\u{e9}\u{1}]{0,12}", 0..5), cap in 0..30usize) {
            let (mut out, mut plain) = (String::new(), String::new());
            for piece in &pieces {
                fold(&mut out, piece, cap);
                for c in piece.chars() {
                    if plain.len() >= cap {
                        break;
                    }
                    if !c.is_whitespace() {
                        plain.push(c);
                    } else if !plain.is_empty() && !plain.ends_with(' ') {
                        plain.push(' ');
                    }
                }
            }
            proptest::prop_assert_eq!(out, plain);
        }
    }
}
