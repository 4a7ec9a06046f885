//! What must be seen on the seed, ICANN's newsletter of January 2021: as it was
//! given (out of a Mailman 2 archive), as it was sent, and as archive page.
//! Each line of the issue that asked for it is a test of its own.

use crate::common::event::Event;
use crate::common::{self, html5};
use mailrinse::{Action, Context, Finding, Level, Map, Rinsed, Rinser, Shape};
use std::collections::BTreeMap;

const GIVEN: &str = "icann-marketo";
const SENT: &str = "icann-marketo-spaces";
const PIXEL: &str = "https://newsalerts.icann.org/trk?";
const UNSUBSCRIBE: &str = "https://newsalerts.icann.org/WC02JNR0P0T2Edg00208q00";

fn seed() -> &'static [u8] {
    static SEED: std::sync::OnceLock<Vec<u8>> = std::sync::OnceLock::new();
    SEED.get_or_init(|| common::input(GIVEN))
}

fn rinsed(rinser: &Rinser) -> (Rinsed<'static>, Vec<Event>) {
    let rinsed = common::rinse(rinser, seed());
    let tree = common::tree(&rinsed.html, Shape::Document);
    (rinsed, tree)
}

fn clean() -> (Rinsed<'static>, Vec<Event>) {
    rinsed(&common::build(Rinser::builder()))
}

fn mapped(file: &str) -> (Rinsed<'static>, Vec<Event>) {
    let path = common::fixtures().join("maps").join(file);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let map = Map::parse(file, &text).unwrap_or_else(|e| panic!("{e}"));
    rinsed(&common::build(Rinser::builder().map(map)))
}

fn hrefs(tree: &[Event]) -> Vec<String> {
    html5::elements(tree, "a").iter().filter_map(|a| a.get("href").cloned()).collect()
}

/// The hrefs of the input, in order, as its twin shows them to any parser.
fn source_hrefs() -> Vec<String> {
    hrefs(&html5::document(&common::text(&common::input(SENT))))
}

fn words(html: &[u8]) -> Vec<String> {
    html5::words(&common::text(html))
}

#[test]
fn the_pixel_is_gone_and_the_report_says_whose_it_is_and_whom_it_names() {
    let (rinsed, tree) = clean();
    let images = html5::elements(&tree, "img");
    assert!(!images.iter().any(|i| i.get("src").is_some_and(|s| s.starts_with(PIXEL))));
    assert!(!common::text(&rinsed.html).contains("/trk?"));
    let is_pixel = |f: &&Finding| f.url.as_deref().is_some_and(|u| u.starts_with(PIXEL));
    let finding = rinsed.findings.iter().find(is_pixel).expect("a finding names the pixel");
    assert_eq!(finding.rule, "trackers.marketo.open");
    assert_eq!(finding.vendor.as_deref(), Some("Marketo"));
    assert!(matches!(finding.action, Action::Removed | Action::Replaced));
    let evidence: Vec<&str> = finding.evidence.iter().map(|e| &*e.what).collect();
    assert!(evidence.len() >= 3, "shape, size, hiding: {evidence:?}");
    let names = |e: &&str| e.contains("mid") && e.contains("reader@example.com");
    assert!(evidence.iter().any(names), "{evidence:?}");
}

#[test]
fn the_eight_other_images_are_there_with_their_alt() {
    let (_, tree) = clean();
    let of = |tree: &[Event]| -> Vec<(String, String)> {
        html5::elements(tree, "img")
            .iter()
            .map(|i| {
                let get = |name: &str| i.get(name).cloned().unwrap_or_default();
                (get("src"), get("alt"))
            })
            .filter(|(src, _)| !src.starts_with(PIXEL))
            .collect()
    };
    let images = of(&tree);
    assert_eq!(images.len(), 8);
    for (image, source) in
        images.iter().zip(of(&html5::document(&common::text(&common::input(SENT)))))
    {
        assert_eq!(image.0, source.0);
    }
    for name in
        ["ICANN Announcement Alerts", "Twitter", "Facebook", "Instagram", "Linkedin", "YouTube"]
    {
        assert!(images.iter().any(|(_, alt)| alt == name), "{name}: {images:?}");
    }
}

