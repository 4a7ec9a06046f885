//! Writes what the fuzz targets start from into `fuzz/corpus`: the mails and
//! hostile cases of `fixtures/`, and the examples of `rules/`. No test: `make
//! fuzz` runs it, for here are the crates that it needs.

use std::fs;
use std::path::{Path, PathBuf};

#[test]
#[ignore = "writes files; run by make fuzz"]
fn of_fuzzing() -> std::io::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut mails = Vec::new();
    for file in files(&root.join("fixtures/html"), "input.html")? {
        mails.push(fs::read(file)?);
    }
    for file in files(&root.join("fixtures/hostile"), ".toml")? {
        mails.extend(strings(&fs::read_to_string(file)?, "input").map(String::into_bytes));
    }
    let mut rules = Vec::new();
    let mut urls = Vec::new();
    for file in files(&root.join("rules"), ".toml")? {
        let text = fs::read_to_string(&file)?;
        urls.extend(strings(&text, "url"));
        mails.extend(strings(&text, "html").map(String::into_bytes));
        rules.push(text);
    }
    let corpus = root.join("fuzz/corpus");
    let mut sheets = Vec::new();
    for mail in &mails {
        let text = String::from_utf8_lossy(mail);
        let mut rest = &text[..];
        while let Some((_, behind)) = rest.split_once("style") {
            let end =
                behind.find(['"', '<']).map_or(behind.len(), |at| (at + 200).min(behind.len()));
            let end = (0..=end).rev().find(|at| behind.is_char_boundary(*at)).unwrap_or(0);
            sheets.push(
                [b"0", behind[..end].trim_start_matches(['>', '=', '"']).as_bytes()].concat(),
            );
            rest = behind;
        }
    }
    let with_options = |prefix: &[&[u8]]| -> Vec<Vec<u8>> {
        mails.iter().flat_map(|m| prefix.iter().map(move |p| [p, &m[..]].concat())).collect()
    };
    write(&corpus.join("html"), &with_options(&[b"0", b"1", b"4"]))?;
    write(&corpus.join("blocks"), &with_options(&[b"0\x05\x03", b"3\x20\x11"]))?;
    write(&corpus.join("read"), &mails)?;
    write(&corpus.join("css"), &sheets)?;
    write(&corpus.join("message"), &crate::message::samples())?;
    write(&corpus.join("url"), &urls.into_iter().map(String::into_bytes).collect::<Vec<_>>())?;
    write(&corpus.join("rules"), &rules.into_iter().map(String::into_bytes).collect::<Vec<_>>())
}

/// The files below a folder whose names end so, in order.
fn files(folder: &Path, ending: &str) -> std::io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let Ok(entries) = fs::read_dir(folder) else { return Ok(found) };
    for entry in entries {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(files(&path, ending)?);
        } else if path.to_string_lossy().ends_with(ending) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// The strings of a key, wherever in a TOML text it stands.
fn strings(text: &str, key: &str) -> impl Iterator<Item = String> {
    fn walk(value: &toml::Value, key: &str, found: &mut Vec<String>) {
        match value {
            toml::Value::Table(table) => {
                for (name, value) in table {
                    match value {
                        toml::Value::String(text) if name == key => found.push(text.clone()),
                        value => walk(value, key, found),
                    }
                }
            }
            toml::Value::Array(values) => values.iter().for_each(|v| walk(v, key, found)),
            _ => {}
        }
    }
    let mut found = Vec::new();
    if let Ok(table) = text.parse::<toml::Table>() {
        walk(&toml::Value::Table(table), key, &mut found);
    }
    found.into_iter()
}

/// Writes each input to a file of its own, named by its number.
fn write(folder: &Path, inputs: &[Vec<u8>]) -> std::io::Result<()> {
    fs::create_dir_all(folder)?;
    for (number, input) in inputs.iter().enumerate() {
        fs::write(folder.join(format!("seed-{number:05}")), input)?;
    }
    Ok(())
}
