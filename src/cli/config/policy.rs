//! Which settings hold for a message, and the rinser for them.

use super::super::args::{Level, Lore};
use super::super::exit::Failure;
use super::super::keep::Keep;
use super::super::message::Receipts;
use super::super::remote::Remote;
use super::file::{File, For, Milter, Settings};
use mailrinse::{Builder, Limits, Parties, Rinser};
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

/// What is asked for by default and on the command line.
#[derive(Clone, Default, Debug)]
pub struct Asked {
    /// Where neither file nor command line says.
    pub level: Level,
    /// What the command line says counts more than a file.
    pub told: Settings,
    pub map: Option<PathBuf>,
    pub lore: Lore,
    pub proxy_key: Option<PathBuf>,
}

/// A file's policies, and the rinsers that were made for them.
pub struct Policies {
    file: File,
    asked: Asked,
    limits: Limits,
    set: Box<dyn Fn(Builder) -> Result<Builder, Failure> + Send + Sync>,
    made: Mutex<HashMap<Key, Rinser>>,
}

/// What a rinser is made of.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Key(String);

impl Policies {
    /// Tries every policy of the file once, so that what is wrong is told
    /// before the first message. `set`: what else the rinsers are told.
    pub fn new(
        file: File,
        asked: Asked,
        limits: Limits,
        set: impl Fn(Builder) -> Result<Builder, Failure> + Send + Sync + 'static,
    ) -> Result<Policies, Failure> {
        let (set, made) = (Box::new(set), Mutex::default());
        let policies = Policies { file, asked, limits, set, made };
        policies.rinser(&policies.settled(&policies.file.of_all))?;
        for one in &policies.file.of_some {
            let mut all = policies.file.of_all.clone();
            all.overlay(&one.settings);
            policies.rinser(&policies.settled(&all))?;
        }
        Ok(policies)
    }

    /// What the file says of the milter.
    pub fn milter(&self) -> &Milter {
        &self.file.milter
    }

    /// Where originals are kept, if they are.
    pub fn keep(&self) -> Option<&Keep> {
        self.file.keep.as_ref()
    }

    /// Whose Authentication-Results are trusted.
    pub fn authserv_id(&self) -> Option<&str> {
        self.file.authserv_id.as_deref()
    }

    /// The rinser for a message; none where it is to be left alone. One body
    /// serves all recipients, so it is changed as far as all of them agree.
    pub fn of(&self, parties: &Parties) -> Result<Option<Rinser>, Failure> {
        let nobody = [String::new()];
        let recipients = match &parties.recipients[..] {
            [] => &nobody[..],
            recipients => recipients,
        };
        let each = recipients.iter().map(|recipient| self.settings(parties, recipient));
        let Some(settings) = each.reduce(|a, b| least(&a, &b)) else { return Ok(None) };
        if settings.off == Some(true) {
            return Ok(None);
        }
        self.rinser(&settings).map(Some)
    }

    /// What holds for one recipient of a message.
    fn settings(&self, parties: &Parties, recipient: &str) -> Settings {
        let mut all = self.file.of_all.clone();
        for one in self.file.of_some.iter().filter(|one| holds(one, parties, recipient)) {
            all.overlay(&one.settings);
        }
        self.settled(&all)
    }

    /// With what the command line says, and with defaults.
    fn settled(&self, settings: &Settings) -> Settings {
        let mut all = settings.clone();
        all.overlay(&self.asked.told);
        all.off.get_or_insert(false);
        all.level.get_or_insert(self.asked.level);
        all.remote.get_or_insert_default();
        all.hidden.get_or_insert_default();
        all.receipts.get_or_insert_default();
        all.heading.get_or_insert(false);
        all.disable.sort();
        all.enable.sort();
        all
    }

    fn rinser(&self, settings: &Settings) -> Result<Rinser, Failure> {
        let key = Key(format!("{settings:?}"));
        let made = || self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(rinser) = made().get(&key) {
            return Ok(rinser.clone());
        }
        let rinser = self.build(settings)?;
        made().insert(key, rinser.clone());
        Ok(rinser)
    }

    fn build(&self, settings: &Settings) -> Result<Rinser, Failure> {
        let mut builder = Rinser::builder()
            .level(settings.level.unwrap_or_default().into())
            .hidden(settings.hidden.unwrap_or_default().into())
            .receipts(settings.receipts.unwrap_or_default().into())
            .heading(settings.heading.unwrap_or_default())
            .limits(self.limits.clone());
        for glob in &settings.disable {
            builder = builder.disable(glob);
        }
        for glob in &settings.enable {
            builder = builder.enable(glob);
        }
        let key = self.asked.proxy_key.as_deref().or(self.file.proxy_key.as_deref());
        let remote = settings.remote.clone().unwrap_or_default();
        builder = remote.tell(builder, key)?;
        let mut lore = self.asked.lore.clone();
        lore.rules = lore.rules.or_else(|| self.file.rules.clone());
        let map = self.asked.map.as_deref().or(self.file.map.as_deref());
        builder = lore.tell(builder, map)?;
        builder = (self.set)(builder)?;
        builder.build().map_err(|error| lore.fault(error))
    }
}

/// Whether a policy is about a message to a recipient.
fn holds(one: &For, parties: &Parties, recipient: &str) -> bool {
    let is = |globs: &[String], text: Option<&str>| {
        globs.is_empty() || text.is_some_and(|text| globs.iter().any(|glob| matches(glob, text)))
    };
    is(&one.sender, parties.from.as_deref())
        && is(&one.list_id, parties.list_id.as_deref())
        && is(&one.recipient, Some(recipient).filter(|it| !it.is_empty()))
        && one.authenticated.is_none_or(|asked| asked == parties.authenticated)
}

