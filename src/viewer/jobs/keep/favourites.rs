//! `favourites.json`: one JSON document with one favourite a line. It is written whole under a temporary name and then renamed;
//! what another program cut in half is read up to its last whole entry.

use std::fs::File;
use std::path::Path;

use super::{Found, KeepError, bytes, name, set_aside};
use crate::disk;
use crate::kept::Favourite;
use crate::kept::document::{parse, text};
use crate::viewer::state::{Change, Favourites};

/// In the data folder.
const FILE: &str = crate::kept::FAVOURITES;
/// Held while the file is read, changed and written: two windows must not lose each other's swords.
const LOCK: &str = "favourites.lock";

/// The favourites of a data folder. A broken file is set aside under another name, and what is whole of it written again.
///
/// # Errors
/// A file that can't be read, or one of a newer version. What could not be set aside is a note.
pub fn read(folder: &Path) -> Result<Found<Vec<Favourite>>, KeepError> {
    let _lock = lock(folder);
    load(folder)
}

/// Makes a change in the file as it is now.
///
/// # Errors
/// As [`read`], or when it can't be written; then the file is as before.
pub fn change(folder: &Path, change: &Change) -> Result<Option<String>, KeepError> {
    let _lock = lock(folder);
    let Found { it, note } = load(folder)?;
    let mut favourites = Favourites::new(it);
    favourites.apply(change);
    disk::write(&folder.join(FILE), text(favourites.entries()).as_bytes())?;
    Ok(note)
}

/// Waits for other windows. `None` where the folder or its file system has no locks: then they are hoped to be alone.
fn lock(folder: &Path) -> Option<File> {
    std::fs::create_dir_all(folder).ok()?;
    let file = File::options().create(true).truncate(false).write(true).open(folder.join(LOCK)).ok()?;
    file.lock().ok()?;
    Some(file)
}

fn load(folder: &Path) -> Result<Found<Vec<Favourite>>, KeepError> {
    let path = folder.join(FILE);
    let Some(bytes) = bytes(&path)? else { return Ok(Found { it: Vec::new(), note: None }) };
    let parsed = parse(&bytes).map_err(|found| KeepError::Newer { path: path.clone(), found })?;
    if parsed.whole {
        return Ok(Found { it: parsed.favourites, note: None });
    }
    let count = parsed.favourites.len();
    let recovered = match count {
        0 => "no favourite in it was whole".to_owned(),
        1 => "1 favourite in it was whole and is back".to_owned(),
        n => format!("{n} favourites in it were whole and are back"),
    };
    // First the copy, then the file: whatever fails, nothing is lost.
    let kept = set_aside(&path, &bytes).and_then(|aside| {
        disk::write(&path, text(&parsed.favourites).as_bytes())?;
        Ok(aside)
    });
    let note = match kept {
        Ok(aside) => format!("{FILE} is damaged: {recovered}. The file as it was is kept as {}.", name(&aside)),
        Err(why) => format!("{FILE} is damaged: {recovered}. It stays as it is: {why}."),
    };
    Ok(Found { it: parsed.favourites, note: Some(note) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kept::document::tests::favourite;

    fn add(x: f32) -> Change {
        Change::Add { favourite: Box::new(favourite(x)), at: usize::MAX }
    }

    #[test]
    fn what_is_damaged_is_set_aside_and_the_rest_goes_on() {
        let folder = tempfile::tempdir().unwrap();
        for x in [1.0, 2.0] {
            assert_eq!(change(folder.path(), &add(x)).unwrap(), None);
        }
        let path = folder.path().join(FILE);
        let whole = std::fs::read(&path).unwrap();
        std::fs::write(&path, &whole[..whole.len() - 40]).unwrap();
        let found = read(folder.path()).unwrap();
        assert_eq!(found.it, [favourite(1.0)]);
        let note = found.note.unwrap();
        assert!(note.contains("1 favourite in it was whole") && note.contains("favourites-broken.json"), "{note}");
        assert_eq!(std::fs::read(folder.path().join("favourites-broken.json")).unwrap(), whole[..whole.len() - 40]);
        // The file is whole again, and a second accident keeps the first one's remains.
        assert_eq!(read(folder.path()).unwrap().note, None);
        std::fs::write(&path, b"\xff\xfe nothing").unwrap();
        assert_eq!(change(folder.path(), &add(3.0)).unwrap().unwrap().matches("broken-2.json").count(), 1);
        assert_eq!(read(folder.path()).unwrap().it, [favourite(3.0)]);
    }

    #[test]
    fn changes_are_made_to_what_other_windows_left() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(read(folder.path()).unwrap(), Found { it: Vec::new(), note: None });
        std::thread::scope(|scope| {
            for window in 0..4 {
                let folder = folder.path();
                scope.spawn(move || {
                    for i in 0..5 {
                        change(folder, &add((10 * window + i) as f32)).unwrap();
                    }
                });
            }
        });
        assert_eq!(read(folder.path()).unwrap().it.len(), 20);
        change(folder.path(), &Change::Remove { id: favourite(11.0).id }).unwrap();
        change(folder.path(), &Change::Rename { id: favourite(12.0).id, name: "new".into() }).unwrap();
        let left = read(folder.path()).unwrap().it;
        assert_eq!((left.len(), left.iter().filter(|f| f.name == "new").count()), (19, 1));
    }

    #[test]
    fn a_newer_file_is_left_alone_and_a_hand_written_one_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE);
        for newer in ["{\"format\":2,\"favourites\":[]}", "{\"format\":2,\"favourites\":[{\"x\":"] {
            std::fs::write(&path, newer).unwrap();
            let error = change(folder.path(), &add(1.0)).unwrap_err().to_string();
            assert!(error.contains("format 2") && error.contains("update"), "{error}");
            assert_eq!(std::fs::read_to_string(&path).unwrap(), newer);
        }
        let pretty = serde_json::json!({ "format": 1, "favourites": [favourite(1.0), favourite(2.0)] });
        let pretty = serde_json::to_string_pretty(&pretty).unwrap();
        std::fs::write(&path, &pretty).unwrap();
        assert_eq!(read(folder.path()).unwrap().it.len(), 2);
        // An entry that is no favourite does not take the others with it.
        std::fs::write(&path, pretty.replacen("\"name\"", "\"nome\"", 1)).unwrap();
        let found = read(folder.path()).unwrap();
        assert_eq!((found.it, found.note.is_some()), (vec![favourite(2.0)], true));
    }

    #[cfg(unix)]
    #[test]
    fn where_nothing_can_be_written_the_message_has_a_way_out() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("home"), "a file").unwrap();
        let error = change(&folder.path().join("home/atlasforge"), &add(1.0)).unwrap_err().to_string();
        assert!(error.contains("home") && error.contains("ATLASFORGE_DATA"), "{error}");
    }

    #[test]
    fn ten_thousand_favourites_are_read_in_a_moment() {
        let all: Vec<Favourite> = (0..10_000).map(|x| favourite(x as f32)).collect();
        let text = text(&all);
        let start = std::time::Instant::now();
        let parsed = parse(text.as_bytes()).unwrap();
        assert_eq!(Favourites::new(parsed.favourites).entries().len(), 10_000);
        // It is done in the background; still, it must be there soon.
        assert!(start.elapsed().as_secs_f32() < 2.0, "{:?}", start.elapsed());
    }
}
