//! The rinse: mend → read → nest → judge → write → seal, over one window or
//! many. Holds the stages together and decides nothing itself.

use crate::context::Context;
use crate::error::Error;
use crate::finding::{Action, Finding, RoomName, Why};
use crate::limits::{Deadline, Limit};
use crate::mend::{self, Mend};
use crate::nest::{Nest, Settings as Nesting};
use crate::read::{Mode, Reader, lines};
use crate::rinser::{Config, Rinser};
use crate::rooms;
use crate::scene::{Asked, Level, Shape, folded, is_blank};
use crate::seal::{self, Seal};
use crate::tape::Tape;
use crate::write::emit::Emit;
use crate::write::shell::Shell;
use crate::write::splice::{Change, splice};
use std::borrow::Cow;
use std::ops::Range;

/// One rinse, from the first character to the last.
pub(crate) struct Rinse {
    pub rinser: Rinser,
    cx: Context,
    /// Text that waits for a full window, then for a full block; so much of
    /// it has been read.
    pending: String,
    fed: usize,
    running: Option<Running>,
    /// Bytes and line ends of text so far.
    seen: u64,
    lines: u64,
    deadline: Option<Deadline>,
    pub findings: Vec<Finding>,
    /// At level patch: what was replaced, in the text and in the output.
    pub changes: Vec<Change>,
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
    /// Line ends of earlier windows.
    lines: u64,
}

impl Rinse {
    pub fn new(rinser: Rinser, cx: Context) -> Self {
        let pending = String::new();
        Rinse {
            rinser,
            cx,
            pending,
            fed: 0,
            running: None,
            seen: 0,
            lines: 0,
            deadline: None,
            findings: Vec::new(),
            changes: Vec::new(),
        }
    }

    /// Has to be over by then, whatever the limits say.
    pub fn until(mut self, deadline: Option<Deadline>) -> Self {
        self.deadline = deadline;
        self
    }

    /// There will be so much text, in bytes, if it is as long as its source.
    pub fn expect(&mut self, more: usize) {
        self.pending.reserve_exact(more);
    }

    /// Takes more text, and does nothing with it yet.
    pub fn hear(&mut self, text: &str) -> Result<(), Error> {
        self.count(text)?;
        self.lines += lines(text);
        self.pending.push_str(text);
        Ok(())
    }

    /// Rinses one window of the text so far, if there is one; tells whether
    /// there may be more. Cuts the text into blocks at fixed places, whatever
    /// pieces the caller brings, so that these leave no trace in the result.
    pub fn go_on(&mut self, out: &mut Vec<u8>) -> Result<bool, Error> {
        if self.running.is_none() {
            let limits = &self.rinser.0.limits;
            if self.pending.len() <= limits.window {
                return Ok(false);
            }
            let room = limits.share() + 2 * limits.block;
            let pending = std::mem::take(&mut self.pending);
            self.begin(&pending, room);
            self.pending = pending;
        }
        let share = self.rinser.0.limits.share();
        loop {
            let Some(running) = self.running.as_mut() else { return Ok(false) };
            if let Some(tape) = running.reader.take_window(share) {
                self.window(tape, false, out)?;
                return Ok(true);
            }
            if !self.feed_block()? {
                return Ok(false);
            }
        }
    }

    /// Takes the whole text; there is no more. Tells whether the seal was asked.
    pub fn whole(&mut self, text: &str, out: &mut Vec<u8>) -> Result<bool, Error> {
        if text.len() > self.rinser.0.limits.window {
            self.hear(text)?;
            while self.go_on(out)? {}
            return self.end(out);
        }
        self.count(text)?;
        self.finish(text, out)
    }

    /// Counts text against the limits.
    fn count(&mut self, text: &str) -> Result<(), Error> {
        let limits = &self.rinser.0.limits;
        self.deadline.get_or_insert_with(|| Deadline::of(limits));
        if self.seen + text.len() as u64 > limits.input {
            let (limit, max) = (Limit::Input, limits.input);
            let within = text.floor_char_boundary((max - self.seen) as usize);
            let line = 1 + self.lines + lines(&text[..within]);
            return Err(Error::Limit { limit, max, at: max, line });
        }
        self.seen += text.len() as u64;
        Ok(())
    }

