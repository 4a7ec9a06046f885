//! One rinse: arguments to rinser, input to result, result to its place. The
//! result is held until all of it is there; the report goes first, so that a
//! mail that went out is always accounted for.

use super::args::{Args, Level, Seal};
use super::exit::Failure;
use super::kind::{self, What};
use super::message;
use super::output::{self, Held, say};
use super::report::{Report, roomy};
use super::source::Source;
use mailrinse::{Context, Error, Input, Limits, Rinsed, Rinser, Shape, Sink};
use std::borrow::Cow;
use std::io::{self, Read, Write};
use std::path::Path;

/// Rinses as the arguments ask.
pub fn run(args: &Args) -> Result<(), Failure> {
    check_paths(args)?;
    let mut source = Source::open(args.file(), args.quiet)?;
    let window = Limits::default().window;
    let head = source.head(window as u64 + 1)?;
    let name = source.name.clone();
    let what = kind::tell(args.kind, args.file(), &name, &head)?;
    let mut report = Report::new(args);
    if what == What::Message {
        let mut raw = head;
        source.rest(&mut raw)?;
        return message::run(args, &raw, &mut report);
    }
    let rinser = rinser(args)?;
    if head.len() > window {
        if args.seal == Seal::Always {
            let what = "--seal always needs the whole input at once, which is possible up to 4 MiB";
            return Err(Failure::at(&name, format!("{what}: use --seal auto")));
        }
        let mut held = stream(args, &rinser, &head, source, &mut report)?;
        drop(head);
        report.deliver()?;
        deliver(args, held.all().map_err(|e| Failure::new(format!("{e}{}", roomy())))?)?;
    } else {
        let html = whole(args, &rinser, &head, &name, &mut report)?;
        report.deliver()?;
        deliver(args, &mut &*html)?;
    }
    if let Some(sum) = report.sum() {
        match args.message.log {
            Some(log) => log.line(&format!("{name}: {sum}")),
            None => say(format_args!("{sum}")),
        }
    }
    Ok(())
}

/// Refuses what would overwrite one thing with another.
fn check_paths(args: &Args) -> Result<(), Failure> {
    let Some(report) = args.report.as_deref().filter(|path| *path != Path::new("-")) else {
        return Ok(());
    };
    for (other, what) in [(args.file(), "the input"), (args.output(), "the output")] {
        if other.is_some_and(|other| output::same(report, other)) {
            let place = format!("--report {}", report.display());
            return Err(Failure::at(place, format!("this is {what}: name another file")));
        }
    }
    Ok(())
}

fn rinser(args: &Args) -> Result<Rinser, Failure> {
    if args.heading {
        let what = "HTML by itself has no Subject; a message has (--type message)";
        return Err(Failure::at("--heading", what));
    }
    let mut limits = Limits::default();
    limits.time = args.message.deadline;
    let mut builder = Rinser::builder()
        .level(args.level.unwrap_or_default().into())
        .shape(if args.fragment { Shape::Fragment } else { Shape::Document })
        .hidden(args.hidden.unwrap_or_default().into())
        .seal(args.seal.into())
        .limits(limits);
    builder = args.remote.clone().unwrap_or_default().tell(builder, args.proxy_key.as_deref())?;
    builder = args.lore.tell(builder, args.map.as_deref())?;
    if args.resolve {
        builder = args.net.tell(builder)?;
    }
    builder.build().map_err(|error| args.lore.fault(error))
}

/// What the arguments say of the mail.
pub fn context(args: &Args) -> Context {
    let mut context = Context::default();
    for address in &args.recipient {
        context = context.recipient(address);
    }
    if let Some(base) = &args.base {
        context = context.base(base);
    }
    context
}

/// Input within the window.
fn whole<'i>(
    args: &'i Args,
    rinser: &Rinser,
    html: &'i [u8],
    name: &str,
    report: &mut Report,
) -> Result<Cow<'i, [u8]>, Failure> {
    let input = match &args.charset {
        Some(charset) => Input::with_charset(html, charset),
        None => Input::from(html),
    };
    let rinsed = rinser.html(input, &context(args));
    let Rinsed { html, findings, .. } = rinsed.map_err(|error| fault(args, name, error))?;
    for finding in findings {
        report.finding(finding);
    }
    Ok(html)
}

/// Input above the window, in bounded memory.
fn stream(
    args: &Args,
    rinser: &Rinser,
    head: &[u8],
    mut source: Source,
    report: &mut Report,
) -> Result<Held, Failure> {
    let name = source.name.clone();
    let mut stream = rinser.stream(Held::new(head.len()), context(args), report);
    if let Some(charset) = &args.charset {
        stream = stream.charset(charset);
    }
    let held = |error| Failure::new(format!("cannot hold the result: {error}{}", roomy()));
    // What the stream itself says travels inside the I/O error.
    let wrong = |error: io::Error| match error.downcast::<Error>() {
        Ok(error) => fault(args, &name, error),
        Err(error) => held(error),
    };
    stream.write_all(head).map_err(wrong)?;
    let mut buffer = vec![0; 64 << 10];
    loop {
        let n = source.read(&mut buffer)?;
        if n == 0 {
            break;
        }
        stream.write_all(&buffer[..n]).map_err(wrong)?;
    }
    stream.finish().map_err(|error| match error {
        Error::Io(error) => held(error),
        error => fault(args, &name, error),
    })
}

/// Puts the result where it was asked for.
pub fn deliver(args: &Args, from: &mut dyn Read) -> Result<(), Failure> {
    match args.output() {
        Some(path) => {
            let place = format!("-o {}", path.display());
            output::replace(path, from).map_err(|e| Failure::at(place, e))
        }
        None => output::print(from).map_err(|e| Failure::at("standard output", e)),
    }
}

/// What a failed rinse means to the caller.
fn fault(args: &Args, name: &str, error: Error) -> Failure {
    let todo = match &error {
        Error::Charset(label) if args.charset.as_ref() == Some(label) => {
            return Failure::new(format!("--charset: {error}"));
        }
        Error::Charset(label) if args.level == Some(Level::Patch) => {
            let todo = "use --level clean, or convert the input to UTF-8";
            let what = format!("level patch cannot keep the bytes of this charset ({label})");
            return Failure::at(name, format!("{what}: {todo}"));
        }
        Error::Limit { .. } => "; nothing was written",
        Error::Seal(_) | Error::Reader(_) => {
            "; nothing was written. Please report this, with the input if that may be shared"
        }
        _ => "",
    };
    Failure::at(name, format!("{error}{todo}"))
}
