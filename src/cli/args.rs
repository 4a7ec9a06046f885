//! What may be asked for. An option, its help and its meaning side by side.

use super::exit::{Exit, Failure};
#[cfg(unix)]
use super::milter;
use super::output::{Color as Colour, Paint, say};
use super::remote::Remote;
use super::words::{self, Words};
use super::{config, look, mailbox, message, pages, resolve, rules, url as urls};
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{ColorChoice, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};
use mailrinse::{Builder, Error, Map, Rules};
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

const EXAMPLES: &str = "\
Examples:
  mailrinse newsletter.html > clean.html
  mailrinse --summary --report changes.jsonl -o clean.html newsletter.html
  curl -s https://example.org/mail.html | mailrinse --fragment --remote block
  mailrinse --type message < mail.eml > rinsed.eml

Exit status: 0 when the whole result is written, 75 otherwise (then nothing is
on standard output). A message that cannot be rinsed for a reason in itself is
written as it came, with a line on standard error, unless --on-error defer.
HTML comes out in UTF-8, at level patch and in messages in the charset it had.
Commands end with 0 when done, 1 when a check found something, 2 for trouble.
Options may stand before or after a command.";

/// Takes the trackers out of HTML mail, says where its links lead, and writes
/// clean, accessible HTML.
#[derive(Parser, Debug)]
#[command(
    name = "mailrinse",
    version = version(),
    after_help = EXAMPLES,
    args_override_self = true,
    override_usage = "mailrinse [OPTIONS] [FILE]\n       mailrinse <COMMAND> [OPTIONS] …",
    disable_help_subcommand = true,
    propagate_version = true
)]
pub struct Line {
    #[command(subcommand)]
    sub: Option<Sub>,
    #[command(flatten)]
    args: Args,
}

/// What a rinse is told.
#[derive(clap::Args, Debug, Default)]
pub struct Args {
    /// HTML or a message; standard input if left out or `-`
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,

    /// What the input is
    #[arg(long = "type", value_name = "TYPE", value_enum, default_value_t, help_heading = "Input")]
    pub kind: Kind,
    /// The charset of the input, if it is known from elsewhere (a
    /// Content-Type); a byte order mark counts more
    #[arg(long, value_name = "NAME", help_heading = "Input")]
    pub charset: Option<String>,
    /// What relative URLs are relative to
    #[arg(long, value_name = "URL", value_parser = base, help_heading = "Input")]
    pub base: Option<String>,
    /// Whose identifiers to look for (may be repeated)
    #[arg(long, value_name = "ADDR", value_parser = address, help_heading = "Input")]
    pub recipient: Vec<String>,

    /// Where the result goes, all of it or nothing; the input itself is fine.
    /// Standard output if left out or `-`
    #[arg(short, long, value_name = "FILE", help_heading = "Output")]
    output: Option<PathBuf>,
    /// How deep the rinse goes; clean if nothing else is said
    #[arg(long, value_enum, help_heading = "Output")]
    pub level: Option<Level>,
    /// One `div` to put into a page instead of a document
    #[arg(long, help_heading = "Output")]
    pub fragment: bool,
    /// Remote images that are no trackers: `keep` them; `block-identified`:
    /// those whose URLs carry the reader's address or identifier; `block`:
    /// nothing is loaded (boxes and descriptions stay); `proxy=TEMPLATE`: they
    /// are loaded from https://proxy.example/?url={url}. They are kept if
    /// nothing else is said
    #[arg(long, value_name = "HOW", help_heading = "Output")]
    pub remote: Option<Remote>,
    /// The key of the proxy: for {hmac} in its template, the HMAC-SHA-256 of
    /// the image's URL
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub proxy_key: Option<PathBuf>,
    /// Heads a document that has no heading with the message's Subject
    #[arg(long, conflicts_with = "fragment", help_heading = "Output")]
    pub heading: bool,
    /// Text that the mail's CSS hides; kept if nothing else is said
    #[arg(long, value_enum, help_heading = "Output")]
    pub hidden: Option<Hidden>,
    /// Whether a second HTML parser compares what it reads with what was
    /// written
    #[arg(long, value_enum, default_value_t, help_heading = "Output")]
    pub seal: Seal,

    #[command(flatten)]
    pub message: message::MessageArgs,

