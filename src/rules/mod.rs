//! Rules: what is known about senders, as data. Answers which rule a URL is
//! of; what follows from it is for the rooms.

pub(crate) mod book;
mod check;
pub(crate) mod examples;
pub(crate) mod format;
#[allow(dead_code, reason = "half of it is for build.rs")]
pub(crate) mod index;
mod list;
mod load;
mod lookup;
mod page;
pub(crate) mod parse;
pub(crate) mod policy;
#[allow(dead_code, reason = "half of it is for build.rs")]
mod policy_format;
pub(crate) mod policy_text;
pub(crate) mod reader;
mod regex;
pub(crate) mod text;
mod version;
pub(crate) mod words;

use crate::error::Error;
use crate::html::{At, El};
use crate::rooms::Switches;
use crate::tape::Tape;
use crate::web::{self, Parts};
use format::{Does, Protected, Redirect, Rule, Standing, Str, Table};
use index::Index;
use std::borrow::Cow;
use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex};

pub use check::{Remark, check};
pub(crate) use list::markdown;
pub use list::{Kind as RuleKind, Listed, Shown};
pub(crate) use page::page;

mod builtin {
    use super::format::*;
    use super::index::{AnyHost, Index, Key};
    use super::text::Str::Still;
    use super::words::Words;
    include!(concat!(env!("OUT_DIR"), "/rules.rs"));
}

/// The texts of the built-in rules.
mod printed {
    include!(concat!(env!("OUT_DIR"), "/text.rs"));
}

/// The built-in rule files as they were written.
mod builtin_files {
    use super::version::Version;
    include!(concat!(env!("OUT_DIR"), "/files.rs"));
}

/// What is known about senders: built in, with or without what the user knows.
/// Cheap to clone.
#[derive(Clone, Debug)]
pub struct Rules(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    own: Option<Table>,
    builtin: Option<&'static Table>,
    /// The examples of the user's rules.
    examples: list::ShownExamples,
    version: u64,
    /// Compiled when first used.
    regexes: Mutex<HashMap<String, Option<regex::Regex>>>,
}

/// The rule that a URL is of.
#[derive(Clone, Debug)]
pub(crate) struct Hit<'r> {
    /// The rule's id.
    pub(crate) id: &'r Str,
    /// Whose it is, as people call it.
    pub(crate) vendor: &'r Str,
    /// The name of the rule's file.
    pub(crate) provider: &'r str,
    pub(crate) rule: &'r Rule,
}

/// Senders whose unmistakable signs are in a mail, each with the registrable
/// domain of the sign.
#[derive(Clone, Default, Debug)]
pub struct Vendors(Vec<(String, String)>);

impl Vendors {
    /// Adds the signs of another window of the same mail.
    pub(crate) fn extend(&mut self, other: Vendors) {
        self.0.extend(other.0);
        self.0.sort_unstable();
        self.0.dedup();
        // No mail has so many senders; memory must not grow with a stream.
        self.0.truncate(1_000);
    }

    /// Every sender on every domain: for a URL of which somebody says that it
    /// is a wrapper.
    pub(crate) fn all() -> Vendors {
        Vendors(vec![("*".to_owned(), "*".to_owned())])
    }

    /// Whether there is a sign of this sender on the same registrable domain.
    pub(crate) fn has(&self, provider: &str, host: &str) -> bool {
        if matches!(&self.0[..], [(all, _)] if all == "*") {
            return true;
        }
        let domain = web::registrable_domain(host).unwrap_or(host);
        self.0.iter().any(|(p, d)| p == provider && d == domain)
    }

    fn add(&mut self, provider: &str, host: &str) {
        if !self.has(provider, host) {
            let domain = web::registrable_domain(host).unwrap_or(host);
            self.0.push((provider.to_owned(), domain.to_owned()));
        }
    }
}

impl Rules {
    /// The built-in rules.
    pub fn builtin() -> Rules {
        Rules::new(None, Some(&builtin::TABLE), builtin_files::VERSION.0)
    }

    /// The built-in rules and those of a folder (every `*.toml` in it). A rule
    /// of the folder stands in for the built-in one of the same id.
    pub fn with_dir(path: impl AsRef<Path>) -> Result<Rules, Error> {
        let texts = load::texts(&load::paths(path.as_ref())?)?;
        let version = texts.iter().fold(builtin_files::VERSION, |version, (path, text)| {
            version.with(load::name(path), text)
        });
        let (table, examples) = load::read(&texts)?;
        for link in table.book.iter() {
            book::check(link).map_err(|message| {
                let file = texts[usize::from(link.provider)].0.display().to_string();
                Error::Rules { file, line: Some(link.line), message }
            })?;
        }
        let mut rules = Rules::new(Some(table), Some(&builtin::TABLE), version.0);
        if let Some(inner) = Arc::get_mut(&mut rules.0) {
            let shown = |(name, list): (String, Vec<format::Example>)| {
                (name, list.iter().map(list::shown).collect())
            };
            inner.examples = examples.into_iter().map(shown).collect();
        }
        Ok(rules)
    }

