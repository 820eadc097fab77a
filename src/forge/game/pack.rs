//! From levels to the bytes of files.

use super::dress::MASK;
use super::make::{GameError, Level, Made};
use super::options::{Format, Options, Surface};
use super::report::Report;
use crate::bake::srgb;
use crate::export::kit::{self, Kit, Socket};
use crate::export::obj::obj;
use crate::export::ply::ply;
use crate::export::scene::Coat;
use crate::export::stl::stl;
use crate::export::{BINARY, Beside, Material, Packing, Quantisation};
use crate::forge::subject::EXPORT_GRID;
use crate::forge::{Forge, Subject};

/// A file to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// What is put behind the shape's name: `.glb`, `_LOD1.obj`.
    pub suffix: String,
    pub bytes: Vec<u8>,
}

/// Files, the main one first, and what is in them.
#[derive(Clone, Debug, PartialEq)]
pub struct Ready {
    pub files: Vec<File>,
    pub report: Report,
}

impl Forge {
    /// [`Forge::make`], then [`Forge::pack_game`].
    ///
    /// # Errors
    /// As both.
    pub fn ready(&self, subject: &Subject, options: &Options, stem: &str) -> Result<Ready, GameError> {
        self.pack_game(subject, options, stem, &self.make(subject, options)?)
    }

    /// Packs what [`Forge::make`] made. `stem` is the files' name without an ending, by which they name each other.
    ///
    /// # Errors
    /// What the format can't hold.
    pub fn pack_game(&self, subject: &Subject, options: &Options, stem: &str, made: &Made) -> Result<Ready, GameError> {
        let mut report = made.report.clone();
        let mut files = match options.format {
            Format::Glb | Format::Gltf => self.gltf_files(subject, options, stem, made, &mut report)?,
            Format::Obj => obj_files(subject, stem, made)?,
            Format::Ply => {
                level_files("ply", made, |level| Ok(ply(&level.skin.mesh, &level.skin.part, &painted(level))?))?
            }
            Format::Stl => level_files("stl", made, |level| Ok(stl(&level.skin.mesh)?))?,
        };
        if !options.format.is_gltf() {
            let of_levels = files.iter().filter(|f| f.suffix.ends_with(options.format.name()));
            report.levels.iter_mut().zip(of_levels).for_each(|(level, file)| level.bytes = file.bytes.len());
            let images = made.dress.images.iter();
            files.extend(images.map(|i| File { suffix: format!("_{}.png", i.name), bytes: i.png.clone() }));
        }
        files.extend(made.dress.mask.iter().map(|mask| File { suffix: MASK.to_owned(), bytes: mask.png.clone() }));
        Ok(Ready { files, report })
    }

