//! One recorded case, as its file has it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::{Map, Value};

/// A case with the name that the index gives it.
pub(crate) struct CaseFile {
    /// `group/name.json`
    pub(crate) file: String,
    pub(crate) case: Case,
}

/// The members of a case that a replay needs; the README beside the recorded cases describes them all.
#[derive(Debug, Deserialize)]
pub(crate) struct Case {
    pub(crate) flags: Flags,
    #[serde(default)]
    validation: Option<Validation>,
    /// The placeholders that stand in the recording.
    #[serde(default)]
    pub(crate) tokens: Vec<Token>,
    /// What the placeholders stood for when the definitions and inputs were captured.
    #[serde(default)]
    pub(crate) captured_bindings: BTreeMap<String, String>,
    /// Whether the recorder dropped the order of events inside Parallel states.
    #[serde(default)]
    pub(crate) parallel_unordered: bool,
    /// A placeholder for a time some days from the start of the replay.
    #[serde(default)]
    pub(crate) time_relative: Option<TimeRelative>,
    #[serde(default)]
    pub(crate) state_machines: Vec<StateMachine>,
    #[serde(default)]
    pub(crate) executions: Vec<ExecutionStart>,
    /// Every call of the recorded test, of any service.
    #[serde(default)]
    pub(crate) calls: Vec<ServiceCall>,
    /// When AWS was recorded: day-month-year, then the time.
    #[serde(default)]
    recorded_date: String,
    /// What AWS answered, by the recorder's names.
    pub(crate) expected: Map<String, Value>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Flags {
    /// The replay class.
    pub(crate) replay: String,
    #[serde(default)]
    pub(crate) needs_services: Vec<String>,
    #[serde(default)]
    history_keys: Vec<String>,
    /// False when the recording stops before the execution's end.
    #[serde(default = "yes")]
    pub(crate) recorded_terminal: bool,
}

fn yes() -> bool {
    true
}

#[derive(Debug, Deserialize)]
struct Validation {
    #[serde(default)]
    history_to_execution: BTreeMap<String, usize>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Token {
    pub(crate) token: String,
    /// Whether it stands for the same value everywhere in the case.
    #[serde(default = "yes")]
    pub(crate) unify: bool,
}

#[derive(Debug, Deserialize)]
pub(crate) struct TimeRelative {
    pub(crate) token: String,
    pub(crate) now_plus_days: i64,
    /// In the notation of `strftime`.
    pub(crate) format: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct StateMachine {
    #[serde(default)]
    pub(crate) name: Option<String>,
    #[serde(default, rename = "type")]
    pub(crate) kind: Option<String>,
    #[serde(default)]
    pub(crate) definition: Option<Value>,
    /// The exact text that was sent, where it is not a plain dump of the object.
    #[serde(default)]
    pub(crate) definition_string: Option<String>,
    /// The same without placeholders, where one placeholder stands for two values.
    #[serde(default)]
    pub(crate) captured_raw: Raw,
}

#[derive(Debug, Deserialize)]
pub(crate) struct ExecutionStart {
    #[serde(default)]
    pub(crate) op: String,
    #[serde(default)]
    pub(crate) state_machine_index: Option<usize>,
    #[serde(default)]
    pub(crate) name: Option<String>,
    #[serde(default)]
    pub(crate) input: Option<Value>,
    #[serde(default)]
    pub(crate) input_string: Option<String>,
    #[serde(default)]
    pub(crate) captured_raw: Raw,
}

#[derive(Debug, Deserialize)]
pub(crate) struct ServiceCall {
    pub(crate) service: String,
    pub(crate) method: String,
    #[serde(default)]
    pub(crate) params: Value,
}

/// Concrete texts of a state machine or an execution.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Raw {
    #[serde(default)]
    pub(crate) name: Option<String>,
    #[serde(default)]
    pub(crate) definition: Option<String>,
    #[serde(default)]
    pub(crate) input: Option<String>,
}

impl Case {
    /// The day of the recording as a number that sorts: `20241118`. 0: it is not known.
    pub(crate) fn recorded_on(&self) -> u32 {
        let mut parts = self.recorded_date.split(|c: char| !c.is_ascii_digit()).map(|part| part.parse().unwrap_or(0));
        let mut next = || parts.next().unwrap_or(0);
        let (day, month, year): (u32, u32, u32) = (next(), next(), next());
        year * 10_000 + month * 100 + day
    }

    /// Each recorded history: its key in `expected`, the execution it belongs to, and its events.
    pub(crate) fn histories(&self) -> Vec<(&str, usize, &[Value])> {
        let to_execution = self.validation.as_ref().map(|validation| &validation.history_to_execution);
        let of = |key: &str| to_execution.and_then(|map| map.get(key).copied());
        let known = to_execution.is_some_and(|map| !map.is_empty());
        self.flags
            .history_keys
            .iter()
            .enumerate()
            .filter_map(|(position, key)| {
                let execution = if known { of(key)? } else { position };
                Some((key.as_str(), execution, self.events(key)?))
            })
            .collect()
    }

    /// Every recorded history, whether or not it belongs to a captured execution.
    pub(crate) fn recorded_histories(&self) -> Vec<&[Value]> {
        self.flags.history_keys.iter().filter_map(|key| self.events(key)).collect()
    }

    fn events(&self, key: &str) -> Option<&[Value]> {
        self.expected.get(key)?.get("events")?.as_array().map(Vec::as_slice)
    }
}

/// Reads every case below a folder, in the order of their names.
pub(crate) fn load(folder: &Path) -> Result<Vec<CaseFile>, String> {
    let mut paths = Vec::new();
    collect(folder, &mut paths)?;
    paths.sort();
    paths
        .into_iter()
        .map(|path| {
            let name = path.strip_prefix(folder).unwrap_or(&path);
            let file = name.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/");
            let text = std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
            let case = serde_json::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))?;
            Ok(CaseFile { file, case })
        })
        .collect()
}

fn collect(folder: &Path, paths: &mut Vec<PathBuf>) -> Result<(), String> {
    let describe = |error: std::io::Error| format!("{}: {error}", folder.display());
    for entry in std::fs::read_dir(folder).map_err(describe)? {
        let path = entry.map_err(describe)?.path();
        if path.is_dir() {
            collect(&path, paths)?;
        } else if path.extension().is_some_and(|extension| extension == "json") {
            paths.push(path);
        }
    }
    Ok(())
}
