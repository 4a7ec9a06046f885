//! Mails that are not ours to give away: `MAILRINSE_CORPUS` names a folder of
//! them. Where it does not, one line says so and nothing is tested with them.

use std::path::{Path, PathBuf};
use std::sync::Once;

/// The HTML files of the corpus with their names, in order.
pub fn html() -> Vec<(String, Vec<u8>)> {
    files("html")
}

/// The files of the corpus with this ending, with their names, in order.
pub fn files(ending: &str) -> Vec<(String, Vec<u8>)> {
    let Some(folder) = std::env::var_os("MAILRINSE_CORPUS").map(PathBuf::from) else {
        static SAID: Once = Once::new();
        SAID.call_once(|| {
            println!("MAILRINSE_CORPUS names no folder: fixtures and generated markup only");
        });
        return Vec::new();
    };
    let mut files = Vec::new();
    walk(&folder, ending, &mut files);
    files.sort();
    assert!(!files.is_empty(), "no .{ending} in MAILRINSE_CORPUS={}", folder.display());
    let read = |path: PathBuf| {
        let bytes = std::fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        (path.display().to_string(), bytes)
    };
    files.into_iter().map(read).collect()
}

fn walk(folder: &Path, ending: &str, files: &mut Vec<PathBuf>) {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    for entry in entries {
        let path = entry.expect("a folder's entry can be read").path();
        if path.is_dir() {
            walk(&path, ending, files);
        } else if path.extension().is_some_and(|e| e == ending) {
            files.push(path);
        }
    }
}
