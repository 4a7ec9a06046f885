//! The names of HTML: elements and attributes that mail uses or that must be
//! recognised to be kept out, each as a small number, with the facts of the
//! WHATWG standard that reading and nesting need. Which of them may stay is
//! policy's question, not this file's.

/// Packs a lower-case ASCII name of at most eight bytes into a number, and one
/// of at most sixteen into a longer one, so that a look-up is a `match` on
/// integers. [`NONE`] for longer ones.
const fn pack(name: &[u8]) -> u64 {
    if name.len() > 8 { NONE } else { pack_long(name) as u64 }
}

const fn pack_long(name: &[u8]) -> u128 {
    let (mut packed, mut at) = (0u128, 0);
    while at < name.len() {
        packed |= (name[at] as u128) << (8 * at);
        at += 1;
    }
    packed
}

/// Is no name: what is folded has no byte beyond ASCII.
const NONE: u64 = u64::MAX;

/// Packs a name of any case and at most eight bytes, read in two halves that
/// may overlap. `None` where it has a byte that no known name has: a control
/// would become another character, as a capital letter does.
#[inline]
fn fold(name: &[u8]) -> Option<u64> {
    const ONES: u64 = u64::MAX / 255;
    let len = name.len();
    let packed = match (name.first_chunk(), name.last_chunk()) {
        (Some(first), Some(last)) => {
            let (first, last) = (u32::from_le_bytes(*first), u32::from_le_bytes(*last));
            u64::from(first) | u64::from(last) << (8 * (len - 4))
        }
        _ => {
            let at = |at: usize| u64::from(name[at]) << (8 * at);
            if len == 0 { 0 } else { at(0) | at(len / 2) | at(len - 1) }
        }
    };
    // One bit for each byte of the name.
    let all = if len == 8 { ONES } else { ONES & ((1 << (8 * len)) - 1) };
    let sound = (packed >> 5 | packed >> 6) & !(packed >> 7) & ONES;
    (sound == all).then_some(packed | all << 5)
}

/// The same of nine to sixteen bytes.
#[inline]
fn fold_long(name: &[u8]) -> Option<u128> {
    let rest = name.len().checked_sub(8).filter(|rest| *rest <= 8)?;
    let (first, last) = (fold(&name[..8])?, fold(&name[rest..])?);
    Some(u128::from(first) | u128::from(last) << (8 * rest))
}

