//! A template and the definitions that it names, read and checked.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use asl::{Features, Parsed, Substitutions, parse};
use diagnostic::{Diagnostic, Source};
use sam::Settings;
use sam::stack::{Definition, Stack, StateMachine, StateMachineType};

/// The stack's name when none is given; `samconfig.toml` deploys under the same.
const STACK_NAME: &str = "batuta";

/// How the file's name ends that says what must come of the input beside it: `buy.expect.json` stands beside `buy.json`.
pub const EXPECTATION: &str = ".expect.json";

/// What the engine runs of the parts of the language that can be refused by name.
const FEATURES: Features = Features { jsonata: true, variables: true, distributed_map: true };

/// A template with everything it names.
#[derive(Debug)]
pub struct Project {
    /// The folder of the template: the workspace whose binaries the functions are.
    pub folder: PathBuf,
    /// The template.
    pub template: Source,
    /// What it comes to; none when the text is no template at all.
    pub stack: Option<Stack>,
    /// The problems of the template.
    pub problems: Vec<Diagnostic>,
    /// The state machines.
    pub machines: Vec<Machine>,
}

/// A state machine of the template.
#[derive(Debug)]
pub struct Machine {
    /// What it is called on the command line: the name of its definition's file without `.asl.json`, or its logical ID.
    pub name: String,
    /// Its resource in the stack.
    pub resource: StateMachine,
    /// The definition's text.
    pub definition: Source,
    /// The definition with its substitutions made, as executions record it.
    pub substituted: Arc<str>,
    /// The compiled definition; none when it has errors.
    pub compiled: Option<Arc<asl::model::StateMachine>>,
    /// The problems of the definition.
    pub problems: Vec<Diagnostic>,
}

/// Why a project could not be looked at.
#[derive(Debug, thiserror::Error)]
pub enum ProjectError {
    /// A file can't be read.
    #[error("{} can't be read: {error}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
}

impl Project {
    /// Reads a template and the definitions it names. `endpoint` is where the embedded services will listen, if that is
    /// known already.
    pub fn read(
        template: &Path,
        parameters: &BTreeMap<String, String>,
        endpoint: Option<&str>,
    ) -> Result<Self, ProjectError> {
        let text = std::fs::read_to_string(template)
            .map_err(|error| ProjectError::Unreadable { path: template.to_owned(), error })?;
        let folder = match template.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
            // Joining to the empty path leaves the paths that are shown as the template has them.
            _ => PathBuf::new(),
        };
        let template = Source::new(template.display().to_string(), text);
        let settings = Settings {
            endpoint: endpoint.map(str::to_owned),
            parameters: parameters.clone(),
            ..Settings::new(STACK_NAME)
        };
        let read = sam::read(&template, &settings);
        let mut problems = read.diagnostics;
        let mut machines = Vec::new();
        for resource in read.stack.iter().flat_map(|stack| &stack.state_machines) {
            match machine(&folder, resource) {
                Ok(machine) => machines.push(machine),
                Err(problem) => problems.push(problem),
            }
        }
        if let Some(stack) = &read.stack {
            problems.extend(missing_binaries(&folder, stack));
        }
        Ok(Self { folder, template, stack: read.stack, problems, machines })
    }

    /// Whether nothing keeps the project from running.
    pub fn is_sound(&self) -> bool {
        self.stack.is_some()
            && !self.problems.iter().any(Diagnostic::is_error)
            && self.machines.iter().all(|machine| machine.compiled.is_some())
    }

    /// The state machine of that name: the command line's, the logical ID, the name on AWS, or the ARN.
    pub fn machine(&self, name: &str) -> Option<&Machine> {
        self.machines.iter().find(|machine| machine.name == name).or_else(|| {
            self.machines.iter().find(|machine| {
                let resource = &machine.resource;
                [&resource.logical_id, &resource.name, &resource.arn].into_iter().any(|known| known == name)
            })
        })
    }

    /// The folder of a state machine's inputs, whether it is there or not.
    pub fn events_folder(&self, machine: &Machine) -> PathBuf {
        self.folder.join("events").join(&machine.name)
    }

    /// The inputs that lie ready for a state machine, in the order of their names; what is expected of them
    /// ([`EXPECTATION`]) is not among them.
    pub fn events(&self, machine: &Machine) -> Vec<PathBuf> {
        let Ok(entries) = std::fs::read_dir(self.events_folder(machine)) else { return Vec::new() };
        let mut events: Vec<_> = entries
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|path| {
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                name.ends_with(".json") && !name.ends_with(EXPECTATION)
            })
            .collect();
        events.sort();
        events
    }

    /// The input that is taken when none is named: the one whose expectation says `"default": true`, else the first.
    pub fn default_event(&self, machine: &Machine) -> Option<PathBuf> {
        let mut events = self.events(machine);
        let chosen = events.iter().position(|event| is_default(event)).unwrap_or(0);
        (!events.is_empty()).then(|| events.swap_remove(chosen))
    }
}