    /// The rules of one file's text, without the built-in ones.
    pub(crate) fn of_text(text: &str) -> Result<Rules, Error> {
        Ok(Rules::new(
            Some(load::read(&[("text.toml".into(), text.to_owned())])?.0),
            None,
            builtin_files::VERSION.with("text", text).0,
        ))
    }

    #[cfg(test)]
    fn of(own: Option<Table>, builtin: Option<&'static Table>) -> Rules {
        Rules::new(own, builtin, builtin_files::VERSION.0)
    }

    fn new(own: Option<Table>, builtin: Option<&'static Table>, version: u64) -> Rules {
        Rules(Arc::new(Inner {
            own,
            builtin,
            examples: Vec::new(),
            version,
            regexes: Mutex::default(),
        }))
    }

    /// A short name of this set of rules: another one with every change of
    /// what is known about senders, built in or loaded, and the same on every
    /// machine. (Policy and access are the program's own, as its version.)
    pub fn version(&self) -> String {
        format!("{:012x}", self.0.version >> 16)
    }

    /// Globs over rule ids, `@providers` spelt out.
    pub(crate) fn expand(&self, globs: Vec<String>) -> Vec<String> {
        let mut out = Vec::new();
        for glob in globs {
            if glob != "@providers" {
                out.push(glob);
                continue;
            }
            let providers = self.tables().flat_map(|table| table.providers.iter());
            for provider in providers.filter(|p| p.name != "generic") {
                out.push(format!("trackers.{}.*", provider.name));
                out.push(format!("links.{}.*", provider.name));
            }
        }
        out
    }

    /// All rules that hold: id, vendor, what they are about.
    pub fn list(&self) -> impl Iterator<Item = (&str, &str, &str)> {
        self.tables().flat_map(move |table| {
            table.rules.iter().filter(move |r| self.holds(table, r)).map(move |rule| {
                let provider = &table.providers[usize::from(rule.provider)];
                let vendor = rule.vendor.as_ref().unwrap_or(&provider.vendor);
                let about = if rule.about.is_empty() { &provider.about } else { &rule.about };
                (&*rule.id, &**vendor, &**about)
            })
        })
    }

    /// The open pixel that a URL is.
    pub(crate) fn pixel<'r>(&'r self, url: &Parts<'_>, on: &Switches) -> Option<Hit<'r>> {
        self.hits(url, on, |t| &t.pixels).next()
    }

