//! html5ever's tree of some bytes, as events.

use super::event::{Event, is_void, push_text};
use html5ever::interface::{ElementFlags, NodeOrText, QuirksMode, TreeSink};
use html5ever::tendril::{StrTendril, TendrilSink};
use html5ever::tokenizer::{
    BufferQueue, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts,
};
use html5ever::tree_builder::{TreeBuilder, TreeBuilderOpts};
use html5ever::{Attribute, LocalName, Namespace, ParseOpts, QualName, ns};
use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::BTreeMap;

/// The tree of a document, from its `html` element on. Without doctype and
/// comments.
pub fn document(html: &str) -> Vec<Event> {
    let arena = html5ever::parse_document(Arena::default(), ParseOpts::default()).one(html);
    arena.events(0)
}

/// The tree that `innerHTML` of a `div` would get, in a page of this mode.
pub fn fragment(html: &str, quirks: bool) -> Vec<Event> {
    let mut options = ParseOpts::default();
    options.tree_builder.quirks_mode =
        if quirks { QuirksMode::Quirks } else { QuirksMode::NoQuirks };
    let div = QualName::new(None, ns!(html), LocalName::from("div"));
    let parser = html5ever::parse_fragment(Arena::default(), options, div, Vec::new(), true);
    let arena = parser.one(html);
    // The document's only element is an `html` that stands for the context.
    let root = arena.nodes.borrow()[0].children[0];
    arena.events(root)
}

/// What innerHTML says of these events: WHATWG "HTML fragment serialization".
pub fn inner_html(events: &[Event]) -> String {
    let escaped = |text: &str| text.replace('&', "&amp;").replace('\u{a0}', "&nbsp;");
    let (mut out, mut open) = (String::new(), Vec::new());
    for event in events {
        match event {
            Event::Open(name, attrs) => {
                // Foreign elements have their namespace before their name.
                let local = name.rsplit(':').next().unwrap_or_default();
                out += &format!("<{local}");
                for (name, value) in attrs {
                    out += &format!(" {name}=\"{}\"", escaped(value).replace('"', "&quot;"));
                }
                out.push('>');
                open.push(local);
                // A browser prints none, and so loses a line feed that is there: no
                // danger, and the one difference that is overlooked here.
                if local == "pre" {
                    out.push('\n');
                }
            }
            Event::Text(text) if matches!(open.last(), Some(&("style" | "script" | "xmp"))) => {
                out += text;
            }
            Event::Text(text) => {
                out += &escaped(text).replace('<', "&lt;").replace('>', "&gt;");
            }
            Event::Close => match open.pop() {
                Some(name) if !is_void(name) => out += &format!("</{name}>"),
                _ => {}
            },
        }
    }
    out
}

/// The visible words, white space folded: text outside `style`, `script` and
/// `title`.
pub fn words(html: &str) -> Vec<String> {
    let mut hidden = 0;
    let mut depth = Vec::new();
    let mut text = String::new();
    for event in document(html) {
        match event {
            Event::Open(name, _) => {
                let hides =
                    matches!(name.as_str(), "style" | "script" | "title" | "noscript" | "template");
                hidden += usize::from(hides);
                depth.push(hides);
                let inline = ["a", "b", "i", "em", "strong", "span", "font", "u", "big", "small"];
                if !inline.contains(&name.as_str()) {
                    text.push(' ');
                }
            }
            Event::Close => {
                hidden -= usize::from(depth.pop().unwrap_or_default());
                text.push(' ');
            }
            Event::Text(more) if hidden == 0 => text.push_str(&more),
            Event::Text(_) => {}
        }
    }
    text.split_whitespace().map(str::to_owned).collect()
}

#[derive(Default)]
struct Arena {
    nodes: RefCell<Vec<Node>>,
}

#[derive(Default)]
struct Node {
    data: Data,
    parent: Option<usize>,
    children: Vec<usize>,
    template: Option<usize>,
}

#[derive(Default)]
enum Data {
    #[default]
    Document,
    Element(Option<QualName>, Vec<Attribute>),
    Text(StrTendril),
    Comment,
}

impl Arena {
    fn add(&self, data: Data) -> usize {
        let mut nodes = self.nodes.borrow_mut();
        if nodes.is_empty() {
            nodes.push(Node::default());
        }
        nodes.push(Node { data, ..Node::default() });
        nodes.len() - 1
    }

