// A matt floor that lies flat: what it throws back of the light around it is one colour, so only the key light's shadow is
// computed for a pixel. Bevy's whole shading took a third of a frame on software Vulkan here.
//
// Driven by src/viewer/studio/paint.rs. Bevy composes it (naga_oil), so it has imports.

#import bevy_pbr::{
    forward_io::VertexOutput,
    mesh_view_bindings::{lights, view},
    pbr_functions::main_pass_post_lighting_processing,
    pbr_types::pbr_input_new,
    shadows::fetch_directional_shadow,
}

// Share of the light that it throws back, linear.
@group(#{MATERIAL_BIND_GROUP}) @binding(0) var<uniform> albedo: vec3<f32>;
// What it throws back of the light from all around, cd/m².
@group(#{MATERIAL_BIND_GROUP}) @binding(1) var<uniform> around: vec3<f32>;

const UP: vec3<f32> = vec3(0.0, 1.0, 0.0);

@fragment
fn fragment(in: VertexOutput) -> @location(0) vec4<f32> {
    var radiance = around;
    if lights.n_directional_lights > 0u {
        let along = vec4(view.view_from_world[0].z, view.view_from_world[1].z, view.view_from_world[2].z,
            view.view_from_world[3].z);
        let depth = dot(along, in.world_position);
        let shadow = fetch_directional_shadow(0u, in.world_position, UP, depth, in.position.xy);
        let key = &lights.directional_lights[0];
        // Lambert's law.
        let facing = max((*key).direction_to_light.y, 0.0);
        radiance += albedo * (*key).color.rgb * (facing * shadow / 3.14159265);
    }
    var input = pbr_input_new();
    input.frag_coord = in.position;
    return main_pass_post_lighting_processing(input, vec4(view.exposure * radiance, in.color.a));
}
