//! Style sheets: selectors, at-rules, scopes.

use super::*;

#[test]
fn ordinary_rules_stay() {
    for (css, expected) in [
        ("", ""),
        ("p{color:red}", "p{color:red}"),
        ("P , .A #b > td{ color : red ; width:1px }", "p,.A #b>td{color:red;width:1px}"),
        ("a + b ~ c * d{color:red}", "a+b~c * d{color:red}"),
        ("*{color:red}", "*{color:red}"),
        ("a:HOVER{color:red}", "a:hover{color:red}"),
        ("tr:nth-child( 2N + 1 ){color:red}", "tr:nth-child(2n+1){color:red}"),
        (
            "tr:nth-child(even),tr:nth-child(3){color:red}",
            "tr:nth-child(2n),tr:nth-child(3){color:red}",
        ),
        ("tr:nth-child(-n+3){color:red}", "tr:nth-child(-1n+3){color:red}"),
        ("[class=a]{color:red}", "[class=\"a\"]{color:red}"),
        ("td[class ~= 'a']{color:red}", "td[class~=\"a\"]{color:red}"),
        ("[class='a  b']{color:red}", "[class=\"a b\"]{color:red}"),
        ("<!-- p{color:red} -->", "p{color:red}"),
        (":root{color:red}", ":root{color:red}"),
        ("html:root .a{color:red}", "html:root .a{color:red}"),
        ("p{color:red", "p{color:red}"),
        ("/**/p/**/{/**/color:red/**/}/**/", "p{color:red}"),
        (".\\61 {color:red}", ".a{color:red}"),
        ("p{}q{position:fixed}", ""),
        ("p{color:red;width:1foo}", "p{color:red}"),
        ("p{color:red;&:hover{color:blue}width:1px}", "p{color:red;width:1px}"),
        ("p{color:red;a:hover{color:blue}width:1px}", "p{color:red;width:1px}"),
        ("p{color:red;@media all{color:blue}width:1px}", "p{color:red;width:1px}"),
        ("@media screen{p{color:red}}", "@media screen{p{color:red}}"),
        (
            "@media only screen and (max-width:600px){p{color:red!important}}",
            "@media only screen and (max-width:600px){p{color:red!important}}",
        ),
        (
            "@media (width<=9px){@media print{p{color:red}}}",
            "@media (max-width:9px){@media print{p{color:red}}}",
        ),
        ("@media{p{color:red}}", "@media all{p{color:red}}"),
        ("@media print{}p{color:red}", "p{color:red}"),
        ("@media print{@media screen{p{x:y}}}p{color:red}", "p{color:red}"),
        ("@media (scripting),print{p{color:red}}", "@media print{p{color:red}}"),
    ] {
        assert_eq!(plain(css), expected, "{css}");
    }
}

#[test]
fn a_refused_selector_leaves_the_others_but_a_broken_one_does_not() {
    for (css, expected) in [
        ("a::before,b{color:red}", "b{color:red}"),
        ("a:before,b{color:red}", "b{color:red}"),
        ("b,a:has(c){color:red}", "b{color:red}"),
        ("a:not([x]),b{color:red}", "b{color:red}"),
        ("a:is(x,y),b{color:red}", "b{color:red}"),
        ("a:nth-child(2n of .x),b{color:red}", "b{color:red}"),
        ("a:checked,b:target,c:focus,d{color:red}", "d{color:red}"),
        ("input[value^=a],b{color:red}", "b{color:red}"),
        ("[class*=a],[class^=a],[class=a i],[CLASS|=a],[class=''],b{color:red}", "b{color:red}"),
        ("svg|a,b{color:red}", "b{color:red}"),
        ("&,b{color:red}", "b{color:red}"),
        (".\\7b,b{color:red}", "b{color:red}"),
        (".\u{e9},b{color:red}", "b{color:red}"),
        ("o\\:p,b{color:red}", "b{color:red}"),
        ("::-webkit-x,b{color:red}", "b{color:red}"),
        ("a :root,b{color:red}", "b{color:red}"),
        (":nth-child,:hover(x),b{color:red}", "b{color:red}"),
        (":-ms-fullscreen,b{color:red}", ""),
        ("::-moz-x,b{color:red}", ""),
        ("a,,b{color:red}", ""),
        (",b{color:red}", ""),
        ("a,{color:red}", ""),
        ("> a,b{color:red}", ""),
        ("a > > c,b{color:red}", ""),
        ("a >,b{color:red}", ""),
        ("a::x%,b{color:red}", ""),
        ("#1,b{color:red}", ""),
        (". a,b{color:red}", ""),
        ("a;b{color:red}", ""),
        ("50%{color:red}", ""),
        ("{color:red}", ""),
        (":nth-child(x),b{color:red}", ""),
    ] {
        assert_eq!(
            plain(&format!("{css}i{{width:1px}}")),
            format!("{expected}i{{width:1px}}"),
            "{css}"
        );
        assert!(!sheet_in(css, None, Scope::Document).1.is_empty(), "{css}");
    }
}

