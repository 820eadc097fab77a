//! A notebook of experiments: recipes in running order, and `study.toml`, which says what each asks and what its
//! measurements mean. A folder of plain recipes without it is a notebook as well.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;
use thiserror::Error;

use super::figures::MEASURES;
use super::words::{Condition, Lookup, Text};
use crate::train::recipe::{Recipe, RecipeError, from_toml};

/// The notebook's words.
pub const WORDS: &str = "study.toml";

/// Experiments in the order in which they run, by name.
#[derive(Clone, Debug, PartialEq)]
pub struct Notebook {
    pub title: String,
    /// A paragraph before everything else.
    pub about: String,
    /// A paragraph after everything else.
    pub conclusion: Vec<Claim>,
    pub experiments: Vec<Experiment>,
}

/// One experiment.
#[derive(Clone, Debug, PartialEq)]
pub struct Experiment {
    /// Its recipe's file name without `.toml`, and its run's folder.
    pub name: String,
    pub title: String,
    pub question: String,
    /// What the notebook's author saw.
    pub seed: String,
    pub work: Work,
    pub saw: Vec<Claim>,
    pub cause: Vec<Claim>,
}

/// What an experiment does.
#[derive(Clone, Debug, PartialEq)]
pub enum Work {
    /// Trains by a recipe, with its text as written.
    Train { recipe: Box<Recipe>, text: String },
    /// Puts meshes through an earlier experiment's model, as point clouds.
    Reconstruct { model: String, inputs: Vec<PathBuf> },
    /// Draws from an earlier experiment's model.
    Sample { model: String },
}

/// A sentence, and the condition on the measurements under which it is true.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claim {
    pub when: Option<Condition>,
    pub text: Text,
}

impl Claim {
    /// The sentence with its numbers; `None` where the condition does not hold or a number is missing.
    pub fn said(&self, lookup: Lookup) -> Option<String> {
        if self.when.as_ref().is_none_or(|when| when.holds(lookup)) { self.text.filled(lookup) } else { None }
    }
}

/// Why a folder is no notebook. Each message names the file.
#[derive(Debug, Error, PartialEq)]
pub enum NotebookError {
    #[error("it holds no recipe (*.toml)")]
    Empty,
    #[error("the recipe '{name}.toml' can't be used: {why}")]
    Recipe { name: String, why: RecipeError },
    #[error("'{WORDS}' can't be used: {0}")]
    Words(RecipeError),
    #[error("'{WORDS}', experiment '{name}': {why}")]
    Experiment { name: String, why: String },
    #[error("the recipe '{name}.toml' begins with the model of '{init}', which runs later; number it higher")]
    Order { name: String, init: String },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Words {
    title: String,
    #[serde(default)]
    about: String,
    #[serde(default)]
    conclusion: Vec<Claim>,
    #[serde(default, rename = "experiment")]
    experiments: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    name: String,
    title: String,
    #[serde(default)]
    question: String,
    #[serde(default)]
    seed: String,
    #[serde(default)]
    kind: Kind,
    model: Option<String>,
    #[serde(default)]
    inputs: Vec<PathBuf>,
    #[serde(default)]
    saw: Vec<Claim>,
    #[serde(default)]
    cause: Vec<Claim>,
}

#[derive(Clone, Copy, Default, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    #[default]
    Train,
    Reconstruct,
    Sample,
}

/// How words refer to an experiment: its name without the number in front, dashes as underscores.
pub fn id(name: &str) -> String {
    let bare = name.trim_start_matches(|c: char| c.is_ascii_digit()).trim_start_matches('-');
    if bare.is_empty() { name.to_owned() } else { bare.replace('-', "_") }
}

