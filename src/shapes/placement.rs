//! Where a shape lies: into the unit ball that the network sees and back, upright if its orientation is unknown, and
//! where its grip is.

use super::exterior::scattered;
use crate::class::Class;
use crate::mesh::{Mesh, Vec3, add, cross, dot, norm, scaled, sub};

/// Rows of a proper rotation.
pub type Rotation = [Vec3; 3];

const UPRIGHT: Rotation = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];

/// The map from a file's coordinates to the unit ball: `(rotation p - centre) / radius`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Placement {
    pub rotation: Rotation,
    /// Centre of the bounding box after the rotation.
    pub centre: Vec3,
    /// From there to the farthest vertex; 1 for a shape without extent.
    pub radius: f32,
}

impl Placement {
    /// For a mesh that already lies in canonical axes.
    pub fn of(mesh: &Mesh) -> Self {
        Self::turned(mesh, UPRIGHT)
    }

    /// For a mesh that has to be turned first, e.g. by [`orientation`].
    pub fn turned(mesh: &Mesh, rotation: Rotation) -> Self {
        let turned: Vec<Vec3> = mesh.positions.iter().map(|&p| rotated(&rotation, p)).collect();
        let bounds = Mesh { positions: turned.clone(), ..Default::default() }.bounds();
        let centre = bounds.map_or([0.0; 3], |(lo, hi)| scaled(add(lo, hi), 0.5));
        let radius = turned.iter().map(|&p| norm(sub(p, centre))).fold(0.0, f32::max);
        Self { rotation, centre, radius: if radius > 0.0 { radius } else { 1.0 } }
    }

    /// From the file's coordinates into the unit ball.
    pub fn apply(&self, p: Vec3) -> Vec3 {
        scaled(sub(rotated(&self.rotation, p), self.centre), 1.0 / self.radius)
    }

    /// From the unit ball back to the file's coordinates.
    pub fn undo(&self, p: Vec3) -> Vec3 {
        let q = add(scaled(p, self.radius), self.centre);
        let r = &self.rotation;
        std::array::from_fn(|i| r[0][i] * q[0] + r[1][i] * q[1] + r[2][i] * q[2])
    }

    /// A whole mesh into the unit ball, normals and first fundamental form with it.
    fn apply_to(&self, mesh: &Mesh) -> Mesh {
        let mut placed = mesh.clone();
        placed.positions.iter_mut().for_each(|p| *p = self.apply(*p));
        placed.normals.iter_mut().for_each(|n| *n = rotated(&self.rotation, *n));
        placed.form.iter_mut().for_each(|f| *f = f.map(|x| x / (self.radius * self.radius)));
        placed
    }
}

/// Bounding-box centre at the origin, farthest vertex at radius 1.
pub fn to_unit_ball(mesh: &Mesh) -> (Mesh, Placement) {
    let placement = Placement::of(mesh);
    (placement.apply_to(mesh), placement)
}

/// A mesh of unknown orientation, set upright by [`orientation`]; still in the file's scale.
pub fn orient(mesh: &Mesh) -> Mesh {
    let rotation = orientation(mesh);
    let mut upright = mesh.clone();
    upright.positions.iter_mut().for_each(|p| *p = rotated(&rotation, *p));
    upright.normals.iter_mut().for_each(|n| *n = rotated(&rotation, *n));
    upright
}

/// A mesh that is tallest along Y as it is, any other one by [`orient`]; whether it was turned.
pub fn upright(mesh: Mesh) -> (Mesh, bool) {
    let stands = mesh.bounds().is_some_and(|(lo, hi)| {
        let extent = sub(hi, lo);
        extent[1] >= extent[0] && extent[1] >= extent[2]
    });
    if stands { (mesh, false) } else { (orient(&mesh), true) }
}

/// A mesh as its class lies: a sword [`upright`]; a plane as it is, since nothing in a plane's box tells its nose from its
/// tail. Whether it was turned.
pub fn lying_as(mesh: Mesh, class: Class) -> (Mesh, bool) {
    match class {
        Class::Sword => upright(mesh),
        Class::Plane => (mesh, false),
    }
}

fn rotated(r: &Rotation, p: Vec3) -> Vec3 {
    r.map(|row| dot(row, p))
}

