//! Twice the size may cost 2.3 times the instructions, not four times: hostile
//! shapes under callgrind, which counts the same on a busy machine.
//!
//! ```text
//! cargo bench --bench linear -- check BYTES [WORD]    each shape (with WORD in its name) at BYTES and twice that
//! cargo bench --bench linear -- rinse SHAPE BYTES     what is counted
//! ```

mod shapes;

use mailrinse::{Context, Rinser};
use shapes::SHAPES;
use std::hint::black_box;
use std::process::{Command, ExitCode};

/// More than this is not linear any more; start-up and tables that grow make
/// it differ from 2.
const MOST: f64 = 2.3;

type Failure = Box<dyn std::error::Error>;

fn main() -> ExitCode {
    // `cargo bench` adds `--bench` to whatever it is given.
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let done = match args[..] {
        ["check", bytes] => check(bytes, ""),
        ["check", bytes, word] => check(bytes, word),
        ["rinse", shape, bytes] => rinse(shape, bytes),
        // A plain `cargo bench` runs this too.
        [] => {
            eprintln!("linear: see `make bench-linear`");
            Ok(())
        }
        _ => Err("usage: linear check BYTES [WORD] | rinse SHAPE BYTES".into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("linear: {error}");
            ExitCode::FAILURE
        }
    }
}

fn check(bytes: &str, word: &str) -> Result<(), Failure> {
    let bytes: usize = bytes.parse()?;
    let mut faults = Vec::new();
    println!("{:<28}{:>14}{:>14}{:>8}", "instructions per byte", bytes, 2 * bytes, "ratio");
    for (name, _) in SHAPES.iter().filter(|(name, _)| name.contains(word)) {
        let (one, two) = (instructions(name, bytes)?, instructions(name, 2 * bytes)?);
        let ratio = two as f64 / one as f64;
        let per_byte = |count: u64, bytes: usize| count as f64 / bytes as f64;
        println!(
            "{name:<28}{:>14.1}{:>14.1}{ratio:>8.2}",
            per_byte(one, bytes),
            per_byte(two, 2 * bytes)
        );
        if ratio > MOST {
            faults.push(format!("{name}: {ratio:.2}"));
        }
    }
    if !faults.is_empty() {
        return Err(format!("more than linear: {}", faults.join(", ")).into());
    }
    println!("linear: no shape costs more than {MOST} times as much at twice the size");
    Ok(())
}

fn instructions(shape: &str, bytes: usize) -> Result<u64, Failure> {
    let run = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(std::env::current_exe()?)
        .args(["rinse", shape, &bytes.to_string()])
        .output()
        .map_err(|error| format!("valgrind: {error}"))?;
    let said = String::from_utf8_lossy(&run.stderr);
    let counted =
        said.lines().find_map(|line| line.split_once("Collected : ")?.1.trim().parse().ok());
    match counted {
        Some(counted) if run.status.success() => Ok(counted),
        _ => Err(format!("{shape} {bytes} under valgrind: {}\n{said}", run.status).into()),
    }
}

/// Over a limit is an answer, too.
fn rinse(shape: &str, bytes: &str) -> Result<(), Failure> {
    let (_, make) = SHAPES.iter().find(|(name, _)| *name == shape).ok_or("no such shape")?;
    let html = make(bytes.parse()?);
    let rinser = Rinser::builder().build()?;
    let _ = black_box(rinser.html(black_box(&html), &Context::default()));
    Ok(())
}
