//! `mailrinse check`: one line for each thing that watches the reader, and an
//! exit status to go by.

use super::super::exit::{Exit, Failure};
use super::super::output;
use super::{LookArgs, one};
use mailrinse::{Action, Finding, RoomName};
use std::fmt::Write;
use std::path::PathBuf;

const AFTER: &str = "\
Prints a line for each tracker, for each image whose URL carries its reader, and
for each link that leads elsewhere first or carries tracking parameters:
FILE: byte N: rule (vendor): URL. In a message also the part, and the byte
counts from the part's begin.

Exit status: 0 when nothing was found, 1 when something was, 2 for trouble.";

/// Says whether mail watches its reader: exit status 1 if it does
#[derive(clap::Args, Debug)]
#[command(after_help = AFTER, args_override_self = true)]
pub struct CheckArgs {
    /// HTML or messages; standard input if left out or `-`
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Also what policy and the repairs for access would change
    #[arg(long)]
    all: bool,
    /// Only what a rinse would change: not links that stay as they are because
    /// their targets are not in them, nor images that know their reader
    #[arg(long)]
    changes: bool,
    /// Prints JSON Lines
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    pub look: LookArgs,
}

/// Checks all of them.
pub fn run(args: &CheckArgs) -> Result<Exit, Failure> {
    let rinser = args.look.rinser(|builder| builder)?;
    let (mut found, mut out) = (false, String::new());
    let stdin = [PathBuf::from("-")];
    let files = if args.files.is_empty() { &stdin[..] } else { &args.files };
    for file in files {
        let mail = args.look.read(Some(file))?;
        let rinsed = args.look.rinse(&rinser, &mail)?;
        let mut veil = args.look.veil();
        for finding in rinsed.findings.iter().filter(|finding| args.counts(finding)) {
            found = true;
            let url = finding.url.as_deref().map(|url| veil.url(url));
            // Writing to a String cannot fail.
            let _ = match args.json {
                true => writeln!(
                    out,
                    "{}",
                    serde_json::json!({
                        "v": mailrinse::SCHEMA, "file": mail.name, "rule": finding.rule,
                        "action": finding.action.as_str(), "part": finding.part,
                        "range": [finding.range.start, finding.range.end],
                        "vendor": finding.vendor, "url": url,
                    })
                ),
                false => {
                    let part = finding.part.iter().map(|part| format!(" of part {}", one(part)));
                    let whose = finding.vendor.iter().map(|vendor| format!(" ({})", one(vendor)));
                    let url = url.iter().map(|url| format!(": {}", one(url)));
                    let parts = [part.collect(), whose.collect(), url.collect::<String>()];
                    let [part, whose, url]: [String; 3] = parts;
                    let (name, at, rule) = (one(&mail.name), finding.range.start, &finding.rule);
                    writeln!(out, "{name}: byte {at}{part}: {}{whose}{url}", one(rule))
                }
            };
        }
    }
    if !args.look.quiet {
        output::print(&mut out.as_bytes()).map_err(|e| Failure::at("standard output", e))?;
    }
    Ok(if found { Exit::Found } else { Exit::Done })
}

impl CheckArgs {
    fn counts(&self, finding: &Finding) -> bool {
        let changed = finding.action != Action::Noted;
        if self.changes && !changed {
            return false;
        }
        match finding.room {
            RoomName::Trackers => true,
            // That a link was left alone on purpose, or says another host, watches nobody.
            RoomName::Links => {
                !finding.rule.starts_with("links.protected.")
                    && finding.rule != "links.evidence.mismatch"
            }
            _ => self.all && changed,
        }
    }
}
