//! The main journey with the shipped sword: open, drag, undo, lock, mutate, keep, blend A and B, drop a file, inspect,
//! export. Each step is checked by what it leaves in files or reports; `ATLASFORGE_SHOTS=folder` keeps a picture of each.

use std::path::{Path, PathBuf};
use std::time::Duration;

use atlasforge::forge::Forge;
use atlasforge::latent::attribute::Attribute;
use atlasforge::latent::{Axes, Latent, lerp};
use atlasforge::mesh::Mesh;
use atlasforge::model::checkpoint::Checkpoint;
use atlasforge::shapes::dataset;
use atlasforge::shapes::import::read_mesh;
use atlasforge::viewer::state::measure_name;
use serde_json::{Value, json};

use super::app::{PATIENCE, START, Window};
use super::drop::drop_file;

/// Room for the side panel, the view and a dock; no more, because software Vulkan draws it.
const SIZE: (u32, u32) = (980, 600);

/// The density that the figures of the README hold for.
const GRID: usize = 32;

/// What our own systems are to use of a frame while a slider is dragged, in milliseconds of CPU time; and how many times
/// that fails: the caches of a busy machine make the same work dearer, and software Vulkan keeps any machine busy.
const OWN_MS: f32 = 2.0;
const BUSY: f32 = 4.0;

/// Most that a window which only stands there may use, in shares of a core.
const IDLE: f64 = 0.03;

/// What the journey knows, and where its pictures go.
struct Journey {
    window: Window,
    forge: Forge,
    shots: Option<PathBuf>,
    taken: usize,
}

impl Journey {
    fn checkpoint(&self) -> &Checkpoint {
        self.forge.checkpoint()
    }

    fn axes(&self) -> &Axes {
        self.checkpoint().meta.axes.as_ref().unwrap()
    }

    /// The first measure that the panel lists.
    fn measure(&self) -> &Attribute {
        &self.checkpoint().meta.attributes[0]
    }

    /// Keeps a picture of what the step left.
    fn shot(&mut self, name: &str) {
        self.taken += 1;
        if let Some(folder) = &self.shots {
            let path = folder.join(format!("{:02}-{name}.png", self.taken));
            self.window.picture().save(path).unwrap();
        }
    }

    /// Waits until the session that is saved is as wanted; the session.
    fn session(&mut self, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let path = self.window.file("data/session.json");
        let read = || serde_json::from_slice::<Value>(&std::fs::read(&path).unwrap_or_default()).unwrap_or_default();
        let there = self.window.there(PATIENCE, || wanted(&read()));
        assert!(there, "{what}: the session is {:#}, the messages {:?}", read()["shape"], self.window.messages);
        read()
    }

    /// Turns the wheel over the side panel until a widget lies in sight.
    fn bring(&mut self, widget: &str) {
        let [.., top, _, _] = self.window.rect("Export GLB");
        let lowest = top - 30.0;
        for _ in 0..40 {
            let place = self.window.rects.get(widget).copied();
            match place {
                Some([_, top, _, bottom]) if top > 60.0 && bottom < lowest => return,
                Some([_, top, ..]) if top <= 60.0 => self.wheel("4"),
                _ => self.wheel("5"),
            }
        }
        panic!("'{widget}' can't be brought into sight: {:?}", self.window.rects.get(widget));
    }

    fn wheel(&mut self, button: &str) {
        self.window.point(150.0, 200.0);
        self.window.xdotool(&["click", "--repeat", "2", "--delay", "30", button]);
        // The panel glides to where it was sent.
        self.window.frames(3);
    }

    fn said(&mut self, beginning: &str) {
        let found = self.window.watch(PATIENCE, |w| w.messages.iter().any(|m| m.starts_with(beginning)));
        assert!(found, "nobody said '{beginning}': {:?}", self.window.messages);
    }
}

fn latent(shape: &Value) -> Latent {
    serde_json::from_value(shape["latent"].clone()).expect("a latent")
}

