//! Style attributes: what stays, what goes, and what is told of it.

use super::*;

#[test]
fn ordinary_styles_stay() {
    for (style, expected) in [
        ("", ""),
        (" ; ;", ""),
        ("color:red", "color:red"),
        ("COLOR : #FFF ;", "color:#fff"),
        ("color:red;color:rgba(1, 2 ,3, .5)", "color:red;color:rgba(1,2,3,.5)"),
        ("margin: 0 AUTO 0  -10px !important", "margin:0 AUTO 0 -10px!important"),
        ("margin:0 ! IMPORTANT;", "margin:0!important"),
        ("padding:10PX 1.50em +5%", "padding:10px 1.50em +5%"),
        ("font:bold 12px / 1.5 \"Arial\", sans-serif", "font:bold 12px/1.5 \"Arial\",sans-serif"),
        (
            "font-family:'Helvetica Neue' , Arial,sans-serif",
            "font-family:\"Helvetica Neue\",Arial,sans-serif",
        ),
        ("font-family:-apple-system,Segoe UI", "font-family:-apple-system,Segoe UI"),
        ("font-family:Arial !important", "font-family:Arial!important"),
        ("width:calc(100% - (2 * 10px))", "width:calc(100% - (2 * 10px))"),
        ("width:min(600px,100%)", "width:min(600px,100%)"),
        ("width:calc(1px*2/3)", "width:calc(1px * 2 / 3)"),
        (
            "background-image:linear-gradient(to right, rgba(1,2,3,.5) 0%, red 100%)",
            "background-image:linear-gradient(to right,rgba(1,2,3,.5) 0%,red 100%)",
        ),
        ("color:rgb(0 0 0 / 50%)", "color:rgb(0 0 0/50%)"),
        ("border:1px/**/solid/*;*/#ABCDEF", "border:1px solid #abcdef"),
        ("display:NONE", "display:NONE"),
        ("mso-hide:all", "mso-hide:all"),
        ("quotes:'<' '>'", "quotes:\"\\3c \" \"\\3e \""),
        ("width:1e2px", "width:100px"),
        ("width:12\\70x", "width:12px"),
        ("col\\6f r:re\\64", "color:red"),
        ("color:red;}color:blue;width:1px", "color:red;width:1px"),
        ("text-indent:-5em", "text-indent:-5em"),
        ("width:calc(1px", "width:calc(1px)"),
        ("font-family:\"Arial", "font-family:\"Arial\""),
    ] {
        assert_eq!(filtered(style).0, expected, "{style}");
    }
}

#[test]
fn fonts_with_letters_beyond_ascii_become_strings() {
    for (style, expected) in [
        ("font-family:微软, Arial", "font-family:\"\\5fae \\8f6f \",Arial"),
        ("font-family:MS ゴ Pro", "font-family:\"MS \\30b4  Pro\""),
        ("font-family:\"a<b{};\\\"\\\n\"", "font-family:\"a\\3c b\\7b \\7d \\3b \\22 \""),
        ("font-family:a\\7b\\7d", "font-family:\"a\\7b \\7d \""),
    ] {
        assert_eq!(filtered(style).0, expected, "{style}");
    }
    for style in [
        "font-family:",
        "font-family:Arial,",
        "font-family:,Arial",
        "font-family:'a' b",
        "font-family:55 Arial",
        "font-family:a!b",
    ] {
        assert_eq!(filtered(style).0, "", "{style}");
    }
}

