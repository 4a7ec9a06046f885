//! Whole messages (RFC 5322, RFC 2045): what is shown is rinsed, every other
//! byte stays. Nothing is built anew: new bodies are put in the place of old
//! ones, so mail cannot be damaged where nothing was to be changed.

mod encoded;
mod header;
mod headers;
mod iso2022;
mod mark;
mod params;
mod part;
mod parts;
mod plain;
mod qp;
mod scan;
mod splice;
mod text;
mod transfer;
mod utf7;

use crate::context::Context;
use crate::error::Error;
use crate::finding::{Action, Finding, Why};
use crate::limits::{Deadline, Limit};
use crate::rinser::{Rinsed, Rinser};
pub use headers::{Parties, message_id, parties};
pub use mark::is_marked_by;
use part::{Body, Done, remark};
use parts::Role;
use qp::Edit;
use scan::Part;
use std::borrow::Cow;
use std::ops::Range;

/// What becomes of a request to tell the sender that the mail was read.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub enum Receipts {
    /// It stays, and is reported.
    #[default]
    Keep,
    /// The header field goes.
    Strip,
}

/// Fields that ask for a receipt: RFC 8098 and its forerunners.
const RECEIPTS: &[&str] =
    &["disposition-notification-to", "return-receipt-to", "x-confirm-reading-to"];

impl Rinser {
    /// A whole message: its inline text/html parts are rinsed, with what the
    /// header and the other parts say of them; at level clean, links of its
    /// text/plain parts whose target is in themselves are solved. Nothing
    /// that is signed, encrypted or attached is touched. The result's `html`
    /// is the message; borrowed means that not a byte was touched, and where
    /// one was, a header field `X-Mailrinse` says so.
    ///
    /// What is known already ([`Context`]) counts more than what the message
    /// says of itself.
    ///
    /// # Errors
    /// Over a limit, or a defect of ours. Then the message should go on as it
    /// is. A part in a charset that cannot be read is none: it stays, and is
    /// told.
    pub fn message<'i>(&self, raw: &'i [u8], cx: &Context) -> Result<Rinsed<'i>, Error> {
        let deadline = Deadline::of(&self.0.limits);
        let parts = scan::scan(raw);
        let mut rinse = Message {
            rinser: self,
            raw,
            roles: parts::roles(&parts, raw),
            cx: headers::learn(cx, &parts[0].header, raw),
            parts,
            deadline,
            findings: Vec::new(),
            new: Vec::new(),
            sealed: false,
        };
        rinse.run()?;
        let Message { parts, mut findings, new, sealed, .. } = rinse;
        let mut edits = header_edits(self, raw, &parts[0], &mut findings);
        let untouched = new.is_empty() && edits.is_empty();
        // Without a header it is no message, and there is no place for the mark.
        if untouched || parts[0].header.fields.is_empty() {
            let html = Cow::Borrowed(raw);
            return Ok(Rinsed { html, findings, sealed });
        }
        for edit in mark_edits(self, raw, &parts[0], new.len(), &findings) {
            // A forged mark is taken out once.
            if !edits.iter().any(|it| it.range == edit.range && it.new == edit.new) {
                edits.push(edit);
            }
        }
        // Without an empty line a body may be taken for a header, with one another may begin earlier.
        let out = spliced(raw, &parts, &new, &edits, true)
            .or_else(|_| spliced(raw, &parts, &new, &edits, false))?;
        Ok(Rinsed { html: Cow::Owned(out), findings, sealed })
    }
}

/// An HTML part of a message, as its reader's program reads it.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct HtmlPart {
    /// The IMAP section of the part (`1.2`); empty where the message is the part.
    pub section: String,
    /// The HTML, with transfer encoding and charset taken off.
    pub html: String,
}

/// The parts of a message that [`Rinser::message`] rinses, decoded.
pub fn html_parts(raw: &[u8]) -> Vec<HtmlPart> {
    let parts = scan::scan(raw);
    let roles = parts::roles(&parts, raw);
    let html = parts.iter().zip(&roles).filter(|(_, role)| matches!(role, Role::Html));
    html.map(|(part, _)| HtmlPart {
        section: part.section.clone(),
        html: Body::of(part, raw).decoded(),
    })
    .collect()
}

