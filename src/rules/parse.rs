//! Reads what a rule says in one text: a host, a pattern, a place in a URL, a
//! step of decoding. Used twice, as `format.rs` is.

use super::format::{Class, Host, Pat, Seq, Step, Str, Take, Tok};
use super::index::MOST_LABELS;

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

pub fn take(text: &str) -> Result<Take, String> {
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

pub fn step(text: &str) -> Result<Step, String> {
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
