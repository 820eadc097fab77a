//! From a solid to what a renderer draws: normals, texture coordinates, tangents, vertices copied where those part.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use thiserror::Error;

use super::budget::{BudgetError, check};
use super::crease::shade;
use super::order::ordered;
use super::tangent::tangents;
use super::unwrap::{UnwrapError, UnwrapOptions, UnwrapReport, Unwrapping, unwrap};
use super::{Skin, Solid};
use crate::mesh::Mesh;

/// What a skin gets.
#[derive(Clone, Debug, PartialEq)]
pub struct SkinOptions {
    /// Degrees: edges that bend by more are hard. 0 facets everything, 180 smooths all but the borders of parts.
    pub hard_angle: f32,
    /// Texture coordinates and tangents; `None` leaves both out.
    pub unwrap: Option<UnwrapOptions>,
    /// Linear RGBA of every part, in their order, as vertex colours; empty for none.
    pub colours: Vec<[u8; 4]>,
}

impl Default for SkinOptions {
    fn default() -> Self {
        Self { hard_angle: 50.0, unwrap: Some(UnwrapOptions::default()), colours: Vec::new() }
    }
}

/// What became of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SkinReport {
    /// Vertices of the solid, and of the skin.
    pub positions: usize,
    pub vertices: usize,
    /// Edges of the solid that are hard.
    pub hard_edges: usize,
    pub unwrap: Option<UnwrapReport>,
}

