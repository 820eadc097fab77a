//! Levels of detail that share one texture.
//!
//! A normal map is baked for one unwrapping and one set of tangents. So only the first level is unwrapped; each further
//! one is collapsed from the level before it and keeps a subset of its vertices, with their normals, uvs and tangents as
//! they are. Vertices on seams and on borders of parts may go along those only, so charts keep their outlines and nothing of a neighbour's texels is drawn.

use super::budget::{BudgetError, LEAST, simplify};
use super::collapse::Surface;
use super::deviation::{Deviation, Reference};
use super::mend::Thin;
use super::order::ordered;
use super::skin::{SkinError, SkinOptions, SkinReport, skin};
use super::{Skin, Solid};
use crate::mesh::Mesh;
use crate::mesh::weld::Welding;

/// One level of detail.
#[derive(Clone, Debug, PartialEq)]
pub struct Level {
    pub skin: Skin,
    /// From the dense solid, in metres.
    pub error: Deviation,
}

/// Points on each surface between which the levels' errors are measured.
const POINTS: usize = 1500;
/// What a normal that turns by one radian, or a point that slips a metre within the texture, is worth in metres of distance.
const NORMAL: f32 = 0.002;
const SLIP: f32 = 0.1;

/// Budgets of `levels` levels, each half of the last: 2000, 1000, 500, ...
pub fn halving(triangles: usize, levels: usize) -> Vec<usize> {
    (0..levels.max(1)).map(|k| triangles.checked_shr(k as u32).unwrap_or(0)).collect()
}

/// The solid at each budget, largest first, under one unwrapping.
///
/// A level may keep more triangles than its budget where the seams allow no fewer; it then is the last. The first never does.
///
/// # Errors
/// A solid or options that [`simplify`] or [`skin`] refuse, budgets that don't fall, and none at all.
pub fn levels(dense: &Solid, budgets: &[usize], options: &SkinOptions) -> Result<(Vec<Level>, SkinReport), SkinError> {
    let falling = budgets.windows(2).all(|w| w[1] < w[0]);
    let Some((&first, rest)) = budgets.split_first().filter(|_| falling) else {
        return Err(SkinError::Budgets);
    };
    if let Some(&asked) = rest.iter().find(|&&b| b < LEAST) {
        return Err(BudgetError::Levels { levels: budgets.len(), left: asked }.into());
    }
    let (low, _) = simplify(dense, first)?;
    let (top, report) = skin(&low, options)?;
    let reference = Reference::new(&dense.mesh, POINTS);
    let level = |skin: Skin| Level { error: reference.deviation(&skin.mesh), skin };
    let mut all = vec![level(top)];
    for &budget in rest {
        let last = &all[all.len() - 1].skin;
        let next = lower(last, budget);
        if next.part.len() == last.part.len() {
            break;
        }
        let short = next.part.len() > budget;
        all.push(level(next));
        if short {
            break;
        }
    }
    Ok((all, report))
}

/// A skin of at most `triangles` triangles made of vertices of this one, or of as few as its seams allow.
pub fn lower(skin: &Skin, triangles: usize) -> Skin {
    if skin.part.len() <= triangles {
        return skin.clone();
    }
    let mesh = &skin.mesh;
    let count = mesh.positions.len();
    let welding = Welding::find(&mesh.positions, 0.0);
    let mut part = vec![0; count];
    for (t, corners) in mesh.triangles.iter().enumerate() {
        corners.iter().for_each(|&v| part[v as usize] = skin.part[t]);
    }
    // Where one vertex lies in several places of the texture, or in several parts.
    let mut parted = vec![false; welding.kept.len()];
    for v in 0..count {
        let first = welding.kept[welding.target[v] as usize] as usize;
        let uv = mesh.uvs.get(v) != mesh.uvs.get(first);
        parted[welding.target[v] as usize] |= uv || part[v] != part[first];
    }
    let protected: Vec<bool> = welding.target.iter().map(|&w| parted[w as usize]).collect();
    let metres = SLIP * metres_per_uv(skin);
    let attributes: Vec<f32> = (0..count)
        .flat_map(|v| {
            let [x, y, z] = mesh.normals[v];
            let [u, v] = mesh.uvs.get(v).copied().unwrap_or_default();
            [x, y, z, u, v]
        })
        .collect();
    let surface = Surface {
        positions: &mesh.positions,
        vertex: &welding.target,
        vertices: welding.kept.len(),
        attributes: &attributes,
        weights: &[NORMAL, NORMAL, NORMAL, metres, metres],
        protected: &protected,
        triangles: &mesh.triangles,
    };
    let mut found = surface.collapsed(triangles, false);
    let part: Vec<u8> = found.triangles.iter().map(|t| part[t[0] as usize]).collect();
    let thin = Thin { positions: &mesh.positions, vertex: &welding.target, vertices: welding.kept.len(), part: &part };
    // Charts lie face up in V up, so face down in V down.
    thin.mend(&mut found.triangles, |t| mesh.uvs.is_empty() || flat_area(mesh, t) < 0.0);
    let vertices: Vec<u32> = (0..count as u32).collect();
    ordered(&skin.taking(&vertices, found.triangles, part))
}

