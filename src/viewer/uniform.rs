//! Tests only: a uniform's layout in Rust held against the one that naga reads from the WGSL, so that the two can't drift.

/// Asserts that struct `name` of a shader has these fields at these offsets, in order, and this size. Padding (`_pad`)
/// counts in the size alone.
pub fn assert_layout(source: &str, name: &str, fields: &[(&str, usize)], size: usize) {
    let module = naga::front::wgsl::parse_str(source).unwrap_or_else(|e| panic!("{}", e.emit_to_string(source)));
    let (members, span) = module
        .types
        .iter()
        .find_map(|(_, t)| match &t.inner {
            naga::TypeInner::Struct { members, span } if t.name.as_deref() == Some(name) => Some((members, *span)),
            _ => None,
        })
        .unwrap_or_else(|| panic!("the shader has no struct {name}"));
    let shader: Vec<(&str, usize)> = members
        .iter()
        .map(|m| (m.name.as_deref().unwrap_or_default(), m.offset as usize))
        .filter(|(name, _)| *name != "_pad")
        .collect();
    assert_eq!((shader.as_slice(), span as usize), (fields, size));
}

/// The offsets of a struct's fields, by name.
macro_rules! offsets {
    ($type:ty: $($field:ident),+ $(,)?) => {
        [$((stringify!($field), std::mem::offset_of!($type, $field))),+]
    };
}
pub(super) use offsets;
