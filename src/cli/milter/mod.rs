//! `mailrinse milter`: a filter that mail servers (Postfix, Sendmail) ask by
//! the milter protocol. `wire.rs` knows packets, `session.rs` what they mean,
//! `door.rs` what becomes of a message, `serve.rs` sockets.

mod door;
mod metrics;
mod serve;
mod session;
mod wire;

use super::args::{Level, Lore, Tone};
use super::config::{Asked, ConfigArgs, Policies};
use super::exit::{Exit, Failure};
use super::log::Log;
use super::message::DEADLINE;
use door::Door;
use mailrinse::{Limits, Rinser};
use serve::{Listener, Server};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use std::sync::Arc;
use std::time::Duration;

const AFTER: &str = "\
The settings (docs/config.md) must say what becomes of mail that its sender
signed: if-dkim = \"modify\" or \"skip\" under [milter].

SIGHUP reads settings and rules again; SIGTERM ends after the messages that are
on their way. Exit status: 0 when it was told to end, 2 for trouble.";

/// How long messages on their way are waited for at the end.
const PATIENCE: Duration = Duration::from_secs(30);

/// Serves as a mail filter for Postfix and Sendmail (milter protocol)
#[derive(clap::Args, Debug)]
#[command(after_help = AFTER, args_override_self = true)]
pub struct MilterArgs {
    /// Where mail servers connect: inet:HOST:PORT, inet:PORT@HOST, unix:PATH,
    /// or fd:N for a socket that is handed over (may be repeated)
    #[arg(long, value_name = "WHERE")]
    listen: Vec<String>,
    /// Figures for a monitor: /metrics and /healthz by HTTP
    #[arg(long, value_name = "HOST:PORT")]
    metrics: Option<String>,
    /// Where lines about messages go
    #[arg(long, value_enum)]
    log: Option<Log>,
    #[command(flatten)]
    config: ConfigArgs,
    /// Wrapped links whose targets are known
    #[arg(long, value_name = "FILE", help_heading = "Rules")]
    map: Option<std::path::PathBuf>,
    #[command(flatten)]
    lore: Lore,
    #[command(flatten)]
    pub tone: Tone,
}

/// Serves until it is told to end.
pub fn run(args: &MilterArgs) -> Result<Exit, Failure> {
    let policies = policies(args)?;
    let settings = policies.milter().clone();
    let listen = if args.listen.is_empty() { &settings.listen } else { &args.listen };
    if listen.is_empty() {
        let what = "say where mail servers connect: --listen unix:/run/mailrinse/milter.sock, or listen under [milter]";
        return Err(Failure::at("milter", what));
    }
    // Before anything is served, so that no signal is missed.
    let mut signals =
        Signals::new([SIGHUP, SIGINT, SIGTERM]).map_err(|e| Failure::at("signals", e))?;
    let log = args.log.or(settings.log).unwrap_or_default();
    let door = Arc::new(Door::new(policies, log));
    let mut listeners = Vec::new();
    for place in listen {
        listeners.push(Listener::open(place, settings.mode, settings.group.as_deref())?);
    }
    if let Some(place) = args.metrics.as_ref().or(settings.metrics.as_ref()) {
        metrics::start(place, Arc::clone(&door), rules_version())?;
    }
    let most = settings.max_connections.unwrap_or(200).max(1);
    let idle = settings.idle_timeout.unwrap_or(Duration::from_secs(600));
    let server = Server::start(Arc::clone(&door), listeners, most, idle);
    let version = env!("CARGO_PKG_VERSION");
    door.log(&format!(
        "version {version} (rules {}) serves on {}",
        rules_version(),
        listen.join(", ")
    ));
    for signal in signals.forever() {
        if signal != SIGHUP {
            break;
        }
        match self::policies(args) {
            Ok(policies) => {
                door.renew(policies);
                door.log("settings and rules were read again");
            }
            Err(failure) => door.log(&format!("the settings stay as they were: {failure}")),
        }
    }
    server.stop(PATIENCE);
    door.log("ended");
    Ok(Exit::Done)
}

fn rules_version() -> String {
    Rinser::builder().build().map(|rinser| rinser.rules().version()).unwrap_or_default()
}

fn policies(args: &MilterArgs) -> Result<Policies, Failure> {
    let file = args.config.read()?;
    if file.milter.if_dkim.is_none() {
        let what = "the settings must say what becomes of mail that its sender signed (DKIM): \
            if-dkim = \"modify\" (nobody verifies it after us) or \"skip\" under [milter]";
        return Err(Failure::at("milter", what));
    }
    let asked = Asked {
        level: Level::Patch,
        map: args.map.clone(),
        lore: args.lore.clone(),
        ..Asked::default()
    };
    let mut limits = Limits::default();
    limits.time = Some(file.milter.deadline.unwrap_or(DEADLINE));
    let id = file.authserv_id.clone();
    Policies::new(file, asked, limits, move |builder| {
        Ok(match &id {
            Some(id) => builder.mark_by(id),
            None => builder,
        })
    })
}
