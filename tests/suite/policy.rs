//! What policy promises end to end: what is let in by request, image maps,
//! relative URLs, and what a mail hides.

use crate::common::{self, SHAPES};
use mailrinse::{Builder, Context, Error, Finding, Hidden, Rinser, Seal, Shape};

/// What is left of a mail in a page of ours, without the wrapper; rinsed
/// again it is the same, and the seal finds nothing.
fn left_with(builder: impl Fn() -> Builder, cx: &Context, html: &str) -> (String, Vec<Finding>) {
    let mut last = None;
    for shape in SHAPES {
        let rinser = common::build(builder().shape(shape).seal(Seal::Always));
        let once = rinser.html(html, cx).unwrap_or_else(|e| panic!("{html}: {e}"));
        let twice = rinser.html(&once.html[..], cx).expect("it was within the limits before");
        let (first, second) = (common::text(&once.html), common::text(&twice.html));
        assert_eq!(first, second, "rinsed twice: {html}");
        last = Some((first, once.findings));
    }
    let (html, findings) = last.expect("two shapes");
    let (_, content) = html.split_once("<div class=\"mailrinse-body").expect("the body's div");
    let content = content.split_once('>').map_or("", |(_, rest)| rest);
    let content = content.strip_suffix("</div></div>\n").expect("both are closed");
    (content.to_owned(), findings)
}

fn left(html: &str) -> (String, Vec<Finding>) {
    left_with(Rinser::builder, &Context::default(), html)
}

fn rules(findings: &[Finding]) -> Vec<&str> {
    findings.iter().map(|f| &*f.rule).collect()
}

#[test]
fn what_is_allowed_stays_and_is_judged() {
    let builder = || {
        Rinser::builder()
            .allow("details", &["open"])
            .allow("summary", &["tabindex"])
            .allow("img", &["loading"])
            .allow("blockquote", &["cite"])
            .allow("search", &[])
            .allow("menu", &[])
            .allow("hgroup", &[])
            .allow("data", &["value"])
            .allow("div", &["width"])
    };
    let cases = [
        (
            "<details open id=a onclick=x><summary tabindex=0>s</summary><p>t</details>",
            "<details open=\"\" id=\"m-a\"><summary tabindex=\"0\">s</summary><p>t</p></details>",
        ),
        (
            "<img loading=lazy src=cid:a alt=b><img loading=now src=cid:c alt=d>",
            "<img loading=\"lazy\" src=\"cid:a\" alt=\"b\"><img src=\"cid:c\" alt=\"d\">",
        ),
        (
            "<blockquote cite=javascript:x>a</blockquote><blockquote cite=https://example.org/>b</blockquote>",
            "<blockquote>a</blockquote><blockquote cite=\"https://example.org/\">b</blockquote>",
        ),
        (
            "<search><menu><li>a</menu></search><hgroup><h1>b</h1></hgroup>",
            "<search><menu><li>a</li></menu></search><hgroup><h1>b</h1></hgroup>",
        ),
        (
            "<div width=600px>a</div><data value=1>b</data>",
            "<div width=\"600\">a</div><data value=\"1\">b</data>",
        ),
        ("<p><summary>a<details>b", "<p></p><summary>a<details>b</details></summary>"),
    ];
    for (html, expected) in cases {
        assert_eq!(left_with(builder, &Context::default(), html).0, expected, "{html}");
    }
    // Not asked for, not in.
    assert_eq!(left("<details open>a</details>").0, "<div>a</div>");
}

