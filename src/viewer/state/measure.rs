//! Measured attributes as sliders: the blade longer, all else as it was.
//!
//! What is shown is what the decoded shape measures. A measurement takes longer than a frame may, so the readout of the
//! latent bridges the time: the last measurement, and what the readout says has changed since. A slider steps from the
//! shape at which it was taken up to what is wanted of it, as the readouts see it, so that it leads back as well. What a
//! measurement then lacks is given by the overall length, for a part that lies along it, else by a little more of the step.
//! A slider that rests is finished by a search on measurements themselves ([`Unsettled`]), a worker's work of a moment.

use super::{Explorer, LengthFrom, Lock};
use crate::latent::Latent;
use crate::latent::attribute::{Scale, towards};

/// Corrections after an edit at most.
const ROUNDS: usize = 3;
/// An error, in deviations, that is near enough.
const NEAR: f32 = 0.01;
/// How near to its target, in deviations, a search must bring the measure that was moved.
const REACHED: f32 = 0.05;
/// What a measure that is to stay may move, in deviations, before it is said.
const STILL: f32 = 0.1;
/// A correction that leaves more than this of the error leads nowhere.
const WORTH: f32 = 0.8;
/// A correction at most, in deviations.
const MOST: f32 = 0.3;
/// What the overall length may give to a part, as a share of it: all else grows or shrinks with it.
const STRETCH: std::ops::RangeInclusive<f32> = 0.9..=1.1;
/// Overall lengths, in metres, that a change of a part may lead to.
const LENGTHS: std::ops::RangeInclusive<f32> = 0.05..=100.0;

/// Where a slider wants the shape to be.
#[derive(Clone, Debug)]
struct Aim {
    /// The attribute that is being moved.
    index: usize,
    /// The shape when the slider was taken, and its attributes `[A]` as shares.
    start: Latent,
    start_shares: Vec<f32>,
    /// The share that measurements called for on top, of the attribute that is moved.
    correction: f32,
    /// `[A]` metres, or ratios.
    targets: Vec<f32>,
    /// Overall length in metres, and the share of it that measurements called for on top.
    length: f32,
    stretch: f32,
    /// The latent as the last step left it: where it is another by now, somebody else has edited it.
    latent: Latent,
    rounds: usize,
    /// In deviations, of the last measurement.
    error: f32,
    /// Whether a search has been here.
    settled: bool,
}

/// A slider at rest, whose shape measures about what it should.
#[derive(Clone, Debug, PartialEq)]
pub struct Unsettled {
    pub latent: Latent,
    /// `[A]`, shares of the overall length (a ratio as it is): what the shape should measure.
    pub targets: Vec<f32>,
}

impl Unsettled {
    /// How far a search may go from where the slider led, in deviations: what it lacks beyond that no shape nearby has.
    pub const TRUST: f64 = 1.0;
}

/// An attribute's name for people: `Blade length`.
pub fn measure_name(name: &str) -> String {
    let mut words = name.replace('_', " ");
    if let Some(first) = words.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    words
}

/// What is known of the shape's measures.
#[derive(Clone, Debug, Default)]
pub struct Measures {
    /// A latent and the attributes `[A]` measured on it, as shares of the overall length.
    measured: Option<(Latent, Vec<f32>)>,
    aim: Option<Aim>,
}

impl Measures {
    /// Whether the shape that is shown was measured, rather than foretold.
    pub fn are_of(&self, latent: &Latent) -> bool {
        self.measured.as_ref().is_some_and(|(of, _)| of == latent)
    }

    pub(super) fn forget_aim(&mut self) {
        self.aim = None;
    }
}

impl Explorer {
    /// Attributes `[A]` of the shape as shares of its length.
    fn shares(&self) -> Vec<f32> {
        let Some(axes) = &self.model.axes else { return Vec::new() };
        let foretold = |latent: &Latent| self.model.attributes.iter().map(|a| a.at(axes, latent)).collect::<Vec<_>>();
        let now = foretold(&self.latent);
        match &self.measures.measured {
            Some((latent, measured)) if measured.len() == now.len() => {
                let then = foretold(latent);
                now.iter().zip(then).zip(measured).map(|((now, then), measured)| now - then + measured).collect()
            }
            _ => now,
        }
    }

