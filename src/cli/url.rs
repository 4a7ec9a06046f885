//! `mailrinse url`: one URL a line in, one line out, in memory that does not
//! grow. What a URL is is the library's matter.

use super::args::{Lore, Tone};
use super::exit::{Exit, Failure};
use super::output::{say, unruly};
use clap::ValueEnum;
use mailrinse::{Context, Only, Rinser, SCHEMA, Verdict};
use serde_json::json;
use std::borrow::Cow;
use std::ffi::OsString;
use std::io::{self, BufRead, BufReader, IsTerminal, Read, Write};
use std::path::PathBuf;

/// Longer lines are no URL that anything would open; they are passed on.
const LONGEST: u64 = 64 << 10;

const AFTER: &str = "\
Prints for every URL a line with tabs between verdict, resulting URL, rule and
vendor. The verdict is unchanged, unwrapped, stripped, unwrapped,stripped,
opaque (a known wrapper whose target is not in it), refused (a target that no
link may lead to), protected (unsubscribe, preferences, login) or invalid.
Control characters, which no URL holds, are printed as %09 and the like.
A wrapper that is only known by other links of its mail is unchanged here.

Exit status: 0 when all lines are done, 2 otherwise.";

/// Says of URLs what they wrap, and takes tracking parameters out
#[derive(clap::Args, Debug)]
#[command(after_help = AFTER, args_override_self = true)]
pub struct UrlArgs {
    /// The URLs; one a line on standard input if left out
    #[arg(value_name = "URL")]
    urls: Vec<OsString>,
    /// Does one of the two
    #[arg(long, value_name = "WHAT", value_enum)]
    only: Option<What>,
    /// Prints a JSON object a line
    #[arg(long, conflicts_with = "plain")]
    json: bool,
    /// Prints the resulting URL only, byte for byte
    #[arg(long)]
    plain: bool,
    /// Wrapped links whose targets are known
    #[arg(long, value_name = "FILE", help_heading = "Rules")]
    map: Option<PathBuf>,
    #[command(flatten)]
    lore: Lore,
    /// Says nothing but errors
    #[arg(short, long, help_heading = "Report")]
    quiet: bool,
    #[command(flatten)]
    pub tone: Tone,
}

#[derive(ValueEnum, Clone, Copy, Debug)]
enum What {
    /// Wrappers come off
    Unwrap,
    /// Tracking parameters go
    Params,
}

/// Judges all of them.
pub fn run(args: &UrlArgs) -> Result<Exit, Failure> {
    let builder = args.lore.tell(Rinser::builder(), args.map.as_deref())?;
    let judge = Judge {
        rinser: builder.build().map_err(|error| args.lore.fault(error))?,
        only: match args.only {
            None => Only::Both,
            Some(What::Unwrap) => Only::Unwrap,
            Some(What::Params) => Only::Params,
        },
        form: match (args.json, args.plain) {
            (true, _) => Form::Json,
            (_, true) => Form::Plain,
            _ => Form::Columns,
        },
    };
    let out = &mut io::BufWriter::new(io::stdout().lock());
    let done = if args.urls.is_empty() {
        if io::stdin().is_terminal() && !args.quiet {
            say(format_args!("mailrinse: reading URLs from the terminal, one a line"));
        }
        judge.lines(&mut BufReader::with_capacity(64 << 10, io::stdin().lock()), out)
    } else {
        let urls = args.urls.iter().map(|url| url.as_encoded_bytes());
        urls.into_iter().try_for_each(|url| judge.line(url, out)).map_err(written)
    };
    done?;
    out.flush().map_err(written)?;
    Ok(Exit::Done)
}

fn written(error: io::Error) -> Failure {
    Failure::at("standard output", error)
}

struct Judge {
    rinser: Rinser,
    only: Only,
    form: Form,
}

#[derive(Clone, Copy)]
enum Form {
    Columns,
    Plain,
    Json,
}

impl Judge {
    /// A line out for every line in. What is done is shown before the next
    /// line has to be waited for.
    fn lines<R: Read>(&self, from: &mut BufReader<R>, out: &mut impl Write) -> Result<(), Failure> {
        let wrong = |error| Failure::at("standard input", error);
        let mut line = Vec::new();
        loop {
            if !from.buffer().contains(&b'\n') {
                out.flush().map_err(written)?;
            }
            line.clear();
            let read = from.by_ref().take(LONGEST + 2).read_until(b'\n', &mut line);
            if read.map_err(wrong)? == 0 {
                return Ok(());
            }
            let whole = line.last() == Some(&b'\n');
            if !whole && line.len() as u64 > LONGEST {
                self.long(&line, from, out)?;
                continue;
            }
            let end = [&b"\r\n"[..], b"\n"].iter().find_map(|end| line.strip_suffix(*end));
            self.line(end.unwrap_or(&line), out).map_err(written)?;
        }
    }

