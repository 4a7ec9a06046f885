//! Where bytes go: standard output or a file, whole or not at all, and
//! standard error, where text from mail must not control the terminal.

use clap::builder::styling::{AnsiColor, Effects, Style};
use std::borrow::Cow;
use std::fmt;
use std::fs::{self, OpenOptions};
use std::io::{self, IsTerminal, Read, Seek, Write};
use std::path::{Path, PathBuf};

/// Puts what `from` holds on standard output.
pub fn print(from: &mut dyn Read) -> io::Result<()> {
    let mut out = io::stdout().lock();
    io::copy(from, &mut out)?;
    out.flush()
}

/// Puts what `from` holds into a file, in one step: until all of it is there,
/// the old content is. A device or pipe is written to as it is.
pub fn replace(path: &Path, from: &mut dyn Read) -> io::Result<()> {
    // A link stays one; what it leads to is replaced.
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let old = fs::metadata(&path).ok();
    if old.as_ref().is_some_and(|old| !old.is_file()) {
        let mut file = OpenOptions::new().write(true).open(&path)?;
        io::copy(from, &mut file)?;
        return file.flush();
    }
    let mut file = beside(&path)?;
    io::copy(from, file.as_file_mut())?;
    if let Some(old) = old {
        keep_owner(&old, file.path());
        file.as_file().set_permissions(old.permissions())?;
    }
    file.as_file().sync_all()?;
    file.persist(&path)?;
    Ok(())
}

fn beside(path: &Path) -> io::Result<tempfile::NamedTempFile> {
    let folder = match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    let mut builder = tempfile::Builder::new();
    builder.prefix(".mailrinse-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // Less the umask, like any new file.
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(folder)
}

/// Where root rinses a user's file, it stays that user's. Others may not give
/// files away, and need not.
pub fn keep_owner(old: &fs::Metadata, path: &Path) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::{MetadataExt, chown};
        let owners = |of: &fs::Metadata| (of.uid(), of.gid());
        if !fs::metadata(path).is_ok_and(|new| owners(&new) == owners(old)) {
            let _ = chown(path, Some(old.uid()), Some(old.gid()));
        }
    }
    #[cfg(not(unix))]
    let _ = (old, path);
}

/// Whether two paths name one regular file, be it there or not.
pub fn same(a: &Path, b: &Path) -> bool {
    place(a) == place(b) && !fs::metadata(a).is_ok_and(|meta| !meta.is_file())
}

fn place(path: &Path) -> PathBuf {
    let real = fs::canonicalize(path).or_else(|_| {
        let folder = path.parent().filter(|folder| *folder != Path::new(""));
        let folder = fs::canonicalize(folder.unwrap_or(Path::new(".")))?;
        Ok::<_, io::Error>(folder.join(path.file_name().unwrap_or_default()))
    });
    real.unwrap_or_else(|_| path.to_owned())
}

/// A file that no one else can open and that is gone with the process; small
/// content stays in memory.
pub struct Held(tempfile::SpooledTempFile);

impl Held {
    /// An empty one, which holds so much in memory.
    pub fn new(memory: usize) -> Self {
        Held(tempfile::spooled_tempfile(memory))
    }

    /// All of it, to be read.
    pub fn all(&mut self) -> io::Result<&mut dyn Read> {
        self.0.rewind()?;
        Ok(&mut self.0)
    }
}

impl Write for Held {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }
    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// A line on standard error. Where that is closed there is no one to tell.
pub fn say(line: fmt::Arguments<'_>) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}

/// Shows what could control a terminal, or turn the text's direction, as
/// escapes. Line ends stay, indented, so that no text can look like a line of
/// ours.
pub fn tame(text: &str) -> Cow<'_, str> {
    if !text.chars().any(unruly) {
        return Cow::Borrowed(text);
    }
    let mut tame = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '\n' => tame.push_str("\n  "),
            c if unruly(c) => tame.extend(c.escape_unicode()),
            c => tame.push(c),
        }
    }
    Cow::Owned(tame)
}

/// Control characters, and those that change the direction or the line.
pub fn unruly(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{61c}' | '\u{2028}'..='\u{202e}')
        || matches!(c, '\u{2066}'..='\u{2069}')
}

/// When there are colours.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Color {
    Auto,
    Always,
    Never,
}

/// Colours, or none.
#[derive(Clone, Copy, Debug)]
pub struct Paint(bool);

impl Paint {
    /// No colours.
    pub fn none() -> Self {
        Paint(false)
    }

    /// `--color auto`: a terminal that wants them (<https://no-color.org>).
    pub fn of(color: Color, to: &impl IsTerminal) -> Self {
        Paint(match color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => {
                let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
                to.is_terminal()
                    && set("NO_COLOR").is_none()
                    && set("TERM").is_none_or(|term| term != "dumb")
            }
        })
    }

    /// The name of a section.
    pub fn head(self, text: &str) -> String {
        self.with(Style::new().effects(Effects::BOLD), text)
    }

    /// An error's name, or what is gone.
    pub fn bad(self, text: &str) -> String {
        self.with(AnsiColor::Red.on_default().effects(Effects::BOLD), text)
    }

    /// Something was done.
    pub fn done(self, text: &str) -> String {
        self.with(AnsiColor::Green.on_default(), text)
    }

    /// Something was only seen.
    pub fn seen(self, text: &str) -> String {
        self.with(AnsiColor::Yellow.on_default(), text)
    }

    fn with(self, style: Style, text: &str) -> String {
        match self.0 {
            true => format!("{style}{text}{style:#}"),
            false => text.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terminals_are_not_controlled() {
        assert_eq!(tame("grün → 緑"), "grün → 緑");
        assert_eq!(tame("a\u{1b}[2Jb\u{9b}c\u{202e}d"), r"a\u{1b}[2Jb\u{9b}c\u{202e}d");
        assert_eq!(tame("a\r\nb"), "a\\u{d}\n  b");
    }

    #[test]
    fn a_file_is_replaced_in_one_step() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.html");
        replace(&path, &mut &b"one"[..]).unwrap();
        replace(&path, &mut &b"two"[..]).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");

        struct Broken;
        impl Read for Broken {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::Error::other("broken"))
            }
        }
        replace(&path, &mut b"half"[..].chain(Broken)).unwrap_err();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn links_and_modes_stay() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("file"), folder.path().join("link"));
        fs::write(&file, "old").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
        symlink(&file, &link).unwrap();
        replace(&link, &mut &b"new"[..]).unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read(&file).unwrap(), b"new");
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o640);
        replace(Path::new("/dev/null"), &mut &b"x"[..]).unwrap();
    }

    #[test]
    fn one_file_by_two_names() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        assert!(same(&path, &folder.path().join("./a")));
        assert!(!same(&path, &folder.path().join("b")));
        assert!(!same(Path::new("/dev/null"), Path::new("/dev/null")));
    }
}
