//! Helpers for the repairs' own tests: HTML in, the repaired tape as HTML out.

use super::*;
use crate::context::Context;
use crate::css;
use crate::finding::{Finding, RoomName};
use crate::html::{El, is_space};
use crate::nest::tape_of;
use crate::rooms::policy::ident;
use crate::scene::{Asked, Sheets};
use crate::tape::{Kind, State};

pub(super) fn scene_of<T>(html: &str, look: impl FnOnce(&Tape, &Scene<'_>) -> T) -> T {
    let tape = tape_of(html);
    let cx = Context::default();
    let sheets = sheets_of(&tape);
    let sheets: Vec<&str> = sheets.iter().map(String::as_str).collect();
    let scene = Scene::learn(&tape, &cx, Asked::default(), &Sheets::of(&sheets));
    look(&tape, &scene)
}

/// The repaired HTML, which a second pass does not change.
pub(super) fn rinsed(html: &str) -> String {
    let once = pass(html, Asked::default()).0;
    assert_eq!(pass(&once, Asked::default()).0, once, "a second pass changes nothing");
    once
}

pub(super) fn patched(html: &str) -> String {
    pass(html, Asked { level: Level::Patch, ..Asked::default() }).0
}

/// The rules that found something.
pub(super) fn found(html: &str) -> Vec<String> {
    pass(html, Asked::default()).1.into_iter().map(|finding| finding.rule.into_owned()).collect()
}

pub(super) fn quirky(html: &str) -> String {
    pass(html, Asked { quirks: true, ..Asked::default() }).0
}

fn pass(html: &str, asked: Asked) -> (String, Vec<Finding>) {
    let mut tape = tape_of(html);
    let cx = Context::default();
    let sheets = sheets_of(&tape);
    let sheets: Vec<&str> = sheets.iter().map(String::as_str).collect();
    let scene = Scene::learn(&tape, &cx, asked, &Sheets::of(&sheets));
    let switches = Switches::default();
    let css = printed(&sheets);
    let room = Access::learn(
        &tape,
        &scene,
        Knows {
            is_wrapper: &|url| url.contains("wrapper.example"),
            look_left: &|_, style| Rc::new(crate::css::look(style)),
            keeps_link: &|_| true,
            keeps_image: &|_| true,
            css: &css,
            switches: &switches,
        },
    );
    let mut findings = Vec::new();
    crate::rooms::pass(&room, RoomName::Access, &mut tape, &scene, &switches, &mut findings);
    (print(&tape), findings)
}

fn sheets_of(tape: &Tape) -> Vec<String> {
    tape.head.sheets.iter().map(|sheet| tape.text(sheet.css).to_owned()).collect()
}

/// As the policy prints them.
fn printed(sheets: &[&str]) -> String {
    let policy = crate::rules::policy::Policy::builtin();
    let rename =
        |_, name: &str| ident::name(name).map(|name| name.into_owned()).unwrap_or_default();
    let print = |sheet: &&str| {
        css::sheet(sheet, None, css::Scope::Document, &policy.css(1 << 20), &rename, &mut |_| {})
    };
    sheets.iter().map(print).collect()
}

fn print(tape: &Tape) -> String {
    let escaped =
        |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;");
    let mut out: String =
        sheets_of(tape).iter().map(|sheet| format!("<style>{sheet}</style>")).collect();
    for at in tape.walk() {
        let node = &tape.nodes[at as usize];
        match node.kind {
            // The page's own tags, unless they say something.
            Kind::Start if is_shell(node.el) && tape.attrs_of(at).is_empty() => {}
            Kind::End if is_shell(node.el) && tape.attrs_of(node.mate).is_empty() => {}
            _ if node.state == State::Unwrapped => {}
            Kind::Text if is_space(tape.text(node.text)) => out.push_str(tape.text(node.text)),
            Kind::Text => out.push_str(&escaped(tape.text(node.text))),
            Kind::Start => {
                out.push('<');
                out.push_str(tape.name(at));
                for attr in tape.attrs_of(at) {
                    out.push_str(&format!(
                        " {}=\"{}\"",
                        tape.attr_name(attr),
                        escaped(tape.text(attr.value))
                    ));
                }
                out.push('>');
            }
            Kind::End => out.push_str(&format!("</{}>", tape.name(at))),
            Kind::Comment => {}
        }
    }
    out
}

fn is_shell(el: El) -> bool {
    matches!(el, El::Html | El::Body | El::Main)
}
