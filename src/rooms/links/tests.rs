//! The room over whole mails: the fixtures' own expectations.

use super::*;
use crate::finding::{Finding, RoomName};
use crate::html::{At, El};
use crate::nest::tape_of;
use crate::scene::{Asked, Scene, Sheets};
use crate::tape::{Kind, Tape};
use proptest::prelude::*;
use toml::de::DeTable;

struct Done {
    /// The hrefs before and after, in order.
    links: Vec<(String, String)>,
    findings: Vec<Finding>,
}

impl Done {
    fn rules(&self, url: &str) -> Vec<&str> {
        let about = |f: &&Finding| f.url.as_deref() == Some(url);
        self.findings.iter().filter(about).map(|f| &*f.rule).collect()
    }
}

fn rinse(html: &str, map: Map, cx: &Context, off: &[&str]) -> Done {
    let mut tape = tape_of(html);
    let scene = Scene::learn(&tape, cx, Asked::default(), &Sheets::of(&[""; 0]));
    let switches =
        Switches { off: off.iter().map(|s| s.to_string()).collect(), ..Switches::default() };
    let rules = Rules::builtin();
    let vendors = rules.vendors(&tape);
    let links = Links::new(rules, map);
    let hrefs = |tape: &Tape| -> Vec<String> {
        tape.walk()
            .filter(|&at| tape.nodes[at as usize].kind == Kind::Start)
            .filter(|&at| tape.nodes[at as usize].el == El::A)
            .filter_map(|at| tape.attr(at, At::Href).map(str::to_owned))
            .collect()
    };
    let before = hrefs(&tape);
    let room = links.learn(&tape, &scene, &switches, &vendors, None);
    let mut findings = Vec::new();
    crate::rooms::pass(&room, RoomName::Links, &mut tape, &scene, &switches, &mut findings);
    Done { links: before.into_iter().zip(hrefs(&tape)).collect(), findings }
}

fn fixture(name: &str) -> (String, String) {
    let read = |file| std::fs::read_to_string(format!("fixtures/html/{name}/{file}")).unwrap();
    (read("input.html"), read("expect.toml"))
}

