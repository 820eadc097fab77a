//! Which part each patch makes: a vote of the labelled training shapes, for each part of those that have it. (What few swords
//! have, as a bow over the knuckles, would never win among all.)

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::{Example, TrainError, VOTERS};
use crate::forge::Forge;
use crate::inspect::chamfer::nearest;
use crate::latent::Latent;
use crate::model::checkpoint::PatchPart;
use crate::template::Template;

/// Side of the grid that votes.
const GRID: usize = 8;

/// `[P]`: every decoded point votes for the part of the nearest labelled surface point, weighted by its area element.
/// Empty where no shape has named parts.
pub fn patch_parts(forge: &Forge, examples: &[Example], latents: &[Latent]) -> Result<Vec<PatchPart>, TrainError> {
    let patches = forge.checkpoint().config.patches;
    let uv = Template::grid(GRID).uv();
    let labelled: Vec<(&Example, &Latent)> =
        examples.iter().zip(latents).filter(|(e, _)| !e.part_names.is_empty() && !e.part.is_empty()).collect();
    let stride = labelled.len().div_ceil(VOTERS).max(1);
    let ballots = labelled.par_iter().step_by(stride).map(|(example, latent)| {
        let decoded = forge.decode_points(latent, &uv)?;
        let found = nearest(&decoded.positions, &example.surface);
        let mut ballot: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
        for (i, &j) in found.index.iter().enumerate() {
            let Some(name) = example.part.get(j as usize).and_then(|&p| example.part_names.get(usize::from(p))) else {
                continue;
            };
            let [e, f, g] = decoded.form[i];
            let area = f64::from((e * g - f * f).max(0.0).sqrt());
            ballot.entry(name).or_insert_with(|| vec![0.0; patches])[i / uv.len()] += area;
        }
        Ok(ballot)
    });
    let ballots: Vec<BTreeMap<&str, Vec<f64>>> = ballots.collect::<Result<_, TrainError>>()?;
    let mut total: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    let mut voters: BTreeMap<&str, f64> = BTreeMap::new();
    for (name, areas) in ballots.iter().flatten() {
        let sums = total.entry(name).or_insert_with(|| vec![0.0; patches]);
        sums.iter_mut().zip(areas).for_each(|(sum, area)| *sum += area);
        *voters.entry(name).or_insert(0.0) += 1.0;
    }
    for (name, sums) in &mut total {
        sums.iter_mut().for_each(|sum| *sum /= voters[name]);
    }
    let winner = |patch: usize| {
        let (part, area) = total.iter().map(|(name, sums)| (*name, sums[patch])).max_by(|a, b| a.1.total_cmp(&b.1))?;
        let all: f64 = total.values().map(|sums| sums[patch]).sum();
        Some(PatchPart { part: part.to_owned(), share: if all > 0.0 { (area / all) as f32 } else { 0.0 } })
    };
    Ok((0..patches).filter_map(winner).collect())
}