#[test]
fn what_the_writer_cannot_write_cannot_be_allowed() {
    let cases: [(&str, &[&str], &str); 14] = [
        ("script", &[], "allow: `script` is outside the writer's grammar: Code"),
        ("style", &[], "allow: `style` is outside"),
        ("svg", &[], "allow: `svg` is outside the writer's grammar: Another namespace"),
        ("form", &[], "allow: `form` is outside"),
        ("iframe", &["src"], "allow: `iframe` is outside"),
        ("xmp", &[], "allow: `xmp` is outside"),
        ("body", &["class"], "allow: `body` is outside"),
        ("x-card", &[], "allow: `x-card` is no element that the writer knows"),
        ("p", &["onclick"], "allow: `onclick` on `p` runs script"),
        ("p", &["ONCLICK"], "allow: `ONCLICK` on `p` runs script"),
        ("p", &["data-x"], "allow: `data-x` on `p` is no attribute that the writer knows"),
        ("img", &["srcset"], "allow: `srcset` on `img` is outside the writer's grammar"),
        ("a", &["ping"], "allow: `ping` on `a` is outside"),
        ("p", &["type"], "allow: `type`: it means one thing on one element"),
    ];
    for (element, attributes, expected) in cases {
        let error = Rinser::builder().allow(element, attributes).build().err();
        let Some(Error::Builder(error)) = error else { panic!("{element}: {error:?}") };
        assert!(error.starts_with(expected), "{error}");
    }
    let patch = Rinser::builder().level(mailrinse::Level::Patch).allow("details", &[]).build();
    assert!(patch.is_err());
}

#[test]
fn an_image_map_keeps_its_links() {
    let (html, findings) = left(
        "<img src=cid:a alt=b usemap=' #M 1'><map name='M 1' id=x><area shape=RECT coords='0,0,9,9' alt=c \
         href='https://example.org/?utm_source=x&y=1' onclick=z target=_blank ping=https://t.example/>\
         <area href=javascript:x alt=d></map>",
    );
    assert_eq!(
        html,
        "<img src=\"cid:a\" alt=\"b\" usemap=\"#m-M_201\"><map name=\"m-M_201\" id=\"m-x\"><area shape=\"rect\" \
         coords=\"0,0,9,9\" alt=\"c\" href=\"https://example.org/?y=1\" target=\"_blank\" \
         rel=\"noopener noreferrer\"><area alt=\"d\"></map>"
    );
    let rules = rules(&findings);
    assert!(rules.contains(&"policy.url.scheme") && rules.contains(&"policy.attribute.event"));
    // A map that nothing refers to is text, as it is in a browser.
    assert_eq!(left("<map name=a>x<b>y</b></map>").0, "<map name=\"m-a\">x<b>y</b></map>");
    assert_eq!(left("<img src=cid:a alt=b usemap=x>").0, "<img src=\"cid:a\" alt=\"b\">");
}

#[test]
fn relative_urls_mean_what_their_base_says_or_nothing() {
    let html = "<a href='../x?y'>a</a><img src=z.png alt=b><a href='#p'>c</a><a href='?q'>d</a>";
    let nothing = "<a>a</a><img alt=\"b\"><a href=\"#m-p\">c</a><a>d</a>";
    let (left, findings) = left(html);
    assert_eq!(left, nothing);
    assert_eq!(rules(&findings), ["policy.url.relative"; 3]);
    let based = "<a href=\"https://example.org/x?y\" rel=\"noopener noreferrer\">a</a>\
         <img src=\"https://example.org/n/z.png\" alt=\"b\" referrerpolicy=\"no-referrer\">\
         <a href=\"#m-p\">c</a><a href=\"https://example.org/n/1?q\" rel=\"noopener noreferrer\">d</a>";
    let cx = Context::default().base("https://example.org/n/1");
    assert_eq!(left_with(Rinser::builder, &cx, html).0, based);
    // The mail's own base, which the caller's stands in for.
    let own = format!("<base href='https://example.org/n/1'>{html}");
    assert_eq!(self::left(&own).0, based);
    let other = own.replace("example.org", "example.net");
    assert_eq!(left_with(Rinser::builder, &cx, &other).0, based);
    for base in ["javascript:alert(1)//", "data:text/html,x", "//example.org/", "file:///etc/"] {
        let (left, _) = self::left(&format!("<base href='{base}'>{html}"));
        assert_eq!(left, nothing, "{base}");
    }
}

