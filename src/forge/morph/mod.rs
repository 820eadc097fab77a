//! A shape on its way to another, with the same triangles all along: what morph targets need.
//!
//! A closed, simplified, unwrapped mesh is another one for every latent, so its vertices can't be paired. But each of them
//! lies on, or next to, some patch at some uv, and that point exists for every latent. So the vertices of the first shape's
//! mesh are bound to its patches ([`Carrier`]) and carried by the same patches of the other shapes.

mod back;
mod carrier;
mod turning;

pub use carrier::{Carrier, Labelled};
use rayon::prelude::*;
use thiserror::Error;
use turning::Turning;

use super::{Forge, ForgeError, Subject, check_length};
use crate::export::Morph;
use crate::export::keyframes::{error, keyframes_among};
use crate::latent::{Latent, alike};
use crate::mesh::tessellate::{PatchPoints, tessellate};
use crate::mesh::{Mesh, Vec3, add, scaled, sub};
use crate::solid::Skin;
use crate::template::Template;

/// Side of the grid that vertices are bound to: on a 1 m sword its squares are 1 to 10 mm wide.
pub const MORPH_GRID: usize = 33;

/// Frames of a way, both ends included, at which it is decoded.
pub const FRAMES: usize = 33;

/// Every how many frames one may become a target; those between tell how well the targets do.
const EVERY: usize = 2;

/// A shape on the way.
#[derive(Clone, Debug, PartialEq)]
pub struct Frame {
    pub latent: Latent,
    /// Overall length in metres.
    pub length: f32,
}

/// From one shape to another.
#[derive(Clone, Debug, PartialEq)]
pub struct Way {
    /// What the other shape is called, and the last target after it.
    pub to: String,
    /// At even steps, both ends included.
    pub frames: Vec<Frame>,
    /// Metres that a vertex may lie beside its place in any frame.
    pub bound: f32,
    /// Whether a way that bends too much for the bound is refused; else it gets all targets that there may be.
    pub strict: bool,
    /// How long the animation lasts.
    pub seconds: f32,
}

/// Why a way can't be made into morph targets.
#[derive(Debug, Error)]
pub enum MorphError {
    #[error(transparent)]
    Forge(#[from] ForgeError),
    #[error("a morph needs two shapes or more, the first the mesh's own; there are {0}")]
    Frames(usize),
    #[error("a morph can't last {0} s; give a number above 0")]
    Seconds(f32),
    #[error("a morph can't be held within {0} mm; give a number above 0")]
    Bound(f32),
    #[error(
        "with {targets} targets, the most there may be, the way still bends by up to {least:.3} mm between them, more than \
         the {bound} mm that are allowed; allow {next} mm"
    )]
    Bends { targets: usize, least: f32, bound: f32, next: f32 },
}

impl Way {
    /// Millimetres and seconds where nobody asks for others.
    pub const BOUND: f32 = 0.5;
    pub const SECONDS: f32 = 2.0;

    /// From the first of two shapes to the second along a path of latents, lengths straight; not strict.
    pub fn between(
        forge: &Forge,
        [a, b]: [&Subject; 2],
        path: impl Fn(&Latent, &Latent, f32) -> Latent,
        bound: f32,
        seconds: f32,
    ) -> Self {
        let [from, to] = [a, b].map(|s| forge.placement(&s.latent, s.length).length);
        let (first, second) = alike(&a.latent, &b.latent);
        let frame = |i: usize| {
            let t = i as f32 / (FRAMES - 1) as f32;
            // The ends are what they are by themselves, to the bit.
            match i {
                0 => Frame { latent: a.latent.clone(), length: from },
                _ if i + 1 == FRAMES => Frame { latent: b.latent.clone(), length: to },
                _ => Frame { latent: path(&first, &second, t), length: from + t * (to - from) },
            }
        };
        Self { to: b.name.clone(), frames: (0..FRAMES).map(frame).collect(), bound, strict: false, seconds }
    }

    /// What a frame is called as a target.
    fn target_name(&self, frame: usize) -> String {
        match frame + 1 == self.frames.len() {
            true => self.to.clone(),
            false => format!("{}_{:02.0}", self.to, 100.0 * self.at()[frame]),
        }
    }