/// A message at work.
struct Message<'m> {
    rinser: &'m Rinser,
    raw: &'m [u8],
    parts: Vec<Part>,
    roles: Vec<Role>,
    cx: Context,
    deadline: Deadline,
    findings: Vec<Finding>,
    /// New bodies, in the order of their parts.
    new: Vec<(usize, Vec<u8>)>,
    sealed: bool,
}

impl Message<'_> {
    fn run(&mut self) -> Result<(), Error> {
        // Plain text first: what it says when it is done is what a second
        // rinse would find.
        let mut texts: Vec<Option<String>> = vec![None; self.parts.len()];
        let twins: Vec<Option<usize>> = (0..self.parts.len())
            .map(|i| match self.roles[i] {
                Role::Html => parts::twin(&self.parts, &self.roles, i),
                _ => None,
            })
            .collect();
        let located = self
            .parts
            .iter()
            .filter(|p| p.header.named(self.raw, "content-location").next().is_some())
            .count();
        let mut done = Vec::new();
        for (i, text) in texts.iter_mut().enumerate().filter(|(i, _)| self.roles[*i] == Role::Plain)
        {
            self.in_time(i)?;
            let mut plain = Body::of(&self.parts[i], self.raw).plain(self.rinser, &self.cx);
            *text = plain.text.take();
            done.push((i, plain));
        }
        for (i, twin) in twins.iter().enumerate() {
            let result = match self.roles[i] {
                Role::Html => {
                    self.in_time(i)?;
                    let twin = twin.and_then(|twin| texts[twin].clone());
                    let cx = self.context(i, twin, located);
                    Body::of(&self.parts[i], self.raw).html(self.rinser, &cx, self.deadline)?
                }
                Role::Left(why) => Done { left: Some(why), ..Done::default() },
                Role::Plain | Role::Other => continue,
            };
            done.push((i, result));
        }
        done.sort_by_key(|(i, _)| *i);
        for (i, done) in done {
            self.take(i, done);
        }
        Ok(())
    }

    fn take(&mut self, i: usize, done: Done) {
        let part = &self.parts[i];
        let section = Some(part.section.clone()).filter(|section| !section.is_empty());
        let mut findings = done.findings;
        if let Some(why) = done.left {
            let why = Why::rule(format!("message.left.{why}"));
            findings.push(remark(why.evidence(format!("a part {}", part.kind.word), 0)));
        }
        self.findings.extend(findings.into_iter().map(|mut finding| {
            finding.part.clone_from(&section);
            finding
        }));
        self.sealed |= done.sealed;
        self.new.extend(done.body.map(|body| (i, body)));
    }

    /// What is known of an HTML part.
    fn context(&self, i: usize, twin: Option<String>, located: usize) -> Context {
        let mut cx = self.cx.clone();
        cx.text = cx.text.or(twin);
        let header = &self.parts[i].header;
        let place = |name: &str| {
            let value = header.first(self.raw, name)?;
            let text = String::from_utf8_lossy(&value).into_owned();
            let url = text.trim_matches(['"', ' ', '<', '>']);
            (url.starts_with("http://") || url.starts_with("https://")).then(|| url.to_owned())
        };
        // Other parts may be found by the relative URLs as they are.
        let alone =
            located <= usize::from(header.named(self.raw, "content-location").next().is_some());
        if cx.base.is_none() && alone {
            cx.base = place("content-base").or_else(|| place("content-location"));
        }
        cx
    }

    fn in_time(&self, i: usize) -> Result<(), Error> {
        if !self.deadline.is_over() {
            return Ok(());
        }
        let at = self.parts[i].body.start;
        let max = self.rinser.0.limits.time.unwrap_or_default().as_millis() as u64;
        let line = 1 + memchr::memchr_iter(b'\n', &self.raw[..at]).count() as u64;
        Err(Error::Limit { limit: Limit::Time, max, at: at as u64, line })
    }
}

