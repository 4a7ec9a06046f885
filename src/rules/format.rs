//! What a rule is; `reader.rs` reads a file of them. Used twice: by `build.rs`,
//! which prints the built-in rules as static tables, and at run time for
//! `--rules DIR`. Knows nothing else of this crate.
//!
//! The format itself is described in `rules/README.md`.

use super::index::Index;
pub use super::text::Str;
use super::words::Words;
use std::fmt;
use std::ops::Deref;

/// A list that is in the program, or one that was read.
#[derive(Debug)]
pub enum Seq<T: 'static> {
    /// Printed by `build.rs`.
    Still(&'static [T]),
    /// Read at run time.
    Made(Vec<T>),
}

impl<T> Deref for Seq<T> {
    type Target = [T];
    fn deref(&self) -> &[T] {
        match self {
            Seq::Still(list) => list,
            Seq::Made(list) => list,
        }
    }
}

/// One sender's, or one program's, file.
#[derive(Debug)]
pub struct Provider {
    /// The file's name without its ending: the middle of its rules' ids.
    pub name: Str,
    /// As people call it.
    pub vendor: Str,
    pub about: Str,
    #[allow(dead_code, reason = "the build checks that it is there")]
    pub source: Seq<Str>,
}

/// One rule of any kind.
#[derive(Debug)]
pub struct Rule {
    /// `trackers.<file>.<id>` or `links.<file>.<id>`.
    pub id: Str,
    /// Index of its file among the providers.
    pub provider: u16,
    pub about: Str,
    /// Whose it is, where that is not the file's sender.
    pub vendor: Option<Str>,
    /// One of them must match.
    pub host: Seq<Host>,
    /// One of them must match, if there are any.
    pub path: Seq<Pat>,
    /// All must be there.
    pub query: Seq<(Str, Pat)>,
    /// One of them must match the whole raw query, if there are any.
    pub whole_query: Seq<Pat>,
    /// None may match.
    pub except_host: Seq<Host>,
    pub except_path: Seq<Pat>,
    /// None may be there.
    pub except_query: Seq<(Str, Pat)>,
    /// Over path and query, where nothing else can say it.
    pub regex: Option<Str>,
    /// Believed only beside another sign of the same sender in the same mail.
    pub beside: bool,
    /// The shape is not enough: what does not decode was never a wrapper.
    pub tentative: bool,
    /// Off unless it is switched on.
    pub off: bool,
    pub does: Does,
}

/// What a rule says.
#[derive(Debug)]
pub enum Does {
    /// What is loaded from here tells that the mail was opened.
    Pixel,
    /// Leads elsewhere.
    Redirect(Redirect),
    /// Names of query parameters that say who clicked or where.
    Param {
        names: Seq<Pat>,
        value: Option<Pat>,
        /// One of them in a URL says whose mail this is.
        sign: bool,
    },
}

/// How a wrapper holds its target.
#[derive(Debug)]
pub struct Redirect {
    /// A mail gateway: unwrapped even where links are left alone otherwise.
    pub gateway: bool,
    /// Schemes beside http and https that it may carry.
    pub schemes: Seq<Str>,
    pub target: Target,
    /// Where the host of an opaque target may be read.
    pub hint: Option<Take>,
}

/// Where the target is.
#[derive(Debug)]
pub enum Target {
    /// Not in the URL.
    Opaque,
    /// Taken from one of these places, then decoded.
    Steps(Seq<Take>, Seq<Step>),
    /// Data cannot spell it.
    Decoder(Decoder),
}

/// A decoder in code, one file each in `rooms/links/decode`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Decoder {
    /// `proofpoint-v3`
    ProofpointV3,
    /// `zeta`
    Zeta,
}

/// A place in a URL. Raw: nothing is decoded yet.
#[derive(Debug)]
pub enum Take {
    /// The value of a query parameter.
    Query(Str),
    /// Everything behind `NAME=` up to the URL's end.
    Rest(Str),
    /// A path segment, counted from 0; negative from the end.
    Segment(i32),
    /// The path behind the first such text.
    After(Str),
    /// Path, query and fragment behind the first such text.
    Tail(Str),
    /// The fragment.
    Fragment,
    /// The whole query.
    WholeQuery,
}

