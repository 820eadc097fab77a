//! A shape on its way to others, with the same triangles all along: what morph targets need.
//!
//! A closed, simplified, unwrapped mesh is another one for every latent, so its vertices can't be paired. But each of them
//! lies on, or next to, some patch at some uv, and that point exists for every latent. So the vertices of the first shape's
//! mesh are bound to its patches ([`Carrier`]) and carried by the same patches of the other shapes.

mod carrier;
mod turning;

pub use carrier::Carrier;
use thiserror::Error;
use turning::Turning;

use super::{Forge, ForgeError};
use crate::export::{Morph, keyframes::keyframes};
use crate::latent::Latent;
use crate::solid::Skin;
use crate::template::Template;

/// Side of the grid that vertices are bound to: on a 1 m sword its squares are 1 to 10 mm wide.
pub const MORPH_GRID: usize = 33;

/// A shape on the way.
#[derive(Clone, Debug, PartialEq)]
pub struct Frame {
    pub latent: Latent,
    /// Overall length in metres.
    pub length: f32,
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
}

impl Forge {
    /// The morph of a skin, which is `frames[0]`, through all frames, evenly in time over `seconds`, called after `name`. As
    /// few targets as keep every vertex of every frame within `bound` metres of its place.
    ///
    /// # Errors
    /// With fewer than two frames; as [`Forge::decode`].
    pub fn morph(
        &self,
        skin: &Skin,
        name: &str,
        frames: &[Frame],
        bound: f32,
        seconds: f32,
    ) -> Result<Morph, MorphError> {
        let [first, others @ ..] = frames else { return Err(MorphError::Frames(0)) };
        if others.is_empty() {
            return Err(MorphError::Frames(1));
        }
        if !(seconds > 0.0 && seconds.is_finite()) {
            return Err(MorphError::Seconds(seconds));
        }
        let template = Template::grid(MORPH_GRID);
        let decode = |frame: &Frame| self.decode(&frame.latent, Some(frame.length), &template);
        let bound_to = Carrier::bind(&skin.mesh, &decode(first)?);
        let mut ways = vec![skin.mesh.positions.clone()];
        for frame in others {
            ways.push(bound_to.carry(&decode(frame)?));
        }
        let last = (ways.len() - 1) as f32;
        let at: Vec<f32> = (0..ways.len()).map(|i| i as f32 / last).collect();
        let kept = keyframes(&ways, &at, bound);
        let turning = Turning::of(skin);
        let target = |&frame: &usize| {
            let share = (at[frame] * 100.0).round();
            let name = if frame + 1 == ways.len() { name.to_owned() } else { format!("{name}_{share}") };
            turning.target(name, skin, &ways[frame])
        };
        Ok(Morph {
            targets: kept[1..].iter().map(target).collect(),
            times: kept.iter().map(|&frame| at[frame] * seconds).collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::keyframes::error;
    use crate::latent::lerp;
    use crate::mesh::{Vec3, add, bvh::Bvh, weld::weld};
    use crate::model::checkpoint::Checkpoint;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    #[test]
    fn a_sword_becomes_another_with_the_same_triangles() {
        let forge = Forge::new(Checkpoint::embedded().unwrap()).unwrap();
        let mut rng = ChaCha8Rng::seed_from_u64(5);
        let ends: Vec<Latent> = (0..2).map(|_| forge.sample(&mut rng)).collect();
        let length = |latent: &Latent| forge.placement(latent, None).length;
        let frames: Vec<Frame> = (0..=8)
            .map(|i| lerp(&ends[0], &ends[1], i as f32 / 8.0))
            .map(|latent| Frame { length: length(&latent), latent })
            .collect();
        let decode =
            |i: usize, side| forge.decode(&frames[i].latent, Some(frames[i].length), &Template::grid(side)).unwrap();
        let mesh = weld(&decode(0, 12), 1e-4);
        let skin = Skin { part: vec![0; mesh.triangles.len()], parts: vec![String::new()], mesh, ..Default::default() };
        let bound = 0.001;
        let morph = forge.morph(&skin, "b", &frames, bound, 2.0).unwrap();
        assert_eq!(morph.times.len(), morph.targets.len() + 1);
        assert!((morph.targets.len(), morph.times[0], morph.times[morph.times.len() - 1]) <= (8, 0.0, 2.0));
        assert_eq!(morph.targets.last().map(|t| t.name.as_str()), Some("b"));

        // The last target lies on the last shape.
        let dense = Bvh::new(&decode(8, 49));
        let last = &morph.targets[morph.targets.len() - 1];
        let moved = skin.mesh.positions.iter().zip(&last.positions).map(|(&p, &d)| add(p, d));
        let mut away: Vec<f32> = moved.map(|p| dense.distance2(p, |_| true).unwrap().sqrt()).collect();
        away.sort_by(f32::total_cmp);
        let at = |share: f32| away[((away.len() - 1) as f32 * share) as usize] / frames[8].length * 1000.0;
        assert!(at(0.99) < 1.0 && at(1.0) < 4.0, "{} mm, at most {} mm a metre", at(0.99), at(1.0));

        // What the player draws between the targets lies within the bound of every frame.
        let template = Template::grid(MORPH_GRID);
        let dense = |f: &Frame| forge.decode(&f.latent, Some(f.length), &template).unwrap();
        let carrier = Carrier::bind(&skin.mesh, &dense(&frames[0]));
        let ways: Vec<Vec<Vec3>> = frames.iter().map(|f| carrier.carry(&dense(f))).collect();
        let at: Vec<f32> = (0..9).map(|i| i as f32 / 8.0).collect();
        let kept: Vec<usize> = morph.times.iter().map(|t| (t * 4.0).round() as usize).collect();
        assert!(error(&ways, &at, &kept) <= bound * 1.001);
    }

    #[test]
    fn what_is_no_way_is_refused() {
        let forge = Forge::new(Checkpoint::embedded().unwrap()).unwrap();
        let frame = Frame { latent: forge.mean(), length: 1.0 };
        let morph = |frames: &[Frame], seconds| forge.morph(&Skin::default(), "b", frames, 0.001, seconds);
        assert!(matches!(morph(&[frame.clone()], 1.0), Err(MorphError::Frames(1))));
        assert!(matches!(morph(&[frame.clone(), frame.clone()], 0.0), Err(MorphError::Seconds(_))));
        let astray = Frame { length: f32::NAN, ..frame.clone() };
        assert!(matches!(morph(&[frame, astray], 1.0), Err(MorphError::Forge(ForgeError::Length(_)))));
    }
}
