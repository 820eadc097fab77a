//! glTF 2.0 and GLB: all triangles of the scene in world space. Materials, skins, morph targets and animations are
//! passed over: a skinned mesh is read in the pose of its vertices.

use std::path::Path;

use serde::Deserialize;

use super::accessor::{self, Accessor, Buffer, Store, View, wrong};
use super::{Fault, packed};
use crate::mesh::{Mesh, unit};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Document {
    asset: Asset,
    scene: Option<usize>,
    #[serde(default)]
    scenes: Vec<Scene>,
    #[serde(default)]
    nodes: Vec<Node>,
    #[serde(default)]
    meshes: Vec<MeshEntry>,
    #[serde(default)]
    accessors: Vec<Accessor>,
    #[serde(default)]
    buffer_views: Vec<View>,
    #[serde(default)]
    buffers: Vec<Buffer>,
    #[serde(default)]
    extensions_required: Vec<String>,
}

#[derive(Deserialize)]
struct Asset {
    version: String,
}

#[derive(Deserialize)]
struct Scene {
    #[serde(default)]
    nodes: Vec<usize>,
}

#[derive(Deserialize)]
struct Node {
    #[serde(default)]
    children: Vec<usize>,
    mesh: Option<usize>,
    matrix: Option<[f64; 16]>,
    translation: Option<[f64; 3]>,
    /// Quaternion x, y, z, w.
    rotation: Option<[f64; 4]>,
    scale: Option<[f64; 3]>,
}

#[derive(Deserialize)]
struct MeshEntry {
    primitives: Vec<Primitive>,
}

#[derive(Deserialize)]
struct Primitive {
    attributes: Attributes,
    indices: Option<usize>,
    #[serde(default = "triangles_mode")]
    mode: u32,
}

#[derive(Deserialize)]
struct Attributes {
    #[serde(rename = "POSITION")]
    position: Option<usize>,
    #[serde(rename = "NORMAL")]
    normal: Option<usize>,
}

fn triangles_mode() -> u32 {
    4
}

/// Extensions that a file may require without changing its geometry, and those that are read: quantisation and compression.
fn is_known_extension(name: &str) -> bool {
    ["KHR_mesh_quantization", "EXT_meshopt_compression", "KHR_meshopt_compression"].contains(&name)
        || ["KHR_materials_", "KHR_texture_", "KHR_lights_", "EXT_texture_", "MSFT_texture_"]
            .iter()
            .any(|p| name.starts_with(p))
}

/// The JSON and, in a GLB, the binary chunk.
fn split(bytes: &[u8]) -> Result<(&[u8], Option<&[u8]>), Fault> {
    if !bytes.starts_with(b"glTF") {
        return Ok((bytes, None));
    }
    let word = |at: usize| -> Result<u32, Fault> {
        let four = bytes.get(at..at + 4).ok_or_else(|| wrong("it is truncated"))?;
        Ok(u32::from_le_bytes([four[0], four[1], four[2], four[3]]))
    };
    let (version, length) = (word(4)?, word(8)? as usize);
    if version != 2 {
        return Err(wrong(format!("it is GLB version {version}, only 2 is known")));
    }
    if length > bytes.len() {
        return Err(wrong(format!("its header claims {length} bytes, the file has {}", bytes.len())));
    }
    let chunk = |at: usize, kind: u32| -> Result<&[u8], Fault> {
        let size = word(at)? as usize;
        if word(at + 4)? != kind {
            return Err(wrong("its chunks are not JSON and BIN"));
        }
        let data = bytes[..length].get(at + 8..).and_then(|rest| rest.get(..size));
        data.ok_or_else(|| wrong("a chunk reaches past the end of the file"))
    };
    let json = chunk(12, 0x4e4f_534a)?;
    // Chunks start at multiples of four bytes.
    let next = (20 + json.len()).next_multiple_of(4);
    let binary = if next + 8 <= length { Some(chunk(next, 0x004e_4942)?) } else { None };
    Ok((json, binary))
}

