//! Fits the model to the artist's own mesh: encodes it as it is turned, and refines the latent for some seconds.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::{Latest, Opened, Wake, guarded};
use crate::forge::closeness::{Closeness, METRIC_GRID, METRIC_POINTS};
use crate::forge::refine::Refinement;
use crate::forge::{Forge, ForgeError};
use crate::latent::Latent;
use crate::mesh::{Mesh, Vec3};
use crate::shapes::placement::to_unit_ball;
use crate::shapes::sample::surface;
use crate::template::Template;
use crate::viewer::state::{Command, Explorer, Origin, Own, Pane, Refining, Slot, Source};

/// How long a refinement may take.
const PATIENCE: Duration = Duration::from_secs(12);

/// What is asked for.
pub enum Fit {
    /// Encode the mesh, turned by degrees about X, Y and Z.
    Encode { mesh: Arc<Mesh>, turn: [f32; 3] },
    /// Look from this latent for one that fits better.
    Refine { placed: Arc<Mesh>, latent: Latent },
}

/// What came of it; a refinement reports often.
#[derive(Clone, Debug)]
pub struct Fitted {
    /// As encoded, in the unit ball.
    pub placed: Arc<Mesh>,
    pub latent: Latent,
    /// The model's own length for it, metres.
    pub own_length: f32,
    pub closeness: Closeness,
    /// `None` once it is over.
    pub refining: Option<Refining>,
}

/// A request, its number, and what ends it.
type Request = (u64, Fit, Arc<AtomicBool>);

/// The worker; the newest request counts, and ends a refinement that is under way.
pub struct Fitting {
    requests: Latest<Request, ()>,
    results: Receiver<(u64, Result<Fitted, String>)>,
    /// Counts the requests: what comes of an older one than the last says nothing any more.
    asked: u64,
    /// Ends what is under way.
    cancel: Arc<AtomicBool>,
}

impl Fitting {
    /// Starts the worker.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(forge: Arc<Forge>, wake: Wake) -> std::io::Result<Self> {
        let (sender, results) = channel();
        let awaken = wake.clone();
        let requests = Latest::start("own mesh", wake, move |(number, fit, cancel): Request| {
            let tell = |fitted| {
                let _ = sender.send((number, Ok(fitted)));
                awaken();
            };
            let done = guarded(|| run(&forge, fit, &cancel, &tell).map_err(|why| why.to_string())).flatten();
            if let Err(why) = done {
                let _ = Sender::send(&sender, (number, Err(why)));
            }
        })?;
        Ok(Self { requests, results, asked: 0, cancel: Arc::default() })
    }

    /// Asks for something, in place of what is under way.
    pub fn submit(&mut self, fit: Fit) {
        self.cancel();
        self.cancel = Arc::default();
        self.asked += 1;
        self.requests.submit((self.asked, fit, self.cancel.clone()));
    }

    /// Ends a refinement; what it has found so far counts.
    pub fn cancel(&self) {
        self.cancel.store(true, Ordering::Relaxed);
    }

    /// Takes a command that is for it; gives any other back.
    pub fn take(&mut self, command: Command, explorer: &mut Explorer) -> Option<Command> {
        match command {
            Command::Turn => {
                if let Some(own) = &mut explorer.own {
                    own.refining = None;
                    self.submit(Fit::Encode { mesh: own.mesh.clone(), turn: own.turn });
                }
            }
            Command::Refine => {
                let encoded = explorer.own.as_ref().and_then(|own| Some((own.slot, explorer.source_of(own)?)));
                if let Some((slot, index)) = encoded {
                    let latent = explorer.blend.sources[index].latent.clone();
                    // What is looked for is seen.
                    explorer.pick(slot, index);
                    explorer.blend.go_to_end(slot);
                    explorer.apply_blend();
                    explorer.history.name("Refine");
                    let showed = Some(explorer.latent.clone());
                    let Some(own) = &mut explorer.own else { return None };
                    own.showed = showed;
                    let now = own.closeness.map_or(0.0, |c| c.chamfer);
                    own.refining = Some(Refining { share: 0.0, from: now, now });
                    self.submit(Fit::Refine { placed: own.placed.clone(), latent });
                }
            }
            Command::StopRefining => self.cancel(),
            other => return Some(other),
        }
        None
    }

    /// Tells the state what was found.
    pub fn update(&self, explorer: &mut Explorer) {
        let (fitted, failures) = self.reports();
        if let Some(fitted) = fitted {
            explorer.take_fit(fitted);
        }
        for why in failures {
            explorer.error(format!("Your mesh can't be fitted: {why}. Turn it, or open another."));
        }
    }

    /// The newest report of the last request since the last call, and every failure of it.
    fn reports(&self) -> (Option<Fitted>, Vec<String>) {
        let (mut newest, mut failures) = (None, Vec::new());
        for (_, result) in self.results.try_iter().filter(|(number, _)| *number == self.asked) {
            match result {
                Ok(fitted) => newest = Some(fitted),
                Err(why) => failures.push(why),
            }
        }
        (newest, failures)
    }
}

