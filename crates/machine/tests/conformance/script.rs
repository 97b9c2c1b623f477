//! What a recorded history says of the world around the execution: the outcomes of tasks, and when time had to pass.

use std::collections::{BTreeSet, HashMap, VecDeque};

use serde_json::Value;

use crate::bindings::Bindings;
use crate::normalise::has_no_id;

/// What the world answered to one task, in order.
#[derive(Debug, Clone, Default)]
pub(crate) struct Visit {
    /// The recorded event that scheduled the task.
    pub(crate) scheduled: Option<Value>,
    pub(crate) replies: VecDeque<Reply>,
}

/// One answer of the world.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    /// The number of the recorded event that shows it; 0 when the recorder dropped it.
    pub(crate) event: u64,
    pub(crate) kind: ReplyKind,
    /// The members of the recorded event that hold the answer.
    details: Value,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ReplyKind {
    /// A worker took the activity's task.
    Started,
    Submitted,
    Succeeded,
    Failed,
    TimedOut,
}

impl Reply {
    /// The reply that an event shows. None: it shows none.
    fn of(event: &Value) -> Option<Self> {
        let kind = event["type"].as_str()?;
        let reply = match kind {
            "ActivityStarted" => ReplyKind::Started,
            "TaskSubmitted" => ReplyKind::Submitted,
            "TaskSucceeded" | "LambdaFunctionSucceeded" | "ActivitySucceeded" => ReplyKind::Succeeded,
            "TaskTimedOut" | "LambdaFunctionTimedOut" | "ActivityTimedOut" => ReplyKind::TimedOut,
            "TaskFailed"
            | "TaskSubmitFailed"
            | "TaskStartFailed"
            | "LambdaFunctionFailed"
            | "LambdaFunctionScheduleFailed"
            | "LambdaFunctionStartFailed"
            | "ActivityFailed"
            | "ActivityScheduleFailed" => ReplyKind::Failed,
            _ => return None,
        };
        let mut chars = kind.chars();
        let member: String = chars.next().into_iter().flat_map(char::to_lowercase).chain(chars).collect();
        let details = event.get(format!("{member}EventDetails")).cloned().unwrap_or_default();
        Some(Self { event: event["id"].as_u64().unwrap_or(0), kind: reply, details })
    }

    /// A member of the answer, with the placeholders in it replaced. The recorder parsed texts that are objects: they
    /// become texts again.
    pub(crate) fn text(&self, member: &str, bindings: &Bindings) -> Option<String> {
        match bindings.value(self.details.get(member)?) {
            Value::String(text) => Some(text),
            value => Some(value.to_string()),
        }
    }

    /// Whether it can be the answer to a task of that service (`lambda`, `sqs`, …; none for a function or an activity).
    fn fits(&self, resource_type: Option<&str>) -> bool {
        self.details["resourceType"].as_str() == resource_type
    }
}

/// Everything that the world does in one recorded history.
pub(crate) struct Script {
    /// The visits of each task, in order.
    visits: HashMap<TaskPlace, VecDeque<Visit>>,
    /// Replies of which the recorder dropped to whom they belong.
    loose: Vec<Reply>,
    /// The recorded events that only happen because time passed.
    ticks: BTreeSet<u64>,
    /// Which of several loose replies that fit is taken, coded as a number.
    choice: usize,
    /// The recorded end, when it came from outside.
    pub(crate) aborted: Option<(u64, Option<String>, Option<String>)>,
    /// The last two events of a history that ends with a `States.Runtime` failure.
    runtime_failure: Option<(Value, Value)>,
}

/// Where in a history a task stands: the states of its strand up to it, and the iteration or branch it is in.
pub(crate) type TaskPlace = Vec<String>;

/// The place of the event at that position, in the history that leads to it.
pub(crate) fn place(history: &[Value], index: usize) -> TaskPlace {
    let mut place = Vec::new();
    let mut event = &history[index];
    loop {
        let name = event["stateEnteredEventDetails"]["name"].as_str();
        match event["type"].as_str() {
            Some(entered) if entered.ends_with("StateEntered") => place.extend(name.map(str::to_owned)),
            // The chain leads through the branch or iteration that happened to end last: go past it.
            Some("MapStateExited" | "ParallelStateExited") => {
                let name = &event["stateExitedEventDetails"]["name"];
                let before = event["id"].as_u64().unwrap_or(0);
                let entered = history.iter().rev().find(|entered| {
                    matches!(entered["type"].as_str(), Some("MapStateEntered" | "ParallelStateEntered"))
                        && entered["stateEnteredEventDetails"]["name"] == *name
                        && entered["id"].as_u64().is_some_and(|id| id < before)
                });
                let Some(entered) = entered else { return place };
                event = entered;
                continue;
            }
            Some("MapIterationStarted") => {
                place.push(format!("item {}", event["mapIterationStartedEventDetails"]["index"]));
                return place;
            }
            Some("ParallelStateStarted") => return place,
            _ => {}
        }
        let previous = event["previousEventId"].as_u64().and_then(|previous| usize::try_from(previous).ok());
        let Some(before) = previous.and_then(|previous| history.get(previous.checked_sub(1)?)) else { return place };
        event = before;
    }
}

