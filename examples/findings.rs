//! Lists what a mail would have told whom, and what became of it. Reads HTML
//! from standard input.
//!
//!     cargo run --example findings < mail.html

use mailrinse::{Context, Finding, Masker, Rinser, RoomName, Sink};
use std::io;

/// Prints trackers and links as they are found, addresses and tokens masked.
struct Print(Masker);

impl Sink for Print {
    fn finding(&mut self, finding: Finding) {
        if !matches!(finding.room, RoomName::Trackers | RoomName::Links) {
            return;
        }
        let vendor = finding.vendor.as_deref().unwrap_or("unknown sender");
        println!("{} ({vendor}), byte {}", finding.rule, finding.range.start);
        for evidence in &finding.evidence {
            println!("    {:+} {}", evidence.weight, self.0.text(&evidence.what));
        }
        if let Some(to) = &finding.to {
            println!("    leads to {}", self.0.url(to));
        }
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let rinser = Rinser::builder().build()?;
    let context = Context::default().recipient("reader@example.com");
    let mut stream = rinser.stream(io::sink(), context, Print(Masker::default()));
    io::copy(&mut io::stdin().lock(), &mut stream)?;
    stream.finish()?;
    Ok(())
}
