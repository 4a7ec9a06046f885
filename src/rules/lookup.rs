//! Matching: a host against the index, a path or a value against a pattern.
//! Linear in the length of what is matched, whatever the pattern; a URL that
//! no rule is about costs no allocation.

use super::format::{Host, Names, Pat, Rule, Str, Tok};
use super::index::{self, Index, Key, MOST_LABELS, PLACES};
use crate::web::{self, Parts};

impl Pat {
    /// Whether the whole text is of this pattern.
    pub(crate) fn matches(&self, text: &str) -> bool {
        let toks = &*self.0;
        let Some((Tok::Lit(first), rest)) = toks.split_first() else { return run(toks, text, 0) };
        text.as_bytes().starts_with(first.as_bytes())
            && match rest {
                [] => text.len() == first.len(),
                rest => run(rest, text, first.len()),
            }
    }
}

/// Takes the one way through a pattern, where there is but one: no `*` but at
/// its end, and no run that could go on into what follows. `None` where there
/// may be more.
fn straight(toks: &[Tok], text: &[u8], from: usize) -> Option<bool> {
    let mut at = from;
    for (i, tok) in toks.iter().enumerate() {
        match tok {
            Tok::Lit(lit) if text[at..].starts_with(lit.as_bytes()) => at += lit.len(),
            Tok::Lit(_) => return Some(false),
            Tok::Star if i + 1 == toks.len() => return Some(true),
            Tok::Star => return None,
            Tok::Run(class, min, max) => {
                let next = match toks.get(i + 1) {
                    None => None,
                    Some(Tok::Lit(lit)) => lit.bytes().next().filter(|&b| !class.has(b)),
                    Some(_) => return None,
                };
                if next.is_none() && i + 1 < toks.len() {
                    return None;
                }
                let len = text[at..].iter().take_while(|&&b| class.has(b)).count();
                let most = if *max == u16::MAX { usize::MAX } else { usize::from(*max) };
                if len < usize::from(*min) || len > most {
                    return Some(false);
                }
                at += len;
            }
        }
    }
    Some(at == text.len())
}

/// Follows every way through the pattern at once: `at` holds the places that
/// can be reached, in rising order.
fn run(toks: &[Tok], text: &str, from: usize) -> bool {
    let bytes = text.as_bytes();
    // The common end of a pattern, without a list.
    if let [Tok::Star] = toks {
        return true;
    }
    // What says no most often and at least cost comes first.
    let may_end = match toks.last() {
        Some(Tok::Lit(last)) => bytes.ends_with(last.as_bytes()),
        Some(Tok::Run(class, min, _)) => {
            let (min, end) = (usize::from(*min), &bytes[from..]);
            end.len() >= min && end.iter().rev().take(min).all(|&byte| class.has(byte))
        }
        _ => true,
    };
    if !may_end {
        return false;
    }
    if let [Tok::Star, Tok::Lit(lit), ..] = toks
        && !text.contains(&**lit)
    {
        return false;
    }
    if let Some(is) = straight(toks, bytes, from) {
        return is;
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
            Host::Glob(pat) => glob(pat, host),
        }
    }
}

/// A label that is `*` stands for one label or more; within a label `*` does
/// not reach beyond its dots, or `mail*.com` would be `mail.com.evil.com` too.
fn glob(pat: &str, host: &str) -> bool {
    let split = |text| match str::split_once(text, '.') {
        Some((label, rest)) => (label, Some(rest)),
        None => (text, None),
    };
    let ((pat, pats), (label, labels)) = (split(pat), split(host));
    match (pat, pats, labels) {
        ("*", None, _) => !host.is_empty(),
        ("*", Some(pats), mut rest) => {
            while let Some(labels) = rest {
                if glob(pats, labels) {
                    return true;
                }
                rest = split(labels).1;
            }
            false
        }
        (_, None, None) => crate::rooms::matches(pat, label),
        (_, Some(pats), Some(labels)) => crate::rooms::matches(pat, label) && glob(pats, labels),
        _ => false,
    }
}

