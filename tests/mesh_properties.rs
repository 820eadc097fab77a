//! What holds for every mesh: proptest looks for one where it doesn't.

use atlasforge::{
    inspect::{chamfer::nearest, figures::figures, patches::patches},
    mesh::{
        Mesh, Vec3,
        atlas::atlas_uv,
        cross, dot,
        normals::face_normals,
        simplify::{Border, simplify},
        split::split_patches,
        sub,
        tessellate::{PatchPoints, tessellate},
        unit,
        weld::weld,
    },
    template::Template,
};
use proptest::{collection::vec, prelude::*};

/// Coordinates on a lattice or anywhere, so that equal and nearly equal positions are common.
fn coordinate() -> impl Strategy<Value = f32> {
    prop_oneof![(-4i32..4).prop_map(|x| x as f32 / 4.0), -1.0f32..1.0]
}

fn point() -> impl Strategy<Value = Vec3> {
    [coordinate(), coordinate(), coordinate()]
}

/// Any triangles over any points, with patch ids in order of the vertices.
fn soup() -> impl Strategy<Value = Mesh> {
    vec(point(), 1..60).prop_flat_map(|positions| {
        let n = positions.len() as u32;
        (vec([0..n, 0..n, 0..n], 0..80), vec(0u32..5, positions.len())).prop_map(move |(triangles, mut patch)| {
            patch.sort_unstable();
            let normals = positions.iter().map(|&p| unit(p)).collect();
            Mesh { positions: positions.clone(), normals, triangles, patch, ..Default::default() }
        })
    })
}

