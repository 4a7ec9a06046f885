//! What becomes of a message, by the settings; and what is told of it: a line
//! in the log, and figures.

use super::session::{End, Envelope, Judge, Verdict};
use crate::cli::config::{IfDkim, Milter, Policies, Treat};
use crate::cli::log::Log;
use crate::cli::message;
use mailrinse::{Action, Context, RoomName, is_marked_by, message_id, parties};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

/// By the settings it is left alone.
const OFF: &str = "the settings say so";

/// Bytes of a body that are looked at, where the settings do not say.
const MOST: u64 = 25 << 20;

/// The settings that hold now, and what was done.
pub struct Door {
    policies: RwLock<Arc<Policies>>,
    log: Log,
    pub figures: Figures,
}

/// What was done since the start.
#[derive(Default)]
pub struct Figures {
    pub connections: AtomicU64,
    pub open: AtomicU64,
    changed: AtomicU64,
    later: AtomicU64,
    aborted: AtomicU64,
    trackers: AtomicU64,
    links: AtomicU64,
    micros: AtomicU64,
    unchanged: Mutex<BTreeMap<&'static str, u64>>,
}

fn count(figure: &AtomicU64, more: u64) {
    figure.fetch_add(more, Ordering::Relaxed);
}

impl Door {
    pub fn new(policies: Policies, log: Log) -> Door {
        Door { policies: RwLock::new(Arc::new(policies)), log, figures: Figures::default() }
    }

    /// Other settings, from the next question on.
    pub fn renew(&self, policies: Policies) {
        *self.policies.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(policies);
    }

    pub fn policies(&self) -> Arc<Policies> {
        Arc::clone(&self.policies.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub fn log(&self, line: &str) {
        self.log.line(line);
    }

    fn context(policies: &Policies, envelope: &Envelope) -> Context {
        let mut cx = Context::default();
        for recipient in &envelope.recipients {
            cx = cx.recipient(recipient);
        }
        match policies.authserv_id() {
            Some(id) => cx.trust_results(id),
            None => cx,
        }
    }
}

/// A message's name in the log: neither addresses nor subject.
fn name(envelope: &Envelope, header: &[u8]) -> String {
    let id = message_id(&[header, b"\r\n"].concat());
    let id = id.unwrap_or_else(|| "a message without Message-ID".to_owned());
    match &envelope.queue {
        Some(queue) => format!("{queue}: {id}"),
        None => id,
    }
}

impl Judge for Door {
    fn passes(&self, envelope: &Envelope) -> Option<&'static str> {
        let policies = self.policies();
        let Milter { authenticated, local, null_sender, .. } = policies.milter();
        let skip = |treat: &Option<Treat>| *treat != Some(Treat::Rinse);
        match () {
            () if envelope.authenticated && skip(authenticated) => Some("authenticated"),
            () if envelope.local && skip(local) => Some("local"),
            () if envelope.null_sender && skip(null_sender) => Some("null sender"),
            () => None,
        }
    }

    fn passes_header(&self, envelope: &Envelope, header: &[u8]) -> Option<&'static str> {
        let policies = self.policies();
        if policies.milter().if_dkim != Some(IfDkim::Modify) && is_signed(header) {
            return Some("signed (DKIM)");
        }
        let cx = Door::context(&policies, envelope);
        match policies.of(&parties(&[header, b"\r\n"].concat(), &cx)) {
            Ok(None) => Some(OFF),
            // What is wrong is told when it is judged.
            _ => None,
        }
    }

    fn is_too_large(&self, size: usize) -> bool {
        size as u64 > self.policies().milter().max_size.unwrap_or(MOST)
    }

    fn looks_for_forged(&self) -> bool {
        self.policies().authserv_id().is_some()
    }

    fn is_forged(&self, name: &[u8], value: &[u8]) -> bool {
        let policies = self.policies();
        let id = policies.authserv_id().filter(|_| name.eq_ignore_ascii_case(b"X-Mailrinse"));
        id.is_some_and(|id| is_marked_by(value, id))
    }

