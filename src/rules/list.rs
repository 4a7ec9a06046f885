//! The rules that hold, for people: what each matches and what it says, as
//! data and as the Markdown of `docs/rules.md`.

use super::builtin_files::FILES;
use super::format::{
    Class, Does, Example, Host, Input, Pat, Rule, Standing, Step, Take, Target, Tok,
};
use super::{Rules, Table, reader};
use crate::rooms::Switches;
use std::fmt::{self, Display, Write};

/// What a rule is about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "lowercase"))]
#[non_exhaustive]
pub enum Kind {
    /// An image whose use is to tell that the mail was opened.
    Pixel,
    /// A wrapper.
    Redirect,
    /// Tracking parameters.
    Param,
    /// A link book: where wrapped links lead, by what stands in them.
    Book,
    /// Decided by code.
    Code,
}

/// A rule that holds.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Listed {
    /// `room.source.name`
    pub id: String,
    /// What it is about.
    pub kind: Kind,
    /// Whose wrapper, pixel or parameter it is, as people call it.
    pub vendor: String,
    /// The name of its file; empty where there is none.
    pub file: String,
    /// What there is to say about it.
    pub about: String,
    /// Where it was learned.
    pub source: Vec<String>,
    /// It was read from a file of the user's.
    pub loaded: bool,
    /// It is off unless it is switched on.
    pub off: bool,
    /// Which URLs it is about, in the notation of rule files.
    pub matches: String,
    /// What it says of them.
    pub says: String,
    /// What it does with some URLs.
    pub examples: Vec<Shown>,
}

/// An example of a rule file.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Shown {
    /// The URL, or the HTML.
    pub input: String,
    /// What it becomes; nothing where it stays.
    pub becomes: Option<String>,
    /// What is found in it.
    pub finds: Vec<String>,
}

/// Rules of the rooms trackers and links that are code.
const CODE: &[(&str, &str)] = &[
    ("links.caller.url", "What the program that calls the library said about a URL."),
    ("links.evidence.equal", "An opaque link; an equal one of the same mail names its target."),
    ("links.evidence.mismatch", "A link that shows one address and leads to another host."),
    ("links.evidence.original", "A wrapped link of which a program on the way kept the original."),
    ("links.evidence.text", "An opaque link whose text is its target's URL."),
    ("links.evidence.twin", "An opaque link; the mail's plain text has its target."),
    ("links.map.redirect", "A wrapped link whose target is in the user's map."),
    ("links.protected.unsubscribe", "Unsubscribe, preferences, log in: left alone."),
    ("links.resolver.target", "An opaque link; its wrapper was asked where it leads."),
    ("links.target.refused", "A wrapper whose target is one that no link may lead to."),
    ("trackers.generic.hidden", "An image that is hidden, with more that speaks for a beacon."),
    ("trackers.generic.shape", "An image of a shape that only beacons have."),
    ("trackers.generic.tiny", "An image of a pixel, with more that speaks for a beacon."),
    ("trackers.identified.address", "A visible image whose URL carries the reader's address."),
    ("trackers.identified.token", "A visible image whose URL carries an identifier."),
    ("trackers.kept.picture", "An image that is no tracker (told by `explain` alone)."),
    ("trackers.kept.spacer", "An image that keeps room for something (told by `explain` alone)."),
    ("trackers.kept.swap", "An image for screens of another size (told by `explain` alone)."),
];

impl Rules {
    /// All rules of the rooms trackers and links that hold, in the order of
    /// their ids. What policy and access look for is not data of this kind.
    pub(crate) fn listed(&self, on: &Switches) -> Vec<Listed> {
        let mut list = Vec::new();
        for table in self.tables() {
            let loaded = self.0.own.as_ref().is_some_and(|own| std::ptr::eq(own, table));
            let examples = if loaded { self.0.examples.clone() } else { builtin_examples() };
            let rules = table.rules.iter().filter(|r| self.holds(table, r) && on.on(&r.id));
            list.extend(rules.map(|rule| Listed {
                off: rule.off && !on.asked(&rule.id),
                ..listed(table, rule, loaded, &examples)
            }));
            for link in table.book.iter().filter(|link| on.on(&link.id)) {
                match list.iter_mut().find(|rule| rule.id == *link.id && rule.loaded == loaded) {
                    Some(rule) => rule.add(link),
                    None => list.push(book(table, link, loaded)),
                }
            }
        }
        list.extend(CODE.iter().filter(|(id, _)| on.on(id)).map(|(id, about)| Listed {
            id: (*id).to_owned(),
            kind: Kind::Code,
            vendor: String::new(),
            file: String::new(),
            about: (*about).to_owned(),
            source: Vec::new(),
            loaded: false,
            off: false,
            matches: String::new(),
            says: String::new(),
            examples: Vec::new(),
        }));
        list.sort_by(|a, b| a.id.cmp(&b.id));
        list
    }
}

