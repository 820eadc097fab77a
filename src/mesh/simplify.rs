//! Fewer triangles for nearly the same shape: Garland and Heckbert's quadric error metric, as meshoptimizer has it.

use meshopt::{SimplifyOptions, simplify_decoder, simplify_scale_decoder};

use super::{Mesh, MeshError, split::compact};

/// What may happen to the open borders of a surface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Border {
    /// Border vertices may go: fewest triangles.
    Free,
    /// Border vertices stay where they are, so that neighbouring patches keep meeting.
    Locked,
}

/// At most about `target_triangles` triangles, and the error made: the largest distance from the old surface, in units
/// of `positions`.
///
/// A subset of the vertices stays, with its attributes; vertices without a triangle go. The target is missed where the
/// topology or a locked border allows no further step. Patches that share no vertex are all border: weld them first
/// to simplify across them.
///
/// # Errors
/// A mesh that [`Mesh::validate`] refuses.
pub fn simplify(mesh: &Mesh, target_triangles: usize, border: Border) -> Result<(Mesh, f32), MeshError> {
    // Here more than a courtesy: the C++ behind reads whatever an index points at.
    mesh.validate()?;
    let options = match border {
        Border::Free => SimplifyOptions::None,
        Border::Locked => SimplifyOptions::LockBorder,
    };
    let any_error = f32::MAX;
    let mut relative = 0.0;
    let indices = simplify_decoder(
        mesh.triangles.as_flattened(),
        &mesh.positions,
        target_triangles.saturating_mul(3),
        any_error,
        options,
        Some(&mut relative),
    );
    let (triangles, _) = indices.as_chunks::<3>();
    Ok((compact(mesh, triangles), relative * simplify_scale_decoder(&mesh.positions)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mesh::tessellate::{PatchPoints, tessellate};
    use crate::template::Template;

    /// A sheet of height `bulge`, 2 (side-1)^2 triangles.
    fn sheet(side: usize, bulge: f32) -> Mesh {
        let template = Template::grid(side);
        let positions = template.uv().iter().map(|&[u, v]| [u, v, bulge * (4.0 * u).sin() * (3.0 * v).cos()]).collect();
        tessellate(PatchPoints { positions, ..Default::default() }, 1, &[], &template)
    }

    #[test]
    fn a_flat_sheet_loses_nothing_but_triangles() {
        let (small, error) = simplify(&sheet(20, 0.0), 2, Border::Free).unwrap();
        assert!(small.triangles.len() <= 8 && error < 1e-3, "{} triangles, error {error}", small.triangles.len());
        assert_eq!(small.uvs.len(), small.positions.len());
    }

    #[test]
    fn a_locked_border_stays() {
        let mesh = sheet(20, 0.1);
        let (small, error) = simplify(&mesh, 10, Border::Locked).unwrap();
        let border = |m: &Mesh| m.positions.iter().filter(|p| p[..2].iter().any(|&x| x == 0.0 || x == 1.0)).count();
        assert_eq!(border(&small), border(&mesh));
        assert!(small.triangles.len() < mesh.triangles.len() && error > 0.0);
    }

    #[test]
    fn an_index_out_of_range_is_refused() {
        let mut mesh = sheet(3, 0.0);
        mesh.triangles[0][0] = 999;
        assert!(matches!(simplify(&mesh, 1, Border::Free), Err(MeshError::IndexOutOfRange { .. })));
    }
}
