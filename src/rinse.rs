//! The rinse: mend → read → nest → judge → write → seal, over one window or
//! many. Holds the stages together and decides nothing itself.

use crate::charset::encoding_of;
use crate::context::Context;
use crate::error::Error;
use crate::finding::{Action, Finding, RoomName, Sink, Why};
use crate::limits::{Limit, Limits};
use crate::mend::{self, Mend};
use crate::nest::{Nest, Settings as Nesting};
use crate::read::{Mode, Reader};
use crate::rooms::{self, Rules, Switches};
use crate::scene::{Hidden, Level, Remote, Shape};
use crate::seal::{self, Seal};
use crate::tape::Tape;
use crate::write::emit::Emit;
use crate::write::shell::Shell;
use crate::write::splice::splice;
use encoding_rs::{Decoder, Encoding, UTF_8};
use std::borrow::Cow;
use std::io;
use std::sync::Arc;

/// Rinses a piece of HTML mail into a fragment to put into a page: the
/// shortest way to the library.
///
/// # Errors
/// Over a limit ([`Limits::default`]).
///
/// ```
/// let html = mailrinse::clean("<p onclick=x()>Hi<script>x()</script>").unwrap();
/// assert!(html.contains("<p>Hi</p>") && !html.contains("x()"));
/// ```
pub fn clean(html: &str) -> Result<String, Error> {
    let rinser = Rinser::builder().shape(Shape::Fragment).build()?;
    let rinsed = rinser.html(html, &Context::default())?;
    Ok(String::from_utf8_lossy(&rinsed.html).into_owned())
}

/// Configured once, shared between threads: cheap to clone.
#[derive(Clone)]
pub struct Rinser(pub(crate) Arc<Config>);

/// What a [`Rinser`] was told.
pub(crate) struct Config {
    pub level: Level,
    pub shape: Shape,
    pub remote: Remote,
    pub hidden: Hidden,
    pub seal: Seal,
    pub limits: Limits,
    pub switches: Switches,
    pub rules: Rules,
    pub links: rooms::Links,
    pub on_url: Option<OnUrl>,
}

/// Where a URL is used.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum UrlKind {
    /// It is followed when the reader asks for it.
    Link,
    /// It is loaded when the mail is shown.
    Image,
}

/// A URL that is about to leave, for [`Builder::on_url`].
#[derive(Debug)]
#[non_exhaustive]
pub struct UrlUse<'a> {
    /// The element's name in lower case.
    pub element: &'a str,
    /// The attribute's name in lower case.
    pub attribute: &'a str,
    /// The URL, decoded, after trackers went and links were unwrapped.
    pub url: &'a str,
    /// Where it is used.
    pub kind: UrlKind,
}

/// What becomes of it. A replacement is judged by policy like the source's.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum UrlAction {
    /// It stays.
    Keep,
    /// Another takes its place.
    Replace(String),
    /// The attribute goes.
    Drop,
}

/// What [`Builder::on_url`] calls.
pub(crate) type OnUrl = Arc<dyn Fn(&UrlUse<'_>) -> UrlAction + Send + Sync>;

/// Bytes and what is known of their charset.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Input<'i> {
    /// The HTML.
    pub bytes: &'i [u8],
    /// A label of the WHATWG Encoding Standard, where one was declared from
    /// outside (a Content-Type). Else a mark, a `<meta>` or the bytes tell.
    pub charset: Option<&'i str>,
}

impl<'i> Input<'i> {
    /// Bytes in a declared charset.
    pub fn with_charset(bytes: &'i [u8], charset: &'i str) -> Self {
        Input { bytes, charset: Some(charset) }
    }
}

impl<'i> From<&'i str> for Input<'i> {
    fn from(text: &'i str) -> Self {
        Input { bytes: text.as_bytes(), charset: Some("utf-8") }
    }
}

impl<'i> From<&'i [u8]> for Input<'i> {
    fn from(bytes: &'i [u8]) -> Self {
        Input { bytes, charset: None }
    }
}

impl<'i> From<&'i Vec<u8>> for Input<'i> {
    fn from(bytes: &'i Vec<u8>) -> Self {
        Input { bytes, charset: None }
    }
}

impl<'i> From<&'i String> for Input<'i> {
    fn from(text: &'i String) -> Self {
        Input::from(text.as_str())
    }
}

/// What came out.
#[derive(Debug)]
#[non_exhaustive]
pub struct Rinsed<'i> {
    /// The result: UTF-8 at level clean, the input's charset at level patch.
    /// Borrowed means that not a byte was touched.
    pub html: Cow<'i, [u8]>,
    /// What was seen and changed, in order of place.
    pub findings: Vec<Finding>,
    /// Whether the seal was asked (and found nothing).
    pub sealed: bool,
}

