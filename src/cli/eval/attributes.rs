//! Section 4: whether reconstructions keep their measures, above all the thin ones.

use rayon::prelude::*;
use serde::Serialize;

use super::reconstructions::Row as Reconstructed;
use crate::cli::output::progress;
use crate::cli::table::Table;
use crate::forge::{Forge, ForgeError};
use crate::inspect::agreement::{median_relative_error, r2};
use crate::inspect::attributes::{Attributes, measure};
use crate::shapes::Shape;
use crate::shapes::placement::Placement;
use crate::template::Template;

/// Grid side of the reconstructions that are measured: fine enough that a tip is not cut off.
pub const MEASURE_GRID: usize = 32;

/// An attribute by the generator's name, and where the measurement holds it.
type Attribute = (&'static str, fn(&Attributes) -> f32);

const ATTRIBUTES: [Attribute; 5] = [
    ("blade_length", |a| a.blade_length),
    ("blade_width", |a| a.blade_width),
    ("blade_thickness", |a| a.blade_thickness),
    ("guard_span", |a| a.guard_span),
    ("curvature", |a| a.curvature),
];

/// How well one attribute survives.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Kept {
    pub name: &'static str,
    /// Shapes that have it: a sword without a guard has no guard span.
    pub shapes: usize,
    /// Measured on the reconstruction, against the generator's truth.
    pub r2: Option<f64>,
    /// Median of |found / truth - 1|; `None` for the curvature, which is mostly 0.
    pub median_relative_error: Option<f64>,
    /// Against the same measurement of the input's mesh, which leaves the measurement's own error out.
    pub r2_of_measured: Option<f64>,
    pub median_relative_error_of_measured: Option<f64>,
    /// The measurement's own: of the input's mesh against the generator's truth.
    pub r2_of_measurement: Option<f64>,
}

/// The shapes, if all are swords whose generator says how they measure.
pub fn swords(shapes: &[Shape]) -> Option<&[Shape]> {
    let known = |shape: &Shape| ATTRIBUTES.iter().all(|(name, _)| shape.attributes.contains_key(*name));
    (!shapes.is_empty() && shapes.iter().all(known)).then_some(shapes)
}

/// Measures every sword and its reconstruction, in metres by the input's own scale.
///
/// # Errors
/// When a latent can't be decoded.
pub fn kept(forge: &Forge, swords: &[Shape], rows: &[Reconstructed]) -> Result<Vec<Kept>, ForgeError> {
    let template = Template::grid(MEASURE_GRID);
    let bar = progress(swords.len(), "measuring");
    let pairs = swords.par_iter().zip(rows).map(|(shape, row)| -> Result<_, ForgeError> {
        let input = shape.mesh();
        let mut decoded = forge.decode_unit(&row.latent, &template)?;
        decoded.transform(Placement::of(&input).radius, [0.0; 3]);
        bar.inc(1);
        Ok((measure(&input), forge.measure(&decoded)))
    });
    let pairs = pairs.collect::<Result<Vec<_>, _>>();
    bar.finish_and_clear();
    let pairs = pairs?;
    Ok(ATTRIBUTES.iter().map(|attribute| of(attribute, swords, &pairs)).collect())
}

fn of(&(name, value): &Attribute, swords: &[Shape], pairs: &[(Attributes, Attributes)]) -> Kept {
    let signed = name == "curvature";
    let mut columns = [Vec::new(), Vec::new(), Vec::new()];
    for (shape, (input, decoded)) in swords.iter().zip(pairs) {
        let truth = shape.attributes.get(name).copied().unwrap_or_default();
        if signed || truth != 0.0 {
            for (column, x) in columns.iter_mut().zip([truth, value(input), value(decoded)]) {
                column.push(f64::from(x));
            }
        }
    }
    let [truth, measured, found] = columns;
    let relative = |truth: &[f64]| if signed { None } else { median_relative_error(truth, &found) };
    Kept {
        name,
        shapes: truth.len(),
        r2: r2(&truth, &found),
        median_relative_error: relative(&truth),
        r2_of_measured: r2(&measured, &found),
        median_relative_error_of_measured: relative(&measured),
        r2_of_measurement: r2(&truth, &measured),
    }
}

/// The table.
pub fn text(kept: &[Kept]) -> String {
    let mut table = Table::new([
        "measured on reconstructions",
        "swords",
        "R2",
        "median error",
        "R2 (to input)",
        "median error (to input)",
        "R2 of measuring",
    ]);
    let number = |x: Option<f64>| x.map_or("-".to_owned(), |x| format!("{x:.3}"));
    let percent = |x: Option<f64>| x.map_or("-".to_owned(), |x| format!("{:.1} %", 100.0 * x));
    for k in kept {
        table.row([
            k.name.to_owned(),
            k.shapes.to_string(),
            number(k.r2),
            percent(k.median_relative_error),
            number(k.r2_of_measured),
            percent(k.median_relative_error_of_measured),
            number(k.r2_of_measurement),
        ]);
    }
    table.to_string()
}

/// What the columns mean.
pub fn convention() -> String {
    format!(
        "Measures: on the mesh decoded at {MEASURE_GRID} x {MEASURE_GRID} points a patch, by the parts that its patches make \
         where the model knows them, in metres by the input's scale, against the generator's truth; (to input): against \
         the input's mesh, measured by its slices; R2 of measuring: that measurement against the truth. R2 is 1 - squared error / variance. Thickness half way up the blade, width \
         a quarter up; swords without a guard don't count for its span."
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shapes::dataset::procedural;

    #[test]
    fn perfect_reconstructions_keep_everything() {
        let shapes = procedural(30, 1);
        let all = swords(&shapes).unwrap();
        let pairs: Vec<_> = all.iter().map(|s| (measure(&s.mesh()), measure(&s.mesh()))).collect();
        for attribute in &ATTRIBUTES {
            let found = of(attribute, all, &pairs);
            assert_eq!(found.r2_of_measured, Some(1.0));
            assert_eq!(found.r2, found.r2_of_measurement);
            assert_eq!(found.median_relative_error.is_none(), found.name == "curvature");
            assert!(found.median_relative_error.is_none_or(|e| e < 0.02), "{found:?}");
        }
        let mut imports = shapes.clone();
        imports[3].attributes.clear();
        assert!(swords(&imports).is_none() && swords(&[]).is_none());
    }

    #[test]
    fn twice_as_thick_is_an_error_of_a_hundred_percent() {
        let shapes = procedural(20, 2);
        let thick = |shape: &Shape| {
            let input = measure(&shape.mesh());
            let decoded = Attributes { blade_thickness: 2.0 * input.blade_thickness, ..input.clone() };
            (input, decoded)
        };
        let pairs: Vec<_> = shapes.iter().map(thick).collect();
        let found = of(&ATTRIBUTES[2], &shapes, &pairs);
        assert_eq!(found.median_relative_error_of_measured, Some(1.0));
        assert!(found.r2_of_measured.unwrap() < 0.0);
    }
}
