//! Swords side by side, to take, keep and breed.

use egui::{Align2, Button, Color32, CornerRadius, Key, Label, Modifiers, Rect, RichText, Sense, Stroke, StrokeKind};
use egui::{TextEdit, TextStyle, Ui, Vec2};

use super::actions::{self, Action, Menu};
use super::row::note;
use super::{theme, thumbnail};
use crate::viewer::state::{Born, Explorer, Favourite, Pane, STRENGTH_RANGE, Shelf, Tile, Wanted};

/// Width and height of a tile in points, its name included.
const TILE: Vec2 = Vec2::new(76.0, 130.0);
const NAME: f32 = 17.0;
const GAP: f32 = 6.0;
/// Side of the star.
const STAR: f32 = 20.0;

/// This pane's own entries.
pub const ACTIONS: &[Action] = &[
    actions::pane(
        "Gallery",
        "Random samples, favourites, and what lies around the current shape; breed them.",
        |e| actions::toggle(e, Pane::Gallery),
        |e| e.layout.shows(Pane::Gallery),
    )
    .ctrl(Key::G),
    Action::new(Menu::Shape, "Keep as favourite", "Keeps the current shape in the gallery.", Explorer::favour_current)
        .key(Key::K),
    Action::new(Menu::Shape, "Neighbours", "Shows shapes around the current one in the gallery.", |e| {
        show_shelf(e, Shelf::Neighbours);
        e.ask_neighbours();
    })
    .key(Key::N),
    Action::new(Menu::Shape, "Random samples", "Shows other random shapes in the gallery.", |e| {
        show_shelf(e, Shelf::Random);
        e.ask_samples(false);
    })
    .keys(Modifiers::SHIFT, Key::N),
    Action::new(Menu::Shape, "Breed", "Mixes the shapes that are picked in the gallery by Ctrl-click.", |e| {
        show_shelf(e, Shelf::Children);
        e.breed();
    })
    .while_(Explorer::can_breed, "Ctrl-click two shapes or more in the gallery first.")
    .key(Key::B),
    Action::new(Menu::Edit, "Rename favourite", "Gives the current or the picked favourite another name.", |e| {
        if let Some(id) = e.removable().first().cloned() {
            show_shelf(e, Shelf::Favourites);
            begin_rename(e, &id);
        }
    })
    .while_(|e| !e.removable().is_empty(), "The shape is no favourite, and none is picked: K keeps it.")
    .key(Key::F2),
    Action::new(
        Menu::Edit,
        "Delete favourite",
        "Deletes the favourites that are picked in the gallery, or the current one.",
        Explorer::remove_favourites,
    )
    .while_(|e| !e.removable().is_empty(), "The shape is no favourite, and none is picked: K keeps it.")
    .key(Key::Delete),
    Action::new(Menu::Edit, "Bring back favourite", "Undoes the last deletion of a favourite.", Explorer::bring_back)
        .while_(|e| e.favourites.last_deleted().is_some(), "No favourite was deleted since the start.")
        .keys(Modifiers::SHIFT, Key::Delete),
];

/// Brings a shelf to the front.
pub fn show_shelf(explorer: &mut Explorer, shelf: Shelf) {
    explorer.layout.open(Pane::Gallery);
    explorer.gallery.shelf = shelf;
}

/// What happened to a tile.
enum Event {
    Take,
    Parent,
    Star,
    Remove,
    Rename,
}

/// What a tile shows.
struct Card {
    tile: Tile,
    /// Why it can't be taken.
    refused: Option<String>,
    favourite: bool,
}

