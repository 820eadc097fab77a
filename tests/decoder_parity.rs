//! The WGSL decoder agrees with candle's: positions, normals from the Jacobian, first fundamental form.
#![cfg(feature = "viewer")]

use std::io::Write;
use std::sync::OnceLock;

use atlasforge::{
    draw::colour::viridis_linear,
    forge::{Forge, even::even},
    latent::Latent,
    mesh::{
        cross, dot, norm, sub,
        tessellate::{PatchPoints, tessellate},
        unit,
    },
    model::{Activation, Checkpoint, Config, Packed, Weights, decoder::pack, inference::Inference},
    patchwork::{Axis, ChartKind, Part},
    template::Template,
    viewer::{
        adapter::Headless,
        decoder::GpuDecoder,
        dress::{COLOR_AT, Dresser, Look, NORMAL_AT, Paint, PatchLook, Target, UV_AT, VERTEX_STRIDE, patch_color},
        headless::decode_points,
    },
};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// One device for all tests, or `None` with a printed reason, once a test.
fn gpu() -> Option<&'static Headless> {
    static GPU: OnceLock<Result<Headless, String>> = OnceLock::new();
    match GPU.get_or_init(|| Headless::open().map_err(|e| e.to_string())) {
        Ok(gpu) => Some(gpu),
        Err(why) => {
            // Not eprintln!, which the test harness swallows.
            let line = format!("SKIPPED the WGSL decoder against candle: {why}\n");
            std::io::stderr().write_all(line.as_bytes()).unwrap();
            None
        }
    }
}

fn config(decoder: &[usize], activation: Activation, tanh: bool, patches: usize) -> Config {
    Config {
        patches,
        latent: 16,
        groups: 1,
        encoder: vec![8],
        encoder_head: vec![],
        decoder: decoder.to_vec(),
        activation,
        batch_norm: false,
        tanh,
        axis_scale: [0.3, 1.0, 0.1],
        posterior: Default::default(),
    }
}

/// Random weights at a gain that keeps the signal's size from layer to layer (He 2015), so that rounding has
/// something to act on: the default initialisation lets it shrink by 0.4 a layer.
fn packed(config: &Config, seed: u64) -> Packed {
    let weights = Weights::init(config, &mut ChaCha8Rng::seed_from_u64(seed)).unwrap();
    for (name, var) in weights.iter() {
        if name.starts_with("decoder") && name.ends_with("weight") {
            var.set(&var.as_tensor().affine(2.2, 0.0).unwrap()).unwrap();
        }
    }
    pack(&weights, config).unwrap()
}

/// Largest position error as a share of the shape's radius (at least the unit ball's, 1), and the share of vertices
/// with a sound Jacobian whose normals differ by more than a degree.
struct Difference {
    position: f32,
    normals_off: f32,
    form: f32,
    unsound: usize,
}

fn compare(gpu: &Headless, packed: &Packed, latent: &Latent, side: usize) -> Difference {
    let uv = Template::grid(side).uv();
    let cpu = Inference::new(packed.clone()).unwrap().decode(latent, &uv).unwrap();
    let found = decode_points(gpu, packed, latent, side, false).unwrap();
    assert_eq!(found.positions.len(), packed.patches * uv.len());
    assert!(found.positions.iter().chain(&found.normals).chain(&found.form).flatten().all(|x| x.is_finite()));
    for n in &found.normals {
        assert!((norm(*n) - 1.0).abs() < 1e-5, "normal of length {}", norm(*n));
    }
    let radius = cpu.points.iter().map(|p| norm(*p)).fold(1.0, f32::max);
    let position = cpu.points.iter().zip(&found.positions).map(|(a, b)| norm(sub(*a, *b))).fold(0.0, f32::max) / radius;

    let areas: Vec<f32> = cpu.tangent_u.iter().zip(&cpu.tangent_v).map(|(u, v)| norm(cross(*u, *v))).collect();
    let (mut sound, mut off, mut form) = (0usize, 0usize, 0.0f32);
    for patch in 0..packed.patches {
        let range = patch * uv.len()..(patch + 1) * uv.len();
        let mean = areas[range.clone()].iter().sum::<f32>() / uv.len() as f32;
        let size = range.clone().map(|i| dot(cpu.tangent_u[i], cpu.tangent_u[i])).fold(1e-12, f32::max)
            + range.clone().map(|i| dot(cpu.tangent_v[i], cpu.tangent_v[i])).fold(1e-12, f32::max);
        // A patch that is a line (a single hidden unit makes one) has an area of nothing but rounding, and no normal.
        let line = mean < 1e-5 * size;
        for i in range {
            let (u, v) = (cpu.tangent_u[i], cpu.tangent_v[i]);
            let expected = [dot(u, u), dot(u, v), dot(v, v)];
            form = expected.iter().zip(found.form[i]).map(|(a, b)| (a - b).abs() / size).fold(form, f32::max);
            if !line && areas[i] >= 0.01 * mean {
                sound += 1;
                off += usize::from(dot(unit(cross(u, v)), found.normals[i]) < 1f32.to_radians().cos());
            }
        }
    }
    Difference { position, normals_off: off as f32 / sound.max(1) as f32, form, unsound: areas.len() - sound }
}

