//! The work that is counted: one file, N times, in one process.

use std::hint::black_box;
use std::io::Write as _;

use mailrinse::{Builder, Context, Level, Rinser, Seal};

use crate::{Failure, newsletter};

pub(crate) const MODES: [&str; 3] = ["rinse", "rinse-always", "ammonia"];

/// What else is counted of one newsletter.
pub(crate) const MORE: [&str; 3] = ["rinse-no-access", "patch", "lol_html"];

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
        "ammonia" => ammonia(&bytes, times, &ammonia::Builder::default()),
        "ammonia-mail" => ammonia(&bytes, times, &mail_policy()),
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

/// Prints what a sanitizer makes of a file.
pub(crate) fn show(mode: &str, file: &str) -> Result<(), Failure> {
    let bytes = input(file)?;
    let text = String::from_utf8_lossy(&bytes);
    let out = match mode {
        "rinse" => {
            let rinsed = Rinser::builder().build()?.html(&*bytes, &Context::default())?;
            String::from_utf8_lossy(&rinsed.html).into_owned()
        }
        "ammonia" => ammonia::Builder::default().clean(&text).to_string(),
        "ammonia-mail" => mail_policy().clean(&text).to_string(),
        _ => return Err(format!("{mode} is no sanitizer").into()),
    };
    Ok(std::io::stdout().write_all(out.as_bytes())?)
}

/// What mail needs besides ammonia's default: styles, and HTML's old attributes.
fn mail_policy() -> ammonia::Builder<'static> {
    let mut policy = ammonia::Builder::default();
    policy
        .add_tags(["font", "center", "body", "html"])
        .add_generic_attributes([
            "style",
            "class",
            "bgcolor",
            "background",
            "valign",
            "border",
            "dir",
            "role",
        ])
        .filter_style_properties(
            [
                "color",
                "background-color",
                "font",
                "font-family",
                "font-size",
                "font-weight",
                "line-height",
                "margin",
                "padding",
                "border",
                "width",
                "max-width",
                "height",
                "text-align",
                "text-decoration",
                "display",
                "vertical-align",
            ]
            .into(),
        );
    policy
}

fn ammonia(bytes: &[u8], times: u32, builder: &ammonia::Builder<'_>) -> Result<(), Failure> {
    let text = String::from_utf8_lossy(bytes);
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
