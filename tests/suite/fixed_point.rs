//! Rinsing twice is rinsing once, byte for byte: what is written passes every
//! judgement that made it, so nothing creeps from one rinse to the next.

use crate::common::event::Event;
use crate::common::soup::{any_markup, cases};
use crate::common::{self, SHAPES};
use mailrinse::{Builder, Context, ImageProxy, Remote, Rinser, Seal, Shape};
use proptest::prelude::*;

fn holds(html: &[u8]) -> Result<(), String> {
    holds_of(html, &|builder| builder)
}

/// Whatever becomes of remote pictures.
fn holds_of_all(html: &[u8]) -> Result<(), String> {
    holds(html)?;
    holds_of(html, &|builder| builder.remote(Remote::Block))?;
    holds_of(html, &|builder| builder.remote(Remote::BlockIdentified))?;
    let proxy = ImageProxy::new("https://proxy.example/{hmac}/{url}", Some(b"key"));
    let proxy = proxy.expect("a template");
    holds_of(html, &|builder| builder.image_proxy(proxy.clone()))
}

fn holds_of(html: &[u8], set: &dyn Fn(Builder) -> Builder) -> Result<(), String> {
    for shape in SHAPES {
        let rinser = common::build(set(Rinser::builder()).shape(shape).seal(Seal::Never));
        let once = common::rinse(&rinser, html).html;
        let twice = common::rinse(&rinser, &once);
        if once != twice.html {
            let at = once.iter().zip(twice.html.iter()).take_while(|(a, b)| a == b).count();
            let near = |bytes: &[u8]| {
                let from = at.saturating_sub(60);
                String::from_utf8_lossy(&bytes[from..bytes.len().min(at + 60)]).into_owned()
            };
            let rules: Vec<_> = twice
                .findings
                .iter()
                .filter(|f| f.action.as_str() != "noted")
                .map(|f| &f.rule)
                .collect();
            return Err(format!(
                "{shape:?}\n  once:  {}\n  twice: {}\n  by {rules:?}",
                near(&once),
                near(&twice.html)
            ));
        }
    }
    Ok(())
}

/// With the Subject above those that have no heading.
#[test]
fn of_mails_with_a_heading() {
    let rinser = common::build(Rinser::builder().heading(true).seal(Seal::Never));
    let cx = Context::default().subject("News & <views> of the week");
    let rinse =
        |html: &[u8]| rinser.html(html, &cx).unwrap_or_else(|e| panic!("{e}")).html.into_owned();
    let mut headed = 0;
    let dark = b"<body bgcolor=black><p><font color=white>Night</font>".to_vec();
    let none = b"<h2> </h2><h3><!-- --><br></h3><p>Hello".to_vec();
    let own = ("own", b"<div role=heading>Own</div>".to_vec());
    for (name, html) in
        common::mails().into_iter().chain([("dark".into(), dark), ("none".into(), none)])
    {
        let once = rinse(&html);
        assert_eq!(common::text(&rinse(&once)), common::text(&once), "{name}");
        let text = common::text(&once);
        let ours = text.contains(">News &amp; &lt;views&gt; of the week</h1>");
        let tree = common::tree(&once, Shape::Document);
        let first = tree.iter().position(|e| matches!(e, Event::Open(n, _) if n == "main"));
        let behind = first.and_then(|at| tree.get(at + 1));
        assert_eq!(ours, matches!(behind, Some(Event::Open(n, _)) if n == "h1") && ours, "{name}");
        headed += usize::from(ours);
        assert!(ours || !matches!(&*name, "dark" | "none"), "{text}");
    }
    assert!(headed > 4, "{headed}");
    assert!(!common::text(&rinse(&own.1)).contains("<h1"));
}

#[test]
fn of_mails() {
    for (name, html) in common::mails() {
        holds_of_all(&html).unwrap_or_else(|e| panic!("{name}: {e}"));
    }
}