    /// Attributes `[A]` of the shape: metres, or ratios.
    pub fn measures(&self) -> Vec<f32> {
        let length = self.shown_length();
        let known = self.model.attributes.iter().zip(self.shares());
        known.map(|(a, s)| if a.scale == Scale::Ratio { s } else { s * length }).collect()
    }

    /// Moves attribute `index` to a value in metres (or a ratio) and holds the others and the locks. A part that lies along
    /// the sword lengthens the whole by as much. False where the locks hold it.
    pub fn set_measure(&mut self, index: usize, value: f32) -> bool {
        let Some(scale) = self.model.attributes.get(index).map(|a| a.scale) else { return false };
        let goes_on = |a: &Aim| a.index == index && a.latent == self.latent && self.length == Some(a.length);
        let mut aim = match self.measures.aim.take().filter(goes_on) {
            Some(aim) => Aim { rounds: 0, error: f32::MAX, settled: false, ..aim },
            None => Aim {
                index,
                start: self.latent.clone(),
                start_shares: self.shares(),
                correction: 0.0,
                stretch: 1.0,
                targets: self.measures(),
                length: self.shown_length(),
                latent: self.latent.clone(),
                rounds: 0,
                error: f32::MAX,
                settled: false,
            },
        };
        if scale == Scale::Along {
            aim.length += value - aim.targets[index];
        }
        if !value.is_finite() || !LENGTHS.contains(&aim.length) {
            return false;
        }
        aim.targets[index] = value;
        if !self.steer(&aim) {
            return false;
        }
        self.length = Some(aim.length);
        self.length_from = LengthFrom::Measures;
        aim.latent.clone_from(&self.latent);
        self.measures.aim = Some(aim);
        true
    }

    /// From an aim's start to where it wants to be. False, and nothing done, where the locks hold what is moved.
    fn steer(&mut self, aim: &Aim) -> bool {
        let Some(axes) = &self.model.axes else { return false };
        let attributes = &self.model.attributes;
        let mut lacking = aim.lacking(self, &aim.start_shares);
        lacking[aim.index] += aim.correction;
        let step = towards(axes, attributes, &aim.start, &lacking, aim.index);
        let gradient = attributes[aim.index].gradient(axes);
        let by = gradient.iter().zip(&step).map(|(g, s)| g * s).sum::<f64>();
        let before = std::mem::replace(&mut self.latent, aim.start.clone());
        let free = by == 0.0 || self.step(Lock::Measure(aim.index), &step, &gradient, by);
        if !free {
            self.latent = before;
        }
        free
    }

    /// What the app measured on a latent's shape, as shares; a slider that has not reached its aim takes another step.
    pub fn take_measured(&mut self, latent: Latent, shares: Vec<f32>) {
        if shares.len() != self.model.attributes.len() || shares.iter().any(|s| !s.is_finite()) {
            return;
        }
        let current = latent == self.latent;
        self.measures.measured = Some((latent, shares.clone()));
        let Some(mut aim) = self.measures.aim.take() else { return };
        if aim.latent != self.latent || self.length != Some(aim.length) {
            return;
        }
        if current && aim.rounds < ROUNDS && !aim.settled {
            let attribute = &self.model.attributes[aim.index];
            let (name, scale, deviation) = (measure_name(&attribute.name), attribute.scale, attribute.deviation);
            let lacks = aim.lacking(self, &shares)[aim.index];
            let error = (lacks / deviation).abs();
            if error > NEAR && error < WORTH * aim.error {
                if scale == Scale::Along {
                    let wanted = aim.targets[aim.index] / shares[aim.index].max(f32::MIN_POSITIVE);
                    let plain = aim.length / aim.stretch;
                    aim.stretch = (wanted / plain).clamp(*STRETCH.start(), *STRETCH.end());
                    aim.length = plain * aim.stretch;
                    self.length = Some(aim.length);
                } else {
                    aim.correction = (aim.correction + lacks).clamp(-MOST * deviation, MOST * deviation);
                    self.steer(&aim);
                }
                self.history.name_end(name);
                (aim.rounds, aim.error) = (aim.rounds + 1, error);
                aim.latent.clone_from(&self.latent);
            }
        }
        self.measures.aim = Some(aim);
    }

