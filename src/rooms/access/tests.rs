//! Helpers for the repairs' own tests: HTML in, the repaired tape as HTML out.

use super::*;
use crate::context::Context;
use crate::finding::{Finding, RoomName};
use crate::html::is_space;
use crate::nest::tape_of;
use crate::scene::Asked;
use crate::tape::{Kind, State};

pub(super) fn scene_of<T>(html: &str, look: impl FnOnce(&Tape, &Scene<'_>) -> T) -> T {
    let tape = tape_of(html);
    let cx = Context::default();
    let sheets = sheets_of(&tape);
    let sheets: Vec<&str> = sheets.iter().map(String::as_str).collect();
    let scene = Scene::learn(&tape, &cx, Asked::default(), &sheets);
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
    let scene = Scene::learn(&tape, &cx, asked, &sheets);
    let switches = Switches::default();
    let room = Access::learn(
        &tape,
        &scene,
        Knows {
            is_wrapper: &|url| url.contains("wrapper.example"),
            keep_style: &|style| style.to_owned(),
            looks: &scene.looks,
            switches: &switches,
        },
    );
    let mut findings = Vec::new();
    crate::rooms::pass(&room, RoomName::Access, &mut tape, &scene, &switches, &mut findings);
    (print(&tape), findings)
}

fn sheets_of(tape: &Tape) -> Vec<String> {
    let mut sheets = Vec::new();
    for at in tape.walk() {
        let node = &tape.nodes[at as usize];
        let parent = tape.nodes.get(node.parent as usize);
        if node.kind == Kind::Text
            && parent.is_some_and(|parent| parent.el == crate::html::El::Style)
        {
            sheets.push(tape.text(node.text).to_owned());
        }
    }
    sheets
}

fn print(tape: &Tape) -> String {
    let escaped =
        |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;");
    let mut out = String::new();
    for at in tape.walk() {
        let node = &tape.nodes[at as usize];
        match node.kind {
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
