//! The report: one HTML page that needs nothing but itself, made of whatever is finished.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::budget::Plan;
use super::charts::charts;
use super::data_uri::data_uri;
use super::figures::{Figures, MEASURES};
use super::folder::{FolderError, StudyFolder};
use super::measure::{SET_POINTS, SET_SHAPES, SET_TRAINED};
use super::notebook::{Claim, Experiment, Notebook, Work, id};
use super::session::at_steps;
use super::words::{Lookup, figures as three};
use crate::draw::escaped;
use crate::train::metrics::METRIC_POINTS;
use crate::train::progress::clock;

/// Columns of the table over all experiments: measure and heading.
const OVERVIEW: &[(&str, &str)] = &[
    ("steps", "steps"),
    ("epochs", "epochs"),
    ("cd", "CD held out, mean"),
    ("cd_median", "median"),
    ("cd_train", "CD training"),
    ("kl", "KL, nats"),
    ("active", "active dims"),
    ("collapsed", "collapsed patches"),
    ("variety_reconstructed", "variety recon."),
    ("variety_prior", "variety N(0, I)"),
    ("seconds", "min"),
];

const SHEET_TITLES: [&str; 4] = [
    "The same kind of shapes, decoded at the uv that the patches were trained on: the view that training shows. A colour a patch.",
    "Shapes that it did not learn from, each as the points that the encoder sees (front, side) and as reconstructed. A colour a \
     patch.",
    "Samples from N(0, I), front and side",
    "Samples from the density fitted to the encoded training set, front and side",
];

/// Everything that was measured, by experiment.
struct Measured<'a> {
    notebook: &'a Notebook,
    figures: BTreeMap<String, Figures>,
}

impl Measured<'_> {
    /// A measure by the name that words use, seen from an experiment.
    fn find(&self, from: &str, name: &str) -> Option<f64> {
        let (experiment, measure) = match name.split_once('.') {
            Some((other, measure)) => {
                (self.notebook.experiments.iter().find(|e| id(&e.name) == other)?.name.as_str(), measure)
            }
            None => (from, name),
        };
        self.figures.get(experiment)?.get(measure)
    }
}

/// The page of a study, finished or not; `written` is the date in words.
///
/// # Errors
/// When the study's files can't be read.
pub fn html(notebook: &Notebook, folder: &StudyFolder, plan: &Plan, written: &str) -> Result<String, FolderError> {
    let mut measured = Measured { notebook, figures: BTreeMap::new() };
    for experiment in &notebook.experiments {
        if let Some(figures) = folder.figures(&experiment.name)? {
            measured.figures.insert(experiment.name.clone(), figures);
        }
    }
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <title>{0}</title><style>\n{1}</style></head><body><main>\n<h1>{0}</h1>\n",
        escaped(&notebook.title),
        include_str!("report.css")
    );
    page += &paragraphs(&notebook.about);
    page += &made(&measured, plan, written);
    page += &overview(&measured);
    for (i, experiment) in notebook.experiments.iter().enumerate() {
        page += &section(i + 1, experiment, &measured, folder, plan)?;
    }
    let conclusion = told(&notebook.conclusion, &|name| measured.find("", name));
    if !conclusion.is_empty() {
        let _ = write!(page, "<section id=\"conclusion\"><h2>All together</h2>{conclusion}</section>");
    }
    page += &conventions();
    Ok(page + "</main></body></html>\n")
}

/// Budget, machine, version, time.
fn made(measured: &Measured, plan: &Plan, written: &str) -> String {
    let (done, all) = (measured.figures.len(), measured.notebook.experiments.len());
    let seconds: f64 = measured.figures.values().filter_map(|f| f.get("seconds")).sum();
    let steps: f64 = measured.figures.values().filter_map(|f| f.get("steps")).sum();
    let budget = match plan.budget {
        Some(minutes) => format!(
            "Budget: {} minutes for all, resolved once before the first step (a step of every recipe was timed): {} times the \
             recipes’ own steps, schedules and warm-ups with them.",
            three(minutes),
            three(plan.factor)
        ),
        None => "Budget: none given; the recipes’ own steps.".to_owned(),
    };
    let partial = if done < all {
        format!("<p class=\"failed\">This study is not finished: {done} of {all} experiments are.</p>")
    } else {
        String::new()
    };
    format!(
        "{partial}<p class=\"quiet\">{budget} Training took {} on {}, {} threads, for {steps:.0} steps. Atlasforge {}. \
         Written {}.</p>\n",
        clock(seconds),
        escaped(&plan.machine),
        plan.threads,
        escaped(&plan.version),
        escaped(written)
    )
}

