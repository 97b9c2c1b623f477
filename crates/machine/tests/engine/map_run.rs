//! What the door does for distributed Maps: children are run to their ends at once, objects come from the script.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::fmt::Write as _;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use machine::items::{Fetch, Item, ListedObject, Reader, TransferError};
use machine::{ChildStart, Command, Execution, Input, Outcome, ReadItems, TaskOutcome, WriteResults};

use crate::door::{Reply, Script, identity};

pub(crate) fn show(history: &mut String, child: &ChildStart, after: SignedDuration) {
    writeln!(history, "  ! {:>5.3}s child {} starts with {}", after.as_secs_f64(), child.child, child.input)
        .expect("a string");
}

/// The answer to a request for items.
pub(crate) fn read(objects: &HashMap<&'static str, &'static str>, read: &ReadItems) -> Input {
    match items(objects, read) {
        Ok(items) => Input::ItemsRead { map_run: read.map_run, items },
        Err(TransferError { error, cause }) => Input::TransferFailed { map_run: read.map_run, error, cause },
    }
}

fn items(objects: &HashMap<&'static str, &'static str>, read: &ReadItems) -> Result<Arc<[Item]>, TransferError> {
    let mut reader = Reader::new(read)?;
    while let Some(fetch) = reader.next_fetch() {
        match fetch {
            Fetch::Object { bucket, key, .. } => {
                let body = objects.get(&*format!("{bucket}/{key}"));
                reader.object(body.ok_or_else(|| TransferError::reader("The object is missing."))?.as_bytes())?;
            }
            Fetch::List { bucket, prefix } => {
                let prefix = format!("{bucket}/{}", prefix.as_deref().unwrap_or_default());
                let mut found: Vec<_> = objects.iter().filter(|(place, _)| place.starts_with(&prefix)).collect();
                found.sort_unstable();
                let listed = found.into_iter().map(|(place, body)| ListedObject {
                    key: place[bucket.len() + 1..].into(),
                    etag: "\"0\"".into(),
                    last_modified_seconds: 1_700_000_000,
                    size: body.len() as u64,
                    storage_class: "STANDARD".into(),
                });
                reader.listed(listed.collect());
            }
        }
    }
    Ok(reader.finish())
}

/// The answer to a request to write; a bucket called `broken` takes nothing.
pub(crate) fn written(write: &WriteResults) -> Input {
    let map_run = write.map_run;
    if &*write.bucket == "broken" {
        let TransferError { error, cause } = TransferError::writer("The bucket is broken.");
        return Input::TransferFailed { map_run, error, cause };
    }
    Input::ResultsWritten { map_run }
}

/// The end of a child, and after how many seconds it comes. None: it never comes.
pub(crate) fn run_child(script: &mut Script, child: &ChildStart, at: Timestamp) -> Option<(i64, Input)> {
    let identity = Arc::new(child.identity(&identity()));
    let mut execution = Execution::new(child.processor.machine().clone(), identity, child.input.clone());
    let mut now = at;
    let mut inputs = VecDeque::from([Input::Start]);
    let mut timers = BTreeMap::new();
    loop {
        let input = inputs.pop_front().or_else(|| {
            let (at, timer) = timers.iter().map(|(timer, at)| (*at, *timer)).min()?;
            timers.remove(&timer);
            now = now.max(at);
            Some(Input::TimerFired { timer })
        })?;
        for command in execution.apply(input, now).commands {
            match command {
                Command::Call(call) => {
                    let mut reply = script.replies.get_mut(&*call.state)?.pop_front()?;
                    while let Reply::After(seconds, next) = reply {
                        now += SignedDuration::from_secs(seconds);
                        reply = *next;
                    }
                    let outcome = match reply {
                        Reply::Success(output) => TaskOutcome::Succeeded(output.into()),
                        Reply::Failure(error, cause) => {
                            TaskOutcome::Failed { error: Some(error.into()), cause: Some(cause.into()) }
                        }
                        _ => return None,
                    };
                    inputs.push_back(Input::TaskEnded { task: call.task, outcome });
                }
                Command::Arm { timer, at } => _ = timers.insert(timer, at),
                Command::Disarm { timer } => _ = timers.remove(&timer),
                Command::Continue => inputs.push_back(Input::Continue),
                Command::StartChild(grandchild) => {
                    let (_, ended) = run_child(script, &grandchild, now)?;
                    inputs.push_back(ended);
                }
                Command::Finish(outcome) => return Some(ended(child, outcome, now.duration_since(at))),
                Command::Abort { .. } | Command::AbortChild { .. } | Command::RedriveChild { .. } => {}
                Command::ReadItems(_) | Command::WriteResults(_) => return None,
            }
        }
    }
}

fn ended(child: &ChildStart, outcome: Outcome, after: SignedDuration) -> (i64, Input) {
    (after.as_secs(), Input::ChildEnded { map_run: child.map_run, child: child.child, outcome })
}
