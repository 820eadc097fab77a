//! A way that was bound at its end, as one that starts where it is to start.

use super::{Moving, Way};
use crate::export::{Morph, Target};
use crate::mesh::{Vec3, add, sub, unit};
use crate::solid::Skin;

impl Way {
    /// The same way from its end to its beginning.
    pub fn back(&self) -> Self {
        Self { frames: self.frames.iter().rev().cloned().collect(), ..self.clone() }
    }
}

impl Moving {
    /// Of a skin that was bound to the last frame of `way`, and of what moves it to the first ([`Way::back`]): the skin as it
    /// lies at the first, and what moves it to the last.
    pub fn turned_round(self, skin: &mut Skin, way: &Way) -> Self {
        let Self { morph: Morph { targets, .. }, kept, error } = self;
        let (at, last) = (way.at(), way.frames.len().saturating_sub(1));
        let kept: Vec<usize> = kept.iter().rev().map(|&frame| last - frame).collect();
        // What a player shows at each of the kept frames, the first of the way first.
        let own = Shape::of(skin);
        let mut shapes: Vec<Shape> = targets.iter().rev().map(|target| own.moved(target)).collect();
        shapes.push(own);
        let mut first = shapes.remove(0);
        first.normals.iter_mut().chain(&mut first.tangents).for_each(|v| *v = unit(*v));
        let targets = shapes.iter().zip(&kept[1..]);
        let targets = targets.map(|(shape, &frame)| shape.from(&first, way.target_name(frame))).collect();
        let times = kept.iter().map(|&frame| at[frame] * way.seconds).collect();
        for (tangent, [x, y, z]) in skin.tangents.iter_mut().zip(first.tangents) {
            *tangent = [x, y, z, tangent[3]];
        }
        (skin.mesh.positions, skin.mesh.normals) = (first.positions, first.normals);
        Self { morph: Morph { targets, times }, kept, error }
    }
}

/// A skin's vertices in one frame.
struct Shape {
    positions: Vec<Vec3>,
    normals: Vec<Vec3>,
    tangents: Vec<Vec3>,
}

impl Shape {
    fn of(skin: &Skin) -> Self {
        Self {
            positions: skin.mesh.positions.clone(),
            normals: skin.mesh.normals.clone(),
            tangents: skin.tangents.iter().map(|&[x, y, z, _]| [x, y, z]).collect(),
        }
    }

    fn moved(&self, by: &Target) -> Self {
        let sum = |own: &[Vec3], by: &[Vec3]| own.iter().zip(by).map(|(&a, &b)| add(a, b)).collect();
        Self {
            positions: sum(&self.positions, &by.positions),
            normals: sum(&self.normals, &by.normals),
            tangents: sum(&self.tangents, &by.tangents),
        }
    }

    /// What leads from another frame to this one.
    fn from(&self, other: &Self, name: String) -> Target {
        let difference = |to: &[Vec3], from: &[Vec3]| to.iter().zip(from).map(|(&a, &b)| sub(a, b)).collect();
        Target {
            name,
            positions: difference(&self.positions, &other.positions),
            normals: difference(&self.normals, &other.normals),
            tangents: difference(&self.tangents, &other.tangents),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::moving;
    use super::*;
    use crate::mesh::norm;

    #[test]
    fn a_way_that_is_turned_round_shows_the_same_shapes_the_other_way() {
        let (way, skin, there) = moving();
        let count = way.frames.len();
        let mut turned = skin.clone();
        let back = there.clone().turned_round(&mut turned, &way.back());
        assert_eq!((back.kept[0], back.kept[back.kept.len() - 1]), (0, count - 1));
        assert_eq!((back.morph.times[0], back.morph.times.last()), (0.0, Some(&way.seconds)));
        assert_eq!(back.morph.targets.len(), there.morph.targets.len());
        for t in [0.0, 0.3, 1.0] {
            let (a, b) = (there.shown(&skin, count, t), back.shown(&turned, count, 1.0 - t));
            let apart = a.iter().zip(&b).map(|(&a, &b)| norm(sub(a, b))).fold(0.0, f32::max);
            assert!(apart < 1e-5, "{apart} m apart at {t}");
        }
        let last = back.morph.targets.last().unwrap();
        assert_eq!(last.name, way.to);
        for ((&n, &d), &own) in turned.mesh.normals.iter().zip(&last.normals).zip(&skin.mesh.normals) {
            assert!((norm(n) - 1.0).abs() < 1e-5 && norm(sub(add(n, d), own)) < 1e-5);
        }
    }
}