impl Rinser {
    /// The whole of a mail's HTML.
    ///
    /// # Errors
    /// Over a limit, an unknown charset, or a defect of ours that the seal
    /// found. Never a part of the result.
    pub fn html<'i>(&self, input: impl Into<Input<'i>>, cx: &Context) -> Result<Rinsed<'i>, Error> {
        let input = input.into();
        match self.0.level {
            Level::Clean => self.clean(input, cx),
            Level::Patch => self.patch(input, cx),
        }
    }

    fn clean<'i>(&self, input: Input<'i>, cx: &Context) -> Result<Rinsed<'i>, Error> {
        let (encoding, mark) = encoding_of(input.bytes, input.charset)?;
        let (text, _) = encoding.decode_without_bom_handling(&input.bytes[mark..]);
        let mut rinse = Rinse::new(self.clone(), cx.clone());
        let mut out = Vec::new();
        rinse.text(&text, &mut out)?;
        let sealed = rinse.end(&mut out)?;
        let mut findings = std::mem::take(&mut rinse.findings);
        findings.sort_by_key(|f| (f.range.start, f.room));
        Ok(Rinsed { html: Cow::Owned(out), findings, sealed })
    }

    /// The text must turn back into the very same bytes, so a charset that
    /// does not is read as if every byte were a character: markup is ASCII in
    /// all of them.
    fn patch<'i>(&self, input: Input<'i>, cx: &Context) -> Result<Rinsed<'i>, Error> {
        let (encoding, _) = encoding_of(input.bytes, input.charset)?;
        let (text, lossy) = encoding.decode_without_bom_handling(input.bytes);
        let faithful = encoding.is_ascii_compatible()
            && !lossy
            && encoding.encode(&text).0.as_ref() == input.bytes;
        let text = match faithful {
            true => text,
            false if encoding.is_ascii_compatible() => encoding_rs::mem::decode_latin1(input.bytes),
            false => return Err(Error::Charset(format!("{} at level patch", encoding.name()))),
        };
        let mut rinse = Rinse::new(self.clone(), cx.clone());
        let mut out = Vec::new();
        rinse.text(&text, &mut out)?;
        rinse.end(&mut out)?;
        let mut findings = std::mem::take(&mut rinse.findings);
        findings.sort_by_key(|f| (f.range.start, f.room));
        if out == text.as_bytes() {
            return Ok(Rinsed { html: Cow::Borrowed(input.bytes), findings, sealed: false });
        }
        // What was added is ASCII.
        let out = String::from_utf8_lossy(&out);
        let html = match faithful {
            true => encoding.encode(&out).0.into_owned(),
            false => encoding_rs::mem::encode_latin1_lossy(&out).into_owned(),
        };
        Ok(Rinsed { html: Cow::Owned(html), findings, sealed: false })
    }

    /// A stream: HTML is written in, the result is written on to `out` as it
    /// becomes known, findings go to the sink. Memory does not grow with the
    /// input. Call [`Stream::finish`]; after an error what `out` got is a
    /// prefix to be thrown away.
    pub fn stream<W: io::Write, S: Sink>(&self, out: W, cx: Context, sink: S) -> Stream<W, S> {
        Stream {
            rinse: Rinse::new(self.clone(), cx),
            out: Some(out),
            sink,
            charset: None,
            bytes: Vec::new(),
            decoder: None,
            failed: false,
        }
    }
}

/// See [`Rinser::stream`].
pub struct Stream<W: io::Write, S: Sink> {
    rinse: Rinse,
    out: Option<W>,
    sink: S,
    charset: Option<String>,
    /// Not decoded yet: the first window, from which the charset is told.
    bytes: Vec<u8>,
    decoder: Option<(Decoder, &'static Encoding)>,
    failed: bool,
}

impl<W: io::Write, S: Sink> Stream<W, S> {
    /// Declares the charset, before the first byte.
    #[must_use]
    pub fn charset(mut self, label: impl Into<String>) -> Self {
        self.charset = Some(label.into());
        self
    }

    /// Says that there is no more, and gives the writer back.
    ///
    /// # Errors
    /// As [`Rinser::html`], and what `out` failed with.
    pub fn finish(mut self) -> Result<W, Error> {
        if self.failed {
            return Err(Error::Io(io::Error::other("the stream has failed before")));
        }
        let mut out = Vec::new();
        self.decode(true, &mut out)?;
        self.rinse.end(&mut out)?;
        self.tell();
        let mut writer = self.out.take().ok_or_else(|| io::Error::other("finished twice"))?;
        writer.write_all(&out)?;
        writer.flush()?;
        Ok(writer)
    }

