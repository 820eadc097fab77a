//! What an export is to be, and what it would become.

use std::ops::RangeInclusive;
use std::path::Path;
use std::sync::Arc;

use super::{Explorer, Morphing};
use crate::forge::game::{Format, Options, Report, Surface};
use crate::mesh::Mesh;

/// Triangles that can be asked for.
pub const TRIANGLES: RangeInclusive<usize> = 4..=4_000_000;

/// Millimetres a metre of the shape at the upper end of the deviation's colours: what a budget may cost.
pub const DEVIATION_SCALE: f32 = 2.0;

/// One level of detail as the view shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct TrialLevel {
    /// Positions in metres, the grip at the origin, and normals.
    pub mesh: Mesh,
    /// `[T]`, the part that each triangle belongs to, an index into [`Trial::parts`].
    pub part: Vec<u8>,
    /// `[N]`, millimetres a metre between each vertex and the dense shape.
    pub deviation: Vec<f32>,
}

/// A shape made ready without being written.
#[derive(Clone, Debug, PartialEq)]
pub struct Trial {
    pub parts: Vec<String>,
    /// Finest first.
    pub levels: Vec<TrialLevel>,
    /// How high the grip lies over the middle of the unit ball, metres: where the view's own middle is.
    pub grip: f32,
    pub report: Report,
}

/// The choices of the export pane, and what they come to.
#[derive(Clone, Debug, Default)]
pub struct Exporting {
    /// But for materials, which are those of the look, the grid, which is the view's, and the format, which the file's name says.
    pub options: Options,
    /// Whether A is written on its way to B.
    pub morphing: Morphing,
    /// Whether the view shows what would be written in place of the patches.
    pub preview: bool,
    /// The level of detail that it shows.
    pub level: usize,
    /// Whether it's coloured by how far it strays from the dense shape.
    pub by_deviation: bool,
    /// What was made last.
    pub trial: Option<Arc<Trial>>,
    /// Why there is none.
    pub failed: Option<String>,
    /// Whether another one is being made.
    pub at_work: bool,
    /// The last file that was written, and what is in it.
    pub written: Option<(String, Report)>,
}

impl Exporting {
    /// The artist's choices; what they came to was of the model before.
    pub(super) fn of_another_model(self) -> Self {
        let Self { options, morphing, preview, level, by_deviation, written, .. } = self;
        Self { options, morphing, preview, level, by_deviation, written, ..Self::default() }
    }

    /// What the view shows in place of the patches.
    pub fn shown(&self) -> Option<(&Arc<Trial>, usize)> {
        let trial = self.trial.as_ref().filter(|_| self.preview)?;
        Some((trial, self.level.min(trial.levels.len().checked_sub(1)?)))
    }
}

/// The format that a file's name asks for; GLB where it says none.
///
/// # Errors
/// The sentence for the user, where it asks for one that can't be written.
pub fn format_of(path: &Path) -> Result<Format, String> {
    let Some(extension) = path.extension().map(|e| e.to_string_lossy().to_lowercase()) else { return Ok(Format::Glb) };
    Format::ALL.iter().find(|f| f.name() == extension).copied().ok_or_else(|| {
        let known: Vec<String> = Format::ALL.iter().map(|f| format!(".{}", f.name())).collect();
        format!("Nothing exported: .{extension} can't be written. Let the name end in one of {}.", known.join(", "))
    })
}

impl Explorer {
    /// The choices with everything that is chosen elsewhere.
    pub fn export_options(&self) -> Options {
        Options {
            outfit: self.look.outfit,
            own: self.look.own.clone(),
            grid: (self.exporting.options.surface != Surface::Closed).then_some(self.grid),
            format: format_of(Path::new(self.export_path.trim())).unwrap_or_default(),
            ..self.exporting.options.clone()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_says_the_format() {
        assert_eq!(format_of(Path::new("a/sword")), Ok(Format::Glb));
        assert_eq!(format_of(Path::new("sword.OBJ")), Ok(Format::Obj));
        assert!(format_of(Path::new("sword.fbx")).unwrap_err().contains(".glb, .gltf, .obj, .ply, .stl"));
    }

    #[test]
    fn a_level_that_is_gone_shows_the_coarsest() {
        let level = TrialLevel { mesh: Mesh::default(), part: Vec::new(), deviation: Vec::new() };
        let trial = Trial { parts: Vec::new(), levels: vec![level; 2], grip: 0.0, report: Report::default() };
        let mut exporting = Exporting { trial: Some(Arc::new(trial)), level: 3, ..Exporting::default() };
        assert!(exporting.shown().is_none());
        exporting.preview = true;
        assert_eq!(exporting.shown().unwrap().1, 1);
    }
}