impl Notebook {
    /// Reads a notebook from the text of its words, if it has any, and its recipes by name without `.toml`.
    ///
    /// # Errors
    /// Names the file and what is wrong in it.
    pub fn read(words: Option<&str>, recipes: BTreeMap<String, String>) -> Result<Self, NotebookError> {
        if recipes.is_empty() {
            return Err(NotebookError::Empty);
        }
        let words: Words = match words {
            Some(text) => from_toml(text).map_err(NotebookError::Words)?,
            None => Words { title: "Study".into(), about: String::new(), conclusion: vec![], experiments: vec![] },
        };
        let mut experiments = BTreeMap::new();
        for (name, text) in recipes {
            let recipe =
                Recipe::parse_written(&text).map_err(|why| NotebookError::Recipe { name: name.clone(), why })?;
            let work = Work::Train { recipe: Box::new(recipe), text };
            let (title, empty) = (name.clone(), String::new);
            let plain = Experiment {
                name: name.clone(),
                title,
                question: empty(),
                seed: empty(),
                work,
                saw: vec![],
                cause: vec![],
            };
            experiments.insert(name, plain);
        }
        let mut seen = Vec::new();
        for entry in words.experiments {
            let wrong = |why: String| NotebookError::Experiment { name: entry.name.clone(), why };
            if seen.contains(&entry.name) {
                return Err(wrong("is described twice".into()));
            }
            seen.push(entry.name.clone());
            let trained = experiments.remove(&entry.name).map(|e| e.work);
            let work = match (entry.kind, trained, entry.model) {
                (Kind::Train, Some(work), None) => work,
                (Kind::Train, Some(_), Some(_)) => {
                    return Err(wrong("`model` goes with another kind than train".into()));
                }
                (Kind::Train, None, _) => return Err(wrong(format!("there is no recipe '{}.toml'", entry.name))),
                (_, Some(_), _) => return Err(wrong("has a recipe, so its kind is train".into())),
                (_, None, None) => return Err(wrong("needs `model`, an earlier experiment's name".into())),
                (Kind::Reconstruct, _, Some(_)) if entry.inputs.is_empty() => {
                    return Err(wrong("needs `inputs`, folders of meshes".into()));
                }
                (Kind::Reconstruct, None, Some(model)) => Work::Reconstruct { model, inputs: entry.inputs.clone() },
                (Kind::Sample, None, Some(model)) => Work::Sample { model },
            };
            let Entry { name, title, question, seed, saw, cause, .. } = entry;
            experiments.insert(name.clone(), Experiment { name, title, question, seed, work, saw, cause });
        }
        let experiments = experiments.into_values().collect();
        let notebook = Self { title: words.title, about: words.about, conclusion: words.conclusion, experiments };
        notebook.check()?;
        Ok(notebook)
    }

    /// What types can't: that models come from earlier experiments, and that words name measures that there are.
    fn check(&self) -> Result<(), NotebookError> {
        let trains = |e: &Experiment| matches!(e.work, Work::Train { .. });
        let position = |name: &str| self.experiments.iter().position(|e| e.name == name && trains(e));
        for (i, experiment) in self.experiments.iter().enumerate() {
            let name = experiment.name.clone();
            match &experiment.work {
                Work::Train { recipe, .. } => {
                    if let Some(init) = &recipe.train.init
                        && position(init).is_some_and(|at| at >= i)
                    {
                        return Err(NotebookError::Order { name, init: init.clone() });
                    }
                }
                Work::Reconstruct { model, .. } | Work::Sample { model } => {
                    if position(model).is_none_or(|at| at >= i) {
                        let why = format!("no earlier recipe is named '{model}'");
                        return Err(NotebookError::Experiment { name, why });
                    }
                }
            }
        }
        let claims = |e: &Experiment| e.saw.iter().chain(&e.cause).cloned().collect::<Vec<_>>();
        let all = self.experiments.iter().map(|e| (e.name.as_str(), claims(e)));
        for (name, claims) in all.chain([("conclusion", self.conclusion.clone())]) {
            for claim in &claims {
                for used in claim.when.iter().flat_map(Condition::names).chain(claim.text.names()) {
                    self.known(used).map_err(|why| NotebookError::Experiment {
                        name: name.to_owned(),
                        why: format!("'{used}' {why}"),
                    })?;
                }
            }
        }
        Ok(())
    }

    fn known(&self, used: &str) -> Result<(), String> {
        let measure = match used.split_once('.') {
            Some((other, measure)) => {
                if !self.experiments.iter().any(|e| id(&e.name) == other) {
                    return Err(format!("names no experiment '{other}'"));
                }
                measure
            }
            None => used,
        };
        if MEASURES.iter().any(|m| m.name == measure) { Ok(()) } else { Err("is no measure".to_owned()) }
    }

