//! Runs the state: what it asks for is done here, with nothing recorded.

use std::collections::{BTreeMap, VecDeque};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use machine::{Command, ErrorCause, Execution, Input, Inspection, Outcome, TaskCall, TaskId, TaskOutcome, TimerId};
use runtime::{Answer, Pace, Runtime, TaskContext};

/// A task that is being done.
type Doing = Pin<Box<dyn Future<Output = (TaskId, TaskOutcome)> + Send>>;

/// Runs the state to its end: what came of it, and what was seen on the way. A mocked task ends as its mock says; any other
/// is done by the runtime's handler.
pub(super) async fn run(runtime: &Runtime, execution: Execution, mocked: Option<TaskOutcome>) -> (Outcome, Inspection) {
    // Other executions don't skip time while this one runs.
    let _busy = runtime.busy();
    let execution = if mocked.is_none() { execution.with_preflight(runtime.preflight().clone()) } else { execution };
    let mut test = Test {
        runtime,
        execution,
        mocked,
        now: runtime.now(),
        timers: BTreeMap::new(),
        doing: None,
        inputs: VecDeque::from([Input::Start]),
    };
    let end = test.run().await;
    (end, test.execution.inspection().unwrap_or_default())
}

struct Test<'r> {
    runtime: &'r Runtime,
    execution: Execution,
    mocked: Option<TaskOutcome>,
    now: Timestamp,
    timers: BTreeMap<TimerId, Timestamp>,
    doing: Option<Doing>,
    inputs: VecDeque<Input>,
}

impl Test<'_> {
    async fn run(&mut self) -> Outcome {
        loop {
            while let Some(input) = self.inputs.pop_front() {
                for command in self.execution.apply(input, self.now).commands {
                    self.act(command);
                }
            }
            if let Some(outcome) = self.execution.outcome() {
                return outcome.clone();
            }
            // One of them ends the execution after the five minutes that an Express one has.
            let next = self.timers.iter().min_by_key(|(_, at)| **at).map(|(timer, at)| (*timer, *at));
            let Some((timer, at)) = next else { return Outcome::Aborted(ErrorCause::default()) };
            if self.until(at).await {
                self.timers.remove(&timer);
                self.inputs.push_back(Input::TimerFired { timer });
            }
        }
    }

    /// Waits until then, or (false) until the task is over before.
    async fn until(&mut self, at: Timestamp) -> bool {
        let wait = Duration::try_from(at.duration_since(self.now)).unwrap_or_default();
        let over = if let Some(doing) = &mut self.doing {
            tokio::time::timeout(wait, doing).await.ok()
        } else {
            if self.runtime.pace() == Pace::Real {
                tokio::time::sleep(wait).await;
            }
            None
        };
        let Some((task, outcome)) = over else {
            self.now = at.max(self.now);
            return true;
        };
        self.doing = None;
        self.now = self.runtime.now().max(self.now);
        self.inputs.push_back(Input::TaskEnded { task, outcome });
        false
    }

    fn act(&mut self, command: Command) {
        match command {
            Command::Call(call) => match self.mocked.take() {
                Some(outcome) => self.inputs.push_back(Input::TaskEnded { task: call.task, outcome }),
                None => self.doing = Some(self.do_task(call)),
            },
            Command::Abort { .. } => self.doing = None,
            Command::Arm { timer, at } => _ = self.timers.insert(timer, at),
            Command::Disarm { timer } => _ = self.timers.remove(&timer),
            Command::Continue => self.inputs.push_back(Input::Continue),
            // A Map state by itself is mocked, so it asks for none of these.
            Command::ReadItems(_)
            | Command::StartChild(_)
            | Command::RedriveChild { .. }
            | Command::AbortChild { .. }
            | Command::WriteResults(_)
            | Command::Finish(_) => {}
        }
    }

    fn do_task(&self, call: TaskCall) -> Doing {
        let handler = self.runtime.handler().clone();
        let identity = self.execution.identity().clone();
        let context =
            TaskContext { identity, started_at_millis: self.execution.started_at().as_millisecond(), again: false };
        let task = call.task;
        Box::pin(async move {
            let outcome = match handler.handle(call, context).await {
                Answer::Ended(outcome) => outcome,
                // Such tasks are refused before.
                Answer::Submitted(_) | Answer::Job(_) | Answer::Queued => {
                    let cause: Arc<str> = "A test doesn't wait for what a task began: mock it.".into();
                    TaskOutcome::Impossible { cause }
                }
            };
            (task, outcome)
        })
    }
}
