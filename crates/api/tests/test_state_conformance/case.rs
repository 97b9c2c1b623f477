//! One recorded case, as far as the operations here need it; the README beside the recorded cases describes all members.

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

#[derive(Debug, Deserialize)]
pub(crate) struct Case {
    pub(crate) flags: Flags,
    /// The placeholders that stand in the recording.
    #[serde(default)]
    pub(crate) tokens: Vec<Token>,
    /// What the placeholders stood for when the calls were captured.
    #[serde(default)]
    pub(crate) captured_bindings: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) time_relative: Option<TimeRelative>,
    /// Every call of the recorded test, of any service.
    #[serde(default)]
    pub(crate) calls: Vec<ServiceCall>,
    /// Which member of `expected` is the reply to which call.
    #[serde(default)]
    pub(crate) matches: Vec<Match>,
    /// What AWS answered, by the recorder's names.
    pub(crate) expected: Map<String, Value>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Flags {
    /// The replay class.
    pub(crate) replay: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Token {
    pub(crate) token: String,
    /// Whether it stands for the same value everywhere in the case.
    #[serde(default = "yes")]
    pub(crate) unify: bool,
}

fn yes() -> bool {
    true
}

#[derive(Debug, Deserialize)]
pub(crate) struct TimeRelative {
    pub(crate) token: String,
    pub(crate) now_plus_days: i64,
    /// In the notation of `strftime`.
    pub(crate) format: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct ServiceCall {
    pub(crate) service: String,
    pub(crate) method: String,
    #[serde(default)]
    pub(crate) params: Value,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Match {
    pub(crate) key: String,
    #[serde(default)]
    pub(crate) link: Option<Link>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Link {
    #[serde(default)]
    call: Option<usize>,
    /// Of a reply that the test put together itself.
    #[serde(default)]
    fields: BTreeMap<String, Link>,
}

impl Link {
    fn call(&self) -> Option<usize> {
        self.call.or_else(|| self.fields.values().find_map(Self::call))
    }
}

impl Case {
    /// The calls of that method of Step Functions with their recorded replies. None: a reply belongs to no call.
    pub(crate) fn calls_of(&self, method: &str) -> Option<Vec<(&str, &ServiceCall, &Value)>> {
        let replies = self.matches.iter().map(|matched| {
            let call = self.calls.get(matched.link.as_ref()?.call()?)?;
            Some((matched.key.as_str(), call, self.expected.get(&matched.key)?))
        });
        let replies: Vec<_> = replies.collect::<Option<_>>()?;
        let of_method = |call: &ServiceCall| call.service == "stepfunctions" && call.method == method;
        Some(replies.into_iter().filter(|(_, call, _)| of_method(call)).collect())
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
