//! How the directions of a skin turn when its vertices move.

use crate::export::Target;
use crate::mesh::{Mesh, Vec3, add, cross, dot, norm, scaled, sub, unit};
use crate::solid::Skin;

/// Normals and tangents turn as the surface around them does. What didn't move keeps them.
pub struct Turning {
    /// Vertices of one position and one normal are shaded as one, on whichever side of a texture's seam they lie.
    group: Vec<u32>,
    /// `[N]`, for every vertex one that shares an edge with its group: it tells which way the surface twists.
    neighbour: Vec<u32>,
    before: Vec<[Vec3; 3]>,
}

impl Turning {
    pub fn of(skin: &Skin) -> Self {
        let mut groups = std::collections::HashMap::new();
        let normal = |i: usize| skin.mesh.normals.get(i).map(|n| n.map(f32::to_bits));
        let group: Vec<u32> = (0..skin.mesh.positions.len())
            .map(|i| *groups.entry((skin.mesh.positions[i].map(f32::to_bits), normal(i))).or_insert(i as u32))
            .collect();
        // The one at the end of the longest edge, which is told best.
        let mut longest: Vec<(f32, u32)> = (0..group.len() as u32).map(|i| (0.0, i)).collect();
        for &[a, b, c] in &skin.mesh.triangles {
            for (from, to) in [(a, b), (b, c), (c, a), (b, a), (c, b), (a, c)] {
                let length = norm(sub(skin.mesh.positions[to as usize], skin.mesh.positions[from as usize]));
                let known = &mut longest[group[from as usize] as usize];
                if length > known.0 {
                    *known = (length, to);
                }
            }
        }
        let neighbour: Vec<u32> = group.iter().map(|&g| longest[g as usize].1).collect();
        let before = frames(&skin.mesh, &group, &neighbour);
        Self { group, neighbour, before }
    }

    /// The skin with its vertices at `positions` `[N, 3]`, as differences.
    pub fn target(&self, name: String, skin: &Skin, positions: &[Vec3]) -> Target {
        let triangles = skin.mesh.triangles.clone();
        let moved = Mesh { positions: positions.to_vec(), triangles, ..Default::default() };
        let after = frames(&moved, &self.group, &self.neighbour);
        let turned = |i: usize, v: Vec3| {
            if after[i] == self.before[i] {
                return [0.0; 3];
            }
            let told = self.before[i].map(|axis| dot(axis, v));
            sub((0..3).fold([0.0; 3], |sum, k| add(sum, scaled(after[i][k], told[k]))), v)
        };
        Target {
            name,
            positions: skin.mesh.positions.iter().zip(positions).map(|(&a, &b)| sub(b, a)).collect(),
            normals: skin.mesh.normals.iter().enumerate().map(|(i, &n)| turned(i, n)).collect(),
            tangents: skin.tangents.iter().enumerate().map(|(i, &[x, y, z, _])| turned(i, [x, y, z])).collect(),
        }
    }
}

/// `[N]`, orthonormal axes of the surface around each vertex: towards its neighbour, across, and out of the front.
fn frames(mesh: &Mesh, group: &[u32], neighbour: &[u32]) -> Vec<[Vec3; 3]> {
    let smooth = smooth_normals(mesh, group);
    let axes = |(i, &out): (usize, &Vec3)| {
        let at = |vertex: u32| mesh.positions[vertex as usize];
        let edge = sub(at(neighbour[i]), at(group[i]));
        let along = unit(sub(edge, scaled(out, dot(edge, out))));
        // A vertex without an edge has no twist; its third axis only must not vanish.
        [along, cross(out, along), out]
    };
    smooth.iter().enumerate().map(axes).collect()
}

/// `[N, 3]`, for every vertex the direction of the triangles around its group, by area.
fn smooth_normals(mesh: &Mesh, group: &[u32]) -> Vec<Vec3> {
    let mut sums = vec![[0.0f32; 3]; mesh.positions.len()];
    for (t, triangle) in mesh.triangles.iter().enumerate() {
        let [a, b, c] = mesh.corners(t);
        let out = cross(sub(b, a), sub(c, a));
        for &corner in triangle {
            let sum = &mut sums[group[corner as usize] as usize];
            *sum = add(*sum, out);
        }
    }
    group.iter().map(|&g| unit(sums[g as usize])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forge::morph::carrier::tests::ball;
    use crate::mesh::weld::weld;

    #[test]
    fn directions_turn_with_the_surface_and_rest_with_it() {
        let mut mesh = weld(&ball(1.0, 9), 1e-3);
        mesh.normals = mesh.positions.iter().map(|&p| unit(p)).collect();
        let tangents = vec![[1.0, 0.0, 0.0, -1.0]; mesh.positions.len()];
        let skin = Skin {
            part: vec![0; mesh.triangles.len()],
            parts: vec![String::new()],
            mesh,
            tangents,
            ..Default::default()
        };
        let turning = Turning::of(&skin);
        let still = turning.target("still".into(), &skin, &skin.mesh.positions);
        assert!(still.positions.iter().chain(&still.normals).chain(&still.tangents).flatten().all(|&x| x == 0.0));
        // A quarter turn about Y takes normals and tangents along.
        let turned: Vec<Vec3> = skin.mesh.positions.iter().map(|&[x, y, z]| [z, y, -x]).collect();
        let target = turning.target("turned".into(), &skin, &turned);
        for (delta, &[x, y, z]) in target.normals.iter().zip(&skin.mesh.normals) {
            assert!(norm(sub(add([x, y, z], *delta), [z, y, -x])) < 1e-4);
        }
        for delta in &target.tangents {
            assert!(norm(sub(add([1.0, 0.0, 0.0], *delta), [0.0, 0.0, -1.0])) < 1e-4);
        }
    }
}
