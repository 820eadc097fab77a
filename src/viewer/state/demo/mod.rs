//! The live demo: the explorer walks from shape to shape by itself until somebody touches it, and goes on when nobody has
//! for a while. A plain state machine; the seconds of a frame are its only clock.

mod gamepad;
mod stop;
mod title;

pub use gamepad::Gamepad;
pub use stop::Stop;
pub use title::title;

use super::{Explorer, LengthFrom};
use crate::latent::{Latent, alike, slerp};

/// Seconds without a touch after which the walk goes on, where nobody asks for more or fewer.
pub const IDLE: f32 = 45.0;

/// Seconds that a shape is shown by itself, and from one to the next.
const REST: f32 = 4.0;
const TRAVEL: f32 = 9.0;

/// The longest step of the walk in seconds: a slow frame must not make it jump.
const STEP: f32 = 0.5;

/// Points that a pointer may move before that counts as a touch: a table that is leant on shakes the mouse.
const NUDGE: f32 = 12.0;

/// Seconds in which a window becomes full-screen under a pointer that nobody moves.
const SETTLES: f32 = 1.5;

/// Who leads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// The artist: no demo.
    #[default]
    Off,
    /// The demo.
    Walking,
    /// A visitor.
    Taken,
}

/// From one shape to the next: first it stays a while.
#[derive(Clone, Debug, PartialEq)]
pub struct Leg {
    pub from: Stop,
    pub to: Stop,
    /// Seconds since it set out; negative while it stays.
    seconds: f32,
}

impl Leg {
    /// Where it is, 0 to 1: slow at both ends.
    pub fn at(&self) -> f32 {
        let t = (self.seconds / TRAVEL).clamp(0.0, 1.0);
        // Perlin's smootherstep: neither speed nor acceleration jumps.
        t * t * t * (t * (6.0 * t - 15.0) + 10.0)
    }

    /// Whether it has set out.
    pub fn travels(&self) -> bool {
        self.seconds > 0.0
    }

    /// Share of its time that has gone, the stay included.
    pub fn progress(&self) -> f32 {
        ((self.seconds + REST) / (REST + TRAVEL)).clamp(0.0, 1.0)
    }

    /// The latent at a share of the way, around the origin: between two shapes lies one as pronounced as they are.
    pub fn latent(&self, at: f32) -> Latent {
        let (from, to) = alike(&self.from.latent, &self.to.latent);
        match at {
            // Exactly the shape itself, so that it is known by its numbers.
            ..=0.0 => self.from.latent.clone(),
            1.0.. => self.to.latent.clone(),
            _ => slerp(&from, &to, at),
        }
    }

    /// The length in metres there; `own` is the model's own for the latent there.
    fn length(&self, at: f32, own: f32) -> Option<f32> {
        match (self.from.length, self.to.length) {
            (None, None) => None,
            (from, to) => {
                let (from, to) = (from.unwrap_or(own), to.unwrap_or(own));
                Some(from + at * (to - from))
            }
        }
    }
}

/// The demo's whole state.
#[derive(Clone, Debug)]
pub struct Demo {
    mode: Mode,
    /// Seconds without a touch after which the walk goes on.
    pub idle: f32,
    /// Seconds since the last touch.
    quiet: f32,
    leg: Option<Leg>,
    /// Where between the ends of the leg a visitor has put the shape.
    share: f32,
    /// Which stop comes next.
    next: usize,
    /// Where the pointer rests, in points.
    pointer: Option<[f32; 2]>,
    /// Seconds since the walk began or went on.
    walked: f32,
    /// Random shapes, for a model that brings too few to walk between.
    pub(super) samples: Vec<Stop>,
}

impl Default for Demo {
    fn default() -> Self {
        Self {
            mode: Mode::Off,
            idle: IDLE,
            quiet: 0.0,
            leg: None,
            share: 0.0,
            next: 0,
            pointer: None,
            walked: 0.0,
            samples: Vec::new(),
        }
    }
}

impl Demo {
    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// Whether there is a demo, whoever leads.
    pub fn is_on(&self) -> bool {
        self.mode != Mode::Off
    }

