//! What a game takes of one shape - levels of detail, collision hulls, places, materials - as the scene that a preset asks for.

use super::preset::{Hulls, Levels, Preset};
use super::scene::{Coat, Image, Node, Primitive, Scene, Stage, Surface};
use super::writer::{Packing, write, write_beside};
use super::{Beside, ExportError, Finish, Material, pieces::pieces};
use crate::mesh::{Mesh, Vec3};
use crate::solid::Skin;

/// A shape with all that goes with it. Metres, +Y up.
#[derive(Clone, Debug, Default)]
pub struct Kit<'a> {
    /// Of the scene, and the beginning of the names of levels and hulls.
    pub name: &'a str,
    /// Finest first, at least one; all have the parts of the first.
    pub levels: Vec<Level<'a>>,
    /// Convex bodies, positions and triangles.
    pub hulls: &'a [Mesh],
    /// Where an engine attaches things.
    pub sockets: &'a [Socket],
    /// One a part of the first level.
    pub coats: &'a [Coat],
    /// What the coats' textures name.
    pub images: &'a [Image],
    /// Goes to `asset.extras`.
    pub extras: Option<serde_json::Value>,
}

/// One level of detail.
#[derive(Clone, Copy, Debug)]
pub struct Level<'a> {
    pub skin: &'a Skin,
    /// `[N]` or empty; linear RGBA, which multiplies the base colour.
    pub colours: &'a [[f32; 4]],
    pub morph: Option<&'a Morph>,
}

impl<'a> From<&'a Skin> for Level<'a> {
    fn from(skin: &'a Skin) -> Self {
        Self { skin, colours: &[], morph: None }
    }
}

/// A place by name.
#[derive(Clone, Debug, PartialEq)]
pub struct Socket {
    /// `grip`, `blade_base`, `tip`.
    pub name: String,
    pub position: Vec3,
}

/// A mesh on its way: from the level's own shape through one target after the other.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Morph {
    pub targets: Vec<Target>,
    /// `[targets + 1]` seconds, increasing: when the mesh is itself, then each target; empty for no animation.
    pub times: Vec<f32>,
}

/// One shape on the way, as differences from the level's vertices.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Target {
    pub name: String,
    /// `[N]`
    pub positions: Vec<Vec3>,
    /// `[N]` or empty
    pub normals: Vec<Vec3>,
    /// `[N]` or empty
    pub tangents: Vec<Vec3>,
}

impl Coat {
    /// What a closed part is made of, called after both.
    pub fn of_part(part: &str, finish: Finish) -> Self {
        let material = finish.material();
        let name = if part.is_empty() { material.name } else { format!("{part}_{}", material.name) };
        Self::from(Material { name, double_sided: false, ..material })
    }
}

impl Kit<'_> {
    /// The bytes of a GLB for a preset. `packing` asks; the preset decides what its reader takes.
    ///
    /// # Errors
    /// Without a level; levels of other parts than the first, or more parts than coats; as [`write`].
    pub fn glb(&self, preset: Preset, packing: Packing) -> Result<Vec<u8>, ExportError> {
        write(&self.scene(preset)?, taken(preset, packing))
    }

    /// The same as a `.gltf` called `stem` and what lies beside it.
    ///
    /// # Errors
    /// As [`Kit::glb`].
    pub fn gltf(&self, preset: Preset, packing: Packing, stem: &str) -> Result<Beside, ExportError> {
        write_beside(&self.scene(preset)?, taken(preset, packing), stem)
    }

    /// As the preset wants it.
    ///
    /// # Errors
    /// As [`Kit::glb`].
    pub fn scene(&self, preset: Preset) -> Result<Scene, ExportError> {
        let row = preset.row();
        let first = self.levels.first().ok_or(ExportError::NoTriangles)?;
        if self.levels.iter().any(|level| level.skin.parts != first.skin.parts) {
            return Err(ExportError::Scene("its levels of detail don't have the same parts".to_owned()));
        }
        let kept = preset.level_count(self.levels.len());
        let (coats, worn) = distinct(self.coats);
        let mut scene =
            Scene { coats, images: self.images.to_vec(), extras: self.extras.clone(), ..Default::default() };
        scene.stages.push(Stage { name: self.name.to_owned(), nodes: Vec::new() });
        let mut shown = Vec::new();
        for (i, level) in self.levels.iter().take(kept).enumerate() {
            let name = preset.level_name(self.name, i, kept);
            let node = scene.place(level_surface(name.clone(), level, &worn)?);
            if i > 0 && row.levels == Levels::Behind {
                scene.stages.push(Stage { name, nodes: vec![node] });
            } else {
                shown.push(node);
            }
        }
        let hull = |(i, hull)| scene.place(hull_surface(preset.hull_name(self.name, kept, i), hull));
        let hulls: Vec<usize> = self.hulls.iter().enumerate().map(hull).collect();
        for Socket { name, position } in self.sockets {
            shown.push(scene.nodes.len());
            scene.nodes.push(Node { name: name.clone(), translation: *position, ..Default::default() });
        }
        match row.hulls {
            Hulls::Behind if hulls.is_empty() => {}
            Hulls::Behind => scene.stages.push(Stage { name: format!("{}_collision", self.name), nodes: hulls }),
            Hulls::Suffix(_) | Hulls::Prefix(_) => shown.extend(hulls),
        }
        if row.rooted {
            scene.nodes.push(Node { name: self.name.to_owned(), children: shown, ..Default::default() });
            shown = vec![scene.nodes.len() - 1];
        }
        scene.stages[0].nodes = shown;
        Ok(scene)
    }
}