/// One step from what was taken to the target.
#[derive(Debug)]
pub enum Step {
    Percent,
    Base64,
    Hex,
    Zlib,
    /// The string (or, for a string that holds JSON, its text) under a key.
    Json(Str),
    /// The value of a parameter, percent-decoded.
    Query(Str),
    /// Puts text before, where it is not there.
    Prefix(Str),
    /// Takes text away that must be there.
    Strip(Str),
    /// Takes text away from the start or the end, if it is there.
    Drop(Str),
    /// Every occurrence.
    Replace(Str, Str),
    /// Up to the first occurrence, if there is one.
    Until(Str),
    /// Up to the last occurrence, if there is one.
    UntilLast(Str),
    /// Behind the first occurrence, which must be there.
    After(Str),
    /// Up to the last occurrence, which must be there.
    Before(Str),
    /// The n-th part between separators.
    Part(Str, u32),
    /// Writes `https:/x` with two slashes.
    Slashes,
}

/// Which hosts.
#[derive(Debug)]
pub enum Host {
    Any,
    Exact(Str),
    /// `*.x`: hosts under it, not itself.
    Under(Str),
    /// `x.{tld}`: under any public suffix.
    Tld(Str),
    /// With `*` elsewhere.
    Glob(Str),
}

/// A pattern over text: literals, `*` and `{class}`.
#[derive(Debug)]
pub struct Pat(pub Seq<Tok>);

#[derive(Debug)]
pub enum Tok {
    Lit(Str),
    /// Any run of characters.
    Star,
    /// A run of characters of a class, from so many to so many.
    Run(Class, u16, u16),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Class {
    Digits,
    Hex,
    Alnum,
    Lower,
    Upper,
    /// Letters, digits, `-` and `_`.
    Word,
    /// Letters, digits, `+ / - _ =` and `%`.
    B64,
    /// Anything but `/`.
    Seg,
}

impl Class {
    pub const ALL: &[(&str, Class)] = &[
        ("digits", Class::Digits),
        ("hex", Class::Hex),
        ("alnum", Class::Alnum),
        ("lower", Class::Lower),
        ("upper", Class::Upper),
        ("word", Class::Word),
        ("b64", Class::B64),
        ("seg", Class::Seg),
    ];

    #[inline]
    pub fn has(self, b: u8) -> bool {
        match self {
            Class::Digits => b.is_ascii_digit(),
            Class::Hex => b.is_ascii_hexdigit(),
            Class::Alnum => b.is_ascii_alphanumeric(),
            Class::Lower => b.is_ascii_lowercase(),
            Class::Upper => b.is_ascii_uppercase(),
            Class::Word => b.is_ascii_alphanumeric() || b == b'-' || b == b'_',
            Class::B64 => b.is_ascii_alphanumeric() || b"+/-_=%".contains(&b),
            Class::Seg => b != b'/',
        }
    }
}

/// Links that are left alone.
#[derive(Debug, Default)]
pub struct Protected {
    /// Anywhere in a link's text, as whole words.
    pub text: Words,
    /// At the start of a link's text.
    pub text_start: Words,
    /// Anywhere in path or query.
    pub url: Words,
    /// Whole path segments, with or without their ending.
    pub segment: Words,
    /// Parameters of a signed URL: nothing may be taken out of it.
    pub signed: Words,
    /// Anywhere in the path of a page that shows the mail itself, or in the
    /// text of a link to it: nothing is taken out of its URL either.
    pub view: Words,
    pub view_text: Words,
}

impl<T> Default for Seq<T> {
    fn default() -> Self {
        Seq::Still(&[])
    }
}

/// An example: what becomes of a URL, or of HTML.
#[derive(Debug)]
#[allow(dead_code, reason = "the build checks that they are there, tests run them")]
pub struct Example {
    pub line: usize,
    pub about: Str,
    pub input: Input,
    /// Empty where the input stays.
    pub becomes: Option<Str>,
    pub finds: Vec<Str>,
    /// Other URLs in the same mail.
    pub beside: Vec<Str>,
    /// The link's text.
    pub text: Str,
    /// The expected verdict, where it is said.
    pub verdict: Option<Str>,
}

#[derive(Debug)]
#[allow(dead_code, reason = "see `Example`")]
pub enum Input {
    Url(Str),
    Html(Str),
}

/// A sender's standing link: where a wrapped link leads, told by the wrapper's
/// host and the link's exact text or the name of its image. Holds nothing of
/// any reader, so it can be shared.
#[derive(Debug)]
pub struct Standing {
    /// `links.<file>.book`
    pub id: Str,
    /// Index of its file among the providers.
    pub provider: u16,
    /// The wrapper's host.
    pub host: Str,
    /// The link's visible text, white space folded.
    pub text: Option<Str>,
    /// Else the name of the image that is all of the link.
    pub alt: Option<Str>,
    pub to: Str,
    /// Hosts it may lead to beside those of the wrapper's registrable domain.
    pub hosts: Seq<Str>,
    /// Its place in the file.
    pub line: usize,
}

/// A rule file that was read.
#[derive(Debug)]
pub struct File {
    pub provider: Provider,
    pub rules: Vec<Rule>,
    pub book: Vec<Standing>,
    pub examples: Vec<Example>,
    pub protected: Option<Protected>,
}

/// What is wrong with a rule file, and where.
#[derive(Debug, PartialEq)]
pub struct Bad {
    pub line: usize,
    pub message: String,
}

impl fmt::Display for Bad {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.line, self.message)
    }
}

