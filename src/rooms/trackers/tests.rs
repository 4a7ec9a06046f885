use super::Trackers;
use crate::context::Context;
use crate::finding::{Action, Finding, RoomName};
use crate::nest::tape_of;
use crate::rooms::show::{self, rules};
use crate::rooms::{Switches, pass};
use crate::rules::Rules;
use crate::scene::{Asked, Remote, Scene, Sheets};
use crate::tape::Tape;

fn with(html: &str, off: &[&str]) -> (String, Vec<Finding>) {
    over(tape_of(html), Asked::default(), off)
}

fn over(tape: Tape, asked: Asked, off: &[&str]) -> (String, Vec<Finding>) {
    of(tape, asked, off, &Context::default())
}

fn of(mut tape: Tape, asked: Asked, off: &[&str], cx: &Context) -> (String, Vec<Finding>) {
    let sheets = show::sheets(&tape);
    let scene = Scene::learn(&tape, cx, asked, &Sheets::of(&sheets));
    let rules = Rules::builtin();
    let room = Trackers::new(&rules, &tape, &scene);
    let switches = Switches {
        off: off.iter().map(|glob| (*glob).to_owned()).collect(),
        ..Switches::default()
    };
    let mut findings = Vec::new();
    pass(&room, RoomName::Trackers, &mut tape, &scene, &switches, &mut findings);
    (show::show(&tape), findings)
}

fn found(html: &str) -> (String, Vec<Finding>) {
    let (once, findings) = with(html, &[]);
    let (twice, again) = with(&once, &[]);
    assert_eq!(twice, once);
    assert!(again.iter().all(|finding| finding.action == Action::Noted), "{again:?}");
    (once, findings)
}

/// The one finding about a picture among text.
#[track_caller]
fn gone(img: &str, rule: &str) -> Finding {
    let (left, mut findings) = found(&format!("<p>a{img}b</p>"));
    assert_eq!(left, "<p>ab</p>", "{findings:?}");
    assert_eq!(rules(&findings), [rule]);
    findings.remove(0)
}

#[track_caller]
fn stays(img: &str) {
    let html = format!("<p>a{img}b</p>");
    let (left, findings) = found(&html);
    assert_eq!(left, html);
    assert!(findings.is_empty(), "{findings:?}");
}

const TOKEN: &str = "7be2f19c40d85a63e1";

#[test]
fn the_seed() {
    let finding = gone(
        "<img src=\"https://newsalerts.icann.org/trk?t=1&mid=NTI5LUNSRS03MTc6MDoxNDk1OjExMTk6MTAwMTU6MTI0MDo5OjEyMDU6ODIwMDpyZWFkZXJAZXhhbXBsZS5jb20\" width=1 height=1 style='display:none!important' alt=''>",
        "trackers.marketo.open",
    );
    assert_eq!(finding.vendor.as_deref(), Some("Marketo"));
    let evidence: Vec<&str> = finding.evidence.iter().map(|it| &*it.what).collect();
    assert!(evidence.contains(&"1x1 by attributes"), "{evidence:?}");
    assert!(
        evidence.contains(&"mid carries an address, in base64: reader@example.com"),
        "{evidence:?}"
    );
}

#[test]
fn tiny() {
    gone(
        &format!("<img src=https://a.example/x?y={TOKEN} width=1 height=1>"),
        "trackers.generic.tiny",
    );
    gone(
        &format!("<img src=https://a.example/{TOKEN}.png width=1 height=1>"),
        "trackers.generic.tiny",
    );
    gone("<img src=https://a.example/x.php width=0 height=0>", "trackers.generic.tiny");
    gone(
        &format!("<img src=https://a.example/spacer.gif?y={TOKEN} width=1 height=1>"),
        "trackers.generic.tiny",
    );
    gone(
        "<img src=https://a.example/track/1234/blank.gif style='width:1px;height:1px'>",
        "trackers.generic.tiny",
    );
    for img in [
        "<img src=\"https://a.example/spacer.gif\" width=\"1\" height=\"1\">",
        "<img src=\"https://a.example/img/dot.gif\" width=\"1\" height=\"1\">",
        "<img src=\"https://a.example/line.png\" width=\"1\" height=\"1\">",
        "<img src=\"data:image/gif;base64,AAAA\" width=\"1\" height=\"1\">",
        "<img src=\"cid:x\" width=\"1\" height=\"1\">",
        "<img width=\"1\" height=\"1\">",
    ] {
        stays(img);
    }
}

#[test]
fn a_little_larger_than_tiny() {
    for size in ["width=2 height=2", "width=3 height=1", "width=2 height=6"] {
        let (left, findings) =
            found(&format!("<p>a<img src=https://a.example/{TOKEN} {size}>b</p>"));
        assert_eq!(rules(&findings), ["trackers.generic.tiny"]);
        assert_eq!(findings[0].action, Action::Replaced);
        assert!(
            left.contains("<img src=\"data:image/gif;base64,") && !left.contains("a.example"),
            "{left}"
        );
    }
    stays("<img src=\"https://a.example/bullet.gif\" width=\"3\" height=\"3\">");
}

