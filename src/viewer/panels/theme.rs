//! One dark theme, tuned once: neutral slate that leaves the colours to the steel, with a brass accent.

use egui::{Color32, CornerRadius, FontFamily, FontId, Margin, Shadow, Stroke, Style, TextStyle, Theme, Vec2, Visuals};

/// The panel's background.
pub const PANEL: Color32 = Color32::from_rgb(24, 26, 30);
/// The accent: slider fills, selections, the export button.
pub const BRASS: Color32 = Color32::from_rgb(201, 151, 62);
/// Text on the accent.
pub const ON_BRASS: Color32 = Color32::from_rgb(20, 16, 8);
/// Text that explains.
pub const QUIET: Color32 = Color32::from_rgb(139, 146, 158);
/// A failure.
pub const ALARM: Color32 = Color32::from_rgb(240, 110, 96);

/// Ordinary text.
pub const TEXT: Color32 = Color32::from_rgb(214, 218, 226);
/// The ground of fields and pads.
pub const WELL: Color32 = Color32::from_rgb(15, 16, 19);
const RAISED: Color32 = Color32::from_rgb(44, 48, 56);
const HOVERED: Color32 = Color32::from_rgb(57, 62, 72);
const PRESSED: Color32 = Color32::from_rgb(70, 76, 88);
const LINE: Color32 = Color32::from_rgb(48, 52, 60);

/// Installs the theme; once, before the first frame.
pub fn apply(ctx: &egui::Context) {
    ctx.set_theme(Theme::Dark);
    ctx.style_mut_of(Theme::Dark, tune);
}

fn tune(style: &mut Style) {
    let font = |size| FontId::new(size, FontFamily::Proportional);
    style.text_styles = [
        (TextStyle::Heading, font(19.0)),
        (TextStyle::Body, font(13.5)),
        (TextStyle::Button, font(13.5)),
        (TextStyle::Small, font(11.5)),
        (TextStyle::Monospace, FontId::new(12.5, FontFamily::Monospace)),
    ]
    .into();
    let spacing = &mut style.spacing;
    spacing.item_spacing = Vec2::new(8.0, 4.0);
    spacing.button_padding = Vec2::new(10.0, 3.0);
    spacing.interact_size = Vec2::new(40.0, 21.0);
    spacing.slider_rail_height = 4.0;
    spacing.icon_width = 16.0;
    spacing.icon_width_inner = 9.0;
    spacing.menu_margin = Margin::same(8);
    spacing.tooltip_width = 280.0;
    spacing.scroll = egui::style::ScrollStyle::thin();
    style.interaction.selectable_labels = false;
    style.interaction.tooltip_delay = 0.4;
    style.visuals = visuals();
}

fn visuals() -> Visuals {
    let mut visuals = Visuals::dark();
    visuals.panel_fill = PANEL;
    visuals.window_fill = Color32::from_rgb(30, 33, 38);
    visuals.window_stroke = Stroke::new(1.0, LINE);
    visuals.extreme_bg_color = WELL;
    visuals.faint_bg_color = Color32::from_rgb(29, 31, 36);
    visuals.selection.bg_fill = Color32::from_rgb(122, 91, 36);
    visuals.selection.stroke = Stroke::new(1.0, Color32::from_rgb(255, 236, 200));
    visuals.hyperlink_color = BRASS;
    visuals.warn_fg_color = BRASS;
    visuals.error_fg_color = ALARM;
    visuals.weak_text_color = Some(QUIET);
    visuals.popup_shadow = Shadow { offset: [0, 6], blur: 18, spread: 0, color: Color32::from_black_alpha(120) };
    visuals.handle_shape = egui::style::HandleShape::Circle;
    let radius = CornerRadius::same(5);
    let widgets = &mut visuals.widgets;
    for (widget, fill, border, text) in [
        (&mut widgets.noninteractive, PANEL, LINE, TEXT),
        (&mut widgets.inactive, RAISED, RAISED, TEXT),
        (&mut widgets.hovered, HOVERED, HOVERED, Color32::WHITE),
        (&mut widgets.active, PRESSED, BRASS, Color32::WHITE),
        (&mut widgets.open, RAISED, LINE, Color32::WHITE),
    ] {
        widget.bg_fill = fill;
        widget.weak_bg_fill = fill;
        widget.bg_stroke = Stroke::new(1.0, border);
        widget.fg_stroke = Stroke::new(1.0, text);
        widget.corner_radius = radius;
        widget.expansion = 0.0;
    }
    visuals
}
