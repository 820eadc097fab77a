//! Names of shapes as names of files in one folder, on any system.

use std::collections::HashMap;

/// The longest name, in bytes: with a suffix it must stay below the 255 that file systems allow.
const LONGEST: usize = 180;

/// Names that Windows keeps for its devices, whatever the extension.
const DEVICES: [&str; 4] = ["con", "prn", "aux", "nul"];

/// The name as a file's, without an extension: characters that some system refuses become `_`.
///
/// # Errors
/// A name that would leave the folder, or hide in it, or is too long.
pub fn file_name(name: &str) -> Result<String, String> {
    let name = name.trim();
    if name.is_empty() {
        return Err("it has no name".to_owned());
    }
    if name == "." || name == ".." {
        return Err(format!("the name '{name}' is that of a folder; choose another"));
    }
    if name.contains(['/', '\\']) {
        return Err(format!("the name '{name}' would leave the folder; take the slashes out of it"));
    }
    if name.starts_with('.') {
        return Err(format!("the name '{name}' would be a hidden file; take the first dot out of it"));
    }
    if name.len() > LONGEST {
        let start: String = name.chars().take(30).collect();
        return Err(format!("the name '{start}...' is longer than {LONGEST} bytes; shorten it"));
    }
    let mut safe: String =
        name.chars().map(|c| if c.is_control() || "<>:\"|?*".contains(c) { '_' } else { c }).collect();
    if safe.ends_with('.') {
        safe.pop();
        safe.push('_');
    }
    let stem = safe.split('.').next().unwrap_or_default().to_lowercase();
    let port = (stem.starts_with("com") || stem.starts_with("lpt")) && stem.len() == 4;
    if DEVICES.contains(&stem.as_str()) || port && stem.ends_with(|c: char| c.is_ascii_digit()) {
        safe.insert(0, '_');
    }
    Ok(safe)
}

/// Checks that no two names are one file, also where capitals don't count.
///
/// # Errors
/// The indices of the first two that are.
pub fn distinct<'a>(names: impl IntoIterator<Item = &'a str>) -> Result<(), (usize, usize)> {
    let mut seen = HashMap::new();
    for (i, name) in names.into_iter().enumerate() {
        if let Some(first) = seen.insert(name.to_lowercase(), i) {
            return Err((first, i));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_in_their_folder() {
        for (name, why) in [
            ("../x", "leave"),
            ("a/b", "leave"),
            ("a\\b", "leave"),
            ("..", "of a folder"),
            (".", "of a folder"),
            ("/etc/passwd", "leave"),
            ("C:\\x", "leave"),
            (".hidden", "hidden"),
            ("  ", "no name"),
            (&"é".repeat(91), "longer"),
        ] {
            let said = file_name(name).unwrap_err();
            assert!(said.contains(why), "{name}: {said}");
        }
    }

    #[test]
    fn awkward_names_become_files_that_every_system_takes() {
        for (name, file) in [
            ("Excalibur: the end?", "Excalibur_ the end_"),
            ("sword \"[1]\", é", "sword _[1]_, é"),
            ("con", "_con"),
            ("NUL.x", "_NUL.x"),
            ("com1", "_com1"),
            ("comet", "comet"),
            ("dot.", "dot_"),
            (" a\tb ", "a_b"),
        ] {
            assert_eq!(file_name(name).as_deref(), Ok(file));
        }
        assert_eq!(distinct(["a", "b", "B"]), Err((1, 2)));
        assert_eq!(distinct(["a", "b", "ä"]), Ok(()));
    }
}
