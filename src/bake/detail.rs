//! What makes a part look made and used: driven by what it is made of, how it lies and what the rays saw, never by chance
//! alone. All of it can be left out.

use super::coat::{Coat, Kind};
use super::noise::noise;
use super::part::Lie;
use super::relief::{Wrap, fibres, leaned, pores};
use super::{Dense, Options};
use crate::export::Outfit;
use crate::mesh::{Vec3, scaled};
use crate::solid::Skin;

/// The part that a strap is wound around, if it is of leather.
const WRAPPED: &str = "grip";

/// Turns of the strap on the length of a whole shape, as the explorer shows it.
const TURNS: f32 = 75.0;

/// What is added to the surface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Detail {
    /// Metal: roughness in streaks along the part, as it was ground.
    pub streaks: bool,
    /// Sharp edges are honed or rubbed bright.
    pub edges: bool,
    /// Leather around a grip is a wound strap; leather and wood have a grain.
    pub relief: bool,
    /// Where little sky is seen, dirt stays: darker and duller.
    pub cavities: bool,
}

impl Detail {
    pub const ALL: Self = Self { streaks: true, edges: true, relief: true, cavities: true };
    pub const NONE: Self = Self { streaks: false, edges: false, relief: false, cavities: false };
}

/// A point to paint.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spot {
    pub position: Vec3,
    /// The dense surface's, unit length.
    pub normal: Vec3,
    pub part: u8,
    /// 1 is open sky.
    pub occlusion: f32,
    /// 1 is a sharp edge.
    pub edge: f32,
}

/// What a point looks like.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Look {
    /// Linear.
    pub colour: [f32; 3],
    pub roughness: f32,
    pub metallic: f32,
    pub occlusion: f32,
    pub normal: Vec3,
}

/// A part to paint.
struct Part {
    coat: Coat,
    lie: Lie,
    wrap: Option<Wrap>,
    /// How thin the shape must be to count as an edge.
    edge: f32,
}

/// Paints points by their part.
pub(super) struct Painter {
    detail: Detail,
    parts: Vec<Part>,
    /// A thousandth of the shape: what a millimetre is to a sword of a metre.
    milli: f32,
    /// Side of a texel on the surface.
    texel: f32,
}

impl Painter {
    /// `extent` is the shape's largest, `texel` the side of a texel on the surface.
    pub fn new(skin: &Skin, dense: &Dense, options: &Options, extent: f32, texel: f32) -> Self {
        let milli = 1e-3 * extent;
        let part = |(i, name): (usize, &String)| {
            let coat = Coat::of(options.finishes.get(i).copied().unwrap_or_else(|| Outfit::default().finish(name)));
            let lie = Lie::of(dense, i);
            let wrap = (coat.kind == Kind::Leather && name == WRAPPED)
                .then(|| Wrap { lie: lie.clone(), pitch: extent / TURNS });
            let edge = (0.22 * lie.least).min(3.0 * milli);
            Part { coat, lie, wrap, edge }
        };
        Self { detail: options.detail, parts: skin.parts.iter().enumerate().map(part).collect(), milli, texel }
    }

    /// How deep an edge is looked for; 0 where none is wanted.
    pub fn edge_width(&self, part: u8) -> f32 {
        if self.detail.edges { self.parts[usize::from(part)].edge } else { 0.0 }
    }

    pub fn paint(&self, spot: &Spot) -> Look {
        let part = &self.parts[usize::from(spot.part)];
        let Coat { colour, metallic, roughness, .. } = part.coat;
        let mut look = Look { colour, roughness, metallic, occlusion: spot.occlusion, normal: spot.normal };
        if self.detail.streaks {
            self.streak(part, spot, &mut look);
        }
        if self.detail.relief {
            self.emboss(part, spot, &mut look);
        }
        if self.detail.edges {
            wear(part, spot, &mut look);
        }
        if self.detail.cavities {
            soil(part, spot, &mut look);
        }
        look.roughness = look.roughness.clamp(0.05, 1.0);
        look
    }

    /// How much of a pattern `size` from crest to crest the texels can show: none below two of them.
    fn shown(&self, size: f32) -> f32 {
        (0.5 * size / self.texel - 1.0).clamp(0.0, 1.0)
    }

