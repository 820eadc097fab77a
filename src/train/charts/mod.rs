//! Charts: for each patch the surface that it should become, as a function of uv.
//!
//! A chamfer distance tells a point how far the surface is, not where on it the point belongs; patches that learn from it
//! overlap, stop short of their borders and turn over. Where a part is star-shaped about its own centre line (a blade, a
//! guard's arm, a grip, a pommel), rays from that line parametrise it, and a patch can be taught by plain regression:
//! point (u, v) belongs *here*. That is supervision by correspondence, as 3D-CODED's (Groueix 2018, arXiv 1806.05228).
//! Neighbouring charts meet in seams and reach a little beyond them, so the patches close; u and v run the same way on
//! every shape, so `f_u x f_v` faces outward; and both halves of a symmetric sword get symmetric targets.
//!
//! Of a procedural plane its generator tells what it lofted ([`Body`]): there the loft itself is the parametrisation, and only
//! the hull, with its canopy sunk in, is cut by rays.

mod arms;
mod ball;
mod clip;
mod joint;
mod loft;
mod section;
mod segment;
mod tube;

pub use joint::{End, joints};

use super::recipe::PartShare;
use super::regions::stand_in_height;
use crate::mesh::{Mesh, Vec3, cross, norm, sub, unit};
use crate::patchwork::{self, Axis, ChartKind, Part, Seam};
use crate::shapes::Body;

/// Columns of a chart's grid (u, around a part).
const COLUMNS: usize = 13;

/// Rows of a chart's grid (v, along it).
const ROWS: usize = 25;

/// What a sword is held by, and what stands in for other parts.
const GRIP: &str = "grip";

/// The bow over the knuckles, which few swords have.
const BOW: &str = "bow";

/// Parts that a sword may lack: something stands in for them.
const OPTIONAL: [&str; 3] = ["guard", "pommel", BOW];

/// A hidden bow's share of the grip's radius.
const HIDDEN: f32 = 0.5;

/// One patch's surface, in the unit ball: a grid of points, linear in between.
#[derive(Clone, Debug, PartialEq)]
pub struct Chart {
    columns: usize,
    /// `[ROWS, columns]`
    points: Vec<Vec3>,
}

impl Chart {
    /// From a function of u and v, each 0 to 1.
    fn of(at: impl Fn(f32, f32) -> Vec3) -> Self {
        Self::with(COLUMNS, at)
    }

    /// The same on a grid of so many columns.
    fn with(columns: usize, at: impl Fn(f32, f32) -> Vec3) -> Self {
        let share = |i: usize, n: usize| i as f32 / (n - 1) as f32;
        let points = (0..ROWS * columns).map(|i| at(share(i % columns, columns), share(i / columns, ROWS)));
        Self { columns, points: points.collect() }
    }

    /// The surface's point at u, v in 0..=1.
    pub fn at(&self, uv: [f32; 2]) -> Vec3 {
        let ([a, b, c, d], [s, t]) = self.cell(uv);
        lerp(lerp(a, b, s), lerp(c, d, s), t)
    }

    /// The unit normal there, `f_u x f_v`; zero where the chart shrinks to a line or a point.
    pub fn normal(&self, uv: [f32; 2]) -> Vec3 {
        let ([a, b, c, d], [s, t]) = self.cell(uv);
        let (across, along) = (lerp(sub(b, a), sub(d, c), t), lerp(sub(c, a), sub(d, b), s));
        let normal = cross(across, along);
        // The sine of the angle between them: what is all but parallel has no normal worth the name.
        let sine = norm(normal) / (norm(across) * norm(along));
        if sine > 1e-3 { unit(normal) } else { [0.0; 3] }
    }

    /// The corners of the grid's cell that u, v lies in (u first), and how far along it, 0 to 1.
    fn cell(&self, [u, v]: [f32; 2]) -> ([Vec3; 4], [f32; 2]) {
        let split = |x: f32, n: usize| {
            let x = x.clamp(0.0, 1.0) * (n - 1) as f32;
            let i = (x as usize).min(n - 2);
            (i, x - i as f32)
        };
        let ((i, s), (j, t)) = (split(u, self.columns), split(v, ROWS));
        let p = |j: usize, i: usize| self.points[j * self.columns + i];
        ([p(j, i), p(j, i + 1), p(j + 1, i), p(j + 1, i + 1)], [s, t])
    }

    /// All grid points.
    pub fn points(&self) -> &[Vec3] {
        &self.points
    }
}

