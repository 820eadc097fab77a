//! What each engine's importer is given: a table of plain data, each row with its reason.
//!
//! A row only says what its engine's documentation or source says. `MSFT_lod` is in no row: of these readers none lists it.

use serde::{Deserialize, Serialize};

/// A reader that files are made for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Preset {
    Godot,
    Unreal,
    Unity,
    Blender,
    Bevy,
    Web,
    /// Whatever reads glTF 2.0.
    #[default]
    Plain,
}

/// What becomes of the levels of detail behind the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Levels {
    /// Left out, the engine makes its own.
    Left,
    /// Beside the first, all named `_LOD0`, `_LOD1`, ...
    Beside,
    /// Each in a glTF scene of its own behind the one that is shown, where a program finds them and nobody sees two at once.
    Behind,
}

/// How a collision hull is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hulls {
    /// `NAME_hull_00-convcolonly`: becomes a body, isn't drawn.
    Suffix(&'static str),
    /// `UCX_MESH_00`, after the mesh that is drawn.
    Prefix(&'static str),
    /// In a glTF scene of their own, which is not drawn: the engine has no name for them.
    Behind,
}

/// What a preset does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    pub preset: Preset,
    pub levels: Levels,
    pub hulls: Hulls,
    /// What a level is called that stands alone: the shape's name and this. Where the importer names a node after the scene, the
    /// mesh needs another name.
    pub alone: &'static str,
    /// Whether all hangs from a node of the shape's name; elsewhere the file itself becomes that node.
    pub rooted: bool,
    /// Whether the reader takes `KHR_mesh_quantization`, which a file can only require.
    pub quantised: bool,
    /// Whether the reader takes `EXT_meshopt_compression`, which a GLB can only require.
    pub compressed: bool,
    /// Side of a baked texture where none is asked for.
    pub texture: u32,
    /// One sentence.
    pub why: &'static str,
    /// Where it says so.
    pub source: &'static str,
}

/// One row a preset, in the presets' order.
pub const TABLE: &[Row] = &[
    Row {
        preset: Preset::Godot,
        levels: Levels::Left,
        hulls: Hulls::Suffix("-convcolonly"),
        alone: "_mesh",
        rooted: false,
        quantised: false,
        compressed: false,
        texture: 1024,
        why: "Godot decimates every imported mesh into levels of its own, turns -convcolonly into a static body with a convex \
              shape, and lists neither extension as supported.",
        source: "docs.godotengine.org: Node type customization using name suffixes; Mesh level of detail; \
                 GLTFDocument::get_supported_gltf_extensions",
    },
    Row {
        preset: Preset::Unreal,
        levels: Levels::Beside,
        hulls: Hulls::Prefix("UCX_"),
        alone: "",
        rooted: false,
        quantised: false,
        compressed: false,
        texture: 2048,
        why: "Unreal takes UCX_<mesh>_NN as the mesh's convex hulls (\"import collision according to mesh name\"), and its glTF \
              reader's supported extensions have neither of the two.",
        source: "dev.epicgames.com: FBX Static Mesh Pipeline; UInterchangeGenericMeshPipeline; GLTF::FAsset::SupportedExtensions",
    },
    Row {
        preset: Preset::Unity,
        levels: Levels::Beside,
        hulls: Hulls::Behind,
        alone: "",
        rooted: false,
        quantised: true,
        compressed: true,
        texture: 1024,
        why: "_LOD0, _LOD1 are the names that Unity makes a LOD Group of, there is no name for colliders, and glTFast lists both \
              extensions.",
        source: "docs.unity3d.com: Import a mesh with LOD settings; com.unity.cloud.gltfast: Extension",
    },
    Row {
        preset: Preset::Blender,
        levels: Levels::Beside,
        hulls: Hulls::Behind,
        alone: "_mesh",
        rooted: true,
        quantised: true,
        compressed: false,
        texture: 2048,
        why: "An artist wants every level as an object by name, and the importer's list has the quantisation but not the \
              compression.",
        source: "io_scene_gltf2 of Blender 5.0: extensions_managed",
    },
    Row {
        preset: Preset::Bevy,
        levels: Levels::Behind,
        hulls: Hulls::Behind,
        alone: "_mesh",
        rooted: false,
        quantised: false,
        compressed: false,
        texture: 1024,
        why: "Bevy spawns the scene it is asked for with all its nodes, so levels and hulls are Scene1, Scene2, ...; its reader \
              refuses files that require either extension.",
        source: "bevy_gltf 0.19.1: GltfAssetLabel::Scene, GltfLoaderSettings::validate; gltf-json 1.4.1: ENABLED_EXTENSIONS",
    },
    Row {
        preset: Preset::Web,
        levels: Levels::Behind,
        hulls: Hulls::Behind,
        alone: "_mesh",
        rooted: false,
        quantised: true,
        compressed: true,
        texture: 512,
        why: "three.js shows gltf.scene and keeps the others in gltf.scenes, reads the quantisation by itself and the compression \
              once it is given the decoder; what is downloaded should be small.",
        source: "threejs.org/docs: GLTFLoader",
    },
    Row {
        preset: Preset::Plain,
        levels: Levels::Behind,
        hulls: Hulls::Behind,
        alone: "_mesh",
        rooted: false,
        quantised: false,
        compressed: false,
        texture: 1024,
        why: "A reader that only knows glTF 2.0 shows the first scene: the finest level and nothing that lies over it.",
        source: "glTF 2.0, 3.5.1: the scene property says which scene to display",
    },
];

