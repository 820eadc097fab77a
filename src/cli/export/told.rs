//! What the terminal says about an export.

use std::path::Path;
use std::time::Duration;

use anyhow::Result;

use super::batch::Outcome;
use super::single::Exported;
use crate::class::Class;
use crate::cli::output::print;

/// After one shape: the report in words.
pub fn single(exported: &Exported) -> Result<()> {
    let mut text: String = exported.files.iter().map(|p| format!("{}\n", p.display())).collect();
    for (name, value) in exported.report.rows() {
        text += &format!("  {name:<10} {value}\n");
    }
    print(&text)?;
    for warning in &exported.report.warnings {
        eprintln!("atlasforge: warning: {warning}");
    }
    Ok(())
}

/// After each export while the explorer is followed.
pub fn again(exported: &Exported, took: Duration) -> Result<()> {
    let triangles = exported.report.levels.first().map_or(0, |l| l.triangles);
    let path = exported.files.first().map_or(Path::new(""), |p| p);
    print(&format!(
        "{}: {triangles} triangles, {} in {:.1} s\n",
        path.display(),
        size(exported.bytes as u64),
        took.as_secs_f32()
    ))?;
    for warning in &exported.report.warnings {
        eprintln!("atlasforge: warning: {warning}");
    }
    Ok(())
}

/// After a batch.
pub fn batch(outcome: &Outcome, class: Class) -> Result<()> {
    let Outcome { manifest, sheet, shapes, kept, bytes, seconds, warned, warnings, failures } = outcome;
    let mut text = format!("{}\n", manifest.display());
    if let Some(sheet) = sheet {
        text += &format!("{}\n", sheet.display());
    }
    print(&text)?;
    let made = shapes - kept - failures.len();
    let noun = |n: usize| if n == 1 { class.noun() } else { class.plural() };
    let mut said = format!("{made} {} exported, {} in {}", noun(made), size(*bytes), duration(*seconds));
    if made > 1 {
        said += &format!(", {:.2} s each", seconds / made as f64);
    }
    if *kept > 0 {
        said += &format!("; {kept} were there already");
    }
    eprintln!("atlasforge: {said}");
    for warning in warnings {
        eprintln!("atlasforge: warning: {warning}");
    }
    if *warned > warnings.len() {
        eprintln!("atlasforge: {} more have warnings; the manifest has them all", warned - warnings.len());
    }
    for failure in failures.iter().skip(1).take(20) {
        eprintln!("atlasforge: {failure}");
    }
    Ok(())
}

/// Bytes for people.
fn size(bytes: u64) -> String {
    match bytes {
        0..1_000_000 => format!("{} kB", bytes.div_ceil(1000)),
        1_000_000..1_000_000_000 => format!("{:.1} MB", bytes as f64 / 1e6),
        _ => format!("{:.2} GB", bytes as f64 / 1e9),
    }
}

/// Seconds for people.
pub fn duration(seconds: f64) -> String {
    match seconds {
        s if s < 100.0 => format!("{s:.1} s"),
        s if s < 6000.0 => format!("{} min {:02} s", s as u64 / 60, s as u64 % 60),
        s => format!("{} h {:02} min", s as u64 / 3600, s as u64 % 3600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_times_read_well() {
        assert_eq!([size(999), size(1_500_000), size(2_340_000_000)], ["1 kB", "1.5 MB", "2.34 GB"]);
        assert_eq!([duration(3.12), duration(192.0), duration(7260.0)], ["3.1 s", "3 min 12 s", "2 h 01 min"]);
    }
}