impl Drop for Fitting {
    fn drop(&mut self) {
        self.cancel();
    }
}

impl Explorer {
    /// Picks an opened file as A or B; an export of ours is shown exactly as it was saved.
    pub fn take_in(&mut self, slot: Slot, opened: Opened) {
        let Opened { source, design, mesh, note } = opened;
        self.info(match &note {
            Some(note) => note.clone(),
            None => format!("Opened {} as {}", source.name, slot.name()),
        });
        if let Some(mesh) = mesh {
            let placed = to_unit_ball(&mesh).0;
            self.own = Some(Own::new(&source.name, slot, mesh, placed));
            self.layout.open(Pane::Own);
            self.ask(Command::Turn);
            self.ask(Command::FrameView);
        }
        let own = self.own.as_ref().is_some_and(|own| own.name == source.name);
        self.add_import(slot, source);
        if own {
            // What stands beside a mesh is its reconstruction, and no blend with another.
            self.blend.go_to_end(slot);
            self.apply_blend();
        }
        if let Some(design) = design {
            self.show(design);
        }
    }

    /// Where an own mesh's reconstruction stands among the shapes.
    fn source_of(&self, own: &Own) -> Option<usize> {
        self.blend.sources.iter().position(|s| s.origin == Origin::Imported && s.name == own.name)
    }

    /// The latent that an own mesh stands with among the shapes.
    pub(in crate::viewer) fn latent_of(&self, own: &Own) -> Option<Latent> {
        Some(self.blend.sources[self.source_of(own)?].latent.clone())
    }

    /// Takes over what the model makes of the own mesh; one that was put away meanwhile stays away, and a shape that was made since
    /// a refinement began stays in view.
    fn take_fit(&mut self, fitted: Fitted) {
        let Some(own) = &mut self.own else { return };
        let Fitted { placed, latent, own_length, closeness, refining } = fitted;
        let (refined, quiet) = (own.refining.is_some(), std::mem::take(&mut own.quiet));
        let over = refined && refining.is_none();
        let from = own.refining.map_or(closeness.chamfer, |r| r.from);
        (own.placed, own.closeness, own.refining) = (placed, Some(closeness), refining);
        let (name, slot) = (own.name.clone(), own.slot);
        if over {
            let gain = 100.0 * (1.0 - closeness.chamfer / from.max(f32::MIN_POSITIVE));
            self.info(format!("{name} refined: {gain:.0} % closer, chamfer x 1000 {:.3}.", 1000.0 * closeness.chamfer));
        }
        let known = self.blend.sources.iter().find(|s| s.origin == Origin::Imported && s.name == name);
        if known.is_none_or(|s| s.latent != latent) {
            let moved_on = refined && self.own.as_ref().is_some_and(|own| own.showed.as_ref() != Some(&self.latent));
            let source = Source { name, origin: Origin::Imported, latent, length: None, own_length };
            if moved_on || quiet {
                self.blend.add_import(source);
            } else {
                self.add_import(slot, source);
                let showed = Some(self.latent.clone());
                self.own.iter_mut().for_each(|own| own.showed = showed.clone());
            }
        }
    }
}

fn run(forge: &Forge, fit: Fit, cancel: &AtomicBool, tell: &dyn Fn(Fitted)) -> Result<(), ForgeError> {
    match fit {
        Fit::Encode { mesh, turn } => {
            let turned = turned(&mesh, turn);
            // As the file was opened: a mesh that is not turned gives the very latent that it was picked with.
            let latent = forge.encode_mesh(&turned)?;
            let placed = Arc::new(to_unit_ball(&turned).0);
            let reference = reference(&placed);
            let closeness = measure(forge, &latent, &reference)?;
            let own_length = forge.placement(&latent, None).length;
            tell(Fitted { placed, latent, own_length, closeness, refining: None });
        }
        Fit::Refine { placed, latent } => {
            let reference = reference(&placed);
            let before = measure(forge, &latent, &reference)?;
            let (mut best, mut closest) = (latent.clone(), before);
            let mut refinement = Refinement::new(forge, latent, &placed)?;
            let start = Instant::now();
            loop {
                let goes_on = refinement.round()?;
                let closeness = measure(forge, refinement.latent(), &reference)?;
                // The rounds see fewer points than the figure that is shown: what does not improve it is not kept.
                if closeness.chamfer < closest.chamfer {
                    (best, closest) = (refinement.latent().clone(), closeness);
                }
                let share = start.elapsed().div_duration_f32(PATIENCE);
                let over = !goes_on || share >= 1.0 || cancel.load(Ordering::Relaxed);
                let refining = (!over).then_some(Refining { share, from: before.chamfer, now: closest.chamfer });
                let own_length = forge.placement(&best, None).length;
                let (placed, latent) = (placed.clone(), best.clone());
                tell(Fitted { placed, latent, own_length, closeness: closest, refining });
                if over {
                    break;
                }
            }
        }
    }
    Ok(())
}

