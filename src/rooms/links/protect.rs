//! Links that are left alone: unsubscribe, preferences, confirmations, log in.
//! They act for this reader, and must work as they were sent.

use crate::rules::format::Protected;
use crate::web::Parts;
use std::borrow::Cow;

/// A link's text is a name, not a paragraph.
const LONGEST_TEXT: usize = 200;

/// Whether a link's text (or its image's `alt`) says so.
pub(super) fn text(words: &Protected, text: &str) -> bool {
    if text.is_empty() || text.len() > LONGEST_TEXT {
        return false;
    }
    let text = text.to_lowercase();
    words.text.iter().any(|phrase| holds(&text, phrase))
        || words.text_start.iter().any(|phrase| {
            let text = text.trim_start_matches(|c: char| !c.is_alphanumeric());
            text.strip_prefix(&**phrase).is_some_and(|rest| ends(phrase, rest))
        })
}

/// Whether its URL says so.
pub(super) fn url(words: &Protected, url: &Parts<'_>) -> bool {
    let whole = lower(url.path_and_query());
    if words.url.iter().any(|word| whole.contains(&**word)) {
        return true;
    }
    lower(url.path()).split('/').filter(|s| !s.is_empty()).any(|segment| {
        let name = segment.rsplit_once('.').map_or(segment, |(name, _)| name);
        words.segment.iter().any(|pat| pat.matches(name) || pat.matches(segment))
    })
}

/// Whether it is one of the URLs in List-Unsubscribe.
pub(super) fn listed(list: &[String], url: &str) -> bool {
    let plain = |url: &str| url.trim().trim_matches(['<', '>']).to_owned();
    !list.is_empty() && list.iter().any(|listed| plain(listed) == url.trim())
}

/// Whether a URL is signed, so that taking a parameter out would break it.
pub(super) fn signed(words: &Protected, url: &Parts<'_>) -> bool {
    url.params().any(|(key, _)| words.signed.iter().any(|word| key.eq_ignore_ascii_case(word)))
}

fn lower(text: &str) -> Cow<'_, str> {
    if text.bytes().any(|b| b.is_ascii_uppercase()) {
        Cow::Owned(text.to_ascii_lowercase())
    } else {
        Cow::Borrowed(text)
    }
}

/// Whether a phrase stands in the text as whole words.
fn holds(text: &str, phrase: &str) -> bool {
    text.match_indices(phrase).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        before.is_none_or(|c| !c.is_alphanumeric() || joins(c))
            && ends(phrase, &text[at + phrase.len()..])
    })
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