/// Shelves, their settings, and the tiles of the one in front.
pub fn show(ui: &mut Ui, explorer: &mut Explorer) {
    shelves(ui, explorer);
    parents(ui, explorer);
    ui.add_space(2.0);
    match explorer.gallery.shelf {
        Shelf::Random => {
            if explorer.gallery.random.is_empty() && !explorer.gallery.sampling {
                explorer.ask_samples(false);
            }
            tiles(ui, explorer, explorer.gallery.random.len(), |e, i| plain(e, &e.gallery.random[i]));
        }
        Shelf::Neighbours => {
            if explorer.gallery.neighbours.is_empty() {
                explorer.ask_neighbours();
            }
            tiles(ui, explorer, explorer.gallery.neighbours.len(), |e, i| plain(e, &e.gallery.neighbours[i]));
        }
        Shelf::Children => {
            if explorer.gallery.children.is_empty() {
                empty(ui, "Ctrl-click two shapes or more on any shelf, then Breed (B).");
            }
            tiles(ui, explorer, explorer.gallery.children.len(), |e, i| plain(e, &e.gallery.children[i]));
        }
        Shelf::Favourites => {
            if explorer.favourites.entries().is_empty() {
                empty(ui, "Nothing is kept yet: K keeps the current shape, the star of a tile that one.");
            }
            let count = explorer.favourites.entries().len();
            tiles(ui, explorer, count, |e, i| kept(e, &e.favourites.entries()[i]));
        }
    }
}

fn empty(ui: &mut Ui, text: &str) {
    ui.add_space(6.0);
    note(ui, text);
}

fn shelves(ui: &mut Ui, explorer: &mut Explorer) {
    ui.horizontal_wrapped(|ui| {
        for shelf in Shelf::ALL {
            let count = explorer.favourites.entries().len();
            let title = match shelf {
                Shelf::Favourites if count > 0 => format!("Favourites {}", super::grouped(count)),
                _ => shelf.title().to_owned(),
            };
            let tab = ui.selectable_label(explorer.gallery.shelf == shelf, title);
            tab.widget_info(|| egui::WidgetInfo::labeled(egui::WidgetType::Button, true, shelf.title()));
            explorer.record(shelf.title(), super::sides(tab.rect));
            if tab.on_hover_text(about(shelf)).clicked() {
                explorer.gallery.shelf = shelf;
            }
        }
        ui.separator();
        match explorer.gallery.shelf {
            Shelf::Random => {
                let new = ui.add(Button::new("New").shortcut_text("Shift+N"));
                if new.on_hover_text("Other random shapes, as \"Spread\" and \"From\" in the side panel say.").clicked()
                {
                    explorer.ask_samples(false);
                }
                if ui.button("More").on_hover_text("Adds further random shapes.").clicked() {
                    explorer.ask_samples(true);
                }
                if explorer.gallery.sampling {
                    note(ui, "being drawn …");
                }
            }
            Shelf::Neighbours => {
                let around = ui.add(Button::new("Around this one").shortcut_text("N"));
                if around.on_hover_text("Mutations of the shape on screen, which comes first.").clicked() {
                    explorer.ask_neighbours();
                }
                strength(ui, explorer);
            }
            Shelf::Children => {
                let breed = ui.add_enabled(explorer.can_breed(), Button::new("Breed").shortcut_text("B"));
                let breed = breed.on_disabled_hover_text("Pick two shapes or more by Ctrl-click first.");
                if breed.on_hover_text("Other children of the same parents.").clicked() {
                    explorer.breed();
                }
                strength(ui, explorer);
            }
            Shelf::Favourites => {
                let keep = ui.add(Button::new("★ Keep this one").shortcut_text("K"));
                if keep.on_hover_text("Keeps the shape on screen.").clicked() {
                    explorer.favour_current();
                }
                if explorer.favourites.last_deleted().is_some() {
                    let back = ui.add(Button::new("Undo delete").shortcut_text("Shift+Del"));
                    if back.on_hover_text("Brings back the favourite that was deleted last.").clicked() {
                        explorer.bring_back();
                    }
                }
            }
        }
        if let Some(ms) = explorer.gallery.pictures.milliseconds {
            let waiting = explorer.gallery.pictures.wanted().len();
            if waiting > 0 {
                note(ui, format!("{waiting} to draw, {ms:.0} ms each"));
            }
        }
    });
}

fn about(shelf: Shelf) -> &'static str {
    match shelf {
        Shelf::Random => "Random shapes.",
        Shelf::Favourites => "What you have kept, in this start and all before.",
        Shelf::Neighbours => "Mutations of one shape.",
        Shelf::Children => "Mixes of shapes that you pick by Ctrl-click.",
    }
}

