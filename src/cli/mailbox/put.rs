//! Where a message goes and how it gets there: written beside, then put there in
//! one step (`batch.rs`). What a mail program knows a message by stays: flags,
//! date, permissions; sizes in its name follow.

use super::super::exit::Failure;
use super::super::output::keep_owner;
use super::MailboxArgs;
use super::batch::{Waiting, sync_folder};
use super::find::{Item, Kind};
use std::collections::BTreeMap;
use std::fs::{self, File, FileTimes, Metadata};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

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

/// Refuses folders that lie in each other, since a second run would find its own
/// results, and two messages that would be written to one place.
pub fn check(args: &MailboxArgs, items: &[Item]) -> Result<(), Failure> {
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
    let mut places = BTreeMap::new();
    for item in items {
        let Put { to, keep, .. } = Put::of(args, item);
        for place in std::iter::once(to).chain(keep) {
            if let Some(other) = places.insert(place.clone(), &item.path) {
                let what = match other == &item.path {
                    true => "is named twice".to_owned(),
                    false => {
                        let (other, place) = (other.display(), place.display());
                        format!(
                            "would be written to the place of {other}, {place}: rinse them one by one, into folders of their own"
                        )
                    }
                };
                return Err(Failure::at(item.path.display(), what));
            }
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

    /// Writes the new message beside its place, and the original beside where it
    /// is kept; nothing where there is nothing to do.
    pub fn write(&self, raw: &[u8], new: &[u8]) -> io::Result<Option<Waiting>> {
        if self.in_place && raw == new {
            return Ok(None);
        }
        let meta = fs::metadata(&self.from)?;
        // One that is there already was kept by a run that was ended.
        let keep = self.keep.as_ref().filter(|keep| !keep.exists());
        let original = keep.map(|keep| {
            if let Some(folder) = keep.parent().filter(|folder| !folder.is_dir()) {
                fs::create_dir_all(folder)?;
            }
            let file = written(&beside(keep, self.sized), raw, &meta)?;
            Ok::<_, io::Error>((file, keep.clone()))
        });
        let original = original.transpose()?;
        let to = match self.sized && raw.len() != new.len() {
            true => resized(&self.to, new),
            false => self.to.clone(),
        };
        if self.sized
            && !self.in_place
            && let Some(maildir) = to.parent().and_then(Path::parent)
            && !["cur", "new", "tmp"].iter().all(|name| maildir.join(name).is_dir())
        {
            for name in ["cur", "new", "tmp"] {
                fs::create_dir_all(maildir.join(name))?;
            }
        }
        let new = written(&self.by, new, &meta)?;
        let from = self.from.clone();
        Ok(Some(Waiting::new(from, raw.len() as u64, &meta, self.in_place, original, (new, to))))
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
        settle(&file, &fs::metadata(&self.from)?)?;
        file.as_file().sync_all()?;
        file.persist(&self.to).map_err(|e| e.error)?;
        self.to.parent().map_or(Ok(()), sync_folder)
    }
}

/// A file without its name yet, with permissions and date of the old one. Its way
/// to the disk begins.
fn written(folder: &Path, bytes: &[u8], old: &Metadata) -> io::Result<NamedTempFile> {
    let mut file = temporary(folder)?;
    file.write_all(bytes)?;
    settle(&file, old)?;
    begin_writing(file.as_file());
    Ok(file)
}

/// Permissions and date of the old one.
fn settle(file: &NamedTempFile, old: &Metadata) -> io::Result<()> {
    keep_owner(old, file.path());
    let file = file.as_file();
    file.set_permissions(old.permissions())?;
    file.set_times(FileTimes::new().set_modified(old.modified()?))
}

/// The system begins to write it, so that the flush of many has little to wait
/// for: "no longer needed" means that to Linux (`mm/fadvise.c`). Only a hint.
fn begin_writing(file: &File) {
    #[cfg(target_os = "linux")]
    let _ = rustix::fs::fadvise(file, 0, None, rustix::fs::Advice::DontNeed);
    #[cfg(not(target_os = "linux"))]
    let _ = file;
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
    let new = || tempfile::Builder::new().prefix(PREFIX).tempfile_in(folder);
    match new() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            fs::create_dir_all(folder)?;
            new()
        }
        made => made,
    }
}

/// `inbox` → `inbox.originals`
fn originals(root: &Path) -> PathBuf {
    let root = fs::canonicalize(root).unwrap_or_else(|_| root.to_owned());
    let mut name = root.file_name().unwrap_or_default().to_owned();
    name.push(ORIGINALS);
    root.with_file_name(name)
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
    fn sizes_in_names_follow() {
        let named = |name: &str| resized(Path::new(name), b"a\nb\r\nc\n").display().to_string();
        assert_eq!(named("m/cur/1.M2P3.host,S=99,W=101:2,FS"), "m/cur/1.M2P3.host,S=7,W=9:2,FS");
        assert_eq!(named("m/new/1.S=9.host"), "m/new/1.S=9.host");
        assert_eq!(named("m/cur/1.host,S=9"), "m/cur/1.host,S=7");
    }
}
