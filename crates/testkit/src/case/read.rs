//! Reading the cases of a machine.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use asl::model::{Flow, StateKind};
use diagnostic::{Diagnostic, Source};
use integrations::MockTable;
use local::{EXPECTATION, Machine, Override, Project};
use machine::{Document, limits};
use runtime::Pace;
use sam::stack::Stack;

use super::fields::{At, Problems};
use super::{Answer, Case, ErrorName, Expected, Status, Then, mock, strict, then};
use crate::codes::{CONFLICT, FILE_MISSING, INVALID_VALUE, JSON_SYNTAX};

const FIELDS: [&str; 14] = [
    "comment",
    "default",
    "status",
    "output",
    "error",
    "cause",
    "states",
    "answer",
    "time",
    "environment",
    "parameters",
    "before",
    "mock",
    "then",
];

/// The cases of one machine.
#[derive(Debug, Default)]
pub struct Cases {
    /// Those that are sound, in the order of their names.
    pub cases: Vec<Case>,
    /// Inputs beside which nothing is expected.
    pub without: Vec<PathBuf>,
    /// The files with mistakes.
    pub problems: Vec<(Source, Vec<Diagnostic>)>,
}

/// Reads the cases of a machine of a sound project, and lists every mistake in them.
pub fn read(project: &Project, machine: &Machine) -> Cases {
    let mut cases = Cases::default();
    let folder = project.events_folder(machine);
    let mut expectations: Vec<PathBuf> = std::fs::read_dir(&folder)
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.file_name().is_some_and(|name| name.to_string_lossy().ends_with(EXPECTATION)))
        .collect();
    // By the names of the cases: `buy` before `buy-twice`.
    expectations.sort_by_key(|path| path.to_string_lossy().strip_suffix(EXPECTATION).map(str::to_owned));
    let mut default: Option<PathBuf> = None;
    for path in expectations {
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) => {
                let source = Source::new(path.display().to_string(), "");
                let problem = Diagnostic::error(FILE_MISSING, format!("The file can't be read: {error}."), 0..0, "");
                cases.problems.push((source, vec![problem]));
                continue;
            }
        };
        let source = Source::new(path.display().to_string(), text);
        let mut reader = Reader { project, machine, folder: &folder, problems: Problems::new(&source) };
        let case = reader.case(&path);
        let mut found = std::mem::take(&mut reader.problems.found);
        if let Some(case) = case {
            if case.expected.default {
                if let Some(first) = &default {
                    let mut problems = Problems::new(&source);
                    let message = format!("{} is the default already.", first.display());
                    problems.add(CONFLICT, "/default", message, "Leave it to one case of the machine.");
                    found.append(&mut problems.found);
                }
                default.get_or_insert_with(|| path.clone());
            }
            if found.is_empty() {
                cases.cases.push(case);
            }
        }
        if !found.is_empty() {
            cases.problems.push((source, found));
        }
    }
    cases.without = project.events(machine);
    cases.without.retain(|event| !event.with_extension(&EXPECTATION[1..]).is_file());
    cases
}

struct Reader<'r> {
    project: &'r Project,
    machine: &'r Machine,
    folder: &'r Path,
    problems: Problems<'r>,
}