#[test]
fn a_base_hides_no_tracker() {
    let html = "<base href='https://t.example.org/'><p>a</p>\
         <img src='open.gif?u=3f2a9c1d7e5b4a60' width=1 height=1>\
         <a href='/?utm_source=x&y=1'>b</a>";
    let (left, findings) = left(html);
    assert_eq!(
        left,
        "<p>a</p><a href=\"https://t.example.org/?y=1\" rel=\"noopener noreferrer\">b</a>"
    );
    let rules = rules(&findings);
    assert!(rules.iter().any(|rule| rule.starts_with("trackers.")), "{rules:?}");
}

fn patched(html: &str) -> (String, Vec<Finding>) {
    let rinser = common::build(Rinser::builder().level(mailrinse::Level::Patch));
    let rinsed = common::rinse(&rinser, html.as_bytes());
    crate::patch::outside_of_findings(html.as_bytes(), &rinsed.html, &rinsed.findings)
        .unwrap_or_else(|e| panic!("{html}: {e}"));
    (common::text(&rinsed.html), rinsed.findings.clone())
}

#[test]
fn patch_looks_into_what_outlook_reads() {
    let pixel = "https://t.example.com/open.gif?u=3f2a9c1d7e5b4a60";
    for (html, expected) in [
        (
            "a<!--[if mso]><p>b<img src=\"PIXEL\" width=1 height=1>c<![endif]-->d",
            "a<!--[if mso]><p>bc<![endif]-->d",
        ),
        (
            "a<!--[if gte mso 9]><v:rect><v:fill type=\"tile\" src='PIXEL' /></v:rect><![endif]-->d",
            "a<!--[if gte mso 9]><v:rect><v:fill type=\"tile\" /></v:rect><![endif]-->d",
        ),
        // Not in a comment, and of use to Word alone.
        ("a<v:imagedata src='PIXEL' o:title=x />d", "a<v:imagedata o:title=x />d"),
        ("<iframe width=1 src='PIXEL'>x</iframe>y", "<iframe width=1>x</iframe>y"),
        // Taking it out would end the comment early.
        ("<!--[if mso]>-<img src='PIXEL' width=1 height=1>-><![endif]-->d", ""),
        ("<!--[if mso]>x <<img src='PIXEL' width=1 height=1>b><![endif]-->d", ""),
        // Nobody reads this.
        (
            "<!-- <img src='PIXEL' width=1 height=1> -->d",
            "<!-- <img src='PIXEL' width=1 height=1> -->d",
        ),
    ] {
        let html = html.replace("PIXEL", pixel);
        let (left, findings) = patched(&html);
        let expected =
            if expected.is_empty() { html.clone() } else { expected.replace("PIXEL", pixel) };
        assert_eq!(left, expected);
        let told = findings
            .iter()
            .any(|f| f.rule.starts_with("trackers.") && f.url.as_deref() == Some(pixel));
        assert_eq!(told, !html.starts_with("<!-- "), "{html}: {findings:?}");
    }
    // What is no tracker stays, and is told.
    let html = "<!--[if mso]><v:fill src='https://example.org/bg.jpg'/><![endif]-->";
    let (left, findings) = patched(html);
    assert_eq!((left.as_str(), rules(&findings)), (html, vec!["policy.comment.load"]));
    assert_eq!(findings[0].range, 13..55);
}

#[test]
fn patch_says_where_it_dares_nothing() {
    let html = "<p>a<svg><p>b<img src='https://t.example.com/open.gif?u=3f2a9c1d7e5b4a60' width=1 height=1>";
    let (left, findings) = patched(html);
    assert_eq!(left, html);
    let rules = rules(&findings);
    assert!(rules.contains(&"nest.source.fragile"), "{rules:?}");
    assert!(rules.iter().any(|rule| rule.starts_with("trackers.")), "{rules:?}");
    assert!(findings.iter().all(|f| f.action == mailrinse::Action::Noted), "{findings:?}");
    // Nothing is said to be gone that is there.
    let (_, findings) = patched("<script>x</script><form>y</form>");
    assert!(findings.is_empty(), "{findings:?}");
}

