//! Random shapes and mutations, and the locks that hold rows while everything else moves.

use std::collections::BTreeSet;

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::{Explorer, ModelView};
use crate::latent::{Axes, Hold, Latent, hold, mutated};

/// Deviations at which the slider ends: there nothing is pulled back.
pub const NO_LIMIT: f32 = 4.0;

/// Deviations that a mutation moves each axis by, about: at first, and what the slider spans.
pub const STRENGTH: f32 = 0.3;
pub const STRENGTH_RANGE: std::ops::RangeInclusive<f32> = 0.02..=1.5;

/// A row that can be locked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lock {
    /// A measured attribute, by its index.
    Measure(usize),
    /// A principal axis.
    Axis(usize),
    /// A number of the latent.
    Number(usize),
}

/// Which rows the sliders are for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Rows {
    /// What an artist would measure.
    Measures,
    /// Principal axes of the encoded set.
    #[default]
    Axes,
    /// The numbers of the latent themselves.
    Numbers,
}

impl Rows {
    /// What an artist reads first, of what a model has.
    pub fn first(model: &ModelView) -> Self {
        match (&model.axes, model.attributes.is_empty()) {
            (Some(_), false) => Self::Measures,
            (Some(_), true) => Self::Axes,
            (None, _) => Self::Numbers,
        }
    }
}

/// How random shapes and mutations are made.
#[derive(Clone, Debug, PartialEq)]
pub struct Vary {
    pub locks: BTreeSet<Lock>,
    /// Deviations that a mutation moves each axis by, about; the gallery's neighbours as well, and its children half as far.
    pub strength: f32,
    /// Deviations beyond which a draw is pulled back; [`NO_LIMIT`] for none.
    pub limit: f32,
    /// Counts mutations, so that no two are alike.
    mutations: u64,
}

impl Default for Vary {
    fn default() -> Self {
        Self { locks: BTreeSet::new(), strength: STRENGTH, limit: NO_LIMIT, mutations: 0 }
    }
}

impl Vary {
    /// The same without locks, which belong to one model's rows.
    pub(super) fn unlocked(self) -> Self {
        Self { locks: BTreeSet::new(), ..self }
    }
}

/// A latent whose coordinates beyond `limit` deviations are pulled back to it, or to where `from` was if that was beyond.
pub fn pulled_back(axes: Option<&Axes>, limit: f32, from: Option<&Latent>, mut latent: Latent) -> Latent {
    if limit >= NO_LIMIT {
        return latent;
    }
    match axes {
        Some(axes) => {
            for axis in 0..axes.deviations.len() {
                let most = from.map_or(limit, |f| axes.coordinate(f, axis).abs().max(limit));
                let coordinate = axes.coordinate(&latent, axis);
                if coordinate.abs() > most {
                    axes.set_coordinate(&mut latent, axis, coordinate.clamp(-most, most));
                }
            }
        }
        None => {
            let before = from.map(|f| f.values().to_vec());
            for (i, x) in latent.values_mut().iter_mut().enumerate() {
                let most = before.as_ref().and_then(|b| b.get(i)).map_or(limit, |b| b.abs().max(limit));
                *x = x.clamp(-most, most);
            }
        }
    }
    latent
}

impl Explorer {
    /// Locks a row, or lets it go.
    pub fn toggle_lock(&mut self, lock: Lock) {
        if !self.vary.locks.remove(&lock) {
            self.vary.locks.insert(lock);
        }
    }

