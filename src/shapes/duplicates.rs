//! The same geometry under two names: one of the two would teach nothing, and let validation look at training shapes.

use std::collections::BTreeMap;

use super::placement::Placement;
use crate::mesh::{Mesh, cross, norm, sub};

/// How far two signatures of one geometry may lie apart; positions are in f32, shapes in the unit ball.
const TOLERANCE: f64 = 2e-5;

/// What a geometry is recognised by, whatever its place, its size, the order of its vertices and the seams between them:
/// the number of its triangles, and moments of their middles weighted by area, in the unit ball.
#[derive(Clone, Debug, PartialEq)]
pub struct Signature {
    /// Triangles that have an area.
    triangles: usize,
    moments: [f64; 13],
}

impl Signature {
    /// Of a mesh; a point cloud counts its points.
    pub fn of(mesh: &Mesh) -> Self {
        let placement = Placement::of(mesh);
        let (mut total, mut triangles, mut moments) = (0.0, 0, [0.0; 13]);
        let mut add = |p: [f32; 3], weight: f64| {
            let [x, y, z] = p.map(f64::from);
            let terms = [x, y, z, x * x, y * y, z * z, x * y, y * z, z * x, x * x * x, y * y * y, z * z * z, 1.0];
            moments.iter_mut().zip(terms).for_each(|(m, t)| *m += weight * t);
            total += weight;
            triangles += 1;
        };
        for t in 0..mesh.triangles.len() {
            let [a, b, c] = mesh.corners(t).map(|p| placement.apply(p));
            let area = f64::from(norm(cross(sub(b, a), sub(c, a))));
            if area > 0.0 {
                add(std::array::from_fn(|i| (a[i] + b[i] + c[i]) / 3.0), area);
            }
        }
        if mesh.triangles.is_empty() {
            mesh.positions.iter().for_each(|&p| add(placement.apply(p), 1.0));
        }
        if total > 0.0 {
            moments.iter_mut().for_each(|m| *m /= total);
            // The area itself: it tells shapes apart whose middles agree.
            moments[12] = if mesh.triangles.is_empty() { 0.0 } else { total };
        }
        Self { triangles, moments }
    }

    fn is(&self, other: &Self) -> bool {
        self.triangles == other.triangles
            && self.moments.iter().zip(&other.moments).all(|(a, b)| (a - b).abs() <= TOLERANCE * (1.0 + a.abs()))
    }
}

/// The geometries that were seen so far.
#[derive(Clone, Debug, Default)]
pub struct Register {
    /// By the number of triangles.
    seen: BTreeMap<usize, Vec<(Signature, String)>>,
}

impl Register {
    /// Enters a geometry by its name, or says under which name it was entered before.
    pub fn enter(&mut self, name: &str, signature: Signature) -> Option<&str> {
        let entries = self.seen.entry(signature.triangles).or_default();
        match entries.iter().position(|(s, _)| s.is(&signature)) {
            Some(i) => Some(&entries[i].1),
            None => {
                entries.push((signature, name.to_owned()));
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shapes::sample::tests::{ball, cuboid};

    #[test]
    fn a_geometry_is_known_again_moved_scaled_split_and_reordered() {
        let mesh = ball(0.4, [0.0; 3]);
        let mut moved = mesh.clone();
        moved.transform(17.3, [5.0, -2.0, 100.0]);
        // Every triangle with vertices of its own, in another order.
        let split = Mesh {
            positions: (0..mesh.triangles.len()).rev().flat_map(|t| mesh.corners(t)).collect(),
            triangles: (0..mesh.triangles.len() as u32).map(|t| [3 * t, 3 * t + 1, 3 * t + 2]).collect(),
            ..Default::default()
        };
        let mut register = Register::default();
        assert_eq!(register.enter("ball", Signature::of(&mesh)), None);
        assert_eq!(register.enter("moved", Signature::of(&moved)), Some("ball"));
        assert_eq!(register.enter("split", Signature::of(&split)), Some("ball"));
        let mut dented = mesh.clone();
        dented.positions[7][1] *= 0.9;
        assert_eq!(register.enter("dented", Signature::of(&dented)), None);
        assert_eq!(register.enter("box", Signature::of(&cuboid([1.0, 2.0, 3.0], [0.0; 3]))), None);
        assert_eq!(register.enter("flat box", Signature::of(&cuboid([1.0, 2.0, 2.9], [0.0; 3]))), None);
        let cloud = Mesh { triangles: Vec::new(), ..mesh };
        assert_eq!(register.enter("cloud", Signature::of(&cloud)), None);
        assert_eq!(register.enter("again", Signature::of(&cloud)), Some("cloud"));
    }

    #[test]
    fn no_two_shipped_meshes_or_procedural_shapes_are_the_same() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/meshes");
        let mut register = Register::default();
        for kind in ["swords", "planes"] {
            for item in crate::shapes::dataset::read(&folder.join(kind)).unwrap().items {
                let same = register.enter(&item.shape.name, Signature::of(&item.shape.mesh())).map(str::to_owned);
                assert_eq!(same, None, "{}", item.shape.name);
            }
        }
        for shape in crate::shapes::dataset::procedural(60, 1) {
            assert_eq!(register.enter(&shape.name, Signature::of(&shape.mesh())), None, "{}", shape.name);
        }
    }
}
