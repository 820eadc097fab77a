// A shape's surface: Bevy's physically based shading with a material a patch, grain, the wrap of a grip; flat facets,
// the grid's lines or points, and an x-ray view.
//
// Driven by src/viewer/studio/surface.rs. Bevy composes it (naga_oil), so it has imports.

#import bevy_pbr::{
    forward_io::{VertexOutput, FragmentOutput},
    mesh_view_bindings::view,
    pbr_bindings::{metallic_roughness_texture, metallic_roughness_sampler},
    pbr_fragment::pbr_input_from_standard_material,
    pbr_functions::{apply_pbr_lighting, main_pass_post_lighting_processing},
}

struct Surface {
    // Of lines, points and rays where the vertices' colours say nothing; linear.
    ink: vec4<f32>,
    mode: u32,
    flat_shaded: u32,
    // Whether the patches' materials hold; else the vertices' colours do.
    by_part: u32,
    // Cells along a side of a patch, and of the uv atlas.
    cells: f32,
    atlas_side: f32,
    margin: f32,
    // Turns of the grip's wrap a metre.
    wraps: f32,
    // Pixels of a point's radius and of a line's half width.
    pixels: f32,
    // Pixels that lines keep between them.
    spacing: f32,
    // How far right of the scene's middle the shape's own lies.
    middle: f32,
}

const SOLID: u32 = 0u;
const EDGES: u32 = 1u;
const WIREFRAME: u32 = 2u;
const POINTS: u32 = 3u;
const X_RAY: u32 = 4u;

