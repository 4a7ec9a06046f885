//! Settings for messages: by whom they are from and whom they are for.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

const MESSAGE: &str = "From: News <news@shop.example>\nTo: ann@reader.example\n\
    List-Id: <weekly.shop.example>\nDisposition-Notification-To: news@shop.example\n\
    MIME-Version: 1.0\nContent-Type: text/html\n\n\
    <p>Hello<img src=\"https://p.example/photo.png?e=ann@reader.example\" width=200 height=100>\
    <img src=\"https://t.example/open?u=d9f1c27be04a4d7f\" width=1 height=1>\n";

fn command(folder: &Path, args: &[&str]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_mailrinse"))
        .args(args)
        .env("XDG_CONFIG_HOME", folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it runs");
    // A command that fails early need not read.
    let _ = child.stdin.take().expect("a pipe").write_all(MESSAGE.as_bytes());
    child.wait_with_output().expect("it ends")
}

/// What comes out under the settings of a text.
fn rinsed(text: &str, more: &[&str]) -> String {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
    fs::create_dir(folder.path().join("mailrinse")).expect("made");
    fs::write(folder.path().join("mailrinse/config.toml"), text).expect("written");
    let output = command(folder.path(), &[&["--type", "message"], more].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn settings_hold_for_messages() {
    let plain = rinsed("", &[]);
    assert!(plain.contains("<main>") && !plain.contains("t.example"), "{plain}");
    assert!(plain.contains("photo.png") && plain.contains("Disposition-Notification-To"));
    let all =
        rinsed("level = \"patch\"\nreceipts = \"strip\"\nremote = \"block-identified\"\n", &[]);
    assert!(!all.contains("<main>") && !all.contains("t.example"), "{all}");
    assert!(!all.contains("photo.png") && !all.contains("Disposition-Notification-To"), "{all}");
    // What is typed counts more.
    let typed = rinsed("level = \"patch\"\n", &["--level", "clean"]);
    assert!(typed.contains("<main>"), "{typed}");
    assert!(rinsed("level = \"patch\"\n", &["--no-config"]).contains("<main>"));
}

#[test]
fn settings_for_some() {
    let off = "[[for]]\nsender = \"*@shop.example\"\noff = true\n";
    assert_eq!(rinsed(off, &[]), MESSAGE);
    let other = "[[for]]\nsender = \"*@other.example\"\noff = true\n";
    assert_ne!(rinsed(other, &[]), MESSAGE);
    let list = "[[for]]\nlist-id = \"weekly.*\"\nrecipient = \"ann@*\"\nlevel = \"patch\"\ndisable = [\"trackers.*\"]\n";
    let listed = rinsed(list, &[]);
    assert!(!listed.contains("<main>") && listed.contains("t.example"), "{listed}");
    // Whom it is really for is known from outside.
    let bob = rinsed(list, &["--recipient", "bob@reader.example"]);
    assert!(bob.contains("<main>") && !bob.contains("t.example"), "{bob}");
    let proven = "authserv-id = \"mx.example\"\n[[for]]\nsender = \"*@shop.example\"\nauthenticated = true\noff = true\n";
    assert_ne!(rinsed(proven, &[]), MESSAGE);
}

#[test]
fn wrong_settings_are_told_before_anything_is_done() {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
    let path = folder.path().join("c.toml");
    let name = path.to_str().expect("a plain name");
    for (text, told) in [
        ("level = \"patch\"\n\nremot = \"block\"\n", ":3: unknown field `remot`"),
        ("[[for]]\nsender = \"shop.example\"\noff = true\n", "write \"*@shop.example\""),
        ("disable = [\"policy.*\"]\n", "policy cannot be switched off"),
        ("[[for]]\nsender = \"*\"\nremote = \"block\"\nlevel = \"patch\"\n", "level clean"),
        ("map = \"none.tsv\"\n", "none.tsv"),
    ] {
        fs::write(&path, text).expect("written");
        let checked = command(folder.path(), &["config", "check", name]);
        let error = String::from_utf8_lossy(&checked.stderr).into_owned();
        assert_eq!(checked.status.code(), Some(2), "{error}");
        assert!(error.contains(told), "{text}: {error}");
        let used = command(folder.path(), &["--type", "message", "--config", name]);
        assert_eq!((used.status.code(), used.stdout.len()), (Some(75), 0), "{text}");
        assert!(String::from_utf8_lossy(&used.stderr).contains(told), "{text}");
    }
    fs::write(&path, "[[for]]\nsender = \"*\"\noff = true\n").expect("written");
    let checked = command(folder.path(), &["config", "check", name]);
    assert_eq!(checked.status.code(), Some(0));
    assert!(String::from_utf8_lossy(&checked.stdout).ends_with("c.toml: right, with 1 [[for]]\n"));
    let none = command(folder.path(), &["config", "check"]);
    assert!(String::from_utf8_lossy(&none.stderr).contains("there is none: looked for"));
}

/// HTML by itself has no sender.
#[test]
fn html_knows_no_settings() {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
    fs::create_dir(folder.path().join("mailrinse")).expect("made");
    fs::write(folder.path().join("mailrinse/config.toml"), "levle = 1").expect("written");
    let output = command(folder.path(), &["--type", "html"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
