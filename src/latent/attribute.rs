//! Measured attributes as readouts of the latent, and as directions in it: how blade length becomes an operation.
//!
//! In principal coordinates w (standard deviations along [`Axes`]) the encoded set's covariance is the identity, so with
//! the readouts' gradients J `[A, d]` the step of smallest Mahalanobis norm that changes attribute i by one unit and holds
//! the others still is `Jᵀ (J Jᵀ)⁻¹ e_i`. Lengths are kept as shares of the overall length, since that is all a network
//! of unit balls can know; metres come in with the length.

use serde::{Deserialize, Serialize};

use super::symmetric::{cholesky, dot, orthonormalise, solve};
use super::{Axes, Latent};

/// Principal coordinates that readouts use at most.
const DIMENSIONS: usize = 48;
/// Ridge of a readout, relative to the coordinates' unit variance.
const RIDGE: f64 = 0.01;
/// A readout that explains less is none, and a direction built on it would lead anywhere.
const LEAST_R2: f32 = 0.3;
/// Added to the diagonal of `J Jᵀ` relative to its mean: attributes that nearly follow from the others must not lead far.
const DAMPING: f64 = 1e-3;

/// How an attribute follows the overall length.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scale {
    /// A length that is part of the overall one: changing it changes that too.
    Along,
    /// A length across.
    Across,
    /// No length: the same at any size.
    Ratio,
}

/// One measured attribute.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attribute {
    /// As `inspect` calls it, e.g. `blade_length`.
    pub name: String,
    pub scale: Scale,
    /// Mean and standard deviation over the measured set, as a share of the overall length (as it is for a ratio).
    pub mean: f32,
    pub deviation: f32,
    /// Standard deviation in metres over the measured set; the same as `deviation` for a ratio.
    pub metres: f32,
    /// Share of the variance that the readout explains on shapes that it was not fitted on.
    pub r2: f32,
    /// `[d]`: gradient of the readout in principal coordinates; its value at the origin is `bias`.
    pub readout: Vec<f32>,
    pub bias: f32,
    /// `[d]`: the step in principal coordinates that raises this attribute by one (in shares) and holds the others still.
    pub direction: Vec<f32>,
}

impl Attribute {
    /// The readout at a latent, a share of the overall length.
    pub fn at(&self, axes: &Axes, latent: &Latent) -> f32 {
        let w = axes.coordinates(latent, self.readout.len());
        self.bias + w.iter().zip(&self.readout).map(|(w, r)| *w as f32 * r).sum::<f32>()
    }

    /// `[K]`: how the readout changes with each number of the latent.
    pub fn gradient(&self, axes: &Axes) -> Vec<f64> {
        along(axes, &wide(&self.readout), |r, deviation| r / deviation)
    }

    /// Mahalanobis norm of a step of one deviation along the direction: how unusual a shape it leads to.
    pub fn effort(&self) -> f32 {
        self.deviation * self.direction.iter().map(|x| x * x).sum::<f32>().sqrt()
    }

    /// Whether numbers from a file are an attribute over these axes.
    pub fn fits(&self, axes: &Axes) -> bool {
        let d = self.readout.len();
        let scalars = [self.mean, self.deviation, self.metres, self.r2, self.bias];
        (1..=axes.directions.len()).contains(&d)
            && self.direction.len() == d
            && self.readout.iter().chain(&self.direction).chain(&scalars).all(|x| x.is_finite())
            && self.deviation > 0.0
            && self.metres > 0.0
    }
}

/// Principal coordinates as numbers of the latent, each made of itself and its axis' deviation.
fn along(axes: &Axes, coordinates: &[f64], weight: impl Fn(f64, f64) -> f64) -> Vec<f64> {
    let mut out = vec![0.0; axes.mean.len()];
    for ((c, deviation), direction) in coordinates.iter().zip(&axes.deviations).zip(&axes.directions) {
        let weight = weight(*c, f64::from(deviation.max(1e-9)));
        out.iter_mut().zip(direction).for_each(|(o, d)| *o += weight * f64::from(*d));
    }
    out
}

/// What a squared deviation of error may cost in squared deviations of the latent, inverted: of the attribute that is moved,
/// and of those that are held. Some nearly follow from others (what is no blade is hilt); holding both to the letter would
/// leave everything learnt.
const MOVED: f64 = 0.002;
const HELD: f64 = 0.05;

/// Deviations from the mean that a readout is led to at most, unless it starts from farther out. What is held is held in
/// metres: of a sword that is made short, every width would soon be a share that no shape has.
const FARTHEST: f32 = 3.0;

