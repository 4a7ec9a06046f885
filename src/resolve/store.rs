//! Answers that were had before, so that nobody is asked twice. Holds no
//! wrapped URL, only keyed hashes of them; the key is made at random and is in
//! the store. A store that is damaged or busy is no failure: then there are no
//! answers in it. The only file that knows redb.

use redb::{Database, DatabaseError, ReadableDatabase, ReadableTable, TableDefinition};
use siphasher::sip128::SipHasher24;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// How long an answer is believed.
const DAYS: u64 = 90;

/// Another process has the store for the time of a look-up or of a write.
const TRIES: u32 = 10;
const PAUSE: Duration = Duration::from_millis(30);

const KEY: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("key");
const ANSWERS: TableDefinition<'_, &[u8], &[u8]> = TableDefinition::new("answers");

/// The file in which answers are kept. Opened for each use, so that other
/// processes get at it in between.
#[derive(Debug)]
pub(super) struct Store {
    path: PathBuf,
}

impl Store {
    pub(super) fn new(path: PathBuf) -> Self {
        Store { path }
    }

    /// The targets known for these URLs, in their order.
    pub(super) fn get(&self, urls: &[&str]) -> Result<Vec<Option<String>>, String> {
        if !self.path.exists() {
            return Ok(vec![None; urls.len()]);
        }
        self.with(|db| {
            let read = db.begin_read()?;
            let key = match read.open_table(KEY) {
                Ok(table) => table.get("sip")?.map(|key| key.value().to_vec()),
                Err(redb::TableError::TableDoesNotExist(_)) => None,
                Err(error) => return Err(error.into()),
            };
            let Some(hash) = key.and_then(|key| Hash::new(&key)) else {
                return Ok(vec![None; urls.len()]);
            };
            let table = read.open_table(ANSWERS)?;
            let now = now();
            let one = |url: &&str| {
                let found = table.get(&hash.of(&[url.as_bytes()])[..])?;
                Ok(found.and_then(|value| hash.open(url, value.value(), now)))
            };
            urls.iter().map(one).collect()
        })
    }

    /// Keeps answers, and throws away those that are too old.
    pub(super) fn put(&self, answers: &[(&str, &str)]) -> Result<(), String> {
        self.with(|db| {
            let write = db.begin_write()?;
            {
                let mut keys = write.open_table(KEY)?;
                let old = keys.get("sip")?.map(|key| key.value().to_vec());
                let key = match old {
                    Some(key) => key,
                    None => {
                        let mut key = vec![0; 16];
                        getrandom::fill(&mut key)
                            .map_err(|e| redb::Error::Io(io::Error::other(e)))?;
                        keys.insert("sip", &key[..])?;
                        key
                    }
                };
                let mut table = write.open_table(ANSWERS)?;
                let now = now();
                table.retain(|_, value| until(value).is_some_and(|until| until > now))?;
                if let Some(hash) = Hash::new(&key) {
                    for (url, target) in answers {
                        let value = hash.seal(url, target, now + DAYS * 86_400);
                        table.insert(&hash.of(&[url.as_bytes()])[..], &value[..])?;
                    }
                }
            }
            write.commit()?;
            Ok(())
        })
    }

    /// Opens the file, and closes it when the work is done.
    fn with<T>(&self, work: impl FnOnce(&Database) -> Result<T, redb::Error>) -> Result<T, String> {
        let shown = self.path.display();
        // redb may panic on a damaged file.
        let done = panic::catch_unwind(AssertUnwindSafe(|| work(&self.open()?)));
        match done {
            Ok(Ok(done)) => Ok(done),
            Ok(Err(redb::Error::DatabaseAlreadyOpen)) => Err(format!("{shown} is in use")),
            Ok(Err(error)) => Err(format!("{shown}: {error}")),
            Err(_) => Err(format!("{shown} is damaged: remove it")),
        }
    }

    fn open(&self) -> Result<Database, redb::Error> {
        let mut tries = 0;
        loop {
            let file = private(&self.path).map_err(redb::Error::Io)?;
            let backend = redb::backends::FileBackend::new(file)?;
            let mut builder = Database::builder();
            // Else a damaged file may be read as if it were whole.
            builder.set_cache_size(1 << 20).set_check_integrity_on_open(true);
            match builder.create_with_backend(backend) {
                Err(DatabaseError::DatabaseAlreadyOpen) if tries < TRIES => {
                    tries += 1;
                    thread::sleep(PAUSE);
                }
                opened => return Ok(opened?),
            }
        }
    }
}

