//! Gives the flat tape HTML's structure, so that a browser reads what is
//! written as what was meant: every start tag has its end, and nothing stands
//! where the standard would move it. What has no place is unwrapped.
//!
//! Its measure: the tree that a parser makes of the written HTML is the tree
//! that was written. Where a rule was used that may give a tree which reads
//! back as another, the result is nested again until it stays.

mod aside;
mod build;
mod flat;
mod formatting;
mod head;
mod heading;
mod tree;

use crate::finding::{Action, Finding, RoomName, Why};
use crate::html::{At, El};
use crate::limits::Deadline;
use crate::rules::policy::Policy;
use crate::tape::{Attr, Kind, Node, Span, Tape};
use build::{Build, Mode};
use flat::{flatten, pair, with_shell};
use head::Seen;
use tree::NIL;

/// The class of the `div` around a fragment.
pub(crate) const WRAPPER: &str = "mailrinse";

/// The class of the `div` in it, which stands for the mail's `body`.
pub(crate) const BODY: &str = "mailrinse-body";

/// From here on nothing is patched: see [`Tape::frozen`].
const FRAGILE: &str = "nest.source.fragile";

/// What nesting needs to know.
#[derive(Clone, Copy)]
pub(crate) struct Settings<'f> {
    pub policy: &'f Policy,
    /// The deepest that elements may be in each other.
    pub depth: usize,
    /// For a page that is not ours.
    pub fragment: bool,
    /// Tags stay where they are: only their structure is wanted.
    pub patch: bool,
    /// When it has to be done.
    pub deadline: Deadline,
    /// What a document without any heading is headed with.
    pub heading: Option<&'f str>,
}

/// What stays open from one window to the next.
#[derive(Default, Debug)]
pub(crate) struct Nest {
    begun: bool,
    open: Vec<(El, El)>,
    formatting: Vec<Option<Reopen>>,
    mode: Option<Mode>,
    deep: Vec<u32>,
    in_body: bool,
    told_depth: bool,
    fragile: bool,
}

/// A formatting element that may be opened again.
#[derive(Clone, Debug)]
struct Reopen {
    /// Its place in `open`, where it is open.
    open: Option<usize>,
    el: El,
    attrs: Vec<(At, String, String)>,
}

/// How often a result is nested again at most. Enough for every input we
/// know; then the strict rules, which move nothing, have the last word.
const ROUNDS: usize = 6;

impl Nest {
    /// Nests a window. `last`: no more follows. Tells whether a rule was used
    /// after which the result may read back as another.
    pub(crate) fn nest(
        &mut self,
        tape: &mut Tape,
        settings: Settings<'_>,
        last: bool,
        findings: &mut Vec<Finding>,
    ) -> bool {
        let whole = !self.begun && last;
        let tokens = std::mem::take(&mut tape.nodes);
        let seen = Seen {
            fragment: settings.fragment,
            in_body: self.in_body,
            content: self.in_body,
            ..Seen::default()
        };
        let (tokens, count) = self.with_copies(tape, tokens);
        let mut build = Build::new(tape, &tokens, settings.policy, seen);
        build.count = count;
        build.depth = settings.depth;
        build.deadline = settings.deadline;
        build.patch = settings.patch;
        build.strict = !whole;
        self.resume(&mut build, count);
        build.run();
        self.suspend(&build);
        let mut odd = build.odd;
        let was_odd = odd;
        let Build { tree, seen, open, .. } = build;
        let still_open = if last { Vec::new() } else { open };
        let mut nodes = flatten(tape, &tokens, &tree, &still_open);
        if whole && !settings.patch {
            let mut round = 0;
            while odd && round < ROUNDS && !settings.deadline.is_over() {
                round += 1;
                let again = once_more(tape, &nodes, settings, round == ROUNDS);
                odd = !same(&nodes, &again);
                nodes = again;
            }
        }
        if settings.patch {
            // Nothing goes, so there is nothing to tell.
            aside::collect(tape, &tokens, &tree);
        } else {
            self.tell(tape, &tokens, &seen, settings.policy, findings);
            let says_nothing = |el| matches!(el, El::Title | El::Style | El::Meta);
            let gone = seen.dropped.iter().chain(&seen.unwrapped);
            if gone.into_iter().any(|&token| !says_nothing(tokens[token as usize].el)) {
                aside::collect_tags(tape, &tokens, &tree);
            }
        }
        head::collect(tape, &tokens, &seen);
        if whole
            && let Some(text) = settings.heading
            && !heading::is_there(tape, &nodes)
        {
            nodes.splice(0..0, heading::made(tape, text));
        }
        tape.nodes = if self.begun { nodes } else { with_shell(&tokens, &seen, nodes, settings) };
        pair(tape, last);
        let fragile = if self.fragile { Some(0) } else { seen.fragile };
        let was_fragile = self.fragile;
        tape.frozen = tape.frozen.into_iter().chain(fragile).min();
        self.fragile = fragile.is_some() || tape.frozen.is_some();
        if let Some(from) = tape.frozen.filter(|_| settings.patch && !was_fragile) {
            let (from, to) = (u64::from(from), tape.source.len() as u64);
            let range = tape.base + from..tape.base + to.max(from);
            let why = Why::rule(FRAGILE);
            let none = String::new();
            findings.push(Finding::new(RoomName::Nest, Action::Noted, range, none, why));
        }
        if !self.begun {
            tape.shell_nodes = 3;
        }
        self.begun = true;
        was_odd
    }

