//! Pictures without a GPU: a studio rasteriser, text, charts and sheets. Nothing here touches the disk; a picture leaves
//! as PNG bytes.

mod axis;
mod canvas;
pub mod colour;
mod frame;
mod heat_map;
mod light;
mod picture;
mod plot;
mod raster;
pub mod reference;
mod samples;
mod series;
mod sheet;
mod text;
mod vector;
mod view;

pub use colour::patch_colour;
pub use frame::Backdrop;
pub use heat_map::HeatMap;
pub use picture::Picture;
pub use plot::{Chart, Marker};
pub use raster::{Paint, Style, Substance, render};
pub use series::{Mark, Series};
pub use sheet::{Cell, Pair, Sheet, contact, front_and_side, posed, reconstructions};
pub use text::{Align, Face, Pen};
pub use vector::escaped;
pub use view::View;
