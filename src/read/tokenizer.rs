//! Reads with lol_html: start tags, comments and doctypes with their places.
//! The only file that knows it. Nothing that it would print is used.

use super::doctype::{Mode, mode_of};
use crate::error::Error;
use crate::limits::Limits;
use lol_html::html_content::{Comment, Doctype, Element};
use lol_html::send::{
    DocumentContentHandlers, ElementContentHandlers, HtmlRewriter, SendHandlerTypes, Settings,
};
use lol_html::{OutputSink, Selector};
use std::borrow::Cow;
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// After so many start tags lol_html begins anew where it can: of those whose
/// end tags it was not given it would think that they are open.
const MOST_STARTS: usize = 256;

/// What lol_html tells, with its bytes in the mail.
pub(super) struct Token {
    pub range: Range<usize>,
    pub what: What,
}

pub(super) enum What {
    Start { foreign: bool, attrs: Vec<Place> },
    Comment,
    Doctype(Mode),
}

/// Where the name and the value of an attribute are in the mail. There is no
/// value where there is no `=`.
pub(super) struct Place {
    pub name: Range<usize>,
    pub value: Option<Range<usize>>,
}

/// What lol_html would print goes nowhere.
struct Nowhere;

impl OutputSink for Nowhere {
    fn handle_chunk(&mut self, _: &[u8]) {}
}

/// Tokens that the handlers have put down. No borrow of it leaves a closure.
#[derive(Clone, Default)]
struct Told(Arc<Mutex<Vec<Token>>>);

impl Told {
    fn lock(&self) -> MutexGuard<'_, Vec<Token>> {
        // A poisoned lock means that a handler panicked, which is on its way.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn push(&self, range: Range<usize>, what: What) {
        self.lock().push(Token { range, what });
    }
}

/// lol_html, given some stretches of a mail. Each begins where text is data,
/// outside of SVG and MathML, and so did lol_html end the one before.
pub(super) struct Tokenizer {
    rewriter: HtmlRewriter<'static, Nowhere>,
    told: Told,
    /// How many bytes it was given.
    given: usize,
    /// How many bytes of the mail it was not given, up to where it is.
    skipped: usize,
    starts: usize,
    memory: usize,
}

impl Tokenizer {
    /// Begins at a byte of the mail.
    pub(super) fn new(limits: &Limits, at: usize) -> Self {
        // Our own limits fire first: a tag is buffered at most twice, and an
        // open element costs 107 to 170 bytes.
        let memory = 4 * limits.tag + 4 * limits.window + 256 * (limits.open + MOST_STARTS);
        let told = Told::default();
        Tokenizer {
            rewriter: rewriter(memory, &told),
            told,
            given: 0,
            skipped: at,
            starts: 0,
            memory,
        }
    }

    /// Goes on at a byte of the mail that lies behind what it was given.
    pub(super) fn go_on_at(&mut self, at: usize) {
        if self.starts >= MOST_STARTS {
            self.rewriter = rewriter(self.memory, &self.told);
            (self.given, self.starts) = (0, 0);
        }
        self.skipped = at - self.given;
    }

    /// Reads on. What it tells is whole: where an error comes with tokens, it
    /// lies behind them.
    pub(super) fn read(&mut self, text: &str, tokens: &mut Vec<Token>) -> Result<(), Error> {
        self.given += text.len();
        let result = self.rewriter.write(text.as_bytes());
        self.starts += tell(&self.told, self.skipped, tokens);
        result.map_err(|error| Error::Reader(error.to_string()))
    }

    /// There is no more.
    pub(super) fn end(self, tokens: &mut Vec<Token>) -> Result<(), Error> {
        let result = self.rewriter.end();
        tell(&self.told, self.skipped, tokens);
        result.map_err(|error| Error::Reader(error.to_string()))
    }
}

/// Takes what was told, with its places in the mail; says how many start tags
/// were in it.
fn tell(told: &Told, skipped: usize, tokens: &mut Vec<Token>) -> usize {
    let mut starts = 0;
    let shift = |range: &mut Range<usize>| {
        range.start += skipped;
        range.end += skipped;
    };
    tokens.extend(told.lock().drain(..).map(|mut token| {
        shift(&mut token.range);
        if let What::Start { attrs, .. } = &mut token.what {
            starts += 1;
            for attr in attrs {
                shift(&mut attr.name);
                attr.value.iter_mut().for_each(shift);
            }
        }
        token
    }));
    starts
}

fn rewriter(memory: usize, told: &Told) -> HtmlRewriter<'static, Nowhere> {
    let (tags, comments, doctypes) = (told.clone(), told.clone(), told.clone());
    let start = move |tag: &mut Element<'_, '_, SendHandlerTypes>| {
        let places = tag.attributes().iter().filter_map(|attr| {
            let name = attr.name_source_location()?.bytes();
            Some(Place { name, value: attr.value_source_location().map(|value| value.bytes()) })
        });
        let attrs = places.collect();
        let foreign = !tag.namespace_uri().ends_with("xhtml");
        tags.push(tag.source_location().bytes(), What::Start { foreign, attrs });
        Ok(())
    };
    let comment = move |comment: &mut Comment<'_>| {
        comments.push(comment.source_location().bytes(), What::Comment);
        Ok(())
    };
    let doctype = move |doctype: &mut Doctype<'_>| {
        let mode = mode_of(
            doctype.name().as_deref(),
            doctype.public_id().as_deref(),
            doctype.system_id().as_deref(),
        );
        doctypes.push(doctype.source_location().bytes(), What::Doctype(mode));
        Ok(())
    };
    let settings = Settings::new_send()
        .with_strict(false)
        .with_memory_settings(lol_html::MemorySettings::new().with_max_allowed_memory_usage(memory))
        .append_element_content_handler((
            Cow::Owned("*".parse::<Selector>().expect("`*` is a selector")),
            ElementContentHandlers::default().element(start),
        ))
        .append_document_content_handler(
            DocumentContentHandlers::default().comments(comment).doctype(doctype),
        );
    HtmlRewriter::new(settings, Nowhere)
}
