//! Lambda's queue of asynchronous invocations: what was accepted is run, after a crash as well, and tried again when it
//! fails.
//!
//! A function's error is followed by two more attempts, after one and two minutes; throttles and errors of the service by
//! attempts at growing distances, up to five minutes, until the event is six hours old. Attempts and age are the function's
//! own when it says so. How it has ended is told the function's destinations, and what fails for good goes to its dead-letter
//! queue (<https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html>).

mod afterwards;

use std::path::Path;
use std::sync::{Arc, OnceLock, Weak};

use bytes::Bytes;
use rusqlite::{Connection, OptionalExtension as _, params};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::clock::Clock;
use crate::database::{Database, Failure, Format};
use crate::error::{Error, ServiceError};
use crate::functions::{AsyncSettings, FunctionReply, FunctionSlot, FunctionsError, Origin};
use crate::place::Place;
use crate::service::Service;
use crate::sqs::Queues;

use afterwards::{Answer, Condition};

/// Invocations under way at the same time; further ones wait without their payload in memory.
const CONCURRENCY: usize = 256;
/// After the first and the second error of a function, in milliseconds.
const RETRIES: [i64; 2] = [60_000, 120_000];
/// The first and the longest distance of attempts after an error of the service, in milliseconds.
const BACKOFF: (i64, i64) = (1_000, 300_000);

/// Times are milliseconds since 1970. `errors` counts the function's, `failures` those of the service.
static FORMAT: Format = Format {
    holds: "asynchronous invocations",
    application: *b"BInv",
    version: 1,
    tables: "
    CREATE TABLE invocation (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        accepted INTEGER NOT NULL,
        due INTEGER NOT NULL,
        errors INTEGER NOT NULL DEFAULT 0,
        failures INTEGER NOT NULL DEFAULT 0,
        request_id TEXT NOT NULL,
        function TEXT NOT NULL,
        kind TEXT NOT NULL,
        detail TEXT,
        trace_id TEXT,
        payload BLOB NOT NULL
    );
    ",
};

/// The queue.
pub(crate) struct Invocations {
    /// For the tasks that run what was accepted.
    this: Weak<Invocations>,
    database: Database,
    clock: Clock,
    place: Place,
    functions: Arc<FunctionSlot>,
    queues: Arc<dyn Queues>,
    /// For dead-letter topics; set once there is a topic service.
    topics: OnceLock<Weak<dyn Service>>,
    /// For destinations; set once there is a service of event buses.
    events: OnceLock<Weak<dyn Service>>,
    permits: Semaphore,
    tracker: TaskTracker,
    cancel: CancellationToken,
}

/// What the queue stands among.
pub(crate) struct Surroundings {
    pub(crate) place: Place,
    pub(crate) functions: Arc<FunctionSlot>,
    pub(crate) queues: Arc<dyn Queues>,
    pub(crate) tracker: TaskTracker,
    pub(crate) cancel: CancellationToken,
}

/// Where accepted invocations are kept; not running yet.
pub(crate) struct Kept(Database);

impl Kept {
    /// Opens those in `file`, or none yet in memory. Waits for the disk.
    ///
    /// # Errors
    /// [`Error::Data`] when the file can't be used.
    pub(crate) fn open(file: Option<&Path>) -> Result<Self, Error> {
        Database::open(file, &FORMAT).map(Self)
    }
}

/// What asks for an asynchronous invocation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Trigger {
    /// The topic of that ARN.
    Topic(String),
    /// The rule of that ARN.
    Rule(String),
    /// A caller of `Invoke`.
    Api { client_context: Option<String>, trace_id: Option<String> },
}

impl Trigger {
    /// As it is kept: its kind, and the ARN or the client context.
    fn kind(&self) -> (&'static str, Option<&str>) {
        match self {
            Self::Topic(arn) => ("sns", Some(arn)),
            Self::Rule(arn) => ("events", Some(arn)),
            Self::Api { client_context, .. } => ("api", client_context.as_deref()),
        }
    }

    fn trace_id(&self) -> Option<&str> {
        match self {
            Self::Api { trace_id, .. } => trace_id.as_deref(),
            Self::Topic(_) | Self::Rule(_) => None,
        }
    }

    fn read(kind: &str, detail: Option<String>, trace_id: Option<String>) -> Self {
        match kind {
            "sns" => Self::Topic(detail.unwrap_or_default()),
            "events" => Self::Rule(detail.unwrap_or_default()),
            _ => Self::Api { client_context: detail, trace_id },
        }
    }
}