#[test]
fn over_a_limit_is_an_error_that_says_which_and_where() {
    let failed = |change: &dyn Fn(&mut mailrinse::Limits), html: &str| {
        let mut limits = mailrinse::Limits::default();
        change(&mut limits);
        let rinser = common::build(Rinser::builder().limits(limits));
        rinser.html(html, &Context::default()).expect_err("it is over the limit").to_string()
    };
    let html = "<p>a\n<p b c d>e\n<p>f\n<p>g\n";
    for (error, expected) in [
        (
            failed(&|l| l.attributes = 2, html),
            "attributes of one tag limit of 2 exceeded at byte 5 (line 2)",
        ),
        (failed(&|l| l.tokens = 4, html), "tokens limit of 4 exceeded at byte 21 (line 4)"),
        (failed(&|l| l.input = 20, html), "input size limit of 20 exceeded at byte 20 (line 3)"),
        (failed(&|l| l.open = 2, html), "open elements limit of 2 exceeded at byte 16 (line 3)"),
        (
            failed(&|l| l.tag = 16, "<p>\n<p title=0123456789>"),
            "tag size limit of 16 exceeded at byte 4 (line 2)",
        ),
        (
            failed(&|l| l.time = Some(std::time::Duration::ZERO), html),
            "time in milliseconds limit of 0 exceeded at byte 0 (line 1)",
        ),
    ] {
        assert_eq!(error, expected);
    }
    let mut limits = mailrinse::Limits::default();
    limits.time = Some(std::time::Duration::from_secs(600));
    common::rinse(&common::build(Rinser::builder().limits(limits)), html.as_bytes());
}

/// Whether the words stay hidden: by our own style, or by a rule that stays.
#[test]
fn what_a_lost_rule_hid_stays_hidden() {
    let hidden = "<p style=\"display:none!important\">";
    for (css, tag, expected) in [
        (
            "p[lang=de]{display:none}",
            "<p lang=de>",
            "<p lang=\"de\" style=\"display:none!important\">",
        ),
        ("p:not(.b){display:none}", "<p>", hidden),
        (
            "[title^=x]{visibility:hidden}",
            "<p title=xy>",
            "<p title=\"xy\" style=\"display:none!important\">",
        ),
        (
            "p[data-x]{max-height:0;overflow:hidden}",
            "<p data-x style=color:red>",
            "<p style=\"color:red;display:none!important\">",
        ),
        ("p[data-x]{mso-hide:all}", "<p data-x>", "<p>"),
        // Only on some screens, or only for some readers: nobody knows.
        ("@media (max-width:9px){p[data-x]{display:none}}", "<p data-x>", "<p>"),
        ("p[data-x]:hover{display:none}", "<p data-x>", "<p>"),
        ("@media print{p[data-x]{display:none}}", "<p data-x>", "<p>"),
        // Shown again.
        ("p[data-x]{display:none}p.a{display:block}", "<p data-x class=a>", "<p class=\"m-a\">"),
    ] {
        let html = format!("<style>{css}</style>{tag}secret</p>");
        let (left, _) = left(&html);
        assert_eq!(left, format!("{expected}secret</p>"), "{css}");
        let builder = || Rinser::builder().hidden(mailrinse::Hidden::Drop);
        let (left, _) = left_with(builder, &Context::default(), &html);
        let drops = expected.contains("none");
        assert_eq!(left.contains("secret"), !drops, "{css}: {left}");
    }
}

#[test]
fn a_sheet_for_other_media_hides_nothing_on_screens() {
    let html = "<style media=print>.a{display:none}</style><p class=a>shown</p>";
    let builder = || Rinser::builder().hidden(mailrinse::Hidden::Drop);
    let (left, _) = left_with(builder, &Context::default(), html);
    assert!(left.contains("<p class=\"m-a\">shown</p>"), "{left}");
}

