//! What a scene must be before it is written: glTF's readers trust what they read.

use super::ExportError;
use super::scene::{Deltas, Primitive, Scene, Surface};

/// # Errors
/// The first thing in the scene that no valid file could say.
pub fn check(scene: &Scene) -> Result<(), ExportError> {
    let fault = |what: String| Err(ExportError::Scene(what));
    for coat in &scene.coats {
        coat.material.check()?;
        if coat.textures.indices().any(|image| image >= scene.images.len()) {
            return fault(format!("the material {} names a texture that isn't there", coat.material.name));
        }
    }
    if let Some(image) = scene.images.iter().find(|image| !image.png.starts_with(b"\x89PNG\r\n\x1a\n")) {
        return fault(format!("the texture {} is no PNG file", image.name));
    }
    if scene.surfaces.is_empty() {
        return Err(ExportError::NoTriangles);
    }
    for surface in &scene.surfaces {
        check_surface(surface, scene.coats.len())?;
    }
    if scene.stages.iter().all(|stage| stage.nodes.is_empty()) || scene.stages.is_empty() {
        return fault("it shows no node".to_owned());
    }
    let mut parents = vec![0usize; scene.nodes.len()];
    for node in &scene.nodes {
        if node.translation.iter().any(|x| !x.is_finite()) {
            return fault(format!("the node {} has no finite place", node.name));
        }
        if node.surface.is_some_and(|surface| surface >= scene.surfaces.len()) {
            return fault(format!("the node {} names a mesh that isn't there", node.name));
        }
        if node.surface.is_some() && !node.children.is_empty() {
            return fault(format!("the node {} has both a mesh and children", node.name));
        }
        for &child in &node.children {
            match parents.get_mut(child) {
                Some(count) => *count += 1,
                None => return fault(format!("the node {} names a child that isn't there", node.name)),
            }
        }
    }
    for &root in scene.stages.iter().flat_map(|stage| &stage.nodes) {
        if parents.get(root) != Some(&0) {
            return fault("a root is missing, or is a child as well".to_owned());
        }
    }
    if parents.iter().any(|&count| count > 1) {
        return fault("a node has two parents".to_owned());
    }
    // Whoever has one parent at most and can't be reached from a root goes round in a circle, or isn't shown.
    let mut reached = vec![false; scene.nodes.len()];
    let mut waiting: Vec<usize> = scene.stages.iter().flat_map(|stage| &stage.nodes).copied().collect();
    while let Some(node) = waiting.pop() {
        reached[node] = true;
        waiting.extend(&scene.nodes[node].children);
    }
    match reached.iter().position(|&reached| !reached) {
        Some(node) => fault(format!("the node {} is in no scene", scene.nodes[node].name)),
        None => Ok(()),
    }
}

