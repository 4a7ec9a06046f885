//! Spells URLs as browsers read them before any room judges them: what one
//! rinse judges is then what the next one reads. Whether they may stay is
//! judged later.

use super::url;
use crate::html::At;
use crate::tape::{State, Tape};
use ::url::Url;

/// What is spelt.
const URLS: u32 = At::bits(&[At::Href, At::Src, At::Background]);

/// Spells the URLs of links and pictures. For level clean, where every tag is
/// written anew.
pub(crate) fn spell(tape: &mut Tape, base: Option<&Url>) {
    for at in 0..tape.starts.len() {
        let start = tape.starts[at];
        let node = &tape.nodes[start as usize];
        if !tape.may_have(start, URLS) || node.state != State::Kept {
            continue;
        }
        let (first, count) = node.attrs;
        for slot in first as usize..(first + count) as usize {
            let attr = &tape.attrs[slot];
            if !matches!(attr.at, At::Href | At::Src | At::Background) {
                continue;
            }
            // Tags that were made of one share its list: spelt once is enough.
            if let Some(spelt) = url::spelling(tape.text(attr.value), base) {
                let value = tape.make(&spelt);
                tape.attrs[slot].value = value;
                tape.attrs[slot].changed = true;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::html::El;

    #[test]
    fn links_pictures_and_backgrounds_are_spelt() {
        for (html, el, at) in [
            ("<a href='https:\\\\a.example\\x'>t</a>", El::A, At::Href),
            ("<img src='https:\\\\a.example\\x'>", El::Img, At::Src),
            ("<table background='https:\\\\a.example\\x'><td>t", El::Table, At::Background),
        ] {
            let mut tape = crate::nest::tape_of(html);
            spell(&mut tape, None);
            let node = tape.nodes.iter().position(|node| node.el == el).unwrap() as u32;
            assert_eq!(tape.attr(node, at), Some("https://a.example/x"), "{html}");
        }
    }
}
