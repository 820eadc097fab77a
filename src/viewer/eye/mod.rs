//! On an adapter that is too slow for the window a second camera draws the scene in place of the window's own: not what the panels
//! cover, and less sharply while it moves. The panels lay its picture under themselves. Words and widgets stay as sharp as the screen.
//!
//! Such an adapter has no time for several samples a pixel. When nothing moves any more a third camera draws one last picture, finer
//! than the window, and the panels average its pixels.

pub mod resolution;

use bevy::{
    camera::{RenderTarget, SubCameraView, Viewport, visibility::RenderLayers},
    core_pipeline::tonemapping::{DebandDither, Tonemapping},
    ecs::system::SystemParam,
    image::ImageSampler,
    light::ShadowFilteringMethod,
    prelude::*,
    render::render_resource::TextureFormat,
    window::PrimaryWindow,
};
use bevy_egui::{EguiTextureHandle, EguiUserTextures};
use bevy_panorbit_camera::{PanOrbitCamera, PanOrbitCameraSystemSet};

use super::{camera::Covered, explore::Session, scene::AROUND, state::Picture};
use resolution::Resolution;

/// The least share of the window's resolution, except in the demo: who drags a slider looks at the shape.
const LEAST: f32 = 0.5;

/// Pixels of the last picture for one of the window's, along either side.
const FINE: u32 = 2;

/// A view of more pixels has no such picture: it would take too much memory.
const LARGEST: u32 = 1920 * 1200;

/// Frames that a new camera draws before its picture is shown: textures and pipelines reach it by then.
const WARM_UP: u32 = 3;

/// How shadows are filtered while something moves, the way that costs a software adapter least, and in the last picture.
const QUICK: ShadowFilteringMethod = ShadowFilteringMethod::Hardware2x2;
const CAREFUL: ShadowFilteringMethod = ShadowFilteringMethod::Gaussian;

/// A layer on which nothing is and no light shines: a camera that sees it alone draws nothing.
const NOTHING: usize = 31;

pub struct EyePlugin;

impl Plugin for EyePlugin {
    fn build(&self, app: &mut App) {
        app.init_resource::<Sharpness>()
            .add_systems(Update, (watch, adapt).chain())
            .add_systems(PostUpdate, follow.after(PanOrbitCameraSystemSet).before(TransformSystems::Propagate));
    }
}

/// How sharp the scene is drawn.
#[derive(Resource, Default)]
struct Sharpness {
    resolution: Resolution,
    /// Whether the frame before this one was drawn in a hurry.
    hurried: bool,
    /// The second camera, and the one for the last picture.
    drawn: Option<Drawn>,
    fine: Option<Drawn>,
}

/// A camera and what it draws to.
struct Drawn {
    camera: Entity,
    image: Handle<Image>,
    texture: u64,
    /// The window that it was made for, and its own pixels.
    window: UVec2,
    size: UVec2,
    /// Frames that it has drawn.
    age: u32,
}

impl Drawn {
    /// Whether it has drawn often enough to be shown.
    fn ready(&self) -> bool {
        self.age >= WARM_UP
    }
}

/// What it takes to begin and end one.
#[derive(SystemParam)]
struct Drawing<'w, 's> {
    commands: Commands<'w, 's>,
    images: ResMut<'w, Assets<Image>>,
    textures: ResMut<'w, EguiUserTextures>,
}

impl Drawing<'_, '_> {
    fn begin(
        &mut self,
        window: UVec2,
        cut: Cut,
        shadows: ShadowFilteringMethod,
        (samples, tonemapping): (Msaa, Tonemapping),
    ) -> Drawn {
        let mut image = Image::new_target_texture(cut.of.x, cut.of.y, TextureFormat::Rgba8UnormSrgb, None);
        image.sampler = ImageSampler::linear();
        let image = self.images.add(image);
        let camera = self.commands.spawn((
            Eye(cut),
            Camera3d::default(),
            Camera { order: -1, viewport: Some(viewport(cut.size)), ..default() },
            RenderTarget::Image(image.clone().into()),
            RenderLayers::from_layers(&[0, AROUND]),
            samples,
            tonemapping,
            shadows,
            DebandDither::Enabled,
        ));
        let camera = camera.id();
        let texture = match self.textures.add_image(EguiTextureHandle::Weak(image.id())) {
            bevy_egui::egui::TextureId::User(id) | bevy_egui::egui::TextureId::Managed(id) => id,
        };
        Drawn { camera, image, texture, window, size: cut.of, age: 0 }
    }

    fn end(&mut self, drawn: Drawn) {
        self.commands.entity(drawn.camera).despawn();
        self.textures.remove_image(&drawn.image);
    }
}

/// Such a camera, and what of the window it draws.
#[derive(Component)]
struct Eye(Cut);

