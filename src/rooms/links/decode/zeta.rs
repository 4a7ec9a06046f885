//! Zeta Global's click links: segments of base64, each behind a letter that
//! says what it is.
//!
//! `/click/E<address>/C<ids>/VaHR0cHM6Ly94LmV4YW1wbGUvYQ/qP2I9MQ/s0f` →
//! `https://x.example/a?b=1`
//!
//! `V` is the target, `q` the query that is put behind it. (Where `H` stands
//! for `V`, the target is looked up by the sender's server.)

use super::base64;

/// The target; `None` where there is no `V`, two of them, or a query too many.
pub(super) fn decode(path: &str) -> Option<String> {
    let rest = path.strip_prefix("/click/").or_else(|| path.strip_prefix("/click?"))?;
    let part = |letter: char| {
        let mut found = rest.split('/').filter_map(|segment| segment.strip_prefix(letter));
        let first = found.next();
        (first, found.next().is_some())
    };
    let text = |part: &str| String::from_utf8(base64(part)?).ok();
    let ((Some(target), false), (query, false)) = (part('V'), part('q')) else { return None };
    let mut target = text(target)?;
    if let Some(query) = query.filter(|query| !query.is_empty()) {
        let query = text(query)?;
        if target.contains(['?', '#']) {
            return None;
        }
        target.push('?');
        target.push_str(query.strip_prefix('?').unwrap_or(&query));
    }
    Some(target)
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn segments_by_their_letter() {
        let url = "/click/EcmVhZGVy/CeyJt/VaHR0cHM6Ly94LmV4YW1wbGUvYQ/qP2I9MQ/s0f";
        assert_eq!(decode(url).as_deref(), Some("https://x.example/a?b=1"));
        assert_eq!(decode(&url.replace("/qP2I9MQ", "")).as_deref(), Some("https://x.example/a"));
        assert_eq!(
            decode(&url.replace("click/", "click?")).as_deref(),
            Some("https://x.example/a?b=1")
        );
        for other in [
            "/click/EcmVhZGVy/CeyJt/HaHR0cHM6Ly94LmV4YW1wbGUvYQ/s0f",
            "/click/",
            "/open/Vx",
            "/click/Va/Vb",
        ] {
            assert_eq!(decode(other), None, "{other}");
        }
    }
}
