//! Is there something in a URL that no person would write: an identifier?
//! And does its path say what it is for? Looks at the text of the URL alone.

use super::words::WORDS;
use crate::web::Parts;

/// What the text of a URL says by itself.
pub(super) struct Says {
    pub ending: Ending,
    /// The first identifier.
    pub token: Option<Token>,
    /// See [`word`].
    pub word: Option<(&'static str, bool)>,
    /// It is called as spacers are.
    pub spacer: bool,
}

impl Says {
    pub(super) fn of(url: &Parts<'_>) -> Says {
        Says { ending: ending(url), token: find(url), word: word(url), spacer: is_spacer(url) }
    }
}

/// An identifier in a URL.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Token {
    /// The parameter's name, `query` or `path`.
    pub place: String,
    pub in_query: bool,
    /// It is no more than the name of a picture's file.
    pub is_name: bool,
}

impl Token {
    fn in_query(place: &str) -> Token {
        Token { place: place.to_owned(), in_query: true, is_name: false }
    }
}

/// The first identifier: of those in the query one that is named after the
/// reader, any other, then those in the path.
fn find(url: &Parts<'_>) -> Option<Token> {
    search(url, is_token)
}

/// The same where nobody is to see the picture: a short number or word will do
/// to tell readers apart.
pub(super) fn find_short(url: &Parts<'_>) -> Option<Token> {
    let named = url.params().find(|(name, value)| {
        is_about_reader(name) && value.len() >= 4 && value.bytes().any(|b| b.is_ascii_digit())
    });
    let named = named.map(|(place, _)| Token::in_query(place));
    named.or_else(|| search(url, is_short_token))
}

fn search(url: &Parts<'_>, is: fn(&[u8]) -> bool) -> Option<Token> {
    let mut in_query = None;
    for (name, value) in url.params() {
        let (place, text) = if value.is_empty() { ("query", name) } else { (name, value) };
        if is_about_picture(name) || is_url(text) || !has_token(text, is) {
            continue;
        }
        if is_about_reader(name) {
            return Some(Token::in_query(place));
        }
        in_query = in_query.or(Some(place));
    }
    in_query.map(Token::in_query).or_else(|| {
        let (folder, file) = url.path().rsplit_once('/').unwrap_or_default();
        let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
        let is_name = !has_token(folder, is);
        (!is_name || has_token(stem, is)).then_some(Token {
            place: "path".to_owned(),
            in_query: false,
            is_name: is_name && ending(url) != Ending::Other,
        })
    })
}

/// Whether a parameter says that it is about the reader.
pub(super) fn is_about_reader(name: &str) -> bool {
    WORDS.reader.has(name)
}

/// Whether a parameter says that it is about what the picture shows, or about
/// the state of its file.
fn is_about_picture(name: &str) -> bool {
    WORDS.picture.has(name)
}

/// An address of something else, which has reasons of its own for what is in
/// it.
fn is_url(text: &str) -> bool {
    let text = text.as_bytes();
    let is = |from: usize, what: &[u8]| {
        text.get(from..from + what.len()).is_some_and(|it| it.eq_ignore_ascii_case(what))
    };
    is(0, b"http") && (is(4, b":") || is(4, b"s:") || (4..=9).any(|from| is(from, b"%3a")))
}

/// Whether the same file is there for everyone: a picture's, and the query says
/// at most how it is to be shown.
pub(super) fn is_plain(url: &Parts<'_>) -> bool {
    ending(url) != Ending::Other
        && url.params().all(|(name, value)| is_about_picture(name) && !has_token(value, is_token))
}

/// Whether a file lies in a folder of files for everyone.
pub(super) fn is_on_shelf(url: &Parts<'_>) -> bool {
    let folder = url.path().rsplit_once('/').unwrap_or_default().0;
    folder.split('/').any(|name| WORDS.shelf.has(name))
}

/// The word that says that a URL watches, and whether it is more than the
/// name of a picture's file (which may be `pixel.gif` for a spacer).
fn word(url: &Parts<'_>) -> Option<(&'static str, bool)> {
    let path = url.path();
    let (folder, file) = path.rsplit_once('/').unwrap_or(("", path));
    let known = |text: &str| {
        let parts = text.as_bytes().split(|byte| !byte.is_ascii_alphabetic());
        // Letters of ASCII, so each of them is a text.
        let parts = parts.filter(|part| !part.is_empty()).map(std::str::from_utf8);
        parts.flatten().find_map(|part| {
            // Without a capital letter there is but the one hump.
            let humped = || part.bytes().any(|b| b.is_ascii_uppercase());
            WORDS.watching.find(part).or_else(|| {
                humped().then(|| humps(part).find_map(|hump| WORDS.watching.find(hump)))?
            })
        })
    };
    let said = || url.params().find_map(|(_, value)| WORDS.said.find(value));
    if let Some(word) = known(folder).or_else(said) {
        return Some((word, true));
    }
    // A program is as good as a folder: `/open?u=1`, `/open.php`.
    known(file).map(|word| (word, ending(url) == Ending::Other))
}

