//! A z-buffer rasteriser with studio light. Bands of rows are drawn in parallel, each with its own supersampled buffer;
//! a triangle is shaded once for a pixel however many samples it covers there.

use super::colour::{linear_rgb, patch_colour};
use super::frame::{Backdrop, Frame, Seen};
use super::light::{Surface, exposed, shade};
use super::samples::Samples;
use super::view::{Camera, Projected};
use super::{Picture, View};
use crate::mesh::{Mesh, Vec3, cross, dot, norm, scaled, sub, unit};
use rayon::prelude::*;

/// What the shape is painted with.
#[derive(Clone, Debug, PartialEq)]
pub enum Paint {
    /// Brushed steel.
    Steel,
    /// Matt, in one sRGB colour.
    Matt([u8; 3]),
    /// [`patch_colour`] of each vertex's patch; steel where a mesh has none.
    Patches,
    /// `[N, 3]` sRGB, one colour a vertex (heat maps); steel if the length doesn't fit the mesh.
    Vertices(Vec<[u8; 3]>),
    /// `[T]`, what each triangle is made of; steel if the length doesn't fit the mesh.
    Substances(Vec<Substance>),
}

/// What a surface is made of, as glTF's factors tell it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Substance {
    /// Linear base colour.
    pub colour: [f32; 3],
    pub metallic: f32,
    pub roughness: f32,
}

/// How a picture is drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct Style {
    /// Size of the picture in pixels, brought into `1..=Picture::LARGEST`.
    pub width: u32,
    pub height: u32,
    pub paint: Paint,
    pub backdrop: Backdrop,
    /// Supersampling per axis, `1..=4`.
    pub samples: u32,
    /// Face normals instead of the vertices'.
    pub flat: bool,
    /// Shows the reverse of a surface in a warm tint; otherwise both sides look alike.
    pub show_backfaces: bool,
    /// sRGB and alpha of lines along the triangles' edges.
    pub wireframe: Option<[u8; 4]>,
    /// Darkening of creases, 0 none to 1.
    pub occlusion: f32,
    /// Shadow on the backdrop, 0 none to 1.
    pub shadow: f32,
    /// Strength of a thin dark line around the outline, 0 none to 1: keeps bright steel apart from a bright backdrop.
    pub outline: f32,
    /// Radius in pixels of the balls that a point cloud is drawn with.
    pub point_radius: f32,
}

impl Default for Style {
    /// Steel on a dark studio backdrop, 600 x 800.
    fn default() -> Self {
        Self {
            width: 600,
            height: 800,
            paint: Paint::Steel,
            backdrop: Backdrop::Gradient { top: [70, 75, 83], bottom: [38, 41, 46] },
            samples: 3,
            flat: false,
            show_backfaces: false,
            wireframe: None,
            occlusion: 0.8,
            shadow: 0.45,
            outline: 0.0,
            point_radius: 1.6,
        }
    }
}

impl Style {
    /// This style at another size, in pixels.
    pub fn sized(self, width: u32, height: u32) -> Self {
        Self { width, height, ..self }
    }

    /// This style with another paint.
    pub fn painted(self, paint: Paint) -> Self {
        Self { paint, ..self }
    }

    /// For cells of a printed sheet: steel on light grey, no shadow.
    pub fn sheet() -> Self {
        Self { backdrop: Backdrop::Solid([226, 229, 233]), samples: 4, shadow: 0.0, outline: 0.6, ..Self::default() }
    }
}

/// Rows of pixels that one task draws.
const BAND: usize = 16;

/// Draws a mesh, or a point cloud if it has no triangles. Takes any input: triangles with a missing or non-finite corner
/// are left out, and an empty mesh gives the bare backdrop.
pub fn render(mesh: &Mesh, view: &View, style: &Style) -> Picture {
    let width = style.width.clamp(1, Picture::LARGEST);
    let height = style.height.clamp(1, Picture::LARGEST);
    let camera = Camera::fit(view, &mesh.positions, width, height);
    let scene = Scene::new(mesh, &camera, style);
    let (columns, rows) = (width as usize, height as usize);
    let bands = scene.bands(rows);
    let mut pixels = vec![Seen::default(); columns * rows];
    pixels.par_chunks_mut(columns * BAND).zip(&bands).enumerate().for_each(|(band, (pixels, items))| {
        scene.draw_band(pixels, columns, band * BAND, items);
    });
    let mut frame = Frame { width: columns, height: rows, pixels };
    if style.occlusion > 0.0 && !mesh.triangles.is_empty() {
        frame.occlude(&camera, style.occlusion.min(1.0));
    }
    let rgba = frame.developed(style.backdrop, style.shadow, style.outline);
    Picture::from_rgba(width, height, rgba).unwrap_or_else(|| Picture::new(width, height, [0; 4]))
}

