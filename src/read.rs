//! Reads text into the flat tape. The only file that knows lol_html: it tells
//! start tags, comments and doctype with their places; the bytes between them
//! are read by [`crate::gap`]. Nothing that lol_html would print is used.

use crate::error::Error;
use crate::gap::Gaps;
use crate::html::{At, Content, El};
use crate::limits::{Deadline, Limit, Limits};
use crate::tape::{Attr, Kind, Node, Span, Tape, Val};
use lol_html::html_content::{Comment, Doctype, Element};
use lol_html::send::{DocumentContentHandlers, ElementContentHandlers, HtmlRewriter, Settings};
use lol_html::{OutputSink, Selector};
use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How the source wants to be laid out: WHATWG "the initial insertion mode".
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) enum Mode {
    NoQuirks,
    LimitedQuirks,
    #[default]
    Quirks,
}

/// What lol_html would print goes nowhere.
struct Nowhere;

impl OutputSink for Nowhere {
    fn handle_chunk(&mut self, _: &[u8]) {}
}

/// Reads a mail from its first to its last character.
pub(crate) struct Reader {
    rewriter: Option<HtmlRewriter<'static, Nowhere>>,
    reading: Shared,
}

/// The state that lol_html's handlers and the reader share. No borrow of it
/// leaves a closure.
#[derive(Clone)]
struct Shared(Arc<Mutex<Reading>>);

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Reading> {
        // A poisoned lock means that a handler panicked; the state is only
        // read on the way to reporting that.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Reading {
    tape: Tape,
    gaps: Gaps,
    mode: Option<Mode>,
    open: Open,
    limits: Limits,
    deadline: Deadline,
    /// Of the windows that were taken: nodes, and line feeds.
    taken: (u64, u64),
    failed: Option<Error>,
    /// How much text a tape holds.
    room: usize,
}

impl Reader {
    pub(crate) fn new(limits: &Limits, deadline: Deadline, mended: bool) -> Self {
        let reading = Shared(Arc::new(Mutex::new(Reading {
            tape: Tape { mended, ..Tape::default() },
            gaps: Gaps::default(),
            mode: None,
            open: Open::default(),
            limits: limits.clone(),
            deadline,
            taken: (0, 0),
            failed: None,
            room: 0,
        })));
        let (tags, comments, doctypes) = (reading.clone(), reading.clone(), reading.clone());
        let memory = lol_html::MemorySettings::new()
            // Our own limits fire first: a tag is buffered at most twice, and
            // an open element costs 107 to 170 bytes.
            .with_max_allowed_memory_usage(4 * limits.tag + 4 * limits.window + 256 * limits.open);
        let settings = Settings::new_send()
            .with_strict(false)
            .with_memory_settings(memory)
            .append_element_content_handler((
                Cow::Owned("*".parse::<Selector>().expect("`*` is a selector")),
                ElementContentHandlers::default()
                    .element(move |tag: &mut Element<'_, '_, _>| answer(tags.lock().start(tag))),
            ))
            .append_document_content_handler(
                DocumentContentHandlers::default()
                    .comments(move |c: &mut Comment<'_>| {
                        answer(comments.lock().comment(c.source_location().bytes()))
                    })
                    .doctype(move |d: &mut Doctype<'_>| answer(doctypes.lock().doctype(d))),
            );
        Reader { rewriter: Some(HtmlRewriter::new(settings, Nowhere)), reading }
    }

    /// A tape will hold so much text, in bytes.
    pub(crate) fn expecting(self, room: usize) -> Self {
        self.reading.lock().room = room;
        self
    }

    /// Reads on. Text must be cut between characters.
    pub(crate) fn feed(&mut self, text: &str) -> Result<(), Error> {
        self.reading.lock().expect(text);
        let Some(rewriter) = self.rewriter.as_mut() else { return Ok(()) };
        let result = rewriter.write(text.as_bytes());
        self.outcome(result)?;
        self.reading.lock().settle()
    }