/// Escapes are decoded before a name is renamed; what is printed is a plain name.
#[test]
fn names_are_judged_as_they_are_printed() {
    let (css, refused) = sheet_in(".\\31 a,#\\31 b{color:red}", None, Scope::Document);
    assert_eq!((css.as_str(), refused.len()), (".m-1a,#m-1b{color:red}\n", 0));
}

#[test]
fn at_rules_are_refused_and_told() {
    for (css, told) in [
        ("@import 'http://t/1';", "AtRule import http://t/1"),
        ("@import url(http://t/1) screen;", "AtRule import http://t/1"),
        ("@\\69mport 'http://t/1';", "AtRule import http://t/1"),
        ("@import 'http://t/1' layer(x) supports(display:grid);", "AtRule import http://t/1"),
        ("@charset 'utf-8';@import 'http://t/1';", "AtRule import http://t/1"),
        ("<!-- @import 'http://t/1'; -->", "AtRule import http://t/1"),
        ("@IMPORT 'http://t/1'", "AtRule import http://t/1"),
        (
            "@font-face{font-family:x;src:local(y),url(http://t/1) format('woff')}",
            "AtRule font-face http://t/1",
        ),
        ("@supports (display:grid){p{background:url(http://t/1)}}", "AtRule supports http://t/1"),
        ("@layer x{p{background:url(http://t/1)}}", "AtRule layer http://t/1"),
        ("@container (width>1px){p{background:url(http://t/1)}}", "AtRule container http://t/1"),
        ("@keyframes x{from{background:url(http://t/1)}}", "AtRule keyframes http://t/1"),
        ("@counter-style x{symbols:url(http://t/1)}", "AtRule counter-style http://t/1"),
        ("@page{margin:1px}", "AtRule page"),
        ("@namespace x url(http://t/1);", "AtRule namespace"),
        ("@media print{@media screen{@media all{i{color:red}}}}", "AtRule media"),
        ("@media print;", "AtRule media"),
        ("@media (foo){p{background:url(http://t/1)}}", "AtRule media http://t/1"),
        ("p::before{content:url(http://t/1)}", "Selector p::before http://t/1"),
        ("p{color:red;b{background:url(http://t/1)}}", "Selector b http://t/1"),
        ("p{background:url(http://t/1)}", "Url background http://t/1"),
        ("@media print{p{background:url(http://t/1)}}", "Url background http://t/1"),
        ("p{background:url(http://t/1", "Url background http://t/1"),
    ] {
        let (_, refused) = sheet_in(css, None, Scope::Document);
        assert_eq!(refused.last().map(String::as_str), Some(told), "{css}");
    }
}

#[test]
fn a_fragment_stays_in_its_wrapper() {
    for (css, expected) in [
        ("p{color:red}", ".w p{color:red}"),
        ("p,.a{color:red}", ".w p,.w .a{color:red}"),
        ("*{color:red}", ".w *{color:red}"),
        ("body{color:red}", ".w{color:red}"),
        ("html,BODY,:root{color:red}", ".w,.w,.w{color:red}"),
        ("body.a p{color:red}", ".w.a p{color:red}"),
        ("html body > p{color:red}", ".w>p{color:red}"),
        ("html.a>body#b{color:red}", ".w.a#b{color:red}"),
        (":root .a{color:red}", ".w .a{color:red}"),
        ("html:root:hover{color:red}", ".w:hover{color:red}"),
        (".w{color:red}", ".w{color:red}"),
        (".w .a{color:red}", ".w .a{color:red}"),
        (".w.a>b{color:red}", ".w.a>b{color:red}"),
        (".a body p{color:red}", ".w .a body p{color:red}"),
        (".a.w{color:red}", ".w .a.w{color:red}"),
        ("div.w{color:red}", ".w div.w{color:red}"),
        ("a+b{color:red}", ".w a+b{color:red}"),
        // Siblings of the wrapper are the host's.
        ("body+p{color:red}", ""),
        ("body~*,html ~ p{color:red}", ""),
        (".w+p,.w ~ *{color:red}", ""),
        (".w.a~p,b{color:red}", ".w b{color:red}"),
        ("html+body{color:red}", ""),
        ("@media print{body{color:red}}", "@media print{.w{color:red}}"),
    ] {
        assert_eq!(scoped(css), expected, "{css}");
    }
}

