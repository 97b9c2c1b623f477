//! `batuta list`

use serde_json::json;

use super::project;
use crate::cli::List;
use crate::fault::{Fault, WRONG_USE};
use crate::output::say;
use crate::render::style::Style;

/// Lists state machines with their events, and functions.
pub(crate) fn list(list: &List) -> Result<u8, Fault> {
    let project = project::read(&list.project)?;
    let Some(stack) = &project.stack else { return Err(project::unsound(&project)) };
    if list.json {
        let machines: Vec<_> = project
            .machines
            .iter()
            .map(|machine| {
                json!({
                    "name": machine.name,
                    "logicalId": machine.resource.logical_id,
                    "stateMachineArn": machine.resource.arn,
                    "type": machine.resource.kind,
                    "definition": &*machine.definition.name,
                    "events": project.events(machine).iter().map(|path| path.display().to_string()).collect::<Vec<_>>(),
                })
            })
            .collect();
        let functions: Vec<_> = stack
            .functions
            .iter()
            .map(|function| {
                json!({
                    "name": function.binary,
                    "logicalId": function.logical_id,
                    "functionArn": function.arn,
                    "timeout": function.timeout_seconds,
                    "memorySize": function.memory_mb,
                })
            })
            .collect();
        say!("{:#}", json!({"stateMachines": machines, "functions": functions}));
    } else {
        let style = Style::stdout();
        say!("{}", style.bold("State machines"));
        for machine in &project.machines {
            say!("  {}  {}", machine.name, style.dim(&machine.definition.name));
            for event in project.events(machine) {
                say!("    {}", style.dim(&event.display().to_string()));
            }
        }
        say!("{}", style.bold("Functions"));
        let width = stack.functions.iter().map(|function| function.binary.len()).max().unwrap_or_default();
        for function in &stack.functions {
            let about = format!("{}, {} s, {} MB", function.logical_id, function.timeout_seconds, function.memory_mb);
            say!("  {:width$}  {}", function.binary, style.dim(&about));
        }
    }
    if project.is_sound() {
        return Ok(0);
    }
    project::draw_problems(&project, false);
    Ok(WRONG_USE)
}