    /// Wrapped links whose targets are known: two columns with a tab between
    /// them, or TOML
    #[arg(long, value_name = "FILE", help_heading = "Rules")]
    pub map: Option<PathBuf>,
    #[command(flatten)]
    pub lore: Lore,
    #[command(flatten)]
    pub net: resolve::NetArgs,
    /// Asks known redirectors over the network where the mail's links lead;
    /// this tells the sender that someone follows them
    #[arg(long, help_heading = "Network")]
    pub resolve: bool,

    /// Writes what was found and done as JSON Lines; `-` is standard error
    #[arg(long, value_name = "FILE", help_heading = "Report")]
    pub report: Option<PathBuf>,
    /// Says in a few words on standard error what was done
    #[arg(long, help_heading = "Report")]
    pub summary: bool,
    /// Shows addresses and tokens in reports; they are masked otherwise
    #[arg(long, help_heading = "Report")]
    pub unmask: bool,
    /// Lists what was found and done on standard error; twice: with evidence
    #[arg(short, long, action = clap::ArgAction::Count, help_heading = "Report")]
    pub verbose: u8,
    /// Says nothing but errors
    #[arg(short, long, conflicts_with_all = ["verbose", "summary"], help_heading = "Report")]
    pub quiet: bool,
    #[command(flatten)]
    pub tone: Tone,
}

/// The names of what else mailrinse can do.
const COMMANDS: &[&str] = &[
    "url",
    "explain",
    "check",
    "diff",
    "resolve",
    "mailbox",
    "rules",
    "config",
    "man",
    "completions",
    #[cfg(unix)]
    "milter",
];

/// What else mailrinse can do.
#[derive(Subcommand, Debug)]
pub enum Sub {
    Url(urls::UrlArgs),
    Explain(Box<look::explain::ExplainArgs>),
    Check(Box<look::check::CheckArgs>),
    Diff(Box<look::diff::DiffArgs>),
    Resolve(resolve::ResolveArgs),
    Mailbox(mailbox::MailboxArgs),
    Rules(rules::RulesArgs),
    Config(config::ConfigCommand),
    Man(pages::ManArgs),
    Completions(pages::CompletionsArgs),
    #[cfg(unix)]
    Milter(Box<milter::MilterArgs>),
}

/// Rules beyond the built-in ones, and without some of them.
#[derive(clap::Args, Clone, Debug, Default)]
#[command(next_help_heading = "Rules")]
pub struct Lore {
    /// Adds the rule files of a folder
    #[arg(long, value_name = "DIR")]
    pub rules: Option<PathBuf>,
    /// Switches rules off by their ids (may be repeated): `access.*`, or
    /// `@providers` for all that is known of single senders
    #[arg(long, value_name = "GLOB")]
    pub disable: Vec<String>,
    /// Switches rules on that are off by themselves (may be repeated)
    #[arg(long, value_name = "GLOB")]
    pub enable: Vec<String>,
}

impl Lore {
    /// Tells a builder of it, and of a redirect map.
    pub fn tell(&self, mut builder: Builder, map: Option<&Path>) -> Result<Builder, Failure> {
        for glob in &self.disable {
            builder = builder.disable(glob);
        }
        for glob in &self.enable {
            builder = builder.enable(glob);
        }
        if let Some(dir) = &self.rules {
            builder = builder.rules(dir);
        }
        if let Some(path) = map {
            builder = builder.map(read_map(path)?);
        }
        Ok(builder)
    }

    /// An error of the rules, in words.
    pub fn fault(&self, error: Error) -> Failure {
        match (&self.rules, error) {
            (Some(dir), Error::Io(error)) => {
                Failure::at(format!("--rules {}", dir.display()), error)
            }
            (_, error) => Failure::new(error),
        }
    }
}

fn read_map(path: &Path) -> Result<Map, Failure> {
    let name = path.display().to_string();
    let bytes = std::fs::read(path).map_err(|e| Failure::at(format!("--map {name}"), e))?;
    let text = String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let line = 1 + error.as_bytes()[..at].iter().filter(|&&b| b == b'\n').count();
        Failure::at(format!("--map {name}:{line}"), "not valid UTF-8: save the map as UTF-8")
    })?;
    Map::parse(&name, &text).map_err(|error| Failure::new(format!("--map {error}")))
}

/// How it is said.
#[derive(clap::Args, Debug, Default)]
pub struct Tone {
    /// Colours on standard error; auto obeys NO_COLOR
    #[arg(long, value_name = "WHEN", value_enum, default_value_t, help_heading = "Report")]
    pub color: Color,
}

impl Tone {
    /// Colours for standard error.
    pub fn paint(&self) -> Paint {
        Paint::of(self.color.into(), &io::stderr())
    }