    /// Feeds the next block, if there is a full one.
    fn feed_block(&mut self) -> Result<bool, Error> {
        let size = self.rinser.0.limits.block;
        let pending = std::mem::take(&mut self.pending);
        let rest = &pending[self.fed..];
        if rest.len() < size {
            // What was fed is let go, with the room that it took.
            self.pending = rest.to_owned();
            self.fed = 0;
            return Ok(false);
        }
        let mut end = rest.floor_char_boundary(size);
        if end == 0 {
            end = rest.chars().next().map_or(rest.len(), char::len_utf8);
        }
        let fed = self.feed(&rest[..end]);
        self.fed += end;
        self.pending = pending;
        fed.map(|()| true)
    }

    fn feed(&mut self, text: &str) -> Result<(), Error> {
        let Some(running) = self.running.as_mut() else { return Ok(()) };
        match running.mend.as_mut() {
            Some(mend) => running.reader.feed(&mend.block(text)),
            None => running.reader.feed(text),
        }
    }

    /// There is no more. Tells whether the seal was asked.
    pub fn end(&mut self, out: &mut Vec<u8>) -> Result<bool, Error> {
        let rest = std::mem::take(&mut self.pending);
        self.finish(&rest, out)
    }

    /// There is no more but this.
    fn finish(&mut self, rest: &str, out: &mut Vec<u8>) -> Result<bool, Error> {
        let whole = self.running.is_none();
        let mut rest = Cow::Borrowed(rest);
        if whole {
            if self.rinser.0.level == Level::Clean
                && let Some(text) = mend::unescape_page(&rest)
            {
                rest = Cow::Owned(text);
                self.remark(RoomName::Mend, "mend.archive.page");
            }
            self.begin(&rest, rest.len());
            if self.rinser.0.limits.blocks_always {
                self.pending = rest.into_owned();
                while self.feed_block()? {}
                rest = Cow::Owned(std::mem::take(&mut self.pending));
            }
        }
        self.feed(&rest)?;
        let Some(running) = self.running.as_mut() else { return Ok(false) };
        running.reader.end()?;
        let share = self.rinser.0.limits.share();
        while !whole
            && let Some(running) = self.running.as_mut()
            && let Some(tape) = running.reader.take_window(share)
        {
            self.window(tape, false, out)?;
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
            self.in_time(0, 0)?;
        }
        put(out, clean.into_bytes());
        Ok(ask)
    }

    /// Looks at the first window, and gets the stages ready. `room`: how much
    /// text a tape holds.
    fn begin(&mut self, text: &str, room: usize) {
        let config = &self.rinser.0;
        let deadline = *self.deadline.get_or_insert_with(|| Deadline::of(&config.limits));
        // However much of it the caller has brought in one piece.
        let first = &text[..text.floor_char_boundary(config.limits.window)];
        let mended = config.level == Level::Clean && mend::has_sign(first);
        self.running = Some(Running {
            reader: Reader::new(&config.limits, deadline, mended).expecting(room),
            nest: Nest::default(),
            mend: mended.then(Mend::default),
            emit: Emit::default(),
            shell: None,
            hard: false,
            known: rooms::Known::default(),
            windows: 0,
            lines: 0,
        });
        if mended {
            self.remark(RoomName::Mend, "mend.space.nbsp");
        }
    }

    fn remark(&mut self, room: RoomName, rule: &'static str) {
        let why = Why::rule(rule);
        self.findings.push(Finding::new(room, Action::Changed, 0..0, String::new(), why));
    }

