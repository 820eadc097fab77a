//! The encoded swords spread out over two principal axes: what lies under the pointer is decoded at once.

use std::sync::{Arc, Mutex, PoisonError};

use egui::{Align2, Color32, ColorImage, ComboBox, Id, Key, Mesh, PointerButton, Pos2, Rect, Response, Sense, Shape};
use egui::{Stroke, TextStyle, TextureHandle, TextureOptions, Ui, Vec2, pos2};

use super::actions::{self, Action, Menu};
use super::row::note;
use super::{theme, thumbnail};
use crate::viewer::state::map::{CELLS, EXTENT};
use crate::viewer::state::{
    Explorer, Favourite, Field, MapFrame, Mark, Origin, Others, Pane, Point, Preview, Slot, Tile,
};

/// The map is at least this high and wide, in points.
const LEAST: f32 = 160.0;

/// Room for two lines below it.
const LEGEND: f32 = 34.0;

/// What a notch of the wheel zooms by, for a point of scrolling.
const ZOOM: f32 = 0.004;

const REAL: Color32 = Color32::from_rgb(236, 206, 140);
const PROCEDURAL: Color32 = Color32::from_rgb(120, 160, 200);
const IMPORTED: Color32 = Color32::from_rgb(150, 214, 140);
const STAR: Color32 = Color32::from_rgb(255, 214, 90);
/// A is where the way starts, B where it ends.
const WAY: Color32 = Color32::from_rgb(228, 122, 92);

/// This pane's own entries.
pub const ACTIONS: &[Action] = &[
    actions::pane(
        "Map",
        "The encoded shapes over two axes: the one under the pointer is shown.",
        |e| actions::toggle(e, Pane::Map),
        |e| e.layout.shows(Pane::Map),
    )
    .ctrl(Key::M),
    Action::new(Menu::View, "Whole map", "Zooms the map out to all shapes.", |e| e.map.fit = true)
        .while_(|e| e.layout.shows(Pane::Map), "The map is not open.")
        .key(Key::Num0),
];

/// Axes, then the map.
pub fn show(ui: &mut Ui, explorer: &mut Explorer) {
    if explorer.model.axes.is_none() {
        note(
            ui,
            "This model has no principal axes, so its shapes have no place. Choose another one under Window, Model.",
        );
        return;
    }
    explorer.chart();
    settings(ui, explorer);
    let room = ui.available_size() - Vec2::new(0.0, LEGEND);
    let (rect, response) = ui.allocate_exact_size(room.max(Vec2::splat(LEAST)), Sense::click_and_drag());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::WidgetType::Other, true, "Map of shapes"));
    explorer.record("Map", super::sides(rect));
    explorer.map.fit_to(rect.size().into());
    let frame = navigate(ui, explorer, rect, &response);
    let place = point_at(ui, explorer, frame, &response);
    draw(ui, explorer, frame, rect);
    if let Some(text) = place {
        let font = TextStyle::Small.resolve(ui.style());
        let corner = rect.left_bottom() + Vec2::new(8.0, -6.0);
        ui.painter().text(corner, Align2::LEFT_BOTTOM, text, font, theme::of(ui).text);
    }
    ui.add(egui::Label::new(egui::RichText::new(legend(explorer)).small().color(theme::of(ui).quiet)).wrap());
}

/// The rectangle's frame for the settings of now.
fn frame_of(explorer: &Explorer, rect: Rect) -> MapFrame {
    MapFrame { rect: super::sides(rect), centre: explorer.map.centre, radius: explorer.map.radius }
}