#[test]
fn the_empty_anchor_is_gone_and_seventeen_links_remain() {
    let (rinsed, tree) = clean();
    assert_eq!(source_hrefs().len(), 18);
    let hrefs = hrefs(&tree);
    assert_eq!(hrefs.len(), 17, "{hrefs:?}");
    assert!(!hrefs.iter().any(|h| h.contains("gV080NP02202RE0dC000Lqg")));
    assert!(rinsed.findings.iter().any(|f| f.rule == "access.link.empty"));
}

#[test]
fn six_links_lead_where_their_words_say_and_the_others_stay_byte_for_byte() {
    let (rinsed, tree) = clean();
    let expected: Vec<String> = source_hrefs()
        .into_iter()
        .take(17)
        .map(|href| match href.rsplit('/').next() {
            Some("K0020CR00PqN2Dd8g02N0E0") => {
                "https://www.icann.org/public-comments/ssr2-final-report-2021-01-28-en".to_owned()
            }
            Some("U2Kg00E0PR0Cdq022N000U8") => "https://www.icann.org".to_owned(),
            // By the link book; the last stands in the mail twice.
            Some("uGN0008R0P0d0w02qg2CE20") => {
                "https://www.icann.org/public-comments/ssr2-final-report-2021-01-28-en".to_owned()
            }
            Some("y2qC82gN0d0PERJ00z00020") => {
                "https://www.icann.org/resources/reviews/specific-reviews/ssr".to_owned()
            }
            Some("kC0yP0N00qg02Rd2820I00E") => {
                "https://www.icann.org/resources/pages/governance/bylaws-en/#article4.6".to_owned()
            }
            _ => href,
        })
        .collect();
    assert_eq!(hrefs(&tree), expected);
    let told = |to: &str| rinsed.findings.iter().any(|f| f.to.as_deref() == Some(to));
    assert!(told("https://www.icann.org"));
    assert!(told("https://www.icann.org/public-comments/ssr2-final-report-2021-01-28-en"));
    let by = |rule: &str| rinsed.findings.iter().filter(|f| f.rule == rule).count();
    assert_eq!(
        (by("links.evidence.text"), by("links.icann.book"), by("links.evidence.equal")),
        (2, 3, 1)
    );
    let left = hrefs(&tree).iter().filter(|h| h.contains("newsalerts.icann.org")).count();
    assert_eq!(left, 11, "ten that nobody knows, and Unsubscribe");
}

#[test]
fn the_others_are_reported_as_opaque_and_unsubscribe_as_protected() {
    let (rinsed, tree) = clean();
    for href in hrefs(&tree).iter().filter(|h| h.contains("newsalerts.icann.org")) {
        let about = |f: &&Finding| {
            f.url.as_ref() == Some(href) && f.room.as_str() == "links" && f.action == Action::Noted
        };
        let found: Vec<_> = rinsed.findings.iter().filter(about).collect();
        assert!(!found.is_empty(), "nothing is said of {href}");
        for finding in found {
            if href == UNSUBSCRIBE {
                assert!(finding.rule.starts_with("links.protected."), "{finding:?}");
            } else {
                assert_eq!(finding.rule, "links.marketo.click");
                assert_eq!(finding.vendor.as_deref(), Some("Marketo"), "{finding:?}");
            }
        }
    }
}

#[test]
fn with_a_map_only_unsubscribe_still_leads_to_the_wrapper() {
    let (_, tree) = mapped("icann.toml");
    let hrefs = hrefs(&tree);
    assert_eq!(hrefs.len(), 17);
    let left: Vec<_> = hrefs.iter().filter(|h| h.contains("newsalerts.icann.org")).collect();
    assert_eq!(left, [UNSUBSCRIBE]);
}

