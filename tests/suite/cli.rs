//! The command as others call it: exit codes, streams, files, reports.
#![cfg(feature = "cli")]

use std::ffi::OsStr;
use std::fs;
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

const HTML: &str = "<p>Hi <b>there</b><script>x()</script>";
const MAIL: &str = "From: a@b.example\nSubject: x\nContent-Type: text/html\n\n<p>Hi";

fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mailrinse"));
    command.env_remove("NO_COLOR").env_remove("RUST_BACKTRACE");
    command
}

/// Runs it with these bytes on standard input.
fn run<S: AsRef<OsStr>>(args: &[S], input: impl AsRef<[u8]>) -> Output {
    let mut command = command();
    command.args(args);
    feed(command, input)
}

fn feed(mut command: Command, input: impl AsRef<[u8]>) -> Output {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("it starts");
    let mut stdin = child.stdin.take().expect("piped");
    let input = input.as_ref().to_owned();
    // It may end before it has read all.
    let writer = std::thread::spawn(move || drop(stdin.write_all(&input)));
    let output = child.wait_with_output().expect("it ends");
    writer.join().expect("written");
    output
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("UTF-8")
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("UTF-8")
}

#[track_caller]
fn done(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(0), "{}", stderr(output));
    stdout(output)
}

/// It failed as a mail server needs it: 75, nothing on standard output, and
/// words on standard error, which come back.
#[track_caller]
fn deferred(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(75), "{output:?}");
    assert_eq!(stdout(output), "");
    let told = stderr(output);
    assert!(!told.is_empty() && !told.contains("panicked"), "{told}");
    told
}

fn file(folder: &TempDir, name: &str, content: impl AsRef<[u8]>) -> String {
    let path = folder.path().join(name);
    fs::write(&path, content).expect("written");
    path.to_str().expect("UTF-8").to_owned()
}

fn folder() -> TempDir {
    tempfile::tempdir().expect("a folder")
}

#[test]
fn a_pipe() {
    let html = done(&run::<&str>(&[], HTML));
    assert!(html.starts_with("<!DOCTYPE"), "{html}");
    assert!(html.contains("<p>Hi <b>there</b></p>") && !html.contains("x()"), "{html}");
    assert_eq!(html, done(&run(&["-"], HTML)));
}

#[test]
fn a_file_and_a_fragment() {
    let folder = folder();
    let path = file(&folder, "in.html", HTML);
    let html = done(&run(&["--fragment", &path], ""));
    assert!(html.starts_with("<div"), "{html}");
    let patched = done(&run(&["--level", "patch", &path], ""));
    assert!(patched.contains("x()"), "patch is not a sanitizer: {patched}");
}

#[test]
fn help_and_version_are_no_failures() {
    let help = done(&run(&["--help"], ""));
    for option in [
        "--type",
        "--level",
        "--fragment",
        "--charset",
        "--base",
        "--output",
        "--quiet",
        "--verbose",
        "--color",
        "--map",
        "--recipient",
        "--remote",
        "--hidden",
        "--seal",
        "--rules",
        "--disable",
        "--report",
        "--summary",
        "--unmask",
        "--resolve",
    ] {
        assert!(help.contains(option), "{option}");
    }
    let version = done(&run(&["--version"], ""));
    assert!(version.starts_with(concat!("mailrinse ", env!("CARGO_PKG_VERSION"))), "{version}");
    let rules = mailrinse::Rules::builtin().version();
    assert!(version.ends_with(&format!(" (rules {rules})\n")), "{version}");
}

#[test]
fn usage_errors_defer() {
    for (args, told) in [
        (&["--levle", "patch"][..], "--level"),
        (&["--level", "ptach"], "patch"),
        (&["--remote", "proxy"], "keep, block-identified, block, proxy=TEMPLATE"),
        (&["--remote", "proxy=https://p.example/"], "no {url}"),
        (&["--remote", "proxy=https://p.example/{hmac}/{url}"], "needs a key"),
        (&["--remote", "proxy=https://p.example/{url}", "--level", "patch"], "level clean"),
        (&["--recipient", "Ann <ann@b.example>"], "bare address"),
        (&["--base", "b.example"], "whole http or https URL"),
        (&["--charset"], "--charset"),
        (&["--level", "patch", "--fragment"], "level clean"),
        (&["--disable", "NO SUCH"], "glob"),
        (&["-q", "-v"], "cannot be used with"),
        (&["--rules", "/no/such/folder"], "/no/such/folder"),
        (&["--map", "/no/such/map"], "--map /no/such/map: "),
        (&["a.html", "b.html"], "one FILE"),
    ] {
        let error = deferred(&run(args, HTML));
        assert!(error.contains(told), "{args:?}: {error}");
    }
}