#[test]
fn fixtures_expect() {
    let mut wrong = Vec::new();
    for entry in std::fs::read_dir("fixtures/html").unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        // Those that have to be mended first.
        if name == "icann-marketo" || name == "icann-marketo-archive" {
            continue;
        }
        let (html, expect) = fixture(&name);
        let done = rinse(&html, Map::default(), &Context::default(), &[]);
        let expect = DeTable::parse(&expect).unwrap();
        let mut named: Vec<&str> = Vec::new();
        let links = expect.get_ref().get("link").and_then(|l| l.get_ref().as_array());
        for link in links.into_iter().flatten() {
            let link = link.get_ref().as_table().unwrap();
            let text = |key: &str| link.get(key).and_then(|v| v.get_ref().as_str());
            let from = text("from").unwrap();
            named.push(from);
            let Some((_, to)) = done.links.iter().find(|(before, _)| before == from) else {
                wrong.push(format!("{name}: {from} is not there"));
                continue;
            };
            let rules = done.rules(from);
            let ok = if let Some(expected) = text("to") {
                to.trim_end_matches('/') == expected.trim_end_matches('/')
            } else if link.contains_key("protected") {
                to == from && rules == [PROTECTED]
            } else {
                let vendor = text("vendor").unwrap_or_default();
                to == from && rules.iter().any(|r| r.starts_with(&format!("links.{vendor}.")))
            };
            if !ok {
                wrong.push(format!("{name}: {from}\n  became {to} by {rules:?}"));
            }
        }
        for (before, after) in &done.links {
            if before != after && !named.contains(&&**before) {
                wrong.push(format!("{name}: {before} became {after}, not expected"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn marketo_is_believed_beside_its_pixel_only() {
    let (html, _) = fixture("icann-marketo-spaces");
    let count = |html: &str| {
        let off = ["links.evidence.*", "links.icann.*"];
        let done = rinse(html, Map::default(), &Context::default(), &off);
        done.findings.iter().filter(|f| f.rule == "links.marketo.click").count()
    };
    // 16 content links and the empty anchor; Unsubscribe is protected.
    assert_eq!(count(&html), 17);
    let at = html.find("<img src=\"https://newsalerts.icann.org/trk").unwrap();
    let end = at + html[at..].find('>').unwrap() + 1;
    assert_eq!(count(&format!("{}{}", &html[..at], &html[end..])), 0);
}

#[test]
fn a_map_leaves_only_unsubscribe() {
    let (html, _) = fixture("icann-marketo-spaces");
    for file in ["icann.toml", "icann.tsv"] {
        let text = std::fs::read_to_string(format!("fixtures/maps/{file}")).unwrap();
        let map = Map::parse(file, &text).unwrap();
        let done = rinse(&html, map, &Context::default(), &[]);
        let left: Vec<&str> = done
            .links
            .iter()
            .filter(|(_, to)| to.contains("newsalerts.icann.org"))
            .map(|(_, to)| &**to)
            .collect();
        // The second is the empty anchor, which the access room takes away.
        assert_eq!(
            left,
            [
                "https://newsalerts.icann.org/WC02JNR0P0T2Edg00208q00",
                "https://newsalerts.icann.org/gV080NP02202RE0dC000Lqg"
            ]
        );
    }
}

#[test]
fn equal_links_follow_one_that_names_its_target() {
    let wrapper = "https://e.example.org/ls/click?upn=u001.abcdefghijklmnop";
    let html = format!(
        "<a href='{wrapper}'>Read</a> <a href='{wrapper}'>https://www.example.org/a?utm_source=x</a>"
    );
    let done = rinse(&html, Map::default(), &Context::default(), &[]);
    assert!(done.links.iter().all(|(_, to)| to == "https://www.example.org/a"), "{:?}", done.links);
    assert_eq!(done.rules(wrapper), [EQUAL, TEXT]);
    let two = html.replace(">Read<", ">https://www.example.org/b<");
    let done = rinse(&two, Map::default(), &Context::default(), &[]);
    assert!(done.links.iter().all(|(_, to)| to == wrapper), "two texts: {:?}", done.links);
}

#[test]
fn protected_links_stay_whatever_is_known() {
    let wrapper = "https://e.example.org/ls/click?upn=u001.abcdefghijklmnop";
    let html = format!(
        "<a href='{wrapper}'>Abmelden</a><a href='{wrapper}'>https://www.example.org/a</a>"
    );
    let map = Map::parse("m", &format!("{wrapper}\thttps://www.example.org/")).unwrap();
    let done = rinse(&html, map, &Context::default(), &[]);
    assert!(done.links.iter().all(|(_, to)| to == wrapper));
    let mut cx = Context::default();
    cx.list_unsubscribe.push("https://www.example.org/q?utm_source=a".to_owned());
    let done =
        rinse("<a href='https://www.example.org/q?utm_source=a'>x</a>", Map::default(), &cx, &[]);
    assert_eq!(done.links[0].0, done.links[0].1);
}

#[test]
fn a_gateway_comes_off_a_protected_link() {
    let html = "<a href='https://x.safelinks.protection.outlook.com/?url=https%3A%2F%2Fwww.example.org%2Fq%3Futm_source%3Da&data=1'>Unsubscribe</a>";
    let done = rinse(html, Map::default(), &Context::default(), &[]);
    assert_eq!(done.links[0].1, "https://www.example.org/q?utm_source=a");
}

const OPAQUE: &str = "https://e.example.org/ls/click?upn=u001.abcdefghijklmnop";

fn opaque(n: usize) -> String {
    format!("{OPAQUE}{n}")
}

#[test]
fn a_true_senders_own_url_in_a_text() {
    let wrapper = "https://example.us1.list-manage.com/track/click?u=1&id=2";
    let html = format!("<a href='{wrapper}'>https://www.example.org/a</a>");
    let led = |cx: &Context| rinse(&html, Map::default(), cx, &[]).links[0].1.clone();
    let from = |address: &str, sure| Context::default().sender(address, sure);
    assert_eq!(led(&from("News <news@mail.example.org>", true)), "https://www.example.org/a");
    assert_eq!(led(&from("news@mail.example.org", false)), wrapper);
    assert_eq!(led(&from("news@example.com", true)), wrapper);
}

#[test]
fn the_twin_names_targets_by_the_words_before_them() {
    let (a, b, c) = (opaque(1), opaque(2), opaque(3));
    let html = format!(
        "<a href='{a}'>our plans</a> <a href='{b}'>Read more</a> <a href='{c}'>Read more</a>"
    );
    let led = |twin: &str| -> Vec<String> {
        let done = rinse(&html, Map::default(), &Context::default().twin(twin), &[]);
        done.links.into_iter().map(|(_, to)| to).collect()
    };
    let all = "See our plans (https://www.example.org/plans?utm_source=x).\n\n\
               Read more: https://www.example.com/1\n\nRead more: https://www.example.com/2\n";
    assert_eq!(
        led(all),
        ["https://www.example.org/plans", "https://www.example.com/1", "https://www.example.com/2"]
    );
    // Not as often, or of two minds: nothing is guessed.
    assert_eq!(led("Read more: https://www.example.com/1"), [&*a, &b, &c]);
    let two = "our plans https://www.example.org/1 our plans https://www.example.org/2";
    assert_eq!(led(two), [&*a, &b, &c]);
    // Itself a wrapper, or an address that acts for the reader.
    assert_eq!(led(&format!("our plans {a}")), [&*a, &b, &c]);
    assert_eq!(led("our plans https://www.example.org/unsubscribe"), [&*a, &b, &c]);
    let done =
        rinse(&html, Map::default(), &Context::default().twin(all), &["links.evidence.twin"]);
    assert_eq!(done.links[0].1, a);
}

#[test]
fn what_a_program_on_the_way_kept() {
    let led = |html: &str| rinse(html, Map::default(), &Context::default(), &[]).links[0].1.clone();
    let broken =
        "https://eur02.safelinks.protection.outlook.com/?url=https%3A%2F%2Fwww.exa%E0%A4%A";
    let original = "https://www.example.org/a?utm_source=x&amp;b=1";
    assert_eq!(
        led(&format!("<a href='{broken}' originalsrc='{original}'>x</a>")),
        "https://www.example.org/a?b=1"
    );
    // Beside anything else it is a sender's say-so.
    assert_eq!(led(&format!("<a href='{OPAQUE}' originalsrc='{original}'>x</a>")), OPAQUE);
    let google = "https://www.google.com/url?q=https%3A%2F%2Fwww.example.org%2Fa&amp;source=gmail";
    assert_eq!(
        led(&format!("<a href='{OPAQUE}' data-saferedirecturl='{google}'>x</a>")),
        "https://www.example.org/a"
    );
    assert_eq!(led(&format!("<a href='{OPAQUE}' data-saferedirecturl='{original}'>x</a>")), OPAQUE);
}

#[test]
fn a_link_book_names_standing_links() {
    let book = "[[link]]\nhost = 'e.example.org'\ntext = 'Our shop'\nto = 'https://www.example.org/shop?utm_source=x'\n\
                [[link]]\nhost = 'e.example.org'\nalt = 'Logo'\nto = 'https://www.example.org/'\n\
                [[link]]\nhost = 'e.example.org'\ntext = 'Unsubscribe'\nto = 'https://www.example.org/bye'\n";
    let (a, b, c, d) = (opaque(1), opaque(2), opaque(3), opaque(4));
    let html = format!(
        "<a href='{a}'>Our\n <b>shop</b></a><a href='{b}'><img src=x alt=Logo></a>\
         <a href='{c}'>Unsubscribe</a><a href='{d}'>Our shops</a><a href='{a}'>again</a>"
    );
    let map = Map::parse("m.toml", book).unwrap();
    let done = rinse(&html, map, &Context::default(), &[]);
    let led: Vec<&str> = done.links.iter().map(|(_, to)| &**to).collect();
    let (shop, home) = ("https://www.example.org/shop", "https://www.example.org/");
    assert_eq!(led, [shop, home, &*c, &*d, shop]);
    assert_eq!(done.rules(&a), ["links.map.book", EQUAL]);
    // Where no wrapper is known, the book is about nothing.
    let map = Map::parse("m.toml", book).unwrap();
    let plain = "<a href='https://e.example.org/x'>Our shop</a>";
    assert_eq!(rinse(plain, map, &Context::default(), &[]).links[0].1, "https://e.example.org/x");
}

#[test]
fn built_in_books_lead_where_one_may() {
    let rules = Rules::builtin();
    assert!(rules.book().count() > 2);
    for (link, _) in rules.book() {
        book::check(link).unwrap_or_else(|e| panic!("{}: {e}", link.id));
    }
}

#[test]
fn a_text_that_shows_another_host_is_told() {
    let mismatch = |html: &str| {
        let done = rinse(html, Map::default(), &Context::default(), &[]);
        done.findings.iter().filter(|f| f.rule == MISMATCH).count()
    };
    assert_eq!(mismatch("<a href='https://evil.example/'>https://www.example.org/</a>"), 1);
    assert_eq!(mismatch("<a href='https://evil.example/'>www.example.org</a>"), 1);
    assert_eq!(
        mismatch(
            "<a href='https://www.google.com/url?q=https%3A%2F%2Fevil.example%2F'>https://example.org</a>"
        ),
        1
    );
    assert_eq!(mismatch("<a href='https://www.example.org/a'>http://example.org</a>"), 0);
    assert_eq!(mismatch("<a href='https://evil.example/'>See https://www.example.org/</a>"), 0);
    assert_eq!(mismatch(&format!("<a href='{OPAQUE}'>https://www.example.com/</a>")), 0);
}

#[test]
fn pages_that_show_the_mail_keep_their_parameters() {
    let led = |html: &str| rinse(html, Map::default(), &Context::default(), &[]).links[0].1.clone();
    let url = "https://www.example.org/page?utm_source=a&vero_id=b";
    assert_eq!(led(&format!("<a href='{url}'>View in your browser</a>")), url);
    assert_eq!(led(&format!("<a href='{url}'>Read more</a>")), "https://www.example.org/page");
}

#[test]
fn an_address_in_clear_is_told_of() {
    let html = "<a href='https://www.example.org/unsubscribe?e=reader%40example.com'>x</a>";
    let done = rinse(html, Map::default(), &Context::default(), &[]);
    assert!(done.findings[0].evidence.iter().any(|e| e.what.contains("in clear")));
    assert_eq!(done.links[0].0, done.links[0].1);
}

#[test]
fn a_listed_url_is_left_alone_behind_a_gateway_too() {
    let mut cx = Context::default();
    cx.list_unsubscribe
        .push("<https://www.google.com/url?q=https%3A%2F%2Fwww.example.org%2F>".into());
    let hex: String = "https://www.google.com/url?q=https%3A%2F%2Fwww.example.org%2F"
        .bytes()
        .map(|b| format!("%{b:02X}"))
        .collect();
    let html =
        format!("<a href='https://x.safelinks.protection.outlook.com/?url={hex}&amp;data=1'>x</a>");
    let done = rinse(&html, Map::default(), &cx, &[]);
    assert_eq!(done.links[0].1, "https://www.google.com/url?q=https%3A%2F%2Fwww.example.org%2F");
}

#[test]
fn nested_to_a_fixed_point_but_not_for_ever() {
    let links = Links::new(Rules::builtin(), Map::default());
    let wrap = |url: &str| {
        let hex: String = url.bytes().map(|b| format!("%{b:02X}")).collect();
        format!("https://www.google.com/url?q={hex}")
    };
    let mut url = "https://www.example.org/a?b=%2520+c#d".to_owned();
    for n in 1..=6 {
        url = wrap(&url);
        let verdict = judged(&links, &url);
        assert_eq!(verdict.url, "https://www.example.org/a?b=%2520+c#d", "{n}");
    }
}

#[test]
fn eight_layers_and_no_more() {
    let links = Links::new(Rules::builtin(), Map::default());
    // `:` and `/` raw and `?`, `&`, `=` and `%` escaped, so that it stays short.
    let wrap = |url: &str| {
        let inside =
            url.replace('%', "%25").replace('?', "%3F").replace('&', "%26").replace('=', "%3D");
        format!("https://www.google.com/url?q={inside}")
    };
    let mut url = "https://www.example.org/a".to_owned();
    for n in 1..=10 {
        url = wrap(&url);
        let verdict = judged(&links, &url);
        if n <= 8 {
            assert_eq!(verdict.url, "https://www.example.org/a", "{n}");
        } else {
            assert_eq!((verdict.word(), &*verdict.url), ("refused", &*url), "{n}");
        }
    }
}

#[test]
fn a_wrappers_own_parameters_stay() {
    let links = Links::new(Rules::builtin(), Map::default());
    let params = |url: &str| {
        let (cx, on, vendors) = (Context::default(), Switches::default(), Vendors::default());
        links.judge(url, &cx, &on, &vendors, Only::Params)
    };
    let wrapper = "https://example.us1.list-manage.com/track/click?u=1&id=2&utm_source=x";
    assert_eq!((params(wrapper).word(), &*params(wrapper).url), ("unchanged", wrapper));
    assert_eq!(params("https://www.example.org/?utm_source=x").word(), "stripped");
    assert_eq!(params("https://www.example.org/unsubscribe?utm_source=x").word(), "protected");
}

fn judged(links: &Links, url: &str) -> Verdict {
    links.judge(url, &Context::default(), &Switches::default(), &Vendors::default(), Only::Both)
}

proptest! {
    /// No panic, no target that is none, and a second pass changes nothing.
    #[test]
    fn sound(url in "(https?://)?(www\\.google\\.com/url\\?q=|urldefense\\.com/v3/__|x\\.awstrack\\.me/L0/|a\\.example/)[a-z0-9:/%?&=*_;!$#@.\\\\ é-]{0,40}") {
        let links = Links::new(Rules::builtin(), Map::default());
        let once = judged(&links, &url);
        if once.url != url {
            prop_assert!(crate::web::target_of(&once.url, |s| matches!(s, "mailto" | "tel")).is_ok(), "{}", once.url);
        } else {
            prop_assert!(!once.unwrapped && !once.stripped);
        }
        let twice = judged(&links, &once.url);
        prop_assert_eq!(&twice.url, &once.url);
    }
}
