//! The commands as others call them: `mailrinse url` and `mailrinse rules`.
//! 0 is done, 1 a check that found something, 2 trouble.
#![cfg(feature = "cli")]

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Output, Stdio};

const SAFE: &str = "https://eur02.safelinks.protection.outlook.com/?url=https%3A%2F%2Fshop.example\
                    %2Forders%2F17%3Futm_source%3Dmail&data=05%7C02";

fn command(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mailrinse"));
    command.args(args).current_dir(env!("CARGO_MANIFEST_DIR"));
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn run(args: &[&str], input: &str) -> Output {
    let mut child = command(args).spawn().expect("it starts");
    let mut stdin = child.stdin.take().expect("piped");
    let input = input.to_owned();
    let writer = std::thread::spawn(move || drop(stdin.write_all(input.as_bytes())));
    let output = child.wait_with_output().expect("it ends");
    writer.join().expect("written");
    output
}

/// Its standard output, where it ended so.
#[track_caller]
fn ends(code: i32, output: &Output) -> String {
    let (out, err) = (&output.stdout, String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(code), "{err}");
    assert!(!err.contains("panicked"), "{err}");
    String::from_utf8(out.clone()).expect("UTF-8")
}

fn told(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn a_line_for_every_url() {
    let urls = [
        (
            SAFE,
            "unwrapped,stripped\thttps://shop.example/orders/17\tlinks.safelinks.wrapper\tSafe Links",
        ),
        (
            "https://shop.example/?fbclid=1&b=2",
            "stripped\thttps://shop.example/?b=2\tlinks.generic.click-id\tgeneric",
        ),
        ("https://shop.example/?b=2", "unchanged\thttps://shop.example/?b=2\t\t"),
        (
            "https://bit.ly/3AbCdEf",
            "opaque\thttps://bit.ly/3AbCdEf\tlinks.shorteners.short\tLink shorteners",
        ),
        (
            "https://shop.example/unsubscribe?utm_source=a",
            "protected\thttps://shop.example/unsubscribe?utm_source=a\tlinks.protected.unsubscribe\t",
        ),
        ("no url", "invalid\tno url\t\t"),
        ("", "invalid\t\t\t"),
    ];
    let (input, expected): (Vec<&str>, Vec<&str>) = urls.into_iter().unzip();
    let expected = expected.join("\n") + "\n";
    assert_eq!(ends(0, &run(&["url"], &(input.join("\r\n") + "\n"))), expected);
    let args: Vec<&str> = ["url", "--"].into_iter().chain(input).collect();
    assert_eq!(ends(0, &run(&args, "")), expected);
}

#[test]
fn options_stand_before_or_after() {
    let both = "https://shop.example/orders/17\n";
    assert_eq!(ends(0, &run(&["url", "--plain", SAFE], "")), both);
    assert_eq!(ends(0, &run(&["--plain", "url", SAFE], "")), both);
    let unwrapped = "https://shop.example/orders/17?utm_source=mail\n";
    assert_eq!(ends(0, &run(&["--only", "unwrap", "url", "--plain", SAFE], "")), unwrapped);
    let off = ["--disable", "links.safelinks.*", "url", SAFE];
    assert!(ends(0, &run(&off, "")).starts_with("unchanged\t"));
    assert!(ends(0, &run(&["url", SAFE, "--only=params"], "")).starts_with("unchanged\t"));
}

#[test]
fn a_map_counts() {
    let map = "fixtures/maps/icann.toml";
    let url = "https://newsalerts.icann.org/uGN0008R0P0d0w02qg2CE20";
    let line = ends(0, &run(&["url", "--map", map, url], ""));
    assert!(line.starts_with("unwrapped\thttps://www.icann.org/"), "{line}");
}

#[test]
fn trouble_is_2() {
    for args in [
        &["url", "--nope"][..],
        &["--fragment", "url", "x"],
        &["url", "--map", "/no/such"],
        &["url", "--rules", "/no/such"],
        &["url", "--disable", "NO SUCH"],
        &["url", "--json", "--plain"],
        &["rules"],
        &["rules", "show", "links.none.such"],
        &["rules", "check"],
        &["rules", "check", "/no/such"],
        &["rules", "lst"],
    ] {
        let output = run(args, "");
        assert_eq!(ends(2, &output), "", "{args:?}");
        assert!(!told(&output).is_empty(), "{args:?}");
    }
    assert!(ends(0, &run(&["url", "--help"], "")).contains("--only"));
}

/// A program that asks line by line gets its answers line by line.
#[test]
fn an_answer_comes_before_the_next_question() {
    let mut child = command(&["url", "--plain"]).spawn().expect("it starts");
    let mut ask = child.stdin.take().expect("piped");
    let mut answers = BufReader::new(child.stdout.take().expect("piped"));
    for _ in 0..3 {
        writeln!(ask, "{SAFE}").expect("written");
        let mut line = String::new();
        answers.read_line(&mut line).expect("read");
        assert_eq!(line, "https://shop.example/orders/17\n");
    }
    drop(ask);
    assert!(child.wait().expect("it ends").success());
}

#[test]
fn the_list_of_rules() {
    let json = ends(0, &run(&["rules", "list", "--format", "json"], ""));
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(json["version"], mailrinse::Rules::builtin().version());
    let ids: Vec<&str> =
        json["rules"].as_array().expect("a list").iter().filter_map(|r| r["id"].as_str()).collect();
    assert!(ids.is_sorted() && ids.contains(&"links.marketo.click"), "{ids:?}");
    let off = ends(0, &run(&["rules", "list", "--disable", "*.marketo.*"], ""));
    assert!(!off.contains("links.marketo.click") && off.contains("links.safelinks.wrapper"));
    let md = ends(0, &run(&["rules", "list", "--format", "md"], ""));
    let there = fs::read_to_string("docs/rules.md").expect("docs/rules.md is there");
    assert!(md == there, "docs/rules.md is old: make docs");
}

#[test]
fn rules_of_ones_own() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().to_str().expect("UTF-8");
    let file = folder.path().join("acme.toml");
    let rule = "about = 'Acme.'\nsource = ['here']\n[[redirect]]\nid = 'click'\nhost = 'c.acme.example'\ntake = 'query:u'\nthen = ['percent']\n";
    let examples = "[[example]]\nurl = 'https://c.acme.example/?u=https%3A%2F%2Fb.example'\nbecomes = 'https://b.example'\nfinds = ['links.acme.click']\n[[example]]\nurl = 'https://acme.example/'\nfinds = []\n";
    fs::write(&file, format!("{rule}{examples}")).expect("written");
    let output = run(&["rules", "check", path], "");
    ends(0, &output);
    assert_eq!(told(&output), "");
    let shown = ends(0, &run(&["--rules", path, "rules", "show", "links.acme.click"], ""));
    assert!(shown.contains("c.acme.example") && shown.contains("of yours"), "{shown}");
    let version = |args: &[&str]| {
        let json = ends(0, &run(args, ""));
        serde_json::from_str::<serde_json::Value>(&json).expect("JSON")["version"].clone()
    };
    let built_in = version(&["rules", "list", "--format", "json"]);
    assert_ne!(built_in, version(&["rules", "list", "--format", "json", "--rules", path]));

    fs::write(&file, rule.replace("id = ", "di = ")).expect("written");
    let output = run(&["rules", "check", path], "");
    assert_eq!(ends(1, &output), "");
    assert!(told(&output).contains("acme.toml:"), "{}", told(&output));
    let wrong = examples.replace("'https://b.example'", "'https://c.example'");
    fs::write(&file, format!("{rule}{wrong}")).expect("written");
    let output = run(&["rules", "check", file.to_str().expect("UTF-8")], "");
    ends(1, &output);
    assert!(told(&output).contains("acme.toml:8: error:"), "{}", told(&output));
}
