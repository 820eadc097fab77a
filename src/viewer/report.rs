//! What the window tells a test that drives it: JSON lines whenever something changed. Plain data; the app prints them
//! to stderr where the environment variable [`VARIABLE`] is set.

use serde_json::json;

use super::state::{Explorer, Message, Mode, WidgetRect};

/// Set to anything to have the lines printed.
pub const VARIABLE: &str = "ATLASFORGE_REPORT";

/// Remembers what was told already.
#[derive(Debug, Default)]
pub struct Report {
    rects: Vec<WidgetRect>,
    messages: Vec<Message>,
    decodes: u64,
    frames: u64,
    rests: bool,
    patches: Option<(usize, usize, Option<usize>)>,
    demo: (Mode, [u32; 2]),
}

impl Report {
    /// The lines for what changed since the last call: widgets' rectangles in points
    /// (`{"widget":"Axis 1","rect":[left,top,right,bottom]}`), decodes (`{"decodes":3}`), messages
    /// (`{"message":"Wrote a.glb","error":false}`), the table of patches (`{"patches":25,"faulty":0,"selected":3}`), whether
    /// the window rests until something wakes it (`{"rests":true}`), and last the frame itself with what our own systems used
    /// in it, and the dearest of them on average (`{"frame":41,"own_ms":0.7,"dearest":[["explore::ui",0.4]]}`).
    pub fn lines(&mut self, explorer: &Explorer) -> Vec<String> {
        let mut lines = Vec::new();
        for widget in explorer.rects.iter().filter(|w| !self.rects.contains(w)) {
            lines.push(json!({ "widget": widget.name, "rect": widget.rect }).to_string());
        }
        self.rects.clone_from(&explorer.rects);
        if explorer.stats.decodes != self.decodes {
            self.decodes = explorer.stats.decodes;
            lines.push(json!({ "decodes": self.decodes }).to_string());
        }
        if explorer.stats.awake == self.rests {
            self.rests = !explorer.stats.awake;
            lines.push(json!({ "rests": self.rests }).to_string());
        }
        let patches = explorer.patches.figures.as_ref().map(|figures| {
            let faulty = figures.rows.iter().filter(|row| row.fault().is_some()).count();
            (figures.rows.len(), faulty, explorer.patches.selected)
        });
        if patches != self.patches {
            self.patches = patches;
            lines.extend(patches.map(|(patches, faulty, selected)| {
                json!({ "patches": patches, "faulty": faulty, "selected": selected }).to_string()
            }));
        }
        for message in explorer.messages.iter().filter(|m| !self.messages.contains(m)) {
            let error = message.level == super::state::Level::Error;
            lines.push(json!({ "message": message.text, "error": error }).to_string());
        }
        self.messages = explorer.messages.iter().cloned().collect();
        if explorer.stats.frames != self.frames {
            self.frames = explorer.stats.frames;
            let own = explorer.stats.own_time.as_ref();
            let dearest = own.map(|own| own.parts.iter().map(|(name, ms)| json!([name, ms])).collect::<Vec<_>>());
            let own = own.map(|own| own.last);
            lines.push(json!({ "frame": self.frames, "own_ms": own, "dearest": dearest }).to_string());
        }
        lines
    }

    /// The line for a demo that began, was taken over, went on or ended, or whose window has another size in pixels
    /// (`{"demo":"walking","window":[1280,800]}`).
    pub fn demo(&mut self, mode: Mode, window: [u32; 2]) -> Option<String> {
        let name = match mode {
            Mode::Off => "off",
            Mode::Walking => "walking",
            Mode::Taken => "taken",
        };
        let before = std::mem::replace(&mut self.demo, (mode, window));
        let tells = before.0 != mode || (mode != Mode::Off && before.1 != window);
        tells.then(|| json!({ "demo": name, "window": window }).to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::latent::Latent;
    use crate::viewer::state::ModelView;

    #[test]
    fn only_changes_are_told() {
        let model = ModelView::plain("m", crate::class::Class::Sword, Latent::zeros(1, 2));
        let mut explorer = Explorer::new(model, Vec::new());
        explorer.record_rects = true;
        explorer.stats.awake = true;
        let mut report = Report::default();
        assert!(report.lines(&explorer).is_empty());
        explorer.record("Axis 1", [1.0, 2.0, 3.5, 4.0]);
        explorer.stats.decodes = 7;
        explorer.error("no \"file\"");
        let lines = report.lines(&explorer);
        assert_eq!(
            lines,
            [
                r#"{"rect":[1.0,2.0,3.5,4.0],"widget":"Axis 1"}"#,
                r#"{"decodes":7}"#,
                r#"{"error":true,"message":"no \"file\""}"#
            ]
        );
        assert!(report.lines(&explorer).is_empty());
        (explorer.stats.awake, explorer.stats.frames) = (false, 41);
        assert_eq!(report.lines(&explorer), [r#"{"rests":true}"#, r#"{"dearest":null,"frame":41,"own_ms":null}"#]);
        assert!(report.lines(&explorer).is_empty());
        assert_eq!(report.demo(Mode::Off, [9, 9]), None);
        assert_eq!(report.demo(Mode::Walking, [9, 9]).unwrap(), r#"{"demo":"walking","window":[9,9]}"#);
        assert_eq!(report.demo(Mode::Walking, [9, 9]), None);
        assert!(report.demo(Mode::Walking, [1, 9]).is_some() && report.demo(Mode::Off, [2, 9]).is_some());
    }
}
