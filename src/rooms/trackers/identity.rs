//! Does a URL carry an address? In clear, percent-encoded, in base64 (either
//! alphabet, wherever in a text it begins) or in hexadecimal digits. Whose it
//! is matters little: an address in a picture's URL is there to be read. Of
//! recipients that are known, hashes are looked for as well.

use super::digests::Recipients;
use crate::rooms::percent;
use crate::web::{self, Parts};
use std::fmt;

/// An address in a URL.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Identity {
    /// The parameter's name, `path`, `query` or `fragment`.
    pub place: String,
    pub coding: Coding,
    pub address: String,
}

/// How it is written there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Coding {
    Clear,
    Percent,
    Base64,
    Hex,
    /// Its hash by the function of this name.
    Hash(&'static str),
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let coding = match self.coding {
            Coding::Clear => "in clear",
            Coding::Percent => "percent-encoded",
            Coding::Base64 => "in base64",
            Coding::Hex => "in hexadecimal digits",
            Coding::Hash(name) => {
                return write!(
                    f,
                    "{} carries the {name} of an address: {}",
                    self.place, self.address
                );
            }
        };
        write!(f, "{} carries an address, {coding}: {}", self.place, self.address)
    }
}

/// The first address in a URL. `known`: the recipients, whose addresses need
/// no public domain.
pub(super) fn find(url: &Parts<'_>, known: &Recipients) -> Option<Identity> {
    let segments = url.path().split('/').map(|segment| ("path", segment));
    let params = url
        .params()
        .map(|(name, value)| if value.is_empty() { ("query", name) } else { (name, value) });
    let fragment = url.fragment().map(|fragment| ("fragment", fragment));
    segments.chain(params).chain(fragment).find_map(|(place, raw)| {
        let (coding, address) = in_text(raw, known)?;
        Some(Identity { place: percent::decoded(place).into_owned(), coding, address })
    })
}

/// The shortest run of base64, and of hexadecimal digits, that stands for an
/// address.
const SHORTEST: usize = 10;
const SHORTEST_HEX: usize = 14;

/// Whether there may be an address in a text, in any coding but a hash; nearly
/// always there is none, and that is seen in one look at each byte.
fn may_be(raw: &[u8]) -> bool {
    let (mut before, mut digits) = (0, 0);
    raw.iter().any(|&b| {
        digits = if b.is_ascii_hexdigit() { digits + 1 } else { 0 };
        // As `may_hold`; of what is no sextet no bit is set.
        let coded = before & SECONDS[usize::from(b)] != 0;
        before = FIRSTS[usize::from(b)];
        coded || digits >= SHORTEST_HEX || matches!(b, b'@' | b'=' | b'%')
    })
}

fn in_text(raw: &str, known: &Recipients) -> Option<(Coding, String)> {
    match may_be(raw.as_bytes()) {
        true => decoded(raw, known),
        // There is no `%` in it.
        false => known.find(raw).map(|(name, address)| (Coding::Hash(name), address)),
    }
}

fn decoded(raw: &str, known: &Recipients) -> Option<(Coding, String)> {
    let hashes = known;
    let known = known.addresses();
    if let Some(address) = in_bytes(raw.as_bytes(), known) {
        return Some((Coding::Clear, address));
    }
    let once = percent::decoded(raw);
    let twice = percent::decoded(&once);
    if *twice != *raw
        && let Some(address) = in_bytes(twice.as_bytes(), known)
    {
        return Some((Coding::Percent, address));
    }
    if let Some((name, address)) = hashes.find(&twice) {
        return Some((Coding::Hash(name), address));
    }
    let text = twice.as_bytes();
    let coded = |shortest, of: fn(&u8) -> bool, decode: fn(&[u8]) -> Vec<u8>, shifts: usize| {
        runs(text, shortest, of)
            .flat_map(|run| (0..shifts).map(move |shift| &run[shift..]))
            .find_map(|run| in_bytes(&decode(run), known))
    };
    if let Some(address) = coded(SHORTEST_HEX, u8::is_ascii_hexdigit, hex, 2) {
        return Some((Coding::Hex, address));
    }
    let is_sextet = |b: &u8| SEXTETS[usize::from(*b)] != NO_SEXTET;
    // Nearly nothing that looks like base64 holds what an address needs.
    if !runs(text, SHORTEST, is_sextet).any(may_hold) {
        return None;
    }
    coded(SHORTEST, is_sextet, base64, 4).map(|address| (Coding::Base64, address))
}