impl Rule {
    /// Whether a URL on a host that the index found is of this rule. (The
    /// regular expression is the caller's part.)
    pub(crate) fn matches(&self, url: &Parts<'_>, any: bool) -> bool {
        if url.query().is_none() && !(self.query.is_empty() && self.whole_query.is_empty()) {
            return false;
        }
        let path = url.path_or_root();
        // What says no most often and at least cost comes first.
        (self.path.is_empty() || self.path.iter().any(|p| p.matches(path)))
            && (!any || self.host.iter().any(|h| h.matches(url.host())))
            && self
                .query
                .iter()
                .all(|(name, value)| url.params().any(|(key, v)| key == *name && value.matches(v)))
            && !self.except_host.iter().any(|h| h.matches(url.host()))
            && !self.except_path.iter().any(|p| p.matches(path))
            && (self.whole_query.is_empty()
                || self.whole_query.iter().any(|p| p.matches(url.query().unwrap_or_default())))
            && (self.except_query.is_empty()
                || url.params().all(|(key, v)| {
                    !self.except_query.iter().any(|(name, value)| *name == *key && value.matches(v))
                }))
    }
}

/// The rules that may be about a host and a path, one after the other.
pub(crate) struct Find<'i> {
    index: &'i Index,
    url: &'i Parts<'i>,
    /// The host and those above it, from the shortest on: hashes, and where
    /// they begin. Only those that may be among the keys.
    hosts: [(u32, u8); MOST_LABELS],
    /// How many of them are left.
    left: usize,
    here: std::slice::Iter<'i, Key>,
    /// How long the path is.
    path: usize,
    /// The URL's rows among the rules that cannot be found by host.
    rows: [u8; PLACES],
    /// Of those rules: a word of bits, its number.
    bits: u64,
    word: usize,
    /// The bytes that names of parameters begin with, once it is asked.
    names: Option<u128>,
}

impl<'i> Iterator for Find<'i> {
    /// The rule, and whether its host is still to be looked at.
    type Item = (u16, bool);

    fn next(&mut self) -> Option<(u16, bool)> {
        loop {
            if let Some(key) = self.here.next() {
                return Some((key.rule, false));
            }
            if self.left == 0 {
                break;
            }
            self.left -= 1;
            let (hash, start) = self.hosts[self.left];
            let (host, under) = (&self.url.host()[usize::from(start)..], start > 0);
            let keys: &'i [Key] = &self.index.keys;
            let is = |k: &Key| k.hash == hash && *k.host == *host && k.under == under;
            let low = keys.partition_point(|k| k.hash < hash);
            let same = keys[low..].iter().take_while(|k| k.hash == hash);
            let low = low + same.take_while(|k| !is(k)).count();
            let len = keys[low..].iter().take_while(|k| is(k)).count();
            self.here = keys[low..low + len].iter();
        }
        loop {
            while self.bits != 0 {
                let at = self.word * 64 + self.bits.trailing_zeros() as usize;
                self.bits &= self.bits - 1;
                let any = &self.index.any[at];
                let asks = !any.asks || self.url.query().is_some();
                let long = self.path >= usize::from(any.least);
                if asks && long && (any.names == 0 || any.names & !self.names() == 0) {
                    return Some((any.rule, true));
                }
            }
            self.word += 1;
            if self.word >= self.index.words() {
                return None;
            }
            self.bits = self.index.bits(self.word, &self.rows);
        }
    }
}

impl Find<'_> {
    fn names(&mut self) -> u128 {
        let url = self.url;
        *self.names.get_or_insert_with(|| {
            url.params().fold(0, |bits, (name, _)| bits | index::first_bit(name))
        })
    }
}

