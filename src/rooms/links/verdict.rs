//! What became of a URL.

use super::PROTECTED;
use super::params::Stripped;
use crate::finding::Why;
use crate::rules::Hit;
use std::borrow::Cow;

/// What became of a URL, and by which rule.
#[derive(Clone, PartialEq, Debug, Default)]
#[non_exhaustive]
pub struct Verdict {
    /// Where it leads; the URL as it was where nothing changed.
    pub url: String,
    /// A wrapper was taken off.
    pub unwrapped: bool,
    /// Tracking parameters were taken out.
    pub stripped: bool,
    /// What is left is a known wrapper that does not hold its target.
    pub opaque: bool,
    /// Unsubscribe, preferences, login: left alone.
    pub protected: bool,
    /// The wrapper's target is one that no link may lead to: why.
    pub refused: Option<&'static str>,
    /// No URL at all.
    pub invalid: bool,
    /// The rule that decided.
    pub rule: Option<Cow<'static, str>>,
    /// Whose wrapper or parameter it is.
    pub vendor: Option<Cow<'static, str>>,
    /// Names of the parameters that were taken out.
    pub removed: Vec<String>,
    /// The host that an opaque wrapper names, not to be relied on.
    pub hint: Option<String>,
    /// Its wrapper was asked, and this is why that did not help.
    pub(crate) asked: Option<Cow<'static, str>>,
    /// The rule of the opaque wrapper that is left under others.
    pub(crate) inner: Option<(Cow<'static, str>, Cow<'static, str>)>,
    /// All rules that had a part in it.
    pub(crate) used: Vec<Cow<'static, str>>,
}

impl Verdict {
    /// The verdict in one word: `unchanged`, `unwrapped`, `stripped`,
    /// `unwrapped,stripped`, `opaque`, `refused`, `protected` or `invalid`.
    pub fn word(&self) -> &'static str {
        match (self.unwrapped, self.stripped) {
            (true, true) => "unwrapped,stripped",
            (true, false) => "unwrapped",
            (false, true) => "stripped",
            _ if self.invalid => "invalid",
            _ if self.refused.is_some() => "refused",
            _ if self.protected => "protected",
            _ if self.opaque => "opaque",
            _ => "unchanged",
        }
    }
}

impl Verdict {
    /// Nothing becomes of it.
    pub(super) fn unchanged(url: &str) -> Verdict {
        Verdict { url: url.to_owned(), ..Verdict::default() }
    }

    pub(super) fn by(&mut self, hit: &Hit<'_>) {
        self.rule = Some(hit.id());
        self.vendor = Some(hit.vendor());
    }

    /// The outermost layer gives the verdict its rule.
    pub(super) fn unwrapped(&mut self, rule: Cow<'static, str>, vendor: Option<Cow<'static, str>>) {
        self.unwrapped = true;
        self.used.push(rule.clone());
        if self.rule.is_none() {
            self.rule = Some(rule);
            self.vendor = vendor;
        }
    }

    /// Parameters were taken out of what is left.
    pub(super) fn stripped(&mut self, stripped: Stripped) {
        self.stripped = true;
        self.url = stripped.url;
        self.removed = stripped.names;
        self.used.extend(stripped.rules);
        if self.rule.is_none() {
            self.rule = self.used.first().cloned();
            self.vendor = Some(stripped.vendor);
        }
    }

    pub(super) fn guard(&mut self) {
        self.protected = true;
        if self.rule.is_none() {
            self.rule = Some(PROTECTED.into());
        }
    }

    /// Nothing is taken off any more.
    pub(super) fn settle(&mut self, source: &str, now: &str) {
        if self.unwrapped {
            self.url = now.to_owned();
        } else {
            self.url = source.to_owned();
        }
    }
}

impl Verdict {
    /// The ids of the findings that the room makes of it.
    pub(crate) fn finds(&self) -> Vec<String> {
        let mut ids = Vec::new();
        if self.unwrapped || self.stripped {
            ids.extend(self.rule.as_deref().map(str::to_owned));
        }
        if let Some((rule, _)) = &self.inner {
            ids.push(rule.to_string());
        } else if self.protected {
            ids.push(PROTECTED.to_owned());
        } else if self.refused.is_some() {
            ids.push(super::REFUSED.to_owned());
        } else if self.opaque {
            ids.extend(self.rule.as_deref().map(str::to_owned));
        }
        ids
    }

    pub(super) fn why(&self, url: &str) -> Why {
        let mut why = Why::rule(self.rule.clone().unwrap_or(Cow::Borrowed(PROTECTED))).url(url);
        if let Some(vendor) = &self.vendor {
            why = why.vendor(vendor.clone());
        }
        for name in &self.removed {
            why = why.evidence(format!("parameter {name}"), 0);
        }
        if let Some(hint) = &self.hint {
            why = why.evidence(format!("says it leads to {hint}"), 0);
        }
        if self.unwrapped { why } else { self.asked(why) }
    }

    /// Adds what asking came to.
    pub(super) fn asked(&self, why: Why) -> Why {
        match &self.asked {
            Some(asked) => why.evidence(format!("asked: {asked}"), 0),
            None => why,
        }
    }
}