macro_rules! names {
    ($(#[$doc:meta])* $type:ident, $print:ident = $before:literal $behind:literal
     { $($variant:ident = $name:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        #[repr(u8)]
        #[allow(missing_docs, reason = "each variant is the name it spells")]
        pub enum $type { $($variant,)* Other }

        impl $type {
            /// How many values there are, `Other` included.
            pub const COUNT: usize = $type::Other as usize + 1;
            /// All known names, in the order of their numbers.
            pub const ALL: &'static [$type] = &[$($type::$variant,)*];
            const NAMES: &'static [&'static str] = &[$($name,)* ""];
            const PRINTS: &'static [&'static str] = &[$(concat!($before, $name, $behind),)* ""];

            /// The name in lower case; empty for `Other`.
            pub const fn name(self) -> &'static str { Self::NAMES[self as usize] }

            /// The name with what the writer puts around it; empty for `Other`.
            pub(crate) const fn $print(self) -> &'static str { Self::PRINTS[self as usize] }

            /// Looks a name of any case up; `Other` where it is not known.
            pub fn of(name: &str) -> Self { Self::of_bytes(name.as_bytes()) }

            #[inline]
            pub(crate) fn of_bytes(name: &[u8]) -> Self {
                #[allow(non_upper_case_globals, reason = "a constant for each variant")]
                mod short {
                    $(pub(super) const $variant: u64 = super::pack($name.as_bytes());)*
                }
                #[allow(non_upper_case_globals, reason = "a constant for each variant")]
                mod long {
                    $(pub(super) const $variant: u128 = super::pack_long($name.as_bytes());)*
                }
                if name.len() > 8 {
                    return match fold_long(name) {
                        $(Some(long::$variant) => $type::$variant,)*
                        None | Some(_) => $type::Other,
                    };
                }
                #[allow(unreachable_patterns, reason = "all that are longer are the same number")]
                match fold(name) {
                    None | Some(NONE) => $type::Other,
                    $(Some(short::$variant) => $type::$variant,)*
                    Some(_) => $type::Other,
                }
            }
        }
    };
}

names! {
    /// An element, by name.
    El, end_tag = "</" ">" {
        A = "a", Abbr = "abbr", Acronym = "acronym", Address = "address", Applet = "applet",
        Area = "area", Article = "article", Aside = "aside", Audio = "audio", B = "b",
        Base = "base", Basefont = "basefont", Bdi = "bdi", Bdo = "bdo", Bgsound = "bgsound",
        Big = "big", Blink = "blink", Blockquote = "blockquote", Body = "body", Br = "br",
        Button = "button", Canvas = "canvas", Caption = "caption", Center = "center",
        Cite = "cite", Code = "code", Col = "col", Colgroup = "colgroup", Command = "command",
        Data = "data", Datalist = "datalist", Dd = "dd", Del = "del", Details = "details",
        Dfn = "dfn", Dialog = "dialog", Dir = "dir", Div = "div", Dl = "dl", Dt = "dt", Em = "em",
        Embed = "embed", Fieldset = "fieldset", Figcaption = "figcaption", Figure = "figure",
        Font = "font", Footer = "footer", Form = "form", Frame = "frame", Frameset = "frameset",
        H1 = "h1", H2 = "h2", H3 = "h3", H4 = "h4", H5 = "h5", H6 = "h6", Head = "head",
        Header = "header", Hgroup = "hgroup", Hr = "hr", Html = "html", I = "i",
        Iframe = "iframe", Image = "image", Img = "img", Input = "input", Ins = "ins",
        Isindex = "isindex", Kbd = "kbd", Keygen = "keygen", Label = "label", Legend = "legend",
        Li = "li", Link = "link", Listing = "listing", Main = "main", Map = "map", Mark = "mark",
        Marquee = "marquee", Math = "math", Menu = "menu", Menuitem = "menuitem", Meta = "meta",
        Meter = "meter", Nav = "nav", Nobr = "nobr", Noembed = "noembed", Noframes = "noframes",
        Noscript = "noscript", Object = "object", Ol = "ol", Optgroup = "optgroup",
        Option = "option", Output = "output", P = "p", Param = "param", Picture = "picture",
        Plaintext = "plaintext", Portal = "portal", Pre = "pre", Progress = "progress", Q = "q",
        Rb = "rb", Rp = "rp", Rt = "rt", Rtc = "rtc", Ruby = "ruby", S = "s", Samp = "samp",
        Script = "script", Search = "search", Section = "section", Select = "select",
        Selectedcontent = "selectedcontent", Slot = "slot", Small = "small", Source = "source",
        Span = "span", Strike = "strike", Strong = "strong", Style = "style", Sub = "sub",
        Summary = "summary", Sup = "sup", Svg = "svg", Table = "table", Tbody = "tbody",
        Td = "td", Template = "template", Textarea = "textarea", Tfoot = "tfoot", Th = "th",
        Thead = "thead", Time = "time", Title = "title", Tr = "tr", Track = "track", Tt = "tt",
        U = "u", Ul = "ul", Var = "var", Video = "video", Wbr = "wbr", Xmp = "xmp",
    }
}

names! {
    /// An attribute, by name.
    At, before_value = " " "=\"" {
        Abbr = "abbr", Align = "align", Alink = "alink", Alt = "alt",
        AriaColcount = "aria-colcount", AriaColindex = "aria-colindex",
        AriaColspan = "aria-colspan", AriaCurrent = "aria-current",
        AriaDescribedby = "aria-describedby", AriaDetails = "aria-details",
        AriaHidden = "aria-hidden", AriaLabel = "aria-label",
        AriaLabelledby = "aria-labelledby", AriaLevel = "aria-level",
        AriaPosinset = "aria-posinset", AriaRowcount = "aria-rowcount",
        AriaRowindex = "aria-rowindex",
        AriaRowspan = "aria-rowspan", AriaSetsize = "aria-setsize", Axis = "axis", Background = "background",
        Bgcolor = "bgcolor", Border = "border", Bordercolor = "bordercolor",
        Cellpadding = "cellpadding", Cellspacing = "cellspacing", Char = "char",
        Charset = "charset", Cite = "cite", Class = "class", Clear = "clear", Color = "color",
        Cols = "cols", Colspan = "colspan", Compact = "compact", Content = "content",
        Coords = "coords", Datetime = "datetime",
        Dir = "dir", Face = "face", Frame = "frame", Headers = "headers", Height = "height",
        Hidden = "hidden", Href = "href", Hreflang = "hreflang", Hspace = "hspace",
        HttpEquiv = "http-equiv", Id = "id", Ismap = "ismap", Lang = "lang", Link = "link",
        Loading = "loading", Longdesc = "longdesc", Lowsrc = "lowsrc", Media = "media",
        Name = "name", Noshade = "noshade", Nowrap = "nowrap", Open = "open", Originalsrc = "originalsrc",
        Ping = "ping", Poster = "poster", Property = "property",
        Referrerpolicy = "referrerpolicy", Rel = "rel", Reversed = "reversed", Role = "role",
        Rowspan = "rowspan", Rules = "rules", Scope = "scope", Shape = "shape", Size = "size",
        Sizes = "sizes", Span = "span", Src = "src", Srcset = "srcset", Start = "start",
        Style = "style", Summary = "summary", Tabindex = "tabindex", Target = "target",
        Text = "text", Title = "title", Type = "type", Usemap = "usemap", Valign = "valign",
        Value = "value", Vlink = "vlink", Vspace = "vspace", Width = "width",
        XmlLang = "xml:lang",
    }
}

/// How the text behind a start tag is read: WHATWG "tokenization", as far as
/// the content of an element needs another mode than markup.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Content {
    /// Markup.
    Data,
    /// Text with character references up to the element's own end tag.
    Rcdata,
    /// Text without character references up to the element's own end tag.
    RawText,
    /// Text without end.
    Plaintext,
}

