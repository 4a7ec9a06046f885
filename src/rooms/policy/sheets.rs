//! The style sheets of a mail, judged and joined into the one that the writer
//! prints.

use super::{ident, style};
use crate::css::{self, NameKind, Scope};
use crate::finding::{Action, Finding, RoomName};
use crate::limits::Limits;
use crate::nest::WRAPPER;
use crate::rooms::Switches;
use crate::rules::policy::Policy;
use crate::scene::Shape;
use crate::tape::Tape;

/// The sheet to print and, for a fragment, the class that its selectors hang
/// on. That class is made of what the printed sheet says, so that two mails on
/// a page leave each other alone, also where one would like to be taken for the
/// other; a second rinse makes the same one.
pub(crate) fn sheets(
    tape: &Tape,
    policy: &Policy,
    shape: Shape,
    limits: &Limits,
    switches: &Switches,
    findings: &mut Vec<Finding>,
) -> (String, Option<String>) {
    let sheets = &tape.head.sheets;
    let class = match shape {
        Shape::Document => None,
        Shape::Fragment if sheets.is_empty() => None,
        Shape::Fragment => {
            let known = tape.head.scope.clone();
            Some(known.unwrap_or_else(|| unused_class(tape)))
        }
    };
    let scope = match &class {
        None => Scope::Document,
        Some(class) => Scope::Fragment { class },
    };
    // The fragment's own class is no name of the mail's, and never asked about.
    let rename = |_: NameKind, name: &str| {
        ident::name(name).map_or_else(String::new, std::borrow::Cow::into_owned)
    };
    let mut out = String::new();
    for sheet in sheets {
        let mut refused = Vec::new();
        let media = sheet.media.map(|media| tape.text(media));
        // What was used of the limit is gone for the next.
        let allow = policy.css(limits.css.saturating_sub(out.len()));
        let text = tape.text(sheet.css);
        out.push_str(&css::sheet(text, media, scope, &allow, &rename, &mut |r| refused.push(r)));
        let place = tape.base + u64::from(sheet.span.start)..tape.base + u64::from(sheet.span.end);
        for why in style::whys(&refused, false) {
            if switches.on(&why.rule) {
                let element = "style".to_owned();
                let (room, action) = (RoomName::Policy, Action::Changed);
                findings.push(Finding::new(room, action, place.clone(), element, why));
            }
        }
    }
    let Some(class) = class.filter(|_| !out.is_empty()) else { return (out, None) };
    let own = scope_class(&out, &class);
    (out.replace(&class, &own), Some(own))
}

/// A class that no sheet of the mail speaks of: what hangs on it is ours.
fn unused_class(tape: &Tape) -> String {
    let sheets = || tape.head.sheets.iter().map(|sheet| tape.text(sheet.css));
    let mut classes = (0_u32..).map(|n| format!("{WRAPPER}-{n:08x}"));
    // A sheet within its limit cannot name them all.
    classes.find(|class| !sheets().any(|sheet| sheet.contains(class))).unwrap_or_default()
}

/// A class made of a printed sheet, whatever class its selectors hang on now.
fn scope_class(css: &str, now: &str) -> String {
    // FNV-1a: a name, not a secret.
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for b in css.split(now).flat_map(str::bytes) {
        hash = (hash ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3);
    }
    format!("{WRAPPER}-{:08x}", (hash ^ hash >> 32) as u32)
}
