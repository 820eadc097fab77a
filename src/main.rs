//! Parse, run, print the error chain, exit code.

use std::process::ExitCode;
use std::time::Instant;

use atlasforge::cli::{self, Cli};
use clap::Parser;

fn main() -> ExitCode {
    let started = Instant::now();
    match cli::run(Cli::parse(), started) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("atlasforge: error: {}", cli::line(&error));
            ExitCode::from(cli::exit_code(&error))
        }
    }
}