/// The rotation that sets a blade upright: longest axis of the bounding box to Y, thinnest to Z, tip to +Y, a curved
/// tip to +X. Never a mirror image.
///
/// The tip is guessed: hilts are thicker than blades, so the thickness along Z, as a density over Y, has its centroid
/// on the hilt's half. Right for 37 of the 38 real swords in `assets/meshes`; the 38th is a kitchen knife of constant
/// thickness, and three more are close calls.
pub fn orientation(mesh: &Mesh) -> Rotation {
    let Some((lo, hi)) = mesh.bounds() else { return UPRIGHT };
    let extent = sub(hi, lo);
    let mut axes = [0, 1, 2];
    // Thinnest, middle, longest; a stable sort, so that equal extents keep the file's order.
    axes.sort_by(|&a, &b| extent[a].total_cmp(&extent[b]));
    let [thin, middle, long] = axes;
    let basis = |axis: usize| -> Vec3 { std::array::from_fn(|i| if i == axis { 1.0 } else { 0.0 }) };
    let (mut x, mut y, mut z) = (basis(middle), basis(long), basis(thin));
    if dot(cross(x, y), z) < 0.0 {
        x = scaled(x, -1.0);
    }
    if Profile::of(mesh, &[x, y, z]).is_upside_down() {
        x = scaled(x, -1.0);
        y = scaled(y, -1.0);
    }
    if Profile::of(mesh, &[x, y, z]).bend() < -0.02 {
        x = scaled(x, -1.0);
        z = scaled(z, -1.0);
    }
    [x, y, z]
}

/// The grip's centre of a blade in canonical axes, in the mesh's coordinates: halfway between the pommel's end and the
/// guard, which is the widest place of the lower half. A shaft without a guard (a polearm) is held at 40 % of its length.
pub fn estimate_grip(mesh: &Mesh) -> Vec3 {
    let Some((lo, hi)) = mesh.bounds() else { return [0.0; 3] };
    let length = hi[1] - lo[1];
    let profile = Profile::of(mesh, &UPRIGHT);
    // The lowest twelfth is pommel, however wide.
    const POMMEL: usize = Profile::SLICES / 12;
    let lower = &profile.slices[POMMEL..Profile::SLICES / 2];
    let widest = lower.iter().map(|s| s.width).fold(0.0, f32::max);
    let at = if widest < 0.06 * length {
        0.4
    } else {
        // The topmost of the widest slices ends a knuckle bow; if they reach into the blade, the widest alone counts.
        let top = lower.iter().rposition(|s| s.width >= 0.8 * widest).unwrap_or(0);
        let first = lower.iter().position(|s| s.width >= widest).unwrap_or(0);
        let guard = if top + 1 < lower.len() { top } else { first };
        0.5 * ((POMMEL + guard) as f32 + 0.5) / Profile::SLICES as f32
    };
    let y = lo[1] + at * length;
    let slice = &profile.slices[((at * Profile::SLICES as f32) as usize).min(Profile::SLICES - 1)];
    [slice.median[0], y, slice.median[1]]
}

/// One slice across Y.
#[derive(Clone, Copy, Debug, Default)]
struct Slice {
    /// Extent along X and along Z.
    width: f32,
    thickness: f32,
    /// Median of x and of z: where the material is, unmoved by a knuckle bow.
    median: [f32; 2],
}

/// A shape's silhouette, slice by slice from the lowest y to the highest.
struct Profile {
    slices: Vec<Slice>,
    length: f32,
}

impl Profile {
    const SLICES: usize = 48;
    const POINTS: usize = 16384;