    fn judge(&self, envelope: &Envelope, raw: &[u8]) -> Verdict {
        let policies = self.policies();
        let cx = Door::context(&policies, envelope);
        let start = Instant::now();
        let rinser = match policies.of(&parties(raw, &cx)) {
            Ok(Some(rinser)) => rinser,
            Ok(None) => return Verdict::Unchanged(OFF),
            Err(failure) => {
                self.log(&failure.to_string());
                return Verdict::Later;
            }
        };
        let rinsed = message::rinsed(&rinser, raw, &cx, policies.keep());
        count(&self.figures.micros, start.elapsed().as_micros() as u64);
        let why = match rinsed {
            Ok(Ok(rinsed)) => {
                let done = |room| {
                    let done =
                        |it: &&mailrinse::Finding| it.room == room && it.action != Action::Noted;
                    rinsed.findings.iter().filter(done).count() as u64
                };
                let (trackers, links) = (done(RoomName::Trackers), done(RoomName::Links));
                count(&self.figures.trackers, trackers);
                count(&self.figures.links, links);
                let left = rinsed.findings.iter().filter(|it| it.rule.starts_with("message.left."));
                let (left, took) = (left.count(), start.elapsed().as_millis());
                let told = format!("trackers={trackers} links={links} left={left} ms={took}");
                return match *rinsed.html == *raw {
                    true => Verdict::Unchanged("nothing to change"),
                    false => Verdict::Changed(rinsed.html.into_owned(), told),
                };
            }
            Ok(Err(why)) => why,
            Err(failure) => {
                self.log(&format!("{}: {failure}", name(envelope, raw)));
                return Verdict::Later;
            }
        };
        self.log(&format!("{}: {why}", name(envelope, raw)));
        Verdict::Unchanged("it cannot be rinsed")
    }

    fn done(&self, envelope: &Envelope, header: &[u8], end: &End) {
        let told = match end {
            End::Changed(told) => {
                count(&self.figures.changed, 1);
                format!("changed: {told}")
            }
            End::Later => {
                count(&self.figures.later, 1);
                "put off".to_owned()
            }
            End::Aborted => return count(&self.figures.aborted, 1),
            End::Unchanged(why) => {
                let mut all = self.figures.unchanged.lock().unwrap_or_else(PoisonError::into_inner);
                *all.entry(why).or_default() += 1;
                format!("unchanged: {why}")
            }
        };
        self.log(&format!("{}: {told}", name(envelope, header)));
    }
}

/// Whether a header says that the mail is signed by its sender or by one on
/// the way.
fn is_signed(header: &[u8]) -> bool {
    header.split(|&b| b == b'\n').any(|line| {
        let is = |name: &str| {
            line.get(..name.len()).is_some_and(|it| it.eq_ignore_ascii_case(name.as_bytes()))
        };
        is("DKIM-Signature:") || is("ARC-Seal:") || is("DomainKey-Signature:")
    })
}

impl Figures {
    /// Prometheus' text format, version 0.0.4.
    pub fn page(&self, rules: &str, up: Duration) -> String {
        let get = |figure: &AtomicU64| figure.load(Ordering::Relaxed);
        let mut out = String::new();
        let mut say = |name: &str, kind: &str, help: &str, lines: &[(String, String)]| {
            // Writing to a String cannot fail.
            let _ = writeln!(out, "# HELP mailrinse_{name} {help}\n# TYPE mailrinse_{name} {kind}");
            for (labels, value) in lines {
                let _ = writeln!(out, "mailrinse_{name}{labels} {value}");
            }
        };
        let one = |value: u64| vec![(String::new(), value.to_string())];
        let version = format!("{{version=\"{}\",rules=\"{rules}\"}}", env!("CARGO_PKG_VERSION"));
        say("info", "gauge", "Versions.", &[(version, "1".to_owned())]);
        say("uptime_seconds", "gauge", "Since the start.", &one(up.as_secs()));
        say(
            "connections_total",
            "counter",
            "Connections of mail servers.",
            &one(get(&self.connections)),
        );
        say("connections_open", "gauge", "Connections that are open.", &one(get(&self.open)));
        let ends = [
            ("changed", get(&self.changed)),
            ("later", get(&self.later)),
            ("aborted", get(&self.aborted)),
        ];
        let mut messages: Vec<_> = ends
            .into_iter()
            .map(|(end, value)| (format!("{{result=\"{end}\",reason=\"\"}}"), value.to_string()))
            .collect();
        let unchanged = self.unchanged.lock().unwrap_or_else(PoisonError::into_inner).clone();
        messages.extend(unchanged.iter().map(|(why, value)| {
            (format!("{{result=\"unchanged\",reason=\"{why}\"}}"), value.to_string())
        }));
        say("messages_total", "counter", "Messages, by what became of them.", &messages);
        say("trackers_total", "counter", "Trackers taken out.", &one(get(&self.trackers)));
        say("links_total", "counter", "Links changed.", &one(get(&self.links)));
        let seconds = format!("{:.6}", Duration::from_micros(get(&self.micros)).as_secs_f64());
        say(
            "rinse_seconds_total",
            "counter",
            "Time spent on rinsing.",
            &[(String::new(), seconds)],
        );
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures() {
        assert!(is_signed(b"From: a\r\ndkim-signature: v=1;\r\n b=x\r\n"));
        assert!(!is_signed(b"From: a\r\nSubject: x\r\n DKIM-Signature: no\r\n"));
    }
}
