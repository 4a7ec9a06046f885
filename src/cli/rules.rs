//! `mailrinse rules`: lists, shows and checks rules. What a rule is is the
//! library's matter.

use super::args::{Lore, Tone};
use super::exit::{Exit, Failure};
use super::output::{self, Paint, say, tame};
use clap::{Subcommand, ValueEnum};
use mailrinse::{Listed, Rinser, RuleKind, check_rules};
use serde_json::json;
use std::fmt::Write as _;
use std::path::PathBuf;

/// Lists, shows and checks what is known about senders
#[derive(clap::Args, Debug)]
pub struct RulesArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand, Debug)]
enum What {
    /// Lists the rules that hold, with the version of the set
    List(ListArgs),
    /// Shows one rule, with its examples
    Show(ShowArgs),
    /// Reads rule files, tries their examples, and says what is wrong
    ///
    /// Exit status: 0 if all is well (warnings are), 1 if something is wrong,
    /// 2 if it could not be looked at.
    Check(CheckArgs),
}

#[derive(clap::Args, Debug)]
#[command(args_override_self = true)]
struct ListArgs {
    /// In which form
    #[arg(long, value_name = "FORM", value_enum, default_value_t)]
    format: Form,
    #[command(flatten)]
    lore: Lore,
    #[command(flatten)]
    tone: Tone,
}

#[derive(clap::Args, Debug)]
#[command(args_override_self = true)]
struct ShowArgs {
    /// The rule: links.marketo.click
    #[arg(value_name = "ID")]
    id: String,
    #[command(flatten)]
    lore: Lore,
    #[command(flatten)]
    tone: Tone,
}

#[derive(clap::Args, Debug)]
#[command(args_override_self = true)]
struct CheckArgs {
    /// Rule files, or folders of them
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<PathBuf>,
    /// Says nothing of warnings
    #[arg(short, long, help_heading = "Report")]
    quiet: bool,
    #[command(flatten)]
    tone: Tone,
}

#[derive(ValueEnum, Clone, Copy, Debug, Default)]
enum Form {
    /// One id a line, with vendor and what it is about
    #[default]
    Text,
    /// One JSON object
    Json,
    /// Markdown
    Md,
    /// A page for the people whose mail is rinsed, in Markdown
    Page,
}

impl RulesArgs {
    /// Colours for standard error.
    pub fn paint(&self) -> Paint {
        match &self.what {
            What::List(args) => args.tone.paint(),
            What::Show(args) => args.tone.paint(),
            What::Check(args) => args.tone.paint(),
        }
    }
}

/// Does what was asked for.
pub fn run(args: &RulesArgs) -> Result<Exit, Failure> {
    match &args.what {
        What::List(args) => list(args),
        What::Show(args) => show(args),
        What::Check(args) => check(args),
    }
}

fn rinser(lore: &Lore) -> Result<Rinser, Failure> {
    lore.tell(Rinser::builder(), None)?.build().map_err(|error| lore.fault(error))
}

fn list(args: &ListArgs) -> Result<Exit, Failure> {
    let rinser = rinser(&args.lore)?;
    let rules = rinser.listed();
    let text = match args.format {
        Form::Text => {
            let line = |rule: &Listed| format!("{}\t{}\t{}\n", rule.id, rule.vendor, rule.about);
            rules.iter().map(line).collect()
        }
        Form::Json => {
            let whole = json!({ "version": rinser.rules().version(), "rules": rules });
            serde_json::to_string_pretty(&whole).map_err(Failure::new)? + "\n"
        }
        Form::Md => rinser.rules_markdown(),
        Form::Page => rinser.rules_page(),
    };
    print(&text)
}

fn show(args: &ShowArgs) -> Result<Exit, Failure> {
    let rules = rinser(&args.lore)?.listed();
    let Some(rule) = rules.iter().find(|rule| rule.id == args.id) else {
        let near = |rule: &&Listed| rule.id.contains(&args.id);
        let near: Vec<&str> = rules.iter().filter(near).take(5).map(|rule| &*rule.id).collect();
        let hint = match near.is_empty() {
            true => "mailrinse rules list shows all".to_owned(),
            false => format!("there are {}", near.join(", ")),
        };
        return Err(Failure::at(&args.id, format!("no such rule, or it is switched off: {hint}")));
    };
    print(&about(rule))
}

fn about(rule: &Listed) -> String {
    let mut text = format!("{}\n  {}\n", rule.id, rule.about);
    let mut field = |name: &str, value: &str| {
        if !value.is_empty() {
            let _ = writeln!(text, "  {name:<9} {value}");
        }
    };
    field("vendor", &rule.vendor);
    field(
        "file",
        &match (rule.kind, rule.loaded) {
            (RuleKind::Code, _) => "none: decided by code".to_owned(),
            (_, true) => format!("{}.toml, of yours", rule.file),
            (_, false) => format!("{}.toml, built in", rule.file),
        },
    );
    field("matches", &rule.matches);
    field("says", &rule.says);
    for source in &rule.source {
        field("source", source);
    }
    for example in &rule.examples {
        field("example", &example.input);
        if let Some(becomes) = &example.becomes {
            field("  becomes", becomes);
        }
    }
    text
}

/// Rule files are the user's, but may have come by mail: text of theirs must
/// not control the terminal.
fn print(text: &str) -> Result<Exit, Failure> {
    let tamed: String = text.split('\n').map(tame).collect::<Vec<_>>().join("\n");
    let printed = output::print(&mut tamed.as_bytes());
    printed.map_err(|e| Failure::at("standard output", e))?;
    Ok(Exit::Done)
}

fn check(args: &CheckArgs) -> Result<Exit, Failure> {
    let paint = args.tone.paint();
    let mut exit = Exit::Done;
    for remark in check_rules(&args.paths).map_err(Failure::new)? {
        let place = remark.line.map_or(remark.file.clone(), |n| format!("{}:{n}", remark.file));
        let word = match remark.error {
            true => paint.bad("error:"),
            false => paint.seen("warning:"),
        };
        if remark.error {
            exit = Exit::Found;
        }
        if remark.error || !args.quiet {
            say(format_args!("{}: {word} {}", tame(&place), tame(&remark.message)));
        }
    }
    Ok(exit)
}