fn hold(name: &str, difference: &Difference, tolerance: f32) {
    let Difference { position, normals_off, form, unsound } = difference;
    println!(
        "{name}: position {position:.1e} of the radius, {:.3} % of normals off, form {form:.1e}, \
         {unsound} vertices without a sound normal",
        normals_off * 100.0
    );
    assert!(*position <= tolerance, "{name}: position error {position:e}");
    assert!(*normals_off <= 0.001, "{name}: {normals_off}");
    assert!(*form <= 1e-3, "{name}: form {form:e}");
}

#[test]
fn any_width_activation_and_output_decodes_like_candle() {
    let Some(gpu) = gpu() else { return };
    let mut seed = 0;
    for widths in [&[1][..], &[7], &[13, 5], &[8, 16, 8], &[33, 17, 9, 20], &[224, 128, 64]] {
        for activation in [Activation::Relu, Activation::Softplus, Activation::Silu] {
            for tanh in [false, true] {
                seed += 1;
                let config = config(widths, activation, tanh, 3 + seed as usize % 5);
                let packed = packed(&config, seed);
                let latent = Latent::prior(1, config.latent, &mut ChaCha8Rng::seed_from_u64(seed + 100));
                let side = [2, 9, 14][seed as usize % 3];
                let name = format!("{widths:?} {activation:?} tanh {tanh} side {side}");
                hold(&name, &compare(gpu, &packed, &latent, side), 1e-5);
            }
        }
    }
}

#[test]
fn a_group_for_each_patch_reaches_its_patch() {
    let Some(gpu) = gpu() else { return };
    let mut config = config(&[24, 12], Activation::Silu, false, 6);
    config.groups = 6;
    let packed = packed(&config, 5);
    let latent = Latent::prior(6, config.latent, &mut ChaCha8Rng::seed_from_u64(6));
    hold("one group a patch", &compare(gpu, &packed, &latent, 10), 1e-5);
}

#[test]
fn a_shape_cut_into_chunks_decodes_as_a_whole() {
    let Some(gpu) = gpu() else { return };
    // 97^2 points of 512 activations don't fit one buffer, so patches are cut within.
    let packed = packed(&config(&[512, 8], Activation::Silu, false, 2), 9);
    let latent = Latent::prior(1, 16, &mut ChaCha8Rng::seed_from_u64(6));
    hold("chunks within a patch", &compare(gpu, &packed, &latent, 97), 1e-5);
}

#[test]
fn the_shipped_model_agrees() {
    let Some(gpu) = gpu() else { return };
    let forge = Forge::new(Checkpoint::embedded().unwrap()).unwrap();
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    hold("shipped model, mean", &compare(gpu, forge.packed(), &forge.mean(), 32), 1e-5);
    for _ in 0..3 {
        hold("shipped model, sample", &compare(gpu, forge.packed(), &forge.sample(&mut rng), 10), 1e-5);
    }
}

#[test]
fn the_widths_of_atlasnet_v3_agree() {
    let Some(gpu) = gpu() else { return };
    let packed = packed(&config(&[1024, 512, 512, 512], Activation::Relu, true, 25), 3);
    let latent = Latent::prior(1, 16, &mut ChaCha8Rng::seed_from_u64(4));
    hold("AtlasNet v3 widths", &compare(gpu, &packed, &latent, 10), 5e-5);
}