/// The step `[K]` from `start` that gives attributes what they lack `[A]` as the readouts see it: attribute `moved` nearly
/// all of it, the others as much as lies near, and none more than what lies within three deviations of the mean.
pub fn towards(axes: &Axes, attributes: &[Attribute], start: &Latent, lacking: &[f32], moved: usize) -> Vec<f64> {
    let scaled = |a: &Attribute| a.readout.iter().map(|r| f64::from(r / a.deviation)).collect();
    let gradients: Vec<Vec<f64>> = attributes.iter().map(scaled).collect();
    let bounded = |(a, lacks): (&Attribute, &f32)| {
        let from = (a.at(axes, start) - a.mean) / a.deviation;
        let to = (from + lacks / a.deviation).clamp(from.min(-FARTHEST), from.max(FARTHEST));
        f64::from(to - from)
    };
    let lacking: Vec<f64> = attributes.iter().zip(lacking).map(bounded).collect();
    let give = |i: usize| if i == moved { MOVED } else { HELD };
    let count = gradients.len();
    let gram: Vec<Vec<f64>> = (0..count)
        .map(|i| (0..count).map(|j| dot(&gradients[i], &gradients[j]) + if i == j { give(i) } else { 0.0 }).collect())
        .collect();
    let mut coordinates = vec![0.0; gradients.iter().map(Vec::len).max().unwrap_or(0)];
    if let Some(lower) = cholesky(&gram) {
        for (gradient, weight) in gradients.iter().zip(solve(&lower, &lacking)) {
            coordinates.iter_mut().zip(gradient).for_each(|(c, g)| *c += weight * g);
        }
    }
    along(axes, &coordinates, |c, deviation| c * deviation)
}

/// One attribute as measured on the shapes of a set.
#[derive(Clone, Debug)]
pub struct Measured {
    pub name: String,
    pub scale: Scale,
    /// `[N]`, shares of the overall length.
    pub values: Vec<f32>,
}

/// Readouts and directions from latents `[N]` whose shapes were decoded and measured. `lengths` `[N]` are their overall
/// lengths in metres. Every fifth shape only checks the readouts; attributes that can't be read are left out.
pub fn fit(axes: &Axes, latents: &[Latent], lengths: &[f32], measured: &[Measured]) -> Vec<Attribute> {
    let d = axes.directions.len().min(DIMENSIONS);
    let points: Vec<Vec<f64>> = latents.iter().map(|l| axes.coordinates(l, d)).collect();
    let mut attributes: Vec<Attribute> = measured.iter().filter_map(|m| readout(&points, lengths, m)).collect();
    let gradients: Vec<Vec<f64>> = attributes.iter().map(|a| wide(&a.readout)).collect();
    for (attribute, direction) in attributes.iter_mut().zip(directions(&gradients)) {
        attribute.direction = direction.iter().map(|x| significant(*x)).collect();
    }
    attributes
}

fn wide(values: &[f32]) -> Vec<f64> {
    values.iter().copied().map(f64::from).collect()
}

/// Six significant digits: as much as a measurement holds, in fewer letters.
fn significant(x: f64) -> f32 {
    if x == 0.0 || !x.is_finite() {
        return x as f32;
    }
    let unit = 10f64.powi(5 - x.abs().log10().floor() as i32);
    ((x * unit).round() / unit) as f32
}

