//! Attributes measured from a surface alone against those that the sword generator knows.

use std::collections::BTreeMap;

use atlasforge::{inspect::attributes::measure, shapes::sword};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

#[test]
fn measured_swords_agree_with_their_design() {
    let rng = &mut ChaCha8Rng::seed_from_u64(5);
    let mut errors: BTreeMap<&str, Vec<f32>> = BTreeMap::new();
    for i in 0..200 {
        let shape = sword::generate(&format!("sword {i}"), rng);
        let found = measure(&shape.mesh());
        let relative = [
            ("overall_length", found.length),
            ("blade_length", found.blade_length),
            ("blade_width", found.blade_width),
            ("blade_thickness", found.blade_thickness),
            ("guard_span", found.guard_span),
        ];
        for (name, value) in relative {
            let truth = shape.attributes[name];
            // A sword without guard has a span of 0 by design, and the width of its grip by measurement.
            if truth > 0.0 {
                errors.entry(name).or_default().push((value / truth - 1.0).abs());
            }
        }
        let curvature = (found.curvature - shape.attributes["curvature"]).abs();
        errors.entry("curvature").or_default().push(curvature);
    }
    for (name, mut errors) in errors {
        errors.sort_by(f32::total_cmp);
        let (half, most) = (errors[errors.len() / 2], errors[errors.len() * 9 / 10]);
        assert!(half < 0.01 && most < 0.05, "{name}: half within {half}, nine in ten within {most}");
    }
}