    /// What a slider that came to rest has moved beside its own measure, since no shape nearby holds it: the measures' indices
    /// and where each was to stay, in metres (or a ratio). Empty while it is not known yet.
    pub fn dragged_along(&self) -> Vec<(usize, f32)> {
        let Some(aim) = &self.measures.aim else { return Vec::new() };
        let known = aim.latent == self.latent && self.measures.are_of(&self.latent) && self.unsettled().is_none();
        if !known || self.history.held {
            return Vec::new();
        }
        let length = self.shown_length();
        let still = self.model.attributes.iter().zip(self.measures().into_iter().zip(&aim.targets));
        let moved = still.enumerate().filter(|(i, (a, (now, target)))| {
            let unit = if a.scale == Scale::Ratio { 1.0 } else { length };
            *i != aim.index && (now - *target).abs() > STILL * a.deviation * unit
        });
        moved.map(|(i, (_, (_, target)))| (i, *target)).collect()
    }

    /// A measure's slider that was let go and whose shape a search may bring nearer to what it should measure. `None` under
    /// locks, which a search doesn't know.
    pub fn unsettled(&self) -> Option<Unsettled> {
        let aim = self.measures.aim.as_ref()?;
        let at_rest = !self.history.held && aim.latent == self.latent && self.length == Some(aim.length);
        let free = self.vary.locks.iter().all(|&lock| lock == Lock::Measure(aim.index));
        let length = aim.length / aim.stretch;
        (at_rest && free && !aim.settled)
            .then(|| Unsettled { latent: aim.latent.clone(), targets: aim.shares(self, length) })
    }

    /// What a search has found: a latent and the attributes `[A]` that it measures, as shares. It is taken where the measure that
    /// was moved is reached and all of them together miss less than before; nothing happens where the shape is another by now.
    pub fn take_settled(&mut self, of: &Unsettled, latent: Latent, shares: Vec<f32>) {
        if self.unsettled().as_ref() != Some(of) || shares.len() != of.targets.len() {
            return;
        }
        let Some(mut aim) = self.measures.aim.take() else { return };
        let misses = |shares: &[f32], targets: &[f32]| -> Vec<f32> {
            let each = self.model.attributes.iter().zip(shares.iter().zip(targets));
            each.map(|(a, (s, t))| ((s - t) / a.deviation).powi(2)).collect()
        };
        let after = misses(&shares, &of.targets);
        let before = self.measures.measured.as_ref().filter(|(latent, _)| *latent == of.latent);
        let before = before.map(|(_, shares)| misses(shares, &aim.shares(self, aim.length)).iter().sum::<f32>());
        if after[aim.index].sqrt() > REACHED || before.is_some_and(|before| after.iter().sum::<f32>() > before) {
            self.measures.aim = Some(Aim { settled: true, ..aim });
            return;
        }
        (aim.length, aim.stretch) = (aim.length / aim.stretch, 1.0);
        (aim.latent, aim.settled) = (latent.clone(), true);
        self.length = Some(aim.length);
        self.history.name_end(measure_name(&self.model.attributes[aim.index].name));
        self.latent = latent.clone();
        self.measures.measured = Some((latent, shares));
        self.measures.aim = Some(aim);
    }
}

impl Aim {
    /// `[A]`: the targets as shares of an overall length in metres.
    fn shares(&self, explorer: &Explorer, length: f32) -> Vec<f32> {
        let wanted = explorer.model.attributes.iter().zip(&self.targets);
        wanted.map(|(a, t)| if a.scale == Scale::Ratio { *t } else { t / length }).collect()
    }

