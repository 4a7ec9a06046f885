//! The command line. Decides how the library is asked, where its result goes
//! and what the caller is told; what is done to mail is the library's matter.
//! The only part that knows clap.

mod args;
mod exit;
mod kind;
mod output;
mod report;
mod run;

use args::{Args, Asked};
use exit::Exit;
use std::process::ExitCode;

/// Reads the arguments, rinses, and tells how it went.
pub fn main() -> ExitCode {
    exit::guard(|| match args::read(std::env::args_os()) {
        Asked::Rinse(args) => match run::run(&args) {
            Ok(()) => Exit::Done,
            Err(failure) => failure.tell(args.paint()),
        },
        Asked::Told(exit) => exit,
    })
    .into()
}

impl Args {
    /// Colours for standard error.
    fn paint(&self) -> output::Paint {
        output::Paint::of(self.color.into())
    }
}
