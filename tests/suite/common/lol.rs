//! What lol_html tells of a source, and how that differs from what we read.

use lol_html::html_content::{Comment, Doctype, Element, TextChunk, TextType};
use lol_html::{DocumentContentHandlers, ElementContentHandlers, HtmlRewriter, Settings};
use mailrinse::testing::{Piece, Read, read};
use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::HashSet;
use std::rc::Rc;

/// What lol_html tells.
pub fn theirs(html: &str) -> Read {
    let found = Rc::new(RefCell::new(Read::default()));
    let (texts, tags) = (Rc::clone(&found), Rc::clone(&found));
    let (comments, doctypes) = (Rc::clone(&found), Rc::clone(&found));
    let start = move |tag: &mut Element<'_, '_>| {
        let mut names = HashSet::new();
        let attrs = tag.attributes().iter().filter(|attr| names.insert(attr.name())).map(|attr| {
            let name = attr.name_source_location().expect("of the source").bytes();
            (name, attr.value_source_location().map(|value| value.bytes()))
        });
        tags.borrow_mut().tags.push((tag.source_location().bytes(), attrs.collect()));
        Ok(())
    };
    let text = move |chunk: &mut TextChunk<'_>| {
        let raw = !matches!(chunk.text_type(), TextType::Data | TextType::RCData);
        texts.borrow_mut().texts.push((chunk.source_location().bytes(), raw));
        Ok(())
    };
    let comment = move |comment: &mut Comment<'_>| {
        comments.borrow_mut().comments.push(comment.source_location().bytes());
        Ok(())
    };
    let doctype = move |doctype: &mut Doctype<'_>| {
        doctypes.borrow_mut().comments.push(doctype.source_location().bytes());
        Ok(())
    };
    let settings = Settings::new()
        .with_strict(false)
        .append_element_content_handler((
            Cow::Owned("*".parse().expect("a selector")),
            ElementContentHandlers::default().element(start),
        ))
        .append_document_content_handler(
            DocumentContentHandlers::default().text(text).comments(comment).doctype(doctype),
        );
    let mut rewriter = HtmlRewriter::new(settings, |_: &[u8]| {});
    rewriter.write(html.as_bytes()).expect("within lol_html's limits");
    rewriter.end().expect("within lol_html's limits");
    let read = found.take();
    Read { texts: joined(read.texts), ..read }
}

/// What we read, in pieces of this many bytes. Of attributes that we have no
/// name for the tape keeps all; the first counts. `None` where it is over a
/// limit.
pub fn ours(html: &str, piece: usize) -> Option<Read> {
    let mut read = read(html, piece)?;
    for (_, attrs) in &mut read.tags {
        let mut names = HashSet::new();
        attrs.retain(|(name, _)| names.insert(html[name.clone()].to_ascii_lowercase()));
    }
    Some(Read { texts: joined(read.texts), ..read })
}

fn joined(pieces: Vec<Piece>) -> Vec<Piece> {
    let mut joined: Vec<Piece> = Vec::new();
    for (range, raw) in pieces.into_iter().filter(|(range, _)| !range.is_empty()) {
        match joined.last_mut() {
            Some((last, was_raw)) if last.end == range.start && *was_raw == raw => {
                last.end = range.end;
            }
            _ => joined.push((range, raw)),
        }
    }
    joined
}

/// The whole, and in pieces of three bytes.
pub fn difference(html: &str) -> Option<String> {
    let theirs = theirs(html);
    [html.len().max(1), 3].into_iter().find_map(|piece| {
        let mut ours = ours(html, piece)?;
        if may_differ(html) {
            ours.texts.clone_from(&theirs.texts);
        }
        (ours != theirs).then(|| format!("{html:?}: ours {ours:?}, theirs {theirs:?}"))
    })
}

/// Where text may differ: in foreign content, which is dropped with all
/// that is in it; behind an empty `<svg/>`, which lol_html takes for open; and
/// behind a start tag that ends in `=>`, where it overlooks that raw text
/// begins.
pub fn may_differ(html: &str) -> bool {
    let html = html.to_ascii_lowercase();
    html.contains("<svg")
        || html.contains("<math")
        || html.split('>').any(|tag| tag.trim_end().ends_with('='))
}
