//! `atlasforge inspect`: figures of a shape, or what a model says about itself.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result};
use clap::Args;
use serde::Serialize;

use super::GridArgs;
use super::model::ModelArgs;
use super::output::{print, print_json};
use super::subject::SubjectArgs;
use super::table::Table;
use crate::class::Class;
use crate::forge::open::{OpenError, Refusal, extras};
use crate::forge::{Forge, Subject};
use crate::inspect::attributes::{Attributes, measure};
use crate::inspect::figures::{MeshFigures, SelfIntersections, figures};
use crate::inspect::orientation::{RESOLUTION, front_share};
use crate::inspect::patches::{Collapse, PatchFigures, patches};
use crate::latent::Density;
use crate::latent::attribute::Scale;
use crate::mesh::Mesh;
use crate::model::checkpoint::Checkpoint;
use crate::model::{Codebook, PosteriorKind};
use crate::shapes::import::read_mesh;
use crate::template::Template;

/// Radius within which patches overlap, in radii of the shape's ball.
const OVERLAP_RADIUS: f32 = 0.01;

/// Measure a mesh, a decoded shape with its patches, or (without FILE and --seed) show the model's card
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  atlasforge inspect                     the model's card and the names of its encoded swords
  atlasforge inspect mine.obj            figures of any mesh, in the file's unit
  atlasforge inspect --seed 7 --json     a decoded shape in metres, patch by patch")]
pub struct Inspect {
    #[command(flatten)]
    subject: SubjectArgs,
    #[command(flatten)]
    grid: GridArgs,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    pub(super) model: ModelArgs,
}

#[derive(Debug, Serialize)]
struct Report {
    name: String,
    /// What lengths are in: `metres`, or the `file's unit`.
    unit: &'static str,
    mesh: MeshFigures,
    /// Measured as a sword that stands along Y; nothing for what a model of another class made.
    attributes: Option<Attributes>,
    #[serde(skip_serializing_if = "Option::is_none")]
    decoded: Option<Decoded>,
}

#[derive(Debug, Serialize)]
struct Decoded {
    model: String,
    grid: usize,
    length: f32,
    /// Of the area that is hit first from 64 directions outside, the share that shows its front.
    front_share: f32,
    collapsed: usize,
    patches: Vec<PatchFigures>,
    /// The codes that the latent was decoded as, of a quantised network.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    codes: Vec<Code>,
}

#[derive(Debug, Serialize)]
struct Code {
    segment: usize,
    code: usize,
    /// Share of the training set's shapes that have it.
    share: f32,
}

/// What the latent's numbers are replaced by; none without a codebook.
fn codes(forge: &Forge, subject: &Subject) -> Vec<Code> {
    let Some(book) = forge.codebook() else { return Vec::new() };
    let nearest = book.nearest(subject.latent.values()).into_iter().enumerate();
    nearest.map(|(segment, code)| Code { segment, code, share: book.share(segment, code) }).collect()
}

impl Inspect {
    pub fn run(self) -> Result<()> {
        let report = match (&self.subject.file, self.subject.seed) {
            (None, None) => return self.card(),
            (Some(path), _) => self.file(path)?,
            (None, Some(seed)) => {
                let forge = self.model.forge()?;
                let subject = Subject::seeded(&forge, seed);
                let (mesh, decoded) = self.decoded(&forge, &subject)?;
                let attributes = forge.class().is_sword().then(|| forge.measure(&mesh));
                Report { attributes, ..report(subject.name, "metres", &mesh, Some(decoded), forge.class()) }
            }
        };
        if self.json { print_json(&report) } else { print(&report.text()) }
    }

    fn file(&self, path: &Path) -> Result<Report> {
        let mesh = read_mesh(path)?;
        let name = path.display().to_string();
        if extras(path)?.is_none() {
            return Ok(report(name, "file's unit", &mesh, None, Class::Sword));
        }
        let forge = self.model.forge()?;
        let decoded = match forge.reopen(path) {
            Err(OpenError::Refused { why: Refusal::OtherModel { made_by, .. }, .. }) => {
                eprintln!(
                    "atlasforge: '{name}' was made by the model {made_by}; give it with --model to see its patches"
                );
                None
            }
            reopened => reopened?.map(|subject| self.decoded(&forge, &subject)).transpose()?,
        };
        // The file's own vertices don't say which patch they belong to.
        let measured = || decoded.as_ref().map_or_else(|| measure(&mesh), |(mesh, _)| forge.measure(mesh));
        let attributes = forge.class().is_sword().then(measured);
        let decoded = decoded.map(|(_, decoded)| decoded);
        Ok(Report { attributes, ..report(name, "metres", &mesh, decoded, forge.class()) })
    }