    /// There is no more.
    pub(crate) fn end(&mut self) -> Result<(), Error> {
        let Some(rewriter) = self.rewriter.take() else { return Ok(()) };
        let result = rewriter.end();
        self.outcome(result)?;
        let mut reading = self.reading.lock();
        let end = reading.tape.source.len();
        let Reading { tape, gaps, open, .. } = &mut *reading;
        gaps.read(tape, open, end, crate::gap::Until::EndOfFile);
        if !reading.in_bounds(end) {
            return Err(reading.failed.take().unwrap_or(Error::Reader(String::new())));
        }
        Ok(())
    }

    /// How the source wants to be laid out, as far as it is known.
    pub(crate) fn mode(&self) -> Mode {
        self.reading.lock().mode.unwrap_or_default()
    }

    /// Takes a full window off the tape, if there is one: everything before
    /// the first tag or text that begins at or behind `size` bytes.
    pub(crate) fn take_window(&mut self, size: usize) -> Option<Tape> {
        self.reading.lock().take(size)
    }

    /// Takes all that was read.
    pub(crate) fn take_rest(&mut self) -> Tape {
        let mut reading = self.reading.lock();
        let base = reading.tape.base + reading.tape.source.len() as u64;
        let mended = reading.tape.mended;
        std::mem::replace(&mut reading.tape, Tape { base, mended, ..Tape::default() })
    }

    fn outcome(&self, result: Result<(), lol_html::errors::RewritingError>) -> Result<(), Error> {
        let failed = self.reading.lock().failed.take();
        match (failed, result) {
            (Some(error), _) => Err(error),
            (None, Ok(())) => Ok(()),
            (None, Err(error)) => Err(Error::Reader(error.to_string())),
        }
    }
}

/// lol_html only wants to know whether to go on; the error itself is kept by
/// [`Reading`].
fn answer(go_on: bool) -> lol_html::HandlerResult {
    if go_on { Ok(()) } else { Err("over a limit".into()) }
}

impl Reading {
    /// There is text to be read. Makes room for what is in all of the tape's: a
    /// tag or a text for each 32 bytes, and an attribute for each 64, is what
    /// mail has; the rooms change as many.
    fn expect(&mut self, text: &str) {
        let Tape { source, nodes, attrs, .. } = &mut self.tape;
        if source.len() + text.len() <= self.room {
            source.reserve_exact(self.room - source.len());
        }
        source.push_str(text);
        let most = self.room.max(source.len()) / 32;
        make_room(nodes, most, text.len() / 16);
        make_room(attrs, most, text.len() / 16);
    }

    fn start(&mut self, tag: &mut Element<'_, '_, lol_html::send::SendHandlerTypes>) -> bool {
        let range = tag.source_location().bytes();
        let (start, end) = self.enter(range);
        if !self.in_bounds(start) {
            return false;
        }
        if end - start > self.limits.tag {
            return self.fail(Limit::Tag, self.limits.tag, start);
        }
        let name = tag_name(&self.tape.source.as_bytes()[start + 1..end]);
        let el = El::of_bytes(name);
        let name_end = start + 1 + name.len();
        let foreign = !tag.namespace_uri().ends_with("xhtml");
        let first = self.tape.attrs.len() as u32;
        let base = self.tape.base as usize;
        let mut seen = 0;
        for attr in tag.attributes() {
            let Some(name) = attr.name_source_location() else { continue };
            let name = name.bytes();
            let name_span = Span::new(name.start - base, name.end - base);
            let at = At::of_bytes(&self.tape.source.as_bytes()[name_span.range()]);
            if at != At::Other {
                // Of attributes of the same name the first counts.
                if seen & at.bit() != 0 {
                    let mut others = self.tape.attrs[first as usize..].iter();
                    if others.any(|other| other.at == at) {
                        continue;
                    }
                }
                seen |= at.bit();
            }
            let value_span = attr.value_source_location().map_or(Span::default(), |value| {
                Span::new(value.bytes().start - base, value.bytes().end - base)
            });
            self.tape.attrs.push(Attr {
                at,
                changed: false,
                other: Val::default(),
                value: Val::default(),
                name_span,
                value_span,
            });
        }
        let count = self.tape.attrs.len() as u32 - first;
        if count as usize > self.limits.attributes {
            return self.fail(Limit::Attributes, self.limits.attributes, start);
        }
        let mut node = Node::new(Kind::Start, el, Span::new(start, end));
        self.tape.give_attrs(&mut node, first);
        node.source_attrs = node.attrs;
        node.text = self.tape.val(start + 1..name_end);
        node.foreign = foreign;
        node.self_closing = self.tape.source.as_bytes()[end - 2] == b'/';
        self.tape.nodes.push(node);
        let content = if foreign { Content::Data } else { el.content() };
        self.gaps.begin(end, content, el);
        // The tokenizer overlooks raw text behind `<xmp a=>` (lol_html 3.0).
        if content != Content::Data
            && self.tape.source[start..end - 1].trim_ascii_end().ends_with('=')
        {
            self.tape.frozen.get_or_insert(start as u32);
        }
        if (foreign && !node.self_closing) || (!foreign && !el.is_void()) {
            let name = &self.tape.source[start + 1..name_end];
            if self.open.start(el, name) > self.limits.open {
                return self.fail(Limit::Open, self.limits.open, start);
            }
        }
        true
    }