fn strength(ui: &mut Ui, explorer: &mut Explorer) {
    // Name and value on one line.
    ui.horizontal(|ui| {
        let name = ui.label("Strength");
        let mut strength = explorer.vary.strength;
        let field = egui::DragValue::new(&mut strength).range(STRENGTH_RANGE).speed(0.01).suffix(" σ");
        let hover = "How far mutations reach along every axis, in standard deviations; children get half of it. It is the \
                     strength of Mutate (M) as well.";
        if ui.add(field.fixed_decimals(2)).labelled_by(name.id).on_hover_text(hover).changed() {
            explorer.set_strength(strength);
        }
    });
}

/// Who was picked to be bred.
fn parents(ui: &mut Ui, explorer: &mut Explorer) {
    if explorer.gallery.parents.is_empty() {
        return;
    }
    ui.horizontal_wrapped(|ui| {
        note(ui, "Parents:");
        let mut dropped = None;
        for parent in &explorer.gallery.parents {
            let chip = ui.small_button(format!("{} ×", parent.name)).on_hover_text("No parent any more.");
            if chip.clicked() {
                dropped = Some(parent.clone());
            }
        }
        if let Some(tile) = dropped {
            explorer.gallery.toggle_parent(&tile);
        }
        if ui.small_button("+ the one on screen").clicked() {
            let current = explorer.current();
            if explorer.gallery.parent_number(&current.id).is_none() {
                explorer.gallery.toggle_parent(&current);
            }
        }
        if explorer.gallery.shelf != Shelf::Children {
            let breed = ui.add_enabled(explorer.can_breed(), Button::new("Breed").small().shortcut_text("B"));
            if breed.on_disabled_hover_text("Pick one more.").clicked() {
                explorer.breed();
            }
        }
    });
}

fn plain(explorer: &Explorer, tile: &Tile) -> Card {
    Card { tile: tile.clone(), refused: None, favourite: explorer.favourites.has(&tile.id) }
}

fn kept(explorer: &Explorer, favourite: &Favourite) -> Card {
    let model = &explorer.model;
    let refused = if favourite.model.hash != model.hash {
        Some(format!("Made by the model {}: change to it (Window, Model) to see and use it.", favourite.model.name))
    } else if !favourite.latent.values().len().is_multiple_of((model.groups * model.dim).max(1)) {
        Some("Its numbers do not fit the model: the file was changed by another program.".to_owned())
    } else {
        None
    };
    Card { tile: Tile::from(favourite), refused, favourite: true }
}

/// Lays `count` tiles out and shows those that are in sight.
fn tiles(ui: &mut Ui, explorer: &mut Explorer, count: usize, card: impl Fn(&Explorer, usize) -> Card) {
    let columns = (((ui.available_width() + GAP) / (TILE.x + GAP)) as usize).max(1);
    let rows = count.div_ceil(columns);
    let step = TILE + Vec2::splat(GAP);
    let (_, area) = ui.allocate_space(Vec2::new(columns as f32 * step.x - GAP, rows as f32 * step.y));
    let sight = ui.clip_rect();
    let first = ((sight.top() - area.top()) / step.y).floor().max(0.0) as usize;
    let last = (((sight.bottom() - area.top()) / step.y).ceil().max(0.0) as usize).min(rows);
    if explorer.gallery.bring_renamed
        && let Some((id, _)) = &explorer.gallery.renaming
        && let Some(index) = (0..count).find(|&i| card(explorer, i).tile.id == *id)
    {
        let corner = area.min + Vec2::new(0.0, (index / columns) as f32 * step.y);
        ui.scroll_to_rect(Rect::from_min_size(corner, TILE), None);
        explorer.gallery.bring_renamed = false;
    }
    let mut event = None;
    for index in (first * columns)..(last * columns).min(count) {
        let corner = area.min + Vec2::new((index % columns) as f32 * step.x, (index / columns) as f32 * step.y);
        let card = card(explorer, index);
        if let Some(what) = tile(ui, explorer, Rect::from_min_size(corner, TILE), &card, index) {
            event = Some((what, card.tile));
        }
    }
    match event {
        Some((Event::Take, tile)) => explorer.take(&tile),
        Some((Event::Parent, tile)) => explorer.gallery.toggle_parent(&tile),
        Some((Event::Star, tile)) if explorer.favourites.has(&tile.id) => explorer.remove_favourite(&tile.id),
        Some((Event::Star, tile)) => explorer.favour(&tile),
        Some((Event::Remove, tile)) => explorer.remove_favourite(&tile.id),
        Some((Event::Rename, tile)) => begin_rename(explorer, &tile.id),
        None => (),
    }
}

