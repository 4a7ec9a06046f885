//! The rules that hold, as one page for the people whose mail is rinsed:
//! `docs/what-we-remove.md`. What each section says depends on what is on.

use super::list::{Kind, Listed};
use std::collections::BTreeSet;
use std::fmt::Write;

/// The page, in Markdown.
pub(crate) fn page(list: &[Listed], version: &str) -> String {
    let rules = On(list);
    let mut out = format!(
        "# What is taken out of your mail\n\n\
         Your mail passes through mailrinse, a program that takes out what reports on you to the sender. It works on this\n\
         machine, by fixed rules (version {version}), and tells nobody. This page is made from the rules that are on\n\
         (`mailrinse rules list --format page`).\n"
    );
    for section in SECTIONS {
        if let Some(names) = section.when.applies(&rules) {
            let _ = write!(out, "\n## {}\n\n{}\n", section.title, section.text);
            if !names.is_empty() {
                let _ = write!(out, "\nKnown senders and services: {}.\n", names.join(", "));
            }
        }
    }
    out
}

struct Section {
    title: &'static str,
    text: &'static str,
    when: When,
}

/// What has to be on for a section to be true.
enum When {
    Always,
    Any(fn(&Listed) -> bool),
}

impl When {
    /// The vendors to be named, where it holds.
    fn applies<'l>(&self, rules: &On<'l>) -> Option<Vec<&'l str>> {
        let When::Any(test) = self else { return Some(Vec::new()) };
        let found = || rules.0.iter().filter(|rule| !rule.off && test(rule));
        found().next()?;
        let vendors: BTreeSet<_> = found().map(|rule| &*rule.vendor).collect();
        let mut vendors: Vec<_> = vendors.into_iter().filter(|it| !it.is_empty()).collect();
        vendors.retain(|name| *name != "generic");
        vendors.sort_by_key(|name| name.to_lowercase());
        Some(vendors)
    }
}

struct On<'l>(&'l [Listed]);

fn is_redirect(rule: &Listed, known: bool, gateway: bool) -> bool {
    let says = |what: &str| rule.says.contains(what);
    rule.kind == Kind::Redirect && says("not in it") != known && says("a mail gateway") == gateway
}

const SECTIONS: &[Section] = &[
    Section {
        title: "Pictures that report that you opened the mail",
        text: "Most newsletters hold a picture of one pixel, or one that is hidden. It shows nothing; when it is loaded, the\n\
               sender learns when and where you read. Such a picture is removed where its address is one of a known service,\n\
               or where its size, its place and its address together leave no other use. Pictures that you can see stay.",
        when: When::Any(|rule| {
            rule.kind == Kind::Pixel || rule.id.starts_with("trackers.generic.")
        }),
    },
    Section {
        title: "Detours in links",
        text: "Many links do not lead where they say: they lead to a counter, which sends you on. Where the real address is\n\
               written in the link, or in the same mail, the link is made to lead there.",
        when: When::Any(|rule| is_redirect(rule, true, false) || rule.kind == Kind::Book),
    },
    Section {
        title: "Marks in links that say who clicks",
        text: "Parameters that only count and tell people apart (`utm_…` and the like) are taken off. The page that you see is\n\
               the same.",
        when: When::Any(|rule| rule.kind == Kind::Param),
    },
    Section {
        title: "What also happens",
        text: "Scripts, forms that send what you type, style sheets and fonts that load from elsewhere, and what else acts by\n\
               itself are removed where your mail is written anew (level clean). Where only single things are taken out\n\
               (level patch), your mail program has to keep the rest from acting, as it does with any mail. Missing\n\
               descriptions, languages and headings may be added for screen readers.",
        when: When::Always,
    },
    Section {
        title: "Links that stay as they are, although they count",
        text: "Where the target of a link cannot be known without asking the counter, the link stays: asking would tell the\n\
               sender what you wanted to hide.",
        when: When::Any(|rule| is_redirect(rule, false, false)),
    },
    Section {
        title: "Links of mail gateways",
        text: "Some mail servers wrap links to check them when you click. They are recognised; where the target is written in\n\
               them, they are made to lead there, and the check at the click no longer takes place.",
        when: When::Any(|rule| is_redirect(rule, true, true) || is_redirect(rule, false, true)),
    },
    Section {
        title: "Visible pictures that carry your address",
        text: "A picture that you can see may tell the sender who loads it. It stays, and is reported; whoever runs this mail\n\
               server may have such pictures, or all, not loaded (`remote`).",
        when: When::Any(|rule| rule.id.starts_with("trackers.identified.")),
    },
    Section {
        title: "What is never changed",
        text: "Links to unsubscribe, to change preferences or to log in. Signed and encrypted mail (S/MIME, PGP). Attachments.\n\
               Sender, recipients, subject and date. The words of the mail. A mail that the program does not understand\n\
               reaches you as it came.",
        when: When::Always,
    },
    Section {
        title: "What is noted",
        text: "A mail that was changed says so in its header: `X-Mailrinse`, with the version of the rules and how many\n\
               trackers and links. The log of the mail server may hold the mail's identifier and the same figures: no\n\
               addresses, no subject, nothing of the text. Nothing is sent to anyone. Originals are kept only where whoever\n\
               runs this server has switched that on (`keep-original`), for a limited time.",
        when: When::Always,
    },
];

#[cfg(test)]
mod tests {
    use super::super::Rules;
    use super::*;
    use crate::rooms::Switches;

    #[test]
    fn a_page_says_what_is_on() {
        let rules = Rules::builtin();
        let page = |off: &[&str]| {
            let off = off.iter().map(|it| (*it).to_owned()).collect();
            page(&rules.listed(&Switches { off, ..Switches::default() }), &rules.version())
        };
        let all = page(&[]);
        assert!(all.contains("## Marks in links") && all.contains("Marketo"));
        let some = page(&["links.*"]);
        assert!(!some.contains("## Marks in links") && some.contains("## Pictures that report"));
    }

    #[test]
    fn docs_what_we_remove_md_is_up_to_date() {
        let rules = Rules::builtin();
        let text = page(&rules.listed(&Switches::default()), &rules.version());
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write("docs/what-we-remove.md", &text).unwrap();
        }
        let there = std::fs::read_to_string("docs/what-we-remove.md").unwrap_or_default();
        assert!(there == text, "docs/what-we-remove.md is old: make docs");
    }
}
