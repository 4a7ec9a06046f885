//! The README's first screen is what really comes out: its blocks `before`,
//! `after` and `findings` are read from it and tried.

use std::io::Write;
use std::process::{Command, Stdio};

const README: &str = include_str!("../../README.md");

fn block(kind: &str) -> &'static str {
    let (_, rest) = README.split_once(&format!("```{kind}\n")).expect("the block is there");
    rest.split_once("```").expect("the block ends").0
}

#[test]
fn before_after_and_findings_are_as_they_come_out() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mailrinse"))
        .args(["--type", "html", "--fragment", "--report", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the command starts");
    let mut input = command.stdin.take().expect("a pipe");
    input.write_all(block("html before").as_bytes()).expect("the command reads");
    drop(input);
    let output = command.wait_with_output().expect("the command ends");
    assert!(output.status.success());
    assert_eq!(String::from_utf8_lossy(&output.stdout), block("html after"));
    assert_eq!(String::from_utf8_lossy(&output.stderr), block("json findings"));
}

#[test]
fn the_summary_of_the_seed_is_as_it_says() {
    let output = Command::new(env!("CARGO_BIN_EXE_mailrinse"))
        .args(["--type", "html", "--summary", "fixtures/html/icann-marketo/input.html"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("the command runs");
    let summary = String::from_utf8_lossy(&output.stderr);
    assert!(README.contains(&format!("    {summary}")), "the README says otherwise: {summary}");
}

#[test]
fn the_url_is_judged_as_it_says() {
    let (_, rest) = README.split_once("    $ mailrinse url '").expect("the example is there");
    let (url, rest) = rest.split_once("'\n    ").expect("the command ends");
    let output = Command::new(env!("CARGO_BIN_EXE_mailrinse"))
        .args(["url", url])
        .output()
        .expect("the command runs");
    let line = String::from_utf8_lossy(&output.stdout);
    assert!(rest.starts_with(&*line), "the README says otherwise: {line}");
}