/// A mesh in front of a camera. Items are triangles, or points if there are none.
struct Scene<'a> {
    mesh: &'a Mesh,
    camera: &'a Camera,
    style: &'a Style,
    projected: Vec<Option<Projected>>,
    /// `[N]`, linear, or empty.
    colours: Vec<[f32; 3]>,
    smooth: bool,
    samples: usize,
    /// Nearest and farthest depth of a point cloud.
    depths: (f64, f64),
}

impl<'a> Scene<'a> {
    fn new(mesh: &'a Mesh, camera: &'a Camera, style: &'a Style) -> Self {
        let vertices = mesh.positions.len();
        let projected: Vec<_> = mesh.positions.par_iter().map(|&p| camera.project(p)).collect();
        let colours = match &style.paint {
            Paint::Patches if mesh.patch.len() == vertices => {
                mesh.patch.iter().map(|&p| linear_rgb(patch_colour(p as usize))).collect()
            }
            Paint::Vertices(colours) if colours.len() == vertices => colours.iter().map(|&c| linear_rgb(c)).collect(),
            _ => Vec::new(),
        };
        let smooth = !style.flat && mesh.normals.len() == vertices;
        let depths = projected
            .iter()
            .flatten()
            .fold((f64::NEG_INFINITY, f64::INFINITY), |(near, far), p| (near.max(p.depth), far.min(p.depth)));
        Self { mesh, camera, style, projected, colours, smooth, samples: style.samples.clamp(1, 4) as usize, depths }
    }

    /// The items that reach into each band of rows, in order.
    fn bands(&self, rows: usize) -> Vec<Vec<u32>> {
        let mut bands = vec![Vec::new(); rows.div_ceil(BAND)];
        let mut enter = |item: usize, top: f64, bottom: f64| {
            if bottom >= 0.0 && top < rows as f64 {
                let first = top.max(0.0) as usize / BAND;
                let last = (bottom as usize).min(rows - 1) / BAND;
                bands[first..=last].iter_mut().for_each(|band| band.push(item as u32));
            }
        };
        if self.mesh.triangles.is_empty() {
            let r = self.radius();
            for (i, p) in self.projected.iter().enumerate() {
                if let Some(p) = p {
                    enter(i, p.y - r, p.y + r);
                }
            }
        } else {
            for t in 0..self.mesh.triangles.len() {
                if let Some([a, b, c]) = self.corners(t) {
                    enter(t, a.y.min(b.y).min(c.y), a.y.max(b.y).max(c.y));
                }
            }
        }
        bands
    }

    fn radius(&self) -> f64 {
        f64::from(self.style.point_radius.clamp(0.3, 200.0))
    }

    fn corners(&self, t: usize) -> Option<[Projected; 3]> {
        let [a, b, c] = self.mesh.triangles[t].map(|i| self.projected.get(i as usize).copied().flatten());
        Some([a?, b?, c?])
    }

    /// Draws the items into `pixels`, whole rows of which the first is row `top` of the picture.
    fn draw_band(&self, pixels: &mut [Seen], columns: usize, top: usize, items: &[u32]) {
        if items.is_empty() {
            return;
        }
        let s = self.samples;
        let mut buffer = Samples::new(columns * s, pixels.len() / columns * s);
        for &item in items {
            if self.mesh.triangles.is_empty() {
                if let Some(p) = self.projected[item as usize] {
                    buffer.disc(item, self.in_samples(p, top), self.radius() * s as f64);
                }
            } else if let Some(corners) = self.corners(item as usize) {
                buffer.triangle(item, corners.map(|p| self.in_samples(p, top)));
            }
        }
        for (at, seen) in pixels.iter_mut().enumerate() {
            *seen = self.resolve(&buffer, at % columns, at / columns, top);
        }
    }

    fn in_samples(&self, p: Projected, top: usize) -> [f64; 3] {
        let s = self.samples as f64;
        [p.x * s, (p.y - top as f64) * s, p.depth]
    }