/// `EmailTracker` → `Email`, `Tracker`
fn humps(word: &str) -> impl Iterator<Item = &str> {
    let bytes = word.as_bytes();
    let mut from = 0;
    let ends = (1..=bytes.len()).filter(move |&i| {
        i == bytes.len() || bytes[i - 1].is_ascii_lowercase() && bytes[i].is_ascii_uppercase()
    });
    ends.map(move |end| &word[std::mem::replace(&mut from, end)..end])
}

/// What kind of file the path says it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Ending {
    /// A picture that is worth looking at.
    Raster,
    /// A picture, or a beacon.
    Gif,
    /// A program, or nothing.
    Other,
}

fn ending(url: &Parts<'_>) -> Ending {
    let (_, Some(ending)) = file(url) else { return Ending::Other };
    if ending.eq_ignore_ascii_case("gif") {
        return Ending::Gif;
    }
    if WORDS.raster.has(ending) { Ending::Raster } else { Ending::Other }
}

/// The stem of a path's last part, and its ending if it has one.
fn file<'u>(url: &'u Parts<'_>) -> (&'u str, Option<&'u str>) {
    let path = url.path();
    let name = &path[memchr::memrchr(b'/', path.as_bytes()).map_or(0, |slash| slash + 1)..];
    match memchr::memrchr(b'.', name.as_bytes()) {
        Some(dot) => (&name[..dot], Some(&name[dot + 1..])),
        None => (name, None),
    }
}

/// Whether the file is a picture that is called as spacers are.
fn is_spacer(url: &Parts<'_>) -> bool {
    if ending(url) == Ending::Other {
        return false;
    }
    let stem = file(url).0;
    WORDS.spacer.any_in(stem) || WORDS.spacer_whole.has(stem)
}

/// Whether a text has a piece that looks drawn by lot.
fn has_token(text: &str, is: fn(&[u8]) -> bool) -> bool {
    let ends = |b: &u8| {
        !(b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'=' | b'+' | b'%' | b'~'))
    };
    text.len() >= LEAST
        && text.as_bytes().split(ends).any(|piece| piece.len() >= LEAST && is(piece))
}

/// What a piece is made of: letters and digits, and small and capital letters,
/// change more often than in words and dates.
#[derive(Default)]
struct Make {
    length: usize,
    digits: usize,
    changes: usize,
    vowels: usize,
    /// The most consonants of one case in a row.
    consonants: usize,
}

fn make(piece: &[u8]) -> Make {
    let mut make = Make::default();
    let (mut before, mut row) = (0u8, 0usize);
    for &b in piece {
        let vowel = matches!(b | 32, b'a' | b'e' | b'i' | b'o' | b'u' | b'y');
        if b.is_ascii_alphanumeric() {
            make.length += 1;
            make.digits += usize::from(b.is_ascii_digit());
            make.vowels += usize::from(vowel);
            let turned = before.is_ascii_alphanumeric()
                && (before.is_ascii_digit() != b.is_ascii_digit()
                    || before.is_ascii_lowercase() && b.is_ascii_uppercase());
            make.changes += usize::from(turned);
        }
        row = if b.is_ascii_alphabetic() && !vowel { row + 1 } else { 0 };
        make.consonants = make.consonants.max(row);
        // Behind a hyphen a new word may begin: `part-2-of-3`.
        before = b;
    }
    make
}

fn is_token(piece: &[u8]) -> bool {
    if piece.len() < SHORTEST {
        return false;
    }
    let Make { length, digits, changes, vowels, consonants } = make(piece);
    if length == 0 {
        return false;
    }
    if digits == length {
        return length >= LONG_NUMBER;
    }
    // Letters alone that nobody can say.
    if digits == 0 && length >= LONG_WORD && consonants >= 6 && vowels * 5 <= length {
        return true;
    }
    length >= SHORTEST && changes >= 4 && changes * 5 >= length
}

fn is_short_token(piece: &[u8]) -> bool {
    let Make { length, digits, changes, .. } = make(piece);
    if digits == length {
        return length >= LEAST;
    }
    is_token(piece) || length >= 8 && changes >= 3
}

