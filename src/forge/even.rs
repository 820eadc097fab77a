//! A decoded shape whose patches agree where they meet: [`crate::patchwork::even`], on the processor.

use rayon::prelude::*;

use super::Forge;
use crate::mesh::{Mesh, Vec3, add, dot, scaled, sub, unit};
use crate::patchwork::Part;
use crate::patchwork::end::{TURNED, closing};
use crate::patchwork::even::{Band, MOST, Pull, pulls};
use crate::template::Template;

impl Forge {
    /// Makes a mesh that this model decoded on `template` one to be looked at: its patches agree where they meet ([`even`]).
    pub fn even(&self, mesh: &mut Mesh, template: &Template) {
        even(mesh, &self.checkpoint().meta.patchwork(), template);
    }
}

/// Moves positions and normals near seams to the middle between both sides, and sides that close an end to where they meet. Of a
/// decoded mesh on `template`, any other stays as it is; so do normals on either side of an edge.
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
        for pull in pulls.iter().filter(|pull| !pull.is_none()) {
            if let Some(Band { edge, beyond, from, ahead }) = pull.band {
                let between = |[a, b]: [usize; 2], at| sub(read(&mesh.positions, b, at), read(&mesh.positions, a, at));
                let across = |at| between([patch, pull.patch], at);
                // Each edge as both of its patches have it, on average; twice that.
                let width = |v| add(across([edge, v]), between(beyond, [1.0 - edge, v]));
                let (here, whole) = ([pull.own[0], from], width(from));
                let share = |v| dot(width(v), whole) / dot(whole, whole).max(f32::MIN_POSITIVE);
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
            if pull.bend != 0.0 {
                let inner =
                    [read(&mesh.positions, patch, pull.inner[0]), read(&mesh.positions, pull.patch, pull.inner[1])];
                let turn = sub(sub(inner[1], other), sub(own, inner[0]));
                position = add(position, scaled(turn, pull.bend));
            }
            let [own, other] = both(&mesh.normals).map(unit);
            let [from, to] = pull.alike;
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
    use crate::patchwork::{Seam, seams};

    #[test]
    fn seams_close_their_shading_is_one_and_edges_stay_sharp() {
        let forge = Forge::new(Checkpoint::embedded().unwrap()).unwrap();
        let (parts, template) = (forge.checkpoint().meta.patchwork(), Template::grid(33));
        let raw = forge.decode_unit(&forge.mean(), &template).unwrap();
        let mut mesh = raw.clone();
        even(&mut mesh, &parts, &template);
        let (mut apart, mut bent, mut sharp, mut corner) = ([0.0, 0.0], [0.0, 0.0], [0, 0], [0.0, 0.0]);
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
                    if seam.goes_on() {
                        let inner =
                            seam.within(t, 0.03).map(|(patch, uv)| between(&mesh.positions, &template, patch, uv));
                        corner[k] += 1.0 - dot(unit(sub(a, inner[0])), unit(sub(inner[1], b)));
                    }
                    if cosine(&raw) > 0.95 {
                        bent[k] += 1.0 - cosine(mesh);
                    }
                    sharp[k] += usize::from(!seam.goes_on() && cosine(mesh) < 0.5);
                }
            }
        }
        assert!(apart[1] < 0.3 * apart[0] && bent[1] < 0.3 * bent[0], "{apart:?} {bent:?}");
        assert!(corner[0] > 0.0 && corner[1] < 0.2 * corner[0], "{corner:?}");
        assert!(sharp[0] > 10 && 10 * sharp[1] >= 9 * sharp[0], "{sharp:?}");
        let most = raw.positions.iter().zip(&mesh.positions).map(|(a, b)| norm(sub(*a, *b))).fold(0.0, f32::max);
        assert!(most < 0.05, "{most}");
        assert!(mesh.normals.iter().all(|normal| (norm(*normal) - 1.0).abs() < 1e-4));
        let mut loose = raw.clone();
        even(&mut loose, &[], &template);
        assert_eq!(loose.positions, raw.positions);
    }

    #[test]
    fn an_edge_that_two_stretches_have_beside_each_other_is_shaded_as_one() {
        use crate::forge::Subject;
        let forge = Forge::new(Checkpoint::embedded().unwrap()).unwrap();
        let (parts, template) = (forge.checkpoint().meta.patchwork(), Template::grid(49));
        // The back of this blade: a corner of it lies a millimetre further in one stretch than in the next.
        let raw = forge.decode_unit(&Subject::seeded(&forge, 20).latent, &template).unwrap();
        let mut mesh = raw.clone();
        even(&mut mesh, &parts, &template);
        let least = |mesh: &Mesh| {
            let across = |(seam, i): (&Seam, usize)| {
                let [a, b] =
                    seam.at(i as f32 / 48.0).map(|(patch, uv)| unit(between(&mesh.normals, &template, patch, uv)));
                dot(a, b)
            };
            let all = seams(&parts);
            let blade = all.iter().filter(|seam| seam.goes_on() && seam.patches().iter().all(|&p| p < 12));
            blade.flat_map(|seam| (0..49).map(move |i| (seam, i))).map(across).fold(1.0, f32::min)
        };
        let [before, after] = [&raw, &mesh].map(least);
        assert!(before < 0.7 && after > 0.95, "{before} {after}");
    }

    #[test]
    fn blades_that_were_decoded_past_their_point_end_in_one() {
        use crate::forge::Subject;
        use crate::patchwork::end::{AHEAD, TAPERS, ends};
        let forge = Forge::new(Checkpoint::embedded().unwrap()).unwrap();
        let (parts, template) = (forge.checkpoint().meta.patchwork(), Template::grid(33));
        let tip = ends(&parts)[0];
        let (mut tapering, mut crossed, mut ends_in_one) = (0, 0, 0);
        for seed in 0..24 {
            let raw = forge.decode_unit(&Subject::seeded(&forge, seed).latent, &template).unwrap();
            let mut mesh = raw.clone();
            even(&mut mesh, &parts, &template);
            let across = |mesh: &Mesh, v: f32| {
                let [a, b] = tip.patches.map(|patch| between(&mesh.positions, &template, patch, [tip.edge, v]));
                sub(b, a)
            };
            let share = |mesh: &Mesh, v: f32| {
                let whole = across(&raw, tip.within(1.0));
                dot(across(mesh, v), whole) / dot(whole, whole)
            };
            if share(&raw, tip.within(AHEAD)) > TAPERS[0] || share(&raw, tip.v) > 0.0 {
                continue;
            }
            tapering += 1;
            crossed += usize::from(share(&raw, tip.v) < -0.02);
            // What the patches of one edge disagree about is evened as well, and isn't the same on both sides.
            let widths = [0.6, 0.4, 0.2, 0.1, 0.05].map(|at| share(&mesh, tip.within(at)));
            println!("{seed}: {} -> {}, {widths:?}", share(&raw, tip.v), share(&mesh, tip.v));
            ends_in_one += usize::from(share(&mesh, tip.v).abs() < 0.05 && widths.is_sorted_by(|a, b| a > b));
        }
        assert!(crossed > 5 && ends_in_one + 1 >= tapering, "{tapering} {crossed} {ends_in_one}");
    }
}