fn settings(ui: &mut Ui, explorer: &mut Explorer) {
    let count = explorer.model.axes.as_ref().map_or(0, |a| a.directions.len());
    ui.horizontal_wrapped(|ui| {
        for (side, name) in ["Across", "Up"].into_iter().enumerate() {
            let mut axis = explorer.map.axes[side];
            let label = ui.label(name);
            let combo = ComboBox::from_id_salt(("map axis", side)).width(70.0).selected_text(format!("Axis {}", axis + 1));
            let shown = combo.show_ui(ui, |ui| {
                for i in 0..count {
                    ui.selectable_value(&mut axis, i, format!("Axis {}", i + 1));
                }
            });
            shown.response.labelled_by(label.id).on_hover_text("A principal axis, as in the side panel.");
            if axis != explorer.map.axes[side] {
                // Two different ones: the other takes this one's place.
                let before = explorer.map.axes[side];
                if explorer.map.axes[1 - side] == axis {
                    explorer.map.axes[1 - side] = before;
                }
                (explorer.map.axes[side], explorer.map.fit) = (axis, true);
                explorer.chart();
            }
        }
        let mut mean = explorer.map.others == Others::Mean;
        let hover = "Off: the pointer changes these two axes of the current shape and keeps its others. On: the other axes are \
                     those of the average shape, so that a place always means the same shape.";
        if ui.checkbox(&mut mean, "Average elsewhere").on_hover_text(hover).changed() {
            explorer.map.others = if mean { Others::Mean } else { Others::Current };
        }
        if ui.small_button("All").on_hover_text("Zooms out to all shapes (0).").clicked() {
            explorer.map.fit = true;
        }
    });
}

/// Wheel, pinch and the other buttons: what part of the map is seen.
fn navigate(ui: &mut Ui, explorer: &mut Explorer, rect: Rect, response: &Response) -> MapFrame {
    if let Some(pointer) = response.hover_pos() {
        let (scroll, pinch) = ui.input_mut(|input| {
            // The panel around the map must not scroll along.
            (std::mem::take(&mut input.smooth_scroll_delta).y, input.zoom_delta())
        });
        let factor = (ZOOM * scroll).exp() * pinch;
        if factor != 1.0 {
            let frame = frame_of(explorer, rect);
            explorer.map.zoom(frame, pointer.into(), factor);
        }
    }
    if response.dragged_by(PointerButton::Secondary) || response.dragged_by(PointerButton::Middle) {
        let frame = frame_of(explorer, rect);
        explorer.map.pan(frame, response.drag_delta().into());
    }
    frame_of(explorer, rect)
}

/// Hover shows a sword, a click takes it, a drag walks. What is to be said of the place under the pointer.
fn point_at(ui: &mut Ui, explorer: &mut Explorer, frame: MapFrame, response: &Response) -> Option<String> {
    let menu = Id::new("map menu");
    if response.secondary_clicked() {
        let point = response.interact_pointer_pos().and_then(|p| explorer.map.nearest(frame, p.into()));
        ui.data_mut(|data| data.insert_temp(menu, point));
    }
    response.context_menu(|ui| {
        let point: Option<Point> = ui.data(|data| data.get_temp::<Option<Point>>(menu)).flatten();
        point_menu(ui, explorer, point);
    });
    if response.dragged_by(PointerButton::Primary) {
        if let Some(pointer) = response.interact_pointer_pos() {
            explorer.walk_to(frame.to_map(pointer.into()));
        }
        return None;
    }
    let pointer = response.hover_pos().filter(|_| !response.context_menu_opened())?;
    let point = explorer.map.nearest(frame, pointer.into());
    let tile = match point {
        Some(point) => tile_of(explorer, point),
        None => explorer.sword_at(frame.to_map(pointer.into())).map(|latent| Tile {
            id: String::new(),
            name: String::new(),
            latent,
            length: None,
            born: Default::default(),
            parents: Vec::new(),
        }),
    };
    let tile = tile?;
    if response.clicked() {
        match point {
            Some(_) => explorer.take(&tile),
            None => explorer.walk_to(frame.to_map(pointer.into())),
        }
    }
    // A length that the user set holds for what lies between the points as well.
    let length = if point.is_some() { tile.length } else { explorer.length };
    explorer.preview = Some(Preview { latent: tile.latent.clone(), length });
    match point {
        Some(point) => {
            let kind = kind(point.mark);
            let kept = matches!(point.mark, Mark::Favourite(_));
            response.clone().on_hover_ui_at_pointer(|ui| {
                ui.set_max_width(150.0);
                ui.strong(&tile.name);
                note(ui, format!("{kind}, at {:.2}, {:.2} σ", point.at[0], point.at[1]));
                let (_, place) = ui.allocate_space(Vec2::new(84.0, 126.0));
                thumbnail::paint(ui, explorer, place, &tile.id, false, || Explorer::wanted(&tile, kept));
            });
            None
        }
        None => {
            let at = frame.to_map(pointer.into());
            let empty = explorer.map.field().is_some_and(|field| field.is_empty_at(at));
            Some(format!("{:.2}, {:.2} σ{}", at[0], at[1], if empty { ", little was learnt here" } else { "" }))
        }
    }
}

