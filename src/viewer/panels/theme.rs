//! The window's two sets of colours, tuned once each: neutral slate that leaves the colours to the shape, with a brass
//! accent.

use egui::{
    Color32, CornerRadius, FontFamily, FontId, Margin, Shadow, Stroke, Style, TextStyle, Theme, Ui, Vec2, Visuals,
};

use crate::viewer::state::{Colours, Look};

/// Colours by what they are for.
#[derive(Debug)]
pub struct Palette {
    /// The panel's background.
    pub panel: Color32,
    /// The accent as text and line: titles, slider fills.
    pub brass: Color32,
    /// The accent as ground, and text on it: the export button.
    pub brass_ground: Color32,
    pub on_brass: Color32,
    /// Ordinary text.
    pub text: Color32,
    /// Text that explains.
    pub quiet: Color32,
    /// A failure.
    pub alarm: Color32,
    /// The ground of fields and pads.
    pub well: Color32,
    strong: Color32,
    window: Color32,
    faint: Color32,
    raised: Color32,
    hovered: Color32,
    pressed: Color32,
    line: Color32,
    selected: Color32,
    on_selected: Color32,
    shade: Color32,
}

const DARK: Palette = Palette {
    panel: Color32::from_rgb(24, 26, 30),
    brass: Color32::from_rgb(201, 151, 62),
    brass_ground: Color32::from_rgb(201, 151, 62),
    on_brass: Color32::from_rgb(20, 16, 8),
    text: Color32::from_rgb(214, 218, 226),
    quiet: Color32::from_rgb(139, 146, 158),
    alarm: Color32::from_rgb(240, 110, 96),
    strong: Color32::WHITE,
    window: Color32::from_rgb(30, 33, 38),
    well: Color32::from_rgb(15, 16, 19),
    faint: Color32::from_rgb(29, 31, 36),
    raised: Color32::from_rgb(44, 48, 56),
    hovered: Color32::from_rgb(57, 62, 72),
    pressed: Color32::from_rgb(70, 76, 88),
    line: Color32::from_rgb(48, 52, 60),
    selected: Color32::from_rgb(122, 91, 36),
    on_selected: Color32::from_rgb(255, 236, 200),
    shade: Color32::from_black_alpha(120),
};

const LIGHT: Palette = Palette {
    panel: Color32::from_rgb(236, 237, 239),
    brass: Color32::from_rgb(140, 94, 14),
    brass_ground: Color32::from_rgb(214, 165, 76),
    on_brass: Color32::from_rgb(32, 24, 8),
    text: Color32::from_rgb(38, 41, 47),
    quiet: Color32::from_rgb(92, 98, 108),
    alarm: Color32::from_rgb(178, 36, 24),
    strong: Color32::from_rgb(12, 14, 17),
    window: Color32::from_rgb(247, 247, 248),
    well: Color32::from_rgb(252, 252, 253),
    faint: Color32::from_rgb(229, 231, 234),
    raised: Color32::from_rgb(214, 217, 222),
    hovered: Color32::from_rgb(202, 206, 213),
    pressed: Color32::from_rgb(188, 193, 202),
    line: Color32::from_rgb(200, 203, 209),
    selected: Color32::from_rgb(238, 206, 142),
    on_selected: Color32::from_rgb(60, 40, 4),
    shade: Color32::from_black_alpha(50),
};

/// Seconds that a button may be down for a click; what moves meanwhile is a drag.
const LONG_CLICK: f64 = 4.0;

/// Text that is painted on the view, whose backdrop is dark in either set; and the accent.
pub const ON_VIEW: Color32 = DARK.text;
pub const BRASS_ON_VIEW: Color32 = DARK.brass;

/// The colours that this part of the window has.
pub fn of(ui: &Ui) -> &'static Palette {
    if ui.visuals().dark_mode { &DARK } else { &LIGHT }
}

/// Installs both sets; once, before the first frame.
pub fn apply(ctx: &egui::Context) {
    ctx.style_mut_of(Theme::Dark, |style| tune(style, &DARK, Visuals::dark()));
    ctx.style_mut_of(Theme::Light, |style| {
        tune(style, &LIGHT, Visuals::light());
        // The window blends in linear light, where a fading edge of a light panel comes out as a grey smear.
        style.spacing.scroll.fade.strength = 0.0;
    });
    ctx.options_mut(|options| {
        // Scaling is ours: remembered, and in the menu.
        options.zoom_with_keyboard = false;
        // Where a frame takes a second, the button comes up in the next one: that is a click all the same.
        options.input_options.max_click_duration = LONG_CLICK;
    });
}