/// What of the window is drawn, and how large, in pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Cut {
    /// The part of the window that panels leave free.
    free: URect,
    /// Pixels that are drawn for it, of so many that there are.
    size: UVec2,
    of: UVec2,
    /// Their share of the window's.
    share: f32,
}

impl Cut {
    /// `share` of the resolution of a window of `scale` pixels a point, drawn to an image of `of` pixels.
    fn new(window: UVec2, scale: f32, covered: Covered, share: f32, of: UVec2) -> Self {
        let near = (scale * Vec2::new(covered.left, covered.top)).floor().max(Vec2::ZERO).as_uvec2();
        let far = window
            .saturating_sub((scale * Vec2::new(covered.right, covered.bottom)).floor().max(Vec2::ZERO).as_uvec2());
        // Panels may cover all of a small window.
        let near = near.min(window - 1);
        let free = URect::from_corners(near, far.max(near + 1).min(window));
        Self { free, size: (share * free.size().as_vec2()).ceil().as_uvec2().clamp(UVec2::ONE, of), of, share }
    }

    /// The lens that shows this part as `main` does, whose window has `points` logical pixels of `scale` physical ones.
    fn lens(&self, main: Option<SubCameraView>, points: Vec2, scale: f32) -> SubCameraView {
        let (full, offset) = main.map_or((points, Vec2::ZERO), |v| (v.full_size.as_vec2(), v.offset));
        let pixels = scale * self.share;
        SubCameraView {
            full_size: (pixels * full).round().as_uvec2().max(UVec2::ONE),
            offset: pixels * offset + self.share * self.free.min.as_vec2(),
            size: self.size,
        }
    }

    /// What the panels lay under themselves.
    fn picture(&self, texture: u64, scale: f32) -> Picture {
        let place = |at: UVec2| (at.as_vec2() / scale).to_array();
        // Between two pixels one blends: at the rim, with what is not drawn.
        let rim = if self.share < 1.0 { 0.5 } else { 0.0 };
        let part = |at: Vec2| (at / self.of.as_vec2()).to_array();
        Picture {
            texture,
            place: [place(self.free.min), place(self.free.max)],
            part: [part(Vec2::splat(rim)), part(self.size.as_vec2() - rim)],
        }
    }
}

/// Takes note of a camera that moves.
fn watch(
    mut session: ResMut<Session>,
    time: Res<Time<Real>>,
    main: Query<&Transform, With<PanOrbitCamera>>,
    mut before: Local<Option<Transform>>,
) {
    let now = main.single().ok().copied();
    if before.is_some() && *before != now {
        session.hurry(time.elapsed_secs_f64());
    }
    *before = now;
}

/// Judges the last frame, and has the scene drawn as large as the adapter manages.
#[expect(clippy::too_many_arguments, reason = "a system names what it reads")]
fn adapt(
    mut session: ResMut<Session>,
    mut sharpness: ResMut<Sharpness>,
    time: Res<Time<Real>>,
    covered: Res<Covered>,
    window: Query<&Window, With<PrimaryWindow>>,
    mut drawing: Drawing,
    main: Query<(Entity, &Msaa, &Tonemapping), With<PanOrbitCamera>>,
    mut eyes: Query<(&mut Eye, &mut Camera)>,
) {
    let (Ok(window), Ok((main, samples, tonemapping))) = (window.single(), main.single()) else { return };
    let lens = (*samples, *tonemapping);
    let Sharpness { resolution, hurried, drawn, fine } = &mut *sharpness;
    let demo = session.explorer.demo.is_on();
    let (size, scale) = (window.physical_size(), window.scale_factor());
    // A window of no size draws nothing, and says nothing about speed.
    let seen = size.min_element() > 1;
    let now = time.elapsed_secs_f64();
    let hurries = demo || session.hurries(now);
    if *hurried && hurries && seen {
        resolution.note(time.delta_secs());
    }
    *hurried = hurries;
    let share = match (demo, hurries) {
        (true, _) => resolution.share(),
        (false, true) => resolution.share().max(LEAST),
        (false, false) => 1.0,
    };
    let wanted = (seen && (session.is_slow() || demo && share < 1.0)).then_some(size);
    if wanted != drawn.as_ref().map(|d| d.window) {
        let old = [drawn.take(), fine.take()];
        *drawn = wanted.map(|size| {
            let cut = Cut::new(size, scale, *covered, share, size);
            drawing.begin(size, cut, QUICK, lens)
        });
        if old[0].is_some() {
            session.explorer.picture = None;
            drawing.commands.entity(main).insert(RenderLayers::from_layers(&[0, AROUND]));
        }
        old.into_iter().flatten().for_each(|old| drawing.end(old));
        return;
    }
    session.finishing = false;
    let Some(drawn) = drawn else { return };
    let free = Cut::new(size, scale, *covered, 1.0, size).size;
    let settled = session.rests(now) && !demo && drawn.ready() && free.element_product() <= LARGEST;
    if settled && fine.as_ref().is_none_or(|f| f.size != FINE * free) {
        let cut = Cut::new(size, scale, *covered, FINE as f32, FINE * free);
        let old = fine.replace(drawing.begin(size, cut, CAREFUL, lens));
        old.into_iter().for_each(|old| drawing.end(old));
    }
    let fine = fine.as_mut();
    let mut shown = None;
    let both = [(Some(&mut *drawn), !settled, share), (fine, settled, FINE as f32)];
    for (drawn, active, share) in both {
        let Some(drawn) = drawn else { continue };
        let Ok((mut eye, mut camera)) = eyes.get_mut(drawn.camera) else {
            // A camera that was spawned just now.
            session.finishing |= active;
            continue;
        };
        if camera.is_active != active {
            camera.is_active = active;
        }
        if active {
            let cut = Cut::new(size, scale, *covered, share, drawn.size);
            if eye.0 != cut {
                eye.0 = cut;
                camera.viewport = Some(viewport(cut.size));
            }
            drawn.age += 1;
            if drawn.age == WARM_UP {
                drawing.commands.entity(main).insert(RenderLayers::layer(NOTHING));
            }
            session.finishing |= !drawn.ready();
        }
        // What was drawn last shows until the finer picture is there.
        if drawn.ready() && (active || shown.is_none()) {
            shown = Some(eye.0.picture(drawn.texture, scale));
        }
    }
    session.explorer.picture = shown;
}