fn check_surface(surface: &Surface, coats: usize) -> Result<(), ExportError> {
    let fault = |what: &str| Err(ExportError::Scene(format!("the mesh {} {what}", surface.name)));
    if surface.primitives.is_empty() {
        return Err(ExportError::NoTriangles);
    }
    let times = &surface.times;
    if !times.is_empty() && times.len() != surface.targets.len() + 1 {
        return fault("has not one time for itself and one for each of its targets");
    }
    if times.iter().any(|t| !t.is_finite() || *t < 0.0) || !times.is_sorted_by(|a, b| a < b) {
        return fault("has times that don't increase from 0 or later");
    }
    for Primitive { mesh, tangents, colours, targets, coat } in &surface.primitives {
        mesh.validate()?;
        if mesh.triangles.is_empty() {
            return Err(ExportError::NoTriangles);
        }
        if coat.is_some_and(|coat| coat >= coats) {
            return fault("names a material that isn't there");
        }
        let fits = |length: usize| length == 0 || length == mesh.positions.len();
        if !fits(tangents.len()) || !fits(colours.len()) {
            return fault("has not as many tangents or colours as vertices");
        }
        if tangents.iter().chain(colours).flatten().any(|x| !x.is_finite()) {
            return fault("has a tangent or a colour that is no finite number");
        }
        if targets.len() != surface.targets.len() {
            return fault("has not as many morph targets as names for them");
        }
        for Deltas { positions, normals, tangents: turns } in targets {
            let fits = |length: usize, base: usize| length == 0 || length == base;
            if positions.len() != mesh.positions.len()
                || !fits(normals.len(), mesh.normals.len())
                || !fits(turns.len(), tangents.len())
            {
                return fault("has a morph target of another length");
            }
            if positions.iter().chain(normals).chain(turns).flatten().any(|x| !x.is_finite()) {
                return fault("has a morph target with a number that is not finite");
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::{
        Material,
        scene::{Coat, Image, Node, Stage, Textures},
    };
    use crate::mesh::Mesh;

    fn scene() -> Scene {
        let mesh = Mesh {
            positions: vec![[0.0; 3], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]],
            triangles: vec![[0, 1, 2]],
            ..Default::default()
        };
        let primitive = Primitive { mesh, coat: Some(0), ..Default::default() };
        Scene {
            stages: vec![Stage { name: "s".into(), nodes: vec![0] }],
            nodes: vec![
                Node { name: "root".into(), children: vec![1], ..Default::default() },
                Node { name: "leaf".into(), surface: Some(0), ..Default::default() },
            ],
            surfaces: vec![Surface { name: "m".into(), primitives: vec![primitive], ..Default::default() }],
            coats: vec![Material::steel().into()],
            ..Default::default()
        }
    }

    /// What is said of a scene that one change spoils.
    fn said(spoil: impl FnOnce(&mut Scene)) -> String {
        let mut scene = scene();
        spoil(&mut scene);
        check(&scene).unwrap_err().to_string()
    }

    #[test]
    fn a_scene_that_contradicts_itself_is_refused() {
        assert!(check(&scene()).is_ok());
        assert!(said(|s| s.nodes[1].children.push(0)).contains("both a mesh and children"));
        assert!(said(|s| s.nodes[0].children.push(7)).contains("child that isn't there"));
        assert!(said(|s| s.nodes[0].children.clear()).contains("leaf is in no scene"));
        assert!(said(|s| s.stages[0].nodes.push(1)).contains("child as well"));
        assert!(said(|s| s.stages.clear()).contains("shows no node"));
        assert!(said(|s| s.nodes[1].surface = Some(3)).contains("mesh that isn't there"));
        assert!(said(|s| s.nodes[1].translation[0] = f32::NAN).contains("finite place"));
        assert!(said(|s| s.surfaces[0].primitives[0].coat = Some(1)).contains("material that isn't there"));
        assert!(said(|s| s.surfaces[0].primitives[0].mesh.triangles.clear()).contains("no triangle"));
        assert!(said(|s| s.surfaces[0].primitives[0].tangents = vec![[0.0; 4]]).contains("tangents"));
        assert!(said(|s| s.surfaces[0].targets.push("b".into())).contains("names for them"));
        assert!(said(|s| s.surfaces[0].times = vec![0.0, 1.0]).contains("one time"));
        assert!(said(|s| s.coats[0].material.metallic = 2.0).contains("outside 0..=1"));
        assert!(said(|s| s.images.push(Image::default())).contains("no PNG"));
        let textures = Textures { normal: Some(0), ..Default::default() };
        assert!(said(|s| s.coats[0] = Coat { textures, ..s.coats[0].clone() }).contains("texture that isn't there"));
    }

    #[test]
    fn a_circle_of_nodes_is_no_tree() {
        let node = |name: &str, child| Node { name: name.into(), children: vec![child], ..Default::default() };
        assert!(said(|s| s.nodes.extend([node("a", 3), node("b", 2)])).contains("a is in no scene"));
    }
}
