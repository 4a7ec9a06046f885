//! Finds the rules that may be about a host and the beginning of a path. Used
//! twice, as `format.rs` is: by `build.rs`, which prints the tables, and for
//! rule files that are read at run time.

use super::format::{Class, Does, Host, Rule, Seq, Str, Tok};

/// A rule's host has no more labels; of a longer name only so many count.
pub const MOST_LABELS: usize = 8;
/// Bits in [`Index::hosts`].
const HOST_BITS: u32 = 12;
/// Places of a URL whose bytes are looked at: the first of the host; those
/// behind the path's first slash, so many; the path's last one.
pub const PLACES: usize = 5;
const HOST: usize = 0;
const LAST: usize = PLACES - 1;
/// Rows for each place: one for each byte of ASCII, one for all others.
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
    /// For each of [`PLACES`], and each byte that may stand there, a row with a
    /// bit for each of `any` that may be about such a URL.
    pub rows: Seq<u64>,
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
    /// Paths of the rule have so many bytes at least.
    pub least: u16,
}

impl Index {
    /// The index of those rules that the test names.
    pub fn of(rules: &[Rule], test: impl Fn(&Does) -> bool) -> Index {
        let (mut keys, mut any, mut sets) = (Vec::new(), Vec::new(), Vec::new());
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
                            sets.push(bytes_of(rule));
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
            rows: rows(&sets),
        }
    }

    /// Whether a host of this hash may be among the keys.
    pub fn may_have(&self, hash: u32) -> bool {
        let bit = host_bit(hash);
        self.hosts.get(bit / 64).is_some_and(|word| word & 1 << (bit % 64) != 0)
    }

    /// How many words are in a row.
    pub fn words(&self) -> usize {
        self.rows.len() / (ROWS * PLACES)
    }

    /// The bits of a word of those rules that may be about a URL of these rows.
    #[inline]
    pub fn bits(&self, word: usize, of: &[u8; PLACES]) -> u64 {
        let words = self.words();
        let row = |place: usize| self.rows[(place * ROWS + usize::from(of[place])) * words + word];
        (1..PLACES).fold(row(0), |bits, place| bits & row(place))
    }
}

/// The rows of a URL.
#[inline]
pub fn rows_of(host: &[u8], path: &[u8]) -> [u8; PLACES] {
    std::array::from_fn(|place| {
        let byte = match place {
            HOST => host.first(),
            LAST => path.last(),
            at => path.get(at),
        };
        byte.map_or(NOTHING, |&byte| byte.min(BEYOND_ASCII as u8))
    })
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
        least: rule.path.iter().map(|path| least(&path.0)).min().unwrap_or_default(),
    }
}

/// For each place the bytes that URLs of a rule may have there, a bit each; 0,
/// which is anything, where that cannot be told.
fn bytes_of(rule: &Rule) -> [u128; PLACES] {
    let path = |bits: &dyn Fn(&[Tok]) -> u128| any_of(rule.path.iter().map(|path| bits(&path.0)));
    std::array::from_fn(|place| match place {
        HOST => any_of(glob_hosts(rule).map(first_of)),
        LAST => path(&last_byte),
        at => path(&|toks| byte_at(toks, at)),
    })
}