    fn tell(&mut self) {
        for finding in self.rinse.findings.drain(..) {
            self.sink.finding(finding);
        }
    }

    fn decode(&mut self, last: bool, out: &mut Vec<u8>) -> Result<(), Error> {
        let level = self.rinse.rinser.0.level;
        if self.decoder.is_none() {
            let (encoding, mark) = encoding_of(&self.bytes, self.charset.as_deref())?;
            if level == Level::Patch && encoding != UTF_8 {
                let name = encoding.name();
                return Err(Error::Charset(format!("{name} in a stream at level patch")));
            }
            if level == Level::Clean {
                self.bytes.drain(..mark);
            }
            self.decoder = Some((encoding.new_decoder_without_bom_handling(), encoding));
        }
        let Some((decoder, encoding)) = self.decoder.as_mut() else { return Ok(()) };
        let bytes = std::mem::take(&mut self.bytes);
        let mut text = String::with_capacity(
            decoder.max_utf8_buffer_length(bytes.len()).unwrap_or(bytes.len() * 3),
        );
        let (_, _, lossy) = decoder.decode_to_string(&bytes, &mut text, last);
        if lossy && level == Level::Patch {
            return Err(Error::Charset(format!("not valid {}", encoding.name())));
        }
        self.rinse.text(&text, out)
    }
}

impl<W: io::Write, S: Sink> io::Write for Stream<W, S> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.failed {
            return Err(io::Error::other("the stream has failed before"));
        }
        self.bytes.extend_from_slice(bytes);
        // The charset is told from the first window, as from a whole mail.
        let limits = &self.rinse.rinser.0.limits;
        let enough = if self.decoder.is_some() { limits.block } else { limits.window + 1 };
        if self.bytes.len() >= enough {
            let mut out = Vec::new();
            let mut step = || -> Result<(), Error> {
                self.decode(false, &mut out)?;
                self.tell();
                match self.out.as_mut() {
                    Some(writer) => Ok(writer.write_all(&out)?),
                    None => Ok(()),
                }
            };
            if let Err(error) = step() {
                self.failed = true;
                return Err(match error {
                    Error::Io(error) => error,
                    error => io::Error::other(error),
                });
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        match self.out.as_mut() {
            Some(out) => out.flush(),
            None => Ok(()),
        }
    }
}

/// One rinse, from the first character to the last.
struct Rinse {
    rinser: Rinser,
    cx: Context,
    /// Text that waits for a full window, then for a full block.
    pending: String,
    running: Option<Running>,
    /// Bytes of text so far.
    seen: u64,
    pub findings: Vec<Finding>,
}

struct Running {
    reader: Reader,
    nest: Nest,
    mend: Option<Mend>,
    emit: Emit,
    shell: Option<Shell>,
    hard: bool,
    known: rooms::Known,
    windows: u64,
}

impl Rinse {
    fn new(rinser: Rinser, cx: Context) -> Self {
        let pending = String::new();
        Rinse { rinser, cx, pending, running: None, seen: 0, findings: Vec::new() }
    }

    /// Takes more text. Cuts it into blocks at fixed places, whatever pieces
    /// the caller brings, so that these leave no trace in the result.
    fn text(&mut self, text: &str, out: &mut Vec<u8>) -> Result<(), Error> {
        let limits = &self.rinser.0.limits;
        self.seen += text.len() as u64;
        if self.seen > limits.input {
            let (limit, max) = (Limit::Input, limits.input);
            return Err(Error::Limit { limit, max, at: max });
        }
        self.pending.push_str(text);
        let window = limits.window;
        if self.running.is_none() {
            if self.pending.len() <= window {
                return Ok(());
            }
            self.begin();
        }
        self.blocks(out)
    }

    /// Feeds all full blocks.
    fn blocks(&mut self, out: &mut Vec<u8>) -> Result<(), Error> {
        let size = self.rinser.0.limits.block;
        let pending = std::mem::take(&mut self.pending);
        let mut rest = pending.as_str();
        while rest.len() >= size {
            let mut end = size;
            while !rest.is_char_boundary(end) {
                end -= 1;
            }
            if end == 0 {
                end = rest.chars().next().map_or(rest.len(), char::len_utf8);
            }
            let (block, behind) = rest.split_at(end);
            self.feed(block)?;
            let window = self.rinser.0.limits.window;
            while let Some(tape) = self.running.as_mut().and_then(|r| r.reader.take_window(window))
            {
                self.window(tape, false, out)?;
            }
            rest = behind;
        }
        self.pending = rest.to_owned();
        Ok(())
    }

