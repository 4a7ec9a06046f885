//! What stands beside the tree: start tags that have no place in it, and, for
//! level patch, the content of comments that Outlook reads as markup.

use super::tree::Tree;
use crate::html::El;
use crate::tape::{Kind, NONE, Node, Span, Tape};

/// Notes both on the tape.
pub(super) fn collect(tape: &mut Tape, tokens: &[Node], tree: &Tree) {
    collect_tags(tape, tokens, tree);
    for node in tokens.iter().filter(|node| node.kind == Kind::Comment) {
        let comment = &tape.source[node.span.range()];
        if let Some(content) = conditional(comment) {
            let start = node.span.start as usize;
            tape.unread.push(Span::new(start + content.start, start + content.end));
        }
    }
}

/// Notes the tags.
pub(super) fn collect_tags(tape: &mut Tape, tokens: &[Node], tree: &Tree) {
    let mut placed = vec![false; tokens.len()];
    for branch in &tree.all {
        if let Some(placed) = placed.get_mut(branch.token as usize) {
            *placed = true;
        }
    }
    for (at, (node, placed)) in tokens.iter().zip(placed).enumerate() {
        if !tape.patch && node.el == El::Noscript && node.kind == Kind::Start {
            // Read as text, since with scripts it is none.
            let texts = tokens[at + 1..].iter().take_while(|node| node.kind == Kind::Text);
            tape.unread.extend(texts.map(|text| text.span));
        }
        // These load nothing, or are on the tape's first nodes.
        let is_none = matches!(node.el, El::Html | El::Head | El::Body | El::Main);
        if node.kind == Kind::Start && !placed && !is_none && !node.span.is_empty() {
            let mut node = *node;
            (node.mate, node.parent) = (NONE, NONE);
            tape.aside.push(node);
        }
    }
}

/// Where in a comment Outlook reads markup: between `<!--[if …]>` and
/// `<![endif]-->`; `None` where it does not.
fn conditional(comment: &str) -> Option<std::ops::Range<usize>> {
    let condition = comment.strip_prefix("<!--")?.trim_start();
    condition.strip_prefix('[')?.trim_start().get(..2)?.eq_ignore_ascii_case("if").then_some(())?;
    let start = memchr::memmem::find(comment.as_bytes(), b"]>")? + 2;
    let end = memchr::memmem::rfind(comment.as_bytes(), b"<![")
        .filter(|&end| end >= start)
        .or_else(|| comment.rfind("--").filter(|&end| end >= start))
        .unwrap_or(comment.len());
    Some(start..end)
}

#[cfg(test)]
mod tests {
    use super::conditional;

    #[test]
    fn what_outlook_reads() {
        let content = |comment: &str| conditional(comment).map(|range| comment[range].to_owned());
        assert_eq!(content("<!--[if mso]>a<![endif]-->").as_deref(), Some("a"));
        assert_eq!(
            content("<!-- [ IF (gte mso 9)|(IE) ]>a<b><![endif]-->").as_deref(),
            Some("a<b>")
        );
        assert_eq!(content("<!--[if mso]>a-->").as_deref(), Some("a"));
        assert_eq!(content("<!--[if !mso]><!-->").as_deref(), Some("<!"));
        assert_eq!(content("<!-- a -->"), None);
        assert_eq!(content("<![if mso]>"), None);
        assert_eq!(content("<!--[if mso -->"), None);
    }
}
