//! mbox: messages one after the other, each behind a line `From …` (RFC 4155).
//! Read and written one message at a time; lines of that kind and all that is
//! not rinsed keep their bytes.

use super::Work;
use super::find::Item;
use super::put::Put;
use super::sum::Sum;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Write};

/// Rinses an mbox into another file.
pub fn rinse(work: &Work<'_>, item: &Item, put: &Put, sum: &mut Sum) {
    if put.is_there() {
        sum.there += 1;
        return;
    }
    let name = item.path.display().to_string();
    let mut read = || -> io::Result<()> {
        let mut from = BufReader::new(File::open(&item.path)?);
        let mut each = |to: &mut dyn Write| {
            messages(&mut from, |number, line, message| {
                if work.is_stopped() {
                    return Err(io::Error::other("stopped: nothing of it is written"));
                }
                let (body, gap) = split_gap(message);
                let new = work.rinsed(body, &format!("{name}: message {number}"), sum);
                to.write_all(line)?;
                match *new == *body {
                    true => to.write_all(body)?,
                    false => to.write_all(&quoted(&new))?,
                }
                to.write_all(gap)
            })
        };
        match work.args.dry_run {
            true => each(&mut io::sink()),
            false => put.stream(&mut each),
        }
    };
    if let Err(error) = read() {
        work.fault(sum, &item.path, error);
    }
}

/// Calls `each` with the number, the `From ` line and the bytes of every message.
fn messages(
    from: &mut dyn BufRead,
    mut each: impl FnMut(usize, &[u8], &[u8]) -> io::Result<()>,
) -> io::Result<()> {
    let (mut number, mut head, mut message) = (0, Vec::new(), Vec::new());
    let (mut line, mut blank) = (Vec::new(), true);
    loop {
        line.clear();
        let end = from.read_until(b'\n', &mut line)? == 0;
        let begins = blank && line.starts_with(b"From ");
        if end || begins {
            if number > 0 {
                each(number, &head, &message)?;
            }
            if end {
                return Ok(());
            }
            number += 1;
            head.clone_from(&line);
            message.clear();
        } else {
            message.extend_from_slice(&line);
        }
        blank = matches!(&*line, b"\n" | b"\r\n");
    }
}

/// The empty line behind a message is the mailbox's.
fn split_gap(message: &[u8]) -> (&[u8], &[u8]) {
    let gap = match message {
        [.., b'\n', b'\r', b'\n'] => 2,
        [.., b'\n', b'\n'] => 1,
        _ => 0,
    };
    message.split_at(message.len() - gap)
}

/// A new line that would begin another message gets the usual `>`.
fn quoted(message: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(message.len());
    let mut blank = false;
    for line in message.split_inclusive(|&b| b == b'\n') {
        if blank && line.starts_with(b"From ") {
            out.push(b'>');
        }
        out.extend_from_slice(line);
        blank = matches!(line, b"\n" | b"\r\n");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_keep_their_bytes() {
        let text = b"From a@b.example Mon\nSubject: x\n\nhi\nFrom here\n\nFrom b Tue\r\n\r\nx\r\n\r\nFrom c\nlast";
        let mut all = Vec::new();
        let mut count = 0;
        messages(&mut &text[..], |number, line, message| {
            count = number;
            let (body, gap) = split_gap(message);
            all.extend([line, body, gap].concat());
            Ok(())
        })
        .expect("memory can be read");
        assert_eq!((count, &all[..]), (3, &text[..]));
    }

    #[test]
    fn no_message_begins_in_a_message() {
        assert_eq!(quoted(b"a: b\n\nFrom x\nFrom y\n"), b"a: b\n\n>From x\nFrom y\n");
    }
}