/// Examples by the names of their files.
pub(super) type ShownExamples = Vec<(String, Vec<Shown>)>;

fn builtin_examples() -> ShownExamples {
    let read = |(name, text): &(&str, &str)| {
        // The build has read it before.
        let file = reader::read(name, text, 0, |_| Ok(())).ok()?;
        Some(((*name).to_owned(), file.examples.iter().map(shown).collect()))
    };
    FILES.iter().filter_map(read).collect()
}

pub(super) fn shown(example: &Example) -> Shown {
    let (Input::Url(input) | Input::Html(input)) = &example.input;
    Shown {
        input: input.to_string(),
        becomes: example.becomes.as_deref().map(str::to_owned),
        finds: example.finds.iter().map(ToString::to_string).collect(),
    }
}

fn listed(table: &Table, rule: &Rule, loaded: bool, examples: &ShownExamples) -> Listed {
    let provider = &table.providers[usize::from(rule.provider)];
    let about = if rule.about.is_empty() { &provider.about } else { &rule.about };
    let (kind, says) = match &rule.does {
        Does::Pixel => (Kind::Pixel, "tells that the mail was opened".to_owned()),
        Does::Param { names, value, sign } => {
            let mut says = format!("tracking parameter {}", words(names.iter()));
            says.extend(value.iter().map(|value| format!(" with the value {value}")));
            says.push_str(if *sign { "; a sign of this sender" } else { "" });
            (Kind::Param, says)
        }
        Does::Redirect(redirect) => {
            let mut says = match &redirect.target {
                Target::Opaque => "the target is not in it".to_owned(),
                Target::Decoder(decoder) => format!("the target is in it; decoder {decoder:?}"),
                Target::Steps(takes, steps) => {
                    let steps: String = steps.iter().map(|step| format!(", {step}")).collect();
                    format!("the target is in it: {}{steps}", words(takes.iter()))
                }
            };
            says.push_str(if redirect.gateway { "; a mail gateway" } else { "" });
            says.push_str(if rule.tentative { "; only if it decodes" } else { "" });
            if !redirect.schemes.is_empty() {
                let _ = write!(says, "; may carry {}", words(redirect.schemes.iter()));
            }
            (Kind::Redirect, says)
        }
    };
    let file = examples.iter().find(|(name, _)| *name == *provider.name);
    let examples =
        file.map(|(_, list)| list.iter().filter(|e| e.finds.iter().any(|f| *f == rule.id)));
    Listed {
        id: rule.id.to_string(),
        kind,
        vendor: rule.vendor.as_ref().unwrap_or(&provider.vendor).to_string(),
        file: provider.name.to_string(),
        about: about.to_string(),
        source: provider.source.iter().map(ToString::to_string).collect(),
        loaded,
        off: rule.off,
        matches: matches(rule),
        says,
        examples: examples.into_iter().flatten().cloned().collect(),
    }
}

/// A link book is one item, whatever is in it.
fn book(table: &Table, link: &Standing, loaded: bool) -> Listed {
    let provider = &table.providers[usize::from(link.provider)];
    let mut listed = Listed {
        id: link.id.to_string(),
        kind: Kind::Book,
        vendor: provider.vendor.to_string(),
        file: provider.name.to_string(),
        about: "Standing links, by what stands in them.".to_owned(),
        source: provider.source.iter().map(ToString::to_string).collect(),
        loaded,
        off: false,
        matches: link.host.to_string(),
        says: "the target is in the link book".to_owned(),
        examples: Vec::new(),
    };
    listed.add(link);
    listed
}

