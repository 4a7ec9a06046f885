//! Counts, prints, compares. A run of three less a run of one leaves two
//! rinses, without start-up and without what is built once.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use crate::Failure;
use crate::work::{MODES, MORE, input};

const FILES: [&str; 7] = [
    "fixtures/html/icann-marketo-spaces/input.html",
    "fixtures/html/newsletter-hybrid/input.html",
    "fixtures/html/receipt-ses/input.html",
    // Most of it is a style sheet.
    "fixtures/html/notice-template/input.html",
    "newsletter:10000",
    // As much as there is without a section that stands in it twice.
    "newsletter:30000",
    LARGE,
];
/// Of this one more is counted. Its sections come three times, and with them
/// links, styles and pictures, more often than in most mail.
const LARGE: &str = "newsletter:100000";
const BASELINE: &str = "benches/baseline.tsv";
const RISE: f64 = 0.05;
const UPDATE: &str = "if it is worth it, `make bench-update` writes the new figures";

/// What holds of [`LARGE`] whatever the baseline says: a mode costs at most so
/// many times what another does.
const MOST: [(&str, f64, &str); 3] = [
    ("rinse", 1.0 / 1.5, "ammonia"),
    ("patch", 8.0, "lol_html"),
    ("rinse", 1.5, "rinse-no-access"),
];

/// Instructions per byte, by file and mode.
type Figures = BTreeMap<(String, String), f64>;

pub(crate) fn check() -> Result<(), Failure> {
    let before = read()?;
    let now = count()?;
    print(&now, &before);
    let mut faults = Vec::new();
    for ((file, mode), &figure) in &now {
        let Some(&old) = before.get(&(file.clone(), mode.clone())) else {
            faults.push(format!("{file}, {mode}: no figure in {BASELINE}"));
            continue;
        };
        let change = figure / old - 1.0;
        let line = format!("{file}, {mode}: {old:.1} -> {figure:.1} ({:+.1} %)", change * 100.0);
        match mode.as_str() {
            "ammonia" | "lol_html" => {} // not ours: the measure beside it
            _ if change > RISE => faults.push(line),
            _ if change < -RISE => println!("{line}: `make bench-update` keeps the gain"),
            _ => {}
        }
    }
    for (mode, most, other) in MOST {
        let of = |mode: &str| now[&(LARGE.to_owned(), mode.to_owned())];
        let times = of(mode) / of(other);
        if times > most {
            faults.push(format!("{LARGE}, {mode}: {times:.2} times {other}, not {most:.2}"));
        }
    }
    if !faults.is_empty() {
        let faults = faults.join("\n  ");
        let why = format!("instructions per byte, against {BASELINE}:\n  {faults}\n{UPDATE}");
        return Err(why.into());
    }
    println!("bench-check: nothing rose by more than {:.0} %", RISE * 100.0);
    Ok(())
}

pub(crate) fn update() -> Result<(), Failure> {
    let now = count()?;
    print(&now, &read().unwrap_or_default());
    let mut text = String::from(
        "# callgrind instructions per byte of input; written by `make bench-update`\n",
    );
    for ((file, mode), figure) in &now {
        writeln!(text, "{file}\t{mode}\t{figure:.1}")?;
    }
    Ok(std::fs::write(BASELINE, text)?)
}

fn read() -> Result<Figures, Failure> {
    let text = std::fs::read_to_string(BASELINE)
        .map_err(|error| format!("{BASELINE}: {error}; {UPDATE}"))?;
    let mut figures = Figures::new();
    for (at, line) in
        text.lines().enumerate().filter(|(_, line)| !line.starts_with('#') && !line.is_empty())
    {
        let wrong = || format!("{BASELINE}:{}: not file, mode, figure", at + 1);
        let [file, mode, figure] =
            line.split('\t').collect::<Vec<_>>().try_into().map_err(|_| wrong())?;
        figures.insert((file.into(), mode.into()), figure.parse().map_err(|_| wrong())?);
    }
    Ok(figures)
}

fn count() -> Result<Figures, Failure> {
    let mut figures = Figures::new();
    for file in FILES {
        let bytes = input(file)?.len();
        let more = if file == LARGE { &MORE[..] } else { &[] };
        for &mode in MODES.iter().chain(more) {
            let two = instructions(mode, file, 3)?.saturating_sub(instructions(mode, file, 1)?);
            figures.insert((file.into(), mode.into()), two as f64 / (2 * bytes) as f64);
        }
    }
    Ok(figures)
}

fn instructions(mode: &str, file: &str, times: u32) -> Result<u64, Failure> {
    counted(&std::env::current_exe()?, &[mode, file, &times.to_string()])
}

/// The instructions of a run of a program.
pub(crate) fn counted(program: &Path, args: &[&str]) -> Result<u64, Failure> {
    let said = callgrind(Path::new("/dev/null"), program, args)?;
    said.lines()
        .find_map(|line| line.split_once("Collected : ")?.1.trim().parse().ok())
        .ok_or_else(|| format!("{args:?} under valgrind tells no sum:\n{said}").into())
}

/// Has callgrind write what it counts of a run; gives what it says.
pub(crate) fn callgrind(out: &Path, program: &Path, args: &[&str]) -> Result<String, Failure> {
    let run = Command::new("valgrind")
        .arg("--tool=callgrind")
        .arg(format!("--callgrind-out-file={}", out.display()))
        .arg(program)
        .args(args)
        // The loader looks through all of it, and cargo sets much.
        .env_clear()
        .envs(std::env::var_os("PATH").map(|path| ("PATH", path)))
        .output()
        .map_err(|error| format!("valgrind: {error}"))?;
    let said = String::from_utf8_lossy(&run.stderr).into_owned();
    match run.status.success() {
        true => Ok(said),
        false => Err(format!("{args:?} under valgrind: {}\n{said}", run.status).into()),
    }
}

fn print(now: &Figures, before: &Figures) {
    println!("instructions per byte (in brackets: the baseline)");
    let [rinse, always, ammonia] = MODES;
    println!("{:<34}{rinse:>20}{always:>20}{ammonia:>20}{:>18}", "file", "rinse/ammonia");
    for file in FILES {
        let name = file.trim_start_matches("fixtures/html/").trim_end_matches("/input.html");
        let key = |mode: &str| (file.to_owned(), mode.to_owned());
        let cell = |mode| {
            let old = before.get(&key(mode)).map_or("-".into(), |old| format!("{old:.1}"));
            format!("{:.1} ({old})", now[&key(mode)])
        };
        let ratio = now[&key("rinse")] / now[&key("ammonia")];
        let [rinse, always, ammonia] = MODES.map(cell);
        println!("{name:<34}{rinse:>20}{always:>20}{ammonia:>20}{ratio:>18.2}");
    }
    let of = |mode: &str| now[&(LARGE.to_owned(), mode.to_owned())];
    let [no_access, patch, scan] = MORE;
    println!(
        "{LARGE}: level patch {:.1}, lol_html with no handlers {:.1}: {:.1} times",
        of(patch),
        of(scan),
        of(patch) / of(scan)
    );
    println!(
        "{LARGE}: without the room access {:.1}: with it {:.2} times",
        of(no_access),
        of("rinse") / of(no_access)
    );
}