impl Index {
    /// The rules that may be about this host and path: rules of the host
    /// itself first, then of those above it, then the others.
    pub(crate) fn find<'i>(&'i self, url: &'i Parts<'_>) -> Find<'i> {
        let (mut hosts, mut left) = ([(0, 0); MOST_LABELS], 0);
        let host = url.host().as_bytes();
        // No name is longer (RFC 1035).
        if host.len() <= 253 {
            let (mut hash, mut labels) = (index::NO_HASH, 0);
            for (at, &byte) in host.iter().enumerate().rev() {
                if byte == b'.' {
                    if self.may_have(hash) {
                        hosts[left] = (hash, at as u8 + 1);
                        left += 1;
                    }
                    labels += 1;
                    if labels == MOST_LABELS {
                        break;
                    }
                }
                hash = index::hash(hash, byte);
            }
            if labels < MOST_LABELS && self.may_have(hash) {
                hosts[left] = (hash, 0);
                left += 1;
            }
        }
        let path = url.path_or_root().as_bytes();
        let rows = index::rows_of(host, path);
        let bits = if self.words() == 0 { 0 } else { self.bits(0, &rows) };
        Find {
            index: self,
            url,
            hosts,
            left,
            here: [].iter(),
            path: path.len(),
            rows,
            bits,
            word: 0,
            names: None,
        }
    }
}

impl Names {
    /// The rules that may be about a parameter of this name, which is in lower
    /// case; and whether it is a name of theirs for sure.
    pub(crate) fn find<'n>(&'n self, name: &'n str) -> impl Iterator<Item = (u16, bool)> + 'n {
        let low = self.whole.partition_point(|(whole, _)| whole.as_bytes() < name.as_bytes());
        let whole = self.whole[low..].iter().take_while(move |(whole, _)| *whole == name);
        // Sorted: those that begin with anything, then by their first bytes.
        let first = |lead: &Str| lead.as_bytes().first().copied();
        let start = name.as_bytes().first().copied();
        let low = self.some.partition_point(|(lead, _)| first(lead) < start);
        let here = self.some[low..].iter().take_while(move |(lead, _)| first(lead) == start);
        let here = here.filter(move |(lead, _)| name.as_bytes().starts_with(lead.as_bytes()));
        let any = self.some.iter().take_while(move |(lead, _)| lead.is_empty() && start.is_some());
        whole.map(|(_, rule)| (*rule, true)).chain(any.chain(here).map(|(_, rule)| (*rule, false)))
    }
}

#[cfg(test)]
mod tests {
    use super::super::parse::{host, pattern};
    use super::super::{Rules, format, reader};
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
        assert!(!is("google.{tld}", "google.github.io"));
        assert!(is("email.*", "email.x.org") && !is("email.*", "xemail.x.org"));
        assert!(is("*.mkt*.com", "a.b.mkt12.com") && !is("*.mkt*.com", "mkt12.com"));
        assert!(is("t.open*.com", "t.open1.com") && !is("t.open*.com", "t.open1.com.evil.com"));
        assert!(is("*.email.*", "a.email.b.c") && !is("*.email.*", "email.b.c"));
    }

    #[test]
    fn hosts_are_found_by_themselves_and_by_those_above_them() {
        let text = "format = 1\nvendor = \"Acme\"\nabout = \"A.\"\nsource = [\"observed: none\"]\n\
            [[pixel]]\nid = \"itself\"\nhost = \"a.example\"\npath = \"/o\"\n\
            [[pixel]]\nid = \"below\"\nhost = \"*.b.example\"\npath = \"/o\"\n";
        let file = reader::read("acme", text, 0, |_| Ok(())).unwrap_or_else(|bad| panic!("{bad}"));
        let rules = Rules::of(Some(format::table(vec![file]).0), None);
        let finds = |host: &str| {
            let url = format!("https://{host}/o");
            let url = crate::web::Parts::parse(&url).unwrap();
            rules.pixel(&url, &Default::default()).map(|hit| hit.id.to_string())
        };
        let (itself, below) = ("trackers.acme.itself", "trackers.acme.below");
        assert_eq!(finds("a.example").as_deref(), Some(itself));
        for host in ["x.b.example", "x.y.b.example", "a.b.c.d.e.f.g.h.i.j.b.example"] {
            assert_eq!(finds(host).as_deref(), Some(below), "{host}");
        }
        for host in
            ["x.a.example", "b.example", "xb.example", "b.example.com", "example", "a.exampl"]
        {
            assert_eq!(finds(host), None, "{host}");
        }
        assert!(host("a.b.c.d.e.f.g.h").is_ok() && host("a.b.c.d.e.f.g.h.i").is_err());
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
