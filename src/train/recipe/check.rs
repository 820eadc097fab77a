//! What a recipe's types can't rule out: keys that contradict each other, and runs that no machine makes.

use std::collections::BTreeMap;

use super::{Axis, ModelRecipe, Network, Recipe, RecipeError, Schedule, TrainRecipe};
use crate::latent::Axes;
use crate::model::whiten::can_whiten;
use crate::patchwork::{ChartKind, Seam};
use crate::train::charts;
use crate::train::kl::KlOf;
use crate::train::uv::UvSampling;

/// The most numbers that one layer's activations may take in a step: 4 GiB.
const STEP_FLOATS: usize = 1 << 30;

/// The most numbers of a latent: its covariance has their square, and solving it takes their cube.
const LATENT: usize = 4096;

/// The most surface points that a set of procedural shapes may keep: some tens of GiB.
const SET_POINTS: usize = 1_000_000_000;

impl Recipe {
    /// Checks what types can't.
    ///
    /// # Errors
    /// Names the key that contradicts another, or describes no run.
    pub fn validate(&self) -> Result<(), RecipeError> {
        let Self { model, data, train } = self;
        let bad = |key, why: String| Err(RecipeError::Value { key, why });
        if let Some((key, why)) = model.contradiction() {
            return bad(key, why);
        }
        if let Err(e) = self.config([1.0; 3]).validate() {
            return Err(RecipeError::Value { key: "model", why: e.to_string() });
        }
        if !(0.0..=2.0).contains(&model.axis_exponent) {
            return bad("model.axis_exponent", "must be 0 to 2".into());
        }
        if data.procedural == 0 && data.meshes.is_empty() {
            return bad("data", "nothing to learn from: set `procedural` or `meshes`".into());
        }
        if !(0.0..1.0).contains(&data.validation_share) {
            return bad("data.validation_share", "must be 0 or more and below 1".into());
        }
        if data.except.iter().any(String::is_empty) {
            return bad("data.except", "an empty beginning leaves out everything; name one".into());
        }
        if !data.mesh_weight.is_finite() || data.mesh_weight <= 0.0 {
            return bad("data.mesh_weight", "must be a finite number above 0".into());
        }
        if data.samples < train.encoder_points.max(16) {
            return bad("data.samples", format!("must be at least train.encoder_points, {}", train.encoder_points));
        }
        if data.stretch.iter().any(|s| !(0.0..=2.0).contains(s)) {
            return bad("data.stretch", "each must be 0 to 2".into());
        }
        for (key, count, limit) in [
            ("data.procedural", data.procedural, 1_000_000),
            ("data.samples", data.samples, 1_000_000),
            ("train.batch", train.batch, 4096),
            ("train.points", train.points, 1_000_000),
            ("train.encoder_points", train.encoder_points, 1_000_000),
        ] {
            if count > limit {
                return bad(key, format!("{count} is more than the {limit} that can be trained on; give less"));
            }
        }
        let numbers = self.config([1.0; 3]).latent_numbers();
        if numbers > LATENT {
            let why = format!(
                "a latent of {numbers} numbers in all is more than the {LATENT} whose axes can be found at the end; give less"
            );
            return bad("model.latent", why);
        }
        let widest = model.encoder.iter().chain(&model.decoder).copied().max().unwrap_or(1);
        let floats = train.batch * train.points.max(train.encoder_points) * widest;
        if floats > STEP_FLOATS {
            let why = format!(
                "one layer's activations take {floats} numbers a step; {STEP_FLOATS} is the most: lower batch, points or widths"
            );
            return bad("train", why);
        }
        if data.procedural * data.samples > SET_POINTS {
            return bad("data", format!("procedural x samples is over {SET_POINTS} points, more than memory holds"));
        }
        match &train.schedule {
            Schedule::Cosine { floor } if !(0.0..=1.0).contains(floor) => {
                return bad("train.schedule", "cosine's floor must be 0 to 1".into());
            }
            Schedule::Steps { factor, .. } if !factor.is_finite() || *factor <= 0.0 => {
                return bad("train.schedule", "steps' factor must be a positive number".into());
            }
            _ => {}
        }
        if train.steps == 0 || train.validate_every == 0 || train.save_every == 0 {
            return bad("train", "steps, validate_every and save_every must be at least 1".into());
        }
        if train.batch_norm_steps.is_some() && !model.batch_norm {
            return bad(
                "train.batch_norm_steps",
                "model.batch_norm is false, so there is nothing to stand still; leave it out".into(),
            );
        }
        if train.batch < if model.batch_norm { 2 } else { 1 } {
            return bad("train.batch", "batch-norm needs 2 shapes a step at least".into());
        }
        if train.points < model.patches {
            return bad("train.points", format!("needs a point for each of the {} patches", model.patches));
        }
        if !(0.0..0.5).contains(&train.uv_margin) {
            return bad("train.uv_margin", "must be 0 or more and below 0.5".into());
        }
        if train.axis_weights.iter().any(|w| !w.is_finite() || *w <= 0.0) {
            return bad("train.axis_weights", "must be three numbers above 0".into());
        }
        if !(1..=64).contains(&train.target_ratio) {
            return bad("train.target_ratio", "must be 1 to 64".into());
        }
        if train.encoder_points == 0 {
            return bad("train.encoder_points", "must be at least 1".into());
        }
        for (key, x) in [
            ("train.learning_rate", train.learning_rate),
            ("train.kl_weight", train.kl_weight),
            ("train.noise_scale", train.noise_scale),
            ("train.seam_weight", f64::from(train.seam_weight)),
            ("train.joint_weight", f64::from(train.joint_weight)),
            ("train.normal_weight", f64::from(train.normal_weight)),
            ("train.clip", train.clip),
            ("train.regularity", train.regularity),
            ("train.orientation", train.orientation),
            ("train.stitch", train.stitch),
            ("train.mirror", train.mirror),
        ] {
            if !x.is_finite() || x < 0.0 {
                return bad(key, "must be a finite number, 0 or more".into());
            }
        }
        if let Some(why) = crate::train::freeze::fault(&train.freeze, &self.config([1.0; 3])) {
            return bad("train.freeze", why);
        }
        if train.init.as_ref().is_some_and(|name| name.trim().is_empty()) {
            return bad("train.init", "names no model; give a file or a name, or leave it out".into());
        }
        if train.kl_of == KlOf::Last && self.config([1.0; 3]).groups < 2 {
            return bad("train.kl_of", "\"last\" is for a latent a patch; with one latent there is no other".into());
        }
        if train.stitch > 0.0 && model.patches < 2 {
            return bad("train.stitch", "needs two patches at least".into());
        }
        if train.whiten && !can_whiten(&self.config([1.0; 3])) {
            let most = Axes::LIMIT;
            return bad(
                "train.whiten",
                format!("is for one latent of {most} numbers at most, without codes; leave it out"),
            );
        }
        self.validate_parts()
    }