fn point_menu(ui: &mut Ui, explorer: &mut Explorer, point: Option<Point>) {
    ui.set_min_width(140.0);
    let Some(tile) = point.and_then(|point| tile_of(explorer, point)) else {
        note(ui, "Right-click a point.");
        return;
    };
    ui.strong(&tile.name);
    if ui.button("Take").clicked() {
        explorer.take(&tile);
        ui.close();
    }
    if let Some(Mark::Source(index, _)) = point.map(|p| p.mark) {
        for slot in [Slot::A, Slot::B] {
            if ui.button(format!("Pick as {}", slot.name())).clicked() {
                explorer.pick(slot, index);
                ui.close();
            }
        }
    }
    if ui.button("Parent").on_hover_text("To be bred in the gallery.").clicked() {
        explorer.gallery.toggle_parent(&tile);
        ui.close();
    }
    if !explorer.favourites.has(&tile.id) && ui.button("Keep as favourite").clicked() {
        explorer.favour(&tile);
        ui.close();
    }
}

fn tile_of(explorer: &Explorer, point: Point) -> Option<Tile> {
    match point.mark {
        Mark::Source(index, _) => explorer.blend.sources.get(index).map(|s| explorer.tile_of(s)),
        Mark::Favourite(index) => explorer.favourites.entries().get(index).map(|f: &Favourite| Tile::from(f)),
    }
}

fn kind(mark: Mark) -> &'static str {
    match mark {
        Mark::Source(_, Origin::Real) => "real",
        Mark::Source(_, Origin::Procedural) => "procedural",
        Mark::Source(_, Origin::Imported) => "your file",
        Mark::Favourite(_) => "favourite",
    }
}

fn legend(explorer: &Explorer) -> &'static str {
    match explorer.blend.is_complete() {
        true => {
            "Hover shows, click takes, drag walks. Wheel zooms, right-drag pans. Dark: little was learnt. Red: from A to B."
        }
        false => "Hover shows, click takes, drag walks. Wheel zooms, right-drag pans. Dark: little was learnt there.",
    }
}

fn draw(ui: &Ui, explorer: &Explorer, frame: MapFrame, rect: Rect) {
    let painter = ui.painter().with_clip_rect(rect.intersect(ui.clip_rect()));
    painter.rect_filled(rect, 4.0, Color32::from_rgb(13, 14, 17));
    if let Some(field) = explorer.map.field() {
        let corner = |x: f32, y: f32| Pos2::from(frame.to_screen([x, y]));
        let place = Rect::from_min_max(corner(-EXTENT, EXTENT), corner(EXTENT, -EXTENT));
        let whole = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
        painter.image(ground(ui, field), place, whole, Color32::WHITE);
    }
    grid(&painter, frame, rect);
    painter.add(points(explorer, frame, rect));
    let way: Vec<Pos2> = explorer.way().into_iter().map(|at| Pos2::from(frame.to_screen(at))).collect();
    if way.len() > 1 {
        painter.add(Shape::line(way, Stroke::new(2.0, WAY)));
    }
    let font = TextStyle::Small.resolve(ui.style());
    for slot in [Slot::A, Slot::B] {
        if let Some(at) = explorer.blend.picked(slot).and_then(|s| explorer.place(&s.latent)) {
            let at = Pos2::from(frame.to_screen(at));
            painter.circle_filled(at, 7.5, WAY);
            painter.text(at, Align2::CENTER_CENTER, slot.name(), font.clone(), Color32::BLACK);
        }
    }
    if let Some(at) = explorer.place(&explorer.latent) {
        let at = Pos2::from(frame.to_screen(at));
        painter.circle_stroke(at, 7.0, Stroke::new(3.5, Color32::from_black_alpha(160)));
        painter.circle_stroke(at, 7.0, Stroke::new(2.0, Color32::WHITE));
    }
}

