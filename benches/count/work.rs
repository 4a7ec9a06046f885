//! The work that is counted: one file, N times, in one process.

use std::hint::black_box;

use mailrinse::{Context, Rinser, Seal};

use crate::Failure;

pub(crate) const MODES: [&str; 3] = ["rinse", "rinse-always", "ammonia"];

pub(crate) fn work(mode: &str, file: &str, times: &str) -> Result<(), Failure> {
    let bytes = std::fs::read(file).map_err(|error| format!("{file}: {error}"))?;
    let times: u32 = times.parse()?;
    match mode {
        "rinse" => rinse(&bytes, times, Seal::Auto),
        "rinse-always" => rinse(&bytes, times, Seal::Always),
        "ammonia" => ammonia(&bytes, times),
        "urls" => urls(&bytes, times),
        _ => Err(format!("no such mode: {mode} ({})", MODES.join(", ")).into()),
    }
}

fn rinse(bytes: &[u8], times: u32, seal: Seal) -> Result<(), Failure> {
    let rinser = Rinser::builder().seal(seal).build()?;
    let context = Context::default();
    for _ in 0..times {
        black_box(rinser.html(black_box(bytes), &context)?);
    }
    Ok(())
}

fn ammonia(bytes: &[u8], times: u32) -> Result<(), Failure> {
    let text = String::from_utf8_lossy(bytes);
    let builder = ammonia::Builder::default();
    for _ in 0..times {
        black_box(builder.clean(black_box(&text)).to_string());
    }
    Ok(())
}

/// Judges each line of the file. Not in the baseline: it counts per URL, and
/// the difference of two runs is what one costs.
fn urls(bytes: &[u8], times: u32) -> Result<(), Failure> {
    let rinser = Rinser::builder().build()?;
    let context = Context::default();
    let text = std::str::from_utf8(bytes)?;
    for _ in 0..times {
        for url in text.lines() {
            black_box(rinser.url(black_box(url), &context));
        }
    }
    Ok(())
}
