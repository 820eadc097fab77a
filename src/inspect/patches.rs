//! Figures of the patches of a decoded shape: which degenerate, overlap, or leave gaps.

use rayon::prelude::*;
use serde::Serialize;
use thiserror::Error;

use crate::mesh::bvh::Bvh;
use crate::mesh::normals::vertex_normals;
use crate::mesh::triangle::{closest_point, normal};
use crate::mesh::{Mesh, dot, sub};
use crate::template::Template;

/// A patch has collapsed if its mean EG-F² is below this share of the mean over patches (Bednarik et al. 2020).
pub const COLLAPSE_SHARE: f64 = 1e-3;
/// A collapsed patch whose longer side is below this share of the mean longer side is a point.
pub const POINT_SHARE: f64 = 0.05;
/// A collapsed patch whose smaller eigenvalue is below this share of the larger is a line: thinner than 1 : 10.
pub const LINE_RATIO: f64 = 0.01;

/// How a patch has degenerated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Collapse {
    None,
    /// Short in both directions.
    Point,
    /// Short in one direction.
    Line,
    /// Little area without being either: small all over, but not a point.
    Area,
}

/// Figures of one patch. Lengths in units of the mesh's positions.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PatchFigures {
    pub patch: u32,
    /// Integral of sqrt(EG-F²) over the unit square.
    pub area: f64,
    /// Mean of EG-F² over the unit square.
    pub mean_determinant: f64,
    /// Mean smaller by mean larger eigenvalue of [[E, F], [F, G]]: the squared ratio of the sides of a small square's
    /// image. 1 where the patch is evenly stretched, 0 for a line.
    pub eigenvalue_ratio: f64,
    pub collapsed: Collapse,
    /// Mean number of other patches within the radius of a point of this patch that face the same way (n·n > 0.5, or
    /// the far side of a thin blade would count), weighted by area.
    pub overlap: f64,
    /// Mean distance from this patch's border points to the nearest surface point of another patch; `None` if it is
    /// the only patch.
    pub border_gap: Option<f64>,
}

/// How large a patch is and how it has degenerated: what its form alone says, at a small part of the cost of [`patches`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Extent {
    /// Integral of sqrt(EG-F²) over the unit square.
    pub area: f64,
    pub collapsed: Collapse,
}

/// Why a mesh has no patch figures.
#[derive(Debug, Error, PartialEq)]
pub enum PatchError {
    #[error("the mesh carries no first fundamental form: patch figures need a decoded shape, not an imported mesh")]
    NoForm,
    #[error("{vertices} vertices aren't whole patches of {points} template points")]
    NotPatches { vertices: usize, points: usize },
}

/// Figures of every patch of a mesh that [`crate::mesh::tessellate::tessellate`] made on `template` and nobody welded.
///
/// `radius` is the distance within which patches overlap: 0.01 of the shape's ball by convention.
///
/// # Errors
/// A mesh without form, or with other vertices than whole patches.
pub fn patches(mesh: &Mesh, template: &Template, radius: f32) -> Result<Vec<PatchFigures>, PatchError> {
    let points = template.len();
    let weights = trapezoid(template.side());
    let forms = form_means(mesh, template, &weights)?;
    let (mean_determinant, mean_side) = across(&forms);

    let neighbours = Neighbours::new(mesh, points);
    let border = template.border();
    let figures = forms.par_iter().enumerate().map(|(patch, form)| PatchFigures {
        patch: patch as u32,
        area: form.area,
        mean_determinant: form.determinant,
        eigenvalue_ratio: form.ratio(),
        collapsed: form.collapse(mean_determinant, mean_side),
        overlap: neighbours.overlap(patch, radius, &form.element, &weights),
        border_gap: neighbours.gap(patch, &border),
    });
    Ok(figures.collect())
}

/// Area and degeneration of every patch of such a mesh.
///
/// # Errors
/// As [`patches`].
pub fn extents(mesh: &Mesh, template: &Template) -> Result<Vec<Extent>, PatchError> {
    let forms = form_means(mesh, template, &trapezoid(template.side()))?;
    let (mean_determinant, mean_side) = across(&forms);
    let extent = |f: &FormMeans| Extent { area: f.area, collapsed: f.collapse(mean_determinant, mean_side) };
    Ok(forms.iter().map(extent).collect())
}

/// One a patch.
fn form_means(mesh: &Mesh, template: &Template, weights: &[f64]) -> Result<Vec<FormMeans>, PatchError> {
    let points = template.len();
    if mesh.form.len() != mesh.positions.len() {
        return Err(PatchError::NoForm);
    }
    if !mesh.positions.len().is_multiple_of(points) {
        return Err(PatchError::NotPatches { vertices: mesh.positions.len(), points });
    }
    Ok(mesh.form.chunks(points).map(|form| FormMeans::of(form, weights)).collect())
}

