//! What a shape measures, for the sliders that move its measures: some milliseconds, where only the newest shape counts.

use std::sync::Arc;

use super::{Latest, Wake, guarded};
use crate::forge::Forge;
use crate::latent::Latent;
use crate::viewer::state::{Explorer, Rows};

/// The worker.
pub struct Measuring {
    worker: Latest<Latent, Result<(Latent, Vec<f32>), String>>,
    asked: Option<Latent>,
}

impl Measuring {
    /// Starts it.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(forge: Arc<Forge>, wake: Wake) -> std::io::Result<Self> {
        let work = move |latent: Latent| {
            guarded(|| {
                let shares = forge.shares(&latent).map_err(|e| e.to_string())?;
                Ok((latent, shares))
            })
            .flatten()
        };
        Ok(Self { worker: Latest::start("measures", wake, work)?, asked: None })
    }

    /// Once a frame: tells what was measured and asks for what is new. A shape that can't be measured keeps what is foretold
    /// of it; the worker for sizes says why.
    pub fn update(&mut self, explorer: &mut Explorer) {
        if let Some(Ok((latent, shares))) = self.worker.newest() {
            explorer.take_measured(latent, shares);
        }
        let wanted = explorer.rows == Rows::Measures && !explorer.model.attributes.is_empty();
        if wanted && self.asked.as_ref() != Some(&explorer.latent) {
            self.asked = Some(explorer.latent.clone());
            self.worker.submit(explorer.latent.clone());
        }
    }
}