    /// What the locks hold, but for one row: the one that is being moved.
    pub(super) fn holding(&self, except: Option<Lock>) -> Hold<'_> {
        let numbers = self.model.mean.values().len();
        let axes = self.model.axes.as_ref();
        let gradient = |lock: &Lock| match *lock {
            Lock::Measure(i) => self.model.attributes.get(i).zip(axes).map(|(a, axes)| a.gradient(axes)),
            Lock::Axis(i) => axes.and_then(|a| a.directions.get(i)).map(|d| wide(d)),
            Lock::Number(i) => (i < numbers).then(|| unit(numbers, i)),
        };
        let locks = self.vary.locks.iter().filter(|&&l| Some(l) != except);
        Hold::new(axes, numbers, &locks.filter_map(gradient).collect::<Vec<_>>())
    }

    /// Shows a latent as far as the locks let it.
    pub fn go_to(&mut self, latent: Latent) {
        self.latent =
            if self.vary.locks.is_empty() { latent } else { self.holding(None).between(&self.latent, &latent) };
    }

    /// Moves along an axis to so many deviations. False where the locks hold it.
    pub fn set_axis(&mut self, axis: usize, coordinate: f32) -> bool {
        let Some(axes) = &self.model.axes else { return false };
        if self.vary.locks.is_empty() {
            axes.set_coordinate(&mut self.latent, axis, coordinate);
            return true;
        }
        let by = f64::from((coordinate - axes.coordinate(&self.latent, axis)) * axes.deviations[axis]);
        let direction = wide(&axes.directions[axis]);
        self.step(Lock::Axis(axis), &direction, &direction, by)
    }

    /// Sets number `i` of group `group`. False where the locks hold it.
    pub fn set_number(&mut self, group: usize, i: usize, value: f32) -> bool {
        let at = group * self.latent.dim() + i;
        let Some(before) = self.latent.values().get(at).copied() else { return false };
        if self.vary.locks.is_empty() {
            self.latent.values_mut()[at] = value;
            return true;
        }
        let lock = self.number_lock(group, i);
        let Lock::Number(number) = lock else { return false };
        let numbers = self.model.mean.values().len();
        let direction = unit(numbers, number);
        let Some(step) = self.holding(Some(lock)).step(&direction, &direction, f64::from(value - before)) else {
            return false;
        };
        let row = at / numbers;
        for (x, s) in self.latent.values_mut().iter_mut().skip(row * numbers).zip(step) {
            *x += s as f32;
        }
        true
    }

    /// What locks number `i` of a group: of a mix, that number of every patch.
    pub fn number_lock(&self, group: usize, i: usize) -> Lock {
        Lock::Number((group * self.latent.dim() + i) % self.model.mean.values().len())
    }

    /// The step along `direction` `[K]` that raises what `gradient` measures by `by`, under all locks but its own.
    pub(super) fn step(&mut self, own: Lock, direction: &[f64], gradient: &[f64], by: f64) -> bool {
        let step = self.holding(Some(own)).step(direction, gradient, by);
        if let Some(step) = &step {
            hold::add(&mut self.latent, step);
        }
        step.is_some()
    }

    /// A draw as it is shown: pulled back, with what is locked.
    pub(super) fn take_draw(&mut self, drawn: Latent) {
        let drawn = pulled_back(self.model.axes.as_ref(), self.vary.limit, None, drawn);
        self.history.name(format!("Random {}", self.seed));
        self.go_to(drawn);
    }

    /// A shape near this one: every unlocked axis moves by about `strength` deviations.
    pub fn mutate(&mut self) {
        self.vary.mutations += 1;
        let rng = &mut ChaCha8Rng::seed_from_u64(self.seed.rotate_left(32) ^ self.vary.mutations);
        let there = mutated(self.model.axes.as_ref(), &self.latent, self.vary.strength, rng);
        let there = pulled_back(self.model.axes.as_ref(), self.vary.limit, Some(&self.latent), there);
        self.history.name("Mutate");
        self.play.on = false;
        self.go_to(there);
    }
}

fn wide(values: &[f32]) -> Vec<f64> {
    values.iter().copied().map(f64::from).collect()
}

fn unit(numbers: usize, at: usize) -> Vec<f64> {
    (0..numbers).map(|i| f64::from(i == at)).collect()
}

#[cfg(test)]
mod tests {
    use super::super::tests::explorer;
    use super::*;

    #[test]
    fn locks_hold_rows_while_others_move() {
        let mut e = explorer();
        let mean: Vec<Latent> = (0..50).map(|i| Latent::prior(1, 2, &mut ChaCha8Rng::seed_from_u64(i))).collect();
        e.model.axes = Axes::fit(&mean);
        e.toggle_lock(Lock::Number(1));
        e.mutate();
        assert!(e.latent.values()[0] != 0.0 && e.latent.values()[1].abs() < 1e-6);
        e.take_draw(Latent::new(1, 2, vec![3.0, 4.0]).unwrap());
        assert!(e.latent.values()[0] != 0.0 && e.latent.values()[1].abs() < 1e-6);
        assert!(e.set_axis(0, 1.5) && e.latent.values()[1].abs() < 1e-6);
        assert!((e.model.axes.as_ref().unwrap().coordinate(&e.latent, 0) - 1.5).abs() < 1e-4);
        // Its own slider is not bound by its lock; a second lock on all that is left binds every other one.
        assert!(e.set_number(0, 1, 0.5));
        e.toggle_lock(Lock::Number(0));
        assert!(!e.set_axis(0, 0.0));
        let before = e.latent.clone();
        e.mutate();
        assert_eq!(e.latent, before);
        e.toggle_lock(Lock::Number(0));
        e.toggle_lock(Lock::Number(1));
        assert!(e.vary.locks.is_empty() && e.set_number(0, 1, 7.0));
        assert_eq!(e.latent.values()[1], 7.0);
    }

    #[test]
    fn draws_beyond_the_limit_are_pulled_back_and_mutations_follow_their_strength() {
        let mut e = explorer();
        e.vary.limit = 1.0;
        e.take_draw(Latent::new(1, 2, vec![3.0, -0.5]).unwrap());
        assert_eq!(e.latent.values(), [1.0, -0.5]);
        e.vary.limit = NO_LIMIT;
        e.take_draw(Latent::new(1, 2, vec![30.0, -0.5]).unwrap());
        assert_eq!(e.latent.values(), [30.0, -0.5]);
        let moved = |strength: f32| {
            let mut e = explorer();
            e.vary.strength = strength;
            let steps = (0..200).map(|_| {
                let before = e.latent.values()[0];
                e.mutate();
                (e.latent.values()[0] - before).powi(2)
            });
            (steps.sum::<f32>() / 200.0).sqrt()
        };
        assert!((0.08..0.12).contains(&moved(0.1)) && (0.85..1.15).contains(&moved(1.0)));
        assert_eq!(moved(0.0), 0.0);
    }
}