    /// Checks that the patches are allotted to parts in a way that can be cut and charted.
    fn validate_parts(&self) -> Result<(), RecipeError> {
        let Self { model, train, .. } = self;
        let bad = |key, why: String| Err(RecipeError::Value { key, why });
        let allotted: usize = train.parts.iter().map(|p| p.patches).sum();
        if !train.parts.is_empty() && allotted != model.patches {
            return bad("train.parts", format!("allot {allotted} patches, but model.patches is {}", model.patches));
        }
        let mut seen = BTreeMap::new();
        for part in &train.parts {
            if ![0, 1, 2, 4].contains(&part.around)
                || !(1..=64).contains(&part.along)
                || !(0.0..0.9).contains(&part.cap)
            {
                return bad(
                    "train.parts",
                    format!("'{}': around must be 0, 1, 2 or 4, along 1 to 64, cap below 0.9", part.name),
                );
            }
            if part.around > 0 && part.patches != part.regions() {
                let (wants, has) = (part.regions(), part.patches);
                return bad(
                    "train.parts",
                    format!("'{}' is cut into {wants} regions, but has {has} patches", part.name),
                );
            }
            let fits = match part.chart {
                None => true,
                Some(ChartKind::Tube) => [2, 4].contains(&part.around) && part.cap == 0.0,
                Some(ChartKind::Arms) => (part.around, part.along) == (4, 1) && part.cap == 0.0,
                Some(ChartKind::Ball) => (part.around, part.along) == (2, 1) && part.cap > 0.0,
                Some(ChartKind::Loft) => {
                    [1, 2].contains(&part.around) && [1, 2].contains(&part.along) && part.cap == 0.0
                }
            };
            if !fits {
                let why = "a tube has around 2 or 4 and no cap, arms have around = 4, a ball has around = 2 and a cap, a loft has around and along 1 or 2";
                return bad("train.parts", format!("'{}': {why}", part.name));
            }
            let runs = match part.chart {
                None | Some(ChartKind::Tube) => true,
                Some(ChartKind::Loft) => part.axis == Axis::X,
                Some(ChartKind::Arms | ChartKind::Ball) => part.axis == Axis::Y,
            };
            if !runs {
                let why = "arms and balls stand along y, lofts along x; set axis, or leave chart out";
                return bad("train.parts", format!("'{}': {why}", part.name));
            }
            if !part.piece.is_empty() && part.chart.is_none() {
                return bad(
                    "train.parts",
                    format!("'{}': a piece needs a chart; give one, or leave piece out", part.name),
                );
            }
            if part.chart == Some(ChartKind::Tube) && part.axis == Axis::Z && part.around != 2 {
                return bad("train.parts", format!("'{}': a tube along z has around = 2", part.name));
            }
            if part.chart.is_some() != train.parts[0].chart.is_some() {
                return bad("train.parts", format!("'{}': either all parts have a chart, or none", part.name));
            }
            if !(part.hidden > 0.0 && part.hidden <= 1.0) {
                return bad("train.parts", format!("'{}': hidden must be above 0 and at most 1", part.name));
            }
            if !(0.0..=0.1).contains(&part.lap) {
                return bad("train.parts", format!("'{}': lap must be 0 to 0.1", part.name));
            }
            if !(part.stand_in.is_finite() && part.stand_in >= 0.0) {
                return bad("train.parts", format!("'{}': stand_in must be a number, 0 or more", part.name));
            }
            if !(part.weight.is_finite() && part.weight > 0.0) {
                return bad("train.parts", format!("'{}': weight must be a number above 0", part.name));
            }
            if part.patches == 0 || seen.insert((&part.name, &part.piece), ()).is_some() {
                return bad("train.parts", format!("'{}' is named twice or has no patch", part.name));
            }
        }
        if train.normal_weight > 0.0 && train.parts.iter().all(|part| part.chart.is_none()) {
            return bad("train.normal_weight", "needs train.parts with charts; only those have normals".into());
        }
        let seams = charts::seams(&train.parts);
        let (ends, joints) = charts::joints(&train.parts);
        let (seamed, jointed) = (train.seam_weight > 0.0, train.joint_weight > 0.0);
        for (key, wanted, none, what) in [
            ("train.seam_weight", seamed, seams.is_empty(), "train.parts with charts; only those have seams"),
            (
                "train.joint_weight",
                jointed,
                joints.is_empty(),
                "a grip with a chart, and a blade, guard or pommel with one",
            ),
        ] {
            if wanted && none {
                return bad(key, format!("needs {what}"));
            }
            if wanted && train.uv != UvSampling::Random {
                return bad(key, "needs train.uv = \"random\"; leave it out".into());
            }
        }
        let mut borders = vec![0; model.patches];
        let seamed = seams.iter().filter(|_| seamed).flat_map(Seam::patches);
        seamed.chain(ends.iter().filter(|_| jointed).map(|end| end.patch)).for_each(|patch| borders[patch] += 1);
        let most = borders.into_iter().max().unwrap_or(0);
        if most > 0 && train.points / model.patches <= most {
            let why = format!(
                "a patch has up to {most} seams and joints and a point for each: raise train.points above {}",
                most * model.patches
            );
            return bad(if jointed { "train.joint_weight" } else { "train.seam_weight" }, why);
        }
        Ok(())
    }
}

