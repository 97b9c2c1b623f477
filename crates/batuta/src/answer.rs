//! Answering what a workflow asks people.

use std::io::BufRead as _;
use std::sync::Arc;

use aws::Mail;
use local::Link;
use tokio::sync::mpsc;

use crate::cli::Answer;
use crate::output::tell;
use crate::render::progress::Progress;
use crate::render::style::Style;

/// Answers the mails of a run until their channel closes.
pub(crate) async fn attend(answer: Answer, mut mails: mpsc::UnboundedReceiver<Arc<Mail>>, progress: Arc<Progress>) {
    let style = Style::stderr();
    while let Some(mail) = mails.recv().await {
        let links = local::links(&mail.body);
        if links.is_empty() {
            progress.note(&format!("    {} {}: {}", style.link("✉"), title(&mail), style.dim(&gist(&mail.body))));
            continue;
        }
        let chosen = match answer {
            Answer::Nobody => {
                progress.note(&format!("    {} nobody answers: {}", style.link("✉"), title(&mail)));
                continue;
            }
            Answer::Approve | Answer::Reject => {
                let wanted = if answer == Answer::Approve { "approve" } else { "reject" };
                let Some(link) = local::choose(&links, wanted) else {
                    progress.note(&format!("    {} no link to {wanted} in: {}", style.bad("✗"), title(&mail)));
                    continue;
                };
                progress.note(&format!("    {} {}: {}", style.link("✉"), title(&mail), style.bold(&link.label)));
                link.clone()
            }
            Answer::Ask => {
                let Some(link) = ask(&mail, links, style).await else {
                    progress.note(&format!(
                        "    {} nobody to ask: standard input is closed; choose with --answer approve or --answer reject",
                        style.bad("✗")
                    ));
                    continue;
                };
                link
            }
        };
        if let Err(error) = local::follow(&chosen.url).await {
            progress.note(&format!("    {} {error}", style.bad("✗")));
        }
    }
}

/// What a message says in one line: its `message`, when it is JSON that has one.
fn gist(body: &str) -> String {
    const LENGTH: usize = 100;
    let message = serde_json::from_str::<serde_json::Value>(body)
        .ok()
        .and_then(|body| body.get("message")?.as_str().map(str::to_owned));
    let line = message.unwrap_or_else(|| body.lines().next().unwrap_or_default().to_owned());
    if line.chars().count() <= LENGTH { line } else { line.chars().take(LENGTH).collect::<String>() + "…" }
}

fn title(mail: &Mail) -> &str {
    &mail.subject
}

/// Shows a mail and reads a choice from standard input. None: there is nobody.
async fn ask(mail: &Mail, links: Vec<Link>, style: Style) -> Option<Link> {
    let shown = mail.body.lines().filter(|line| !links.iter().any(|link| line.contains(&link.url)));
    let text = shown.map(|line| format!("    │ {line}")).collect::<Vec<_>>().join("\n");
    let choices: Vec<String> = links.iter().map(|link| link.label.to_lowercase()).collect();
    tell!("    {} {}\n{}", style.link("✉"), style.bold(title(mail)), text.trim_end_matches(['\n', ' ', '│']));
    let question = format!("    {} ", style.bold(&format!("{}?", choices.join(" or "))));
    // Standard input is read on a thread of its own: a read can't be cancelled.
    tokio::task::spawn_blocking(move || {
        let stdin = std::io::stdin();
        loop {
            crate::output::err(format_args!("{question}"));
            let mut line = String::new();
            if stdin.lock().read_line(&mut line).ok()? == 0 {
                return None;
            }
            let word = line.trim().to_lowercase();
            let mut meant =
                links.iter().filter(|link| !word.is_empty() && link.label.to_lowercase().starts_with(&word));
            if let (Some(link), None) = (meant.next(), meant.next()) {
                return Some(link.clone());
            }
            tell!("    please type {}", choices.join(" or "));
        }
    })
    .await
    .ok()
    .flatten()
}