    /// The way that the demo goes, or went when it was taken over.
    pub fn leg(&self) -> Option<&Leg> {
        self.leg.as_ref()
    }

    /// Where on it the shape is, 0 to 1.
    pub fn share(&self) -> f32 {
        self.share
    }

    /// Seconds until the walk goes on if nobody touches anything.
    pub fn remaining(&self) -> f32 {
        (self.idle - self.quiet).max(0.0)
    }

    /// Whether a pointer at this place, in points, has moved so far that somebody means it.
    pub fn is_nudged(&mut self, [x, y]: [f32; 2]) -> bool {
        if self.walked < SETTLES {
            self.pointer = Some([x, y]);
        }
        let [was_x, was_y] = *self.pointer.get_or_insert([x, y]);
        (x - was_x).hypot(y - was_y) > NUDGE
    }

    /// The same demo for another model.
    pub(super) fn of_another_model(self) -> Self {
        Self { leg: None, share: 0.0, next: 0, samples: Vec::new(), ..self }
    }
}

impl Explorer {
    /// Starts the demo, or ends it.
    pub fn toggle_demo(&mut self) {
        if self.demo.is_on() { self.leave_demo() } else { self.start_demo() }
    }

    /// Starts to walk from the shape on screen.
    pub fn start_demo(&mut self) {
        (self.demo.leg, self.demo.next) = (None, 0);
        self.walk();
    }

    /// Back to the artist: the shape stays.
    pub fn leave_demo(&mut self) {
        (self.demo.mode, self.demo.leg) = (Mode::Off, None);
    }

    /// Somebody touches something: theirs is the shape, where it is.
    pub fn touch_demo(&mut self) {
        self.demo.quiet = 0.0;
        if self.demo.mode == Mode::Walking {
            self.demo.mode = Mode::Taken;
            self.demo.share = self.demo.leg.as_ref().map_or(0.0, Leg::at);
        }
    }

    /// The walk goes on, from wherever the shape is.
    pub fn walk(&mut self) {
        self.demo.mode = Mode::Walking;
        (self.demo.quiet, self.demo.walked, self.demo.pointer) = (0.0, 0.0, None);
        (self.play.on, self.look.turning) = (false, false);
        // It goes on to where it was going.
        let to = self.demo.leg.take().map(|leg| leg.to).filter(|to| to.latent != self.latent);
        self.demo.leg = to.map(|to| Leg { from: self.here(), to, seconds: -REST });
    }

    /// The shape on screen as a stop.
    fn here(&self) -> Stop {
        Stop { title: title(&self.current().name), latent: self.latent.clone(), length: self.length }
    }

    /// Moves the demo on by the seconds of a frame.
    pub fn advance_demo(&mut self, seconds: f32) {
        match self.demo.mode {
            Mode::Off => (),
            Mode::Walking => self.walk_on(seconds.min(STEP)),
            Mode::Taken => {
                self.demo.quiet = if self.history.held { 0.0 } else { self.demo.quiet + seconds };
                if self.demo.quiet >= self.demo.idle {
                    self.walk();
                }
            }
        }
    }

    fn walk_on(&mut self, seconds: f32) {
        self.demo.walked += seconds;
        if self.demo.leg.is_none() {
            let from = self.here();
            self.demo.leg = self.next_stop(&from.latent).map(|to| Leg { from, to, seconds: -REST });
        }
        let Some(mut leg) = self.demo.leg.take() else { return };
        leg.seconds += seconds;
        let at = leg.at();
        self.demo.share = at;
        self.show_on(&leg, at);
        self.demo.leg = if leg.seconds < TRAVEL {
            Some(leg)
        } else {
            let from = leg.to;
            self.next_stop(&from.latent).map(|to| Leg { from, to, seconds: -REST })
        };
    }

    /// The next stop that is not the shape here.
    fn next_stop(&mut self, here: &Latent) -> Option<Stop> {
        let stops = self.stops();
        let first = self.demo.next;
        let found = (first..first + stops.len()).find(|i| stops[i % stops.len()].latent != *here)?;
        self.demo.next = (found + 1) % stops.len();
        Some(stops[found % stops.len()].clone())
    }

