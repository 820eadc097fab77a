//! Closed parts to one closed surface: what lies inside another part goes, and where two parts cross they share an edge.
//!
//! The union is computed by an exact arrangement of all triangles (Zhou, Grinspun, Zorin and Jacobson 2016, in the
//! `manifold-rust` crate): a cell of space belongs to the solid if the parts wind around it, so a part may cross itself too.

use manifold_rust::manifold::Manifold;
use manifold_rust::types::{Error, MeshGL64, WindingRule};

use super::tidy::tidy;
use super::{Solid, SolidError};
use crate::mesh::{Mesh, Vec3};

/// The surface around all parts, each closed and outward; every triangle keeps the number of the part that it comes from, and parts
/// have no names yet.
///
/// # Errors
/// When nothing is enclosed.
pub fn unite(parts: &[Mesh]) -> Result<Solid, SolidError> {
    arranged(parts, WindingRule::Positive)
}

/// The surface around all that a closed part winds around in either sense, outward: what was decoded inside out is turned.
///
/// # Errors
/// When nothing is enclosed.
pub fn righted(part: Mesh) -> Result<Mesh, SolidError> {
    let mut solid = arranged(&[part], WindingRule::Nonzero)?;
    tidy(&mut solid);
    Ok(solid.mesh)
}

fn arranged(parts: &[Mesh], rule: WindingRule) -> Result<Solid, SolidError> {
    if parts.iter().all(|mesh| mesh.triangles.is_empty()) {
        return Err(SolidError::Empty);
    }
    let first = Manifold::reserve_ids(parts.len() as u32);
    let mut soup = MeshGL64 { num_prop: 3, run_index: vec![0], ..Default::default() };
    for (i, mesh) in parts.iter().enumerate() {
        let offset = (soup.vert_properties.len() / 3) as u64;
        soup.vert_properties.extend(mesh.positions.iter().flatten().map(|&x| f64::from(x)));
        soup.tri_verts.extend(mesh.triangles.iter().flatten().map(|&v| u64::from(v) + offset));
        soup.run_index.push(soup.tri_verts.len() as u64);
        soup.run_original_id.push(first + i as u32);
    }
    let united = Manifold::from_mesh_gl64_robust(&soup).rebuild_solid(rule);
    if united.status() != Error::NoError {
        return Err(SolidError::Union(format!("{:?}", united.status())));
    }
    let found = united.get_mesh_gl64(-1);
    let positions: Vec<Vec3> = found
        .vert_properties
        .chunks_exact(found.num_prop.max(3) as usize)
        .map(|p| [p[0], p[1], p[2]].map(|x| x as f32))
        .collect();
    let triangles: Vec<[u32; 3]> = found.tri_verts.as_chunks::<3>().0.iter().map(|t| t.map(|i| i as u32)).collect();
    if triangles.is_empty() {
        return Err(SolidError::Empty);
    }
    let mut part = vec![0; triangles.len()];
    for (run, ends) in found.run_index.windows(2).enumerate() {
        let label = found.run_original_id[run].saturating_sub(first) as u8;
        part[ends[0] as usize / 3..ends[1] as usize / 3].fill(label);
    }
    let mesh = Mesh { positions, triangles, ..Default::default() };
    Ok(Solid { mesh, part, parts: vec![String::new(); parts.len()] })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inspect::solidity::Solidity;
    use crate::mesh::bvh::tests::cube;

    #[test]
    fn parts_that_cross_become_one_and_what_is_inside_goes() {
        let parts = [cube(1.0, [0.0; 3]), cube(1.0, [1.0, 0.5, 0.5]), cube(0.3, [0.2, 0.0, 0.0])];
        let solid = unite(&parts).unwrap();
        let found = Solidity::of(&solid.mesh);
        assert!(found.is_manifold() && found.is_outward() && found.components == 1 && found.crossing == 0, "{found:?}");
        assert!((found.volume - (16.0 - 2.25)).abs() < 1e-5, "{}", found.volume);
        assert_eq!(solid.part.len(), solid.mesh.triangles.len());
        for (t, &part) in solid.part.iter().enumerate() {
            // The second alone reaches beyond x = 1, the first alone below 0; nothing is left of the third.
            let [lo, hi] =
                [f32::min, f32::max].map(|of| solid.mesh.corners(t).map(|p| p[0]).into_iter().reduce(of).unwrap());
            assert!(part == u8::from(hi > 1.01) || (lo >= -0.01 && part < 2), "{part} {lo} {hi}");
        }
    }

    #[test]
    fn what_is_inside_out_encloses_nothing() {
        let mut parts = [cube(1.0, [0.0; 3])];
        parts[0].triangles.iter_mut().for_each(|t| t.swap(0, 1));
        assert_eq!(unite(&parts), Err(SolidError::Empty));
        assert_eq!(unite(&[]), Err(SolidError::Empty));
    }
}
