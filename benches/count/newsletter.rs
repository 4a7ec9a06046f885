//! Newsletters of any size, made of the fixtures: the sections of several, one
//! after the other and round again, under the head of the first.

const SOURCES: [&str; 4] = [
    include_str!("../../fixtures/html/newsletter-hybrid/input.html"),
    include_str!("../../fixtures/html/announcement-hubspot/input.html"),
    include_str!("../../fixtures/html/newsletter-sendgrid/input.html"),
    include_str!("../../fixtures/html/digest-mailgun/input.html"),
];

/// A document of so many bytes, or a little more: sections are whole.
pub(crate) fn make(size: usize) -> String {
    let first = SOURCES[0];
    let start = body(first).start;
    let mut out = first[..start].to_owned();
    while out.len() < size {
        for source in SOURCES {
            for section in sections(&source[body(source)]) {
                if out.len() >= size {
                    break;
                }
                out.push_str(section);
            }
        }
    }
    out.push_str("</body></html>\n");
    out
}

/// What stands between the tags of `body`.
fn body(html: &str) -> std::ops::Range<usize> {
    let open = html.find("<body").and_then(|at| Some(at + html[at..].find('>')? + 1));
    let close = html.rfind("</body>").unwrap_or(html.len());
    open.unwrap_or(0)..close
}

/// A body cut behind its outermost tables and divs.
fn sections(body: &str) -> impl Iterator<Item = &str> {
    let (mut depth, mut from, mut cuts) = (0usize, 0, Vec::new());
    for (at, _) in body.match_indices('<') {
        let tag = &body[at..];
        let is = |name: &str| tag.starts_with(name);
        if is("<table") || is("<div") {
            depth += 1;
        } else if is("</table") || is("</div") {
            depth = depth.saturating_sub(1);
            if depth == 0 {
                let end = at + tag.find('>').map_or(tag.len(), |end| end + 1);
                cuts.push(from..end);
                from = end;
            }
        }
    }
    cuts.push(from..body.len());
    cuts.into_iter().map(|cut| &body[cut])
}