    fn gltf_files(
        &self,
        subject: &Subject,
        options: &Options,
        stem: &str,
        made: &Made,
        report: &mut Report,
    ) -> Result<Vec<File>, GameError> {
        let packing = Packing {
            quantised: (options.quantise || options.compress).then(Quantisation::default),
            compressed: options.compress,
        };
        // A texture has them, and the two would be multiplied.
        let colours: Vec<Vec<[f32; 4]>> = if made.dress.images.is_empty() {
            made.levels.iter().map(colours).collect()
        } else {
            vec![Vec::new(); made.levels.len()]
        };
        let levels: Vec<kit::Level> = made
            .levels
            .iter()
            .zip(&colours)
            .enumerate()
            .map(|(i, (level, colours))| kit::Level { skin: &level.skin, colours, morph: made.morphs.get(i) })
            .collect();
        let socket = |a: &crate::solid::anchors::Anchor| Socket { name: a.name.to_owned(), position: a.position };
        let sockets: Vec<Socket> = made.anchors.iter().map(socket).collect();
        // A closed surface has no grid, so what somebody's view had is no part of its file.
        let grid = match options.surface {
            Surface::Closed => EXPORT_GRID,
            Surface::Welded | Surface::Patches => options.grid.unwrap_or(subject.grid()),
        };
        let extras = made.dress.mask.as_ref().map(|mask| mask.extras(stem));
        let coats: Vec<Coat> =
            made.dress.coats.iter().map(|coat| Coat { extras: extras.clone(), ..coat.clone() }).collect();
        let kit = Kit {
            name: &subject.name,
            levels: levels.clone(),
            hulls: &made.hulls,
            sockets: &sockets,
            coats: &coats,
            images: &made.dress.images,
            extras: Some(self.extras(subject, made.length, grid, options.surface.name())?),
        };
        let files = match options.format {
            Format::Gltf => beside(kit.gltf(options.preset, packing, stem)?),
            _ => vec![File { suffix: ".glb".to_owned(), bytes: kit.glb(options.preset, packing)? }],
        };
        let coats: Vec<_> = made.dress.coats.iter().map(|coat| coat.material.clone().into()).collect();
        let alone = |level| {
            let alone = Kit { name: "", levels: vec![level], coats: &coats, ..Kit::default() };
            Ok::<usize, GameError>(alone.glb(options.preset, packing)?.len())
        };
        let written = options.preset.level_count(levels.len());
        for (i, (level, report_of)) in levels.into_iter().zip(&mut report.levels).enumerate() {
            report_of.bytes = alone(level)?;
            if let Some(morph) = report.morph.as_mut().filter(|_| i < written) {
                morph.bytes += report_of.bytes - alone(kit::Level { morph: None, ..level })?.min(report_of.bytes);
            }
        }
        // Of levels that the engine makes itself the file has none.
        report.levels.truncate(written);
        Ok(files)
    }
}

/// A `.gltf` and its own.
fn beside(Beside { json, binary, images }: Beside) -> Vec<File> {
    let mut files =
        vec![File { suffix: ".gltf".to_owned(), bytes: json }, File { suffix: BINARY.to_owned(), bytes: binary }];
    files.extend(images.into_iter().map(|(suffix, bytes)| File { suffix, bytes }));
    files
}

/// Vertex colours as glTF writes them.
fn colours(level: &Level) -> Vec<[f32; 4]> {
    level.skin.colours.iter().map(|c| c.map(|x| f32::from(x) / 255.0)).collect()
}

/// The same as files without a notion of light have them: sRGB.
fn painted(level: &Level) -> Vec<[u8; 3]> {
    level.skin.colours.iter().map(|&[r, g, b, _]| [r, g, b].map(|x| srgb(f32::from(x) / 255.0))).collect()
}

/// `.obj`, `_LOD1.obj`, ...
fn level_suffix(level: usize, extension: &str) -> String {
    if level == 0 { format!(".{extension}") } else { format!("_LOD{level}.{extension}") }
}

fn level_files(
    extension: &str,
    made: &Made,
    bytes: impl Fn(&Level) -> Result<Vec<u8>, GameError>,
) -> Result<Vec<File>, GameError> {
    let file = |(i, level)| Ok(File { suffix: level_suffix(i, extension), bytes: bytes(level)? });
    made.levels.iter().enumerate().map(file).collect()
}

/// An OBJ a level, all with the materials of one MTL.
fn obj_files(subject: &Subject, stem: &str, made: &Made) -> Result<Vec<File>, GameError> {
    let library = format!("{stem}.mtl");
    let materials: Vec<Material> = made.dress.coats.iter().map(|coat| coat.material.clone()).collect();
    let mut mtl = Vec::new();
    let text = |level: &Level| obj(&subject.name, &level.skin, &materials, &library, &painted(level));
    let mut files = level_files("obj", made, |level| Ok(text(level)?.obj))?;
    if let Some(level) = made.levels.first() {
        mtl = text(level)?.mtl;
    }
    if !made.dress.images.is_empty() {
        // All parts have the one material that is baked.
        for (key, image) in
            [("map_Kd", "base_colour"), ("norm", "normal"), ("map_Pr", "roughness"), ("map_Pm", "metallic")]
        {
            mtl.extend(format!("{key} {stem}_{image}.png\n").bytes());
        }
    }
    files.insert(1, File { suffix: ".mtl".to_owned(), bytes: mtl });
    Ok(files)
}
