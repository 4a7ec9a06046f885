//! `mailrinse explain`: for a person. Which images watch, why, for whom, and
//! what they would have told; where links hide their targets; which images
//! were judged and stay.

use super::super::exit::{Exit, Failure};
use super::super::output::{self, Paint};
use super::{LookArgs, Veil, one};
use mailrinse::{Action, Finding, RoomName};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::PathBuf;

/// Explains what in a mail watches its reader, and why it is thought to
#[derive(clap::Args, Debug)]
#[command(args_override_self = true)]
pub struct ExplainArgs {
    /// HTML or a message; standard input if left out or `-`
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    #[command(flatten)]
    pub look: LookArgs,
}

/// Explains it.
pub fn run(args: &ExplainArgs) -> Result<Exit, Failure> {
    let rinser = args.look.rinser(|builder| builder.telling(true))?;
    let mail = args.look.read(args.file.as_deref())?;
    let rinsed = args.look.rinse(&rinser, &mail)?;
    let mut page =
        Page { out: String::new(), veil: args.look.veil(), paint: args.look.tone.page() };
    page.all(&mail.name, &rinsed.findings);
    output::print(&mut page.out.as_bytes()).map_err(|e| Failure::at("standard output", e))?;
    Ok(Exit::Done)
}

struct Page {
    out: String,
    veil: Veil,
    paint: Paint,
}

impl Page {
    fn all(&mut self, name: &str, findings: &[Finding]) {
        let of = |prefix: &str| findings.iter().filter(|f| f.rule.starts_with(prefix)).collect();
        let knowing: Vec<&Finding> = of("trackers.identified.");
        let kept: Vec<&Finding> = of("trackers.kept.");
        let is_other = |f: &&Finding| {
            f.room == RoomName::Trackers
                && !f.rule.starts_with("trackers.identified.")
                && !f.rule.starts_with("trackers.kept.")
        };
        let trackers: Vec<&Finding> = findings.iter().filter(is_other).collect();
        let links: Vec<&Finding> = findings.iter().filter(|f| f.room == RoomName::Links).collect();
        let counts = [
            count(trackers.len(), "tracker", "trackers"),
            count(knowing.len(), "image that knows its reader", "images that know their reader"),
            count(links.len(), "remark about links", "remarks about links"),
            count(kept.len(), "image that stays", "images that stay"),
        ];
        self.line(&format!("{}: {}", one(name), counts.join(", ")));
        self.images("Trackers", &trackers);
        self.images(
            "Images that know their reader (not loaded with --remote block-identified)",
            &knowing,
        );
        self.links(&links);
        self.kept(&kept);
    }

    fn line(&mut self, line: &str) {
        self.out.push_str(line);
        self.out.push('\n');
    }

    fn images(&mut self, head: &str, findings: &[&Finding]) {
        if findings.is_empty() {
            return;
        }
        let head = format!("\n{}", self.paint.head(head));
        self.line(&head);
        for finding in findings {
            let done = match finding.action {
                Action::Noted => self.paint.seen("stays"),
                action => self.paint.done(action.as_str()),
            };
            let whose = finding.vendor.as_deref().map(|vendor| format!("{}, ", one(vendor)));
            let (element, place) = (one(&finding.element), place(finding));
            let (whose, rule) = (whose.unwrap_or_default(), one(&finding.rule));
            self.line(&format!("\n  {whose}<{element}> at {place}: {done}, {rule}"));
            if let Some(url) = &finding.url {
                let shown = one(&self.veil.url(url));
                self.line(&format!("    {shown}"));
                let told = self.told(finding, url);
                self.line(&format!("  would tell {told}"));
            }
            self.line("  because of");
            for evidence in &finding.evidence {
                let weight = match evidence.weight {
                    0 => String::new(),
                    weight => format!("{weight:+}"),
                };
                let what = one(&self.veil.text(&evidence.what));
                self.line(&format!("    {weight:>4}  {what}"));
            }
        }
    }

    /// Whom it would tell what.
    fn told(&mut self, finding: &Finding, url: &str) -> String {
        let host =
            url::Url::parse(url.trim()).ok().and_then(|url| url.host_str().map(str::to_owned));
        let mut told = format!(
            "{}: that the mail is open, when, with which program, and from which address on the network",
            one(&host.unwrap_or_else(|| "its host".to_owned()))
        );
        let who: Vec<String> = finding
            .evidence
            .iter()
            .filter(|it| it.reader)
            .map(|it| one(&self.veil.text(&it.what)))
            .collect();
        if !who.is_empty() {
            let _ = write!(told, "; and who reads it, since {}", who.join(", "));
        }
        told
    }

    fn links(&mut self, findings: &[&Finding]) {
        if findings.is_empty() {
            return;
        }
        let head = format!("\n{}", self.paint.head("Links"));
        self.line(&head);
        // Many links of a mail go the same way.
        let mut kinds: BTreeMap<String, Vec<(String, String, usize)>> = BTreeMap::new();
        for finding in findings {
            let url = finding.url.as_deref().map(|url| one(&self.veil.url(url)));
            let to = finding.to.as_deref().map(|to| one(&self.veil.url(to)));
            let to = to.map(|to| format!("\n      leads to {to}"));
            let whose = finding.vendor.as_deref().map(|vendor| format!(" ({})", one(vendor)));
            let done = match finding.action {
                Action::Noted => self.paint.seen("stays"),
                action => self.paint.done(action.as_str()),
            };
            let kind = format!("{done}: {}{}", one(&finding.rule), whose.unwrap_or_default());
            let shown = format!("{}{}", url.unwrap_or_default(), to.unwrap_or_default());
            let alike = kinds.entry(kind).or_default();
            match alike.iter_mut().find(|(_, other, _)| *other == shown) {
                Some((_, _, times)) => *times += 1,
                None => alike.push((place(finding), shown, 1)),
            }
        }
        for (kind, alike) in kinds {
            self.line(&format!("\n  {kind}"));
            for (place, shown, times) in alike {
                let times = if times > 1 { format!(" ({times} times)") } else { String::new() };
                self.line(&format!("    at {place}{times}: {shown}"));
            }
        }
    }

    fn kept(&mut self, findings: &[&Finding]) {
        if findings.is_empty() {
            return;
        }
        let head = format!("\n{}", self.paint.head("Images that were judged and stay"));
        self.line(&head);
        self.line("");
        for finding in findings {
            let kind = finding.rule.rsplit('.').next().unwrap_or_default();
            let url = one(&self.veil.url(finding.url.as_deref().unwrap_or_default()));
            self.line(&format!("  {kind} at {}: {url}", place(finding)));
            let evidence = finding.evidence.iter().map(|it| match it.weight {
                0 => one(&self.veil.text(&it.what)),
                weight => format!("{} ({weight:+})", one(&self.veil.text(&it.what))),
            });
            let evidence: Vec<String> = evidence.collect();
            self.line(&format!("    {}", evidence.join(", ")));
        }
    }
}

fn count(n: usize, one: &str, many: &str) -> String {
    match n {
        0 => format!("no {one}"),
        1 => format!("1 {one}"),
        n => format!("{n} {many}"),
    }
}

fn place(finding: &Finding) -> String {
    match &finding.part {
        Some(part) => format!("byte {} of part {}", finding.range.start, one(part)),
        None => format!("byte {}", finding.range.start),
    }
}