#[test]
fn pages_come_from_the_definition() {
    let page = done(&run(&["man"], ""));
    assert!(page.starts_with(".ie") && page.contains("mailrinse\\-milter"), "{page}");
    let milter = done(&run(&["man", "milter"], ""));
    assert!(milter.contains("if\\-dkim"), "{milter}");
    for shell in ["bash", "zsh", "fish"] {
        assert!(done(&run(&["completions", shell], "")).contains("mailbox"), "{shell}");
    }
}

#[test]
fn a_milter_asks_for_consent() {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
    let file = folder.path().join("c.toml");
    let name = file.to_str().expect("a plain name");
    for (text, told) in [
        ("", "if-dkim"),
        ("[milter]\nif-dkim = \"skip\"\n", "--listen"),
        ("[milter]\nif-dkim = \"maybe\"\n", ":2: \"maybe\" is none of: modify, skip"),
        ("[milter]\nif-dkim = \"skip\"\nlisten = \"here\"\n", "give inet:HOST:PORT"),
        ("[milter]\nmode = \"rw\"\n", "mode"),
        (
            "[milter]\nlisten = \"unix:/no/such/folder/s\"\nif-dkim = \"skip\"\n",
            "/no/such/folder/s",
        ),
    ] {
        fs::write(&file, text).expect("written");
        let output = run(&["milter", "--config", name], "");
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{text}: {error}");
        assert!(error.contains(told), "{text}: {error}");
    }
}

#[test]
fn pictures_by_way_of_a_proxy() {
    let html = b"<p>Hi<img src='https://a.example/b.png?c=d' alt=x><img src=cid:e alt=y>";
    let key = tempfile::NamedTempFile::new().expect("a file");
    fs::write(key.path(), "Jefe\n").expect("written");
    let key = key.path().to_str().expect("a plain name");
    let template = "proxy=https://p.example/{hmac}?u={url}";
    let html = done(&run(&["--remote", template, "--proxy-key", key], html));
    // printf %s 'https://a.example/b.png?c=d' | openssl dgst -sha256 -hmac Jefe
    let hmac = "736255791e492acbe6fc116595c94896df8f8c5a9468e2ef1b4b2b8ea37f6066";
    let url = format!("https://p.example/{hmac}?u=https%3A%2F%2Fa.example%2Fb.png%3Fc%3Dd");
    assert!(html.contains(&format!("<img src=\"{url}\" alt=\"x\">")), "{html}");
    assert!(html.contains("<img src=\"cid:e\""), "{html}");
    assert!(html.contains("img-src https://p.example data: cid:;"), "{html}");
}

#[test]
fn a_charset_is_believed_or_refused() {
    let html = done(&run(&["--charset", "koi8-r"], b"<p>\xc4\xc1"));
    assert!(html.contains("да"), "{html}");
    let error = deferred(&run(&["--level", "patch", "--charset", "utf-16le"], b"<\0p\0"));
    assert!(error.contains("use --level clean"), "{error}");
    let error = deferred(&run(&["--charset", "utf-7"], HTML));
    assert!(error.starts_with("mailrinse: --charset: charset \"utf-7\" is not known"), "{error}");
}

#[test]
fn missing_input() {
    let error = deferred(&run(&["no-such.html"], ""));
    assert!(error.starts_with("mailrinse: no-such.html: No such file"), "{error}");
    assert!(!error.contains("sub-command"), "{error}");
    let error = deferred(&run(&["/"], ""));
    assert!(error.contains("directory"), "{error}");
}

#[test]
fn a_word_that_is_no_file_may_be_meant_for_a_command() {
    for words in [&["ulr"][..], &["ulr", "https://a.example/"], &["--fragment", "ulr"]] {
        let error = deferred(&run(words, ""));
        assert!(error.contains("did you mean the command mailrinse url?"), "{error}");
    }
    let error = deferred(&run(&["newsletter"], ""));
    assert!(error.contains("no command of mailrinse"), "{error}");
}

