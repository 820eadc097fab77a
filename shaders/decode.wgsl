// The decoder: for every point of every patch the value f(u, v) and both tangents f_u, f_v, layer by layer.
//
// Driven by src/viewer/decoder.rs, which puts the constants in front: PATCHES, LAST_INPUTS, ACTIVATION, TANH, OUTPUT_SCALE from
// the model's configuration, SURFACE_STRIDE from the Rust side of the buffer.
//
// Forward mode: with a = h W + b, the tangents go through the same weights, t' = (t W) act'(a). A hidden layer is
// therefore one product with 3 rows a point. Activations lie as [patch][input][value, du, dv][point], so that
// neighbouring invocations read neighbouring words, while the weights are the same for a whole workgroup.

struct Work {
    // Layer: real inputs, outputs padded to the block, vec4s from one patch's weights to the next.
    inputs: u32,
    outputs: u32,
    patch_stride: u32,
    // Width of the source activations, padded.
    source_width: u32,
    // Chunk: points of it a patch, its first point, its first patch.
    points: u32,
    first_point: u32,
    first_patch: u32,
    // Grid: points along a side, points of a whole patch, distance of two in uv.
    side: u32,
    patch_points: u32,
    spacing: f32,
    // Width of the latent bias' rows.
    bias_width: u32,
    _pad: u32,
}

@group(0) @binding(0) var<uniform> work: Work;
@group(0) @binding(1) var<storage, read> weights: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> source: array<f32>;
@group(0) @binding(3) var<storage, read_write> target_rows: array<f32>;
@group(0) @binding(4) var<storage, read> latent_bias: array<f32>;
@group(0) @binding(5) var<storage, read_write> surface: array<f32>;

// e^x to about 1 ulp. Drivers may give `exp` a few thousand ulps (WGSL asks for 3 + 2|x|, software ones miss even
// that), and the error would show in the normals. Cody and Waite's range reduction, Cephes' polynomial.
fn exp_exact(argument: f32) -> f32 {
    let x = clamp(argument, -87.0, 88.0);
    let n = floor(x * 1.44269504 + 0.5);
    let r = (x - n * 0.693359375) + n * 2.12194440e-4;
    var p = 1.9875691500e-4;
    p = p * r + 1.3981999507e-3;
    p = p * r + 8.3334519073e-3;
    p = p * r + 4.1665795894e-2;
    p = p * r + 1.6666665459e-1;
    p = p * r + 5.0000001201e-1;
    let mantissa = p * r * r + r + 1.0;
    return mantissa * bitcast<f32>(u32(i32(n) + 127) << 23u);
}

// ln(1 + y) for y in 0..=1, as 2 artanh(y / (2 + y)): exact for tiny y too.
fn log1p_unit(y: f32) -> f32 {
    let s = y / (2.0 + y);
    let q = s * s;
    var p = 1.0 / 17.0;
    p = p * q + 1.0 / 15.0;
    p = p * q + 1.0 / 13.0;
    p = p * q + 1.0 / 11.0;
    p = p * q + 1.0 / 9.0;
    p = p * q + 1.0 / 7.0;
    p = p * q + 1.0 / 5.0;
    p = p * q + 1.0 / 3.0;
    p = p * q + 1.0;
    return 2.0 * s * p;
}

// (act(a), act'(a))
fn activate(a: f32) -> vec2<f32> {
    if ACTIVATION == 0u {
        return select(vec2(0.0, 0.0), vec2(a, 1.0), a > 0.0);
    }
    // sigmoid(a) from e^-|a|, which can't overflow.
    let e = exp_exact(-abs(a));
    let larger = 1.0 / (1.0 + e);
    let sigmoid = select(e * larger, larger, a >= 0.0);
    if ACTIVATION == 1u {
        return vec2(max(a, 0.0) + log1p_unit(e), sigmoid);
    }
    let rest = select(larger, e * larger, a >= 0.0);
    return vec2(a * sigmoid, sigmoid * (1.0 + a * rest));
}

fn grid_uv(point: u32) -> vec2<f32> {
    let at = vec2(point % work.side, point / work.side);
    return select(vec2<f32>(at) * work.spacing, vec2(1.0, 1.0), at + 1u == vec2(work.side));
}

fn row(width: u32, patch_in_chunk: u32, k: u32, component: u32) -> u32 {
    return ((patch_in_chunk * width + k) * 3u + component) * work.points;
}

// Layer 0: uv -> H0. One invocation a point and block of 8 outputs.
@compute @workgroup_size(64, 1, 1)
fn first(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let point = group.x * 64u + lane;
    if point >= work.points {
        return;
    }
    let uv = grid_uv(work.first_point + point);
    let base = group.z * work.patch_stride;
    let bias = (work.first_patch + group.z) * work.bias_width;
    for (var part = 0u; part < 2u; part++) {
        let block = group.y * 2u + part;
        let along_u = weights[base + block];
        let along_v = weights[base + work.outputs / 4u + block];
        for (var i = 0u; i < 4u; i++) {
            let k = block * 4u + i;
            if k < work.bias_width {
                let a = uv.x * along_u[i] + uv.y * along_v[i] + latent_bias[bias + k];
                let act = activate(a);
                target_rows[row(work.outputs, group.z, k, 0u) + point] = act.x;
                target_rows[row(work.outputs, group.z, k, 1u) + point] = act.y * along_u[i];
                target_rows[row(work.outputs, group.z, k, 2u) + point] = act.y * along_v[i];
            }
        }
    }
}

