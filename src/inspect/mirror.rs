//! How far a shape is from being its own mirror image.

use rayon::prelude::*;

use crate::mesh::bvh::Bvh;
use crate::mesh::{Mesh, Vec3};

/// The plane through the origin that a shape is mirrored in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MirrorPlane {
    /// x = 0, between the edges of a straight, two-edged sword.
    X,
    /// z = 0, between the flats of any sword.
    Z,
}

/// Mean distance from the mirror images of `points` `[N, 3]` on the surface of `mesh` to that surface, by the mesh's
/// length along Y. 0 for a symmetric shape, without a floor from sampling: distances are to triangles, not to points.
/// `None` without points, triangles or length.
///
/// One direction is enough: mirroring turns the distance of the image from the surface into that of the surface from the
/// image. Points by area make it a mean over the surface.
pub fn mirror_error(mesh: &Mesh, points: &[Vec3], plane: MirrorPlane) -> Option<f64> {
    let (lo, hi) = mesh.bounds()?;
    let length = f64::from(hi[1] - lo[1]);
    if points.is_empty() || length.is_nan() || length <= 0.0 {
        return None;
    }
    let tree = Bvh::new(mesh);
    let distance = |&[x, y, z]: &Vec3| {
        let image = match plane {
            MirrorPlane::X => [-x, y, z],
            MirrorPlane::Z => [x, y, -z],
        };
        tree.distance2(image, |_| true).map(|d| f64::from(d).sqrt())
    };
    // Collected first, so that the sum has one order at any number of threads.
    let distances = points.par_iter().map(distance).collect::<Option<Vec<f64>>>()?;
    Some(distances.iter().sum::<f64>() / points.len() as f64 / length)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A roof of two sheets over y in 0..2 that meet at z = `ridge` above x = `middle`.
    fn roof(middle: f32, ridge: f32) -> Mesh {
        let positions = [-1.0, middle, 1.0].into_iter().flat_map(|x| {
            let z = if x == middle { ridge } else { 0.0 };
            [[x, 0.0, z], [x, 2.0, z]]
        });
        let triangles = [[0, 2, 1], [1, 2, 3], [2, 4, 3], [3, 4, 5]];
        Mesh { positions: positions.collect(), triangles: triangles.into(), ..Default::default() }
    }

    #[test]
    fn symmetric_shapes_have_none() {
        let mesh = roof(0.0, 0.5);
        let points = [[0.5, 1.0, 0.25], [-0.1, 0.3, 0.45], [0.0, 2.0, 0.5]];
        assert!(mirror_error(&mesh, &points, MirrorPlane::X).unwrap() < 1e-6);
        // The flat one lies in the plane z = 0.
        assert!(mirror_error(&roof(0.0, 0.0), &[[0.3, 1.0, 0.0]], MirrorPlane::Z).unwrap() < 1e-6);
    }

    #[test]
    fn asymmetry_is_a_distance_by_the_length() {
        // A sheet at z = 0.1, mirrored to z = -0.1: 0.2 apart, on a length of 2.
        let mut sheet = roof(0.0, 0.0);
        sheet.transform(1.0, [0.0, 0.0, 0.1]);
        let found = mirror_error(&sheet, &[[0.2, 1.0, 0.1], [-0.5, 0.5, 0.1]], MirrorPlane::Z).unwrap();
        assert!((found - 0.1).abs() < 1e-6, "{found}");
        assert!(mirror_error(&roof(0.5, 0.4), &[[0.5, 1.0, 0.4]], MirrorPlane::X).unwrap() > 0.05);
    }

    #[test]
    fn nothing_to_measure_is_no_figure() {
        assert_eq!(mirror_error(&roof(0.0, 0.0), &[], MirrorPlane::Z), None);
        assert_eq!(mirror_error(&Mesh::default(), &[[0.0; 3]], MirrorPlane::Z), None);
        let cloud = Mesh { positions: vec![[0.0; 3], [0.0, 1.0, 0.0]], ..Default::default() };
        assert_eq!(mirror_error(&cloud, &[[0.0; 3]], MirrorPlane::X), None);
    }
}