#[test]
fn names_are_renamed_once() {
    let (out, _) =
        sheet_in(".a #b,[class~=c],[class='d e']{color:red}", None, Scope::Fragment { class: "w" });
    assert_eq!(out, ".w .m-a #m-b,.w [class~=\"m-c\"],.w [class=\"m-d m-e\"]{color:red}\n");
    let bad = |_: NameKind, _: &str| "}x{".to_owned();
    assert_eq!(sheet(".a{color:red}", None, Scope::Document, &ALLOW, &bad, &mut |_| ()), "");
}

#[test]
fn the_media_attribute_wraps() {
    let in_media = |media| sheet_in("p{color:red}", Some(media), Scope::Document);
    for media in ["", "all", "screen", "Screen"] {
        assert_eq!(in_media(media).0, "p{color:red}\n", "{media}");
    }
    assert_eq!(in_media("print").0, "@media print{\np{color:red}\n}\n");
    assert_eq!(
        in_media("screen and (max-width:9px), tv").0,
        "@media screen and (max-width:9px){\np{color:red}\n}\n"
    );
    assert_eq!(in_media("}*{"), (String::new(), vec!["AtRule media }*{".to_owned()]));
    assert_eq!(sheet_in("", Some("print"), Scope::Document).0, "");
    let nested = sheet_in(
        "@media all{@media all{p{color:red}}p{width:1px}}",
        Some("print"),
        Scope::Document,
    );
    assert_eq!(nested.0, "@media print{\n@media all{\np{width:1px}\n}\n}\n");
}

#[test]
fn a_sheet_cannot_end_its_element() {
    for css in [
        "p{font-family:'</style><img src=x onerror=alert(1)>'}",
        "p{font-family:\"<!--\"}",
        "</style>{color:red}p{color:red}",
        "p{color:</style>}",
        "p{color:red}<!--</style>",
        ".\\3c\\2fstyle{color:red}",
        "p{font-family:\\3c\\2fstyle}",
        "@media </style>{p{color:red}}",
        "[class='</style>']{color:red}",
    ] {
        sheet_in(css, None, Scope::Document);
        sheet_in(css, Some("</style>"), Scope::Fragment { class: "w" });
    }
    assert_eq!(plain("p{font-family:'</style>'}"), "p{font-family:\"\\3c /style\\3e \"}");
}

#[test]
fn what_a_rule_hid_it_hides() {
    for (css, expected) in [
        (".a{position:absolute;left:-9999px}", ".a{display:none!important}"),
        (
            "p .a,.b::before{position:fixed;top:-5000px;color:red}",
            "p .a{color:red;display:none!important}",
        ),
        (
            "@media (max-width:9px){.a{position:absolute;left:-9999px}}",
            "@media (max-width:9px){.a{display:none!important}}",
        ),
        (".a{clip-path:inset(50%)}", ".a{display:none!important}"),
        (".a{margin-left:-9999px}", ".a{display:none!important}"),
        (".a{text-indent:-9999px;color:red}", ".a{color:red;display:none!important}"),
        (".a{transform:scale(0)}", ".a{display:none!important}"),
        // These hide by what stays.
        (".a{display:none;position:absolute}", ".a{display:none}"),
        (".a{font-size:0;x:y}", ".a{font-size:0}"),
        (".a{opacity:0;filter:alpha(opacity=0)}", ".a{opacity:0}"),
        // These hide nothing.
        (".a{position:relative;left:5px}", ""),
        (".a{left:-9999px}", ""),
        (".a{position:absolute;left:-9999px;position:static}", ""),
        (".a{mso-hide:all;x:y}", ".a{mso-hide:all}"),
    ] {
        assert_eq!(plain(css), expected, "{css}");
    }
}
