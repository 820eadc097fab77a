//! What the shape is compared with: a ruler at its left, a hand at the grip, a figure at its right. They stand on the
//! floor as painted boards that turn to the camera.

use bevy::{
    asset::RenderAssetUsages,
    camera::visibility::NoFrustumCulling,
    light::{NotShadowCaster, NotShadowReceiver},
    prelude::*,
    render::render_resource::{Extent3d, TextureDimension, TextureFormat},
};
use bevy_panorbit_camera::{PanOrbitCamera, PanOrbitCameraSystemSet};

use crate::{
    draw::{
        Picture,
        reference::{FIGURE, HAND, RULER_ASPECT, figure, hand, ruler, ruler_length},
    },
    viewer::{
        camera::Extent,
        cpu::Cpu,
        explore::Session,
        scene::floor_place,
        state::{Look, Room},
    },
};

/// Pixels of the pictures' heights.
const RULER_PIXELS: u32 = 1100;
const FIGURE_PIXELS: u32 = 1000;
const HAND_PIXELS: u32 = 320;

/// Shows them.
pub struct ReferencePlugin;

impl Plugin for ReferencePlugin {
    fn build(&self, app: &mut App) {
        let cpu = Cpu::of(app);
        app.add_systems(
            PostUpdate,
            (cpu.timed(keep), cpu.timed(place))
                .chain()
                .after(PanOrbitCameraSystemSet)
                .before(TransformSystems::Propagate),
        );
    }
}

/// A board beside the shape.
#[derive(Component, Clone, Copy, Debug, PartialEq)]
enum Board {
    /// Metres, as it is marked.
    Ruler(f32),
    Hand,
    Figure,
}

/// What the references add to the view's width, and how high they are, in metres of the scene.
pub fn extent(look: &Look, stage: f32) -> Extent {
    let height = if look.figure { FIGURE * stage } else { 0.0 };
    let width = match (look.figure, look.ruler || look.hand) {
        // The view is as wide to both sides.
        (true, _) => 1.6 * stage,
        (false, true) => 0.3 * stage,
        (false, false) => 0.0,
    };
    Extent { width, height }
}

/// The boards that are wanted for a shape of this many metres.
fn wanted(look: &Look, length: f32) -> Vec<Board> {
    let all =
        [(look.ruler, Board::Ruler(ruler_length(length))), (look.hand, Board::Hand), (look.figure, Board::Figure)];
    all.into_iter().filter(|(on, _)| *on).map(|(_, board)| board).collect()
}

/// Spawns the boards that are missing, and takes those away that nobody wants any more.
fn keep(
    session: Res<Session>,
    boards: Query<(Entity, &Board, &MeshMaterial3d<StandardMaterial>)>,
    mut meshes: ResMut<Assets<Mesh>>,
    mut images: ResMut<Assets<Image>>,
    mut materials: ResMut<Assets<StandardMaterial>>,
    mut commands: Commands,
    mut inked: Local<Option<Color>>,
) {
    let look = &session.explorer.look;
    let wanted = wanted(look, session.explorer.upright_extent());
    for (entity, board, _) in &boards {
        if !wanted.contains(board) {
            commands.entity(entity).despawn();
        }
    }
    let ink = ink(look.room);
    for board in wanted.iter().filter(|w| boards.iter().all(|(_, b, _)| b != *w)) {
        let (picture, aspect, base) = match *board {
            Board::Ruler(length) => (ruler(length, RULER_PIXELS), RULER_ASPECT, Color::linear_rgb(0.62, 0.62, 0.62)),
            Board::Hand => (hand(HAND_PIXELS), 0.0, ink),
            Board::Figure => (figure(FIGURE_PIXELS), 0.0, ink),
        };
        let aspect = if aspect > 0.0 { aspect } else { picture.width() as f32 / picture.height() as f32 };
        let material = StandardMaterial {
            base_color: base,
            base_color_texture: Some(images.add(texture(picture))),
            unlit: true,
            double_sided: true,
            cull_mode: None,
            alpha_mode: AlphaMode::Blend,
            ..default()
        };
        commands.spawn((
            *board,
            // As high as one, standing on the origin; its place scales it.
            Mesh3d(meshes.add(Rectangle::new(aspect, 1.0).mesh().build().translated_by(0.5 * Vec3::Y))),
            MeshMaterial3d(materials.add(material)),
            Transform::default(),
            NotShadowCaster,
            NotShadowReceiver,
            NoFrustumCulling,
        ));
    }
    if *inked != Some(ink) {
        *inked = Some(ink);
        for (_, board, material) in &boards {
            if !matches!(board, Board::Ruler(_))
                && let Some(mut material) = materials.get_mut(&material.0)
            {
                material.base_color = ink;
            }
        }
    }
}

