//! What the caller is told of the findings: JSON Lines, a line each for
//! people, and the sum of it. Addresses and tokens are masked alike in all of
//! it, unless asked for.

use super::args::Args;
use super::exit::Failure;
use super::output::{self, Held, Paint, tame, unruly};
use mailrinse::{Action, Finding, Masker, RoomName, Sink};
use std::collections::{BTreeMap, HashMap};
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
            sum: (args.summary || args.message.log.is_some()).then(Sum::default),
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
    if let Some(part) = &finding.part {
        line.push_str(&format!(" of part {}", one(part)));
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
    links: BTreeMap<Fate, u64>,
    /// Links counted lately, by their places.
    lately: HashMap<u64, Fate>,
    repairs: u64,
    policy: u64,
    /// Parts of a message that were left alone, by the reason.
    left: BTreeMap<String, u64>,
}

/// What became of a link.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fate {
    Unwrapped,
    Stripped,
    Opaque,
    Refused,
    Protected,
}

impl Fate {
    fn of(finding: &Finding) -> Self {
        match finding.rule.split('.').nth(1) {
            _ if finding.action != Action::Noted && is_stripped(finding) => Fate::Stripped,
            _ if finding.action != Action::Noted => Fate::Unwrapped,
            Some("protected") => Fate::Protected,
            Some("target") => Fate::Refused,
            _ => Fate::Opaque,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Fate::Unwrapped => "unwrapped",
            Fate::Stripped => "stripped",
            Fate::Opaque => "opaque",
            Fate::Refused => "refused",
            Fate::Protected => "protected",
        }
    }
}

/// Findings about one link lie within one window; more links than this do not.
const LATELY: usize = 1 << 16;

impl Sum {
    fn add(&mut self, finding: &Finding) {
        let noted = finding.action == Action::Noted;
        match finding.room {
            RoomName::Mend => self.mended = true,
            RoomName::Trackers if noted => self.suspects += 1,
            RoomName::Trackers => {
                self.trackers += 1;
                if let Some(vendor) = &finding.vendor {
                    *self.vendors.entry(vendor.to_string()).or_default() += 1;
                }
            }
            // A remark about a link that counts by itself.
            RoomName::Links if finding.rule == "links.evidence.mismatch" => {}
            RoomName::Links => self.link(finding),
            RoomName::Access if !noted => {
                self.repairs += 1;
                if finding.action == Action::Removed {
                    self.unlink(finding);
                }
            }
            RoomName::Policy if !noted => self.policy += 1,
            RoomName::Message => {
                if let Some(why) = finding.rule.strip_prefix("message.left.") {
                    *self.left.entry(why.to_owned()).or_default() += 1;
                }
            }
            _ => {}
        }
    }

    /// Counts a link by the first that is said of it: under a wrapper that was
    /// taken off there may be an opaque one.
    fn link(&mut self, finding: &Finding) {
        let (place, fate) = (finding.range.start, Fate::of(finding));
        if self.lately.len() >= LATELY {
            self.lately.clear();
        }
        if self.lately.contains_key(&place) && !finding.range.is_empty() {
            return;
        }
        self.lately.insert(place, fate);
        *self.links.entry(fate).or_default() += 1;
    }

    /// An empty anchor went after it was looked at: there is no such link.
    fn unlink(&mut self, finding: &Finding) {
        if let Some(fate) = self.lately.remove(&finding.range.start)
            && let Some(count) = self.links.get_mut(&fate)
        {
            *count = count.saturating_sub(1);
        }
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
        found.extend(many(self.links.values().sum(), "link", "links").map(|links| {
            let fates = self.links.iter().filter(|(_, n)| **n > 0);
            let fates = fates.map(|(fate, n)| format!("{n} {}", fate.word()));
            format!("{links}: {}", fates.collect::<Vec<_>>().join(", "))
        }));
        let mut groups = Vec::new();
        groups.extend(self.mended.then(|| "mended from an archive".to_owned()));
        groups.extend((!found.is_empty()).then(|| found.join(", ")));
        groups.extend(many(self.repairs, "repair", "repairs"));
        groups.extend(many(self.policy, "change by policy", "changes by policy"));
        let parts = many(self.left.values().sum(), "part left alone", "parts left alone");
        groups.extend(parts.map(|parts| {
            let whys = self.left.iter().map(|(why, n)| format!("{n} {why}"));
            format!("{parts}: {}", whys.collect::<Vec<_>>().join(", "))
        }));
        match groups.is_empty() {
            true => f.write_str("nothing to change"),
            false => f.write_str(&groups.join("; ")),
        }
    }
}
