//! What was done, in figures.

use mailrinse::{Action, Finding, RoomName};
use std::collections::BTreeMap;
use std::fmt::Write;

/// Figures of a run.
#[derive(Debug, Default)]
pub struct Sum {
    pub messages: u64,
    pub changed: u64,
    /// Left alone, as the settings say.
    pub off: u64,
    /// Could not be rinsed, for a reason in themselves.
    pub left: u64,
    /// Could not be read or written.
    pub faults: u64,
    /// Written by an earlier run.
    pub there: u64,
    /// Moved by somebody else meanwhile.
    pub gone: u64,
    trackers: u64,
    links: u64,
    /// Trackers and links of each vendor.
    vendors: BTreeMap<String, (u64, u64)>,
}

impl Sum {
    /// Counts what was done to a message.
    pub fn finding(&mut self, finding: &Finding) {
        let done = finding.action != Action::Noted;
        let (trackers, links) = match finding.room {
            RoomName::Trackers if done => (1, 0),
            RoomName::Links if done => (0, 1),
            _ => return,
        };
        self.trackers += trackers;
        self.links += links;
        // What is known of no single sender.
        let vendor =
            finding.vendor.as_deref().filter(|it| *it != "generic").unwrap_or("others").to_owned();
        let of = self.vendors.entry(vendor).or_default();
        *of = (of.0 + trackers, of.1 + links);
    }

    /// Adds those of another worker.
    pub fn add(&mut self, other: &Sum) {
        self.messages += other.messages;
        self.changed += other.changed;
        self.off += other.off;
        self.left += other.left;
        self.faults += other.faults;
        self.there += other.there;
        self.gone += other.gone;
        self.trackers += other.trackers;
        self.links += other.links;
        for (vendor, (trackers, links)) in &other.vendors {
            let of = self.vendors.entry(vendor.clone()).or_default();
            *of = (of.0 + trackers, of.1 + links);
        }
    }

    /// As a table, or as JSON.
    pub fn shown(&self, json: bool, dry: bool) -> String {
        if json {
            let vendors: serde_json::Map<_, _> = self
                .vendors
                .iter()
                .map(|(name, (trackers, links))| {
                    (name.clone(), serde_json::json!({"trackers": trackers, "links": links}))
                })
                .collect();
            let sum = serde_json::json!({
                "v": 1, "messages": self.messages, "changed": self.changed, "off": self.off, "left": self.left,
                "faults": self.faults, "there": self.there, "gone": self.gone,
                "trackers": self.trackers, "links": self.links, "vendors": vendors, "dry_run": dry,
            });
            return format!("{sum}\n");
        }
        let mut out = String::new();
        let mut row = |count: u64, what: &str| {
            // Writing to a String cannot fail.
            let _ = writeln!(out, "{count:>9}  {what}");
        };
        row(self.messages, "messages");
        row(self.changed, if dry { "would be changed" } else { "changed" });
        for (count, what) in [
            (self.off, "left alone, as the settings say"),
            (self.left, "left as they are, for a reason in themselves"),
            (self.faults, "could not be read or written"),
            (self.there, "written by an earlier run"),
            (self.gone, "moved by another program meanwhile"),
        ] {
            if count > 0 {
                row(count, what);
            }
        }
        row(self.trackers, "trackers");
        row(self.links, "links");
        if !self.vendors.is_empty() {
            let _ = writeln!(out, "\n trackers      links  by vendor");
            let mut vendors: Vec<_> = self.vendors.iter().collect();
            vendors.sort_by_key(|(_, (trackers, links))| std::cmp::Reverse(trackers + links));
            for (name, (trackers, links)) in vendors {
                let _ = writeln!(out, "{trackers:>9}  {links:>9}  {name}");
            }
        }
        out
    }
}