/// Why a solid gets no skin.
#[derive(Debug, Error, PartialEq)]
pub enum SkinError {
    #[error("a hard angle of {0} degrees makes no sense; give one from 0 to 180")]
    HardAngle(f32),
    #[error("{found} colours for {parts} parts; give one for each, or none")]
    Colours { found: usize, parts: usize },
    #[error("budgets of levels must fall, and there must be one; give for instance 2000, 1000, 500")]
    Budgets,
    #[error(transparent)]
    Solid(#[from] BudgetError),
    #[error(transparent)]
    Unwrap(#[from] UnwrapError),
}

/// The skin of a solid, in the order of [`ordered`]: triangles by part.
pub fn skin(solid: &Solid, options: &SkinOptions) -> Result<(Skin, SkinReport), SkinError> {
    let SkinOptions { hard_angle, unwrap: unwrapped, colours } = options;
    if !(0.0..=180.0).contains(hard_angle) {
        return Err(SkinError::HardAngle(*hard_angle));
    }
    if !colours.is_empty() && colours.len() != solid.parts.len() {
        return Err(SkinError::Colours { found: colours.len(), parts: solid.parts.len() });
    }
    let adjacency = check(solid)?;
    let shading = shade(solid, &adjacency, hard_angle.to_radians());
    let unwrapping = unwrapped.map(|options| unwrap(solid, &adjacency, &shading.hard, options)).transpose()?;

    let mut made = Skin { part: solid.part.clone(), parts: solid.parts.clone(), ..Default::default() };
    let corners = solid.mesh.triangles.as_flattened();
    // A normal belongs to one vertex, so it and the chart tell a corner from all that differ.
    let mut places = HashMap::new();
    let chart = |corner: usize| unwrapping.as_ref().map_or(0, |u: &Unwrapping| u.chart[corner / 3]);
    for (corner, &group) in shading.group.iter().enumerate() {
        let place = *places.entry((group, chart(corner))).or_insert_with(|| {
            made.mesh.positions.push(solid.mesh.positions[corners[corner] as usize]);
            made.mesh.normals.push(shading.normals[group as usize]);
            made.mesh.uvs.extend(unwrapping.as_ref().map(|u| u.uvs[corner]));
            made.colours.extend(colours.get(usize::from(solid.part[corner / 3])));
            made.mesh.positions.len() as u32 - 1
        });
        match corner % 3 {
            0 => made.mesh.triangles.push([place; 3]),
            k => made.mesh.triangles[corner / 3][k] = place,
        }
    }
    if unwrapping.is_some() {
        made = with_tangents(made);
    }
    let report = SkinReport {
        positions: solid.mesh.positions.len(),
        vertices: made.mesh.positions.len(),
        hard_edges: shading.hard.iter().filter(|&&h| h).count() / 2,
        unwrap: unwrapping.map(|u| u.report),
    };
    Ok((ordered(&made), report))
}

/// With tangents; a vertex whose corners disagree about theirs is copied.
fn with_tangents(skin: Skin) -> Skin {
    let found = tangents(&skin.mesh);
    let mut vertices: Vec<u32> = (0..skin.mesh.positions.len() as u32).collect();
    let mut own: Vec<Option<[f32; 4]>> = vec![None; vertices.len()];
    let mut others = HashMap::new();
    let mut triangles = skin.mesh.triangles.clone();
    for (vertex, tangent) in triangles.as_flattened_mut().iter_mut().zip(found) {
        let first = *own[*vertex as usize].get_or_insert(tangent);
        if first != tangent {
            *vertex = match others.entry((*vertex, tangent.map(f32::to_bits))) {
                Entry::Occupied(known) => *known.get(),
                Entry::Vacant(new) => {
                    vertices.push(*vertex);
                    own.push(Some(tangent));
                    *new.insert(vertices.len() as u32 - 1)
                }
            };
        }
    }
    let part = skin.part.clone();
    let tangents = own.into_iter().map(|t| t.unwrap_or([1.0, 0.0, 0.0, 1.0])).collect();
    Skin { tangents, ..skin.taking(&vertices, triangles, part) }
}

impl Skin {
    /// The solid under the skin: equal positions welded, attributes gone.
    pub fn solid(&self) -> Solid {
        let bare = Mesh {
            positions: self.mesh.positions.clone(),
            triangles: self.mesh.triangles.clone(),
            ..Default::default()
        };
        Solid { mesh: crate::mesh::weld::weld(&bare, 0.0), part: self.part.clone(), parts: self.parts.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mesh::{cross, dot, norm, scaled, sub};
    use crate::solid::budget::simplify;
    use crate::solid::fixture;
    use crate::solid::unwrap::overlap::overlap;

    #[test]
    fn a_skin_is_closed_unwrapped_without_overlap_and_has_sound_tangents() {
        for (name, dense) in fixture::several() {
            let solid = simplify(&dense, 2000).unwrap().0;
            let (skin, report) = skin(&solid, &SkinOptions::default()).unwrap();
            let unwrap = report.unwrap.as_ref().unwrap();
            println!("{name}: {report:?}");
            assert_eq!(skin.mesh.validate(), Ok(()));
            assert_eq!(skin.tangents.len(), skin.mesh.positions.len());
            check(&skin.solid()).unwrap_or_else(|e| panic!("{name}: {e}"));
            assert_eq!(skin.solid().mesh.positions.len(), solid.mesh.positions.len());

            let flat = |t: usize| skin.mesh.triangles[t].map(|v| skin.mesh.uvs[v as usize].map(f64::from));
            // Seen in V up, charts lie face up.
            let triangles: Vec<_> = (0..skin.part.len()).map(|t| flat(t).map(|[u, v]| [u, 1.0 - v])).collect();
            assert!(triangles.iter().flatten().flatten().all(|x| (0.0..=1.0).contains(x)));
            assert_eq!(overlap(&triangles, 2e-7), None, "{name}");
            let turned = triangles
                .iter()
                .filter(|[a, b, c]| (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]) < -1e-9);
            assert_eq!(turned.count(), 0, "{name}");
            assert!(unwrap.stretch < 1.1 && unwrap.coverage > 0.45 && unwrap.charts < 60, "{name}: {unwrap:?}");
            let [least, mean, most] = unwrap.density;
            assert!(least > 0.6 * mean && most < 1.6 * mean, "{name}: {unwrap:?}");

            for (v, &[x, y, z, w]) in skin.tangents.iter().enumerate() {
                let n = skin.mesh.normals[v];
                assert!((norm(n) - 1.0).abs() < 1e-4 && (norm([x, y, z]) - 1.0).abs() < 1e-4, "{name}");
                assert!(dot(n, [x, y, z]).abs() < 1e-4 && w.abs() == 1.0, "{name}");
            }
            let (mut agree, mut all) = (0.0, 0.0);
            for t in 0..skin.part.len() {
                // Derivatives of the position by the texture coordinates tell the same frame.
                let [a, b, c] = skin.mesh.corners(t);
                let [p, q, r] = flat(t);
                let [du, dv] = [[q[0] - p[0], r[0] - p[0]], [q[1] - p[1], r[1] - p[1]]];
                let determinant = du[0] * dv[1] - du[1] * dv[0];
                let along = |x: [f64; 2]| -> [f32; 3] {
                    std::array::from_fn(|i| {
                        ((f64::from(b[i] - a[i]) * x[0] + f64::from(c[i] - a[i]) * x[1]) / determinant) as f32
                    })
                };
                let (by_u, by_v) = (along([dv[1], -dv[0]]), along([-du[1], du[0]]));
                let area = norm(cross(sub(b, a), sub(c, a)));
                for v in skin.mesh.triangles[t] {
                    let [x, y, z, w] = skin.tangents[v as usize];
                    let up = scaled(cross(skin.mesh.normals[v as usize], [x, y, z]), w);
                    all += area;
                    if dot(by_u, [x, y, z]) > 0.0 && dot(by_v, up) < 0.0 {
                        agree += area;
                    }
                }
            }
            assert!(agree > 0.995 * all, "{name}: {agree} of {all}");
        }
    }

    #[test]
    fn charts_keep_the_padding_in_a_raster() {
        let solid = simplify(&fixture::sword(64, 150, 1e-4), 2000).unwrap().0;
        let adjacency = check(&solid).unwrap();
        let shading = shade(&solid, &adjacency, 50f32.to_radians());
        let options = UnwrapOptions { texels: 1024, padding: 6 };
        let made = unwrap(&solid, &adjacency, &shading.hard, options).unwrap();
        // Every texel that a chart touches, by sampling triangles finely.
        let mut owner = vec![u32::MAX; 1024 * 1024];
        for (t, uv) in made.uvs.as_chunks::<3>().0.iter().enumerate() {
            for i in 0..=60 {
                for j in 0..=60 - i {
                    let weights = [i as f32 / 60.0, j as f32 / 60.0, (60 - i - j) as f32 / 60.0];
                    let at: [f32; 2] = std::array::from_fn(|k| (0..3).map(|c| weights[c] * uv[c][k]).sum());
                    let [x, y] = at.map(|x| ((x * 1024.0) as usize).min(1023));
                    owner[y * 1024 + x] = made.chart[t];
                }
            }
        }
        for y in 4..1020usize {
            for x in 4..1020usize {
                let own = owner[y * 1024 + x];
                let beside = [owner[y * 1024 + x + 4], owner[(y + 4) * 1024 + x], owner[(y + 3) * 1024 + x + 3]];
                if own != u32::MAX {
                    assert!(beside.iter().all(|&o| o == own || o == u32::MAX), "at {x}, {y}");
                }
            }
        }
    }

    #[test]
    fn wishes_are_kept_and_nonsense_is_refused() {
        let solid = fixture::sword(16, 20, 0.0);
        let bare = SkinOptions { unwrap: None, ..Default::default() };
        let (plain, report) = skin(&solid, &bare).unwrap();
        assert!(
            plain.mesh.uvs.is_empty()
                && plain.tangents.is_empty()
                && plain.colours.is_empty()
                && report.unwrap.is_none()
        );
        let colours = vec![[255, 0, 0, 255], [0, 255, 0, 255], [0, 0, 255, 255], [9, 9, 9, 255]];
        let (painted, _) = skin(&solid, &SkinOptions { colours: colours.clone(), ..Default::default() }).unwrap();
        for (t, &part) in painted.mesh.triangles.iter().zip(&painted.part) {
            assert!(t.iter().all(|&v| painted.colours[v as usize] == colours[usize::from(part)]));
        }
        let with = |o: SkinOptions| skin(&solid, &o).unwrap_err();
        assert_eq!(with(SkinOptions { hard_angle: 200.0, ..Default::default() }), SkinError::HardAngle(200.0));
        assert!(matches!(with(SkinOptions { hard_angle: f32::NAN, ..Default::default() }), SkinError::HardAngle(_)));
        assert!(matches!(
            with(SkinOptions { colours: colours[1..].to_vec(), ..Default::default() }),
            SkinError::Colours { .. }
        ));
        let tiny = UnwrapOptions { texels: 16, padding: 8 };
        let error = with(SkinOptions { unwrap: Some(tiny), ..Default::default() });
        assert!(matches!(error, SkinError::Unwrap(UnwrapError::NoRoom { .. })), "{error}");
        let mut flat = solid.clone();
        flat.mesh.positions.fill([0.0; 3]);
        assert!(skin(&flat, &SkinOptions::default()).is_err());
        let mut broken = solid.clone();
        broken.mesh.positions[3][1] = f32::NAN;
        assert!(matches!(skin(&broken, &SkinOptions::default()), Err(SkinError::Solid(BudgetError::Mesh(_)))));
        let mut open = solid.clone();
        open.mesh.triangles.pop();
        open.part.pop();
        assert!(matches!(skin(&open, &SkinOptions::default()), Err(SkinError::Solid(BudgetError::NotClosed(_)))));
        assert!(skin(&Solid::default(), &SkinOptions::default()).is_err());
    }

    #[test]
    fn the_same_solid_gives_the_same_skin() {
        let solid = fixture::procedural(5, 0);
        assert_eq!(skin(&solid, &SkinOptions::default()).unwrap(), skin(&solid, &SkinOptions::default()).unwrap());
    }
}
