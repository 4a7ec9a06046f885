//! What the hostile cases are worth, for the code: `tests/mutants/guards.toml`
//! lists its guards and how each is taken out. `make mutants` builds a copy of
//! the crate with a switch for each, and a case must notice every one.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A guard and how it is taken out.
struct Guard {
    file: String,
    find: String,
    with: String,
    kept: Option<String>,
}

fn guards() -> Vec<Guard> {
    let text = include_str!("../mutants/guards.toml");
    let table = DeTable::parse(text).expect("guards.toml is TOML");
    let list = table.get_ref().get("guard").and_then(|v| v.get_ref().as_array());
    let guard = |value: &Spanned<DeValue<'_>>| {
        let table = value.get_ref().as_table().expect("[[guard]]");
        let text = |key: &str| table.get(key).and_then(|v| v.get_ref().as_str()).map(str::to_owned);
        let must = |key: &str| text(key).unwrap_or_else(|| panic!("a guard without {key}"));
        Guard { file: must("file"), find: must("find"), with: must("with"), kept: text("kept") }
    };
    list.expect("[[guard]]").iter().map(guard).collect()
}

/// Where there is a guard, there it is once.
#[test]
fn guards_are_where_they_are_said_to_be() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for guard in guards() {
        let source = std::fs::read_to_string(root.join(&guard.file)).expect("its file");
        let count = source.matches(&guard.find).count();
        assert_eq!(count, 1, "{}: {:?} is there {count} times", guard.file, guard.find);
        assert!(guard.with.contains("OFF"), "{}: {:?} has no switch", guard.file, guard.with);
    }
}

/// Builds a copy of the crate with a switch for each guard, and runs the
/// hostile cases with each of them off.
#[test]
#[ignore = "builds the crate once more: `make mutants`"]
fn of_guards() {
    let guards = guards();
    let binary = instrumented(&guards);
    let run = |off: usize| {
        let passes = |test: &str| {
            let mut command = Command::new(&binary);
            command.args(["--exact", test]);
            command.env("MAILRINSE_MUTANT", off.to_string()).env_remove("UPDATE");
            command.output().expect("the copy's tests run").status.success()
        };
        // The quicker one first.
        passes("hostile::cases_are_as_expected") && passes("hostile::cases_are_safe")
    };
    assert!(run(usize::MAX), "with every guard in its place the copy does as the crate does");
    let (mut killed, mut wrong) = (0, String::new());
    for (number, guard) in guards.iter().enumerate() {
        let survived = run(number);
        killed += usize::from(!survived);
        let what = format!("{}: {}", guard.file, guard.find.trim());
        match (&guard.kept, survived) {
            (None, true) => {
                let _ = writeln!(wrong, "nobody notices: {what}");
            }
            (Some(_), false) => {
                let _ = writeln!(wrong, "noticed, though `kept` says that nobody may: {what}");
            }
            (Some(why), true) => println!("not noticed: {what} ({why})"),
            (None, false) => {}
        }
    }
    println!("guards: {killed} of {} noticed", guards.len());
    assert!(wrong.is_empty(), "{wrong}");
}

/// The test binary of the copy.
fn instrumented(guards: &[Guard]) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let tmp = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let copy = tmp.join("mutants");
    for name in ["Cargo.toml", "Cargo.lock", "build.rs", "src", "rules", "tests", "fixtures"] {
        copy_all(&root.join(name), &copy.join(name));
    }
    for name in ["benches", "examples", "README.md", "docs", "CHANGELOG.md"] {
        copy_all(&root.join(name), &copy.join(name));
    }
    let mut sources: HashMap<&str, String> = HashMap::new();
    for (number, guard) in guards.iter().enumerate() {
        let source = sources
            .entry(&guard.file)
            .or_insert_with(|| std::fs::read_to_string(root.join(&guard.file)).expect("its file"));
        let with = guard.with.replace("OFF", &format!("crate::mutants::off({number})"));
        *source = source.replacen(&guard.find, &with, 1);
    }
    let lib = std::fs::read_to_string(root.join("src/lib.rs")).expect("src/lib.rs");
    sources.insert("src/lib.rs", format!("{lib}\npub(crate) mod mutants;\n"));
    sources.insert("src/mutants.rs", SWITCH.to_owned());
    for (file, source) in sources {
        write_if_new(&copy.join(file), source.as_bytes());
    }
    let output = Command::new(env!("CARGO"))
        .current_dir(&copy)
        .args(["test", "--test", "suite", "--no-run", "--message-format=json"])
        // Of its own: cargo takes the copy for the crate itself.
        .env("CARGO_TARGET_DIR", tmp.join("mutants-target"))
        .output()
        .expect("cargo runs");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut built = said.lines().filter_map(|line| {
        let line: serde_json::Value = serde_json::from_str(line).ok()?;
        (line["target"]["name"] == "suite")
            .then(|| line["executable"].as_str().map(PathBuf::from))?
    });
    built.next_back().expect("the suite was built")
}

const SWITCH: &str = "//! Which guard is off.
#![allow(missing_docs)]
pub(crate) fn off(number: usize) -> bool {
    static OFF: std::sync::OnceLock<usize> = std::sync::OnceLock::new();
    let of = || std::env::var(\"MAILRINSE_MUTANT\").ok().and_then(|v| v.parse().ok());
    *OFF.get_or_init(|| of().unwrap_or(usize::MAX)) == number
}
";

fn copy_all(from: &Path, to: &Path) {
    if from.is_dir() {
        for entry in std::fs::read_dir(from).expect("a folder") {
            let name = entry.expect("an entry").file_name();
            if name != "node_modules" {
                copy_all(&from.join(&name), &to.join(&name));
            }
        }
        return;
    }
    write_if_new(to, &std::fs::read(from).unwrap_or_else(|e| panic!("{}: {e}", from.display())));
}

/// So that cargo builds only what is new.
fn write_if_new(to: &Path, bytes: &[u8]) {
    if std::fs::read(to).is_ok_and(|there| there == bytes) {
        return;
    }
    std::fs::create_dir_all(to.parent().expect("a folder")).expect("it can be made");
    std::fs::write(to, bytes).unwrap_or_else(|e| panic!("{}: {e}", to.display()));
}