fn far(a: &Latent, b: &Latent) -> f32 {
    a.values().iter().zip(b.values()).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

/// A sword as another program saves it: centimetres, no labels.
fn foreign(path: &Path) -> Mesh {
    let mesh = dataset::procedural_item(4, 77).mesh();
    let vertices = mesh.positions.iter().map(|p| format!("v {} {} {}\n", p[0] * 100.0, p[1] * 100.0, p[2] * 100.0));
    let faces = mesh.triangles.iter().map(|t| format!("f {} {} {}\n", t[0] + 1, t[1] + 1, t[2] + 1));
    std::fs::write(path, vertices.chain(faces).collect::<String>()).unwrap();
    mesh
}

#[test]
fn from_the_first_start_to_an_exported_sword() {
    // The first start shows the map with the table of patches a click away; the density is what figures are given for.
    let session = json!({ "format": 1, "grid": GRID, "layout": { "right": { "panes": ["map", "patches"] } } });
    let Some(window) = Window::open("the main journey", SIZE, &[], Some(&session)) else { return };
    let shots = std::env::var_os("ATLASFORGE_SHOTS").map(PathBuf::from);
    shots.iter().for_each(|folder| std::fs::create_dir_all(folder).unwrap());
    let forge = Forge::new(Checkpoint::embedded().unwrap()).unwrap();
    let mut j = Journey { window, forge, shots, taken: 0 };
    let slider = measure_name(&j.measure().name);

    // Open.
    let open = j.window.watch(START, |w| w.decodes > 0 && w.rects.contains_key(&slider));
    assert!(open, "no first frame: {:?}", j.window.messages);
    let number = j.window.focus();
    let start = j.session("opened", |s| !s["shape"]["a"].is_null() && s["grid"] == GRID);
    let opened = latent(&start["shape"]);
    j.shot("open");

    // Drag, and what it costs.
    let (decodes, before) = (j.window.decodes, j.window.own_ms.len());
    j.window.drag(&slider, 0.5, 0.8);
    // What a measure lacks after the hand has let go is made up for; a window that rests has saved it.
    assert!(j.window.watch(START, |w| w.rests), "the window never rests");
    let dragged = j.session("dragged", |s| far(&latent(&s["shape"]), &opened) > 0.05);
    let dragged = latent(&dragged["shape"]);
    assert!(j.window.decodes > decodes, "the drag dispatched no decode");
    own_time(&j.window.own_ms[before..], &j.window.dearest);
    j.shot("dragged");

    // Undo.
    j.window.press(&["ctrl", "z"]);
    j.session("undone", |s| latent(&s["shape"]) == opened);
    j.window.press(&["ctrl", "shift", "z"]);
    j.session("done again", |s| latent(&s["shape"]) == dragged);
    j.shot("done-again");

    // Lock a measure, and mutate the rest.
    j.window.click(&format!("Lock {slider}"));
    let lock = json!([{ "measure": j.measure().name }]);
    j.session("locked", |s| s["shape"]["locks"] == lock);
    j.window.press(&["m"]);
    let mutated = j.session("mutated", |s| far(&latent(&s["shape"]), &dragged) > 0.05);
    let mutated = latent(&mutated["shape"]);
    let of = |latent: &Latent| j.measure().at(j.axes(), latent);
    let moved = (of(&mutated) - of(&dragged)).abs() / j.measure().deviation;
    assert!(moved < 1e-3, "the locked measure moved by {moved} deviations");
    j.shot("mutated");

    // Keep it.
    j.window.press(&["k"]);
    let file = j.window.file("data/favourites.json");
    let kept = || serde_json::from_slice::<Value>(&std::fs::read(&file).unwrap_or_default()).unwrap_or_default();
    assert!(j.window.there(PATIENCE, || !kept().is_null()), "no favourite: {:?}", j.window.messages);
    let favourites = kept();
    let favourite =
        favourites["favourites"].as_array().and_then(|f| f.first()).unwrap_or_else(|| panic!("{favourites}"));
    assert_eq!(latent(favourite), mutated);

    // A and B. Locks hold in a blend as well, so let go first.
    j.window.click(&format!("Lock {slider}"));
    j.session("unlocked", |s| s["shape"]["locks"].is_null());
    let a = start["shape"]["a"]["name"].as_str().unwrap().to_owned();
    let real = j.checkpoint().meta.encoded.iter().filter(|e| e.kind == "real" && e.name != a);
    let names: Vec<String> = real.map(|e| e.name.clone()).collect();
    j.bring("B");
    j.window.click("B");
    let choice = |w: &Window| names.iter().find(|n| w.rects.contains_key(&format!("choice {n}"))).cloned();
    assert!(j.window.watch(PATIENCE, |w| choice(w).is_some()), "the list of B stays closed");
    let b = choice(&j.window).unwrap();
    j.window.click(&format!("choice {b}"));
    j.session("picked B", |s| s["shape"]["b"]["name"] == b.as_str() && s["shape"]["at"] == 1.0);
    j.bring("A to B");
    j.window.drag("A to B", 0.97, 0.5);
    let blended = j.session("blended", |s| s["shape"]["at"].as_f64().is_some_and(|at| (0.3..0.7).contains(&at)));
    let shape = &blended["shape"];
    let between = lerp(&latent(&shape["a"]), &latent(&shape["b"]), shape["at"].as_f64().unwrap() as f32);
    assert!(far(&latent(shape), &between) < 1e-5, "the blend is not between its ends");
    j.shot("blended");

    // Drop a file.
    let path = j.window.file("found.obj");
    foreign(&path);
    drop_file(j.window.display(), number, &path);
    j.said("Opened found.obj");
    j.session("dropped", |s| ["a", "b"].iter().any(|slot| s["shape"][slot]["name"] == "found.obj"));
    assert!(j.window.watch(PATIENCE, |w| w.rects.contains_key("tab Your mesh")), "its pane stays closed");
    j.window.rest();
    j.shot("dropped");

    // Inspect: the table's rows, and a click in the view that finds one.
    j.window.click("Hidden");
    j.window.click("tab Patches");
    let patches = j.checkpoint().config.patches as u64;
    assert!(j.window.watch(PATIENCE, |w| w.patches.count == patches && w.rects.contains_key("Patch 3")), "no table");
    j.window.click("Patch 3");
    assert!(j.window.watch(PATIENCE, |w| w.patches.selected == Some(3)), "{:?}", j.window.patches);
    // A panel's button is no click beside the shape: the patch stays selected.
    for _ in 0..2 {
        j.window.click("Solo");
        assert!(!j.window.watch(Duration::from_secs(1), |w| w.patches.selected != Some(3)), "{:?}", j.window.patches);
    }
    let [left, ..] = j.window.rect("tab Map");
    let (middle, height) = ((320.0 + left) / 2.0, 310.0);
    let found = [0.0, 6.0, -6.0, 12.0, -12.0, 18.0, -18.0, 24.0, -24.0, 30.0, -30.0].into_iter().find_map(|aside| {
        j.window.click_at(middle + aside, height);
        j.window.patches.selected.filter(|&patch| patch != 3)
    });
    let found = found.expect("no click in the view met the sword");
    // Its row has come into sight.
    let row = format!("Patch {found}");
    let in_sight = |w: &Window| w.rects[&row][1] > 60.0 && w.rects[&row][3] < SIZE.1 as f32;
    assert!(j.window.watch(PATIENCE, in_sight), "{row} lies at {:?}", j.window.rect(&row));
    j.shot("inspected");

    // Export, and open what was written.
    j.window.press(&["ctrl", "e"]);
    j.said("Wrote sword.glb");
    let last = j.session("exported", |s| !s["shape"].is_null());
    let file = j.window.file("sword.glb");
    let again = j.forge.reopen(&file).unwrap().expect("an export of this model");
    assert_eq!(again.latent, latent(&last["shape"]));
    let (low, high) = read_mesh(&file).unwrap().bounds().unwrap();
    assert!((0.3..2.5).contains(&(high[1] - low[1])), "{low:?} to {high:?}");
    j.shot("exported");

    idle(&mut j.window);
}

/// Tells the middle of what our own systems used in the frames of a drag.
fn own_time(frames: &[f32], dearest: &str) {
    let mut sorted = frames.to_vec();
    sorted.sort_by(f32::total_cmp);
    let middle = sorted[sorted.len() / 2];
    eprintln!(
        "own systems while dragging at 25 x {GRID} x {GRID}: {middle:.2} ms of CPU time a frame (wanted: {OWN_MS}), of {frames:?}; {dearest}"
    );
    assert!(middle < BUSY * OWN_MS, "{middle:.2} ms a frame: {frames:?}; {dearest}");
}

/// A window that nobody touches draws nothing, and costs next to nothing.
fn idle(window: &mut Window) {
    window.point(10.0, 300.0);
    window.frames(1);
    // The last frame of a movement ends after it has said so.
    let mut last = 0;
    while std::mem::replace(&mut last, window.frames) != window.frames {
        assert!(window.watch(PATIENCE, |w| w.rests), "the window never rests");
        window.watch(Duration::from_secs(3), |_| false);
    }
    let (frames, before) = (window.frames, window.processor_time());
    window.watch(Duration::from_secs(5), |_| false);
    let share = (window.processor_time() - before) / 5.0;
    eprintln!("idle: {:.1} % of a core", 100.0 * share);
    assert_eq!(window.frames, frames, "a resting window draws");
    assert!(share < IDLE, "{:.1} % of a core", 100.0 * share);
}
