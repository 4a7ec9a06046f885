//! What a mail says is still said, and what it hid is still hidden: words of
//! the source against words of the output, by a plain model of both. The model
//! reads html5ever's tree, own styles, and rules for one class, id or element
//! that apply to every screen.

use crate::common::event::Event;
use crate::common::{self, html5};
use mailrinse::{Hidden, Rinser, Shape};
use std::collections::{BTreeMap, HashMap};

/// What is no text of the mail, by its element.
const NO_TEXT: &[&str] = &[
    "audio", "canvas", "datalist", "iframe", "math", "noembed", "noframes", "noscript", "script",
    "select", "style", "svg", "template", "textarea", "title", "video",
];

/// Where a word ends, whatever stands on both sides.
const BREAKS: &[&str] = &[
    "address",
    "article",
    "aside",
    "blockquote",
    "body",
    "br",
    "caption",
    "center",
    "dd",
    "div",
    "dl",
    "dt",
    "fieldset",
    "figcaption",
    "figure",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hr",
    "html",
    "legend",
    "li",
    "main",
    "nav",
    "ol",
    "option",
    "p",
    "pre",
    "section",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "tr",
    "ul",
    "xmp",
];

#[derive(Default, Debug)]
struct Words {
    all: Vec<String>,
    visible: Vec<String>,
}

/// The words of a page, ASCII only: the charset is not what is asked about.
fn words(html: &str) -> Words {
    let events = html5::document(html);
    let sheet = Sheet::of(&events);
    let mut open = vec![(false, false, true)];
    let (mut all, mut visible) = (String::new(), String::new());
    for event in &events {
        let (out, hidden, _) = *open.last().expect("the page itself");
        let breaks = match event {
            Event::Open(name, _) => BREAKS.contains(&name.as_str()),
            Event::Close => open.last().is_some_and(|(.., breaks)| *breaks),
            Event::Text(_) => false,
        };
        if breaks {
            all.push(' ');
            visible.push(' ');
        }
        match event {
            Event::Open(name, attrs) => {
                let out = out || NO_TEXT.contains(&name.as_str());
                open.push((out, hidden || sheet.hides(name, attrs), breaks));
            }
            Event::Close => {
                open.pop();
            }
            Event::Text(text) if !out => {
                all.push_str(text);
                if !hidden {
                    visible.push_str(text);
                }
            }
            Event::Text(_) => {}
        }
    }
    let split = |text: String| {
        let words = text.split_whitespace().filter(|word| word.is_ascii());
        words.map(str::to_owned).collect()
    };
    Words { all: split(all), visible: split(visible) }
}

/// Rules that hide or show, by what they ask for.
#[derive(Default)]
struct Sheet(HashMap<String, bool>);

impl Sheet {
    fn of(events: &[Event]) -> Self {
        let mut sheet = Sheet::default();
        let mut style = None;
        for event in events {
            match event {
                Event::Open(name, attrs) if name == "style" => {
                    let media = attrs.get("media").map_or("all", |media| media.trim());
                    style = Some(["all", "screen", "", "only screen"].contains(&media));
                }
                Event::Open(..) | Event::Close => style = None,
                Event::Text(css) if style == Some(true) => sheet.read(css),
                Event::Text(_) => {}
            }
        }
        sheet
    }

    fn read(&mut self, css: &str) {
        let mut css = css.replace("<!--", " ").replace("-->", " ");
        while let Some(start) = css.find("/*") {
            let end = css[start..].find("*/").map_or(css.len(), |end| start + end + 2);
            css.replace_range(start..end, " ");
        }
        let mut rest = css.as_str();
        while let Some(open) = rest.find('{') {
            let prelude = rest[..open].rsplit([';', '}']).next().unwrap_or_default().trim();
            let mut depth = 0;
            let block = rest[open..].find(|c| {
                depth += match c {
                    '{' => 1,
                    '}' => -1,
                    _ => 0,
                };
                depth == 0
            });
            let end = open + block.unwrap_or(rest.len() - open);
            if !prelude.starts_with('@')
                && let Some(hides) = hides(&rest[open + 1..end])
            {
                for selector in prelude.split(',') {
                    self.0.insert(selector.trim().to_owned(), hides);
                }
            }
            rest = &rest[end..];
        }
    }