/// As much of a packing as the preset's reader takes.
fn taken(preset: Preset, packing: Packing) -> Packing {
    let row = preset.row();
    let quantised = packing.quantised.filter(|_| row.quantised);
    Packing { quantised, compressed: packing.compressed && row.compressed }
}

impl Scene {
    /// Adds a surface and the node that shows it; the node.
    fn place(&mut self, surface: Surface) -> usize {
        let node = Node { name: surface.name.clone(), surface: Some(self.surfaces.len()), ..Default::default() };
        self.surfaces.push(surface);
        self.nodes.push(node);
        self.nodes.len() - 1
    }
}

/// One primitive a material, as many as the level has triangles of.
fn level_surface(name: String, level: &Level, worn: &[usize]) -> Result<Surface, ExportError> {
    let mut primitives: Vec<Primitive> = Vec::new();
    for (coat, primitive) in pieces(level, worn)? {
        primitives.push(Primitive { coat: Some(coat), ..primitive });
    }
    let (targets, times) = level.morph.map_or_else(Default::default, |morph| {
        (morph.targets.iter().map(|target| target.name.clone()).collect(), morph.times.clone())
    });
    Ok(Surface { name, primitives, targets, times })
}

fn hull_surface(name: String, hull: &Mesh) -> Surface {
    let mesh = Mesh { positions: hull.positions.clone(), triangles: hull.triangles.clone(), ..Default::default() };
    Surface { name, primitives: vec![Primitive { mesh, ..Default::default() }], ..Default::default() }
}

/// Each coat once, and for every part the place of its own.
fn distinct(coats: &[Coat]) -> (Vec<Coat>, Vec<usize>) {
    let mut kept: Vec<Coat> = Vec::new();
    let worn = coats
        .iter()
        .map(|coat| {
            kept.iter().position(|k| k == coat).unwrap_or_else(|| {
                kept.push(coat.clone());
                kept.len() - 1
            })
        })
        .collect();
    (kept, worn)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn materials_are_written_once_and_each_has_its_primitive() {
        let corners = [[0.0; 3], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]];
        let mesh = Mesh {
            positions: corners.repeat(3),
            normals: vec![[0.0, 0.0, 1.0]; 9],
            triangles: vec![[0, 1, 2], [3, 4, 5], [6, 7, 8]],
            ..Default::default()
        };
        let parts = ["guard", "grip", "pommel", "bow"].map(String::from).to_vec();
        let skin = Skin { mesh, part: vec![0, 1, 2], parts, ..Default::default() };
        let coats = ["brass", "leather", "brass", "steel"]
            .map(|name| Coat::from(Material { name: name.into(), ..Material::steel() }));
        let kit = Kit { name: "t", levels: vec![Level::from(&skin)], coats: &coats, ..Default::default() };
        let file = gltf::Gltf::from_slice(&kit.glb(Preset::Plain, Packing::default()).unwrap()).unwrap();
        let names: Vec<&str> = file.materials().filter_map(|m| m.name()).collect();
        assert_eq!(names[..2], ["brass", "leather"]);
        let found: Vec<(usize, usize)> = file
            .meshes()
            .flat_map(|m| m.primitives())
            .map(|p| (p.indices().unwrap().count(), p.material().index().unwrap()))
            .collect();
        assert_eq!(found, [(6, 0), (3, 1)]);
    }
}
