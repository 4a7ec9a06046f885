//! Rinses HTML of any size in memory that does not grow with it. What has
//! been written when an error comes is a prefix to be thrown away, so the
//! result gets its name only when it is whole.
//!
//!     cargo run --example streaming huge.html rinsed.html

use mailrinse::{Context, Rinser};
use std::fs::{self, File};
use std::io::{self, BufReader};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let (Some(from), Some(to)) = (args.next(), args.next()) else {
        return Err("usage: streaming FROM TO".into());
    };
    let unfinished = format!("{to}.part");
    let rinser = Rinser::builder().build()?;
    // `()` is a sink that listens to nothing.
    let mut stream = rinser.stream(File::create(&unfinished)?, Context::default(), ());
    let result = io::copy(&mut BufReader::new(File::open(&from)?), &mut stream)
        .map_err(Into::into)
        .and_then(|_| stream.finish());
    match result {
        Ok(file) => {
            file.sync_all()?;
            fs::rename(&unfinished, &to)?;
            Ok(())
        }
        Err(error) => {
            fs::remove_file(&unfinished)?;
            Err(error.into())
        }
    }
}