/// Where the adapter is the processor, candle's decode reaches the same buffer, number by number.
#[test]
fn what_the_processor_decodes_lies_where_the_shader_writes() {
    let Some(gpu) = gpu() else { return };
    let packed = packed(&config(&[40, 24], Activation::Silu, false, 5), 11);
    let latent = Latent::prior(1, 16, &mut ChaCha8Rng::seed_from_u64(12));
    let found = decode_points(gpu, &packed, &latent, 9, true).unwrap();
    let decoded = Inference::new(packed).unwrap().decode(&latent, &Template::grid(9).uv()).unwrap();
    assert_eq!(found.positions, decoded.points);
    for (i, (&u, &v)) in decoded.tangent_u.iter().zip(&decoded.tangent_v).enumerate() {
        assert_eq!(found.normals[i], unit(cross(u, v)));
        assert_eq!(found.form[i], [dot(u, u), dot(u, v), dot(v, v)]);
    }
}

/// The words of a mesh's vertices as the dress pass writes them into a slab, `base` vertices in.
fn dress(
    gpu: &Headless,
    packed: &Packed,
    latent: &Latent,
    side: usize,
    (signs, parts): (&[f32], &[Part]),
    look: &Look,
) -> Vec<f32> {
    let base = 5usize;
    let mut decoder = GpuDecoder::new(&gpu.device, packed.clone().into()).unwrap();
    let plan = decoder.plan(side);
    let buffer = |words: usize, usage| {
        gpu.device.create_buffer(&wgpu::BufferDescriptor {
            label: None,
            size: 4 * words as u64,
            usage,
            mapped_at_creation: false,
        })
    };
    let words = (base + packed.patches * side * side) * VERTEX_STRIDE;
    let slab = buffer(words, wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_SRC);
    let staging = buffer(words, wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::MAP_READ);
    let mut encoder = gpu.device.create_command_encoder(&Default::default());
    decoder.encode(&gpu.queue, &mut encoder, &packed.latent_bias(latent), &plan, None);
    let target = Target { slab: &slab, base: (base * VERTEX_STRIDE) as u32 };
    Dresser::new(&gpu.device, packed.patches, signs, parts).encode(&mut encoder, &plan.surface, look, &target);
    encoder.copy_buffer_to_buffer(&slab, 0, &staging, 0, slab.size());
    gpu.queue.submit([encoder.finish()]);
    staging.slice(..).map_async(wgpu::MapMode::Read, |_| ());
    gpu.device.poll(wgpu::PollType::wait_indefinitely()).unwrap();
    let words: Vec<f32> = bytemuck::pod_collect_to_vec(&staging.slice(..).get_mapped_range());
    assert!(words[..base * VERTEX_STRIDE].iter().all(|&x| x == 0.0), "a neighbour in the slab was written");
    words[base * VERTEX_STRIDE..].to_vec()
}