impl Recipe {
    /// A key of `[train]` that says something else than its default, and does nothing.
    pub(super) fn without_effect(&self) -> Option<(&'static str, String)> {
        let (train, default) = (&self.train, TrainRecipe::default());
        let ends = format!("is never reached: the run ends after {} steps", train.steps);
        if train.warmup >= train.steps && train.warmup != default.warmup {
            return Some(("train.warmup", format!("the learning rate {ends}; lower it")));
        }
        if train.kl_warmup > train.steps && train.kl_weight > 0.0 {
            return Some(("train.kl_warmup", format!("kl_weight {ends}; lower it")));
        }
        if train.batch_norm_steps.is_some_and(|at| at >= train.steps) {
            return Some(("train.batch_norm_steps", format!("standing still {ends}; lower it, or leave it out")));
        }
        if let Schedule::Steps { at, .. } = &train.schedule
            && let Some(late) = at.iter().find(|&&at| at >= train.steps)
        {
            return Some(("train.schedule", format!("step {late} {ends}")));
        }
        let drawn = matches!(self.model.network, Network::Vae | Network::Vae25);
        let idle = [
            ("train.kl_weight", train.kl_weight > 0.0 && train.kl_weight != default.kl_weight),
            ("train.kl_warmup", train.kl_warmup > 0),
            ("train.kl_of", train.kl_of != default.kl_of),
            ("train.noise_scale", train.noise_scale > 0.0 && train.noise_scale != default.noise_scale),
        ];
        let (key, _) = idle.into_iter().find(|(_, says)| *says && !drawn)?;
        Some((key, "does nothing for a network that draws no latent; leave it out, or set network = \"vae\"".into()))
    }
}

