//! `atlasforge study FOLDER`: a notebook's experiments, one after another, and their report.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::Args;

use super::Interrupted;
use super::interrupt::Interrupt;
use super::memory;
use super::output::print;
use super::training;
use crate::disk;
use crate::study::folder::{self, StudyFolder};
use crate::study::progress::Display;
use crate::study::report;
use crate::study::session::Study as Experiments;

/// Run a folder of recipes in turn and tell what they show, in one HTML report; what is finished is not run again
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  atlasforge study assets/recipes/seed                            at the recipes' own steps
  atlasforge study assets/recipes/seed --budget 30 -o seed.html   within about 30 minutes
  atlasforge study assets/recipes/seed --report                   of what there is so far

Ctrl-C stops it; the same command goes on from there. A study.toml in the folder adds words: see assets/recipes/seed.")]
pub struct Study {
    /// A folder of recipes (*.toml), which run in the order of their names
    #[arg(value_name = "FOLDER")]
    notebook: PathBuf,
    /// Minutes for all of it: the recipes' steps are scaled to fit, once, before the first [default: their own steps]
    #[arg(long, value_name = "MINUTES", value_parser = minutes)]
    budget: Option<f64>,
    /// The report, an HTML file [default: report.html in the study's folder]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// The study's folder, with a run for each experiment [default: runs/ and the folder's name]
    #[arg(long, value_name = "DIR")]
    run: Option<PathBuf>,
    /// Run nothing; write the report of what is finished
    #[arg(long)]
    report: bool,
    /// Threads to work on [default: one a core]
    #[arg(long, value_name = "N")]
    threads: Option<NonZeroUsize>,
}

/// Minutes that are some.
fn minutes(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(x) if x.is_finite() && x > 0.0 && x <= 100_000.0 => Ok(x),
        _ => Err("give minutes, more than 0".to_owned()),
    }
}

impl Study {
    /// Runs the command.
    ///
    /// # Errors
    /// [`Interrupted`] after Ctrl-C; otherwise what is wrong with recipes, data or folder.
    pub fn run(self) -> Result<()> {
        let notebook = folder::notebook(&self.notebook)?;
        if let Some(output) = self.output.as_ref().filter(|o| o.is_dir()) {
            bail!("'{}' is a folder; give -o the name of a file", output.display());
        }
        let path = training::folder(self.run.as_deref(), &self.notebook)?;
        let folder = StudyFolder::new(&path);
        let mut finished = true;
        if !self.report {
            memory::keep_freed();
            let stop = Interrupt::watch();
            let pool = training::pool(self.threads)?;
            let study = Experiments { notebook: &notebook, folder: &folder, budget: self.budget };
            finished = pool.install(|| {
                let mut display = Display::default();
                let find = training::beginning(training::INIT);
                let finished = study.run(stop.flag(), &find, &mut |event| display.show(event));
                display.end();
                finished
            })?;
        }
        let Some(plan) = folder.plan(&notebook, None)? else {
            bail!("no study was begun in '{}'; leave --report out, or name its folder with --run", path.display());
        };
        let page = report::html(&notebook, &folder, &plan, &today())?;
        let output = self.output.unwrap_or_else(|| path.join("report.html"));
        disk::write(&output, page.as_bytes())?;
        if !finished {
            let hint = format!(
                "'{}' is saved, with a report of what is finished in '{}'; the same command goes on from there",
                path.display(),
                output.display()
            );
            return Err(Interrupted { hint }.into());
        }
        print(&format!("{}\n", output.display()))
    }
}

/// The date, UTC (days to civil date after Hinnant 2013, "chrono-compatible low-level date algorithms").
fn today() -> String {
    let days = (crate::train::run::now() / 86_400.0) as i64 + 719_468;
    let (era, day) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let of_year = day - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let (month, carry) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    format!("{:04}-{month:02}-{day:02}", era * 400 + year + carry)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_is_some_minutes() {
        assert_eq!(minutes("2.5"), Ok(2.5));
        assert!(["0", "-1", "nan", "inf", "soon"].iter().all(|m| minutes(m).is_err()));
    }

    #[test]
    fn dates_are_dates() {
        let today = today();
        assert!(today.len() == 10 && today.as_str() > "2024-01-01", "{today}");
    }
}
