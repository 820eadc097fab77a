//! Indexed triangle meshes: the one shape type that every room shares. No tensor, no file, no random number.

pub mod atlas;
pub mod bvh;
pub mod normals;
pub mod sets;
pub mod simplify;
pub mod split;
pub mod tessellate;
pub mod triangle;
pub mod weld;
pub mod winding;

use thiserror::Error;

/// A position or direction, right-handed: +Y up (a sword's tip), +X along the guard, +Z through the blade.
pub type Vec3 = [f32; 3];

/// Indexed triangles with optional attributes per vertex; without triangles it is a point cloud.
///
/// An attribute is either empty or as long as `positions`. Triangles are counter-clockwise seen from the front.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Mesh {
    /// `[N, 3]`
    pub positions: Vec<Vec3>,
    /// `[N, 3]`, unit length, or empty.
    pub normals: Vec<Vec3>,
    /// `[N, 2]`, texture coordinates, or empty.
    pub uvs: Vec<[f32; 2]>,
    /// `[T, 3]`, indices into `positions`; empty for a point cloud.
    pub triangles: Vec<[u32; 3]>,
    /// `[N]`, the patch that each vertex belongs to, or empty.
    pub patch: Vec<u32>,
    /// `[N, 3]`, first fundamental form E, F, G of the patch at each vertex in squared units of `positions`, or empty.
    pub form: Vec<[f32; 3]>,
}

/// Why a mesh can't be used.
#[derive(Debug, Error, PartialEq)]
pub enum MeshError {
    #[error("the mesh has no vertices")]
    Empty,
    #[error("vertex {vertex} has a coordinate that is not a finite number")]
    NotFinite { vertex: usize },
    #[error("vertex {vertex} lies {distance:e} from the origin; coordinates beyond {limit:e} can't be processed")]
    Huge { vertex: usize, distance: f32, limit: f32 },
    #[error("triangle {triangle} names vertex {index}, but there are only {vertices}")]
    IndexOutOfRange { triangle: usize, index: u32, vertices: usize },
    #[error("{attribute} has {found} entries for {vertices} vertices")]
    AttributeLength { attribute: &'static str, found: usize, vertices: usize },
    #[error("all vertices lie at one point")]
    NoExtent,
}

/// The largest coordinate that validation lets pass: beyond it, squared distances lose all precision in `f32`.
pub const COORDINATE_LIMIT: f32 = 1e9;

impl Mesh {
    /// Checks every field: lengths, finite and bounded coordinates, indices in range.
    pub fn validate(&self) -> Result<(), MeshError> {
        // Destructured in full, so that a new field can't escape validation.
        let Self { positions, normals, uvs, triangles, patch, form } = self;
        let vertices = positions.len();
        if vertices == 0 {
            return Err(MeshError::Empty);
        }
        for (vertex, p) in positions.iter().enumerate() {
            if p.iter().any(|x| !x.is_finite()) {
                return Err(MeshError::NotFinite { vertex });
            }
            let distance = p.iter().fold(0.0f32, |m, x| m.max(x.abs()));
            if distance > COORDINATE_LIMIT {
                return Err(MeshError::Huge { vertex, distance, limit: COORDINATE_LIMIT });
            }
        }
        let length = |attribute, found: usize| match found == 0 || found == vertices {
            true => Ok(()),
            false => Err(MeshError::AttributeLength { attribute, found, vertices }),
        };
        length("normals", normals.len())?;
        length("uvs", uvs.len())?;
        length("patch", patch.len())?;
        length("form", form.len())?;
        let finite = |mut values: Box<dyn Iterator<Item = (usize, bool)> + '_>| {
            values.find(|(_, ok)| !ok).map_or(Ok(()), |(vertex, _)| Err(MeshError::NotFinite { vertex }))
        };
        finite(Box::new(normals.iter().map(|n| n.iter().all(|x| x.is_finite())).enumerate()))?;
        finite(Box::new(uvs.iter().map(|n| n.iter().all(|x| x.is_finite())).enumerate()))?;
        finite(Box::new(form.iter().map(|n| n.iter().all(|x| x.is_finite())).enumerate()))?;
        for (triangle, t) in triangles.iter().enumerate() {
            if let Some(&index) = t.iter().find(|&&i| i as usize >= vertices) {
                return Err(MeshError::IndexOutOfRange { triangle, index, vertices });
            }
        }
        Ok(())
    }

