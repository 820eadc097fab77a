//! "Did you mean": the names closest to one that nobody knows.

/// At most `count` of `names`, the closest to `wanted` first: those that contain it, then by edit distance, as long as at
/// most half of the letters differ.
pub fn closest<'a>(wanted: &str, names: impl IntoIterator<Item = &'a str>, count: usize) -> Vec<&'a str> {
    let wanted = wanted.to_lowercase();
    let letters = wanted.chars().count();
    let mut scored: Vec<(usize, &str)> = names
        .into_iter()
        .filter_map(|name| {
            let lower = name.to_lowercase();
            let contains = letters > 1 && lower.contains(&wanted);
            let distance = if contains { 0 } else { 1 + edits(&wanted, &lower) };
            (distance <= 1 + letters.max(lower.chars().count()) / 2).then_some((distance, name))
        })
        .collect();
    scored.sort();
    scored.into_iter().take(count).map(|(_, name)| name).collect()
}

/// Levenshtein distance: insertions, deletions and replacements of letters.
fn edits(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

/// ` (did you mean 'a', 'b'?)`, or nothing where nothing is close.
pub fn hint<'a>(wanted: &str, names: impl IntoIterator<Item = &'a str>) -> String {
    let names: Vec<String> = closest(wanted, names, 3).into_iter().map(|n| format!("'{n}'")).collect();
    if names.is_empty() { String::new() } else { format!(" (did you mean {}?)", names.join(", ")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names_come_first_and_far_ones_not_at_all() {
        assert_eq!(edits("kitten", "sitting"), 3);
        assert_eq!(edits("", "abc"), 3);
        let names = ["katana", "Claymore", "great_katana", "xyz"];
        assert_eq!(closest("clay", names, 3), ["Claymore"]);
        assert_eq!(closest("kattana", names, 3), ["katana", "great_katana"]);
        assert_eq!(closest("claymor", names, 3), ["Claymore"]);
        assert_eq!(hint("qqqqqqqq", names), "");
        assert_eq!(hint("xyy", names), " (did you mean 'xyz'?)");
    }
}
