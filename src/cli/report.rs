//! What the caller is told of the findings: JSON Lines, a line each for
//! people, and the sum of it. Addresses and tokens are masked alike in all of
//! it, unless asked for.

use super::args::Args;
use super::exit::Failure;
use super::output::{self, Held, Paint, tame, unruly};
use mailrinse::{Action, Finding, Masker, RoomName, Sink};
use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

/// In memory, before a temporary file is made.
const MEMORY: usize = 1 << 20;

/// Listens to a rinse. Nothing leaves before it is known to be a success.
pub struct Report {
    masker: Option<Masker>,
    lines: Option<(PathBuf, Held)>,
    people: Option<(Held, Paint, bool)>,
    sum: Option<Sum>,
    /// A sink cannot fail: the first failure waits here.
    failed: Option<io::Error>,
}

impl Report {
    /// As the arguments ask.
    pub fn new(args: &Args) -> Self {
        let held = || Held::new(MEMORY);
        Report {
            masker: (!args.unmask).then(Masker::default),
            lines: args.report.clone().map(|path| (path, held())),
            people: (args.verbose > 0).then(|| (held(), args.paint(), args.verbose > 1)),
            sum: args.summary.then(Sum::default),
            failed: None,
        }
    }

    /// Writes what was asked for, but for the sum.
    pub fn deliver(&mut self) -> Result<(), Failure> {
        if let Some(error) = self.failed.take() {
            return Err(Failure::new(format!("cannot hold the report: {error}{}", roomy())));
        }
        if let Some((people, _, _)) = &mut self.people {
            let told = people.all().and_then(stderr);
            told.map_err(|e| Failure::at("standard error", e))?;
        }
        let Some((path, lines)) = &mut self.lines else { return Ok(()) };
        let to = |from: &mut dyn Read| match *path == Path::new("-") {
            true => stderr(from),
            false => output::replace(path, from),
        };
        let told = lines.all().and_then(to);
        told.map_err(|e| Failure::at(format_args!("--report {}", path.display()), e))
    }

    /// The sum, if it was asked for.
    pub fn sum(&self) -> Option<String> {
        self.sum.as_ref().map(|sum| tame(&sum.to_string()).into_owned())
    }

    fn take(&mut self, finding: Finding) -> io::Result<()> {
        if let Some(sum) = &mut self.sum {
            sum.add(&finding);
        }
        if self.lines.is_none() && self.people.is_none() {
            return Ok(());
        }
        let finding = match &mut self.masker {
            Some(masker) => mask(finding, masker),
            None => finding,
        };
        if let Some((_, lines)) = &mut self.lines {
            writeln!(lines, "{}", json(&finding)?)?;
        }
        if let Some((people, paint, evidence)) = &mut self.people {
            people.write_all(line(&finding, *paint, *evidence).as_bytes())?;
        }
        Ok(())
    }
}

impl Sink for Report {
    fn finding(&mut self, finding: Finding) {
        if self.failed.is_none() {
            self.failed = self.take(finding).err();
        }
    }
}

fn stderr(from: &mut dyn Read) -> io::Result<()> {
    io::copy(from, &mut io::stderr().lock()).map(drop)
}

/// What to do where a temporary file cannot be written.
pub fn roomy() -> String {
    let folder = std::env::temp_dir();
    format!(" (temporary files go to {}; TMPDIR names another folder)", folder.display())
}

fn mask(mut finding: Finding, masker: &mut Masker) -> Finding {
    finding.url = finding.url.map(|url| masker.url(&url));
    // A URL, or the new value of an attribute.
    finding.to = finding.to.map(|to| match url::Url::parse(&to) {
        Ok(_) => masker.url(&to),
        Err(_) => masker.text(&to),
    });
    for evidence in &mut finding.evidence {
        evidence.what = masker.text(&evidence.what).into();
    }
    finding
}

/// One line. What could control a terminal can only stand in a JSON string,
/// so there it is escaped, and the value is the same.
fn json(finding: &Finding) -> serde_json::Result<String> {
    let json = serde_json::to_string(finding)?;
    if !json.chars().any(unruly) {
        return Ok(json);
    }
    let mut tame = String::with_capacity(json.len() + 16);
    for c in json.chars() {
        match unruly(c) {
            true => tame.push_str(&format!("\\u{:04x}", u32::from(c))),
            false => tame.push(c),
        }
    }
    Ok(tame)
}

