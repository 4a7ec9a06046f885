//! Looks rule files over for who writes them: what cannot be read, examples
//! that do not hold, rules without examples, rules that stand in for built-in
//! ones.

use super::builtin_files::{FILES, VERSION};
use super::format::{self, File, Input};
use super::reader;
use super::{Rules, book, builtin, examples, load, regex};
use crate::context::Context;
use crate::error::Error;
use crate::rinser::Rinser;
use crate::scene::Level;
use std::path::{Path, PathBuf};

/// Something to say about a rule file.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Remark {
    /// The file, as it was named.
    pub file: String,
    /// The line, counted from 1, where it is known.
    pub line: Option<usize>,
    /// It must be mended; else it is worth a look.
    pub error: bool,
    /// What there is to say.
    pub message: String,
}

/// Reads these rule files (or every `*.toml` of these folders), together with
/// the built-in rules, and tries their examples.
///
/// # Errors
/// A file or folder that cannot be read at all. What is wrong within a file is
/// a remark.
pub fn check(paths: &[impl AsRef<Path>]) -> Result<Vec<Remark>, Error> {
    let mut remarks = Vec::new();
    let mut files: Vec<(PathBuf, String, File)> = Vec::new();
    for path in all(paths)? {
        let text = load::text(&path)?;
        let (name, shown) = (load::name(&path), path.display().to_string());
        if let Some((other, ..)) = files.iter().find(|(other, ..)| load::name(other) == name) {
            let message = format!("{} has the same name, and so the same ids", other.display());
            remarks.push(Remark { file: shown, line: None, error: true, message });
            continue;
        }
        match reader::read(name, &text, files.len() as u16, regex::check) {
            Ok(file) => files.push((path, text, file)),
            Err(bad) => {
                let (line, message) = (Some(bad.line), bad.message);
                remarks.push(Remark { file: shown, line, error: true, message });
            }
        }
    }
    for (path, text, file) in &files {
        look(path, text, file, &mut remarks);
    }
    let names: Vec<PathBuf> = files.iter().map(|(path, ..)| path.clone()).collect();
    let (table, examples) = format::table(files.into_iter().map(|(.., file)| file).collect());
    let rules = Rules::new(Some(table), Some(&builtin::TABLE), VERSION.0);
    for (path, (_, examples)) in names.iter().zip(&examples) {
        for example in examples {
            let wrong = match &example.input {
                Input::Url(_) => examples::run(&rules, example),
                Input::Html(html) => by_rinse(&rules, html, example)?,
            };
            remarks.extend(wrong.map(|message| Remark {
                file: path.display().to_string(),
                line: Some(example.line),
                error: true,
                message,
            }));
        }
    }
    remarks.sort_by(|a, b| (&a.file, a.line).cmp(&(&b.file, b.line)));
    Ok(remarks)
}

fn all(paths: &[impl AsRef<Path>]) -> Result<Vec<PathBuf>, Error> {
    let mut all = Vec::new();
    for path in paths {
        match path.as_ref() {
            dir if dir.is_dir() => all.extend(load::paths(dir)?),
            file => all.push(file.to_owned()),
        }
    }
    Ok(all)
}

/// What can be said of a file without trying it.
fn look(path: &Path, text: &str, file: &File, remarks: &mut Vec<Remark>) {
    // The built-in file itself replaces nothing.
    let own = FILES.iter().all(|(name, built_in)| *name != load::name(path) || *built_in != text);
    for link in &file.book {
        if let Err(message) = book::check(link) {
            let (file, line) = (path.display().to_string(), Some(link.line));
            remarks.push(Remark { file, line, error: true, message });
        }
    }
    let mut warn = |message: String| {
        let file = path.display().to_string();
        remarks.push(Remark { file, line: None, error: false, message });
    };
    for rule in &file.rules {
        if own && builtin::TABLE.rules.iter().any(|built_in| built_in.id == rule.id) {
            warn(format!("{} stands in for the built-in rule of the same id", rule.id));
        }
        if !file.examples.iter().any(|example| example.finds.contains(&rule.id)) {
            warn(format!("{}: no example finds it", rule.id));
        }
    }
    if !file.rules.is_empty() && !file.examples.iter().any(|example| example.finds.is_empty()) {
        warn("no near miss among the examples (finds = [])".to_owned());
    }
}

/// An example about HTML: what the rooms trackers and links make of it.
fn by_rinse(rules: &Rules, html: &str, example: &format::Example) -> Result<Option<String>, Error> {
    let builder = Rinser::builder().level(Level::Patch).ready(rules.clone());
    // Rules that are off by themselves are asked for by their examples.
    let rinser = example.finds.iter().fold(builder, |b, id| b.enable(&**id)).build()?;
    let rinsed = rinser.html(html, &Context::default())?;
    let finds: Vec<&str> = rinsed.findings.iter().map(|finding| &*finding.rule).collect();
    let finds: Vec<&str> = finds
        .into_iter()
        .filter(|rule| rule.starts_with("trackers.") || rule.starts_with("links."))
        .collect();
    let became = String::from_utf8_lossy(&rinsed.html);
    let becomes = example.becomes.as_deref().unwrap_or(html);
    Ok(if finds != example.finds {
        Some(format!("{html} finds {finds:?}, not {:?}", example.finds))
    } else if became != becomes {
        Some(format!("{html} becomes {became:?}, not {becomes:?}"))
    } else {
        None
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn the_built_in_files_pass() {
        let remarks = check(&["rules/providers", "rules/generic.toml"]).unwrap();
        assert!(remarks.is_empty(), "{remarks:#?}");
    }

    #[test]
    fn what_there_is_to_say() {
        let dir = std::env::temp_dir().join(format!("mailrinse-check-{}", std::process::id()));
        fs::create_dir_all(dir.join("other")).unwrap();
        let rule = "[[pixel]]\nid = 'open'\nhost = 'only.example'\npath = '/trk'\n";
        let example =
            "[[example]]\nurl = 'https://only.example/nothing'\nfinds = ['trackers.acme.open']\n";
        fs::write(dir.join("marketo.toml"), rule).unwrap();
        fs::write(dir.join("acme.toml"), format!("{rule}{example}")).unwrap();
        fs::write(dir.join("bad.toml"), "\nabuot = 'x'\n").unwrap();
        fs::write(dir.join("other/acme.toml"), rule).unwrap();
        let remarks = check(&[&dir, &dir.join("other")]).unwrap();
        let told = |file: &str, line: Option<usize>, error: bool, part: &str| {
            remarks.iter().any(|r| {
                (r.line, r.error) == (line, error)
                    && r.file.ends_with(file)
                    && r.message.contains(part)
            })
        };
        assert!(told("bad.toml", Some(2), true, "did you mean about?"), "{remarks:#?}");
        assert!(told("marketo.toml", None, false, "stands in for the built-in"), "{remarks:#?}");
        assert!(told("marketo.toml", None, false, "no example"), "{remarks:#?}");
        assert!(told("acme.toml", None, false, "no near miss"), "{remarks:#?}");
        assert!(told("acme.toml", Some(5), true, "finds []"), "{remarks:#?}");
        assert!(told("other/acme.toml", None, true, "same name"), "{remarks:#?}");
        assert!(check(&[dir.join("none.toml")]).is_err());
        fs::remove_dir_all(&dir).unwrap();
    }
}