/// An address among other bytes.
fn in_bytes(bytes: &[u8], known: &[String]) -> Option<String> {
    let mut known_names = known.iter();
    if let Some(known) = known_names.find(|known| is_spelt_out(bytes, known)) {
        return Some(known.clone());
    }
    memchr::memchr_iter(b'@', bytes).find_map(|at| {
        let local = bytes[..at].iter().rev().take_while(|b| is_local(**b)).count();
        let domain = bytes[at + 1..].iter().take_while(|b| is_domain(**b)).count();
        let text = std::str::from_utf8(&bytes[at - local..at + 1 + domain]).ok()?;
        let text = text.trim_end_matches(['.', '-']).trim_start_matches('.');
        let mine = known.iter().find(|known| {
            let end = text.get(text.len().saturating_sub(known.len())..);
            !known.is_empty() && end.is_some_and(|end| end.eq_ignore_ascii_case(known))
        });
        match mine {
            Some(known) => Some(known.clone()),
            None => is_address(text).then(|| text.to_owned()),
        }
    })
}

/// Whether a known address stands there as return paths spell one:
/// `reader=example.org`.
fn is_spelt_out(bytes: &[u8], known: &str) -> bool {
    let Some((local, domain)) = known.rsplit_once('@') else { return false };
    memchr::memchr_iter(b'=', bytes).any(|at| {
        let before = bytes[..at].len().checked_sub(local.len()).map(|from| &bytes[from..at]);
        let behind = bytes[at + 1..].get(..domain.len());
        before.is_some_and(|text| text.eq_ignore_ascii_case(local.as_bytes()))
            && behind.is_some_and(|text| text.eq_ignore_ascii_case(domain.as_bytes()))
    })
}

/// An address on a public domain, or on one that is reserved for examples and
/// so stands in redacted mail; but not `logo@2x.png`.
fn is_address(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else { return false };
    let Some((first, _)) = domain.split_once('.') else { return false };
    let suffix = domain.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
    let retina =
        first.len() == 2 && first.as_bytes()[0].is_ascii_digit() && first.ends_with(['x', 'X']);
    !local.is_empty()
        && !retina
        && domain.split('.').all(|label| !label.is_empty() && !label.starts_with('-'))
        && (web::is_suffix(&suffix) || matches!(suffix.as_str(), "example" | "invalid" | "test"))
}

fn is_local(b: u8) -> bool {
    b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'+' | b'-')
}

fn is_domain(b: u8) -> bool {
    b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-')
}

/// The longest runs of certain bytes, if they are long enough.
fn runs(text: &[u8], shortest: usize, of: impl Fn(&u8) -> bool) -> impl Iterator<Item = &[u8]> {
    text.split(move |b| !of(b)).filter(move |run| run.len() >= shortest)
}

fn hex(run: &[u8]) -> Vec<u8> {
    let digit = |b: u8| (b as char).to_digit(16).unwrap_or(0) as u8;
    run.chunks_exact(2).map(|pair| digit(pair[0]) << 4 | digit(pair[1])).collect()
}

fn base64(run: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(run.len() / 4 * 3 + 2);
    for chunk in run.chunks(4) {
        let bits =
            chunk.iter().fold(0u32, |bits, b| bits << 6 | u32::from(sextet(*b).unwrap_or(0)));
        let bits = bits << (6 * (4 - chunk.len()));
        out.extend_from_slice(&bits.to_be_bytes()[1..chunk.len()]);
    }
    out
}

