//! `batuta check`

use diagnostic::Diagnostic;
use local::Project;
use workbench::permissions;

use super::project;
use crate::cli::Check;
use crate::fault::{Fault, WRONG_USE};
use crate::output::say;
use crate::render::style::Style;

/// Draws every problem of the template and its definitions.
pub(crate) fn check(check: &Check) -> Result<u8, Fault> {
    let mut project = project::read(&check.project)?;
    project.problems.extend(permission_problems(&project));
    let (errors, warnings) = project::draw_problems(&project, true);
    let style = Style::stdout();
    let files = 1 + project.machines.len();
    let summary = format!("{files} files checked: {errors} errors, {warnings} warnings");
    if errors > 0 || !project.is_sound() {
        say!("{} {summary}", style.bad("✗"));
        return Ok(WRONG_USE);
    }
    say!("{} {summary}", style.good("✓"));
    Ok(0)
}

/// Where the roles of the state machines differ from what their definitions do. A local run checks no permissions; AWS does.
fn permission_problems(project: &Project) -> Vec<Diagnostic> {
    let Some(stack) = &project.stack else { return Vec::new() };
    let sound = project.machines.iter().filter(|machine| machine.compiled.is_some());
    let definitions =
        sound.filter_map(|machine| Some((&machine.resource, serde_json::from_str(&machine.substituted).ok()?)));
    definitions.flat_map(|(resource, definition)| permissions::diagnose(stack, resource, &definition)).collect()
}
