//! A measure's slider that was let go: the search for the shape that measures what it should, a few tenths of a second.

use std::sync::Arc;
use std::time::Duration;

use super::{Latest, Wake, guarded};
use crate::forge::Forge;
use crate::latent::Latent;
use crate::viewer::state::{Explorer, Unsettled};

/// How long a slider rests before a search begins: a hand that goes on must not wait for a core.
const REST: Duration = Duration::from_millis(150);

/// What a search was for, and what it found.
type Found = (Unsettled, Latent, Vec<f32>);

/// The worker.
pub struct Settling {
    worker: Latest<Unsettled, Result<Found, String>>,
    asked: Option<Unsettled>,
}

impl Settling {
    /// Starts it.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(forge: Arc<Forge>, wake: Wake) -> std::io::Result<Self> {
        let work = move |of: Unsettled| {
            guarded(|| {
                let (latent, shares) =
                    forge.steered(&of.latent, &of.targets, Unsettled::TRUST).map_err(|e| e.to_string())?;
                Ok((of, latent, shares))
            })
            .flatten()
        };
        Ok(Self { worker: Latest::start("settling", wake, work)?, asked: None })
    }

    /// Once a frame. A shape that can't be measured stays as the slider left it.
    pub fn update(&mut self, explorer: &mut Explorer) {
        if let Some(Ok((of, latent, shares))) = self.worker.newest() {
            explorer.take_settled(&of, latent, shares);
        }
        let wanted = explorer.unsettled();
        if wanted != self.asked {
            if let Some(wanted) = &wanted {
                self.worker.submit_after(wanted.clone(), REST);
            }
            self.asked = wanted;
        }
    }
}