    /// Colours for standard output.
    pub fn page(&self) -> Paint {
        Paint::of(self.color.into(), &io::stdout())
    }
}

impl Args {
    /// The input; none is standard input.
    pub fn file(&self) -> Option<&Path> {
        self.file.as_deref().filter(|path| *path != Path::new("-"))
    }

    /// The output; none is standard output.
    pub fn output(&self) -> Option<&Path> {
        self.output.as_deref().filter(|path| *path != Path::new("-"))
    }
}

#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Kind {
    /// By the file's ending, else by its beginning
    #[default]
    Auto,
    /// HTML
    Html,
    /// A whole e-mail message: its HTML parts are rinsed, every other byte stays
    Message,
}

#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Level {
    /// Every byte is written anew in a strict grammar
    #[default]
    Clean,
    /// Only trackers, links and a few repairs; every other byte stays. Not a
    /// sanitizer
    Patch,
}

#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Hidden {
    /// It stays hidden
    #[default]
    Keep,
    /// It is left out
    Drop,
}

#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Seal {
    /// Where the source held what is hard to reason about
    #[default]
    Auto,
    /// On every mail
    Always,
    /// Never
    Never,
}

#[derive(ValueEnum, Clone, Copy, Debug, Default)]
pub enum Color {
    /// On a terminal
    #[default]
    Auto,
    /// Also into files and pipes
    Always,
    /// Never
    Never,
}

impl From<Level> for mailrinse::Level {
    fn from(level: Level) -> Self {
        match level {
            Level::Clean => Self::Clean,
            Level::Patch => Self::Patch,
        }
    }
}

impl From<Hidden> for mailrinse::Hidden {
    fn from(hidden: Hidden) -> Self {
        match hidden {
            Hidden::Keep => Self::Keep,
            Hidden::Drop => Self::Drop,
        }
    }
}

impl From<Seal> for mailrinse::Seal {
    fn from(seal: Seal) -> Self {
        match seal {
            Seal::Auto => Self::Auto,
            Seal::Always => Self::Always,
            Seal::Never => Self::Never,
        }
    }
}

impl From<Color> for Colour {
    fn from(color: Color) -> Self {
        match color {
            Color::Auto => Self::Auto,
            Color::Always => Self::Always,
            Color::Never => Self::Never,
        }
    }
}

/// What the command line asks for.
pub enum Asked {
    Rinse(Box<Args>),
    Do(Box<Sub>),
    /// Help, the version or an error was printed.
    Told(Exit),
}

/// What a rinse is told by a command line without any fault, in which no word
/// is a sub-command's name. It is what nearly all look like, and spares the
/// others' arguments being made at every start.
pub fn plain(words: &[OsString]) -> Option<Args> {
    if words.iter().skip(1).any(|word| COMMANDS.iter().any(|command| word == command)) {
        return None;
    }
    bare(words).or_else(|| parsed(words))
}

/// What a rinse is told by no more than a file's name, or by nothing, as in a
/// pipe: that needs no parser.
fn bare(words: &[OsString]) -> Option<Args> {
    let mut args = Args::default();
    for word in words.get(1..)? {
        match word.as_encoded_bytes() {
            [] | [b'-', _, ..] => return None,
            _ if args.file.is_some() => return None,
            _ => args.file = Some(word.into()),
        }
    }
    Some(args)
}

fn parsed(words: &[OsString]) -> Option<Args> {
    let command = clap::Command::new("mailrinse").args_override_self(true);
    // Help, the version and faults are told by the whole command.
    let command = command.disable_help_flag(true).disable_version_flag(true);
    let command = <Args as clap::Args>::augment_args(command);
    Args::from_arg_matches_mut(&mut command.try_get_matches_from(words).ok()?).ok()
}

/// The words of the command line, a sub-command first, and what they may be.
pub fn order(words: Vec<OsString>) -> (Words, clap::Command) {
    let command = Line::command();
    (Words::order(&command, words), command)
}

/// Reads the command line. Where it is wrong, it ends so.
pub fn read(words: &Words, command: clap::Command, trouble: Exit) -> Asked {
    let command = command.color(colour(&words.list));
    let line = command.try_get_matches_from(&words.list).and_then(|m| Line::from_arg_matches(&m));
    let error = match line {
        Ok(Line { sub: Some(sub), .. }) if words.sub => return Asked::Do(Box::new(sub)),
        Ok(Line { sub: Some(_), .. }) => {
            one_file(words);
            return Asked::Told(trouble);
        }
        Ok(Line { args, .. }) => return Asked::Rinse(Box::new(args)),
        Err(error) => error,
    };
    let asked = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
    let printed = error.print();
    if asked && printed.is_ok() {
        return Asked::Told(Exit::Done);
    }
    if let (ErrorKind::UnknownArgument, Some(ContextValue::String(word)), false) =
        (error.kind(), error.get(ContextKind::InvalidArg), words.sub)
        && !word.starts_with('-')
    {
        one_file(words);
    }
    Asked::Told(trouble)
}