impl El {
    /// How the content of this HTML element is read. A mail program has no
    /// script, but browsers and lol_html read `noscript` as raw text.
    pub(crate) fn content(self) -> Content {
        match self {
            El::Title | El::Textarea => Content::Rcdata,
            El::Style
            | El::Script
            | El::Xmp
            | El::Iframe
            | El::Noembed
            | El::Noframes
            | El::Noscript => Content::RawText,
            El::Plaintext => Content::Plaintext,
            _ => Content::Data,
        }
    }

    /// Elements that have no content and no end tag.
    pub(crate) fn is_void(self) -> bool {
        matches!(
            self,
            El::Area
                | El::Base
                | El::Basefont
                | El::Bgsound
                | El::Br
                | El::Col
                | El::Command
                | El::Embed
                | El::Frame
                | El::Hr
                | El::Image
                | El::Img
                | El::Input
                | El::Isindex
                | El::Keygen
                | El::Link
                | El::Meta
                | El::Param
                | El::Source
                | El::Track
                | El::Wbr
        )
    }

    /// The standard's "formatting" category, the ones that are reopened.
    pub(crate) fn is_formatting(self) -> bool {
        matches!(
            self,
            El::A
                | El::B
                | El::Big
                | El::Code
                | El::Em
                | El::Font
                | El::I
                | El::Nobr
                | El::S
                | El::Small
                | El::Strike
                | El::Strong
                | El::Tt
                | El::U
        )
    }

    /// The standard's "special" category.
    pub(crate) fn is_special(self) -> bool {
        matches!(
            self,
            El::Address
                | El::Applet
                | El::Area
                | El::Article
                | El::Aside
                | El::Base
                | El::Basefont
                | El::Bgsound
                | El::Blockquote
                | El::Body
                | El::Br
                | El::Button
                | El::Caption
                | El::Center
                | El::Col
                | El::Colgroup
                | El::Dd
                | El::Details
                | El::Dir
                | El::Div
                | El::Dl
                | El::Dt
                | El::Embed
                | El::Fieldset
                | El::Figcaption
                | El::Figure
                | El::Footer
                | El::Form
                | El::Frame
                | El::Frameset
                | El::H1
                | El::H2
                | El::H3
                | El::H4
                | El::H5
                | El::H6
                | El::Head
                | El::Header
                | El::Hgroup
                | El::Hr
                | El::Html
                | El::Iframe
                | El::Img
                | El::Input
                | El::Keygen
                | El::Li
                | El::Link
                | El::Listing
                | El::Main
                | El::Marquee
                | El::Menu
                | El::Meta
                | El::Nav
                | El::Noembed
                | El::Noframes
                | El::Noscript
                | El::Object
                | El::Ol
                | El::P
                | El::Param
                | El::Plaintext
                | El::Pre
                | El::Script
                | El::Search
                | El::Section
                | El::Select
                | El::Source
                | El::Style
                | El::Summary
                | El::Table
                | El::Tbody
                | El::Td
                | El::Template
                | El::Textarea
                | El::Tfoot
                | El::Th
                | El::Thead
                | El::Title
                | El::Tr
                | El::Track
                | El::Ul
                | El::Wbr
                | El::Xmp
        )
    }