impl ModelRecipe {
    /// The key that contradicts the network, and why.
    fn contradiction(&self) -> Option<(&'static str, String)> {
        if self.per_patch() && !matches!(self.network, Network::Vae | Network::Vae25) {
            return Some((
                "model.latent_per_patch",
                "belongs to the network vae25; leave it out, or set that network".into(),
            ));
        }
        if self.per_patch() && self.patches < 2 {
            return Some((
                "model.network",
                "vae25 has a distribution a patch, but model.patches is below 2; use vae".into(),
            ));
        }
        let codebook = self.codebook?;
        if self.network != Network::Vqvae {
            return Some((
                "model.codebook",
                "belongs to network = \"vqvae\"; leave it out, or set that network".into(),
            ));
        }
        let wrong = !codebook.commitment.is_finite() || codebook.commitment < 0.0;
        wrong.then(|| ("model.codebook.commitment", "must be a finite number, 0 or more".into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> String {
        Recipe::parse(text).unwrap_err().to_string()
    }

    #[test]
    fn what_is_written_and_does_nothing_is_refused() {
        let idle =
            |rest: &str| Recipe::parse_written(&format!("[data]\nprocedural = 4\n{rest}")).map_err(|e| e.to_string());
        assert!(idle("[train]\nsteps = 50").is_ok(), "a default without effect is nobody's mistake");
        let ae = "[model]\nnetwork = 'ae'\n[train]";
        for (recipe, key) in [
            ("[train]\nsteps = 50\nwarmup = 60".to_owned(), "train.warmup: the learning rate is never reached"),
            ("[train]\nsteps = 50\nkl_warmup = 60".into(), "train.kl_warmup: kl_weight is never reached"),
            ("[train]\nsteps = 50\nbatch_norm_steps = 50".into(), "train.batch_norm_steps: standing still is never"),
            (
                "[train]\nsteps = 500\nschedule = { steps = { at = [200, 500], factor = 0.1 } }".into(),
                "step 500 is never reached",
            ),
            (format!("{ae}\nkl_weight = 2.0"), "train.kl_weight: does nothing"),
            (format!("{ae}\nnoise_scale = 0.5"), "train.noise_scale: does nothing"),
        ] {
            assert!(idle(&recipe).unwrap_err().contains(key), "{recipe}: {:?}", idle(&recipe));
        }
        assert!(idle(&format!("{ae}\nkl_weight = 0.0\nnoise_scale = 0.0")).is_ok());
    }

    #[test]
    fn contradictions_are_named() {
        assert!(Recipe::parse("[data]\nprocedural = 4").is_ok());
        let unknown = said("[data]\nprocedurals = 4");
        assert!(unknown.contains("line 2") && unknown.contains("procedurals") && !unknown.contains('\n'), "{unknown}");
        assert!(said("").contains("nothing to learn from"));
        assert!(said("[data]\nprocedural = 4\n[train]\nbatch = 1").contains("batch-norm"));
        assert!(said("[data]\nprocedural = 4\n[train]\nparts = [{ name = 'blade', patches = 3 }]").contains("allot 3"));
        assert!(said("[data]\nprocedural = 4\n[model]\ndecoder = []").contains("decoder"));
        let train = |line: &str| said(&format!("[data]\nprocedural = 4\n[train]\n{line}"));
        assert!(train("batch = 4000000000").contains("train.batch"));
        assert!(train("batch = 4096\npoints = 900000").contains("activations"));
        assert!(train("uv = 'regular'").contains("random"));
        assert!(train("kl_of = 'last'").contains("train.kl_of"));
        let per_patch =
            "[data]\nprocedural = 4\n[model]\nlatent_per_patch = true\n[train]\nkl_of = 'last'\nuv = 'stale'";
        assert!(Recipe::parse(per_patch).is_ok());
        for key in [
            "regularity",
            "orientation",
            "stitch",
            "mirror",
            "clip",
            "noise_scale",
            "seam_weight",
            "joint_weight",
            "normal_weight",
        ] {
            assert!(train(&format!("{key} = -0.1")).contains(&format!("train.{key}")));
            assert!(train(&format!("{key} = nan")).contains(&format!("train.{key}")));
            assert!(Recipe::parse(&format!("[data]\nprocedural = 4\n[train]\n{key} = 0.0")).is_ok());
        }
        assert!(said("[data]\nprocedural = 4\n[model]\npatches = 1\n[train]\nstitch = 1.0").contains("train.stitch"));
        for model in ["network = 'vqvae'", "network = 'vae25'", "latent = 65"] {
            let text = format!("[data]\nprocedural = 4\n[model]\n{model}\n[train]\nwhiten = true");
            assert!(said(&text).contains("train.whiten"), "{model}");
        }
        assert!(train("uv_margin = 0.5").contains("uv_margin"));
        assert!(train("schedule = { cosine = { floor = nan } }").contains("floor"));
        assert!(said("[data]\nprocedural = 100000000000").contains("data.procedural"));
        assert!(said("[data]\nprocedural = 4\nexcept = ['']").contains("data.except"));
        assert!(train("axis_weights = [1, 0, 1]").contains("axis_weights"));
        assert!(train("seam_weight = 1.0").contains("parts with charts"));
        assert!(train("normal_weight = 1.0").contains("parts with charts"));
        let tubes = |keys: &str, line: &str| {
            train(&format!("parts = [{{ name = 'blade', patches = 25, chart = 'tube', {keys} }}]\n{line}"))
        };
        assert!(tubes("around = 4, along = 6, cap = 0.1", "").contains("no cap"));
        let two = "[data]\nprocedural = 4\n[model]\npatches = 2\n[train]\nparts = [{ name = 'grip', patches = 2, around = 2, chart = 'tube', WEIGHT }]\n";
        let two =
            |weight: &str, line: &str| Recipe::parse(&(two.replace("WEIGHT", &format!("weight = {weight}")) + line));
        assert!(two("2.5", "seam_weight = 1.0\npoints = 6").is_ok());
        let said_of_two = |weight: &str, line: &str| two(weight, line).unwrap_err().to_string();
        assert!(said_of_two("1.0", "seam_weight = 1.0\npoints = 4").contains("raise train.points above 4"));
        assert!(said_of_two("1.0", "seam_weight = 1.0\nuv = 'grid'").contains("train.uv"));
        assert!(said_of_two("1.0", "joint_weight = 1.0").contains("a blade, guard or pommel"));
        assert!(["0.0", "-1.0", "nan"].iter().all(|weight| said_of_two(weight, "").contains("weight")));
        let part = |keys: &str| train(&format!("parts = [{{ name = 'blade', patches = 25, {keys} }}]"));
        assert!(part("chart = 'arms'").contains("around = 4") && part("chart = 'tubes'").contains("tubes"));
        let lofted = |keys: &str| {
            let share = format!("patches = 4, around = 2, along = 2, {keys}");
            let text = format!(
                "[data]\nprocedural = 4\n[model]\npatches = 8\n[train]\nparts = [{{ name = 'wings', {share} }}, {{ name = 'wings', piece = 'second', {share} }}]"
            );
            Recipe::parse(&text).map_or_else(|e| e.to_string(), |_| "fine".to_owned())
        };
        assert_eq!(lofted("axis = 'x', chart = 'loft'"), "fine");
        assert!(lofted("chart = 'loft'").contains("lofts along x"));
        assert!(lofted("axis = 'x', chart = 'loft', piece = 'first'").contains("line"), "a key given twice");
        assert!(lofted("axis = 'x'").contains("'wings': a piece needs a chart"));
        let twice = "[data]\nprocedural = 4\n[model]\npatches = 2\n[train]\nparts = [{ name = 'tail', patches = 1 }, { name = 'tail', patches = 1 }]";
        assert!(said(twice).contains("named twice"));
        assert!(part("around = 4, along = 6, axis = 'z', chart = 'tube'").contains("has 25 patches"));
        assert!(said("[data]\nprocedural = 4\n[train]\nlearning_rate = nan").contains("learning_rate"));
    }
}
