//! Four shapes at the corners of a square, and the shape at a place in it.

use super::Explorer;
use crate::latent::Latent;

/// The corners, as in a book: upper left, upper right, lower left, lower right.
pub const CORNERS: [&str; 4] = ["Upper left", "Upper right", "Lower left", "Lower right"];

/// The corners and the place.
#[derive(Clone, Debug, PartialEq)]
pub struct Pad {
    /// Indices into the blend's sources; `None` where nobody chose: see [`Explorer::pad_corners`].
    pub corners: [Option<usize>; 4],
    /// Right and down, each 0 to 1.
    pub at: [f32; 2],
}

impl Default for Pad {
    fn default() -> Self {
        Self { corners: [None; 4], at: [0.5; 2] }
    }
}

impl Pad {
    /// What each corner counts for.
    pub fn weights(&self) -> [f32; 4] {
        let [x, y] = self.at;
        [(1.0 - x) * (1.0 - y), x * (1.0 - y), (1.0 - x) * y, x * y]
    }
}

impl Explorer {
    /// The corners as they are shown: where nobody chose, A and B, then further shapes, real ones first. To look at them changes
    /// nothing.
    pub fn pad_corners(&self) -> [Option<usize>; 4] {
        let mut order: Vec<usize> = (0..self.blend.sources.len()).collect();
        order.sort_by_key(|&i| self.blend.sources[i].origin);
        let mut wanted = self.blend.picks.into_iter().flatten().chain(order);
        let mut corners = self.pad.corners;
        for corner in 0..corners.len() {
            if corners[corner].is_none() {
                corners[corner] = wanted.find(|i| !corners.contains(&Some(*i)));
            }
        }
        corners
    }

    /// Shows what is at a place, as far as the locks let it, and keeps the corners; a no-op where there are fewer than four shapes.
    pub fn go_to_pad(&mut self, at: [f32; 2]) {
        self.pad.at = at.map(|x| x.clamp(0.0, 1.0));
        let corners = self.pad_corners();
        let chosen = corners.map(|c| c.and_then(|i| self.blend.sources.get(i)));
        let [Some(a), Some(b), Some(c), Some(d)] = chosen else { return };
        self.pad.corners = corners;
        let (corners, weights) = ([a, b, c, d], self.pad.weights());
        let groups = corners.iter().map(|s| s.latent.groups()).max().unwrap_or(1);
        let mut latent = Latent::zeros(groups, a.latent.dim());
        for (source, weight) in corners.iter().zip(weights) {
            let corner = source.latent.spread(groups);
            latent.values_mut().iter_mut().zip(corner.values()).for_each(|(x, c)| *x += weight * c);
        }
        let length = corners.iter().zip(weights).map(|(s, w)| w * s.shown_length()).sum();
        let known = corners.iter().any(|s| s.length.is_some());
        self.play.on = false;
        self.go_to(latent);
        self.take_length(known.then_some(length));
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Origin, Source, tests::explorer};
    use super::*;

    #[test]
    fn corners_are_themselves_and_the_middle_is_their_mean() {
        let mut e = explorer();
        e.go_to_pad([0.0, 0.0]);
        assert_eq!(e.latent.values(), [0.0, 0.0]);
        for (name, values) in [("c", [4.0, 0.0]), ("d", [0.0, 8.0])] {
            let latent = Latent::new(1, 2, values.to_vec()).unwrap();
            let (origin, name) = (Origin::Procedural, name.to_owned());
            e.blend.sources.push(Source { name, origin, latent, length: Some(2.0), own_length: 1.0 });
        }
        e.blend.picks = [Some(3), None];
        assert_eq!((e.pad_corners(), e.pad.corners), ([Some(3), Some(0), Some(1), Some(2)], [None; 4]));
        for (at, values) in [([0.0, 0.0], [0.0, 8.0]), ([1.0, 0.0], [1.0, 0.0]), ([0.0, 1.0], [0.0, 1.0])] {
            e.go_to_pad(at);
            assert_eq!(e.latent.values(), values);
        }
        e.go_to_pad([0.5, 0.5]);
        assert_eq!((e.latent.values(), e.length), (&[1.25, 2.25][..], Some(1.5)));
        e.go_to_pad([7.0, 7.0]);
        assert_eq!((e.latent.values(), e.pad.at), (&[4.0, 0.0][..], [1.0, 1.0]));
    }
}
