//! Many messages in one go: Maildirs, folders of `.eml` files and mbox files.
//! A message is written beside its place and put there in one step, so that at
//! every moment the old one or the new one is there, whole; one that cannot be
//! rinsed stays as it is and is named in the end.

mod batch;
mod find;
mod mbox;
mod put;
mod sum;

use super::args::{Level, Lore, Tone};
use super::config::{Asked, ConfigArgs, Policies, Settings};
use super::exit::{Exit, Failure, caught};
use super::message::{self, DEADLINE};
use super::output::{say, tame};
use super::remote::Remote;
use batch::Batch;
use find::{Item, Kind};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
use mailrinse::{Context, Limits, parties};
use put::Put;
use signal_hook::consts::TERM_SIGNALS;
use signal_hook::flag;
use std::borrow::Cow;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use sum::Sum;

/// Rinses the messages of Maildirs, of folders of `.eml` files and of mbox
/// files. Every message is replaced in one step or stays as it is; a run that
/// was ended can be started again.
#[derive(clap::Args, Debug)]
pub struct MailboxArgs {
    /// Maildirs (with those in them), folders of .eml files, single messages,
    /// mbox files (these only with --out)
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Changes the messages where they are, and keeps the originals beside
    #[arg(long, conflicts_with = "out")]
    in_place: bool,
    /// Where the originals go; PATH.originals if left out
    #[arg(long, value_name = "DIR", requires = "in_place", conflicts_with = "no_keep")]
    keep: Option<PathBuf>,
    /// Keeps no originals
    #[arg(long, requires = "in_place")]
    no_keep: bool,
    /// Writes all messages, changed or not, into another folder
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Says what would be done, and writes nothing
    #[arg(long)]
    dry_run: bool,
    /// How many messages are rinsed at a time; as many as there are
    /// processors if left out
    #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    jobs: Option<u16>,
    /// How deep the rinse goes; patch if nothing else is said
    #[arg(long, value_enum)]
    level: Option<Level>,
    /// Remote images that are no trackers: keep, block-identified, block, or
    /// proxy=TEMPLATE
    #[arg(long, value_name = "HOW")]
    remote: Option<Remote>,
    /// Requests for read receipts
    #[arg(long, value_enum)]
    receipts: Option<message::Receipts>,
    /// Wrapped links whose targets are known
    #[arg(long, value_name = "FILE")]
    map: Option<PathBuf>,
    /// Writes the sum as JSON
    #[arg(long)]
    json: bool,
    /// No bar, and nothing but errors and the sum
    #[arg(short, long)]
    quiet: bool,
    #[command(flatten)]
    lore: Lore,
    #[command(flatten)]
    config: ConfigArgs,
    #[command(flatten)]
    pub tone: Tone,
}

/// Does what was asked, and prints the sum.
pub fn run(args: &MailboxArgs) -> Result<Exit, Failure> {
    if !args.in_place && args.out.is_none() && !args.dry_run {
        let what = "say where the result goes: --in-place, --out DIR, or --dry-run to see what would be done";
        return Err(Failure::at("mailbox", what));
    }
    let policies = policies(args)?;
    let mut items = Vec::new();
    for path in &args.paths {
        items.extend(find::items(path, args.paths.len() > 1)?);
    }
    let place = |item: &Item| Put::of(args, item);
    if let Some(item) = items.iter().find(|item| item.kind == Kind::Mbox && args.in_place) {
        let what = "an mbox file is one file for all of its messages, so nothing of it is changed in place: use --out DIR";
        return Err(Failure::at(item.path.display(), what));
    }
    put::check(args, &items)?;
    let bar = bar(args, items.len());
    let stop = stop_flag().map_err(|e| Failure::at("signals", e))?;
    let work = Work { args, policies: &policies, bar: &bar, stop: &stop };
    let next = AtomicUsize::new(0);
    let total = Mutex::new(Sum::default());
    let jobs = args
        .jobs
        .map_or_else(|| thread::available_parallelism().map_or(1, usize::from), usize::from)
        .min(items.len());
    thread::scope(|scope| {
        for _ in 0..jobs {
            scope.spawn(|| {
                let (mut sum, mut batch) = (Sum::default(), Batch::new(jobs));
                while !work.is_stopped()
                    && let Some(item) = items.get(next.fetch_add(1, Ordering::Relaxed))
                {
                    match item.kind {
                        Kind::Mbox => mbox::rinse(&work, item, &place(item), &mut sum),
                        _ => work.file(item, &place(item), &mut sum, &mut batch),
                    }
                    if batch.is_full() {
                        work.settle(&mut batch, &mut sum);
                    }
                    bar.inc(1);
                }
                work.settle(&mut batch, &mut sum);
                total.lock().unwrap_or_else(PoisonError::into_inner).add(&sum);
            });
        }
    });
    bar.finish_and_clear();
    let total = total.into_inner().unwrap_or_else(PoisonError::into_inner);
    super::output::print(&mut total.shown(args.json, args.dry_run).as_bytes())
        .map_err(|e| Failure::at("standard output", e))?;
    if work.is_stopped() {
        return Err(Failure::new("stopped before the end: start it again, and it goes on"));
    }
    Ok(if total.faults > 0 { Exit::Trouble } else { Exit::Done })
}