    /// The wrappers that a URL may be, best first.
    pub(crate) fn redirects<'r: 'p, 'p>(
        &'r self,
        url: &'p Parts<'p>,
        on: &'p Switches,
        vendors: &'p Vendors,
    ) -> impl Iterator<Item = (Hit<'r>, &'r Redirect)> + use<'r, 'p> {
        self.hits(url, on, |t| &t.redirects).filter_map(move |hit| match &hit.rule.does {
            Does::Redirect(_) if hit.rule.beside && !vendors.has(hit.provider, url.host()) => None,
            Does::Redirect(redirect) => Some((hit, redirect)),
            _ => None,
        })
    }

    /// The rule by which a parameter of a URL is one that tells who came or
    /// from where. Its name is decoded, its value raw.
    pub(crate) fn param<'r>(
        &'r self,
        url: &Parts<'_>,
        name: &str,
        value: &str,
        on: &Switches,
    ) -> Option<Hit<'r>> {
        if name.is_empty() || url.credentials || url.backslash {
            return None;
        }
        let small = small(name);
        self.tables().find_map(|table| {
            table.params.find(&small).find_map(|(i, whole)| {
                let rule = &table.rules[usize::from(i)];
                let Does::Param { names, value: pat, .. } = &rule.does else { return None };
                let is = (whole || names.iter().any(|n| n.matches(&small)))
                    && pat.as_ref().is_none_or(|pat| pat.matches(value));
                if is { self.hit(table, rule, url, true, on) } else { None }
            })
        })
    }

    /// The standing links of senders, each with the sender as people call it.
    pub(crate) fn book(&self) -> impl Iterator<Item = (&Standing, &str)> {
        self.tables().flat_map(|table| {
            let vendor = |link: &Standing| &*table.providers[usize::from(link.provider)].vendor;
            table.book.iter().map(move |link| (link, vendor(link)))
        })
    }

    /// Which links are left alone.
    pub(crate) fn protected(&self) -> &Protected {
        let mut tables = self.tables().map(|t| &t.protected);
        let first = tables.next().unwrap_or(&builtin::TABLE.protected);
        if first.text.list.is_empty() && first.url.list.is_empty() {
            return tables.next().unwrap_or(first);
        }
        first
    }

    /// Whose unmistakable signs are in a mail: its images' and links' URLs.
    /// To be asked before a room takes the pixels away.
    // A stage of its own in a profile.
    #[inline(never)]
    pub(crate) fn vendors(&self, tape: &Tape) -> Vendors {
        let mut vendors = Vendors::default();
        // Mail repeats its links, and the same URL says nothing new.
        let mut seen = crate::hash::HashSet::default();
        for &start in &tape.starts {
            let at = match tape.nodes[start as usize].el {
                El::Img | El::Input => At::Src,
                El::A | El::Area => At::Href,
                El::Body | El::Table | El::Td | El::Th => At::Background,
                _ => continue,
            };
            if let Some(url) = tape.attr(start, at)
                && seen.insert(url)
            {
                self.sign(url, &mut vendors);
            }
        }
        vendors
    }

    /// Adds the sender whose sign this URL is.
    pub(crate) fn sign(&self, url: &str, vendors: &mut Vendors) {
        let Some(url) = Parts::parse(url) else { return };
        let on = Switches::default();
        if let Some(hit) = self.pixel(&url, &on) {
            vendors.add(hit.provider, url.host());
        }
        if url.query().is_none() {
            return;
        }
        for (name, value) in url.params().filter(|(_, value)| !value.is_empty()) {
            // Nearly none is one, and that is seen by its name.
            if !self.may_sign(name) {
                continue;
            }
            if let Some(hit) = self.param(&url, name, value, &on)
                && matches!(hit.rule.does, Does::Param { sign: true, .. })
            {
                vendors.add(hit.provider, url.host());
            }
        }
    }

    fn may_sign(&self, name: &str) -> bool {
        let small = small(name);
        self.tables().any(|table| table.signs.find(&small).next().is_some())
    }

    fn tables(&self) -> impl Iterator<Item = &Table> {
        self.0.own.iter().chain(self.0.builtin)
    }

    /// Whether a rule of this table is not replaced by the user's.
    fn holds(&self, table: &Table, rule: &Rule) -> bool {
        match &self.0.own {
            Some(own) if !std::ptr::eq(own, table) => own.rules.iter().all(|r| r.id != rule.id),
            _ => true,
        }
    }

    fn hits<'r: 'p, 'p>(
        &'r self,
        url: &'p Parts<'p>,
        on: &'p Switches,
        index: fn(&Table) -> &Index,
    ) -> impl Iterator<Item = Hit<'r>> + use<'r, 'p> {
        // A wrapper's URL has neither a user name nor a backslash: who writes
        // one wants to be taken for another.
        let sound = !url.credentials && !url.backslash;
        self.tables().filter(move |_| sound).flat_map(move |table| {
            index(table).find(url).filter_map(move |(i, any)| {
                self.hit(table, &table.rules[usize::from(i)], url, any, on)
            })
        })
    }

    /// The rule, if the URL is of it and it is switched on.
    fn hit<'r>(
        &'r self,
        table: &'r Table,
        rule: &'r Rule,
        url: &Parts<'_>,
        any: bool,
        on: &Switches,
    ) -> Option<Hit<'r>> {
        let is = rule.matches(url, any)
            && self.regex_matches(rule, url)
            && on.on(&rule.id)
            && (!rule.off || on.asked(&rule.id))
            && self.holds(table, rule);
        is.then(|| {
            let provider = &table.providers[usize::from(rule.provider)];
            let vendor = rule.vendor.as_ref().unwrap_or(&provider.vendor);
            Hit { id: &rule.id, vendor, provider: &provider.name, rule }
        })
    }

    fn regex_matches(&self, rule: &Rule, url: &Parts<'_>) -> bool {
        let Some(text) = &rule.regex else { return true };
        let mut regexes = self.0.regexes.lock().unwrap_or_else(|e| e.into_inner());
        let regex = regexes.entry(text.to_string()).or_insert_with(|| regex::compile(text).ok());
        regex.as_ref().is_some_and(|r| r.is_match(url.path_and_query().as_bytes()))
    }
}

/// A parameter's name in small letters.
fn small(name: &str) -> Cow<'_, str> {
    match name.bytes().any(|b| b.is_ascii_uppercase()) {
        true => Cow::Owned(name.to_ascii_lowercase()),
        false => Cow::Borrowed(name),
    }
}

impl Hit<'_> {
    /// The id, to be kept.
    pub(crate) fn id(&self) -> Cow<'static, str> {
        self.id.kept()
    }
    /// The vendor, to be kept.
    pub(crate) fn vendor(&self) -> Cow<'static, str> {
        self.vendor.kept()
    }
}