    /// The experiment of this name.
    pub fn find(&self, name: &str) -> Option<&Experiment> {
        self.experiments.iter().find(|e| e.name == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECIPE: &str = "[data]\nprocedural = 4\n";

    fn read(words: &str, names: &[&str]) -> Result<Notebook, NotebookError> {
        let recipes = names.iter().map(|n| ((*n).to_owned(), RECIPE.to_owned())).collect();
        Notebook::read(if words.is_empty() { None } else { Some(words) }, recipes)
    }

    fn said(words: &str) -> String {
        read(&format!("title = 't'\n{words}"), &["01-a", "02-b-c"]).unwrap_err().to_string()
    }

    #[test]
    fn recipes_alone_are_a_notebook_and_run_in_the_order_of_their_names() {
        let notebook = read("", &["02-b", "01-a"]).unwrap();
        let names: Vec<_> = notebook.experiments.iter().map(|e| e.name.as_str()).collect();
        assert_eq!(names, ["01-a", "02-b"]);
        assert_eq!(["01-a", "7", "12-uv-grid", "x-2"].map(id), ["a", "7", "uv_grid", "x_2"]);
    }

    #[test]
    fn words_join_their_recipe() {
        let words = "title = 't'\n[[experiment]]\nname = '01-a'\ntitle = 'A'\ncause = [{ when = 'cd > b_c.cd', text = '{kl} nats' }]\n\
                     [[experiment]]\nname = '03-d'\ntitle = 'D'\nkind = 'sample'\nmodel = '01-a'\n";
        let notebook = read(words, &["01-a", "02-b-c"]).unwrap();
        assert_eq!(notebook.experiments.len(), 3);
        assert_eq!(notebook.experiments[2].work, Work::Sample { model: "01-a".into() });
        let claim = &notebook.find("01-a").unwrap().cause[0];
        let lookup = |cd: f64| move |name: &str| Some(if name == "cd" { cd } else { 1.0 });
        assert_eq!(claim.said(&lookup(2.0)), Some("1 nats".into()));
        assert_eq!(claim.said(&lookup(0.5)), None);
    }

    #[test]
    fn contradictions_name_file_and_experiment() {
        let entry = |rest: &str| said(&format!("[[experiment]]\nname = '09-x'\ntitle = 'X'\n{rest}\n"));
        assert!(entry("").contains("no recipe '09-x.toml'"));
        assert!(entry("kind = 'sample'").contains("`model`"));
        assert!(entry("kind = 'sample'\nmodel = '05-y'").contains("no earlier recipe is named '05-y'"));
        assert!(entry("kind = 'reconstruct'\nmodel = '01-a'").contains("`inputs`"));
        let first = |rest: &str| said(&format!("[[experiment]]\nname = '01-a'\ntitle = 'A'\n{rest}\n"));
        assert!(first("kind = 'sample'\nmodel = '02-b-c'").contains("kind is train"));
        assert!(first("cause = [{ text = '{speed}' }]").contains("'speed' is no measure"));
        assert!(first("cause = [{ when = 'z.cd > 1', text = '' }]").contains("no experiment 'z'"));
        assert!(
            first("cause = [{ when = 'cd > ', text = '' }]").contains("line 5"),
            "{}",
            first("cause = [{ when = 'cd > ', text = '' }]")
        );
        assert!(first("colour = 1").contains("study.toml"));
        assert!(first("[[experiment]]\nname = '01-a'\ntitle = 'A'").contains("twice"));
    }

    #[test]
    fn broken_recipes_are_named() {
        let recipes =
            |text: &str| BTreeMap::from([("01-a".to_owned(), RECIPE.to_owned()), ("02-b".to_owned(), text.to_owned())]);
        let said = Notebook::read(None, recipes("[data]\nprocedurel = 4\n")).unwrap_err().to_string();
        assert!(said.contains("02-b.toml") && said.contains("procedurel"), "{said}");
        let said =
            Notebook::read(None, recipes("[data]\nprocedural = 4\n[train]\ninit = '02-b'\n")).unwrap_err().to_string();
        assert!(said.contains("02-b.toml") && said.contains("later"), "{said}");
        assert_eq!(Notebook::read(None, BTreeMap::new()), Err(NotebookError::Empty));
    }
}
