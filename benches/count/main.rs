//! What a rinse costs, in instructions per byte of mail, which unlike seconds
//! are the same on a busy machine. `count check` has callgrind count runs of
//! this same program; the other modes are what it runs.
//!
//! ```text
//! cargo bench --bench count -- rinse FILE N          N rinses, seal auto
//! cargo bench --bench count -- rinse-always FILE N   N rinses, seal always
//! cargo bench --bench count -- ammonia FILE N        N times ammonia's default policy
//! cargo bench --bench count -- patch FILE N          N rinses at level patch
//! cargo bench --bench count -- rinse-no-access FILE N  N rinses without the room access
//! cargo bench --bench count -- stream FILE N         N rinses through a stream
//! cargo bench --bench count -- lol_html FILE N       N times lol_html with no handlers
//! cargo bench --bench count -- MODE FILE 1 show      prints what rinse, ammonia or ammonia-mail makes of it
//! cargo bench --bench count -- urls FILE N           each line of FILE judged as a URL, N times
//! cargo bench --bench count -- stages FILE           what each stage costs
//! cargo bench --bench count -- check                 compare with benches/baseline.tsv; the whole command
//! cargo bench --bench count -- command PATH          the whole command alone, of this file
//! cargo bench --bench count -- update                write benches/baseline.tsv
//! ```
//!
//! FILE may be `newsletter:BYTES`: one that is made of the fixtures.

mod check;
mod command;
mod newsletter;
mod stages;
mod work;

use std::process::ExitCode;

type Failure = Box<dyn std::error::Error>;

fn main() -> ExitCode {
    // `cargo bench` adds `--bench` to whatever it is given.
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let done = match args[..] {
        ["check"] => check::check().and_then(|()| command::check(command::BUILT)),
        ["command", command] => command::check(command),
        ["update"] => check::update(),
        ["stages", file] => stages::print(file),
        [mode, file, times] => work::work(mode, file, times),
        [mode, file, "1", "show"] => work::show(mode, file),
        // A plain `cargo bench` runs this too; counting takes valgrind and a while, so it has to be asked for.
        [] => {
            eprintln!("count: see `make bench-check`");
            Ok(())
        }
        _ => Err("usage: count check | command PATH | update | stages FILE | MODE FILE N".into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("count: {error}");
            ExitCode::FAILURE
        }
    }
}
