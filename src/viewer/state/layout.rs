//! Which panes are docked around the view, and how large. Plain data that a later start can read again.

use serde::{Deserialize, Serialize};

/// A panel that can be opened, closed and moved to another dock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Pane {
    Look,
    Patches,
    Map,
    Gallery,
    Own,
    Export,
    Training,
    Model,
    Keys,
    History,
}

impl Pane {
    /// In the order of the menu.
    pub const ALL: &[Pane] = &[
        Self::Map,
        Self::Gallery,
        Self::Look,
        Self::Patches,
        Self::Own,
        Self::Export,
        Self::Training,
        Self::Model,
        Self::History,
        Self::Keys,
    ];

    /// On its tab and in the menu.
    pub fn title(self) -> &'static str {
        match self {
            Self::Look => "Look",
            Self::Patches => "Patches",
            Self::Map => "Map",
            Self::Gallery => "Gallery",
            Self::Own => "Your mesh",
            Self::Export => "Export",
            Self::Training => "Training",
            Self::Model => "Model",
            Self::Keys => "Keys",
            Self::History => "History",
        }
    }

    /// Where it opens at first.
    fn home(self) -> Side {
        match self {
            Self::Map
            | Self::Look
            | Self::Patches
            | Self::Own
            | Self::Export
            | Self::History
            | Self::Model
            | Self::Keys => Side::Right,
            Self::Gallery | Self::Training => Side::Bottom,
        }
    }
}

/// An edge of the window that panes dock to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    Right,
    Bottom,
}

impl Side {
    /// Both, as a window is filled: the right one is as high as the window, the lower one fills what it leaves.
    pub const ALL: [Side; 2] = [Self::Right, Self::Bottom];

    /// The other edge.
    pub fn other(self) -> Self {
        match self {
            Self::Right => Self::Bottom,
            Self::Bottom => Self::Right,
        }
    }
}

/// Panes that share an edge: one is shown, tabs lead to the others.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Dock {
    pub panes: Vec<Pane>,
    /// Index into `panes`.
    pub shown: usize,
    /// Width or height in points; 0 for the usual one.
    pub size: f32,
}

impl Dock {
    /// The pane whose tab is in front.
    pub fn front(&self) -> Option<Pane> {
        self.panes.get(self.shown.min(self.panes.len().saturating_sub(1))).copied()
    }
}

/// Both docks.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Layout {
    pub right: Dock,
    pub bottom: Dock,
}

impl Layout {
    /// What a first start shows: the map, with the patches, the look and the export a click away.
    pub fn first() -> Self {
        let right = Dock { panes: vec![Pane::Map, Pane::Patches, Pane::Look, Pane::Export], ..Dock::default() };
        Self { right, ..Self::default() }
    }

    /// The dock at an edge.
    pub fn dock(&self, side: Side) -> &Dock {
        match side {
            Side::Right => &self.right,
            Side::Bottom => &self.bottom,
        }
    }

    /// The dock at an edge.
    pub fn dock_mut(&mut self, side: Side) -> &mut Dock {
        match side {
            Side::Right => &mut self.right,
            Side::Bottom => &mut self.bottom,
        }
    }

    /// Where a pane is open.
    pub fn side_of(&self, pane: Pane) -> Option<Side> {
        Side::ALL.into_iter().find(|&side| self.dock(side).panes.contains(&pane))
    }

    /// Whether a pane is in front, so that its figures are worth working for.
    pub fn shows(&self, pane: Pane) -> bool {
        Side::ALL.into_iter().any(|side| self.dock(side).front() == Some(pane))
    }

    /// Opens a pane where it is at home, or brings it to the front.
    pub fn open(&mut self, pane: Pane) {
        let side = self.side_of(pane).unwrap_or(pane.home());
        let dock = self.dock_mut(side);
        let found = dock.panes.iter().position(|&p| p == pane);
        dock.shown = found.unwrap_or_else(|| {
            dock.panes.push(pane);
            dock.panes.len() - 1
        });
    }

    /// Closes a pane; the one before it comes to the front.
    pub fn close(&mut self, pane: Pane) {
        for side in Side::ALL {
            let dock = self.dock_mut(side);
            if let Some(at) = dock.panes.iter().position(|&p| p == pane) {
                dock.panes.remove(at);
                if dock.shown >= at {
                    dock.shown = dock.shown.saturating_sub(1);
                }
            }
        }
    }

    /// Closes a pane in front, else brings it there.
    pub fn toggle(&mut self, pane: Pane) {
        if self.shows(pane) { self.close(pane) } else { self.open(pane) }
    }

    /// Moves a pane to the front of another dock.
    pub fn move_to(&mut self, pane: Pane, side: Side) {
        self.close(pane);
        let dock = self.dock_mut(side);
        dock.panes.push(pane);
        dock.shown = dock.panes.len() - 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn panes_open_move_and_close() {
        let mut layout = Layout::default();
        layout.open(Pane::Model);
        layout.open(Pane::Keys);
        assert!(layout.shows(Pane::Keys) && !layout.shows(Pane::Model));
        layout.toggle(Pane::Model);
        assert!(layout.shows(Pane::Model));
        layout.move_to(Pane::Model, Side::Bottom);
        assert_eq!(layout.side_of(Pane::Model), Some(Side::Bottom));
        assert!(layout.shows(Pane::Keys) && layout.shows(Pane::Model));
        layout.toggle(Pane::Model);
        assert_eq!((layout.side_of(Pane::Model), layout.bottom.front()), (None, None));
        let text = serde_json::to_string(&layout).unwrap();
        assert_eq!(serde_json::from_str::<Layout>(&text).unwrap(), layout);
    }
}
