//! Which messages there are.

use super::super::exit::Failure;
use super::put::ORIGINALS;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

/// What kind of place a message is in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// `cur` or `new` of a Maildir: written by way of its `tmp`.
    Maildir,
    /// A file of its own.
    File,
    /// A file of many messages.
    Mbox,
}

/// A file with one message, or an mbox.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Item {
    pub kind: Kind,
    pub path: PathBuf,
    /// What was named on the command line.
    pub root: PathBuf,
    /// Where it lies below an output folder.
    pub below: PathBuf,
}

/// The messages of a path, in order. `several`: other paths were named, too.
pub fn items(root: &Path, several: bool) -> Result<Vec<Item>, Failure> {
    let fault = |e| Failure::at(root.display(), e);
    let mut items = Vec::new();
    let name = root.file_name().map(PathBuf::from).unwrap_or_default();
    let mut add = |kind, path: PathBuf| {
        let below = match path.strip_prefix(root) {
            Ok(rest) if rest.as_os_str().is_empty() => name.clone(),
            Ok(rest) if several => name.join(rest),
            Ok(rest) => rest.to_owned(),
            Err(_) => name.clone(),
        };
        items.push(Item { kind, path, root: root.to_owned(), below });
    };
    if !fs::metadata(root).map_err(fault)?.is_dir() {
        let kind = if is_mbox(root).map_err(fault)? { Kind::Mbox } else { Kind::File };
        add(kind, root.to_owned());
        return Ok(items);
    }
    let mut folders = vec![root.to_owned()];
    let mut any_maildir = false;
    while let Some(folder) = folders.pop() {
        let maildir = folder.join("cur").is_dir() && folder.join("new").is_dir();
        any_maildir |= maildir;
        for path in sorted(&folder).map_err(fault)? {
            let kind = path.symlink_metadata().map_err(fault)?.file_type();
            let is = |name: &str| path.file_name().is_some_and(|it| it == name);
            if kind.is_dir() && maildir && (is("cur") || is("new")) {
                for message in sorted(&path).map_err(fault)? {
                    let dotted =
                        message.file_name().is_some_and(|n| n.as_encoded_bytes()[0] == b'.');
                    if !dotted && message.symlink_metadata().map_err(fault)?.is_file() {
                        add(Kind::Maildir, message);
                    }
                }
            } else if kind.is_dir() && !(maildir && is("tmp")) && !are_originals(&path) {
                folders.push(path);
            } else if kind.is_file()
                && !maildir
                && path.extension().is_some_and(|e| e.eq_ignore_ascii_case("eml"))
            {
                add(Kind::File, path);
            }
        }
    }
    if items.is_empty() && !any_maildir {
        let what = "no messages here: neither a Maildir (cur, new, tmp) nor files named .eml";
        return Err(Failure::at(root.display(), what));
    }
    items.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(items)
}

/// Whether an earlier run kept them, of what is beside: they stay what they are.
fn are_originals(folder: &Path) -> bool {
    let name = folder.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    name.strip_suffix(ORIGINALS).is_some_and(|of| folder.with_file_name(of).exists())
}

fn sorted(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut paths = fs::read_dir(folder)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<Vec<_>, _>>()?;
    paths.sort();
    Ok(paths)
}

/// An mbox begins with the line that stands before every one of its messages.
fn is_mbox(path: &Path) -> std::io::Result<bool> {
    let mut head = Vec::new();
    fs::File::open(path)?.take(5).read_to_end(&mut head)?;
    let named = path.extension().is_some_and(|e| e.eq_ignore_ascii_case("eml"));
    Ok(head == b"From " && !named)
}
