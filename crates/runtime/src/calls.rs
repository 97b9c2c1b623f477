//! Tasks that are being done.

use std::sync::Arc;

use machine::{Document, Input, Resource, TaskCall, TaskId};
use tokio::sync::oneshot;

use crate::activities::ActivityTask;
use crate::driver::Runtime;
use crate::execution::{ExecutionHandle, RunningTask};
use crate::task::{Answer, Job, TaskContext};

impl Runtime {
    /// Has a task done, and gives the execution what comes of it.
    pub(crate) fn call(&self, execution: &Arc<ExecutionHandle>, call: TaskCall, started_at_millis: i64) {
        self.have_done(execution, call, started_at_millis, Errand::New);
    }

    /// Has a task done that a process which died had begun, or was about to.
    pub(crate) fn call_again(
        &self,
        execution: &Arc<ExecutionHandle>,
        call: TaskCall,
        started_at_millis: i64,
        submitted: Option<Document>,
    ) {
        let errand = submitted.map_or(Errand::Again, Errand::Submitted);
        self.have_done(execution, call, started_at_millis, errand);
    }

    /// Waits for the answer to a task's token, which is known; nothing is under way here.
    pub(crate) fn await_token(execution: &Arc<ExecutionHandle>, task: TaskId, token: Arc<str>) {
        execution.tasks().insert(task, RunningTask { token: Some(token), doing: None });
    }

    fn have_done(&self, execution: &Arc<ExecutionHandle>, call: TaskCall, started_at_millis: i64, errand: Errand) {
        let task = call.task;
        let token = call.token.clone();
        // That of a task that is taken up again is known already, and may have been used.
        if let (Some(token), Errand::New) = (&token, &errand) {
            self.shared.tokens.register(token.clone(), execution.clone(), task);
        }
        let for_workers = match &call.resource {
            Resource::Activity { arn } => Some((arn.clone(), call.parameters.clone())),
            _ => None,
        };
        let again = !matches!(errand, Errand::New);
        let context = TaskContext { identity: execution.identity.clone(), started_at_millis, again };
        let queued_as = token.clone();
        let (runtime, owner, busy) = (self.clone(), execution.clone(), self.busy());
        let (go, gate) = oneshot::channel::<()>();
        let doing = tokio::spawn(async move {
            // Not before the task is on the list of those that can be given up.
            let _ = gate.await;
            let has_token = call.token.is_some();
            let mut busy = Some(busy);
            let handler = &runtime.shared.handler;
            let (answer, was_submitted) = match errand {
                Errand::New | Errand::Again => (handler.handle(call, context).await, false),
                Errand::Submitted(output) => (handler.resume(call, context, output).await, true),
            };
            let input = match answer {
                Answer::Ended(outcome) => Some(Input::TaskEnded { task, outcome }),
                Answer::Submitted(_) if was_submitted => None,
                Answer::Submitted(output) => Some(Input::TaskSubmitted { task, output }),
                Answer::Job(Job { submitted, end, works }) => {
                    // It is on record already for a task that is taken up again.
                    if !was_submitted {
                        runtime.submit(&owner, Input::TaskSubmitted { task, output: submitted });
                    }
                    if !works {
                        busy = None;
                    }
                    let (outcome, held) = end.await;
                    busy = busy.or(held);
                    Some(Input::TaskEnded { task, outcome })
                }
                Answer::Queued => {
                    if let (Some((arn, input)), Some(token)) = (for_workers, queued_as) {
                        runtime.shared.activities.push(&arn, ActivityTask { token, input }, &runtime.shared.tokens);
                    }
                    None
                }
            };
            let over = matches!(input, Some(Input::TaskEnded { .. }));
            if over || !has_token {
                let ended = owner.tasks().remove(&task);
                if let Some(token) = ended.and_then(|running| running.token) {
                    runtime.shared.tokens.retire(&token);
                }
            }
            if let Some(input) = input {
                runtime.submit(&owner, input);
            }
            drop(busy);
        });
        execution.tasks().insert(task, RunningTask { token, doing: Some(doing) });
        // The task may only be gone if the runtime is shutting down.
        let _ = go.send(());
    }
}

/// What is known of a task that is to be done.
enum Errand {
    /// Nobody has done it before.
    New,
    /// A process that died may have done it.
    Again,
    /// Its request was answered so, and what it began is waited for.
    Submitted(Document),
}
