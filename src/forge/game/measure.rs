//! What is measured on an export, and what of it deserves a word.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::make::Made;
use super::options::{Format, Options, Surface};
use super::report::{Closedness, DeviationReport, HullReport, LevelReport, Report, TextureReport};
use crate::export::preset::Levels;
use crate::forge::Forge;
use crate::inspect::deviation::{Deviation, outer};
use crate::inspect::patches::{Collapse, extents};
use crate::inspect::solidity::Solidity;
use crate::mesh::Mesh;
use crate::shapes::seen::open_by_area;
use crate::template::Template;

/// Points that a deviation is taken from, each way.
const POINTS: usize = 4000;

/// How near the outside of the dense decode a point of it must lie to count, metres a metre.
const OUTER: f32 = 1e-3;

/// Millimetres a metre: a 99th percentile beyond it is seen.
pub const STRAYS: f32 = 2.0;
/// Millimetres a metre that the tip may move.
const TIP: f32 = 3.0;
/// A budget that is used less, with triangles left, is worth a word.
const USED: f32 = 0.95;

/// Measures what was made.
pub fn measured(forge: &Forge, made: &Made, options: &Options) -> Report {
    let first = &made.levels[0].skin;
    let solidity = Solidity::of(&first.mesh);
    let levels = made.levels.iter().map(|level| LevelReport {
        triangles: level.skin.mesh.triangles.len(),
        vertices: level.skin.mesh.positions.len(),
        bytes: 0,
        error_mm: 1e3 * level.error,
    });
    let mut report = Report {
        surface: options.surface,
        length: made.length,
        levels: levels.collect(),
        closed: Closedness {
            closed: solidity.is_manifold(),
            outward: solidity.is_outward(),
            open_edges: solidity.open_edges,
            touching: solidity.split_vertices,
            components: solidity.components,
            degenerate: solidity.degenerate,
            crossing: solidity.crossing,
        },
        deviation: (options.surface == Surface::Closed).then(|| deviation(&first.mesh, &made.dense, made.length)),
        texture: made.unwrapped.as_ref().map(|unwrap| TextureReport {
            size: options.bake.unwrap_or(options.preset.row().texture),
            charts: unwrap.charts,
            coverage: unwrap.coverage,
            stretch: unwrap.stretch,
            density: unwrap.density,
            missed: made.dress.report.map(|bake| bake.missed),
        }),
        hulls: made
            .hulls
            .iter()
            .map(|h| HullReport { vertices: h.positions.len(), triangles: h.triangles.len() })
            .collect(),
        morph: None,
        warnings: Vec::new(),
    };
    report.warnings = warnings(forge, made, options, &report);
    report
}

/// From what is seen of the dense decode to the surface, and back; the same points each time.
pub(super) fn deviation(mesh: &Mesh, dense: &Mesh, length: f32) -> DeviationReport {
    let mut rng = ChaCha8Rng::seed_from_u64(0);
    let seen = outer(open_by_area(dense, POINTS, &mut rng), dense, OUTER * length);
    let own = open_by_area(mesh, POINTS, &mut rng);
    let worst = Deviation::between(mesh, &own, dense, &seen).worst();
    DeviationReport { most_mm: 1e3 * worst.p99, largest_mm: 1e3 * worst.max }
}