#[test]
fn a_rule_that_put_things_out_of_sight_hides_them() {
    let html = "<style>.a{position:absolute;left:-9999px}@media (max-width:9px){.b{clip-path:inset(100%)}}\
         </style><p class=a>x</p><p class=b>y</p>";
    let (left, _) = left(html);
    assert_eq!(left, "<p class=\"m-a\">x</p><p class=\"m-b\">y</p>");
    let rinsed = common::rinse(&common::build(Rinser::builder()), html.as_bytes()).html.to_vec();
    let rinsed = common::text(&rinsed);
    assert!(rinsed.contains(".m-a{display:none!important}"), "{rinsed}");
    assert!(rinsed.contains(".m-b{display:none!important}\n}"), "{rinsed}");
}

/// Nothing of the mail is on the outer `div`, and the writer's style is.
#[test]
fn a_fragment_is_held_by_a_div_that_carries_nothing_of_the_mail() {
    let html = "<style>body{display:contents}.mailrinse{overflow:visible!important}</style>\
         <body class='mailrinse a' style='margin:-99px;overflow:visible!important;box-shadow:0 0 9px red'>x";
    let rinser = common::build(Rinser::builder().shape(Shape::Fragment));
    let out = common::text(&common::rinse(&rinser, html.as_bytes()).html);
    let wrapper = "<div class=\"mailrinse\" style=\"overflow:auto;contain:content\"><style>";
    assert!(out.starts_with(wrapper), "{out}");
    assert!(
        out.contains("<div class=\"mailrinse-body mailrinse-") && out.ends_with(">x</div></div>\n"),
        "{out}"
    );
    // The mail's rules hang on the inner one, and cannot name the outer one.
    assert!(
        !out.contains(".mailrinse{")
            && !out.contains(".m-mailrinse{overflow:visible!important}\n.mailrinse"),
        "{out}"
    );
    for html in [
        "<div class=mailrinse>a</div>",
        "<div class=mailrinse><div class=mailrinse-body>a</div>b</div>c",
    ] {
        self::left(html);
    }
}

/// A mail that knows another's class does not get it.
#[test]
fn no_mail_can_hang_its_sheet_on_another() {
    let rinser = common::build(Rinser::builder().shape(Shape::Fragment));
    let class = |html: &str| {
        let out = common::text(&common::rinse(&rinser, html.as_bytes()).html);
        let class = out.split("mailrinse-body ").nth(1).and_then(|rest| rest.split('"').next());
        class.expect("a sheet's class").to_owned()
    };
    let victim = class("<style>p{color:red}</style><p>x");
    let attack = format!(
        "<div class=mailrinse><style>.{victim} p{{display:none}}</style><div class='mailrinse-body {victim}'>x"
    );
    assert_ne!(class(&attack), victim);
}

#[test]
fn what_is_no_text_is_never_printed() {
    for (html, expected) in [
        ("<noscript><p>a</noscript>b", "b"),
        (
            "<table><tr><td><noscript><img src=x></noscript>b</table>",
            "<table role=\"presentation\"><tbody><tr><td>b</td></tr></tbody></table>",
        ),
        ("<title>a</title>b<title>c</title>", "b"),
        ("<svg><title>a</title><desc>b</desc></svg>c", "c"),
        ("<template>a<template>b</template>c</template>d", "d"),
        ("<select><option>a<option>b</select>c", "c"),
        ("<select><option>a<select>c", "c"),
        ("<select><option>a<input>c", "c"),
        (
            "<table><td><select><option>a</td><td>c</table>",
            "<table role=\"presentation\"><tbody><tr><td></td><td>c</td></tr></tbody></table>",
        ),
        ("<option>a<option>b</option>c", "abc"),
        ("<textarea>a<p>b</textarea>c", "c"),
        ("<iframe>a<p>b</iframe>c", "c"),
        ("<!--[if mso]>a<![endif]-->b<![if !mso]>c<![endif]>", "bc"),
        ("<!--[if !mso]><!-->a<!--<![endif]-->b", "ab"),
        ("<![CDATA[a]]>b", "b"),
        ("<svg><![CDATA[a</svg>b]]></svg>c", "c"),
        ("<image src=cid:a alt=b>", "<img src=\"cid:a\" alt=\"b\">"),
        ("<xmp><p>a</xmp>", "<pre>&lt;p&gt;a</pre>"),
        ("a<plaintext>b</plaintext>", "a<pre>b&lt;/plaintext&gt;</pre>"),
        ("a<img src=x", "a"),
        ("a<!-- b", "a"),
    ] {
        assert_eq!(left(html).0, expected, "{html}");
    }
}