fn overview(measured: &Measured) -> String {
    let mut table =
        "<section id=\"overview\"><h2>All experiments</h2><div class=\"scroll\"><table class=\"overview\"><thead><tr>\
                     <th>experiment</th>"
            .to_owned();
    for (_, heading) in OVERVIEW {
        let _ = write!(table, "<th>{heading}</th>");
    }
    table += "</tr></thead><tbody>\n";
    for (i, experiment) in measured.notebook.experiments.iter().enumerate() {
        let name = &experiment.name;
        let _ =
            write!(table, "<tr><td><a href=\"#{}\">{}. {}</a></td>", escaped(name), i + 1, escaped(&experiment.title));
        let figures = measured.figures.get(name);
        let cell = |figures: &Figures, measure: &str| {
            let scale = if measure == "seconds" { 60.0 } else { 1.0 };
            format!("<td>{}</td>", figures.get(measure).map_or("–".to_owned(), |x| three(x / scale)))
        };
        let across = |text: &str| format!("<td colspan=\"{}\">{text}</td>", OVERVIEW.len());
        table += &match figures {
            None => across("not run yet"),
            Some(Figures { failure: Some(_), .. }) => across("failed"),
            Some(figures) => OVERVIEW.iter().map(|(measure, _)| cell(figures, measure)).collect(),
        };
        table += "</tr>\n";
    }
    table + "</tbody></table></div></section>\n"
}

fn section(
    number: usize,
    experiment: &Experiment,
    measured: &Measured,
    folder: &StudyFolder,
    plan: &Plan,
) -> Result<String, FolderError> {
    let name = &experiment.name;
    let mut out = format!(
        "<section id=\"{}\"><h2><span class=\"number\">{number}</span>{}</h2>{}",
        escaped(name),
        escaped(&experiment.title),
        paragraphs(&experiment.question)
    );
    let Some(figures) = measured.figures.get(name) else {
        return Ok(out + "<p class=\"quiet\">Not run yet.</p></section>\n");
    };
    let steps = plan.share(name).map_or(0, |s| s.steps);
    out += &chips(experiment, figures);
    if let Some(failure) = &figures.failure {
        let _ = write!(out, "<p class=\"failed\">{}</p>", escaped(failure));
    }
    let lookup = |measure: &str| measured.find(name, measure);
    out += "<div class=\"told\">";
    if !experiment.seed.is_empty() {
        let _ = write!(out, "<div class=\"seed\"><h3>What the seed saw</h3>{}</div>", paragraphs(&experiment.seed));
    }
    let _ = write!(
        out,
        "<div class=\"saw\"><h3>What this run saw</h3>{}{}</div>",
        plainly(&lookup),
        told(&experiment.saw, &lookup)
    );
    let cause = told(&experiment.cause, &lookup);
    if !cause.is_empty() {
        let _ = write!(out, "<div class=\"cause\"><h3>What the measurements say</h3>{cause}</div>");
    }
    out += "</div>\n";
    if let Work::Train { recipe, text } = &experiment.work {
        let (recipe, text) = at_steps(recipe, text, steps);
        let _ = write!(out, "<div class=\"charts\">{}</div>", charts(&recipe, &folder.log(name)?, figures).join("\n"));
        out += &sheets(folder, name)?;
        out += &table(figures);
        let _ = write!(
            out,
            "<details><summary>The recipe, {}.toml, as it ran</summary><pre>{}</pre></details>",
            escaped(name),
            escaped(&text)
        );
    } else {
        out += &sheets(folder, name)?;
        out += &table(figures);
    }
    Ok(out + "</section>\n")
}

/// What an experiment is, in a few words.
fn chips(experiment: &Experiment, figures: &Figures) -> String {
    let mut chips = Vec::new();
    match &experiment.work {
        Work::Train { recipe, .. } => {
            let value = |name: &str| figures.get(name).map(three);
            chips.extend(value("steps").map(|s| format!("{s} steps of {} shapes", recipe.train.batch)));
            chips.extend(value("shapes").map(|s| format!("{s} {} trained on", recipe.data.generator.plural())));
            chips.push(format!("learning rate {}", three(recipe.train.learning_rate)));
            chips.push(format!("KL weight {}", three(recipe.train.kl_weight)));
            chips.push(format!("noise scale {}", three(recipe.train.noise_scale)));
            chips.extend(recipe.train.init.as_ref().map(|i| format!("begins with {i}")));
        }
        Work::Reconstruct { model, .. } => chips.push(format!("model of {model}, no training")),
        Work::Sample { model } => chips.push(format!("samples of {model}, no training")),
    }
    let items: String = chips.iter().map(|c| format!("<li>{}</li>", escaped(c))).collect();
    format!("<ul class=\"chips\">{items}</ul>")
}