/// Whether base64, wherever its groups of four begin, may stand for an `@` or a `=` among others: of the first three
/// sextets it is not asked which of them can begin a group. One byte stands in two sextets, in one of three ways.
fn may_hold(run: &[u8]) -> bool {
    let mut before = 0;
    run.iter().any(|&b| {
        let is = before & SECONDS[usize::from(b)] != 0;
        before = FIRSTS[usize::from(b)];
        is
    })
}

/// For each byte of base64 six bits: as the first of two it may be part of an `@` in each of the three ways, and of a
/// `=`. The same for the second of two.
static FIRSTS: [u8; 256] = parts(true);
static SECONDS: [u8; 256] = parts(false);

const fn parts(first: bool) -> [u8; 256] {
    let (mut parts, mut byte) = ([0; 256], 0);
    while byte < 256 {
        let sextet = SEXTETS[byte];
        let (mut way, mut bits) = (0, 0);
        while sextet != NO_SEXTET && way < 6 {
            let wanted = if way < 3 { b'@' } else { b'=' };
            // Of its eight bits so many are the first sextet's last ones.
            let upper = 6 - 2 * (way % 3);
            let is = match first {
                true => sextet & ((1 << upper) - 1) == wanted >> (8 - upper),
                false => sextet >> (upper - 2) == wanted & ((1 << (8 - upper)) - 1),
            };
            if is {
                bits |= 1 << way;
            }
            way += 1;
        }
        parts[byte] = bits;
        byte += 1;
    }
    parts
}

fn sextet(b: u8) -> Option<u8> {
    Some(SEXTETS[usize::from(b)]).filter(|sextet| *sextet != NO_SEXTET)
}

const NO_SEXTET: u8 = u8::MAX;
/// What each byte stands for, in either alphabet (RFC 4648, 4 and 5).
static SEXTETS: [u8; 256] = {
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut sextets = [NO_SEXTET; 256];
    let mut at = 0;
    while at < alphabet.len() {
        sextets[alphabet[at] as usize] = at as u8;
        at += 1;
    }
    sextets[b'-' as usize] = 62;
    sextets[b'_' as usize] = 63;
    sextets
};

#[cfg(test)]
mod tests {
    use super::super::digests;
    use super::*;

    fn of(url: &str) -> Option<(String, Coding, String)> {
        let parts = Parts::parse(url)?;
        find(&parts, &Recipients::of(&["known@intern.corp".to_owned()]))
            .map(|found| (found.place, found.coding, found.address))
    }
    fn found(place: &str, coding: Coding, address: &str) -> Option<(String, Coding, String)> {
        Some((place.to_owned(), coding, address.to_owned()))
    }

    #[test]
    fn addresses_in_clear_and_percent_encoded() {
        assert_eq!(
            of("https://a.example/x?e=reader@example.com"),
            found("e", Coding::Clear, "reader@example.com")
        );
        assert_eq!(
            of("https://a.example/x?e=reader%40example.com"),
            found("e", Coding::Percent, "reader@example.com")
        );
        assert_eq!(
            of("https://a.example/x?e=reader%2540example.com"),
            found("e", Coding::Percent, "reader@example.com")
        );
        assert_eq!(
            of("https://a.example/reader%40example.com/o"),
            found("path", Coding::Percent, "reader@example.com")
        );
        assert_eq!(
            of("https://a.example/o?KNOWN@intern.corp"),
            found("query", Coding::Clear, "known@intern.corp")
        );
    }

    #[test]
    fn the_seed_has_it_in_base64() {
        let url = "https://newsalerts.icann.org/trk?t=1&mid=NTI5LUNSRS03MTc6MDoxNDk1OjExMTk6MTAwMTU6MTI0MDo5OjEyMDU6ODIwMDpyZWFkZXJAZXhhbXBsZS5jb20";
        assert_eq!(of(url), found("mid", Coding::Base64, "reader@example.com"));
    }

