//! The policy as data: which elements, attributes, schemes and CSS may be in a
//! rinsed mail. The tables are made at build time out of `rules/policy.toml`;
//! how a value is judged is the policy room's.

use crate::css::{self, Allow};
use crate::html::{At, El};
use std::borrow::Cow;

mod table {
    use super::{Fate, Kind};
    include!(concat!(env!("OUT_DIR"), "/policy.rs"));
}

/// What becomes of an element.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Fate {
    /// It stays.
    Keep,
    /// Its tags go, its content stays.
    Unwrap,
    /// It goes with all that is in it.
    Drop,
    /// The writer prints its own: `html head body title style meta`.
    Shell,
}

/// How the value of an attribute is judged.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Kind {
    /// Any text.
    Text,
    /// The URL of a link.
    Link,
    /// The URL of a picture.
    Image,
    /// Several URLs of a picture.
    Srcset,
    /// The URL of a picture behind text.
    Background,
    /// A name within the mail: prefixed.
    Ident,
    /// Several names within the mail.
    Idents,
    /// Names of classes: prefixed.
    Classes,
    /// A language tag.
    Lang,
    /// A whole number without a sign.
    Number,
    /// A whole number that may have a sign.
    Integer,
    /// A number of pixels, or a percentage.
    Length,
    /// A colour in the old spelling.
    Colour,
    /// Declarations.
    Style,
    /// There or not there.
    Flag,
    /// Written by the policy, whatever the source says.
    Written,
    /// Numbers with commas: a place on a picture.
    Coords,
    /// `#` and a name within the mail.
    Hash,
    /// One of these.
    OneOf(&'static [&'static str]),
}

/// What may be in a rinsed mail.
#[derive(Clone, Debug)]
pub struct Policy {
    pub(super) fates: Cow<'static, [Fate]>,
    pub(super) groups: &'static [&'static str],
    pub(super) kinds: &'static [Kind],
    pub(super) rows: Cow<'static, [[u8; At::COUNT]]>,
    pub(super) row_of: Cow<'static, [u8]>,
    pub(super) link_schemes: &'static [&'static str],
    pub(super) image_schemes: &'static [&'static str],
    pub(super) data_types: &'static [&'static str],
    pub(super) properties: &'static [&'static str],
    pub(super) property_heads: &'static [u64],
    pub(super) functions: &'static [&'static str],
    pub(super) pseudo_classes: &'static [&'static str],
}

impl Policy {
    /// The policy that is built in.
    pub const fn builtin() -> Self {
        Policy {
            fates: Cow::Borrowed(&table::FATES),
            groups: &table::GROUPS,
            kinds: &table::KINDS,
            rows: Cow::Borrowed(&table::ROWS),
            row_of: Cow::Borrowed(&table::ROW_OF),
            link_schemes: table::LINK_SCHEMES,
            image_schemes: table::IMAGE_SCHEMES,
            data_types: table::DATA_TYPES,
            properties: table::PROPERTIES,
            property_heads: table::PROPERTY_HEADS,
            functions: table::FUNCTIONS,
            pseudo_classes: table::PSEUDO_CLASSES,
        }
    }

    /// Lets an element stay, and attributes on it. Whether the writer can write
    /// them is the caller's to know; here an attribute is refused where nobody
    /// knows how to judge its value. The error names it and says why.
    pub(crate) fn allow(&mut self, el: El, attributes: &[At]) -> Result<(), String> {
        let old = self.row_of[el as usize] as usize;
        let mut row = if self.fate(el) == Fate::Keep { self.rows[old] } else { table::ANY };
        for &at in attributes {
            if row[at as usize] == 0 {
                row[at as usize] = self.number(at)?;
            }
        }
        let Ok(place) = u8::try_from(self.rows.len()) else {
            return Err(format!("`{}`: too many elements are allowed", el.name()));
        };
        self.rows.to_mut().push(row);
        self.row_of.to_mut()[el as usize] = place;
        self.fates.to_mut()[el as usize] = Fate::Keep;
        Ok(())
    }

    /// How an attribute is judged on an element that the policy does not have
    /// it on: as on all others.
    fn number(&self, at: At) -> Result<u8, String> {
        let name = at.name();
        let asked = table::ASKED[at as usize];
        if asked != 0 {
            return Ok(asked);
        }
        let mut numbers: Vec<u8> = self.rows.iter().map(|row| row[at as usize]).collect();
        numbers.retain(|number| *number != 0);
        numbers.sort_unstable();
        numbers.dedup();
        match numbers.as_slice() {
            [number] if self.kinds[*number as usize - 1] == Kind::Written => {
                Err(format!("`{name}`: the policy writes it itself, where it belongs"))
            }
            [number] => Ok(*number),
            [] => Err(format!("`{name}`: the policy has no way to judge its value")),
            _ => Err(format!(
                "`{name}`: it means one thing on one element and another on the next, and the \
                 policy does not know which it would be"
            )),
        }
    }