/// The points that a reconstruction is held against; other ones than the encoder's.
fn reference(placed: &Mesh) -> Vec<Vec3> {
    surface(placed, METRIC_POINTS, &mut ChaCha8Rng::seed_from_u64(2)).points
}

fn measure(forge: &Forge, latent: &Latent, reference: &[Vec3]) -> Result<Closeness, ForgeError> {
    let decoded = forge.decode_unit(latent, &Template::grid(METRIC_GRID))?;
    Ok(Closeness::of(&decoded, reference, &mut ChaCha8Rng::seed_from_u64(3)))
}

/// A mesh turned by degrees about X, then Y, then Z.
pub fn turned(mesh: &Mesh, turn: [f32; 3]) -> Mesh {
    let mut mesh = mesh.clone();
    for (axis, degrees) in turn.into_iter().enumerate() {
        if degrees != 0.0 {
            let (sin, cos) = degrees.to_radians().sin_cos();
            let (b, c) = ((axis + 1) % 3, (axis + 2) % 3);
            for p in mesh.positions.iter_mut().chain(&mut mesh.normals) {
                (p[b], p[c]) = (cos * p[b] - sin * p[c], sin * p[b] + cos * p[c]);
            }
        }
    }
    mesh
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::checkpoint::Checkpoint;
    use crate::shapes::dataset::procedural;

    fn until(fitting: &Fitting, done: impl Fn(&Fitted) -> bool) -> Fitted {
        let deadline = Instant::now() + Duration::from_secs(60);
        loop {
            let (fitted, failures) = fitting.reports();
            assert!(failures.is_empty() && Instant::now() < deadline, "{failures:?}");
            match fitted {
                Some(fitted) if done(&fitted) => return fitted,
                _ => std::thread::sleep(Duration::from_millis(2)),
            }
        }
    }

    #[test]
    fn quarter_turns_go_round() {
        let mesh = Mesh { positions: vec![[1.0, 2.0, 3.0]], ..Default::default() };
        let close = |turn, expected: Vec3| {
            let found = turned(&mesh, turn).positions[0];
            assert!((0..3).all(|k| (found[k] - expected[k]).abs() < 1e-5), "{found:?}");
        };
        close([90.0, 0.0, 0.0], [1.0, -3.0, 2.0]);
        close([0.0, 90.0, 0.0], [3.0, 2.0, -1.0]);
        close([0.0, 0.0, 90.0], [-2.0, 1.0, 3.0]);
    }

    #[test]
    fn a_mesh_is_encoded_as_turned_and_refined_until_cancelled() {
        let forge = Arc::new(Forge::new(Checkpoint::embedded().unwrap()).unwrap());
        let mesh = Arc::new(procedural(1, 900_777)[0].mesh());
        let mut fitting = Fitting::start(forge.clone(), Arc::new(|| {})).unwrap();
        fitting.submit(Fit::Encode { mesh: mesh.clone(), turn: [0.0; 3] });
        let right = until(&fitting, |_| true);
        fitting.submit(Fit::Encode { mesh: mesh.clone(), turn: [0.0, 0.0, 180.0] });
        let wrong = until(&fitting, |_| true);
        // Upside down it is no sword that the model knows.
        assert!(wrong.closeness.chamfer > 2.0 * right.closeness.chamfer, "{:?} {:?}", wrong.closeness, right.closeness);
        fitting.submit(Fit::Refine { placed: right.placed.clone(), latent: right.latent.clone() });
        let under_way = until(&fitting, |f| f.refining.is_some());
        assert!(under_way.closeness.chamfer <= right.closeness.chamfer);
        // What was asked for later counts, whatever is still said of the older.
        let turn = Fit::Encode { mesh: mesh.clone(), turn: [0.0; 3] };
        fitting.submit(turn);
        let encoded = until(&fitting, |_| true);
        assert_eq!((encoded.refining, &encoded.latent), (None, &right.latent));
        fitting.submit(Fit::Refine { placed: right.placed.clone(), latent: right.latent.clone() });
        let under_way = until(&fitting, |f| f.refining.is_some());
        fitting.cancel();
        let over = until(&fitting, |f| f.refining.is_none());
        assert!(over.closeness.chamfer <= under_way.closeness.chamfer);
    }
}
