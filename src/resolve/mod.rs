//! Where opaque links lead, by asking those who know: between two passes of
//! the links room, and only if a resolver was handed to the builder. This file
//! says what a resolver is asked and what it may answer; [`Network`] (feature
//! `resolve`) is one that asks the wrappers themselves. Nothing else in this
//! crate touches the network.

#[cfg(feature = "resolve")]
mod address;
#[cfg(feature = "resolve")]
mod http;
#[cfg(feature = "resolve")]
mod network;
#[cfg(feature = "resolve")]
mod refresh;
#[cfg(feature = "resolve")]
mod store;

#[cfg(feature = "resolve")]
pub use network::{NetLimits, Network};

use std::borrow::Cow;

/// A link whose target is not in it, with what stands in it in the mail.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct OpaqueLink {
    /// The wrapper's URL, with wrappers that could be opened around it taken
    /// off.
    pub url: String,
    /// The visible texts of the links that lead there, white space folded.
    pub texts: Vec<String>,
    /// The `alt` texts of pictures that are all there is in such a link.
    pub alts: Vec<String>,
}

impl OpaqueLink {
    /// A link of which only the URL is known.
    pub fn new(url: impl Into<String>) -> Self {
        OpaqueLink { url: url.into(), ..OpaqueLink::default() }
    }
}

/// What became of the question where a link leads.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Resolution {
    /// There. It is judged like any other target before a link gets it.
    Target(String),
    /// It cannot be known: why, in a few words for the report.
    Opaque(Cow<'static, str>),
    /// It answers with a page of its own.
    NotARedirect,
}

/// What an address on the way is, by the rules.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Hop {
    /// Another known redirector whose target is not in it: may be asked.
    Wrapper(String),
    /// Where the link leads, without tracking parameters. Not to be asked.
    Target(String),
    /// No link may lead there, or it is one that is left alone: why.
    Refused(&'static str),
}

/// Says of addresses on the way what they are: `rules` of the rinse that asks.
pub type Route<'r> = dyn Fn(&str) -> Hop + 'r;

/// Answers where opaque links lead. Handed to
/// [`Builder::resolver`](crate::Builder::resolver).
///
/// It is asked once for each mail that is within the window, and only for
/// links of known redirectors that have content (visible text, or a picture
/// with a size) and are not protected.
///
/// ```
/// use mailrinse::{OpaqueLink, Resolution, Resolve, Route};
///
/// /// One's own short links, out of one's own database.
/// struct Ours;
///
/// impl Resolve for Ours {
///     fn resolve(&self, links: &[OpaqueLink], _: &Route<'_>) -> Vec<Resolution> {
///         let look_up = |link: &OpaqueLink| match link.url.strip_prefix("https://bit.ly/") {
///             Some(id) => Resolution::Target(format!("https://www.example.org/{id}")),
///             None => Resolution::Opaque("not one of ours".into()),
///         };
///         links.iter().map(look_up).collect()
///     }
/// }
///
/// let rinser = mailrinse::Rinser::builder().resolver(Ours).build().unwrap();
/// let html = "<a href='https://bit.ly/news'>News</a>";
/// let rinsed = rinser.html(html, &Default::default()).unwrap();
/// assert!(String::from_utf8_lossy(&rinsed.html).contains("https://www.example.org/news"));
/// ```
pub trait Resolve: Send + Sync {
    /// An answer for each of these links of one mail, in their order. Links
    /// behind the last answer stay opaque.
    fn resolve(&self, links: &[OpaqueLink], route: &Route<'_>) -> Vec<Resolution>;
}

impl<R: Resolve + ?Sized> Resolve for Box<R> {
    fn resolve(&self, links: &[OpaqueLink], route: &Route<'_>) -> Vec<Resolution> {
        (**self).resolve(links, route)
    }
}