    fn check(&self) -> Result<(), MorphError> {
        let Self { frames, bound, seconds, .. } = self;
        if frames.len() < 2 {
            return Err(MorphError::Frames(frames.len()));
        }
        if !(*seconds > 0.0 && seconds.is_finite()) {
            return Err(MorphError::Seconds(*seconds));
        }
        if !(*bound > 0.0 && bound.is_finite()) {
            return Err(MorphError::Bound(1e3 * bound));
        }
        Ok(())
    }

    /// `[K]`, where each frame is on the way: 0 at the first, 1 at the last.
    pub fn at(&self) -> Vec<f32> {
        let last = (self.frames.len().max(2) - 1) as f32;
        (0..self.frames.len()).map(|i| i as f32 / last).collect()
    }

    /// The frames that become targets, the first shape's own before them: as few as keep within the bound all vertices of
    /// all frames `[K, N, 3]`.
    fn kept(&self, ways: &[Vec<Vec3>]) -> Result<Vec<usize>, MorphError> {
        let at = self.at();
        let last = ways.len() - 1;
        let all: Vec<usize> = (0..=last).filter(|i| i % EVERY == 0 || *i == last).collect();
        let found = keyframes_among(ways, &at, EVERY, self.bound);
        found.or_else(|| (!self.strict).then(|| all.clone())).ok_or_else(|| {
            let least = 1e3 * error(ways, &at, &all);
            // Two digits, rounded up, so that the same words with this number go well.
            let digit = 10f32.powf(least.log10().floor() - 1.0);
            let next = (least / digit).floor() + 1.0;
            let next = format!("{:.4}", next * digit).trim_end_matches('0').parse().unwrap_or(least);
            MorphError::Bends { targets: all.len() - 1, least, bound: (1e6 * self.bound).round() / 1e3, next }
        })
    }
}

/// A skin on a way.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Moving {
    pub morph: Morph,
    /// `[targets + 1]`, the frames that the skin itself and its targets are.
    pub kept: Vec<usize>,
    /// Metres: the largest distance of a vertex in any frame from where the targets bring it.
    pub error: f32,
}

impl Moving {
    /// `[N, 3]`, where a player that follows the weights shows the skin's vertices at `t`, 0 to 1 on the way.
    pub fn shown(&self, skin: &Skin, frames: usize, t: f32) -> Vec<Vec3> {
        let frame = t * (frames.max(2) - 1) as f32;
        let next = self.kept.iter().position(|&k| k as f32 >= frame).unwrap_or(self.kept.len() - 1).max(1);
        let [from, to] = [self.kept[next - 1], self.kept[next]].map(|k| k as f32);
        let share = ((frame - from) / (to - from)).clamp(0.0, 1.0);
        let moved = |target: usize, i: usize| match target.checked_sub(1) {
            Some(target) => self.morph.targets[target].positions[i],
            None => [0.0; 3],
        };
        let place = |(i, &p): (usize, &Vec3)| {
            let (before, after) = (moved(next - 1, i), moved(next, i));
            add(p, add(before, scaled(sub(after, before), share)))
        };
        skin.mesh.positions.iter().enumerate().map(place).collect()
    }
}

