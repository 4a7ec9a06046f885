//! Looking at a mail without writing one: what was found and why, for a person
//! (`explain`) and for scripts (`check`), and what would change (`diff`).

pub mod check;
pub mod diff;
pub mod explain;

use super::args::{self, Kind, Level, Lore, Tone};
use super::exit::{Failure, caught};
use super::kind::{self, What};
use super::message;
use super::source::Source;
use mailrinse::{Builder, Context, Input, Limits, Masker, Rinsed, Rinser};
use std::borrow::Cow;
use std::path::{Path, PathBuf};

/// How a mail is read and judged.
#[derive(clap::Args, Debug)]
pub struct LookArgs {
    /// What the input is
    #[arg(long = "type", value_name = "TYPE", value_enum, default_value_t, help_heading = "Input")]
    kind: Kind,
    /// The charset of HTML, if it is known from elsewhere
    #[arg(long, value_name = "NAME", help_heading = "Input")]
    charset: Option<String>,
    /// What relative URLs are relative to
    #[arg(long, value_name = "URL", value_parser = args::base, help_heading = "Input")]
    base: Option<String>,
    /// Whose identifiers to look for (may be repeated)
    #[arg(long, value_name = "ADDR", value_parser = args::address, help_heading = "Input")]
    recipient: Vec<String>,
    /// The level of the rinse that is asked about
    #[arg(long, value_enum, default_value_t)]
    level: Level,
    /// Wrapped links whose targets are known
    #[arg(long, value_name = "FILE", help_heading = "Rules")]
    map: Option<PathBuf>,
    #[command(flatten)]
    lore: Lore,
    /// Shows addresses and tokens; they are masked otherwise
    #[arg(long, help_heading = "Report")]
    unmask: bool,
    /// Says nothing but errors
    #[arg(short, long, help_heading = "Report")]
    quiet: bool,
    #[command(flatten)]
    pub tone: Tone,
}

/// A mail that was read.
pub struct Mail {
    /// In what is said to the user.
    pub name: String,
    pub what: What,
    pub bytes: Vec<u8>,
}

impl LookArgs {
    /// Reads a file; none, or `-`, is standard input.
    pub fn read(&self, file: Option<&Path>) -> Result<Mail, Failure> {
        let file = file.filter(|path| *path != Path::new("-"));
        let mut source = Source::open(file, self.quiet)?;
        let mut bytes = source.head(Limits::default().window as u64)?;
        let what = kind::tell(self.kind, file, &source.name, &bytes)?;
        source.rest(&mut bytes)?;
        if what == What::Message && self.charset.is_some() {
            let what = "this is for HTML by itself; the input is a message";
            return Err(Failure::at("--charset", what));
        }
        Ok(Mail { name: source.name, what, bytes })
    }

    /// A rinser as the arguments ask, and as `set` does.
    pub fn rinser(&self, set: impl Fn(Builder) -> Builder) -> Result<Rinser, Failure> {
        let mut limits = Limits::default();
        // Nobody waits for a mail, but somebody for an answer.
        limits.time = Some(10 * message::DEADLINE);
        let builder = set(Rinser::builder().level(self.level.into()).limits(limits));
        let builder = self.lore.tell(builder, self.map.as_deref())?;
        builder.build().map_err(|error| self.lore.fault(error))
    }

    /// Rinses a mail in memory.
    pub fn rinse<'m>(&'m self, rinser: &Rinser, mail: &'m Mail) -> Result<Rinsed<'m>, Failure> {
        let mut cx = Context::default();
        for address in &self.recipient {
            cx = cx.recipient(address);
        }
        if let Some(base) = &self.base {
            cx = cx.base(base);
        }
        let rinsed = caught(|| match (mail.what, &self.charset) {
            (What::Message, _) => rinser.message(&mail.bytes, &cx),
            (_, Some(charset)) => rinser.html(Input::with_charset(&mail.bytes, charset), &cx),
            _ => rinser.html(&mail.bytes, &cx),
        });
        match rinsed {
            Ok(rinsed) => rinsed.map_err(|error| Failure::at(&mail.name, error)),
            Err(defect) => Err(Failure::at(&mail.name, defect)),
        }
    }

    /// Masks, unless told not to.
    fn veil(&self) -> Veil {
        Veil((!self.unmask).then(Masker::default))
    }
}

/// Hides addresses and tokens.
struct Veil(Option<Masker>);

impl Veil {
    fn url<'u>(&mut self, url: &'u str) -> Cow<'u, str> {
        match &mut self.0 {
            Some(masker) => Cow::Owned(masker.url(url)),
            None => Cow::Borrowed(url),
        }
    }

    fn text<'u>(&mut self, text: &'u str) -> Cow<'u, str> {
        match &mut self.0 {
            Some(masker) => Cow::Owned(masker.text(text)),
            None => Cow::Borrowed(text),
        }
    }
}

/// In one line, and nothing that controls a terminal.
fn one(text: &str) -> String {
    super::output::tame(text).replace('\n', " ")
}
