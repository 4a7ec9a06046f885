//! A tree as a flat list of events, which is easy to compare and to show. What
//! the strict reader and html5ever say about the same bytes must be equal.

use std::collections::BTreeMap;
use std::fmt::Write as _;

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Event {
    /// An element and its attributes.
    Open(String, BTreeMap<String, String>),
    /// Neighbouring texts are one.
    Text(String),
    Close,
}

/// Elements that have no end tag.
pub fn is_void(name: &str) -> bool {
    matches!(name, "area" | "br" | "col" | "hr" | "img" | "meta" | "wbr")
}

/// Adds text, to the text before it if there is one.
pub fn push_text(events: &mut Vec<Event>, text: &str) {
    match events.last_mut() {
        _ if text.is_empty() => {}
        Some(Event::Text(before)) => before.push_str(text),
        _ => events.push(Event::Text(text.to_owned())),
    }
}

/// Where two lists part, in a few lines; `None` where they are equal.
pub fn difference(written: &[Event], read: &[Event]) -> Option<String> {
    if written == read {
        return None;
    }
    let at = written.iter().zip(read).take_while(|(a, b)| a == b).count();
    let mut text = format!("trees part at event {at}\n");
    for (name, events) in [("written", written), ("read", read)] {
        let from = at.saturating_sub(4);
        let to = (at + 4).min(events.len());
        let _ = writeln!(text, "  {name}: {}", outline(&events[from..to]));
    }
    Some(text)
}

/// In one line.
pub fn outline(events: &[Event]) -> String {
    let mut out = String::new();
    for event in events {
        let _ = match event {
            Event::Open(name, attrs) if attrs.is_empty() => write!(out, "<{name}>"),
            Event::Open(name, attrs) => write!(out, "<{name} {attrs:?}>"),
            Event::Text(text) => write!(out, "{text:?}"),
            Event::Close => write!(out, "</>"),
        };
    }
    out
}
