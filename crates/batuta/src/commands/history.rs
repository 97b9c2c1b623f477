//! `batuta history`

use journal::{Journal as _, SqliteJournal};
use serde_json::json;

use super::project;
use crate::cli::History;
use crate::fault::Fault;
use crate::output::{say, tell};
use crate::render;
use crate::render::style::Style;

/// Shows the history of an execution.
pub(crate) fn history(history: &History) -> Result<u8, Fault> {
    let template = project::template(&history.project)?;
    let folder = project::data_folder(&template);
    let (mut journals, mut unreadable) = (Vec::new(), Vec::new());
    for path in [project::runs(&folder), folder.join("journal.db")] {
        if path.is_file() {
            // One that can't be read does not hide what is in the other.
            match SqliteJournal::open(&path) {
                Ok(journal) => journals.push(journal),
                Err(error) => unreadable.push(error),
            }
        }
    }
    if let (true, Some(error)) = (journals.is_empty(), unreadable.first()) {
        return Err(Fault::wrong_use(error));
    }
    for error in unreadable {
        tell!("{} {error}", Style::stderr().bad("not looked at:"));
    }
    if journals.is_empty() {
        return Err(Fault::wrong_use("nothing was run here yet").with_help("try: batuta run <machine>"));
    }
    let mut summaries = Vec::new();
    for journal in &journals {
        summaries.extend(journal.summaries().map_err(Fault::failed)?.into_iter().map(|summary| (journal, summary)));
    }
    // Of runs and of a server, newest first.
    summaries.sort_by_key(|(_, summary)| std::cmp::Reverse(summary.started_at));
    let found = match &history.execution {
        None => summaries.first(),
        Some(name) => summaries.iter().find(|(_, summary)| {
            *summary.execution_name == **name
                || *summary.execution_arn == **name
                || (name.len() >= 6 && summary.execution_name.starts_with(name.as_str()))
        }),
    };
    let Some((journal, summary)) = found else {
        let recent: Vec<_> = summaries.iter().take(5).map(|(_, summary)| &*summary.execution_name).collect();
        return Err(Fault::wrong_use("there is no such execution")
            .with_help(format!("the last ones are: {}", recent.join(", "))));
    };
    let events = journal.history(&summary.execution_arn).map_err(Fault::failed)?;
    if history.json {
        say!("{:#}", json!({"events": events}));
    } else {
        say!("{}  {}", summary.execution_arn, summary.status);
        crate::output::out(format_args!("{}", render::history::table(&events)));
    }
    Ok(0)
}