fn warnings(forge: &Forge, made: &Made, options: &Options, report: &Report) -> Vec<String> {
    let mut found = Vec::new();
    let closed = options.surface == Surface::Closed;
    let first = report.levels[0].triangles;
    let budget = options.triangles.unwrap_or(Options::TRIANGLES);
    found.extend(collapsed(forge, made));
    if closed {
        let Closedness { closed, outward, open_edges, touching, degenerate, crossing, components } = report.closed;
        if open_edges > 0 {
            found.push(format!("the surface is not closed: {open_edges} edges are open or belong to three triangles"));
        } else if !closed {
            found.push(format!("the surface touches itself at {touching} points"));
        } else if !outward {
            found.push("the surface faces inward somewhere".to_owned());
        }
        if components > 1 {
            found.push(format!("the shape is in {components} pieces that don't meet"));
        }
        if degenerate > 0 {
            found.push(format!("{degenerate} triangles have no area"));
        }
        if crossing as f32 > 0.001 * first as f32 {
            found.push(format!("{crossing} triangles pass through others"));
        }
    }
    if let Some(DeviationReport { most_mm, .. }) = report.deviation
        && most_mm > STRAYS * made.length
    {
        // What simplification moved is known; the rest is what closing did.
        let by = if 1e3 * made.levels[0].error > 0.5 * most_mm {
            format!("a budget of {budget} triangles is coarse for this shape")
        } else {
            "closing the patches changed the shape".to_owned()
        };
        found.push(format!("{by}: 1 % of it lies more than {most_mm:.1} mm from the dense one"));
    }
    if let Some(moved) = tip(made).filter(|moved| *moved > TIP * made.length) {
        found.push(format!("the tip lies {moved:.1} mm from the dense shape's"));
    }
    if let Some(asked) = options.triangles.or(closed.then_some(Options::TRIANGLES)) {
        let dense = made.dense.triangles.len();
        if first > asked {
            found.push(format!("{first} triangles are more than the {asked} that were asked for: the borders of the patches allow no fewer"));
        } else if closed && (first as f32) < USED * asked.min(dense) as f32 {
            found.push(format!("of {asked} triangles only {first} are used: the shape has no more"));
        }
    }
    if made.levels.len() < options.lods {
        let (made, asked) = (made.levels.len(), options.lods);
        let seams = if closed { "seams of the texture" } else { "borders of the patches" };
        found.push(format!(
            "only {made} of {asked} levels of detail are made: the {seams} allow the next no fewer triangles"
        ));
    }
    if !options.format.is_gltf() && options.collision {
        found.push(format!("a .{} holds no collision bodies: they are left out", options.format.name()));
    }
    if options.format == Format::Stl && options.colours {
        found.push("a .stl holds no colours: they are left out".to_owned());
    }
    found.extend(idle(options).map(|(option, why)| format!("--{option} does nothing here: {why}")));
    if options.format.is_gltf() {
        if options.colours && options.bake.is_some() {
            found.push(
                "the texture has the colours: at the vertices, where engines multiply the two, they are left out"
                    .to_owned(),
            );
        }
        let row = options.preset.row();
        if row.levels == Levels::Left && options.lods > 1 {
            found.push(format!(
                "the preset {} leaves levels of detail out: the engine makes its own",
                options.preset.name()
            ));
        }
        if options.quantise && !row.quantised {
            found.push(format!("the preset {} takes no quantised file: it is written in full", options.preset.name()));
        }
        if options.compress && !row.compressed {
            found.push(format!(
                "the preset {} takes no compressed file: it is written uncompressed",
                options.preset.name()
            ));
        }
    }
    found
}

/// Options that this surface or format has no use for, and why.
fn idle(options: &Options) -> impl Iterator<Item = (&'static str, String)> {
    let default = Options::default();
    let closed = options.surface == Surface::Closed;
    let (format, surface) = (options.format.name(), options.surface.name());
    let plain = !options.format.is_gltf();
    let open = format!("the surface '{surface}' has no hard edges");
    [
        ("hard-angle", !closed && options.hard_angle != default.hard_angle, open),
        (
            "grid",
            closed && options.grid.is_some(),
            "a closed surface has no grid; --triangles says how fine it is".to_owned(),
        ),
        ("quantise", plain && options.quantise, format!("a .{format} is written in full")),
        ("compress", plain && options.compress, format!("a .{format} is written in full")),
        (
            "outfit",
            options.format == Format::Stl && options.outfit != default.outfit,
            "a .stl holds no materials".to_owned(),
        ),
    ]
    .into_iter()
    .filter_map(|(option, idle, why)| idle.then_some((option, why)))
}

/// Parts whose patches have collapsed.
fn collapsed(forge: &Forge, made: &Made) -> Option<String> {
    let extents = extents(&made.dense, &Template::grid(made.grid)).ok()?;
    let parts = &forge.checkpoint().meta.patch_parts;
    let mut names: Vec<&str> = Vec::new();
    let mut count = 0;
    for (patch, _) in extents.iter().enumerate().filter(|(_, extent)| extent.collapsed != Collapse::None) {
        count += 1;
        if let Some(part) = parts.get(patch).map(|p| p.part.as_str()).filter(|part| !names.contains(part)) {
            names.push(part);
        }
    }
    match (count, names.as_slice()) {
        (0, _) => None,
        (n, []) => Some(format!("{n} of the model's {} patches are collapsed", extents.len())),
        (1, [part]) => Some(format!("one of the model's patches of the {part} is collapsed")),
        (n, parts) => Some(format!("{n} of the model's patches are collapsed, of the {}", parts.join(" and the "))),
    }
}

/// How far the uppermost point of the first level lies from the dense decode's along the length, millimetres.
fn tip(made: &Made) -> Option<f32> {
    let top = |mesh: &Mesh| mesh.bounds().map(|(_, hi)| hi[1]);
    Some(1e3 * (top(&made.dense)? - top(&made.levels[0].skin.mesh)?).abs())
}
