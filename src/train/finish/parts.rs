//! Which part each patch makes: what the recipe allotted it to, or else a vote of the labelled training shapes; and how far
//! these agree.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::{Example, TrainError, VOTERS};
use crate::forge::Forge;
use crate::inspect::chamfer::nearest;
use crate::latent::Latent;
use crate::model::checkpoint::PatchPart;
use crate::template::Template;
use crate::train::recipe::PartShare;

/// Side of the grid that votes.
const GRID: usize = 8;

/// `[P]`: every decoded point votes for the part of the nearest labelled surface point, weighted by its area element. The
/// allotted part stands whatever the vote (a bow that hides in most grips is no grip), and its share is that among the shapes
/// that have it. Empty where no shape has named parts.
pub fn patch_parts(
    forge: &Forge,
    examples: &[Example],
    latents: &[Latent],
    allotted: &[PartShare],
) -> Result<Vec<PatchPart>, TrainError> {
    let patches = forge.checkpoint().config.patches;
    let uv = Template::grid(GRID).uv();
    let labelled: Vec<(&Example, &Latent)> =
        examples.iter().zip(latents).filter(|(e, _)| !e.part_names.is_empty() && !e.part.is_empty()).collect();
    let stride = labelled.len().div_ceil(VOTERS).max(1);
    let ballots = labelled.par_iter().step_by(stride).map(|(example, latent)| {
        let decoded = forge.decode_points(latent, &uv)?;
        let found = nearest(&decoded.positions, &example.surface);
        let mut ballot: Ballot = example.part_names.iter().map(|name| (name.as_str(), vec![0.0; patches])).collect();
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
    let ballots: Vec<Ballot> = ballots.collect::<Result<_, TrainError>>()?;
    if ballots.is_empty() {
        return Ok(Vec::new());
    }
    let names = allotted.iter().flat_map(|share| std::iter::repeat_n(share.name.as_str(), share.patches));
    let mut names = names.map(Some).chain(std::iter::repeat(None));
    Ok((0..patches).filter_map(|patch| verdict(&ballots, patch, names.next().flatten())).collect())
}

/// One shape's areas by the parts that it has, `[P]` each.
type Ballot<'a> = BTreeMap<&'a str, Vec<f64>>;

/// The part of a patch: `allotted`, or the one with the largest area.
fn verdict(ballots: &[Ballot], patch: usize, allotted: Option<&str>) -> Option<PatchPart> {
    let mut areas: BTreeMap<&str, f64> = BTreeMap::new();
    for ballot in ballots.iter().filter(|ballot| allotted.is_none_or(|part| ballot.contains_key(part))) {
        ballot.iter().for_each(|(name, of)| *areas.entry(name).or_insert(0.0) += of[patch]);
    }
    let part = allotted.or_else(|| Some(*areas.iter().max_by(|a, b| a.1.total_cmp(b.1))?.0))?;
    let (own, all) = (areas.get(part).copied().unwrap_or(0.0), areas.values().sum::<f64>());
    Some(PatchPart { part: part.to_owned(), share: if all > 0.0 { (own / all) as f32 } else { 0.0 } })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_patch_makes_what_it_was_allotted_to_and_else_what_most_of_it_lies_at() {
        // Two swords; only the second has a bow, whose patch is small there and hides in the grip of the first.
        let ballots = [
            Ballot::from([("grip", vec![9.0, 8.0])]),
            Ballot::from([("grip", vec![7.0, 1.0]), ("bow", vec![0.0, 3.0])]),
        ];
        let part = |patch, allotted| verdict(&ballots, patch, allotted).map(|p| (p.part, p.share)).unwrap();
        assert_eq!(part(0, None), ("grip".to_owned(), 1.0));
        assert_eq!(part(1, None), ("grip".to_owned(), 0.75));
        assert_eq!(part(1, Some("bow")), ("bow".to_owned(), 0.75));
        assert_eq!(part(1, Some("ring")), ("ring".to_owned(), 0.0));
    }
}
