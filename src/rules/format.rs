//! What a rule is, and how a rule file is read. Used twice: by `build.rs`,
//! which prints the built-in rules as static tables, and at run time for
//! `--rules DIR`. Knows nothing else of this crate.
//!
//! The format itself is described in `rules/README.md`.

use super::index::{Index, MOST_LABELS};
use super::words::{LEAST, Words};
use std::borrow::Cow;
use std::fmt;
use std::ops::{Deref, Range};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The version of the format that this reader knows.
pub const FORMAT: i64 = 1;

pub type Str = Cow<'static, str>;

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

const FILE_KEYS: &[&str] = &[
    "format",
    "about",
    "vendor",
    "source",
    "pixel",
    "redirect",
    "param",
    "link",
    "protected",
    "example",
];
const LINK_KEYS: &[&str] = &["host", "text", "alt", "to", "hosts", "source", "chosen", "about"];
const MATCH_KEYS: &[&str] = &[
    "id",
    "about",
    "host",
    "path",
    "query",
    "whole_query",
    "vendor",
    "off",
    "except_host",
    "except_path",
    "except_query",
    "regex",
    "beside",
];
const REDIRECT_KEYS: &[&str] =
    &["take", "then", "opaque", "decoder", "gateway", "schemes", "hint", "tentative"];
const PARAM_KEYS: &[&str] = &["names", "value", "sign"];
const EXAMPLE_KEYS: &[&str] =
    &["about", "url", "html", "becomes", "finds", "beside", "text", "verdict"];
const PROTECTED_KEYS: &[&str] =
    &["text", "text_start", "url", "segment", "signed", "view", "view_text"];

/// Reads the text of the rule file `name` (without its ending). `provider`
/// becomes the index of its provider.
pub fn read(name: &str, text: &str, provider: u16) -> Result<File, Bad> {
    let root = DeTable::parse(text).map_err(|e| Bad {
        line: line(text, e.span().map_or(0, |s| s.start)),
        message: e.message().to_owned(),
    })?;
    if name.is_empty()
        || !name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    {
        return Err(Bad {
            line: 1,
            message: format!(
                "the file name {name:?} is part of its rules' ids: use a-z, 0-9 and -"
            ),
        });
    }
    Reader { text, name, id: None }.file(root.get_ref(), provider)
}

/// Reads the link book (`[[link]]`) of a file whose text and root these are.
pub fn book(name: &str, text: &str, root: &DeTable<'_>) -> Result<Vec<Standing>, Bad> {
    Reader { text, name, id: None }.book(root, 0)
}

/// The number of the line that holds this byte, from 1.
fn line(text: &str, at: usize) -> usize {
    1 + text.as_bytes()[..at.min(text.len())].iter().filter(|&&b| b == b'\n').count()
}

type Value<'i> = Spanned<DeValue<'i>>;

struct Reader<'t> {
    text: &'t str,
    name: &'t str,
    /// The rule that is being read, for messages.
    id: Option<String>,
}

