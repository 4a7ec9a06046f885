//! Link books: a sender's standing links, told by the wrapper's host and the
//! link's own words.

use super::format::Standing;
use crate::web::{self, Parts};

/// Whether an entry is about a link on this host with this text or, where it
/// holds an image alone, this name of it.
pub(crate) fn is(link: &Standing, host: &str, text: &str, alt: &str) -> bool {
    link.host == host
        && match (&link.text, &link.alt) {
            (Some(words), _) => !text.is_empty() && *words == text.trim(),
            (None, Some(words)) => text.is_empty() && *words == alt.trim(),
            (None, None) => false,
        }
}

/// Whether an entry leads where one may lead: to the wrapper's own registrable
/// domain or to a host that it lists.
pub(crate) fn check(link: &Standing) -> Result<(), String> {
    let to = &*link.to;
    web::target(to).map_err(|why| format!("the target {to:?}: {}", why.as_str()))?;
    let parts = Parts::parse(to).ok_or_else(|| format!("{to:?} is no URL"))?;
    if web::same_site(parts.host(), &link.host) || link.hosts.iter().any(|h| *h == parts.host()) {
        return Ok(());
    }
    Err(format!(
        "{to:?} is not on the registrable domain of {}: list its host under hosts",
        link.host
    ))
}
