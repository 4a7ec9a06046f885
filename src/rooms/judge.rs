//! Lets the rooms pass over a window, one after the other.

use super::Switches;
use crate::context::Context;
use crate::error::Error;
use crate::finding::Finding;
use crate::html::El;
use crate::nest::{Fate, Fates};
use crate::rinse::Config;
use crate::tape::Tape;
use std::path::Path;

/// What the shell is to say.
#[derive(Default)]
pub(crate) struct Judged {
    pub lang: Option<String>,
    pub dir: Option<&'static str>,
    pub title: Option<String>,
    pub css: String,
    pub scope: Option<String>,
}

/// Judges a window. `partial`: there is more than this.
pub(crate) fn judge(
    tape: &mut Tape,
    config: &Config,
    cx: &Context,
    partial: bool,
    findings: &mut Vec<Finding>,
) -> Judged {
    let _ = (tape, config, cx, partial, findings, Switches::default());
    Judged::default()
}

/// Stands in until the rules are there.
#[derive(Clone)]
pub(crate) struct Rules;
pub(crate) struct Policy;
static FATES: Fates = {
    let mut fates = [Fate::Unwrap; El::COUNT];
    let mut i = 0;
    while i < El::ALL.len() {
        if crate::write::grammar::element(El::ALL[i]) {
            fates[i] = Fate::Keep;
        }
        i += 1;
    }
    fates[El::Script as usize] = Fate::Drop;
    fates[El::Style as usize] = Fate::Drop;
    fates[El::Svg as usize] = Fate::Drop;
    fates[El::Math as usize] = Fate::Drop;
    fates[El::Noscript as usize] = Fate::Drop;
    fates[El::Iframe as usize] = Fate::Drop;
    fates[El::Textarea as usize] = Fate::Drop;
    fates
};
impl Policy {
    pub(crate) fn fates(&self) -> &Fates {
        &FATES
    }
}
impl Rules {
    pub(crate) fn builtin() -> Self {
        Rules
    }
    pub(crate) fn with_dir(_: &Path) -> Result<Self, Error> {
        Ok(Rules)
    }
    pub(crate) fn policy(&self) -> Policy {
        Policy
    }
    pub(crate) fn expand(&self, globs: Vec<String>) -> Vec<String> {
        globs
    }
}
/// Stands in.
#[derive(Default)]
pub struct Map;
/// Stands in.
pub struct Links;
impl Links {
    pub(crate) fn new(_: Rules, _: Map) -> Self {
        Links
    }
}
