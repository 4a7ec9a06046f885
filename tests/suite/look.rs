//! `explain`, `check` and `diff`: what was found in a mail, without writing one.

use std::fs;
use std::io::Write;
use std::process::{Command, Output, Stdio};

const TRACKED: &str = "<p>Hello</p>\
    <a href=\"https://www.google.com/url?q=https%3A%2F%2Fwww.example.org%2Fa&sa=D\">a</a>\
    <img src=\"https://p.example/logo.png\" width=\"200\" height=\"80\" alt=\"Logo\">\
    <img src=\"https://p.example/s/spacer.gif\" width=\"20\" height=\"1\">\
    <img src=\"https://p.example/v/banner.png?e=reader%40example.org\" width=\"600\" height=\"80\">\
    <img src=\"https://t.example/open?u=d9f1c27be04a4d7f&amp;m=reader@example.org\" width=\"1\" height=\"1\">";

fn run(args: &[&str], input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_mailrinse"))
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it runs");
    // A command that fails early need not read.
    let _ = child.stdin.take().expect("a pipe").write_all(input.as_bytes());
    child.wait_with_output().expect("it ends")
}

fn told(output: &Output) -> String {
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn explain_says_what_why_and_whom() {
    let output = run(&["explain"], TRACKED);
    let page = told(&output);
    assert_eq!(output.status.code(), Some(0));
    for line in [
        "standard input: 1 tracker, 1 image that knows its reader, 1 remark about links, 2 images that stay",
        "removed, trackers.generic.tiny",
        "would tell t.example: that the mail is open",
        "and who reads it, since m carries an address, in clear: [address-1]",
        "+3  1x1 by attributes",
        "stays, trackers.identified.address",
        "changed: links.google.url (Google)",
        "leads to https://www.example.org/a",
        "picture at byte",
        "spacer at byte",
        "would make it a beacon",
    ] {
        assert!(page.contains(line), "{line}: {page}");
    }
    assert!(!page.contains("reader@") && !page.contains('\u{1b}'), "{page}");
    let open = told(&run(&["explain", "--unmask", "--color", "always"], TRACKED));
    assert!(open.contains("reader@example.org") && open.contains("\u{1b}[1m"), "{open}");
}

#[test]
fn check_ends_with_what_it_found() {
    let output = run(&["check"], TRACKED);
    assert_eq!(output.status.code(), Some(1));
    let lines = told(&output);
    assert_eq!(lines.lines().count(), 3, "{lines}");
    assert!(lines.contains("trackers.generic.tiny: https://t.example/open?"), "{lines}");
    let changes = run(&["check", "--changes", "--json"], TRACKED);
    assert_eq!(told(&changes).lines().count(), 2);
    for line in told(&changes).lines() {
        let line: serde_json::Value = serde_json::from_str(line).expect("JSON");
        assert_eq!(line["file"], "standard input");
    }
    let clean = run(&["check"], "<p>Hello <a href=https://www.example.org/>there</a>");
    assert_eq!((clean.status.code(), told(&clean).as_str()), (Some(0), ""));
    let all = run(&["check", "--all"], "<p onclick=x()>Hello");
    assert_eq!(all.status.code(), Some(1));
    assert!(told(&all).contains("policy."));
    let silent = run(&["check", "-q"], TRACKED);
    assert_eq!((silent.status.code(), told(&silent).as_str()), (Some(1), ""));
    let trouble = run(&["check", "/no/such/file"], "");
    assert_eq!(trouble.status.code(), Some(2));
}

/// What was rinsed has nothing left to change.
#[test]
fn a_rinsed_mail_passes() {
    let rinsed = told(&run(&["--type", "html"], TRACKED));
    let output = run(&["check", "--changes"], &rinsed);
    assert_eq!((output.status.code(), told(&output).as_str()), (Some(0), ""));
    assert_eq!(told(&run(&["diff"], &rinsed)), "");
}

#[test]
fn diff_shows_judgements_alone() {
    let lines = told(&run(&["diff"], TRACKED));
    let marked =
        |mark: &str| -> Vec<&str> { lines.lines().filter(|line| line.starts_with(mark)).collect() };
    assert_eq!((marked("-").len(), marked("+").len()), (2, 1), "{lines}");
    assert!(marked("+")[0].contains("href=\"https://www.example.org/a\""), "{lines}");
    assert!(marked("-")[1].contains("t.example"), "{lines}");
    let all = told(&run(&["diff", "--all"], TRACKED));
    assert!(
        all.contains(
            "+ <img src=\"https://p.example/s/spacer.gif\" width=\"20\" height=\"1\" alt=\"\">"
        ),
        "{all}"
    );
}

#[test]
fn messages_part_by_part() {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
    let path = folder.path().join("a.eml");
    let encoded = TRACKED.replace('=', "=3D").replace("<img", "=\n<img");
    let message = format!(
        "From: a@b.example\nTo: reader@example.org\nMIME-Version: 1.0\n\
         Content-Type: multipart/alternative; boundary=x\n\n--x\n\nHello\n--x\n\
         Content-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n\
         {encoded}\n--x--\n"
    );
    fs::write(&path, message).expect("written");
    let path = path.to_str().expect("a plain name");
    for level in ["clean", "patch"] {
        let lines = told(&run(&["diff", "--level", level, path], ""));
        assert!(lines.contains("a.eml, part 2\n"), "{lines}");
        assert!(lines.contains("- <img src=\"https://t.example"), "{lines}");
        assert!(lines.contains("href=\"https://www.example.org/a\""), "{lines}");
    }
    let page = told(&run(&["explain", path], ""));
    assert!(page.contains("of part 2: removed, trackers.generic.tiny"), "{page}");
}
