//! What the stages cost, each with all that it calls, in instructions per byte
//! of mail, as callgrind tells them apart by the names of functions. To look
//! at, not a gate: what the compiler puts into its caller has no figure here.

use std::path::Path;
use std::process::Command;

use crate::Failure;
use crate::check::callgrind;
use crate::work::input;

/// In the order of the pipeline; the ends of the places as callgrind prints
/// them, `file.rs:function`.
const STAGES: [(&str, &str); 16] = [
    ("charset", "mailrinse::charset::encoding_of"),
    ("mend", "mailrinse::mend::Mend::block"),
    ("read", "mailrinse::read::Reader::feed"),
    ("nest", "mailrinse::nest::Nest::nest"),
    ("signs of senders", "mailrinse::rules::Rules::vendors"),
    ("scene", "mailrinse::scene::Scene::with"),
    ("trackers", "<mailrinse::rooms::trackers::Trackers as mailrinse::rooms::Room>::visit"),
    (
        "links, learning",
        "mailrinse::rooms::links::pass::<impl mailrinse::rooms::links::Links>::learn",
    ),
    ("links", "<mailrinse::rooms::links::pass::Pass as mailrinse::rooms::Room>::visit"),
    ("access, learning", "mailrinse::rooms::access::Access::learn"),
    ("access", "<mailrinse::rooms::access::Access as mailrinse::rooms::Room>::visit"),
    ("policy", "<mailrinse::rooms::policy::PolicyRoom as mailrinse::rooms::Room>::visit"),
    ("emit", "mailrinse::write::emit::Emit::window"),
    ("splice", "mailrinse::write::splice::splice"),
    ("seal", "mailrinse::seal::check"),
    ("all", "mailrinse::rinse::Rinse::whole"),
];
const MODES: [&str; 3] = ["rinse", "rinse-always", "patch"];
/// Rinses in a run: what is made once counts for a third.
const TIMES: u32 = 3;

pub(crate) fn print(file: &str) -> Result<(), Failure> {
    let bytes = input(file)?.len() as f64 * f64::from(TIMES);
    let costs: Vec<_> = MODES.iter().map(|mode| inclusive(mode, file)).collect::<Result<_, _>>()?;
    println!("{file}: instructions per byte; - where it does not run, or within its caller");
    println!("{:<20}{:>14}{:>14}{:>14}", "stage", MODES[0], MODES[1], MODES[2]);
    for (stage, function) in STAGES {
        print!("{stage:<20}");
        for said in &costs {
            let cost = said.iter().filter(|(place, _)| place.ends_with(function));
            let cell = cost.map(|(_, cost)| *cost as f64 / bytes).reduce(f64::max);
            print!("{:>14}", cell.map_or("-".to_owned(), |cell| format!("{cell:.1}")));
        }
        println!();
    }
    Ok(())
}

/// The functions of a run, and what each costs with all that it calls.
fn inclusive(mode: &str, file: &str) -> Result<Vec<(String, u64)>, Failure> {
    let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("stages-{mode}.out"));
    callgrind(&out, &std::env::current_exe()?, &[mode, file, &TIMES.to_string()])?;
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

/// `1,234 (5.60%)  file.rs:name [program]`.
fn line(line: &str) -> Option<(String, u64)> {
    let (cost, rest) = line.trim_start().split_once(" (")?;
    let (_, place) = rest.split_once("%)")?;
    let place = place.trim_start().split(" [").next()?.trim_end();
    Some((place.to_owned(), cost.replace(',', "").parse().ok()?))
}
