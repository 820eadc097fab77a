//! `atlasforge export` as a script would drive it: one shape, batches that are stopped and sharded, the explorer followed,
//! and whatever can go wrong.

mod bad;
mod batch;
mod beside;
mod follow;
mod morph;
mod shipped;
mod single;
#[path = "../validator/mod.rs"]
mod validator;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

pub const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// A model of 25 patches that decodes in no time, to no sword.
pub fn tiny() -> String {
    format!("{ROOT}/tests/data/tiny.safetensors")
}

/// What a run printed and how it ended.
pub struct Run {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

/// A command line (split at spaces) with the built-in model in a folder, where the explorer's data are looked for too.
pub fn command(folder: &Path, line: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_atlasforge"));
    command.args(line.split(' ')).current_dir(folder).env("ATLASFORGE_DATA", folder.join("data"));
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

pub fn run(mut command: Command) -> Run {
    let output = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Run { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

/// Exports with the built-in model.
pub fn export(folder: &Path, line: &str) -> Run {
    run(command(folder, &format!("export {line}")))
}

/// Exports the patches of the tiny model, coarsely.
pub fn patches(folder: &Path, line: &str) -> Run {
    run(patches_command(folder, line))
}

pub fn patches_command(folder: &Path, line: &str) -> Command {
    let mut command = command(folder, &format!("export {line} --surface patches --grid 5"));
    command.args(["--model", &tiny()]);
    command
}

impl Run {
    /// It went well; what it printed.
    pub fn well(self) -> String {
        assert_eq!(self.code, Some(0), "{}", self.stderr);
        self.stdout
    }

    /// It went well; what it printed as JSON.
    pub fn json(self) -> Value {
        serde_json::from_str(&self.well()).unwrap()
    }

    /// It failed with one line that holds these words, and without a result; the line.
    pub fn fails(self, words: &[&str]) -> String {
        let Self { code, stdout, stderr } = self;
        assert_eq!((code, stdout.as_str()), (Some(1), ""), "{stderr}");
        let errors: Vec<&str> = stderr.lines().filter(|l| l.starts_with("atlasforge: error: ")).collect();
        assert!(errors.len() == 1 && !stderr.contains("panicked"), "{stderr}");
        assert!(words.iter().all(|w| errors[0].contains(w)), "{words:?}: {stderr}");
        errors[0].to_owned()
    }
}

/// Every file below a folder and its bytes, by relative name.
pub fn contents(folder: &Path) -> Vec<(String, Vec<u8>)> {
    fn walk(at: &Path, root: &Path, found: &mut Vec<(String, Vec<u8>)>) {
        for entry in std::fs::read_dir(at).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, root, found);
            } else {
                let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
                found.push((name, std::fs::read(&path).unwrap()));
            }
        }
    }
    let mut found = Vec::new();
    walk(folder, folder, &mut found);
    found.sort();
    found
}

/// Names of all files below a folder.
pub fn names(folder: &Path) -> Vec<String> {
    contents(folder).into_iter().map(|(name, _)| name).collect()
}

/// Two folders hold the same files, to the byte.
pub fn same(a: &Path, b: &Path) {
    let (a, b) = (contents(a), contents(b));
    let names = |all: &[(String, Vec<u8>)]| all.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    assert_eq!(names(&a), names(&b));
    for ((name, a), (_, b)) in a.iter().zip(&b) {
        assert!(a == b, "{name} differs");
    }
}

pub fn manifest(folder: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(folder.join("manifest.json")).unwrap()).unwrap()
}

/// The JSON of a GLB.
pub fn document(path: &Path) -> Value {
    let bytes = std::fs::read(path).unwrap();
    let length = u32::from_le_bytes(bytes[12..16].try_into().unwrap()) as usize;
    serde_json::from_slice(&bytes[20..20 + length]).unwrap()
}

pub fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

pub fn real_sword() -> PathBuf {
    PathBuf::from(ROOT).join("assets/meshes/swords/quaternius_medieval_weapons_sword.glb")
}