    /// Of the mesh as turned by `rotation`. Extents are exact, from the edges cut by each slice; medians come from points
    /// spread evenly over the area.
    fn of(mesh: &Mesh, rotation: &Rotation) -> Self {
        let turned: Vec<Vec3> = mesh.positions.iter().map(|&p| rotated(rotation, p)).collect();
        let (lo, hi) = turned.iter().fold((f32::INFINITY, f32::NEG_INFINITY), |(l, h), p| (l.min(p[1]), h.max(p[1])));
        let length = (hi - lo).max(f32::MIN_POSITIVE);
        let height = |p: Vec3| (p[1] - lo) / length * Self::SLICES as f32;
        let slice_of = |h: f32| (h as usize).min(Self::SLICES - 1);
        let mut spans = vec![[f32::INFINITY, f32::NEG_INFINITY, f32::INFINITY, f32::NEG_INFINITY]; Self::SLICES];
        let mut widen = |slice: usize, p: Vec3| {
            let [x0, x1, z0, z1] = spans[slice];
            spans[slice] = [x0.min(p[0]), x1.max(p[0]), z0.min(p[2]), z1.max(p[2])];
        };
        turned.iter().for_each(|&p| widen(slice_of(height(p)), p));
        for t in &mesh.triangles {
            for (i, j) in [(t[0], t[1]), (t[1], t[2]), (t[2], t[0])] {
                let (a, b) = (turned[i as usize], turned[j as usize]);
                let (a, b) = if a[1] <= b[1] { (a, b) } else { (b, a) };
                for border in slice_of(height(a)) + 1..=slice_of(height(b)) {
                    let share = (border as f32 - height(a)) / (height(b) - height(a));
                    let cut = add(a, scaled(sub(b, a), share.clamp(0.0, 1.0)));
                    widen(border - 1, cut);
                    widen(border, cut);
                }
            }
        }
        let mut binned = vec![(Vec::new(), Vec::new()); Self::SLICES];
        for p in even_points(mesh, Self::POINTS).into_iter().map(|p| rotated(rotation, p)) {
            let slice = slice_of(height(p));
            binned[slice].0.push(p[0]);
            binned[slice].1.push(p[2]);
        }
        let slices = binned.into_iter().zip(spans).map(|((mut x, mut z), [x0, x1, z0, z1])| {
            let median = |v: &mut Vec<f32>| {
                v.sort_by(f32::total_cmp);
                v.get(v.len() / 2).copied().unwrap_or(0.0)
            };
            Slice { width: (x1 - x0).max(0.0), thickness: (z1 - z0).max(0.0), median: [median(&mut x), median(&mut z)] }
        });
        Self { slices: slices.collect(), length }
    }

    /// Does the hilt lie above the tip? The centroid of the thickness over the length is on the hilt's half.
    fn is_upside_down(&self) -> bool {
        let total: f32 = self.slices.iter().map(|s| s.thickness).sum();
        let moment: f32 = self.slices.iter().enumerate().map(|(i, s)| (i as f32 + 0.5) * s.thickness).sum();
        moment > 0.5 * total * Self::SLICES as f32
    }

    /// How far the tip lies to +X of the blade's root, as a share of the length.
    fn bend(&self) -> f32 {
        let mean = |from: f32, to: f32| {
            let range = (from * Self::SLICES as f32) as usize..(to * Self::SLICES as f32) as usize;
            let n = range.len() as f32;
            self.slices[range].iter().map(|s| s.median[0]).sum::<f32>() / n
        };
        (mean(0.92, 1.0) - mean(0.35, 0.65)) / self.length
    }
}