    /// An error if time is up. `at` and `line` are of the window at hand.
    fn in_time(&self, at: u64, lines: u64) -> Result<(), Error> {
        if !self.deadline.is_some_and(Deadline::is_over) {
            return Ok(());
        }
        let time = self.rinser.0.limits.time.unwrap_or_default();
        let max = time.as_millis() as u64;
        Err(Error::Limit { limit: Limit::Time, max, at, line: 1 + lines })
    }

    /// Nests, judges and writes a window.
    fn window(&mut self, tape: Tape, last: bool, out: &mut Vec<u8>) -> Result<(), Error> {
        let at = tape.base;
        // Of what comes behind this window only.
        let passed = if last { 0 } else { lines(&tape.source) };
        let before = self.running.as_ref().map_or(0, |running| running.lines);
        self.judge_and_write(tape, last, out)?;
        // What a loop left when time was up goes no further.
        self.in_time(at, before)?;
        if let Some(running) = self.running.as_mut() {
            running.lines += passed;
            if !last && self.rinser.0.level == Level::Clean {
                put(out, running.emit.take());
            }
        }
        Ok(())
    }

    fn judge_and_write(
        &mut self,
        mut tape: Tape,
        last: bool,
        out: &mut Vec<u8>,
    ) -> Result<(), Error> {
        let deadline = self.deadline.unwrap_or_default();
        let Rinse { rinser, cx, running, findings, changes, .. } = self;
        let Some(running) = running.as_mut() else { return Ok(()) };
        let config = &*rinser.0;
        tape.patch = config.level == Level::Patch;
        tape.decode();
        running.hard |= tape.is_hard();
        let policy = &config.policy;
        let is_headed = config.heading && !tape.patch && config.shape == Shape::Document;
        let heading = cx.subject.as_deref().filter(|_| is_headed).map(folded);
        let heading = heading.filter(|words| !is_blank(words));
        let nesting = Nesting {
            policy,
            depth: config.limits.depth,
            fragment: config.shape == Shape::Fragment,
            patch: tape.patch,
            deadline,
            heading: heading.as_deref(),
        };
        running.hard |= running.nest.nest(&mut tape, nesting, last, findings);
        let partial = !last || running.windows > 0;
        let (mode, known) = (running.reader.mode(), &mut running.known);
        let asked = Asked {
            level: config.level,
            shape: config.shape,
            remote: config.remote,
            hidden_text: config.hidden,
            partial,
            // A fragment is laid out as the page around it is, and pages that show mail say no quirks.
            quirks: mode == Mode::Quirks && config.shape != Shape::Fragment,
            deadline,
        };
        let judged = rooms::judge(&mut tape, config, cx, nesting, asked, known, findings);
        running.windows += 1;
        if config.level == Level::Patch {
            let mut text = String::with_capacity(tape.source.len());
            let (base, written) = (tape.base as usize, out.len());
            let moved = |range: Range<usize>, by: usize| range.start + by..range.end + by;
            let spliced = splice(&tape, &mut text).into_iter();
            changes.extend(spliced.map(|(old, new)| (moved(old, base), moved(new, written))));
            put(out, text.into_bytes());
            return Ok(());
        }
        // Fixed at the first flush.
        let mode = running.reader.mode();
        let shell = running.shell.get_or_insert_with(|| shell_of(config, mode, judged, &tape));
        running.emit.window(&tape, shell);
        Ok(())
    }
}

/// Puts bytes behind others, which are none in nearly all mail.
fn put(out: &mut Vec<u8>, mut bytes: Vec<u8>) {
    if out.is_empty() {
        *out = bytes;
    } else {
        out.append(&mut bytes);
    }
}

fn shell_of(config: &Config, mode: Mode, judged: rooms::Judged, tape: &Tape) -> Shell {
    Shell {
        shape: config.shape,
        mode,
        remote: config.remote,
        origin: config.image_proxy.as_ref().map(|proxy| proxy.origin().to_owned()),
        lang: judged.lang,
        dir: judged.dir,
        title: judged.title,
        css: judged.css,
        scope: judged.scope,
        viewport: tape.head.viewport,
    }
}