    fn show_on(&mut self, leg: &Leg, at: f32) {
        let latent = leg.latent(at);
        let length = leg.length(at, self.own_length);
        if latent != self.latent || length != self.length {
            self.history.name("Demo");
            self.latent = latent;
            (self.length, self.length_from) =
                (length, if length.is_some() { LengthFrom::Picks } else { LengthFrom::Model });
        }
    }

    /// A visitor puts the shape elsewhere on the way.
    pub fn scrub(&mut self, share: f32) {
        if let Some(leg) = self.demo.leg.take() {
            self.demo.share = share.clamp(0.0, 1.0);
            self.show_on(&leg, self.demo.share);
            self.history.name("Along the way");
            self.demo.leg = Some(leg);
        }
    }

    /// What the shape on screen is called, and where it is going to while it does.
    pub fn heading(&self) -> (String, Option<String>) {
        let on_way = self.demo.leg.as_ref().filter(|leg| leg.latent(self.demo.share) == self.latent);
        match on_way {
            Some(leg) if self.demo.share >= 1.0 => (leg.to.title.clone(), None),
            Some(leg) if self.demo.share > 0.0 || leg.travels() => (leg.from.title.clone(), Some(leg.to.title.clone())),
            Some(leg) => (leg.from.title.clone(), None),
            None => (title(&self.current().name), None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Change, Favourite};
    use super::super::{MadeBy, Origin, Source, tests::explorer};
    use super::*;

    fn latent(x: f32, y: f32) -> Latent {
        Latent::new(1, 2, vec![x, y]).unwrap()
    }

    /// An explorer with three encoded shapes and the clock at rest.
    fn three() -> Explorer {
        let mut e = explorer();
        let source = |name: &str, x: f32, y: f32| Source {
            name: name.into(),
            origin: Origin::Real,
            latent: latent(x, y),
            length: None,
            own_length: 1.0,
        };
        e.blend.sources = vec![source("sabre", 1.0, 0.0), source("spear", 0.0, 1.0), source("knife", -1.0, 0.2)];
        e.latent = latent(1.0, 0.0);
        e
    }

    /// Frames of 20 ms; the largest step of the latent.
    fn run(e: &mut Explorer, seconds: f32) -> f32 {
        let mut most = 0f32;
        for _ in 0..(seconds / 0.02).round() as usize {
            let before = e.latent.clone();
            e.advance_demo(0.02);
            e.remember();
            let step = before.values().iter().zip(e.latent.values()).map(|(a, b)| (a - b).powi(2)).sum::<f32>();
            most = most.max(step.sqrt());
        }
        most
    }

    #[test]
    fn it_rests_then_walks_slowly_to_every_stop_and_round_again() {
        let mut e = three();
        e.start_demo();
        let still = e.latent.clone();
        run(&mut e, REST - 0.1);
        assert_eq!((&e.latent, e.heading().1), (&still, None));
        let mut seen = Vec::new();
        for _ in 0..6 {
            // No step is larger than a slow hand's.
            let step = run(&mut e, TRAVEL / 2.0 + 0.2);
            assert!(step > 0.0 && step < 0.02, "{step}");
            let (from, to) = e.heading();
            assert_ne!(Some(from), to);
            run(&mut e, REST + TRAVEL / 2.0 - 0.2);
            seen.push(e.heading().0);
        }
        assert_eq!(seen.iter().collect::<std::collections::HashSet<_>>().len(), 3, "{seen:?}");
        assert_eq!(seen[..3], seen[3..]);
        // All of it is one edit, and undo gives back what the artist had.
        assert_eq!(e.history.steps().len(), 2);
        e.undo();
        assert_eq!(e.latent, still);
    }

    #[test]
    fn a_touch_takes_over_where_it_is_and_quiet_gives_it_back_without_a_jump() {
        let mut e = three();
        e.demo.idle = 10.0;
        e.start_demo();
        run(&mut e, REST + 4.0);
        let here = e.latent.clone();
        e.touch_demo();
        assert_eq!(e.demo.mode(), Mode::Taken);
        assert_eq!(run(&mut e, 9.0), 0.0);
        assert!(e.latent == here && e.demo.remaining() < 1.1 && e.heading().1.is_some());
        // A hand that holds on is no quiet.
        e.history.held = true;
        run(&mut e, 30.0);
        e.history.held = false;
        e.touch_demo();
        e.scrub(0.9);
        let moved = e.latent.clone();
        assert_ne!(moved, here);
        assert_eq!(run(&mut e, 9.9), 0.0);
        assert_eq!(e.demo.mode(), Mode::Taken);
        run(&mut e, 0.3);
        assert_eq!((e.demo.mode(), &e.latent), (Mode::Walking, &moved));
        let to = e.demo.leg().unwrap().to.title.clone();
        assert!(run(&mut e, REST + 1.0) < 0.02);
        // It goes on to where it was going.
        assert_eq!(e.heading().1, Some(to));
        e.leave_demo();
        let stays = e.latent.clone();
        run(&mut e, 60.0);
        assert_eq!((e.demo.is_on(), &e.latent), (false, &stays));
    }

    #[test]
    fn favourites_of_this_model_are_walked_between_and_one_alone_is_not_enough() {
        let mut e = three();
        e.model.hash = "here".into();
        let keep = |e: &mut Explorer, name: &str, hash: &str, at: Latent, length| {
            let made_by = MadeBy { name: String::new(), hash: hash.into() };
            let favourite = Favourite {
                id: name.into(),
                name: name.into(),
                model: made_by,
                latent: at,
                length,
                born: Default::default(),
                parents: Vec::new(),
                thumbnail: None,
            };
            e.favourites.apply(&Change::Add { favourite: Box::new(favourite), at: 9 });
        };
        let titles = |e: &Explorer| e.stops().into_iter().map(|s| s.title).collect::<Vec<_>>();
        keep(&mut e, "first", "here", latent(0.5, 0.5), Some(2.0));
        keep(&mut e, "foreign", "elsewhere", latent(0.1, 0.5), None);
        keep(&mut e, "of another size", "here", Latent::zeros(1, 3), None);
        assert_eq!(titles(&e).len(), 3);
        assert!(titles(&e).contains(&"Sabre".to_owned()));
        keep(&mut e, "second one", "here", latent(-0.5, 0.5), None);
        assert_eq!(titles(&e), ["First", "Second one"]);
        // Lengths go over into each other: from the model's own, 1 m here, to the favourite's.
        e.start_demo();
        let mut lengths = Vec::new();
        for _ in 0..700 {
            e.advance_demo(0.02);
            lengths.push(e.shown_length());
        }
        assert!(lengths.windows(2).all(|w| (w[1] - w[0]).abs() < 0.01));
        assert!((lengths[0] - 1.0).abs() < 1e-6 && (e.shown_length() - 2.0).abs() < 1e-6);
    }

    #[test]
    fn a_slow_frame_does_not_jump_and_a_lone_shape_stands_still() {
        let mut e = three();
        e.start_demo();
        for _ in 0..200 {
            e.advance_demo(30.0);
            assert!(e.demo.leg().is_some_and(|l| l.progress() < 1.0));
        }
        let mut lone = three();
        lone.blend.sources.truncate(1);
        lone.start_demo();
        assert_eq!(run(&mut lone, 30.0), 0.0);
        assert_eq!(lone.demo.mode(), Mode::Walking);
    }

    #[test]
    fn a_shaken_table_is_no_touch() {
        let mut demo = Demo::default();
        // The window comes up under it.
        assert!(!demo.is_nudged([20.0, 20.0]) && !demo.is_nudged([500.0, 300.0]));
        demo.walked = 2.0;
        assert!(!demo.is_nudged([506.0, 296.0]) && !demo.is_nudged([500.0, 310.0]));
        assert!(demo.is_nudged([520.0, 300.0]));
    }
}
