//! Solids of the shipped models: closed, manifold, outward, and as decoded.

use std::path::Path;
use std::time::Instant;

use atlasforge::forge::game::Surface;
use atlasforge::forge::solid::STEPS;
use atlasforge::forge::{Forge, Subject};
use atlasforge::inspect::attributes::measure_parts;
use atlasforge::inspect::deviation::{Deviation, distances, outer};
use atlasforge::inspect::orientation::{RESOLUTION, front_share};
use atlasforge::inspect::solidity::Solidity;
use atlasforge::latent::Latent;
use atlasforge::mesh::Mesh;
use atlasforge::model::checkpoint::Checkpoint;
use atlasforge::shapes::seen::open_by_area;
use atlasforge::solid::Solid;
use atlasforge::template::Template;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// Points that a deviation is taken from, each way.
const POINTS: usize = 3000;

/// How near the outside of the decode a point of it must lie to count, metres a metre.
const OUTER: f32 = 1e-3;

/// Points along one side of a patch's grid of the decode that counts as the truth.
const DENSE: usize = 40;

/// One sword of one metre, measured.
struct Row {
    name: String,
    seconds: f64,
    solidity: Solidity,
    /// Millimetres a metre.
    deviation: Deviation,
    /// Relative.
    length: f32,
    thickness: f32,
    /// Metres a metre.
    tip: f32,
}

fn measured(forge: &Forge, name: &str, latent: &Latent) -> Row {
    let start = Instant::now();
    let solid = forge.solid(latent, Some(1.0), STEPS).unwrap();
    let seconds = start.elapsed().as_secs_f64();
    // As it is shown.
    let template = Template::grid(DENSE);
    let mut dense = forge.decode(latent, Some(1.0), &template).unwrap();
    forge.even(&mut dense, &template);
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let seen = outer(open_by_area(&dense, POINTS, &mut rng), &dense, OUTER);
    let on_closed = open_by_area(&solid.mesh, POINTS, &mut rng);
    let deviation = Deviation::between(&solid.mesh, &on_closed, &dense, &seen);
    let parts: Vec<&str> = forge.checkpoint().meta.patch_parts.iter().map(|p| p.part.as_str()).collect();
    let [truth, found] = [measure_parts(&dense, &parts), measure_parts(&by_part(&solid), &solid.parts)];
    let top = |mesh: &Mesh| mesh.positions.iter().copied().max_by(|p, q| p[1].total_cmp(&q[1])).unwrap();
    let [decoded, tip] = [top(&dense), top(&solid.mesh)];
    // How much too high or low it is, or how far off.
    let tip = (decoded[1] - tip[1]).abs().max(distances(&[tip], &dense)[0]);
    Row {
        name: name.to_owned(),
        seconds,
        solidity: Solidity::of(&solid.mesh),
        deviation,
        length: (found.length / truth.length - 1.0).abs(),
        thickness: (found.blade_thickness / truth.blade_thickness - 1.0).abs(),
        tip,
    }
}

/// The same triangles, each with vertices of its own part.
fn by_part(solid: &Solid) -> Mesh {
    let mut mesh = Mesh::default();
    for (t, &part) in solid.part.iter().enumerate() {
        let first = mesh.positions.len() as u32;
        mesh.positions.extend(solid.mesh.corners(t));
        mesh.patch.extend([u32::from(part); 3]);
        mesh.triangles.push([first, first + 1, first + 2]);
    }
    mesh
}

