//! The WGSL, prelude and source together, passes naga's validation. No adapter is needed.
#![cfg(feature = "viewer")]

use atlasforge::viewer::dress;

fn validate(name: &str, source: &str) {
    let module = naga::front::wgsl::parse_str(source).unwrap_or_else(|e| panic!("{name}: {}", e.emit_to_string(source)));
    naga::valid::Validator::new(naga::valid::ValidationFlags::all(), naga::valid::Capabilities::empty())
        .validate(&module)
        .unwrap_or_else(|e| panic!("{name}: {}", e.emit_to_string(source)));
}

#[test]
fn dress_is_valid_without_any_capability() {
    validate("dress.wgsl", &dress::shader_source());
}