    /// Shades each item that is visible in a pixel at the middle of its samples there.
    fn resolve(&self, buffer: &Samples, column: usize, row: usize, top: usize) -> Seen {
        let s = self.samples;
        let mut visible = [(u32::MAX, 0u32, 0.0f64, 0.0f64); 16];
        let mut count = 0;
        let mut seen = Seen { depth: f32::NEG_INFINITY, ..Seen::default() };
        for y in row * s..(row + 1) * s {
            for x in column * s..(column + 1) * s {
                let at = y * buffer.wide + x;
                let item = buffer.item[at];
                if item == u32::MAX {
                    continue;
                }
                seen.depth = seen.depth.max(buffer.depth[at]);
                let slot = visible[..count].iter().position(|v| v.0 == item).unwrap_or_else(|| {
                    visible[count] = (item, 0, 0.0, 0.0);
                    count += 1;
                    count - 1
                });
                let v = &mut visible[slot];
                *v = (item, v.1 + 1, v.2 + x as f64 + 0.5, v.3 + y as f64 + 0.5);
            }
        }
        for &(item, hits, x, y) in &visible[..count] {
            let share = 1.0 / (f64::from(hits) * s as f64);
            let (x, y) = (x * share, top as f64 + y * share);
            let (light, normal) = if self.mesh.triangles.is_empty() {
                self.shade_point(item as usize, x, y)
            } else {
                self.shade_triangle(item as usize, x, y)
            };
            let weight = hits as f32 / (s * s) as f32;
            seen.cover += weight;
            seen.light = std::array::from_fn(|c| seen.light[c] + weight * light[c]);
            seen.normal = std::array::from_fn(|c| seen.normal[c] + weight * normal[c]);
        }
        seen.normal = unit(seen.normal);
        seen
    }

    /// Light and normal of triangle `t` at a point of the picture.
    fn shade_triangle(&self, t: usize, x: f64, y: f64) -> ([f32; 3], Vec3) {
        let Some(p) = self.corners(t) else { return Default::default() };
        let doubled = cross2(p[0], p[1], p[2].x, p[2].y);
        let edges = [cross2(p[1], p[2], x, y), cross2(p[2], p[0], x, y), cross2(p[0], p[1], x, y)];
        let screen = edges.map(|e| (e / doubled).clamp(0.0, 1.0));
        let total: f64 = (0..3).map(|i| screen[i] * p[i].weight).sum();
        let weights: [f32; 3] = std::array::from_fn(|i| (screen[i] * p[i].weight / total) as f32);
        let depth: f64 = (0..3).map(|i| screen[i] * p[i].depth).sum();
        let here = self.camera.behind(x, y, depth);
        let eye = self.camera.to_eye(here);

        let index = self.mesh.triangles[t].map(|i| i as usize);
        let blend = |values: &[[f32; 3]]| -> [f32; 3] {
            std::array::from_fn(|c| (0..3).map(|k| weights[k] * values[index[k]][c]).sum())
        };
        // Rows run downward, so a triangle that is counter-clockwise to the viewer has a negative area here.
        let back = doubled > 0.0;
        let [a, b, c] = self.mesh.corners(t);
        let mut face = self.camera.turned(unit(cross(sub(b, a), sub(c, a))));
        if back {
            face = scaled(face, -1.0);
        }
        let mut n = face;
        if self.smooth {
            let blended = self.camera.turned(blend(&self.mesh.normals));
            if norm(blended) > 1e-6 {
                // Whichever side is seen is lit, even where the vertices' normals disagree with the winding.
                n = scaled(unit(blended), if dot(blended, face) < 0.0 { -1.0 } else { 1.0 });
            }
        }
        let tilt = dot(n, eye);
        if tilt < 0.02 {
            // A smooth normal may lean over the horizon; bring it back to the rim.
            n = unit(std::array::from_fn(|i| n[i] + (0.02 - tilt) * eye[i]));
        }
        let mut surface = match &self.style.paint {
            Paint::Substances(of) if of.len() == self.mesh.triangles.len() => {
                let Substance { colour, metallic, roughness } = of[t];
                Surface { base: colour, metal: metallic, roughness }
            }
            _ => self.surface(if self.colours.is_empty() { None } else { Some(blend(&self.colours)) }),
        };
        if back && self.style.show_backfaces {
            surface = Surface { base: [0.62, 0.20, 0.07], metal: 0.0, roughness: 0.8 };
        }
        let mut light = exposed(shade(self.camera.unrolled(n), self.camera.unrolled(eye), surface));
        if let Some([r, g, b, alpha]) = self.style.wireframe {
            let sides: [f64; 3] = std::array::from_fn(|i| {
                let (from, to) = (p[(i + 1) % 3], p[(i + 2) % 3]);
                (to.x - from.x).hypot(to.y - from.y)
            });
            let distance = (0..3).map(|i| edges[i].abs() / sides[i].max(1e-9)).fold(f64::INFINITY, f64::min);
            let line = (1.2 - distance).clamp(0.0, 1.0) as f32 * f32::from(alpha) / 255.0;
            let ink = linear_rgb([r, g, b]);
            light = std::array::from_fn(|c| light[c] + (ink[c] - light[c]) * line);
        }
        (light, n)
    }