/// One finding for people.
fn line(finding: &Finding, paint: Paint, evidence: bool) -> String {
    let word = format!("{:<9}", finding.action.as_str());
    let mut line = match finding.action {
        Action::Noted => paint.seen(&word),
        _ => paint.done(&word),
    };
    line.push_str(&format!(" {}", one(&finding.rule)));
    if !finding.element.is_empty() {
        line.push_str(&format!(" <{}>", one(&finding.element)));
    }
    if !finding.range.is_empty() {
        line.push_str(&format!(" at byte {}", finding.range.start));
    }
    if let Some(vendor) = &finding.vendor {
        line.push_str(&format!(" ({})", one(vendor)));
    }
    if let Some(url) = &finding.url {
        line.push_str(&format!(": {}", one(url)));
    }
    if let Some(to) = &finding.to {
        line.push_str(&format!(" -> {}", one(to)));
    }
    line.push('\n');
    for evidence in finding.evidence.iter().filter(|_| evidence) {
        line.push_str(&format!("          {}", one(&evidence.what)));
        if evidence.weight != 0 {
            line.push_str(&format!(" ({:+})", evidence.weight));
        }
        line.push('\n');
    }
    line
}

/// Tamed, in one line.
fn one(text: &str) -> String {
    tame(text).replace('\n', " ")
}

/// How much was found, of which kind.
#[derive(Default)]
struct Sum {
    mended: bool,
    trackers: u64,
    suspects: u64,
    /// Whose trackers, and how many of each.
    vendors: BTreeMap<String, u64>,
    unwrapped: u64,
    stripped: u64,
    opaque: u64,
    refused: u64,
    protected: u64,
    repairs: u64,
    policy: u64,
}

impl Sum {
    fn add(&mut self, finding: &Finding) {
        let noted = finding.action == Action::Noted;
        let count = match finding.room {
            RoomName::Mend => {
                self.mended = true;
                return;
            }
            RoomName::Trackers if noted => &mut self.suspects,
            RoomName::Trackers => {
                if let Some(vendor) = &finding.vendor {
                    *self.vendors.entry(vendor.to_string()).or_default() += 1;
                }
                &mut self.trackers
            }
            RoomName::Links if noted => match finding.rule.split('.').nth(1) {
                Some("protected") => &mut self.protected,
                Some("target") => &mut self.refused,
                _ => &mut self.opaque,
            },
            RoomName::Links if is_stripped(finding) => &mut self.stripped,
            RoomName::Links => &mut self.unwrapped,
            RoomName::Access if !noted => &mut self.repairs,
            RoomName::Policy if !noted => &mut self.policy,
            _ => return,
        };
        *count += 1;
    }
}

/// Whether only parameters went: the link leads to the same host.
fn is_stripped(finding: &Finding) -> bool {
    let host = |url: &Option<String>| {
        let url = url::Url::parse(url.as_deref()?.trim()).ok()?;
        url.host_str().map(str::to_owned)
    };
    let host_stays = host(&finding.url).is_some_and(|h| Some(h) == host(&finding.to));
    host_stays && finding.evidence.iter().any(|e| e.what.starts_with("parameter "))
}

impl fmt::Display for Sum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let many = |n: u64, one: &str, many: &str| match n {
            0 => None,
            1 => Some(format!("1 {one}")),
            n => Some(format!("{n} {many}")),
        };
        let mut found = Vec::new();
        found.extend(many(self.trackers, "tracker", "trackers").map(|trackers| {
            let names = self.vendors.iter().map(|(name, n)| match n {
                _ if self.trackers == *n => name.clone(),
                n => format!("{n} {name}"),
            });
            let names = names.collect::<Vec<_>>().join(", ");
            if names.is_empty() { trackers } else { format!("{trackers} ({names})") }
        }));
        found.extend(many(self.suspects, "suspected tracker kept", "suspected trackers kept"));
        let words = [
            (self.unwrapped, "unwrapped"),
            (self.stripped, "stripped"),
            (self.opaque, "opaque"),
            (self.refused, "refused"),
            (self.protected, "protected"),
        ];
        let links = words.iter().map(|(n, _)| n).sum();
        found.extend(many(links, "link", "links").map(|links| {
            let words = words.iter().filter(|(n, _)| *n > 0).map(|(n, word)| format!("{n} {word}"));
            format!("{links}: {}", words.collect::<Vec<_>>().join(", "))
        }));
        let mut groups = Vec::new();
        groups.extend(self.mended.then(|| "mended from an archive".to_owned()));
        groups.extend((!found.is_empty()).then(|| found.join(", ")));
        groups.extend(many(self.repairs, "repair", "repairs"));
        groups.extend(many(self.policy, "change by policy", "changes by policy"));
        match groups.is_empty() {
            true => f.write_str("nothing to change"),
            false => f.write_str(&groups.join("; ")),
        }
    }
}