#[test]
fn lines_keep_room() {
    stays("<img src=\"https://a.example/spacer.gif\" width=\"600\" height=\"1\">");
    stays(&format!("<img src=\"https://a.example/{TOKEN}.gif\" width=\"600\" height=\"1\">"));
    let (left, findings) =
        found(&format!("<img src=https://a.example/s.gif?u={TOKEN} width=600 height=1>"));
    assert_eq!(rules(&findings), ["trackers.generic.tiny"]);
    assert!(left.contains("width=\"600\" height=\"1\" alt=\"\""), "{left}");
}

#[test]
fn hidden() {
    gone(
        &format!("<img src=https://a.example/{TOKEN} style='display:none'>"),
        "trackers.generic.hidden",
    );
    let (left, findings) = found(&format!(
        "<p>a</p><div style='max-height:0;overflow:hidden'><img src=https://a.example/x?y={TOKEN}></div>"
    ));
    assert_eq!(rules(&findings), ["trackers.generic.hidden"]);
    assert!(!left.contains("<img"), "{left}");
    let (_, findings) = found(&format!(
        "<style>.q{{display:none}}</style><img class=q src=https://a.example/{TOKEN}>"
    ));
    assert_eq!(rules(&findings), ["trackers.generic.hidden"]);
    stays("<img src=\"https://a.example/emoji.png\" style=\"display:none\">");
}

#[test]
fn pictures_for_other_screens_stay() {
    let sheet = "<style>@media (max-width:600px){.mobile{width:100%!important;height:auto!important}}</style>";
    let swap = format!(
        "<img class=\"mobile\" src=\"https://a.example/{TOKEN}.jpg\" width=\"0\" height=\"0\">"
    );
    let (left, findings) = with(&format!("{sheet}<p>a{swap}b</p>"), &[]);
    assert!(left.contains(&swap) && findings.is_empty(), "{findings:?}");
    let (_, findings) = with(&format!("<p>a{swap}b</p>"), &[]);
    assert_eq!(rules(&findings), ["trackers.generic.tiny"]);
}

#[test]
fn by_the_url_alone() {
    let (_, findings) = found(&format!("<p>a</p><img src=https://a.example/x/{TOKEN}>"));
    assert_eq!(rules(&findings), ["trackers.generic.shape"]);
    let (_, findings) = found(&format!("<p>a<img src=https://a.example/open/{TOKEN}>b</p>"));
    assert_eq!(rules(&findings), ["trackers.generic.shape"]);
    // Among text, and nothing says open: a picture of some server.
    stays(&format!("<img src=\"https://a.example/x/{TOKEN}\">"));
    stays(&format!("<img src=\"https://a.example/open/{TOKEN}\" width=\"200\" height=\"80\">"));
    stays("<img src=\"https://a.example/logo@2x.png\">");
}

#[test]
fn through_a_proxy() {
    let finding = gone(
        &format!(
            "<img src='https://ci3.googleusercontent.com/meips/ADKq_N1q=s0-d-e1-ft#https://a.example/o?x={TOKEN}' width=1 height=1>"
        ),
        "trackers.generic.tiny",
    );
    assert!(finding.evidence[0].what.contains("Gmail"));
    assert!(finding.url.is_some_and(|url| url.starts_with("https://ci3.")));
    stays(
        "<img src=\"https://ci3.googleusercontent.com/meips/ADKq_N1qfht1YbYc03dgkFWF=s0-d-e1-ft#https://a.example/photo.jpg\">",
    );
}

#[test]
fn strips_and_spacers_without_and_with_an_identifier() {
    for img in [
        "<img src=\"https://a.example/img/spacer.gif\" width=\"600\" height=\"1\">",
        "<img src=\"https://a.example/lib/fe9b15a0d76c/m/1/spacer.gif\" width=\"1\" height=\"1\">",
        "<img src=\"https://a.example/9f8e41c07b2d4a6e93b5d1a0c6f72e18.gif\" width=\"600\" height=\"1\">",
        "<img src=\"https://a.example/clear.gif?v=9f8e41c07b2d4a6e\" width=\"1\" height=\"20\">",
        "<img src=\"https://a.example/t.gif\" height=\"1\">",
    ] {
        stays(img);
    }
    for img in [
        format!("<img src=https://a.example/spacer.gif?m={TOKEN} width=600 height=1>"),
        format!("<img src=https://a.example/o/{TOKEN} width=600 height=1>"),
    ] {
        let (_, findings) = found(&format!("<p>a{img}b</p>"));
        assert_eq!(rules(&findings), ["trackers.generic.tiny"], "{img}");
    }
}

#[test]
fn hidden_by_a_box_of_a_pixel() {
    let html = format!(
        "<p>a</p><div style='height:1px;overflow:hidden'><img src=https://a.example/x/{TOKEN}></div><p>b</p>"
    );
    assert_eq!(rules(&found(&html).1), ["trackers.generic.hidden"]);
    let html = "<p>a</p><div style='display:none'><img src=https://a.example/e.php?uid=4711></div><p>b</p>";
    assert_eq!(rules(&found(html).1), ["trackers.generic.hidden"]);
}