    fn decoded(&self, forge: &Forge, subject: &Subject) -> Result<(Mesh, Decoded)> {
        let grid = self.grid.or(subject.grid());
        let shown = self.subject.file.as_ref().map_or_else(|| subject.name.clone(), |path| path.display().to_string());
        let template = Template::grid(grid);
        let mesh = forge
            .decode(&subject.latent, subject.length, &template)
            .with_context(|| format!("can't decode '{shown}'"))?;
        let placement = forge.placement(&subject.latent, subject.length);
        let patches = patches(&mesh, &template, OVERLAP_RADIUS * placement.scale)?;
        let decoded = Decoded {
            model: forge.checkpoint().hash(),
            grid,
            length: placement.length,
            front_share: front_share(&mesh, RESOLUTION),
            collapsed: patches.iter().filter(|p| p.collapsed != Collapse::None).count(),
            patches,
            codes: codes(forge, subject),
        };
        Ok((mesh, decoded))
    }

    fn card(&self) -> Result<()> {
        let checkpoint = self.model.checkpoint()?;
        let Checkpoint { config, meta, .. } = &checkpoint;
        if self.json {
            let encoded: Vec<_> = meta
                .encoded
                .iter()
                .map(|e| {
                    let (name, kind, length, assumed) = (&e.name, &e.kind, e.length, e.length_assumed);
                    serde_json::json!({ "name": name, "kind": kind, "length": length, "length_assumed": assumed })
                })
                .collect();
            return print_json(&serde_json::json!({
                "hash": checkpoint.hash(), "network": config.network(), "class": meta.class, "config": config, "card": meta.card,
                "encoded": encoded,
                "attributes": meta.attributes, "patch_parts": meta.patch_parts,
                "density": meta.density.as_ref().map(density_figures),
            }));
        }
        let mut text = format!(
            "model {}, hash {}\n{} with {} patches, latent {} x {}, decoder {:?} {:?}\n",
            self.model.name(),
            checkpoint.hash(),
            config.network(),
            config.patches,
            config.groups,
            config.latent,
            config.decoder,
            config.activation,
        );
        if let PosteriorKind::Quantised(shape) = config.posterior {
            text += &codebook(&Codebook::of(&checkpoint.weights, shape)?);
        }
        for (key, value) in &meta.card {
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            text += &format!("{key}: {value}\n");
        }
        text += &learnt(&checkpoint);
        let mut table = Table::new([format!("encoded {}", meta.class.noun()).as_str(), "kind", "length m"]);
        for e in &meta.encoded {
            let assumed = if e.length_assumed { " (assumed)" } else { "" };
            table.row([e.name.clone(), e.kind.clone(), format!("{:.3}{assumed}", e.length)]);
        }
        if !meta.encoded.is_empty() {
            text += &format!("\n{table}");
        }
        print(&text)
    }
}

/// A codebook's use, a line a segment.
fn codebook(book: &Codebook) -> String {
    let mut table = Table::new(["segment", "numbers", "codes", "used", "perplexity"]);
    for segment in 0..book.segments() {
        let counts = [segment, book.width(), book.codes(), book.used(segment)].map(|n| n.to_string());
        table.row(counts.into_iter().chain([format!("{:.1}", book.perplexity(segment))]));
    }
    table.to_string()
}

/// What a density says about itself.
fn density_figures(density: &Density) -> serde_json::Value {
    serde_json::json!({
        "components": density.weights.len(),
        "dimensions": density.dimensions(),
        "held_out_log_likelihood": {
            "mixture": density.held_out, "gaussian": density.held_out_gaussian, "prior": density.held_out_prior,
        },
    })
}

/// Patch parts, density and attributes, for reading.
fn learnt(checkpoint: &Checkpoint) -> String {
    let meta = &checkpoint.meta;
    let mut text = String::new();
    let mut parts: BTreeMap<&str, Vec<f32>> = BTreeMap::new();
    meta.patch_parts.iter().for_each(|p| parts.entry(&p.part).or_default().push(p.share));
    if !parts.is_empty() {
        let part = |(name, shares): (&&str, &Vec<f32>)| {
            format!("{name} {} ({:.0} %)", shares.len(), 100.0 * shares.iter().sum::<f32>() / shares.len() as f32)
        };
        let parts: Vec<String> = parts.iter().map(part).collect();
        text += &format!("patches by part (share of their area that lies there): {}\n", parts.join(", "));
    }
    if let Some(density) = &meta.density {
        text += &format!(
            "density: {} Gaussians over {} axes; log-likelihood of held-out shapes {:.2}, of one Gaussian {:.2}, of N(0, I) {:.2}\n",
            density.weights.len(),
            density.dimensions(),
            density.held_out,
            density.held_out_gaussian,
            density.held_out_prior
        );
    }
    if !meta.attributes.is_empty() {
        let mut table = Table::new(["attribute", "mean", "deviation", "deviation m", "R2 of readout", "effort of one"]);
        for a in &meta.attributes {
            let metres = if a.scale == Scale::Ratio { "-".to_owned() } else { format!("{:.4}", a.metres) };
            let shares = [format!("{:.4}", a.mean), format!("{:.4}", a.deviation), metres];
            let figures = [format!("{:.3}", a.r2), format!("{:.2}", a.effort())];
            table.row([a.name.clone()].into_iter().chain(shares).chain(figures));
        }
        text += &format!(
            "\nattributes as shares of the length; effort: deviations of the set that a move of one deviation takes\n{table}"
        );
    }
    text
}