@group(#{MATERIAL_BIND_GROUP}) @binding(100) var<uniform> surface: Surface;

fn hash(p: vec3<f32>) -> f32 {
    var q = fract(p * vec3(0.1031, 0.1030, 0.0973));
    q += dot(q, q.yxz + 33.33);
    return fract((q.x + q.y) * q.z);
}

fn noise(p: vec3<f32>) -> f32 {
    let i = floor(p);
    let f = fract(p);
    let t = f * f * (3.0 - 2.0 * f);
    let low = mix(mix(hash(i), hash(i + vec3(1.0, 0.0, 0.0)), t.x),
        mix(hash(i + vec3(0.0, 1.0, 0.0)), hash(i + vec3(1.0, 1.0, 0.0)), t.x), t.y);
    let high = mix(mix(hash(i + vec3(0.0, 0.0, 1.0)), hash(i + vec3(1.0, 0.0, 1.0)), t.x),
        mix(hash(i + vec3(0.0, 1.0, 1.0)), hash(i + vec3(1.0, 1.0, 1.0)), t.x), t.y);
    return mix(low, high, t.z);
}

// How much of a pixel an ink line at `distance` pixels covers.
fn line_cover(distance: f32, half_width: f32) -> f32 {
    return 1.0 - smoothstep(half_width - 0.5, half_width + 0.7, distance);
}

@fragment
fn fragment(in: VertexOutput, @builtin(front_facing) is_front: bool) -> FragmentOutput {
    // Derivatives first, while all pixels of a quad are on the same way.
    let position = in.world_position.xyz;
    let dx = dpdx(position);
    let dy = dpdy(position);
    let scale = surface.atlas_side * surface.cells / (1.0 - 2.0 * surface.margin);
    let grid_dx = dpdx(in.uv) * scale * vec2(1.0, -1.0);
    let grid_dy = dpdy(in.uv) * scale * vec2(1.0, -1.0);
    let inner = (fract(in.uv * surface.atlas_side) - surface.margin) / (1.0 - 2.0 * surface.margin);
    let grid = vec2(inner.x, 1.0 - inner.y) * surface.cells;
    let part = textureSampleLevel(metallic_roughness_texture, metallic_roughness_sampler, in.uv, 0.0);

    var pbr = pbr_input_from_standard_material(in, is_front);
    if surface.flat_shaded != 0u {
        let facet = cross(dx, dy);
        let length_squared = dot(facet, facet);
        if length_squared > 1e-30 {
            let n = facet * inverseSqrt(length_squared);
            pbr.N = select(n, -n, dot(n, pbr.V) < 0.0);
            pbr.world_normal = pbr.N;
        }
    }

    if surface.by_part != 0u {
        let footprint = max(length(dx), length(dy));
        if part.a < 0.5 && surface.wraps > 0.0 {
            // A strap wound around the grip, and the seam between its turns.
            let turn = position.y * surface.wraps + atan2(position.z, position.x - surface.middle) / 6.2831853;
            let across = fract(turn) * 2.0 - 1.0;
            let seen = saturate(1.0 - 1.6 * footprint * surface.wraps);
            let bulge = across * across * across;
            pbr.N = normalize(pbr.N + vec3(0.0, 0.75 * bulge * seen, 0.0));
            let seam = smoothstep(0.72, 1.0, abs(across)) * seen;
            pbr.material.base_color = vec4(pbr.material.base_color.rgb * (1.0 - 0.75 * seam), 1.0);
            pbr.diffuse_occlusion *= 1.0 - 0.5 * seam;
            pbr.specular_occlusion *= 1.0 - 0.8 * seam;
        }
        if part.r > 0.01 {
            // Fine bumps where they are large enough to be seen, mottling where they are not.
            let mottle = noise(position * 90.0) + 0.5 * noise(position * 260.0) - 0.75;
            let shade = 1.0 + 0.45 * part.r * mottle;
            pbr.material.base_color = vec4(pbr.material.base_color.rgb * shade, 1.0);
            pbr.material.perceptual_roughness =
                clamp(pbr.material.perceptual_roughness * (1.0 + 0.35 * part.r * mottle), 0.05, 1.0);
            let fine = saturate(1.4 - 700.0 * footprint) * part.r;
            if fine > 0.0 {
                let p = position * 900.0;
                let h = noise(p);
                let slope = vec3(noise(p + vec3(0.3, 0.0, 0.0)), noise(p + vec3(0.0, 0.3, 0.0)),
                    noise(p + vec3(0.0, 0.0, 0.3))) - h;
                pbr.N = normalize(pbr.N - 0.9 * fine * (slope - pbr.N * dot(slope, pbr.N)));
            }
        }
    }

    // Lines, points and rays tell what the vertices' colours tell; else these only tint what is marked.
    var ink = surface.ink.rgb;
#ifdef VERTEX_COLORS
    ink = select(ink * in.color.rgb, in.color.rgb, surface.by_part == 0u);
#endif
    var out: FragmentOutput;
    if surface.mode == X_RAY {
        let facing = abs(dot(pbr.N, pbr.V));
        let rim = pow(1.0 - facing, 1.6);
        out.color = vec4(ink, 0.045 + 0.75 * rim);
        out.color = main_pass_post_lighting_processing(pbr, out.color);
        return out;
    }

    // Where the grid is denser than the eye can part, every second line is drawn, or every fourth, ...; the border always.
    let per_pixel = max(vec2(length(vec2(grid_dx.x, grid_dy.x)), length(vec2(grid_dx.y, grid_dy.y))), vec2(1e-6));
    let step = exp2(max(ceil(log2(surface.spacing * per_pixel)), vec2(0.0)));
    let to_line = abs(fract(grid / step + 0.5) - 0.5) * step;
    let to_border = min(grid, surface.cells - grid);
    let from_line = min(to_line, max(to_border, vec2(0.0))) / per_pixel;
    let cell = floor(min(grid, vec2(surface.cells - 0.001)));
    let local = grid - cell;
    let falling = (u32(max(cell.x, 0.0)) + u32(max(cell.y, 0.0))) % 2u == 1u;
    let diagonal = select(local.x - local.y, local.x + local.y - 1.0, falling);
    let across = select(vec2(grid_dx.x - grid_dx.y, grid_dy.x - grid_dy.y),
        vec2(grid_dx.x + grid_dx.y, grid_dy.x + grid_dy.y), falling);
    let from_diagonal = abs(diagonal) / max(length(across), 1e-6);
    let every = f32(step.x < 1.5 && step.y < 1.5);
    let cover = max(line_cover(min(from_line.x, from_line.y), surface.pixels),
        0.65 * every * line_cover(from_diagonal, surface.pixels));

    if surface.mode == POINTS {
        // From the nearest point in pixels, so that points are round however their patch is stretched.
        let off = grid - round(grid / step) * step;
        let determinant = grid_dx.x * grid_dy.y - grid_dy.x * grid_dx.y;
        let pixel = vec2(grid_dy.y * off.x - grid_dy.x * off.y, grid_dx.x * off.y - grid_dx.y * off.x)
            / select(determinant, 1e-12, abs(determinant) < 1e-12);
        if dot(pixel, pixel) > surface.pixels * surface.pixels {
            discard;
        }
    }
    if surface.mode == WIREFRAME && cover < 0.4 {
        discard;
    }

    out.color = apply_pbr_lighting(pbr);
    if surface.mode == WIREFRAME || surface.mode == POINTS {
        // Those on the far side stay dim, so that the shape can be read.
        let nearness = select(0.16, 0.45 + 0.55 * abs(dot(pbr.N, pbr.V)), is_front);
        out.color = vec4(ink * nearness, 1.0);
    } else if surface.mode == EDGES {
        out.color = vec4(mix(out.color.rgb, surface.ink.rgb, cover * surface.ink.a), out.color.a);
    }
    out.color = main_pass_post_lighting_processing(pbr, out.color);
    return out;
}
