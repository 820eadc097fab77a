//! What the explorer keeps in the user's data folder, as plain data and text: favourites, and what of a session other
//! programs follow. No file is touched here: the explorer's jobs write them, the terminal reads them too.

pub mod document;
mod favourite;
mod shown;

pub use favourite::{Born, Favourite, MadeBy, Parent, sword_id};
pub use shown::Shown;

/// The favourites, in the data folder.
pub const FAVOURITES: &str = "favourites.json";
/// The session, in the data folder.
pub const SESSION: &str = "session.json";
