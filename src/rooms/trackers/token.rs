//! Is there something in a URL that no person would write: an identifier?
//! And does its path say what it is for? Looks at the text of the URL alone.

use super::words;
use crate::web::Parts;

/// An identifier in a URL.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Token<'u> {
    /// The parameter's name, `query` or `path`.
    pub place: &'u str,
    pub in_query: bool,
}

/// The first identifier, those in the query before those in the path.
pub(super) fn find<'u>(url: &'u Parts<'_>) -> Option<Token<'u>> {
    let in_query = url.params().find_map(|(name, value)| {
        let (place, text) = if value.is_empty() { ("query", name) } else { (name, value) };
        has_token(text).then_some(Token { place, in_query: true })
    });
    in_query.or_else(|| {
        has_token(stem_of(url.path())).then_some(Token { place: "path", in_query: false })
    })
}

/// Whether a parameter says that it is about the reader.
pub(super) fn is_about_reader(name: &str) -> bool {
    words::READER.iter().any(|known| name.eq_ignore_ascii_case(known))
}

/// The word that says that a URL watches, and whether it is more than the
/// file's name (which may be `pixel.gif` for a spacer).
pub(super) fn word(url: &Parts<'_>) -> Option<(&'static str, bool)> {
    let path = url.path();
    let (folder, file) = path.rsplit_once('/').unwrap_or(("", path));
    let known = |text: &str| {
        text.split(|c: char| !c.is_ascii_alphabetic())
            .find_map(|part| words::WATCHING.iter().find(|word| part.eq_ignore_ascii_case(word)))
            .copied()
    };
    let said =
        |value: &str| words::SAID.iter().find(|word| value.eq_ignore_ascii_case(word)).copied();
    if let Some(word) = known(folder).or_else(|| url.params().find_map(|(_, value)| said(value))) {
        return Some((word, true));
    }
    // A name without an ending is as good as a folder: `/open?u=1`.
    known(file).map(|word| (word, !file.contains('.')))
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

pub(super) fn ending(url: &Parts<'_>) -> Ending {
    let file = url.path().rsplit('/').next().unwrap_or_default();
    let Some((_, ending)) = file.rsplit_once('.') else { return Ending::Other };
    if ending.eq_ignore_ascii_case("gif") {
        return Ending::Gif;
    }
    let raster = words::RASTER.iter().any(|known| ending.eq_ignore_ascii_case(known));
    if raster { Ending::Raster } else { Ending::Other }
}

/// Whether the file is a picture that is called as spacers are.
pub(super) fn is_spacer(url: &Parts<'_>) -> bool {
    if ending(url) == Ending::Other {
        return false;
    }
    let file = url.path().rsplit('/').next().unwrap_or_default();
    let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem).to_ascii_lowercase();
    words::SPACER.iter().any(|word| stem.contains(word))
        || words::SPACER_WHOLE.contains(&stem.as_str())
}

/// The path without the file's ending.
fn stem_of(path: &str) -> &str {
    let file = path.rfind('/').map_or(0, |at| at + 1);
    path[file..].rfind('.').map_or(path, |dot| &path[..file + dot])
}

/// Whether a text has a piece that looks drawn by lot: letters and digits, and
/// small and capital letters, change more often than in words and dates.
fn has_token(text: &str) -> bool {
    let piece =
        |c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '=' | '+' | '%' | '~'));
    text.split(piece).any(|piece| is_token(piece.as_bytes()))
}

fn is_token(piece: &[u8]) -> bool {
    let (mut length, mut digits, mut changes) = (0usize, 0usize, 0usize);
    let mut before = 0u8;
    for &b in piece {
        if b.is_ascii_alphanumeric() {
            length += 1;
            digits += usize::from(b.is_ascii_digit());
            let turned = before.is_ascii_alphanumeric()
                && (before.is_ascii_digit() != b.is_ascii_digit()
                    || before.is_ascii_lowercase() && b.is_ascii_uppercase());
            changes += usize::from(turned);
        }
        // Behind a hyphen a new word may begin: `part-2-of-3`.
        before = b;
    }
    if digits == length {
        return length >= LONG_NUMBER;
    }
    length >= SHORTEST && changes >= 4 && changes * 5 >= length
}

/// Shorter than this, words with numbers look alike.
const SHORTEST: usize = 12;
/// Dates with a time have 14 digits.
const LONG_NUMBER: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    fn token(url: &str) -> Option<String> {
        let parts = Parts::parse(url).expect("a URL");
        find(&parts).map(|token| token.place.to_owned())
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
    fn words() {
        let of = |url| word(&Parts::parse(url).expect("a URL"));
        assert_eq!(of("https://a.example/track/open.php?u=1"), Some(("track", true)));
        assert_eq!(of("https://a.example/open?u=1"), Some(("open", true)));
        assert_eq!(of("https://a.example/i/pixel.gif"), Some(("pixel", false)));
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