impl Script {
    /// What the recorded history tells. With the same `choice` it tells the same.
    pub(crate) fn of(history: &[Value], choice: usize) -> Self {
        let mut script = Self {
            visits: HashMap::new(),
            loose: Vec::new(),
            ticks: BTreeSet::new(),
            choice,
            aborted: None,
            runtime_failure: None,
        };
        for (index, event) in history.iter().enumerate() {
            script.read(history, index, event);
        }
        script
    }

    fn read(&mut self, history: &[Value], index: usize, event: &Value) {
        if has_no_id(event) {
            self.loose.extend(Reply::of(event));
            return;
        }
        let id = event["id"].as_u64().unwrap_or(0);
        let before = event["previousEventId"]
            .as_u64()
            .and_then(|previous| history.get(usize::try_from(previous).ok()?.checked_sub(1)?))
            .and_then(|before| before["type"].as_str())
            .unwrap_or("");
        let text = |details: &str, member: &str| event[details][member].as_str().map(str::to_owned);
        match event["type"].as_str().unwrap_or("") {
            "TaskScheduled" | "LambdaFunctionScheduled" | "ActivityScheduled" => {
                let visit = Visit { scheduled: Some(event.clone()), replies: replies(history, id) };
                self.visits.entry(place(history, index)).or_default().push_back(visit);
                if before != "TaskStateEntered" {
                    self.ticks.insert(id);
                }
            }
            "WaitStateExited"
            | "ExecutionTimedOut"
            | "TaskTimedOut"
            | "LambdaFunctionTimedOut"
            | "ActivityTimedOut" => {
                self.ticks.insert(id);
            }
            "MapStateStarted" | "ParallelStateStarted" if !before.ends_with("StateEntered") => {
                self.ticks.insert(id);
            }
            "ExecutionAborted" => {
                let details = "executionAbortedEventDetails";
                self.aborted = Some((id, text(details, "error"), text(details, "cause")));
            }
            "ExecutionFailed" if text("executionFailedEventDetails", "error").as_deref() == Some("States.Runtime") => {
                let previous =
                    event["previousEventId"].as_u64().and_then(|id| usize::try_from(id).ok()?.checked_sub(1));
                let before = previous.and_then(|previous| history.get(previous));
                self.runtime_failure = before.map(|before| (before.clone(), event.clone()));
            }
            _ => {}
        }
    }

    /// The task that could not be started, which ended the recorded execution: whatever made the service refuse it (an
    /// activity that is gone, parameters that an integration can't use) is the world's.
    pub(crate) fn refusal(&self, bindings: &Bindings) -> Option<machine::Recorded> {
        const OF_THE_WORLD: [&str; 2] = ["could not be used to start the Task", "does not exist."];
        let (before, last) = self.runtime_failure.as_ref()?;
        let cause = last["executionFailedEventDetails"]["cause"].as_str()?;
        if !OF_THE_WORLD.iter().any(|words| cause.contains(words)) {
            return None;
        }
        machine::Recorded::of(before, &bindings.value(last))
    }

    /// The answers to the task that is scheduled at that place, now.
    pub(crate) fn visit(&mut self, place: &TaskPlace, resource_type: Option<&str>) -> Visit {
        if let Some(visit) = self.visits.get_mut(place).and_then(VecDeque::pop_front) {
            return visit;
        }
        let mut replies = VecDeque::new();
        let fitting: Vec<_> = (0..self.loose.len()).filter(|index| self.loose[*index].fits(resource_type)).collect();
        if !fitting.is_empty() {
            replies.push_back(self.loose.remove(fitting[self.choice % fitting.len()]));
            self.choice /= fitting.len();
        }
        Visit { scheduled: None, replies }
    }

    /// How many answers it holds, and how many the history shows.
    pub(crate) fn answers(&self, history: &[Value]) -> (usize, usize) {
        let of_visits: usize = self.visits.values().flatten().map(|visit| visit.replies.len()).sum();
        (of_visits + self.loose.len(), history.iter().filter_map(Reply::of).count())
    }

    /// How many ways there are to give out the loose replies.
    pub(crate) fn choices(history: &[Value]) -> usize {
        let loose = history.iter().filter(|event| has_no_id(event)).filter_map(Reply::of).count();
        (1..=loose.min(5)).product()
    }

    /// The next recorded event that only happens because time passes, after that many events.
    pub(crate) fn next_tick(&mut self, events: usize) -> Option<u64> {
        self.ticks.retain(|tick| *tick > events as u64);
        self.ticks.first().copied()
    }

    /// Time has passed once.
    pub(crate) fn ticked(&mut self) {
        self.ticks.pop_first();
    }
}

/// The replies on the chain of events that begins with that one.
fn replies(history: &[Value], scheduled: u64) -> VecDeque<Reply> {
    let mut replies = VecDeque::new();
    let mut last = scheduled;
    for event in history.iter().filter(|event| event["id"].as_u64().is_some_and(|id| id > scheduled)) {
        if event["previousEventId"].as_u64() != Some(last) {
            continue;
        }
        let started = matches!(event["type"].as_str(), Some("TaskStarted" | "LambdaFunctionStarted"));
        let reply = Reply::of(event);
        if !started && reply.is_none() {
            break;
        }
        last = event["id"].as_u64().unwrap_or(last);
        let ended = reply.as_ref().is_some_and(|r| !matches!(r.kind, ReplyKind::Started | ReplyKind::Submitted));
        replies.extend(reply);
        if ended {
            break;
        }
    }
    replies
}
