//! Finds the rules that may be about a host and the beginning of a path. Used
//! twice, as `format.rs` is: by `build.rs`, which prints the tables, and for
//! rule files that are read at run time.

use super::format::{Class, Does, Host, Pat, Rule, Seq, Str, Tok};

/// A rule's host has no more labels; of a longer name only so many count.
pub const MOST_LABELS: usize = 8;
/// Bits in [`Index::hosts`].
const HOST_BITS: u32 = 12;
/// Rows in [`Index::seconds`] and [`Index::firsts`]: one for each byte of
/// ASCII, one for all others.
const ROWS: usize = 129;
const BEYOND_ASCII: usize = 128;

/// Where to find the rules of one kind by host.
#[derive(Debug, Default)]
pub struct Index {
    /// Sorted by hash and host, then in the order of the rules.
    pub keys: Seq<Key>,
    /// A bit for each hash among the keys: where it is not set, there is none.
    pub hosts: Seq<u64>,
    /// Rules that cannot be found by host.
    pub any: Seq<AnyHost>,
    /// For each byte behind a path's first slash a row with a bit for each of
    /// `any` that may be about such a path.
    pub seconds: Seq<u64>,
    /// The same for the first byte of a host.
    pub firsts: Seq<u64>,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    /// [`hash`] of the host.
    pub hash: u32,
    pub host: Str,
    /// For hosts under this one, not itself.
    pub under: bool,
    pub rule: u16,
}

/// A rule for any host, or for hosts that no list can be sorted by.
#[derive(Debug)]
pub struct AnyHost {
    pub rule: u16,
    /// The bytes that names of parameters begin with, a bit each, all of which
    /// there must be.
    pub names: u128,
    /// Whether there must be a query.
    pub asks: bool,
    /// What paths of the rule begin with, one of these; empty where its paths
    /// begin with anything.
    pub leads: Seq<Str>,
}

impl Index {
    /// The index of those rules that the test names.
    pub fn of(rules: &[Rule], test: impl Fn(&Does) -> bool) -> Index {
        let (mut keys, mut any) = (Vec::new(), Vec::new());
        let (mut seconds, mut firsts) = (Vec::new(), Vec::new());
        for (i, rule) in rules.iter().enumerate() {
            if !test(&rule.does) {
                continue;
            }
            let i = i as u16;
            for host in rule.host.iter() {
                match host {
                    Host::Exact(name) => keys.push(key(name, false, i)),
                    Host::Under(name) => keys.push(key(name, true, i)),
                    Host::Any | Host::Tld(_) | Host::Glob(_) => {
                        if any.last().is_none_or(|a: &AnyHost| a.rule != i) {
                            any.push(any_host(rule, i));
                            seconds.push(any_of(rule.path.iter().map(second_bits)));
                            firsts.push(any_of(glob_hosts(rule).map(first_of)));
                        }
                    }
                }
            }
        }
        keys.sort();
        let mut hosts = vec![0u64; (1 << HOST_BITS) / 64];
        for key in &keys {
            let bit = host_bit(key.hash);
            hosts[bit / 64] |= 1 << (bit % 64);
        }
        Index {
            keys: Seq::Made(keys),
            hosts: Seq::Made(hosts),
            any: Seq::Made(any),
            seconds: rows(&seconds),
            firsts: rows(&firsts),
        }
    }

    /// Whether a host of this hash may be among the keys.
    pub fn may_have(&self, hash: u32) -> bool {
        let bit = host_bit(hash);
        self.hosts.get(bit / 64).is_some_and(|word| word & 1 << (bit % 64) != 0)
    }

    /// How many words are in a row.
    pub fn words(&self) -> usize {
        self.seconds.len() / ROWS
    }

    /// The bits of a word of those rules that may be about a host that begins
    /// with this byte, and a path that has that one behind its first slash.
    pub fn bits(&self, word: usize, first: Option<u8>, second: Option<u8>) -> u64 {
        let row =
            |byte: Option<u8>| byte.map_or(BEYOND_ASCII, |b| usize::from(b).min(BEYOND_ASCII));
        let second = if second.is_none() { usize::from(NO_SECOND) } else { row(second) };
        let (first, words) = (row(first), self.words());
        self.seconds[second * words + word] & self.firsts[first * words + word]
    }
}

