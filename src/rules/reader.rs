//! Reads a rule file: which keys there may be, what each must hold, and where
//! a fault is. Used twice, as `format.rs` is.

use super::format::{
    Bad, Decoder, Does, Example, File, Host, Input, Pat, Protected, Provider, Redirect, Rule, Seq,
    Standing, Step, Str, Take, Target, Tok,
};
use super::parse::{host, pattern, step, take};
use super::words::{LEAST, Words};
use std::fmt;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The version of the format that this reader knows.
pub const FORMAT: i64 = 1;

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

/// Tells what is wrong with a `regex`, if anything is.
pub type IsRegex = fn(&str) -> Result<(), String>;

/// Reads the text of the rule file `name` (without its ending). `provider`
/// becomes the index of its provider.
pub fn read(name: &str, text: &str, provider: u16, is_regex: IsRegex) -> Result<File, Bad> {
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
    Reader { text, name, is_regex, id: None }.file(root.get_ref(), provider)
}

/// Reads the link book (`[[link]]`) of a file whose text and root these are.
pub fn book(name: &str, text: &str, root: &DeTable<'_>) -> Result<Vec<Standing>, Bad> {
    Reader { text, name, is_regex: |_| Ok(()), id: None }.book(root, 0)
}

/// The number of the line that holds this byte, from 1.
fn line(text: &str, at: usize) -> usize {
    1 + text.as_bytes()[..at.min(text.len())].iter().filter(|&&b| b == b'\n').count()
}

type Value<'i> = Spanned<DeValue<'i>>;

struct Reader<'t> {
    text: &'t str,
    name: &'t str,
    is_regex: IsRegex,
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
        if let Some(text) = &regex {
            (self.is_regex)(text).map_err(|m| self.bad(self.at(table, "regex"), m))?;
        }
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