impl Reader<'_> {
    fn file(mut self, root: &DeTable<'_>, provider: u16) -> Result<File, Bad> {
        self.keys(root, &[FILE_KEYS])?;
        if let Some(format) = root.get("format") {
            let known = format.get_ref().as_integer().is_some_and(|i| {
                i64::from_str_radix(i.as_str(), i.radix()).is_ok_and(|n| n == FORMAT)
            });
            if !known {
                return Err(self.bad(format.span(), format!("format must be {FORMAT}")));
            }
        }
        let vendor = self.string(root, "vendor")?.unwrap_or_else(|| self.name.to_owned().into());
        let about = self.string(root, "about")?.unwrap_or_default();
        let source = self.strings(root, "source")?;
        let mut rules = Vec::new();
        for kind in ["pixel", "redirect", "param"] {
            for (table, span) in self.tables(root, kind)? {
                let rule = self.rule(kind, table, span.clone(), provider)?;
                if rules.iter().any(|r: &Rule| r.id == rule.id) {
                    return Err(self.bad(span, format!("the id {} is there twice", rule.id)));
                }
                rules.push(rule);
                self.id = None;
            }
        }
        let book = self.book(root, provider)?;
        let mut examples = Vec::new();
        for (table, span) in self.tables(root, "example")? {
            examples.push(self.example(table, span)?);
        }
        let protected = match root.get("protected") {
            None => None,
            Some(value) => Some(self.protected(value)?),
        };
        let provider = Provider {
            name: self.name.to_owned().into(),
            vendor,
            about,
            source: Seq::Made(source),
        };
        Ok(File { provider, rules, book, examples, protected })
    }

    fn rule(
        &mut self,
        kind: &str,
        table: &DeTable<'_>,
        span: Range<usize>,
        provider: u16,
    ) -> Result<Rule, Bad> {
        self.id = Some(format!("a {kind} without id"));
        let Some(id) = self.string(table, "id")? else {
            return Err(self.bad(span, "every rule has an id"));
        };
        if id.is_empty() || !id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
            return Err(self.bad(span, format!("the id {id:?}: use letters, digits and -")));
        }
        let room = if kind == "pixel" { "trackers" } else { "links" };
        let id = format!("{room}.{}.{id}", self.name);
        self.id = Some(id.clone());
        let own: &[&str] = match kind {
            "redirect" => REDIRECT_KEYS,
            "param" => PARAM_KEYS,
            _ => &[],
        };
        self.keys(table, &[MATCH_KEYS, own])?;
        let mut host = self.hosts(table, "host")?;
        let path = self.patterns(table, "path")?;
        let query = self.query(table, "query")?;
        let whole_query = self.patterns(table, "whole_query")?;
        let regex = self.string(table, "regex")?;
        if host.is_empty() {
            if kind != "param" {
                return Err(self.bad(span, "host is missing (\"*\" means any)"));
            }
            host.push(Host::Any);
        }
        let any = host.iter().any(|h| matches!(h, Host::Any));
        let shape = !path.is_empty() || !query.is_empty() || !whole_query.is_empty();
        if kind != "param" && any && !shape && regex.is_none() {
            return Err(self.bad(span, "any host and nothing else would match every URL"));
        }
        let does = match kind {
            "pixel" => Does::Pixel,
            "redirect" => Does::Redirect(self.redirect(table, span.clone())?),
            _ => {
                let names = self.strings(table, "names")?;
                let names: Result<Vec<Pat>, String> =
                    names.iter().map(|name| pattern(&name.to_ascii_lowercase())).collect();
                let names = names.map_err(|m| self.bad(self.at(table, "names"), m))?;
                if names.is_empty() {
                    return Err(self.bad(span, "names is missing"));
                }
                let value = match self.string(table, "value")? {
                    None => None,
                    Some(text) => {
                        Some(pattern(&text).map_err(|m| self.bad(self.at(table, "value"), m))?)
                    }
                };
                Does::Param { names: Seq::Made(names), value, sign: self.flag(table, "sign")? }
            }
        };
        Ok(Rule {
            id: id.into(),
            provider,
            about: self.string(table, "about")?.unwrap_or_default(),
            vendor: self.string(table, "vendor")?,
            host: Seq::Made(host),
            path: Seq::Made(path),
            query: Seq::Made(query),
            whole_query: Seq::Made(whole_query),
            except_host: Seq::Made(self.hosts(table, "except_host")?),
            except_path: Seq::Made(self.patterns(table, "except_path")?),
            except_query: Seq::Made(self.query(table, "except_query")?),
            regex,
            beside: self.flag(table, "beside")?,
            tentative: self.flag(table, "tentative")?,
            off: self.flag(table, "off")?,
            does,
        })
    }

    fn redirect(&self, table: &DeTable<'_>, span: Range<usize>) -> Result<Redirect, Bad> {
        let takes = self.strings(table, "take")?;
        let then = self.strings(table, "then")?;
        let decoder = self.string(table, "decoder")?;
        let opaque = self.flag(table, "opaque")?;
        let ways = [!takes.is_empty(), decoder.is_some(), opaque];
        if ways.iter().filter(|&&w| w).count() != 1 {
            return Err(self.bad(span, "say one of take, decoder and opaque = true"));
        }
        let target = if opaque {
            Target::Opaque
        } else if let Some(name) = decoder {
            match &*name {
                "proofpoint-v3" => Target::Decoder(Decoder::ProofpointV3),
                "zeta" => Target::Decoder(Decoder::Zeta),
                _ => {
                    let at = self.at(table, "decoder");
                    return Err(self.bad(at, format!("no decoder is called {name:?}")));
                }
            }
        } else {
            let takes: Result<Vec<Take>, String> = takes.iter().map(|t| take(t)).collect();
            let steps: Result<Vec<Step>, String> = then.iter().map(|t| step(t)).collect();
            Target::Steps(
                Seq::Made(takes.map_err(|m| self.bad(self.at(table, "take"), m))?),
                Seq::Made(steps.map_err(|m| self.bad(self.at(table, "then"), m))?),
            )
        };
        let hint = match self.string(table, "hint")? {
            None => None,
            Some(text) => Some(take(&text).map_err(|m| self.bad(self.at(table, "hint"), m))?),
        };
        let schemes = self.strings(table, "schemes")?;
        if schemes.iter().any(|s| s != "mailto" && s != "tel") {
            let at = self.at(table, "schemes");
            return Err(self.bad(at, "beside http and https only mailto and tel are possible"));
        }
        Ok(Redirect {
            gateway: self.flag(table, "gateway")?,
            schemes: Seq::Made(schemes),
            target,
            hint,
        })
    }

    fn book(&self, root: &DeTable<'_>, provider: u16) -> Result<Vec<Standing>, Bad> {
        let mut book = Vec::new();
        for (table, span) in self.tables(root, "link")? {
            self.keys(table, &[LINK_KEYS])?;
            let (text, alt) = (self.string(table, "text")?, self.string(table, "alt")?);
            let (Some(host), Some(to)) = (self.string(table, "host")?, self.string(table, "to")?)
            else {
                return Err(self.bad(span, "a link has host and to"));
            };
            if text.is_some() == alt.is_some() {
                return Err(self.bad(span, "a link has either text or alt"));
            }
            if text.iter().chain(&alt).any(|words| words.trim().is_empty()) {
                return Err(self.bad(span, "the text of a link says something"));
            }
            if !matches!(self::host(&host), Ok(Host::Exact(_))) {
                let message = format!("the host {host:?}: one name in lower case");
                return Err(self.bad(self.at(table, "host"), message));
            }
            let fold = |words: Str| -> Str {
                words.split_whitespace().collect::<Vec<_>>().join(" ").into()
            };
            book.push(Standing {
                id: format!("links.{}.book", self.name).into(),
                provider,
                host,
                text: text.map(fold),
                alt: alt.map(fold),
                to,
                hosts: Seq::Made(self.strings(table, "hosts")?),
                line: line(self.text, span.start),
            });
        }
        Ok(book)
    }

    fn example(&self, table: &DeTable<'_>, span: Range<usize>) -> Result<Example, Bad> {
        self.keys(table, &[EXAMPLE_KEYS])?;
        let input = match (self.string(table, "url")?, self.string(table, "html")?) {
            (Some(url), None) => Input::Url(url),
            (None, Some(html)) => Input::Html(html),
            _ => return Err(self.bad(span, "an example has either url or html")),
        };
        if !table.contains_key("finds") {
            return Err(self.bad(span, "an example says what it finds; [] for a near miss"));
        }
        Ok(Example {
            line: line(self.text, span.start),
            about: self.string(table, "about")?.unwrap_or_default(),
            input,
            becomes: self.string(table, "becomes")?,
            finds: self.strings(table, "finds")?,
            beside: self.strings(table, "beside")?,
            text: self.string(table, "text")?.unwrap_or_default(),
            verdict: self.string(table, "verdict")?,
        })
    }

    fn protected(&self, value: &Value<'_>) -> Result<Protected, Bad> {
        let Some(table) = value.get_ref().as_table() else {
            return Err(self.bad(value.span(), "protected is a table"));
        };
        self.keys(table, &[PROTECTED_KEYS])?;
        let words = |key: &str| -> Result<Words, Bad> {
            let list = self.strings(table, key)?;
            if let Some(short) = list.iter().find(|word| word.len() < LEAST) {
                let message = format!("{short:?} is too short: {LEAST} bytes at least");
                return Err(self.bad(self.at(table, key), message));
            }
            Ok(Words::of(list.into_iter().map(|s| s.to_lowercase().into()).collect()))
        };
        Ok(Protected {
            text: words("text")?,
            text_start: words("text_start")?,
            url: words("url")?,
            segment: words("segment")?,
            signed: words("signed")?,
            view: words("view")?,
            view_text: words("view_text")?,
        })
    }

    fn query(&self, table: &DeTable<'_>, key: &str) -> Result<Vec<(Str, Pat)>, Bad> {
        let Some(value) = table.get(key) else { return Ok(Vec::new()) };
        if let Some(pairs) = value.get_ref().as_table() {
            return pairs
                .iter()
                .map(|(key, value)| {
                    let text = value.get_ref().as_str().ok_or_else(|| {
                        self.bad(value.span(), "a parameter's value is a pattern in quotes")
                    })?;
                    let pat = pattern(text).map_err(|m| self.bad(value.span(), m))?;
                    Ok((key.get_ref().to_string().into(), pat))
                })
                .collect();
        }
        let names = self.strings(table, key)?;
        Ok(names.into_iter().map(|name| (name, Pat(Seq::Made(vec![Tok::Star])))).collect())
    }

    fn hosts(&self, table: &DeTable<'_>, key: &str) -> Result<Vec<Host>, Bad> {
        let list = self.strings(table, key)?;
        list.iter().map(|t| host(t).map_err(|m| self.bad(self.at(table, key), m))).collect()
    }

    fn patterns(&self, table: &DeTable<'_>, key: &str) -> Result<Vec<Pat>, Bad> {
        let list = self.strings(table, key)?;
        list.iter().map(|t| pattern(t).map_err(|m| self.bad(self.at(table, key), m))).collect()
    }

    fn tables<'v, 'i>(
        &self,
        table: &'v DeTable<'i>,
        key: &str,
    ) -> Result<Vec<(&'v DeTable<'i>, Range<usize>)>, Bad> {
        let Some(value) = table.get(key) else { return Ok(Vec::new()) };
        let wrong = || self.bad(value.span(), format!("write [[{key}]]"));
        let list = value.get_ref().as_array().ok_or_else(wrong)?;
        list.iter().map(|v| Ok((v.get_ref().as_table().ok_or_else(wrong)?, v.span()))).collect()
    }

    /// A string.
    fn string(&self, table: &DeTable<'_>, key: &str) -> Result<Option<Str>, Bad> {
        let Some(value) = table.get(key) else { return Ok(None) };
        match value.get_ref().as_str() {
            Some(text) => Ok(Some(text.to_owned().into())),
            None => Err(self.bad(value.span(), format!("{key} is a text in quotes"))),
        }
    }

    /// A string or a list of them.
    fn strings(&self, table: &DeTable<'_>, key: &str) -> Result<Vec<Str>, Bad> {
        let Some(value) = table.get(key) else { return Ok(Vec::new()) };
        let wrong = |at| self.bad(at, format!("{key} is a text in quotes or a list of them"));
        if let Some(text) = value.get_ref().as_str() {
            return Ok(vec![text.to_owned().into()]);
        }
        let list = value.get_ref().as_array().ok_or_else(|| wrong(value.span()))?;
        list.iter()
            .map(|v| match v.get_ref().as_str() {
                Some(text) => Ok(text.to_owned().into()),
                None => Err(wrong(v.span())),
            })
            .collect()
    }

    fn flag(&self, table: &DeTable<'_>, key: &str) -> Result<bool, Bad> {
        let Some(value) = table.get(key) else { return Ok(false) };
        let wrong = || self.bad(value.span(), format!("{key} is true or false"));
        value.get_ref().as_bool().ok_or_else(wrong)
    }

    fn keys(&self, table: &DeTable<'_>, known: &[&[&str]]) -> Result<(), Bad> {
        for key in table.keys() {
            let name: &str = key.get_ref();
            if known.iter().any(|list| list.contains(&name)) {
                continue;
            }
            let near = known.iter().copied().flatten().min_by_key(|k| distance(k, name));
            let hint = match near {
                Some(near) if distance(near, name) <= 2 => format!(": did you mean {near}?"),
                _ => String::new(),
            };
            return Err(self.bad(key.span(), format!("the key {name} is not known{hint}")));
        }
        Ok(())
    }

    fn at(&self, table: &DeTable<'_>, key: &str) -> Range<usize> {
        table.get(key).map_or(0..0, Spanned::span)
    }

    fn bad(&self, at: Range<usize>, message: impl fmt::Display) -> Bad {
        let message = match &self.id {
            Some(id) => format!("{id}: {message}"),
            None => message.to_string(),
        };
        Bad { line: line(self.text, at.start), message }
    }
}