/// Goes on with the hash of a host, which is taken from its last byte on, so
/// that those of all hosts above it come on the way.
pub fn hash(hash: u32, byte: u8) -> u32 {
    (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
}

/// The hash of no host.
pub const NO_HASH: u32 = 0x811c_9dc5;

fn host_bit(hash: u32) -> usize {
    (hash.wrapping_mul(0x9e37_79b1) >> (32 - HOST_BITS)) as usize
}

fn key(name: &Str, under: bool, rule: u16) -> Key {
    Key { hash: name.bytes().rev().fold(NO_HASH, hash), host: name.clone(), under, rule }
}

fn any_host(rule: &Rule, number: u16) -> AnyHost {
    let names = rule.query.iter().map(|(name, _)| first_bit(name));
    AnyHost {
        rule: number,
        names: names.fold(0, |all, bit| all | bit),
        asks: !(rule.query.is_empty() && rule.whole_query.is_empty()),
        leads: leads(rule),
    }
}

/// A row for each byte out of a set of bytes for each rule; a rule of which
/// nothing can be told is in all rows.
fn rows(sets: &[u128]) -> Seq<u64> {
    let words = sets.len().div_ceil(64);
    let mut rows = vec![0u64; ROWS * words];
    for (i, set) in sets.iter().enumerate() {
        for row in 0..ROWS {
            if *set == 0 || row < BEYOND_ASCII && set & 1 << row != 0 {
                rows[row * words + i / 64] |= 1 << (i % 64);
            }
        }
    }
    Seq::Made(rows)
}

/// All of them together; 0, which is anything, if one of them is.
fn any_of(sets: impl Iterator<Item = u128>) -> u128 {
    let sets: Vec<u128> = sets.collect();
    if sets.contains(&0) { 0 } else { sets.into_iter().fold(0, |all, set| all | set) }
}

/// Those hosts of a rule that are not found by their names.
fn glob_hosts(rule: &Rule) -> impl Iterator<Item = &Host> {
    rule.host.iter().filter(|host| !matches!(host, Host::Exact(_) | Host::Under(_)))
}

/// The bytes that such a host may begin with, a bit each; 0 for any.
fn first_of(host: &Host) -> u128 {
    match host {
        Host::Glob(text) | Host::Tld(text) if !text.starts_with('*') => first_bit(text),
        _ => 0,
    }
}

/// Stands for "no byte", as DEL never is one.
const NO_SECOND: u8 = 127;

/// The bit of a text's first byte; none if that is not ASCII or not there.
pub fn first_bit(text: &str) -> u128 {
    text.bytes().next().filter(u8::is_ascii).map_or(0, |byte| 1 << byte)
}

/// The bits of what may stand behind the first slash; none if that cannot be told.
fn second_bits(path: &Pat) -> u128 {
    match &*path.0 {
        [Tok::Lit(lit)] if **lit == *"/" => 1 << NO_SECOND,
        [Tok::Lit(lit), rest @ ..] if lit.starts_with('/') => match (&lit[1..], rest.first()) {
            // Of segments bytes beyond ASCII may be a part.
            ("", Some(Tok::Run(class, min, _))) if *min > 0 && *class != Class::Seg => {
                (0..127u8).filter(|&byte| class.has(byte)).fold(0, |bits, byte| bits | 1 << byte)
            }
            (more, _) => first_bit(more),
        },
        _ => 0,
    }
}

/// What the paths of a rule begin with.
fn leads(rule: &Rule) -> Seq<Str> {
    let mut leads: Vec<Str> = Vec::new();
    for path in rule.path.iter() {
        match path.0.first() {
            Some(Tok::Lit(lit)) if !leads.contains(lit) => leads.push(lit.clone()),
            Some(Tok::Lit(_)) => {}
            _ => return Seq::Made(Vec::new()),
        }
    }
    Seq::Made(leads)
}
