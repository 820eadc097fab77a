//! Watches a run's folder, and trains: in a process of its own, which outlives no explorer and loses nothing when it is stopped.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::process::{self, Child, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, UNIX_EPOCH};

use super::Wake;
use crate::train::folder::{LAST, METRICS};
use crate::train::log;
use crate::viewer::state::{Command, Explorer, RunView};

/// How often a watched folder is looked at.
const PERIOD: Duration = Duration::from_millis(700);

/// Where recipes and runs are looked for.
const RECIPES: [&str; 2] = ["assets/recipes", "."];
const RUNS: [&str; 2] = ["runs", "assets/runs"];

/// What is asked for.
enum Ask {
    /// Which recipes and runs there are.
    List,
    Watch(PathBuf),
    /// Train by a recipe into the folder that is called as it is, and watch it.
    Start(PathBuf),
    /// Let the process save and end.
    Stop,
}

/// What there is to tell.
enum Told {
    Found {
        recipes: Vec<PathBuf>,
        runs: Vec<PathBuf>,
    },
    Run(Box<RunView>),
    Started(PathBuf),
    Said(String),
    /// The process ended: well, or with its last words.
    Ended(Result<(), String>),
    Failed(String),
}

/// The worker.
pub struct Trainings {
    asks: Option<Sender<Ask>>,
    told: Receiver<Told>,
    worker: Option<thread::JoinHandle<()>>,
}

impl Trainings {
    /// Starts the worker; `program` is what a run is started with, as `program train RECIPE`.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(program: PathBuf, wake: Wake) -> std::io::Result<Self> {
        let (asks, inbox) = channel();
        let (sender, told) = channel();
        let mut desk = Desk { program, wake, sender, watched: None, process: None };
        let worker = thread::Builder::new().name("training".into()).spawn(move || desk.work(&inbox))?;
        Ok(Self { asks: Some(asks), told, worker: Some(worker) })
    }

    /// Takes a command that is for it; gives any other back.
    pub fn take(&self, command: Command) -> Option<Command> {
        self.submit(match command {
            Command::ListRuns => Ask::List,
            Command::WatchRun(folder) => Ask::Watch(folder),
            Command::Train(recipe) => Ask::Start(recipe),
            Command::StopTraining => Ask::Stop,
            other => return Some(other),
        });
        None
    }

    /// Tells the state what is new.
    pub fn update(&self, explorer: &mut Explorer) {
        for told in self.told() {
            explorer.hear(told);
        }
    }

    fn submit(&self, ask: Ask) {
        if let Some(asks) = &self.asks {
            // A worker that is gone has nothing left to do.
            let _ = asks.send(ask);
        }
    }

    /// What was told since the last call.
    fn told(&self) -> impl Iterator<Item = Told> + '_ {
        self.told.try_iter()
    }
}

impl Explorer {
    /// What a training run has to tell.
    fn hear(&mut self, told: Told) {
        let training = &mut self.training;
        match told {
            Told::Found { recipes, runs } => (training.recipes, training.runs) = (recipes, runs),
            Told::Run(run) => {
                self.training.watched = Some(*run);
                self.bring_newest();
            }
            Told::Started(folder) => training.started = Some(folder),
            Told::Said(line) => training.said = line,
            Told::Ended(how) => {
                let folder = training.started.take().unwrap_or_default();
                training.said.clear();
                match how {
                    Ok(()) => self.info(format!("The training in {} has ended.", folder.display())),
                    Err(why) => self.error(format!("The training in {} broke off: {why}", folder.display())),
                }
            }
            Told::Failed(why) => self.error(why),
        }
    }
}

impl Drop for Trainings {
    /// Waits until a process of ours has saved its state.
    fn drop(&mut self) {
        drop(self.asks.take());
        if let Some(worker) = self.worker.take() {
            let _ = worker.join();
        }
    }
}

/// What the worker has before it.
struct Desk {
    program: PathBuf,
    wake: Wake,
    sender: Sender<Told>,
    watched: Option<Watched>,
    process: Option<Process>,
}

struct Process {
    child: Child,
    folder: PathBuf,
    lines: Receiver<String>,
    last: String,
}