    /// Opens again, as branches that are written already, what was open.
    fn resume(&self, build: &mut Build<'_>, count: usize) {
        if !self.begun {
            return;
        }
        for &(el, was) in &self.open {
            let i = build.tree.add(el, NIL);
            build.tree.at_mut(i).was = was;
            build.tree.at_mut(i).carried = true;
            let parent = build.current();
            build.tree.append(parent, i);
            build.open.push(i);
        }
        let mut copy = count as u32;
        for entry in &self.formatting {
            let entry = entry.as_ref().map(|reopen| {
                let token = copy;
                copy += 1;
                match reopen.open {
                    // Position 0 of the builder's stack is the root.
                    Some(at) => {
                        let i = build.open[at + 1];
                        build.tree.at_mut(i).token = token;
                        i
                    }
                    None => build.tree.add(reopen.el, token),
                }
            });
            build.formatting.push(entry);
        }
        build.mode = self.mode.unwrap_or(Mode::Body);
        build.deep.clone_from(&self.deep);
    }

    /// The window's tokens, and behind them one for each formatting element
    /// that may be opened again.
    fn with_copies(&self, tape: &mut Tape, mut tokens: Vec<Node>) -> (Vec<Node>, usize) {
        let count = tokens.len();
        for reopen in self.formatting.iter().flatten() {
            let first = tape.attrs.len() as u32;
            for (at, name, value) in &reopen.attrs {
                let (other, value) = (tape.make(name), tape.make(value));
                tape.attrs.push(Attr { other, ..Attr::made(*at, value) });
            }
            let mut node = Node::new(Kind::Start, reopen.el, Span::default());
            node.implied = true;
            tape.give_attrs(&mut node, first);
            tokens.push(node);
        }
        (tokens, count)
    }

    fn suspend(&mut self, build: &Build<'_>) {
        let el = |i: &u32| (build.tree.at(*i).el, build.tree.at(*i).was);
        self.open = build.open[1..].iter().map(el).collect();
        self.formatting = build
            .formatting
            .iter()
            .map(|entry| {
                let i = (*entry)?;
                let branch = build.tree.at(i);
                let attrs = match branch.token {
                    NIL => &[][..],
                    token => build.tape.attrs_in(&build.tokens[token as usize]),
                };
                let owned = |a: &Attr| {
                    (a.at, build.tape.attr_name(a).to_owned(), build.tape.text(a.value).to_owned())
                };
                Some(Reopen {
                    open: build.open[1..].iter().position(|&o| o == i),
                    el: branch.el,
                    attrs: attrs.iter().map(owned).collect(),
                })
            })
            .collect();
        self.mode = Some(build.mode);
        self.deep.clone_from(&build.deep);
        self.in_body |= build.seen.in_body;
    }

    fn tell(
        &mut self,
        tape: &Tape,
        tokens: &[Node],
        seen: &Seen,
        policy: &Policy,
        findings: &mut Vec<Finding>,
    ) {
        let mut say = |token: u32, action| {
            let node = &tokens[token as usize];
            let place =
                tape.base + u64::from(node.span.start)..tape.base + u64::from(node.span.end);
            let name = tape.kept_name(node);
            let mut why = Why::rule(policy.finding(node.el));
            // What it would have loaded or where it would have led.
            let leads = |a: &&Attr| {
                matches!(a.at, At::Src | At::Href | At::Poster)
                    || matches!(tape.attr_name(a), "data" | "action")
            };
            if let Some(attr) = tape.attrs_in(node).iter().find(leads) {
                why = why.url(tape.text(attr.value));
            }
            findings.push(Finding::new(RoomName::Policy, action, place, name, why));
        };
        for &token in &seen.dropped {
            // The writer writes these anew.
            if !matches!(tokens[token as usize].el, El::Title | El::Style | El::Meta) {
                say(token, Action::Removed);
            }
        }
        for &token in &seen.unwrapped {
            say(token, Action::Unwrapped);
        }
        if seen.too_deep && !self.told_depth {
            self.told_depth = true;
            let place = tape.base..tape.base;
            let why = Why::rule("nest.depth.exceeded");
            findings.push(Finding::new(
                RoomName::Nest,
                Action::Unwrapped,
                place,
                String::new(),
                why,
            ));
        }
    }
}

