//! Weights of the original AtlasNet (Groueix 2018, github.com/ThibaultGROUEIX/AtlasNet) as a checkpoint: bytes in, checkpoint
//! out. A `.pth` file is a pickle, which is a program; here it is parsed and never executed.
//!
//! [`container`] takes the file apart (zip, or the container from before PyTorch 1.6), [`pickle`] reads what it says about
//! its tensors, [`atlasnet`] knows the layouts.

pub mod atlasnet;
pub mod container;
pub mod pickle;
pub mod pickled;
pub mod zip;

use thiserror::Error;

pub use atlasnet::{Converted, convert};

/// Why a file can't be converted. Each message ends in a way out where there is one.
#[derive(Debug, Error, PartialEq)]
pub enum ConvertError {
    #[error("it is empty; copy it again")]
    Empty,
    #[error("it is no PyTorch file (neither a zip archive nor a pickle); name a .pth file written by torch.save")]
    NotPyTorch,
    #[error("it is cut short or damaged ({0}); copy it again")]
    Broken(String),
    #[error("{0}; load it in Python and save it again with torch.save(network.state_dict(), ...)")]
    Container(String),
    #[error(
        "it calls for '{0}', and only tensors are read from a file that could run any program; save the weights alone with \
         torch.save(network.state_dict(), ...)"
    )]
    Global(String),
    #[error(
        "its pickle uses {0}, which weights have no need of; save them alone with torch.save(network.state_dict(), ...)"
    )]
    Opcode(String),
    #[error("it holds no dictionary of tensors; save the weights with torch.save(network.state_dict(), ...)")]
    NoTensors,
    #[error("it is no AtlasNet autoencoder with square patches: {why}. Its tensors are: {found}")]
    Layout { why: String, found: String },
    #[error("tensor '{name}' {why}")]
    Tensor { name: String, why: String },
    #[error("the network failed: {0}")]
    Network(String),
}