/// About `count` points spread evenly by area, without a random number; the vertices of a point cloud.
fn even_points(mesh: &Mesh, count: usize) -> Vec<Vec3> {
    let twice_area = |t: usize| {
        let [a, b, c] = mesh.corners(t);
        f64::from(norm(cross(sub(b, a), sub(c, a))))
    };
    let total: f64 = (0..mesh.triangles.len()).map(twice_area).sum();
    if total <= 0.0 {
        return mesh.positions.clone();
    }
    let mut points = mesh.positions.clone();
    let mut area = 0.0;
    for t in 0..mesh.triangles.len() {
        let [a, b, c] = mesh.corners(t);
        let first = (area / total * count as f64) as usize;
        area += twice_area(t);
        for i in first..(area / total * count as f64) as usize {
            let (u, v) = scattered(i);
            points.push(add(a, add(scaled(sub(b, a), u), scaled(sub(c, a), v))));
        }
    }
    points
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::shapes::import::{list_files, read_mesh};
    use crate::shapes::sample::tests::cuboid;

    fn real_swords() -> Vec<(String, Mesh)> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/meshes/swords");
        let read =
            |p: &std::path::PathBuf| (p.file_stem().unwrap().to_string_lossy().into_owned(), read_mesh(p).unwrap());
        list_files(&folder).unwrap().iter().map(read).collect()
    }

    fn turned(mesh: &Mesh, r: &Rotation) -> Mesh {
        Mesh { positions: mesh.positions.iter().map(|&p| rotated(r, p)).collect(), ..mesh.clone() }
    }

    #[test]
    fn the_unit_ball_and_back() {
        let mesh = cuboid([1.0, 4.0, 2.0], [5.0, -3.0, 0.5]);
        let (unit, placement) = to_unit_ball(&mesh);
        let farthest = unit.positions.iter().map(|&p| norm(p)).fold(0.0, f32::max);
        assert!((farthest - 1.0).abs() < 1e-6);
        let placement_turned = Placement::turned(&mesh, orientation(&mesh));
        for p in mesh.positions {
            assert!(norm(sub(placement.undo(placement.apply(p)), p)) < 1e-5);
            assert!(norm(sub(placement_turned.undo(placement_turned.apply(p)), p)) < 1e-5);
        }
    }

    #[test]
    fn real_swords_lie_in_the_unit_ball_already() {
        let swords = real_swords();
        assert_eq!(swords.len(), 38);
        for (name, mesh) in swords {
            let placement = Placement::of(&mesh);
            assert!((placement.radius - 1.0).abs() < 1e-4 && norm(placement.centre) < 1e-4, "{name}: {placement:?}");
        }
    }

    #[test]
    fn real_swords_are_set_upright_from_any_orientation() {
        // Upside down by a half turn about z and about x, lying along x, lying along z.
        let turns: [Rotation; 5] = [
            UPRIGHT,
            [[-1.0, 0.0, 0.0], [0.0, -1.0, 0.0], [0.0, 0.0, 1.0]],
            [[1.0, 0.0, 0.0], [0.0, -1.0, 0.0], [0.0, 0.0, -1.0]],
            [[0.0, 1.0, 0.0], [-1.0, 0.0, 0.0], [0.0, 0.0, 1.0]],
            [[0.0, 0.0, 1.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]],
        ];
        let mut wrong = Vec::new();
        for (name, mesh) in real_swords() {
            for turn in &turns {
                let q = orientation(&turned(&mesh, turn));
                let determinant = dot(cross(q[0], q[1]), q[2]);
                assert!((determinant - 1.0).abs() < 1e-6, "{name}: a mirror image");
                let tip = rotated(&q, rotated(turn, [0.0, 1.0, 0.0]));
                assert!(tip[1].abs() > 0.99, "{name}: the tip went to {tip:?}");
                if tip[1] < 0.0 {
                    wrong.push(name.clone());
                }
            }
        }
        wrong.dedup();
        assert_eq!(wrong, ["quaternius_house_interior_knife"]);
    }

    #[test]
    fn curved_tips_turn_to_positive_x() {
        let curved = ["quaternius19_pirate_piratesword", "skfb_cap_sabre", "skfb_katana_joanlp", "skfb_katana_kimbly"];
        let half_turn = [[-1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, -1.0]];
        for (_, mesh) in real_swords().iter().filter(|(name, _)| curved.contains(&name.as_str())) {
            for turn in [UPRIGHT, half_turn] {
                let x = rotated(&orientation(&turned(mesh, &turn)), rotated(&turn, [1.0, 0.0, 0.0]));
                assert!(x[0] > 0.99);
            }
        }
    }

    #[test]
    fn grips_lie_where_the_eye_puts_them() {
        // Share of the length from the pommel's end, read off a plot of each, and how far the estimate may be off.
        let expected = [
            ("babylon_runesword", 0.13, 0.05),
            ("opendungeons_basicsword", 0.11, 0.05),
            ("opendungeons_t3swordgood", 0.15, 0.06),
            ("kaykit_dagger", 0.16, 0.06),
            ("quaternius19_pirate_piratesword", 0.17, 0.06),
            ("quaternius19_knightcharacteranimated_katana", 0.10, 0.05),
            ("quaternius_survival_knife", 0.19, 0.05),
            ("skfb_cap_sabre", 0.09, 0.04),
            ("skfb_katana_kimbly", 0.12, 0.05),
            ("skfb_emerald_blade", 0.17, 0.06),
            ("skfb_medieval_sword_lowseb", 0.16, 0.05),
            ("quaternius19_weapons_spear", 0.40, 0.05),
        ];
        let swords = real_swords();
        for (name, share, tolerance) in expected {
            let (_, mesh) = swords.iter().find(|(n, _)| n == name).unwrap();
            let (lo, hi) = mesh.bounds().unwrap();
            let grip = estimate_grip(mesh);
            let found = (grip[1] - lo[1]) / (hi[1] - lo[1]);
            assert!((found - share).abs() < tolerance, "{name}: {found}");
            assert!(grip[0] >= lo[0] && grip[0] <= hi[0] && grip[2].abs() < 0.1, "{name}: {grip:?}");
        }
    }
}
