//! Lets the rooms pass over a window, one after the other: trackers, links,
//! access, then whom the caller asked to be asked, then policy. What a room
//! removes leaves the scene of the next.

use super::access::{Access, Knows};
use super::aside::Aside;
use super::policy::{PolicyRoom, sheets as printed};
use super::trackers::Trackers;
use super::{Switches, base, pass};
use crate::context::Context;
use crate::css;
use crate::finding::{Action, Finding, RoomName, Why};
use crate::nest::Settings;
use crate::rinser::Config;
use crate::rules::Vendors;
use crate::scene::{Asked, Level, Scene, Sheets};
use crate::tape::Tape;
use std::borrow::Cow;
use std::sync::Arc;
use url::Url;

/// What the shell is to say.
#[derive(Default)]
pub(crate) struct Judged {
    pub lang: Option<String>,
    pub dir: Option<&'static str>,
    pub title: Option<String>,
    pub css: String,
    pub scope: Option<String>,
}

/// What earlier windows of the mail have told.
#[derive(Default)]
pub(crate) struct Known {
    windows: u64,
    vendors: Vendors,
    /// The source's style sheets, and what they say, once that is asked.
    sheets: Vec<String>,
    said: Option<Arc<Sheets>>,
    /// As it is printed.
    css: String,
    /// What relative URLs are relative to.
    base: Option<Url>,
}

/// Judges a window.
pub(crate) fn judge(
    tape: &mut Tape,
    config: &Config,
    cx: &Context,
    nesting: Settings<'_>,
    asked: Asked,
    known: &mut Known,
    findings: &mut Vec<Finding>,
) -> Judged {
    let policy = &config.policy;
    let switches = &config.switches;
    // One for each eight tags and texts is what newsletters come to.
    findings.reserve(tape.nodes.len() / 8);
    let scope = read_sheets(tape, config, known, findings);
    known.windows += 1;
    // The head is in the first window.
    known.base = known.base.take().or_else(|| base::of(cx, tape));
    if let Some(base) = &known.base {
        base::apply(tape, base);
    }
    let proxy = config.image_proxy.as_ref();
    let room = PolicyRoom::new(policy, known.base.clone(), config.limits.css).behind(proxy);
    if config.level == Level::Clean {
        room.spell(tape);
    }
    // A sender's pixel gives its links away, so signs are read before it goes.
    known.vendors.extend(config.rules.vendors(tape));
    let vendors = &known.vendors;
    let sheets = Arc::clone(known.said.get_or_insert_with(|| Sheets::of(&known.sheets)));
    // What is read of a style serves both, where policy will judge it.
    let by_policy = |node: u32, style: &str| room.look_of(node, style);
    let learn = |tape: &Tape| match tape.patch {
        true => Scene::learn(tape, cx, asked, &sheets),
        false => Scene::learn_by(tape, cx, asked, &sheets, &by_policy),
    };
    let mut scene = learn(tape);
    let before = findings.len();
    let trackers = Trackers::new(&config.rules, tape, &scene).behind(proxy).telling(config.telling);
    pass(&trackers, RoomName::Trackers, tape, &scene, switches, findings);
    // What stands beside the tree is in no scene, so it is not counted.
    let went = &findings[before..];
    let removed = went.iter().filter(|f| f.action == Action::Removed).count();
    let more = went.iter().any(|f| !matches!(f.action, Action::Removed | Action::Noted));
    let aside = Aside {
        rules: &config.rules,
        cx,
        asked,
        sheets: &sheets,
        limits: &config.limits,
        switches,
        settings: nesting,
    };
    if !tape.unread.is_empty() && !tape.patch {
        aside.unread(tape, findings);
    }
    if !tape.aside.is_empty() && !tape.patch {
        let trackers = trackers.telling(false).behind(None).beside();
        Aside::gone(&trackers, switches, tape, &scene, findings);
    }
    if tape.patch {
        // Before what they load leaves the scene: all of it is the source's.
        aside.comments(tape, findings);
    }

    // What went leaves the scene: a link around a pixel alone is empty now.
    if removed > 0 && (more || !scene.is_same_without(tape, removed)) {
        scene = learn(tape);
    }
    let on_url = config.on_url.as_ref();
    let mut links = config.links.learn(tape, &scene, switches, vendors, on_url);
    if let Some(resolver) = config.resolver.as_ref().filter(|_| !asked.partial) {
        // Between two looks: the rooms themselves ask nobody.
        let questions = links.questions(tape, &scene);
        if !questions.is_empty() {
            let route = |url: &str| config.links.hop(url, cx, switches, vendors);
            let answers = resolver.resolve(&questions, &route);
            links.answered(questions, answers);
        }
    }
    pass(&links, RoomName::Links, tape, &scene, switches, findings);

    let knows = Knows {
        is_wrapper: &|url| links.is_wrapper(url, cx),
        look_left: &|node, style| room.look_left(node, style),
        keeps_link: &|url| room.keeps_link(url),
        keeps_image: &|url| room.keeps_image(url, scene.remote),
        css: &known.css,
        switches,
    };
    let access = Access::learn(tape, &scene, knows);
    let shell = access.shell().clone();
    pass(&access, RoomName::Access, tape, &scene, switches, findings);

    // Safety has no switch.
    pass(&room, RoomName::Policy, tape, &scene, &Switches::default(), findings);
    if tape.patch {
        let trackers = Trackers::new(&config.rules, tape, &scene).beside();
        aside.tags(&trackers, tape, &scene, findings);
    }
    Judged {
        lang: shell.lang,
        dir: shell.dir.map(super::access::Dir::as_str),
        title: shell.title,
        css: known.css.clone(),
        scope,
    }
}

