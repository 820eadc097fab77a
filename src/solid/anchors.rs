//! Where an engine attaches things to a sword: a hand, the ends of a trail.

use super::Solid;
use crate::mesh::Vec3;

/// A named place, in the coordinates of the solid (metres).
#[derive(Clone, Debug, PartialEq)]
pub struct Anchor {
    pub name: &'static str,
    pub position: Vec3,
}

/// The share of the blade's length over which its ends are looked for.
const END: f32 = 0.02;

/// `grip`, the middle of the grip; `blade_base` and `blade_tip`, between which a trail is drawn. Whatever the solid has no
/// part for is left out; a solid that knows no parts has its tip, if it is taller than wide.
///
/// A blade's base is the middle of its lowest section, so on a curved blade too a trail starts on it; its tip is its highest vertex.
pub fn anchors(solid: &Solid) -> Vec<Anchor> {
    let mut found = Vec::new();
    if let Some(grip) = bounds(&vertices(solid, "grip")) {
        found.push(Anchor { name: "grip", position: middle(grip) });
    }
    let named = vertices(solid, "blade");
    let blade = if named.is_empty() && solid.parts.len() <= 1 { solid.mesh.positions.clone() } else { named.clone() };
    if let Some((low, high)) = bounds(&blade)
        && high[1] - low[1] > (high[0] - low[0]).max(high[2] - low[2])
    {
        let end = END * (high[1] - low[1]);
        let section: Vec<Vec3> = named.iter().copied().filter(|p| p[1] <= low[1] + end).collect();
        if let Some(section) = bounds(&section) {
            let [x, _, z] = middle(section);
            found.push(Anchor { name: "blade_base", position: [x, low[1], z] });
        }
        if let Some(&tip) = blade.iter().max_by(|a, b| a[1].total_cmp(&b[1])) {
            found.push(Anchor { name: "blade_tip", position: tip });
        }
    }
    found
}

/// The corners of a part's triangles, with repetitions.
fn vertices(solid: &Solid, part: &str) -> Vec<Vec3> {
    let Some(part) = solid.parts.iter().position(|p| p == part) else { return Vec::new() };
    let of_part = (0..solid.part.len()).filter(|&t| usize::from(solid.part[t]) == part);
    of_part.flat_map(|t| solid.mesh.corners(t)).collect()
}

fn bounds(points: &[Vec3]) -> Option<(Vec3, Vec3)> {
    let first = *points.first()?;
    Some(points.iter().fold((first, first), |(low, high), p| {
        (std::array::from_fn(|i| low[i].min(p[i])), std::array::from_fn(|i| high[i].max(p[i])))
    }))
}

fn middle((low, high): (Vec3, Vec3)) -> Vec3 {
    std::array::from_fn(|i| 0.5 * (low[i] + high[i]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::solid::fixture;

    #[test]
    fn a_sword_is_held_by_its_grip_and_trails_from_base_to_tip() {
        let solid = fixture::sword(32, 100, 0.0);
        let found = anchors(&solid);
        let at = |name: &str| found.iter().find(|a| a.name == name).unwrap().position;
        assert_eq!(found.len(), 3);
        assert!((at("grip")[1] - -0.02).abs() < 1e-3 && at("grip")[0].abs() < 1e-4, "{found:?}");
        assert!((at("blade_base")[1] - 0.068).abs() < 1e-3, "{found:?}");
        assert_eq!(at("blade_tip"), fixture::TIP);
    }

    #[test]
    fn what_has_no_parts_has_only_a_tip_and_an_empty_solid_nothing() {
        let mut solid = fixture::sword(32, 100, 0.0);
        solid.part.fill(0);
        solid.parts = vec![String::new()];
        assert_eq!(anchors(&solid), [Anchor { name: "blade_tip", position: fixture::TIP }]);
        assert!(anchors(&Solid::default()).is_empty());
        let names = |s: &Solid| anchors(s).iter().map(|a| a.name).collect::<Vec<_>>();
        for seed in 0..20 {
            assert_eq!(names(&fixture::procedural(seed, 0)), ["grip", "blade_base", "blade_tip"], "seed {seed}");
        }
    }
}
