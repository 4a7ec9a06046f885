//! Parameters that say who clicked or in which mail. What stays keeps its
//! bytes and its order.

use super::protect;
use crate::rooms::Switches;
use crate::rules::Rules;
use crate::rules::format::Does;
use crate::web::Parts;
use std::borrow::Cow;

/// What was taken out of a URL.
pub(super) struct Stripped {
    pub url: String,
    /// Names, in order.
    pub names: Vec<String>,
    /// The rule of the first of them.
    pub rule: Cow<'static, str>,
    pub vendor: Cow<'static, str>,
}

/// Takes out what the rules name; `None` where nothing is.
pub(super) fn strip(rules: &Rules, url: &Parts<'_>, on: &Switches) -> Option<Stripped> {
    let range = url.query_range()?;
    if range.is_empty() || protect::signed(rules.protected(), url) {
        return None;
    }
    let hits: Vec<_> = rules.params(url, on).collect();
    if hits.is_empty() {
        return None;
    }
    let (mut kept, mut names, mut first) = (Vec::new(), Vec::new(), None);
    for part in url.url()[range.clone()].split('&') {
        let bare = part.strip_prefix("amp;").unwrap_or(part);
        let (name, value) = bare.split_once('=').unwrap_or((bare, ""));
        let hit = hits.iter().find(|hit| match &hit.rule.does {
            Does::Param { names, value: pat, .. } => {
                !name.is_empty()
                    && names.iter().any(|n| n.matches_folded(name))
                    && pat.as_ref().is_none_or(|pat| pat.matches(value))
            }
            _ => false,
        });
        match hit {
            Some(hit) => {
                first.get_or_insert((hit.id(), hit.vendor()));
                names.push(name.to_owned());
            }
            None => kept.push(part),
        }
    }
    let (rule, vendor) = first?;
    let mut out = url.url()[..range.start - 1].to_owned();
    if kept.iter().any(|part| !part.is_empty()) {
        out.push('?');
        out.push_str(&kept.join("&"));
    }
    out.push_str(&url.url()[range.end..]);
    Some(Stripped { url: out, names, rule, vendor })
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
        assert_eq!(stripped("https://x.example/a?b&&c="), None);
        assert_eq!(stripped("https://x.example/a?"), None);
        assert_eq!(stripped("https://x.example/a?X-Amz-Signature=1&utm_source=n"), None);
    }
}