impl From<Trigger> for Origin {
    fn from(trigger: Trigger) -> Self {
        match trigger {
            Trigger::Topic(topic_arn) => Self::Sns { topic_arn },
            Trigger::Rule(rule_arn) => Self::EventBridge { rule_arn },
            Trigger::Api { client_context, trace_id } => Self::Api { client_context, trace_id, log_tail: false },
        }
    }
}

/// An invocation, read back.
struct Accepted {
    at: i64,
    errors: u32,
    failures: u32,
    request_id: String,
    function: String,
    trigger: Trigger,
    payload: Bytes,
}

impl Invocations {
    pub(crate) fn new(kept: Kept, around: Surroundings) -> Arc<Self> {
        let Surroundings { place, functions, queues, tracker, cancel } = around;
        Arc::new_cyclic(|this| Self {
            this: Weak::clone(this),
            database: kept.0,
            clock: Clock::new(),
            place,
            functions,
            queues,
            topics: OnceLock::new(),
            events: OnceLock::new(),
            permits: Semaphore::new(CONCURRENCY),
            tracker,
            cancel,
        })
    }

    /// Tells where topics are; they hold the queue themselves.
    pub(crate) fn set_topics(&self, topics: Weak<dyn Service>) {
        // Whoever comes second is the same.
        let _ = self.topics.set(topics);
    }

    /// Tells where event buses are; they hold the queue themselves.
    pub(crate) fn set_events(&self, events: Weak<dyn Service>) {
        // Whoever comes second is the same.
        let _ = self.events.set(events);
    }

    /// Goes on with what a process before this one has accepted.
    pub(crate) async fn resume(&self) -> Result<(), ServiceError> {
        let waiting = |database: &Connection| {
            let mut all = database.prepare("SELECT id, due FROM invocation ORDER BY due, id")?;
            let rows = all.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
            Ok(rows.collect::<Result<Vec<(i64, i64)>, _>>()?)
        };
        for (id, due) in self.database.with(waiting).await? {
            self.begin(id, due);
        }
        Ok(())
    }

