//! Metrics against an independent implementation: `golden/make_metrics.py` computed `data/metrics.safetensors` in double
//! precision, by the definitions.

use std::path::Path;

use atlasforge::inspect::agreement::{median_relative_error, r2};
use atlasforge::inspect::chamfer::{chamfer, f_score};
use atlasforge::inspect::cloud::Cloud;
use atlasforge::inspect::generative::Comparison;
use atlasforge::inspect::matrix::Matrix;
use atlasforge::inspect::memory::{Quantiles, nearest_shapes};
use atlasforge::inspect::mirror::{MirrorPlane, mirror_error};
use atlasforge::inspect::occupancy::Occupancy;
use atlasforge::mesh::{Mesh, Vec3};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use safetensors::SafeTensors;

/// Relative to the expected figure.
const TOLERANCE: f64 = 1e-4;

struct Golden(Vec<u8>);

impl Golden {
    fn read() -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/metrics.safetensors");
        Self(std::fs::read(path).unwrap())
    }

    /// Shape and the values' bytes.
    fn get<const WIDTH: usize>(&self, name: &str) -> (Vec<usize>, Vec<[u8; WIDTH]>) {
        let file = SafeTensors::deserialize(&self.0).unwrap();
        let view = file.tensor(name).unwrap();
        let values = view.data().chunks_exact(WIDTH).map(|b| b.try_into().unwrap()).collect();
        (view.shape().to_vec(), values)
    }

    fn doubles(&self, name: &str) -> Vec<f64> {
        self.get(name).1.into_iter().map(f64::from_le_bytes).collect()
    }

    fn points(&self, name: &str) -> Vec<Vec3> {
        let floats: Vec<f32> = self.get(name).1.into_iter().map(f32::from_le_bytes).collect();
        floats.as_chunks().0.to_vec()
    }

    /// `[S, N, 3]`
    fn set(&self, name: &str) -> Vec<Vec<Vec3>> {
        let (shape, _) = self.get::<4>(name);
        self.points(name).chunks(shape[1]).map(<[Vec3]>::to_vec).collect()
    }

    fn check(&self, name: &str, ours: impl IntoIterator<Item = f64>) {
        let (ours, expected): (Vec<f64>, _) = (ours.into_iter().collect(), self.doubles(&format!("expected/{name}")));
        assert_eq!(ours.len(), expected.len(), "{name}");
        for (i, (ours, expected)) in ours.iter().zip(expected).enumerate() {
            // What is exactly 0 in double precision is so in single precision too: a distance of copies.
            assert!((ours - expected).abs() <= TOLERANCE * expected.abs(), "{name} {i}: {ours}, expected {expected}");
        }
    }
}

#[test]
fn distances_and_scores_of_clouds() {
    let golden = Golden::read();
    let (samples, references) = (golden.set("samples"), golden.set("references"));
    let pairs = || samples.iter().flat_map(|s| references.iter().map(move |r| (s, r)));
    golden.check("across", pairs().map(|(s, r)| f64::from(chamfer(s, r))));
    golden.check("across", pairs().map(|(s, r)| f64::from(Cloud::new(s).chamfer(&Cloud::new(r)))));
    golden.check("f_score", pairs().map(|(s, r)| f64::from(f_score(s, r, 0.001))));
    golden.check("f_score_fine", pairs().map(|(s, r)| f64::from(f_score(s, r, 0.0001))));
}

#[test]
fn figures_of_sets() {
    let golden = Golden::read();
    let (samples, references) = (golden.set("samples"), golden.set("references"));
    let clouds = |set: &[Vec<Vec3>]| set.iter().map(|p| Cloud::new(p)).collect::<Vec<_>>();
    let occupancy = |set: &[Vec<Vec3>]| set.iter().map(|p| Occupancy::of(p)).collect::<Vec<_>>();
    let (s, r) = (clouds(&samples), clouds(&references));
    let comparison = Comparison {
        samples: &Matrix::among(&s, |_| {}),
        references: &Matrix::among(&r, |_| {}),
        across: &Matrix::between(&s, &r, |_| {}),
        sample_occupancy: &occupancy(&samples),
        reference_occupancy: &occupancy(&references),
    };
    let found = comparison.figures(&mut ChaCha8Rng::seed_from_u64(0));
    golden.check("mmd", [found.mmd.value]);
    golden.check("coverage", [found.coverage.value]);
    golden.check("one_nna", [found.one_nna.value]);
    golden.check("jsd", [found.jsd.value]);

    let nearest = nearest_shapes(&s, &r, || {}).unwrap();
    let (_, indices) = golden.get("expected/nearest_index");
    let indices: Vec<i64> = indices.into_iter().map(i64::from_le_bytes).collect();
    assert_eq!(nearest.iter().map(|n| n.index as i64).collect::<Vec<_>>(), indices);
    golden.check("nearest_chamfer", nearest.iter().map(|n| f64::from(n.chamfer)));
    let q = Quantiles::of(&nearest);
    golden.check("nearest_quantiles", [q.least, q.p5, q.p25, q.median, q.p75, q.p95]);
}

#[test]
fn mirror_errors_and_agreement() {
    let golden = Golden::read();
    let (_, corners) = golden.get("mesh/triangles");
    let corners: Vec<u32> = corners.into_iter().map(u32::from_le_bytes).collect();
    let triangles = corners.as_chunks().0.to_vec();
    let mesh = Mesh { positions: golden.points("mesh/positions"), triangles, ..Default::default() };
    let points = golden.points("mesh/points");
    golden.check("mirror_x", mirror_error(&mesh, &points, MirrorPlane::X));
    golden.check("mirror_z", mirror_error(&mesh, &points, MirrorPlane::Z));
    let (truth, found) = (golden.doubles("pairs/truth"), golden.doubles("pairs/found"));
    golden.check("r2", r2(&truth, &found));
    golden.check("median_relative_error", median_relative_error(&truth, &found));
}