fn begin_rename(explorer: &mut Explorer, id: &str) {
    if let Some(favourite) = explorer.favourites.find(id) {
        explorer.gallery.renaming = Some((id.to_owned(), favourite.name.clone()));
        explorer.gallery.bring_renamed = true;
    }
}

fn tile(ui: &mut Ui, explorer: &mut Explorer, rect: Rect, card: &Card, index: usize) -> Option<Event> {
    let Card { tile, refused, favourite } = card;
    let id = ui.id().with(("tile", explorer.gallery.shelf.title(), index));
    let response = ui.interact(rect, id, Sense::click());
    let usable = refused.is_none();
    response.widget_info(|| egui::WidgetInfo::labeled(egui::WidgetType::Button, usable, &tile.name));
    explorer.record(&format!("tile {index}"), super::sides(rect));
    let number = explorer.gallery.parent_number(&tile.id);
    let current = usable && tile.latent == explorer.latent;
    let hovered = response.hovered() || response.has_focus();
    let fill = if hovered && usable { Color32::from_rgb(52, 57, 66) } else { Color32::from_rgb(36, 39, 45) };
    let line = match (number, current) {
        (Some(_), _) => Stroke::new(2.0, theme::of(ui).brass),
        (None, true) => Stroke::new(1.5, theme::ON_VIEW),
        _ => Stroke::new(1.0, Color32::from_rgb(48, 52, 60)),
    };
    ui.painter().rect(rect, CornerRadius::same(5), fill, line, StrokeKind::Inside);
    let (picture, name) = rect.split_top_bottom_at_y(rect.bottom() - NAME);
    let saved = favourite.then(|| format!("thumbnails/{}.png", tile.id));
    let latent = usable.then(|| tile.latent.clone());
    thumbnail::paint(ui, explorer, picture.shrink(3.0), &tile.id, !usable, || Wanted {
        id: tile.id.clone(),
        latent,
        saved,
    });
    let mut event = caption(ui, explorer, name, tile, usable);
    if let Some(number) = number {
        let badge = picture.left_top() + Vec2::splat(12.0);
        ui.painter().circle_filled(badge, 8.0, theme::of(ui).brass);
        let font = TextStyle::Small.resolve(ui.style());
        ui.painter().text(badge, Align2::CENTER_CENTER, number.to_string(), font, theme::of(ui).on_brass);
    }
    event = event.or(star(ui, explorer, picture, tile, *favourite, hovered, usable));
    response.context_menu(|ui| {
        ui.set_min_width(120.0);
        let mut entry = |ui: &mut Ui, text: &str, enabled: bool, what: Event| {
            if ui.add_enabled(enabled, Button::new(text)).clicked() {
                event = Some(what);
                ui.close();
            }
        };
        entry(ui, "Take", usable, Event::Take);
        entry(ui, if number.is_some() { "No parent" } else { "Parent" }, usable, Event::Parent);
        if *favourite {
            entry(ui, "Rename", true, Event::Rename);
            entry(ui, "Delete", true, Event::Remove);
        } else {
            entry(ui, "Keep", usable, Event::Star);
        }
    });
    let clicked = response.clicked();
    let renames = response.double_clicked() && *favourite;
    response.on_hover_ui(|ui| story(ui, tile, refused.as_deref(), *favourite));
    if event.is_none() && clicked && usable {
        let picks = ui.input(|i| i.modifiers.command || i.modifiers.shift);
        event = Some(if picks { Event::Parent } else { Event::Take });
    }
    if renames { Some(Event::Rename) } else { event }
}

