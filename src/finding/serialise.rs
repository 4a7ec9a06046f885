//! A finding as it is serialised: which fields, in which order. What changes
//! here changes [`SCHEMA`]. Nothing is masked: a URL may hold the reader's
//! address, so whoever passes findings on masks them first.

use super::{Evidence, Finding, SCHEMA};
use serde::{Serialize, Serializer};

#[derive(Serialize)]
struct Line<'f> {
    v: u32,
    rule: &'f str,
    room: &'static str,
    action: &'static str,
    /// The IMAP section of the part; null for HTML by itself.
    part: Option<&'f str>,
    range: [u64; 2],
    #[serde(skip_serializing_if = "str::is_empty")]
    element: &'f str,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<&'f str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<&'f str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    vendor: Option<&'f str>,
    #[serde(skip_serializing_if = "<[Evidence]>::is_empty")]
    evidence: &'f [Evidence],
}

impl Serialize for Finding {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let line = Line {
            v: SCHEMA,
            rule: &self.rule,
            room: self.room.as_str(),
            action: self.action.as_str(),
            part: self.part.as_deref(),
            range: [self.range.start, self.range.end],
            element: &self.element,
            url: self.url.as_deref(),
            to: self.to.as_deref(),
            vendor: self.vendor.as_deref(),
            evidence: &self.evidence,
        };
        line.serialize(serializer)
    }
}

impl Serialize for Evidence {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Fields<'e> {
            what: &'e str,
            weight: i32,
        }
        Fields { what: &self.what, weight: self.weight }.serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use crate::finding::{Action, Finding, RoomName, Why};

    #[test]
    fn fields_in_order() {
        let why = Why::rule("links.acme.click")
            .url("https://c.acme.example/1")
            .to("https://acme.example/")
            .vendor("acme")
            .evidence("a sign", 2);
        let finding = Finding::new(RoomName::Links, Action::Changed, 3..9, "a", why);
        assert_eq!(
            serde_json::to_string(&finding).unwrap(),
            r#"{"v":1,"rule":"links.acme.click","room":"links","action":"changed","part":null,"range":[3,9],"element":"a","url":"https://c.acme.example/1","to":"https://acme.example/","vendor":"acme","evidence":[{"what":"a sign","weight":2}]}"#
        );
    }

    #[test]
    fn what_is_absent_is_left_out() {
        let why = Why::rule("mend.space.nbsp");
        let finding = Finding::new(RoomName::Mend, Action::Changed, 0..0, String::new(), why);
        assert_eq!(
            serde_json::to_string(&finding).unwrap(),
            r#"{"v":1,"rule":"mend.space.nbsp","room":"mend","action":"changed","part":null,"range":[0,0]}"#
        );
    }
}