impl Forge {
    /// Skins of the way's first shape on the way: the first as few targets as [`Way::bound`] allows, the others the same ones, so that
    /// one set of weights moves all. `label` says of a triangle of a skin and of a dense patch what they belong to, a part or
    /// the patch itself. `gone`: nothing where labels are patches; where they are parts, which cross, those that the last
    /// shape hides in others. `dense` `[K]` are [`Forge::on_way`]'s.
    ///
    /// # Errors
    /// A way of fewer than two frames, without a time or a bound, or one that bends more than targets can tell.
    pub fn moving(
        &self,
        skins: &[(&Skin, Vec<u32>)],
        way: &Way,
        dense: &[Mesh],
        label: impl Fn(u32) -> u32,
        gone: Option<&[u32]>,
    ) -> Result<Vec<Moving>, MorphError> {
        way.check()?;
        let first = dense.first().ok_or(MorphError::Frames(0))?;
        let labels: Vec<u32> = first.triangles.iter().map(|t| label(first.patch[t[0] as usize])).collect();
        let at = way.at();
        let mut all: Vec<Moving> = Vec::new();
        for (skin, own) in skins {
            let carrier =
                Carrier::bind(Labelled { mesh: &skin.mesh, label: own }, Labelled { mesh: first, label: &labels });
            let mut ways = vec![skin.mesh.positions.clone()];
            ways.extend(dense[1..].iter().map(|dense| carrier.carry(dense)));
            if let (Some(gone), Some(last)) = (gone, dense.last()) {
                // Brought in along the way: at the first shape the vertices lie where the surfaces cross already.
                let mut left = carrier.crossings(last);
                let closed = carrier.closed(&skin.mesh, last, |label| gone.contains(&label));
                for ((left, closed), carried) in left.iter_mut().zip(closed).zip(&ways[ways.len() - 1]) {
                    if let Some(closed) = closed {
                        *left = sub(closed, *carried);
                    }
                }
                for (way, &t) in ways.iter_mut().zip(&at) {
                    way.iter_mut().zip(&left).for_each(|(p, &left)| *p = add(*p, scaled(left, t)));
                }
            }
            let kept = match all.first() {
                Some(first) => first.kept.clone(),
                None => way.kept(&ways)?,
            };
            let turning = Turning::of(skin);
            let target = |&frame: &usize| turning.target(way.target_name(frame), skin, &ways[frame]);
            let morph = Morph {
                targets: kept[1..].iter().map(target).collect(),
                times: kept.iter().map(|&frame| at[frame] * way.seconds).collect(),
            };
            all.push(Moving { error: error(&ways, &at, &kept), morph, kept });
        }
        Ok(all)
    }

    /// `[K]`, the frames of a way decoded on a template: positions, triangles and patches, in metres.
    ///
    /// # Errors
    /// As [`Forge::decode`].
    pub fn on_way(&self, way: &Way, template: &Template) -> Result<Vec<Mesh>, MorphError> {
        way.check()?;
        let frame = |frame: &Frame| -> Result<Mesh, MorphError> { Ok(self.decode_bare(frame, template)?) };
        way.frames.par_iter().map(frame).collect()
    }

