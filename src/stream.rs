//! A rinse as a stream: HTML is written in, the result is written on, in
//! memory that does not grow.

use crate::charset::encoding_of;
use crate::context::Context;
use crate::error::Error;
use crate::finding::Sink;
use crate::rinse::Rinse;
use crate::rinser::Rinser;
use crate::scene::Level;
use encoding_rs::{Decoder, Encoding, UTF_8};
use std::io;

/// See [`Rinser::stream`](crate::Rinser::stream).
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
    pub(crate) fn new(rinser: Rinser, out: W, cx: Context, sink: S) -> Self {
        Stream {
            rinse: Rinse::new(rinser, cx),
            out: Some(out),
            sink,
            charset: None,
            bytes: Vec::new(),
            decoder: None,
            failed: false,
        }
    }

    /// Declares the charset, before the first byte.
    #[must_use]
    pub fn charset(mut self, label: impl Into<String>) -> Self {
        self.charset = Some(label.into());
        self
    }

    /// Says that there is no more, and gives the writer back.
    ///
    /// # Errors
    /// As [`Rinser::html`](crate::Rinser::html), and what `out` failed with.
    pub fn finish(mut self) -> Result<W, Error> {
        if self.failed {
            return Err(Error::Io(io::Error::other("the stream has failed before")));
        }
        self.go_on(true)?;
        let mut out = Vec::new();
        self.rinse.end(&mut out)?;
        self.put(&out)?;
        let mut writer = self.out.take().ok_or_else(|| io::Error::other("finished twice"))?;
        writer.flush()?;
        Ok(writer)
    }

    /// Rinses what can be rinsed, and writes each window on.
    fn go_on(&mut self, last: bool) -> Result<(), Error> {
        self.decode(last)?;
        let mut more = true;
        while more {
            let mut out = Vec::new();
            more = self.rinse.go_on(&mut out)?;
            self.put(&out)?;
        }
        Ok(())
    }

    fn put(&mut self, bytes: &[u8]) -> Result<(), Error> {
        for finding in self.rinse.findings.drain(..) {
            self.sink.finding(finding);
        }
        // Whom findings are told sees the places; nobody asks for these.
        self.rinse.changes.clear();
        match self.out.as_mut() {
            Some(writer) => Ok(writer.write_all(bytes)?),
            None => Ok(()),
        }
    }

    fn decode(&mut self, last: bool) -> Result<(), Error> {
        let level = self.rinse.rinser.0.level;
        if self.decoder.is_none() {
            let window = self.rinse.rinser.0.limits.window;
            let (encoding, mark) = encoding_of(&self.bytes, self.charset.as_deref(), window)?;
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
        self.rinse.expect(bytes.len());
        // Text may take three times the room of its bytes: that is had for a piece.
        let mut pieces = bytes.chunks(PIECE).peekable();
        let mut text = String::new();
        loop {
            let piece = pieces.next().unwrap_or_default();
            let is_end = pieces.peek().is_none();
            text.clear();
            let room = decoder.max_utf8_buffer_length(piece.len()).unwrap_or(piece.len() * 3);
            text.reserve(room);
            let (_, _, lossy) = decoder.decode_to_string(piece, &mut text, last && is_end);
            if lossy && level == Level::Patch {
                return Err(Error::Charset(format!("not valid {}", encoding.name())));
            }
            self.rinse.hear(&text)?;
            if is_end {
                break;
            }
        }
        Ok(())
    }
}

/// So many bytes are decoded at a time.
const PIECE: usize = 16 << 10;

impl<W: io::Write, S: Sink> io::Write for Stream<W, S> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.failed {
            return Err(io::Error::other("the stream has failed before"));
        }
        // The charset is told from the first window, as from a whole mail.
        let limits = &self.rinse.rinser.0.limits;
        let enough = if self.decoder.is_some() { limits.block } else { limits.window + 1 };
        let bytes = &bytes[..bytes.len().min(enough - self.bytes.len())];
        if self.bytes.capacity() < self.bytes.len() + bytes.len() {
            // Twice as much each time, but never more than is wanted.
            let room = enough.min(2 * (self.bytes.len() + bytes.len()));
            self.bytes.reserve_exact(room - self.bytes.len());
        }
        self.bytes.extend_from_slice(bytes);
        if self.bytes.len() == enough
            && let Err(error) = self.go_on(false)
        {
            self.failed = true;
            return Err(match error {
                Error::Io(error) => error,
                error => io::Error::other(error),
            });
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
