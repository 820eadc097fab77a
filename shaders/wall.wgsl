// The painted wall behind a shape: its vertices' colour and nothing of lighting, which software Vulkan would compute for every
// pixel even where it isn't used.
//
// Driven by src/viewer/studio/paint.rs. Bevy composes it (naga_oil), so it has imports.

#import bevy_pbr::{
    forward_io::VertexOutput,
    pbr_functions::main_pass_post_lighting_processing,
    pbr_types::pbr_input_new,
}

// How bright the paint is.
@group(#{MATERIAL_BIND_GROUP}) @binding(0) var<uniform> brightness: f32;

@fragment
fn fragment(in: VertexOutput) -> @location(0) vec4<f32> {
    var input = pbr_input_new();
    input.frag_coord = in.position;
    return main_pass_post_lighting_processing(input, vec4(brightness * in.color.rgb, 1.0));
}
