//! Plain text at level clean: an address that holds its target in itself
//! becomes that target. Every other byte stays.

use super::qp::Edit;
use std::ops::Range;

/// A line that is as long may have been broken within its address.
const FULL_LINE: usize = 74;

/// An address, and where it stands.
#[derive(PartialEq, Eq, Debug)]
pub(crate) struct Address {
    pub range: Range<usize>,
    pub url: String,
}

/// The changes of a text: what each address becomes, if anything. `joined`:
/// format=flowed with DelSp=yes (RFC 3676), where a space before a line end
/// means nothing, so an address may go on behind it.
pub(crate) fn edits(
    text: &[u8],
    joined: bool,
    mut target: impl FnMut(&Address) -> Option<String>,
) -> Vec<Edit> {
    let edit = |address: Address| {
        let new = target(&address).filter(|new| fits(new))?;
        (new != address.url).then(|| Edit { range: address.range, new: new.into_bytes() })
    };
    addresses(text, joined).into_iter().filter_map(edit).collect()
}

/// It must stay one address among text, in ASCII, and begin no other line.
fn fits(url: &str) -> bool {
    url.len() <= 900
        && url.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b'<' | b'>' | b'"'))
}

/// The http and https addresses of a text that are there as a whole.
fn addresses(text: &[u8], joined: bool) -> Vec<Address> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(start) = memchr::memmem::find(&text[at..], b"http").map(|i| at + i) {
        at = start + 4;
        let rest = &text[start..];
        if !rest.starts_with(b"http://") && !rest.starts_with(b"https://") {
            continue;
        }
        let before = start.checked_sub(1).map(|i| text[i]);
        if before.is_some_and(|b| b.is_ascii_alphanumeric() || b >= 0x80) {
            continue;
        }
        let close = before.and_then(closing);
        let (mut url, mut end) = (Vec::new(), start);
        while let Some(&b) = text.get(end) {
            if let Some(next) = soft_break(text, end).filter(|_| joined) {
                end = next;
                continue;
            }
            if !b.is_ascii_graphic() || Some(b) == close || matches!(b, b'<' | b'>' | b'"') {
                break;
            }
            url.push(b);
            end += 1;
        }
        at = end.max(at);
        // What is not ASCII may belong to it or not.
        let cut = text.get(end).is_some_and(|b| *b >= 0x80);
        let whole = match close {
            Some(close) => text.get(end) == Some(&close),
            None => joined || !is_broken(text, end),
        };
        if cut || !whole {
            continue;
        }
        if close.is_none() {
            while url.last().is_some_and(|b| b".,;:!?')]".contains(b))
                && text[end - 1] == url[url.len() - 1]
            {
                url.pop();
                end -= 1;
            }
        }
        found.push(Address { range: start..end, url: String::from_utf8_lossy(&url).into_owned() });
    }
    found
}

fn closing(open: u8) -> Option<u8> {
    match open {
        b'<' => Some(b'>'),
        b'(' => Some(b')'),
        b'[' => Some(b']'),
        b'"' => Some(b'"'),
        _ => None,
    }
}

/// Behind a space that ends a line of flowed text, and the space that stuffs
/// the next. Quoted text goes on only at the same depth: not told here, so it
/// ends there.
fn soft_break(text: &[u8], at: usize) -> Option<usize> {
    let rest = text.get(at..)?.strip_prefix(b" ")?;
    let rest = rest.strip_prefix(b"\r\n").or_else(|| rest.strip_prefix(b"\n"))?;
    let rest = rest.strip_prefix(b" ").unwrap_or(rest);
    let goes_on = rest.first().is_some_and(|b| b.is_ascii_graphic() && *b != b'>');
    goes_on.then(|| text.len() - rest.len())
}

/// Whether an address ends with a line so long that it may go on in the next.
fn is_broken(text: &[u8], end: usize) -> bool {
    let line = memchr::memrchr(b'\n', &text[..end]).map_or(0, |i| i + 1);
    let rest = &text[end..];
    let next = rest.strip_prefix(b"\r\n").or_else(|| rest.strip_prefix(b"\n"));
    end - line >= FULL_LINE
        && next.is_some_and(|next| next.first().is_some_and(|b| !b.is_ascii_whitespace()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changed(text: &str, joined: bool) -> String {
        let target = |a: &Address| a.url.strip_prefix("https://w.example/?u=").map(str::to_owned);
        let mut out = text.to_owned();
        for edit in edits(text.as_bytes(), joined, target).into_iter().rev() {
            out.replace_range(edit.range, &String::from_utf8(edit.new).expect("ASCII"));
        }
        out
    }

    #[test]
    fn only_addresses_change() {
        for (text, new) in [
            ("See https://w.example/?u=https://x.example/a.", "See https://x.example/a."),
            ("(https://w.example/?u=http://x.example/a)  b\r\n", "(http://x.example/a)  b\r\n"),
            ("<https://w.example/?u=http://x.example/>", "<http://x.example/>"),
            ("https://x.example/ a", "https://x.example/ a"),
            ("xhttps://w.example/?u=http://x.example/", "xhttps://w.example/?u=http://x.example/"),
            ("https://w.example/?u=no\u{e4}", "https://w.example/?u=no\u{e4}"),
        ] {
            assert_eq!(changed(text, false), new);
        }
        let long = format!("https://w.example/?u=http://x.example/{}", "y".repeat(60));
        let broken = format!("{long}\nzzz\n");
        assert_eq!(changed(&broken, false), broken);
        assert!(changed(&format!("{long}\n\nzzz\n"), false).starts_with("http://x"));
    }

    #[test]
    fn flowed_text_is_joined() {
        let text = "a https://w.example/?u=http://x.ex \r\n ample/b c \r\nd";
        assert_eq!(changed(text, true), "a http://x.example/b c \r\nd");
        let quoted = "> https://w.example/?u=http://x.example/a \r\n> b";
        assert_eq!(changed(quoted, true), "> http://x.example/a \r\n> b");
        assert_eq!(changed(text, false), text.replace("https://w.example/?u=", ""));
    }
}