    fn detach(&self, node: usize) {
        let mut nodes = self.nodes.borrow_mut();
        if let Some(parent) = nodes[node].parent.take() {
            nodes[parent].children.retain(|&child| child != node);
        }
    }

    /// Puts a node before the child at `at`; text joins the text before it.
    fn put(&self, parent: usize, at: usize, child: NodeOrText<usize>) {
        let node = match child {
            NodeOrText::AppendNode(node) => node,
            NodeOrText::AppendText(text) => {
                let mut nodes = self.nodes.borrow_mut();
                if at > 0 {
                    let before = nodes[parent].children[at - 1];
                    if let Data::Text(before) = &mut nodes[before].data {
                        return before.push_tendril(&text);
                    }
                }
                drop(nodes);
                self.add(Data::Text(text))
            }
        };
        let mut nodes = self.nodes.borrow_mut();
        nodes[node].parent = Some(parent);
        nodes[parent].children.insert(at, node);
    }

    /// The elements and texts below a node.
    fn events(&self, root: usize) -> Vec<Event> {
        enum Step {
            Enter(usize),
            Leave,
        }
        let nodes = self.nodes.borrow();
        let mut events = Vec::new();
        let below = |steps: &mut Vec<Step>, node: &Node| {
            steps.extend(node.children.iter().rev().copied().map(Step::Enter));
        };
        let mut steps = Vec::new();
        below(&mut steps, &nodes[root]);
        while let Some(step) = steps.pop() {
            let Step::Enter(at) = step else {
                events.push(Event::Close);
                continue;
            };
            let node = &nodes[at];
            match &node.data {
                Data::Text(text) => push_text(&mut events, text),
                Data::Element(name, attrs) => {
                    let name = name.as_ref().map(local).unwrap_or_default();
                    let attrs = attrs.iter().map(|a| (local(&a.name), a.value.to_string()));
                    events.push(Event::Open(name, attrs.collect()));
                    steps.push(Step::Leave);
                    below(&mut steps, node);
                }
                Data::Document | Data::Comment => {}
            }
        }
        events
    }
}

fn local(name: &QualName) -> String {
    match name.ns {
        ns!(html) | ns!() => name.local.to_string(),
        _ => format!("{}:{}", name.ns, name.local),
    }
}

/// An element's name, apart from the arena.
#[derive(Debug)]
struct Name(QualName);

impl html5ever::interface::ElemName for Name {
    fn ns(&self) -> &Namespace {
        &self.0.ns
    }
    fn local_name(&self) -> &LocalName {
        &self.0.local
    }
}

impl TreeSink for Arena {
    type Handle = usize;
    type Output = Self;
    type ElemName<'a> = Name;

    fn finish(self) -> Self {
        self
    }
    fn parse_error(&self, _: Cow<'static, str>) {}
    fn get_document(&self) -> usize {
        if self.nodes.borrow().is_empty() {
            self.nodes.borrow_mut().push(Node::default());
        }
        0
    }
    fn elem_name<'a>(&'a self, target: &'a usize) -> Name {
        match &self.nodes.borrow()[*target].data {
            Data::Element(Some(name), _) => Name(name.clone()),
            _ => Name(QualName::new(None, ns!(), LocalName::from(""))),
        }
    }
    fn create_element(&self, name: QualName, attrs: Vec<Attribute>, flags: ElementFlags) -> usize {
        let node = self.add(Data::Element(Some(name), attrs));
        if flags.template {
            let content = self.add(Data::Document);
            self.nodes.borrow_mut()[node].template = Some(content);
        }
        node
    }
    fn create_comment(&self, _: StrTendril) -> usize {
        self.add(Data::Comment)
    }
    fn create_pi(&self, _: StrTendril, _: StrTendril) -> usize {
        self.add(Data::Comment)
    }
    fn append(&self, parent: &usize, child: NodeOrText<usize>) {
        let at = self.nodes.borrow()[*parent].children.len();
        self.put(*parent, at, child);
    }
    fn append_based_on_parent_node(&self, el: &usize, prev: &usize, child: NodeOrText<usize>) {
        if self.nodes.borrow()[*el].parent.is_some() {
            self.append_before_sibling(el, child);
        } else {
            self.append(prev, child);
        }
    }
    fn append_doctype_to_document(&self, _: StrTendril, _: StrTendril, _: StrTendril) {}
    fn get_template_contents(&self, target: &usize) -> usize {
        self.nodes.borrow()[*target].template.unwrap_or(*target)
    }
    fn same_node(&self, x: &usize, y: &usize) -> bool {
        x == y
    }
    fn set_quirks_mode(&self, _: QuirksMode) {}
    fn append_before_sibling(&self, sibling: &usize, child: NodeOrText<usize>) {
        if let NodeOrText::AppendNode(node) = child {
            self.detach(node);
        }
        let (parent, at) = {
            let nodes = self.nodes.borrow();
            let Some(parent) = nodes[*sibling].parent else { return };
            let at = nodes[parent].children.iter().position(|child| child == sibling);
            (parent, at.unwrap_or_default())
        };
        self.put(parent, at, child);
    }
    fn add_attrs_if_missing(&self, target: &usize, attrs: Vec<Attribute>) {
        if let Data::Element(_, there) = &mut self.nodes.borrow_mut()[*target].data {
            for attr in attrs {
                if !there.iter().any(|a| a.name == attr.name) {
                    there.push(attr);
                }
            }
        }
    }
    fn remove_from_parent(&self, target: &usize) {
        self.detach(*target);
    }
    fn reparent_children(&self, node: &usize, new_parent: &usize) {
        let mut nodes = self.nodes.borrow_mut();
        let children = std::mem::take(&mut nodes[*node].children);
        for &child in &children {
            nodes[child].parent = Some(*new_parent);
        }
        nodes[*new_parent].children.extend(children);
    }
}