    fn streak(&self, part: &Part, spot: &Spot, look: &mut Look) {
        let (broad, fine) = match part.coat.kind {
            Kind::Steel => (0.16, 0.14),
            Kind::Cast | Kind::Blackened => (0.10, 0.05),
            _ => return,
        };
        // Streaks follow a bent part.
        let mut p = spot.position;
        let off = part.lie.off(p);
        (0..2).for_each(|k| p[part.lie.across[k]] = off[k]);
        let (wide, narrow) = (4.0 * self.milli, 1.3 * self.milli);
        let streak = broad * self.shown(wide) * fibres(p, part.lie.along, wide)
            + fine * self.shown(narrow) * fibres(p, part.lie.along, narrow);
        look.roughness *= 1.0 + streak;
        // A rougher line scatters a little of what it mirrors.
        look.colour = look.colour.map(|c| c * (1.0 - 0.12 * streak));
    }

    fn emboss(&self, part: &Part, spot: &Spot, look: &mut Look) {
        let p = spot.position;
        match part.coat.kind {
            Kind::Leather => {
                let cell = 1.5 * self.milli;
                let grain = part.coat.grain * self.shown(1.6 * cell);
                let seen = part.wrap.as_ref().map_or(0.0, |wrap| self.shown(0.5 * wrap.pitch));
                let height = |q: Vec3| {
                    let strap = part.wrap.as_ref().map_or(0.0, |wrap| seen * wrap.height(wrap.across(q)));
                    let grain = if grain > 0.0 { grain * pores(q, cell) } else { 0.0 };
                    strap + grain
                };
                look.normal = leaned(spot.normal, p, self.texel.max(0.25 * self.milli), height);
                let mottle = noise(scaled(p, 0.090 / self.milli)) + 0.5 * noise(scaled(p, 0.26 / self.milli));
                look.colour = look.colour.map(|c| c * (1.0 + 0.16 * part.coat.grain * mottle));
                look.roughness *= 1.0 + 0.10 * part.coat.grain * mottle;
                if let Some(wrap) = &part.wrap {
                    let seam = seen * wrap.seam(wrap.across(p));
                    look.colour = look.colour.map(|c| c * (1.0 - 0.6 * seam));
                    look.occlusion *= 1.0 - 0.5 * seam;
                    // The back of each turn is rubbed smooth by the hand.
                    look.roughness *= 0.94 + 0.16 * seam;
                }
            }
            Kind::Wood => {
                let width = 2.6 * self.milli;
                let seen = self.shown(width);
                let grain = seen * fibres(p, part.lie.along, width);
                look.colour = look.colour.map(|c| c * (1.0 + 0.30 * grain));
                look.roughness *= 1.0 - 0.10 * grain;
                let height = |q: Vec3| 0.06 * width * seen * fibres(q, part.lie.along, width);
                look.normal = leaned(spot.normal, p, self.texel.max(0.25 * self.milli), height);
            }
            _ => {}
        }
    }
}

/// Edges: honed steel, polished brass, rubbed leather.
fn wear(part: &Part, spot: &Spot, look: &mut Look) {
    let worn = smooth(0.35, 0.85, spot.edge);
    let (bright, smoother) = match part.coat.kind {
        Kind::Steel => (0.22, 0.35),
        Kind::Cast => (0.18, 0.30),
        Kind::Blackened => (2.2, 0.10),
        Kind::Leather => (0.35, 0.12),
        Kind::Wood | Kind::Even => (0.10, 0.10),
    };
    look.colour = look.colour.map(|c| (c * (1.0 + bright * worn)).min(1.0));
    look.roughness *= 1.0 - smoother * worn;
}

/// Corners that no cloth reaches.
fn soil(part: &Part, spot: &Spot, look: &mut Look) {
    let hidden = smooth(0.25, 0.75, 1.0 - spot.occlusion);
    let (darker, duller) = match part.coat.kind {
        Kind::Steel => (0.35, 0.18),
        Kind::Cast => (0.50, 0.25),
        Kind::Blackened => (0.30, 0.15),
        Kind::Leather | Kind::Wood => (0.40, 0.10),
        Kind::Even => (0.20, 0.05),
    };
    look.colour = look.colour.map(|c| c * (1.0 - darker * hidden));
    look.roughness += duller * hidden;
}

