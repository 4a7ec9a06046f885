//! Reads a folder of rule files at run time: the same reader and the same
//! tables as for the built-in ones.

use super::format::{self, Examples, Table};
use crate::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

/// Reads every `*.toml` of a folder, in the order of their names.
pub(super) fn dir(path: &Path) -> Result<(Table, Examples), Error> {
    let mut files: Vec<PathBuf> = Vec::new();
    let entries = fs::read_dir(path).map_err(|e| unreadable(path, &e))?;
    for entry in entries {
        let file = entry.map_err(|e| unreadable(path, &e))?.path();
        if file.extension().is_some_and(|e| e == "toml") {
            files.push(file);
        }
    }
    files.sort();
    self::files(&files)
}

/// Reads these files, in this order.
pub(super) fn files(files: &[PathBuf]) -> Result<(Table, Examples), Error> {
    let mut read = Vec::new();
    for (i, file) in files.iter().enumerate() {
        let text = fs::read_to_string(file).map_err(|e| unreadable(file, &e))?;
        let name = file.file_stem().and_then(|s| s.to_str()).unwrap_or_default();
        read.push(format::read(name, &text, i as u16).map_err(|bad| Error::Rules {
            file: file.display().to_string(),
            line: Some(bad.line),
            message: bad.message,
        })?);
    }
    Ok(format::table(read))
}

/// Reads one file's text; errors name it so.
pub(super) fn text(name: &str, text: &str) -> Result<(Table, Examples), Error> {
    let read = format::read(name, text, 0).map_err(|bad| Error::Rules {
        file: name.to_owned(),
        line: Some(bad.line),
        message: bad.message,
    })?;
    Ok(format::table(vec![read]))
}

fn unreadable(path: &Path, error: &std::io::Error) -> Error {
    Error::Rules { file: path.display().to_string(), line: None, message: error.to_string() }
}