    /// `[A]`: what shares lack to the targets.
    fn lacking(&self, explorer: &Explorer, shares: &[f32]) -> Vec<f32> {
        self.shares(explorer, self.length).iter().zip(shares).map(|(w, s)| w - s).collect()
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    use super::super::{ModelView, tests::explorer};
    use super::*;
    use crate::latent::Axes;
    use crate::latent::attribute::{Measured, fit};

    /// A decoder that bends: two lengths and a ratio of a latent of four.
    fn decoded(latent: &Latent) -> Vec<f32> {
        let z = latent.values();
        let blade = 0.7 + 0.05 * z[0] + 0.02 * z[1] + 0.004 * z[0] * z[0];
        vec![blade, 0.2 + 0.03 * z[1] - 0.01 * z[2] + 0.003 * z[0] * z[1], 0.1 + 0.02 * z[2] * (1.0 + 0.1 * z[3])]
    }

    fn measured() -> Explorer {
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        let latents: Vec<Latent> = (0..300).map(|_| Latent::prior(1, 4, &mut rng)).collect();
        let axes = Axes::fit(&latents).unwrap();
        let values: Vec<Vec<f32>> = latents.iter().map(decoded).collect();
        let names = [("blade_length", Scale::Along), ("guard_span", Scale::Across), ("curvature", Scale::Ratio)];
        let of = |(i, (name, scale)): (usize, (&str, Scale))| Measured {
            name: name.into(),
            scale,
            values: values.iter().map(|v| v[i]).collect(),
        };
        let all: Vec<Measured> = names.into_iter().enumerate().map(of).collect();
        let attributes = fit(&axes, &latents, &vec![1.0; 300], &all);
        assert_eq!(attributes.len(), 3);
        let mean = Latent::new(1, 4, axes.mean.clone()).unwrap();
        let mut e = explorer();
        e.model = ModelView {
            axes: Some(axes),
            attributes,
            ..ModelView::plain("m", crate::class::Class::Sword, mean.clone())
        };
        e.latent = mean;
        e
    }

    fn settle(e: &mut Explorer) {
        for _ in 0..10 {
            e.take_measured(e.latent.clone(), decoded(&e.latent));
        }
    }

    #[test]
    fn a_moved_measure_is_reached_as_measured_and_the_others_stay() {
        let mut e = measured();
        settle(&mut e);
        let before = e.measures();
        assert!(e.set_measure(0, before[0] + 0.05));
        // At once as foretold, in the end as measured.
        assert!((e.measures()[0] - before[0] - 0.05).abs() < 0.004, "{:?} {before:?}", e.measures());
        settle(&mut e);
        let after = e.measures();
        assert_eq!(after, {
            let length = e.shown_length();
            let d = decoded(&e.latent);
            [d[0] * length, d[1] * length, d[2]]
        });
        assert!((after[0] - before[0] - 0.05).abs() < 1e-3, "{after:?} {before:?}");
        assert!((after[1] - before[1]).abs() < 3e-3 && (after[2] - before[2]).abs() < 3e-3, "{after:?} {before:?}");
        // The hilt keeps its size: the sword is longer by what the blade is.
        assert!((e.shown_length() - 1.05).abs() < 0.01);
        assert_eq!(e.length_from, LengthFrom::Measures);
    }

    #[test]
    fn an_aim_is_given_up_when_somebody_edits_and_locks_are_held() {
        let mut e = measured();
        settle(&mut e);
        e.set_measure(1, 0.3);
        e.latent.values_mut()[0] += 0.5;
        let edited = e.latent.clone();
        settle(&mut e);
        assert_eq!(e.latent, edited);

        e.toggle_lock(Lock::Number(0));
        let (held, wanted) = (e.latent.values()[0], e.measures()[0] + 0.02);
        assert!(e.set_measure(0, wanted));
        settle(&mut e);
        assert!((e.latent.values()[0] - held).abs() < 1e-5);
        assert!((e.measures()[0] - wanted).abs() < 2e-3, "{} {wanted}", e.measures()[0]);
        for i in 1..4 {
            e.toggle_lock(Lock::Number(i));
        }
        let before = e.design();
        assert!(!e.set_measure(0, 0.6) && !e.set_measure(9, 0.6) && !e.set_measure(0, f32::NAN));
        assert_eq!(e.design(), before);
    }

    #[test]
    fn a_drag_goes_on_from_what_it_aims_at() {
        let mut e = measured();
        e.remember();
        settle(&mut e);
        let before = e.measures();
        e.history.held = true;
        for i in 1..=20 {
            let wanted = before[0] - 0.005 * i as f32;
            assert!(e.set_measure(0, wanted));
            e.history.name("Blade length");
            e.remember();
            if i % 3 == 0 {
                e.take_measured(e.latent.clone(), decoded(&e.latent));
                e.remember();
            }
        }
        e.history.held = false;
        settle(&mut e);
        e.remember();
        let after = e.measures();
        assert!((after[0] - before[0] + 0.1).abs() < 1e-3 && (after[1] - before[1]).abs() < 5e-3);
        assert!((e.shown_length() - 0.9).abs() < 0.02);
        let there = e.latent.clone();
        assert!(e.set_measure(0, before[0]));
        settle(&mut e);
        // Back to about where it was taken up: a new drag begins from what was measured meanwhile.
        let apart =
            |l: &Latent| e.latent.values().iter().zip(l.values()).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(apart(&e.model.mean) < 0.2 && apart(&there) > 0.5, "{} {}", apart(&e.model.mean), apart(&there));
        assert_eq!(e.history.steps().len(), 2);
    }

    #[test]
    fn a_slider_at_rest_takes_what_a_search_found_unless_it_moved_on_or_locks_hold() {
        let mut e = measured();
        e.remember();
        settle(&mut e);
        assert_eq!(e.unsettled(), None);
        e.history.held = true;
        let wanted = e.measures()[1] + 0.03;
        assert!(e.set_measure(1, wanted));
        e.history.name(measure_name("guard_span"));
        e.remember();
        assert_eq!(e.unsettled(), None);
        e.history.held = false;
        let of = e.unsettled().unwrap();
        assert!((of.targets[1] * e.shown_length() - wanted).abs() < 1e-5);
        // What a search finds: a little beside, where all that was wanted is measured.
        let mut found = of.latent.clone();
        found.values_mut()[1] += 0.01;
        let shares = of.targets.clone();
        // For a shape that is no longer the one: nothing.
        let other = Unsettled { latent: found.clone(), ..of.clone() };
        e.take_settled(&other, found.clone(), shares.clone());
        assert_eq!(e.latent, of.latent);
        e.vary.locks.insert(Lock::Number(3));
        assert_eq!(e.unsettled(), None);
        e.vary.locks.clear();
        // One that doesn't reach what was moved leaves the slider's own shape.
        let mut short = e.clone();
        let missed: Vec<f32> = shares.iter().map(|share| 0.5 * share).collect();
        short.take_settled(&of, found.clone(), missed);
        assert_eq!((&short.latent, short.unsettled()), (&of.latent, None));
        e.take_settled(&of, found.clone(), shares.clone());
        e.remember();
        assert!(e.latent == found && e.measures.are_of(&found) && e.measures()[1] == shares[1] * e.shown_length());
        assert_eq!((e.unsettled(), e.history.steps().len()), (None, 2));
        // And the slider goes on from there.
        assert!(e.set_measure(1, wanted + 0.01) && e.unsettled().is_some());
    }

    #[test]
    fn what_a_slider_at_rest_dragged_along_is_told() {
        let mut e = measured();
        settle(&mut e);
        e.history.held = true;
        let wanted = e.measures()[1] + 0.03;
        assert!(e.set_measure(1, wanted));
        e.history.held = false;
        assert_eq!(e.dragged_along(), [], "nothing is known before the search has been here");
        let of = e.unsettled().unwrap();
        let mut shares = of.targets.clone();
        shares[2] += 0.5 * e.model.attributes[2].deviation;
        shares[0] += 0.05 * e.model.attributes[0].deviation;
        e.take_settled(&of, of.latent.clone(), shares);
        assert_eq!(e.dragged_along(), [(2, of.targets[2])]);
        // Another edit: that is no drag any more.
        e.latent.values_mut()[0] += 0.1;
        assert_eq!(e.dragged_along(), []);
    }
}
