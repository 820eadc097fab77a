//! OBJ, PLY and STL, read back by crates that know nothing of us.

use atlasforge::{
    export::{Material, obj::obj, ply::ply, stl::stl},
    mesh::weld::weld,
    shapes::import::read_mesh,
};
use ply_rs_bw::{
    parser::Parser,
    ply::{DefaultElement, Property},
};

use crate::fixture::Fixture;

#[test]
fn an_obj_holds_a_group_and_a_material_a_part() {
    let fixture = Fixture::new(false);
    let skin = &fixture.levels[1];
    let materials: Vec<Material> = fixture.coats.iter().map(|coat| coat.material.clone()).collect();
    let written = obj("sword", skin, &materials, "sword.mtl", &[]).expect("a file");
    let read_mtl = |_: &std::path::Path| tobj::load_mtl_buf(&mut &written.mtl[..]);
    let options = tobj::LoadOptions { triangulate: false, single_index: true, ..Default::default() };
    let (models, read) = tobj::load_obj_buf(&mut &written.obj[..], &options, read_mtl).expect("an OBJ");
    let read = read.expect("an MTL");
    let names = |names: &mut dyn Iterator<Item = &str>| names.map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(names(&mut read.iter().map(|m| m.name.as_str())), names(&mut materials.iter().map(|m| m.name.as_str())));
    for (material, ours) in read.iter().zip(&materials) {
        let [r, g, b, _] = ours.base_color;
        assert_eq!(material.diffuse, Some([r, g, b]));
        assert_eq!(material.unknown_param.get("Pm"), Some(&ours.metallic.to_string()));
    }
    assert_eq!(models.len(), skin.parts.len());
    for (p, model) in models.iter().enumerate() {
        assert_eq!((model.name.as_str(), model.mesh.material_id), (skin.parts[p].as_str(), Some(p)));
        let ours: Vec<u32> = skin
            .mesh
            .triangles
            .iter()
            .zip(&skin.part)
            .filter(|(_, of)| usize::from(**of) == p)
            .flat_map(|(t, _)| *t)
            .collect();
        assert_eq!(model.mesh.indices.len(), ours.len());
        for (&theirs, &own) in model.mesh.indices.iter().zip(&ours) {
            let (theirs, own) = (theirs as usize, own as usize);
            assert_eq!(model.mesh.positions[3 * theirs..3 * theirs + 3], skin.mesh.positions[own]);
            assert_eq!(model.mesh.normals[3 * theirs..3 * theirs + 3], skin.mesh.normals[own]);
            let [u, v] = skin.mesh.uvs[own];
            assert_eq!(model.mesh.texcoords[2 * theirs..2 * theirs + 2], [u, 1.0 - v]);
        }
    }
}

#[test]
fn a_ply_holds_vertices_faces_and_parts() {
    let fixture = Fixture::new(false);
    let skin = &fixture.levels[1];
    let bytes = ply(&skin.mesh, &skin.part, &[]).expect("a file");
    let read = Parser::<DefaultElement>::new().read_ply(&mut &bytes[..]).expect("a PLY");
    let float = |element: &DefaultElement, name: &str| match element.get(name) {
        Some(Property::Float(x)) => *x,
        other => panic!("{name} is {other:?}"),
    };
    let vertices = &read.payload["vertex"];
    assert_eq!(vertices.len(), skin.mesh.positions.len());
    for (i, vertex) in vertices.iter().enumerate() {
        assert_eq!(["x", "y", "z"].map(|n| float(vertex, n)), skin.mesh.positions[i]);
        assert_eq!(["nx", "ny", "nz"].map(|n| float(vertex, n)), skin.mesh.normals[i]);
        assert_eq!(
            [float(vertex, "s"), 1.0 - float(vertex, "t")].map(|x| (x * 1e5).round()),
            skin.mesh.uvs[i].map(|x| (x * 1e5).round())
        );
    }
    for (i, face) in read.payload["face"].iter().enumerate() {
        assert_eq!(face.get("vertex_indices"), Some(&Property::ListUInt(skin.mesh.triangles[i].to_vec())));
        assert_eq!(face.get("part"), Some(&Property::UChar(skin.part[i])));
    }
    // Our own importer, which knows no parts, takes it as well.
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("sword.ply");
    std::fs::write(&path, &bytes).expect("a writable folder");
    let again = read_mesh(&path).expect("a mesh");
    assert_eq!((again.positions, again.triangles), (skin.mesh.positions.clone(), skin.mesh.triangles.clone()));
}

#[test]
fn an_stl_holds_the_triangles() {
    let fixture = Fixture::new(false);
    let mesh = &fixture.levels[1].mesh;
    let bytes = stl(mesh).expect("a file");
    assert_eq!(bytes.len(), 84 + 50 * mesh.triangles.len());
    let read = stl_io::read_stl(&mut std::io::Cursor::new(&bytes)).expect("an STL");
    assert_eq!(read.faces.len(), mesh.triangles.len());
    for (t, face) in read.faces.iter().enumerate() {
        let corners = face.vertices.map(|v| read.vertices[v].0);
        assert_eq!(corners, mesh.corners(t));
    }
    // Equal corners are joined again by whoever reads it.
    assert!(read.vertices.len() <= weld(mesh, 0.0).positions.len());
}
