//! An experiment's shapes as pictures, painted by patch: a patch that has shrunk to a point or strayed shows.

use super::measure::Shapes;
use crate::class::Class;
use crate::draw::{Backdrop, Paint, Pair, Picture, Style, contact, posed, reconstructions};
use crate::mesh::Mesh;

/// Reconstructions on a sheet.
const PAIRS: usize = 6;
/// Samples of a kind on a sheet.
const SAMPLES: usize = 5;
/// Cells in a row.
const COLUMNS: usize = 5;

fn style(width: u32, height: u32) -> Style {
    // A grey that few shades a channel leave as it is.
    let backdrop = Backdrop::Solid([228; 3]);
    Style { point_radius: 1.0, backdrop, ..Style::sheet() }.sized(width, height).painted(Paint::Patches)
}

/// Held-out shapes and what the model made of them.
pub fn reconstructed(shapes: &Shapes, class: Class) -> Picture {
    let shown: Vec<(String, Mesh, Mesh)> = shapes
        .reconstructed
        .iter()
        .take(PAIRS)
        .map(|(example, found)| {
            let input =
                Mesh { positions: example.surface.clone(), normals: example.normals.clone(), ..Default::default() };
            let caption = format!("{}\nCD x 1000 {:.2}", example.name, 1000.0 * found.chamfer);
            (caption, posed(input, class), posed(found.mesh.clone(), class))
        })
        .collect();
    let pairs: Vec<Pair> = shown.iter().map(|(caption, input, output)| Pair { caption, input, output }).collect();
    reconstructions("", "", &pairs, 3, &style(320, 180))
}

/// Point clouds as training sees them.
pub fn trained(clouds: &[Mesh], class: Class) -> Picture {
    // Balls large enough that a patch which is a point shows.
    row(clouds, class, &Style { point_radius: 2.6, ..style(210, 170) })
}

/// Samples of one kind.
pub fn sampled(meshes: &[Mesh], class: Class) -> Picture {
    row(meshes, class, &style(210, 170))
}

fn row(meshes: &[Mesh], class: Class, style: &Style) -> Picture {
    let shown: Vec<Mesh> = meshes.iter().take(SAMPLES).map(|m| posed(m.clone(), class)).collect();
    let named: Vec<(&str, &Mesh)> = shown.iter().map(|m| ("", m)).collect();
    contact("", &named, COLUMNS, style)
}