    /// `h1` to `h6`.
    pub fn is_heading(self) -> bool {
        (El::H1..=El::H6).contains(&self)
    }

    /// `td` and `th`.
    pub fn is_cell(self) -> bool {
        matches!(self, El::Td | El::Th)
    }
}

/// White space as HTML means it: U+00A0 is none.
pub(crate) fn is_space(text: &str) -> bool {
    text.bytes().all(|b| matches!(b, b' ' | b'\t' | b'\n' | b'\x0c' | b'\r'))
}

/// Whether nothing but white space is left where the writer has left the
/// controls out.
pub(crate) fn prints_space(text: &str) -> bool {
    // Of ASCII one look at the first byte behind spaces and controls tells it.
    match text.bytes().position(|b| b > b' ') {
        None => true,
        Some(at) if text.as_bytes()[at].is_ascii_graphic() => false,
        Some(at) => text[at..].chars().all(|c| c == ' ' || c.is_control()),
    }
}

impl At {
    /// A bit for each name, which others share: what has none in a set of them
    /// is not there.
    #[inline]
    pub(crate) const fn bit(self) -> u32 {
        1 << (self as u32 % 32)
    }

    /// The bits of several names.
    pub(crate) const fn bits(names: &[At]) -> u32 {
        let (mut bits, mut at) = (0, 0);
        while at < names.len() {
            bits |= names[at].bit();
            at += 1;
        }
        bits
    }
}

/// What the `width` of a picture or a cell says.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct Dimension<'a> {
    /// Digits, with a point and digits or without.
    pub number: &'a str,
    /// Per cent, else pixels.
    pub percent: bool,
}

impl Dimension<'_> {
    /// Its pixels; per cent are of something that is not known, unless they are
    /// none.
    pub(crate) fn pixels(self) -> Option<f32> {
        let pixels = self.number.parse().ok()?;
        (!self.percent || pixels == 0.0).then_some(pixels)
    }
}

/// WHATWG "rules for parsing dimension values": what follows is not read.
pub(crate) fn dimension(value: &str) -> Option<Dimension<'_>> {
    let text = value.trim_start_matches(|c: char| c.is_ascii_whitespace());
    let digits = |at: usize| text[at..].bytes().take_while(u8::is_ascii_digit).count();
    let whole = digits(0);
    if whole == 0 {
        return None;
    }
    let has_point = text[whole..].starts_with('.');
    let fraction = if has_point { digits(whole + 1) } else { 0 };
    // A point without digits is passed over.
    let number = if fraction > 0 { whole + 1 + fraction } else { whole };
    let end = whole + usize::from(has_point) + fraction;
    Some(Dimension { number: &text[..number], percent: text[end..].starts_with('%') })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_finds_itself_in_any_case() {
        for &el in El::ALL {
            assert_eq!(El::of(el.name()), el);
            assert_eq!(El::of(&el.name().to_uppercase()), el);
        }
        for &at in At::ALL {
            assert_eq!(At::of(at.name()), at, "{}", at.name());
        }
    }

    #[test]
    fn spaces_are_printed_as_such() {
        for (text, is) in [
            ("", true),
            (" \r\n\t\u{1}", true),
            (" \u{7f}\u{85} ", true),
            (" \u{85}a", false),
            (" a ", false),
            (" \u{a0}", false),
        ] {
            assert_eq!(prints_space(text), is, "{text:?}");
        }
    }

    #[test]
    fn unknown_names_are_other() {
        // Another character in each place of a name: what differs from a letter
        // by what a capital does is none.
        for name in El::ALL.iter().map(|el| el.name()).chain(At::ALL.iter().map(|at| at.name())) {
            for at in 0..name.len() {
                for byte in (0..=255u8).filter(|byte| !byte.is_ascii_alphanumeric()) {
                    let mut other = name.as_bytes().to_vec();
                    if other[at] != byte {
                        other[at] = byte;
                        let (el, at) = (El::of_bytes(&other), At::of_bytes(&other));
                        assert!(el == El::Other && at == At::Other, "{name} {byte:#x}");
                    }
                }
            }
        }
        assert_eq!(El::of_bytes(&[0xff; 8]), El::Other);
        assert_eq!(At::of_bytes(&[0xdf; 16]), At::Other);
        assert_eq!(El::of("o:p"), El::Other);
        assert_eq!(El::of("blockquoteblockquote"), El::Other);
        assert_eq!(El::of(""), El::Other);
        assert_eq!(At::of("onclick"), At::Other);
    }
}