/// Parallelograms with their exact normals and forms, each with a sign.
fn sheets() -> impl Strategy<Value = (Mesh, Vec<f32>, Template)> {
    let sheet = (point(), point(), point(), prop_oneof![Just(1.0f32), Just(-1.0f32)]);
    (2usize..7, vec(sheet, 1..9)).prop_map(|(side, sheets)| {
        let template = Template::grid(side);
        let mut points = PatchPoints::default();
        for (origin, du, dv, _) in &sheets {
            for [u, v] in template.uv() {
                points.positions.push(std::array::from_fn(|i| origin[i] + u * du[i] + v * dv[i]));
                points.normals.push(unit(cross(*du, *dv)));
                points.form.push([dot(*du, *du), dot(*du, *dv), dot(*dv, *dv)]);
            }
        }
        let signs: Vec<f32> = sheets.iter().map(|s| s.3).collect();
        (tessellate(points, signs.len(), &signs, &template), signs, template)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn welding_twice_is_welding_once(mesh in soup(), tolerance in prop_oneof![Just(0.0f32), 1e-4f32..0.6]) {
        let once = weld(&mesh, tolerance);
        prop_assert_eq!(&weld(&once, tolerance), &once);
        prop_assert_eq!(once.validate(), Ok(()));
        for (i, &p) in once.positions.iter().enumerate() {
            for &q in &once.positions[..i] {
                let away = sub(p, q);
                prop_assert!(p != q && dot(away, away).sqrt() >= tolerance * (1.0 - 1e-5));
            }
        }
        // Nothing moved by more than the tolerance.
        for &p in &mesh.positions {
            let least = once.positions.iter().map(|&q| dot(sub(p, q), sub(p, q)).sqrt()).fold(f32::INFINITY, f32::min);
            prop_assert!(least <= tolerance * (1.0 + 1e-5));
        }
    }

    #[test]
    fn tessellation_is_complete_and_agrees_with_its_normals((mesh, signs, template) in sheets()) {
        let (patches, side) = (signs.len(), template.side());
        prop_assert_eq!(mesh.validate(), Ok(()));
        prop_assert_eq!(mesh.positions.len(), patches * side * side);
        prop_assert_eq!(mesh.triangles.len(), patches * 2 * (side - 1) * (side - 1));
        for (t, normal) in face_normals(&mesh).into_iter().enumerate() {
            let [a, b, c] = mesh.triangles[t];
            prop_assert!(mesh.patch[a as usize] == mesh.patch[b as usize] && mesh.patch[b as usize] == mesh.patch[c as usize]);
            let corners = mesh.corners(t);
            let edges = [sub(corners[1], corners[0]), sub(corners[2], corners[1]), sub(corners[0], corners[2])];
            let longest = edges.iter().map(|&e| dot(e, e)).fold(0.0, f32::max);
            let doubled = cross(edges[0], edges[1]);
            // A triangle lower than a few roundings of its coordinates has no direction to compare.
            if dot(doubled, doubled) > 1e-10 * longest {
                prop_assert!(dot(normal, mesh.normals[a as usize]) > 0.9);
            }
        }
    }

    #[test]
    fn the_form_s_area_is_the_triangles_area((mesh, _signs, template) in sheets()) {
        let by_form: f64 = patches(&mesh, &template, 0.01).unwrap().iter().map(|f| f.area).sum();
        let by_triangles = figures(&mesh).area;
        prop_assert!((by_form - by_triangles).abs() < 1e-3 * (1.0 + by_triangles), "{} {}", by_form, by_triangles);
    }

    #[test]
    fn charts_stay_in_their_cells(patches in 1usize..70, a in 0usize..70, b in 0usize..70, uv in [0.0f32..=1.0, 0.0f32..=1.0]) {
        let (a, b) = (a % patches, b % patches);
        let box_of = |patch| [atlas_uv(patch, patches, [0.0, 1.0]), atlas_uv(patch, patches, [1.0, 0.0])];
        let [lo, hi] = box_of(a);
        let inside = atlas_uv(a, patches, uv);
        for axis in 0..2 {
            prop_assert!(lo[axis] > 0.0 && hi[axis] < 1.0 && lo[axis] < hi[axis]);
            prop_assert!(lo[axis] <= inside[axis] && inside[axis] <= hi[axis]);
        }
        let [other_lo, other_hi] = box_of(b);
        // Two charts are apart by the two margins, on one axis at least.
        let side = (patches as f32).sqrt().ceil();
        let apart = (0..2).map(|i| (other_lo[i] - hi[i]).max(lo[i] - other_hi[i])).fold(f32::MIN, f32::max);
        prop_assert!(a == b || apart > 0.06 / side, "{} {}", apart, side);
    }

    #[test]
    fn what_was_split_appends_to_the_whole(mesh in soup()) {
        let inside: Vec<[u32; 3]> = mesh.triangles.iter().copied()
            .filter(|t| t.iter().all(|&i| mesh.patch[i as usize] == mesh.patch[t[0] as usize])).collect();
        let mut mesh = Mesh { triangles: inside, ..mesh };
        mesh.triangles.sort_by_key(|t| mesh.patch[t[0] as usize]);
        let mut whole = Mesh::default();
        for part in split_patches(&mesh) {
            prop_assert!(part.patch.iter().all(|&patch| patch == part.patch[0]));
            whole.append(&part);
        }
        prop_assert_eq!(whole, mesh);
    }

    #[test]
    fn a_straddling_soup_still_splits_into_valid_meshes(mesh in soup()) {
        let parts = split_patches(&mesh);
        prop_assert_eq!(parts.iter().map(|p| p.triangles.len()).sum::<usize>(), mesh.triangles.len());
        prop_assert!(parts.iter().all(|part| part.validate() == Ok(())));
    }

    #[test]
    fn simplifying_keeps_a_valid_subset(mesh in soup(), target in 0usize..40) {
        let (small, error) = simplify(&mesh, target, Border::Free).unwrap();
        prop_assert!(small.triangles.len() <= mesh.triangles.len() && error >= 0.0);
        prop_assert!(small.positions.is_empty() || small.validate() == Ok(()));
        prop_assert!(small.positions.iter().all(|p| mesh.positions.contains(p)));
    }

    #[test]
    fn figures_of_any_soup_are_finite(mesh in soup()) {
        let found = figures(&mesh);
        prop_assert!(found.area.is_finite() && found.volume.is_finite());
        prop_assert!(!found.watertight || found.boundary_edges == 0);
        prop_assert!(found.self_intersections.complete);
    }

    #[test]
    fn the_nearest_is_nearest(from in vec(point(), 0..40), to in vec(point(), 1..70)) {
        let found = nearest(&from, &to);
        for (i, &p) in from.iter().enumerate() {
            let distance = |q: Vec3| { let d = sub(p, q); dot(d, d) };
            let expected = to.iter().map(|&q| distance(q)).fold(f32::INFINITY, f32::min);
            prop_assert_eq!(found.distance2[i], expected);
            prop_assert_eq!(distance(to[found.index[i] as usize]), expected);
        }
    }
}