/// Ridge regression on four fifths of the points, checked on the rest.
fn readout(points: &[Vec<f64>], lengths: &[f32], measured: &Measured) -> Option<Attribute> {
    let Measured { name, scale, values } = measured;
    let d = points.first()?.len();
    let moments = |values: &[f64]| {
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / values.len() as f64;
        (mean, variance.sqrt())
    };
    let values = wide(values);
    let (mean, deviation) = moments(&values);
    let metres = match scale {
        Scale::Ratio => deviation,
        _ => moments(&values.iter().zip(lengths).map(|(v, l)| v * f64::from(*l)).collect::<Vec<_>>()).1,
    };
    if points.len() < 10 || deviation.is_nan() || deviation < 1e-6 || metres <= 0.0 {
        return None;
    }
    let rows = |held: bool| points.iter().zip(&values).enumerate().filter(move |(i, _)| (i % 5 == 4) == held);
    let count = rows(false).count() as f64;
    let centre: Vec<f64> = (0..d).map(|k| rows(false).map(|(_, (p, _))| p[k]).sum::<f64>() / count).collect();
    let level = rows(false).map(|(_, (_, v))| v).sum::<f64>() / count;
    let (mut normal, mut right) = (vec![vec![0.0; d]; d], vec![0.0; d]);
    for (_, (p, v)) in rows(false) {
        let x: Vec<f64> = p.iter().zip(&centre).map(|(x, c)| x - c).collect();
        for i in 0..d {
            right[i] += x[i] * (v - level);
            (0..=i).for_each(|j| normal[i][j] += x[i] * x[j]);
        }
    }
    (0..d).for_each(|i| normal[i][i] += RIDGE * count);
    let gradient = solve(&cholesky(&normal)?, &right);
    let bias = level - dot(&gradient, &centre);
    let held_mean = rows(true).map(|(_, (_, v))| v).sum::<f64>() / rows(true).count() as f64;
    let residual: f64 = rows(true).map(|(_, (p, v))| (bias + dot(&gradient, p) - v).powi(2)).sum();
    let total: f64 = rows(true).map(|(_, (_, v))| (v - held_mean).powi(2)).sum();
    let r2 = if total > 0.0 { (1.0 - residual / total) as f32 } else { 0.0 };
    (r2 >= LEAST_R2).then(|| Attribute {
        name: name.clone(),
        scale: *scale,
        mean: mean as f32,
        deviation: deviation as f32,
        metres: metres as f32,
        r2,
        readout: gradient.iter().map(|x| significant(*x)).collect(),
        bias: bias as f32,
        direction: vec![0.0; d],
    })
}

/// `Jᵀ (J Jᵀ)⁻¹`, its columns as rows `[A, d]`, for gradients J `[A, d]`.
fn directions(gradients: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let count = gradients.len();
    // Attributes differ in size by orders of magnitude: unit gradients first, so that one damping suits all.
    let sizes: Vec<f64> = gradients.iter().map(|g| dot(g, g).sqrt().max(1e-30)).collect();
    let units: Vec<Vec<f64>> = gradients.iter().zip(&sizes).map(|(g, s)| g.iter().map(|x| x / s).collect()).collect();
    let gram: Vec<Vec<f64>> = (0..count)
        .map(|i| (0..count).map(|j| dot(&units[i], &units[j]) + if i == j { DAMPING } else { 0.0 }).collect())
        .collect();
    let Some(lower) = cholesky(&gram) else { return gradients.to_vec() };
    (0..count)
        .map(|i| {
            let one: Vec<f64> = (0..count).map(|j| f64::from(i == j) / sizes[i]).collect();
            let weights = solve(&lower, &one);
            let d = units[i].len();
            (0..d).map(|k| (0..count).map(|j| weights[j] * units[j][k]).sum()).collect()
        })
        .collect()
}

/// Corrections of [`steer`] at most.
const CORRECTIONS: usize = 12;
/// An error, in deviations, that is near enough.
const NEAR: f64 = 0.01;
/// Step of the finite differences, and longest step at once, in deviations of the encoded set.
const PROBE: f64 = 0.15;
const STRIDE: f64 = 1.5;
/// A latent's distance from the mean, by that which the encoded set has at the root mean square, that no step leads beyond.
const REACH: f64 = 1.6;
/// Steps that leave more of the squared error than this lead nowhere.
const WORTH: f64 = 0.9;
/// Tikhonov damping of a correction relative to the squared sensitivities' mean.
const CORRECTION_DAMPING: f64 = 1e-3;

