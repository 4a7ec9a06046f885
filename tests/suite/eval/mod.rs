//! How many beacons are found, and what else is taken for one: shapes of
//! senders and others, planted into newsletters in many disguises and places.
//! It guards against regress. It is no measure of accuracy: one hand made rules
//! and cases.

mod plant;
mod vary;

use crate::common;
use mailrinse::{Action, Builder, Context, Finding, Level, Rinser, RoomName, RuleKind};
use plant::{DISGUISES, Mail, PLACES, VECTORS};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Whose hashes are in `beacons.tsv`.
const RECIPIENT: &str = "reader@example.org";

/// A URL that is a beacon's, and what kind of one.
#[derive(Clone)]
struct Beacon {
    class: String,
    url: String,
    /// Of a sender that the rules know.
    known: bool,
}

/// `class<tab>value`
fn table(name: &str) -> Vec<(String, String)> {
    let path = common::fixtures().join("trackers").join(name);
    let text = std::fs::read_to_string(&path).expect("it can be read");
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let cells = lines.map(|line| line.split_once('\t').expect("two columns"));
    cells.map(|(class, value)| (class.to_owned(), value.to_owned())).collect()
}

/// Those of the rules' own examples, and those that no rule knows.
fn beacons() -> Vec<Beacon> {
    let listed = common::build(Rinser::builder()).listed();
    let pixels = listed.into_iter().filter(|rule| rule.kind == RuleKind::Pixel);
    let mut all: Vec<Beacon> = pixels
        .flat_map(|rule| {
            let hits =
                rule.examples.into_iter().filter(move |shown| shown.finds.contains(&rule.id));
            hits.filter(|shown| shown.input.starts_with("http")).map(|shown| Beacon {
                class: "sender's".to_owned(),
                url: shown.input,
                known: true,
            })
        })
        .collect();
    all.extend(table("beacons.tsv").into_iter().map(|(class, url)| Beacon {
        class,
        url,
        known: false,
    }));
    all
}

fn rinser(level: Level, set: impl Fn(Builder) -> Builder) -> Rinser {
    common::build(set(Rinser::builder()).level(level).disable("links.*"))
}

fn without_senders(builder: Builder) -> Builder {
    builder.disable("@providers")
}

/// What was found about trackers in a mail.
fn found(rinser: &Rinser, html: &str) -> Vec<Finding> {
    let cx = Context::default().recipient(RECIPIENT);
    let rinsed = rinser.html(html, &cx).expect("within the limits");
    rinsed.findings.into_iter().filter(|it| it.room == RoomName::Trackers).collect()
}

/// Hits of so many.
#[derive(Default, Clone, Copy)]
struct Score {
    hits: usize,
    of: usize,
}

impl Score {
    fn add(&mut self, hit: bool) {
        self.hits += usize::from(hit);
        self.of += 1;
    }

    fn share(self) -> f64 {
        self.hits as f64 / self.of.max(1) as f64
    }
}

/// Recall by class and disguise; what was missed is kept to be looked at.
#[derive(Default)]
struct Recall {
    by: BTreeMap<String, Score>,
    all: Score,
    missed: Vec<String>,
}

impl Recall {
    fn add(&mut self, keys: [&str; 2], what: &str, hit: bool) {
        for key in keys {
            self.by.entry(key.to_owned()).or_default().add(hit);
        }
        self.all.add(hit);
        if !hit {
            self.missed.push(format!("{}: {what}", keys.join(", ")));
        }
    }

    fn table(&self, head: &str) -> String {
        let mut out = format!("{head}: {:.4} of {}\n", self.all.share(), self.all.of);
        for (key, score) in &self.by {
            // Writing to a String cannot fail.
            let _ = writeln!(
                out,
                "  {:<34} {:>6} of {:>6}  {:.3}",
                key,
                score.hits,
                score.of,
                score.share()
            );
        }
        out
    }
}

/// How many are planted into one mail at a time.
const AT_ONCE: usize = 24;

/// Plants every beacon in every disguise, each in a place of its own, and sees which are found.
fn recall(set: impl Fn(Builder) -> Builder, known: bool) -> Recall {
    let (clean, mails) = (rinser(Level::Clean, set), Mail::all());
    let mut jobs = Vec::new();
    for beacon in beacons().into_iter().filter(|beacon| beacon.known || !known) {
        for disguise in DISGUISES {
            // What shows is a picture that knows its reader, unless its sender is known.
            if !disguise.shows || known {
                jobs.push((beacon.clone(), disguise));
            }
        }
    }
    let mut recall = Recall::default();
    for (i, jobs) in jobs.chunks(AT_ONCE).enumerate() {
        let mail = &mails[i % mails.len()];
        let planted: Vec<(String, usize)> = jobs
            .iter()
            .enumerate()
            .map(|(j, (beacon, disguise))| {
                // Each its own, so that each is found by itself.
                (disguise.html(&plant::attribute(&beacon.url)), (i + j) % PLACES)
            })
            .collect();
        let findings = found(&clean, &mail.with(&planted));
        for (beacon, disguise) in jobs {
            let hit = findings.iter().any(|it| it.action != Action::Noted && is(it, &beacon.url));
            recall.add([&beacon.class, disguise.name], &beacon.url, hit);
        }
    }
    recall
}

/// Whether a finding is about a URL.
fn is(finding: &Finding, url: &str) -> bool {
    finding.url.as_deref().is_some_and(|found| found.trim() == url)
}

