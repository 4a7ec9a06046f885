//! Prints the built-in rules as static tables, so that starting costs nothing.
//! A bad rule fails the build, with file, line and id.

#[path = "src/html.rs"]
#[allow(dead_code, reason = "shared with the library")]
mod html;
#[path = "src/rules/policy_format.rs"]
mod policy_format;

use std::path::PathBuf;
use std::{env, fs, process};

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=src/html.rs");
    println!("cargo::rerun-if-changed=src/rules/policy_format.rs");
    println!("cargo::rerun-if-changed=rules");
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    fs::write(out.join("policy.rs"), policy()).expect("OUT_DIR can be written");
}

/// Reads `rules/policy.toml` and prints it.
fn policy() -> String {
    let path = "rules/policy.toml";
    let text = fs::read_to_string(path).unwrap_or_else(|e| fail(&format!("{path}: {e}")));
    policy_format::generate(&text).unwrap_or_else(|bad| fail(&format!("{path}:{bad}")))
}

fn fail(message: &str) -> ! {
    eprintln!("{message}");
    println!("cargo::error={message}");
    process::exit(1);
}