#[test]
fn a_map_of_other_targets_works_as_well() {
    let (rinsed, tree) = mapped("icann.tsv");
    let path = common::fixtures().join("maps/icann.tsv");
    let map = std::fs::read_to_string(path).expect("the map is there");
    let targets: BTreeMap<&str, &str> = map.lines().filter_map(|l| l.split_once('\t')).collect();
    assert!(targets.len() >= 14);
    let expected: Vec<String> = source_hrefs()
        .into_iter()
        .take(17)
        .map(|h| targets.get(&*h).map_or(h.clone(), |to| (*to).to_owned()))
        .collect();
    let found = hrefs(&tree);
    for (found, expected) in found.iter().zip(&expected) {
        // The two that show their target in their text may follow that.
        assert!(
            found == expected || found.starts_with("https://www.icann.org"),
            "{found}, not {expected}"
        );
    }
    assert!(rinsed.findings.iter().any(|f| f.rule.starts_with("links.map.")));
}

#[test]
fn ten_layout_tables_are_for_presentation_and_the_data_table_is_not() {
    let (_, tree) = clean();
    let tables = html5::elements(&tree, "table");
    let layout = |t: &&BTreeMap<String, String>| t.get("role").is_some_and(|r| r == "presentation");
    assert_eq!(tables.iter().filter(layout).count(), tables.len() - 1, "{tables:?}");
    assert_eq!(tables.iter().filter(layout).count(), layout_tables_in_the_source());
    // The one that is left holds the dates.
    let start = tree.iter().position(|e| {
        matches!(e, Event::Open(n, a) if n == "table" && a.get("role").is_none_or(|r| r != "presentation"))
    });
    let text: String = tree[start.expect("there is one")..]
        .iter()
        .filter_map(|e| if let Event::Text(t) = e { Some(&**t) } else { None })
        .take(5)
        .collect();
    assert!(text.contains("Open Date:"), "{text}");
}

/// All tables of the source but one, those that hold nothing included.
fn layout_tables_in_the_source() -> usize {
    html5::elements(&html5::document(&common::text(&common::input(SENT))), "table").len() - 1
}

#[test]
fn lang_title_and_one_main_are_right() {
    let (_, tree) = clean();
    assert_eq!(html5::elements(&tree, "html")[0].get("lang").map(|l| &**l), Some("en"));
    assert_eq!(html5::elements(&tree, "main").len(), 1);
    let at = tree.iter().position(|e| matches!(e, Event::Open(n, _) if n == "title"));
    let at = at.expect("there is a title");
    let Event::Text(title) = &tree[at + 1] else { panic!("the title is empty") };
    assert!(title.contains("ICANN") || title.contains("SSR2"), "{title:?}");
}

#[test]
fn no_visible_word_is_lost_and_none_is_added() {
    let source = words(&common::input(SENT));
    assert!(source.len() > 400);
    for case in [GIVEN, SENT, "icann-marketo-archive"] {
        let html = common::input(case);
        for shape in common::SHAPES {
            let rinser = common::build(Rinser::builder().shape(shape));
            assert_eq!(words(&common::rinse(&rinser, &html).html), source, "{case} {shape:?}");
        }
    }
}

#[test]
fn the_mended_text_wraps_again() {
    let (rinsed, _) = clean();
    let html = common::text(&rinsed.html);
    assert!(html.contains("submitted its <a"));
    // What fills an element stays: four in the seed.
    assert_eq!(html.matches("&nbsp;").count(), 4);
    assert!(!html.contains('\u{a0}'));
}

#[test]
fn a_mail_with_some_plain_spaces_keeps_its_no_break_spaces() {
    let html = "<p class=\"a\">10\u{a0}kg and 5&nbsp;km\u{a0}</p><p>\u{a0}</p>";
    let rinser = common::build(Rinser::builder());
    let rinsed = common::rinse(&rinser, html.as_bytes());
    let out = common::text(&rinsed.html);
    assert!(out.contains("10&nbsp;kg and 5&nbsp;km&nbsp;</p>"), "{out}");
    assert_eq!(out.matches("&nbsp;").count(), 4);
    assert!(!rinsed.findings.iter().any(|f| f.rule.starts_with("mend.")));
}

#[test]
fn mending_is_reported() {
    let rules = |case: &str| -> Vec<String> {
        let rinser = common::build(Rinser::builder());
        let html = common::input(case);
        let findings = common::rinse(&rinser, &html).findings;
        findings.iter().map(|f| f.rule.to_string()).filter(|r| r.starts_with("mend.")).collect()
    };
    assert_eq!(rules(GIVEN), ["mend.space.nbsp"]);
    assert!(rules(SENT).is_empty());
    assert!(rules("icann-marketo-archive").contains(&"mend.archive.page".to_owned()));
}