impl Row {
    /// What misses the figures that a solid is held to.
    fn faults(&self) -> Vec<String> {
        let (s, p99) = (self.solidity, self.deviation.worst().per_mille(1.0).p99);
        let mut faults = Vec::new();
        let mut check = |ok: bool, what: String| faults.extend((!ok).then_some(what));
        check(s.is_manifold(), format!("{} open edges, {} split vertices", s.open_edges, s.split_vertices));
        check(s.is_outward(), format!("volume {}, {} inward", s.volume, s.inward));
        check(s.components == 1, format!("{} components", s.components));
        check(s.degenerate == 0, format!("{} degenerate", s.degenerate));
        check(s.crossing_share() < 1e-3, format!("{} of {} cross", s.crossing, s.triangles));
        check(
            p99 <= 2.0,
            format!("deviation {:.2} and {:.2} mm", 1e3 * self.deviation.lost.p99, 1e3 * self.deviation.added.p99),
        );
        check(self.length <= 0.005, format!("length by {:.4}", self.length));
        check(self.thickness <= 0.15, format!("thickness by {:.3}", self.thickness));
        check(self.tip <= 0.003, format!("tip by {:.2} mm", 1e3 * self.tip));
        faults
    }
}

/// Prints figures of all and what misses them; how many miss any.
fn report(rows: &[Row]) -> usize {
    let figure = |name: &str, of: &dyn Fn(&Row) -> f32| {
        let mut all: Vec<f32> = rows.iter().map(of).collect();
        all.sort_by(f32::total_cmp);
        let at = |share: f32| all[(share * (all.len() - 1) as f32).round() as usize];
        println!("{name:28} median {:9.4} 99 % {:9.4} largest {:9.4}", at(0.5), at(0.99), at(1.0));
    };
    println!("{} solids", rows.len());
    figure("seconds", &|r| r.seconds as f32);
    figure("triangles", &|r| r.solidity.triangles as f32);
    figure("crossing, %", &|r| 100.0 * r.solidity.crossing_share());
    figure("components", &|r| r.solidity.components as f32);
    figure("deviation, median, mm/m", &|r| 1e3 * r.deviation.worst().median);
    figure("lost, 99 %, mm/m", &|r| 1e3 * r.deviation.lost.p99);
    figure("added, 99 %, mm/m", &|r| 1e3 * r.deviation.added.p99);
    figure("length, relative", &|r| r.length);
    figure("thickness, relative", &|r| r.thickness);
    figure("tip, mm/m", &|r| 1e3 * r.tip);
    let faulty: Vec<(&Row, Vec<String>)> =
        rows.iter().map(|r| (r, r.faults())).filter(|(_, f)| !f.is_empty()).collect();
    faulty.iter().for_each(|(row, faults)| println!("{}: {}", row.name, faults.join("; ")));
    println!("{} of {} miss a figure", faulty.len(), rows.len());
    faulty.len()
}

fn model(name: &str) -> Forge {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("models").join(name).with_extension("safetensors");
    Forge::new(Checkpoint::read(&path).unwrap()).unwrap()
}

fn samples(forge: &Forge, seeds: impl Iterator<Item = u64>) -> Vec<Row> {
    seeds.map(|seed| measured(forge, &format!("seed {seed}"), &Subject::seeded(forge, seed).latent)).collect()
}

#[test]
fn samples_are_solid_and_as_decoded() {
    let rows = samples(&model("sword"), 0..24);
    for row in &rows {
        // Of seed 14 the pommel is as long as its grip.
        let most = if row.name == "seed 14" { 0.17 } else { 0.15 };
        assert!(row.deviation.worst().per_mille(1.0).median < most, "{}: {:?}", row.name, row.deviation);
    }
    // A few samples in a thousand are in two pieces, of these seed 4, whose bow just misses the grip.
    let faulty = report(&rows);
    assert!(faulty <= 1, "{faulty}");
    for row in &rows {
        let known = |fault: &String| row.name == "seed 4" && fault == "2 components";
        assert!(row.faults().iter().all(known), "{}: {:?}", row.name, row.faults());
        assert!(row.tip < 0.0015, "{}: {}", row.name, row.tip);
    }
}

