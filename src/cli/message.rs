//! A whole message: rinsed, or, where that cannot be for a reason in itself,
//! passed on as it came, since a filter must never cost mail.

use super::args::{Args, Level};
use super::config::{Asked, ConfigArgs, Policies, Settings};
use super::exit::{Failure, caught};
use super::keep::{Keep, KeepArgs};
use super::log::Log;
use super::output::{say, tame};
use super::report::Report;
use super::run::{context, deliver};
use clap::ValueEnum;
use mailrinse::{Builder, Context, Error, Limits, Rinsed, Rinser, Sink, message_id, parties};
use std::time::Duration;

/// What is asked about messages alone.
#[derive(clap::Args, Debug, Default)]
#[command(next_help_heading = "Messages")]
pub struct MessageArgs {
    /// A message that cannot be rinsed for a reason in itself
    #[arg(long, value_enum, default_value_t)]
    pub on_error: OnError,
    /// Requests for read receipts; kept if nothing else is said
    #[arg(long, value_enum)]
    pub receipts: Option<Receipts>,
    /// How long it may take: of a message 4 seconds if left out, of HTML as
    /// long as it takes
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub deadline: Option<Duration>,
    /// Whose Authentication-Results are to be trusted: the name that your own
    /// mail server gives itself there
    #[arg(long, value_name = "ID")]
    pub authserv_id: Option<String>,
    /// Writes a line about each message, with its Message-ID and figures,
    /// without addresses and subject
    #[arg(long, value_name = "WHERE", value_enum)]
    pub log: Option<Log>,
    #[command(flatten)]
    pub keep: KeepArgs,
    #[command(flatten)]
    pub config: ConfigArgs,
}

impl MessageArgs {
    /// A failure is always told on standard error; here also to the log, where
    /// that is another place.
    pub fn log_failure(&self, failure: &Failure) {
        if self.log == Some(Log::Syslog) {
            Log::Syslog.line(&failure.to_string());
        }
    }

    /// Tells of a message: in the log, else on standard error if it must be
    /// said.
    fn tell(&self, must: bool, line: &str) {
        match self.log {
            Some(log) => log.line(line),
            None if must => say(format_args!("mailrinse: {}", tame(line))),
            None => {}
        }
    }
}

/// Below what callers wait: five seconds is the shortest that is known.
pub const DEADLINE: Duration = Duration::from_secs(4);

#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum OnError {
    /// It goes out as it came, with a line on standard error, and exit 0
    #[default]
    Pass,
    /// Exit 75: the mail server keeps it and tries again
    Defer,
}

#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Receipts {
    /// They stay, and are reported
    #[default]
    Keep,
    /// They are taken out
    Strip,
}

impl From<Receipts> for mailrinse::Receipts {
    fn from(receipts: Receipts) -> Self {
        match receipts {
            Receipts::Keep => Self::Keep,
            Receipts::Strip => Self::Strip,
        }
    }
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse().ok().filter(|s: &f64| *s > 0.0);
    let time = seconds.and_then(|s| Duration::try_from_secs_f64(s).ok());
    time.ok_or_else(|| "give a number of seconds above 0, like 4 or 0.5".to_owned())
}

fn policies(args: &Args) -> Result<Policies, Failure> {
    let asked = Asked {
        level: Level::Clean,
        told: Settings {
            level: args.level,
            remote: args.remote.clone(),
            hidden: args.hidden,
            receipts: args.message.receipts,
            heading: args.heading.then_some(true),
            ..Settings::default()
        },
        map: args.map.clone(),
        lore: args.lore.clone(),
        proxy_key: args.proxy_key.clone(),
    };
    let mut limits = Limits::default();
    limits.time = Some(args.message.deadline.unwrap_or(DEADLINE));
    let file = args.message.config.read()?;
    let authserv_id = args.message.authserv_id.clone().or_else(|| file.authserv_id.clone());
    let (seal, net) = (args.seal, args.resolve.then(|| args.net.clone()));
    let set = move |builder: Builder| {
        let mut builder = builder.seal(seal.into());
        if let Some(id) = &authserv_id {
            builder = builder.mark_by(id);
        }
        match &net {
            Some(net) => net.tell(builder),
            None => Ok(builder),
        }
    };
    Policies::new(file, asked, limits, set)
}

/// Rinses a message. Nothing is put out before the result is whole.
pub fn run(args: &Args, raw: &[u8], report: &mut Report) -> Result<(), Failure> {
    for (given, option) in [(args.fragment, "--fragment"), (args.charset.is_some(), "--charset")] {
        if given {
            let what =
                "this is for HTML by itself; the input is a message (--type html: it is not)";
            return Err(Failure::at(option, what));
        }
    }
    let policies = policies(args)?;
    let id = message_id(raw).unwrap_or_else(|| "a message without Message-ID".to_owned());
    let tell = |must: bool, what: &str| args.message.tell(must, &format!("{id}: {what}"));
    let keep = args.message.keep.or(policies.keep());
    let mut cx = context(args);
    if let Some(service) = args.message.authserv_id.as_deref().or(policies.authserv_id()) {
        cx = cx.trust_results(service);
    }
    let Some(rinser) = policies.of(&parties(raw, &cx))? else {
        report.deliver()?;
        deliver(args, &mut &*raw)?;
        tell(args.summary, "left alone, as the settings say");
        return Ok(());
    };
    let rinsed = rinsed(&rinser, raw, &cx, keep.as_ref());
    let why = match rinsed.map_err(|failure| Failure::at(&id, failure))? {
        Ok(rinsed) => {
            for finding in rinsed.findings {
                report.finding(finding);
            }
            report.deliver()?;
            deliver(args, &mut &*rinsed.html)?;
            if let Some(sum) = report.sum() {
                let rules = || rinser.rules().version();
                let logged = args.message.log.map(|_| format!("; rules {}", rules()));
                tell(args.summary, &(sum + &logged.unwrap_or_default()));
            }
            return Ok(());
        }
        Err(why) => why,
    };
    if args.message.on_error == OnError::Defer {
        return Err(Failure::at(id, format!("{why}; nothing was written")));
    }
    deliver(args, &mut &*raw)?;
    tell(true, &format!("passed on as it came: {why}"));
    Ok(())
}

/// A message rinsed, and its original kept where that is asked for and
/// something changed; or why it is to stay as it is, for a reason in itself.
/// A fault of the machine's is a failure.
pub fn rinsed<'m>(
    rinser: &Rinser,
    raw: &'m [u8],
    cx: &Context,
    keep: Option<&Keep>,
) -> Result<Result<Rinsed<'m>, String>, Failure> {
    if let Some(why) = keep.and_then(|keep| keep.refuses(raw)) {
        return Ok(Err(why));
    }
    match caught(|| rinser.message(raw, cx)) {
        Ok(Ok(rinsed)) => {
            if let Some(keep) = keep.filter(|_| *rinsed.html != *raw) {
                keep.put(raw)?;
            }
            Ok(Ok(rinsed))
        }
        Ok(Err(error @ Error::Io(_))) => Err(Failure::new(error)),
        Ok(Err(error)) => Ok(Err(error.to_string())),
        Err(defect) => Ok(Err(defect)),
    }
}
