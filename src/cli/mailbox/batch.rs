//! Messages that are written but not in their places yet. They go to the disk and
//! then to their places many at a time, since a disk flushes many in little more
//! time than one; in what order decides what a loss of power can cost: nothing.

use std::collections::BTreeSet;
use std::fs::{self, File, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;
use tempfile::NamedTempFile;

/// So many messages wait at a time, of all workers: each holds up to two files
/// open, of the 1,024 that a process usually may.
const MOST: usize = 256;

/// More of them at a time make a flush no cheaper: the disk's share of a message
/// is small by then.
const MANY: usize = 64;

/// A message that is written and not in its place yet.
pub struct Waiting {
    from: PathBuf,
    /// What was rinsed: its length in bytes, and when it was written.
    was: (u64, Option<SystemTime>),
    in_place: bool,
    original: Option<(NamedTempFile, PathBuf)>,
    new: Option<NamedTempFile>,
    to: PathBuf,
}

impl Waiting {
    /// `length`: of what was rinsed, in bytes; `old`: its file's.
    pub fn new(
        from: PathBuf,
        length: u64,
        old: &Metadata,
        in_place: bool,
        original: Option<(NamedTempFile, PathBuf)>,
        (new, to): (NamedTempFile, PathBuf),
    ) -> Self {
        let was = (length, old.modified().ok());
        Waiting { from, was, in_place, original, new: Some(new), to }
    }

    fn flush(&self) -> io::Result<()> {
        let original = self.original.as_ref().map(|(file, _)| file);
        original.into_iter().chain(&self.new).try_for_each(|file| file.as_file().sync_all())
    }

    fn keep(&mut self) -> io::Result<Option<PathBuf>> {
        let Some((file, path)) = self.original.take() else { return Ok(None) };
        file.persist(&path).map_err(|e| e.error)?;
        Ok(Some(folder(&path)))
    }

    /// A mail program may have renamed, removed or rewritten the old one
    /// meanwhile: then it is that program's, and this would undo it.
    fn put(&mut self) -> io::Result<()> {
        let now = || fs::metadata(&self.from).ok().map(|it| (it.len(), it.modified().ok()));
        if self.in_place && now() != Some(self.was) {
            return Err(io::Error::other("it was moved or changed meanwhile; start again"));
        }
        match self.new.take() {
            Some(file) => file.persist(&self.to).map(drop).map_err(|e| e.error),
            None => Ok(()),
        }
    }

    fn is_renamed(&self) -> bool {
        self.in_place && self.to != self.from
    }
}

/// What one worker has written.
pub struct Batch {
    waiting: Vec<Waiting>,
    room: usize,
}

impl Batch {
    /// Of one worker of so many.
    pub fn new(workers: usize) -> Self {
        Batch { waiting: Vec::new(), room: (MOST / workers.max(1)).clamp(1, MANY) }
    }

    pub fn add(&mut self, waiting: Waiting) {
        self.waiting.push(waiting);
    }

    /// Whether it is time to [`settle`](Batch::settle) them.
    pub fn is_full(&self) -> bool {
        self.waiting.len() >= self.room
    }

    /// Puts all in their places; gives the files and folders where that failed.
    ///
    /// Each step is on the disk before the next begins: bytes, names of the
    /// originals, new names; old names go last.
    pub fn settle(&mut self) -> Vec<(PathBuf, io::Error)> {
        let mut waiting = std::mem::take(&mut self.waiting);
        let mut failed = Vec::new();
        each(&mut waiting, &mut failed, |it| it.flush());
        let mut folders = BTreeSet::new();
        each(&mut waiting, &mut failed, |it| {
            folders.extend(it.keep()?);
            Ok(())
        });
        if !sync(folders, &mut failed) {
            let why = "left as it is: its original could not be kept";
            each(&mut waiting, &mut failed, |_| Err(io::Error::other(why)));
        }
        each(&mut waiting, &mut failed, Waiting::put);
        if !sync(waiting.iter().map(|it| folder(&it.to)), &mut failed) {
            return failed;
        }
        waiting.retain(Waiting::is_renamed);
        each(&mut waiting, &mut failed, |it| fs::remove_file(&it.from));
        sync(waiting.iter().map(|it| folder(&it.from)), &mut failed);
        failed
    }
}

/// Takes a step with each; those that fail are out.
fn each(
    waiting: &mut Vec<Waiting>,
    failed: &mut Vec<(PathBuf, io::Error)>,
    mut step: impl FnMut(&mut Waiting) -> io::Result<()>,
) {
    waiting.retain_mut(|it| match step(it) {
        Ok(()) => true,
        Err(error) => {
            failed.push((it.from.clone(), error));
            false
        }
    });
}

/// The names in the folders, on the disk; whether all are.
fn sync(
    folders: impl IntoIterator<Item = PathBuf>,
    failed: &mut Vec<(PathBuf, io::Error)>,
) -> bool {
    let before = failed.len();
    let folders: BTreeSet<PathBuf> = folders.into_iter().collect();
    failed.extend(folders.into_iter().filter_map(|f| sync_folder(&f).err().map(|e| (f, e))));
    failed.len() == before
}

fn folder(path: &Path) -> PathBuf {
    path.parent().unwrap_or(Path::new("")).to_owned()
}

/// The names in a folder, on the disk.
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    let here = folder.as_os_str().is_empty();
    File::open(if here { Path::new(".") } else { folder })?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A message in a folder, and its new text waiting.
    fn waiting(folder: &Path, name: &str, original: bool) -> Waiting {
        let from = folder.join(name);
        fs::write(&from, "old").expect("written");
        let meta = fs::metadata(&from).expect("there");
        let file = |text: &str| {
            let file = NamedTempFile::new_in(folder).expect("a file");
            fs::write(file.path(), text).expect("written");
            file
        };
        let original = original.then(|| (file("old"), folder.join(name.to_owned() + ".kept")));
        Waiting::new(from.clone(), 3, &meta, true, original, (file("new"), from))
    }

    fn text(folder: &Path, name: &str) -> String {
        fs::read_to_string(folder.join(name)).unwrap_or_default()
    }

    #[test]
    fn what_somebody_else_changed_stays_theirs() {
        let there = tempfile::tempdir().expect("a folder");
        let folder = there.path();
        let mut batch = Batch::new(1);
        for name in ["a", "longer", "later", "gone"] {
            batch.add(waiting(folder, name, false));
        }
        fs::write(folder.join("longer"), "older").expect("written");
        let later = File::options().write(true).open(folder.join("later")).expect("there");
        later.set_modified(SystemTime::UNIX_EPOCH).expect("a date");
        fs::remove_file(folder.join("gone")).expect("removed");
        assert_eq!(text(folder, "a"), "old", "nothing is in its place before");
        let failed: Vec<_> = batch.settle().into_iter().map(|(path, _)| path).collect();
        assert_eq!(failed, ["longer", "later", "gone"].map(|name| folder.join(name)));
        let texts = ["a", "longer", "later", "gone"].map(|name| text(folder, name));
        assert_eq!(texts, ["new", "older", "old", ""]);
        assert_eq!(fs::read_dir(folder).expect("a folder").count(), 3, "nothing is left over");
    }

    #[test]
    fn no_message_changes_whose_original_is_not_kept() {
        let there = tempfile::tempdir().expect("a folder");
        let folder = there.path();
        let mut batch = Batch::new(1);
        // A file cannot take the place of a folder.
        fs::create_dir(folder.join("a.kept")).expect("a folder");
        for name in ["a", "b"] {
            batch.add(waiting(folder, name, true));
        }
        let failed: Vec<_> = batch.settle().into_iter().map(|(path, _)| path).collect();
        assert_eq!(failed, [folder.join("a")]);
        assert_eq!(["a", "b", "b.kept"].map(|name| text(folder, name)), ["old", "new", "old"]);
    }

    #[test]
    fn folders_that_cannot_be_flushed_are_named() {
        let there = tempfile::tempdir().expect("a folder");
        let gone = there.path().join("gone");
        let mut failed = Vec::new();
        let folders = [there.path().to_owned(), gone.clone()];
        assert!(!sync(folders, &mut failed));
        assert_eq!(failed.into_iter().map(|(path, _)| path).collect::<Vec<_>>(), [gone]);
    }

    #[test]
    fn many_workers_hold_no_more_files_open() {
        assert_eq!([1, 2, 8, 256, 1_000].map(|n| Batch::new(n).room), [64, 64, 32, 1, 1]);
    }
}
