//! A sword of the shipped model with all that goes with it.

use std::collections::HashMap;

use atlasforge::{
    export::{
        Kit, Level, Morph, Outfit, Socket,
        scene::{Coat, Image, Textures},
    },
    forge::{
        Forge, Subject,
        morph::{MORPH_GRID, Way},
    },
    latent::{Latent, lerp},
    mesh::{Mesh, Vec3, dot, scaled, sub, unit},
    model::checkpoint::Checkpoint,
    solid::Skin,
    template::Template,
};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

pub const NAME: &str = "sword";

/// Metres.
pub const LENGTH: f32 = 1.1;

pub struct Fixture {
    pub levels: Vec<Skin>,
    pub hulls: Vec<Mesh>,
    pub sockets: Vec<Socket>,
    pub coats: Vec<Coat>,
    pub images: Vec<Image>,
    pub morph: Morph,
}

impl Fixture {
    /// Three levels with tangents, two hulls, three places, a material a part, all of them with textures if `baked`.
    pub fn new(baked: bool) -> Self {
        let forge = Forge::new(Checkpoint::embedded().expect("the model")).expect("a decoder");
        let latent = forge.sample(&mut ChaCha8Rng::seed_from_u64(11));
        let levels: Vec<Skin> = [12, 8, 5].map(|side| skin(&forge, &latent, side)).to_vec();
        let textures = if baked {
            Textures { base_color: None, normal: Some(0), occlusion: Some(1), metallic_roughness: None }
        } else {
            Textures::default()
        };
        let coat = |part: &String| Coat { textures, ..Coat::of_part(part, Outfit::Service.finish(part)) };
        let (lo, hi) = levels[0].mesh.bounds().expect("vertices");
        let other = forge.sample(&mut ChaCha8Rng::seed_from_u64(12));
        let subject =
            |name: &str, latent: &Latent| Subject { length: Some(LENGTH), ..Subject::new(name, latent.clone()) };
        let ends = [subject(NAME, &latent), subject("other", &other)];
        let way = Way::between(&forge, ends.each_ref(), lerp, 0.002, 2.0);
        let dense = forge.on_way(&way, &Template::grid(MORPH_GRID)).expect("a way");
        let own: Vec<u32> = levels[0].part.iter().map(|&part| u32::from(part)).collect();
        let part = |patch: u32| {
            let name = &forge.checkpoint().meta.patch_parts[patch as usize].part;
            levels[0].parts.iter().position(|p| p == name).expect("a part") as u32
        };
        let mut moving = forge.moving(&[(&levels[0], own)], &way, &dense, part, None).expect("a morph");
        Self {
            hulls: vec![
                cuboid([lo[0], lo[1], lo[2]], [hi[0], 0.1, hi[2]]),
                cuboid([-0.03, 0.1, -0.01], [0.03, hi[1], 0.01]),
            ],
            sockets: [("grip", 0.0), ("blade_base", 0.1), ("tip", hi[1])]
                .map(|(name, y)| Socket { name: name.into(), position: [0.0, y, 0.0] })
                .to_vec(),
            coats: levels[0].parts.iter().map(coat).collect(),
            images: if baked {
                vec![image("normal", [128, 128, 255]), image("occlusion", [200; 3])]
            } else {
                Vec::new()
            },
            morph: moving.remove(0).morph,
            levels,
        }
    }

    pub fn kit(&self) -> Kit<'_> {
        Kit {
            name: NAME,
            levels: self.levels.iter().map(Level::from).collect(),
            hulls: &self.hulls,
            sockets: &self.sockets,
            coats: &self.coats,
            images: &self.images,
            extras: None,
        }
    }

    /// The finest level on its way to another sword, alone.
    pub fn moving(&self) -> Kit<'_> {
        let level = Level { morph: Some(&self.morph), ..Level::from(&self.levels[0]) };
        Kit { levels: vec![level], hulls: &[], ..self.kit() }
    }
}

/// The patches as decoded, without degenerate triangles.
fn skin(forge: &Forge, latent: &Latent, side: usize) -> Skin {
    let mut mesh = forge.decode(latent, Some(LENGTH), &Template::grid(side)).expect("a sword");
    let of_patch: Vec<&str> = forge.checkpoint().meta.patch_parts.iter().map(|p| p.part.as_str()).collect();
    let mut parts: Vec<String> = Vec::new();
    for part in &of_patch {
        if !parts.iter().any(|p| p == part) {
            parts.push((*part).to_owned());
        }
    }
    let place = |part: &str| parts.iter().position(|p| p == part).expect("a part") as u8;
    let part = mesh.triangles.iter().map(|t| place(of_patch[mesh.patch[t[0] as usize] as usize])).collect();
    let tangents = tangents(&mesh);
    (mesh.patch, mesh.form) = (Vec::new(), Vec::new());
    Skin { mesh, tangents, part, parts, ..Default::default() }
}

/// Along U, square to the normals.
fn tangents(mesh: &Mesh) -> Vec<[f32; 4]> {
    let mut sums: HashMap<u32, Vec3> = HashMap::new();
    for t in &mesh.triangles {
        let [a, b, c] = t.map(|i| mesh.positions[i as usize]);
        let [ua, ub, uc] = t.map(|i| mesh.uvs[i as usize]);
        let (s, r) = (sub_uv(ub, ua), sub_uv(uc, ua));
        let area = s[0] * r[1] - r[0] * s[1];
        let along: Vec3 = std::array::from_fn(|i| (sub(b, a)[i] * r[1] - sub(c, a)[i] * s[1]) * area.signum());
        for &i in t {
            let sum = sums.entry(i).or_default();
            *sum = std::array::from_fn(|k| sum[k] + along[k]);
        }
    }
    (0..mesh.positions.len())
        .map(|i| {
            let (n, along) = (mesh.normals[i], sums.get(&(i as u32)).copied().unwrap_or_default());
            let [x, y, z] = unit(sub(along, scaled(n, dot(along, n))));
            [x, y, z, 1.0]
        })
        .collect()
}

fn sub_uv(a: [f32; 2], b: [f32; 2]) -> [f32; 2] {
    [a[0] - b[0], a[1] - b[1]]
}

/// A box that faces outward.
fn cuboid(lo: Vec3, hi: Vec3) -> Mesh {
    let corner = |i: usize| std::array::from_fn(|axis| if (i >> axis) & 1 == 1 { hi[axis] } else { lo[axis] });
    let faces = [[0, 4, 6, 2], [1, 3, 7, 5], [0, 1, 5, 4], [2, 6, 7, 3], [0, 2, 3, 1], [4, 5, 7, 6]];
    Mesh {
        positions: (0..8).map(corner).collect(),
        triangles: faces.iter().flat_map(|&[a, b, c, d]| [[a, b, c], [a, c, d]]).collect(),
        ..Default::default()
    }
}

/// A texture of one colour, with squares in another, so that it can be told where it lies.
fn image(name: &str, colour: [u8; 3]) -> Image {
    let pixel = |x: u32, y: u32| {
        let dark = (x / 8 + y / 8).is_multiple_of(2) && name != "normal";
        image::Rgb(if dark { colour.map(|c| c / 2) } else { colour })
    };
    let mut png = std::io::Cursor::new(Vec::new());
    image::RgbImage::from_fn(64, 64, pixel).write_to(&mut png, image::ImageFormat::Png).expect("a PNG");
    Image { name: name.into(), png: png.into_inner() }
}
