//! Configures a [`Rinser`]. Misuse is an error of [`Builder::build`].

use crate::error::Error;
use crate::html::{At, El};
use crate::image_proxy::ImageProxy;
use crate::limits::Limits;
use crate::message::Receipts;
use crate::resolve::Resolve;
use crate::rinser::{Config, OnUrl, Rinser, UrlAction, UrlUse};
use crate::rooms::{Links, Map, Rules, Switches};
use crate::rules::policy::Policy;
use crate::scene::{Hidden, Level, Remote, Shape};
use crate::seal::Seal;
use crate::write::grammar;
use std::path::PathBuf;
use std::sync::Arc;

/// See [`Rinser::builder`].
#[derive(Default)]
#[must_use = "a builder does nothing until `build`"]
pub struct Builder {
    level: Level,
    shape: Shape,
    remote: Remote,
    image_proxy: Option<ImageProxy>,
    telling: bool,
    hidden: Hidden,
    seal: Seal,
    receipts: Receipts,
    mark_by: Option<String>,
    heading: bool,
    limits: Limits,
    disable: Vec<String>,
    enable: Vec<String>,
    rules: Option<PathBuf>,
    ready: Option<Rules>,
    map: Map,
    allow: Vec<(String, Vec<String>)>,
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
    /// Heads a whole document that has no heading with its Subject, as an `h1` before all else
    /// (WCAG 1.3.1, 2.4.6). Not in fragments, at level patch, or in a stream above one window.
    pub fn heading(mut self, heading: bool) -> Self {
        self.heading = heading;
        self
    }
    /// In whose name the header field `X-Mailrinse` of a message speaks: an authserv-id
    /// (RFC 8601). Fields that came in with this name are taken out, whatever else is done, so that
    /// the field may be believed by whoever reads the message next.
    pub fn mark_by(mut self, id: impl Into<String>) -> Self {
        self.mark_by = Some(id.into());
        self
    }
    /// Whether the findings tell of pictures that were judged and stay, too, each with what it was
    /// weighed by (`trackers.kept.*`), and of every sum.
    pub fn telling(mut self, telling: bool) -> Self {
        self.telling = telling;
        self
    }
    /// Lets remote images that are no trackers be loaded by way of a proxy.
    pub fn image_proxy(mut self, proxy: ImageProxy) -> Self {
        (self.remote, self.image_proxy) = (Remote::Proxy, Some(proxy));
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
    /// What becomes of a message's requests for read receipts.
    pub fn receipts(mut self, receipts: Receipts) -> Self {
        self.receipts = receipts;
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
    /// Lets more stay than the policy does: an element, and attributes on it.
    /// Values are judged as everywhere, names of ids are prefixed, and the seal
    /// holds. Only what the writer's grammar knows can be let in: nothing that
    /// runs, loads, or changes how a parser reads what follows. May be called
    /// again and again.
    ///
    /// ```
    /// use mailrinse::{Context, Rinser, Shape};
    /// let rinser = Rinser::builder()
    ///     .shape(Shape::Fragment)
    ///     .allow("details", &["open"])
    ///     .allow("summary", &[])
    ///     .build()?;
    /// let html = "<details open><summary>More</summary>text</details>";
    /// let rinsed = rinser.html(html, &Context::default())?;
    /// let rinsed = String::from_utf8_lossy(&rinsed.html);
    /// assert!(rinsed.contains("<details open=\"\"><summary>More</summary>text</details>"));
    ///
    /// let script = Rinser::builder().allow("script", &[]).build();
    /// assert!(script.is_err_and(|e| e.to_string().starts_with("allow: `script`")));
    /// # Ok::<(), mailrinse::Error>(())
    /// ```
    pub fn allow(mut self, element: &str, attributes: &[&str]) -> Self {
        let attributes = attributes.iter().map(|name| (*name).to_owned()).collect();
        self.allow.push((element.to_owned(), attributes));
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
    /// each other, something to allow that the writer cannot write, rule files
    /// that are wrong.
    pub fn build(self) -> Result<Rinser, Error> {
        let rules = match (&self.ready, &self.rules) {
            (Some(rules), _) => rules.clone(),
            (None, Some(dir)) => Rules::with_dir(dir)?,
            (None, None) => Rules::builtin(),
        };
        let limits = &self.limits;
        let wrong = |what: &str| Err(Error::Builder(what.to_owned()));
        if limits.window == 0 || limits.block == 0 || limits.tag < 16 || limits.depth < 8 {
            return wrong("limits: window and block need 1 byte, tag 16 bytes, depth 8");
        }
        if limits.window > 1 << 29 || limits.tag > 1 << 29 {
            return wrong("limits: window and tag may be 512 MiB at most");
        }
        if limits.time.is_some() && cfg!(all(target_family = "wasm", target_os = "unknown")) {
            return wrong("limits: there is no clock here, and so no limit of time");
        }
        if limits.depth > 256 {
            return wrong("limits: depth may be 256 at most: browsers flatten what is deeper");
        }
        let is_id =
            |id: &str| !id.is_empty() && id.bytes().all(|b| b.is_ascii_graphic() && b != b';');
        if self.mark_by.as_deref().is_some_and(|id| !is_id(id)) {
            return wrong("mark_by: an authserv-id has letters, digits, dots and hyphens");
        }
        if self.level == Level::Patch && self.shape == Shape::Fragment {
            return wrong("a fragment needs level clean: at level patch the input keeps its shape");
        }
        if self.level == Level::Patch && matches!(self.remote, Remote::Block | Remote::Proxy) {
            return wrong(
                "blocking remote images, or a proxy for them, needs level clean: level patch only takes trackers out",
            );
        }
        if self.remote == Remote::Proxy && self.image_proxy.is_none() {
            return wrong("remote images by way of a proxy: say which, with image_proxy");
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
        if self.level == Level::Patch && !self.allow.is_empty() {
            return wrong("allow needs level clean: level patch leaves every element in");
        }
        let mut policy = Policy::builtin();
        for (element, attributes) in &self.allow {
            widen(&mut policy, element, attributes)
                .map_err(|e| Error::Builder(format!("allow: {e}")))?;
        }
        let switches = Switches { off: rules.expand(self.disable), on: rules.expand(self.enable) };
        let links = Links::new(rules.clone(), self.map);
        Ok(Rinser(Arc::new(Config {
            level: self.level,
            shape: self.shape,
            remote: self.remote,
            telling: self.telling,
            image_proxy: self.image_proxy.filter(|_| self.remote == Remote::Proxy),
            hidden: self.hidden,
            seal: self.seal,
            receipts: self.receipts,
            mark_by: self.mark_by,
            heading: self.heading,
            limits: self.limits,
            switches,
            rules,
            policy,
            links,
            on_url: self.on_url,
            resolver: self.resolver,
        })))
    }
}

/// Lets an element and its attributes stay, if the writer can write them.
fn widen(policy: &mut Policy, element: &str, attributes: &[String]) -> Result<(), String> {
    let el = El::of(element);
    if el == El::Other {
        return Err(format!("`{element}` is no element that the writer knows"));
    }
    if !grammar::element(el) {
        let why = policy.why(el);
        return Err(format!("`{element}` is outside the writer's grammar: {why}"));
    }
    let mut ats = Vec::with_capacity(attributes.len());
    for name in attributes {
        let at = At::of(name);
        ats.push(at);
        if name.len() > 2 && name.get(..2).is_some_and(|on| on.eq_ignore_ascii_case("on")) {
            return Err(format!("`{name}` on `{element}` runs script"));
        }
        if at == At::Other {
            return Err(format!("`{name}` on `{element}` is no attribute that the writer knows"));
        }
        if !grammar::attribute(at) {
            return Err(format!(
                "`{name}` on `{element}` is outside the writer's grammar: it loads, tells a third \
                 party, or changes what the document is"
            ));
        }
    }
    policy.allow(el, &ats)
}
