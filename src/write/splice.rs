//! The writer of level patch: replaces the ranges of changed tags and leaves
//! every other byte as it was. It is not a sanitizer; but it must not create
//! danger: no tag may come to be where the source had none.

use crate::charref::push_attribute;
use crate::tape::{Attr, Kind, NONE, Node, State, Tape};
use std::ops::Range;

/// A range of the source, and the range of the output that took its place.
pub(crate) type Change = (Range<usize>, Range<usize>);

/// Writes a window's source with its changed tags replaced. Tells where: in
/// order, in the window's source and in what was written.
pub(crate) fn splice(tape: &Tape, out: &mut String) -> Vec<Change> {
    let before = out.len();
    let mut changes = Vec::new();
    let mut edits = edits(tape);
    edits.extend(tape.splices.iter().map(|(range, text)| Edit::part(range.clone(), text)));
    edits.sort_by_key(|edit| (edit.range.start, edit.range.end));
    let mut at = 0;
    for Edit { range, text, tag } in edits {
        // Within something that is removed as a whole.
        if range.start < at {
            continue;
        }
        out.push_str(&tape.source[at..range.start]);
        let from = out.len() - before;
        if tag && text.is_empty() {
            guard(out, &tape.source[range.end..]);
        }
        out.push_str(&text);
        at = range.end;
        changes.push((range, from..out.len() - before));
    }
    out.push_str(&tape.source[at..]);
    changes
}

/// Where a removal would put bytes behind a `<` of text, or behind the
/// beginning of a character reference, an empty comment keeps them apart:
/// `<` and `script>` must not meet.
fn guard(out: &mut String, rest: &str) {
    let tail = out.as_bytes();
    let joins = match tail.last() {
        Some(b'<') => true,
        Some(b'/' | b'!' | b'?') => tail.len() > 1 && tail[tail.len() - 2] == b'<',
        Some(b'&' | b'#' | b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z') => {
            crate::charref::open_tail(out) > 0
        }
        _ => false,
    };
    if joins && !rest.is_empty() {
        out.push_str("<!---->");
    }
}

/// A range of the source and what takes its place.
struct Edit {
    range: Range<usize>,
    text: String,
    /// It is a whole tag, not a part of one.
    tag: bool,
}

impl Edit {
    fn tag(range: Range<usize>) -> Self {
        Edit { range, text: String::new(), tag: true }
    }
    fn part(range: Range<usize>, text: impl Into<String>) -> Self {
        Edit { range, text: text.into(), tag: false }
    }
}

fn edits(tape: &Tape) -> Vec<Edit> {
    let mut edits = Vec::new();
    for (i, node) in tape.nodes.iter().enumerate() {
        if node.kind != Kind::Start || !node.edited || node.span.is_empty() {
            continue;
        }
        let end = match node.mate {
            NONE => None,
            mate => Some(tape.nodes[mate as usize].span).filter(|s| !s.is_empty()),
        };
        match node.state {
            State::Removed => {
                let end = end.map_or(node.span.end, |s| s.end);
                edits.push(Edit::tag(node.span.start as usize..end as usize));
            }
            State::Unwrapped => {
                edits.push(Edit::tag(node.span.range()));
                edits.extend(end.map(|s| Edit::tag(s.range())));
            }
            State::Kept => {
                if node.el != node.was {
                    let name = tag_name_range(tape, node.span.range(), 1);
                    edits.push(Edit::part(name, node.el.name()));
                    if let Some(end) = end {
                        let name = tag_name_range(tape, end.range(), 2);
                        edits.push(Edit::part(name, node.el.name()));
                    }
                }
                attributes(tape, i as u32, node, &mut edits);
            }
        }
    }
    edits
}

fn tag_name_range(tape: &Tape, tag: Range<usize>, skip: usize) -> Range<usize> {
    let start = tag.start + skip;
    start..start + crate::read::tag_name(&tape.source.as_bytes()[start..tag.end]).len()
}

