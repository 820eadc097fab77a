//! A decoded shape whose patches agree where they meet: [`crate::patchwork::even`], on the processor.

use rayon::prelude::*;

use super::Forge;
use crate::mesh::{Mesh, Vec3, add, dot, scaled, sub, unit};
use crate::patchwork::Part;
use crate::patchwork::end::{TURNED, closing};
use crate::patchwork::even::{Band, MOST, Pull, SHARP, pulls};
use crate::template::Template;

impl Forge {
    /// Makes a mesh that this model decoded on `template` one to be looked at: its patches agree where they meet ([`even`]).
    pub fn even(&self, mesh: &mut Mesh, template: &Template) {
        even(mesh, &self.checkpoint().meta.patchwork(), template);
    }
}

/// Moves positions and normals near seams to the middle between both sides, and sides that close an end to where they meet. Of a
/// decoded mesh on `template`, any other stays as it is; so do normals that differ by an edge's angle.
pub fn even(mesh: &mut Mesh, parts: &[Part], template: &Template) {
    let n = template.len();
    let patches = mesh.positions.len() / n;
    if mesh.positions.len() != patches * n || mesh.normals.len() != mesh.positions.len() {
        return;
    }
    let read = |values: &[Vec3], patch, uv| between(values, template, patch, uv);
    let moved = |patch: usize, point: usize, pulls: &[Pull; MOST]| -> (Vec3, Vec3) {
        let at = patch * n + point;
        let (mut position, mut normal) = (mesh.positions[at], mesh.normals[at]);
        for pull in pulls.iter().filter(|pull| pull.weight > 0.0) {
            if let Some(Band { edge, from, ahead }) = pull.band {
                let across = |at| sub(read(&mesh.positions, pull.patch, at), read(&mesh.positions, patch, at));
                let (here, whole) = ([pull.own[0], from], across([edge, from]));
                let share = |v| dot(across([edge, v]), whole) / dot(whole, whole).max(f32::MIN_POSITIVE);
                let gap = share(pull.own[1]);
                let by = gap * closing(gap, share(ahead));
                position = add(position, scaled(across(here), 0.5 * pull.weight * by));
                let turned = pull.weight * (-by / TURNED).clamp(0.0, 1.0);
                normal = add(scaled(normal, 1.0 - turned), scaled(unit(read(&mesh.normals, patch, here)), turned));
                continue;
            }
            let both = |values: &[Vec3]| [read(values, patch, pull.own), read(values, pull.patch, pull.other)];
            let [own, other] = both(&mesh.positions);
            position = add(position, scaled(sub(other, own), 0.5 * pull.weight));
            let [own, other] = both(&mesh.normals).map(unit);
            let [from, to] = SHARP;
            let alike = ((dot(own, other) - from) / (to - from)).clamp(0.0, 1.0);
            normal = add(normal, scaled(sub(other, own), 0.5 * pull.weight * alike));
        }
        (position, unit(normal))
    };
    let found = pulls(parts, patches, &template.uv());
    let evened: Vec<(Vec3, Vec3)> = found
        .par_iter()
        .enumerate()
        .flat_map_iter(|(patch, points)| points.iter().enumerate().map(move |(point, pulls)| (patch, point, pulls)))
        .map(|(patch, point, pulls)| moved(patch, point, pulls))
        .collect();
    (mesh.positions, mesh.normals) = evened.into_iter().unzip();
}

/// A patch's values at uv, linear between the four points of a grid's cell.
fn between(values: &[Vec3], template: &Template, patch: usize, uv: [f32; 2]) -> Vec3 {
    let side = template.side();
    let [(i, s), (j, t)] = uv.map(|x| {
        let x = x.clamp(0.0, 1.0) * (side - 1) as f32;
        let i = (x as usize).min(side - 2);
        (i, x - i as f32)
    });
    let at = |i: usize, j: usize| values[patch * template.len() + j * side + i];
    let row = |j: usize| add(scaled(at(i, j), 1.0 - s), scaled(at(i + 1, j), s));
    add(scaled(row(j), 1.0 - t), scaled(row(j + 1), t))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mesh::norm;
    use crate::model::checkpoint::Checkpoint;
    use crate::patchwork::seams;

    #[test]
    fn seams_close_their_shading_is_one_and_edges_stay_sharp() {
        let forge = Forge::new(Checkpoint::embedded().unwrap()).unwrap();
        let (parts, template) = (forge.checkpoint().meta.patchwork(), Template::grid(33));
        let raw = forge.decode_unit(&forge.mean(), &template).unwrap();
        let mut mesh = raw.clone();
        even(&mut mesh, &parts, &template);
        let (mut apart, mut bent, mut sharp) = ([0.0, 0.0], [0.0, 0.0], [0, 0]);
        for seam in seams(&parts) {
            for t in [0.25, 0.5, 0.75] {
                let both = |of: &[Vec3]| seam.at(t).map(|(patch, uv)| between(of, &template, patch, uv));
                let cosine = |mesh: &Mesh| {
                    let [a, b] = both(&mesh.normals).map(unit);
                    dot(a, b)
                };
                for (k, mesh) in [&raw, &mesh].into_iter().enumerate() {
                    let [a, b] = both(&mesh.positions);
                    apart[k] += norm(sub(a, b));
                    if cosine(&raw) > 0.95 {
                        bent[k] += 1.0 - cosine(mesh);
                    }
                    sharp[k] += usize::from(cosine(mesh) < 0.5);
                }
            }
        }
        assert!(apart[1] < 0.3 * apart[0] && bent[1] < 0.3 * bent[0], "{apart:?} {bent:?}");
        assert!(sharp[0] > 10 && 10 * sharp[1] >= 9 * sharp[0], "{sharp:?}");
        let most = raw.positions.iter().zip(&mesh.positions).map(|(a, b)| norm(sub(*a, *b))).fold(0.0, f32::max);
        assert!(most < 0.05, "{most}");
        assert!(mesh.normals.iter().all(|normal| (norm(*normal) - 1.0).abs() < 1e-4));
        let mut loose = raw.clone();
        even(&mut loose, &[], &template);
        assert_eq!(loose.positions, raw.positions);
    }
}