#[test]
fn what_is_drawn_is_what_is_exported() {
    let Some(gpu) = gpu() else { return };
    let config = config(&[24, 12], Activation::Silu, false, 7);
    let packed = packed(&config, 8);
    let latent = Latent::prior(1, config.latent, &mut ChaCha8Rng::seed_from_u64(2));
    let signs = [1.0, -1.0, 1.0, 1.0, -1.0];
    let part = |patches, around, cap, chart| Part {
        name: String::new(),
        patches,
        around,
        along: 1,
        cap,
        axis: Axis::Y,
        chart: Some(chart),
    };
    let parts = [part(4, 4, 0.0, ChartKind::Arms), part(3, 2, 0.3, ChartKind::Ball)];
    let template = Template::grid(9);
    let cpu = Inference::new(packed.clone()).unwrap().decode(&latent, &template.uv()).unwrap();
    let points = PatchPoints {
        normals: cpu.tangent_u.iter().zip(&cpu.tangent_v).map(|(u, v)| unit(cross(*u, *v))).collect(),
        positions: cpu.points,
        form: vec![],
    };
    let mut mesh = tessellate(points, 7, &signs, &template);
    let look = Look { scale: 0.7, offset: [0.1, -0.2, 0.3], color: [0.1, 0.2, 0.3, 1.0], ..Look::default() };
    mesh.transform(look.scale, look.offset);
    let words = dress(gpu, &packed, &latent, 9, (&signs, &parts), &look);
    for (i, vertex) in words.chunks_exact(VERTEX_STRIDE).enumerate() {
        for k in 0..3 {
            assert!((vertex[k] - mesh.positions[i][k]).abs() < 1e-5, "position {i}");
            assert!((vertex[NORMAL_AT + k] - mesh.normals[i][k]).abs() < 1e-3, "normal {i}");
        }
        assert!((0..2).all(|k| (vertex[UV_AT + k] - mesh.uvs[i][k]).abs() < 1e-6), "uv {i}");
        assert_eq!(vertex[COLOR_AT..], look.color);
    }
    // Patches that agree at their seams, as a bake has them.
    let raw = mesh.clone();
    even(&mut mesh, &parts, &template);
    let words_of_even = dress(gpu, &packed, &latent, 9, (&signs, &parts), &Look { even: true, ..look.clone() });
    let mut moved = 0;
    for (i, vertex) in words_of_even.chunks_exact(VERTEX_STRIDE).enumerate() {
        for k in 0..3 {
            assert!((vertex[k] - mesh.positions[i][k]).abs() < 1e-5, "evened position {i}");
            assert!((vertex[NORMAL_AT + k] - mesh.normals[i][k]).abs() < 2e-3, "evened normal {i}");
        }
        moved += usize::from(mesh.positions[i] != raw.positions[i]);
    }
    assert!(moved > 100, "{moved}");
    let tinted = dress(gpu, &packed, &latent, 9, (&signs, &parts), &Look { tint: true, ..look.clone() });
    let last = &tinted[tinted.len() - VERTEX_STRIDE..];
    assert!((0..3).all(|k| (last[COLOR_AT + k] - patch_color(6)[k]).abs() < 1e-6));

    // Hidden, moved, coloured, marked, and painted by its value: each patch as it is asked for.
    let set = |patch: usize, set: PatchLook| {
        let mut patches = vec![PatchLook::default(); 7];
        patches[patch] = set;
        patches
    };
    let patch_words = |patches: Vec<PatchLook>, paint: Paint| {
        let words =
            dress(gpu, &packed, &latent, 9, (&signs, &parts), &Look { patches, paint, mean_area: 1.0, ..look.clone() });
        words[2 * 81 * VERTEX_STRIDE..3 * 81 * VERTEX_STRIDE].to_vec()
    };
    let plain = &words[2 * 81 * VERTEX_STRIDE..3 * 81 * VERTEX_STRIDE];
    let hidden = patch_words(set(2, PatchLook { shown: false, ..Default::default() }), Paint::Plain);
    assert!(hidden.chunks_exact(VERTEX_STRIDE).all(|v| v[..3] == look.offset));
    assert_eq!(patch_words(set(1, PatchLook { shown: false, ..Default::default() }), Paint::Plain), plain);
    let moved = patch_words(set(2, PatchLook { offset: [0.0, 0.5, 0.0], ..Default::default() }), Paint::Plain);
    assert!((moved[1] - plain[1] - 0.35).abs() < 1e-5 && (moved[0] - plain[0]).abs() < 1e-6);
    let coloured = patch_words(set(2, PatchLook { color: Some([0.9, 0.1, 0.2]), ..Default::default() }), Paint::Plain);
    assert_eq!(coloured[COLOR_AT..COLOR_AT + 3], [0.9, 0.1, 0.2]);
    let valued = patch_words(set(2, PatchLook { value: 1.0, ..Default::default() }), Paint::Value);
    let yellow = viridis_linear()[8];
    assert!((0..3).all(|k| (valued[COLOR_AT + k] - yellow[k]).abs() < 1e-5));
    let area = patch_words(Vec::new(), Paint::Area);
    let distortion = patch_words(Vec::new(), Paint::Distortion);
    assert!(area[COLOR_AT..COLOR_AT + 3] != distortion[COLOR_AT..COLOR_AT + 3]);
    let marked = patch_words(set(2, PatchLook { marked: true, ..Default::default() }), Paint::Plain);
    assert!(marked[COLOR_AT] > 0.5 && marked[..COLOR_AT] == plain[..COLOR_AT]);
}