fn report(name: String, unit: &'static str, mesh: &Mesh, decoded: Option<Decoded>, class: Class) -> Report {
    Report { name, unit, mesh: figures(mesh), attributes: class.is_sword().then(|| measure(mesh)), decoded }
}

impl Report {
    fn text(&self) -> String {
        let Self { name, unit, mesh, attributes, decoded } = self;
        let SelfIntersections { pairs, complete } = mesh.self_intersections;
        let [x, y, z] = mesh.extents;
        let closed = if mesh.watertight { format!("yes, volume {:.6}", mesh.volume) } else { "no".to_owned() };
        let more = if complete { "" } else { " or more" };
        let mut rows = vec![
            ("vertices", mesh.vertices.to_string()),
            ("triangles", mesh.triangles.to_string()),
            ("extents", format!("{x:.4} x {y:.4} x {z:.4}")),
            ("area", format!("{:.5}", mesh.area)),
            ("watertight", closed),
            ("boundary edges", mesh.boundary_edges.to_string()),
            ("non-manifold edges", mesh.non_manifold_edges.to_string()),
            ("inconsistent edges", mesh.inconsistent_edges.to_string()),
            ("components", mesh.components.to_string()),
            ("degenerate triangles", mesh.degenerate_triangles.to_string()),
            ("self-intersections", format!("{pairs}{more} pairs of triangles")),
        ];
        if let Some(a) = attributes {
            let Attributes { blade_length, blade_width, blade_thickness, curvature, guard_span, .. } = a;
            rows.push((
                "blade",
                format!(
                    "{blade_length:.3} long, {blade_width:.3} wide, {blade_thickness:.4} thick, curvature {curvature:.3}"
                ),
            ));
            rows.push(("guard", format!("{guard_span:.3} wide")));
            rows.push(("grip", a.grip_length.map_or_else(String::new, |x| format!("{x:.3} long"))));
            rows.push(("pommel", a.pommel_width.map_or_else(String::new, |x| format!("{x:.3} wide"))));
        }
        let mut text = format!("{name} (in {})\n", if *unit == "metres" { "metres" } else { "the file's unit" });
        for (key, value) in rows.iter().filter(|(_, value)| !value.is_empty()) {
            text += &format!("  {key:<21} {value}\n");
        }
        let Some(Decoded { model, grid, length, front_share, collapsed, patches, codes }) = decoded else {
            return text;
        };
        text += &format!(
            "\ndecoded by the model {model}: {} patches of {grid} x {grid}, {length:.3} m long, {collapsed} collapsed, {:.1} % of the visible area faces outward\n\n",
            patches.len(),
            100.0 * front_share
        );
        if !codes.is_empty() {
            let mut table = Table::new(["segment", "code", "share of the training set %"]);
            for Code { segment, code, share } in codes {
                table.row([segment.to_string(), code.to_string(), format!("{:.1}", 100.0 * share)]);
            }
            text += &format!("{table}\n");
        }
        let mut table = Table::new(["patch", "area cm2", "eigenvalue ratio", "overlap", "border gap mm", "collapsed"]);
        for p in patches {
            let collapsed = match p.collapsed {
                Collapse::None => "no",
                Collapse::Point => "to a point",
                Collapse::Line => "to a line",
                Collapse::Area => "small all over",
            };
            let gap = p.border_gap.map_or_else(|| "-".to_owned(), |g| format!("{:.2}", 1e3 * g));
            let figures =
                [format!("{:.2}", 1e4 * p.area), format!("{:.3}", p.eigenvalue_ratio), format!("{:.2}", p.overlap)];
            table.row([p.patch.to_string()].into_iter().chain(figures).chain([gap, collapsed.to_owned()]));
        }
        text + &table.to_string()
    }
}