/// How many metres a step of 1 in the texture is, over the whole surface.
fn metres_per_uv(skin: &Skin) -> f32 {
    let mesh = &skin.mesh;
    let (mut real, mut flat) = (0.0f64, 0.0f64);
    for (t, corners) in mesh.triangles.iter().enumerate() {
        let n = crate::mesh::normals::doubled_area(mesh.corners(t));
        real += (n[0] * n[0] + n[1] * n[1] + n[2] * n[2]).sqrt();
        if !mesh.uvs.is_empty() {
            flat += flat_area(mesh, *corners).abs();
        }
    }
    if flat > 0.0 { (real / flat).sqrt() as f32 } else { 0.0 }
}

/// Twice the signed area of a triangle in the texture.
fn flat_area(mesh: &Mesh, t: [u32; 3]) -> f64 {
    let [a, b, c] = t.map(|v| mesh.uvs[v as usize].map(f64::from));
    (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::solid::budget::check;
    use crate::solid::fixture;

    #[test]
    fn every_level_is_a_closed_subset_of_the_one_before() {
        for (name, dense) in fixture::several() {
            let (all, _) = levels(&dense, &halving(2000, 4), &SkinOptions::default()).unwrap();
            println!("{name}: {:?}", all.iter().map(|l| (l.skin.part.len(), l.error)).collect::<Vec<_>>());
            assert_eq!(all.len(), 4, "{name}");
            for (k, level) in all.iter().enumerate() {
                let budget = 2000 >> k;
                let count = level.skin.part.len();
                assert!(count <= budget && count * 100 >= budget * 95, "{name}: {count} of {budget}");
                check(&level.skin.solid()).unwrap_or_else(|e| panic!("{name}, level {k}: {e}"));
                assert!(level.error.most < [0.001, 0.002, 0.004, 0.010][k], "{name}, level {k}: {:?}", level.error);
            }
            for pair in all.windows(2) {
                let key = |s: &Skin, v: usize| {
                    (
                        s.mesh.positions[v].map(f32::to_bits),
                        s.mesh.normals[v].map(f32::to_bits),
                        s.mesh.uvs[v].map(f32::to_bits),
                        s.tangents[v].map(f32::to_bits),
                    )
                };
                let before: std::collections::HashSet<_> =
                    (0..pair[0].skin.tangents.len()).map(|v| key(&pair[0].skin, v)).collect();
                assert!((0..pair[1].skin.tangents.len()).all(|v| before.contains(&key(&pair[1].skin, v))), "{name}");
            }
        }
    }

    #[test]
    fn budgets_halve_and_nonsense_is_refused() {
        assert_eq!(halving(2000, 4), [2000, 1000, 500, 250]);
        assert_eq!(halving(2000, 0), [2000]);
        assert_eq!(halving(1, 70).last(), Some(&0));
        let solid = fixture::sword(16, 20, 0.0);
        let made = |b: &[usize]| levels(&solid, b, &SkinOptions::default()).unwrap_err();
        assert_eq!(made(&[]), SkinError::Budgets);
        assert_eq!(made(&[500, 500]), SkinError::Budgets);
        assert!(matches!(made(&[500, 3]), SkinError::Solid(BudgetError::Levels { levels: 2, left: 3 })));
    }
}
