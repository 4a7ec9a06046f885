//! One part: its bytes decoded, rinsed and encoded again as they were.

use super::iso2022;
use super::parts::is_armoured;
use super::plain;
use super::qp::{self, Edit};
use super::scan::Part;
use super::splice::applied;
use super::text::{Charset, ascii, fold, utf16};
use super::transfer::{Transfer, encode_base64};
use super::utf7;
use crate::context::Context;
use crate::error::Error;
use crate::finding::{Action, Finding, RoomName, Why};
use crate::limits::Deadline;
use crate::rinser::{Input, Rinser};
use crate::scene::Level;
use std::borrow::Cow;

/// What came of a part.
#[derive(Default)]
pub(crate) struct Done {
    /// The new body, if it is another.
    pub body: Option<Vec<u8>>,
    pub findings: Vec<Finding>,
    pub sealed: bool,
    /// Of plain text: what it says now.
    pub text: Option<String>,
    /// Why it was left alone after a look at its text.
    pub left: Option<&'static str>,
}

/// A part, with its transfer encoding taken off.
pub(crate) struct Body<'m> {
    body: &'m [u8],
    transfer: Transfer,
    bytes: Vec<u8>,
    charset: Charset,
    /// The line end of what is encoded.
    eol: &'static [u8],
    part: &'m Part,
}