#[test]
fn shown_swords_face_outward() {
    let (forge, template) = (model("sword"), Template::grid(16));
    for seed in 0..4 {
        let mut mesh = forge.decode_unit(&Subject::seeded(&forge, seed).latent, &template).unwrap();
        let decoded = front_share(&mesh, RESOLUTION);
        forge.even(&mut mesh, &template);
        let shown = front_share(&mesh, RESOLUTION);
        assert!(decoded < shown && shown > 0.99, "seed {seed}: {decoded} {shown}");
    }
}

/// `cargo test --release --test solids -- --ignored --nocapture`; FROM and TO bound the seeds.
#[test]
#[ignore = "minutes"]
fn a_thousand_samples_are_solid() {
    let bound = |name: &str, default| std::env::var(name).map_or(default, |x| x.parse().unwrap());
    report(&samples(&model("sword"), bound("FROM", 0)..bound("TO", 1000)));
}

#[test]
#[ignore = "minutes"]
fn reconstructions_of_real_swords_are_solid() {
    let (forge, mut rows) = (model("sword"), Vec::new());
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/meshes/swords");
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    for path in paths {
        let mesh = atlasforge::shapes::import::read_mesh(&path).unwrap();
        rows.push(measured(&forge, &path.file_stem().unwrap().to_string_lossy(), &forge.encode_mesh(&mesh).unwrap()));
    }
    assert_eq!(rows.len(), 38);
    report(&rows);
}

#[test]
fn every_shipped_model_makes_solids() {
    for name in ["plane", "sword-base", "sword-mixed", "sword-from-plane", "sword-vae25", "sword-vqvae"] {
        let forge = model(name);
        for seed in 0..2 {
            let start = Instant::now();
            let solid = forge.solid(&Subject::seeded(&forge, seed).latent, None, STEPS).unwrap();
            let found = Solidity::of(&solid.mesh);
            println!("{name} {seed}: {:.2} s {found:?}", start.elapsed().as_secs_f64());
            assert!(found.is_manifold() && found.is_outward() && found.degenerate == 0, "{name} {seed}: {found:?}");
            // The parts of a plane cut through each other more often than a sword's.
            let crossing = if name == "plane" { 5e-3 } else { 1e-3 };
            assert!(found.crossing_share() < crossing && solid.part.len() == found.triangles);
            assert!(solid.part.iter().all(|&part| usize::from(part) < solid.parts.len()));
        }
    }
}

#[test]
fn patches_can_stay_as_they_are_or_be_welded() {
    let forge = model("sword");
    let latent = Subject::seeded(&forge, 3).latent;
    let kinds = [Surface::Patches, Surface::Welded, Surface::Closed];
    let [patches, welded, closed] = kinds.map(|kind| forge.surface(&latent, None, kind, STEPS).unwrap());
    let open = [&patches, &welded, &closed].map(|s| Solidity::of(&s.mesh).open_edges);
    assert!(open[0] > 4 * open[1] && open[1] > 0 && open[2] == 0, "{open:?}");
    assert_eq!(Solidity::of(&welded.mesh).components, 5, "{:?}", Solidity::of(&welded.mesh));
    for solid in [&patches, &welded, &closed] {
        solid.mesh.validate().unwrap();
        assert_eq!((solid.part.len(), solid.parts.len()), (solid.mesh.triangles.len(), 5));
    }
    assert_eq!(closed, forge.solid(&latent, None, STEPS).unwrap(), "the same each time");
}

#[test]
fn what_makes_no_solid_is_told() {
    let forge = model("sword");
    let latent = Subject::seeded(&forge, 3).latent;
    assert!(forge.solid(&latent, Some(-1.0), STEPS).unwrap_err().to_string().contains("length"));
    let mut far = latent.clone();
    far.values_mut().iter_mut().for_each(|x| *x = f32::NAN);
    assert!(forge.solid(&far, None, STEPS).is_err());
    assert!(forge.solid(&Latent::zeros(1, 3), None, STEPS).is_err());
}
