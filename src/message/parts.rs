//! Which parts are rinsed, and why others are not. What mail programs show as
//! the mail is; what somebody signed, encrypted or attached is not ours.

use super::header::Header;
use super::params::Value;
use super::scan::Part;
use super::transfer::Transfer;

/// What a part is to us.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Role {
    Html,
    Plain,
    /// Left alone, and told: the last part of a rule id.
    Left(&'static str),
    /// Nothing to us: an image, a container.
    Other,
}

/// The roles of all parts, in their order.
pub(crate) fn roles(parts: &[Part], raw: &[u8]) -> Vec<Role> {
    // What a container says of all that is in it.
    let mut within: Vec<Option<&'static str>> = Vec::with_capacity(parts.len());
    let mut roles = Vec::with_capacity(parts.len());
    for part in parts {
        let outer = part.parent.and_then(|parent| within[parent]);
        let own = match &*part.kind.word {
            "multipart/signed" => Some("signed"),
            "multipart/encrypted" => Some("encrypted"),
            _ => None,
        };
        within.push(outer.or(own));
        roles.push(role(part, raw, outer));
    }
    roles
}

fn role(part: &Part, raw: &[u8], outer: Option<&'static str>) -> Role {
    let kind = part.kind.word.as_str();
    if part.shut {
        return Role::Left("limit");
    }
    let always = match kind {
        // One remark for all that is in it.
        "multipart/encrypted" => Some("encrypted"),
        "application/pkcs7-mime" | "application/x-pkcs7-mime" => Some("pkcs7"),
        "application/ms-tnef" | "application/vnd.ms-tnef" => Some("tnef"),
        "message/rfc822" | "message/global" | "message/partial" => Some("message"),
        "text/x-amp-html" => Some("amp"),
        _ => None,
    };
    let text = matches!(kind, "text/html" | "text/plain");
    match (always, outer) {
        (Some(_), Some("encrypted")) => Role::Other,
        (Some(why), _) => Role::Left(why),
        (None, Some("signed")) if kind == "text/html" => Role::Left("signed"),
        (None, Some(_)) => Role::Other,
        (None, None) if !text => Role::Other,
        (None, None) if is_attached(&part.header, raw) => match kind {
            "text/html" => Role::Left("attachment"),
            _ => Role::Other,
        },
        (None, None) if Transfer::of(&part.header, raw) == Transfer::Foreign => match kind {
            "text/html" => Role::Left("transfer"),
            _ => Role::Other,
        },
        (None, None) if kind == "text/html" => Role::Html,
        _ => Role::Plain,
    }
}

/// Where two fields differ, mail programs do, too: then it may be shown.
fn is_attached(header: &Header, raw: &[u8]) -> bool {
    let mut said = header.all(raw, "content-disposition").peekable();
    said.peek().is_some() && said.all(|value| Value::read(&value).word == "attachment")
}

/// Whether a text holds what a PGP program must find as it was written. Only
/// plain text: in HTML one hidden line would switch the filter off.
pub(crate) fn is_armoured(text: &[u8]) -> bool {
    const SIGN: &[u8] = b"-----BEGIN PGP ";
    memchr::memmem::find_iter(text, SIGN).any(|at| at == 0 || text[at - 1] == b'\n')
}

/// The text/plain twin of an HTML part: within the nearest multipart/
/// alternative that has one.
pub(crate) fn twin(parts: &[Part], roles: &[Role], html: usize) -> Option<usize> {
    let mut child = html;
    while let Some(parent) = parts[child].parent {
        if parts[parent].kind.word == "multipart/alternative" {
            let plain = |at: &usize| {
                roles[*at] == Role::Plain && parts[*at].parent == Some(parent) && *at != html
            };
            return (parent..parts.len()).find(plain);
        }
        child = parent;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::super::scan::scan;
    use super::*;

    fn told(raw: &str) -> Vec<(String, Role)> {
        let parts = scan(raw.as_bytes());
        let roles = roles(&parts, raw.as_bytes());
        let pairs = parts.iter().zip(roles).filter(|(_, role)| *role != Role::Other);
        pairs.map(|(part, role)| (part.section.clone(), role)).collect()
    }

    fn inside(kind: &str, part: &str) -> Vec<(String, Role)> {
        told(&format!("Content-Type: {kind}; boundary=a\n\n--a\n{part}\n\n<p>x\n--a--\n"))
    }

    #[test]
    fn what_is_shown_is_rinsed() {
        let html = vec![("1".to_owned(), Role::Html)];
        for kind in ["multipart/mixed", "multipart/alternative", "multipart/related", "multipart/x"]
        {
            assert_eq!(inside(kind, "Content-Type: text/html"), html, "{kind}");
        }
        assert_eq!(told("Content-Type: text/html\n\n<p>"), html);
        assert_eq!(told("Content-Type: text/html\nContent-Disposition: inline\n\n"), html);
        let two = "Content-Disposition: attachment\nContent-Disposition: inline";
        assert_eq!(told(&format!("Content-Type: text/html\n{two}\n\n")), html);
        assert_eq!(told("Subject: x\n\nhi"), [("1".to_owned(), Role::Plain)]);
    }

    #[test]
    fn what_is_not_ours_is_left() {
        let left = |why| vec![("1".to_owned(), Role::Left(why))];
        let html = "Content-Type: text/html";
        assert_eq!(inside("multipart/signed", html), left("signed"));
        assert_eq!(inside("multipart/encrypted", html), [(String::new(), Role::Left("encrypted"))]);
        assert_eq!(
            inside(
                "multipart/mixed",
                "Content-Type: text/html\nContent-Disposition: Attachment; x=y"
            ),
            left("attachment")
        );
        for (kind, why) in [
            ("application/pkcs7-mime", "pkcs7"),
            ("application/ms-tnef", "tnef"),
            ("message/rfc822", "message"),
            ("text/x-amp-html", "amp"),
        ] {
            assert_eq!(inside("multipart/mixed", &format!("Content-Type: {kind}")), left(why));
        }
        let uu = "Content-Type: text/html\nContent-Transfer-Encoding: x-uuencode";
        assert_eq!(inside("multipart/mixed", uu), left("transfer"));
    }

    #[test]
    fn armour_stands_at_a_line() {
        assert!(is_armoured(b"a\n-----BEGIN PGP MESSAGE-----\n"));
        assert!(!is_armoured(b"see -----BEGIN PGP MESSAGE-----"));
    }

    #[test]
    fn the_twin_is_the_alternative() {
        let raw = "Content-Type: multipart/mixed; boundary=a\n\n--a\n\nno\n--a\n\
            Content-Type: multipart/alternative; boundary=b\n\n--b\n\nyes\n--b\n\
            Content-Type: multipart/related; boundary=c\n\n--c\nContent-Type: text/html\n\n<p>\n--c--\n--b--\n--a--\n";
        let parts = scan(raw.as_bytes());
        let roles = roles(&parts, raw.as_bytes());
        let html = roles.iter().position(|role| *role == Role::Html).expect("one");
        let twin = twin(&parts, &roles, html).expect("one");
        assert_eq!((&*parts[twin].section, &raw[parts[twin].body.clone()]), ("2.1", "yes"));
    }
}
