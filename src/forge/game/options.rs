//! What the user may choose of a game-ready export. Plain values with defaults, kept in sessions and manifests.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::export::{BINARY, Finish, Outfit, Preset};

/// Which surface is exported.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Surface {
    /// One closed surface, edges and point kept.
    #[default]
    Closed,
    /// The patches with neighbouring borders welded: cheap, and open where they gape.
    Welded,
    /// The patches as decoded.
    Patches,
}

impl Surface {
    pub const ALL: &'static [Self] = &[Self::Closed, Self::Welded, Self::Patches];

    /// As options and files call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Welded => "welded",
            Self::Patches => "patches",
        }
    }
}

/// Where the exported shape's origin lies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    /// In the middle of the grip, where a hand holds it; a plane's middle.
    #[default]
    Grip,
    /// Where the blade leaves the guard.
    Guard,
    /// The middle of the bounds.
    Centre,
}

impl Origin {
    pub const ALL: &'static [Self] = &[Self::Grip, Self::Guard, Self::Centre];

    /// As options call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Grip => "grip",
            Self::Guard => "guard",
            Self::Centre => "centre",
        }
    }
}

/// What kind of file is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    #[default]
    Glb,
    Gltf,
    Obj,
    Ply,
    Stl,
}

impl Format {
    pub const ALL: &'static [Self] = &[Self::Glb, Self::Gltf, Self::Obj, Self::Ply, Self::Stl];

    /// Its extension, by which options call it too.
    pub fn name(self) -> &'static str {
        match self {
            Self::Glb => "glb",
            Self::Gltf => "gltf",
            Self::Obj => "obj",
            Self::Ply => "ply",
            Self::Stl => "stl",
        }
    }

    /// Whether it's one of the two that hold levels, textures, animations and where the shape came from.
    pub fn is_gltf(self) -> bool {
        matches!(self, Self::Glb | Self::Gltf)
    }
}

/// The choices; [`Options::default`] is what an artist most likely wants.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Options {
    pub surface: Surface,
    /// Triangles of the finest level, at most; `None` for [`Options::TRIANGLES`] of a closed surface, and for all of others.
    pub triangles: Option<usize>,
    /// Levels of detail, 1 to [`Options::MOST_LODS`]; each has half the triangles of the one before.
    pub lods: usize,
    /// Degrees between two faces above which the edge is shaded hard.
    pub hard_angle: f32,
    /// Points along each side of a patch's grid where the surface is made of patches; `None` for the subject's own.
    pub grid: Option<usize>,
    pub origin: Origin,
    /// Side of the baked textures in pixels; `None` for factors only.
    pub bake: Option<u32>,
    /// Who reads the file.
    pub preset: Preset,
    pub format: Format,
    /// Fewer bits a number, where the preset's reader takes that.
    pub quantise: bool,
    /// Compressed by meshopt (and quantised), where the preset's reader takes that.
    pub compress: bool,
    /// Convex bodies to collide with.
    pub collision: bool,
    /// Each part's colour at its vertices, in place of the materials'.
    pub colours: bool,
    /// What the parts are made of.
    pub outfit: Outfit,
    /// Parts that are made of something else than the outfit says.
    pub own: BTreeMap<String, Finish>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            surface: Surface::Closed,
            triangles: None,
            lods: 1,
            hard_angle: 50.0,
            grid: None,
            origin: Origin::Grip,
            bake: None,
            preset: Preset::Plain,
            format: Format::Glb,
            quantise: false,
            compress: false,
            collision: false,
            colours: false,
            outfit: Outfit::Service,
            own: BTreeMap::new(),
        }
    }
}

impl Options {
    pub const MOST_LODS: usize = 8;
    /// Triangles of a closed surface where nobody says how many.
    pub const TRIANGLES: usize = 2000;

    /// The same as far as it can be made, whatever a file says.
    pub fn within_limits(self) -> Self {
        Self {
            lods: self.lods.clamp(1, Self::MOST_LODS),
            hard_angle: if self.hard_angle.is_finite() { self.hard_angle.clamp(0.0, 180.0) } else { 40.0 },
            triangles: self.triangles.map(|t| t.clamp(4, 4_000_000)),
            bake: self.bake.map(|side| side.clamp(64, 8192)),
            ..self
        }
    }

    /// What files of a shape beside its main one may have behind its name, endings included.
    pub fn beside(&self) -> Vec<String> {
        let mut all = Vec::new();
        match self.format {
            Format::Glb => {}
            Format::Gltf => all.push(BINARY.to_owned()),
            format => all.extend((1..self.lods).map(|level| format!("_LOD{level}.{}", format.name()))),
        }
        if self.format == Format::Obj {
            all.push(".mtl".to_owned());
        }
        if self.bake.is_some() {
            let textures: &[&str] = match self.format {
                Format::Glb => &[],
                Format::Obj => &["base_colour", "normal", "orm", "roughness", "metallic"],
                _ => &["base_colour", "normal", "orm"],
            };
            all.extend(textures.iter().chain(&["part_mask"]).map(|name| format!("_{name}.png")));
        }
        all
    }

    /// What a part of this name is made of.
    pub fn finish(&self, part: &str) -> Finish {
        self.own.get(part).copied().unwrap_or_else(|| self.outfit.finish(part))
    }

    /// A part's colour, linear RGBA.
    pub fn colour(&self, part: &str) -> [u8; 4] {
        self.finish(part).material().base_color.map(|x| (255.0 * x).round() as u8)
    }
}