fn lerp(a: Vec3, b: Vec3, t: f32) -> Vec3 {
    std::array::from_fn(|k| a[k] + t * (b[k] - a[k]))
}

/// Whether no shape need have the part by name, because its patches have a chart to stand in.
pub fn optional(share: &PartShare) -> bool {
    share.chart.is_some() && OPTIONAL.contains(&share.name.as_str())
}

/// The charts of all parts in patch order, `meshes` in the order of `shares`; `None` if a share has no chart kind, or one of
/// its parts can't be cut.
///
/// A sword without a guard or a pommel has the grip's upper or lower end for it, and one without a [`BOW`] hides it inside the
/// grip, so that no patch is without a surface. `axis` is where the hilt's axis lies along X.
pub fn charts(meshes: Vec<Option<Mesh>>, shares: &[PartShare], axis: f32) -> Option<Vec<Chart>> {
    let mut all = Vec::new();
    let meshes = stand_in(meshes, shares);
    // What tubes end in comes first.
    let ends = |(share, mesh): (&PartShare, &Option<Mesh>)| match (share.chart?, mesh.as_ref()) {
        (ChartKind::Arms, Some(mesh)) => arms::charts(mesh, axis),
        (ChartKind::Ball, Some(mesh)) => ball::charts(mesh, share.cap),
        _ => None,
    };
    let ends: Vec<Option<Vec<Chart>>> = shares.iter().zip(&meshes).map(ends).collect();
    let laps = joint::laps(&meshes, shares, &ends);
    let grip = shares.iter().position(|share| share.name == GRIP).and_then(|i| meshes[i].as_ref());
    for (((share, mesh), own), beyond) in shares.iter().zip(&meshes).zip(ends).zip(laps) {
        let hidden = share.name == BOW && mesh.is_none();
        let inside = if hidden { Some(middle(grip?, share.hidden)?) } else { None };
        let mesh = inside.as_ref().or(mesh.as_ref())?;
        all.extend(match share.chart? {
            ChartKind::Tube => tube::charts(mesh, share, if hidden { HIDDEN } else { 1.0 }, beyond)?,
            ChartKind::Arms | ChartKind::Ball => own?,
            ChartKind::Loft => return None,
        });
    }
    Some(all)
}

/// The charts of a shape whose generator tells what it lofted, in patch order: tubes around all bodies of a piece, others as
/// lofted. `None` if a share's piece is missing or can't be charted.
pub fn of_bodies(bodies: &[Body], shares: &[PartShare]) -> Option<Vec<Chart>> {
    let mut all = Vec::new();
    for share in shares {
        let mut own = bodies.iter().filter(|body| body.part == share.name && body.piece == share.piece);
        all.extend(match share.chart? {
            ChartKind::Tube => tube::charts(&loft::walls(own), share, 1.0, [0.0; 2])?,
            ChartKind::Loft => loft::charts(own.next()?, share.around, share.along)?,
            ChartKind::Arms | ChartKind::Ball => return None,
        });
    }
    Some(all)
}

/// The seams of such charts; none where a share has no chart kind.
pub fn seams(shares: &[PartShare]) -> Vec<Seam> {
    patchwork::seams(&shares.iter().map(PartShare::part).collect::<Vec<Part>>())
}

/// The charts of a sword whose parts nobody named, if `shares` are a sword's: its profile tells them apart.
pub fn of_unlabelled(mesh: &Mesh, shares: &[PartShare], axis: f32) -> Option<Vec<Chart>> {
    let parts = segment::segment(mesh)?;
    let names = ["blade", "guard", GRIP, "pommel"];
    let mut meshes = Vec::new();
    for share in shares {
        // A profile shows no bow: it stays a piece of whatever it stands beside.
        let found = names.iter().position(|n| *n == share.name);
        meshes.push(if share.name == BOW { None } else { parts[found?].clone() });
    }
    charts(meshes, shares, axis)
}

/// The middle `share` of a mesh's height.
fn middle(mesh: &Mesh, share: f32) -> Option<Mesh> {
    let (low, high) = mesh.bounds()?;
    let cut = 0.5 * (1.0 - share) * (high[1] - low[1]);
    Some(if cut > 0.0 { clip::slab(mesh, low[1] + cut, high[1] - cut) } else { mesh.clone() })
}

