//! Looks through the image proxies of mail services: in quoted and forwarded
//! mail the sender's pictures come from there, with their own URL inside.

use crate::rooms::percent;
use crate::web::Parts;

/// The picture's own URL, and whose proxy it is.
pub(super) fn unwrap(url: &Parts<'_>) -> Option<(String, &'static str)> {
    let (origin, whose) = match url.host() {
        // https://ci3.googleusercontent.com/meips/<token>=s0-d-e1-ft#https://…
        host if host.starts_with("ci") && host.ends_with(".googleusercontent.com") => {
            let known = url.path().starts_with("/proxy/") || url.path().starts_with("/meips/");
            (url.fragment().filter(|_| known)?.to_owned(), "Gmail")
        }
        // https://ecp.yusercontent.com/mail?url=https%3A%2F%2F…&t=…
        // https://ec.yimg.com/ec?url=https%3A%2F%2F…&t=…
        host if host.starts_with("ec") && host.ends_with(".yusercontent.com")
            || host == "ec.yimg.com" =>
        {
            (percent::decoded(url.param("url")?).into_owned(), "Yahoo")
        }
        // https://imgproxy-prod.services.web.outlook.com/proxy/?u=https%3A%2F%2F…
        host if host.starts_with("imgproxy") && host.ends_with(".services.web.outlook.com") => {
            (percent::decoded(url.param("u")?).into_owned(), "Outlook")
        }
        _ => return None,
    };
    Parts::parse(&origin)?;
    Some((origin, whose))
}

#[cfg(test)]
mod tests {
    use super::unwrap;
    use crate::web::Parts;

    fn of(url: &str) -> Option<(String, &'static str)> {
        unwrap(&Parts::parse(url).expect("a URL"))
    }

    #[test]
    fn the_origin_is_inside() {
        let origin = "https://a.example/o?x=1&y=2";
        assert_eq!(
            of(
                "https://ci3.googleusercontent.com/meips/ADKq_N1=s0-d-e1-ft#https://a.example/o?x=1&y=2"
            ),
            Some((origin.to_owned(), "Gmail"))
        );
        assert_eq!(
            of(
                "https://ecp.yusercontent.com/mail?url=https%3A%2F%2Fa.example%2Fo%3Fx%3D1%26y%3D2&t=1"
            ),
            Some((origin.to_owned(), "Yahoo"))
        );
        assert_eq!(
            of(
                "https://imgproxy-prod.services.web.outlook.com/proxy/?u=https%3A%2F%2Fa.example%2Fo%3Fx%3D1%26y%3D2"
            ),
            Some((origin.to_owned(), "Outlook"))
        );
    }

    #[test]
    fn other_pictures_there() {
        assert_eq!(of("https://lh3.googleusercontent.com/pw/ABC#https://a.example/"), None);
        assert_eq!(of("https://ci3.googleusercontent.com/meips/ABC#x"), None);
        assert_eq!(of("https://ci3.googleusercontent.com/meips/ABC#javascript:x"), None);
        assert_eq!(of("https://ecp.yusercontent.com/mail?u=1"), None);
    }
}
