//! The library's front door: a [`Rinser`], what it takes and what it gives.

use crate::charset::{Placed, encoding_of};
use crate::context::Context;
use crate::error::Error;
use crate::finding::{Finding, Sink};
use crate::image_proxy::ImageProxy;
use crate::limits::{Deadline, Limits};
use crate::message::Receipts;
use crate::resolve::{Hop, OpaqueLink, Resolution, Resolve};
use crate::rinse::Rinse;
use crate::rooms::links::{Only, Verdict};
use crate::rooms::{self, Rules, Switches};
use crate::rules::policy::Policy;
use crate::rules::{Listed, Vendors};
use crate::scene::{Hidden, Level, Remote, Shape};
use crate::seal::Seal;
use crate::stream::Stream;
use crate::write::splice::Change;
use encoding_rs::{ISO_2022_JP, UTF_8};
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
    pub image_proxy: Option<ImageProxy>,
    pub telling: bool,
    pub hidden: Hidden,
    pub seal: Seal,
    pub receipts: Receipts,
    pub heading: bool,
    pub mark_by: Option<String>,
    pub limits: Limits,
    pub switches: Switches,
    pub rules: Rules,
    pub policy: Policy,
    pub links: rooms::Links,
    pub on_url: Option<OnUrl>,
    pub resolver: Option<Arc<dyn Resolve>>,
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

/// A URL that is about to leave, for [`Builder::on_url`](crate::Builder::on_url).
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
    /// The result: UTF-8 at level clean, the input's charset at level patch;
    /// of [`Rinser::message`] the whole message. Borrowed means that not a byte was touched.
    pub html: Cow<'i, [u8]>,
    /// What was seen and changed, in order of place.
    pub findings: Vec<Finding>,
    /// Whether the seal was asked (and found nothing).
    pub sealed: bool,
}

/// Changes of a text as changes of its bytes. What is put in is ASCII.
fn in_bytes(text: &str, changes: &[Change], size: impl Fn(&str) -> usize) -> Option<Vec<Change>> {
    let (mut at, mut old, mut new) = (0, 0, 0);
    let mut found = Vec::with_capacity(changes.len());
    for (from, to) in changes {
        let kept = size(text.get(at..from.start)?);
        let gone = size(text.get(from.clone())?);
        (old, new) = (old + kept, new + kept);
        found.push((old..old + gone, new..new + to.len()));
        (old, new, at) = (old + gone, new + to.len(), from.end);
    }
    Some(found)
}