#[test]
fn beacons_are_found_in_every_disguise() {
    let known = recall(|builder| builder, true);
    println!("{}", known.table("beacons of known senders, found"));
    let all = recall(without_senders, false);
    println!("{}", all.table("beacons without knowing a sender, found"));
    for miss in known.missed.iter().take(20).chain(all.missed.iter().take(60)) {
        println!("  missed {miss}");
    }
    assert!(known.all.of > 1_000 && all.all.of > 1_000);
    assert!(known.all.share() >= 0.999, "known senders");
    for (class, score) in &all.by {
        // The identifiers in the examples of rules are cut short.
        let least = if class == "sender's" { 0.92 } else { 0.99 };
        let is_class = table("beacons.tsv").iter().any(|(it, _)| it == class) || least < 0.99;
        assert!(!is_class || score.share() >= least, "unknown senders, {class}");
    }
}

/// Whatever loads: at level clean nothing is left that does, and it is named.
#[test]
fn beacons_are_found_wherever_they_load_from() {
    let (clean, patch) = (rinser(Level::Clean, |it| it), rinser(Level::Patch, |it| it));
    let (mut named, mut left) = (Recall::default(), Vec::new());
    for beacon in beacons().iter().filter(|beacon| beacon.known || beacon.class == "word") {
        for vector in VECTORS {
            let html =
                format!("<p>Hello</p>{}<p>Bye</p>", vector.html(&plant::attribute(&beacon.url)));
            let cx = Context::default().recipient(RECIPIENT);
            let out = clean.html(&html, &cx).expect("within the limits").html;
            let host = beacon.url.split('/').nth(2).expect("a host");
            if String::from_utf8_lossy(&out).contains(host) {
                left.push(format!("{}: {}", vector.name, beacon.url));
            }
            let rinser = if vector.aside { &patch } else { &clean };
            let hit = found(rinser, &html).iter().any(|it| is(it, &beacon.url));
            named.add([&beacon.class, vector.name], &beacon.url, hit);
        }
    }
    println!("{}", named.table("beacons by what loads them, named"));
    for miss in named.missed.iter().take(30) {
        println!("  missed {miss}");
    }
    assert!(left.is_empty(), "{left:#?}");
    assert!(named.all.share() >= 0.999);
}

#[test]
fn pictures_stay() {
    let (mut wrong, mut seen) = (Vec::new(), Score::default());
    let mails = Mail::all();
    for set in [(|it| it) as fn(Builder) -> Builder, without_senders] {
        let rinser = rinser(Level::Clean, set);
        for (i, (class, html)) in table("pictures.tsv").into_iter().enumerate() {
            for place in 0..PLACES {
                let mail = &mails[(i + place) % mails.len()];
                let before = found(&rinser, &mail.with(&[]));
                let taken = found(&rinser, &mail.with(&[(html.clone(), place)]));
                let taken = taken.iter().filter(|it| it.action != Action::Noted);
                // Only what the mail itself has.
                let bad: Vec<_> = taken
                    .filter(|it| !before.iter().any(|other| other.url == it.url))
                    .map(|it| format!("{class}: {html}: {} {:?}", it.rule, it.evidence))
                    .collect();
                seen.add(bad.is_empty());
                wrong.extend(bad);
            }
        }
        // The newsletters' own pictures, all but those that are known to be beacons.
        for mail in &mails {
            for it in found(&rinser, &mail.with(&[])).iter().filter(|it| it.action != Action::Noted)
            {
                let url = it.url.clone().unwrap_or_default();
                let right = mail.trackers.contains(&url);
                seen.add(right);
                if !right {
                    wrong.push(format!("{}: {url}: {}", mail.name, it.rule));
                }
            }
        }
    }
    println!("pictures that stay: {} of {}", seen.hits, seen.of);
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// What a sender might change so as not to be found: the size, the words of
/// the path, the identifier.
#[test]
fn evasions_are_found() {
    for (head, set, least) in [
        ("evasions, found", (|it| it) as fn(Builder) -> Builder, 0.97),
        ("evasions without knowing a sender, found", without_senders, 0.92),
    ] {
        let rinser = rinser(Level::Clean, set);
        let mut recall = Recall::default();
        let mut jobs = Vec::new();
        for (i, beacon) in beacons().iter().enumerate() {
            for evasion in vary::EVASIONS {
                if let Some((url, attributes)) = evasion.of(&beacon.url, i) {
                    jobs.push((beacon.class.clone(), evasion.name, url, attributes));
                }
            }
        }
        let mails = Mail::all();
        for (i, jobs) in jobs.chunks(AT_ONCE).enumerate() {
            let planted: Vec<(String, usize)> = jobs
                .iter()
                .enumerate()
                .map(|(j, (_, _, url, attributes))| {
                    let html = format!("<img src=\"{}\" {attributes}>", plant::attribute(url));
                    (html, (i + j) % PLACES)
                })
                .collect();
            let findings = found(&rinser, &mails[i % mails.len()].with(&planted));
            for (class, name, url, _) in jobs {
                let hit = findings.iter().any(|it| it.action != Action::Noted && is(it, url));
                recall.add([class, name], url, hit);
            }
        }
        println!("{}", recall.table(head));
        for miss in recall.missed.iter().take(40) {
            println!("  missed {miss}");
        }
        assert!(recall.all.share() >= least, "{head}: {}", recall.all.share());
    }
}