/// Set when it is told to end; what is written is put in its place then. Told
/// twice, it ends at once.
fn stop_flag() -> std::io::Result<Arc<AtomicBool>> {
    let stop = Arc::new(AtomicBool::new(false));
    for &signal in TERM_SIGNALS {
        flag::register_conditional_shutdown(signal, Exit::Trouble.code().into(), stop.clone())?;
        flag::register(signal, stop.clone())?;
    }
    Ok(stop)
}

fn policies(args: &MailboxArgs) -> Result<Policies, Failure> {
    let asked = Asked {
        level: Level::Patch,
        told: Settings {
            level: args.level,
            remote: args.remote.clone(),
            receipts: args.receipts,
            ..Settings::default()
        },
        map: args.map.clone(),
        lore: args.lore.clone(),
        proxy_key: None,
    };
    let mut limits = Limits::default();
    // One message must not hold up a mailbox.
    limits.time = Some(5 * DEADLINE);
    Policies::new(args.config.read()?, asked, limits, Ok)
}

/// With rate and time to come, on a terminal.
fn bar(args: &MailboxArgs, messages: usize) -> ProgressBar {
    let target = match args.quiet {
        true => ProgressDrawTarget::hidden(),
        false => ProgressDrawTarget::stderr(),
    };
    let bar = ProgressBar::with_draw_target(Some(messages as u64), target);
    let style = "{bar:30} {human_pos} of {human_len}  {rate} a second  {eta} to go";
    let style =
        ProgressStyle::with_template(style).unwrap_or_else(|_| ProgressStyle::default_bar());
    let rate = |state: &ProgressState, out: &mut dyn fmt::Write| {
        // Where it cannot be written, there is none.
        let _ = write!(out, "{:.0}", state.per_sec());
    };
    bar.with_style(style.with_key("rate", rate))
}

/// What every worker needs.
struct Work<'a> {
    args: &'a MailboxArgs,
    policies: &'a Policies,
    bar: &'a ProgressBar,
    stop: &'a AtomicBool,
}

impl Work<'_> {
    fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// Rinses one message of its own file.
    fn file(&self, item: &Item, put: &Put, sum: &mut Sum, batch: &mut Batch) {
        if put.is_there() {
            sum.there += 1;
            return;
        }
        let raw = match fs::read(&item.path) {
            Ok(raw) => raw,
            // Moved by a mail program since it was listed: not ours any more.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                sum.gone += 1;
                return;
            }
            Err(error) => return self.fault(sum, &item.path, error),
        };
        let new = self.rinsed(&raw, &item.path.display().to_string(), sum);
        if self.args.dry_run {
            return;
        }
        match put.write(&raw, &new) {
            Ok(waiting) => waiting.into_iter().for_each(|it| batch.add(it)),
            Err(error) => self.fault(sum, &item.path, error),
        }
    }

    fn settle(&self, batch: &mut Batch, sum: &mut Sum) {
        for (path, error) in batch.settle() {
            self.fault(sum, &path, error);
        }
    }

    /// The message rinsed, or as it is.
    fn rinsed<'m>(&self, raw: &'m [u8], name: &str, sum: &mut Sum) -> Cow<'m, [u8]> {
        sum.messages += 1;
        let mut cx = Context::default();
        if let Some(service) = self.policies.authserv_id() {
            cx = cx.trust_results(service);
        }
        let rinsed = caught(|| match self.policies.of(&parties(raw, &cx)) {
            Ok(Some(rinser)) => rinser.message(raw, &cx).map(Some).map_err(|e| e.to_string()),
            Ok(None) => Ok(None),
            Err(failure) => Err(failure.to_string()),
        });
        let why = match rinsed {
            Ok(Ok(None)) => {
                sum.off += 1;
                return Cow::Borrowed(raw);
            }
            Ok(Ok(Some(rinsed))) => {
                sum.changed += u64::from(matches!(rinsed.html, Cow::Owned(_)));
                rinsed.findings.iter().for_each(|finding| sum.finding(finding));
                return rinsed.html;
            }
            Ok(Err(error)) => error,
            Err(defect) => defect,
        };
        sum.left += 1;
        self.say(&format!("{name}: left as it is: {why}"));
        Cow::Borrowed(raw)
    }

    /// Something of the machine's went wrong with this one.
    fn fault(&self, sum: &mut Sum, path: &Path, error: impl std::fmt::Display) {
        sum.faults += 1;
        self.say(&format!("{}: {error}", path.display()));
    }

    fn say(&self, line: &str) {
        let name = self.args.tone.paint().bad("mailrinse:");
        self.bar.suspend(|| say(format_args!("{name} {}", tame(line))));
    }
}
