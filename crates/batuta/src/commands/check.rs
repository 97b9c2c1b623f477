//! `batuta check`

use super::project;
use crate::cli::Check;
use crate::fault::{Fault, WRONG_USE};
use crate::render::style::Style;

/// Draws every problem of the template and its definitions.
pub(crate) fn check(check: &Check) -> Result<u8, Fault> {
    let project = project::read(&check.project)?;
    let (errors, warnings) = project::draw_problems(&project, true);
    let style = Style::stdout();
    let files = 1 + project.machines.len();
    let summary = format!("{files} files checked: {errors} errors, {warnings} warnings");
    if errors > 0 || !project.is_sound() {
        println!("{} {summary}", style.bad("✗"));
        return Ok(WRONG_USE);
    }
    println!("{} {summary}", style.good("✓"));
    Ok(0)
}