/// The bytes with what was changed in their text, and where. What is put in is
/// ASCII.
fn spliced(
    bytes: &[u8],
    placed: &Placed,
    changes: &[Change],
    out: &[u8],
) -> (Vec<u8>, Vec<Change>) {
    let mut html = Vec::with_capacity(bytes.len());
    let (mut at, mut found) = (0, Vec::with_capacity(changes.len()));
    for (from, to) in changes {
        let from = placed.byte(from.start)..placed.byte(from.end);
        html.extend_from_slice(&bytes[at..from.start]);
        let start = html.len();
        html.extend_from_slice(&out[to.clone()]);
        at = from.end;
        found.push((from, start..html.len()));
    }
    html.extend_from_slice(&bytes[at..]);
    (html, found)
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
            Level::Clean => self.clean(input, cx, None),
            Level::Patch => self.patch(input, cx, None).map(|(rinsed, _)| rinsed),
        }
    }

    pub(crate) fn clean<'i>(
        &self,
        input: Input<'i>,
        cx: &Context,
        deadline: Option<Deadline>,
    ) -> Result<Rinsed<'i>, Error> {
        let (encoding, mark) = encoding_of(input.bytes, input.charset, self.0.limits.window)?;
        let (text, _) = encoding.decode_without_bom_handling(&input.bytes[mark..]);
        let mut rinse = Rinse::new(self.clone(), cx.clone()).until(deadline);
        let mut out = Vec::new();
        let sealed = rinse.whole(&text, &mut out)?;
        let mut findings = std::mem::take(&mut rinse.findings);
        crate::finding::sort(&mut findings);
        Ok(Rinsed { html: Cow::Owned(out), findings, sealed })
    }

    /// The text must turn back into the very same bytes. Where it does not,
    /// each piece of it knows its bytes, or, where that cannot be told, every
    /// byte is read as a character: markup is ASCII in all charsets. What was
    /// replaced is told in the input's bytes, where that can be told.
    pub(crate) fn patch<'i>(
        &self,
        input: Input<'i>,
        cx: &Context,
        deadline: Option<Deadline>,
    ) -> Result<(Rinsed<'i>, Option<Vec<Change>>), Error> {
        let (encoding, _) = encoding_of(input.bytes, input.charset, self.0.limits.window)?;
        let (text, lossy) = encoding.decode_without_bom_handling(input.bytes);
        // UTF-8 has one way to write a character.
        let faithful = encoding.is_ascii_compatible()
            && !lossy
            && (encoding == UTF_8 || encoding.encode(&text).0.as_ref() == input.bytes);
        if !faithful && !encoding.is_ascii_compatible() {
            return Err(Error::Charset(format!("{} at level patch", encoding.name())));
        }
        let placed = if faithful { None } else { Placed::of(encoding, input.bytes) };
        let placed = placed.filter(|placed| placed.text == text);
        let text = match &placed {
            Some(placed) => Cow::Borrowed(&*placed.text),
            None if faithful => text,
            None => encoding_rs::mem::decode_latin1(input.bytes),
        };
        let mut rinse = Rinse::new(self.clone(), cx.clone()).until(deadline);
        let mut out = Vec::new();
        rinse.whole(&text, &mut out)?;
        let mut findings = std::mem::take(&mut rinse.findings);
        crate::finding::sort(&mut findings);
        if out == text.as_bytes() {
            let rinsed = Rinsed { html: Cow::Borrowed(input.bytes), findings, sealed: false };
            return Ok((rinsed, Some(Vec::new())));
        }
        if let Some(placed) = &placed {
            let (html, changes) = spliced(input.bytes, placed, &rinse.changes, &out);
            let rinsed = Rinsed { html: Cow::Owned(html), findings, sealed: false };
            return Ok((rinsed, Some(changes)));
        }
        if faithful && encoding == UTF_8 {
            let rinsed = Rinsed { html: Cow::Owned(out), findings, sealed: false };
            return Ok((rinsed, Some(rinse.changes)));
        }
        let changes = match (faithful, encoding) {
            // It has states: what stands between two changes has no bytes of its own.
            (true, encoding) if encoding == ISO_2022_JP => None,
            (true, _) => {
                let size = |piece: &str| encoding.encode(piece).0.len();
                in_bytes(&text, &rinse.changes, size)
            }
            (false, _) => in_bytes(&text, &rinse.changes, |piece| piece.chars().count()),
        };
        // What was added is ASCII.
        let out = String::from_utf8(out)
            .unwrap_or_else(|e| String::from_utf8_lossy(e.as_bytes()).into_owned());
        let html = match faithful {
            true => encoding.encode(&out).0.into_owned(),
            false => encoding_rs::mem::encode_latin1_lossy(&out).into_owned(),
        };
        Ok((Rinsed { html: Cow::Owned(html), findings, sealed: false }, changes))
    }

    /// Where a URL leads, by what is in the URL, the rules and the map: nothing
    /// is asked of the network. What cannot be told is an answer, never an
    /// error: see [`Verdict::word`]. The rest of a mail is not known here, so
    /// rules that are believed only beside another sign of the same sender
    /// stay silent.
    ///
    /// ```
    /// # use mailrinse::{Context, Rinser};
    /// let rinser = Rinser::builder().build().unwrap();
    /// let wrapped = "https://www.google.com/url?q=https%3A%2F%2Fwww.example.org%2F&sa=D";
    /// let verdict = rinser.url(wrapped, &Context::default());
    /// assert_eq!((verdict.word(), &*verdict.url), ("unwrapped", "https://www.example.org/"));
    /// ```
    pub fn url(&self, url: &str, cx: &Context) -> Verdict {
        self.url_only(url, Only::Both, cx)
    }

    /// As [`Rinser::url`], asked for wrappers or for parameters alone.
    pub fn url_only(&self, url: &str, only: Only, cx: &Context) -> Verdict {
        let config = &*self.0;
        config.links.judge(url, cx, &config.switches, &Vendors::default(), only)
    }

    /// Asks the resolver ([`Builder::resolver`](crate::Builder::resolver)) where
    /// these URLs lead. Nothing is asked about one that is protected or not
    /// opaque: no answer. Since somebody names them, URLs that only have the
    /// shape of a wrapper are asked about, too.
    pub fn resolve(&self, urls: &[impl AsRef<str>], cx: &Context) -> Vec<Option<Resolution>> {
        let config = &*self.0;
        let (links, on) = (&config.links, &config.switches);
        let mut answers = vec![None; urls.len()];
        let Some(resolver) = &config.resolver else { return answers };
        let (mut places, mut questions) = (Vec::new(), Vec::new());
        for (at, url) in urls.iter().enumerate() {
            let verdict = links.judge(url.as_ref(), cx, on, &Vendors::all(), Only::Unwrap);
            if verdict.opaque {
                places.push(at);
                questions.push(OpaqueLink::new(verdict.url));
            }
        }
        if questions.is_empty() {
            return answers;
        }
        // On the way it takes more than a shape.
        let route = |url: &str| links.hop(url, cx, on, &Vendors::default());
        let given = resolver.resolve(&questions, &route);
        for (at, answer) in places.into_iter().zip(given) {
            answers[at] = Some(match answer {
                Resolution::Target(target) => match route(&target) {
                    Hop::Target(target) => Resolution::Target(target),
                    Hop::Wrapper(_) => Resolution::Opaque("it leads to another wrapper".into()),
                    Hop::Refused(why) => Resolution::Opaque(why.into()),
                },
                other => other,
            });
        }
        answers
    }

    /// The rules that this rinser goes by.
    pub fn rules(&self) -> &Rules {
        &self.0.rules
    }

    /// The rules of the rooms trackers and links that are on, in the order of
    /// their ids.
    pub fn listed(&self) -> Vec<Listed> {
        self.0.rules.listed(&self.0.switches)
    }

    /// The same as Markdown: what `docs/rules.md` holds.
    pub fn rules_markdown(&self) -> String {
        crate::rules::markdown(&self.listed(), &self.0.rules.version())
    }

    /// The same as a page for the people whose mail is rinsed, in Markdown:
    /// what `docs/what-we-remove.md` holds.
    pub fn rules_page(&self) -> String {
        crate::rules::page(&self.listed(), &self.0.rules.version())
    }

    /// A stream: HTML is written in, the result is written on to `out` as it
    /// becomes known, findings go to the sink. Memory does not grow with the
    /// input. Call [`Stream::finish`]; after an error what `out` got is a
    /// prefix to be thrown away.
    pub fn stream<W: io::Write, S: Sink>(&self, out: W, cx: Context, sink: S) -> Stream<W, S> {
        Stream::new(self.clone(), out, cx, sink)
    }
}
