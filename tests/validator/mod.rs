//! Khronos' validator over files, where node and the package are at hand.

use std::{
    io::Write,
    path::{Path, PathBuf},
    process::Command,
};

/// What may be remarked: a texture is what uvs and tangents are for, and where none is baked the first one is the user's;
/// an empty node is a place to attach things to; of compressed bytes the validator sees the outside only.
const REMARKS: [(&str, &str); 5] = [
    ("UNUSED_OBJECT", "TEXCOORD_0"),
    ("UNUSED_MESH_TANGENT", "TANGENT"),
    ("NODE_EMPTY", "nodes"),
    ("UNSUPPORTED_EXTENSION", "EXT_meshopt_compression"),
    ("UNUSED_OBJECT", "/buffers/0"),
];

/// Not eprintln!, which the test harness swallows.
pub fn skipped(what: &str, why: &str) {
    writeln!(std::io::stderr(), "SKIPPED {what}: {why}").expect("stderr");
}

/// A node script of this folder's neighbours, with the packages that the environment names.
pub fn node(script: &str) -> Command {
    let mut node = Command::new("node");
    node.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join(script));
    if let Some(modules) = std::env::var_os("ATLASFORGE_NODE_MODULES") {
        node.env("NODE_PATH", modules);
    }
    node
}

/// Runs the validator over files; it must find neither an error nor a warning. Says so where it can't be run.
pub fn find_nothing(paths: &[PathBuf]) {
    let skipped = |why: &str| skipped("the Khronos validator", why);
    let output = match node("tests/validate_gltf.mjs").args(paths).output() {
        Ok(output) => output,
        Err(error) => return skipped(&format!("node can't be run ({error})")),
    };
    let said = String::from_utf8_lossy(&output.stderr);
    if output.status.code() == Some(3) {
        return skipped(&format!("{} (or ATLASFORGE_NODE_MODULES)", said.trim()));
    }
    let summary = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{summary}{said}");
    let summary: serde_json::Value = serde_json::from_str(&summary).expect("the validator's summary");
    for (file, report) in summary.as_object().expect("one entry a file") {
        for message in report["messages"].as_array().expect("messages") {
            let message = message.as_str().expect("text");
            let known = REMARKS.iter().any(|(code, of)| message.starts_with(code) && message.contains(of));
            assert!(known, "{file}: {message}");
        }
    }
}