/// A row for each place and byte; a rule of which nothing can be told is in
/// all rows of a place.
fn rows(sets: &[[u128; PLACES]]) -> Seq<u64> {
    let words = sets.len().div_ceil(64);
    let mut rows = vec![0u64; PLACES * ROWS * words];
    for (i, sets) in sets.iter().enumerate() {
        for (place, set) in sets.iter().enumerate() {
            for row in 0..ROWS {
                if *set == 0 || row < BEYOND_ASCII && set & 1 << row != 0 {
                    rows[(place * ROWS + row) * words + i / 64] |= 1 << (i % 64);
                }
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
const NOTHING: u8 = 127;

/// The bit of a text's first byte; none if that is not ASCII or not there.
pub fn first_bit(text: &str) -> u128 {
    text.bytes().next().map_or(0, bit_of)
}

fn bit_of(byte: u8) -> u128 {
    if byte.is_ascii() { 1 << byte } else { 0 }
}

/// The bytes of a class; none of those that bytes beyond ASCII are a part of.
fn bits_of(class: Class) -> u128 {
    match class {
        Class::Seg => 0,
        class => (0..127u8).filter(|&byte| class.has(byte)).map(bit_of).fold(0, |all, b| all | b),
    }
}

/// How long a path of a pattern is at least, in bytes.
fn least(path: &[Tok]) -> u16 {
    let of = |tok: &Tok| match tok {
        Tok::Lit(lit) => u16::try_from(lit.len()).unwrap_or(u16::MAX),
        Tok::Run(_, min, _) => *min,
        Tok::Star => 0,
    };
    path.iter().map(of).fold(0, u16::saturating_add)
}

/// The bits of what may stand at a place of a path; none if that cannot be told.
fn byte_at(path: &[Tok], place: usize) -> u128 {
    let mut at = 0;
    for tok in path {
        match tok {
            Tok::Lit(lit) => match lit.as_bytes().get(place - at) {
                Some(&byte) => return bit_of(byte),
                None => at += lit.len(),
            },
            Tok::Run(class, min, _) if place - at < usize::from(*min) => return bits_of(*class),
            Tok::Run(_, min, max) if min == max => at += usize::from(*min),
            Tok::Run(..) | Tok::Star => return 0,
        }
    }
    bit_of(NOTHING)
}

/// The bits of what may be a path's last byte.
fn last_byte(path: &[Tok]) -> u128 {
    match path.last() {
        Some(Tok::Lit(lit)) => lit.bytes().last().map_or(0, bit_of),
        Some(Tok::Run(class, 1.., _)) => bits_of(*class),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::super::parse::pattern;
    use super::*;

    #[test]
    fn the_bytes_of_places() {
        let at = |path: &str, place| byte_at(&pattern(path).unwrap().0, place);
        assert_eq!(at("/trk", 1), 1 << b't');
        assert_eq!((at("/", 1), at("/tr", 3)), (1 << NOTHING, 1 << NOTHING));
        assert_eq!(at("/{digits:2}x", 3), 1 << b'x');
        assert_eq!(at("/{digits:2}x", 2), 0x3ff << b'0');
        // Not known: how long a run is, what a star stands for, bytes of a segment.
        assert_eq!((at("/{digits}x", 2), at("/*", 1), at("/{seg}", 1)), (0, 0, 0));
        assert_eq!(least(&pattern("/*/a{digits:3+}{seg:2}").unwrap().0), 8);
        let last = |path: &str| last_byte(&pattern(path).unwrap().0);
        assert_eq!((last("/*/o.gif"), last("/a{digits}")), (1 << b'f', 0x3ff << b'0'));
        assert_eq!((last("/a{digits:0+}"), last("/a*"), last("/{seg}")), (0, 0, 0));
    }

    /// Texts of so many of these, from none on.
    fn all(of: &[&str], most: usize) -> Vec<String> {
        let mut texts = vec![String::new()];
        let mut from = 0;
        for _ in 0..most {
            let longer =
                texts[from..].iter().flat_map(|t| of.iter().map(move |o| format!("{t}{o}")));
            let longer: Vec<String> = longer.collect();
            from = texts.len();
            texts.extend(longer);
        }
        texts
    }

    #[test]
    fn no_rule_is_passed_over_that_a_path_is_of() {
        let parts = ["a", "*", "{digits}", "{lower:1-2}", "{seg:0+}", "{alnum:2}", "{seg:2}"];
        let paths = all(&["a", "1", "/", "\u{e9}", "\u{7f}"], 4);
        let mut matched = 0;
        for pat in all(&parts, 3) {
            let pat = pattern(&format!("/{pat}")).unwrap();
            for path in paths.iter().map(|path| format!("/{path}")).filter(|path| pat.matches(path))
            {
                matched += 1;
                assert!(usize::from(least(&pat.0)) <= path.len(), "{:?} {path}", pat.0);
                let rows = rows_of(b"x", path.as_bytes());
                for (place, row) in rows.into_iter().enumerate().skip(1) {
                    let set =
                        if place == LAST { last_byte(&pat.0) } else { byte_at(&pat.0, place) };
                    let row = usize::from(row);
                    let is = set == 0 || row < BEYOND_ASCII && set & 1 << row != 0;
                    assert!(is, "{:?} {path} {place}", pat.0);
                }
            }
        }
        assert!(matched > 10_000, "{matched}");
    }
}