/// 0 below `from`, 1 above `to`, a smooth cubic between.
fn smooth(from: f32, to: f32, x: f32) -> f32 {
    let t = ((x - from) / (to - from)).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::Finish;
    use crate::mesh::Mesh;

    /// What a painter makes of points along a part of this name and finish, 1 long, in open sky but for the given.
    fn painted(name: &str, finish: Finish, detail: Detail, occlusion: f32, edge: f32) -> Vec<Look> {
        let mesh = Mesh {
            positions: vec![[-0.02, 0.0, 0.0], [0.02, 0.0, 0.01], [-0.02, 1.0, 0.01], [0.02, 1.0, 0.0]],
            normals: vec![[0.0, 0.0, 1.0]; 4],
            triangles: vec![[0, 1, 2], [1, 3, 2]],
            ..Default::default()
        };
        let skin = Skin { mesh: mesh.clone(), part: vec![0; 2], parts: vec![name.to_owned()], ..Default::default() };
        let options = Options { finishes: vec![finish], detail, ..Options::default() };
        let painter = Painter::new(&skin, &Dense { mesh: &mesh, part: &[0, 0] }, &options, 1.0, 4e-4);
        let spot = |i: usize| Spot {
            position: [0.015, i as f32 * 0.0017, 0.005],
            normal: [0.0, 0.0, 1.0],
            part: 0,
            occlusion,
            edge,
        };
        (0..500).map(|i| painter.paint(&spot(i))).collect()
    }

    fn mean(looks: &[Look], value: impl Fn(&Look) -> f32) -> f32 {
        looks.iter().map(value).sum::<f32>() / looks.len() as f32
    }

    #[test]
    fn without_detail_a_part_is_what_its_finish_says() {
        for &finish in Finish::ALL {
            let material = finish.material();
            for look in painted("grip", finish, Detail::NONE, 0.4, 1.0) {
                assert_eq!(look.colour[..], material.base_color[..3]);
                assert_eq!(
                    (look.roughness, look.metallic, look.occlusion),
                    (material.roughness, material.metallic, 0.4)
                );
                assert_eq!(look.normal, [0.0, 0.0, 1.0]);
            }
        }
    }

    #[test]
    fn detail_stays_near_the_finish_and_follows_its_reasons() {
        for &finish in Finish::ALL {
            let [open, edge, hidden] = [(1.0, 0.0), (1.0, 1.0), (0.1, 0.0)]
                .map(|(occlusion, edge)| painted("blade", finish, Detail::ALL, occlusion, edge));
            let material = finish.material();
            assert!((mean(&open, |l| l.roughness) - material.roughness).abs() < 0.04, "{finish:?}");
            assert!((mean(&open, |l| l.colour[0]) / material.base_color[0] - 1.0).abs() < 0.06, "{finish:?}");
            let brighter = |a: &[Look], b: &[Look]| mean(a, |l| l.colour[0]) > mean(b, |l| l.colour[0]);
            assert!(brighter(&open, &hidden) && (brighter(&edge, &open) || material.base_color[0] > 0.9), "{finish:?}");
            assert!(mean(&edge, |l| l.roughness) < mean(&open, |l| l.roughness), "{finish:?}");
            assert!(mean(&hidden, |l| l.roughness) > mean(&open, |l| l.roughness), "{finish:?}");
        }
    }

    #[test]
    fn only_leather_around_a_grip_is_a_strap() {
        let seams = |name, finish| {
            let looks = painted(name, finish, Detail::ALL, 1.0, 0.0);
            looks.windows(2).filter(|w| w[0].occlusion < 0.8 && w[1].occlusion >= 0.8).count()
        };
        // 75 turns on the length, of which the points reach over 0.85.
        assert!((55..=70).contains(&seams("grip", Finish::BrownLeather)), "{}", seams("grip", Finish::BrownLeather));
        assert_eq!(seams("grip", Finish::Oak), 0);
        assert_eq!(seams("pommel", Finish::BrownLeather), 0);
        let looks = painted("grip", Finish::BrownLeather, Detail::ALL, 1.0, 0.0);
        let (up, down) = (looks.iter().any(|l| l.normal[1] > 0.2), looks.iter().any(|l| l.normal[1] < -0.2));
        assert!(up && down, "the strap rises and falls");
    }
}