    /// Takes an invocation over: it is kept when this returns, and run in its time. Returns its identifier.
    ///
    /// # Errors
    /// When the function isn't there, or the queue can't keep the invocation.
    pub(crate) async fn accept(
        &self,
        function: &str,
        payload: Bytes,
        trigger: Trigger,
    ) -> Result<String, FunctionsError> {
        self.functions.describe(function)?;
        let request_id = uuid::Uuid::new_v4().to_string();
        let (id, now, asked) = (request_id.clone(), self.clock.now(), function.to_owned());
        let keep = move |database: &Connection| {
            let (kind, detail) = trigger.kind();
            database
                .prepare_cached(
                    "INSERT INTO invocation (accepted, due, request_id, function, kind, detail, trace_id, payload)
                     VALUES (?1, ?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                )?
                .execute(params![now, id, asked, kind, detail, trigger.trace_id(), &payload[..]])?;
            Ok(database.last_insert_rowid())
        };
        let kept = self.database.with(keep).await;
        let id = kept.map_err(|error| FunctionsError::Host { function: function.to_owned(), reason: error.message })?;
        self.begin(id, now);
        Ok(request_id)
    }

    /// Closes the queue after what was accepted before.
    pub(crate) async fn close(&self) {
        self.database.close().await;
    }

    fn begin(&self, id: i64, due: i64) {
        let Some(this) = self.this.upgrade() else { return };
        self.tracker.spawn(async move {
            if let Err(error) = this.run(id, due).await {
                // It is kept, and comes again at the next start.
                tracing::warn!(invocation = id, %error, "an asynchronous invocation is left where it is");
            }
        });
    }

    /// Runs an invocation until it succeeds or has failed for good. One that waits is left at the end of the cloud; one that
    /// is under way may end first.
    async fn run(&self, id: i64, mut due: i64) -> Result<(), ServiceError> {
        loop {
            let turn = async {
                tokio::time::sleep_until(self.clock.instant(due)).await;
                self.functions.attached().await;
                self.permits.acquire().await
            };
            let _permit = tokio::select! {
                biased;
                () = self.cancel.cancelled() => return Ok(()),
                permit = turn => permit,
            };
            let Some(accepted) = self.database.with(move |database| read(database, id)).await? else { return Ok(()) };
            let (function, payload) = (&accepted.function, accepted.payload.clone());
            let outcome = self.functions.invoke(function, payload, accepted.trigger.clone().into()).await;
            let (answer, now) = (Answer::of(&outcome), self.clock.now());
            let described = self.functions.describe(function).unwrap_or_default();
            match next(&accepted, &described.asynchronous, outcome, now) {
                Next::Done => {
                    self.tell(&accepted, &described, &answer, Condition::Success, now).await?;
                    return self.forget(id).await;
                }
                Next::Failed { code, reason, condition } => {
                    tracing::warn!(function, code, reason, "an asynchronous invocation failed for good");
                    self.tell(&accepted, &described, &answer, condition, now).await?;
                    self.bury(&accepted, &described, code, &reason).await?;
                    return self.forget(id).await;
                }
                Next::Again { at, errors, failures, reason } => {
                    tracing::warn!(function, reason, "an asynchronous invocation failed and is tried again");
                    due = at;
                    self.database
                        .with(move |database| {
                            database.execute(
                                "UPDATE invocation SET due = ?2, errors = ?3, failures = ?4 WHERE id = ?1",
                                params![id, at, errors, failures],
                            )?;
                            Ok(())
                        })
                        .await?;
                }
            }
        }
    }

    async fn forget(&self, id: i64) -> Result<(), ServiceError> {
        self.database
            .with(move |database| {
                database.prepare_cached("DELETE FROM invocation WHERE id = ?1")?.execute([id])?;
                Ok(())
            })
            .await
    }
}

/// What comes after an attempt.
#[derive(Debug, PartialEq, Eq)]
enum Next {
    Done,
    Again { at: i64, errors: u32, failures: u32, reason: String },
    Failed { code: u16, reason: String, condition: Condition },
}

fn next(
    accepted: &Accepted,
    settings: &AsyncSettings,
    outcome: Result<FunctionReply, FunctionsError>,
    now: i64,
) -> Next {
    let ends = accepted.at + i64::try_from(settings.maximum_event_age.as_millis()).unwrap_or(i64::MAX);
    let again = |wait: i64, errors, failures, code, reason: String| {
        if now + wait > ends {
            return Next::Failed { code, reason, condition: Condition::EventAgeExceeded };
        }
        Next::Again { at: now + wait, errors, failures, reason }
    };
    let Accepted { errors, failures, .. } = *accepted;
    match outcome {
        Ok(FunctionReply { function_error: None, .. }) => Next::Done,
        Ok(FunctionReply { payload, .. }) => {
            let reason = serde_json::from_slice::<serde_json::Value>(&payload)
                .ok()
                .and_then(|answer| answer.get("errorMessage")?.as_str().map(str::to_owned))
                .unwrap_or_else(|| String::from_utf8_lossy(&payload).into_owned());
            if errors >= settings.maximum_retry_attempts {
                return Next::Failed { code: 200, reason, condition: Condition::RetriesExhausted };
            }
            let wait = RETRIES[usize::try_from(errors).unwrap_or(1).min(1)];
            again(wait, errors + 1, failures, 200, reason)
        }
        Err(error @ (FunctionsError::Throttled { .. } | FunctionsError::Host { .. } | FunctionsError::NoHost(_))) => {
            let code = if matches!(error, FunctionsError::Throttled { .. }) { 429 } else { 500 };
            let (first, most) = BACKOFF;
            again((first << failures.min(20)).min(most), errors, failures + 1, code, error.to_string())
        }
        Err(error) => Next::Failed { code: 400, reason: error.to_string(), condition: Condition::RetriesExhausted },
    }
}

fn read(database: &Connection, id: i64) -> Result<Option<Accepted>, Failure> {
    let mut find = database.prepare_cached(
        "SELECT accepted, errors, failures, request_id, function, kind, detail, trace_id, payload
         FROM invocation WHERE id = ?1",
    )?;
    let read = find.query_row([id], |row| {
        Ok(Accepted {
            at: row.get(0)?,
            errors: row.get(1)?,
            failures: row.get(2)?,
            request_id: row.get(3)?,
            function: row.get(4)?,
            trigger: Trigger::read(row.get_ref(5)?.as_str()?, row.get(6)?, row.get(7)?),
            payload: row.get::<_, Vec<u8>>(8)?.into(),
        })
    });
    Ok(read.optional()?)
}

#[cfg(test)]
mod tests;