    fn comment(&mut self, range: std::ops::Range<usize>) -> bool {
        let (start, end) = self.enter(range);
        if !self.in_bounds(start) {
            return false;
        }
        if end - start > self.limits.tag {
            return self.fail(Limit::Tag, self.limits.tag, start);
        }
        self.tape.nodes.push(Node::new(Kind::Comment, El::Other, Span::new(start, end)));
        self.gaps.begin(end, Content::Data, El::Other);
        true
    }

    fn doctype(&mut self, doctype: &mut Doctype<'_>) -> bool {
        let (start, end) = self.enter(doctype.source_location().bytes());
        // Only a doctype before all else counts.
        let first = self.tape.base == 0
            && self.tape.nodes.iter().all(|n| match n.kind {
                Kind::Text => crate::html::is_space(&self.tape.source[n.span.range()]),
                Kind::Comment => true,
                _ => false,
            });
        if first && self.mode.is_none() {
            self.mode = Some(mode_of(
                doctype.name().as_deref(),
                doctype.public_id().as_deref(),
                doctype.system_id().as_deref(),
            ));
        }
        // It leaves a comment's trace, so that every byte of the source has
        // its place.
        self.tape.nodes.push(Node::new(Kind::Comment, El::Other, Span::new(start, end)));
        self.gaps.begin(end, Content::Data, El::Other);
        true
    }

    /// Reads the gap before a tag; gives the tag's place on the tape's source.
    fn enter(&mut self, range: std::ops::Range<usize>) -> (usize, usize) {
        let base = self.tape.base as usize;
        let (start, end) = (range.start - base, range.end - base);
        let Reading { tape, gaps, open, .. } = self;
        gaps.read(tape, open, start, crate::gap::Until::Tag);
        (start, end)
    }

    /// Reads as much of the last gap as can be known, so that a long text does
    /// not wait for its end.
    fn settle(&mut self) -> Result<(), Error> {
        let end = self.tape.source.len();
        let Reading { tape, gaps, open, .. } = self;
        gaps.read(tape, open, end, crate::gap::Until::Unknown);
        let waiting = end - gaps.at();
        if waiting > self.limits.tag.max(2 * crate::gap::PIECE) + 2 * self.limits.block.max(64) {
            let at = self.gaps.at();
            self.fail(Limit::Tag, self.limits.tag, at);
            return Err(self.failed.take().unwrap_or(Error::Reader(String::new())));
        }
        Ok(())
    }

    /// Whether there may be more tokens, and time for them.
    fn in_bounds(&mut self, at: usize) -> bool {
        let tokens = self.tape.nodes.len();
        if self.taken.0 + tokens as u64 > self.limits.tokens {
            return self.fail(Limit::Tokens, self.limits.tokens, at);
        }
        if self.deadline.is_over_at(tokens) {
            let time = self.limits.time.unwrap_or_default().as_millis();
            return self.fail(Limit::Time, time as u64, at);
        }
        true
    }

