//! `mailrinse mailbox`: whatever ends it, every message is there, whole.

use mailrinse::{Context, Level, Rinser};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::thread;
use std::time::Duration;

const COMMAND: &str = env!("CARGO_BIN_EXE_mailrinse");

fn folder() -> tempfile::TempDir {
    tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder for the test")
}

/// The message of a number: every third has nothing to rinse.
fn message(number: usize) -> String {
    let pixel = match number % 3 {
        0 => "",
        _ => "<img src=\"https://t.example/open?u=d9f1c27be04a4d7f\" width=\"1\" height=\"1\">",
    };
    let padding = "<p>Some more of the letter, so that writing it takes a while.</p>\n".repeat(20);
    format!(
        "From: news@news.example\nTo: reader@example.org\nSubject: {number}\nMessage-ID: <{number}@news.example>\n\
         MIME-Version: 1.0\nContent-Type: text/html; charset=utf-8\n\n<p>Letter {number}</p>\n{padding}{pixel}\n"
    )
}

fn maildir(root: &Path, count: usize) -> BTreeMap<usize, String> {
    for name in ["cur", "new", "tmp"] {
        fs::create_dir_all(root.join(name)).expect("a Maildir");
    }
    let mut all = BTreeMap::new();
    for number in 0..count {
        let text = message(number);
        let (folder, flags) = if number % 5 == 0 { ("new", "") } else { ("cur", ":2,FS") };
        let name =
            format!("17000{number:05}.M1P1.host,S={},W={}{flags}", text.len(), text.len() + 29);
        fs::write(root.join(folder).join(name), &text).expect("written");
        all.insert(number, text);
    }
    all
}

fn files(root: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for name in ["cur", "new"] {
        found.extend(
            fs::read_dir(root.join(name)).expect("a folder").map(|it| it.expect("an entry").path()),
        );
    }
    found.sort();
    found
}

fn rinsed(text: &str) -> String {
    let rinser = Rinser::builder().level(Level::Patch).build().expect("builds");
    let out = rinser.message(text.as_bytes(), &Context::default()).expect("it can be rinsed").html;
    String::from_utf8(out.into_owned()).expect("ASCII")
}

fn number_of(text: &str) -> usize {
    let line =
        text.lines().find_map(|line| line.strip_prefix("Subject: ")).expect("a whole message");
    line.parse().expect("a number")
}

fn run(args: &[&str]) -> Output {
    Command::new(COMMAND).arg("mailbox").args(args).stdin(Stdio::null()).output().expect("it runs")
}