fn store(patch_in_chunk: u32, k: u32, point: u32, value: vec4<f32>, du: vec4<f32>, dv: vec4<f32>) {
    for (var i = 0u; i < 4u; i++) {
        let act = activate(value[i]);
        target_rows[row(work.outputs, patch_in_chunk, k + i, 0u) + point] = act.x;
        target_rows[row(work.outputs, patch_in_chunk, k + i, 1u) + point] = act.y * du[i];
        target_rows[row(work.outputs, patch_in_chunk, k + i, 2u) + point] = act.y * dv[i];
    }
}

// A hidden layer. One invocation holds 2 points x (value, du, dv) x 8 outputs in registers: 48 multiply-adds for 6
// words of activations.
@compute @workgroup_size(64, 1, 1)
fn hidden(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let points = work.points;
    let one = group.x * 128u + lane;
    let two = one + 64u;
    // Clamped, so that every invocation runs the same loop; only real points are stored.
    let p = min(one, points - 1u);
    let q = min(two, points - 1u);
    let columns = work.outputs / 4u;
    var w = group.z * work.patch_stride + group.y * 2u;
    var at = row(work.source_width, group.z, 0u, 0u);

    let bias = group.z * work.patch_stride + work.inputs * columns + group.y * 2u;
    var p_value_a = weights[bias];
    var p_value_b = weights[bias + 1u];
    var q_value_a = p_value_a;
    var q_value_b = p_value_b;
    var p_du_a = vec4(0.0);
    var p_du_b = vec4(0.0);
    var p_dv_a = vec4(0.0);
    var p_dv_b = vec4(0.0);
    var q_du_a = vec4(0.0);
    var q_du_b = vec4(0.0);
    var q_dv_a = vec4(0.0);
    var q_dv_b = vec4(0.0);
    for (var k = 0u; k < work.inputs; k++) {
        let a = weights[w];
        let b = weights[w + 1u];
        let pv = source[at + p];
        let pu = source[at + points + p];
        let pw = source[at + 2u * points + p];
        let qv = source[at + q];
        let qu = source[at + points + q];
        let qw = source[at + 2u * points + q];
        p_value_a += a * pv;
        p_value_b += b * pv;
        p_du_a += a * pu;
        p_du_b += b * pu;
        p_dv_a += a * pw;
        p_dv_b += b * pw;
        q_value_a += a * qv;
        q_value_b += b * qv;
        q_du_a += a * qu;
        q_du_b += b * qu;
        q_dv_a += a * qw;
        q_dv_b += b * qw;
        w += columns;
        at += 3u * points;
    }
    let k = group.y * 8u;
    if one < points {
        store(group.z, k, one, p_value_a, p_du_a, p_dv_a);
        store(group.z, k + 4u, one, p_value_b, p_du_b, p_dv_b);
    }
    if two < points {
        store(group.z, k, two, q_value_a, q_du_a, q_dv_a);
        store(group.z, k + 4u, two, q_value_b, q_du_b, q_dv_b);
    }
}

// f_u x f_v at unit length. Tangents are brought to size 1 first, so that tiny ones don't underflow; where they
// vanish or are parallel there is no normal, and +Y stands for it as in mesh::unit.
fn unit_normal(f_u: vec3<f32>, f_v: vec3<f32>) -> vec3<f32> {
    let size_u = max(abs(f_u.x), max(abs(f_u.y), abs(f_u.z)));
    let size_v = max(abs(f_v.x), max(abs(f_v.y), abs(f_v.z)));
    if size_u < 1e-30 || size_v < 1e-30 {
        return vec3(0.0, 1.0, 0.0);
    }
    let n = cross(f_u / size_u, f_v / size_v);
    let size = max(abs(n.x), max(abs(n.y), abs(n.z)));
    if size < 1e-30 {
        return vec3(0.0, 1.0, 0.0);
    }
    let m = n / size;
    return m / sqrt(dot(m, m));
}

// The output layer, 3 outputs: position, normal, first fundamental form. One invocation a point. Its loop ends at a constant:
// where a short loop ends at a uniform, lavapipe compiles the shader anew for every dispatch, and keeps each.
@compute @workgroup_size(64, 1, 1)
fn last(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let point = group.x * 64u + lane;
    if point >= work.points {
        return;
    }
    let base = group.z * work.patch_stride;
    var at = row(work.source_width, group.z, 0u, 0u) + point;
    var f = weights[base + LAST_INPUTS].xyz;
    var f_u = vec3(0.0);
    var f_v = vec3(0.0);
    for (var k = 0u; k < LAST_INPUTS; k++) {
        let w = weights[base + k].xyz;
        f += w * source[at];
        f_u += w * source[at + work.points];
        f_v += w * source[at + 2u * work.points];
        at += 3u * work.points;
    }
    if TANH {
        let e = vec3(exp_exact(-2.0 * abs(f.x)), exp_exact(-2.0 * abs(f.y)), exp_exact(-2.0 * abs(f.z)));
        let slope = OUTPUT_SCALE * 4.0 * e / ((1.0 + e) * (1.0 + e));
        f = OUTPUT_SCALE * sign(f) * (1.0 - e) / (1.0 + e);
        f_u *= slope;
        f_v *= slope;
    } else {
        f *= OUTPUT_SCALE;
        f_u *= OUTPUT_SCALE;
        f_v *= OUTPUT_SCALE;
    }
    let normal = unit_normal(f_u, f_v);
    let form = vec3(dot(f_u, f_u), dot(f_u, f_v), dot(f_v, f_v));
    let out = ((work.first_patch + group.z) * work.patch_points + work.first_point + point) * SURFACE_STRIDE;
    for (var i = 0u; i < 3u; i++) {
        surface[out + i] = f[i];
        surface[out + 3u + i] = normal[i];
        surface[out + 6u + i] = form[i];
    }
}
