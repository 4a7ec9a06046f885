//! The URLs of a `srcset`, as WHATWG "parse a srcset attribute" finds them.

/// The URLs in order; what they are said to be good for is passed over.
pub(crate) fn urls(srcset: &str) -> impl Iterator<Item = &str> {
    let mut rest = srcset;
    std::iter::from_fn(move || {
        rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == ',');
        if rest.is_empty() {
            return None;
        }
        let end = rest.find(|c: char| c.is_ascii_whitespace()).unwrap_or(rest.len());
        let (url, tail) = rest.split_at(end);
        let bare = url.trim_end_matches(',');
        rest = if bare.len() < url.len() { tail } else { behind_descriptors(tail) };
        Some(bare)
    })
}

/// What follows the next comma that no bracket holds.
fn behind_descriptors(text: &str) -> &str {
    let mut open = false;
    for (i, b) in text.bytes().enumerate() {
        match b {
            b'(' => open = true,
            b')' => open = false,
            b',' if !open => return &text[i + 1..],
            _ => {}
        }
    }
    ""
}

#[cfg(test)]
mod tests {
    use super::urls;

    #[test]
    fn candidates() {
        let all = |text| urls(text).collect::<Vec<_>>();
        assert_eq!(all("a.png"), ["a.png"]);
        assert_eq!(all(" a.png 1x,b.png 2x "), ["a.png", "b.png"]);
        assert_eq!(all(",,a.png, b.png 100w"), ["a.png", "b.png"]);
        assert_eq!(all("data:x,y 1x, b f(1,2) , c"), ["data:x,y", "b", "c"]);
        assert!(all(" , ").is_empty());
    }
}