fn attributes(tape: &Tape, at: u32, node: &Node, edits: &mut Vec<Edit>) {
    let now = tape.attrs_of(at);
    let span = node.span.range();
    let (first, count) = node.source_attrs;
    let source = &tape.attrs[first as usize..(first + count) as usize];
    // Another tag in the place of this one: nothing of it may be left, or the
    // second of two attributes of the same name would count.
    if !source.is_empty() && !now.is_empty() && now.iter().all(|a| a.name_span.is_empty()) {
        let name = match node.el == node.was {
            true => &tape.source[tag_name_range(tape, span.clone(), 1)],
            false => node.el.name(),
        };
        let mut tag = format!("<{name}");
        for attr in now {
            push_pair(&mut tag, tape, attr);
        }
        tag.push('>');
        edits.retain(|edit| edit.range.start <= span.start || edit.range.start >= span.end);
        return edits.push(Edit::part(span, tag));
    }
    for attr in source {
        if !now.iter().any(|a| a.name_span == attr.name_span) {
            let name = &tape.source[attr.name_span.range()];
            let behind = &tape.source[attr.name_span.end as usize..span.end];
            if behind.to_ascii_lowercase().contains(&name.to_ascii_lowercase()) {
                // There may be a second of this name.
                let range = attr.name_span.start as usize..end_of(tape, attr);
                edits.push(Edit::part(range, format!("{name}=\"\"")));
                continue;
            }
            let mut start = attr.name_span.start as usize;
            while tape.source.as_bytes()[start - 1].is_ascii_whitespace() {
                start -= 1;
            }
            let end = end_of(tape, attr);
            // Its neighbours must not become one: `on` and `error=x`.
            let next = tape.source.as_bytes()[end];
            let apart = !next.is_ascii_whitespace() && !matches!(next, b'>' | b'/');
            edits.push(Edit::part(start..end, if apart { " " } else { "" }));
        }
    }
    let mut added = String::new();
    for attr in now.iter().filter(|a| a.changed) {
        if attr.name_span.is_empty() {
            push_pair(&mut added, tape, attr);
            continue;
        }
        let value = quoted(tape.text(attr.value));
        if has_value(attr) {
            edits.push(Edit::part(value_range(tape, attr), value));
        } else {
            let range = attr.name_span.end as usize..end_of(tape, attr);
            edits.push(Edit::part(range, format!("={value}")));
        }
    }
    if !added.is_empty() {
        let end = tag_name_range(tape, node.span.range(), 1).end;
        edits.push(Edit::part(end..end, added));
    }
}

/// Writes an attribute that was not in the source.
fn push_pair(out: &mut String, tape: &Tape, attr: &Attr) {
    out.push(' ');
    out.push_str(tape.attr_name(attr));
    out.push('=');
    out.push_str(&quoted(tape.text(attr.value)));
}

fn has_value(attr: &Attr) -> bool {
    attr.value_span.start > 0
}

/// The value with its quotes.
fn value_range(tape: &Tape, attr: &Attr) -> Range<usize> {
    let bytes = tape.source.as_bytes();
    let range = attr.value_span.range();
    match (bytes.get(range.start.wrapping_sub(1)), bytes.get(range.end)) {
        (Some(b'"'), Some(b'"')) | (Some(b'\''), Some(b'\'')) => range.start - 1..range.end + 1,
        _ => range,
    }
}

/// The end of an attribute, with a `=` that has no value.
fn end_of(tape: &Tape, attr: &Attr) -> usize {
    if has_value(attr) {
        return value_range(tape, attr).end;
    }
    let end = attr.name_span.end as usize;
    let behind = &tape.source[end..];
    match behind.trim_ascii_start() {
        rest if rest.starts_with('=') => end + behind.len() - rest.len() + 1,
        _ => end,
    }
}