/// Whether a glob (`*`: any run of characters) is the whole text, whatever the
/// case.
fn matches(glob: &str, text: &str) -> bool {
    let (glob, text) = (glob.to_ascii_lowercase(), text.to_ascii_lowercase());
    let mut parts = glob.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else { return rest.is_empty() };
    for part in parts {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

/// What both agree to.
fn least(a: &Settings, b: &Settings) -> Settings {
    let both = |a: &[String], b: &[String]| -> Vec<String> {
        a.iter().filter(|glob| b.contains(glob)).cloned().collect()
    };
    let mut disable = [&a.disable[..], &b.disable].concat();
    disable.sort();
    disable.dedup();
    let patch = [a.level, b.level].contains(&Some(Level::Patch));
    let strip = a.receipts == b.receipts && matches!(a.receipts, Some(Receipts::Strip));
    let remote = if a.remote == b.remote { a.remote.clone() } else { lesser(&a.remote, &b.remote) };
    Settings {
        off: Some(a.off == Some(true) || b.off == Some(true)),
        level: Some(if patch { Level::Patch } else { Level::Clean }),
        remote,
        hidden: if a.hidden == b.hidden { a.hidden } else { Some(Default::default()) },
        receipts: Some(if strip { Receipts::Strip } else { Receipts::Keep }),
        heading: Some(a.heading == Some(true) && b.heading == Some(true)),
        disable,
        enable: both(&a.enable, &b.enable),
    }
}

/// Of two ways with remote images the one that changes less.
fn lesser(a: &Option<Remote>, b: &Option<Remote>) -> Option<Remote> {
    let identified =
        |remote: &Option<Remote>| matches!(remote, Some(Remote::BlockIdentified | Remote::Block));
    Some(if identified(a) && identified(b) { Remote::BlockIdentified } else { Remote::Keep })
}

#[cfg(test)]
mod tests {
    use super::super::file;
    use super::*;
    use std::path::Path;

    fn policies(text: &str) -> Policies {
        let file = file::read(Path::new("c.toml"), text).expect("a file");
        let asked = Asked { level: Level::Patch, ..Asked::default() };
        Policies::new(file, asked, Limits::default(), Ok).expect("it can be built")
    }

    fn mail(from: &str, to: &[&str]) -> Parties {
        let raw = format!("From: {from}\nTo: {}\nList-Id: <l.shop.example>\n\n", to.join(", "));
        mailrinse::parties(raw.as_bytes(), &mailrinse::Context::default())
    }

    #[test]
    fn globs() {
        for (glob, text, is) in [
            ("*@shop.example", "News@Shop.example", true),
            ("*@shop.example", "a@shop.example.evil.example", false),
            ("a*b*c", "abc", true),
            ("a*b*c", "acb", false),
            ("*", "x", true),
            ("a", "ab", false),
        ] {
            assert_eq!(matches(glob, text), is, "{glob} {text}");
        }
    }

    #[test]
    fn later_ones_and_all_that_is_said() {
        let all = policies(
            "level = \"clean\"\n[[for]]\nsender = \"*@shop.example\"\nremote = \"block\"\n\
             [[for]]\nsender = \"*@shop.example\"\nrecipient = \"b@x.example\"\noff = true\n\
             [[for]]\nlist-id = \"l.shop.example\"\nsender = \"boss@*\"\nlevel = \"patch\"\n",
        );
        let of = |from, to| all.settings(&mail(from, &[to]), to);
        let news = of("n@shop.example", "a@x.example");
        assert_eq!(
            (news.level, news.remote, news.off),
            (Some(Level::Clean), Some(Remote::Block), Some(false))
        );
        assert_eq!(of("n@shop.example", "b@x.example").off, Some(true));
        assert_eq!(of("n@other.example", "b@x.example").off, Some(false));
        assert_eq!(of("boss@y.example", "a@x.example").level, Some(Level::Patch));
    }

    #[test]
    fn all_recipients_agree() {
        let all = policies(
            "[[for]]\nrecipient = \"a@x.example\"\nlevel = \"clean\"\nremote = \"block\"\n\
             [[for]]\nrecipient = \"b@x.example\"\ndisable = [\"links.*\"]\n\
             [[for]]\nrecipient = \"c@x.example\"\noff = true\n",
        );
        let left = |to: &[&str]| all.of(&mail("n@shop.example", to)).expect("it builds").is_none();
        assert!(!left(&["a@x.example", "b@x.example"]) && left(&["a@x.example", "c@x.example"]));
        let of = |to| all.settings(&mail("n@shop.example", &[to]), to);
        let both = least(&of("a@x.example"), &of("b@x.example"));
        assert_eq!((both.level, both.remote), (Some(Level::Patch), Some(Remote::Keep)));
        assert_eq!(both.disable, ["links.*"]);
    }

    #[test]
    fn authenticated_senders_alone() {
        let all = policies(
            "authserv-id = \"mx\"\n[[for]]\nsender = \"*@shop.example\"\nauthenticated = true\noff = true\n",
        );
        let mut parties = mail("n@shop.example", &["a@x.example"]);
        assert_eq!(all.settings(&parties, "a@x.example").off, Some(false));
        parties.authenticated = true;
        assert_eq!(all.settings(&parties, "a@x.example").off, Some(true));
    }
}
