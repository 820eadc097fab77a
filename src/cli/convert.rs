//! `atlasforge convert NETWORK`: original AtlasNet weights as a model.

use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Args;

use super::output::{print, safetensors};
use crate::model::convert;

/// Turn an original AtlasNet autoencoder's weights (.pth, 2018 to 2019 or December 2019) into a model
#[derive(Debug, Args)]
pub struct Convert {
    /// The file that torch.save wrote; it is parsed and never executed
    #[arg(value_name = "NETWORK")]
    network: PathBuf,
    /// The model to write; one that exists is replaced
    #[arg(short, long, value_name = "MODEL", value_parser = safetensors())]
    output: PathBuf,
}

impl Convert {
    /// Runs the command.
    ///
    /// # Errors
    /// When the file can't be read, is no AtlasNet autoencoder, or the model can't be written.
    pub fn run(&self) -> Result<()> {
        let shown = self.network.display();
        let bytes = std::fs::read(&self.network)
            .with_context(|| format!("can't read the network '{shown}'; give the path of a .pth file"))?;
        let converted = convert::convert(&bytes).with_context(|| format!("can't convert '{shown}'"))?;
        let config = &converted.checkpoint.config;
        converted.checkpoint.write(&self.output)?;
        let widths: Vec<String> = config.decoder.iter().map(usize::to_string).collect();
        eprintln!(
            "{}: {} patches of widths {}, latent {}{}{}",
            converted.layout,
            config.patches,
            widths.join("-"),
            config.latent,
            if config.batch_norm { ", batch-norm" } else { "" },
            if config.tanh { ", tanh" } else { "" },
        );
        if !converted.unused.is_empty() {
            let (named, more) = converted.unused.split_at(converted.unused.len().min(4));
            let more = if more.is_empty() { String::new() } else { format!(" and {} more", more.len()) };
            eprintln!("left out, since its function does not depend on them: {}{more}", named.join(", "));
        }
        print(&format!("{}\n", self.output.display()))
    }
}
