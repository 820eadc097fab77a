//! From a recipe to the shapes that it asks for.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use rayon::prelude::*;

use super::charts::optional;
use super::data::TrainingSet;
use super::progress::Progress;
use super::recipe::{PartShare, Recipe};
use super::session::SessionError;
use crate::shapes::dataset::{self, Kind};
use crate::shapes::duplicates::{Register, Signature};
use crate::shapes::{Shape, WHOLE};

/// Time between two words about a long reading.
const TELL_EVERY: Duration = Duration::from_secs(2);

/// The recipe's shapes, sampled.
///
/// # Errors
/// When a folder of meshes can't be read, nothing is left to learn from, or no shape has a part that the recipe names.
pub fn load(recipe: &Recipe, observe: &mut dyn FnMut(&Progress)) -> Result<TrainingSet, SessionError> {
    let data = &recipe.data;
    let (mut shapes, mut held_out) = (Vec::new(), Vec::new());
    if data.procedural > 0 {
        observe(&Progress::Stage(format!("making {} procedural {}", data.procedural, data.generator.plural())));
        let made = dataset::generated(data.generator, data.procedural, data.procedural_seed);
        shapes.extend(made.into_iter().map(|s| (s, Kind::Procedural)));
    }
    // Names of data.except that some mesh begins with: one that is misspelt would train on what is to be held out.
    let mut met: BTreeSet<&str> = BTreeSet::new();
    for folder in &data.meshes {
        let mut told = Instant::now();
        let read = dataset::read_watched(folder, data.generator, &mut |done, total| {
            if told.elapsed() > TELL_EVERY {
                told = Instant::now();
                observe(&Progress::Stage(format!("read {done} of {total} meshes in {}", folder.display())));
            }
        })?;
        read.notes.iter().for_each(|note| observe(&Progress::Stage(note.clone())));
        observe(&Progress::Stage(format!("read {} shapes from {}", read.items.len(), folder.display())));
        let names = || read.items.iter().map(|item| &item.shape.name);
        met.extend(data.except.iter().map(String::as_str).filter(|start| names().any(|name| name.starts_with(start))));
        let (out, items): (Vec<_>, Vec<_>) = read.items.into_iter().partition(|item| data.leaves_out(&item.shape.name));
        if !out.is_empty() {
            observe(&Progress::Stage(format!("left out {} of them, as data.except asks", out.len())));
        }
        held_out.extend(out.into_iter().map(|item| item.shape));
        shapes.extend(items.into_iter().map(|item| (item.shape, item.kind)));
    }
    if let Some(name) = data.except.iter().find(|name| !met.contains(name.as_str())) {
        return Err(SessionError::Except { name: name.clone() });
    }
    if shapes.is_empty() && !data.except.is_empty() {
        return Err(SessionError::AllExcepted);
    }
    leave_out_duplicates(&mut shapes, &held_out, observe);
    let known: BTreeSet<&str> =
        shapes.iter().flat_map(|(s, _)| &s.parts).map(|p| p.name.as_str()).filter(|&name| name != WHOLE).collect();
    if !known.is_empty()
        && let Some(part) = recipe.train.parts.iter().find(|p| !known.contains(p.name.as_str()) && !optional(p))
    {
        let known = known.into_iter().collect::<Vec<_>>().join(", ");
        return Err(SessionError::Part { name: part.name.clone(), known });
    }
    let known: BTreeSet<(&str, &str)> =
        shapes.iter().flat_map(|(s, _)| &s.bodies).map(|b| (b.part.as_str(), b.piece.as_str())).collect();
    let lofted = |p: &PartShare| known.contains(&(p.name.as_str(), p.piece.as_str()));
    if !known.is_empty()
        && let Some(part) = recipe.train.parts.iter().find(|p| p.chart.is_some() && !lofted(p))
    {
        let own = known.iter().filter(|(name, piece)| *name == part.name && !piece.is_empty());
        let known = own.map(|(_, piece)| *piece).collect::<Vec<_>>().join(", ");
        return Err(SessionError::Piece { name: part.name.clone(), piece: part.piece.clone(), known });
    }
    observe(&Progress::Stage(format!("sampling {} shapes", shapes.len())));
    let set = TrainingSet::prepare(shapes, recipe);
    if !set.skipped.is_empty() {
        observe(&Progress::Stage(format!(
            "left out, since nothing of them can be sampled: {}",
            set.skipped.join(", ")
        )));
    }
    let (share, all) = (data.validation_share, set.train.len() + set.validation.len());
    if set.train.is_empty() && all > 0 {
        return Err(SessionError::AllHeldOut { share, all });
    }
    if set.validation.is_empty() && share > 0.0 {
        observe(&Progress::Stage(format!(
            "data.validation_share = {share} holds out none of {all} shapes (the split goes by their names): validation \
             looks at training shapes; for an honest figure raise it or add shapes"
        )));
    }
    Ok(set)
}

/// Meshes of the same geometry are learnt once, under the first of their names: a second one in the other side of the
/// split would leak. So would another name of one that is held out.
fn leave_out_duplicates(shapes: &mut Vec<(Shape, Kind)>, held_out: &[Shape], observe: &mut dyn FnMut(&Progress)) {
    let real = |kind: Kind| kind == Kind::Real;
    let signatures: Vec<Option<Signature>> =
        shapes.par_iter().map(|(shape, kind)| real(*kind).then(|| Signature::of(&shape.mesh()))).collect();
    let mut register = Register::default();
    let signatures_out: Vec<Signature> = held_out.par_iter().map(|shape| Signature::of(&shape.mesh())).collect();
    for (shape, signature) in held_out.iter().zip(signatures_out) {
        register.enter(&shape.name, signature);
    }
    let mut signatures = signatures.into_iter();
    shapes.retain(|(shape, _)| {
        let Some(signature) = signatures.next().flatten() else { return true };
        let Some(same) = register.enter(&shape.name, signature) else { return true };
        observe(&Progress::Stage(format!("left out '{}': the same geometry as '{same}'", shape.name)));
        false
    });
}
