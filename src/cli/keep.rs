//! Originals of messages that were changed, kept in a folder for a while, so
//! that a rinse can be taken back. Each is a file of its own, for its owner
//! alone, under a name that says when it came and nothing of the mail.

use super::exit::Failure;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// What is asked about originals.
#[derive(clap::Args, Clone, Debug, Default)]
#[command(next_help_heading = "Messages")]
pub struct KeepArgs {
    /// Keeps the original of each message that is changed, as a file in this
    /// folder that only its owner can read
    #[arg(long, value_name = "DIR")]
    keep_original: Option<PathBuf>,
    /// How long originals are kept; 30 days if nothing else is said
    #[arg(long, value_name = "DAYS", requires = "keep_original")]
    keep_days: Option<u32>,
    /// How much room they may take, in MiB; 1024 if nothing else is said. The
    /// oldest go first
    #[arg(long, value_name = "MIB", requires = "keep_original")]
    keep_size: Option<u32>,
}

/// Where originals are kept, and for how long.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Keep {
    folder: PathBuf,
    age: Duration,
    /// Bytes of all of them together.
    size: u64,
}

/// Files of ours: `mailrinse-SECONDS-PROCESS-NUMBER.eml`, the seconds since 1970.
const PREFIX: &str = "mailrinse-";
const SUFFIX: &str = ".eml";
/// Files that are not whole yet.
const HALF: &str = ".mailrinse-";
/// The file whose time says when the folder was last swept.
const SWEPT: &str = ".swept";
/// A folder of many files is not looked through for each message.
const PAUSE: Duration = Duration::from_secs(60);
/// What is still half after this was left by a process that was killed.
const STALE: Duration = Duration::from_secs(3600);

impl KeepArgs {
    /// What the command line says, or else a file.
    pub fn or(&self, file: Option<&Keep>) -> Option<Keep> {
        let folder = self.keep_original.clone();
        let told = folder.map(|folder| Keep::new(folder, self.keep_days, self.keep_size));
        told.or_else(|| file.cloned())
    }
}

impl Keep {
    /// In this folder, so many days, so many MiB.
    pub fn new(folder: PathBuf, days: Option<u32>, mib: Option<u32>) -> Keep {
        let age = Duration::from_secs(24 * 3600 * u64::from(days.unwrap_or(30)));
        Keep { folder, age, size: u64::from(mib.unwrap_or(1024)) << 20 }
    }

    /// Why a message's original cannot be kept for a reason in itself.
    pub fn refuses(&self, raw: &[u8]) -> Option<String> {
        (raw.len() as u64 > self.size).then(|| {
            let most = self.size >> 20;
            format!(
                "it is larger than all originals together may be ({most} MiB), so it stays as it is"
            )
        })
    }

    /// Keeps it. When this returns it is on the disk.
    pub fn put(&self, raw: &[u8]) -> Result<(), Failure> {
        let place = format!("originals in {}", self.folder.display());
        self.write(raw).map_err(|error| Failure::at(place, error))
    }

    fn write(&self, raw: &[u8]) -> io::Result<()> {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        create(&self.folder)?;
        self.sweep(raw.len() as u64)?;
        // Its permissions are 0600 from the beginning.
        let mut file = tempfile::Builder::new().prefix(HALF).tempfile_in(&self.folder)?;
        file.write_all(raw)?;
        file.as_file().sync_all()?;
        let (seconds, process) = (now().as_secs(), std::process::id());
        loop {
            let number = NUMBER.fetch_add(1, Ordering::Relaxed);
            let name = format!("{PREFIX}{seconds}-{process}-{number}{SUFFIX}");
            match file.persist_noclobber(self.folder.join(name)) {
                Ok(_) => break,
                Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => {
                    file = error.file;
                }
                Err(error) => return Err(error.error),
            }
        }
        fs::File::open(&self.folder)?.sync_all()
    }

