use super::PolicyRoom;
use crate::context::Context;
use crate::finding::{Finding, RoomName};
use crate::rooms::show::{judged, rules};
use crate::rules::policy::Policy;
use crate::scene::{Asked, Hidden, Level, Remote};

fn with(html: &str, asked: Asked) -> (String, Vec<Finding>) {
    let policy = Policy::builtin();
    let room = PolicyRoom::new(&policy, None, 1 << 20);
    judged(&room, RoomName::Policy, html, &Context::default(), asked)
}

fn clean(html: &str) -> (String, Vec<Finding>) {
    with(html, Asked::default())
}

/// The same for a cell, which needs its table.
fn cell(td: &str) -> (String, Vec<Finding>) {
    let (html, findings) = clean(&format!("<table><tbody><tr>{td}</tr></tbody></table>"));
    let row = html.strip_prefix("<table><tbody><tr>");
    let td = row.and_then(|row| row.strip_suffix("</tr></tbody></table>")).expect("a cell");
    (td.to_owned(), findings)
}

/// What is left, and that judging it again changes nothing.
fn left(html: &str) -> String {
    let (once, _) = clean(html);
    let (twice, findings) = clean(&once);
    assert_eq!(twice, once);
    assert!(findings.is_empty(), "{findings:?}");
    once
}

#[test]
fn mail_stays_as_it_is() {
    for html in [
        "<table width=\"600\" cellpadding=\"0\" border=\"0\" align=\"center\" bgcolor=\"#ffffff\" role=\"presentation\"><tbody><tr><td valign=\"top\" colspan=\"2\" style=\"padding:0 10px;color:#333\">x</td></tr></tbody></table>",
        "<p align=\"left\" dir=\"rtl\" lang=\"ar\"><font color=\"red\" face=\"Arial\" size=\"+1\">x</font></p>",
        "<ol type=\"a\" start=\"3\"><li value=\"5\">x</li></ol>",
        "<img src=\"https://example.org/a.png\" alt=\"A\" width=\"20\" height=\"100%\">",
        "<blockquote type=\"cite\">x</blockquote>",
        "<h1 hidden=\"\">x</h1>",
    ] {
        assert_eq!(left(html), html);
    }
}

#[test]
fn what_runs_loads_or_is_another_language_goes() {
    assert_eq!(left("a<script>b</script>c<svg><a>d</a></svg><math>e</math>f"), "acf");
    assert_eq!(left("a<iframe src=x>b</iframe><object data=x>c</object><video>d</video>e"), "ace");
    assert_eq!(
        left("a<noscript>b</noscript><select><option>c</select><textarea>d</textarea><input>e"),
        "ae"
    );
    assert_eq!(
        left("<form action=x>a<button>b</button></form><o:p>c</o:p><details>d</details>"),
        "<div>ab</div>c<div>d</div>"
    );
}

#[test]
fn attributes_are_told_once_a_tag() {
    let (html, findings) = clean("<p onclick=a data-x=b onload=c tabindex=1 align=left>x</p>");
    assert_eq!(html, "<p align=\"left\">x</p>");
    assert_eq!(rules(&findings), ["policy.attribute.event", "policy.attribute.unknown"]);
    let names = |i: usize| findings[i].evidence.iter().map(|e| &*e.what).collect::<Vec<_>>();
    assert_eq!(names(0), ["onclick", "onload"]);
    assert_eq!(names(1), ["data-x", "tabindex"]);
}

#[test]
fn values_are_spelt_or_told() {
    let (html, findings) = cell("<td width=600px align=CENTER role=alert colspan=x valign=>x</td>");
    assert_eq!(html, "<td width=\"600\" align=\"center\">x</td>");
    assert_eq!(rules(&findings), ["policy.attribute.value"]);
    assert_eq!(findings[0].evidence.len(), 2);
}