/// `a.example, *.a.example /o/* ?u but not /x`
fn matches(rule: &Rule) -> String {
    let mut out = words(rule.host.iter());
    if !rule.path.is_empty() {
        let _ = write!(out, " {}", words(rule.path.iter()));
    }
    for (i, (name, value)) in rule.query.iter().enumerate() {
        let _ = write!(out, "{}{name}", if i == 0 { " ?" } else { "&" });
        if !matches!(&*value.0, [Tok::Star]) {
            let _ = write!(out, "={value}");
        }
    }
    if !rule.whole_query.is_empty() {
        let _ = write!(out, " ?{}", words(rule.whole_query.iter()));
    }
    out.extend(rule.regex.iter().map(|regex| format!(" ~ {regex}")));
    let mut not = Vec::new();
    not.extend(rule.except_host.iter().map(ToString::to_string));
    not.extend(rule.except_path.iter().map(ToString::to_string));
    not.extend(rule.except_query.iter().map(|(name, value)| match &*value.0 {
        [Tok::Star] => format!("?{name}"),
        _ => format!("?{name}={value}"),
    }));
    if !not.is_empty() {
        let _ = write!(out, " but not {}", not.join(", "));
    }
    if rule.beside {
        out.push_str(" beside another sign of this sender");
    }
    out
}

fn words<T: Display>(list: impl Iterator<Item = T>) -> String {
    list.map(|word| word.to_string()).collect::<Vec<_>>().join(", ")
}

impl Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Host::Any => f.write_str("*"),
            Host::Exact(name) | Host::Glob(name) => f.write_str(name),
            Host::Under(name) => write!(f, "*.{name}"),
            Host::Tld(name) => write!(f, "{name}.{{tld}}"),
        }
    }
}

impl Display for Pat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for tok in self.0.iter() {
            match tok {
                Tok::Lit(text) => f.write_str(text)?,
                Tok::Star => f.write_str("*")?,
                Tok::Run(class, min, max) => {
                    let name = Class::ALL.iter().find(|(_, c)| c == class).map_or("", |(n, _)| *n);
                    match (*min, *max) {
                        (1, u16::MAX) => write!(f, "{{{name}}}")?,
                        (min, u16::MAX) => write!(f, "{{{name}:{min}+}}")?,
                        (min, max) if min == max => write!(f, "{{{name}:{min}}}")?,
                        (min, max) => write!(f, "{{{name}:{min}-{max}}}")?,
                    }
                }
            }
        }
        Ok(())
    }
}

impl Display for Take {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Take::Query(name) => write!(f, "query:{name}"),
            Take::Rest(name) => write!(f, "rest:{name}"),
            Take::Segment(n) => write!(f, "segment:{n}"),
            Take::After(text) => write!(f, "after:{text}"),
            Take::Tail(text) => write!(f, "tail:{text}"),
            Take::Fragment => f.write_str("fragment"),
            Take::WholeQuery => f.write_str("query"),
        }
    }
}

impl Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Step::Percent => f.write_str("percent"),
            Step::Base64 => f.write_str("base64"),
            Step::Hex => f.write_str("hex"),
            Step::Zlib => f.write_str("zlib"),
            Step::Slashes => f.write_str("slashes"),
            Step::Json(key) => write!(f, "json:{key}"),
            Step::Query(name) => write!(f, "query:{name}"),
            Step::Prefix(text) => write!(f, "prefix:{text}"),
            Step::Strip(text) => write!(f, "strip:{text}"),
            Step::Drop(text) => write!(f, "drop:{text}"),
            Step::Replace(from, to) => write!(f, "replace:{from}:{to}"),
            Step::Until(text) => write!(f, "until:{text}"),
            Step::UntilLast(text) => write!(f, "until-last:{text}"),
            Step::After(text) => write!(f, "after:{text}"),
            Step::Before(text) => write!(f, "before:{text}"),
            Step::Part(by, n) => write!(f, "part:{by}:{n}"),
        }
    }
}

/// The Markdown of `docs/rules.md`.
pub(crate) fn markdown(list: &[Listed], version: &str) -> String {
    let mut out = format!(
        "# Rules\n\nWhat is known about senders, as `mailrinse rules list --format md` prints it \
         (version {version}). `rules/README.md`\nis the format; `--disable ID` switches a rule off.\n"
    );
    let mut groups: Vec<(&str, Vec<&Listed>)> = Vec::new();
    for rule in list {
        match groups.iter_mut().find(|(file, _)| *file == rule.file) {
            Some((_, rules)) => rules.push(rule),
            None => groups.push((&rule.file, vec![rule])),
        }
    }
    groups.sort_by_key(|(file, rules)| (file.is_empty(), rules[0].vendor.to_lowercase()));
    for (file, rules) in groups {
        let name = if file.is_empty() { "Decided by code" } else { &*rules[0].vendor };
        let _ = write!(out, "\n## {name}\n\n");
        if !file.is_empty() {
            let sources: Vec<String> = rules[0].source.iter().map(|s| link(s)).collect();
            let _ = write!(out, "`{file}.toml`, after {}.\n\n", sources.join(", "));
        }
        for rule in &rules {
            rule.markdown(&mut out);
        }
    }
    out
}