impl Preset {
    pub const ALL: [Self; 7] =
        [Self::Godot, Self::Unreal, Self::Unity, Self::Blender, Self::Bevy, Self::Web, Self::Plain];

    /// As it is typed.
    pub fn name(self) -> &'static str {
        match self {
            Self::Godot => "godot",
            Self::Unreal => "unreal",
            Self::Unity => "unity",
            Self::Blender => "blender",
            Self::Bevy => "bevy",
            Self::Web => "web",
            Self::Plain => "plain",
        }
    }

    /// The preset of a name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|preset| preset.name() == name)
    }

    pub fn row(self) -> &'static Row {
        &TABLE[self as usize]
    }

    /// How many of so many levels are written.
    pub fn level_count(self, levels: usize) -> usize {
        if self.row().levels == Levels::Left { levels.min(1) } else { levels }
    }

    /// What a level is called, `level` out of `count`.
    pub fn level_name(self, name: &str, level: usize, count: usize) -> String {
        if count > 1 { format!("{name}_LOD{level}") } else { format!("{name}{}", self.row().alone) }
    }

    /// What a collision hull is called, of a shape with so many levels.
    pub fn hull_name(self, name: &str, count: usize, hull: usize) -> String {
        match self.row().hulls {
            Hulls::Suffix(suffix) => format!("{name}_hull_{hull:02}{suffix}"),
            Hulls::Prefix(prefix) => format!("{prefix}{}_{hull:02}", self.level_name(name, 0, count)),
            Hulls::Behind => format!("{name}_hull_{hull:02}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_preset_has_its_row_and_its_name() {
        assert_eq!(TABLE.len(), Preset::ALL.len());
        for preset in Preset::ALL {
            let row = preset.row();
            assert_eq!(row.preset, preset);
            assert_eq!(Preset::named(preset.name()), Some(preset));
            assert_eq!(serde_json::to_value(preset).unwrap(), preset.name());
            assert!(row.why.ends_with('.') && row.why.matches(". ").count() == 0, "{}", row.why);
            assert!(!row.source.is_empty() && row.texture.is_power_of_two());
            // The codec is for the quantised; floats compress badly.
            assert!(row.quantised || !row.compressed);
        }
        assert_eq!(Preset::named("cryengine"), None);
    }

    #[test]
    fn names_are_those_that_engines_look_for() {
        let names = |preset: Preset, count| (preset.hull_name("sword", count, 1), preset.level_name("sword", 0, count));
        assert_eq!(names(Preset::Godot, 1), ("sword_hull_01-convcolonly".into(), "sword_mesh".into()));
        assert_eq!(names(Preset::Unreal, 3), ("UCX_sword_LOD0_01".into(), "sword_LOD0".into()));
        assert_eq!(names(Preset::Unreal, 1), ("UCX_sword_01".into(), "sword".into()));
        assert_eq!(names(Preset::Bevy, 3), ("sword_hull_01".into(), "sword_LOD0".into()));
        assert_eq!(Preset::Unity.level_name("sword", 2, 3), "sword_LOD2");
    }
}
