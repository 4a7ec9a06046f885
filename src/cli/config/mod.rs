//! Configuration files: how messages are rinsed, and which otherwise. They are
//! about messages alone, since HTML by itself has neither sender nor reader.

mod file;
mod policy;

pub use file::{File, IfDkim, Milter, Settings, Treat};
pub use policy::{Asked, Policies};

use super::args::Tone;
use super::exit::{Exit, Failure};
use super::output;
use mailrinse::Limits;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Where the settings are.
#[derive(clap::Args, Clone, Debug, Default)]
#[command(next_help_heading = "Messages")]
pub struct ConfigArgs {
    /// Settings for messages; if left out, mailrinse/config.toml in
    /// $XDG_CONFIG_HOME (~/.config), else /etc/mailrinse/config.toml
    #[arg(long, value_name = "FILE", conflicts_with = "no_config")]
    config: Option<PathBuf>,
    /// Reads no settings
    #[arg(long)]
    no_config: bool,
}

impl ConfigArgs {
    /// The settings: of the file that is named, of the first that is there, or
    /// none.
    pub fn read(&self) -> Result<File, Failure> {
        match self.path() {
            Some(path) => read(&path),
            None => Ok(File::default()),
        }
    }

    fn path(&self) -> Option<PathBuf> {
        if self.no_config {
            return None;
        }
        self.config.clone().or_else(|| places().into_iter().find(|path| path.is_file()))
    }
}

fn read(path: &Path) -> Result<File, Failure> {
    let text = fs::read_to_string(path).map_err(|error| {
        let what = match error.kind() {
            io::ErrorKind::InvalidData => "not valid UTF-8: save it as UTF-8".to_owned(),
            _ => error.to_string(),
        };
        Failure::at(path.display(), what)
    })?;
    file::read(path, &text).map_err(Failure::new)
}

/// Where a file is looked for: the user's own counts, else the system's.
fn places() -> Vec<PathBuf> {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    let own = set("XDG_CONFIG_HOME").map(PathBuf::from).filter(|folder| folder.is_absolute());
    let own = own.or_else(|| set("HOME").map(|home| Path::new(&home).join(".config")));
    let own = own.map(|folder| folder.join("mailrinse/config.toml"));
    own.into_iter().chain([PathBuf::from("/etc/mailrinse/config.toml")]).collect()
}

/// Says whether the settings are right
#[derive(clap::Args, Debug)]
#[command(args_override_self = true, subcommand_required = true, arg_required_else_help = true)]
pub struct ConfigCommand {
    #[command(subcommand)]
    what: What,
    #[command(flatten)]
    pub tone: Tone,
}

#[derive(clap::Subcommand, Debug)]
enum What {
    /// Reads a file and everything that it names; exit status 2 if something is
    /// wrong
    Check {
        /// The file; the one that would be read if left out
        #[arg(value_name = "FILE")]
        file: Option<PathBuf>,
    },
}

/// Does it.
pub fn run(args: &ConfigCommand) -> Result<Exit, Failure> {
    let What::Check { file } = &args.what;
    let path = file.clone().or_else(|| ConfigArgs::default().path());
    let Some(path) = path else {
        let looked: Vec<_> = places().iter().map(|path| path.display().to_string()).collect();
        return Err(Failure::at(
            "config",
            format!("there is none: looked for {}", looked.join(", ")),
        ));
    };
    let file = read(&path)?;
    let count = file.of_some.len();
    Policies::new(file, Asked::default(), Limits::default(), Ok)
        .map_err(|failure| Failure::at(path.display(), failure))?;
    let told = format!("{}: right, with {count} [[for]]\n", path.display());
    output::print(&mut told.as_bytes()).map_err(|e| Failure::at("standard output", e))?;
    Ok(Exit::Done)
}
