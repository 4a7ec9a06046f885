//! What a sender might change.

/// A way not to be found.
pub struct Evasion {
    pub name: &'static str,
    /// The URL changed, and the picture's attributes; nothing where it does
    /// not apply.
    change: fn(&str, usize) -> Option<(String, &'static str)>,
}

impl Evasion {
    pub fn of(&self, url: &str, seed: usize) -> Option<(String, &'static str)> {
        (self.change)(url, seed)
    }
}

const TINY: &str = "width=\"1\" height=\"1\" alt=\"\"";

pub const EVASIONS: &[Evasion] = &[
    Evasion { name: "size: 2x2", change: |url, _| Some((url.into(), "width=\"2\" height=\"2\"")) },
    Evasion { name: "size: 3x3", change: |url, _| Some((url.into(), "width=\"3\" height=\"3\"")) },
    Evasion {
        name: "size: 1px by 1.0",
        change: |url, _| Some((url.into(), "width=\"1.0\" height=\"1px\"")),
    },
    Evasion {
        name: "size: 0.5px by style",
        change: |url, _| Some((url.into(), "style=\"width:.5px;height:.5px\"")),
    },
    Evasion {
        name: "size: 1pt by style",
        change: |url, _| Some((url.into(), "style=\"width:1pt;height:1pt\"")),
    },
    Evasion {
        name: "size: 0.01em by style",
        change: |url, _| Some((url.into(), "style=\"width:.01em;height:.01em\"")),
    },
    Evasion {
        name: "size: none, hidden",
        change: |url, _| Some((url.into(), "style=\"display : NONE\"")),
    },
    Evasion {
        name: "size: large, without height",
        change: |url, _| Some((url.into(), "width=\"600\" style=\"height:0px\"")),
    },
    Evasion { name: "path: another word", change: |url, seed| Some((path(url, seed)?, TINY)) },
    Evasion { name: "path: a picture's file", change: |url, _| Some((filed(url)?, TINY)) },
    Evasion { name: "path: another host", change: |url, seed| Some((host(url, seed)?, TINY)) },
    Evasion {
        name: "identifier: a UUID",
        change: |url, seed| Some((identified(url, &uuid(seed))?, TINY)),
    },
    Evasion {
        name: "identifier: a number",
        change: |url, seed| Some((identified(url, &(480_213 + seed * 7919).to_string())?, TINY)),
    },
    Evasion {
        name: "identifier: words",
        change: |url, seed| Some((identified(url, &words(seed))?, TINY)),
    },
    Evasion {
        name: "identifier: in the fragment too",
        change: |url, _| Some((format!("{url}#a"), TINY)),
    },
];

const NEUTRAL: &[&str] = &["letter", "view", "garden", "media", "north", "asset", "stone", "river"];

fn split(url: &str) -> Option<(&str, &str)> {
    let rest = url.split_once("://")?.1;
    let at = url.len() - rest.len() + rest.find('/')?;
    Some(url.split_at(at))
}

/// Words of the path become others that say nothing.
fn path(url: &str, seed: usize) -> Option<String> {
    let (host, rest) = split(url)?;
    let (path, query) = rest.split_at(rest.find(['?', '#']).unwrap_or(rest.len()));
    let mut changed = false;
    let segments: Vec<String> = path
        .split('/')
        .enumerate()
        .map(|(i, segment)| {
            let stem = segment.split('.').next().unwrap_or_default();
            let is_word =
                (2..=12).contains(&stem.len()) && stem.bytes().all(|b| b.is_ascii_alphabetic());
            match is_word {
                true => {
                    changed = true;
                    segment.replacen(stem, NEUTRAL[(seed + i) % NEUTRAL.len()], 1)
                }
                false => segment.to_owned(),
            }
        })
        .collect();
    changed.then(|| format!("{host}{}{query}", segments.join("/")))
}

/// The path ends like a picture.
fn filed(url: &str) -> Option<String> {
    let end = url.find(['?', '#']).unwrap_or(url.len());
    let (path, rest) = url.split_at(end);
    let file = path.rsplit('/').next()?;
    let bare = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
    (!bare.is_empty()).then(|| format!("{}{bare}.png{rest}", &path[..path.len() - file.len()]))
}

fn host(url: &str, seed: usize) -> Option<String> {
    Some(format!("https://{}{}.example{}", NEUTRAL[seed % NEUTRAL.len()], seed, split(url)?.1))
}

/// The longest piece that looks drawn by lot becomes another identifier.
fn identified(url: &str, id: &str) -> Option<String> {
    let (host, rest) = split(url)?;
    let pieces = rest.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == '_'));
    let longest = pieces
        .filter(|piece| piece.len() >= 10 && piece.bytes().any(|b| b.is_ascii_digit()))
        .max_by_key(|piece| piece.len())?;
    Some(format!("{host}{}", rest.replacen(longest, id, 1)))
}

fn uuid(seed: usize) -> String {
    // Drawn by a generator that needs nothing else.
    let mut state = seed as u64 ^ 0x9e37_79b9_7f4a_7c15;
    let mut draw = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let hex = format!("{:016x}{:016x}", draw(), draw());
    format!("{}-{}-4{}-a{}-{}", &hex[..8], &hex[8..12], &hex[13..16], &hex[17..20], &hex[20..])
}

fn words(seed: usize) -> String {
    let word = |i: usize| NEUTRAL[(seed / (i + 1) + i * 3) % NEUTRAL.len()];
    format!("{}-{}-{}", word(0), word(1), word(2))
}
