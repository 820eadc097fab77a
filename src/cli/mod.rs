//! The terminal: one file a subcommand, each thin: arguments in, library call, result printed. Results go to stdout,
//! progress and messages to stderr.

mod asset;
mod bench;
mod closest;
mod convert;
mod data;
mod density;
mod eval;
mod explore;
mod export;
mod finish;
mod folds;
mod inspect;
mod interpolate;
mod interrupt;
mod memory;
mod model;
mod output;
mod reconstruct;
mod reconstruction;
mod render;
mod sample;
mod study;
mod subject;
mod table;
mod train;
mod training;

use std::time::Instant;

use clap::{Args, Parser, Subcommand};

pub use model::ModelArgs;

const EXAMPLES: &str = "\
Examples:
  atlasforge                                         open the explorer
  atlasforge sample -o sword.glb --seed 7            forge a new sword
  atlasforge export sword.glb -o game.glb            ready for a game engine
  atlasforge reconstruct mine.obj -o mine.glb        through the model and back
  atlasforge interpolate a.glb b.glb --steps 5 --out-dir between
  atlasforge inspect                                 the model's card and its encoded swords";

/// Forge swords: a trained AtlasNet VAE turns a latent into 25 surface patches; explore, blend and export them as glTF.
///
/// Without a command it opens the explorer. Results go to stdout, progress and messages to stderr. A bare model name is
/// looked for in models/ here, beside the program, and in the user's data folder (~/.local/share/atlasforge/models).
#[derive(Debug, Parser)]
#[command(name = "atlasforge", version, after_help = EXAMPLES)]
#[command(max_term_width = 110)]
pub struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    model: ModelArgs,
}

#[derive(Debug, Subcommand)]
enum Command {
    Explore(explore::Explore),
    Export(export::Export),
    Sample(sample::Sample),
    Reconstruct(reconstruct::Reconstruct),
    Interpolate(interpolate::Interpolate),
    Inspect(inspect::Inspect),
    Render(render::Render),
    Eval(eval::Eval),
    Bench(bench::Bench),
    Data(data::DataArgs),
    Train(train::Train),
    Study(study::Study),
    Folds(folds::Folds),
    Convert(convert::Convert),
    Finish(finish::Finish),
}

impl Command {
    /// Where the command keeps its `--model`; `None` for one that uses no model.
    fn model(&mut self) -> Option<&mut ModelArgs> {
        match self {
            Self::Explore(command) => Some(&mut command.model),
            Self::Export(command) => Some(&mut command.model),
            Self::Sample(command) => Some(&mut command.model),
            Self::Reconstruct(command) => Some(&mut command.model),
            Self::Interpolate(command) => Some(&mut command.model),
            Self::Inspect(command) => Some(&mut command.model),
            Self::Render(command) => Some(&mut command.model),
            Self::Eval(command) => Some(&mut command.model),
            Self::Bench(command) => Some(&mut command.model),
            Self::Convert(_) | Self::Data(_) | Self::Train(_) | Self::Study(_) | Self::Folds(_) | Self::Finish(_) => {
                None
            }
        }
    }
}

/// A run that the user stopped; the process then ends with code 130, as if the signal had killed it.
#[derive(Debug, thiserror::Error)]
#[error("interrupted; {hint}")]
pub struct Interrupted {
    /// How to go on.
    pub hint: String,
}

/// Of `--grid` where nothing is reopened.
const GRID_HELP: &str = "Points along each side of a patch's grid: 2 to 512 [default: 32]";

/// Points along one side of a patch's grid, with the exporter's limits.
#[derive(Clone, Copy, Debug, Args)]
struct GridArgs {
    /// Points along each side of a patch's grid: 2 to 512 [default: 32, or an exported FILE's own]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(2..=512))]
    grid: Option<u16>,
}

impl GridArgs {
    /// The side asked for, or `otherwise`.
    fn or(self, otherwise: usize) -> usize {
        self.grid.map_or(otherwise, usize::from)
    }
}