/// How many letters must change.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut before = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let here = (before + usize::from(x != *y)).min(row[j] + 1).min(row[j + 1] + 1);
            before = row[j + 1];
            row[j + 1] = here;
        }
    }
    row[b.len()]
}

/// Reads a host pattern.
pub fn host(text: &str) -> Result<Host, String> {
    let plain = |s: &str| {
        !s.is_empty()
            && s.split('.').all(|label| {
                !label.is_empty()
                    && label.bytes().all(|b| {
                        b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_'
                    })
            })
    };
    let wrong =
        || format!("the host {text:?}: use a name in lower case, *.name, name.{{tld}} or *");
    if text == "*" {
        return Ok(Host::Any);
    }
    if text.split('.').count() > MOST_LABELS {
        return Err(format!("the host {text:?}: use at most {MOST_LABELS} labels"));
    }
    if plain(text) {
        return Ok(Host::Exact(text.to_owned().into()));
    }
    if let Some(rest) = text.strip_prefix("*.").filter(|rest| plain(rest)) {
        return Ok(Host::Under(rest.to_owned().into()));
    }
    if let Some(rest) = text.strip_suffix(".{tld}").filter(|rest| plain(rest)) {
        return Ok(Host::Tld(rest.to_owned().into()));
    }
    if text.contains('*') && plain(&text.replace('*', "x")) {
        return Ok(Host::Glob(text.to_owned().into()));
    }
    Err(wrong())
}