#[test]
fn messages_come_out_as_messages() {
    let folder = folder();
    let eml = file(&folder, "a.eml", MAIL);
    for output in
        [run::<&str>(&[], MAIL), run(&[eml.as_str()], ""), run(&["--type", "message", "-"], MAIL)]
    {
        let mail = done(&output);
        assert!(
            mail.starts_with("X-Mailrinse: ") && mail.contains("\n\n<!DOCTYPE HTML PUBLIC "),
            "{mail}"
        );
        assert_eq!(done(&run(&["--type", "message"], &mail)), mail);
    }
    // Nothing to rinse, or no message at all: as it came.
    for text in [HTML, "Subject: x\n\nHi <b>", ""] {
        assert_eq!(done(&run(&["--type", "message"], text)), text);
    }
    let named = file(&folder, "a.html", MAIL);
    assert!(deferred(&run(&[named.as_str()], "")).contains("say --type"));
    assert!(deferred(&run::<&str>(&[], "From: a@b.example\n\nHi")).contains("say --type"));
    let both = "From: a@b.example\nSubject: use <b> now\nContent-Type: text/html\n\n<p>";
    assert!(deferred(&run::<&str>(&[], both)).contains("say --type"));
    done(&run(&["--type", "html"], MAIL));
    assert!(deferred(&run(&["--fragment"], MAIL)).contains("--fragment"));
}

#[test]
fn the_subject_heads_a_mail_without_a_heading_if_asked_to() {
    let mail = "From: a@b.example\nSubject: Tea  at\n five\nContent-Type: text/html\n\n<p>Hi";
    let headed = done(&run(&["--type", "message", "--heading"], mail));
    assert!(headed.contains("<h1>Tea at five</h1><p>Hi"), "{headed}");
    assert_eq!(done(&run(&["--type", "message", "--heading"], &headed)), headed);
    assert!(!done(&run(&["--type", "message"], mail)).contains("<h1"));
    assert!(deferred(&run(&["--type", "html", "--heading"], "<p>Hi")).contains("--heading"));
}

#[test]
fn a_message_that_cannot_be_rinsed_passes_as_it_came() {
    let id = "Message-ID: <1@b.example>\nSubject: secret\nTo: reader@b.example\n";
    let mail = format!("{id}Content-Type: text/html\n\n<p {}>Hi", "a=b ".repeat(5_000));
    // More attributes than allowed, and no time.
    for args in [&["--type", "message"][..], &["--type=message", "--deadline", "0.000001"]] {
        let output = run(args, &mail);
        assert_eq!(done(&output), mail);
        let told = stderr(&output);
        assert!(told.starts_with("mailrinse: <1@b.example>: passed on as it came: "), "{told}");
        assert!(!told.contains("secret") && !told.contains("reader") && told.lines().count() == 1);
        let told = deferred(&run(&[args, &["--on-error", "defer"]].concat(), &mail));
        assert!(told.contains("<1@b.example>"), "{told}");
    }
    deferred(&run(&["--type", "message", "-o", "/no/such/folder/x"], MAIL));
    deferred(&run(&["--type", "message", "--deadline", "soon"], MAIL));
}