/// Mean determinant and mean longer side over the patches: what a collapse is measured against.
fn across(forms: &[FormMeans]) -> (f64, f64) {
    let mean = |value: fn(&FormMeans) -> f64| forms.iter().map(value).sum::<f64>() / forms.len().max(1) as f64;
    (mean(|f| f.determinant), mean(|f| f.larger.sqrt()))
}

/// `[side * side]`, integration weights over the unit square by the trapezoid rule; their sum is 1.
fn trapezoid(side: usize) -> Vec<f64> {
    let step = 1.0 / (side - 1) as f64;
    let along = |i: usize| if i == 0 || i + 1 == side { step / 2.0 } else { step };
    (0..side * side).map(|i| along(i % side) * along(i / side)).collect()
}

/// Means over the unit square of what the first fundamental form says at each point.
struct FormMeans {
    area: f64,
    determinant: f64,
    /// Of the eigenvalues at each point, not the eigenvalues of the mean form: on a line whose direction in uv turns,
    /// the mean form looks round.
    larger: f64,
    smaller: f64,
    /// `[n]`, area element at each point.
    element: Vec<f64>,
}

impl FormMeans {
    fn of(form: &[[f32; 3]], weights: &[f64]) -> Self {
        let mut means = Self { area: 0.0, determinant: 0.0, larger: 0.0, smaller: 0.0, element: Vec::new() };
        for (form, weight) in form.iter().zip(weights) {
            let [e, f, g] = form.map(f64::from);
            // Rounding can push it below zero where the patch is a line.
            let determinant = (e * g - f * f).max(0.0);
            let half = (e + g) / 2.0;
            let spread = (((e - g) / 2.0).powi(2) + f * f).sqrt();
            means.area += weight * determinant.sqrt();
            means.determinant += weight * determinant;
            means.larger += weight * (half + spread);
            means.smaller += weight * (half - spread).max(0.0);
            means.element.push(determinant.sqrt());
        }
        means
    }

    fn ratio(&self) -> f64 {
        if self.larger > 0.0 { self.smaller / self.larger } else { 1.0 }
    }

    fn collapse(&self, mean_determinant: f64, mean_side: f64) -> Collapse {
        if self.determinant > 0.0 && self.determinant >= COLLAPSE_SHARE * mean_determinant {
            Collapse::None
        } else if self.larger.sqrt() <= POINT_SHARE * mean_side || self.larger == 0.0 {
            Collapse::Point
        } else if self.ratio() < LINE_RATIO {
            Collapse::Line
        } else {
            Collapse::Area
        }
    }
}

/// The surface around the patches.
struct Neighbours<'a> {
    mesh: &'a Mesh,
    tree: Bvh,
    normals: Vec<[f32; 3]>,
    points: usize,
}

impl<'a> Neighbours<'a> {
    fn new(mesh: &'a Mesh, points: usize) -> Self {
        let normals = if mesh.normals.is_empty() { vertex_normals(mesh) } else { mesh.normals.clone() };
        Self { mesh, tree: Bvh::new(mesh), normals, points }
    }

    fn patch_of(&self, triangle: usize) -> usize {
        self.mesh.triangles[triangle][0] as usize / self.points
    }

    fn overlap(&self, patch: usize, radius: f32, element: &[f64], weights: &[f64]) -> f64 {
        let (mut sum, mut total) = (0.0, 0.0);
        let flat = element.iter().all(|&a| a == 0.0);
        for i in 0..self.points {
            let vertex = patch * self.points + i;
            let (p, n) = (self.mesh.positions[vertex], self.normals[vertex]);
            let mut others = Vec::new();
            self.tree.near_point(p, radius, |t| {
                let other = self.patch_of(t);
                if other == patch || others.contains(&other) {
                    return;
                }
                let corners = self.mesh.corners(t);
                let away = sub(closest_point(p, corners), p);
                if dot(away, away) <= radius * radius && dot(normal(corners), n) > 0.5 {
                    others.push(other);
                }
            });
            // A patch without area has no weights to go by.
            let weight = weights[i] * if flat { 1.0 } else { element[i] };
            sum += weight * others.len() as f64;
            total += weight;
        }
        if total > 0.0 { sum / total } else { 0.0 }
    }

