//! The contact sheet of a batch. Each shape is drawn when it is made, from what is exported, and waits as a small picture
//! until all are there: parts of a batch run on different machines, and one that is resumed needn't draw again.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::class::Class;
use crate::disk;
use crate::draw::{Cell, Paint, Picture, Sheet, Style, Substance, front_and_side, posed};
use crate::mesh::Mesh;

/// The sheet.
pub const FILE: &str = "sheet.png";
/// Where the pictures wait, in the batch's folder.
const FOLDER: &str = ".sheet";
/// Shapes on a sheet at most: of more, evenly spaced ones are shown.
pub const MOST: usize = 400;
/// Up to so many are shown large.
const FEW: usize = 60;

/// The layout for a batch of so many shapes.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    count: usize,
}

impl Plan {
    pub fn new(count: usize) -> Self {
        Self { count }
    }

    fn shown(self) -> usize {
        self.count.min(MOST)
    }

    /// The shapes on the sheet, in order.
    pub fn indices(self) -> impl Iterator<Item = usize> {
        (0..self.shown()).map(move |i| i * self.count / self.shown())
    }

    /// Whether a shape is on the sheet.
    pub fn shows(self, index: usize) -> bool {
        // The first i with i * count / shown >= index.
        let shown = self.shown();
        let i = (index * shown).div_ceil(self.count.max(1));
        i < shown && i * self.count / shown == index
    }

    fn size(self) -> (u32, u32) {
        if self.count <= FEW { (200, 300) } else { (110, 200) }
    }

    fn columns(self) -> usize {
        match self.shown() {
            n if n <= FEW => 10,
            n => ((n as f64 * 2.0).sqrt().ceil() as usize).clamp(10, 28),
        }
    }

    /// A shape's picture; `of` says what each triangle is made of.
    pub fn picture(self, mesh: &Mesh, of: Vec<Substance>, class: Class) -> Picture {
        let (width, height) = self.size();
        let style = Style { samples: 3, ..Style::sheet().sized(width, height).painted(Paint::Substances(of)) };
        front_and_side(&posed(mesh.clone(), class), None, &style)
    }

    /// Where a shape's picture waits. Its size is part of the name: of a batch that grows, the pictures shrink.
    pub fn path(self, folder: &Path, name: &str) -> PathBuf {
        let (width, height) = self.size();
        folder.join(FOLDER).join(format!("{name}.{width}x{height}.png"))
    }

    /// The sheet, of the pictures that wait for it.
    ///
    /// # Errors
    /// A picture that can't be read.
    pub fn sheet(self, folder: &Path, names: &[String], plural: &str) -> Result<Picture> {
        let cell = |name: &String| -> Result<Cell> {
            let path = self.path(folder, name);
            let bytes = std::fs::read(&path).with_context(|| format!("can't read '{}'", path.display()))?;
            Ok(Cell { picture: decoded(&bytes).context("a picture of the sheet is damaged")?, caption: name.clone() })
        };
        let cells = names.iter().map(cell).collect::<Result<Vec<_>>>()?;
        let title = match self.count {
            n if n > MOST => format!("{MOST} of {n} {plural}"),
            _ => String::new(),
        };
        Ok(Sheet::new(title, self.columns()).picture(&cells))
    }
}

/// Whether the folder has its sheet, and no picture waits for another.
pub fn stands(folder: &Path) -> bool {
    folder.join(FILE).is_file() && !folder.join(FOLDER).exists()
}

/// Whether a waiting picture is there and whole.
pub fn waits(path: &Path) -> bool {
    std::fs::read(path).is_ok_and(|bytes| decoded(&bytes).is_some())
}

fn decoded(png: &[u8]) -> Option<Picture> {
    let image = image::load_from_memory_with_format(png, image::ImageFormat::Png).ok()?.into_rgba8();
    Picture::from_rgba(image.width(), image.height(), image.into_raw())
}

/// Writes the sheet and removes what waited for it.
///
/// # Errors
/// When it can't be written.
pub fn write(folder: &Path, sheet: &Picture) -> Result<PathBuf> {
    let path = folder.join(FILE);
    disk::write(&path, &sheet.png())?;
    // What stays is hidden and small; the batch is done all the same.
    let _ = std::fs::remove_dir_all(folder.join(FOLDER));
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_shows_what_it_lists() {
        for count in [1, 2, 59, 60, 399, 400, 401, 999, 12_345] {
            let plan = Plan::new(count);
            let listed: Vec<usize> = plan.indices().collect();
            assert_eq!(listed.len(), count.min(MOST));
            let shown: Vec<usize> = (0..count).filter(|&i| plan.shows(i)).collect();
            assert_eq!(listed, shown, "{count}");
        }
    }

    #[test]
    fn pictures_wait_until_all_are_there() {
        let folder = tempfile::tempdir().unwrap();
        let plan = Plan::new(2);
        let mesh = Mesh {
            positions: vec![[0.0; 3], [0.1, 0.0, 0.0], [0.0, 1.0, 0.02]],
            triangles: vec![[0, 1, 2]],
            ..Default::default()
        };
        let names = ["a".to_owned(), "b".to_owned()];
        let first = plan.path(folder.path(), "a");
        disk::write(&first, &plan.picture(&mesh, Vec::new(), Class::Sword).png()).unwrap();
        assert!(waits(&first) && plan.sheet(folder.path(), &names, "swords").is_err());
        std::fs::write(plan.path(folder.path(), "b"), b"half").unwrap();
        assert!(!waits(&plan.path(folder.path(), "b")) && plan.sheet(folder.path(), &names, "swords").is_err());
        std::fs::copy(&first, plan.path(folder.path(), "b")).unwrap();
        let path = write(folder.path(), &plan.sheet(folder.path(), &names, "swords").unwrap()).unwrap();
        assert!(path.is_file() && !folder.path().join(FOLDER).exists());
    }
}