fn not_json(error: serde_json::Error) -> Fault {
    wrong(error.to_string())
}

/// `asset.extras`.
pub(super) fn extras(bytes: &[u8]) -> Result<Option<serde_json::Value>, Fault> {
    #[derive(Deserialize)]
    struct Only {
        asset: OnlyExtras,
    }
    #[derive(Deserialize)]
    struct OnlyExtras {
        extras: Option<serde_json::Value>,
    }
    let only: Only = serde_json::from_slice(split(bytes)?.0).map_err(not_json)?;
    Ok(only.asset.extras)
}

pub(super) fn read(bytes: &[u8], folder: Option<&Path>) -> Result<Mesh, Fault> {
    let (json, chunk) = split(bytes)?;
    let mut document: Document = serde_json::from_slice(json).map_err(not_json)?;
    if !document.asset.version.starts_with("2.") {
        return Err(wrong(format!("it is glTF version {:.10}, only 2 is known", document.asset.version)));
    }
    if let Some(name) = document.extensions_required.iter().find(|name| !is_known_extension(name)) {
        return Err(Fault::Unsupported(format!("the glTF extension {name:.60}")));
    }
    let mut buffers = accessor::load(&document.buffers, chunk, folder)?;
    packed::unpack(&mut document.buffer_views, &mut buffers)?;
    // Instances may repeat geometry, but not without bound: a million elements, or as many as there are bytes.
    let limit = 1_000_000 + (bytes.len() + buffers.iter().map(|b| b.len()).sum::<usize>()) as u64;
    let store = Store { buffers, views: &document.buffer_views, accessors: &document.accessors, limit };
    let mut scene = Mesh::default();
    for (mesh, transform) in instances(&document)? {
        let entry = document.meshes.get(mesh).ok_or_else(|| wrong(format!("there is no mesh {mesh}")))?;
        for primitive in &entry.primitives {
            let Some(mut piece) = read_primitive(primitive, &store)? else { continue };
            transform.apply(&mut piece);
            scene.append(&piece);
            if scene.positions.len().max(scene.triangles.len()) as u64 > limit {
                return Err(wrong("its nodes repeat its meshes more often than can be held"));
            }
        }
    }
    Ok(scene)
}

/// Every mesh that the scene shows, with its transform to the world.
fn instances(document: &Document) -> Result<Vec<(usize, Affine)>, Fault> {
    let nodes = &document.nodes;
    if nodes.is_empty() {
        return Ok((0..document.meshes.len()).map(|mesh| (mesh, Affine::IDENTITY)).collect());
    }
    let mut has_parent = vec![false; nodes.len()];
    for &child in nodes.iter().flat_map(|n| &n.children) {
        let slot = has_parent.get_mut(child).ok_or_else(|| wrong(format!("there is no node {child}")))?;
        if std::mem::replace(slot, true) {
            return Err(wrong(format!("node {child} has two parents")));
        }
    }
    let roots: Vec<usize> = (0..nodes.len()).filter(|&i| !has_parent[i]).collect();
    // With one parent each, the nodes that no root reaches form a cycle.
    if walk(nodes, &roots)?.len() < nodes.len() {
        return Err(wrong("its nodes form a cycle"));
    }
    let shown = match document.scene.or((!document.scenes.is_empty()).then_some(0)) {
        Some(i) => &document.scenes.get(i).ok_or_else(|| wrong(format!("there is no scene {i}")))?.nodes,
        None => &roots,
    };
    let found = walk(nodes, shown)?;
    Ok(found.into_iter().filter_map(|(node, transform)| Some((nodes[node].mesh?, transform))).collect())
}

