//! Where a filter's lines go: standard error, or the system's log.

use super::output::tame;
use clap::ValueEnum;
use std::io::Write;

/// Where lines go.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Log {
    /// Standard error
    #[default]
    Stderr,
    /// The system's log (syslog, facility mail)
    Syslog,
}

impl Log {
    /// Writes a line. Where that cannot be done there is no one to tell.
    pub fn line(self, line: &str) {
        let line = tame(line).replace('\n', " ");
        if self == Log::Syslog && syslog(&line) {
            return;
        }
        let _ = writeln!(std::io::stderr().lock(), "mailrinse: {line}");
    }
}

/// RFC 3164, as the C library writes it: facility mail (2), severity info (6).
#[cfg(unix)]
fn syslog(line: &str) -> bool {
    use std::os::unix::net::UnixDatagram;
    let text = format!("<22>mailrinse[{}]: {line}", std::process::id());
    let sent = UnixDatagram::unbound().and_then(|to| to.send_to(text.as_bytes(), "/dev/log"));
    sent.is_ok()
}

#[cfg(not(unix))]
fn syslog(_: &str) -> bool {
    false
}
