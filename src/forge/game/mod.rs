//! A shape made ready for a game: the one road that the terminal and the explorer's export panel take. Same subject, same
//! options: same bytes.
//!
//! ```text
//! subject -> decode -> close -> budget, levels -> unwrap, hard edges, tangents -> bake -> morph -> pack -> files
//! ```

mod dress;
mod make;
mod measure;
mod moving;
mod options;
mod pack;
mod patches;
mod report;

pub use dress::{Dress, Mask};
pub use make::{DENSE, GameError, Level, Made};
pub use options::{Format, Options, Origin, Surface};
pub use pack::{File, Ready};
pub use report::{
    AlongReport, Closedness, DeviationReport, HullReport, LevelReport, MorphReport, Report, TextureReport,
};
