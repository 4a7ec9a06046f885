//! What the stages cost, each with all that it calls, in instructions per byte
//! of mail, as callgrind tells them apart by the names of functions. To look
//! at, not a gate: what the compiler puts into its caller has no figure here.

use std::path::Path;
use std::process::Command;

use crate::Failure;
use crate::work::input;

/// In the order of the pipeline; the names as callgrind prints them.
const STAGES: [(&str, &str); 16] = [
    ("charset", "mailrinse::charset::encoding_of"),
    ("mend", "mailrinse::mend::Mend::block"),
    ("read", "mailrinse::read::Reader::feed"),
    ("nest", "mailrinse::nest::Nest::nest"),
    ("signs of senders", "mailrinse::rules::Rules::vendors"),
    ("scene", "mailrinse::scene::Scene::learn"),
    ("trackers", "<mailrinse::rooms::trackers::Trackers as mailrinse::rooms::Room>::visit"),
    (
        "links, learning",
        "mailrinse::rooms::links::pass::<impl mailrinse::rooms::links::Links>::learn",
    ),
    ("links", "<mailrinse::rooms::links::pass::Pass as mailrinse::rooms::Room>::visit"),
    ("access, learning", "mailrinse::rooms::access::Access::learn"),
    // Within the pass, which is within the window.
    ("access", "src/rooms/access/mod.rs:mailrinse::rinse::Rinse::window"),
    ("policy", "<mailrinse::rooms::policy::PolicyRoom as mailrinse::rooms::Room>::visit"),
    ("emit", "mailrinse::write::emit::Emit::window"),
    ("splice", "mailrinse::write::splice::splice"),
    ("seal", "mailrinse::seal::check"),
    ("all", "mailrinse::rinse::Rinse::end"),
];
const MODES: [&str; 3] = ["rinse", "rinse-always", "patch"];
/// Rinses in a run: what is made once counts for a third.
const TIMES: u32 = 3;

pub(crate) fn print(file: &str) -> Result<(), Failure> {
    let bytes = input(file)?.len() as f64 * f64::from(TIMES);
    let costs = MODES.map(|mode| inclusive(mode, file));
    let [rinse, always, patch] = costs;
    let costs = [rinse?, always?, patch?];
    println!("{file}: instructions per byte; - where it does not run, or within its caller");
    println!("{:<20}{:>14}{:>14}{:>14}", "stage", MODES[0], MODES[1], MODES[2]);
    for (stage, function) in STAGES {
        let cells = costs.each_ref().map(|said| {
            let cost =
                said.iter().filter(|(place, _)| is_of(place, function)).map(|(_, cost)| *cost);
            cost.max().map_or("-".to_owned(), |cost| format!("{:.1}", cost as f64 / bytes))
        });
        println!("{stage:<20}{:>14}{:>14}{:>14}", cells[0], cells[1], cells[2]);
    }
    Ok(())
}

/// The functions of a run, and what each costs with all that it calls.
fn inclusive(mode: &str, file: &str) -> Result<Vec<(String, u64)>, Failure> {
    let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("stages-{mode}.out"));
    let mut to = std::ffi::OsString::from("--callgrind-out-file=");
    to.push(&out);
    let run = Command::new("valgrind")
        .arg("--tool=callgrind")
        .arg(to)
        .arg(std::env::current_exe()?)
        .args([mode, file, &TIMES.to_string()])
        .output()
        .map_err(|error| format!("valgrind: {error}"))?;
    if !run.status.success() {
        return Err(format!("{mode}: {}", String::from_utf8_lossy(&run.stderr)).into());
    }
    let said = Command::new("callgrind_annotate")
        .args(["--inclusive=yes", "--auto=no", "--threshold=100"])
        .arg(&out)
        .output()
        .map_err(|error| format!("callgrind_annotate: {error}"))?;
    let said = String::from_utf8_lossy(&said.stdout);
    let found: Vec<_> = said.lines().filter_map(line).collect();
    if found.is_empty() {
        return Err(format!("callgrind_annotate tells no function of {mode}").into());
    }
    Ok(found)
}

/// Whether `file.rs:name` is of this function: its name, or the end of a file
/// and the name of the caller that it was put into.
fn is_of(place: &str, function: &str) -> bool {
    place.split_once(':').is_some_and(|(_, name)| name == function)
        || function.contains(".rs:") && place.ends_with(function)
}

/// `1,234 (5.60%)  file.rs:name [program]`.
fn line(line: &str) -> Option<(String, u64)> {
    let (cost, rest) = line.trim_start().split_once(" (")?;
    let (_, place) = rest.split_once("%)")?;
    let place = place.trim_start().split(" [").next()?.trim_end();
    Some((place.to_owned(), cost.replace(',', "").parse().ok()?))
}