/// A length in metres that can be made.
fn length(text: &str) -> Result<f32, String> {
    match text.parse::<f32>() {
        Ok(x) if crate::forge::LENGTHS.contains(&x) => Ok(x),
        _ => Err("give metres, 0.01 to 100".to_owned()),
    }
}

/// Runs what was asked for; `started` is when the program did.
///
/// # Errors
/// Whatever went wrong; [`line`] makes one line of it.
pub fn run(mut cli: Cli, started: Instant) -> anyhow::Result<()> {
    // `--model` may stand before the command as well as after it, where it counts.
    if let (Some(command), Some(name)) = (&mut cli.command, &cli.model.model) {
        match command.model() {
            Some(ModelArgs { model }) => *model = model.take().or_else(|| Some(name.clone())),
            None => anyhow::bail!("this command uses no model; give it without --model"),
        }
    }
    match cli.command {
        None => explore::Explore::window(cli.model).run(started),
        Some(Command::Explore(command)) => command.run(started),
        Some(Command::Export(command)) => command.run(),
        Some(Command::Sample(command)) => command.run(),
        Some(Command::Reconstruct(command)) => command.run(),
        Some(Command::Interpolate(command)) => command.run(),
        Some(Command::Inspect(command)) => command.run(),
        Some(Command::Render(command)) => command.run(),
        Some(Command::Eval(command)) => command.run(),
        Some(Command::Bench(command)) => command.run(),
        Some(Command::Data(command)) => data::run(&command),
        Some(Command::Train(command)) => command.run(),
        Some(Command::Study(command)) => command.run(),
        Some(Command::Folds(command)) => command.run(),
        Some(Command::Convert(command)) => command.run(),
        Some(Command::Finish(command)) => command.run(),
    }
}

/// The error and its causes on one line. A cause that its effect already quotes is left out.
pub fn line(error: &anyhow::Error) -> String {
    let mut line = String::new();
    for cause in error.chain() {
        let said = cause.to_string();
        if !line.ends_with(&said) {
            if !line.is_empty() {
                line.push_str(": ");
            }
            line.push_str(&said);
        }
    }
    line.split(['\n', '\r']).map(str::trim).filter(|s| !s.is_empty()).collect::<Vec<_>>().join("; ")
}

/// 130 after Ctrl-C, 1 for everything else; wrong usage ends in clap with 2.
pub fn exit_code(error: &anyhow::Error) -> u8 {
    if error.is::<Interrupted>() { 130 } else { 1 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_arguments_are_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_flag_is_documented() {
        for command in Cli::command().get_subcommands() {
            assert!(command.get_about().is_some(), "{} has no help", command.get_name());
            for argument in command.get_arguments() {
                assert!(argument.get_help().is_some(), "{} {} has no help", command.get_name(), argument.get_id());
            }
        }
    }

    #[test]
    fn only_commands_that_reopen_a_file_promise_its_grid() {
        let grid = |name: &str| -> String {
            let cli = Cli::command();
            let found = cli.get_subcommands().find(|c| c.get_name() == name).unwrap();
            let argument = found.get_arguments().find(|a| a.get_id() == "grid").unwrap();
            argument.get_help().unwrap().to_string()
        };
        assert!(["sample", "inspect", "render"].iter().all(|c| grid(c).contains("own]")));
        assert!(["reconstruct", "interpolate"].iter().all(|c| grid(c).ends_with("[default: 32]")));
    }

    #[test]
    fn an_error_is_one_line_and_says_nothing_twice() {
        let error = anyhow::anyhow!("disk full").context("can't write 'a': disk full").context("two\nlines");
        assert_eq!(line(&error), "two; lines: can't write 'a': disk full");
        assert_eq!(exit_code(&error), 1);
        let stopped = anyhow::Error::from(Interrupted { hint: "start again".into() });
        assert_eq!((exit_code(&stopped), line(&stopped).as_str()), (130, "interrupted; start again"));
    }

    #[test]
    fn lengths_outside_the_workshop_are_refused() {
        assert_eq!(length("0.9"), Ok(0.9));
        assert!(length("0").is_err() && length("nan").is_err() && length("1e9").is_err() && length("1m").is_err());
    }
}