/// Moves a latent until its measured attributes are `targets` `[A]` (shares, in the order of `attributes`): first along
/// the stored directions, then by damped Gauss-Newton steps with finite differences of `measure` itself in the space that
/// the directions span (in all coordinates, where that leads no further), since a decoder bends what a readout takes for
/// straight. Returns the nearest latent found and what
/// it measures; a target that no shape nearby has is approached as far as it goes, which is not beyond what was encoded.
/// `trust`: how far from the start it may go, in deviations; where that is finite, only along what the directions span, since a
/// shape that measures right need not look right.
///
/// # Errors
/// Whatever `measure` returns at the start; a step that can't be measured is not taken.
pub fn steer<E>(
    axes: &Axes,
    attributes: &[Attribute],
    start: &Latent,
    targets: &[f32],
    trust: f64,
    measure: &mut dyn FnMut(&Latent) -> Result<Vec<f32>, E>,
) -> Result<(Latent, Vec<f32>), E> {
    let mut here = start.clone();
    let mut found = measure(&here)?;
    let lacking = |found: &[f32]| -> Vec<f64> {
        let each = attributes.iter().zip(targets.iter().zip(found));
        each.map(|(a, (t, f))| f64::from((t - f) / a.deviation)).collect()
    };
    let mut left = lacking(&found);
    let mut span: Vec<Vec<f64>> = attributes.iter().map(|a| wide(&a.direction)).collect();
    orthonormalise(&mut span);
    span.retain(|row| dot(row, row) > 0.5);
    let distance = |latent: &Latent| {
        let w = axes.coordinates(latent, axes.deviations.len());
        dot(&w, &w).sqrt()
    };
    let origin = axes.coordinates(start, axes.deviations.len());
    let moved = |latent: &Latent| {
        let w = axes.coordinates(latent, axes.deviations.len());
        w.iter().zip(&origin).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt()
    };
    let farthest = (REACH * (axes.deviations.len() as f64).sqrt()).max(distance(start));
    let mut widened = false;
    for round in 0..=CORRECTIONS {
        if left.iter().all(|e| e.abs() < NEAR) || span.is_empty() {
            break;
        }
        let mut step = vec![0.0; span[0].len()];
        if round == 0 {
            for (attribute, error) in attributes.iter().zip(&left) {
                let by = error * f64::from(attribute.deviation);
                step.iter_mut().zip(&attribute.direction).for_each(|(s, d)| *s += by * f64::from(*d));
            }
        } else {
            let Some(weights) = correction(axes, attributes, &here, &found, &left, &span, measure) else { break };
            for (row, weight) in span.iter().zip(weights) {
                step.iter_mut().zip(row).for_each(|(s, x)| *s += weight * x);
            }
        }
        let long = dot(&step, &step).sqrt();
        let mut by = if long > STRIDE { STRIDE / long } else { 1.0 };
        let before = dot(&left, &left);
        let mut better = false;
        for _ in 0..4 {
            let mut there = here.clone();
            axes.move_by(&mut there, &step.iter().map(|s| by * s).collect::<Vec<_>>());
            if distance(&there) <= farthest
                && moved(&there) <= trust
                && let Ok(measured) = measure(&there)
            {
                let error = lacking(&measured);
                if dot(&error, &error) < before {
                    (here, found, left) = (there, measured, error);
                    better = dot(&left, &left) < WORTH * before;
                    break;
                }
            }
            by *= 0.5;
        }
        if !better && round > 0 {
            if widened || trust.is_finite() {
                break;
            }
            // Here the decoder bends out of what the directions span: from now on every coordinate may give way.
            let d = step.len();
            span = (0..d).map(|i| (0..d).map(|j| f64::from(i == j)).collect()).collect();
            widened = true;
        }
    }
    Ok((here, found))
}

