//! `batuta draw`

use std::path::Path;

use super::project;
use crate::cli::Draw;
use crate::fault::Fault;
use crate::output::tell;
use crate::render::style::Style;

/// Draws state machines as SVG: one on standard output, or each into a file of a folder.
pub(crate) fn draw(draw: &Draw) -> Result<u8, Fault> {
    let project = project::read(&draw.project)?;
    let machines: Vec<_> = match &draw.machine {
        Some(name) => vec![project::machine(&project, name)?],
        None => project.machines.iter().collect(),
    };
    if machines.iter().any(|machine| machine.compiled.is_none()) {
        return Err(project::unsound(&project));
    }
    let drawn = machines.iter().filter_map(|machine| {
        let compiled = machine.compiled.as_ref()?;
        Some((&machine.name, workbench::drawing::svg(compiled, &machine.name)))
    });
    let Some(folder) = &draw.output else {
        let [(_, picture)] = &drawn.collect::<Vec<_>>()[..] else {
            return Err(Fault::wrong_use("several pictures don't fit on standard output")
                .with_help("name one state machine, or give a folder with --output"));
        };
        crate::output::out(format_args!("{picture}"));
        return Ok(0);
    };
    std::fs::create_dir_all(folder).map_err(|error| unwritable(folder, &error))?;
    for (name, picture) in drawn {
        let path = folder.join(format!("{name}.svg"));
        std::fs::write(&path, picture).map_err(|error| unwritable(&path, &error))?;
        tell!("{} {}", Style::stderr().good("✓"), path.display());
    }
    Ok(0)
}

fn unwritable(path: &Path, error: &std::io::Error) -> Fault {
    Fault::wrong_use(format_args!("{} can't be written: {error}", path.display()))
}