#[test]
fn urls_without_a_scheme_or_slashes() {
    for url in ["//a.example/x?y=", "https:a.example/x?y=", "\\\\a.example/x?y="] {
        gone(&format!("<img src='{url}{TOKEN}' width=1 height=1>"), "trackers.generic.tiny");
    }
}

#[test]
fn hashes_of_a_known_recipient() {
    let html = "<p>a<img src=https://a.example/p.gif?h=baa0f4114eafbdd39ce828d01b849ae6>b</p>";
    let cx = Context::default().recipient("Reader@example.com");
    let (_, findings) = of(tape_of(html), Asked::default(), &[], &cx);
    assert_eq!(rules(&findings), ["trackers.generic.shape"]);
    assert!(findings[0].evidence.iter().any(|it| it.what.contains("the MD5 of an address")));
}

#[test]
fn identified_content_is_blocked_where_asked() {
    let html = "<p>a<img src=\"https://a.example/logo.png?e=cmVhZGVyQGV4YW1wbGUuY29t\" width=\"200\" height=\"80\" alt=\"Logo\">b</p>";
    let asked = Asked { remote: Remote::BlockIdentified, ..Asked::default() };
    let (left, findings) = over(tape_of(html), asked, &[]);
    assert_eq!(left, "<p>a<img width=\"200\" height=\"80\" alt=\"Logo\">b</p>");
    assert_eq!(rules(&findings), ["trackers.identified.address"]);
    assert_eq!(findings[0].action, Action::Changed);
}

#[test]
fn content_that_knows_its_reader_is_told_and_stays() {
    for (img, rule) in [
        (
            "<img src=\"https://a.example/logo.png?e=cmVhZGVyQGV4YW1wbGUuY29t\" width=\"200\" height=\"80\" alt=\"Logo\">",
            "trackers.identified.address",
        ),
        (
            "<img src=\"https://a.example/logo.png?e=cmVhZGVyQGV4YW1wbGUuY29t\">",
            "trackers.identified.address",
        ),
        (
            "<img src=\"https://a.example/logo.png?mi_u=7be2f19c40d85a63e1\" width=\"200\">",
            "trackers.identified.token",
        ),
    ] {
        let html = format!("<p>a{img}b</p>");
        let (left, findings) = found(&html);
        assert_eq!((left, rules(&findings)), (html, vec![rule]));
        assert_eq!(findings[0].action, Action::Noted);
    }
}

#[test]
fn other_places() {
    let (left, findings) = found(&format!(
        "<table background=https://a.example/open?u={TOKEN} style='color:red;background:url(https://a.example/open?u={TOKEN});width:9px'></table>"
    ));
    assert_eq!(left, "<table style=\"color:red;width:9px\"></table>");
    assert_eq!(rules(&findings), ["trackers.generic.shape"; 2]);
    let paper = "<table background=\"https://a.example/paper.jpg\" style=\"background:url(https://a.example/b.png)\"></table>";
    assert_eq!(found(paper), (paper.to_owned(), vec![]));
    let (left, findings) =
        found(&format!("<img src=cid:x srcset='https://a.example/open/{TOKEN} 2x'>"));
    assert_eq!(
        (left.as_str(), rules(&findings)),
        ("<img src=\"cid:x\">", vec!["trackers.generic.shape"])
    );
}

/// What must go and what must stay, as the fixtures say, with the senders that
/// are known and by evidence alone.
#[test]
fn fixtures() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/html");
    for entry in std::fs::read_dir(folder).expect("fixtures") {
        let path = entry.expect("an entry").path();
        // These two are mended first.
        if path.ends_with("icann-marketo") || path.ends_with("icann-marketo-archive") {
            continue;
        }
        let html = std::fs::read_to_string(path.join("input.html")).expect("input.html");
        let expect = std::fs::read_to_string(path.join("expect.toml")).expect("expect.toml");
        let expect =
            toml::de::DeTable::parse(&expect).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let wanted = list(expect.get_ref(), "trackers");
        for off in [&[][..], &["trackers.*.open", "trackers.*.image"][..]] {
            let (left, findings) = with(&html, off);
            let gone: Vec<&str> = findings
                .iter()
                .filter(|finding| finding.action != Action::Noted)
                .filter_map(|finding| finding.url.as_deref())
                .collect();
            assert_eq!(gone, wanted, "{} without {off:?}: {findings:#?}", path.display());
            for kept in list(expect.get_ref(), "kept") {
                assert!(left.contains(kept), "{}: {kept}", path.display());
            }
        }
    }
}

fn list<'t>(expect: &'t toml::de::DeTable<'t>, key: &str) -> Vec<&'t str> {
    let values = expect.get(key).and_then(|value| value.get_ref().as_array());
    values
        .into_iter()
        .flat_map(|values| values.iter())
        .filter_map(|value| value.get_ref().as_str())
        .collect()
}