/// Reads a pattern: literals, `*`, `{class}`, `{class:4}`, `{class:4+}`,
/// `{class:4-8}`.
pub fn pattern(text: &str) -> Result<Pat, String> {
    let mut toks = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix('*') {
            if !matches!(toks.last(), Some(Tok::Star)) {
                toks.push(Tok::Star);
            }
            rest = after;
        } else if let Some(after) = rest.strip_prefix('{') {
            let Some((inside, after)) = after.split_once('}') else {
                return Err(format!("in {text:?} a {{ is not closed"));
            };
            toks.push(run(inside).ok_or_else(|| {
                let names: Vec<&str> = Class::ALL.iter().map(|(name, _)| *name).collect();
                format!("{{{inside}}} in {text:?} is no class: {}", names.join(", "))
            })?);
            rest = after;
        } else {
            let end = rest.find(['*', '{']).unwrap_or(rest.len());
            toks.push(Tok::Lit(rest[..end].to_owned().into()));
            rest = &rest[end..];
        }
    }
    Ok(Pat(Seq::Made(toks)))
}

fn run(text: &str) -> Option<Tok> {
    let (name, count) = text.split_once(':').unwrap_or((text, "1+"));
    let class = Class::ALL.iter().find(|(n, _)| *n == name)?.1;
    let (min, max) = if let Some(min) = count.strip_suffix('+') {
        (min.parse().ok()?, u16::MAX)
    } else if let Some((min, max)) = count.split_once('-') {
        (min.parse().ok()?, max.parse().ok()?)
    } else {
        let n = count.parse().ok()?;
        (n, n)
    };
    (min <= max).then_some(Tok::Run(class, min, max))
}