/// Where to find the rules about a parameter by its name.
#[derive(Debug, Default)]
pub struct Names {
    /// Whole names in lower case, sorted, then in the order of the rules.
    pub whole: Seq<(Str, u16)>,
    /// Rules that have a pattern among their names, with what the pattern
    /// begins with.
    pub some: Seq<(Str, u16)>,
}

/// Of all rules about parameters, or of those that are signs of their senders.
fn names(rules: &[Rule], signs: bool) -> Names {
    let (mut whole, mut some) = (Vec::new(), Vec::new());
    for (i, rule) in rules.iter().enumerate() {
        let Does::Param { names, sign, .. } = &rule.does else { continue };
        if signs && !sign {
            continue;
        }
        for name in names.iter() {
            match &*name.0 {
                [Tok::Lit(name)] => whole.push((name.clone(), i as u16)),
                [Tok::Lit(lead), ..] => some.push((lead.clone(), i as u16)),
                _ => some.push((Str::default(), i as u16)),
            }
        }
    }
    whole.sort();
    some.sort();
    some.dedup();
    Names { whole: Seq::Made(whole), some: Seq::Made(some) }
}

/// All that was read from a set of files.
#[derive(Debug, Default)]
pub struct Table {
    pub providers: Seq<Provider>,
    pub rules: Seq<Rule>,
    pub pixels: Index,
    pub redirects: Index,
    pub params: Names,
    /// Those of `params` that are signs of their senders.
    pub signs: Names,
    pub book: Seq<Standing>,
    pub protected: Protected,
}

/// The examples of each file, by its name.
pub type Examples = Vec<(String, Vec<Example>)>;

/// Puts files together, which have to be read with rising provider numbers.
pub fn table(files: Vec<File>) -> (Table, Examples) {
    let (mut providers, mut rules, mut examples) = (Vec::new(), Vec::new(), Vec::new());
    let mut protected = Protected::default();
    let mut book = Vec::new();
    for file in files {
        book.extend(file.book);
        examples.push((file.provider.name.to_string(), file.examples));
        providers.push(file.provider);
        rules.extend(file.rules);
        if let Some(words) = file.protected {
            protected = words;
        }
    }
    let table = Table {
        pixels: Index::of(&rules, |d| matches!(d, Does::Pixel)),
        redirects: Index::of(&rules, |d| matches!(d, Does::Redirect(_))),
        params: names(&rules, false),
        signs: names(&rules, true),
        providers: Seq::Made(providers),
        rules: Seq::Made(rules),
        book: Seq::Made(book),
        protected,
    };
    (table, examples)
}