    /// Smallest and largest coordinate per axis; `None` without vertices.
    pub fn bounds(&self) -> Option<(Vec3, Vec3)> {
        let first = *self.positions.first()?;
        Some(self.positions.iter().fold((first, first), |(lo, hi), p| {
            (std::array::from_fn(|i| lo[i].min(p[i])), std::array::from_fn(|i| hi[i].max(p[i])))
        }))
    }

    /// The corners of triangle `t`.
    pub fn corners(&self, t: usize) -> [Vec3; 3] {
        self.triangles[t].map(|i| self.positions[i as usize])
    }

    /// Appends another mesh. An attribute that only one of the two has is dropped.
    pub fn append(&mut self, other: &Mesh) {
        let offset = self.positions.len() as u32;
        let first = self.positions.is_empty();
        fn join<T: Copy>(into: &mut Vec<T>, from: &[T], first: bool) {
            if first || (!into.is_empty() && !from.is_empty()) {
                into.extend_from_slice(from);
            } else {
                into.clear();
            }
        }
        self.positions.extend_from_slice(&other.positions);
        join(&mut self.normals, &other.normals, first);
        join(&mut self.uvs, &other.uvs, first);
        join(&mut self.patch, &other.patch, first);
        join(&mut self.form, &other.form, first);
        self.triangles.extend(other.triangles.iter().map(|t| t.map(|i| i + offset)));
    }

    /// Every position as `scale * p + offset`; normals and form follow only a uniform scale, which this is.
    pub fn transform(&mut self, scale: f32, offset: Vec3) {
        for p in &mut self.positions {
            *p = std::array::from_fn(|i| scale * p[i] + offset[i]);
        }
        for f in &mut self.form {
            *f = f.map(|x| x * scale * scale);
        }
    }
}

/// `a - b`
pub fn sub(a: Vec3, b: Vec3) -> Vec3 {
    std::array::from_fn(|i| a[i] - b[i])
}

/// `a + b`
pub fn add(a: Vec3, b: Vec3) -> Vec3 {
    std::array::from_fn(|i| a[i] + b[i])
}

/// `a * s`
pub fn scaled(a: Vec3, s: f32) -> Vec3 {
    a.map(|x| x * s)
}

/// Dot product.
pub fn dot(a: Vec3, b: Vec3) -> f32 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

/// Cross product.
pub fn cross(a: Vec3, b: Vec3) -> Vec3 {
    [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}

/// Euclidean length.
pub fn norm(a: Vec3) -> f32 {
    dot(a, a).sqrt()
}

/// `a` at unit length, or +Y where it has none.
pub fn unit(a: Vec3) -> Vec3 {
    let n = norm(a);
    if n > 1e-30 && n.is_finite() { scaled(a, 1.0 / n) } else { [0.0, 1.0, 0.0] }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn triangle() -> Mesh {
        Mesh {
            positions: vec![[0.0; 3], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]],
            triangles: vec![[0, 1, 2]],
            ..Default::default()
        }
    }

    #[test]
    fn validation_names_what_is_wrong() {
        assert_eq!(Mesh::default().validate(), Err(MeshError::Empty));
        assert_eq!(triangle().validate(), Ok(()));
        let mut m = triangle();
        m.positions[1][2] = f32::NAN;
        assert_eq!(m.validate(), Err(MeshError::NotFinite { vertex: 1 }));
        let mut m = triangle();
        m.triangles[0][2] = 3;
        assert_eq!(m.validate(), Err(MeshError::IndexOutOfRange { triangle: 0, index: 3, vertices: 3 }));
        let mut m = triangle();
        m.positions[0][0] = 1e30;
        assert!(matches!(m.validate(), Err(MeshError::Huge { vertex: 0, .. })));
        let mut m = triangle();
        m.normals = vec![[0.0, 0.0, 1.0]];
        assert!(matches!(m.validate(), Err(MeshError::AttributeLength { attribute: "normals", .. })));
    }

    #[test]
    fn append_keeps_shared_attributes_and_shifts_indices() {
        let mut m = Mesh::default();
        let mut a = triangle();
        a.normals = vec![[0.0, 0.0, 1.0]; 3];
        m.append(&a);
        m.append(&a);
        assert_eq!((m.positions.len(), m.normals.len(), m.triangles[1]), (6, 6, [3, 4, 5]));
        m.append(&triangle());
        assert!(m.normals.is_empty() && m.validate().is_ok());
    }
}