    /// Judges one.
    fn line(&self, line: &[u8], out: &mut impl Write) -> io::Result<()> {
        let verdict = std::str::from_utf8(line)
            .ok()
            .map(|url| self.rinser.url_only(url, self.only, &Context::default()));
        match (self.form, &verdict) {
            (Form::Plain, None) => out.write_all(line)?,
            (Form::Plain, Some(verdict)) => out.write_all(verdict.url.as_bytes())?,
            (Form::Columns, verdict) => {
                let word = verdict.as_ref().map_or("invalid", Verdict::word);
                write!(out, "{word}\t")?;
                column(verdict.as_ref().map_or(line, |verdict| verdict.url.as_bytes()), out)?;
                let of = |get: fn(&Verdict) -> &Option<Cow<'static, str>>| {
                    verdict.as_ref().and_then(|v| get(v).as_deref()).unwrap_or_default()
                };
                write!(out, "\t{}\t{}", of(|v| &v.rule), of(|v| &v.vendor))?;
            }
            (Form::Json, verdict) => {
                let url = String::from_utf8_lossy(line);
                serde_json::to_writer(&mut *out, &object(Some(&url), verdict.as_ref()))?;
            }
        }
        out.write_all(b"\n")
    }

    /// A line that is too long: all of it goes out as it came, but never
    /// through memory at once. In JSON it is left out.
    fn long<R: Read>(
        &self,
        start: &[u8],
        from: &mut BufReader<R>,
        out: &mut impl Write,
    ) -> Result<(), Failure> {
        match self.form {
            Form::Columns => out.write_all(b"invalid\t").map_err(written)?,
            Form::Plain => {}
            Form::Json => write!(out, "{}", object(None, None)).map_err(written)?,
        }
        self.pass(start, out).map_err(written)?;
        loop {
            let buffer = match from.fill_buf() {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                buffer => buffer.map_err(|error| Failure::at("standard input", error))?,
            };
            let end = buffer.iter().position(|&b| b == b'\n');
            self.pass(&buffer[..end.unwrap_or(buffer.len())], out).map_err(written)?;
            let used = end.map_or(buffer.len(), |end| end + 1);
            from.consume(used);
            if end.is_some() || used == 0 {
                break;
            }
        }
        let end = if matches!(self.form, Form::Columns) { "\t\t\n" } else { "\n" };
        out.write_all(end.as_bytes()).map_err(written)
    }

    fn pass(&self, bytes: &[u8], out: &mut impl Write) -> io::Result<()> {
        match self.form {
            Form::Columns => column(bytes, out),
            Form::Plain => out.write_all(bytes),
            Form::Json => Ok(()),
        }
    }
}

/// One column: what is no text, ends a column or controls a terminal is
/// escaped as in a URL.
fn column(bytes: &[u8], out: &mut impl Write) -> io::Result<()> {
    let escape = |bytes: &[u8], out: &mut dyn Write| {
        bytes.iter().try_for_each(|byte| write!(out, "%{byte:02X}"))
    };
    for chunk in bytes.utf8_chunks() {
        let mut text = chunk.valid();
        while let Some(at) = text.find(unruly) {
            let c = text[at..].chars().next().map_or(0, char::len_utf8);
            out.write_all(&text.as_bytes()[..at])?;
            escape(&text.as_bytes()[at..at + c], out)?;
            text = &text[at + c..];
        }
        out.write_all(text.as_bytes())?;
        escape(chunk.invalid(), out)?;
    }
    Ok(())
}

/// A line as JSON. Keys are those of findings where they say the same.
fn object(url: Option<&str>, verdict: Option<&Verdict>) -> serde_json::Value {
    let Some(verdict) = verdict else {
        return json!({ "v": SCHEMA, "verdict": "invalid", "url": url });
    };
    let to = (verdict.unwrapped || verdict.stripped).then_some(&verdict.url);
    json!({
        "v": SCHEMA,
        "verdict": verdict.word(),
        "url": url,
        "to": to,
        "rule": verdict.rule,
        "vendor": verdict.vendor,
        "removed": verdict.removed,
        "refused": verdict.refused,
        "hint": verdict.hint,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(form: Form) -> Judge {
        let rinser = Rinser::builder().build().unwrap();
        Judge { rinser, only: Only::Both, form }
    }

    fn lines(form: Form, input: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        // A small buffer, so that lines do not fit into it.
        let mut from = BufReader::with_capacity(64, input);
        judge(form).lines(&mut from, &mut out).unwrap();
        out
    }

    fn text(form: Form, input: &[u8]) -> String {
        String::from_utf8(lines(form, input)).unwrap()
    }

    #[test]
    fn one_line_in_one_line_out() {
        let input =
            b"https://x.example/a?utm_source=n\r\n\nhttps://x.example/a\tb\nno url\n\xff\x9b";
        assert_eq!(
            text(Form::Columns, input),
            "stripped\thttps://x.example/a\tlinks.generic.utm\tgeneric\n\
             invalid\t\t\t\nunchanged\thttps://x.example/a%09b\t\t\ninvalid\tno url\t\t\n\
             invalid\t%FF%9B\t\t\n"
        );
        assert_eq!(
            lines(Form::Plain, input),
            b"https://x.example/a\n\nhttps://x.example/a\tb\nno url\n\xff\x9b\n"
        );
    }

    #[test]
    fn long_lines_pass_whole() {
        let long = "x".repeat(3 * LONGEST as usize) + "\ty";
        let input = format!("{long}\nhttps://x.example/\n{long}");
        assert_eq!(lines(Form::Plain, input.as_bytes()), format!("{input}\n").as_bytes());
        let columns = text(Form::Columns, input.as_bytes());
        let expected: Vec<usize> = vec![8 + long.len() + 2 + 2, 30, 8 + long.len() + 2 + 2];
        assert_eq!(columns.lines().map(str::len).collect::<Vec<_>>(), expected);
        for line in text(Form::Json, input.as_bytes()).lines() {
            serde_json::from_str::<serde_json::Value>(line).unwrap();
        }
    }

    #[test]
    fn as_json() {
        let line = text(Form::Json, b"https://x.example/a?utm_source=n&b=1");
        let value: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!(value["verdict"], "stripped");
        assert_eq!(value["to"], "https://x.example/a?b=1");
        assert_eq!(value["removed"][0], "utm_source");
        assert_eq!(value["rule"], "links.generic.utm");
    }
}
