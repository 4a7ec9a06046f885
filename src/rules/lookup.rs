//! Matching: a host against the index, a path or a value against a pattern.
//! Linear in the length of what is matched, whatever the pattern.

use super::format::{Host, Index, Pat, Rule, Tok};
use crate::web::{self, Parts};

impl Pat {
    /// Whether the whole text is of this pattern.
    pub(crate) fn matches(&self, text: &str) -> bool {
        let toks = &*self.0;
        let Some((Tok::Lit(first), rest)) = toks.split_first() else { return run(toks, text, 0) };
        match text.strip_prefix(&**first) {
            Some("") if rest.is_empty() => true,
            Some(_) if !rest.is_empty() => run(rest, text, first.len()),
            _ => false,
        }
    }

    /// Whether the whole text is of this pattern, in any case.
    pub(crate) fn matches_folded(&self, text: &str) -> bool {
        if text.bytes().any(|b| b.is_ascii_uppercase()) {
            self.matches(&text.to_ascii_lowercase())
        } else {
            self.matches(text)
        }
    }
}

/// Follows every way through the pattern at once: `at` holds the places that
/// can be reached, in rising order.
fn run(toks: &[Tok], text: &str, from: usize) -> bool {
    let bytes = text.as_bytes();
    // The common end of a pattern, without a list.
    if let [Tok::Star] = toks {
        return true;
    }
    let mut at = vec![from];
    let mut next = Vec::new();
    for tok in toks {
        next.clear();
        match tok {
            Tok::Lit(lit) => {
                let ends = at.iter().filter(|&&i| bytes[i..].starts_with(lit.as_bytes()));
                next.extend(ends.map(|&i| i + lit.len()));
            }
            Tok::Star => {
                if let Some(&first) = at.first() {
                    next.extend(first..=bytes.len());
                }
            }
            Tok::Run(class, min, max) => {
                // Where the run of the class that holds the last place ends.
                let mut end = 0;
                for &i in &at {
                    if i >= end {
                        let len = bytes[i..].iter().take_while(|&&b| class.has(b)).count();
                        end = i + len;
                    }
                    let low = (i + usize::from(*min)).max(next.last().map_or(0, |&n| n + 1));
                    let high = if *max == u16::MAX { end } else { end.min(i + usize::from(*max)) };
                    next.extend(low..=high);
                }
            }
        }
        if next.is_empty() {
            return false;
        }
        std::mem::swap(&mut at, &mut next);
    }
    at.last() == Some(&bytes.len())
}

impl Host {
    pub(crate) fn matches(&self, host: &str) -> bool {
        match self {
            Host::Any => true,
            Host::Exact(name) => host == *name,
            Host::Under(name) => {
                host.strip_suffix(&**name).is_some_and(|rest| rest.len() > 1 && rest.ends_with('.'))
            }
            Host::Tld(name) => host
                .strip_prefix(&**name)
                .and_then(|rest| rest.strip_prefix('.'))
                .is_some_and(web::is_suffix),
            Host::Glob(glob) => crate::rooms::matches(glob, host),
        }
    }
}

impl Rule {
    /// Whether a URL on a host that the index found is of this rule. (The
    /// regular expression is the caller's part.)
    pub(crate) fn matches(&self, url: &Parts<'_>, any: bool) -> bool {
        let path = if url.path().is_empty() { "/" } else { url.path() };
        (self.path.is_empty() || self.path.iter().any(|p| p.matches(path)))
            && self
                .query
                .iter()
                .all(|(name, value)| url.params().any(|(key, v)| key == *name && value.matches(v)))
            && (!any || self.host.iter().any(|h| h.matches(url.host())))
            && !self.except_host.iter().any(|h| h.matches(url.host()))
            && !self.except_path.iter().any(|p| p.matches(path))
            && (self.except_query.is_empty()
                || url.params().all(|(key, _)| !self.except_query.iter().any(|q| *q == *key)))
    }
}

impl Index {
    /// The rules that may be about this host, with whether their host is still
    /// to be looked at: rules of the host itself first, then of those above
    /// it, then the others.
    pub(crate) fn find<'i>(&'i self, host: &str) -> impl Iterator<Item = (u16, bool)> + use<'i> {
        let labels = super::format::reversed(host);
        let mut found: Vec<u16> = Vec::new();
        let mut end = labels.len();
        loop {
            let key = &labels[..end];
            let under = end < labels.len();
            let low = self.keys.partition_point(|k| (&*k.host, k.under) < (key, under));
            let here = self.keys[low..].iter();
            found.extend(here.take_while(|k| k.host == *key && k.under == under).map(|k| k.rule));
            match labels[..end].rfind('.') {
                Some(dot) => end = dot,
                None => break,
            }
        }
        let named = found.into_iter().map(|rule| (rule, false));
        named.chain(self.any.iter().map(|&rule| (rule, true)))
    }
}

#[cfg(test)]
mod tests {
    use super::super::format::{host, pattern};
    use proptest::prelude::*;

    fn matches(pat: &str, text: &str) -> bool {
        pattern(pat).unwrap().matches(text)
    }

    #[test]
    fn patterns() {
        assert!(matches("/trk", "/trk") && !matches("/trk", "/trk/") && !matches("/trk", "/t"));
        assert!(matches("/o/*", "/o/") && matches("/o/*", "/o/a/b") && !matches("/o/*", "/o"));
        assert!(matches("/{alnum:23}", "/uGN0008R0P0d0w02qg2CE20"));
        assert!(!matches("/{alnum:23}", "/uGN0008R0P0d0w02qg2CE2"));
        assert!(!matches("/{alnum:23}", "/uGN0008R0P0d0w02qg2CE20x"));
        assert!(matches("/a/{hex:4+}/*.gif", "/a/0f0f/x.gif.gif"));
        assert!(matches("{digits}{digits:2}", "123") && !matches("{digits}{digits:2}", "12"));
        assert!(matches("{seg}/{seg:0+}", "a/") && !matches("{seg}/{seg:0+}", "/a"));
        assert!(matches("*a*{digits:2-3}", "aa12a123") && !matches("*a*{digits:2-3}b", "aa12a123"));
        assert!(matches("", "") && !matches("", "a") && matches("*", ""));
    }

    #[test]
    fn hosts() {
        let is = |pat: &str, name: &str| host(pat).unwrap().matches(name);
        assert!(is("*.a.example", "x.a.example") && !is("*.a.example", "a.example"));
        assert!(!is("*.a.example", "xa.example") && !is("*.a.example", ".a.example"));
        assert!(
            is("www.google.{tld}", "www.google.co.uk")
                && !is("www.google.{tld}", "www.google.com.evil.example")
        );
        assert!(is("email.*", "email.x.org") && !is("email.*", "xemail.x.org"));
    }

    proptest! {
        /// The same as a regular expression says.
        #[test]
        fn as_a_regex(parts in proptest::collection::vec(0..5usize, 0..5), text in "[ab1/]{0,8}") {
            let (pats, regs) = (["a", "*", "{digits}", "{lower:1-2}", "{seg:0+}"],
                ["a", ".*", "[0-9]+", "[a-z]{1,2}", "[^/]*"]);
            let pat: String = parts.iter().map(|&i| pats[i]).collect();
            let reg: String = parts.iter().map(|&i| regs[i]).collect();
            let reg = regex::Regex::new(&format!("^(?s:{reg})$")).unwrap();
            prop_assert_eq!(matches(&pat, &text), reg.is_match(&text), "{} {}", pat, text);
        }
    }
}
