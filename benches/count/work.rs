//! The work that is counted: one file, N times, in one process.

use std::hint::black_box;
use std::io::Write as _;

use mailrinse::{Builder, Context, Level, Rinser, Seal};

use crate::{Failure, newsletter};

pub(crate) const MODES: [&str; 3] = ["rinse", "rinse-always", "ammonia"];

/// What stands for a newsletter of so many bytes instead of a file's name.
pub(crate) const MADE: &str = "newsletter:";

pub(crate) fn input(file: &str) -> Result<Vec<u8>, Failure> {
    match file.strip_prefix(MADE) {
        Some(size) => Ok(newsletter::make(size.parse()?).into_bytes()),
        None => Ok(std::fs::read(file).map_err(|error| format!("{file}: {error}"))?),
    }
}

pub(crate) fn work(mode: &str, file: &str, times: &str) -> Result<(), Failure> {
    let bytes = input(file)?;
    let times: u32 = times.parse()?;
    match mode {
        "rinse" => rinse(&bytes, times, |builder| builder.seal(Seal::Auto)),
        "rinse-always" => rinse(&bytes, times, |builder| builder.seal(Seal::Always)),
        "rinse-no-access" => rinse(&bytes, times, |builder| builder.disable("access.*")),
        "patch" => rinse(&bytes, times, |builder| builder.level(Level::Patch)),
        "stream" => stream(&bytes, times),
        "ammonia" => ammonia(&bytes, times),
        "lol_html" => scan(&bytes, times),
        "show" => Ok(std::io::stdout().write_all(&bytes)?),
        "urls" => urls(&bytes, times),
        _ => Err(format!("no such mode: {mode} ({})", MODES.join(", ")).into()),
    }
}

fn rinse(bytes: &[u8], times: u32, set: fn(Builder) -> Builder) -> Result<(), Failure> {
    let rinser = set(Rinser::builder()).build()?;
    let context = Context::default();
    for _ in 0..times {
        black_box(rinser.html(black_box(bytes), &context)?);
    }
    Ok(())
}

/// In pieces, as mail comes in; also above the window.
fn stream(bytes: &[u8], times: u32) -> Result<(), Failure> {
    let rinser = Rinser::builder().build()?;
    for _ in 0..times {
        let mut stream = rinser.stream(std::io::sink(), Context::default(), ());
        for piece in bytes.chunks(64 << 10) {
            stream.write_all(piece)?;
        }
        stream.finish()?;
    }
    Ok(())
}

/// lol_html with no handlers: it looks for tags and passes all on.
fn scan(bytes: &[u8], times: u32) -> Result<(), Failure> {
    for _ in 0..times {
        let sink = |piece: &[u8]| {
            black_box(piece.len());
        };
        let mut rewriter = lol_html::HtmlRewriter::new(lol_html::Settings::new(), sink);
        rewriter.write(black_box(bytes))?;
        rewriter.end()?;
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
