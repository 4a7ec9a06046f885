//! Configures a [`Rinser`]. Misuse is an error of [`Builder::build`].

use crate::error::Error;
use crate::limits::Limits;
use crate::resolve::Resolve;
use crate::rinser::{Config, OnUrl, Rinser, UrlAction, UrlUse};
use crate::rooms::{Links, Map, Rules, Switches};
use crate::scene::{Hidden, Level, Remote, Shape};
use crate::seal::Seal;
use std::path::PathBuf;
use std::sync::Arc;

/// See [`Rinser::builder`].
#[derive(Default)]
#[must_use = "a builder does nothing until `build`"]
pub struct Builder {
    level: Level,
    shape: Shape,
    remote: Remote,
    hidden: Hidden,
    seal: Seal,
    limits: Limits,
    disable: Vec<String>,
    enable: Vec<String>,
    rules: Option<PathBuf>,
    ready: Option<Rules>,
    map: Map,
    on_url: Option<OnUrl>,
    resolver: Option<Arc<dyn Resolve>>,
}

impl Rinser {
    /// The defaults: level clean, a whole document, remote images kept, hidden
    /// text kept hidden, the seal where it is worth its cost, all rules on.
    pub fn builder() -> Builder {
        Builder::default()
    }
}

impl Builder {
    /// How deep the rinse goes.
    pub fn level(mut self, level: Level) -> Self {
        self.level = level;
        self
    }
    /// What is put out at level clean.
    pub fn shape(mut self, shape: Shape) -> Self {
        self.shape = shape;
        self
    }
    /// What becomes of remote images that are no trackers.
    pub fn remote(mut self, remote: Remote) -> Self {
        self.remote = remote;
        self
    }
    /// What becomes of text that CSS hides.
    pub fn hidden(mut self, hidden: Hidden) -> Self {
        self.hidden = hidden;
        self
    }
    /// When the second lock is asked.
    pub fn seal(mut self, seal: Seal) -> Self {
        self.seal = seal;
        self
    }
    /// How much is allowed.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }
    /// Switches rules off, by a glob over their ids (`access.contrast.*`);
    /// `@providers` stands for every rule of `rules/providers`. Policy stays
    /// on, whatever a glob covers.
    pub fn disable(mut self, glob: impl Into<String>) -> Self {
        self.disable.push(glob.into());
        self
    }
    /// Switches rules on that are off by themselves, by a glob over their ids:
    /// `links.affiliate.codes-*` takes a partner's code out of a shop's own
    /// addresses.
    pub fn enable(mut self, glob: impl Into<String>) -> Self {
        self.enable.push(glob.into());
        self
    }
    /// Adds the rule files of a folder (see `rules/README.md`).
    pub fn rules(mut self, dir: impl Into<PathBuf>) -> Self {
        self.rules = Some(dir.into());
        self
    }
    /// Takes these rules instead of the built-in ones.
    pub(crate) fn ready(mut self, rules: Rules) -> Self {
        self.ready = Some(rules);
        self
    }
    /// Adds a redirect map.
    pub fn map(mut self, map: Map) -> Self {
        self.map = map;
        self
    }
    /// Is asked about every link and image that is about to leave. What it
    /// answers is judged by policy again.
    pub fn on_url(
        mut self,
        ask: impl Fn(&UrlUse<'_>) -> UrlAction + Send + Sync + 'static,
    ) -> Self {
        self.on_url = Some(Arc::new(ask));
        self
    }

    /// Is asked where links lead whose target is not in them, once for each
    /// mail within the window. Links that are protected, or hold nothing to
    /// be seen, are not asked about; answers are judged like any target.
    pub fn resolver(mut self, resolver: impl Resolve + 'static) -> Self {
        self.resolver = Some(Arc::new(resolver));
        self
    }

    /// The rinser.
    ///
    /// # Errors
    /// Limits that cannot work, a glob that is none, options that contradict
    /// each other, rule files that are wrong.
    pub fn build(self) -> Result<Rinser, Error> {
        let limits = &self.limits;
        let wrong = |what: &str| Err(Error::Builder(what.to_owned()));
        if limits.window == 0 || limits.block == 0 || limits.tag < 16 || limits.depth < 8 {
            return wrong("limits: window and block need 1 byte, tag 16 bytes, depth 8");
        }
        if limits.window > 1 << 29 || limits.tag > 1 << 29 {
            return wrong("limits: window and tag may be 512 MiB at most");
        }
        if limits.depth > 256 {
            return wrong("limits: depth may be 256 at most: browsers flatten what is deeper");
        }
        if self.level == Level::Patch && self.shape == Shape::Fragment {
            return wrong("a fragment needs level clean: at level patch the input keeps its shape");
        }
        if self.level == Level::Patch && self.remote == Remote::Block {
            return wrong(
                "blocking remote images needs level clean: level patch only takes trackers out",
            );
        }
        if self.level == Level::Patch && self.hidden == Hidden::Drop {
            return wrong("leaving hidden text out needs level clean");
        }
        for glob in self.disable.iter().chain(&self.enable) {
            let fits =
                |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || ".-_*@".contains(c);
            if glob.is_empty() || !glob.chars().all(fits) {
                return Err(Error::Builder(format!("{glob:?} is no glob over rule ids")));
            }
            if glob.starts_with("policy") {
                return wrong("disable: policy cannot be switched off; level patch leaves it out");
            }
        }
        let rules = match (self.ready, &self.rules) {
            (Some(rules), _) => rules,
            (None, Some(dir)) => Rules::with_dir(dir)?,
            (None, None) => Rules::builtin(),
        };
        let switches = Switches { off: rules.expand(self.disable), on: rules.expand(self.enable) };
        let links = Links::new(rules.clone(), self.map);
        Ok(Rinser(Arc::new(Config {
            level: self.level,
            shape: self.shape,
            remote: self.remote,
            hidden: self.hidden,
            seal: self.seal,
            limits: self.limits,
            switches,
            rules,
            links,
            on_url: self.on_url,
            resolver: self.resolver,
        })))
    }
}
