//! A notebook of experiments, studied: recipes run in turn within a budget, each measured the same way, and one report
//! that says what was seen and why, in measured numbers.
//!
//! [`notebook`] is the notebook as given: recipes, and [`words`] with conditions on measurements. [`budget`] turns minutes
//! into steps, once. [`session`] runs what is not finished, [`measure`] takes the [`figures`], [`report`] tells them.

pub mod budget;
mod charts;
mod data_uri;
pub mod figures;
pub mod folder;
pub mod measure;
pub mod notebook;
pub mod progress;
pub mod report;
pub mod session;
mod sheets;
pub mod trained;
pub mod words;
