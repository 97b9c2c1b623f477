//! One recorded case, as far as calls of the API need it; the README beside the recorded cases describes all members.

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
    #[serde(default)]
    pub(crate) state_machines: Vec<StateMachine>,
    /// Every call of the recorded test, of any service.
    #[serde(default)]
    pub(crate) calls: Vec<Call>,
    /// Texts in the calls that earlier replies gave.
    #[serde(default)]
    pub(crate) produced: Vec<Produced>,
    /// Which member of `expected` is the reply to which call.
    #[serde(default)]
    pub(crate) matches: Vec<Match>,
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
    /// The services that its tasks call, or `none`.
    #[serde(default)]
    pub(crate) needs_services: Vec<String>,
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
pub(crate) struct StateMachine {
    /// What made it.
    pub(crate) op: String,
    pub(crate) name: Option<String>,
    pub(crate) definition: Option<Value>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Call {
    #[serde(rename = "i")]
    pub(crate) number: u64,
    pub(crate) service: String,
    pub(crate) method: String,
    #[serde(default)]
    pub(crate) phase: String,
    #[serde(default)]
    pub(crate) params: Value,
    /// The SDK itself refused it: nothing was sent.
    #[serde(default)]
    pub(crate) client_side_error: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Produced {
    /// As the calls have it, with placeholders.
    pub(crate) value: String,
    /// The call whose reply gave it.
    pub(crate) call: u64,
    /// Where in the reply: names and numbers with dots between.
    pub(crate) field: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Match {
    pub(crate) key: String,
    #[serde(default)]
    link: Option<Link>,
}

/// Which reply it is, or replies for parts of what was recorded.
#[derive(Debug, Deserialize)]
struct Link {
    #[serde(default)]
    call: Option<u64>,
    #[serde(default)]
    path: Vec<Value>,
    #[serde(default)]
    fields: BTreeMap<String, Option<Link>>,
    #[serde(default)]
    items: Vec<Option<Link>>,
}

impl Link {
    /// The call, also of a reply that the test put together itself.
    fn any_call(&self) -> Option<u64> {
        self.call.or_else(|| self.fields.values().flatten().find_map(Self::any_call))
    }
}

/// A recorded value and the place in a reply that must have it.
pub(crate) struct Wanted<'a> {
    pub(crate) key: &'a str,
    pub(crate) value: &'a Value,
    pub(crate) path: &'a [Value],
}

impl Case {
    /// The day of the recording as a number that sorts: `20241118`. 0: it is not known.
    pub(crate) fn recorded_on(&self) -> u32 {
        let mut parts = self.recorded_date.split(|c: char| !c.is_ascii_digit()).map(|part| part.parse().unwrap_or(0));
        let mut next = || parts.next().unwrap_or(0);
        let (day, month, year): (u32, u32, u32) = (next(), next(), next());
        year * 10_000 + month * 100 + day
    }

    /// The calls of that method of Step Functions with their recorded replies. None: a reply belongs to no call.
    pub(crate) fn calls_of(&self, method: &str) -> Option<Vec<(&str, &Call, &Value)>> {
        let replies = self.matches.iter().map(|matched| {
            let number = matched.link.as_ref()?.any_call()?;
            let call = self.calls.iter().find(|call| call.number == number)?;
            Some((matched.key.as_str(), call, self.expected.get(&matched.key)?))
        });
        let replies: Vec<_> = replies.collect::<Option<_>>()?;
        let of_method = |call: &Call| call.service == "stepfunctions" && call.method == method;
        Some(replies.into_iter().filter(|(_, call, _)| of_method(call)).collect())
    }

    /// What was recorded of the reply to a call.
    pub(crate) fn wanted(&self, call: u64) -> Vec<Wanted<'_>> {
        let mut found = Vec::new();
        for Match { key, link } in &self.matches {
            if let (Some(link), Some(value)) = (link, self.expected.get(key)) {
                collect(call, key, link, value, &mut found);
            }
        }
        found
    }
}

fn collect<'a>(call: u64, key: &'a str, link: &'a Link, value: &'a Value, found: &mut Vec<Wanted<'a>>) {
    if link.call == Some(call) {
        found.push(Wanted { key, value, path: &link.path });
    }
    for (name, part) in &link.fields {
        if let (Some(part), Some(value)) = (part, value.get(name)) {
            collect(call, key, part, value, found);
        }
    }
    for (index, part) in link.items.iter().enumerate() {
        if let (Some(part), Some(value)) = (part, value.get(index)) {
            collect(call, key, part, value, found);
        }
    }
}

/// Reads every case below a folder, in the order of their names.
pub(crate) fn load(folder: &Path) -> Result<Vec<CaseFile>, String> {
    let mut paths = Vec::new();
    files(folder, &mut paths)?;
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

fn files(folder: &Path, paths: &mut Vec<PathBuf>) -> Result<(), String> {
    let describe = |error: std::io::Error| format!("{}: {error}", folder.display());
    for entry in std::fs::read_dir(folder).map_err(describe)? {
        let path = entry.map_err(describe)?.path();
        if path.is_dir() {
            files(&path, paths)?;
        } else if path.extension().is_some_and(|extension| extension == "json") {
            paths.push(path);
        }
    }
    Ok(())
}