    fn gap(&self, patch: usize, border: &[u32]) -> Option<f64> {
        let mut sum = 0.0;
        for &i in border {
            let p = self.mesh.positions[patch * self.points + i as usize];
            sum += f64::from(self.tree.distance2(p, |t| self.patch_of(t) != patch)?).sqrt();
        }
        Some(sum / border.len() as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mesh::tessellate::{PatchPoints, tessellate};

    /// Parallelograms `(origin, f_u, f_v)`, with their exact form and normals.
    fn shape(sheets: &[[[f32; 3]; 3]], template: &Template) -> Mesh {
        let mut points = PatchPoints::default();
        for &[origin, du, dv] in sheets {
            for [u, v] in template.uv() {
                points.positions.push(std::array::from_fn(|i| origin[i] + u * du[i] + v * dv[i]));
                points.normals.push(crate::mesh::unit(crate::mesh::cross(du, dv)));
                points.form.push([dot(du, du), dot(du, dv), dot(dv, dv)]);
            }
        }
        tessellate(points, sheets.len(), &[], template)
    }

    const X: [f32; 3] = [1.0, 0.0, 0.0];
    const Y: [f32; 3] = [0.0, 1.0, 0.0];

    #[test]
    fn collapses_are_told_apart() {
        let template = Template::grid(6);
        let mesh = shape(
            &[
                [[0.0; 3], X, Y],
                [[0.0, 2.0, 0.0], X, [0.0, 2.0, 0.0]],
                [[3.0, 0.0, 0.0], X, [0.5, 0.0, 0.0]],
                [[5.0, 0.0, 0.0], [1e-3, 0.0, 0.0], [0.0, 1e-6, 0.0]],
                [[6.0, 0.0, 0.0], [0.15, 0.0, 0.0], [0.0, 0.15, 0.0]],
                [[7.0, 0.0, 0.0], [0.0; 3], [0.0; 3]],
            ],
            &template,
        );
        let found = patches(&mesh, &template, 0.01).unwrap();
        let kinds: Vec<_> = found.iter().map(|f| f.collapsed).collect();
        use Collapse::*;
        assert_eq!(kinds, [None, None, Line, Point, Area, Point]);
        assert!((found[0].area - 1.0).abs() < 1e-6 && (found[1].area - 2.0).abs() < 1e-6);
        assert!((found[1].mean_determinant - 4.0).abs() < 1e-5);
        assert!((found[1].eigenvalue_ratio - 0.25).abs() < 1e-6);
        assert!(found[2].area < 1e-6 && found[2].eigenvalue_ratio < 1e-6);
    }

    #[test]
    fn a_line_that_turns_in_uv_is_still_a_line() {
        let template = Template::grid(8);
        let mut mesh = shape(&[[[0.0; 3], X, Y], [[0.0, 3.0, 0.0], X, Y]], &template);
        // x = u² + v², so f_u and f_v both point along X and the mean form is [[a, b], [b, a]].
        for (i, [u, v]) in template.uv().into_iter().enumerate() {
            mesh.form[i] = [4.0 * u * u, 4.0 * u * v, 4.0 * v * v];
        }
        assert_eq!(patches(&mesh, &template, 0.01).unwrap()[0].collapsed, Collapse::Line);
    }

    #[test]
    fn all_points_at_one_place_are_all_collapsed() {
        let template = Template::grid(3);
        let mesh = shape(&[[[0.0; 3]; 3]; 2], &template);
        assert!(patches(&mesh, &template, 0.01).unwrap().iter().all(|f| f.collapsed == Collapse::Point));
    }

    #[test]
    fn overlap_counts_sheets_that_face_the_same_way() {
        let template = Template::grid(5);
        // Two sheets 0.005 apart, a third facing the other way in between, a fourth far off.
        let mesh = shape(
            &[[[0.0; 3], X, Y], [[0.0, 0.0, 0.005], X, Y], [[0.0, 0.0, 0.002], Y, X], [[9.0, 0.0, 0.0], X, Y]],
            &template,
        );
        let overlap: Vec<_> = patches(&mesh, &template, 0.01).unwrap().iter().map(|f| f.overlap.round()).collect();
        assert_eq!(overlap, [1.0, 1.0, 0.0, 0.0]);
        assert_eq!(patches(&mesh, &template, 0.001).unwrap()[0].overlap, 0.0);
    }

    #[test]
    fn the_gap_is_the_distance_to_another_patch() {
        let template = Template::grid(4);
        let apart = shape(&[[[0.0; 3], X, Y], [[0.0, 0.0, 0.25], X, Y]], &template);
        let gaps: Vec<_> = patches(&apart, &template, 0.01).unwrap().iter().map(|f| f.border_gap.unwrap()).collect();
        assert!(gaps.iter().all(|gap| (gap - 0.25).abs() < 1e-6), "{gaps:?}");
        let alone = shape(&[[[0.0; 3], X, Y]], &template);
        assert_eq!(patches(&alone, &template, 0.01).unwrap()[0].border_gap, None);
    }

    #[test]
    fn other_meshes_are_refused() {
        let template = Template::grid(4);
        let mut mesh = shape(&[[[0.0; 3], X, Y]], &template);
        assert_eq!(patches(&mesh, &Template::grid(5), 0.01), Err(PatchError::NotPatches { vertices: 16, points: 25 }));
        mesh.form.clear();
        assert_eq!(patches(&mesh, &template, 0.01), Err(PatchError::NoForm));
    }
}