fn viewport(physical_size: UVec2) -> Viewport {
    Viewport { physical_size, ..default() }
}

/// The second camera stands where the first one does, and sees what it sees.
fn follow(
    window: Query<&Window, With<PrimaryWindow>>,
    main: Query<(&Transform, &Projection, &Camera), With<PanOrbitCamera>>,
    mut eyes: Query<(&Eye, &mut Transform, &mut Projection, &mut Camera), Without<PanOrbitCamera>>,
) {
    let (Ok((place, lens, main)), Ok(window)) = (main.single(), window.single()) else { return };
    for (eye, mut transform, mut projection, mut camera) in &mut eyes {
        *transform = *place;
        *projection = lens.clone();
        camera.sub_camera_view = Some(eye.0.lens(main.sub_camera_view, window.size(), window.scale_factor()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_free_is_drawn_and_where_it_lies() {
        let window = UVec2::new(1280, 800);
        let covered = Covered { left: 320.0, top: 25.0, right: 330.0, ..default() };
        let cut = Cut::new(window, 1.0, covered, 1.0, window);
        assert_eq!((cut.free, cut.size), (URect::new(320, 25, 950, 800), UVec2::new(630, 775)));
        let main = SubCameraView { full_size: UVec2::new(1290, 825), offset: Vec2::new(10.0, 0.0), size: window };
        let lens = cut.lens(Some(main), Vec2::new(1280.0, 800.0), 1.0);
        assert_eq!((lens.full_size, lens.offset, lens.size), (main.full_size, Vec2::new(330.0, 25.0), cut.size));
        let shown = cut.picture(4, 1.0);
        assert_eq!(shown.place, [[320.0, 25.0], [950.0, 800.0]]);
        assert_eq!(shown.part, [[0.0, 0.0], [630.0 / 1280.0, 775.0 / 800.0]]);
        // Half as sharp: the same place from a quarter of the pixels.
        let half = Cut::new(window, 1.0, covered, 0.5, window);
        assert_eq!((half.free, half.size), (cut.free, UVec2::new(315, 388)));
        assert_eq!(half.lens(None, Vec2::new(1280.0, 800.0), 1.0).full_size, UVec2::new(640, 400));
        // Two pixels a point.
        let fine = Cut::new(2 * window, 2.0, covered, 1.0, 2 * window);
        assert_eq!(fine.free, URect::new(640, 50, 1900, 1600));
        assert_eq!(fine.picture(4, 2.0), shown);
        // Four pixels for one: the same place again, and each of the window's pixels lies where four of them meet.
        let rested = Cut::new(window, 1.0, covered, 2.0, 2 * window);
        assert_eq!((rested.free, rested.size), (cut.free, UVec2::new(1260, 1550)));
        assert_eq!(rested.picture(4, 1.0), shown);
    }

    #[test]
    fn a_window_that_is_covered_is_never_nothing() {
        for size in [UVec2::new(2, 2), UVec2::new(300, 10)] {
            let covered = Covered { left: 320.0, top: 25.0, right: 330.0, bottom: 40.0, ..default() };
            let cut = Cut::new(size, 1.0, covered, 0.25, size);
            assert!(
                cut.size.min_element() >= 1 && cut.free.max.cmple(size).all() && cut.free.size().min_element() >= 1
            );
        }
    }
}
