//! What the page says about itself: its first heading, its language and
//! direction.

use super::text::trimmed;
use super::{fold, is_blank};
use crate::html::{At, El};
use crate::tape::Tape;

/// Bytes of a title or heading that are kept.
pub(super) const TITLE: usize = 1_000;

/// The first heading with text.
#[derive(Default)]
pub(super) struct Heading {
    pub text: Option<String>,
    open: Option<String>,
}

impl Heading {
    pub(super) fn start(&mut self) {
        if self.text.is_none() {
            self.open = Some(String::new());
        }
    }
    pub(super) fn add(&mut self, text: &str) {
        if let Some(open) = &mut self.open {
            fold(open, text, TITLE);
        }
    }
    pub(super) fn end(&mut self) {
        if let Some(text) = self.open.take() {
            self.text = Some(trimmed(text)).filter(|text| !is_blank(text));
        }
    }
}

/// What the page says about itself.
#[derive(Default)]
pub(super) struct Page {
    /// Of `html`, `body` and `main`.
    shell: [Option<String>; 3],
    top: Option<String>,
    /// Elements at the top in which there is something: an empty one may go.
    tops: u32,
    /// Of an element at the top in which nothing was seen yet.
    empty: Option<Option<String>>,
    pub dir: Option<String>,
    /// An element at the top said a language.
    spoke: bool,
}

impl Page {
    pub(super) fn start(&mut self, tape: &Tape, at: u32, parent: El) {
        let lang = || {
            let lang = tape.attr(at, At::Lang).or_else(|| tape.attr(at, At::XmlLang))?.trim();
            (!lang.is_empty()).then(|| lang.to_owned())
        };
        let place = match tape.nodes[at as usize].el {
            El::Html => 0,
            El::Body => 1,
            El::Main => 2,
            _ => {
                if is_shell(parent) {
                    let lang = lang();
                    self.spoke |= lang.is_some();
                    self.empty = Some(lang);
                }
                if tape.nodes[at as usize].el == El::Img {
                    self.content();
                }
                return;
            }
        };
        self.shell[place] = lang();
        if let Some(dir) = tape.attr(at, At::Dir) {
            let dir = dir.trim().to_ascii_lowercase();
            if matches!(dir.as_str(), "ltr" | "rtl" | "auto") {
                self.dir = Some(dir);
            }
        }
    }

    /// There is something in the element at the top.
    pub(super) fn content(&mut self) {
        if let Some(lang) = self.empty.take() {
            self.tops += 1;
            self.top = if self.tops == 1 { lang } else { None };
        }
    }

    pub(super) fn top_tells(&self) -> bool {
        self.spoke && self.shell.iter().all(Option::is_none)
    }

    pub(super) fn lang(&self) -> Option<String> {
        self.shell.iter().flatten().chain(&self.top).next().cloned()
    }
}

/// The page's own elements, round its content.
pub(super) fn is_shell(el: El) -> bool {
    matches!(el, El::Html | El::Body | El::Main)
}
