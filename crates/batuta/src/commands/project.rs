//! Finding and reading the project that a command is about.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use diagnostic::Diagnostic;
use local::{Machine, Project};

use crate::cli;
use crate::fault::{Fault, WRONG_USE};
use crate::output::tell;
use crate::render::diagnostics;

/// The names that SAM itself looks for.
const TEMPLATES: [&str; 3] = ["template.yaml", "template.yml", "template.json"];

/// The template: the one named, or the first found here and in the folders above.
pub(crate) fn template(project: &cli::Project) -> Result<PathBuf, Fault> {
    if let Some(template) = &project.template {
        return if template.is_file() {
            Ok(template.clone())
        } else {
            Err(Fault::wrong_use(format_args!("there is no template {}", template.display())))
        };
    }
    let here = std::env::current_dir()
        .map_err(|error| Fault::wrong_use(format_args!("the current folder can't be read: {error}")))?;
    for folder in here.ancestors() {
        for name in TEMPLATES {
            let candidate = folder.join(name);
            if candidate.is_file() {
                // A path from here is shorter to read than an absolute one.
                return Ok(candidate.strip_prefix(&here).map(Path::to_owned).unwrap_or(candidate));
            }
        }
    }
    Err(Fault::wrong_use("there is no template.yaml here or in the folders above")
        .with_help("go to the project's folder, or name the template with --template FILE"))
}

/// The template's parameters as given on the command line.
pub(crate) fn parameters(project: &cli::Project) -> BTreeMap<String, String> {
    project.parameters.iter().cloned().collect()
}

/// Reads the project, whatever its state.
pub(crate) fn read(project: &cli::Project) -> Result<Project, Fault> {
    Project::read(&template(project)?, &parameters(project), None).map_err(Fault::wrong_use)
}

/// The folder that keeps what runs leave behind.
pub(crate) fn data_folder(template: &Path) -> PathBuf {
    template.parent().unwrap_or(Path::new("")).join(".batuta")
}

/// The journal of `batuta run`.
pub(crate) fn runs(data_folder: &Path) -> PathBuf {
    data_folder.join("runs.db")
}

/// Draws every problem on standard error; says how many errors and warnings there were.
pub(crate) fn draw_problems(project: &Project, warnings_too: bool) -> (usize, usize) {
    let definitions = project.machines.iter().map(|machine| (&machine.definition, &machine.problems));
    let (mut errors, mut warnings) = (0, 0);
    for (source, problems) in std::iter::once((&project.template, &project.problems)).chain(definitions) {
        for problem in problems {
            if problem.is_error() {
                errors += 1;
            } else {
                warnings += 1;
            }
            if problem.is_error() || warnings_too {
                tell!("{}", diagnostics::draw(source, problem));
            }
        }
    }
    (errors, warnings)
}

/// The fault of a project with errors, which are drawn.
pub(crate) fn unsound(project: &Project) -> Fault {
    let (errors, _) = draw_problems(project, false);
    let first = project
        .problems
        .iter()
        .chain(project.machines.iter().flat_map(|machine| &machine.problems))
        .find(|problem| problem.is_error())
        .map_or("", |problem: &Diagnostic| problem.code);
    Fault {
        status: WRONG_USE,
        message: format!("{errors} error{} in the project's files", if errors == 1 { "" } else { "s" }),
        help: (!first.is_empty()).then(|| format!("docs/errors/{first}.md explains the first")),
    }
}

/// The state machine of that name, or a fault that lists what there is.
pub(crate) fn machine<'p>(project: &'p Project, name: &str) -> Result<&'p Machine, Fault> {
    project.machine(name).ok_or_else(|| {
        let names: Vec<_> = project.machines.iter().map(|machine| machine.name.as_str()).collect();
        let help = match diagnostic::closest(name, names.iter().copied()) {
            Some(near) => format!("did you mean {near}?"),
            None => format!("{} has: {}", project.template.name, names.join(", ")),
        };
        Fault::wrong_use(format_args!("there is no state machine {name}")).with_help(help)
    })
}