    /// Why an element is in or out, in the policy's words.
    pub(crate) fn why(&self, el: El) -> &'static str {
        table::WHYS[el as usize]
    }

    /// What becomes of an element.
    #[inline]
    pub fn fate(&self, el: El) -> Fate {
        self.fates[el as usize]
    }

    /// The id of the finding when an element does not stay.
    pub fn finding(&self, el: El) -> &'static str {
        self.groups[el as usize]
    }

    /// How an attribute of an element is judged; `None` where it may not be.
    #[inline]
    pub fn attribute(&self, el: El, at: At) -> Option<Kind> {
        let number = self.rows[self.row_of[el as usize] as usize][at as usize];
        Some(self.kinds[(number as usize).checked_sub(1)?])
    }

    /// Schemes of links, in lower case.
    pub fn link_schemes(&self) -> &'static [&'static str] {
        self.link_schemes
    }

    /// Schemes of pictures, in lower case; `data` apart.
    pub fn image_schemes(&self) -> &'static [&'static str] {
        self.image_schemes
    }

    /// Media types that a picture may have as data.
    pub fn data_types(&self) -> &'static [&'static str] {
        self.data_types
    }

    /// What may be in styles; `bytes` is the limit of one sheet or attribute.
    pub fn css(&self, bytes: usize) -> Allow<'static> {
        Allow {
            properties: self.properties,
            property_heads: self.property_heads,
            functions: self.functions,
            pseudo_classes: self.pseudo_classes,
            limits: css::Limits { bytes, nesting: NESTING, rules: RULES },
        }
    }
}

/// Brackets within brackets: a gradient with `rgba(calc(…))` has four.
const NESTING: usize = 16;
/// Rules of one sheet: the largest of 127 sample mails has under 700.
const RULES: usize = 20_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fates() {
        let policy = Policy::builtin();
        assert_eq!(policy.fate(El::Td), Fate::Keep);
        assert_eq!(policy.fate(El::Form), Fate::Unwrap);
        assert_eq!(policy.fate(El::Svg), Fate::Drop);
        assert_eq!(policy.fate(El::Body), Fate::Shell);
        assert_eq!(policy.fate(El::Other), Fate::Unwrap);
        assert_eq!(policy.finding(El::Script), "policy.element.script");
        assert_eq!(policy.finding(El::Other), "policy.element.unknown");
    }

    #[test]
    fn attributes() {
        let policy = Policy::builtin();
        assert_eq!(policy.attribute(El::A, At::Href), Some(Kind::Link));
        assert_eq!(policy.attribute(El::Img, At::Href), None);
        assert_eq!(policy.attribute(El::Img, At::Src), Some(Kind::Image));
        assert_eq!(policy.attribute(El::Body, At::Bgcolor), Some(Kind::Colour));
        assert_eq!(policy.attribute(El::P, At::Other), None);
        assert_eq!(policy.attribute(El::Script, At::Id), None);
        assert!(
            matches!(policy.attribute(El::Th, At::Scope), Some(Kind::OneOf(v)) if v.contains(&"row"))
        );
    }

    /// What must not come in by an edit of the data, whatever its reason.
    #[test]
    fn nothing_that_runs_or_changes_how_a_parser_reads_is_kept() {
        let policy = Policy::builtin();
        for &el in El::ALL {
            let kept = policy.fate(el) == Fate::Keep;
            assert!(!kept || el.content() == crate::html::Content::Data, "{}", el.name());
            for at in [
                At::Ping,
                At::HttpEquiv,
                At::Lowsrc,
                At::Longdesc,
                At::Poster,
                At::Content,
                At::Media,
            ] {
                assert_eq!(policy.attribute(el, at), None, "{} {}", el.name(), at.name());
            }
        }
        for el in [
            El::Svg,
            El::Math,
            El::Template,
            El::Select,
            El::Form,
            El::Iframe,
            El::Object,
            El::Input,
        ] {
            assert_ne!(policy.fate(el), Fate::Keep, "{}", el.name());
        }
    }

    /// What is kept here and not written there would change the tree.
    #[test]
    fn what_is_kept_can_be_written() {
        use crate::write::grammar;
        let policy = Policy::builtin();
        for &el in El::ALL {
            assert!(policy.fate(el) != Fate::Keep || grammar::element(el), "{}", el.name());
            for &at in At::ALL {
                let kept = policy.attribute(el, at).is_some_and(|kind| kind != Kind::Srcset);
                assert!(!kept || grammar::attribute(at), "{}", at.name());
            }
        }
    }

    #[test]
    fn lists_are_sorted_for_the_look_up() {
        let allow = Policy::builtin().css(1);
        for list in [allow.properties, allow.functions, allow.pseudo_classes] {
            assert!(list.is_sorted());
        }
    }
}
