//! A shape's name as a visitor reads it from afar: `quaternius19_medievalweapons_claymore` is a claymore.

/// Kinds of things: a file's name goes on after them with its author, or a number.
const KINDS: &[&str] = &[
    "airplane",
    "axe",
    "blade",
    "claymore",
    "cutlass",
    "dagger",
    "falchion",
    "glider",
    "katana",
    "knife",
    "longsword",
    "machete",
    "plane",
    "rapier",
    "sabre",
    "scimitar",
    "shortsword",
    "spear",
    "sword",
];

/// Letters beyond which a word of a file's name is the collection's, run together, where others are left.
const LONGEST: usize = 12;

/// The name of a shape that a training set's file was called; what a person called it comes back as it is.
pub fn title(name: &str) -> String {
    let is_file = name.contains('_') && !name.contains(' ');
    let stem = ["glb", "gltf", "obj", "ply", "stl"]
        .iter()
        .find_map(|extension| name.strip_suffix(extension)?.strip_suffix('.'))
        .unwrap_or(name);
    let mut words: Vec<&str> = stem.split(['_', ' ', '-']).filter(|w| !w.is_empty()).collect();
    if is_file && words.len() > 1 {
        // The first word is where the file came from.
        words.remove(0);
    }
    if is_file && let Some(kind) = words.iter().rposition(|w| KINDS.contains(&w.to_lowercase().as_str())) {
        words.truncate(kind + 1);
    }
    let repeated = |i: usize| words[i + 1..].iter().any(|later| later.contains(words[i]));
    let kept: Vec<&str> = (0..words.len()).filter(|&i| !is_file || !repeated(i)).map(|i| words[i]).collect();
    let short: Vec<&str> = kept.iter().filter(|w| !is_file || w.chars().count() <= LONGEST).copied().collect();
    let words = if short.is_empty() { kept } else { short };
    let mut title = words.join(" ");
    if let Some(first) = title.chars().next() {
        title.replace_range(..first.len_utf8(), &first.to_uppercase().to_string());
    }
    title
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_called_by_what_they_are() {
        for (name, wanted) in [
            ("quaternius19_medievalweapons_claymore", "Claymore"),
            ("quaternius19_knightcharacteranimated_katana", "Katana"),
            ("quaternius19_weapons_longsword", "Weapons longsword"),
            ("skfb_katana_joanlp", "Katana"),
            ("skfb_emerald_blade", "Emerald blade"),
            ("skfb_cap_sabre", "Cap sabre"),
            ("kenney_castle_sword", "Castle sword"),
            ("babylon_moltendagger", "Moltendagger"),
            ("quaternius19_airplane_commercial_airplane", "Commercial airplane"),
            ("quaternius19_airplane_militaryairplane2", "Airplane"),
            ("skfb_runwaytoheaven_ultralight", "Ultralight"),
            ("skfb_grob_astir", "Grob astir"),
            ("sword-0007", "Sword 0007"),
            ("My best sword", "My best sword"),
            ("Claymore 2", "Claymore 2"),
            ("blade.glb", "Blade"),
            ("ägir", "Ägir"),
            ("_", ""),
            ("", ""),
        ] {
            assert_eq!(title(name), wanted, "{name}");
        }
    }
}