    #[test]
    fn base64_may_begin_anywhere_in_a_text() {
        for prefix in ["", "x", "xy", "xyz", "A-1_"] {
            let url = format!("https://a.example/i/{prefix}cmVhZGVyQGV4YW1wbGUuY29t");
            let (_, coding, address) = of(&url).unwrap_or_else(|| panic!("{url}"));
            assert_eq!(coding, Coding::Base64, "{url}");
            assert!(address.ends_with("reader@example.com"), "{address}");
        }
        assert_eq!(
            of("https://a.example/?u=cmVhZGVyQGV4YW1wbGUuY29t%3D"),
            found("u", Coding::Base64, "reader@example.com")
        );
    }

    /// There is no `@` in it.
    #[test]
    fn base64_may_hold_a_return_path() {
        let url = "https://a.example/?u=Ym91bmNlLWtub3duPWludGVybi5jb3Jw";
        assert_eq!(of(url), found("u", Coding::Base64, "known@intern.corp"));
    }

    proptest::proptest! {
        #[test]
        fn what_base64_may_hold_is_what_it_decodes_to(run in "[A-Za-z0-9+/_-]{0,24}") {
            let holds = |run: &str| (0..4)
                .flat_map(|shift| base64(run.as_bytes().get(shift..).unwrap_or_default()))
                .any(|b| matches!(b, b'@' | b'='));
            proptest::prop_assert!(may_hold(run.as_bytes()) || !holds(&run));
            // With room before it, so that each byte of it may stand at each place of a group.
            let run = format!("AAA{run}");
            proptest::prop_assert_eq!(may_hold(run.as_bytes()), holds(&run));
        }
    }

    #[test]
    fn hexadecimal_digits() {
        let digits: String = "reader@example.com".bytes().map(|b| format!("{b:02X}")).collect();
        assert_eq!(
            of(&format!("https://a.example/{digits}.gif")),
            found("path", Coding::Hex, "reader@example.com")
        );
        assert_eq!(
            of(&format!("https://a.example/?c=f{digits}")),
            found("c", Coding::Hex, "reader@example.com")
        );
    }

    proptest::proptest! {
        #[test]
        fn what_may_be_no_address_is_none(
            texts in proptest::collection::vec(
                "[a-f0-9]{12,16}|[A-Za-z0-9+/_-]{0,9}|[a-z]@[a-z]{1,3}[.]com|k=k[.]corp|%40|[ .=]",
                0..4,
            ),
            address in "[a-z]{1,4}@[a-z]{1,4}[.]com",
        ) {
            let known = Recipients::of(&["k@k.corp".to_owned()]);
            let coded = digests::base64(address.as_bytes());
            let digits: String = address.bytes().map(|byte| format!("{byte:02x}")).collect();
            // Two of the three hold one.
            let texts = texts.concat();
            for raw in [texts.clone(), format!("{texts}{coded}"), format!("{texts}.{digits}")] {
                for known in [&known, &Recipients::default()] {
                    proptest::prop_assert_eq!(in_text(&raw, known), decoded(&raw, known), "{}", raw);
                }
            }
        }
    }

    #[test]
    fn as_return_paths_spell_it() {
        assert_eq!(
            of("https://a.example/bounce+known=intern.corp"),
            found("path", Coding::Clear, "known@intern.corp")
        );
        assert_eq!(of("https://a.example/bounce+other=intern.corp"), None);
    }

    #[test]
    fn what_only_looks_like_one() {
        for url in [
            "https://a.example/logo@2x.png",
            "https://a.example/logo@2x.com",
            "https://a.example/npm/pkg@1.2.3/x.png",
            "https://a.example/@handle/photo",
            "https://a.example/x?y=a@localhost",
            "https://user@a.example/x",
            "https://a.example/0f8fad5b-d9cb-469f-a165-70867728950e",
        ] {
            assert_eq!(of(url), None, "{url}");
        }
    }
}