/// The sentence that every experiment gets: its numbers.
fn plainly(lookup: Lookup) -> String {
    let x = |name: &str| lookup(name).map(three);
    let mut said = Vec::new();
    if let (Some(cd), Some(median), Some(count)) = (x("cd"), x("cd_median"), x("held_out")) {
        let start = x("cd_start").map_or(String::new(), |s| format!(", from {s} before the first step"));
        said.push(format!("CD × 1000 of {cd} (median {median}) on {count} shapes that it did not learn from{start}."));
    }
    if let (Some(train), Some(gap)) = (x("cd_train"), x("gap")) {
        said.push(format!("On as many training shapes {train}; held out is {gap} times that."));
    }
    if let (Some(collapsed), Some(patches)) = (x("collapsed"), x("patches")) {
        said.push(format!("Of {patches} patches {collapsed} collapsed in a mean reconstruction."));
    }
    if let (Some(kl), Some(active), Some(latent)) = (x("kl"), x("active"), x("latent"))
        && lookup("kl").is_some_and(|kl| kl > 0.0)
    {
        said.push(format!("KL divergence {kl} nats; {active} of {latent} latent numbers active."));
    }
    if let (Some(prior), Some(nearest), Some(data)) = (x("variety_prior"), x("nearest_prior"), x("nearest_held_out")) {
        said.push(format!(
            "Samples of N(0, I) differ among themselves {prior} times as much as the data does, and lie {nearest} from the nearest \
             training shape (held-out shapes: {data})."
        ));
    }
    if said.is_empty() { String::new() } else { format!("<p>{}</p>", escaped(&said.join(" "))) }
}

/// The claims that hold, a paragraph each.
fn told(claims: &[Claim], lookup: Lookup) -> String {
    claims.iter().filter_map(|c| c.said(lookup)).map(|text| paragraphs(&text)).collect()
}

fn sheets(folder: &StudyFolder, name: &str) -> Result<String, FolderError> {
    let mut out = String::new();
    for (png, title) in folder.sheets(name)?.iter().zip(SHEET_TITLES) {
        if let Some(png) = png {
            let _ = write!(
                out,
                "<figure><figcaption>{title}</figcaption><img alt=\"{title}\" src=\"{}\"></figure>",
                data_uri(png)
            );
        }
    }
    Ok(out)
}

fn table(figures: &Figures) -> String {
    let rows: String = MEASURES
        .iter()
        .filter(|m| m.shown)
        .filter_map(|m| Some(format!("<tr><td>{}</td><td>{}</td></tr>", escaped(m.label), three(figures.get(m.name)?))))
        .collect();
    let stuck: Vec<String> = figures
        .collapses
        .iter()
        .enumerate()
        .filter(|(_, share)| **share > 0.5)
        .map(|(patch, _)| patch.to_string())
        .collect();
    let stuck = if stuck.is_empty() {
        String::new()
    } else {
        format!("<p class=\"quiet\">Collapsed in most reconstructions: patches {}.</p>", stuck.join(", "))
    };
    format!(
        "<details><summary>All figures</summary><div class=\"scroll\"><table><tbody>{rows}</tbody></table></div>{stuck}</details>"
    )
}

fn conventions() -> String {
    format!(
        "<section id=\"conventions\"><h2>How it is measured</h2><p>CD: mean squared distance to the nearest point, both ways, summed, \
         × 1000; {METRIC_POINTS} against {METRIC_POINTS} points drawn by area, both in the unit ball of the input. KL: of the posterior \
         from N(0, I), summed over dimensions, mean over held-out shapes. A patch has collapsed if its mean EG−F² is below 1/1000 of \
         the mean over patches. A dimension is active if its posterior mean varies over shapes by more than 0.01. Variety: mean CD \
         between two of {SET_SHAPES} shapes at {SET_POINTS} points, as a share of the same figure for held-out shapes: 1 is as varied \
         as the data, 0 is one and the same shape. Nearest: mean CD × 1000 at {SET_POINTS} points to the nearest of at most \
         {SET_TRAINED} training shapes. Training loss: with noise and the batch’s own statistics, in network units, so that it can’t \
         be compared with the CD of a validation, which sees the posterior’s mean and running statistics.</p></section>\n"
    )
}

/// Paragraphs are separated by empty lines.
fn paragraphs(text: &str) -> String {
    text.split("\n\n").filter(|p| !p.trim().is_empty()).map(|p| format!("<p>{}</p>", escaped(p.trim()))).collect()
}
