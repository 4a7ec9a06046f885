//! What the header of a mail says of it: whose it is, whom it was sent to,
//! what it is about. What the caller knows already counts more.

use super::encoded;
use super::header::Header;
use crate::context::Context;

/// Whom a mail was sent to. What a mailing list or a gateway adds is read,
/// since identifiers in the mail are made of the address that was sent to.
const RECIPIENTS: &[&str] = &["to", "cc", "delivered-to", "x-original-to", "envelope-to"];
/// More addresses are a mailing, not a reader.
const MOST: usize = 100;

/// Adds what the header says to what is known.
pub(crate) fn learn(cx: &Context, header: &Header, raw: &[u8]) -> Context {
    let mut cx = cx.clone();
    for name in RECIPIENTS {
        for address in header.all(raw, name).flat_map(|value| addresses(&value)) {
            if cx.recipients.len() < MOST && !cx.recipients.contains(&address) {
                cx.recipients.push(address);
            }
        }
    }
    let text = |name: &str| {
        let text = encoded::decode(&header.first(raw, name)?);
        Some(text.trim().to_owned()).filter(|text| !text.is_empty())
    };
    cx.subject = cx.subject.or_else(|| text("subject"));
    if cx.from.is_none()
        && let mut from = header.all(raw, "from").flat_map(|value| addresses(&value))
        && let (Some(address), None) = (from.next(), from.next())
    {
        // Of two senders none is the one.
        cx.authenticated |= passed(&cx, header, raw, &address);
        cx.from = Some(address);
    }
    let tag = |text: String| text.split([',', ' ', ';']).next().map(str::to_owned);
    cx.language = cx.language.or_else(|| text("content-language").and_then(tag));
    for value in header.all(raw, "list-unsubscribe") {
        let value = String::from_utf8_lossy(&value).into_owned();
        for url in value.split('<').skip(1).filter_map(|rest| rest.split('>').next()) {
            // A folded URL was unfolded with the space.
            let url: String = url.chars().filter(|c| !c.is_whitespace()).collect();
            if url.starts_with("http") && !cx.list_unsubscribe.contains(&url) {
                cx.list_unsubscribe.push(url);
            }
        }
    }
    cx
}

/// Whether an Authentication-Results field (RFC 8601) of the service that the
/// caller trusts says that the sender's domain is true. Without a service that
/// is trusted none is read: anyone can write such a field.
fn passed(cx: &Context, header: &Header, raw: &[u8], from: &str) -> bool {
    let Some(trusted) = &cx.trusted_results else { return false };
    let Some((_, domain)) = from.rsplit_once('@') else { return false };
    // The topmost is the last that was added.
    let ours = header.all(raw, "authentication-results").find_map(|value| {
        let value = String::from_utf8_lossy(&value).to_ascii_lowercase();
        let (service, results) = value.split_once(';')?;
        let service = service.split_whitespace().next()?;
        service.eq_ignore_ascii_case(trusted).then(|| results.to_owned())
    });
    let Some(results) = ours else { return false };
    results.split(';').any(|result| {
        let mut words = result.split_whitespace();
        let property = match words.next() {
            Some("dmarc=pass") => "header.from=",
            Some("dkim=pass") => "header.d=",
            Some("spf=pass") => "smtp.mailfrom=",
            _ => return false,
        };
        words.filter_map(|word| word.strip_prefix(property)).any(|value| {
            let value = value.trim_matches('"');
            let host = value.rsplit_once('@').map_or(value, |(_, host)| host);
            host.eq_ignore_ascii_case(domain)
        })
    })
}

/// The addresses (addr-spec) of an address list (RFC 5322, section 3.4):
/// without names, comments and groups.
fn addresses(value: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(value);
    let (mut found, mut word, mut angle) = (Vec::new(), String::new(), None::<String>);
    let (mut quoted, mut depth, mut in_angle) = (false, 0, false);
    let mut chars = text.chars();
    let mut take = |word: &mut String, angle: &mut Option<String>| {
        let address = angle.take().unwrap_or_else(|| std::mem::take(word));
        word.clear();
        // A route in front of it is history.
        let address = address.rsplit(':').next().unwrap_or_default().trim();
        let plain = |c: char| !c.is_whitespace() && !c.is_control() && !"<>,\"".contains(c);
        let whole = address.rsplit_once('@').is_some_and(|(l, d)| !l.is_empty() && !d.is_empty());
        if whole && address.chars().all(plain) {
            found.push(address.to_owned());
        }
    };
    while let Some(c) = chars.next() {
        match c {
            '\\' if quoted || depth > 0 => drop(chars.next()),
            '"' if depth == 0 => quoted = !quoted,
            _ if quoted => {}
            '(' => depth += 1,
            ')' if depth > 0 => depth -= 1,
            _ if depth > 0 => {}
            '<' => (in_angle, word) = (true, String::new()),
            '>' if in_angle => {
                in_angle = false;
                angle = Some(std::mem::take(&mut word));
            }
            // The name of a group ends.
            ':' if !in_angle => word.clear(),
            ',' | ';' if !in_angle => take(&mut word, &mut angle),
            c => word.push(c),
        }
    }
    take(&mut word, &mut angle);
    found
}

/// Between whom a message goes, for policies.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct Parties {
    /// The address of From (RFC 5322), if it names one.
    pub from: Option<String>,
    /// A trusted Authentication-Results field says that the domain of `from` is true.
    pub authenticated: bool,
    /// The identifier of List-Id (RFC 2919), without brackets.
    pub list_id: Option<String>,
    /// Whom it is for: those that the caller knows, else whom the topmost Delivered-To,
    /// X-Original-To or Envelope-To names, else To and Cc.
    pub recipients: Vec<String>,
}