fn stand_in(mut meshes: Vec<Option<Mesh>>, shares: &[PartShare]) -> Vec<Option<Mesh>> {
    let index = |name: &str| shares.iter().position(|s| s.name == name);
    let Some(grip) = index(GRIP) else { return meshes };
    let Some((low, high)) = meshes[grip].as_ref().and_then(Mesh::bounds) else { return meshes };
    let (mut bottom, mut top) = (low[1], high[1]);
    for (name, upper) in [("guard", true), ("pommel", false)] {
        let Some(part) = index(name).filter(|&i| meshes[i].is_none()) else { continue };
        let cut = stand_in_height(sub(high, low), &shares[part]);
        let (from, to) = if upper { (high[1] - cut, high[1]) } else { (low[1], low[1] + cut) };
        (bottom, top) = if upper { (bottom, from) } else { (to, top) };
        meshes[part] = meshes[grip].as_ref().map(|mesh| clip::slab(mesh, from, to));
    }
    if (bottom, top) != (low[1], high[1]) {
        meshes[grip] = meshes[grip].as_ref().map(|mesh| clip::slab(mesh, bottom, top));
    }
    meshes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mesh::dot;

    /// A box of these half extents around the origin.
    pub(super) fn cuboid(half: Vec3) -> Mesh {
        let corner = |i: usize| std::array::from_fn(|k| if i >> k & 1 == 1 { half[k] } else { -half[k] });
        let faces = [[0, 4, 6, 2], [1, 3, 7, 5], [0, 1, 5, 4], [2, 6, 7, 3], [0, 2, 3, 1], [4, 5, 7, 6]];
        let triangles = faces.iter().flat_map(|f: &[u32; 4]| [[f[0], f[1], f[2]], [f[0], f[2], f[3]]]).collect();
        Mesh { positions: (0..8).map(corner).collect(), triangles, ..Default::default() }
    }

    #[test]
    fn what_shrinks_to_a_line_has_no_normal() {
        let wedge = Chart::of(|u, v| [u * v, v, 0.0]);
        assert_eq!(wedge.normal([0.5, 0.5]), [0.0, 0.0, 1.0]);
        assert_eq!(Chart::of(|_, v| [0.0, v, 0.0]).normal([0.5, 0.5]), [0.0; 3]);
        assert_eq!(Chart::of(|_, _| [0.3; 3]).normal([0.5, 0.5]), [0.0; 3]);
    }

    #[test]
    fn every_kind_covers_a_box_and_faces_outward() {
        let half = [0.3, 1.0, 0.1];
        for (kind, axis, half, around, along) in [
            (ChartKind::Tube, Axis::Y, half, 4, 3),
            (ChartKind::Tube, Axis::Y, half, 2, 1),
            (ChartKind::Tube, Axis::Z, [0.3, 0.1, 1.0], 2, 2),
            (ChartKind::Tube, Axis::X, [1.0, 0.1, 0.3], 4, 1),
            (ChartKind::Arms, Axis::Y, [1.0, 0.2, 0.1], 4, 1),
            (ChartKind::Ball, Axis::Y, [0.2, 0.3, 0.1], 2, 1),
        ] {
            let cap = if kind == ChartKind::Ball { 0.3 } else { 0.0 };
            let patches = around * along + usize::from(cap > 0.0);
            let share = PartShare {
                name: "part".into(),
                piece: String::new(),
                patches,
                around,
                along,
                cap,
                axis,
                chart: Some(kind),
                weight: 1.0,
                hidden: 1.0,
                stand_in: 0.0,
                lap: 0.0,
            };
            let shares = [share];
            let charts = charts(vec![Some(cuboid(half))], &shares, 0.0).unwrap();
            assert_eq!(charts.len(), patches);
            // Both sides of a seam are one curve.
            for seam in seams(&shares) {
                for t in [0.0, 0.1, 0.33, 0.5, 0.8, 1.0] {
                    let [a, b] = seam.at(t).map(|(patch, uv)| charts[patch].at(uv));
                    let apart = dot(sub(a, b), sub(a, b)).sqrt();
                    assert!(apart < 0.02, "{kind:?}: {seam:?} at {t}: {a:?} {b:?}");
                }
            }
            for chart in &charts {
                for [u, v] in [[0.3, 0.4], [0.6, 0.7], [0.45, 0.55]] {
                    let p = chart.at([u, v]);
                    let on = (0..3).map(|k| (p[k].abs() - half[k]).abs()).fold(1.0, f32::min);
                    assert!(on < 0.02, "{kind:?}: {p:?} is not on the box");
                    let step = 0.01;
                    let f_u = sub(chart.at([u + step, v]), chart.at([u - step, v]));
                    let f_v = sub(chart.at([u, v + step]), chart.at([u, v - step]));
                    assert!(dot(cross(f_u, f_v), p) > 0.0, "{kind:?} at {p:?} faces inward");
                    let normal = chart.normal([u, v]);
                    assert!(dot(unit(cross(f_u, f_v)), normal) > 0.9, "{kind:?} at {p:?}: {normal:?}");
                }
            }
            // Each of the box's corners is reached.
            let near = |c: Vec3| {
                let all = charts.iter().flat_map(|chart| chart.points());
                all.map(|p| dot(sub(*p, c), sub(*p, c)).sqrt()).fold(f32::MAX, f32::min)
            };
            let worst = cuboid(half).positions.into_iter().map(near).fold(0.0, f32::max);
            assert!(worst < 0.1, "{kind:?}: {worst}");
        }
    }

    #[test]
    fn a_bow_is_charted_where_there_is_one_and_hides_in_the_grip_elsewhere() {
        let part = |name: &str, patches, around, cap, kind| PartShare {
            name: name.into(),
            piece: String::new(),
            patches,
            around,
            along: 1,
            cap,
            axis: Axis::Y,
            chart: Some(kind),
            weight: 1.0,
            hidden: 1.0,
            stand_in: 0.0,
            lap: 0.0,
        };
        let shares = [
            part("blade", 4, 4, 0.0, ChartKind::Tube),
            part("guard", 4, 4, 0.0, ChartKind::Arms),
            part(GRIP, 2, 2, 0.0, ChartKind::Tube),
            part("pommel", 3, 2, 0.28, ChartKind::Ball),
            part(BOW, 2, 2, 0.0, ChartKind::Tube),
        ];
        let distance = |p: Vec3, mesh: &Mesh| -> f32 {
            let near = |t| crate::mesh::triangle::closest_point(p, mesh.corners(t));
            let away = (0..mesh.triangles.len()).map(|t| sub(near(t), p)).map(|d| dot(d, d));
            away.fold(f32::MAX, f32::min).sqrt()
        };
        let charts_of = |shape: &crate::shapes::Shape, shares: &[PartShare]| {
            let of = |name: &str| shape.parts.iter().find(|p| p.name == name).map(|p| p.mesh.clone());
            charts(shares.iter().map(|s| of(&s.name)).collect(), shares, 0.0).unwrap()
        };
        let (mut bows, mut hidden) = (0, 0);
        for shape in crate::shapes::dataset::procedural(60, 1) {
            let of = |name: &str| shape.parts.iter().find(|p| p.name == name).map(|p| p.mesh.clone());
            let charts = charts_of(&shape, &shares);
            assert_eq!(charts.len(), 15);
            let ends = &charts[13..];
            if let Some(bow) = of(BOW) {
                let points = || ends.iter().flat_map(Chart::points);
                let worst = points().map(|&p| distance(p, &bow)).fold(0.0, f32::max);
                // Its ends are closed by flat discs, which a closing row rounds off.
                assert!(worst < 0.01, "{}: {worst} m off the bow", shape.name);
                bows += 1;
            } else if hidden < 5 {
                // Rays from within the grip leave it once more than they enter.
                let grip = crate::mesh::bvh::Bvh::new(&of(GRIP).unwrap());
                let inside = ends.iter().map(|c| c.at([0.4, 0.5])).filter(|p| grip.winding(*p, [1.0, 0.0, 0.0]) != 0);
                assert_eq!(inside.count(), 2, "{}", shape.name);
                let mut shares = shares.clone();
                shares[4].hidden = 0.3;
                let short = charts_of(&shape, &shares);
                let height = |points: &mut dyn Iterator<Item = Vec3>| {
                    let (low, high) = points.fold((f32::MAX, f32::MIN), |(l, h), p| (l.min(p[1]), h.max(p[1])));
                    high - low
                };
                let of_bow = height(&mut short[13..].iter().flat_map(Chart::points).copied());
                let of_grip = height(&mut of(GRIP).unwrap().positions.into_iter());
                assert!((of_bow / of_grip - 0.3).abs() < 0.01, "{}: {of_bow} of {of_grip}", shape.name);
                hidden += 1;
            }
        }
        assert!(bows > 2 && hidden > 2, "{bows} {hidden}");
    }
}
