//! What mailrinse promises, as tests. Run with `UPDATE=1` to rewrite the
//! fixtures' expectations, with `PROPTEST_CASES=n` for more or fewer generated
//! mails, with `MAILRINSE_CORPUS=folder` for mails that are not in here.

mod common;

mod fixtures;
mod seed;
mod seeds;

mod blocks;
mod fixed_point;
mod message;
mod patch;
mod policy;
mod read;
mod seal;
mod tree;
mod words;

mod browser;
mod crowd;
mod eval;
mod guards;
mod hostile;
mod labels;
mod linear;
mod mutants;

mod cli;
mod commands;
mod config;
mod look;
mod mailbox;
mod readme;
#[cfg(feature = "resolve")]
mod resolve;
