//! The WGSL, prelude and source together, passes naga's validation. No adapter is needed.
#![cfg(feature = "viewer")]

use atlasforge::viewer::dress;

fn validate(name: &str, source: &str) {
    let module =
        naga::front::wgsl::parse_str(source).unwrap_or_else(|e| panic!("{name}: {}", e.emit_to_string(source)));
    naga::valid::Validator::new(naga::valid::ValidationFlags::all(), naga::valid::Capabilities::empty())
        .validate(&module)
        .unwrap_or_else(|e| panic!("{name}: {}", e.emit_to_string(source)));
}

#[test]
fn dress_is_valid_without_any_capability() {
    validate("dress.wgsl", &dress::shader_source());
}

#[test]
fn decode_is_valid_for_every_activation_and_output() {
    use atlasforge::model::{Activation, Config, Weights, decoder::pack};
    use rand::SeedableRng;
    for activation in [Activation::Relu, Activation::Softplus, Activation::Silu] {
        for tanh in [false, true] {
            let config = Config {
                patches: 3,
                latent: 2,
                groups: 1,
                encoder: vec![4],
                encoder_head: vec![],
                decoder: vec![5, 3],
                activation,
                batch_norm: true,
                tanh,
                // A scale that prints in scientific notation must still be WGSL.
                axis_scale: [1e-7, 1.0, 0.25],
                posterior: Default::default(),
            };
            let weights = Weights::init(&config, &mut rand_chacha::ChaCha8Rng::seed_from_u64(1)).unwrap();
            let packed = pack(&weights, &config).unwrap();
            validate("decode.wgsl", &atlasforge::viewer::decoder::shader_source(&packed));
        }
    }
}
