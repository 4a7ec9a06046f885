//! Exit codes, failures and panics. Mail servers bounce real mail on any code
//! but 0 and 75, so a rinse ends with one of these, whatever happens. Commands
//! are for people and scripts: 0, 1 and 2, as `grep` and `diff` have it.

use super::output::{Paint, say, tame};
use std::fmt;
use std::panic::{self, AssertUnwindSafe};
use std::process::ExitCode;
use std::sync::{Mutex, PoisonError};

/// How it ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Exit {
    /// All of the result is written.
    Done,
    /// EX_TEMPFAIL of `sysexits.h`: a mail server keeps the mail and tries
    /// again. Also for wrong arguments: they are mended, then the mail passes.
    TempFail,
    /// A command's: a check found something.
    Found,
    /// A command's: it could not do its work.
    Trouble,
}

impl Exit {
    /// The process's exit status.
    pub fn code(self) -> u8 {
        match self {
            Exit::Done => 0,
            Exit::TempFail => 75,
            Exit::Found => 1,
            Exit::Trouble => 2,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(exit.code())
    }
}

/// Why there is no result: where, what, and what to do about it.
#[derive(Debug)]
pub struct Failure(String);

impl Failure {
    /// `where: what`, with what to do as a part of what.
    pub fn at(place: impl fmt::Display, what: impl fmt::Display) -> Self {
        Failure(format!("{place}: {what}"))
    }

    /// Of the whole run.
    pub fn new(what: impl fmt::Display) -> Self {
        Failure(what.to_string())
    }

    /// Prints it, and ends so.
    pub fn tell(&self, paint: Paint, trouble: Exit) -> Exit {
        let name = paint.bad("mailrinse:");
        say(format_args!("{name} {}", tame(&self.0)));
        trouble
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Where the last panic was.
static PLACE: Mutex<Option<String>> = Mutex::new(None);

/// Runs it. A panic becomes one line: its place, not its message, which may
/// quote the mail; then it ends as in trouble.
pub fn guard(trouble: Exit, work: impl FnOnce() -> Exit) -> Exit {
    let before = panic::take_hook();
    let loud = std::env::var_os("RUST_BACKTRACE").is_some_and(|value| value != "0");
    panic::set_hook(Box::new(move |info| {
        if let Some(location) = info.location() {
            *PLACE.lock().unwrap_or_else(PoisonError::into_inner) = Some(location.to_string());
        }
        if loud {
            before(info);
        }
    }));
    let exit = caught(work);
    drop(panic::take_hook());
    exit.unwrap_or_else(|defect| {
        say(format_args!("mailrinse: {defect}"));
        trouble
    })
}

/// Runs it within [`guard`]; what is to be said of a panic is its error.
pub fn caught<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    panic::catch_unwind(AssertUnwindSafe(work)).map_err(|_| {
        let place = PLACE.lock().unwrap_or_else(PoisonError::into_inner).take();
        format!(
            "stopped by a defect of its own at {}: please report it, with version {} and the input \
             if that may be shared",
            place.as_deref().unwrap_or("an unknown place"),
            env!("CARGO_PKG_VERSION")
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_that_do_not_bounce() {
        assert_eq!(Exit::Done.code(), 0);
        assert_eq!(Exit::TempFail.code(), 75);
    }

    #[test]
    fn codes_of_commands() {
        assert_eq!((Exit::Found.code(), Exit::Trouble.code()), (1, 2));
    }

    #[test]
    fn a_panic_is_a_failure() {
        for trouble in [Exit::TempFail, Exit::Trouble] {
            assert_eq!(guard(trouble, || panic!("text of a mail")), trouble);
            assert_eq!(guard(trouble, || Exit::Done), Exit::Done);
        }
    }
}
