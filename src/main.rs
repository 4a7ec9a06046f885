//! Stands in for the command.
use std::io::{Read, Write};
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut html = Vec::new();
    std::io::stdin().read_to_end(&mut html)?;
    let rinsed = mailrinse::Rinser::builder()
        .seal(mailrinse::Seal::Always)
        .build()?
        .html(&html, &mailrinse::Context::default())?;
    std::io::stdout().write_all(&rinsed.html)?;
    for f in rinsed.findings {
        eprintln!("{f:?}");
    }
    Ok(())
}