    fn fail(&mut self, limit: Limit, max: impl TryInto<u64>, at: usize) -> bool {
        let line = 1 + self.taken.1 + lines(&self.tape.source[..at]);
        let at = self.tape.base + at as u64;
        let max = max.try_into().unwrap_or(u64::MAX);
        self.failed.get_or_insert(Error::Limit { limit, max, at, line });
        false
    }

    fn take(&mut self, size: usize) -> Option<Tape> {
        let cut = self.tape.nodes.partition_point(|n| (n.span.start as usize) < size);
        let first = self.tape.nodes.get(cut)?;
        let at = first.span.start;
        let attrs_at = self.tape.nodes[cut..]
            .iter()
            .find(|n| n.kind == Kind::Start)
            .map_or(self.tape.attrs.len(), |n| n.attrs.0 as usize);
        let mut rest = Tape {
            base: self.tape.base + u64::from(at),
            mended: self.tape.mended,
            frozen: self.tape.frozen.map(|from| from.saturating_sub(at)),
            ..Tape::default()
        };
        rest.source = self.tape.source.split_off(at as usize);
        rest.nodes = self.tape.nodes.split_off(cut);
        rest.attrs = self.tape.attrs.split_off(attrs_at);
        rest.shift(at, attrs_at as u32);
        self.gaps.shift(at as usize);
        self.taken.0 += self.tape.nodes.len() as u64;
        self.taken.1 += lines(&self.tape.source);
        Some(std::mem::replace(&mut self.tape, rest))
    }
}

/// Makes room for so many in all, and for so many more; by little, since this
/// is most of what a window takes.
fn make_room<T>(list: &mut Vec<T>, all: usize, more: usize) {
    let len = list.len();
    let wanted = all.max(len + more);
    if list.capacity() < wanted {
        list.reserve_exact(wanted.max(len + len / 8) - len);
    }
}

/// How many lines end in a text.
pub(crate) fn lines(text: &str) -> u64 {
    memchr::memchr_iter(b'\n', text.as_bytes()).count() as u64
}

/// A tag's name: up to white space, `/` or `>`.
pub(crate) fn tag_name(tag: &[u8]) -> &[u8] {
    let end =
        tag.iter().position(|b| matches!(b, b'\t' | b'\n' | b'\x0c' | b'\r' | b' ' | b'/' | b'>'));
    &tag[..end.unwrap_or(tag.len())]
}

/// How many elements lol_html holds open, counted from above: by name, since
/// it opens at each start tag and closes at least one at each end tag whose
/// name is open. Ours is never below its stack, so our limit fires first.
pub(crate) struct Open {
    known: [u32; El::COUNT],
    other: HashMap<String, u32>,
    all: usize,
}

impl Default for Open {
    fn default() -> Self {
        Open { known: [0; El::COUNT], other: HashMap::new(), all: 0 }
    }
}

impl Open {
    fn start(&mut self, el: El, name: &str) -> usize {
        match el {
            El::Other => *self.other.entry(name.to_ascii_lowercase()).or_default() += 1,
            el => self.known[el as usize] += 1,
        }
        self.all += 1;
        self.all
    }

    pub(crate) fn end(&mut self, el: El, name: &str) {
        let count = match el {
            El::Other => match self.other.get_mut(&name.to_ascii_lowercase()) {
                Some(count) => count,
                None => return,
            },
            el => &mut self.known[el as usize],
        };
        if *count > 0 {
            *count -= 1;
            self.all -= 1;
            if el == El::Other && *count == 0 {
                self.other.remove(&name.to_ascii_lowercase());
            }
        }
    }
}

