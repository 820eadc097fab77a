//! The flags that make [`Options`].

use std::path::Path;

use anyhow::{Result, bail};
use clap::Args;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};

use crate::class::Class;
use crate::export::{Outfit, Preset};
use crate::forge::game::{Format, Options, Origin, Surface};

const SURFACE: &str = "Surface";
const TEXTURES: &str = "Materials and textures";
const ENGINE: &str = "For the engine";

/// What is made of a shape. Flags that are not given leave what [`Options::default`] says.
#[derive(Clone, Debug, Default, Args)]
pub struct Choices {
    /// What becomes of the 25 patches
    #[arg(long, value_name = "SURFACE", help_heading = SURFACE, value_parser = one_of(&SURFACES))]
    surface: Option<Surface>,
    /// Triangles of the finest level, at most [default: 2000 of a closed surface, all of others]
    #[arg(long, value_name = "N", help_heading = SURFACE, value_parser = clap::value_parser!(u32).range(4..=4_000_000))]
    triangles: Option<u32>,
    /// Levels of detail, 1 to 8, each with half the triangles of the one before [default: 1]
    #[arg(long, value_name = "N", help_heading = SURFACE, value_parser = clap::value_parser!(u8).range(1..=8))]
    lods: Option<u8>,
    /// Edges that bend by more than so many degrees are shaded hard: 0 to 180 [default: 50]
    #[arg(long, value_name = "DEGREES", help_heading = SURFACE, value_parser = angle)]
    hard_angle: Option<f32>,
    /// Points along each side of a patch's grid, for welded and patches: 2 to 512 [default: 32, or an exported FILE's own]
    #[arg(long, value_name = "N", help_heading = SURFACE, value_parser = clap::value_parser!(u16).range(2..=512))]
    grid: Option<u16>,
    /// Where the origin lies
    #[arg(long, value_name = "WHERE", help_heading = SURFACE, value_parser = one_of(&ORIGINS))]
    origin: Option<Origin>,
    /// What the parts are made of
    #[arg(long, value_name = "OUTFIT", help_heading = TEXTURES, value_parser = one_of(&OUTFITS))]
    outfit: Option<Outfit>,
    /// Bake normals, occlusion and parts of the dense shape into textures of this side: 256 to 4096
    #[arg(long, value_name = "PIXELS", help_heading = TEXTURES, value_parser = clap::value_parser!(u32).range(256..=4096))]
    bake: Option<u32>,
    /// Who reads the file: names of levels and collision bodies, extensions
    #[arg(long, value_name = "PRESET", help_heading = ENGINE, value_parser = one_of(&PRESETS))]
    preset: Option<Preset>,
    /// Write numbers in fewer bits (KHR_mesh_quantization) where the preset's engine reads that
    #[arg(long, help_heading = ENGINE)]
    quantise: bool,
    /// Compress by meshopt (EXT_meshopt_compression) where the preset's engine reads that; quantises too
    #[arg(long, help_heading = ENGINE)]
    compress: bool,
    /// Put each part's colour at its vertices
    #[arg(long, help_heading = TEXTURES)]
    colours: bool,
    /// Add convex bodies to collide with, called as the preset's engine wants
    #[arg(long, help_heading = ENGINE)]
    collision: bool,
    /// The kind of file [default: by the output's name, else glb]
    #[arg(long, value_name = "FORMAT", help_heading = ENGINE, value_parser = one_of(&FORMATS))]
    format: Option<Format>,
}

/// A name, its value, and what it means.
type Named<T, const N: usize> = [(&'static str, T, &'static str); N];

const SURFACES: Named<Surface, 3> = [
    ("closed", Surface::Closed, "one closed surface, edges and point kept sharp [default]"),
    ("welded", Surface::Welded, "neighbouring borders of the patches welded: quick, and open where they gape"),
    ("patches", Surface::Patches, "the patches as decoded, --grid points along a side"),
];

const ORIGINS: Named<Origin, 3> = [
    ("grip", Origin::Grip, "in the grip, where a hand holds it [default]"),
    ("guard", Origin::Guard, "where the blade leaves the guard"),
    ("centre", Origin::Centre, "in the middle of its bounds"),
];

const PRESETS: Named<Preset, 7> = [
    ("plain", Preset::Plain, "whatever reads glTF 2.0 [default]"),
    ("godot", Preset::Godot, "-convcolonly bodies; levels are left to the engine"),
    ("unreal", Preset::Unreal, "_LOD0, _LOD1, ... and UCX_ bodies"),
    ("unity", Preset::Unity, "_LOD0, _LOD1, ...; bodies in a scene of their own"),
    ("blender", Preset::Blender, "every level an object"),
    ("bevy", Preset::Bevy, "levels and bodies as Scene1, Scene2, ..."),
    ("web", Preset::Web, "small textures; levels and bodies in scenes of their own"),
];

const FORMATS: Named<Format, 5> = [
    ("glb", Format::Glb, "binary glTF: levels, materials, textures, everything"),
    ("gltf", Format::Gltf, "the same as text, with NAME.bin and textures beside it"),
    ("obj", Format::Obj, "Wavefront OBJ with its MTL, a file a level"),
    ("ply", Format::Ply, "binary PLY with normals, a file a level"),
    ("stl", Format::Stl, "binary STL, for printing; a file a level"),
];

