//! The world around distributed Maps: their items are what the recorded test put into S3, and their children, whose
//! histories nobody recorded, are run to their ends.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use jiff::Timestamp;
use machine::items::{Fetch, Item, ListedObject, Reader, TransferError};
use machine::{
    ChildStart, Command, ErrorCause, Execution, Identity, Input, Outcome, ReadItems, Resource, TaskCall, TaskOutcome,
};
use serde_json::json;

use crate::bindings::Bindings;
use crate::case::Case;

/// S3 as the recorded test left it, and functions that answer with what they are given.
#[derive(Clone)]
pub(crate) struct World {
    objects: Arc<BTreeMap<(String, String), String>>,
}

impl World {
    pub(crate) fn of(case: &Case, bindings: &Bindings) -> Self {
        let puts = case.calls.iter().filter(|call| call.service == "s3" && call.method == "put_object");
        let objects = puts.filter_map(|call| {
            let text = |name: &str| call.params[name].as_str().map(|text| bindings.text(text));
            Some(((text("Bucket")?, text("Key")?), call.params["Body"].as_str()?.to_owned()))
        });
        Self { objects: Arc::new(objects.collect()) }
    }

    /// What comes of a map run's command.
    pub(crate) fn answer(&self, parent: &Identity, command: Command, at: Timestamp) -> Option<Input> {
        match command {
            Command::ReadItems(read) => Some(match self.read(&read) {
                Ok(items) => Input::ItemsRead { map_run: read.map_run, items },
                Err(TransferError { error, cause }) => Input::TransferFailed { map_run: read.map_run, error, cause },
            }),
            Command::WriteResults(write) => Some(Input::ResultsWritten { map_run: write.map_run }),
            Command::StartChild(start) => {
                let (map_run, child) = (start.map_run, start.child);
                Some(Input::ChildEnded { map_run, child, outcome: self.run(parent, start, at) })
            }
            _ => None,
        }
    }

    fn read(&self, read: &ReadItems) -> Result<Arc<[Item]>, TransferError> {
        let mut reader = Reader::new(read)?;
        while let Some(fetch) = reader.next_fetch() {
            match fetch {
                Fetch::Object { bucket, key, .. } => {
                    let body = self.objects.get(&(bucket.to_string(), key.to_string()));
                    let missing = || TransferError::reader(format!("There is no object {key} in bucket {bucket}."));
                    reader.object(body.ok_or_else(missing)?.as_bytes())?;
                }
                Fetch::List { bucket, prefix } => {
                    let prefix = prefix.as_deref().unwrap_or_default();
                    let of_bucket = self.objects.iter().filter(|((found, _), _)| **found == *bucket);
                    reader.listed(
                        of_bucket
                            .filter(|((_, key), _)| key.starts_with(prefix))
                            .map(|((_, key), body)| ListedObject {
                                key: key.as_str().into(),
                                etag: format!("\"{:032x}\"", body.len()).into(),
                                last_modified_seconds: 1_700_000_000,
                                size: body.len() as u64,
                                storage_class: "STANDARD".into(),
                            })
                            .collect(),
                    );
                }
            }
        }
        Ok(reader.finish())
    }

    /// Runs a child to its end. Time jumps to its next timer when nothing else happens.
    fn run(&self, parent: &Identity, start: ChildStart, at: Timestamp) -> Outcome {
        let identity = Arc::new(start.identity(parent));
        let mut execution = Execution::new(start.processor.machine().clone(), identity.clone(), start.input);
        let mut now = at;
        let mut inputs = VecDeque::from([Input::Start]);
        let mut timers = BTreeMap::new();
        loop {
            let input = inputs.pop_front().or_else(|| {
                let (at, timer) = timers.iter().map(|(timer, at)| (*at, *timer)).min()?;
                timers.remove(&timer);
                now = now.max(at);
                Some(Input::TimerFired { timer })
            });
            let Some(input) = input else {
                let cause = Some("It waits for something that nobody recorded.".into());
                return Outcome::Failed(ErrorCause { error: Some("Unrecorded".into()), cause });
            };
            for command in execution.apply(input, now).commands {
                match command {
                    Command::Call(call) => inputs.extend(echo(&call)),
                    Command::Arm { timer, at } => _ = timers.insert(timer, at),
                    Command::Disarm { timer } => _ = timers.remove(&timer),
                    Command::Continue => inputs.push_back(Input::Continue),
                    Command::Finish(outcome) => return outcome,
                    other => inputs.extend(self.answer(&identity, other, now)),
                }
            }
        }
    }
}

/// The answer of a function that answers with what it is given, as those of the recorded tests do. None: it is no function.
fn echo(call: &TaskCall) -> Option<Input> {
    let output = match &call.resource {
        Resource::Lambda { .. } => call.parameters.clone(),
        Resource::Service { service, .. } if &**service == "lambda" => {
            let payload = &call.parameters.value()["Payload"];
            json!({"ExecutedVersion": "$LATEST", "Payload": payload, "StatusCode": 200}).into()
        }
        _ => return None,
    };
    Some(Input::TaskEnded { task: call.task, outcome: TaskOutcome::Succeeded(output) })
}