/// A silhouette's colour, which every room's backdrop lets stand out.
fn ink(room: Room) -> Color {
    match room {
        Room::Overcast => Color::linear_rgba(0.03, 0.033, 0.04, 0.55),
        Room::Studio | Room::Sunset | Room::Night => Color::linear_rgba(0.42, 0.45, 0.5, 0.42),
    }
}

fn texture(picture: Picture) -> Image {
    let extent = Extent3d { width: picture.width(), height: picture.height(), depth_or_array_layers: 1 };
    Image::new(
        extent,
        TextureDimension::D2,
        picture.rgba().to_vec(),
        TextureFormat::Rgba8UnormSrgb,
        RenderAssetUsages::RENDER_WORLD,
    )
}

/// Where a board stands in a view from the front: its lower middle, and its height; metres of the scene.
fn stand(board: Board, shape: Extent, grip: f32, stage: f32) -> (Vec2, f32) {
    let floor = -0.5 * shape.height;
    let side = 0.5 * shape.width;
    match board {
        Board::Ruler(length) => {
            let height = length * stage;
            (Vec2::new(-side - (0.05 * stage + 0.5 * RULER_ASPECT * height), floor), height)
        }
        Board::Hand => (Vec2::new(side + 0.085 * stage, grip - 0.42 * HAND * stage), HAND * stage),
        Board::Figure => (Vec2::new(side + 0.43 * stage, floor_place(shape.height).translation.y), FIGURE * stage),
    }
}

/// Turns the boards to the camera; they stay upright.
fn place(session: Res<Session>, orbits: Query<&PanOrbitCamera>, mut boards: Query<(&Board, &mut Transform)>) {
    if boards.is_empty() {
        return;
    }
    let yaw = orbits.iter().next().and_then(|o| o.yaw).unwrap_or(0.0);
    let turn = Quat::from_rotation_y(yaw);
    for (board, mut transform) in &mut boards {
        let (foot, height) = stand(*board, session.extent(), session.grip(), session.stage());
        let wanted = Transform { translation: turn * foot.extend(0.0), rotation: turn, scale: Vec3::splat(height) };
        if *transform != wanted {
            *transform = wanted;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boards_stand_clear_of_the_shape_and_of_each_other() {
        let shape = Extent { width: 0.3, height: 1.0 };
        let (ruler, height) = stand(Board::Ruler(1.0), shape, -0.3, 1.0);
        assert!(ruler.x + 0.5 * RULER_ASPECT < -0.15 && ruler.y == -0.5 && height == 1.0);
        let (hand, _) = stand(Board::Hand, shape, -0.3, 1.0);
        let (figure, tall) = stand(Board::Figure, shape, -0.3, 1.0);
        assert!(hand.x > 0.15 && figure.x > hand.x + 0.3 && tall == FIGURE);
        // The hand's palm is where a hand holds the sword.
        assert!(hand.y < -0.3 && hand.y + HAND > -0.3);
    }

    #[test]
    fn only_what_is_switched_on_is_shown() {
        let mut look = Look::default();
        assert!(wanted(&look, 0.93).is_empty() && extent(&look, 1.0) == Extent { width: 0.0, height: 0.0 });
        (look.ruler, look.figure) = (true, true);
        assert_eq!(wanted(&look, 0.93), [Board::Ruler(1.0), Board::Figure]);
        assert_eq!(extent(&look, 0.5).height, 0.9);
    }
}