impl Desk {
    fn work(&mut self, inbox: &Receiver<Ask>) {
        loop {
            match inbox.recv_timeout(PERIOD) {
                Ok(ask) => self.answer(ask),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            self.look();
        }
        if let Some(mut process) = self.process.take() {
            stop(&mut process.child);
            let _ = process.child.wait();
        }
    }

    fn tell(&self, told: Told) {
        let _ = self.sender.send(told);
        (self.wake)();
    }

    fn answer(&mut self, ask: Ask) {
        match ask {
            Ask::List => {
                let is_recipe = |p: &Path| p.extension().is_some_and(|e| e == "toml") && !is_manifest(p);
                let recipes = RECIPES.iter().flat_map(|f| listed(Path::new(f), is_recipe)).collect();
                let is_run = |p: &Path| p.join(METRICS).is_file();
                let runs = RUNS.iter().flat_map(|f| listed(Path::new(f), is_run)).collect();
                self.tell(Told::Found { recipes, runs });
            }
            Ask::Watch(folder) => {
                if folder.join(METRICS).is_file() {
                    self.watched = Some(Watched::new(&folder));
                } else {
                    let folder = folder.display();
                    self.tell(Told::Failed(format!("'{folder}' holds no {METRICS}: name the folder of a run.")));
                }
            }
            Ask::Start(recipe) => self.begin(&recipe),
            Ask::Stop => {
                if let Some(process) = &mut self.process {
                    stop(&mut process.child);
                }
            }
        }
    }

    fn begin(&mut self, recipe: &Path) {
        if let Some(process) = &self.process {
            let folder = process.folder.display();
            self.tell(Told::Failed(format!("'{folder}' is being trained: stop it first.")));
            return;
        }
        let (Some(name), true) = (recipe.file_stem(), recipe.is_file()) else {
            let shown = recipe.display();
            self.tell(Told::Failed(format!(
                "There is no recipe '{shown}': name a TOML file, such as assets/recipes/own.toml."
            )));
            return;
        };
        let folder = Path::new("runs").join(name);
        let mut command = process::Command::new(&self.program);
        command.arg("train").arg(recipe).arg("--run").arg(&folder);
        let spawned = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn();
        match spawned {
            Ok(mut child) => {
                let (sender, lines) = channel();
                if let Some(stderr) = child.stderr.take() {
                    thread::spawn(move || {
                        let whole = BufReader::new(stderr).lines().map_while(Result::ok);
                        whole.for_each(|line| drop(sender.send(line)));
                    });
                }
                self.watched = Some(Watched::new(&folder));
                self.tell(Told::Started(folder.clone()));
                self.process = Some(Process { child, folder, lines, last: String::new() });
            }
            Err(why) => self.tell(Told::Failed(format!("No training was started: {why}."))),
        }
    }

    /// What is new in the folder, and of the process.
    fn look(&mut self) {
        if let Some(view) = self.watched.as_mut().and_then(Watched::read) {
            self.tell(Told::Run(Box::new(view)));
        }
        let Some(mut process) = self.process.take() else { return };
        let ended = process.child.try_wait();
        if !matches!(ended, Ok(None)) {
            // Its last words may still be on their way; the pipe ends with the process.
            while let Ok(line) = process.lines.recv_timeout(PERIOD) {
                process.last = line;
            }
        } else if let Some(line) = process.lines.try_iter().filter(|l| !l.trim().is_empty()).last() {
            process.last.clone_from(&line);
            self.tell(Told::Said(line));
        }
        match ended {
            Ok(None) => self.process = Some(process),
            // Ctrl-C's own exit code: stopped as asked.
            Ok(Some(status)) if status.success() || status.code() == Some(130) => self.tell(Told::Ended(Ok(()))),
            Ok(Some(_)) => self.tell(Told::Ended(Err(process.last))),
            Err(why) => self.tell(Told::Ended(Err(why.to_string()))),
        }
    }
}

/// A folder that is watched, and how much of its log has been read.
struct Watched {
    view: RunView,
    read: u64,
    /// A line whose end is not written yet.
    rest: Vec<u8>,
    told: bool,
}

impl Watched {
    fn new(folder: &Path) -> Self {
        Self { view: RunView::new(folder), read: 0, rest: Vec::new(), told: false }
    }