    fn feed(&mut self, text: &str) -> Result<(), Error> {
        let Some(running) = self.running.as_mut() else { return Ok(()) };
        match running.mend.as_mut() {
            Some(mend) => running.reader.feed(&mend.block(text)),
            None => running.reader.feed(text),
        }
    }

    /// There is no more. Tells whether the seal was asked.
    fn end(&mut self, out: &mut Vec<u8>) -> Result<bool, Error> {
        let whole = self.running.is_none();
        if whole {
            if self.rinser.0.level == Level::Clean
                && let Some(text) = mend::unescape_page(&self.pending)
            {
                self.pending = text;
                self.remark(RoomName::Mend, "mend.archive.page");
            }
            self.begin();
            if self.rinser.0.limits.blocks_always {
                self.blocks(out)?;
            }
        }
        let rest = std::mem::take(&mut self.pending);
        self.feed(&rest)?;
        let Some(running) = self.running.as_mut() else { return Ok(false) };
        running.reader.end()?;
        let window = self.rinser.0.limits.window;
        loop {
            let Some(running) = self.running.as_mut() else { return Ok(false) };
            match running.reader.take_window(window).filter(|_| !whole) {
                Some(tape) => self.window(tape, false, out)?,
                None => break,
            }
        }
        let Some(running) = self.running.as_mut() else { return Ok(false) };
        let tape = running.reader.take_rest();
        self.window(tape, true, out)?;
        let Some(running) = self.running.take() else { return Ok(false) };
        if self.rinser.0.level == Level::Patch {
            return Ok(false);
        }
        let shell = running.shell.unwrap_or_default();
        let (clean, content) = running.emit.finish(&shell);
        let ask = whole
            && match self.rinser.0.seal {
                Seal::Always => true,
                Seal::Auto => running.hard,
                Seal::Never => false,
            };
        if ask {
            let content = std::str::from_utf8(&clean.bytes()[content])
                .map_err(|e| Error::Seal(e.to_string()))?;
            seal::check(content)?;
        }
        out.append(&mut clean.into_bytes());
        Ok(ask)
    }

    /// Looks at the first window, and gets the stages ready.
    fn begin(&mut self) {
        let config = &self.rinser.0;
        let mended = config.level == Level::Clean && mend::has_sign(&self.pending);
        self.running = Some(Running {
            reader: Reader::new(&config.limits, mended),
            nest: Nest::default(),
            mend: mended.then(Mend::default),
            emit: Emit::default(),
            shell: None,
            hard: false,
            known: rooms::Known::default(),
            windows: 0,
        });
        if mended {
            self.remark(RoomName::Mend, "mend.space.nbsp");
        }
    }

    fn remark(&mut self, room: RoomName, rule: &'static str) {
        let why = Why::rule(rule);
        self.findings.push(Finding::new(room, Action::Changed, 0..0, String::new(), why));
    }

    /// Nests, judges and writes a window.
    fn window(&mut self, mut tape: Tape, last: bool, out: &mut Vec<u8>) -> Result<(), Error> {
        let Rinse { rinser, cx, running, findings, .. } = self;
        let Some(running) = running.as_mut() else { return Ok(()) };
        let config = &*rinser.0;
        tape.patch = config.level == Level::Patch;
        tape.decode();
        running.hard |= tape.is_hard();
        let policy = config.rules.policy();
        let nesting = Nesting {
            policy,
            depth: config.limits.depth,
            fragment: config.shape == Shape::Fragment,
            patch: tape.patch,
        };
        running.hard |= running.nest.nest(&mut tape, nesting, last, findings);
        let partial = !last || running.windows > 0;
        let (mode, known) = (running.reader.mode(), &mut running.known);
        let judged = rooms::judge(&mut tape, config, cx, mode, known, partial, findings);
        running.windows += 1;
        if config.level == Level::Patch {
            let mut text = String::with_capacity(tape.source.len());
            splice(&tape, &mut text);
            out.extend_from_slice(text.as_bytes());
            return Ok(());
        }
        // Fixed at the first flush.
        let mode = running.reader.mode();
        let shell = running.shell.get_or_insert_with(|| shell_of(config, mode, judged, &tape));
        running.emit.window(&tape, shell);
        if !last {
            out.append(&mut running.emit.take());
        }
        Ok(())
    }
}

fn shell_of(config: &Config, mode: Mode, judged: rooms::Judged, tape: &Tape) -> Shell {
    Shell {
        shape: config.shape,
        mode,
        remote: config.remote,
        lang: judged.lang,
        dir: judged.dir,
        title: judged.title,
        css: judged.css,
        scope: judged.scope,
        viewport: tape.head.viewport,
    }
}
