//! Parse, run, print the error chain, exit code.

use std::process::ExitCode;

use atlasforge::cli::{self, Cli};
use clap::Parser;

fn main() -> ExitCode {
    match cli::run(Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("atlasforge: error: {}", cli::line(&error));
            ExitCode::from(cli::exit_code(&error))
        }
    }
}
