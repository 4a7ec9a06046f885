//! Reads a folder of rule files at run time: the same reader and the same
//! tables as for the built-in ones.

use super::format::{self, Examples, Table};
use super::{reader, regex};
use crate::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

/// Every `*.toml` of a folder, in the order of their names.
pub(super) fn paths(dir: &Path) -> Result<Vec<PathBuf>, Error> {
    let mut files: Vec<PathBuf> = Vec::new();
    let entries = fs::read_dir(dir).map_err(|e| unreadable(dir, &e))?;
    for entry in entries {
        let file = entry.map_err(|e| unreadable(dir, &e))?.path();
        if file.extension().is_some_and(|e| e == "toml") {
            files.push(file);
        }
    }
    files.sort();
    Ok(files)
}

/// The texts of these files.
pub(super) fn texts(files: &[PathBuf]) -> Result<Vec<(PathBuf, String)>, Error> {
    let text = |file: &PathBuf| Ok((file.clone(), text(file)?));
    files.iter().map(text).collect()
}

/// The text of one file.
pub(super) fn text(file: &Path) -> Result<String, Error> {
    fs::read_to_string(file).map_err(|e| unreadable(file, &e))
}

/// The name that a file gives its rules.
pub(super) fn name(file: &Path) -> &str {
    file.file_stem().and_then(|s| s.to_str()).unwrap_or_default()
}

/// Reads these files, in this order.
pub(super) fn read(files: &[(PathBuf, String)]) -> Result<(Table, Examples), Error> {
    let mut read = Vec::new();
    for (i, (file, text)) in files.iter().enumerate() {
        let one = reader::read(name(file), text, i as u16, regex::spelling);
        read.push(one.map_err(|bad| Error::Rules {
            file: file.display().to_string(),
            line: Some(bad.line),
            message: bad.message,
        })?);
    }
    Ok(format::table(read))
}

/// Reads these files, in this order.
#[cfg(test)]
pub(super) fn files(files: &[PathBuf]) -> Result<(Table, Examples), Error> {
    read(&texts(files)?)
}

fn unreadable(path: &Path, error: &std::io::Error) -> Error {
    Error::Rules { file: path.display().to_string(), line: None, message: error.to_string() }
}
