//! Text glTF with its buffer and textures in files beside it.

use atlasforge::export::{BINARY, Beside, Kit, Packing, Preset, Quantisation, scene::Image};

use crate::fixture::Fixture;
use crate::validator::find_nothing;

#[test]
fn every_preset_and_packing_is_valid_with_its_files_beside_it() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let fixture = Fixture::new(true);
    let quantised = Some(Quantisation::default());
    let packings = [(None, false), (quantised, false), (quantised, true)];
    let mut paths = Vec::new();
    for preset in Preset::ALL {
        for (i, (quantised, compressed)) in packings.into_iter().enumerate() {
            for (kind, kit) in [("still", fixture.kit()), ("moving", fixture.moving())] {
                let stem = format!("{} {kind} #{i}", preset.name());
                let packing = Packing { quantised, compressed };
                let Beside { json, binary, images } = kit.gltf(preset, packing, &stem).expect("files");
                assert_eq!(images.len(), fixture.images.len());
                let put = |suffix: &str, bytes: &[u8]| {
                    let path = folder.path().join(format!("{stem}{suffix}"));
                    std::fs::write(&path, bytes).expect("a writable folder");
                    path
                };
                put(BINARY, &binary);
                images.iter().for_each(|(suffix, png)| drop(put(suffix, png)));
                paths.push(put(".gltf", &json));
            }
        }
    }
    find_nothing(&paths);
}

#[test]
fn textures_that_would_be_one_file_or_leave_the_folder_are_refused() {
    let fixture = Fixture::new(true);
    for name in ["normal", "../normal"] {
        let images: Vec<Image> = fixture.images.iter().map(|i| Image { name: name.into(), ..i.clone() }).collect();
        let kit = Kit { images: &images, ..fixture.kit() };
        let said = kit.gltf(Preset::Plain, Packing::default(), "sword").expect_err("no files").to_string();
        assert!(said.contains(&format!("texture {name}")), "{said}");
        assert!(kit.glb(Preset::Plain, Packing::default()).is_ok());
    }
}