    /// Light and normal of the ball at vertex `i`: far balls sink into haze.
    fn shade_point(&self, i: usize, x: f64, y: f64) -> ([f32; 3], Vec3) {
        let Some(p) = self.projected[i] else { return Default::default() };
        let r = self.radius();
        let (dx, dy) = (((x - p.x) / r) as f32, ((p.y - y) / r) as f32);
        let n = unit([dx, dy, (1.0 - dx * dx - dy * dy).max(0.05).sqrt()]);
        let base = self.colours.get(i).copied().unwrap_or([0.30, 0.42, 0.60]);
        let light = exposed(shade(n, [0.0, 0.0, 1.0], Surface { base, metal: 0.0, roughness: 0.9 }));
        let (near, far) = self.depths;
        let haze = if near > far { ((near - p.depth) / (near - far)) as f32 } else { 0.0 };
        (scaled(light, 1.0 - 0.62 * haze), n)
    }

    fn surface(&self, colour: Option<[f32; 3]>) -> Surface {
        match (colour, &self.style.paint) {
            (Some(base), _) => Surface { base, metal: 0.0, roughness: 0.55 },
            (None, Paint::Matt(colour)) => Surface { base: linear_rgb(*colour), metal: 0.0, roughness: 0.8 },
            (None, _) => Surface { base: [0.60, 0.61, 0.63], metal: 1.0, roughness: 0.26 },
        }
    }
}