const OUTFITS: Named<Outfit, 6> = [
    ("service", Outfit::Service, "steel, brass and leather [default]"),
    ("all-steel", Outfit::AllSteel, "steel all over"),
    ("ceremonial", Outfit::Ceremonial, "gold and red leather"),
    ("blackened", Outfit::Blackened, "blackened steel and black leather"),
    ("antique", Outfit::Antique, "bronze and oak"),
    ("clay", Outfit::Clay, "one dull colour"),
];

/// Reads one of these names; any other is refused with the list of them.
fn one_of<T: Copy + Send + Sync + 'static, const N: usize>(
    named: &'static Named<T, N>,
) -> impl TypedValueParser<Value = T> {
    let values = named.iter().map(|(name, _, help)| PossibleValue::new(*name).help(*help));
    PossibleValuesParser::new(values)
        .try_map(move |text| named.iter().find(|n| n.0 == text).map(|n| n.1).ok_or("unknown"))
}

fn angle(text: &str) -> Result<f32, String> {
    match text.parse::<f32>() {
        Ok(x) if (0.0..=180.0).contains(&x) => Ok(x),
        _ => Err("give degrees, 0 to 180".to_owned()),
    }
}

impl Choices {
    /// The options, of a file of this name where there is one.
    ///
    /// # Errors
    /// A name that promises another format.
    pub fn options(&self, output: Option<&Path>) -> Result<Options> {
        let usual = Options::default();
        Ok(Options {
            surface: self.surface.unwrap_or(usual.surface),
            triangles: self.triangles.map(|n| n as usize),
            lods: self.lods.map_or(usual.lods, usize::from),
            hard_angle: self.hard_angle.unwrap_or(usual.hard_angle),
            origin: self.origin.unwrap_or(usual.origin),
            grid: self.grid.map(usize::from),
            bake: self.bake,
            format: format(self.format, output)?,
            preset: self.preset.unwrap_or(usual.preset),
            quantise: self.quantise,
            compress: self.compress,
            collision: self.collision,
            colours: self.colours,
            outfit: self.outfit.unwrap_or(usual.outfit),
            own: usual.own,
        })
    }

    /// Whether what was chosen fits what the model makes.
    ///
    /// # Errors
    /// An origin at a part that such shapes don't have.
    pub fn suit(&self, class: Class) -> Result<()> {
        match self.origin.filter(|origin| !class.is_sword() && *origin != Origin::Centre) {
            Some(origin) => {
                bail!("--origin {}: a {} has none; leave it out, or take centre", origin.name(), class.noun())
            }
            None => Ok(()),
        }
    }

    /// Whether the user chose an outfit.
    pub fn is_dressed(&self) -> bool {
        self.outfit.is_some()
    }
}

/// The format that was asked for, by flag or by name.
fn format(asked: Option<Format>, output: Option<&Path>) -> Result<Format> {
    let Some(extension) = output.and_then(Path::extension) else { return Ok(asked.unwrap_or_default()) };
    let named = FORMATS.iter().find(|(name, ..)| extension.eq_ignore_ascii_case(name)).map(|f| f.1);
    match (asked, named) {
        (_, None) => {
            let known: Vec<&str> = FORMATS.iter().map(|f| f.0).collect();
            bail!("only .{} can be written, not .{}", known.join(", ."), extension.display())
        }
        (Some(asked), Some(named)) if asked != named => {
            bail!("the output is called .{}, but --format says {}", named.name(), asked.name())
        }
        (_, Some(named)) => Ok(named),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_choice_has_its_flag_s_value() {
        assert!(Surface::ALL.iter().all(|s| SURFACES.iter().any(|n| n.1 == *s && n.0 == s.name())));
        assert!(Origin::ALL.iter().all(|o| ORIGINS.iter().any(|n| n.1 == *o && n.0 == o.name())));
        assert!(Format::ALL.iter().all(|f| FORMATS.iter().any(|n| n.1 == *f && n.0 == f.name())));
        assert!(Preset::ALL.iter().all(|p| PRESETS.iter().any(|n| n.1 == *p && n.0 == p.name())));
        assert!(Outfit::ALL.iter().all(|o| OUTFITS.iter().any(|n| n.1 == *o)));
    }

    #[test]
    fn no_flag_means_the_usual_options_and_names_say_the_format() {
        let none = Choices::default();
        assert_eq!(none.options(None).unwrap(), Options::default());
        let of = |asked: Option<Format>, name: &str| format(asked, Some(Path::new(name))).map_err(|e| e.to_string());
        assert_eq!(of(None, "a.OBJ"), Ok(Format::Obj));
        assert_eq!((of(None, "a"), of(Some(Format::Stl), "a")), (Ok(Format::Glb), Ok(Format::Stl)));
        assert!(of(Some(Format::Stl), "a.obj").unwrap_err().contains("--format says stl"));
        assert!(of(None, "a.fbx").unwrap_err().contains("only .glb, .gltf, .obj, .ply, .stl can be written, not .fbx"));
    }
}
