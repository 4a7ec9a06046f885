//! Where mail comes from: a file or standard input.

use super::exit::Failure;
use super::output::say;
use std::fs::File;
use std::io::{self, IsTerminal, Read};
use std::path::Path;

/// The input.
pub struct Source {
    /// In what is said to the user.
    pub name: String,
    from: Box<dyn Read>,
}

impl Source {
    /// A file's, or standard input's.
    pub fn open(path: Option<&Path>, quiet: bool) -> Result<Self, Failure> {
        let Some(path) = path else {
            if io::stdin().is_terminal() && !quiet {
                say(format_args!("mailrinse: reading from the terminal (--help for help)"));
            }
            return Ok(Source { name: "standard input".into(), from: Box::new(io::stdin()) });
        };
        let name = path.display().to_string();
        match File::open(path) {
            Ok(file) => Ok(Source { name, from: Box::new(file) }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Err(match super::args::meant(&name) {
                    Some(hint) => Failure::at(name, format!("no such file: {hint}")),
                    None if is_word(&name) => {
                        let what = format!(
                            "no such file, and no command of mailrinse: name a file, pipe HTML or a \
                             message into it, or say one of {} (see --help)",
                            super::args::commands()
                        );
                        Failure::at(name, what)
                    }
                    None => Failure::at(name, error),
                })
            }
            Err(error) => Err(Failure::at(name, error)),
        }
    }

    /// The first bytes, so many or all.
    pub fn head(&mut self, most: u64) -> Result<Vec<u8>, Failure> {
        let mut head = Vec::new();
        let read = self.from.by_ref().take(most).read_to_end(&mut head);
        read.map_err(|e| Failure::at(&self.name, e))?;
        Ok(head)
    }

    /// What is behind the head.
    pub fn rest(&mut self, all: &mut Vec<u8>) -> Result<(), Failure> {
        self.from.read_to_end(all).map_err(|e| Failure::at(&self.name, e)).map(drop)
    }

    /// A piece of it; nothing at the end.
    pub fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Failure> {
        loop {
            match self.from.read(buffer) {
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                read => return read.map_err(|e| Failure::at(&self.name, e)),
            }
        }
    }
}

/// Whether it reads like a sub-command.
fn is_word(name: &str) -> bool {
    name.bytes().all(|b| b.is_ascii_lowercase() || b == b'-')
}