/// The name, or a field for it.
fn caption(ui: &mut Ui, explorer: &mut Explorer, rect: Rect, tile: &Tile, usable: bool) -> Option<Event> {
    let place = rect.shrink2(Vec2::new(3.0, 1.0));
    if explorer.gallery.renaming.as_ref().is_none_or(|(id, _)| *id != tile.id) {
        let colour = if usable { theme::ON_VIEW } else { theme::ON_VIEW.gamma_multiply(0.6) };
        let name = Label::new(RichText::new(&tile.name).small().color(colour)).truncate().selectable(false);
        ui.put(place, name.halign(egui::Align::Center));
        return None;
    }
    let mut text = explorer.gallery.renaming.take().map_or_else(String::new, |(_, text)| text);
    let field = ui.put(place, TextEdit::singleline(&mut text).font(TextStyle::Small).margin(Vec2::new(2.0, 0.0)));
    field.widget_info(|| egui::WidgetInfo::labeled(egui::WidgetType::TextEdit, true, "New name"));
    let opened = ui.id().with("renaming");
    let begun = ui.data_mut(|data| data.get_temp::<String>(opened)) == Some(tile.id.clone());
    if !begun {
        field.request_focus();
        ui.data_mut(|data| data.insert_temp(opened, tile.id.clone()));
    }
    let cancelled = ui.input(|i| i.key_pressed(Key::Escape));
    if begun && (field.lost_focus() || cancelled) {
        ui.data_mut(|data| data.remove::<String>(opened));
        if !cancelled {
            explorer.rename_favourite(&tile.id, &text);
        }
    } else {
        explorer.gallery.renaming = Some((tile.id.clone(), text));
    }
    None
}

fn star(
    ui: &mut Ui,
    explorer: &mut Explorer,
    picture: Rect,
    tile: &Tile,
    favourite: bool,
    hovered: bool,
    usable: bool,
) -> Option<Event> {
    if !favourite && !usable {
        return None;
    }
    let place = Rect::from_min_size(picture.right_top() - Vec2::new(STAR + 1.0, -1.0), Vec2::splat(STAR));
    let id = ui.id().with(("star", explorer.gallery.shelf.title(), &tile.id));
    let response = ui.interact(place, id, Sense::click());
    let name = if favourite { format!("Delete {}", tile.name) } else { format!("Keep {}", tile.name) };
    response.widget_info(|| egui::WidgetInfo::labeled(egui::WidgetType::Button, true, &name));
    let over = response.hovered() || response.has_focus();
    let colour = match (favourite, over, hovered) {
        (true, false, _) => theme::of(ui).brass,
        (_, true, _) => Color32::WHITE,
        (false, false, true) => theme::ON_VIEW.gamma_multiply(0.7),
        (false, false, false) => theme::ON_VIEW.gamma_multiply(0.35),
    };
    let sign = if favourite { "★" } else { "☆" };
    let font = egui::FontId::proportional(14.0);
    ui.painter().text(place.center(), Align2::CENTER_CENTER, sign, font, colour);
    let hover = if favourite { "A favourite: click to delete it (it can be brought back)." } else { "Keeps it." };
    response.on_hover_text(hover).clicked().then_some(Event::Star)
}

/// Where a sword came from.
fn story(ui: &mut Ui, tile: &Tile, refused: Option<&str>, favourite: bool) {
    ui.strong(&tile.name);
    if let Some(why) = refused {
        ui.label(RichText::new(why).color(theme::of(ui).alarm));
    }
    let parents: Vec<&str> = tile.parents.iter().map(|p| p.name.as_str()).collect();
    let parents = parents.join(" and ");
    match (tile.born, parents.is_empty()) {
        (Born::Random, _) => note(ui, "A random shape; its number is its seed."),
        (Born::Child, false) => note(ui, format!("Child of {parents}")),
        (Born::Mutation, false) => note(ui, format!("Mutation of {parents}")),
        (_, false) => note(ui, format!("Made from {parents}")),
        _ => (),
    }
    if let Some(length) = tile.length {
        note(ui, format!("{length:.2} m long"));
    }
    if refused.is_none() {
        note(ui, "Click takes it, Ctrl-click picks it as a parent.");
    }
    if favourite {
        note(ui, "Double-click or F2 renames it.");
    }
}
