//! Man pages and completions, from the command's own definition.

use super::args::Line;
use super::exit::{Exit, Failure};
use super::output;
use clap::CommandFactory;
use clap_complete::Shell;

/// Prints the man page of mailrinse, or of one of its commands
#[derive(clap::Args, Debug)]
pub struct ManArgs {
    /// The command
    #[arg(value_name = "COMMAND")]
    command: Option<String>,
}

/// Prints completions for a shell
#[derive(clap::Args, Debug)]
pub struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

/// Prints the page.
pub fn man(args: &ManArgs) -> Result<Exit, Failure> {
    let mut all = Line::command();
    all.build();
    let page = match &args.command {
        None => all,
        Some(name) => all.find_subcommand(name).cloned().ok_or_else(|| {
            let names: Vec<_> = all.get_subcommands().map(clap::Command::get_name).collect();
            Failure::at(name, format!("no command of mailrinse; there are {}", names.join(", ")))
        })?,
    };
    let mut roff = Vec::new();
    clap_mangen::Man::new(page).render(&mut roff).map_err(Failure::new)?;
    print(&roff)
}

/// Prints them.
pub fn completions(args: &CompletionsArgs) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Line::command(), "mailrinse", &mut script);
    print(&script)
}

fn print(mut bytes: &[u8]) -> Result<Exit, Failure> {
    output::print(&mut bytes).map_err(|e| Failure::at("standard output", e))?;
    Ok(Exit::Done)
}
