//! What became of an export, in figures and in words.

use serde::{Deserialize, Serialize};

use super::options::Surface;

/// Figures of an export.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Report {
    pub surface: Surface,
    /// Overall length, metres.
    pub length: f32,
    /// Finest first.
    pub levels: Vec<LevelReport>,
    /// Of the finest level, once equal positions are merged.
    pub closed: Closedness,
    /// Of the finest level from what is seen of the dense decode as it is shown, both ways; of a closed surface.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deviation: Option<DeviationReport>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub texture: Option<TextureReport>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hulls: Vec<HullReport>,
    /// Where the shape is on its way to another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub morph: Option<MorphReport>,
    /// In words, for people.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

/// One level of detail.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LevelReport {
    pub triangles: usize,
    /// As drawn: copied where normals or texture coordinates part.
    pub vertices: usize,
    /// What it alone takes in the file.
    pub bytes: usize,
    /// How far it strays from the surface that was simplified, at most.
    pub error_mm: f32,
}

/// Whether a surface is the skin of a solid.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Closedness {
    /// Every edge has two triangles, every vertex one fan.
    pub closed: bool,
    pub outward: bool,
    pub open_edges: usize,
    /// Vertices at which the surface touches itself.
    pub touching: usize,
    /// Surfaces that hang together.
    pub components: usize,
    /// Triangles without area.
    pub degenerate: usize,
    /// Triangles that pass through another one.
    pub crossing: usize,
}

/// Distances between two surfaces.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DeviationReport {
    /// 99 % of either surface lies nearer to the other.
    pub most_mm: f32,
    pub largest_mm: f32,
}

/// How the surface lies in its texture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TextureReport {
    /// Side in texels, baked or not.
    pub size: u32,
    pub charts: usize,
    /// Share of the texture that the surface covers.
    pub coverage: f32,
    /// L² stretch: 1 where every length is true.
    pub stretch: f32,
    /// Texels a metre: least, mean and most, leaving out the hundredth at either end.
    pub density: [f32; 3],
    /// Of a bake: share of the texels that found no dense surface.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missed: Option<f32>,
}

/// A convex body.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct HullReport {
    pub vertices: usize,
    pub triangles: usize,
}

/// A shape's way to another.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct MorphReport {
    /// What the other is called.
    pub to: String,
    /// Morph targets, the other shape among them.
    pub targets: usize,
    /// How long the animation lasts.
    pub seconds: f32,
    /// How far a vertex lies beside its place at most, wherever the way was decoded.
    pub error_mm: f32,
    /// What the targets take in the file, all levels together.
    pub bytes: usize,
    /// Whether the triangles and the texture are those of the other shape, which shows parts that the first hides.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub from_end: bool,
    /// How far the finest level lies from the shape that is closed there, at even steps from one end to the other; of a
    /// closed surface.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub along: Vec<AlongReport>,
}

/// One place on the way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct AlongReport {
    /// 0 at the first shape, 1 at the other.
    pub at: f32,
    /// 99 % of either surface lies nearer to the other.
    pub most_mm: f32,
    pub largest_mm: f32,
    /// Triangles that pass through another one.
    pub crossing: usize,
}

