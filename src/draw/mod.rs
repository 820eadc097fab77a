//! Pictures without a GPU: a studio rasteriser, text, charts and sheets. Nothing here touches the disk; a picture leaves
//! as PNG bytes.

mod axis;
mod canvas;
pub mod colour;
mod frame;
mod light;
mod picture;
pub mod plot;
pub mod raster;
mod samples;
pub mod sheet;
pub mod text;
mod view;

pub use colour::patch_colour;
pub use picture::Picture;
pub use plot::{Chart, Mark, Marker, Series};
pub use raster::{Backdrop, Paint, Style, render};
pub use sheet::{Cell, Pair, Sheet, contact, reconstructions};
pub use text::{Align, Face, Pen};
pub use view::View;