impl Reader<'_> {
    fn case(&mut self, path: &Path) -> Option<Case> {
        let file = path.file_name()?.to_string_lossy().into_owned();
        let name = file.strip_suffix(EXPECTATION)?.to_owned();
        let input_path = self.folder.join(format!("{name}.json"));
        let input = self.input(&input_path, "");
        let expected = self.expected();
        Some(Case { machine: self.machine.name.clone(), name, input_path, input: input?, expected: expected? })
    }

    /// Reads an input; what is wrong with it is told at that place of the expectation.
    fn input(&mut self, path: &Path, pointer: &str) -> Option<Document> {
        let shown = path.display();
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) => {
                let message = format!("The input {shown} can't be read: {error}.");
                self.problems.add(FILE_MISSING, pointer, message, "An expectation stands beside its input.");
                return None;
            }
        };
        if text.len() > limits::MAX_PAYLOAD_BYTES {
            let message = format!("The input {shown} has {} bytes.", text.len());
            let cure = format!("Step Functions takes at most {}.", limits::MAX_PAYLOAD_BYTES);
            self.problems.add(INVALID_VALUE, pointer, message, &cure);
            return None;
        }
        match Document::parse(text.trim()) {
            Ok(document) => Some(document),
            Err(error) => {
                let message = format!("The input {shown} is not JSON: {error}.");
                self.problems.add(JSON_SYNTAX, pointer, message, "No execution can be started with it.");
                None
            }
        }
    }

    fn expected(&mut self) -> Option<Expected> {
        let value = match strict::parse(&self.problems.source.text) {
            Ok(value) => value,
            Err(error) => {
                let at = offset(&self.problems.source.text, error.line(), error.column());
                let problem = Diagnostic::error(JSON_SYNTAX, format!("This is not sound JSON: {error}."), at..at, "");
                self.problems
                    .found
                    .push(problem.with_help("JSON has no comments and no commas before a closing bracket."));
                return None;
            }
        };
        let root = At::root(&value);
        self.problems.object(&root, "an object")?;
        self.problems.only(&root, &FIELDS);
        let project = self.project;
        let stack = project.stack.as_ref()?;
        let status = self.status(&root);
        let expected = Expected {
            comment: self.text(&root, "comment"),
            default: root.get("default").and_then(|at| self.problems.boolean(&at)).unwrap_or(false),
            status: status.unwrap_or(Status::Succeeded),
            output: root.get("output").map(|at| at.value.clone()),
            error: self.error(&root),
            cause: self.text(&root, "cause"),
            states: self.states(&root),
            answer: self.word(&root, "answer", &Answer::ALL, Answer::name).unwrap_or(Answer::Approve),
            time: self.word(&root, "time", &[Pace::Skip, Pace::Real], pace_name).unwrap_or(Pace::Skip),
            environment: self.environment(&root, stack),
            parameters: self.parameters(&root, stack),
            before: self.before(&root),
            mock: root.get("mock").and_then(|at| self.mock(&at)),
            then: match root.get("then") {
                Some(at) => then::read(&mut self.problems, &at, stack),
                None => Then::default(),
            },
        };
        self.check_ending(&root, status?);
        Some(expected)
    }

    /// What is expected of the ending must be possible with that status.
    fn check_ending(&mut self, root: &At<'_>, status: Status) {
        let name = status.name();
        if status == Status::Succeeded {
            for field in ["error", "cause"] {
                if let Some(at) = root.get(field) {
                    let message = format!("An execution that ends as SUCCEEDED has no {field}.");
                    self.problems.add(CONFLICT, &at.pointer, message, "Correct the status, or remove the field.");
                }
            }
        } else if let Some(at) = root.get("output") {
            let message = format!("An execution that ends as {name} has no output.");
            self.problems.add(CONFLICT, &at.pointer, message, "Correct the status, or remove the field.");
        }
        if status == Status::Failed && root.get("error").is_none() {
            let message = "A failure is expected, but not which.";
            self.problems.add(
                INVALID_VALUE,
                "/status",
                message,
                "Add \"error\" with the error name, or null for none.",
            );
        }
    }

    fn status(&mut self, root: &At<'_>) -> Option<Status> {
        if root.get("status").is_none() {
            let cure = "Add \"status\": \"SUCCEEDED\", \"FAILED\", \"TIMED_OUT\" or \"ABORTED\".";
            self.problems.add(INVALID_VALUE, "", "The status is missing.", cure);
        }
        self.word(root, "status", &Status::ALL, Status::name)
    }

    fn error(&mut self, root: &At<'_>) -> Option<ErrorName> {
        let at = root.get("error")?;
        if at.value.is_null() {
            return Some(ErrorName::Absent);
        }
        self.problems.text(&at).map(|name| ErrorName::Is(name.to_owned()))
    }

    fn states(&mut self, root: &At<'_>) -> Option<Vec<String>> {
        let at = root.get("states")?;
        self.problems.array(&at, "an array of state names")?;
        let known = state_names(self.machine, false);
        let mut states = Vec::new();
        for state in at.elements() {
            if let Some(name) = self.problems.text(&state)
                && self.problems.knows(&state.pointer, "state", name, &known)
            {
                states.push(name.to_owned());
            }
        }
        Some(states)
    }

    fn environment(&mut self, root: &At<'_>, stack: &Stack) -> Vec<Override> {
        let mut overrides = Vec::new();
        let Some(at) = root.get("environment") else { return overrides };
        let programs: Vec<&str> = local::programs(stack).collect();
        self.problems.object(&at, "an object of functions by binary");
        for (program, variables) in at.members() {
            if !self.problems.knows(&variables.pointer, "function or container", program, &programs) {
                continue;
            }
            self.problems.object(&variables, "an object of variables");
            for (name, value) in variables.members() {
                if let Some(value) = self.problems.text(&value) {
                    overrides.push(Override {
                        function: Some(program.to_owned()),
                        name: name.to_owned(),
                        value: value.to_owned(),
                    });
                }
            }
        }
        overrides
    }

    fn parameters(&mut self, root: &At<'_>, stack: &Stack) -> BTreeMap<String, String> {
        let mut parameters = BTreeMap::new();
        let Some(at) = root.get("parameters") else { return parameters };
        let known: Vec<&str> = stack.parameters.keys().map(String::as_str).collect();
        self.problems.object(&at, "an object of parameters");
        for (name, value) in at.members() {
            if self.problems.knows(&value.pointer, "parameter", name, &known)
                && let Some(value) = self.problems.text(&value)
            {
                parameters.insert(name.to_owned(), value.to_owned());
            }
        }
        parameters
    }

    fn before(&mut self, root: &At<'_>) -> Vec<(PathBuf, Document)> {
        let mut before = Vec::new();
        let Some(at) = root.get("before") else { return before };
        self.problems.array(&at, "an array of inputs' file names");
        for file in at.elements() {
            let Some(name) = self.problems.text(&file) else { continue };
            let path = self.folder.join(name);
            let inputs = self.project.events(self.machine);
            if inputs.contains(&path) {
                before.extend(self.input(&path, &file.pointer).map(|input| (path, input)));
            } else {
                let names: Vec<_> = inputs.iter().filter_map(|path| path.file_name()?.to_str()).collect();
                let message = format!("There is no input {name} of this machine");
                self.problems.unknown(FILE_MISSING, &file.pointer, &message, name, &names);
            }
        }
        before
    }

    fn mock(&mut self, at: &At<'_>) -> Option<MockTable> {
        let tasks = state_names(self.machine, true);
        mock::read(&mut self.problems, at, &tasks)
    }

    fn text(&mut self, root: &At<'_>, name: &str) -> Option<String> {
        let at = root.get(name)?;
        self.problems.text(&at).map(str::to_owned)
    }

    fn word<T: Copy>(&mut self, root: &At<'_>, field: &str, all: &[T], name: impl Fn(T) -> &'static str) -> Option<T> {
        let at = root.get(field)?;
        self.problems.word(&at, all, name)
    }
}

/// The names of a machine's states, or of its Task states only.
fn state_names(machine: &Machine, tasks_only: bool) -> Vec<&str> {
    fn collect<'f>(flow: &'f Flow, tasks_only: bool, names: &mut Vec<&'f str>) {
        for state in &flow.states {
            if !tasks_only || matches!(state.kind, StateKind::Task(_)) {
                names.push(&state.name);
            }
            match &state.kind {
                StateKind::Parallel(parallel) => {
                    for branch in &parallel.branches {
                        collect(branch, tasks_only, names);
                    }
                }
                StateKind::Map(map) => collect(&map.processor, tasks_only, names),
                _ => {}
            }
        }
    }
    let mut names = Vec::new();
    if let Some(machine) = &machine.compiled {
        collect(&machine.flow, tasks_only, &mut names);
    }
    names
}

/// What a pace is called, in a case and on the command line.
pub(crate) fn pace_name(pace: Pace) -> &'static str {
    match pace {
        Pace::Real => "real",
        Pace::Skip => "skip",
    }
}

/// The byte at that line and column, both from 1, as `serde_json` counts them (columns in bytes).
fn offset(text: &str, line: usize, column: usize) -> usize {
    let before: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    (before + column.saturating_sub(1)).min(text.len())
}