impl Report {
    /// Names and values for a terminal or a panel, in their order. Warnings are not among them.
    pub fn rows(&self) -> Vec<(String, String)> {
        let mut rows = Vec::new();
        let mut row = |name: &str, value: String| rows.push((name.to_owned(), value));
        row("surface", self.surface_in_words());
        row("length", format!("{:.3} m", self.length));
        let many = self.levels.len() > 1;
        for (i, level) in self.levels.iter().enumerate() {
            let LevelReport { triangles, vertices, bytes, error_mm } = level;
            let name = if many { format!("level {i}") } else { "triangles".to_owned() };
            let of = if many { " triangles" } else { "" };
            let kilobytes = bytes.div_ceil(1000);
            row(&name, format!("{triangles}{of}, {vertices} vertices, {kilobytes} kB, error {error_mm:.2} mm"));
        }
        if let Some(DeviationReport { most_mm, largest_mm }) = self.deviation {
            row("deviation", format!("99 % within {most_mm:.2} mm of the dense shape, largest {largest_mm:.2} mm"));
        }
        if let Some(TextureReport { size, charts, coverage, stretch, density: [least, mean, most], missed }) =
            self.texture
        {
            let filled = 100.0 * coverage;
            let charts = format!("{charts} charts fill {filled:.0} %, stretch {stretch:.3}");
            if missed.is_some() {
                row("texture", format!("{size} x {size} baked, {charts}"));
                row("texels", format!("{mean:.0} a metre, {least:.0} to {most:.0}"));
            } else {
                row("UVs", format!("{charts}; a texture of {size} x {size} would have {mean:.0} texels a metre"));
            }
        }
        if !self.hulls.is_empty() {
            let corners: usize = self.hulls.iter().map(|h| h.vertices).sum();
            row("collision", format!("{} convex bodies, {corners} vertices", self.hulls.len()));
        }
        if let Some(MorphReport { to, targets, seconds, error_mm, bytes, from_end, along }) = &self.morph {
            let (s, kilobytes) = (if *targets == 1 { "" } else { "s" }, bytes.div_ceil(1000));
            let beside = format!("at most {error_mm:.2} mm beside the way");
            let of = if *from_end { ", the triangles of the other, which shows more parts" } else { "" };
            row("morph", format!("to {to}: {targets} target{s} in {seconds} s, {beside}, {kilobytes} kB{of}"));
            if !along.is_empty() {
                let most: Vec<String> = along.iter().map(|a| format!("{:.2}", a.most_mm)).collect();
                let largest = along.iter().map(|a| a.largest_mm).fold(0.0, f32::max);
                let most = most.join(", ");
                let crossing = along.iter().map(|a| a.crossing).max().unwrap_or(0);
                let crossing = if crossing > 0 { format!(", up to {crossing} triangles cross") } else { String::new() };
                let said = format!("99 % within {most} mm of what is closed there, largest {largest:.2} mm{crossing}");
                row("on the way", said);
            }
        }
        rows
    }

    fn surface_in_words(&self) -> String {
        let Closedness { closed, outward, open_edges, touching, components, crossing, .. } = self.closed;
        let pieces = if components == 1 { "one piece".to_owned() } else { format!("{components} pieces") };
        let state = match (closed, outward) {
            (true, true) => "closed, facing outward".to_owned(),
            (true, false) => "closed, not facing outward".to_owned(),
            (false, _) if open_edges == 0 => format!("touching itself at {touching} points"),
            (false, _) => format!("open ({open_edges} open edges)"),
        };
        let crossing = if crossing > 0 { format!(", {crossing} triangles cross") } else { String::new() };
        let kind = if self.surface == Surface::Closed && closed { "" } else { &format!("{}: ", self.surface.name()) };
        format!("{kind}{state}, {pieces}{crossing}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_survives_json_and_reads_well() {
        let level = LevelReport { triangles: 1998, vertices: 1700, bytes: 99_001, error_mm: 0.42 };
        let report = Report {
            length: 1.1,
            levels: vec![level, LevelReport { triangles: 999, ..level }],
            closed: Closedness { closed: true, outward: true, components: 1, ..Default::default() },
            deviation: Some(DeviationReport { most_mm: 0.5, largest_mm: 1.25 }),
            morph: Some(MorphReport {
                to: "b".into(),
                targets: 3,
                seconds: 2.0,
                error_mm: 0.456,
                bytes: 12_345,
                from_end: true,
                along: vec![AlongReport { at: 1.0, most_mm: 1.5, largest_mm: 7.0, crossing: 2 }],
            }),
            warnings: vec!["careful".into()],
            ..Default::default()
        };
        let text = serde_json::to_string(&report).unwrap();
        assert_eq!(serde_json::from_str::<Report>(&text).unwrap(), report);
        let rows: Vec<String> = report.rows().iter().map(|(name, value)| format!("{name}: {value}")).collect();
        assert_eq!(
            rows,
            [
                "surface: closed, facing outward, one piece",
                "length: 1.100 m",
                "level 0: 1998 triangles, 1700 vertices, 100 kB, error 0.42 mm",
                "level 1: 999 triangles, 1700 vertices, 100 kB, error 0.42 mm",
                "deviation: 99 % within 0.50 mm of the dense shape, largest 1.25 mm",
                "morph: to b: 3 targets in 2 s, at most 0.46 mm beside the way, 13 kB, the triangles of the other, which shows \
                 more parts",
                "on the way: 99 % within 1.50 mm of what is closed there, largest 7.00 mm, up to 2 triangles cross",
            ]
        );
    }
}
