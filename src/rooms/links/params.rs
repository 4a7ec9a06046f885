//! Parameters that say who clicked or in which mail. What stays keeps its
//! bytes and its order.

use super::decode::percent;
use super::protect;
use crate::rooms::Switches;
use crate::rules::{Hit, Rules};
use crate::web::Parts;
use std::borrow::Cow;

/// What was taken out of a URL.
pub(super) struct Stripped {
    pub url: String,
    /// Names, in order.
    pub names: Vec<String>,
    /// Their rules, each once.
    pub rules: Vec<Cow<'static, str>>,
    /// Whose the first of them is.
    pub vendor: Cow<'static, str>,
}

/// Whether a rule is about one of the parameters.
pub(super) fn any(rules: &Rules, url: &Parts<'_>, on: &Switches) -> bool {
    url.params().any(|(name, value)| rule(rules, url, name, value, on).is_some())
}

/// The rule about a parameter. Controls at its end do not count: where it is the URL's end, no browser reads them.
fn rule<'r>(
    rules: &'r Rules,
    url: &Parts<'_>,
    name: &str,
    value: &str,
    on: &Switches,
) -> Option<Hit<'r>> {
    let [name, value] = [name, value].map(|text| text.trim_end_matches(|c: char| c <= ' '));
    rules.param(url, &decoded(name), value, on)
}

/// A server decodes names before it knows them.
fn decoded(name: &str) -> Cow<'_, str> {
    let plain = if name.contains('%') { percent(name) } else { None };
    plain.map_or(Cow::Borrowed(name), Cow::Owned)
}

/// Takes out what the rules name; `None` where nothing is.
pub(super) fn strip(rules: &Rules, url: &Parts<'_>, on: &Switches) -> Option<Stripped> {
    let range = url.query_range()?;
    let hit = |part: &str| {
        let bare = part.strip_prefix("amp;").unwrap_or(part);
        let (name, value) = bare.split_once('=').unwrap_or((bare, ""));
        rule(rules, url, name, value, on).map(|hit| (hit, name.to_owned()))
    };
    let query = &url.url()[range.clone()];
    if protect::signed(rules.protected(), url) || protect::view(rules.protected(), url) {
        return None;
    }
    let (mut kept, mut names, mut ids, mut vendor) = (Vec::new(), Vec::new(), Vec::new(), None);
    for part in query.split('&') {
        match hit(part) {
            Some((hit, name)) => {
                vendor.get_or_insert(hit.vendor());
                if !ids.contains(&hit.id()) {
                    ids.push(hit.id());
                }
                names.push(name);
            }
            None => kept.push(part),
        }
    }
    let vendor = vendor?;
    let mut out = url.url()[..range.start - 1].to_owned();
    if kept.iter().any(|part| !part.is_empty()) {
        out.push('?');
        out.push_str(&kept.join("&"));
    }
    out.push_str(&url.url()[range.end..]);
    Some(Stripped { url: out, names, rules: ids, vendor })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stripped(url: &str) -> Option<String> {
        strip(&Rules::builtin(), &Parts::parse(url).unwrap(), &Switches::default()).map(|s| s.url)
    }

    #[test]
    fn keeps_the_rest() {
        assert_eq!(
            stripped("https://x.example/a?utm_source=n").as_deref(),
            Some("https://x.example/a")
        );
        assert_eq!(
            stripped("https://x.example/a?b=%20+&UTM_Source=n&c#d?utm_x=1").as_deref(),
            Some("https://x.example/a?b=%20+&c#d?utm_x=1")
        );
        assert_eq!(
            stripped("https://x.example/a?utm_source=n&amp;b=1#f").as_deref(),
            Some("https://x.example/a?amp;b=1#f")
        );
        assert_eq!(
            stripped("https://x.example/a?utm%5Fsource=n&b%5F=1").as_deref(),
            Some("https://x.example/a?b%5F=1")
        );
        assert_eq!(
            stripped("https://x.example/a?utm_source=n\u{1}&utm_source=n\0").as_deref(),
            Some("https://x.example/a")
        );
        assert_eq!(stripped("https://x.example/a?b&&c="), None);
        assert_eq!(stripped("https://x.example/a?"), None);
        assert_eq!(stripped("https://x.example/a?X-Amz-Signature=1&utm_source=n"), None);
        assert_eq!(stripped("https://x.example/view-in-browser?utm_source=n&id=1"), None);
    }
}