impl<'m> Body<'m> {
    pub(crate) fn of(part: &'m Part, raw: &'m [u8]) -> Body<'m> {
        let body = &raw[part.body.clone()];
        let transfer = Transfer::of(&part.header, raw);
        let bytes = transfer.decode(body);
        let charset = Charset::of(&part.kind, &bytes);
        let crlf = ends_crlf(body).or_else(|| ends_crlf(&raw[part.header.range.clone()]));
        let eol: &[u8] = if crlf.unwrap_or(false) { b"\r\n" } else { b"\n" };
        Body { body, transfer, bytes, charset, eol, part }
    }

    /// Its text.
    pub(crate) fn decoded(&self) -> String {
        self.charset.decode(&self.bytes)
    }

    /// Rinses it as HTML.
    pub(crate) fn html(
        &self,
        rinser: &Rinser,
        cx: &Context,
        deadline: Deadline,
    ) -> Result<Done, Error> {
        // A page of nothing is not what was sent, and may have no line end of its own.
        if self.body.trim_ascii().is_empty() {
            return Ok(Done::default());
        }
        let mut done = match (rinser.0.level, &self.charset) {
            (_, Charset::Closed(_)) => return Ok(Done::left("charset")),
            (Level::Clean, _) => self.clean(rinser, cx, deadline)?,
            (Level::Patch, Charset::Utf7) => return Ok(Done::left("charset")),
            (Level::Patch, _) => match self.patch(rinser, cx, deadline) {
                Err(Error::Charset(_)) => return Ok(Done::left("charset")),
                done => done?,
            },
        };
        if let Charset::Open(Some(label)) = &self.charset {
            let why = Why::rule("message.charset.unknown").evidence(format!("says {label}"), 0);
            done.findings.push(remark(why));
        }
        Ok(done)
    }

    fn clean(&self, rinser: &Rinser, cx: &Context, deadline: Deadline) -> Result<Done, Error> {
        let text = self.charset.decode(&self.bytes);
        let rinsed = rinser.clean(Input::from(&text), cx, Some(deadline))?;
        let html = utf8(&rinsed.html);
        let identity = matches!(self.transfer, Transfer::Identity(_));
        let wide = self.transfer != Transfer::Identity(true) || !self.bytes.is_ascii();
        let mut html = match self.charset.takes_utf8(wide) {
            true => html.into_owned(),
            false => ascii(&html),
        };
        if identity {
            html = undashed(fold(&html));
        }
        // The text's own line ends: base64 hides them from the message's.
        if ends_crlf(text.as_bytes()).unwrap_or(self.eol.len() == 2) {
            html = html.replace('\n', "\r\n");
        }
        let new = match &self.charset {
            Charset::Utf7 => utf7::encode_ascii(&html),
            charset => {
                let (encoding, mark) = charset.encoding(&self.bytes);
                match utf16(&html, encoding) {
                    Some(bytes) => [&self.bytes[..mark], &bytes].concat(),
                    None => html.into_bytes(),
                }
            }
        };
        let edits = match new == self.bytes {
            true => Vec::new(),
            false => vec![Edit { range: 0..self.bytes.len(), new }],
        };
        let body = self.encoded(&edits);
        Ok(Done { body, findings: rinsed.findings, sealed: rinsed.sealed, ..Done::default() })
    }

    fn patch(&self, rinser: &Rinser, cx: &Context, deadline: Deadline) -> Result<Done, Error> {
        let (encoding, mark) = self.charset.encoding(&self.bytes);
        let whole = |new| vec![Edit { range: 0..self.bytes.len(), new }];
        let text;
        let masked = (encoding == encoding_rs::ISO_2022_JP).then(|| iso2022::masked(&self.bytes));
        let (findings, edits) = if encoding.is_ascii_compatible() || masked.is_some() {
            let input = match &masked {
                Some(masked) => Input::with_charset(masked, "utf-8"),
                None => Input::with_charset(&self.bytes, encoding.name()),
            };
            let (rinsed, changes) = rinser.patch(input, cx, Some(deadline))?;
            let edits: Vec<Edit> = match changes {
                Some(changes) => changes
                    .into_iter()
                    .map(|(range, new)| Edit { range, new: rinsed.html[new].to_vec() })
                    .collect(),
                None => whole(rinsed.html.into_owned()),
            };
            if masked.as_ref().is_some_and(|masked| !iso2022::fit(masked, &self.bytes, &edits)) {
                return Err(Error::Charset(encoding.name().to_owned()));
            }
            (rinsed.findings, edits)
        } else {
            text = self.charset.decode(&self.bytes);
            let same = |bytes: &Vec<u8>| bytes[..] == self.bytes[mark..];
            if utf16(&text, encoding).filter(same).is_none() {
                return Err(Error::Charset(encoding.name().to_owned()));
            }
            let (rinsed, _) = rinser.patch(Input::from(&text), cx, Some(deadline))?;
            let html = utf8(&rinsed.html);
            let edits = match html == text {
                true => Vec::new(),
                false => {
                    let new = utf16(&html, encoding).unwrap_or_default();
                    whole([&self.bytes[..mark], &new].concat())
                }
            };
            (rinsed.findings, edits)
        };
        let edits: Vec<Edit> = edits.into_iter().map(|edit| self.with_line_ends(edit)).collect();
        Ok(Done { body: self.encoded(&edits), findings, ..Done::default() })
    }

    /// A line end that HTML made of CRLF, in a value that was written anew.
    fn with_line_ends(&self, mut edit: Edit) -> Edit {
        let old = &self.bytes[edit.range.clone()];
        let crlf = ends_crlf(old) == Some(true);
        if crlf && edit.range.len() < self.bytes.len() {
            let mut new = Vec::with_capacity(edit.new.len() + 4);
            for (i, &b) in edit.new.iter().enumerate() {
                if b == b'\n' && (i == 0 || edit.new[i - 1] != b'\r') {
                    new.push(b'\r');
                }
                new.push(b);
            }
            edit.new = new;
        }
        edit
    }

    /// Solves the addresses of plain text.
    pub(crate) fn plain(&self, rinser: &Rinser, cx: &Context) -> Done {
        if is_armoured(&self.bytes) {
            return Done { text: Some(self.charset.decode(&self.bytes)), ..Done::left("armour") };
        }
        let readable = match &self.charset {
            Charset::Utf7 | Charset::Closed(_) => false,
            charset => charset.encoding(&self.bytes).0.is_ascii_compatible(),
        };
        let mut done = Done::default();
        if rinser.0.level == Level::Clean && readable {
            let says = |name: &str, value: &[u8]| {
                self.part.kind.param(name).is_some_and(|v| v.eq_ignore_ascii_case(value))
            };
            let joined = says("format", b"flowed") && says("delsp", b"yes");
            let edits = plain::edits(&self.bytes, joined, |address| {
                let verdict = rinser.url(&address.url, cx);
                if !verdict.unwrapped {
                    return None;
                }
                let rule = verdict.rule.clone().unwrap_or_else(|| "links.map.redirect".into());
                let mut why = Why::rule(rule).url(&*address.url).to(&*verdict.url);
                if let Some(vendor) = verdict.vendor {
                    why = why.vendor(vendor);
                }
                let range = address.range.start as u64..address.range.end as u64;
                let action = Action::Changed;
                done.findings.push(Finding::new(
                    RoomName::Links,
                    action,
                    range,
                    String::new(),
                    why,
                ));
                Some(verdict.url)
            });
            let new = applied(&self.bytes, &edits);
            done.text = Some(self.charset.decode(&new));
            done.body = self.encoded(&edits);
        } else {
            done.text = Some(self.charset.decode(&self.bytes));
        }
        done
    }

    /// The body with its edits; `None` where there are none.
    fn encoded(&self, edits: &[Edit]) -> Option<Vec<u8>> {
        let edits: Vec<Edit> =
            edits.iter().filter(|e| e.new != self.bytes[e.range.clone()]).cloned().collect();
        if edits.is_empty() {
            return None;
        }
        Some(match self.transfer {
            Transfer::Identity(_) | Transfer::Foreign => {
                applied(&self.bytes, &super::splice::in_short_lines(&self.bytes, edits, self.eol))
            }
            Transfer::Quoted => qp::patch(self.body, &edits, self.eol),
            Transfer::Base64 => encode_base64(&applied(&self.bytes, &edits), self.body, self.eol),
        })
    }
}

