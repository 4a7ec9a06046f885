//! `mailrinse diff`: what a rinse would change, part by part, in decoded text.
//! At level clean every byte is written anew, so the result is compared with
//! that of a rinse that judges nothing: what is left is what was judged.

use super::super::exit::{Exit, Failure};
use super::super::kind::What;
use super::super::output::{self, tame};
use super::{LookArgs, Mail, one};
use mailrinse::{Builder, html_parts};
use similar::{Algorithm, DiffTag, capture_diff_slices_deadline, group_diff_ops};
use std::borrow::Cow;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// Shows what a rinse would change in trackers and links
#[derive(clap::Args, Debug)]
#[command(args_override_self = true)]
pub struct DiffArgs {
    /// HTML or a message; standard input if left out or `-`
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    /// Also what the repairs for access would change
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    pub look: LookArgs,
}

/// Unchanged pieces around a change.
const AROUND: usize = 2;

/// How long a finer comparison is looked for.
const PATIENCE: Duration = Duration::from_secs(5);

/// Shows it.
pub fn run(args: &DiffArgs) -> Result<Exit, Failure> {
    let mail = args.look.read(args.file.as_deref())?;
    let plain =
        |builder: Builder| builder.disable("trackers.*").disable("links.*").disable("access.*");
    let judged = |builder: Builder| match args.all {
        true => builder,
        false => builder.disable("access.*"),
    };
    let old = args.texts(&mail, plain)?;
    let new = args.texts(&mail, judged)?;
    let (paint, mut veil) = (args.look.tone.page(), args.look.veil());
    let mut out = String::new();
    for ((section, old), (_, new)) in old.iter().zip(&new) {
        let name = match section.as_str() {
            "" => one(&mail.name),
            section => format!("{}, part {}", one(&mail.name), one(section)),
        };
        let mut line = |mark: char, text: &str| {
            let text = format!("{mark} {}", shown(&veil.text(text)));
            out.push_str(&match mark {
                '-' => paint.bad(&text),
                '+' => paint.done(&text),
                _ => text,
            });
            out.push('\n');
        };
        compare(&name, old, new, &mut line);
    }
    if !args.look.quiet {
        output::print(&mut out.as_bytes()).map_err(|e| Failure::at("standard output", e))?;
    }
    Ok(Exit::Done)
}

impl DiffArgs {
    /// The HTML of a rinse: sections and texts.
    fn texts(
        &self,
        mail: &Mail,
        set: impl Fn(Builder) -> Builder,
    ) -> Result<Vec<(String, String)>, Failure> {
        let rinser = self.look.rinser(set)?;
        let rinsed = self.look.rinse(&rinser, mail)?.html;
        Ok(match mail.what {
            What::Message => {
                html_parts(&rinsed).into_iter().map(|part| (part.section, part.html)).collect()
            }
            What::Html => vec![(String::new(), String::from_utf8_lossy(&rinsed).into_owned())],
        })
    }
}

fn compare(name: &str, old: &str, new: &str, line: &mut dyn FnMut(char, &str)) {
    let (old, new) = (pieces(old), pieces(new));
    let deadline = Some(Instant::now() + PATIENCE);
    let ops = capture_diff_slices_deadline(Algorithm::Myers, &old, &new, deadline);
    let mut first = true;
    for group in group_diff_ops(ops, AROUND) {
        if std::mem::take(&mut first) {
            line(' ', &format!("=== {name}"));
        } else {
            line(' ', "…");
        }
        for op in group {
            let (tag, before, after) = op.as_tag_tuple();
            if tag == DiffTag::Equal {
                old[before].iter().for_each(|text| line(' ', text));
                continue;
            }
            old[before].iter().for_each(|text| line('-', text));
            new[after].iter().for_each(|text| line('+', text));
        }
    }
}

/// The text cut before each tag: newsletters have lines as long as themselves.
fn pieces(html: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut from = 0;
    for at in memchr::memchr_iter(b'<', html.as_bytes()).skip_while(|at| *at == 0) {
        pieces.push(&html[from..at]);
        from = at;
    }
    pieces.push(&html[from..]);
    pieces.retain(|piece| !piece.trim().is_empty());
    pieces
}

fn shown(text: &str) -> Cow<'_, str> {
    match tame(text.trim_end()) {
        text if text.contains('\n') => Cow::Owned(text.replace("\n  ", "\n    ")),
        text => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_begin_with_tags() {
        assert_eq!(pieces("<p>a<b>b</b> \n <i>"), ["<p>a", "<b>b", "</b> \n ", "<i>"]);
        assert_eq!(pieces("a<p>"), ["a", "<p>"]);
    }
}