fn take(text: &str) -> Result<Take, String> {
    let owned = |s: &str| -> Str { s.to_owned().into() };
    let (word, rest) = text.split_once(':').unwrap_or((text, ""));
    Ok(match (word, rest) {
        ("fragment", "") => Take::Fragment,
        ("query", "") => Take::WholeQuery,
        ("query", name) => Take::Query(owned(name)),
        ("rest", name) if !name.is_empty() => Take::Rest(owned(name)),
        ("segment", n) => {
            Take::Segment(n.parse().map_err(|_| format!("{text:?}: segment takes a number"))?)
        }
        ("after", s) if !s.is_empty() => Take::After(owned(s)),
        ("tail", s) if !s.is_empty() => Take::Tail(owned(s)),
        _ => {
            return Err(format!(
                "take {text:?}: use query:NAME, rest:NAME, segment:N, after:TEXT, tail:TEXT, fragment"
            ));
        }
    })
}

fn step(text: &str) -> Result<Step, String> {
    let owned = |s: &str| -> Str { s.to_owned().into() };
    let (word, rest) = text.split_once(':').unwrap_or((text, ""));
    let some = !rest.is_empty();
    Ok(match word {
        "percent" if !some => Step::Percent,
        "base64" if !some => Step::Base64,
        "hex" if !some => Step::Hex,
        "zlib" if !some => Step::Zlib,
        "slashes" if !some => Step::Slashes,
        "json" if some => Step::Json(owned(rest)),
        "query" if some => Step::Query(owned(rest)),
        "prefix" if some => Step::Prefix(owned(rest)),
        "strip" if some => Step::Strip(owned(rest)),
        "drop" if some => Step::Drop(owned(rest)),
        "until" if some => Step::Until(owned(rest)),
        "until-last" if some => Step::UntilLast(owned(rest)),
        "after" if some => Step::After(owned(rest)),
        "before" if some => Step::Before(owned(rest)),
        "replace" if some => {
            let (from, to) = rest.split_once(':').unwrap_or((rest, ""));
            if from.is_empty() {
                return Err(format!("step {text:?}: replace:FROM:TO"));
            }
            Step::Replace(owned(from), owned(to))
        }
        "part" if some => {
            let wrong = || format!("step {text:?}: part:SEPARATOR:N");
            let (by, n) = rest.rsplit_once(':').ok_or_else(wrong)?;
            if by.is_empty() {
                return Err(wrong());
            }
            Step::Part(owned(by), n.parse().map_err(|_| wrong())?)
        }
        _ => {
            return Err(format!(
                "step {text:?}: use percent, base64, hex, zlib, json:KEY, query:NAME, prefix:TEXT, \
                 strip:TEXT, drop:TEXT, replace:FROM:TO, until:TEXT, until-last:TEXT, after:TEXT, \
                 before:TEXT, part:SEPARATOR:N, slashes"
            ));
        }
    })
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

fn names(rules: &[Rule]) -> Names {
    let (mut whole, mut some) = (Vec::new(), Vec::new());
    for (i, rule) in rules.iter().enumerate() {
        let Does::Param { names, .. } = &rule.does else { continue };
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
        params: names(&rules),
        providers: Seq::Made(providers),
        rules: Seq::Made(rules),
        book: Seq::Made(book),
        protected,
    };
    (table, examples)
}