/// Depth first over an explicit stack, so that depth is no limit; a node is visited at most once.
fn walk(nodes: &[Node], roots: &[usize]) -> Result<Vec<(usize, Affine)>, Fault> {
    let mut seen = vec![false; nodes.len()];
    let mut stack: Vec<(usize, Affine)> = roots.iter().rev().map(|&i| (i, Affine::IDENTITY)).collect();
    let mut found = Vec::new();
    while let Some((i, parent)) = stack.pop() {
        let node = nodes.get(i).ok_or_else(|| wrong(format!("there is no node {i}")))?;
        if std::mem::replace(&mut seen[i], true) {
            return Err(wrong(format!("node {i} is reached twice")));
        }
        let world = parent.then(&Affine::of(node));
        found.push((i, world));
        stack.extend(node.children.iter().rev().map(|&child| (child, world)));
    }
    Ok(found)
}

/// `None` for lines.
fn read_primitive(primitive: &Primitive, store: &Store) -> Result<Option<Mesh>, Fault> {
    let position = primitive.attributes.position.ok_or_else(|| wrong("a primitive has no POSITION"))?;
    if (1..=3).contains(&primitive.mode) {
        return Ok(None);
    }
    let positions = store.vectors(position)?;
    let normals = primitive.attributes.normal.map_or(Ok(Vec::new()), |i| store.vectors(i))?;
    if !normals.is_empty() && normals.len() != positions.len() {
        return Err(wrong(format!("{} normals for {} positions", normals.len(), positions.len())));
    }
    let normals = normals.into_iter().map(unit).collect();
    let mut mesh = Mesh { positions, normals, ..Default::default() };
    if primitive.mode == 0 {
        return Ok(Some(mesh));
    }
    let corners = match primitive.indices {
        Some(i) => store.indices(i)?,
        None => (0..mesh.positions.len() as u32).collect(),
    };
    mesh.triangles = match primitive.mode {
        4 => corners.as_chunks().0.to_vec(),
        // Every second triangle of a strip is turned, to keep one orientation.
        5 => corners
            .windows(3)
            .enumerate()
            .map(|(i, w)| if i % 2 == 0 { [w[0], w[1], w[2]] } else { [w[0], w[2], w[1]] })
            .collect(),
        6 => corners.windows(2).skip(1).map(|w| [w[0], w[1], corners[0]]).collect(),
        mode => return Err(wrong(format!("primitive mode {mode} is unknown"))),
    };
    // Checked here, because appending shifts the indices.
    mesh.validate().map_err(Fault::Mesh)?;
    Ok(Some(mesh))
}

/// `p -> linear p + offset`; rows of the linear part, in f64 so that deep trees lose nothing.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Affine {
    linear: [[f64; 3]; 3],
    offset: [f64; 3],
}

