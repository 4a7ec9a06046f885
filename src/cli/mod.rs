//! The command line. Decides how the library is asked, where its result goes
//! and what the caller is told; what is done to mail is the library's matter.
//! The only part that knows clap.

mod args;
mod config;
mod exit;
mod keep;
mod kind;
mod log;
mod look;
mod mailbox;
mod message;
#[cfg(unix)]
mod milter;
mod output;
mod pages;
mod remote;
mod report;
mod resolve;
mod rules;
mod run;
mod source;
mod url;
mod words;

use args::{Args, Asked, Sub};
use exit::Exit;
use std::ffi::OsString;
use std::process::ExitCode;

/// Reads the arguments, does what they say, and tells how it went.
pub fn main() -> ExitCode {
    let words: Vec<_> = std::env::args_os().collect();
    exit::guard(Exit::TempFail, || match args::plain(&words) {
        Some(args) => rinse(&args),
        None => with_commands(words),
    })
    .into()
}

/// The same where a word may name a command, or something is wrong.
fn with_commands(words: Vec<OsString>) -> Exit {
    let (words, command) = args::order(words);
    let trouble = if words.sub { Exit::Trouble } else { Exit::TempFail };
    exit::guard(trouble, || match args::read(&words, command, trouble) {
        Asked::Rinse(args) => rinse(&args),
        Asked::Do(sub) => {
            let (paint, done) = match &*sub {
                Sub::Url(args) => (args.tone.paint(), url::run(args)),
                Sub::Resolve(args) => (args.tone.paint(), resolve::run(args)),
                Sub::Explain(args) => (args.look.tone.paint(), look::explain::run(args)),
                Sub::Check(args) => (args.look.tone.paint(), look::check::run(args)),
                Sub::Diff(args) => (args.look.tone.paint(), look::diff::run(args)),
                Sub::Mailbox(args) => (args.tone.paint(), mailbox::run(args)),
                Sub::Config(args) => (args.tone.paint(), config::run(args)),
                #[cfg(unix)]
                Sub::Milter(args) => (args.tone.paint(), milter::run(args)),
                Sub::Man(args) => (output::Paint::none(), pages::man(args)),
                Sub::Completions(args) => (output::Paint::none(), pages::completions(args)),
                Sub::Rules(args) => (args.paint(), rules::run(args)),
            };
            done.unwrap_or_else(|failure| failure.tell(paint, trouble))
        }
        Asked::Told(exit) => exit,
    })
}

/// Rinses a mail. What hinders it may pass, so mail servers are to try again.
fn rinse(args: &Args) -> Exit {
    run::run(args).map_or_else(
        |failure| {
            args.message.log_failure(&failure);
            failure.tell(args.paint(), Exit::TempFail)
        },
        |()| Exit::Done,
    )
}

impl Args {
    /// Colours for standard error.
    fn paint(&self) -> output::Paint {
        self.tone.paint()
    }
}
