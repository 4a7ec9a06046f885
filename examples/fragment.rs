//! Puts a mail into a web page: the fragment is one `div`, whose style sheet
//! reaches no further than that `div`. Reads HTML from standard input.
//!
//!     cargo run --example fragment < mail.html > page.html

use mailrinse::{Context, Rinser, Shape};
use std::io::{self, Read, Write};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut mail = Vec::new();
    io::stdin().read_to_end(&mut mail)?;
    let rinser = Rinser::builder().shape(Shape::Fragment).build()?;
    let rinsed = rinser.html(&mail, &Context::default())?;

    let mut page = io::stdout().lock();
    page.write_all(b"<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">")?;
    page.write_all(b"<title>Inbox</title></head><body><h1>Inbox</h1>\n")?;
    page.write_all(&rinsed.html)?;
    page.write_all(b"</body></html>\n")?;
    Ok(())
}
