use super::*;

#[test]
fn hiding_is_seen() {
    for style in [
        "display:none",
        "DISPLAY: None !important",
        "disp\\6c ay:none",
        "visibility:hidden",
        "opacity:0",
        "opacity:0%",
        "max-height:0;overflow:hidden",
        "height:0px;overflow:hidden",
        "width:0;overflow-x:hidden",
        "position:absolute;left:-9999px",
        "top:-100em;position:fixed",
        "position:relative;left:-100%",
        "text-indent:-999em",
        "margin-left:-5000px",
        "position:absolute;clip:rect(0,0,0,0)",
        "position:absolute;clip:rect(1px 1px 1px 1px)",
        "clip-path:inset(50%)",
        "transform:scale(0)",
        "transform:translateX(-9999px)",
        "color:red;;display:block;display:none",
        "display:none!important;display:block",
        "color:;display:none",
        "junk;display:none",
        "display:none;display:t",
        "visibility:hidden;visibility:shown",
    ] {
        assert!(look(style).hides(), "{style}");
    }
    for style in [
        "",
        "display:block",
        "display:none;display:block",
        "display:none;display:inline-grid",
        "visibility:hidden;visibility:VISIBLE",
        "display:none;display:block!important",
        "visibility:visible",
        "opacity:1",
        "max-height:0",
        "height:0",
        "overflow:hidden",
        "left:-9999px",
        "position:static;left:-9999px",
        "text-indent:-10px",
        "clip:rect(0,0,0,0)",
        "mso-hide:all",
        "font-size:0",
        "display:none{}",
        "color:transparent",
        "position:absolute;clip:rect(0,10px,10px,0)",
    ] {
        assert!(!look(style).hides(), "{style}");
    }
}

#[test]
fn text_can_be_hidden_alone() {
    for style in [
        "font-size:0",
        "font-size:0px;line-height:0",
        "font:0/0 a",
        "color:transparent",
        "color:rgba(0,0,0,0)",
    ] {
        assert!(look(style).hides_text(), "{style}");
        assert!(!look(style).hides(), "{style}");
    }
    assert!(!look("font-size:1px").hides_text());
    assert!(look("mso-hide:all").mso_hide_all);
}

#[test]
fn lengths_have_units() {
    assert_eq!(look("font-size:12pt").font_size, Some(Length::Px(16.0)));
    assert_eq!(look("font-size:1.5em").font_size, Some(Length::Em(1.5)));
    assert_eq!(look("font-size:small").font_size, Some(Length::Px(13.0)));
    assert_eq!(look("font-size:80%").font_size, Some(Length::Percent(80.0)));
    assert_eq!(look("font-size:-1px").font_size, None);
    assert_eq!(look("line-height:1.5").line_height, Some(Length::Em(1.5)));
    assert_eq!(look("line-height:normal").line_height, Some(Length::Auto));
    assert_eq!(look("width:600").width, Some(Length::Px(600.0)));
    assert_eq!(look("width:calc(100% - 1px)").width, Some(Length::Auto));
    assert_eq!(look("width:50vw").width, Some(Length::Viewport(50.0)));
    assert_eq!(Length::Em(2.0).px(16.0), Some(32.0));
}

#[test]
fn fonts_in_short() {
    let bold = look("font:italic bold 12px/1.5 Arial, sans-serif");
    assert_eq!(bold.font_size, Some(Length::Px(12.0)));
    assert_eq!(bold.font_weight, Some(700));
    assert_eq!(bold.line_height, Some(Length::Em(1.5)));
    let plain = look("font-weight:bold;font:large serif");
    assert_eq!(plain.font_weight, Some(400));
    assert_eq!(plain.font_size, Some(Length::Px(18.0)));
    assert_eq!(look("font:caption").font_size, None);
}

#[test]
fn colours_and_backgrounds() {
    let white = Colour::rgb(255, 255, 255);
    assert_eq!(look("color:#fff").color, Some(white));
    assert_eq!(look("color:nonsense").color, None);
    assert_eq!(look("color:red;color:nonsense").color, Some(Colour::rgb(255, 0, 0)));
    assert_eq!(look("background:#fff").background(), Some(Background::Colour(white)));
    assert_eq!(look("background:white url(x) no-repeat").background(), Some(Background::Image));
    assert_eq!(
        look("background-image:linear-gradient(red,blue)").background(),
        Some(Background::Image)
    );
    assert_eq!(
        look("background-image:none;background-color:white").background(),
        Some(Background::Colour(white))
    );
    let none = look("background:none").background_color.unwrap();
    assert_eq!(none.a, 0.0);
    assert_eq!(look("background:inherit").background(), None);
    assert_eq!(look("text-decoration:none").text_decoration, Some(Decoration::None));
    assert_eq!(
        look("text-decoration:red wavy underline").text_decoration,
        Some(Decoration::Underline)
    );
}

#[test]
fn the_cascade_knows_important() {
    let mut look = super::look("display:none!important;color:red;width:5px");
    look.overlay(&super::look("display:block;color:blue"));
    assert_eq!(look.display_none, Some(true));
    assert_eq!(look.color, Some(Colour::rgb(0, 0, 255)));
    assert_eq!(look.width, Some(Length::Px(5.0)));
    look.overlay(&super::look("display:block!important"));
    assert_eq!(look.display_none, Some(false));
    look.overlay(&super::look("display:none"));
    assert_eq!(look.display_none, Some(false));
}

#[test]
fn a_glance_takes_nothing_that_is_read() {
    use super::read::is_of_no_interest;
    for name in [
        "position",
        "left",
        "right",
        "top",
        "bottom",
        "text-indent",
        "margin",
        "margin-left",
        "margin-top",
        "clip",
        "clip-path",
        "transform",
        "display",
        "visibility",
        "opacity",
        "font-size",
        "line-height",
        "font-weight",
        "font",
        "width",
        "height",
        "max-width",
        "max-height",
        "overflow",
        "overflow-x",
        "overflow-y",
        "mso-hide",
        "color",
        "background",
        "background-color",
        "background-image",
        "text-decoration",
        "text-decoration-line",
    ] {
        assert!(
            !is_of_no_interest(name) && !is_of_no_interest(&name.to_ascii_uppercase()),
            "{name}"
        );
    }
    for name in [
        "padding-left",
        "BORDER",
        "font-family",
        "text-align",
        "mso-table-lspace",
        "-webkit-x",
        "min-width",
    ] {
        assert!(is_of_no_interest(name), "{name}");
    }
}