/// Remembers the window's style sheets; makes the one to print of the first
/// window's. Gives the class that a fragment's selectors hang on.
fn read_sheets(
    tape: &Tape,
    config: &Config,
    known: &mut Known,
    findings: &mut Vec<Finding>,
) -> Option<String> {
    let room: usize = config.limits.css.saturating_sub(known.sheets.iter().map(String::len).sum());
    let sheets = tape.head.sheets.iter().filter(|sheet| tape.text(sheet.css).len() <= room);
    for sheet in sheets {
        let text = unscoped(tape.text(sheet.css), tape.head.scope.as_deref());
        let text = match sheet.media.map(|media| tape.text(media)) {
            // As if the sheet said it itself.
            Some(media) if !css::is_for_screens(media) => format!("@media {media}{{{text}}}"),
            _ => text.into_owned(),
        };
        // Of a sheet that comes again only the last one counts.
        known.sheets.retain(|known| *known != text);
        known.sheets.push(text);
        known.said = None;
    }
    if tape.patch {
        return None;
    }
    if known.windows > 0 {
        // The head is written.
        for sheet in &tape.head.sheets {
            let (start, end) = (u64::from(sheet.span.start), u64::from(sheet.span.end));
            findings.push(Finding::new(
                RoomName::Write,
                Action::Removed,
                tape.base + start..tape.base + end,
                "style".to_owned(),
                Why::rule("write.style.late"),
            ));
        }
        return None;
    }
    let (policy, switches) = (&config.policy, &Switches::default());
    let (css, scope) =
        printed::sheets(tape, policy, config.shape, &config.limits, switches, findings);
    known.css = css;
    scope
}

/// A sheet as it was before an earlier rinse hung it on the fragment's class.
fn unscoped<'s>(sheet: &'s str, scope: Option<&str>) -> Cow<'s, str> {
    match scope {
        None => Cow::Borrowed(sheet),
        Some(class) => {
            let sheet = sheet.replace(&format!(".{class} "), "");
            Cow::Owned(sheet.replace(&format!(".{class}"), "body"))
        }
    }
}