#[test]
fn links() {
    assert_eq!(
        left("<a href=\"https://example.org/?a=b\" target=_BLANK rel=opener>x</a>"),
        "<a href=\"https://example.org/?a=b\" target=\"_blank\" rel=\"noopener noreferrer\">x</a>"
    );
    assert_eq!(
        left("<a href=\"mailto:a@example.org\" rel=nofollow>x</a>"),
        "<a href=\"mailto:a@example.org\">x</a>"
    );
    let (html, findings) =
        clean("<a href=\"java\nscript:alert(1)\">x</a><a href=/y>y</a><a href>z</a>");
    assert_eq!(html, "<a>x</a><a>y</a><a>z</a>");
    assert_eq!(rules(&findings), ["policy.url.scheme", "policy.url.relative"]);
}

#[test]
fn names_and_what_refers_to_them() {
    assert_eq!(
        left(
            "<a name=top></a><p id=\"x.y\" class=\"a b\" aria-labelledby=\"q x.y\">x</p><a href=\"#x%2Ey\">y</a>"
        ),
        "<a name=\"m-top\"></a><p id=\"m-x_2ey\" class=\"m-a m-b\" aria-labelledby=\"m-q m-x_2ey\">x</p><a href=\"#m-x_2ey\">y</a>"
    );
    let (html, _) = cell("<td headers=\"h1 h2\" class=\"\">x</td>");
    assert_eq!(html, "<td headers=\"m-h1 m-h2\">x</td>");
}

#[test]
fn pictures() {
    assert_eq!(left("<img src=cid:a alt=x>"), "<img src=\"cid:a\" alt=\"x\">");
    assert_eq!(left("<img src=//example.org/a>"), "<img src=\"https://example.org/a\">");
    assert_eq!(left("<img src=data:image/svg+xml;base64,AA lowsrc=b>"), "<img>");
    let (html, findings) = clean("<img src=https://a.example/1 srcset='https://b.example/2 2x'>");
    assert_eq!(
        (html.as_str(), rules(&findings)),
        ("<img src=\"https://a.example/1\">", vec!["policy.url.srcset"])
    );
    assert_eq!(
        left("<img srcset='https://b.example/2 2x, c 3x'>"),
        "<img src=\"https://b.example/2\">"
    );
}

#[test]
fn with_block_nothing_remote_is_left() {
    let asked = Asked { remote: Remote::Block, ..Asked::default() };
    let (html, findings) = with(
        "<body background=https://a.example/0><img src=https://a.example/1 width=9 alt=x><img src=//a.example/2>\
         <img srcset=https://a.example/3><img src=cid:y><table background=https://a.example/4></table>z",
        asked,
    );
    assert!(!html.contains("a.example"), "{html}");
    assert!(html.contains("<img width=\"9\" alt=\"x\">") && html.contains("cid:y"), "{html}");
    assert_eq!(rules(&findings).iter().filter(|rule| **rule == "policy.remote.blocked").count(), 5);
    assert_eq!(findings[0].url.as_deref(), Some("https://a.example/0"));
}

#[test]
fn styles() {
    let (html, findings) = clean(
        "<p style='mso-x:1;background:url(https://a.example/x)'>x</p><p style='mso-x:1;background:url(https://a.example/x)'>y</p>",
    );
    assert_eq!(html, "<p>x</p><p>y</p>");
    assert_eq!(rules(&findings), ["policy.css.url", "policy.css.property", "policy.css.url"]);
}

#[test]
fn hidden_text_stays_hidden_or_goes() {
    let html = "<style>.h{display:none}</style><p class=h>a</p><p hidden>b</p><p style='display:none'>c</p><p>d</p>";
    assert_eq!(
        left(html),
        "<p class=\"m-h\">a</p><p hidden=\"\">b</p><p style=\"display:none\">c</p><p>d</p>"
    );
    let (html, findings) = with(html, Asked { hidden_text: Hidden::Drop, ..Asked::default() });
    assert_eq!(html, "<p>d</p>");
    assert_eq!(rules(&findings), ["policy.hidden.dropped"; 3]);
}

#[test]
fn at_patch_only_what_rooms_wrote_is_judged() {
    let html = "<p onclick=\"a\" id=\"x\"><a href=\"javascript:x\">y</a></p>";
    let (left, findings) = with(html, Asked { level: Level::Patch, ..Asked::default() });
    assert_eq!(left, html);
    assert!(findings.is_empty());
}
