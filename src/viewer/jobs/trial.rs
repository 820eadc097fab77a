//! What an export would become, made while its pane is looked at; only the newest wish counts.

use std::sync::Arc;
use std::time::Duration;

use super::{Latest, Wake, guarded};
use crate::forge::game::{Level, Made, Options, Origin};
use crate::forge::{Forge, Subject};
use crate::inspect::deviation::distances;
use crate::viewer::state::{Design, Explorer, Pane, Parcel, Trial, TrialLevel};

/// A wish that only the pane's figures are wanted of is made when none has come after it for so long: half a second of every
/// core for each step of a slider would be taken from what draws the shape.
const REST: Duration = Duration::from_millis(250);

/// The worker.
pub struct Trials {
    latest: Latest<Parcel, (Parcel, Result<Trial, String>)>,
    asked: Option<Parcel>,
}

impl Trials {
    /// Starts it.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(forge: Arc<Forge>, wake: Wake) -> std::io::Result<Self> {
        let work = move |wish: Parcel| {
            let trial = guarded(|| trial(&forge, &wish)).flatten();
            (wish, trial)
        };
        Ok(Self { latest: Latest::start("trial", wake, work)?, asked: None })
    }

    /// Once a frame: asks for what is new and tells what was made.
    pub fn update(&mut self, explorer: &mut Explorer) {
        if explorer.exporting.preview || explorer.layout.shows(Pane::Export) {
            let parcel = explorer.parcel();
            let wish = Parcel { options: tried(parcel.options), ..parcel };
            if self.asked.as_ref() != Some(&wish) {
                self.asked = Some(wish.clone());
                explorer.exporting.at_work = true;
                let rest = if explorer.exporting.preview { Duration::ZERO } else { REST };
                self.latest.submit_after(wish, rest);
            }
        }
        if let Some((wish, made)) = self.latest.newest() {
            let exporting = &mut explorer.exporting;
            exporting.at_work = self.asked.as_ref() != Some(&wish);
            match made {
                Ok(trial) => (exporting.trial, exporting.failed) = (Some(Arc::new(trial)), None),
                Err(why) => (exporting.trial, exporting.failed) = (None, Some(why)),
            }
        }
    }
}

/// What of the choices can be seen before anything is written: textures take seconds, and the origin is no matter of looks.
fn tried(options: Options) -> Options {
    Options { bake: None, origin: Origin::Grip, collision: false, ..options }
}

fn trial(forge: &Forge, parcel: &Parcel) -> Result<Trial, String> {
    let Parcel { design, options, .. } = parcel;
    let Design { latent, length, grid } = design.clone();
    let subject = Subject { length, grid: Some(grid), ..Subject::new(forge.class().noun(), latent) };
    // The bytes of each level are part of the report.
    let way = parcel.way(forge, &subject);
    let made = forge.made_on(&subject, options, way.as_ref()).map_err(|why| why.to_string())?;
    let report = forge.pack_game(&subject, options, "trial", &made).map_err(|why| why.to_string())?.report;
    let Made { dense, levels, length, .. } = made;
    let parts = levels.first().map(|level| level.skin.parts.clone()).unwrap_or_default();
    let level = |Level { skin, .. }: Level| {
        let deviation = distances(&skin.mesh.positions, &dense).into_iter().map(|d| 1e3 * d / length).collect();
        TrialLevel { part: skin.part, deviation, mesh: skin.mesh }
    };
    let grip = -forge.placement(&subject.latent, subject.length).offset[1];
    Ok(Trial { parts, levels: levels.into_iter().map(level).collect(), grip, report })
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;
    use crate::model::Checkpoint;

    #[test]
    fn the_newest_wish_is_made_and_only_while_somebody_looks() {
        let forge = Arc::new(Forge::new(Checkpoint::embedded().unwrap()).unwrap());
        let mut explorer = Explorer::of(&forge, "sword");
        let mut trials = Trials::start(forge, Arc::new(|| {})).unwrap();
        trials.update(&mut explorer);
        assert!(!explorer.exporting.at_work, "nobody looks");
        explorer.layout.open(Pane::Export);
        trials.update(&mut explorer);
        (explorer.exporting.options.triangles, explorer.exporting.options.lods) = (Some(600), 2);
        explorer.exporting.options.bake = Some(1024);
        let deadline = Instant::now() + Duration::from_secs(60);
        trials.update(&mut explorer);
        while explorer.exporting.at_work {
            assert!(Instant::now() < deadline, "never made");
            std::thread::sleep(Duration::from_millis(5));
            trials.update(&mut explorer);
        }
        let trial = explorer.exporting.trial.as_ref().expect("a trial");
        assert!(trial.report.closed.closed && trial.levels.len() == 2, "{:?}", trial.report);
        assert!((570..=600).contains(&trial.levels[0].mesh.triangles.len()));
        let TrialLevel { mesh, part, deviation } = &trial.levels[0];
        assert_eq!((part.len(), deviation.len()), (mesh.triangles.len(), mesh.positions.len()));
        assert!(deviation.iter().all(|d| (0.0..100.0).contains(d)));
    }
}