/// The message with its new bodies and other edits, if it has the parts that it had.
fn spliced(
    raw: &[u8],
    parts: &[Part],
    new: &[(usize, Vec<u8>)],
    edits: &[Edit],
    mend: bool,
) -> Result<Vec<u8>, Error> {
    let mut edits = edits.to_vec();
    let mut grown = 0;
    for (i, body) in new {
        let range = parts[*i].body.clone();
        let blank = if mend { blank_line(raw, &parts[*i]) } else { b"" };
        let new = [blank, body].concat();
        let counted = if *i == 0 { body.len() } else { new.len() };
        grown += counted as i64 - range.len() as i64;
        edits.push(Edit { range, new });
    }
    edits.extend(length_edit(raw, &parts[0], grown));
    edits.sort_by_key(|edit| (edit.range.start, edit.range.end));
    let out = splice::applied(raw, &edits);
    splice::check(raw, parts, &out, new)?;
    Ok(out)
}

/// The empty line before a body, where it is missing: a new body may begin with
/// what would be taken for a field, or with an empty line of its own.
fn blank_line(raw: &[u8], part: &Part) -> &'static [u8] {
    let header = &raw[part.header.range.clone()];
    match part.header.range.end == part.header.body {
        false => b"",
        true if header.ends_with(b"\r\n") => b"\r\n",
        true => b"\n",
    }
}

/// Requests for receipts: told, and taken out if that was asked for.
fn header_edits(rinser: &Rinser, raw: &[u8], top: &Part, findings: &mut Vec<Finding>) -> Vec<Edit> {
    let mut edits = Vec::new();
    for field in RECEIPTS.iter().flat_map(|name| top.header.named(raw, name)) {
        let mut finding = remark(Why::rule("message.receipt.request"));
        if rinser.0.receipts == Receipts::Strip {
            finding.action = Action::Removed;
            edits.push(Edit { range: field.lines.clone(), new: Vec::new() });
        }
        findings.push(finding);
    }
    if let Some(id) = &rinser.0.mark_by {
        let marks = top.header.named(raw, mark::NAME);
        for field in marks.filter(|field| is_marked_by(&raw[top.header.value(field)], id)) {
            let mut finding = remark(Why::rule("message.mark.forged"));
            finding.action = Action::Removed;
            edits.push(Edit { range: field.lines.clone(), new: Vec::new() });
            findings.push(finding);
        }
    }
    edits
}

/// The new mark before the first field, and those that came in taken out.
fn mark_edits(
    rinser: &Rinser,
    raw: &[u8],
    top: &Part,
    parts: usize,
    findings: &[Finding],
) -> Vec<Edit> {
    let gone = |range: &Range<usize>| Edit { range: range.clone(), new: Vec::new() };
    let mut edits: Vec<Edit> =
        top.header.named(raw, mark::NAME).map(|field| gone(&field.lines)).collect();
    let first = top.header.fields[0].lines.clone();
    let eol: &[u8] = match raw[first.clone()].ends_with(b"\r\n") {
        true => b"\r\n",
        false => b"\n",
    };
    let by = rinser.0.mark_by.as_deref();
    let field = mark::field(by, rinser.0.level, &rinser.0.rules.version(), parts, findings, eol);
    edits.push(Edit { range: first.start..first.start, new: field });
    edits
}

/// A Content-Length, as some mailboxes have it, goes with the body.
fn length_edit(raw: &[u8], top: &Part, grown: i64) -> Option<Edit> {
    let field = top.header.named(raw, "content-length").next().filter(|_| grown != 0)?;
    let range = top.header.value(field);
    let text = std::str::from_utf8(&raw[range.clone()]).ok()?;
    let length: i64 = text.trim().parse().ok()?;
    let new = length.checked_add(grown).filter(|new| *new >= 0)?;
    Some(Edit { range, new: format!(" {new}").into_bytes() })
}

/// For tests: the bodies of all parts, with their types, whether each may be
/// shown as HTML, and why it was left alone.
pub(crate) fn outline(raw: &[u8]) -> Vec<(Range<usize>, String, Option<&'static str>)> {
    let parts = scan::scan(raw);
    let roles = parts::roles(&parts, raw);
    let told = parts.into_iter().zip(roles).map(|(part, role)| {
        let left = match role {
            Role::Left(why) => Some(why),
            _ => None,
        };
        (part.body, part.kind.word, left)
    });
    told.collect()
}