    /// The view, if anything is new.
    fn read(&mut self) -> Option<RunView> {
        let path = self.view.folder.join(METRICS);
        let length = path.metadata().map_or(0, |m| m.len());
        if length < self.read {
            // The log was cut back: a run that began again after a crash.
            *self = Self::new(&self.view.folder.clone());
        }
        let mut new = Vec::new();
        if length > self.read
            && let Ok(mut file) = File::open(&path)
            && file.seek(SeekFrom::Start(self.read)).is_ok()
            && file.read_to_end(&mut new).is_ok()
        {
            self.read += new.len() as u64;
        }
        self.rest.extend_from_slice(&new);
        let whole = self.rest.iter().rposition(|&b| b == b'\n').map_or(0, |at| at + 1);
        let lines: Vec<u8> = self.rest.drain(..whole).collect();
        log::parse(&lines).into_iter().for_each(|line| self.view.take(line));
        let model = stamp(&self.view.folder.join(LAST));
        let changed = whole > 0 || model != self.view.model || !self.told;
        self.view.model = model;
        self.told = true;
        changed.then(|| self.view.clone())
    }
}

/// A file and when it was written, in milliseconds since 1970.
fn stamp(path: &Path) -> Option<(PathBuf, u64)> {
    let written = path.metadata().ok()?.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
    Some((path.to_owned(), written.as_millis() as u64))
}

/// Asks a process to save and end, as Ctrl-C does; by the other signal, since a shell's background jobs ignore that one. Where there are no signals it is ended; a run goes on from its last state.
fn stop(child: &mut Child) {
    let asked = cfg!(unix)
        && process::Command::new("kill")
            .arg("-TERM")
            .arg(child.id().to_string())
            .status()
            .is_ok_and(|status| status.success());
    if !asked {
        let _ = child.kill();
    }
}

fn is_manifest(path: &Path) -> bool {
    path.file_name().is_some_and(|n| n == "Cargo.toml" || n == "rustfmt.toml" || n == "clippy.toml")
}

/// What lies in a folder and is wanted, by name.
fn listed(folder: &Path, wanted: impl Fn(&Path) -> bool) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut found: Vec<PathBuf> = entries.flatten().map(|e| e.path()).filter(|p| wanted(p)).collect();
    found.sort();
    found
}

#[cfg(all(test, unix))]
mod tests {
    use std::io::Write;
    use std::sync::Arc;
    use std::time::Instant;

    use super::*;

    fn until<T>(trainings: &Trainings, mut wanted: impl FnMut(Told) -> Option<T>) -> T {
        let deadline = Instant::now() + Duration::from_secs(30);
        loop {
            if let Some(found) = trainings.told().find_map(&mut wanted) {
                return found;
            }
            assert!(Instant::now() < deadline, "never told");
            thread::sleep(Duration::from_millis(5));
        }
    }

    fn run(told: Told) -> Option<RunView> {
        match told {
            Told::Run(view) => Some(*view),
            _ => None,
        }
    }

    #[test]
    fn a_log_is_followed_line_by_line() {
        let folder = tempfile::tempdir().unwrap();
        let mut file = File::create(folder.path().join(METRICS)).unwrap();
        let train = |step: u64| log::Line::Train {
            step,
            seconds: 1.0,
            chamfer: 0.1,
            kl: 1.0,
            loss: 0.2,
            learning_rate: 1e-3,
            kl_weight: 0.0,
            terms: Default::default(),
        };
        let second = train(2).json();
        file.write_all(train(1).json().as_bytes()).unwrap();
        file.write_all(&second.as_bytes()[..20]).unwrap();
        let trainings = Trainings::start("false".into(), Arc::new(|| {})).unwrap();
        trainings.submit(Ask::Watch(folder.path().to_owned()));
        assert_eq!(until(&trainings, run).step, 1);
        file.write_all(&second.as_bytes()[20..]).unwrap();
        assert_eq!(until(&trainings, run).step, 2);
        trainings.submit(Ask::Watch(folder.path().join("none")));
        let why = until(&trainings, |told| match told {
            Told::Failed(why) => Some(why),
            _ => None,
        });
        assert!(why.contains("none") && why.contains(METRICS), "{why}");
    }

    #[test]
    fn a_process_is_started_stopped_and_its_last_words_are_told() {
        let folder = tempfile::tempdir().unwrap();
        let script = folder.path().join("program");
        // Stands for the program: says its arguments, then fails, or waits for Ctrl-C.
        std::fs::write(&script, "#!/bin/sh\ncase $2 in *bad*) echo \"bad recipe\" >&2; exit 1;; esac\ntrap 'exit 130' TERM\necho ready >&2\nwhile :; do sleep 0.1; done\n").unwrap();
        std::fs::set_permissions(&script, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
        let recipe = |name: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, "").unwrap();
            path
        };
        let trainings = Trainings::start(script, Arc::new(|| {})).unwrap();
        let ended = |told| match told {
            Told::Ended(how) => Some(how),
            _ => None,
        };
        trainings.submit(Ask::Start(recipe("bad.toml")));
        assert_eq!(until(&trainings, ended), Err("bad recipe".to_owned()));
        trainings.submit(Ask::Start(recipe("good.toml")));
        until(&trainings, |told| matches!(told, Told::Said(line) if line == "ready").then_some(()));
        trainings.submit(Ask::Stop);
        assert_eq!(until(&trainings, ended), Ok(()));
    }
}
