//! The names that the emitting writer can write at all. Policy chooses among
//! them; nothing else can get in, whatever policy says.

use crate::html::{At, El};

/// Whether the writer can write this element. None of them changes how a
/// parser reads what follows: no raw text, no foreign content, no forms, no
/// templates, no frames. Some are there for [`Builder::allow`](crate::Builder::allow)
/// only: the policy itself unwraps them.
pub(crate) const fn element(el: El) -> bool {
    matches!(
        el,
        El::A
            | El::Abbr
            | El::Acronym
            | El::Address
            | El::Area
            | El::Article
            | El::Aside
            | El::B
            | El::Bdi
            | El::Bdo
            | El::Big
            | El::Blockquote
            | El::Br
            | El::Caption
            | El::Center
            | El::Cite
            | El::Code
            | El::Col
            | El::Colgroup
            | El::Data
            | El::Dd
            | El::Del
            | El::Details
            | El::Dfn
            | El::Div
            | El::Dl
            | El::Dt
            | El::Em
            | El::Figcaption
            | El::Figure
            | El::Font
            | El::Footer
            | El::H1
            | El::H2
            | El::H3
            | El::H4
            | El::H5
            | El::H6
            | El::Header
            | El::Hgroup
            | El::Hr
            | El::I
            | El::Img
            | El::Ins
            | El::Kbd
            | El::Li
            | El::Main
            | El::Map
            | El::Mark
            | El::Menu
            | El::Nav
            | El::Nobr
            | El::Ol
            | El::P
            | El::Pre
            | El::Q
            | El::Rb
            | El::Rp
            | El::Rt
            | El::Rtc
            | El::Ruby
            | El::S
            | El::Samp
            | El::Search
            | El::Section
            | El::Small
            | El::Span
            | El::Strike
            | El::Strong
            | El::Sub
            | El::Summary
            | El::Sup
            | El::Table
            | El::Tbody
            | El::Td
            | El::Tfoot
            | El::Th
            | El::Thead
            | El::Time
            | El::Tr
            | El::Tt
            | El::U
            | El::Ul
            | El::Var
            | El::Wbr
    )
}

/// Whether the writer can write this attribute. None of them runs script or
/// holds a document; `srcset` would be one more way to load.
pub(crate) const fn attribute(at: At) -> bool {
    !matches!(
        at,
        At::Other
            | At::Charset
            | At::Content
            | At::HttpEquiv
            | At::Lowsrc
            | At::Longdesc
            | At::Media
            | At::Originalsrc
            | At::Ping
            | At::Poster
            | At::Property
            | At::Sizes
            | At::Srcset
            | At::XmlLang
    )
}

/// Whether the writer can write an attribute that [`At`] does not know:
/// `aria-` and lower-case letters.
pub(crate) fn other_attribute(name: &str) -> bool {
    name.strip_prefix("aria-")
        .is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_lowercase()))
}
