//! The text of a configuration file, read: every key known, every value
//! possible, or an error that says which line.

use super::super::args::{Hidden, Level};
use super::super::keep::Keep;
use super::super::log::Log;
use super::super::message::Receipts;
use super::super::remote::Remote;
use super::super::words;
use clap::ValueEnum;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What is to be done; what is left out is as it was before.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Settings {
    pub off: Option<bool>,
    pub level: Option<Level>,
    pub remote: Option<Remote>,
    pub hidden: Option<Hidden>,
    pub receipts: Option<Receipts>,
    pub heading: Option<bool>,
    pub disable: Vec<String>,
    pub enable: Vec<String>,
}

impl Settings {
    /// Puts others on top; lists add up.
    pub fn overlay(&mut self, other: &Settings) {
        self.off = other.off.or(self.off);
        self.level = other.level.or(self.level);
        self.remote = other.remote.clone().or(self.remote.take());
        self.hidden = other.hidden.or(self.hidden);
        self.receipts = other.receipts.or(self.receipts);
        self.heading = other.heading.or(self.heading);
        for (list, more) in [(&mut self.disable, &other.disable), (&mut self.enable, &other.enable)]
        {
            list.extend(
                more.iter().filter(|glob| !list.contains(glob)).cloned().collect::<Vec<_>>(),
            );
        }
    }
}

/// What is to be done with some messages: all of what is said of them must
/// hold, each of the lists by one of its globs.
#[derive(Clone, Default, Debug)]
pub struct For {
    pub sender: Vec<String>,
    pub list_id: Vec<String>,
    pub recipient: Vec<String>,
    pub authenticated: Option<bool>,
    pub settings: Settings,
}

/// A file.
#[derive(Clone, Default, Debug)]
pub struct File {
    pub of_all: Settings,
    pub of_some: Vec<For>,
    pub map: Option<PathBuf>,
    pub rules: Option<PathBuf>,
    pub proxy_key: Option<PathBuf>,
    pub authserv_id: Option<String>,
    pub keep: Option<Keep>,
    pub milter: Milter,
}

/// How the milter works; what is left out is for it to say.
#[derive(Clone, Default, Debug)]
pub struct Milter {
    pub listen: Vec<String>,
    /// Permissions of sockets that are files.
    pub mode: Option<u32>,
    pub group: Option<String>,
    pub if_dkim: Option<IfDkim>,
    pub authenticated: Option<Treat>,
    pub local: Option<Treat>,
    pub null_sender: Option<Treat>,
    /// Bytes of a body.
    pub max_size: Option<u64>,
    pub max_connections: Option<u32>,
    pub idle_timeout: Option<Duration>,
    pub deadline: Option<Duration>,
    pub metrics: Option<String>,
    pub log: Option<Log>,
}

/// What becomes of mail that its sender signed (DKIM).
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub enum IfDkim {
    /// It is rinsed; whoever verifies it afterwards sees a broken signature.
    Modify,
    /// It is left alone.
    Skip,
}

/// What becomes of mail of some kind.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub enum Treat {
    Skip,
    Rinse,
}