/// Whether the expectation beside an input makes it the default. One that can't be read makes nothing the default here;
/// whoever runs the cases says what is wrong with it.
fn is_default(event: &Path) -> bool {
    let text = std::fs::read_to_string(event.with_extension(&EXPECTATION[1..])).unwrap_or_default();
    serde_json::from_str::<serde_json::Value>(&text).is_ok_and(|expectation| expectation["default"] == true)
}

fn machine(folder: &Path, resource: &StateMachine) -> Result<Machine, Diagnostic> {
    let pointer = format!("/Resources/{}/Properties", resource.logical_id);
    let (name, definition) = match &resource.definition {
        Some(Definition::File { uri, span }) => {
            let path = folder.join(uri);
            let text = std::fs::read_to_string(&path).map_err(|error| {
                Diagnostic::error(
                    "TEMPLATE_DEFINITION_UNREADABLE",
                    format!("The definition {} can't be read: {error}.", path.display()),
                    span.clone(),
                    format!("{pointer}/DefinitionUri"),
                )
                .with_help("DefinitionUri is a path from the template's folder.")
            })?;
            let file = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
            let name = [".asl.json", ".asl", ".json"]
                .iter()
                .find_map(|suffix| file.strip_suffix(suffix))
                .unwrap_or(&file)
                .to_owned();
            (name, Source::new(path.display().to_string(), text))
        }
        Some(Definition::Text { text, .. }) => (
            resource.logical_id.clone(),
            Source::new(format!("{} (in the template)", resource.logical_id), text.clone()),
        ),
        Some(Definition::Inline { value, .. }) => {
            let text = serde_json::to_string_pretty(value).unwrap_or_default();
            (resource.logical_id.clone(), Source::new(format!("{} (in the template)", resource.logical_id), text))
        }
        None => {
            return Err(Diagnostic::error(
                "TEMPLATE_DEFINITION_UNREADABLE",
                "The state machine has no definition.",
                resource.span.clone(),
                pointer,
            )
            .with_help("Give it a DefinitionUri."));
        }
    };
    let values: HashMap<String, String> =
        resource.substitutions.iter().map(|(name, substitution)| (name.clone(), substitution.value.clone())).collect();
    let substituted = substitute(&definition.text, &values);
    let options = asl::Options {
        substitutions: Substitutions::Values(values),
        features: FEATURES,
        express: resource.kind == StateMachineType::Express,
    };
    let Parsed { machine: compiled, diagnostics: problems } = parse(&definition.text, &options);
    Ok(Machine { name, resource: resource.clone(), definition, substituted: substituted.into(), compiled, problems })
}

/// The text with each known `${Name}` replaced, its value escaped as a JSON string's content is.
fn substitute(text: &str, values: &HashMap<String, String>) -> String {
    values.iter().fold(text.to_owned(), |text, (name, value)| {
        let escaped = serde_json::Value::from(value.as_str()).to_string();
        text.replace(&format!("${{{name}}}"), &escaped[1..escaped.len() - 1])
    })
}

/// Functions whose package is not in the workspace.
fn missing_binaries(folder: &Path, stack: &Stack) -> Vec<Diagnostic> {
    if !folder.join("Cargo.toml").is_file() {
        return Vec::new();
    }
    let packages: Vec<String> = std::fs::read_dir(folder.join("functions"))
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.file_name().to_string_lossy().into_owned()))
        .collect();
    if packages.is_empty() {
        // Another layout: cargo will say what it doesn't find.
        return Vec::new();
    }
    stack
        .functions
        .iter()
        .filter(|function| !packages.contains(&function.binary))
        .map(|function| {
            let near = diagnostic::closest(&function.binary, packages.iter().map(String::as_str));
            let problem = Diagnostic::error(
                "TEMPLATE_BINARY_MISSING",
                format!("There is no package functions/{} with the function's binary.", function.binary),
                function.span.clone(),
                format!("/Resources/{}/Metadata/BuildProperties/Binary", function.logical_id),
            );
            match near {
                Some(near) => problem.with_help(format!("Did you mean {near}?")),
                None => problem.with_help("Metadata.BuildProperties.Binary names the Cargo binary."),
            }
        })
        .collect()
}