/// Nests a result again, to see whether it stays as it is.
fn once_more(tape: &Tape, nodes: &[Node], settings: Settings<'_>, strict: bool) -> Vec<Node> {
    let fragment = settings.fragment;
    let seen = Seen { in_body: true, content: true, fragment, ..Seen::default() };
    let mut build = Build::new(tape, nodes, settings.policy, seen);
    build.depth = settings.depth;
    build.deadline = settings.deadline;
    build.strict = strict;
    build.fresh = false;
    build.run();
    flatten(tape, nodes, &build.tree, &[])
}

fn same(a: &[Node], b: &[Node]) -> bool {
    let alike = |a: &Node, b: &Node| {
        a.kind == b.kind && a.el == b.el && a.text == b.text && a.attrs == b.attrs
    };
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| alike(a, b))
}

/// A nested tape of a whole mail, for tests of rooms.
#[cfg(test)]
pub(crate) fn tape_of(html: &str) -> Tape {
    let limits = crate::limits::Limits::default();
    let mut reader = crate::read::Reader::new(&limits, Deadline::default(), false);
    reader.feed(html).expect("within the limits");
    reader.end().expect("within the limits");
    let mut tape = reader.take_rest();
    tape.decode();
    let settings = Settings {
        policy: &Policy::builtin(),
        depth: 256,
        fragment: false,
        patch: false,
        deadline: Deadline::default(),
        heading: None,
    };
    Nest::default().nest(&mut tape, settings, true, &mut Vec::new());
    tape
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The content as tags and texts, without attributes.
    fn nested(html: &str) -> String {
        let tape = tape_of(html);
        let end = tape.nodes.len() - 3;
        let mut out = String::new();
        for node in &tape.nodes[3..end] {
            match node.kind {
                Kind::Start => out += &format!("<{}>", node.el.name()),
                Kind::End => out += &format!("</{}>", node.el.name()),
                Kind::Text => out += tape.text(node.text),
                Kind::Comment => {}
            }
        }
        out
    }

    #[test]
    fn implied_ends() {
        assert_eq!(nested("<p>a<p>b<div>c"), "<p>a</p><p>b</p><div>c</div>");
        assert_eq!(nested("<ul><li>a<li>b</ul>"), "<ul><li>a</li><li>b</li></ul>");
        assert_eq!(nested("<dl><dt>a<dd>b<dt>c"), "<dl><dt>a</dt><dd>b</dd><dt>c</dt></dl>");
        assert_eq!(nested("a</p>b"), "a<p></p>b");
        assert_eq!(nested("a</div></i></br>b"), "a<br>b");
        assert_eq!(nested("<h1>a<h2>b</h1>c"), "<h1>a</h1><h2>b</h2>c");
    }

    #[test]
    fn formatting_is_reopened_and_moved() {
        assert_eq!(nested("<b>a<p>b</b>c</p>"), "<b>a</b><p><b>b</b>c</p>");
        assert_eq!(nested("<p><b>a</p>b"), "<p><b>a</b></p><b>b</b>");
        assert_eq!(nested("<b><i>a</b>b</i>"), "<b><i>a</i></b><i>b</i>");
        assert_eq!(nested("<a>x<a>y"), "<a>x</a><a>y</a>");
        assert_eq!(nested("<a>x<div>y<a>z"), "<a>x</a><div><a>y</a><a>z</a></div>");
    }

    #[test]
    fn tables() {
        let whole = "<table><tbody><tr><td>a</td></tr></tbody></table>";
        assert_eq!(nested("<table><td>a"), whole);
        assert_eq!(nested("<table><tr>x<td>a</table>"), format!("x{whole}"));
        assert_eq!(nested("<table><div>x</div><td>a</table>"), format!("<div>x</div>{whole}"));
        assert_eq!(nested("<p>y<table><td>a"), format!("<p>y</p>{whole}"));
        assert_eq!(nested("<td>a</td><tr>b"), "ab");
        assert_eq!(
            nested("<table><col><tr><td>a"),
            "<table><colgroup><col></colgroup><tbody><tr><td>a</td></tr></tbody></table>"
        );
        assert_eq!(
            nested("<a>x<table><td><a>y"),
            "<a>x<table><tbody><tr><td><a>y</a></td></tr></tbody></table></a>"
        );
    }

    #[test]
    fn what_goes_with_its_content() {
        assert_eq!(nested("a<script>b</script>c<svg><p>d</svg>e"), "ac<p>de</p>");
        assert_eq!(nested("a<svg><title>b</title><g>x</g></svg>c"), "ac");
        assert_eq!(nested("<xmp><b>x</xmp>"), "<pre><b>x</pre>");
        assert_eq!(nested("<form>a</form>b<o:p>c</o:p>"), "<div>a</div>bc");
    }

    #[test]
    fn deep_nests_are_flattened_and_close_in_order() {
        let html = format!("{}x{}y", "<div>".repeat(400), "</div>".repeat(400));
        let depth = nested(&html).matches("<div>").count();
        assert_eq!(depth, 256);
        assert!(nested(&html).ends_with("</div>y"));
    }
}