/// Reads a text. The error says where.
pub fn read(path: &Path, text: &str) -> Result<File, String> {
    let top: Top = toml::from_str(text).map_err(|error| told(path, text, &error))?;
    let mut file = File {
        of_all: Settings {
            off: top.off,
            level: top.level.map(|it| it.0),
            remote: top.remote.map(|it| it.0),
            hidden: top.hidden.map(|it| it.0),
            receipts: top.receipts.map(|it| it.0),
            heading: top.heading,
            disable: top.disable,
            enable: top.enable,
        },
        of_some: Vec::new(),
        map: top.map.map(|file| beside(path, file)),
        rules: top.rules.map(|folder| beside(path, folder)),
        proxy_key: top.proxy_key.map(|file| beside(path, file)),
        authserv_id: top.authserv_id,
        keep: top.keep_original.map(|it| Keep::new(beside(path, it.dir), it.days, it.mib)),
        milter: top.milter.read(path)?,
    };
    for spanned in top.of_some {
        let line = line(text, spanned.span().start);
        let one = spanned.into_inner();
        let lists =
            [("sender", &one.sender), ("list-id", &one.list_id), ("recipient", &one.recipient)];
        let wrong = |what: String| Err(format!("{}:{line}: {what}", path.display()));
        if lists.iter().all(|(_, list)| list.0.is_empty()) {
            return wrong(
                "this [[for]] says of no message: give it sender, list-id or recipient".into(),
            );
        }
        for (name, list) in &lists[..] {
            if *name != "list-id"
                && let Some(glob) = list.0.iter().find(|glob| !glob.contains('@') && *glob != "*")
            {
                return wrong(format!(
                    "{name} = {glob:?} is no address: for a whole domain write \"*@{glob}\""
                ));
            }
        }
        file.of_some.push(For {
            sender: one.sender.0,
            list_id: one.list_id.0,
            recipient: one.recipient.0,
            authenticated: one.authenticated,
            settings: Settings {
                off: one.off,
                level: one.level.map(|it| it.0),
                remote: one.remote.map(|it| it.0),
                hidden: one.hidden.map(|it| it.0),
                receipts: one.receipts.map(|it| it.0),
                heading: one.heading,
                disable: one.disable,
                enable: one.enable,
            },
        });
    }
    Ok(file)
}

/// Relative paths are relative to the file that names them.
fn beside(file: &Path, path: PathBuf) -> PathBuf {
    file.parent().map_or(path.clone(), |folder| folder.join(path))
}

fn line(text: &str, at: usize) -> usize {
    1 + text[..at.min(text.len())].matches('\n').count()
}

/// The parser's words, with the line, and what may have been meant.
fn told(path: &Path, text: &str, error: &toml::de::Error) -> String {
    let at = error.span().map(|span| line(text, span.start));
    let place = at.map_or(String::new(), |line| format!("{line}: "));
    let said = error.message().trim();
    // "unknown field `levle`, expected one of `off`, `level`, …"
    let mut names = said.split('`').skip(1).step_by(2);
    let near = match (said.starts_with("unknown field"), names.next()) {
        (true, Some(wrong)) => words::nearest(wrong, names),
        _ => None,
    };
    let near = near.map(|name| format!(" (did you mean {name}?)")).unwrap_or_default();
    format!("{}:{place}{said}{near}", path.display())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Top {
    off: Option<bool>,
    level: Option<Named<Level>>,
    remote: Option<How>,
    hidden: Option<Named<Hidden>>,
    receipts: Option<Named<Receipts>>,
    heading: Option<bool>,
    #[serde(default)]
    disable: Vec<String>,
    #[serde(default)]
    enable: Vec<String>,
    map: Option<PathBuf>,
    rules: Option<PathBuf>,
    proxy_key: Option<PathBuf>,
    authserv_id: Option<String>,
    keep_original: Option<KeepTable>,
    #[serde(rename = "for", default)]
    of_some: Vec<toml::Spanned<Messages>>,
    #[serde(default)]
    milter: MilterTable,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Messages {
    #[serde(default)]
    sender: List,
    #[serde(default)]
    list_id: List,
    #[serde(default)]
    recipient: List,
    authenticated: Option<bool>,
    off: Option<bool>,
    level: Option<Named<Level>>,
    remote: Option<How>,
    hidden: Option<Named<Hidden>>,
    receipts: Option<Named<Receipts>>,
    heading: Option<bool>,
    #[serde(default)]
    disable: Vec<String>,
    #[serde(default)]
    enable: Vec<String>,
}

/// Where originals of changed messages are kept, and for how long.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct KeepTable {
    dir: PathBuf,
    days: Option<u32>,
    mib: Option<u32>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
struct MilterTable {
    listen: List,
    mode: Option<toml::Spanned<String>>,
    group: Option<String>,
    if_dkim: Option<Named<IfDkim>>,
    authenticated: Option<Named<Treat>>,
    local: Option<Named<Treat>>,
    null_sender: Option<Named<Treat>>,
    max_size: Option<u64>,
    max_connections: Option<u32>,
    idle_timeout: Option<u64>,
    deadline: Option<f64>,
    metrics: Option<String>,
    log: Option<Named<Log>>,
}

impl MilterTable {
    fn read(self, path: &Path) -> Result<Milter, String> {
        let wrong = |what: String| format!("{}: [milter] {what}", path.display());
        let mode = self.mode.map(|mode| {
            let text = mode.into_inner();
            let mode = u32::from_str_radix(&text, 8).ok().filter(|mode| *mode <= 0o777);
            mode.ok_or_else(|| wrong(format!("mode = {text:?}: give it like \"0660\"")))
        });
        let deadline = self.deadline.map(|seconds| {
            let time = Duration::try_from_secs_f64(seconds).ok().filter(|time| !time.is_zero());
            time.ok_or_else(|| wrong("deadline: give seconds above 0".to_owned()))
        });
        Ok(Milter {
            listen: self.listen.0,
            mode: mode.transpose()?,
            group: self.group,
            if_dkim: self.if_dkim.map(|it| it.0),
            authenticated: self.authenticated.map(|it| it.0),
            local: self.local.map(|it| it.0),
            null_sender: self.null_sender.map(|it| it.0),
            max_size: self.max_size,
            max_connections: self.max_connections,
            idle_timeout: self.idle_timeout.map(Duration::from_secs),
            deadline: deadline.transpose()?,
            metrics: self.metrics,
            log: self.log.map(|it| it.0),
        })
    }
}

/// One text or several.
#[derive(Default)]
struct List(Vec<String>);

impl<'de> Deserialize<'de> for List {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged, expecting = "expected a text or a list of texts")]
        enum Either {
            One(String),
            Several(Vec<String>),
        }
        Ok(List(match Either::deserialize(from)? {
            Either::One(text) => vec![text],
            Either::Several(texts) => texts,
        }))
    }
}

