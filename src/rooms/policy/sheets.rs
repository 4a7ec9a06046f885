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
/// on. That class is made of what the sheets say, so that two mails on a page
/// leave each other alone, and kept by a second rinse.
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
        Shape::Fragment => Some(scope_class(tape)),
    };
    let scope = match &class {
        None => Scope::Document,
        Some(class) => Scope::Fragment { class },
    };
    let rename = |kind: NameKind, name: &str| match kind {
        NameKind::Class if name.starts_with(WRAPPER) => name.to_owned(),
        _ => ident::name(name).map_or_else(String::new, std::borrow::Cow::into_owned),
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
    let class = class.filter(|_| !out.is_empty());
    (out, class)
}

fn scope_class(tape: &Tape) -> String {
    if let Some(class) = &tape.head.scope {
        return class.clone();
    }
    // FNV-1a: a name, not a secret.
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for sheet in &tape.head.sheets {
        for b in tape.text(sheet.css).bytes() {
            hash = (hash ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    format!("{WRAPPER}-{:08x}", (hash ^ hash >> 32) as u32)
}
