//! For tests of rooms: a mail in a string, judged by a room, printed plainly.

use super::{Room, Switches, pass};
use crate::context::Context;
use crate::finding::{Finding, RoomName};
use crate::nest::tape_of;
use crate::scene::{Asked, Scene, Sheets};
use crate::tape::{Kind, State, Tape};

/// What a room leaves of a mail, and what it found. The sheets of the mail
/// count as its only ones.
pub(crate) fn judged(
    room: &dyn Room,
    name: RoomName,
    html: &str,
    cx: &Context,
    asked: Asked,
) -> (String, Vec<Finding>) {
    let mut tape = tape_of(html);
    let sheets = sheets(&tape);
    let scene = Scene::learn(&tape, cx, asked, &Sheets::of(&sheets));
    let mut findings = Vec::new();
    pass(room, name, &mut tape, &scene, &Switches::default(), &mut findings);
    (show(&tape), findings)
}

/// The rules of findings, in order.
pub(crate) fn rules(findings: &[Finding]) -> Vec<&str> {
    findings.iter().map(|finding| &*finding.rule).collect()
}

/// The texts of a mail's style sheets.
pub(crate) fn sheets(tape: &Tape) -> Vec<String> {
    tape.head.sheets.iter().map(|sheet| tape.text(sheet.css).to_owned()).collect()
}

/// What is left on a tape of what the source had; values in double quotes,
/// nothing escaped.
pub(crate) fn show(tape: &Tape) -> String {
    let mut out = String::new();
    for at in tape.walk() {
        let node = &tape.nodes[at as usize];
        match node.kind {
            _ if node.implied => {}
            Kind::Text => out.push_str(tape.text(node.text)),
            Kind::Start if node.state == State::Kept => {
                out.push('<');
                out.push_str(tape.name(at));
                for attr in tape.attrs_of(at) {
                    out.push_str(&format!(
                        " {}=\"{}\"",
                        tape.attr_name(attr),
                        tape.text(attr.value)
                    ));
                }
                out.push('>');
            }
            Kind::End if node.state == State::Kept => {
                out.push_str(&format!("</{}>", tape.name(at)))
            }
            _ => {}
        }
    }
    out
}