/// There are two words that are no options: one is a file, the other too much.
fn one_file(words: &Words) {
    match meant(words.first.as_deref().unwrap_or_default()) {
        Some(hint) => say(format_args!("{hint}")),
        None => say(format_args!("mailrinse takes one FILE; its commands are {}.", commands())),
    }
}

/// The names of the commands, for messages.
pub fn commands() -> String {
    let names = Line::command();
    let names: Vec<&str> = names.get_subcommands().map(clap::Command::get_name).collect();
    names.join(", ")
}

/// What a missing file's name may have meant.
pub fn meant(name: &str) -> Option<String> {
    words::meant(&Line::command(), name)
}

/// The colours for clap's own messages: `--color` must count in its errors
/// about other options, too.
fn colour(words: &[OsString]) -> ColorChoice {
    let mut choice = ColorChoice::Auto;
    for (i, word) in words.iter().enumerate() {
        let value = match word.to_str() {
            Some("--color") => words.get(i + 1).and_then(|next| next.to_str()),
            Some(word) => word.strip_prefix("--color="),
            None => None,
        };
        choice = match value {
            Some("always") => ColorChoice::Always,
            Some("never") => ColorChoice::Never,
            _ => choice,
        };
    }
    choice
}

/// `0.1.0 (rules 0123456789ab)`
fn version() -> &'static str {
    static VERSION: LazyLock<String> = LazyLock::new(|| {
        format!("{} (rules {})", env!("CARGO_PKG_VERSION"), Rules::builtin().version())
    });
    &VERSION
}

pub fn base(text: &str) -> Result<String, String> {
    match url::Url::parse(text) {
        Ok(url) if matches!(url.scheme(), "http" | "https") => Ok(text.to_owned()),
        _ => Err("give a whole http or https URL".to_owned()),
    }
}

pub fn address(text: &str) -> Result<String, String> {
    let plain = |c: char| !c.is_whitespace() && !c.is_control() && !"<>,".contains(c);
    match text.rsplit_once('@') {
        Some((local, domain))
            if !local.is_empty() && !domain.is_empty() && text.chars().all(plain) =>
        {
            Ok(text.to_owned())
        }
        _ => Err("give one bare address, like reader@example.org".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clap_agrees() {
        Line::command().debug_assert();
        let all = Line::command();
        let names: Vec<_> = all.get_subcommands().map(clap::Command::get_name).collect();
        assert_eq!(names, COMMANDS);
    }

    fn plain_of(line: &str) -> Option<Args> {
        plain(&line.split(' ').map(OsString::from).collect::<Vec<_>>())
    }

    #[test]
    fn what_is_plain_is_read_as_by_the_whole_command() {
        for line in [
            "m",
            "m a.html",
            "m -",
            "m --",
            "m --no-config a.html",
            "m -v --level patch - -o out.html -v",
            "m --disable a.* --disable b --enable c --seal never --quiet -- -x.html",
            "m --level clean --level patch --remote=block --color always",
        ] {
            let whole = Line::parse_from(line.split(' '));
            assert_eq!(format!("{:?}", plain_of(line).unwrap()), format!("{:?}", whole.args));
        }
        for line in [
            "m ",
            "m a ",
            "m --no-config a b",
            "m --help",
            "m -V",
            "m a b",
            "m --levle patch",
            "m url x",
            "m -o url",
            "m -q -v",
            "m --level deep",
        ] {
            assert!(plain_of(line).is_none(), "{line}");
        }
    }

    #[test]
    fn a_dash_is_the_standard_stream() {
        let Line { args, .. } = Line::parse_from(["mailrinse", "-", "-o", "-"]);
        assert_eq!((args.file(), args.output()), (None, None));
    }

    #[test]
    fn values_are_judged_early() {
        assert!(base("https://example.org/a/").is_ok());
        assert!(base("example.org").is_err());
        assert!(base("javascript:alert(1)").is_err());
        assert!(address("reader@example.org").is_ok());
        assert!(address("A Reader <reader@example.org>").is_err());
        assert!(address("reader").is_err());
    }
}
