//! Puts a message into its place, in one step: written beside, flushed to the
//! disk, renamed; the names follow to the disk many at a time. What a mail
//! program knows a message by stays: flags, date, permissions; sizes in its name
//! follow.

use super::super::exit::Failure;
use super::super::output::keep_owner;
use super::MailboxArgs;
use super::find::{Item, Kind};
use std::collections::BTreeSet;
use std::fs::{self, File, FileTimes};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// So many names go to the disk at a time: each then costs little beside its
/// message, and a loss of power costs the next run no more than a moment.
const MANY_NAMES: usize = 64;

/// Temporary files begin so. In a Maildir's `tmp` its owner sweeps them out.
const PREFIX: &str = ".mailrinse-";

/// The end of the name of a folder of originals.
pub const ORIGINALS: &str = ".originals";

/// Where a message goes.
pub struct Put {
    from: PathBuf,
    to: PathBuf,
    /// Where it is written first: on the same file system.
    by: PathBuf,
    /// Where the original goes.
    keep: Option<PathBuf>,
    in_place: bool,
    sized: bool,
}

/// Refuses folders that lie in each other: a second run would find its own results.
pub fn check(args: &MailboxArgs) -> Result<(), Failure> {
    let full = |path: &Path| fs::canonicalize(path).or_else(|_| std::path::absolute(path)).ok();
    for (dir, option) in [(&args.out, "--out"), (&args.keep, "--keep")] {
        let Some(dir) = dir.as_deref() else { continue };
        let inside = args
            .paths
            .iter()
            .any(|path| full(dir).zip(full(path)).is_some_and(|(dir, path)| dir.starts_with(path)));
        if inside {
            let place = format!("{option} {}", dir.display());
            return Err(Failure::at(
                place,
                "this lies within what is to be rinsed: name another folder",
            ));
        }
    }
    Ok(())
}

impl Put {
    /// The place of an item.
    pub fn of(args: &MailboxArgs, item: &Item) -> Put {
        let to = match &args.out {
            Some(out) => out.join(&item.below),
            None => item.path.clone(),
        };
        let by = beside(&to, item.kind == Kind::Maildir);
        let keep = (args.in_place && !args.no_keep).then(|| match &args.keep {
            Some(dir) => dir.join(&item.below),
            None => originals(&item.root).join(&item.below),
        });
        let sized = item.kind == Kind::Maildir;
        Put { from: item.path.clone(), to, by, keep, in_place: args.in_place, sized }
    }

    /// Whether an earlier run has written it: the date is set last but for the
    /// name.
    pub fn is_there(&self) -> bool {
        let date = |path: &Path| fs::metadata(path).and_then(|it| it.modified()).ok();
        !self.in_place
            && self.from != self.to
            && date(&self.to).is_some_and(|it| Some(it) == date(&self.from))
    }

    /// Puts the new message where it belongs. Its name may not be on the disk
    /// yet: `folders` see to that.
    pub fn put(&self, raw: &[u8], new: &[u8], folders: &mut Folders) -> io::Result<()> {
        if self.in_place && raw == new {
            return Ok(());
        }
        if let Some(keep) = &self.keep {
            self.keep(keep, raw)?;
        }
        let to = match self.sized && raw.len() != new.len() {
            true => resized(&self.to, new),
            false => self.to.clone(),
        };
        if let Some(folder) = to.parent().filter(|_| !self.in_place) {
            fs::create_dir_all(folder)?;
            if self.sized
                && let Some(maildir) = folder.parent()
            {
                for name in ["cur", "new", "tmp"] {
                    fs::create_dir_all(maildir.join(name))?;
                }
            }
        }
        self.write(new, &to)?;
        if self.in_place && to != self.from {
            // Before the old name goes the new one must be there to stay.
            sync(&to)?;
            fs::remove_file(&self.from)?;
        }
        folders.changed(&to);
        Ok(())
    }

    /// Writes beside, and renames.
    fn write(&self, bytes: &[u8], to: &Path) -> io::Result<()> {
        let mut file = temporary(&self.by)?;
        file.write_all(bytes)?;
        self.settle(&mut file)?;
        // A mail program may have renamed or removed it meanwhile: then it is
        // that program's, and this would bring it back.
        if self.in_place && !self.from.exists() {
            return Err(io::Error::other("it was moved meanwhile; start again"));
        }
        file.persist(to).map_err(|e| e.error)?;
        Ok(())
    }

    /// Writes a file of many messages, piece by piece.
    pub fn stream(
        &self,
        write: &mut dyn FnMut(&mut dyn Write) -> io::Result<()>,
    ) -> io::Result<()> {
        let mut file = temporary(&self.by)?;
        let mut out = io::BufWriter::new(file.as_file_mut());
        write(&mut out)?;
        out.flush()?;
        drop(out);
        self.settle(&mut file)?;
        file.persist(&self.to).map_err(|e| e.error)?;
        sync(&self.to)
    }

