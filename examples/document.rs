//! Makes a document of a mail that is in a file, for an archive: nothing
//! remote is left in it, so that it reads the same in ten years.
//!
//!     cargo run --example document mail.html > archived.html

use mailrinse::{Context, Remote, Rinser};
use std::io::Write;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let file = std::env::args().nth(1).ok_or("usage: document FILE")?;
    let mail = std::fs::read(&file)?;
    let rinser = Rinser::builder().remote(Remote::Block).build()?;
    let context = Context::default().subject("As the header says");
    let rinsed = rinser.html(&mail, &context)?;
    std::io::stdout().write_all(&rinsed.html)?;
    eprintln!("{file}: {} findings", rinsed.findings.len());
    Ok(())
}