/// Lines at whole deviations, with numbers where there is room for them.
fn grid(painter: &egui::Painter, frame: MapFrame, rect: Rect) {
    let step = [0.1f32, 0.25, 0.5, 1.0, 2.0, 5.0].into_iter().find(|s| s * frame.scale() > 34.0).unwrap_or(10.0);
    let ([left, bottom], [right, top]) =
        (frame.to_map(rect.left_bottom().into()), frame.to_map(rect.right_top().into()));
    let font = egui::FontId::proportional(9.5);
    let colour = |i: i32| Color32::from_white_alpha(if i == 0 { 46 } else { 14 });
    let ticks = |low: f32, high: f32| (low / step).ceil() as i32..=(high / step).floor() as i32;
    let text = |i: i32| {
        let value = i as f32 * step;
        if step < 1.0 { format!("{value:.2}") } else { format!("{value:.0}") }
    };
    // The corner belongs to neither axis.
    let corner = Vec2::new(26.0, 14.0);
    for i in ticks(left, right) {
        let x = frame.to_screen([i as f32 * step, 0.0])[0];
        painter.vline(x, rect.y_range(), Stroke::new(1.0, colour(i)));
        if x > rect.right() - 2.0 * corner.x {
            continue;
        }
        painter.text(
            pos2(x + 2.0, rect.top() + 2.0),
            Align2::LEFT_TOP,
            text(i),
            font.clone(),
            theme::ON_VIEW.gamma_multiply(0.6),
        );
    }
    for i in ticks(bottom, top) {
        let y = frame.to_screen([0.0, i as f32 * step])[1];
        painter.hline(rect.x_range(), y, Stroke::new(1.0, colour(i)));
        if y < rect.top() + corner.y {
            continue;
        }
        painter.text(
            pos2(rect.right() - 3.0, y),
            Align2::RIGHT_BOTTOM,
            text(i),
            font.clone(),
            theme::ON_VIEW.gamma_multiply(0.6),
        );
    }
}

/// All points as one mesh: ten thousand of them are drawn at once. Favourites are larger and lie on top.
fn points(explorer: &Explorer, frame: MapFrame, rect: Rect) -> Mesh {
    let mut mesh = Mesh::default();
    let inside = rect.expand(8.0);
    let mut diamond = |at: [f32; 2], radius: f32, colour: Color32| {
        let at = Pos2::from(frame.to_screen(at));
        if !inside.contains(at) {
            return;
        }
        let first = mesh.vertices.len() as u32;
        for (dx, dy) in [(0.0, -1.0), (1.0, 0.0), (0.0, 1.0), (-1.0, 0.0)] {
            mesh.colored_vertex(at + radius * Vec2::new(dx, dy), colour);
        }
        mesh.add_triangle(first, first + 1, first + 2);
        mesh.add_triangle(first, first + 2, first + 3);
    };
    let edge = Color32::from_black_alpha(190);
    for point in explorer.map.points().iter() {
        let (radius, colour) = match point.mark {
            Mark::Source(_, Origin::Real) => (4.0, REAL),
            Mark::Source(_, Origin::Procedural) => (3.2, PROCEDURAL),
            Mark::Source(_, Origin::Imported) => (4.4, IMPORTED),
            Mark::Favourite(_) => (6.0, STAR),
        };
        diamond(point.at, radius + 1.3, edge);
        diamond(point.at, radius, colour);
    }
    mesh
}

/// The ground as a texture, made again where another one is shown.
#[derive(Clone, Default)]
struct Ground(Arc<Mutex<Option<Painted>>>);

/// The texture, and what it shows.
type Painted = (Arc<Field>, TextureHandle);

fn ground(ui: &Ui, field: &Arc<Field>) -> egui::TextureId {
    let ground = ui.ctx().data_mut(|data| data.get_temp_mut_or_default::<Ground>(Id::new("map ground")).clone());
    let mut ground = ground.0.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((of, texture)) = ground.as_ref()
        && Arc::ptr_eq(of, field)
    {
        return texture.id();
    }
    let pixels = field.cells.iter().flat_map(|&height| {
        // Roots, so that thinly filled regions are seen beside the peak.
        let t = ((height - field.empty).max(0.0)).powf(0.4);
        let mix = |empty: f32, full: f32| (empty + t * (full - empty)) as u8;
        [mix(13.0, 74.0), mix(14.0, 98.0), mix(17.0, 128.0)]
    });
    let image = ColorImage::from_rgb([CELLS, CELLS], &pixels.collect::<Vec<u8>>());
    let texture = ui.ctx().load_texture("map ground", image, TextureOptions::LINEAR);
    let id = texture.id();
    *ground = Some((field.clone(), texture));
    id
}