#[test]
fn a_message_is_told_of_in_figures() {
    let raw = "Message-ID: <1@b.example>\nDisposition-Notification-To: s@b.example\n\
               Content-Type: multipart/mixed; boundary=a\n\n--a\nContent-Type: text/html\n\n<p>Hi<script></script>\n\
               --a\nContent-Type: text/html\nContent-Disposition: attachment\n\n<p>Hi\n--a--\n";
    let output = run(&["--type", "message", "--summary", "--receipts", "strip"], raw);
    let mail = done(&output);
    assert!(!mail.contains("Disposition-Notification-To") && mail.contains("left=1\n"), "{mail}");
    let told = stderr(&output);
    assert!(
        told.contains("<1@b.example>") && told.contains("1 part left alone: 1 attachment"),
        "{told}"
    );
    let report = stderr(&run(&["--type", "message", "--report", "-"], raw));
    assert!(
        report.contains(
            r#""rule":"message.left.attachment","room":"message","action":"noted","part":"2""#
        ),
        "{report}"
    );
    assert!(
        report.contains(r#""part":"1""#) && report.contains("message.receipt.request"),
        "{report}"
    );
}

#[test]
fn a_line_in_the_log_for_each_message() {
    let raw = "Message-ID: <1@b.example>\nSubject: secret\nTo: reader@b.example\nContent-Type: text/html\n\n<p>Hi<script></script>";
    let told = |args: &[&str], raw: &str| {
        let output = run(&[&["--type", "message", "--log", "stderr"], args].concat(), raw);
        let told = stderr(&output);
        assert!(!told.contains("secret") && !told.contains("reader"), "{told}");
        assert!(told.starts_with("mailrinse: <1@b.example>: "), "{told}");
        assert_eq!(told.lines().count(), 1, "{told}");
        told
    };
    let line = told(&[], raw);
    assert!(line.contains("1 change by policy; rules "), "{line}");
    assert!(told(&[], "Message-ID: <1@b.example>\n\nHi").contains("nothing to change; rules "));
    assert!(told(&["--deadline", "0.000001"], raw).contains("passed on as it came: "));
    // Where no system log is, the line is on standard error.
    done(&run(&["--type", "message", "--log", "syslog"], raw));
}

#[test]
fn originals_are_kept_where_asked_for() {
    let folder = folder();
    let dir = folder.path().join("originals");
    let args = ["--type", "message", "--keep-original", dir.to_str().expect("UTF-8")];
    let kept = || {
        fs::read_dir(&dir).map_or(Vec::new(), |it| it.map(|it| it.expect("read").path()).collect())
    };
    let plain = "Message-ID: <1@b.example>\n\nHi";
    assert_eq!(done(&run(&args, plain)), plain);
    assert_eq!(kept().len(), 0);
    assert_ne!(done(&run(&args, MAIL)), MAIL);
    let kept: Vec<_> = kept().into_iter().filter(|path| path.extension().is_some()).collect();
    assert_eq!(kept.len(), 1, "{kept:?}");
    assert_eq!(fs::read_to_string(&kept[0]).expect("read"), MAIL);
    // The same by settings; and where it cannot be kept, the message is put off.
    let settings =
        |dir: &str| file(&folder, "c.toml", format!("[keep-original]\ndir = {dir:?}\nmib = 1\n"));
    let config = settings("more");
    assert_ne!(done(&run(&["--type", "message", "--config", &config], MAIL)), MAIL);
    assert_eq!(fs::read_dir(folder.path().join("more")).expect("there").count(), 2);
    let large = format!("{MAIL}{}", "<p>x</p>\n".repeat(200_000));
    let output = run(&["--type", "message", "--config", &config], &large);
    assert_eq!(done(&output), large);
    assert!(stderr(&output).contains("larger than all originals"), "{}", stderr(&output));
    let config = settings("/dev/null/x");
    let error = deferred(&run(&["--type", "message", "--config", &config], MAIL));
    assert!(error.contains("originals in /dev/null/x: "), "{error}");
    assert!(
        deferred(&run(&["--type", "message", "--keep-days", "3"], MAIL))
            .contains("--keep-original")
    );
}

/// Whatever these tests were started by may ignore some of the signals (nohup
/// does), and a child would ignore them too: `env` sees to that. What is written
/// is more than a pipe holds, so when that is done the filter itself reads it.
#[cfg(target_os = "linux")]
#[test]
fn a_filter_that_is_ended_has_written_nothing() {
    let mail = MAIL.to_owned() + &"and more\r\n".repeat(100_000);
    for signal in ["TERM", "INT", "HUP", "KILL", "ABRT"] {
        let mut command = Command::new("env");
        command.args(["--default-signal", env!("CARGO_BIN_EXE_mailrinse"), "--type", "message"]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().expect("it starts");
        let mut stdin = child.stdin.take().expect("piped");
        stdin.write_all(mail.as_bytes()).expect("written");
        let killed = Command::new("kill").args(["-s", signal, &child.id().to_string()]).status();
        assert!(killed.expect("kill").success());
        let mut out = Vec::new();
        child.stdout.take().expect("piped").read_to_end(&mut out).expect("read");
        assert!(!child.wait().expect("it ends").success() && out.is_empty(), "{signal}");
        drop(stdin);
    }
}

/// In little memory a message is put off, or goes out whole: our own limits
/// count before the machine's, or the allocator ends the process, which then
/// has written nothing.
#[cfg(target_os = "linux")]
#[test]
fn in_little_memory_nothing_is_cut() {
    let body = "<p>Hi <b>there</b></p>\n".repeat((3 << 20) / 23);
    let large = format!("Message-ID: <1@b.example>\nContent-Type: text/html\n\n{body}");
    let mut whole = 0;
    for kilobytes in [8_000, 16_000, 32_000, 48_000, 64_000, 128_000, 400_000] {
        let mut limited = Command::new("sh");
        let script = format!("ulimit -v {kilobytes}; exec \"$0\" --no-config --type message");
        limited.args(["-c", &script, env!("CARGO_BIN_EXE_mailrinse")]);
        let output = feed(limited, &large);
        match output.status.success() {
            true => {
                assert_eq!(
                    stdout(&output).matches("<b>there</b>").count(),
                    body.matches("<b>").count()
                );
                whole += 1;
            }
            false => assert!(output.stdout.is_empty(), "{kilobytes}"),
        }
    }
    assert!(whole > 0);
}

#[test]
fn html_that_begins_like_a_header_is_html() {
    let html = done(&run(&["--fragment"], "Note: <b>\n\nnew</b> prices"));
    assert!(html.contains("Note: <b>"), "{html}");
}

#[test]
fn a_file_is_written_whole_or_not_at_all() {
    let folder = folder();
    let out = file(&folder, "out.html", "before");
    let output = run(&["-o", &out, "--charset", "utf-7"], HTML);
    deferred(&output);
    assert_eq!(fs::read_to_string(&out).expect("read"), "before");
    assert_eq!(done(&run(&["-o", &out], HTML)), "");
    assert!(fs::read_to_string(&out).expect("read").contains("<p>Hi <b>there</b></p>"));
    let left: Vec<_> = fs::read_dir(folder.path()).expect("read").collect();
    assert_eq!(left.len(), 1, "{left:?}");
    let error = deferred(&run(&["-o", "/no/such/folder/out.html"], HTML));
    assert!(error.contains("-o /no/such/folder/out.html: "), "{error}");
}

#[test]
fn a_file_in_its_own_place() {
    let folder = folder();
    let path = file(&folder, "in.html", HTML);
    done(&run(&["-o", &path, &path], ""));
    let once = fs::read_to_string(&path).expect("read");
    assert!(once.contains("<p>Hi <b>there</b></p>") && !once.contains("x()"), "{once}");
}

/// A mail in which a rule of ours finds something that holds an address.
const TOLD: &str = "<p>Hi<img src=\"https://t.example/o.gif?reader=ann@b.example&\
                    id=8f14e45fceea167a5a36dedd4bea2543\" width=1 height=1>\
                    <a href=\"javascript:to('ann@b.example')\">x</a>";

fn findings(report: &str) -> Vec<serde_json::Value> {
    report.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

#[test]
fn a_report_is_masked() {
    let folder = folder();
    let path = folder.path().join("report.jsonl");
    let report = path.to_str().expect("UTF-8");
    done(&run(&["--report", report], TOLD));
    let masked = fs::read_to_string(&path).expect("read");
    done(&run(&["--report", report, "--unmask"], TOLD));
    let plain = fs::read_to_string(&path).expect("read");
    assert!(!masked.contains("ann@b.example"), "{masked}");
    assert!(plain.contains("ann@b.example"), "{plain}");
    assert_eq!(findings(&masked).len(), findings(&plain).len());
    for finding in findings(&plain) {
        assert_eq!(finding["v"], 1);
        assert!(finding["rule"].as_str().expect("text").contains('.'));
        assert!(finding["part"].is_null() && finding["range"].is_array());
    }
    assert!(plain.starts_with("{\"v\":1,\"rule\":\""), "{plain}");
}

#[test]
fn a_report_on_standard_error() {
    let output = run(&["--report", "-"], TOLD);
    done(&output);
    assert!(!findings(&stderr(&output)).is_empty());
}

#[test]
fn a_report_overwrites_neither_input_nor_output() {
    let folder = folder();
    let path = file(&folder, "in.html", HTML);
    let error = deferred(&run(&["--report", &path, &path], ""));
    assert!(error.contains("this is the input"), "{error}");
    let out = folder.path().join("out").to_str().expect("UTF-8").to_owned();
    let error = deferred(&run(&["--report", &out, "-o", &out, &path], ""));
    assert!(error.contains("this is the output"), "{error}");
    assert_eq!(fs::read_to_string(&path).expect("read"), HTML);
}

#[test]
fn a_report_that_cannot_be_written_is_a_failure() {
    let error = deferred(&run(&["--report", "/no/such/folder/r.jsonl"], HTML));
    assert!(error.contains("--report /no/such/folder/r.jsonl: "), "{error}");
}

#[test]
fn a_summary_and_lines_for_people() {
    let output = run(&["--summary"], HTML);
    done(&output);
    assert_eq!(stderr(&output).lines().count(), 1);
    let output = run(&["-vv"], TOLD);
    done(&output);
    assert!(!stderr(&output).is_empty() && !stderr(&output).contains("ann@b.example"));
    let output = run(&["-q"], HTML);
    done(&output);
    assert_eq!(stderr(&output), "");
}

#[test]
fn colours_only_where_wanted() {
    let coloured = |args: &[&str], no_color: &str| {
        let mut command = command();
        command.args(args).env("NO_COLOR", no_color);
        stderr(&feed(command, TOLD)).contains('\u{1b}')
    };
    assert!(!coloured(&["-v"], ""), "a pipe is no terminal");
    assert!(!coloured(&["-v", "--color", "auto"], "1"));
    assert!(coloured(&["-v", "--color", "always"], ""));
    assert!(!coloured(&["-v", "--color", "never"], ""));
    assert!(coloured(&["--color", "always", "--levle"], ""));
    assert!(!coloured(&["--color=never", "--levle"], ""));
    assert!(coloured(&["--color", "always", "/no/such"], ""));
}

#[test]
fn text_from_mail_does_not_control_the_terminal() {
    let html = "<p>x<a href=\"java\u{1b}]0;owned\u{7}script:\u{9b}2J\u{202e}\">y</a>";
    for args in [&["-vv", "--unmask"][..], &["--report", "-", "--unmask"], &["--summary"]] {
        let output = run(args, html);
        done(&output);
        let wild = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
        assert!(!stderr(&output).contains(wild), "{args:?}: {}", stderr(&output));
    }
}

#[test]
fn a_wrong_map_names_file_and_line() {
    let folder = folder();
    let map = file(&folder, "m.tsv", "# targets\nonly one column\n");
    let error = deferred(&run(&["--map", &map], HTML));
    assert!(error.contains(&format!("--map {map}:2: ")), "{error}");
    let map = file(&folder, "m.tsv", b"# targets\n\nhttps://a.example/1\thttps://b.example/\xff\n");
    let error = deferred(&run(&["--map", &map], HTML));
    assert!(error.contains(&format!("--map {map}:3: not valid UTF-8")), "{error}");
}

#[test]
fn a_reader_that_went_away_is_no_panic() {
    let mut command = command();
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("it starts");
    drop(child.stdout.take());
    let mut stdin = child.stdin.take().expect("piped");
    stdin.write_all(HTML.as_bytes()).expect("written");
    drop(stdin);
    let mut told = String::new();
    child.stderr.take().expect("piped").read_to_string(&mut told).expect("read");
    assert_eq!(child.wait().expect("it ends").code(), Some(75));
    assert!(told.starts_with("mailrinse: standard output: "), "{told}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_a_failure() {
    let full = || fs::OpenOptions::new().write(true).open("/dev/full").expect("a device");
    let folder = folder();
    let path = file(&folder, "in.html", HTML);
    let mut out = command();
    let output = out.arg(&path).stdout(full()).output().expect("it runs");
    assert_eq!(output.status.code(), Some(75));
    assert!(stderr(&output).contains("standard output: "), "{}", stderr(&output));
    // With no one to tell, it still ends as it should.
    let mut err = command();
    let output = err.arg("/no/such").stderr(full()).output().expect("it runs");
    assert_eq!(output.status.code(), Some(75));
    let error = deferred(&run(&["-o", "/dev/full", &path], ""));
    assert!(error.contains("-o /dev/full: "), "{error}");
    assert!(Path::new("/dev/full").exists());
}

#[test]
fn above_the_window() {
    let folder = folder();
    let piece = "<p>Hi <b>there</b>, all of you. </p>\n";
    let html = piece.repeat((5 << 20) / piece.len());
    let report = folder.path().join("r.jsonl").to_str().expect("UTF-8").to_owned();
    let rinsed = done(&run(&["--report", &report], &html));
    assert_eq!(rinsed.matches("<b>there</b>").count(), html.matches("<b>there</b>").count());
    assert!(rinsed.trim_end().ends_with("</html>"));
    // A tag without an end, larger than is allowed, behind much that was fine.
    let broken = html + "<p title=\"" + &"x".repeat(9 << 20);
    let out = file(&folder, "out.html", "before");
    let error = deferred(&run(&["-o", &out], &broken));
    assert!(error.contains("standard input: tag size limit"), "{error}");
    assert_eq!(fs::read_to_string(&out).expect("read"), "before");
    assert!(deferred(&run(&["--seal", "always"], &broken)).contains("--seal auto"));
}

#[test]
fn the_sum_of_the_seed() {
    let seed =
        concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/html/icann-marketo-spaces/input.html");
    let output = run(&["--summary", seed], "");
    done(&output);
    let told = stderr(&output);
    assert!(told.contains("17 links: 6 unwrapped, 10 opaque, 1 protected; "), "{told}");
}