/// Weights of the span's rows that would take away the error `left`, by the sensitivities measured around `here`.
fn correction<E>(
    axes: &Axes,
    attributes: &[Attribute],
    here: &Latent,
    found: &[f32],
    left: &[f64],
    span: &[Vec<f64>],
    measure: &mut dyn FnMut(&Latent) -> Result<Vec<f32>, E>,
) -> Option<Vec<f64>> {
    let mut columns = Vec::new();
    for row in span {
        let mut probe = here.clone();
        axes.move_by(&mut probe, &row.iter().map(|x| PROBE * x).collect::<Vec<_>>());
        let there = measure(&probe).ok()?;
        let slope = |(a, (t, f)): (&Attribute, (&f32, &f32))| f64::from((t - f) / a.deviation) / PROBE;
        columns.push(attributes.iter().zip(there.iter().zip(found)).map(slope).collect::<Vec<f64>>());
    }
    let mut normal: Vec<Vec<f64>> = columns.iter().map(|a| columns.iter().map(|b| dot(a, b)).collect()).collect();
    let mean = (0..normal.len()).map(|i| normal[i][i]).sum::<f64>() / normal.len() as f64;
    (0..normal.len()).for_each(|i| normal[i][i] += CORRECTION_DAMPING * mean + 1e-12);
    let right: Vec<f64> = columns.iter().map(|c| dot(c, left)).collect();
    Some(solve(&cholesky(&normal)?, &right))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    /// Three attributes of a latent of six numbers with correlated spread; `bent` makes the decoder non-linear.
    fn decode(latent: &Latent, bent: f32) -> Vec<f32> {
        let z = latent.values();
        let a = 0.6 + 0.1 * z[0] + 0.05 * z[1];
        let b = 0.05 + 0.01 * z[1] - 0.004 * z[2] + bent * 0.004 * z[0] * z[0];
        vec![a, b, 0.2 + 0.03 * z[3] + 0.01 * z[0] + bent * 0.02 * (z[1] * z[3]).sin()]
    }

    fn fitted(bent: f32) -> (Axes, Vec<Latent>, Vec<Attribute>) {
        let mut rng = ChaCha8Rng::seed_from_u64(8);
        let mut draw = || {
            let mut latent = Latent::prior(1, 6, &mut rng);
            let z = latent.values_mut();
            (z[1], z[4]) = (0.7 * z[1] + 0.5 * z[0], 0.1 * z[4]);
            latent
        };
        let latents: Vec<Latent> = (0..400).map(|_| draw()).collect();
        let axes = Axes::fit(&latents).unwrap();
        let values: Vec<Vec<f32>> = latents.iter().map(|l| decode(l, bent)).collect();
        let measured = |(i, (name, scale)): (usize, (&str, Scale))| Measured {
            name: name.into(),
            scale,
            values: values.iter().map(|v| v[i]).collect(),
        };
        let names = [("length", Scale::Along), ("width", Scale::Across), ("bend", Scale::Ratio)];
        let measured: Vec<Measured> = names.into_iter().enumerate().map(measured).collect();
        let attributes = fit(&axes, &latents, &vec![2.0; 400], &measured);
        (axes, latents, attributes)
    }

    #[test]
    fn a_direction_moves_its_attribute_and_holds_the_others() {
        let (axes, latents, attributes) = fitted(0.0);
        assert!(attributes.len() == 3 && attributes.iter().all(|a| a.r2 > 0.999), "{attributes:?}");
        assert!((attributes[0].metres - 2.0 * attributes[0].deviation).abs() < 1e-6);
        assert_eq!(attributes[2].metres, attributes[2].deviation);
        for (i, attribute) in attributes.iter().enumerate() {
            let mut moved = latents[3].clone();
            let by: Vec<f64> =
                attribute.direction.iter().map(|x| f64::from(*x) * f64::from(attribute.deviation)).collect();
            axes.move_by(&mut moved, &by);
            let (before, after) = (decode(&latents[3], 0.0), decode(&moved, 0.0));
            for (j, other) in attributes.iter().enumerate() {
                let change = (after[j] - before[j]) / other.deviation;
                assert!((change - f32::from(u8::from(i == j))).abs() < 0.02, "{i} changes {j} by {change}");
            }
            assert!((attribute.at(&axes, &moved) - after[i]).abs() < 0.05 * attribute.deviation);
        }
    }

    #[test]
    fn steering_reaches_its_targets_through_a_bent_decoder() {
        let (axes, latents, attributes) = fitted(1.0);
        for latent in &latents[..10] {
            let mut targets = decode(latent, 1.0);
            targets[1] += attributes[1].deviation;
            let mut measure = |l: &Latent| Ok::<_, ()>(decode(l, 1.0));
            let (_, found) = steer(&axes, &attributes, latent, &targets, f64::INFINITY, &mut measure).unwrap();
            for ((f, t), a) in found.iter().zip(&targets).zip(&attributes) {
                assert!(((f - t) / a.deviation).abs() < 0.03, "{found:?} for {targets:?}");
            }
        }
    }

    #[test]
    fn the_way_is_the_most_usual_one() {
        let (axes, latents, attributes) = fitted(0.0);
        let mut targets = decode(&latents[0], 0.0);
        targets[0] += attributes[0].deviation;
        let mut measure = |l: &Latent| Ok::<_, ()>(decode(l, 0.0));
        let (moved, _) = steer(&axes, &attributes, &latents[0], &targets, f64::INFINITY, &mut measure).unwrap();
        // What no attribute depends on stays.
        for i in [4, 5] {
            assert!((moved.values()[i] - latents[0].values()[i]).abs() < 0.25, "{i}");
        }
        assert!(attributes[0].effort() > 0.9 && attributes[0].effort() < 3.0, "{}", attributes[0].effort());
    }

    #[test]
    fn noise_is_no_attribute_and_json_keeps_one() {
        let (axes, latents, attributes) = fitted(0.0);
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let values = Latent::prior(1, latents.len(), &mut rng).values().to_vec();
        let noise = Measured { name: "noise".into(), scale: Scale::Ratio, values };
        assert!(fit(&axes, &latents, &vec![1.0; 400], &[noise]).is_empty());
        let text = serde_json::to_string(&attributes).unwrap();
        assert_eq!(serde_json::from_str::<Vec<Attribute>>(&text).unwrap(), attributes);
        assert!(attributes.iter().all(|a| a.fits(&axes)));
    }
}