    /// Without tangents, which nothing needs here, at a third of the cost.
    fn decode_bare(&self, Frame { latent, length }: &Frame, template: &Template) -> Result<Mesh, ForgeError> {
        check_length(Some(*length))?;
        self.packed().takes(latent)?;
        let positions = self.inference.points(latent, &template.uv())?;
        if positions.iter().flatten().any(|x| !x.is_finite()) {
            return Err(ForgeError::NotFinite);
        }
        let points = PatchPoints { positions, ..Default::default() };
        let mut mesh = tessellate(points, self.packed().patches, &self.checkpoint.meta.signs, template);
        let placement = self.placement(latent, Some(*length));
        mesh.transform(placement.scale, placement.offset);
        Ok(mesh)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::forge::Subject;
    use crate::latent::lerp;
    use crate::mesh::{bvh::Bvh, weld::weld};
    use crate::model::checkpoint::Checkpoint;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    fn forge() -> Forge {
        Forge::new(Checkpoint::embedded().unwrap()).unwrap()
    }

    /// A way between two swords, and the welded patches of the first with the patch of each triangle.
    fn first_of_way(forge: &Forge) -> (Way, Skin, Vec<u32>) {
        let mut rng = ChaCha8Rng::seed_from_u64(5);
        let ends = ["a", "b"].map(|name| Subject::new(name, forge.sample(&mut rng)));
        let way = Way::between(forge, ends.each_ref(), lerp, 0.001, 2.0);
        let mesh = forge.decode(&way.frames[0].latent, Some(way.frames[0].length), &Template::grid(12)).unwrap();
        let mesh = weld(&mesh, 1e-4);
        let label = mesh.triangles.iter().map(|t| mesh.patch[t[0] as usize]).collect();
        let skin = Skin { part: vec![0; mesh.triangles.len()], parts: vec![String::new()], mesh, ..Default::default() };
        (way, skin, label)
    }

    /// The same, and what moves the patches.
    pub fn moving() -> (Way, Skin, Moving) {
        let forge = forge();
        let (way, skin, label) = first_of_way(&forge);
        let dense = forge.on_way(&way, &Template::grid(MORPH_GRID)).unwrap();
        let moving = forge.moving(&[(&skin, label)], &way, &dense, |patch| patch, None).unwrap().remove(0);
        (way, skin, moving)
    }

    #[test]
    fn a_sword_becomes_another_with_the_same_triangles() {
        let forge = forge();
        let (way, skin, label) = first_of_way(&forge);
        let dense = forge.on_way(&way, &Template::grid(MORPH_GRID)).unwrap();
        let skins = [(&skin, label.clone()), (&skin, label)];
        let all = forge.moving(&skins, &way, &dense, |patch| patch, None).unwrap();
        assert_eq!(all[0], all[1], "levels have the same targets");
        let Moving { morph, kept, error } = &all[0];
        assert_eq!(morph.times.len(), morph.targets.len() + 1);
        assert!(morph.targets.len() <= 16 && *error <= way.bound, "{kept:?}, {error}");
        assert_eq!((morph.times[0], morph.times[morph.times.len() - 1]), (0.0, 2.0));
        assert_eq!(morph.targets.last().map(|t| t.name.as_str()), Some("b"));

        // The last target lies on the last shape.
        let end = &way.frames[FRAMES - 1];
        let tree = Bvh::new(&forge.decode(&end.latent, Some(end.length), &Template::grid(49)).unwrap());
        let moved = all[0].shown(&skin, FRAMES, 1.0);
        let mut away: Vec<f32> = moved.iter().map(|&p| tree.distance2(p, |_| true).unwrap().sqrt()).collect();
        away.sort_by(f32::total_cmp);
        let at = |share: f32| away[((away.len() - 1) as f32 * share) as usize] / end.length * 1e3;
        assert!(at(0.99) < 1.0 && at(1.0) < 4.0, "{} mm, at most {} mm a metre", at(0.99), at(1.0));

        // What the player draws between the targets is what the targets say, and starts with the skin.
        assert_eq!(all[0].shown(&skin, FRAMES, 0.0), skin.mesh.positions);
        let middle = (kept[0] + kept[1]) as f32 / 2.0 / (FRAMES - 1) as f32;
        for ((&p, &shown), &delta) in
            skin.mesh.positions.iter().zip(&all[0].shown(&skin, FRAMES, middle)).zip(&morph.targets[0].positions)
        {
            assert!(crate::mesh::norm(sub(shown, add(p, scaled(delta, 0.5)))) < 1e-6);
        }
    }

    #[test]
    fn what_is_no_way_is_refused_and_a_bound_that_can_t_be_held_names_one_that_can() {
        let forge = forge();
        let frame = Frame { latent: forge.mean(), length: 1.0 };
        let way = |frames: &[Frame], bound, seconds| Way {
            to: "b".into(),
            frames: frames.to_vec(),
            bound,
            strict: true,
            seconds,
        };
        let template = Template::grid(3);
        let on_way =
            |frames: &[Frame], bound, seconds| forge.on_way(&way(frames, bound, seconds), &template).unwrap_err();
        let two = [frame.clone(), frame.clone()];
        assert!(matches!(on_way(&two[..1], 0.001, 1.0), MorphError::Frames(1)));
        assert!(matches!(on_way(&two, 0.001, 0.0), MorphError::Seconds(_)));
        assert!(matches!(on_way(&two, f32::NAN, 1.0), MorphError::Bound(_)));
        let astray = [frame.clone(), Frame { length: f32::NAN, ..frame.clone() }];
        assert!(matches!(on_way(&astray, 0.001, 1.0), MorphError::Forge(ForgeError::Length(_))));

        let bends = way(&vec![frame; 5], 1e-3, 1.0);
        let ways: Vec<Vec<Vec3>> = (0..5).map(|i| vec![[(i % 2) as f32 * 0.01234, 0.0, 0.0]]).collect();
        let Err(MorphError::Bends { targets: 2, next, .. }) = bends.kept(&ways) else { panic!("it is too bent") };
        assert_eq!(next, 13.0);
        assert!(Way { bound: 1e-3 * next, ..bends.clone() }.kept(&ways).is_ok());
        assert_eq!(Way { strict: false, ..bends }.kept(&ways).unwrap(), [0, 2, 4]);
    }
}