fn link(source: &str) -> String {
    if source.starts_with("https://") { format!("<{source}>") } else { source.to_owned() }
}

impl Listed {
    /// Adds an entry of a link book.
    fn add(&mut self, link: &Standing) {
        let words = link.text.as_ref().or(link.alt.as_ref());
        self.examples.push(Shown {
            input: words.map(ToString::to_string).unwrap_or_default(),
            becomes: Some(link.to.to_string()),
            finds: vec![self.id.clone()],
        });
        if !self.matches.split(", ").any(|host| host == link.host) {
            self.matches = format!("{}, {}", self.matches, link.host);
        }
    }

    /// One rule as an item of a list.
    pub(crate) fn markdown(&self, out: &mut String) {
        let Listed { id, about, matches, says, .. } = self;
        let off = if self.off { " Off unless switched on." } else { "" };
        let _ = writeln!(out, "- `{id}`: {about}{off}");
        if !matches.is_empty() {
            let _ = writeln!(out, "  - {}: {says}", code(matches));
        }
        for Shown { input, becomes, finds } in &self.examples {
            let _ = write!(out, "  - {}", code(input));
            if let Some(becomes) = becomes {
                let _ = write!(out, " → {}", code(becomes));
            }
            let also: Vec<&str> = finds.iter().map(|f| &**f).filter(|f| f != id).collect();
            if !also.is_empty() {
                let _ = write!(out, " (also {})", also.join(", "));
            }
            out.push('\n');
        }
    }
}

/// Text between as many backticks as it needs.
fn code(text: &str) -> String {
    let ticks = if text.contains('`') { "``" } else { "`" };
    format!("{ticks}{}{ticks}", text.replace('\n', " "))
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;
    use std::fs;
    use std::path::Path;

    #[test]
    fn patterns_print_as_they_were_read() {
        for text in ["/a*b", "/{alnum:23}", "{hex:8+}x{digits}", "{word:2-3}", "*"] {
            assert_eq!(parse::pattern(text).unwrap().to_string(), text);
        }
        for text in ["*", "a.example", "*.a.example", "www.a.{tld}", "email.*"] {
            assert_eq!(parse::host(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn the_list_holds_what_is_on() {
        let all = Rules::builtin().listed(&Switches::default());
        let rule = all.iter().find(|rule| rule.id == "links.marketo.click").unwrap();
        assert_eq!((rule.kind, &*rule.vendor, rule.loaded), (Kind::Redirect, "Marketo", false));
        assert!(rule.matches.contains("/{alnum:23}") && rule.says.contains("not in it"));
        assert!(rule.examples.len() >= 2);
        let off = Switches { off: vec!["*.marketo.*".to_owned()], ..Switches::default() };
        assert!(Rules::builtin().listed(&off).iter().all(|rule| rule.file != "marketo"));
    }

    /// The ids in the code of the two rooms are in the list.
    #[test]
    fn rules_in_code_are_listed() {
        let id = regex::Regex::new(r#""((?:trackers|links)\.[a-z]+\.[a-z-]+)""#).unwrap();
        let mut folders = vec![Path::new("src/rooms").to_owned()];
        let mut missing = Vec::new();
        let data = Rules::builtin();
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                let text = fs::read_to_string(&path).unwrap();
                let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
                if path.ends_with("tests.rs") {
                    continue;
                }
                let ids = id.captures_iter(code).map(|c| c[1].to_owned());
                let known = |id: &str| {
                    CODE.iter().any(|(code, _)| *code == id) || data.list().any(|(d, ..)| d == id)
                };
                missing.extend(ids.filter(|id| !known(id)));
            }
        }
        assert!(missing.is_empty(), "not in CODE: {missing:?}");
        assert!(CODE.is_sorted());
    }

    #[test]
    fn docs_rules_md_is_up_to_date() {
        let rules = Rules::builtin();
        let text = markdown(&rules.listed(&Switches::default()), &rules.version());
        if std::env::var_os("UPDATE").is_some() {
            fs::write("docs/rules.md", &text).unwrap();
        }
        let there = fs::read_to_string("docs/rules.md").unwrap_or_default();
        assert!(there == text, "docs/rules.md is old: make docs");
    }
}