/// The writer's text, which is UTF-8: seen at once, where that is so.
fn utf8(html: &[u8]) -> Cow<'_, str> {
    std::str::from_utf8(html).map_or_else(|_| String::from_utf8_lossy(html), Cow::Borrowed)
}

impl Done {
    fn left(why: &'static str) -> Done {
        Done { left: Some(why), ..Done::default() }
    }
}

/// HTML of level clean, of whose lines none could be taken for a boundary: a
/// carriage return alone may have kept it from being one so far. No style sheet
/// that we write has a line that begins like that.
fn undashed(html: String) -> String {
    if !html.starts_with("--") && !html.contains("\n--") {
        return html;
    }
    let lines = html.split_inclusive('\n').map(|line| match line.strip_prefix("--") {
        Some(rest) => Cow::Owned(format!("&#45;-{rest}")),
        None => Cow::Borrowed(line),
    });
    lines.collect()
}

/// A finding about the message.
pub(crate) fn remark(why: Why) -> Finding {
    Finding::new(RoomName::Message, Action::Noted, 0..0, String::new(), why)
}

/// Whether the first line ends with CRLF, if one ends.
fn ends_crlf(bytes: &[u8]) -> Option<bool> {
    let at = memchr::memchr(b'\n', bytes)?;
    Some(at > 0 && bytes[at - 1] == b'\r')
}

#[cfg(test)]
mod tests {
    use super::super::scan::scan;
    use super::*;

    fn done(raw: &[u8], level: Level) -> Done {
        let parts = scan(raw);
        let rinser = Rinser::builder().level(level).build().expect("builds");
        let body = Body::of(&parts[0], raw);
        body.html(&rinser, &Context::default(), Deadline::default()).expect("it can be rinsed")
    }

    const LINK: &str = "<a href=\"https://eur02.safelinks.protection.outlook.com/?url=https%3A%2F%2F\
                        shop.example%2Fa&data=05\">x</a>";

    #[test]
    fn charset_and_transfer_encoding_stay() {
        let raw = b"Content-Type: text/html; charset=koi8-r\nContent-Transfer-Encoding: quoted-printable\n\n<p>=C1=\n";
        let body = done(raw, Level::Clean).body.expect("changed");
        assert!(body.is_ascii() && qp::decode(&body).0.windows(8).any(|w| w == b"&#x430;<"));
        let raw = b"Content-Type: text/html; charset=utf-7\n\n<p>+BDA- a+-b";
        let body = done(raw, Level::Clean).body.expect("changed");
        assert!(
            body.windows(14).any(|w| w == b"&#x430; a+-b</"),
            "{}",
            String::from_utf8_lossy(&body)
        );
        assert_eq!(done(raw, Level::Patch).left, Some("charset"));
        let raw = b"Content-Type: text/html; charset=iso-2022-kr\n\n<p>";
        assert_eq!(done(raw, Level::Clean).left, Some("charset"));
    }

    #[test]
    fn patch_keeps_every_other_line() {
        for charset in ["utf-8", "koi8-r", "shift_jis", "x-none", "iso-2022-jp"] {
            let lines =
                format!("<p>one=3D=\n two=\n{}\nthree =C3=A4=\n</p>\n", LINK.replace('=', "=3D"));
            let head = format!(
                "Content-Type: text/html; charset={charset}\nContent-Transfer-Encoding: quoted-printable\n\n"
            );
            let raw = head + &lines;
            let body = done(raw.as_bytes(), Level::Patch).body;
            let body = body.unwrap_or_else(|| panic!("{charset}: not changed"));
            let body = String::from_utf8_lossy(&body).into_owned();
            assert!(body.starts_with("<p>one=3D=\n two=\n"), "{charset}: {body}");
            assert!(
                body.ends_with("three =C3=A4=\n</p>\n")
                    && body.contains("=3D\"https://shop.example/a\""),
                "{body}"
            );
        }
    }
}