    /// Keeps the original; one that is there was kept by a run that was ended.
    fn keep(&self, keep: &Path, raw: &[u8]) -> io::Result<()> {
        if keep.exists() {
            return Ok(());
        }
        fs::create_dir_all(keep.parent().unwrap_or(Path::new(".")))?;
        let mut file = temporary(&beside(keep, self.sized))?;
        file.write_all(raw)?;
        self.settle(&mut file)?;
        file.persist(keep).map_err(|e| e.error)?;
        sync(keep)
    }

    /// Permissions and date of the old one, and all of it on the disk.
    fn settle(&self, file: &mut NamedTempFile) -> io::Result<()> {
        let meta = fs::metadata(&self.from)?;
        keep_owner(&meta, file.path());
        let file = file.as_file();
        file.set_permissions(meta.permissions())?;
        file.set_times(FileTimes::new().set_modified(meta.modified()?))?;
        file.sync_all()
    }
}

/// The folders in which names were changed since they were last on the disk. A
/// name that is lost with the power costs no mail: what it stood for lies where
/// it lay before, and the next run finds it.
#[derive(Default)]
pub struct Folders {
    changed: BTreeSet<PathBuf>,
    names: usize,
}

impl Folders {
    fn changed(&mut self, path: &Path) {
        self.names += 1;
        let folder = path.parent().unwrap_or(Path::new(""));
        if !self.changed.contains(folder) {
            self.changed.insert(folder.to_owned());
        }
    }

    /// Whether it is time to [`sync`](Folders::sync) them.
    pub fn are_many(&self) -> bool {
        self.names >= MANY_NAMES
    }

    /// Puts all names on the disk; gives the folders where that failed.
    pub fn sync(&mut self) -> Vec<(PathBuf, io::Error)> {
        self.names = 0;
        let folders = std::mem::take(&mut self.changed);
        folders.into_iter().filter_map(|f| sync_folder(&f).err().map(|e| (f, e))).collect()
    }
}

/// Where a file is written before it has its name: on the same file system, and
/// where nobody takes it for a message.
fn beside(to: &Path, in_maildir: bool) -> PathBuf {
    let folder = to.parent().unwrap_or(Path::new("."));
    match folder.parent().filter(|_| in_maildir) {
        Some(maildir) => maildir.join("tmp"),
        None => folder.to_owned(),
    }
}

/// A file without its name yet, in a folder that is made where it is missing.
fn temporary(folder: &Path) -> io::Result<NamedTempFile> {
    fs::create_dir_all(folder)?;
    tempfile::Builder::new().prefix(PREFIX).tempfile_in(folder)
}

/// `inbox` → `inbox.originals`
fn originals(root: &Path) -> PathBuf {
    let root = fs::canonicalize(root).unwrap_or_else(|_| root.to_owned());
    let mut name = root.file_name().unwrap_or_default().to_owned();
    name.push(ORIGINALS);
    root.with_file_name(name)
}

/// The file's name, on the disk.
fn sync(path: &Path) -> io::Result<()> {
    path.parent().map_or(Ok(()), sync_folder)
}

fn sync_folder(folder: &Path) -> io::Result<()> {
    let here = folder.as_os_str().is_empty();
    File::open(if here { Path::new(".") } else { folder })?.sync_all()
}

/// A Maildir's name with its sizes (`,S=` in bytes, `,W=` with CRLF), as Dovecot
/// and Courier write them, made those of the new message.
fn resized(path: &Path, new: &[u8]) -> PathBuf {
    let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
        return path.to_owned();
    };
    let lines = memchr::memchr_iter(b'\n', new);
    let bare = lines.filter(|&at| at == 0 || new[at - 1] != b'\r').count();
    let (unique, flags) = name.split_at(name.find(':').unwrap_or(name.len()));
    let fields = unique.split(',').enumerate().map(|(i, field)| match field.get(..2) {
        Some("S=") if i > 0 => format!("S={}", new.len()),
        Some("W=") if i > 0 => format!("W={}", new.len() + bare),
        _ => field.to_owned(),
    });
    path.with_file_name(fields.collect::<Vec<_>>().join(",") + flags)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_that_cannot_be_synced_are_named() {
        let there = tempfile::tempdir().expect("a folder");
        let mut folders = Folders::default();
        for _ in 1..MANY_NAMES {
            folders.changed(&there.path().join("m"));
        }
        assert!(!folders.are_many());
        folders.changed(&there.path().join("gone/m"));
        assert!(folders.are_many());
        let failed: Vec<_> = folders.sync().into_iter().map(|(folder, _)| folder).collect();
        assert_eq!(failed, [there.path().join("gone")]);
        assert!(folders.sync().is_empty() && !folders.are_many());
    }

    #[test]
    fn sizes_in_names_follow() {
        let named = |name: &str| resized(Path::new(name), b"a\nb\r\nc\n").display().to_string();
        assert_eq!(named("m/cur/1.M2P3.host,S=99,W=101:2,FS"), "m/cur/1.M2P3.host,S=7,W=9:2,FS");
        assert_eq!(named("m/new/1.S=9.host"), "m/new/1.S=9.host");
        assert_eq!(named("m/cur/1.host,S=9"), "m/cur/1.host,S=7");
    }
}