/// A start tag: its name and its attributes in order.
pub type Tag = (String, Vec<(String, String)>);

/// The start tags that html5ever's tokenizer tells while the tree is built,
/// with scripting switched on (`noscript` is raw text) or off.
pub fn start_tags(html: &str, scripting: bool) -> Vec<Tag> {
    let options = TreeBuilderOpts { scripting_enabled: scripting, ..TreeBuilderOpts::default() };
    let spy =
        Spy { builder: TreeBuilder::new(Arena::default(), options), tags: RefCell::default() };
    let tokenizer = Tokenizer::new(spy, TokenizerOpts::default());
    let queue = BufferQueue::default();
    queue.push_back(html.into());
    while !queue.is_empty() {
        let _ = tokenizer.feed(&queue);
    }
    tokenizer.end();
    tokenizer.sink.tags.take()
}

/// Writes down the start tags on their way to the tree.
struct Spy {
    builder: TreeBuilder<usize, Arena>,
    tags: RefCell<Vec<Tag>>,
}

impl TokenSink for Spy {
    type Handle = usize;

    fn process_token(&self, token: Token, line: u64) -> TokenSinkResult<usize> {
        if let Token::TagToken(tag) = &token
            && tag.kind == TagKind::StartTag
        {
            let attrs = tag.attrs.iter().map(|a| (local(&a.name), a.value.to_string()));
            self.tags.borrow_mut().push((tag.name.to_string(), attrs.collect()));
        }
        self.builder.process_token(token, line)
    }
    fn end(&self) {
        self.builder.end();
    }
    fn adjusted_current_node_present_but_not_in_html_namespace(&self) -> bool {
        self.builder.adjusted_current_node_present_but_not_in_html_namespace()
    }
}

/// The elements of a document of this name, with their attributes.
pub fn elements(events: &[Event], name: &str) -> Vec<BTreeMap<String, String>> {
    let of_name = |event: &Event| match event {
        Event::Open(open, attrs) if open == name => Some(attrs.clone()),
        _ => None,
    };
    events.iter().filter_map(of_name).collect()
}

/// The elements of the tree that hold something which may run, and those with
/// attributes that do: with these only.
pub fn elements_that_run(html: &str, scripting: bool) -> Vec<Tag> {
    let mut options = ParseOpts::default();
    options.tree_builder.scripting_enabled = scripting;
    let events = html5ever::parse_document(Arena::default(), options).one(html).events(0);
    let holds = |name: &str| {
        let name = name.rsplit(':').next().unwrap_or_default();
        matches!(name, "script" | "iframe" | "frame" | "frameset" | "object" | "embed" | "base")
    };
    let runs = |(name, value): &(String, String)| {
        let value = value.trim_start().to_ascii_lowercase();
        name.len() > 2 && name.starts_with("on") || value.starts_with("javascript:")
    };
    let of_those = |event: Event| {
        let Event::Open(name, attrs) = event else { return None };
        let live: Vec<_> = attrs.into_iter().filter(runs).collect();
        (holds(&name) || !live.is_empty()).then_some((name, live))
    };
    events.into_iter().filter_map(of_those).collect()
}
