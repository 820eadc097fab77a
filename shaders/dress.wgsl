// From a decoded surface to the vertices of a mesh: placement, sides, texture coordinates, colours. Costs no decode.
//
// Driven by src/viewer/dress.rs, which puts the constants in front: SURFACE_STRIDE, ATLAS_MARGIN, and the words of a
// vertex, VERTEX_STRIDE, NORMAL_AT, UV_AT, COLOR_AT (position comes first), as Bevy lays its attributes out, HEAT, a colour map at even steps,
// PULLS, how many seams and ends a point is evened at, and MEANT, TAPERS and TURNED, what sides of an end do to meet in a point.

struct Dress {
    // metres = scale * p + offset
    offset: vec3<f32>,
    scale: f32,
    // Base colour where no tint is wanted.
    color: vec4<f32>,
    // Points along a side of a patch.
    side: u32,
    patches: u32,
    // Cells along a side of the uv atlas.
    atlas_side: u32,
    // The mesh's first word in its slab.
    base: u32,
    tint: u32,
    // 0 plain, 1 area element, 2 conformal distortion, 3 the patch's value.
    paint: u32,
    // Mean area element of all patches.
    mean_area: f32,
    // Whether patches share what they disagree about at their seams (src/patchwork/even.rs).
    even: u32,
}

// What the artist does with a patch.
struct PatchState {
    offset: vec3<f32>,
    shown: f32,
    color: vec3<f32>,
    colored: f32,
    value: f32,
    marked: f32,
    _pad: vec2<f32>,
}

// A point moves by weight / 2 times what lies between its own side of a seam, or of an end, and the other.
struct Pull {
    own: vec2<f32>,
    other: vec2<f32>,
    patch_index: u32,
    weight: f32,
    // At an end, on both patches, u of its edge (src/patchwork/end.rs); negative at a seam.
    edge: f32,
    // How much of the difference between the two steps across the seam below it moves by.
    bend: f32,
    // At an end v where its band begins and v a little before the end itself; at a seam the cosines between which normals become
    // those of one surface.
    span: vec2<f32>,
    // The patches beyond the edge on this side and the other, which have it at 1 - edge.
    beyond: vec2<u32>,
    // A step into its own patch, and into the other.
    inner: array<vec2<f32>, 2>,
}

// Per patch: linear colour, and in w which side faces out.
// No uniform: software Vulkan (lavapipe) compiles a shader anew for values of uniforms that it branches by, keeps each, and
// the placement changes with every shape.
@group(0) @binding(0) var<storage, read> dress: Dress;
@group(0) @binding(1) var<storage, read> surface: array<f32>;
@group(0) @binding(2) var<storage, read> patch_looks: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> slab: array<f32>;
@group(0) @binding(4) var<storage, read> states: array<PatchState>;
// PULLS of every point.
@group(0) @binding(5) var<storage, read> pulls: array<Pull>;

// The map at t, 0 to 1.
fn heat(t: f32) -> vec3<f32> {
    var map = HEAT;
    let last = f32(8);
    let at = clamp(t, 0.0, 1.0) * last;
    let low = min(u32(at), 7u);
    return mix(map[low], map[low + 1u], at - f32(low));
}

fn read3(at: u32) -> vec3<f32> {
    return vec3(surface[at], surface[at + 1u], surface[at + 2u]);
}

// Three words of a patch's points at uv, linear between the four points around it.
fn between(patch_index: u32, uv: vec2<f32>, word: u32) -> vec3<f32> {
    let last = f32(dress.side - 1u);
    let at = clamp(uv, vec2(0.0), vec2(1.0)) * last;
    let low = min(vec2<u32>(at), vec2(dress.side - 2u));
    let share = at - vec2<f32>(low);
    let first = (patch_index * dress.side * dress.side + low.y * dress.side + low.x) * SURFACE_STRIDE + word;
    let up = first + dress.side * SURFACE_STRIDE;
    let lower = mix(read3(first), read3(first + SURFACE_STRIDE), share.x);
    let upper = mix(read3(up), read3(up + SURFACE_STRIDE), share.x);
    return mix(lower, upper, share.y);
}

// From a patch's point at uv to another's.
fn across(patch_index: u32, other: u32, uv: vec2<f32>) -> vec3<f32> {
    return between(other, uv, 0u) - between(patch_index, uv, 0u);
}

// From edge to edge at v, each as both of its patches have it, on average; twice that.
fn width(patch_index: u32, pull: Pull, v: f32) -> vec3<f32> {
    return across(patch_index, pull.patch_index, vec2(pull.edge, v))
        + across(pull.beyond.x, pull.beyond.y, vec2(1.0 - pull.edge, v));
}

