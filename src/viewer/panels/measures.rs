//! Sliders for what an artist would measure, in units of the hand.

use egui::Ui;

use super::row::{Row, note};
use crate::latent::Attribute;
use crate::latent::attribute::Scale;
use crate::viewer::state::{Explorer, Lock, measure_name};

/// Room for the names, which are longer than `Axis 12`.
const NAME_WIDTH: f32 = 98.0;

/// Deviations of the measured set that a slider spans on either side.
const REACH: f32 = 3.0;

/// How a measure is written.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Unit {
    Metres,
    Centimetres,
    Millimetres,
    /// A bend as the angle between both ends of the arc.
    Degrees,
    Plain,
}

impl Unit {
    /// By what the measure usually is, in metres.
    fn of(attribute: &Attribute, usual: f32) -> Self {
        match attribute.scale {
            Scale::Ratio if attribute.name == "curvature" => Self::Degrees,
            Scale::Ratio => Self::Plain,
            _ if usual >= 0.5 => Self::Metres,
            _ if usual >= 0.02 => Self::Centimetres,
            _ => Self::Millimetres,
        }
    }

    fn suffix(self) -> &'static str {
        match self {
            Self::Metres => " m",
            Self::Centimetres => " cm",
            Self::Millimetres => " mm",
            Self::Degrees => "°",
            Self::Plain => "",
        }
    }

    fn decimals(self) -> usize {
        match self {
            Self::Metres | Self::Plain => 2,
            Self::Centimetres | Self::Millimetres | Self::Degrees => 1,
        }
    }

    /// From metres or a ratio.
    fn shown(self, value: f32) -> f32 {
        match self {
            Self::Metres | Self::Plain => value,
            Self::Centimetres => 100.0 * value,
            Self::Millimetres => 1000.0 * value,
            // An arc of angle a has a sagitta of tan(a / 4) / 2 chords.
            Self::Degrees => (4.0 * (2.0 * value).atan()).to_degrees(),
        }
    }

    /// And back.
    fn meant(self, shown: f32) -> f32 {
        match self {
            Self::Metres | Self::Plain => shown,
            Self::Centimetres => shown / 100.0,
            Self::Millimetres => shown / 1000.0,
            Self::Degrees => (shown.to_radians() / 4.0).tan() / 2.0,
        }
    }
}

/// A measure of the shape on screen, in its unit.
pub(super) struct Reading {
    index: usize,
    pub name: String,
    unit: Unit,
    pub value: f32,
    pub range: std::ops::RangeInclusive<f32>,
    rest: f32,
}

impl Reading {
    /// All that the model has.
    pub fn all(explorer: &Explorer) -> Vec<Self> {
        let of = |(index, value): (usize, f32)| {
            let attribute = &explorer.model.attributes[index];
            let usual_length = if attribute.scale == Scale::Ratio { 1.0 } else { explorer.model.usual_length };
            let usual = attribute.mean * usual_length;
            let unit = Unit::of(attribute, usual);
            let lowest = usual - REACH * attribute.metres;
            let lowest = if attribute.scale == Scale::Ratio { lowest } else { lowest.max(0.1 * usual) };
            let value = unit.shown(value);
            Self {
                index,
                name: measure_name(&attribute.name),
                unit,
                // Dust around zero would show as "-0.0".
                value: if value.abs() < 0.05 && unit == Unit::Degrees { 0.0 } else { value },
                range: unit.shown(lowest)..=unit.shown(usual + REACH * attribute.metres),
                rest: unit.shown(usual),
            }
        };
        explorer.measures().into_iter().enumerate().map(of).collect()
    }

    /// The value with its unit: `0.82 m`.
    pub fn text(&self) -> String {
        format!("{:.1$}{2}", self.value, self.unit.decimals(), self.unit.suffix())
    }

    /// How far it went from a value in metres (or a ratio): `Pommel width +4.0 mm`.
    fn moved_from(&self, was: f32) -> String {
        let by = self.value - self.unit.shown(was);
        format!("{} {by:+.1$}{2}", self.name, self.unit.decimals(), self.unit.suffix()).replace('-', "\u{2212}")
    }

    /// Gives the shape this value of the measure, in its unit.
    pub fn set(&self, explorer: &mut Explorer, value: f32) {
        if !explorer.set_measure(self.index, self.unit.meant(value)) {
            explorer.info(format!("{} stays: the locks or the overall length hold it.", self.name));
        }
    }
}

/// One row a measure.
pub fn show(ui: &mut Ui, explorer: &mut Explorer) {
    let measured = explorer.measures.are_of(&explorer.latent);
    for reading in Reading::all(explorer) {
        let Reading { index, name, unit, value, range, rest } = &reading;
        let attribute = &explorer.model.attributes[*index];
        let row = Row {
            name,
            range: range.clone(),
            rest: *rest,
            decimals: unit.decimals(),
            suffix: unit.suffix(),
            hover: hover(attribute, name, measured),
        };
        let mut shown = *value;
        if row.lockable(ui, explorer, &mut shown, NAME_WIDTH, Lock::Measure(*index)) {
            reading.set(explorer, shown);
        }
    }
    dragged_along(ui, explorer);
    if explorer.latent.is_mix(explorer.model.groups) {
        note(ui, "A mix: all its parts move together.");
    }
}

/// What could not be held still is said, with how far it went.
fn dragged_along(ui: &mut Ui, explorer: &Explorer) {
    let moved = explorer.dragged_along();
    if moved.is_empty() {
        return;
    }
    let readings = Reading::all(explorer);
    let each: Vec<String> = moved.into_iter().map(|(i, was)| readings[i].moved_from(was)).collect();
    note(ui, format!("Moved along: {}.", each.join(", ")));
}

fn hover(attribute: &Attribute, name: &str, measured: bool) -> String {
    let known = if measured { "Measured on this shape." } else { "Foretold from the latent; measured in a moment." };
    let effect = match attribute.scale {
        Scale::Along => "The whole grows with it; the other measures stay as still as the shape allows.",
        _ => "The other measures stay as still as the shape allows.",
    };
    format!("{name}. {known}\nMove it: {effect}\nThe latent explains {:.0} % of it.", 100.0 * attribute.r2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_suit_the_hand_and_come_back() {
        let attribute = |name: &str, scale| Attribute {
            name: name.into(),
            scale,
            mean: 0.1,
            deviation: 0.1,
            metres: 0.1,
            r2: 0.9,
            readout: vec![0.0],
            bias: 0.0,
            direction: vec![0.0],
        };
        let of = |usual| Unit::of(&attribute("guard_span", Scale::Across), usual);
        assert_eq!([0.7, 0.2, 0.012].map(of), [Unit::Metres, Unit::Centimetres, Unit::Millimetres]);
        assert_eq!(Unit::of(&attribute("curvature", Scale::Ratio), 0.1), Unit::Degrees);
        // A half circle has a sagitta of half its chord.
        assert!((Unit::Degrees.shown(0.5) - 180.0).abs() < 1e-3);
        for unit in [Unit::Metres, Unit::Centimetres, Unit::Millimetres, Unit::Degrees, Unit::Plain] {
            for value in [-0.1, 0.0, 0.012, 0.4] {
                assert!((unit.meant(unit.shown(value)) - value).abs() < 1e-6);
            }
        }
    }
}