    fn hides(&self, name: &str, attrs: &BTreeMap<String, String>) -> bool {
        let get = |name: &str| attrs.get(name).map(String::as_str).unwrap_or_default();
        if let Some(hides) = hides(get("style")) {
            return hides;
        }
        let mut selectors = vec![name.to_owned()];
        for class in get("class").split_whitespace() {
            selectors.extend([format!(".{class}"), format!("{name}.{class}")]);
        }
        selectors.extend([format!("#{}", get("id")), format!("{name}#{}", get("id"))]);
        let ruled = selectors.iter().filter_map(|selector| self.0.get(selector)).next_back();
        *ruled.unwrap_or(&attrs.contains_key("hidden"))
    }
}

/// What declarations say of hiding, if anything.
fn hides(style: &str) -> Option<bool> {
    let style: String = style.to_ascii_lowercase().split_whitespace().collect();
    let mut said: HashMap<&str, &str> = HashMap::new();
    for declaration in style.split(';') {
        if let Some((name, value)) = declaration.split_once(':') {
            said.insert(name, value.trim_end_matches("!important"));
        }
    }
    let is = |name: &str, values: &[&str]| said.get(name).is_some_and(|it| values.contains(it));
    let nothing = ["0", "0px", "0%"];
    let hidden = is("display", &["none"])
        || is("visibility", &["hidden"])
        || is("opacity", &["0"])
        || is("overflow", &["hidden"]) && (is("max-height", &nothing) || is("height", &nothing))
        || is("position", &["absolute", "fixed"])
            && ["left", "top"]
                .iter()
                .any(|side| said.get(side).is_some_and(|it| it.starts_with("-999")));
    let shown = said.contains_key("display") || is("visibility", &["visible"]);
    (hidden || shown).then_some(hidden)
}

/// How many of the words of one list are not in the other.
fn missing<'w>(from: &'w [String], other: &[String]) -> Vec<&'w str> {
    let mut left: HashMap<&str, usize> = HashMap::new();
    for word in other {
        *left.entry(word).or_default() += 1;
    }
    let mut missing = Vec::new();
    for word in from {
        match left.get_mut(word.as_str()) {
            Some(count) if *count > 0 => *count -= 1,
            _ => missing.push(word.as_str()),
        }
    }
    missing
}

#[test]
fn of_mails() {
    let rinser = common::build(Rinser::builder());
    let drops = common::build(Rinser::builder().hidden(Hidden::Drop).shape(Shape::Document));
    let (mut mails, mut all, mut lost, mut exposed, mut cut) = (0, 0, 0, Vec::new(), 0);
    for (name, html) in common::mails() {
        let rinsed = common::rinse(&rinser, &html);
        // Out of an archive the source's markup is text to the model.
        if rinsed.findings.iter().any(|f| f.rule.starts_with("mend.")) {
            continue;
        }
        let source = words(&String::from_utf8_lossy(&html));
        let output = words(&common::text(&rinsed.html));
        let gone = missing(&source.all, &output.all);
        if !gone.is_empty() {
            println!(
                "{name}: {} of {} words lost: {:?}",
                gone.len(),
                source.all.len(),
                &gone[..gone.len().min(8)]
            );
        }
        let come = missing(&output.visible, &source.visible);
        if !come.is_empty() {
            println!("{name}: {} words exposed: {:?}", come.len(), &come[..come.len().min(8)]);
            exposed.push(name.clone());
        }
        let dropped = words(&common::text(&common::rinse(&drops, &html).html));
        cut += missing(&source.visible, &dropped.all).len();
        mails += 1;
        all += source.all.len();
        lost += gone.len();
    }
    println!(
        "{mails} mails, {all} words, {lost} lost, {} mails with hidden text exposed",
        exposed.len()
    );
    println!("with hidden text left out, {cut} words that the model sees are gone");
    assert!(lost * 1_000 <= all, "{lost} of {all} words are lost");
    assert!(exposed.is_empty(), "hidden text is exposed: {exposed:?}");
}

#[test]
fn the_model_sees_what_is_hidden() {
    let html = "<style>.a{display:none}@media print{.b{display:none}}</style><p class=a>x</p><p class=b>y</p>\
         <p style='max-height:0px;overflow:hidden'>z</p><p class=a style=display:block>w</p><p hidden>v</p>";
    let words = words(html);
    assert_eq!((words.all.join(" "), words.visible.join(" ")), ("x y z w v".into(), "y w".into()));
    assert_eq!(missing(&words.all, &words.visible), ["x", "z", "v"]);
}