#[test]
fn loads_are_refused_and_told() {
    for (style, url) in [
        ("background-image:url(http://t/1)", "http://t/1"),
        ("background-image:url( 'http://t/1' )", "http://t/1"),
        ("background-image:URL(\"http://t/1\")", "http://t/1"),
        ("background-image:u\\72l(http://t/1)", "http://t/1"),
        ("background-image:\\55\\52\\4c(http://t/1)", "http://t/1"),
        ("background-image:url(\\68ttp://t/1)", "http://t/1"),
        ("background-image:url(\"ht\\\ntp://t/1\")", "http://t/1"),
        ("background-image:/**/url(http://t/1)", "http://t/1"),
        ("background-image:none,url(http://t/1)", "http://t/1"),
        ("background-image:url(http://t/1", "http://t/1"),
        ("background-image:url('http://t/1", "http://t/1"),
        ("background-image:image-set(\"http://t/1\" 1x)", "http://t/1"),
        ("background-image:-webkit-image-set(url(http://t/1) 1x)", "http://t/1"),
        ("background-image:image-set(url(http://t/1) 1x)", "http://t/1"),
        ("background-image:cross-fade(url(http://t/1),red)", "http://t/1"),
        ("background-image:image(\"http://t/1\")", "http://t/1"),
        ("background-image:src(\"http://t/1\")", "http://t/1"),
        ("background-image:src(var(--x))", ""),
        ("background-image:linear-gradient(red,url(http://t/1))", "http://t/1"),
        ("background-image:((((((((url(http://t/1)", "http://t/1"),
        ("list-style:url(http://t/1) disc", "http://t/1"),
        ("list-style-image:url(http://t/1)", "http://t/1"),
        ("border-image:url(http://t/1) 30", "http://t/1"),
        ("mask-image:url(http://t/1)", "http://t/1"),
        ("cursor:url(http://t/1),auto", "http://t/1"),
        ("content:url(http://t/1)", "http://t/1"),
        ("shape-outside:url(http://t/1)", "http://t/1"),
        ("filter:url(http://t/1#a)", "http://t/1#a"),
        ("clip-path:url(http://t/1#a)", "http://t/1#a"),
        ("--x:url(http://t/1)", "http://t/1"),
        ("--x:'http://t/1'", "http://t/1"),
        ("--x:{a:url(http://t/1)}", "http://t/1"),
        ("behavior:url(http://t/1)", "http://t/1"),
        ("-moz-binding:url(http://t/1)", "http://t/1"),
        (
            "filter:progid:DXImageTransform.Microsoft.AlphaImageLoader(src='http://t/1')",
            "http://t/1",
        ),
        ("junk background-image:url(http://t/1)", "http://t/1"),
        ("&{background-image:url(http://t/1)}", "http://t/1"),
        ("@media all{a:url(http://t/1)}", "http://t/1"),
        ("color:red{a:url(http://t/1)}", "http://t/1"),
    ] {
        let (out, refused) = filtered(&format!("color:red;{style}"));
        assert_eq!(out, "color:red", "{style}");
        assert!(
            refused.iter().any(|told| told.ends_with(&format!(" {url}"))),
            "{style}: {refused:?}"
        );
        let found = loads(style);
        assert_eq!(found.len(), 1, "{style}: {found:?}");
        assert_eq!(found[0].url, url, "{style}");
        assert_eq!(found[0].declaration, 0..style.len(), "{style}");
    }
}

#[test]
fn what_is_not_known_is_refused() {
    for (style, told) in [
        ("position:fixed", "Property position"),
        ("--x:1", "Property --x"),
        ("*width:1px", "Property *width:1px"),
        ("width", "Property width"),
        ("width:", "Value width"),
        ("width:expression(alert(1))", "Function width"),
        ("color:var(--x)", "Function color"),
        ("width:attr(x px)", "Function width"),
        ("width:env(x)", "Function width"),
        ("background:paint(x)", "Function background"),
        ("background:element(#x)", "Function background"),
        ("color:red\\9", "Value color"),
        ("color:r\u{e9}d", "Value color"),
        ("color:\\31 23", "Value color"),
        ("color:--x", "Value color"),
        ("color:#12345", "Value color"),
        ("color:#12g", "Value color"),
        ("color:{}", "Selector color:"),
        ("color:[a]", "Value color"),
        ("color:(a)", "Value color"),
        ("color:red)", "Value color"),
        ("color:a:b", "Value color"),
        ("color:\"red\"", "Value color"),
        ("color:red !ie", "Value color"),
        ("color:red !important x", "Value color"),
        ("color:a*b", "Value color"),
        ("font:a//b", "Value font"),
        ("width:1foo", "Value width"),
        ("width:1\\65 3", "Value width"),
        ("width:1e99", "Value width"),
        ("font:\"a\n", "Value font"),
        ("display:grid", "Value display"),
        ("display:none block", "Value display"),
        ("margin:-101px", "Value margin"),
        ("margin-left:-9999px", "Value margin-left"),
        ("margin-left:-7em", "Value margin-left"),
        ("margin-left:calc(0px - 9999px)", "Value margin-left"),
        ("margin-left:calc(-1px * 9999)", "Value margin-left"),
        ("text-indent:-999em", "Value text-indent"),
        ("box-shadow:0 0 0 9999px #000", "Value box-shadow"),
        ("width:calc(calc(calc(calc(calc(calc(calc(1px)))))))", "Limit width"),
        ("@import 'x'", "AtRule @import 'x'"),
        ("a:hover{color:red}", "Selector a:hover"),
    ] {
        let (out, refused) = filtered(&format!("{style};color:red"));
        assert_eq!(out, "color:red", "{style}");
        assert_eq!(refused.last().map(String::as_str), Some(told), "{style}");
    }
}

