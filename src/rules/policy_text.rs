//! A policy read at run time, for tests that ask what every line of ours is
//! good for. It is never freed: policy is made of tables that live as long as
//! the program.

use super::policy::{Fate, Kind, Policy};
use super::policy_format::{Data, read};
use crate::html::At;
use crate::packed::head;
use std::borrow::Cow;

/// Reads a text of the format of `rules/policy.toml`. An error begins with
/// the line.
pub(crate) fn policy(text: &str) -> Result<Policy, String> {
    let Data {
        fates, kinds, rows, mut schemes, data, properties, functions, pseudo_classes, ..
    } = read(text)?;
    let kinds: Vec<Kind> =
        kinds.into_iter().map(|(name, of)| kind(name, of)).collect::<Result<_, _>>()?;
    let rows: Vec<[u8; At::COUNT]> = rows
        .into_iter()
        .map(|row| row.try_into().map_err(|_| "a row has a place for each attribute".to_owned()))
        .collect::<Result<_, _>>()?;
    // Each element has its own.
    let row_of = (0..rows.len()).map(|row| u8::try_from(row).map_err(|e| e.to_string()));
    Ok(Policy {
        row_of: Cow::Owned(row_of.collect::<Result<_, _>>()?),
        rows: Cow::Owned(rows),
        fates: Cow::Owned(fates.iter().map(|(name, _)| fate(name)).collect::<Result<_, _>>()?),
        groups: words(fates.iter().map(|(_, id)| format!("policy.element.{id}")).collect()),
        kinds: keep(kinds),
        link_schemes: words(schemes.remove("LINK_SCHEMES").unwrap_or_default()),
        image_schemes: words(schemes.remove("IMAGE_SCHEMES").unwrap_or_default()),
        data_types: words(data),
        property_heads: keep(properties.iter().map(|name| head(name.as_bytes())).collect()),
        properties: words(properties),
        functions: words(functions),
        pseudo_classes: words(pseudo_classes),
    })
}

fn keep<T>(list: Vec<T>) -> &'static [T] {
    Vec::leak(list)
}

fn words(list: Vec<String>) -> &'static [&'static str] {
    keep(list.into_iter().map(|word| &*String::leak(word)).collect())
}

fn fate(name: &str) -> Result<Fate, String> {
    Ok(match name {
        "Keep" => Fate::Keep,
        "Unwrap" => Fate::Unwrap,
        "Drop" => Fate::Drop,
        "Shell" => Fate::Shell,
        _ => return Err(format!("no such fate: {name}")),
    })
}

fn kind(name: &str, of: Vec<String>) -> Result<Kind, String> {
    Ok(match name {
        "Background" => Kind::Background,
        "Classes" => Kind::Classes,
        "Colour" => Kind::Colour,
        "Flag" => Kind::Flag,
        "Ident" => Kind::Ident,
        "Idents" => Kind::Idents,
        "Image" => Kind::Image,
        "Integer" => Kind::Integer,
        "Lang" => Kind::Lang,
        "Length" => Kind::Length,
        "Link" => Kind::Link,
        "Number" => Kind::Number,
        "OneOf" => Kind::OneOf(words(of)),
        "Srcset" => Kind::Srcset,
        "Style" => Kind::Style,
        "Coords" => Kind::Coords,
        "Hash" => Kind::Hash,
        "Text" => Kind::Text,
        "Written" => Kind::Written,
        _ => return Err(format!("no such kind: {name}")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::html::El;

    /// Read at run time or at build time, it says the same.
    #[test]
    fn ours() {
        let ours = Policy::builtin();
        let read = policy(include_str!("../../rules/policy.toml")).expect("it is right");
        for &el in El::ALL {
            assert_eq!(read.fate(el), ours.fate(el), "{}", el.name());
            assert_eq!(read.finding(el), ours.finding(el), "{}", el.name());
            for &at in At::ALL {
                assert_eq!(read.attribute(el, at), ours.attribute(el, at), "{}", at.name());
            }
        }
        assert_eq!(read.link_schemes(), ours.link_schemes());
        assert_eq!(read.image_schemes(), ours.image_schemes());
        assert_eq!(read.data_types(), ours.data_types());
        let (read, ours) = (read.css(1), ours.css(1));
        assert_eq!(read.properties, ours.properties);
        assert_eq!(read.functions, ours.functions);
        assert_eq!(read.pseudo_classes, ours.pseudo_classes);
    }
}