/// Opens a file that nobody else may read, and makes it and its folder.
fn private(path: &Path) -> io::Result<File> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(folder)?;
    }
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = file.metadata()?.permissions().mode();
        if mode & 0o077 != 0 {
            file.set_permissions(fs::Permissions::from_mode(0o600))?;
        }
    }
    Ok(file)
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs())
}

/// Until when a value is believed, in seconds since 1970.
fn until(value: &[u8]) -> Option<u64> {
    value.first_chunk().map(|bytes| u64::from_le_bytes(*bytes))
}

/// SipHash-2-4 with the store's key, 128 bits.
struct Hash(SipHasher24);

impl Hash {
    fn new(key: &[u8]) -> Option<Self> {
        Some(Hash(SipHasher24::new_with_key(key.try_into().ok()?)))
    }

    /// Each part with its length before it, so that no two lists are alike.
    fn of(&self, parts: &[&[u8]]) -> [u8; 16] {
        let mut bytes = Vec::new();
        for part in parts {
            bytes.extend((part.len() as u64).to_le_bytes());
            bytes.extend(*part);
        }
        self.0.hash(&bytes).as_bytes()
    }

    /// A value: expiry, a hash over all, target.
    fn seal(&self, url: &str, target: &str, until: u64) -> Vec<u8> {
        let until = until.to_le_bytes();
        let sum = self.of(&[url.as_bytes(), &until, target.as_bytes()]);
        [&until[..], &sum, target.as_bytes()].concat()
    }

    /// The target, if the value is whole, of this URL and not too old.
    fn open(&self, url: &str, value: &[u8], now: u64) -> Option<String> {
        let (sum, target) = value.get(8..)?.split_at_checked(16)?;
        let whole = self.of(&[url.as_bytes(), &value[..8], target]) == *sum;
        let fresh = until(value)? > now;
        (whole && fresh).then(|| String::from_utf8(target.to_vec()).ok()).flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const URL: &str = "https://w.example/secret-of-a-reader";
    const TARGET: &str = "https://www.example.org/a";

    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("mailrinse-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        folder
    }

    #[test]
    fn answers_are_found_again_and_no_url_is_in_the_file() {
        let folder = folder("store");
        let path = folder.join("deep/answers.redb");
        let store = Store::new(path.clone());
        assert_eq!(store.get(&[URL]), Ok(vec![None]));
        assert!(!path.exists(), "asking makes no file");
        store.put(&[(URL, TARGET)]).unwrap();
        let found = store.get(&["https://w.example/", URL]).unwrap();
        assert_eq!(found, [None, Some(TARGET.to_owned())]);
        let bytes = fs::read(&path).unwrap();
        let holds = |text: &str| bytes.windows(text.len()).any(|w| w == text.as_bytes());
        assert!(holds(TARGET) && !holds("secret-of-a-reader"));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
            fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
            store.get(&[URL]).unwrap();
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn old_and_broken_values_are_none() {
        let hash = Hash::new(&[7; 16]).unwrap();
        let value = hash.seal(URL, TARGET, 100);
        assert_eq!(hash.open(URL, &value, 99).as_deref(), Some(TARGET));
        assert_eq!(hash.open(URL, &value, 100), None);
        assert_eq!(hash.open("https://w.example/", &value, 99), None);
        for at in 0..value.len() {
            let mut broken = value.clone();
            broken[at] ^= 1;
            assert_eq!(hash.open(URL, &broken, 99), None);
            assert_eq!(hash.open(URL, &value[..at], 99), None);
        }
    }

    #[test]
    fn a_damaged_or_busy_store_is_told() {
        let folder = folder("damaged");
        let path = folder.join("answers.redb");
        let store = Store::new(path.clone());
        store.put(&[(URL, TARGET)]).unwrap();
        let open = store.open().unwrap();
        assert!(store.get(&[URL]).unwrap_err().ends_with("is in use"));
        drop(open);
        let whole = fs::read(&path).unwrap();
        for damage in
            [&b"not a store at all"[..], &vec![0xa5; whole.len()], &whole[..whole.len() / 2]]
        {
            fs::write(&path, damage).unwrap();
            let error = store.get(&[URL]).unwrap_err();
            assert!(error.contains("answers.redb"), "{error}");
            assert!(store.put(&[(URL, TARGET)]).is_err());
        }
        // Damage within: an error or no answer, but no other answer.
        for at in (0..whole.len()).step_by(509) {
            let mut damaged = whole.clone();
            damaged[at] ^= 0x55;
            fs::write(&path, &damaged).unwrap();
            if let Ok(found) = store.get(&[URL]) {
                assert!(found[0].as_deref().is_none_or(|to| to == TARGET));
            }
        }
        fs::remove_dir_all(&folder).unwrap();
    }
}