/// A value in quotes and in ASCII, so that it means the same in every charset
/// that mail is written in.
fn quoted(value: &str) -> String {
    let mut quoted = Vec::with_capacity(value.len() + 8);
    quoted.push(b'"');
    push_attribute(&mut quoted, value);
    quoted.push(b'"');
    let quoted = String::from_utf8(quoted)
        .unwrap_or_else(|e| String::from_utf8_lossy(e.as_bytes()).into_owned());
    if quoted.is_ascii() {
        return quoted;
    }
    let mut out = String::with_capacity(quoted.len() + 8);
    for c in quoted.chars() {
        if c.is_ascii() {
            out.push(c);
        } else {
            out.push_str(&format!("&#x{:X};", u32::from(c)));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::{RoomName, Why};
    use crate::html::At;
    use crate::nest::{Nest, Settings};
    use crate::rooms::Switches;
    use crate::rules::policy::Policy;
    use crate::tag::Tag;

    fn patched(html: &str, change: impl Fn(&mut Tag<'_>)) -> String {
        let limits = crate::limits::Limits::default();
        let deadline = crate::limits::Deadline::default();
        let mut reader = crate::read::Reader::new(&limits, deadline, false);
        reader.feed(html).expect("within the limits");
        reader.end().expect("within the limits");
        let mut tape = reader.take_rest();
        tape.decode();
        let settings = Settings {
            heading: None,
            policy: &Policy::builtin(),
            depth: 256,
            fragment: false,
            patch: true,
            deadline,
        };
        Nest::default().nest(&mut tape, settings, true, &mut Vec::new());
        let switches = Switches::default();
        let mut findings = Vec::new();
        for at in 3..tape.nodes.len() as u32 {
            if tape.nodes[at as usize].kind == Kind::Start {
                let room = RoomName::Policy;
                let findings = &mut findings;
                change(&mut Tag { tape: &mut tape, at, room, switches: &switches, findings });
            }
        }
        let mut out = String::new();
        let _ = splice(&tape, &mut out);
        out
    }

    fn why() -> Why {
        Why::rule("policy.test.change")
    }

    #[test]
    fn values_are_replaced_in_place() {
        let set = |tag: &mut Tag<'_>| {
            if tag.get(At::Href).is_some() {
                tag.set(At::Href, "b&\"ü", why());
            }
        };
        assert_eq!(patched("<a  href=a x>y</a >", set), "<a  href=\"b&amp;&quot;&#xFC;\" x>y</a >");
        assert_eq!(patched("<a href = 'a'>", set), "<a href = \"b&amp;&quot;&#xFC;\">");
        assert_eq!(patched("<a href>", set), "<a href=\"b&amp;&quot;&#xFC;\">");
        assert_eq!(patched("<b>x</b>", set), "<b>x</b>");
    }

    #[test]
    fn attributes_come_behind_the_name_and_go_with_their_space() {
        let add = |tag: &mut Tag<'_>| {
            tag.drop_attr(At::Src, why());
            tag.set(At::Alt, "", why());
        };
        assert_eq!(patched("<IMG\nsrc=a/ id=x>", add), "<IMG alt=\"\" id=x>");
        assert_eq!(patched("<IMG\nsrc=a/>", add), "<IMG alt=\"\">");
        assert_eq!(patched("<img title=x src=\"a\" id=y>", add), "<img alt=\"\" title=x id=y>");
        assert_eq!(patched("<img on src='a'error=x>", add), "<img alt=\"\" on error=x>");
        assert_eq!(patched("<img id=&lt src='a'>", add), "<img alt=\"\" id=&lt>");
        assert_eq!(patched("<img id=x src= >", add), "<img alt=\"\" id=x >");
        assert_eq!(patched("<img id=x SRC=a src=b>", add), "<img alt=\"\" id=x SRC=\"\" src=b>");
    }

    #[test]
    fn a_removal_creates_no_tag_and_no_character() {
        let remove = |tag: &mut Tag<'_>| {
            if tag.el() == crate::html::El::Img {
                tag.remove(why());
            }
        };
        assert_eq!(patched("x <<img>script>y", remove), "x <<!---->script>y");
        assert_eq!(patched("x <<img><img>script>y", remove), "x <<!---->script>y");
        assert_eq!(patched("a &am<img>p; b", remove), "a &am<!---->p; b");
        assert_eq!(patched("a <img> b", remove), "a  b");
    }

    #[test]
    fn an_element_goes_with_its_content_and_its_own_end_tag() {
        let remove = |tag: &mut Tag<'_>| {
            if tag.el() == crate::html::El::A {
                tag.remove(why());
            }
        };
        assert_eq!(patched("x<a href=y> <b></b></A >z", remove), "xz");
        let unwrap = |tag: &mut Tag<'_>| {
            if tag.el() == crate::html::El::A {
                tag.unwrap(why());
            }
        };
        assert_eq!(patched("x<a href=y> <b></b></A >z", unwrap), "x <b></b>z");
    }
}