    /// Takes out what is too old, and the oldest where there is no room for so
    /// many bytes more.
    fn sweep(&self, more: u64) -> io::Result<()> {
        let stamp = self.folder.join(SWEPT);
        let swept = fs::metadata(&stamp).and_then(|meta| meta.modified()).ok();
        let lately = |time: SystemTime| time.elapsed().is_ok_and(|passed| passed < PAUSE);
        if swept.is_some_and(lately) {
            return Ok(());
        }
        fs::write(&stamp, "")?;
        let mut kept = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let entry = entry?;
            let (name, path) = (entry.file_name(), entry.path());
            let Some(name) = name.to_str() else { continue };
            // Gone in the meantime: another process sweeps, too.
            let Ok(meta) = entry.metadata() else { continue };
            match seconds(name) {
                Some(seconds) => kept.push((seconds, meta.len(), path)),
                None if name.starts_with(HALF) => {
                    let old = meta.modified().ok().and_then(|time| time.elapsed().ok());
                    if old.is_some_and(|age| age > STALE) {
                        gone(fs::remove_file(path))?;
                    }
                }
                None => {}
            }
        }
        kept.sort();
        let oldest = now().saturating_sub(self.age).as_secs();
        let mut room = more + kept.iter().map(|(_, size, _)| size).sum::<u64>();
        for (seconds, size, path) in kept {
            if seconds >= oldest && room <= self.size {
                break;
            }
            gone(fs::remove_file(path))?;
            room -= size;
        }
        Ok(())
    }
}

/// The folder, for its owner alone, if it is not there.
fn create(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// When a file of ours came; none for other files.
fn seconds(name: &str) -> Option<u64> {
    let rest = name.strip_prefix(PREFIX)?.strip_suffix(SUFFIX)?;
    rest.split('-').next()?.parse().ok()
}

fn now() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

/// That a file is gone already is fine.
fn gone(removed: io::Result<()>) -> io::Result<()> {
    match removed {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let names = fs::read_dir(folder).unwrap().map(|it| it.unwrap().file_name());
        let mut names: Vec<_> = names.map(|name| name.into_string().unwrap()).collect();
        names.retain(|name| name != SWEPT);
        names.sort();
        names
    }

    #[cfg(unix)]
    #[test]
    fn for_the_owner_alone() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("a/b");
        let keep = Keep::new(folder.clone(), None, None);
        keep.put(b"one").unwrap();
        keep.put(b"two").unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&folder), names(&folder).len()), (0o700, 2));
        for name in names(&folder) {
            assert_eq!(mode(&folder.join(&name)), 0o600);
            assert!(seconds(&name).is_some(), "{name}");
        }
    }

    #[test]
    fn the_old_go_and_others_stay() {
        let folder = tempfile::tempdir().unwrap();
        let day = 24 * 3600;
        let name = |days: u64| format!("{PREFIX}{}-1-{days}{SUFFIX}", now().as_secs() - days * day);
        for (name, size) in [(name(31), 1), (name(3), 1 << 20), (name(2), 1 << 19)] {
            fs::write(folder.path().join(name), vec![b'x'; size]).unwrap();
        }
        fs::write(folder.path().join("other.eml"), "x").unwrap();
        let keep = Keep::new(folder.path().to_owned(), None, Some(1));
        keep.put(b"new").unwrap();
        let left = names(folder.path());
        assert!(left.contains(&name(2)) && left.contains(&"other.eml".to_owned()), "{left:?}");
        assert_eq!(left.len(), 3, "{left:?}");
        assert!(keep.refuses(&[0; 1 << 20]).is_none() && keep.refuses(&[0; 2 << 20]).is_some());
    }

    #[test]
    fn a_folder_that_cannot_be_is_a_failure() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let told = Keep::new(file.path().join("x"), None, None).put(b"x").unwrap_err().to_string();
        assert!(told.starts_with("originals in "), "{told}");
    }
}