impl Affine {
    const IDENTITY: Self = Self { linear: [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]], offset: [0.0; 3] };

    /// A node's local transform: its matrix (columns first), or translation x rotation x scale.
    fn of(node: &Node) -> Self {
        if let Some(m) = node.matrix {
            let linear = std::array::from_fn(|r| std::array::from_fn(|c| m[4 * c + r]));
            return Self { linear, offset: [m[12], m[13], m[14]] };
        }
        let [x, y, z, w] = node.rotation.unwrap_or([0.0, 0.0, 0.0, 1.0]);
        let length = (x * x + y * y + z * z + w * w).sqrt();
        let [x, y, z, w] = if length > 0.0 { [x, y, z, w].map(|v| v / length) } else { [0.0, 0.0, 0.0, 1.0] };
        let rotation = [
            [1.0 - 2.0 * (y * y + z * z), 2.0 * (x * y - z * w), 2.0 * (x * z + y * w)],
            [2.0 * (x * y + z * w), 1.0 - 2.0 * (x * x + z * z), 2.0 * (y * z - x * w)],
            [2.0 * (x * z - y * w), 2.0 * (y * z + x * w), 1.0 - 2.0 * (x * x + y * y)],
        ];
        let scale = node.scale.unwrap_or([1.0; 3]);
        let linear = rotation.map(|row| std::array::from_fn(|c| row[c] * scale[c]));
        Self { linear, offset: node.translation.unwrap_or_default() }
    }

    fn linear_times(&self, v: [f64; 3]) -> [f64; 3] {
        self.linear.map(|row| row[0] * v[0] + row[1] * v[1] + row[2] * v[2])
    }

    /// First `inner`, then this.
    fn then(&self, inner: &Self) -> Self {
        let column = |c: usize| self.linear_times(inner.linear.map(|row| row[c]));
        let [a, b, c] = [column(0), column(1), column(2)];
        let moved = self.linear_times(inner.offset);
        Self {
            linear: std::array::from_fn(|r| [a[r], b[r], c[r]]),
            offset: std::array::from_fn(|r| moved[r] + self.offset[r]),
        }
    }

    /// Positions by the transform, normals by its inverse transpose, winding turned where it mirrors.
    fn apply(&self, mesh: &mut Mesh) {
        if *self == Self::IDENTITY {
            return;
        }
        for p in &mut mesh.positions {
            let q = self.linear_times(p.map(f64::from));
            *p = std::array::from_fn(|i| (q[i] + self.offset[i]) as f32);
        }
        // The cofactors are the inverse transpose times the determinant: no division, so flat scales work too.
        let m = &self.linear;
        let cofactor: [[f64; 3]; 3] = std::array::from_fn(|r| {
            let (a, b) = (m[(r + 1) % 3], m[(r + 2) % 3]);
            [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
        });
        let determinant: f64 = (0..3).map(|c| m[0][c] * cofactor[0][c]).sum();
        let sign = if determinant < 0.0 { -1.0 } else { 1.0 };
        for n in &mut mesh.normals {
            let v = n.map(f64::from);
            *n = unit(cofactor.map(|row| (sign * (row[0] * v[0] + row[1] * v[1] + row[2] * v[2])) as f32));
        }
        if determinant < 0.0 {
            mesh.triangles.iter_mut().for_each(|t| t.swap(1, 2));
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// A document over one `data:` buffer: positions of a unit right triangle and a fourth corner (48 bytes),
    /// u8 indices 0 1 2 (padded to 4 bytes), sparse u16 index 3 (padded), one replacement position (12 bytes).
    fn document() -> Value {
        let mut data: Vec<u8> = Vec::new();
        for x in [0.0f32, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 1.0, 1.0, 0.0] {
            data.extend(x.to_le_bytes());
        }
        data.extend([0, 1, 2, 9, 3, 0, 9, 9]);
        for x in [2.0f32, 2.0, 5.0] {
            data.extend(x.to_le_bytes());
        }
        let uri: String = data.iter().map(|b| format!("%{b:02x}")).collect();
        json!({
            "asset": {"version": "2.0"},
            "buffers": [{"byteLength": data.len(), "uri": format!("data:application/octet-stream,{uri}")}],
            "bufferViews": [
                {"buffer": 0, "byteLength": 48},
                {"buffer": 0, "byteOffset": 48, "byteLength": 3},
                {"buffer": 0, "byteOffset": 52, "byteLength": 2},
                {"buffer": 0, "byteOffset": 56, "byteLength": 12}
            ],
            "accessors": [
                {"bufferView": 0, "componentType": 5126, "count": 4, "type": "VEC3"},
                {"bufferView": 1, "componentType": 5121, "count": 3, "type": "SCALAR"}
            ],
            "meshes": [{"primitives": [{"attributes": {"POSITION": 0}, "indices": 1}]}],
            "nodes": [{"mesh": 0}],
            "scenes": [{"nodes": [0]}],
            "scene": 0
        })
    }

    fn parse(document: &Value) -> Result<Mesh, Fault> {
        read(document.to_string().as_bytes(), None)
    }

    fn refused(change: impl Fn(&mut Value)) -> String {
        let mut document = document();
        change(&mut document);
        parse(&document).and_then(|m| m.validate().map_err(Fault::Mesh)).unwrap_err().to_string()
    }

    #[test]
    fn bytes_as_indices_and_strips_and_fans() {
        let mut d = document();
        assert_eq!(parse(&d).unwrap().triangles, [[0, 1, 2]]);
        d["meshes"][0]["primitives"][0].as_object_mut().unwrap().remove("indices");
        assert_eq!(parse(&d).unwrap().triangles, [[0, 1, 2]], "four corners without indices: one triangle");
        d["meshes"][0]["primitives"][0]["mode"] = 5.into();
        assert_eq!(parse(&d).unwrap().triangles, [[0, 1, 2], [1, 3, 2]]);
        d["meshes"][0]["primitives"][0]["mode"] = 6.into();
        assert_eq!(parse(&d).unwrap().triangles, [[1, 2, 0], [2, 3, 0]]);
        d["meshes"][0]["primitives"][0]["mode"] = 0.into();
        assert!(parse(&d).unwrap().triangles.is_empty());
    }

    #[test]
    fn sparse_values_replace_the_base_or_zeros() {
        let mut d = document();
        d["accessors"][0]["sparse"] = json!({
            "count": 1,
            "indices": {"bufferView": 2, "componentType": 5123},
            "values": {"bufferView": 3}
        });
        assert_eq!(parse(&d).unwrap().positions[2..], [[0.0, 1.0, 0.0], [2.0, 2.0, 5.0]]);
        d["accessors"][0].as_object_mut().unwrap().remove("bufferView");
        assert_eq!(parse(&d).unwrap().positions[2..], [[0.0; 3], [2.0, 2.0, 5.0]]);
        d["accessors"][0]["count"] = 3.into();
        assert!(parse(&d).unwrap_err().to_string().contains("element 3 of 3"));
    }

    #[test]
    fn a_mirroring_node_turns_the_winding_and_keeps_normals_outward() {
        let mut d = document();
        // The positions double as normals here: (0, 1, 0) of vertex 2 is what the test looks at.
        d["meshes"][0]["primitives"][0]["attributes"]["NORMAL"] = 0.into();
        d["nodes"] = json!([
            {"children": [1], "translation": [0.0, 0.0, 10.0], "scale": [1.0, 4.0, 1.0]},
            {"mesh": 0, "scale": [-2.0, 1.0, 1.0], "rotation": [0.0, 0.0, 0.0, 1.0]}
        ]);
        let mesh = parse(&d).unwrap();
        assert_eq!(mesh.triangles, [[0, 2, 1]]);
        assert_eq!(mesh.positions[1..3], [[-2.0, 0.0, 10.0], [0.0, 4.0, 10.0]]);
        assert_eq!(mesh.normals[1..3], [[-1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]);
        // A quarter turn about z as a matrix, columns first.
        d["nodes"] = json!([{"mesh": 0, "matrix": [0, 1, 0, 0, -1, 0, 0, 0, 0, 0, 1, 0, 7, 0, 0, 1]}]);
        assert_eq!(parse(&d).unwrap().positions[1], [7.0, 1.0, 0.0]);
        d["nodes"] = json!([{"mesh": 0, "rotation": [0.0, 0.0, 1.0, 1.0]}]);
        let p = parse(&d).unwrap().positions[1];
        assert!((p[1] - 1.0).abs() < 1e-6 && p[0].abs() < 1e-6, "a quaternion is normalised: {p:?}");
    }

    #[test]
    fn several_meshes_are_merged_and_instances_bounded() {
        let mut d = document();
        d["meshes"] = json!([d["meshes"][0], d["meshes"][0]]);
        d["nodes"] = json!([{"mesh": 0, "children": [1, 2]}, {"mesh": 1}, {"mesh": 1}]);
        assert_eq!(parse(&d).unwrap().triangles, [[0, 1, 2], [4, 5, 6], [8, 9, 10]]);
        let primitive = d["meshes"][0]["primitives"][0].clone();
        d["meshes"][0]["primitives"] = vec![primitive; 600].into();
        d["nodes"] = vec![json!({"mesh": 0}); 1000].into();
        d["scenes"][0]["nodes"] = (0..1000).collect::<Vec<_>>().into();
        assert!(parse(&d).unwrap_err().to_string().contains("more often"));
    }

    #[test]
    fn hostile_documents_are_refused() {
        let huge = u64::MAX;
        assert!(refused(|d| d["accessors"][0]["count"] = huge.into()).contains("more than the file can hold"));
        assert!(refused(|d| d["accessors"][0]["count"] = 5.into()).contains("past its data"));
        assert!(refused(|d| d["accessors"][0]["byteOffset"] = huge.into()).contains("past its data"));
        assert!(refused(|d| d["accessors"][1]["count"] = 4.into()).contains("past its data"));
        assert!(refused(|d| d["accessors"][1]["componentType"] = 5126.into()).contains("unsigned"));
        assert!(refused(|d| d["accessors"][0]["type"] = "VEC2".into()).contains("VEC2"));
        assert!(refused(|d| d["bufferViews"][0]["byteStride"] = 4.into()).contains("stride"));
        assert!(refused(|d| d["bufferViews"][0]["byteStride"] = huge.into()).contains("past its data"));
        assert!(refused(|d| d["bufferViews"][0]["byteOffset"] = huge.into()).contains("past its data"));
        assert!(refused(|d| d["bufferViews"][0]["buffer"] = 7.into()).contains("no buffer 7"));
        assert!(refused(|d| d["buffers"][0]["byteLength"] = 4_000_000_000u64.into()).contains("truncated"));
        assert!(refused(|d| d["buffers"][0]["uri"] = "../x.bin".into()).contains("external"));
        assert!(refused(|d| d["meshes"][0]["primitives"][0]["indices"] = 9.into()).contains("no accessor 9"));
        assert!(refused(|d| d["nodes"][0]["mesh"] = 3.into()).contains("no mesh 3"));
        assert!(refused(|d| d["scenes"][0]["nodes"][0] = 3.into()).contains("no node 3"));
        assert!(refused(|d| d["scene"] = 3.into()).contains("no scene 3"));
        assert!(refused(|d| d["nodes"][0]["children"] = json!([0])).contains("cycle"));
        assert!(refused(|d| d["nodes"] = json!([{"mesh": 0}, {"children": [2]}, {"children": [1]}])).contains("cycle"));
        let two_parents = json!([{"children": [2]}, {"children": [2]}, {"mesh": 0}]);
        assert!(refused(|d| d["nodes"] = two_parents.clone()).contains("two parents"));
        assert!(refused(|d| d["nodes"][0]["scale"] = json!([1e30, 1e30, 1e30])).contains("can't be processed"));
        assert!(refused(|d| d["asset"]["version"] = "1.0".into()).contains("version"));
        let compressed = json!(["KHR_draco_mesh_compression"]);
        assert!(refused(|d| d["extensionsRequired"] = compressed.clone()).contains("KHR_draco_mesh_compression"));
        assert!(refused(|d| d["meshes"] = json!([])).contains("no mesh 0"));
        assert!(refused(|d| d["scenes"][0]["nodes"] = json!([])).contains("no vertices"));
    }

    #[test]
    fn a_deep_chain_of_nodes_is_walked() {
        let mut d = document();
        let mut nodes: Vec<Value> = (1..50_000).map(|i| json!({"children": [i], "translation": [0, 0, 1]})).collect();
        nodes.push(json!({"mesh": 0}));
        d["nodes"] = nodes.into();
        assert_eq!(parse(&d).unwrap().positions[0], [0.0, 0.0, 49_999.0]);
    }

    #[test]
    fn extras_are_read_without_the_rest() {
        assert_eq!(
            extras(br#"{"asset": {"version": "2.0", "extras": {"latent": [1]}}}"#).unwrap(),
            Some(json!({"latent": [1]}))
        );
        assert_eq!(extras(br#"{"asset": {"version": "2.0"}}"#).unwrap(), None);
        assert!(extras(b"glTF").is_err() && extras(b"{}").is_err());
    }
}