/// A tenth of what `make mailbox` does.
#[test]
fn nothing_is_lost_where_it_is_killed() {
    let scale = std::env::var("MAILBOX_SCALE").ok().and_then(|n| n.parse().ok()).unwrap_or(1);
    let (count, kills) = (1_000 * scale, 2 * scale);
    let folder = folder();
    let root = folder.path().join("inbox");
    let all = maildir(&root, count);
    let path = root.to_str().expect("a plain name");
    let (mut killed, mut wait) = (0, 5);
    for round in 0..kills {
        let mut child = Command::new(COMMAND)
            .args(["mailbox", "--in-place", "-q", "-j", "2", path])
            .stdout(Stdio::null())
            .spawn()
            .expect("it runs");
        // Moments that differ, from run to run too: the machine's own noise.
        wait = 5 + (wait * 7 + round as u64 * 13) % (90 * scale as u64);
        thread::sleep(Duration::from_millis(wait));
        killed += usize::from(child.try_wait().expect("a child").is_none());
        child.kill().expect("a child can be killed");
        child.wait().expect("it ends");
        let mut seen = BTreeMap::new();
        for file in files(&root) {
            let text = fs::read_to_string(&file).expect("a message");
            let number = number_of(&text);
            assert!(
                text == all[&number] || text == rinsed(&all[&number]),
                "half a message: {}",
                file.display()
            );
            *seen.entry(number).or_insert(0) += 1;
        }
        assert_eq!(seen.len(), count, "a message is gone");
    }
    let output = run(&["--in-place", "--json", path]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let left = files(&root);
    assert_eq!(left.len(), count, "each once");
    for file in &left {
        let text = fs::read_to_string(file).expect("a message");
        assert_eq!(text, rinsed(&all[&number_of(&text)]));
        let name = file.file_name().and_then(|name| name.to_str()).expect("a plain name");
        assert!(name.contains(&format!(",S={},", text.len())), "{name}: {}", text.len());
        assert_eq!(name.ends_with(":2,FS"), file.parent().is_some_and(|it| it.ends_with("cur")));
    }
    // The originals of all that changed, as they came.
    let kept = files(&folder.path().join("inbox.originals"));
    assert_eq!(kept.len(), all.values().filter(|text| rinsed(text) != **text).count());
    for file in kept {
        let text = fs::read_to_string(file).expect("a message");
        assert_eq!(text, all[&number_of(&text)]);
    }
    println!("{count} messages, killed {killed} times of {kills}");
}

#[test]
fn the_result_goes_where_it_is_said() {
    let folder = folder();
    let root = folder.path().join("inbox");
    let all = maildir(&root, 6);
    let path = root.to_str().expect("a plain name");
    let refused = run(&[path]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("--in-place"));
    let dry = run(&["--dry-run", path]);
    let told = String::from_utf8_lossy(&dry.stdout).into_owned();
    assert!(told.contains("6  messages") && told.contains("4  would be changed"), "{told}");
    assert!(
        files(&root)
            .iter()
            .all(|file| all.values().any(|t| *t == fs::read_to_string(file).expect("a message")))
    );
    let out = folder.path().join("out");
    let out_path = out.to_str().expect("a plain name");
    for there in [0, 6] {
        let output = run(&["--out", out_path, "--json", path]);
        let sum: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
        assert_eq!(
            (sum["there"].as_u64(), sum["messages"].as_u64()),
            (Some(there), Some(6 - there)),
            "{sum}"
        );
    }
    for file in files(&out) {
        let text = fs::read_to_string(&file).expect("a message");
        assert_eq!(text, rinsed(&all[&number_of(&text)]));
    }
    assert!(
        files(&root)
            .iter()
            .all(|file| all.values().any(|t| *t == fs::read_to_string(file).expect("a message")))
    );
    let within = root.join("out");
    let refused = run(&["--out", within.to_str().expect("a plain name"), path]);
    assert!(String::from_utf8_lossy(&refused.stderr).contains("lies within"));
}

#[test]
fn told_to_end_it_leaves_nothing_half_done() {
    let folder = folder();
    let root = folder.path().join("letters");
    fs::create_dir(&root).expect("a folder");
    let count = 3_000;
    for number in 0..count {
        fs::write(root.join(format!("{number}.eml")), message(number)).expect("written");
    }
    let path = root.to_str().expect("a plain name");
    let child = Command::new(COMMAND)
        .args(["mailbox", "--in-place", "-q", path])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it runs");
    let kept = folder.path().join("letters.originals");
    while fs::read_dir(&kept).map_or(0, Iterator::count) < 100 {
        thread::sleep(Duration::from_millis(1));
    }
    let told = Command::new("kill").arg(child.id().to_string()).status().expect("it runs");
    assert!(told.success());
    let output = child.wait_with_output().expect("it ends");
    let why = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{why}");
    assert!(why.contains("stopped before the end"), "{why}");
    let sum = String::from_utf8_lossy(&output.stdout);
    let number = |what: &str| {
        let line = sum.lines().find(|line| line.ends_with(what)).expect("a figure");
        line.split_whitespace().next().and_then(|n| n.parse::<usize>().ok()).expect("a number")
    };
    let done = number("  changed");
    assert!(number("  messages") < count && done >= 100, "{sum}");
    let names = |folder: &Path| {
        fs::read_dir(folder)
            .expect("a folder")
            .map(|it| it.expect("an entry").file_name())
            .collect::<Vec<_>>()
    };
    assert_eq!(names(&root).len(), count, "nothing is left over");
    assert_eq!(names(&kept).len(), done);
    for name in names(&kept) {
        let text = |folder: &Path| fs::read_to_string(folder.join(&name)).expect("a message");
        assert_eq!(text(&root), rinsed(&text(&kept)));
    }
    let output = run(&["--in-place", "-q", path]);
    assert!(output.status.success() && names(&kept).len() == count / 3 * 2);
}

#[test]
fn two_messages_do_not_take_one_place() {
    let folder = folder();
    let roots = ["a", "b"].map(|name| folder.path().join(name).join("letters"));
    for (root, number) in roots.iter().zip([1, 2]) {
        fs::create_dir_all(root).expect("a folder");
        fs::write(root.join("m.eml"), message(number)).expect("written");
    }
    let [a, b] = roots.each_ref().map(|root| root.to_str().expect("a plain name"));
    let out = folder.path().join("out");
    let out = out.to_str().expect("a plain name");
    for args in
        [&["--out", out, a, b][..], &["--in-place", "--keep", out, a, b], &["--dry-run", a, a]]
    {
        let output = run(args);
        let why = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {why}");
        let what = if args[0] == "--dry-run" { "named twice" } else { "to the place of" };
        assert!(why.contains(what) && why.contains("m.eml"), "{why}");
        assert!(!Path::new(out).exists());
    }
    assert!(run(&["--in-place", "-q", a, b]).status.success());
    for (root, number) in roots.iter().zip([1, 2]) {
        let kept = root.with_file_name("letters.originals").join("letters/m.eml");
        assert_eq!(fs::read_to_string(kept).expect("kept"), message(number));
    }
}

#[test]
fn one_bad_message_is_a_line() {
    let folder = folder();
    let root = folder.path();
    let bad = format!("Subject: 1\nContent-Type: text/html\n\n<p {}>Hi", "a=b ".repeat(5_000));
    fs::write(root.join("a.eml"), &bad).expect("written");
    fs::write(root.join("b.eml"), message(1)).expect("written");
    let output = run(&["--in-place", "--no-keep", root.to_str().expect("a plain name")]);
    assert_eq!(output.status.code(), Some(0));
    let (told, sum) =
        (String::from_utf8_lossy(&output.stderr), String::from_utf8_lossy(&output.stdout));
    assert!(told.contains("a.eml: left as it is: ") && told.lines().count() == 1, "{told}");
    assert!(sum.contains("1  left as they are") && sum.contains("1  changed"), "{sum}");
    assert_eq!(fs::read_to_string(root.join("a.eml")).expect("a message"), bad);
    assert_eq!(fs::read_to_string(root.join("b.eml")).expect("a message"), rinsed(&message(1)));
}

#[test]
fn an_mbox_keeps_its_lines() {
    let folder = folder();
    let from = folder.path().join("list.mbox");
    let (one, two) = (message(0), message(1));
    let line = "From news@news.example Mon Jan  1 00:00:00 2024\n";
    fs::write(&from, format!("{line}{one}\n{line}{two}\n{line}{one}")).expect("written");
    let out = folder.path().join("out");
    let (from, to) =
        (from.to_str().expect("plain").to_owned(), out.to_str().expect("plain").to_owned());
    let output = run(&["--out", &to, &from]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = fs::read_to_string(out.join("list.mbox")).expect("an mbox");
    assert_eq!(text, format!("{line}{one}\n{line}{}\n{line}{one}", rinsed(&two)));
    let refused = run(&["--in-place", &from]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("--out"));
}