/// A value by the name that it has on the command line.
struct Named<T>(T);

impl<'de, T: ValueEnum> Deserialize<'de> for Named<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        T::from_str(&text, false).map(Named).map_err(|_| {
            let names = T::value_variants().iter().filter_map(ValueEnum::to_possible_value);
            let names: Vec<_> = names.map(|value| value.get_name().to_owned()).collect();
            D::Error::custom(format!("{text:?} is none of: {}", names.join(", ")))
        })
    }
}

struct How(Remote);

impl<'de> Deserialize<'de> for How {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        text.parse().map(How).map_err(|what| D::Error::custom(format!("{text:?}: {what}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(text: &str) -> String {
        read(Path::new("c.toml"), text).expect_err(text)
    }

    #[test]
    fn errors_say_where_and_what() {
        for (text, told) in [
            ("level = \"patch\"\nlevle = \"clean\"\n", "c.toml:2: unknown field `levle`"),
            ("levle = \"clean\"\n", "(did you mean level?)"),
            ("level = \"deep\"\n", "c.toml:1: \"deep\" is none of: clean, patch"),
            ("\nremote = \"proxy=x\"\n", "c.toml:2: \"proxy=x\": "),
            ("off = 1\n", "c.toml:1: "),
            ("[[for]]\noff = true\n", "c.toml:1: this [[for]] says of no message"),
            ("\n[[for]]\nsender = \"shop.example\"\n", "write \"*@shop.example\""),
            ("[[for]]\nsender = [1]\n", "c.toml:2: "),
            ("[[for]]\nsendr = \"*@a.example\"\n", "(did you mean sender?)"),
            ("level = ", "c.toml:1: "),
        ] {
            let error = wrong(text);
            assert!(error.contains(told) && error.starts_with("c.toml:"), "{text}: {error}");
        }
    }

    #[test]
    fn a_file_is_read() {
        let text = "level = \"patch\"\nmap = \"links.tsv\"\ndisable = [\"access.*\"]\n\
                    [[for]]\nsender = \"*@a.example\"\nlist-id = [\"x\", \"y\"]\nremote = \"block\"\n";
        let file = read(Path::new("/etc/m/c.toml"), text).expect("it is right");
        assert_eq!(file.of_all.level, Some(Level::Patch));
        assert_eq!(file.map.as_deref(), Some(Path::new("/etc/m/links.tsv")));
        assert_eq!(file.of_some[0].list_id, ["x", "y"]);
        let mut all = file.of_all.clone();
        all.overlay(&file.of_some[0].settings);
        assert_eq!((all.level, all.remote), (Some(Level::Patch), Some(Remote::Block)));
    }
}