/// Each was wrong once.
#[test]
fn of_what_was_wrong_once() {
    for html in ONCE_WRONG {
        holds_of_all(html.as_bytes()).unwrap_or_else(|e| panic!("{html:?}: {e}"));
    }
}

const ONCE_WRONG: &[&str] = &[
    // A display that no browser knows shows nothing.
    "p{colorred1pximportaheightpximposition:abic<p style=display:none;display:t>te",
    // A style that does not end gets a height all the same.
    "<p><a href=# style=x\">b<div>l",
    // A link that goes, since it holds nothing, parts no lines.
    "<a href=https://a.example/></a><li><a href=https://b.example/>b</a><li><a href=https://c.example/>c</a>",
    // A background that is not loaded stands behind nothing.
    "<body background=http:r><font color=#ccc>x",
    // The only element that is left says the language.
    "<a lang=de></a><b lang=de><b lang=de></b></b>",
    // Controls that are not written are not judged either.
    "<xmp><a x\0y=z><![if mso]><a x\0y=z><a x\0y=z><![if mso]>",
    "<dl><main><li>x",
    // Controls beyond ASCII, in a URL and elsewhere.
    "<img src='https://t.example/x?=32ua9c1\u{81}d7e5ba40' alt='\u{81}'><h1 title='\u{81}'></h1>",
    // Whatever a colour was read from, it is the same colour afterwards.
    "<table><td bgcolor='in3;'>n<td bgcolor=' '>m",
    // A heading is not empty where a link in it has a name.
    "<h1><a href=https://atelier.example.org/><img src=https://img.example.org/pen.png width=72></a></h1>",
    // A rule that browsers drop hides nothing, and gives nothing a size.
    "<style>{}body,]{display:none;</style>l",
    "<style>body,d{font:0}body,{font:1px/</style><a href=https://example.org/>i",
    "<style>a:hover,]{display:none}</style><a href=https://example.org/>l</a>",
    // Nor does a value with a unit that is none.
    "<style>body{font:15paddingle +00}</style>l",
    "<style>body{font:0}body{font:41px/240dipx 's</style><a href=https://example.org/>l</a>",
    "<style>body{font:0,99999999999991}</style>l",
    "<style>body{font://0}</style>l",
    "<style>body,d{font:\0 0}</style>n<style>body{color:#1d00 \0}</style>i",
    // In a fragment `body a` becomes the same as `a`.
    "<style>body a{color:#6b50}</style><a href=https://example.org/>l</a>",
    // A repair comes before a style that does not end, and takes its place.
    "<p style='color:#1f6!important;\"'>l",
    // A fragment is laid out as its page is.
    "<!doctypehtml ><table ><td bgcolor=d><table ><td >a",
    // A role that is none does not fill a heading.
    "<h2 role=p>",
    // An address in two texts is one.
    "een\u{ff}t @</>y meneee\u{ff}eeeveeeeeementeee\u{ff}eeeveeeeee",
    // Policy spells URLs, so they are spelt before trackers are looked for.
    "<img src=\"http:s/./t\u{7f}exampl\0?u=3f2a9c1d7e5b4a60\" height=1>",
    "\u{1} ",
    // Text that was two.
    "&notit;&notit;&notit;y z</a>y z",
    "<html style=\"display:none\">x",
    "<html hidden>x",
    // What becomes no list and no heading has no name.
    "<ul aria-label=a>x</ul><table><tr><td><h1 aria-label=a></h1>",
    "<svg><svg><svg><body>\">",
    // The end tag of our own wrapper is the last one, not the first.
    "<div class=mailrinse><div>a</div><p>b</p></div>",
    "<main><div>a</div></main><main>b</main>",
    // Behind an empty `svg` the tokenizer sees more of SVG.
    "<svg/><address width=\"600\">x</address>",
    "<ul><dt>x",
    // A list's part comes out of a table into a fragment.
    "<table><table><table><li>",
];

proptest! {
    #![proptest_config(cases(4_000))]

    #[test]
    fn of_generated_markup(html in any_markup()) {
        prop_assert_eq!(holds(html.as_bytes()), Ok(()));
    }
}