#[test]
fn patch_leaves_the_twin_as_it_is_but_for_the_ranges_of_its_findings() {
    let rinser = common::build(Rinser::builder().level(Level::Patch));
    let html = common::input(SENT);
    let rinsed = common::rinse(&rinser, &html);
    crate::patch::outside_of_findings(&html, &rinsed.html, &rinsed.findings)
        .unwrap_or_else(|e| panic!("{e}"));
    let out = common::text(&rinsed.html);
    assert!(!out.contains("/trk?") && out.contains("role=\"presentation\""));
    assert!(out.contains("<a href=\"https://www.icann.org\" target=\"_blank\""), "{out}");
}

#[test]
fn patch_wakes_nothing_up_in_the_seed_as_given() {
    let rinser = common::build(Rinser::builder().level(Level::Patch));
    let rinsed = common::rinse(&rinser, seed());
    // No parser sees a link or an image in it, so there is nothing to take out.
    let before = html5::start_tags(&common::text(seed()), true);
    let after = html5::start_tags(&common::text(&rinsed.html), true);
    let names = |tags: Vec<html5::Tag>| tags.into_iter().map(|t| t.0).collect::<Vec<_>>();
    assert_eq!(names(after), names(before));
    crate::patch::outside_of_findings(seed(), &rinsed.html, &rinsed.findings)
        .unwrap_or_else(|e| panic!("{e}"));
    assert!(common::text(&rinsed.html).contains("/trk?"));
}

/// The text twin as senders make it: the links' words, then where they lead.
fn twin() -> String {
    let (_, tree) = mapped("icann.toml");
    let mut text = String::new();
    let mut to = None;
    for event in &tree {
        match event {
            Event::Open(name, attrs) if name == "a" => to = attrs.get("href"),
            Event::Text(words) => {
                let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
                text += &words;
                if let Some(url) = to.take_if(|_| !words.is_empty()) {
                    text += &format!(" <{url}>");
                }
                text += "\n";
            }
            _ => {}
        }
    }
    text
}

#[test]
fn as_a_message_it_comes_out_as_html_does_and_its_twin_solves_more_links() {
    let text = twin();
    let part = |kind: &str, body: &[u8]| {
        let body = String::from_utf8(crate::message::quoted(body, false)).expect("ASCII");
        format!(
            "--b\nContent-Type: text/{kind}; charset=utf-8\n\
             Content-Transfer-Encoding: quoted-printable\n\n{body}\n"
        )
    };
    let (plain, html) = (part("plain", text.as_bytes()), part("html", seed()));
    let head = "To: reader@example.com\nMIME-Version: 1.0\n\
                Content-Type: multipart/alternative; boundary=b\n\n";
    let raw = format!("{head}{plain}{html}--b--\n");
    let rinser = common::build(Rinser::builder());
    let out = rinser.message(raw.as_bytes(), &Context::default()).unwrap_or_else(|e| panic!("{e}"));
    let read = mail_parser::MessageParser::default().parse(&*out.html).expect("a message");
    let html = |message: &mail_parser::Message| -> String {
        let found = message.parts.iter().find_map(|part| match &part.body {
            mail_parser::PartType::Html(html) => Some(html.to_string()),
            _ => None,
        });
        found.expect("an HTML part")
    };
    let html = html(&read);
    let cx = Context::default().recipient("reader@example.com").twin(text);
    let as_html = rinser.html(seed(), &cx).unwrap_or_else(|e| panic!("{e}"));
    let same = |html: &str| html5::document(html.trim_end());
    assert_eq!(same(&html), same(&common::text(&as_html.html)));

    let opaque = |tree: &[Event]| {
        hrefs(tree)
            .iter()
            .filter(|h| h.contains("newsalerts.icann.org") && *h != UNSUBSCRIBE)
            .count()
    };
    let (alone, beside) = (opaque(&clean().1), opaque(&html5::document(&html)));
    println!("of the seed's links {alone} are opaque by themselves, {beside} beside the text twin");
    // The five that are pictures only: a text has nothing of them.
    assert_eq!((alone, beside), (10, 5));
}