// What `between` has of the normals, of unit length and on the side that faces out.
fn facing(patch_index: u32, uv: vec2<f32>) -> vec3<f32> {
    return unit(between(patch_index, uv, 3u)) * patch_looks[patch_index].w;
}

fn unit(v: vec3<f32>) -> vec3<f32> {
    let size = dot(v, v);
    return select(vec3(0.0, 1.0, 0.0), v * inverseSqrt(size), size > 1e-12);
}

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let points = dress.side * dress.side;
    let point = id.x;
    if point >= points {
        return;
    }
    let patch_index = id.y;
    let x = point % dress.side;
    let y = point / dress.side;
    let source = (patch_index * points + point) * SURFACE_STRIDE;
    let look = patch_looks[patch_index];

    let state = states[patch_index];
    var own = read3(source);
    var normal = unit(read3(source + 3u)) * look.w;
    if dress.even != 0u {
        for (var i = 0u; i < PULLS; i++) {
            let pull = pulls[(patch_index * points + point) * PULLS + i];
            if pull.weight > 0.0 || pull.bend != 0.0 {
                if pull.edge >= 0.0 {
                    let whole = width(patch_index, pull, pull.span.x);
                    let apart = width(patch_index, pull, pull.own.y);
                    let before = width(patch_index, pull, pull.span.y);
                    let size = max(dot(whole, whole), 1e-30);
                    let gap = dot(apart, whole) / size;
                    let closing = (1.0 - smoothstep(MEANT.x, MEANT.y, gap))
                        * (1.0 - smoothstep(TAPERS.x, TAPERS.y, dot(before, whole) / size));
                    let here = vec2(pull.own.x, pull.span.x);
                    own += 0.5 * pull.weight * gap * closing * across(patch_index, pull.patch_index, here);
                    let turned = pull.weight * clamp(-gap * closing / TURNED, 0.0, 1.0);
                    normal = mix(normal, facing(patch_index, here), turned);
                    continue;
                }
                let on_own = between(patch_index, pull.own, 0u);
                let on_other = between(pull.patch_index, pull.other, 0u);
                own += 0.5 * pull.weight * (on_other - on_own);
                if pull.bend != 0.0 {
                    let ahead = between(pull.patch_index, pull.inner[1], 0u) - on_other;
                    own += pull.bend * (ahead - (on_own - between(patch_index, pull.inner[0], 0u)));
                }
                let here = facing(patch_index, pull.own);
                let there = facing(pull.patch_index, pull.other);
                let alike = clamp((dot(here, there) - pull.span.x) / (pull.span.y - pull.span.x), 0.0, 1.0);
                normal += 0.5 * pull.weight * alike * (there - here);
            }
        }
        normal = unit(normal);
    }
    let whole = dress.scale * (own + state.offset) + dress.offset;
    // A hidden patch shrinks to one point, of which nothing is drawn.
    let position = select(dress.offset, whole, state.shown > 0.5);

    let uv = vec2(f32(x), f32(y)) / f32(dress.side - 1u);
    let cell = vec2(f32(patch_index % dress.atlas_side), f32(patch_index / dress.atlas_side));
    let inner = 1.0 - 2.0 * ATLAS_MARGIN;
    let atlas = (cell + ATLAS_MARGIN + vec2(uv.x, 1.0 - uv.y) * inner) / f32(dress.atlas_side);
    var color = select(dress.color, vec4(state.color, 1.0), state.colored > 0.5);
    color = select(color, vec4(look.xyz, 1.0), dress.tint != 0u);
    if dress.paint != 0u {
        let form = read3(source + 6u);
        let element = sqrt(max(form.x * form.z - form.y * form.y, 0.0));
        // Octaves from the mean, three on either side.
        let area = 0.5 + log2(max(element, 1e-12) / max(dress.mean_area, 1e-12)) / 6.0;
        // (E + G) / (2 sqrt(EG - F²)): four octaves above a square.
        let distortion = log2(max(0.5 * (form.x + form.z) / max(element, 1e-12), 1.0)) / 4.0;
        var value = state.value;
        value = select(value, area, dress.paint == 1u);
        value = select(value, distortion, dress.paint == 2u);
        color = vec4(select(heat(value), vec3(0.2), dress.paint == 3u && value < 0.0), 1.0);
    }
    if state.marked > 0.5 {
        color = vec4(mix(color.rgb, vec3(1.0, 0.36, 0.02), 0.7), 1.0);
    }

    let out = dress.base + (patch_index * points + point) * VERTEX_STRIDE;
    for (var i = 0u; i < 3u; i++) {
        slab[out + i] = position[i];
        slab[out + NORMAL_AT + i] = normal[i];
    }
    slab[out + UV_AT] = atlas.x;
    slab[out + UV_AT + 1u] = atlas.y;
    for (var i = 0u; i < 4u; i++) {
        slab[out + COLOR_AT + i] = color[i];
    }
}
