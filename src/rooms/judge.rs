//! Lets the rooms pass over a window, one after the other: trackers, links,
//! access, then whom the caller asked to be asked, then policy. What a room
//! removes leaves the scene of the next.

use super::access::{Access, Knows};
use super::pass;
use super::policy::{PolicyRoom, sheets};
use super::trackers::Trackers;
use crate::context::Context;
use crate::css;
use crate::finding::{Finding, RoomName};
use crate::read::Mode;
use crate::rinse::Config;
use crate::scene::{Asked, Scene};
use crate::tape::Tape;

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
    mode: Mode,
    partial: bool,
    findings: &mut Vec<Finding>,
) -> Judged {
    let policy = config.rules.policy();
    let asked = Asked {
        level: config.level,
        shape: config.shape,
        remote: config.remote,
        hidden_text: config.hidden,
        partial,
        quirks: mode == Mode::Quirks,
    };
    let source_sheets: Vec<String> =
        tape.head.sheets.iter().map(|sheet| tape.text(sheet.css).to_owned()).collect();
    let source_sheets: Vec<&str> = source_sheets.iter().map(String::as_str).collect();
    let switches = &config.switches;
    let (css, scope) = if tape.patch {
        (String::new(), None)
    } else {
        sheets::sheets(tape, policy, config.shape, &config.limits, switches, findings)
    };
    // A sender's pixel gives its links away, so signs are read before it goes.
    let vendors = config.rules.vendors(tape);
    let scene = Scene::learn(tape, cx, asked, &source_sheets);
    let trackers = Trackers::new(&config.rules, tape, &scene, &source_sheets);
    pass(&trackers, RoomName::Trackers, tape, &scene, switches, findings);

    let scene = Scene::learn(tape, cx, asked, &source_sheets);
    let on_url = config.on_url.as_ref();
    let links = config.links.learn(tape, &scene, switches, &vendors, on_url);
    pass(&links, RoomName::Links, tape, &scene, switches, findings);

    let allow = policy.css(config.limits.css);
    let knows = Knows {
        is_wrapper: &|url| config.links.is_wrapper(url, cx, switches, &vendors),
        keep_style: &|style| css::inline(style, &allow, &mut |_| {}),
        looks: &css::simple_looks(&css),
        switches,
    };
    let access = Access::learn(tape, &scene, knows);
    let shell = super::access::shell(&scene);
    pass(&access, RoomName::Access, tape, &scene, switches, findings);

    let base = cx.base.clone().or_else(|| tape.head.base.map(|base| tape.text(base).to_owned()));
    let room = PolicyRoom::new(policy, base.as_deref(), config.limits.css);
    pass(&room, RoomName::Policy, tape, &scene, switches, findings);
    Judged {
        lang: shell.lang,
        dir: shell.dir.map(super::access::Dir::as_str),
        title: shell.title,
        css,
        scope,
    }
}