/// `sm:hidden` is a class like any other; its name has one alphabet here.
#[test]
fn names_that_need_escapes_are_renamed_alike() {
    let html = "<style>.sm\\:hidden{display:none}#a\\.b{width:1px}</style><p class=sm:hidden>x</p><p id=a.b>y</p>";
    let out = common::text(&common::rinse(&common::build(Rinser::builder()), html.as_bytes()).html);
    assert!(out.contains(".m-sm_3ahidden{display:none}\n#m-a_2eb{width:1px}"), "{out}");
    assert!(out.contains("<p class=\"m-sm_3ahidden\">x</p><p id=\"m-a_2eb\">y</p>"), "{out}");
}

#[test]
fn pictures_of_a_fragment_tell_nobody_where_they_are_shown() {
    let html = "<img src=https://example.org/a.png alt=b referrerpolicy=unsafe-url>";
    for (shape, has) in [(Shape::Fragment, true), (Shape::Document, false)] {
        let rinser = common::build(Rinser::builder().shape(shape));
        let out = common::text(&common::rinse(&rinser, html.as_bytes()).html);
        assert_eq!(out.contains(" referrerpolicy=\"no-referrer\""), has, "{out}");
        assert!(!out.contains("unsafe-url"));
    }
}

#[test]
fn what_leads_nowhere_is_painted_as_text() {
    let paragraph = |link: &str| {
        format!(
            "<p style=\"background-color:#222288;color:#ffffff\">Hello <a{link}>text</a> and more</p>"
        )
    };
    // Browsers paint a link in a blue that hardly stands out there.
    let (_, found) = left(&paragraph(" href=\"https://shop.example/\""));
    assert!(rules(&found).contains(&"access.contrast.text"), "{found:?}");
    let (html, found) = left(&paragraph(" href=\"javascript:alert(1)\""));
    assert_eq!(html.trim_end(), paragraph(""));
    assert_eq!(rules(&found), ["policy.url.scheme"]);
}

#[test]
fn a_tracker_that_went_names_no_link() {
    // With its words still known, they would protect the link's parameters.
    let (html, found) = left(
        "<p>The news of the week.</p><a href=\"https://shop.example/w?utm_source=x\"><img \
         src=\"https://t.example/open?u=d9f1c27be04a4d7f\" width=1 height=1 alt=unsubscribe></a>",
    );
    assert_eq!(html.trim_end(), "<p>The news of the week.</p>");
    let found = rules(&found);
    for rule in ["trackers.generic.tiny", "links.generic.utm", "access.link.empty"] {
        assert!(found.contains(&rule), "{rule}: {found:?}");
    }
}

#[test]
fn of_a_sheet_that_comes_again_the_last_counts() {
    let dropping = || Rinser::builder().hidden(Hidden::Drop);
    for (displays, stays) in
        [(["none", "block", "none"], false), (["block", "none", "block"], true)]
    {
        let sheets = displays.map(|display| format!("<style>.x{{display:{display}}}</style>"));
        let html = sheets.concat() + "<p class=x>words</p><p>more</p>";
        let (left, _) = left_with(dropping, &Context::default(), &html);
        assert_eq!(left.contains("words"), stays, "{displays:?}: {left}");
    }
}