/// Nothing shorter is looked at.
const LEAST: usize = 6;
/// Shorter than this, words with numbers look alike.
const SHORTEST: usize = 12;
/// Dates with a time have 14 digits.
const LONG_NUMBER: usize = 16;
/// Shorter than this, abbreviations look alike.
const LONG_WORD: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    fn token(url: &str) -> Option<String> {
        let parts = Parts::parse(url).expect("a URL");
        find(&parts).map(|token| token.place)
    }

    #[test]
    fn identifiers() {
        for (url, place) in [
            ("https://a.example/o?m=7be2f19c40d85a63", "m"),
            ("https://a.example/open/9f8e41c07b2d4a6e93b5d1a0c6f72e18", "path"),
            ("https://a.example/0f8fad5b-d9cb-469f-a165-70867728950e.png", "path"),
            ("https://a.example/uGN0008R0P0d0w02qg2CE20", "path"),
            ("https://a.example/x?eyJhbGciOiJIUzI1NiJ9", "query"),
            ("https://a.example/x.gif?id=12345678901234567", "id"),
            ("https://a.example/x?kxjwqvtzbnmplrdgf", "query"),
            ("https://a.example/x?a=7be2f19c40d85a63&uid=7be2f19c40d85a63", "uid"),
        ] {
            assert_eq!(token(url).as_deref(), Some(place), "{url}");
        }
    }

    #[test]
    fn names_and_dates() {
        for url in [
            "https://a.example/images/NewsletterHeaderImageSpring2021Final.png",
            "https://a.example/2021/01/31/IMG20210131WA0001.jpg",
            "https://a.example/part-2-of-3-img-600x200.png?v=1612051200",
            "https://a.example/logo_600x200@2x.png?t=20210131T120000Z",
            "https://a.example/wp-content/uploads/2020/11/hero-banner-1200x630.jpg",
            "https://a.example/social/facebook_circle_color.png?size=48&format=png",
        ] {
            assert_eq!(token(url), None, "{url}");
        }
    }

    #[test]
    fn what_is_about_the_picture() {
        for url in [
            "https://a.example/x.png?v=9f8e41c07b2d4a6e93b5d1a0c6f72e18",
            "https://a.example/x.png?src=https%3A%2F%2Fb.example%2F9f8e41c07b2d4a6e93b5d1a0",
        ] {
            assert_eq!(token(url), None, "{url}");
        }
        let plain = |url| is_plain(&Parts::parse(url).expect("a URL"));
        assert!(plain("https://a.example/x.png?w=600&h=200") && plain("https://a.example/x.gif"));
        assert!(!plain("https://a.example/x.gif?id=1") && !plain("https://a.example/x"));
    }

    #[test]
    fn short_ones() {
        let of = |url| find_short(&Parts::parse(url).expect("a URL")).map(|t| t.place);
        assert_eq!(of("https://a.example/x?uid=4711").as_deref(), Some("uid"));
        assert_eq!(of("https://a.example/x/1048271/p").as_deref(), Some("path"));
        assert_eq!(of("https://a.example/newsletter/logo.png"), None);
    }

    #[test]
    fn words() {
        let of = |url| word(&Parts::parse(url).expect("a URL"));
        assert_eq!(of("https://a.example/track/open.php?u=1"), Some(("track", true)));
        assert_eq!(of("https://a.example/open?u=1"), Some(("open", true)));
        assert_eq!(of("https://a.example/i/pixel.gif"), Some(("pixel", false)));
        assert_eq!(of("https://a.example/open.php?u=1"), Some(("open", true)));
        assert_eq!(of("https://a.example/EmailTracker.ashx"), Some(("tracker", true)));
        assert_eq!(of("https://a.example/lt.php?l=open"), Some(("open", true)));
        assert_eq!(of("https://a.example/opening-night/tracksuit.jpg"), None);
    }

    #[test]
    fn files() {
        let of = |url| ending(&Parts::parse(url).expect("a URL"));
        assert_eq!(of("https://a.example/x.PNG?y"), Ending::Raster);
        assert_eq!(of("https://a.example/x.gif"), Ending::Gif);
        assert_eq!(of("https://a.example/x.php"), Ending::Other);
        assert_eq!(of("https://a.example/v1.2/x"), Ending::Other);
        let spacer = |url| is_spacer(&Parts::parse(url).expect("a URL"));
        assert!(
            spacer("https://a.example/img/pixel_trans.gif")
                && spacer("https://a.example/x/shim.gif")
        );
        assert!(!spacer("https://a.example/spacer/logo.gif"));
    }
}