/// WHATWG "the initial insertion mode": which doctypes mean quirks.
fn mode_of(name: Option<&str>, public: Option<&str>, system: Option<&str>) -> Mode {
    let has_system = system.is_some();
    let public = public.unwrap_or_default().to_ascii_lowercase();
    let system = system.unwrap_or_default().to_ascii_lowercase();
    if !name.is_some_and(|n| n.eq_ignore_ascii_case("html")) {
        return Mode::Quirks;
    }
    let begins = |list: &[&str]| list.iter().any(|p| public.starts_with(p));
    let loose = ["-//w3c//dtd html 4.01 frameset//", "-//w3c//dtd html 4.01 transitional//"];
    if matches!(
        public.as_str(),
        "-//w3o//dtd w3 html strict 3.0//en//" | "-/w3c/dtd html 4.0 transitional/en" | "html"
    ) || system == "http://www.ibm.com/data/dtd/v11/ibmxhtml1-transitional.dtd"
        || begins(OLD_PUBLIC_IDS)
        || !has_system && begins(&loose)
    {
        return Mode::Quirks;
    }
    if begins(&["-//w3c//dtd xhtml 1.0 frameset//", "-//w3c//dtd xhtml 1.0 transitional//"])
        || has_system && begins(&loose)
    {
        return Mode::LimitedQuirks;
    }
    Mode::NoQuirks
}

/// Public identifiers of doctypes that mean quirks: the standard's list.
const OLD_PUBLIC_IDS: &[&str] = &[
    "+//silmaril//dtd html pro v0r11 19970101//",
    "-//as//dtd html 3.0 aswedit + extensions//",
    "-//advasoft ltd//dtd html 3.0 aswedit + extensions//",
    "-//ietf//dtd html 2.0 level 1//",
    "-//ietf//dtd html 2.0 level 2//",
    "-//ietf//dtd html 2.0 strict level 1//",
    "-//ietf//dtd html 2.0 strict level 2//",
    "-//ietf//dtd html 2.0 strict//",
    "-//ietf//dtd html 2.0//",
    "-//ietf//dtd html 2.1e//",
    "-//ietf//dtd html 3.0//",
    "-//ietf//dtd html 3.2 final//",
    "-//ietf//dtd html 3.2//",
    "-//ietf//dtd html 3//",
    "-//ietf//dtd html level 0//",
    "-//ietf//dtd html level 1//",
    "-//ietf//dtd html level 2//",
    "-//ietf//dtd html level 3//",
    "-//ietf//dtd html strict level 0//",
    "-//ietf//dtd html strict level 1//",
    "-//ietf//dtd html strict level 2//",
    "-//ietf//dtd html strict level 3//",
    "-//ietf//dtd html strict//",
    "-//ietf//dtd html//",
    "-//metrius//dtd metrius presentational//",
    "-//microsoft//dtd internet explorer 2.0 html strict//",
    "-//microsoft//dtd internet explorer 2.0 html//",
    "-//microsoft//dtd internet explorer 2.0 tables//",
    "-//microsoft//dtd internet explorer 3.0 html strict//",
    "-//microsoft//dtd internet explorer 3.0 html//",
    "-//microsoft//dtd internet explorer 3.0 tables//",
    "-//netscape comm. corp.//dtd html//",
    "-//netscape comm. corp.//dtd strict html//",
    "-//o'reilly and associates//dtd html 2.0//",
    "-//o'reilly and associates//dtd html extended 1.0//",
    "-//o'reilly and associates//dtd html extended relaxed 1.0//",
    "-//sq//dtd html 2.0 hotmetal + extensions//",
    "-//softquad software//dtd hotmetal pro 6.0::19990601::extensions to html 4.0//",
    "-//softquad//dtd hotmetal pro 4.0::19971010::extensions to html 4.0//",
    "-//spyglass//dtd html 2.0 extended//",
    "-//sun microsystems corp.//dtd hotjava html//",
    "-//sun microsystems corp.//dtd hotjava strict html//",
    "-//w3c//dtd html 3 1995-03-24//",
    "-//w3c//dtd html 3.2 draft//",
    "-//w3c//dtd html 3.2 final//",
    "-//w3c//dtd html 3.2//",
    "-//w3c//dtd html 3.2s draft//",
    "-//w3c//dtd html 4.0 frameset//",
    "-//w3c//dtd html 4.0 transitional//",
    "-//w3c//dtd html experimental 19960712//",
    "-//w3c//dtd html experimental 970421//",
    "-//w3c//dtd w3 html//",
    "-//w3o//dtd w3 html 3.0//",
    "-//webtechs//dtd mozilla html 2.0//",
    "-//webtechs//dtd mozilla html//",
];
