//! The budgeted mesh rated against gltfpack's, cut from the same dense surface to the same number of triangles.

use std::io::Write as _;
use std::path::Path;
use std::process::Command;

use atlasforge::mesh::Mesh;
use atlasforge::mesh::weld::weld;
use atlasforge::shapes::import::read_mesh;
use atlasforge::shapes::sword::generate;
use atlasforge::solid::Solid;
use atlasforge::solid::budget::simplify;
use atlasforge::solid::deviation::Reference;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// Not eprintln!, which the test harness swallows.
fn skipped(why: &str) {
    writeln!(std::io::stderr(), "SKIPPED gltfpack: {why}").expect("stderr");
}

/// A procedural sword's parts as closed shells, every triangle split in four.
fn dense(seed: u64) -> Solid {
    let mut solid = Solid::default();
    for (part, piece) in generate("s", &mut ChaCha8Rng::seed_from_u64(seed)).parts.iter().enumerate() {
        let coarse = weld(&piece.mesh, 0.0);
        let mut fine = Mesh::default();
        for t in 0..coarse.triangles.len() {
            let [a, b, c] = coarse.corners(t);
            let [ab, bc, ca] = [[a, b], [b, c], [c, a]].map(|[p, q]| std::array::from_fn(|i| 0.5 * (p[i] + q[i])));
            let first = fine.positions.len() as u32;
            fine.positions.extend([a, b, c, ab, bc, ca]);
            let own = [[0, 3, 5], [3, 1, 4], [5, 4, 2], [3, 4, 5]];
            fine.triangles.extend(own.map(|t: [u32; 3]| t.map(|i| i + first)));
        }
        let fine = weld(&fine, 0.0);
        solid.part.extend(vec![part as u8; fine.triangles.len()]);
        solid.parts.push(piece.name.clone());
        solid.mesh.append(&fine);
    }
    solid
}

fn obj(mesh: &Mesh) -> String {
    let vertices = mesh.positions.iter().map(|[x, y, z]| format!("v {x} {y} {z}\n"));
    let faces = mesh.triangles.iter().map(|t| t.map(|i| i + 1)).map(|[a, b, c]| format!("f {a} {b} {c}\n"));
    vertices.chain(faces).collect()
}

#[test]
fn deviates_no_more_than_gltfpack_at_the_same_count() {
    let Some(modules) = std::env::var_os("ATLASFORGE_NODE_MODULES") else {
        return skipped("ATLASFORGE_NODE_MODULES names no folder (tests/run sets it)");
    };
    let cli = Path::new(&modules).join("gltfpack/cli.js");
    if !cli.is_file() {
        return skipped("npm install gltfpack@1.3 in the folder of ATLASFORGE_NODE_MODULES");
    }
    let folder = tempfile::tempdir().expect("a folder");
    let mut sums = [0.0; 2];
    for seed in [3, 7, 12, 21, 30, 41] {
        let dense = dense(seed);
        let (from, to) = (folder.path().join("dense.obj"), folder.path().join("packed.glb"));
        std::fs::write(&from, obj(&dense.mesh)).expect("the dense mesh");
        let share = 2000.0 / dense.mesh.triangles.len() as f32;
        let mut run = Command::new("node");
        run.arg(&cli).arg("-i").arg(&from).arg("-o").arg(&to);
        let output = match run.args(["-si", &share.to_string(), "-noq"]).output() {
            Ok(output) => output,
            Err(error) => return skipped(&format!("node can't be run ({error})")),
        };
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let packed = read_mesh(&to).expect("gltfpack's mesh");
        let ours = simplify(&dense, packed.triangles.len()).expect("our mesh").0;
        let reference = Reference::new(&dense.mesh, 40_000);
        let (theirs, ours) = (reference.deviation(&packed), reference.deviation(&ours.mesh));
        println!("sword {seed}, {} triangles: gltfpack {theirs:?}, ours {ours:?}", packed.triangles.len());
        // The mean of every sword; the hundredth that lies farthest away only taken together.
        assert!(
            ours.mean <= theirs.mean && ours.most <= 1.1 * theirs.most,
            "sword {seed}: {ours:?}, gltfpack {theirs:?}"
        );
        sums = [sums[0] + ours.most, sums[1] + theirs.most];
    }
    assert!(sums[0] <= sums[1], "{sums:?}");
}