/// Twice the signed area of (`a`, `b`, (`x`, `y`)), positive if clockwise in a picture whose rows run downward.
fn cross2(a: Projected, b: Projected, x: f64, y: f64) -> f64 {
    (b.x - a.x) * (y - a.y) - (b.y - a.y) * (x - a.x)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quad(z: f32, half: f32, patch: u32) -> Mesh {
        Mesh {
            positions: vec![[-half, -half, z], [half, -half, z], [half, half, z], [-half, half, z]],
            triangles: vec![[0, 1, 2], [0, 2, 3]],
            patch: vec![patch; 4],
            ..Default::default()
        }
    }

    fn cube() -> Mesh {
        let positions = (0..8).map(|c| std::array::from_fn(|i| if c >> i & 1 == 0 { -1.0 } else { 1.0 })).collect();
        let quads: [[u32; 4]; 6] = [[4, 5, 7, 6], [1, 0, 2, 3], [5, 1, 3, 7], [0, 4, 6, 2], [6, 7, 3, 2], [0, 1, 5, 4]];
        let triangles = quads.iter().flat_map(|q| [[q[0], q[1], q[2]], [q[0], q[2], q[3]]]).collect();
        Mesh { positions, triangles, ..Default::default() }
    }

    fn clear(width: u32, height: u32) -> Style {
        Style { width, height, backdrop: Backdrop::Transparent, shadow: 0.0, ..Style::default() }
    }

    /// Mean coverage, `0..=1`.
    fn share(picture: &Picture) -> f64 {
        let total: f64 = picture.rgba().chunks(4).map(|p| f64::from(p[3]) / 255.0).sum();
        total / f64::from(picture.width() * picture.height())
    }

    #[test]
    fn the_nearer_surface_wins_in_any_order() {
        let (near, far) = (quad(0.5, 0.5, 0), quad(-0.5, 1.0, 0));
        let (red, blue) = ([[230, 30, 30]; 4], [[30, 30, 230]; 4]);
        let draw = |first: (&Mesh, [[u8; 3]; 4]), second: (&Mesh, [[u8; 3]; 4]), view: View| {
            let mut mesh = first.0.clone();
            mesh.append(second.0);
            render(&mesh, &view, &clear(80, 80).painted(Paint::Vertices([first.1, second.1].concat())))
        };
        let picture = draw((&near, red), (&far, blue), View::front());
        assert!(picture == draw((&far, blue), (&near, red), View::front()));
        let is_red = |p: &Picture, x| p.pixel(x, 40).is_some_and(|c| c[0] > c[2]);
        assert!(is_red(&picture, 40) && !is_red(&picture, 8));
        // From behind, the large one hides the small one.
        let behind = draw((&near, red), (&far, blue), View { yaw: std::f32::consts::PI, ..View::front() });
        assert!(!is_red(&behind, 40) && !is_red(&behind, 8));
    }

    #[test]
    fn a_cube_covers_what_geometry_says() {
        let front = render(&cube(), &View { margin: 0.1, ..View::front() }, &clear(200, 200));
        assert!((share(&front) - 0.64).abs() < 0.01, "{}", share(&front));
        // Turned by 45 degrees, its outline is √2 wide and 1 high, fitted by width.
        let turned = View { yaw: std::f32::consts::FRAC_PI_4, margin: 0.1, ..View::front() };
        let turned = render(&cube(), &turned, &clear(200, 200));
        assert!((share(&turned) - 0.64 / 2f64.sqrt()).abs() < 0.01, "{}", share(&turned));
    }

    #[test]
    fn neighbouring_triangles_leave_no_crack() {
        let picture =
            render(&quad(0.0, 1.0, 0), &View { roll: 0.3, margin: 0.0, ..View::three_quarter() }, &clear(151, 151));
        let inside = (60..90).flat_map(|y| (60..90).map(move |x| (x, y)));
        assert!(inside.into_iter().all(|(x, y)| picture.pixel(x, y).is_some_and(|p| p[3] == 255)));
    }

    #[test]
    fn the_reverse_is_warm_only_on_request() {
        let mut mesh = quad(0.0, 1.0, 0);
        mesh.triangles.iter_mut().for_each(|t| t.swap(0, 1));
        let plain = render(&mesh, &View::front(), &clear(40, 40));
        let shown = render(&mesh, &View::front(), &Style { show_backfaces: true, ..clear(40, 40) });
        let warmth = |p: &Picture| p.pixel(20, 20).map(|c| i32::from(c[0]) - i32::from(c[2])).unwrap();
        assert!(warmth(&plain) < 20 && warmth(&shown) > 60, "{} {}", warmth(&plain), warmth(&shown));
    }

    #[test]
    fn any_input_gives_a_picture() {
        let style = clear(30, 20);
        let bare = render(&Mesh::default(), &View::front(), &style);
        assert_eq!(share(&bare), 0.0);
        let mut broken = quad(0.0, 1.0, 0);
        broken.positions[3] = [f32::NAN, f32::INFINITY, 0.0];
        broken.triangles.extend([[0, 1, 99], [0, 0, 0], [0, 0, 1]]);
        broken.normals = vec![[0.0; 3]; 4];
        broken.patch = vec![7];
        assert!(share(&render(&broken, &View::three_quarter(), &style)) > 0.1);
        for scale in [0.0, 1e-30, 1e30, f32::MAX] {
            let mut mesh = quad(0.0, 1.0, 0);
            mesh.positions.iter_mut().for_each(|p| *p = p.map(|x| x * scale));
            for view in [View::front(), View::side(), View { field: 3.0, ..View::three_quarter() }] {
                render(&mesh, &view, &style);
                render(&mesh, &view.framing(([0.0; 3], [1e-3; 3])), &style);
            }
        }
        let tiny = render(&cube(), &View::front(), &clear(0, 0));
        assert_eq!((tiny.width(), tiny.height()), (1, 1));
    }

    #[test]
    fn points_and_lines_are_drawn() {
        let mut cloud = cube();
        cloud.triangles.clear();
        let style = Style { point_radius: 5.0, ..clear(100, 100) };
        let picture = render(&cloud, &View { margin: 0.2, ..View::front() }, &style);
        // Four discs are seen, each before another.
        let expected = 4.0 * std::f64::consts::PI * 25.0 / 1e4;
        assert!((share(&picture) - expected).abs() < 0.1 * expected, "{}", share(&picture));
        let wire = Style { wireframe: Some([255, 0, 0, 255]), ..clear(100, 100) };
        let picture = render(&quad(0.0, 1.0, 0), &View::front(), &wire);
        let red = |x, y| picture.pixel(x, y).is_some_and(|p| p[0] > 180 && p[0] > p[1] + 80);
        assert!(red(49, 50) && !red(70, 80), "the diagonal of the quad is not a line");
    }
}
