//! The one header field that says what was done to a message. It names no
//! address and no URL.

use crate::finding::{Action, Finding, RoomName};
use crate::scene::Level;

/// The field's name in lower case.
pub(crate) const NAME: &str = "x-mailrinse";

/// The field with its line end.
pub(crate) fn field(
    by: Option<&str>,
    level: Level,
    rules: &str,
    parts: usize,
    findings: &[Finding],
    eol: &[u8],
) -> Vec<u8> {
    let done = |room: RoomName| {
        findings.iter().filter(|f| f.room == room && f.action != Action::Noted).count()
    };
    let level = match level {
        Level::Clean => "clean",
        Level::Patch => "patch",
    };
    let by = by.map(|id| format!("{id}; ")).unwrap_or_default();
    let mut field = format!(
        "X-Mailrinse: {by}{} (rules {rules}); level={level}; parts={parts}",
        env!("CARGO_PKG_VERSION")
    );
    for (name, room) in [
        ("trackers", RoomName::Trackers),
        ("links", RoomName::Links),
        ("repairs", RoomName::Access),
        ("policy", RoomName::Policy),
    ] {
        let count = done(room);
        if count > 0 {
            field.push_str(&format!("; {name}={count}"));
        }
    }
    let left = findings.iter().filter(|f| f.rule.starts_with("message.left.")).count();
    if left > 0 {
        field.push_str(&format!("; left={left}"));
    }
    let mut field = field.into_bytes();
    field.extend_from_slice(eol);
    field
}

/// Whether a field's value speaks in this name.
#[must_use]
pub fn is_marked_by(value: &[u8], id: &str) -> bool {
    let name = value.split(|&b| b == b';').next().unwrap_or_default();
    name.trim_ascii().eq_ignore_ascii_case(id.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Why;

    #[test]
    fn one_line_with_figures() {
        let finding = |room, action| {
            let why = Why::rule("trackers.x.open").url("https://x.example/?a=reader@example.org");
            Finding::new(room, action, 0..1, "img", why)
        };
        let findings =
            [finding(RoomName::Trackers, Action::Removed), finding(RoomName::Links, Action::Noted)];
        let field = field(None, Level::Clean, "0123456789ab", 1, &findings, b"\r\n");
        let version = env!("CARGO_PKG_VERSION");
        let told = format!(
            "X-Mailrinse: {version} (rules 0123456789ab); level=clean; parts=1; trackers=1\r\n"
        );
        assert_eq!(String::from_utf8(field).expect("ASCII"), told);
    }
}
