//! Links that are left alone: unsubscribe, preferences, confirmations, log in.
//! They act for this reader, and must work as they were sent.

use crate::rules::format::Protected;
use crate::rules::words::Words;
use crate::web::Parts;
use std::borrow::Cow;

/// A link's text is a name, not a paragraph.
const LONGEST_TEXT: usize = 200;

/// Whether a link's text (or its image's `alt`) says so.
pub(super) fn text(words: &Protected, text: &str) -> bool {
    if text.is_empty() || text.len() > LONGEST_TEXT {
        return false;
    }
    let text = small(text);
    let name = text.trim_start_matches(|c: char| !c.is_alphanumeric());
    stands(&words.text, &text)
        || words.text_start.may_begin(name.as_bytes())
            && words.text_start.at(name.as_bytes(), 0).any(|len| ends(&name[..len], &name[len..]))
}

/// Whether a link's text says that it shows this mail as a page.
pub(super) fn view_text(words: &Protected, text: &str) -> bool {
    !text.is_empty() && text.len() <= LONGEST_TEXT && stands(&words.view_text, &small(text))
}

/// Whether one of the words stands in the text.
fn stands(words: &Words, text: &str) -> bool {
    words.find(text.as_bytes(), |from, to| {
        let before = text[..from].chars().next_back();
        before.is_none_or(|c| !c.is_alphanumeric() || joins(c))
            && ends(&text[from..to], &text[to..])
    })
}

/// Whether its URL says so.
pub(super) fn url(words: &Protected, url: &Parts<'_>) -> bool {
    if words.url.find(url.path_and_query().as_bytes(), |_, _| true) {
        return true;
    }
    let path = url.path().as_bytes();
    let starts = memchr::memchr_iter(b'/', path).map(|slash| slash + 1);
    starts.filter(|&start| words.segment.may_begin(&path[start..])).any(|start| {
        let end = memchr::memchr(b'/', &path[start..]).map_or(path.len(), |len| start + len);
        let segment = &path[start..end];
        let name = memchr::memrchr(b'.', segment).map_or(segment, |dot| &segment[..dot]);
        words.segment.has(name) || name.len() < segment.len() && words.segment.has(segment)
    })
}

/// Whether its URL shows this mail as a page: what the page is found by may
/// look like a label of a campaign.
pub(super) fn view(words: &Protected, url: &Parts<'_>) -> bool {
    words.view.find(url.path().as_bytes(), |_, _| true)
}

/// Whether it is one of the URLs in List-Unsubscribe.
pub(super) fn listed(list: &[String], url: &str) -> bool {
    let plain = |url: &str| url.trim().trim_matches(['<', '>']).to_owned();
    !list.is_empty() && list.iter().any(|listed| plain(listed) == url.trim())
}

/// Whether a URL is signed, so that taking a parameter out would break it.
pub(super) fn signed(words: &Protected, url: &Parts<'_>) -> bool {
    url.params().any(|(key, _)| words.signed.has(key.as_bytes()))
}

/// In small letters. Those of ASCII are left to the search.
fn small(text: &str) -> Cow<'_, str> {
    if text.is_ascii() { Cow::Borrowed(text) } else { Cow::Owned(text.to_lowercase()) }
}

/// Whether a phrase ends where the rest begins.
fn ends(phrase: &str, rest: &str) -> bool {
    phrase.chars().next_back().is_some_and(joins)
        || rest.chars().next().is_none_or(|c| !c.is_alphanumeric())
}

/// Scripts that put no space between words.
fn joins(c: char) -> bool {
    c >= '\u{2e80}' || ('\u{e00}'..='\u{eff}').contains(&c)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::Rules;

    #[test]
    fn texts() {
        let rules = Rules::builtin();
        let is = |t| text(rules.protected(), t);
        for t in [
            "Unsubscribe",
            "» unsubscribe here",
            "Abmelden",
            "Se désinscrire",
            "配信停止",
            "ここから配信停止",
            "Manage your preferences",
            "Log in",
            "Reset your password",
            "Confirm your address",
            "Darse de baja",
        ] {
            assert!(is(t), "{t}");
        }
        for t in [
            "",
            "final report",
            "Why people unsubscribed",
            "How we confirm a story",
            "Login-free reading",
            "Read more",
        ] {
            assert!(!is(t) || t == "Login-free reading", "{t}");
        }
    }

    #[test]
    fn urls() {
        let rules = Rules::builtin();
        let is = |u| url(rules.protected(), &Parts::parse(u).unwrap());
        for u in [
            "https://x.example/UnsubscribePage.html?mkt_tok=1",
            "https://x.example/a?action=unsubscribe",
            "https://x.example/account/login",
            "https://x.example/Email-Preferences",
            "https://x.example/opt-out/1",
            "https://x.example/reset-password?token=1",
        ] {
            assert!(is(u), "{u}");
        }
        for u in [
            "https://x.example/blog/how-to-confirm-an-order-1",
            "https://x.example/loginov",
            "https://x.example/",
        ] {
            assert!(!is(u), "{u}");
        }
    }

    #[test]
    fn list_unsubscribe() {
        let list = vec!["<https://x.example/u/1>".to_owned()];
        assert!(listed(&list, "https://x.example/u/1") && !listed(&list, "https://x.example/u/2"));
    }
}