#[test]
fn a_background_keeps_its_colour() {
    for (style, expected) in [
        ("background:#FFF url(x) no-repeat", "background-color:#fff"),
        ("background:url(x) center / cover rgba(0, 0, 0, .5)", "background-color:rgba(0,0,0,.5)"),
        ("background:url(x), url(y) Red!important", "background-color:red!important"),
        ("background:image-set('x' 1x) blue", "background-color:blue"),
        ("background:var(--x) blue", "background-color:blue"),
        ("background:linear-gradient(red,blue),url(x)", ""),
        ("background:url(x)", ""),
        ("background:url(x) red blue", ""),
        ("background:url(x) rgb(url(y))", ""),
        ("background:url(x) rgb(0 0 0 !important)", ""),
        ("background:url(x) red!foo", ""),
        ("background:url(x) transparent", "background-color:transparent"),
        ("width:1px;background:url(x) red", "width:1px;background-color:red"),
        ("background:url(x) red{}", ""),
    ] {
        let (out, refused) = filtered(style);
        assert_eq!(out, expected, "{style}");
        assert!(!refused.is_empty());
    }
    assert_eq!(filtered("background:url(a),url(b)").1, ["Url background a", "Url background b"]);
}

#[test]
fn limits_refuse_and_do_not_cut() {
    let tight = Allow { limits: Limits { bytes: 20, nesting: 1, rules: 2 }, ..ALLOW };
    let mut refused = Vec::new();
    let out =
        inline("color:red;width:1px;width:2px;width:3px", &tight, &mut |r| refused.push(told(&r)));
    assert_eq!((out.as_str(), refused.len()), ("color:red;width:1px", 1));
    assert_eq!(refused[0], "Limit width");
    let mut refused = Vec::new();
    let rules = "p{color:red}".repeat(5);
    let roomy = Allow { limits: Limits { bytes: 1000, ..tight.limits }, ..ALLOW };
    let name = |_: NameKind, name: &str| name.to_owned();
    let out = sheet(&rules, None, Scope::Document, &roomy, &name, &mut |r| refused.push(told(&r)));
    assert_eq!((out.as_str(), refused.len()), ("p{color:red}\np{color:red}\n", 1));
    let mut refused = 0;
    assert_eq!(
        sheet(&rules, None, Scope::Document, &tight, &name, &mut |_| refused += 1),
        "p{color:red}\n"
    );
    assert_eq!(refused, 1);
}

#[test]
fn patching_takes_whole_declarations() {
    let style = " color:red ;background : URL('http://t/a;b') no-repeat;width:1px; --x:url(y) ";
    let found = loads(style);
    assert_eq!(found.len(), 2);
    assert_eq!(found[0].url, "http://t/a;b");
    assert_eq!(&style[found[0].value.clone()], "URL('http://t/a;b')");
    assert_eq!(&style[found[0].declaration.clone()], "background : URL('http://t/a;b') no-repeat;");
    let ranges: Vec<_> = found.iter().map(|load| load.declaration.clone()).collect();
    assert_eq!(without(style, &ranges), " color:red ;width:1px; ");
    assert_eq!(without(style, &[]), style);
    assert_eq!(without("abc", &[1..2, 1..2, 0..2, 9..12]), "c");
    assert!(without("é", std::slice::from_ref(&(1..2))) == "é");
}

#[test]
fn both_loads_of_one_declaration_share_its_place() {
    let found = loads("background:url(a),url(b);color:red");
    assert_eq!(found.len(), 2);
    assert_eq!(found[0].declaration, found[1].declaration);
    assert!(loads("color:red").is_empty() && loads("width:calc(1px)").is_empty());
}

#[test]
fn depth_is_bounded_everywhere() {
    for open in ["(", "[", "{", "calc(", "image-set(", "a{", "@media all{", "a:b(", ":not(", "@x{"]
    {
        let deep = open.repeat(20_000);
        let css = format!("p{{width:{deep}");
        inline(&css, &ALLOW, &mut |_| ());
        filtered(&format!("width:{deep}"));
        sheet_in(&deep, Some(&deep), Scope::Document);
        sheet_in(&css, None, Scope::Fragment { class: "w" });
        look(&format!("clip:{deep}"));
        for_screens(&deep);
        loads(&css);
        parse_colour(&deep);
    }
    let hidden = format!("background:{}url(x)", "cross-fade(".repeat(200));
    assert_eq!(loads(&hidden).len(), 1, "too deep to see is still told");
}