/// Reads between whom a message goes. Anybody can write a header, so only what the caller knows,
/// and a sender that is `authenticated`, is more than a claim.
#[must_use]
pub fn parties(raw: &[u8], cx: &Context) -> Parties {
    let start = raw.iter().take_while(|b| matches!(b, b'\r' | b'\n')).count();
    let header = Header::read(raw, start, &[]);
    let known = learn(cx, &header, raw);
    let delivered = ["delivered-to", "x-original-to", "envelope-to"];
    let recipients = match &cx.recipients {
        known if !known.is_empty() => known.clone(),
        _ => delivered
            .iter()
            .find_map(|name| header.first(raw, name).map(|value| addresses(&value)))
            .filter(|delivered| !delivered.is_empty())
            .unwrap_or_else(|| {
                let fields = header.all(raw, "to").chain(header.all(raw, "cc"));
                fields.flat_map(|value| addresses(&value)).take(MOST).collect()
            }),
    };
    let list_id = header.first(raw, "list-id").and_then(|value| {
        let value = String::from_utf8_lossy(&value).into_owned();
        let id = value.rsplit_once('<').map_or(&*value, |(_, id)| id);
        let id = id.split('>').next().unwrap_or_default().trim();
        (!id.is_empty()).then(|| id.to_owned())
    });
    Parties { from: known.from, authenticated: known.authenticated, list_id, recipients }
}

/// The Message-ID of a message, for logs: it names neither reader nor subject.
#[must_use]
pub fn message_id(raw: &[u8]) -> Option<String> {
    let start = raw.iter().take_while(|b| matches!(b, b'\r' | b'\n')).count();
    let header = Header::read(raw, start, &[]);
    let id = String::from_utf8_lossy(&header.first(raw, "message-id")?).into_owned();
    let id: String = id.chars().filter(|c| c.is_ascii_graphic()).take(250).collect();
    Some(id).filter(|id| !id.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn learnt(raw: &str, cx: &Context) -> Context {
        let header = Header::read(raw.as_bytes(), 0, &[]);
        learn(cx, &header, raw.as_bytes())
    }

    #[test]
    fn address_lists() {
        for (value, expected) in [
            ("a@b.example", &["a@b.example"][..]),
            (
                "A <a@b.example>, \"B, b\" <b@b.example> (c@no.example)",
                &["a@b.example", "b@b.example"],
            ),
            (
                "List: a@b.example, <b@b.example>;, c@b.example",
                &["a@b.example", "b@b.example", "c@b.example"],
            ),
            ("Undisclosed recipients:;", &[]),
            ("<@x.example:a@b.example>", &["a@b.example"]),
            ("no address, <>", &[]),
        ] {
            assert_eq!(addresses(value.as_bytes()), expected, "{value}");
        }
    }

    #[test]
    fn what_a_header_tells() {
        let raw = "To: A <a@b.example>\nDelivered-To: x@b.example\nFrom: S <s@shop.example>\n\
                   Subject: =?utf-8?q?Gr=C3=BCn?=\n now\nContent-Language: de, en\n\
                   List-Unsubscribe: <mailto:u@shop.example>,\n <https://shop.example/u?a=b>\n\n";
        let cx = learnt(raw, &Context::default());
        assert_eq!(cx.recipients, ["a@b.example", "x@b.example"]);
        assert_eq!(cx.from.as_deref(), Some("s@shop.example"));
        assert_eq!(cx.subject.as_deref(), Some("Gr\u{fc}n now"));
        assert_eq!(cx.language.as_deref(), Some("de"));
        assert_eq!(cx.list_unsubscribe, ["https://shop.example/u?a=b"]);
        assert!(!cx.authenticated);
        assert_eq!(
            learnt(raw, &Context::default().subject("Mine")).subject.as_deref(),
            Some("Mine")
        );
        assert_eq!(message_id(b"Message-ID:\n <a@b>\n\n").as_deref(), Some("<a@b>"));
    }

    #[test]
    fn between_whom() {
        let raw = "Delivered-To: a@b.example\nDelivered-To: forged@b.example\nTo: c@b.example\n\
                   From: S <s@shop.example>\nList-Id: \"A <list>\" <news.shop.example>\n\n";
        let of = |raw: &str, cx: &Context| parties(raw.as_bytes(), cx);
        let told = of(raw, &Context::default());
        assert_eq!(told.recipients, ["a@b.example"]);
        assert_eq!(told.from.as_deref(), Some("s@shop.example"));
        assert_eq!(told.list_id.as_deref(), Some("news.shop.example"));
        assert_eq!(
            of(raw, &Context::default().recipient("x@b.example")).recipients,
            ["x@b.example"]
        );
        let open = of("To: a@b.example, c@b.example\nCc: d@b.example\n\n", &Context::default());
        assert_eq!(open.recipients, ["a@b.example", "c@b.example", "d@b.example"]);
    }

    #[test]
    fn only_results_of_a_trusted_service_count() {
        let raw = "Authentication-Results: mx.example 1; spf=fail smtp.mailfrom=x.example;\n \
                   dmarc=pass (p=none) header.from=shop.example\nFrom: s@shop.example\n\n";
        assert!(!learnt(raw, &Context::default()).authenticated);
        let trusting = |id: &str| Context::default().trust_results(id);
        assert!(learnt(raw, &trusting("mx.example")).authenticated);
        assert!(!learnt(raw, &trusting("other.example")).authenticated);
        let other = raw.replace("header.from=shop", "header.from=evil");
        assert!(!learnt(&other, &trusting("mx.example")).authenticated);
        let below = format!("Authentication-Results: mx.example; dmarc=fail\n{raw}");
        assert!(!learnt(&below, &trusting("mx.example")).authenticated);
    }
}
