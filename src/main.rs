//! The command `mailrinse`: one HTML document in, one out. See `cli`.

mod cli;

fn main() -> std::process::ExitCode {
    cli::main()
}