/// Shows the chosen set and scale from the next frame on.
pub fn follow(ctx: &egui::Context, look: &Look) {
    let theme = match look.colours {
        Colours::Dark => Theme::Dark,
        Colours::Light => Theme::Light,
    };
    if ctx.theme() != theme {
        ctx.set_theme(theme);
    }
    scale(ctx, look.safe_zoom());
}

/// Shows everything by so much larger from the next frame on.
pub fn scale(ctx: &egui::Context, zoom: f32) {
    if (ctx.zoom_factor() - zoom).abs() > 1e-3 {
        ctx.set_zoom_factor(zoom);
    }
}

fn tune(style: &mut Style, palette: &Palette, base: Visuals) {
    let font = |size| FontId::new(size, FontFamily::Proportional);
    style.text_styles = [
        (TextStyle::Heading, font(19.0)),
        (TextStyle::Body, font(13.5)),
        (TextStyle::Button, font(13.5)),
        (TextStyle::Small, font(11.5)),
        (TextStyle::Monospace, FontId::new(12.5, FontFamily::Monospace)),
    ]
    .into();
    // Where a frame takes a second, a menu that fades in is a ghost for as long.
    style.animation_time = 0.0;
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
    style.visuals = visuals(palette, base);
}

fn visuals(palette: &Palette, base: Visuals) -> Visuals {
    let mut visuals = base;
    // A caret that blinks would have the window drawn all the time.
    visuals.text_cursor.blink = false;
    visuals.panel_fill = palette.panel;
    visuals.window_fill = palette.window;
    visuals.window_stroke = Stroke::new(1.0, palette.line);
    visuals.extreme_bg_color = palette.well;
    visuals.faint_bg_color = palette.faint;
    visuals.selection.bg_fill = palette.selected;
    visuals.selection.stroke = Stroke::new(1.0, palette.on_selected);
    visuals.hyperlink_color = palette.brass;
    visuals.warn_fg_color = palette.brass;
    visuals.error_fg_color = palette.alarm;
    visuals.weak_text_color = Some(palette.quiet);
    visuals.popup_shadow = Shadow { offset: [0, 6], blur: 18, spread: 0, color: palette.shade };
    visuals.handle_shape = egui::style::HandleShape::Circle;
    let radius = CornerRadius::same(5);
    let widgets = &mut visuals.widgets;
    for (widget, fill, border, text) in [
        (&mut widgets.noninteractive, palette.panel, palette.line, palette.text),
        (&mut widgets.inactive, palette.raised, palette.raised, palette.text),
        (&mut widgets.hovered, palette.hovered, palette.hovered, palette.strong),
        (&mut widgets.active, palette.pressed, palette.brass, palette.strong),
        (&mut widgets.open, palette.raised, palette.line, palette.strong),
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Contrast of two colours by WCAG 2.2: 1 to 21.
    fn contrast(a: Color32, b: Color32) -> f32 {
        let luminance = |c: Color32| {
            let [r, g, b, _] = egui::Rgba::from(c).to_array();
            0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05
        };
        let (a, b) = (luminance(a), luminance(b));
        a.max(b) / a.min(b)
    }

    #[test]
    fn text_can_be_read_in_both_sets() {
        for palette in [&DARK, &LIGHT] {
            for (text, ground, least) in [
                (palette.text, palette.panel, 7.0),
                (palette.text, palette.raised, 7.0),
                (palette.text, palette.window, 7.0),
                (palette.strong, palette.hovered, 7.0),
                (palette.quiet, palette.panel, 4.5),
                (palette.alarm, palette.panel, 4.5),
                (palette.brass, palette.panel, 4.5),
                (palette.on_brass, palette.brass_ground, 7.0),
                (palette.on_selected, palette.selected, 4.5),
            ] {
                let found = contrast(text, ground);
                assert!(found >= least, "{text:?} on {ground:?}: {found}");
            }
        }
    }
}
