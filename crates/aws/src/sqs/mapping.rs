//! Event source mappings: a queue feeds a function.
//!
//! A mapping waits for messages by long polling, so that a message is handed over the moment it arrives. A batch that
//! succeeded is deleted; messages of one that failed become visible again after the queue's visibility timeout, and go
//! to the dead-letter queue once the redrive policy's count is reached.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::{Queues, Received, event};
use crate::functions::{FunctionSlot, Origin};

/// Lambda starts with five batches in flight for a standard queue.
const CONCURRENCY: usize = 5;
/// The longest that SQS lets a receiver wait, in seconds.
const LONGEST_WAIT: i32 = 20;
/// Lambda's limit for the payload of a synchronous invocation, in bytes.
const MAX_EVENT: usize = 6 * 1024 * 1024;

/// What feeds which function, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MappingSpec {
    /// ARN of the queue.
    pub queue_arn: String,
    /// Name or ARN of the function.
    pub function: String,
    /// Most messages in one invocation: 1–10, or up to 10,000 for a standard queue with a window.
    pub batch_size: usize,
    /// How long to gather messages before the function is invoked: whole seconds, 0–300; zero for FIFO queues.
    pub window: Duration,
    /// Whether the function's answer names the messages that failed (`ReportBatchItemFailures`).
    pub report_batch_item_failures: bool,
}

impl MappingSpec {
    /// Why the mapping can't be, in a sentence that names the cure.
    pub(crate) fn problem(&self, fifo: bool) -> Option<String> {
        let windowed = !self.window.is_zero();
        if self.window > Duration::from_mins(5) {
            return Some("MaximumBatchingWindowInSeconds must be between 0 and 300".to_owned());
        }
        if fifo && windowed {
            return Some("a FIFO queue takes no batching window: remove MaximumBatchingWindowInSeconds".to_owned());
        }
        let most = if windowed { 10_000 } else { 10 };
        if !(1..=most).contains(&self.batch_size) {
            return Some(format!(
                "BatchSize must be between 1 and {most}{}",
                if windowed { "" } else { " when MaximumBatchingWindowInSeconds is 0" }
            ));
        }
        None
    }
}

/// A running mapping.
pub(crate) struct Mapping {
    pub(crate) spec: MappingSpec,
    /// Name of the queue.
    pub(crate) queue: String,
    pub(crate) region: String,
    pub(crate) queues: Arc<dyn Queues>,
    pub(crate) functions: Arc<FunctionSlot>,
}

impl Mapping {
    /// Feeds the function until cancelled. Batches under way are finished by tasks of `tracker`.
    pub(crate) async fn run(self: Arc<Self>, cancel: CancellationToken, tracker: TaskTracker) {
        let permits = Arc::new(Semaphore::new(CONCURRENCY));
        let mut pause = Duration::from_secs(1);
        loop {
            let next = async {
                // Without a host a batch could only fail, and count towards the dead-letter queue.
                self.functions.attached().await;
                let permit = Arc::clone(&permits).acquire_owned().await.ok()?;
                Some((permit, self.gather().await))
            };
            let gathered = tokio::select! {
                biased;
                () = cancel.cancelled() => return,
                gathered = next => gathered,
            };
            match gathered {
                None => return,
                Some((_, Ok(batch))) if batch.is_empty() => {}
                Some((permit, Ok(batch))) => {
                    pause = Duration::from_secs(1);
                    tracker.spawn(Arc::clone(&self).feed(batch, permit));
                }
                Some((_, Err(error))) => {
                    // The queue was deleted: it may be made again, so the mapping lives on, as in AWS.
                    tracing::warn!(queue = self.queue, function = self.spec.function, %error, "can't read the queue");
                    tokio::select! {
                        () = cancel.cancelled() => return,
                        () = tokio::time::sleep(pause) => {}
                    }
                    pause = (pause * 2).min(Duration::from_secs(30));
                }
            }
        }
    }

    /// Waits for messages, then gathers more while the window is open and the batch isn't full.
    async fn gather(&self) -> Result<Vec<Received>, crate::error::ServiceError> {
        let size = self.spec.batch_size;
        let mut batch = self.queues.receive(&self.queue, size, LONGEST_WAIT).await?;
        if batch.is_empty() || self.spec.window.is_zero() {
            return Ok(batch);
        }
        let closes = Instant::now() + self.spec.window;
        while batch.len() < size {
            let left = closes.saturating_duration_since(Instant::now());
            let seconds = i32::try_from(left.as_secs()).unwrap_or(LONGEST_WAIT).min(LONGEST_WAIT);
            if seconds == 0 {
                // Receivers wait whole seconds; what is left of the window is waited out, then taken what has come.
                tokio::time::sleep_until(closes).await;
            }
            let more = self.queues.receive(&self.queue, size - batch.len(), seconds).await?;
            if more.is_empty() && seconds == 0 {
                break;
            }
            batch.extend(more);
        }
        Ok(batch)
    }

    /// Invokes the function with the batch, in several events when it is over Lambda's payload limit.
    async fn feed(self: Arc<Self>, batch: Vec<Received>, _permit: OwnedSemaphorePermit) {
        let records: Vec<String> =
            batch.iter().map(|message| event::record(message, &self.spec.queue_arn, &self.region)).collect();
        let mut start = 0;
        while start < batch.len() {
            let mut bytes = 16;
            let mut end = start;
            while end < batch.len() && (end == start || bytes + records[end].len() < MAX_EVENT) {
                bytes += records[end].len() + 1;
                end += 1;
            }
            let chosen: Vec<&str> = records[start..end].iter().map(String::as_str).collect();
            self.invoke(&batch[start..end], event::event(&chosen)).await;
            start = end;
        }
    }

    async fn invoke(&self, batch: &[Received], event: String) {
        let origin = Origin::Sqs { queue_arn: self.spec.queue_arn.clone() };
        let function = &self.spec.function;
        let reply = match self.functions.invoke(function, event.into(), origin).await {
            Ok(reply) => reply,
            Err(error) => {
                tracing::warn!(queue = self.queue, function, %error, messages = batch.len(), "a batch was not processed");
                return;
            }
        };
        if let Some(kind) = &reply.function_error {
            let answer = String::from_utf8_lossy(&reply.payload);
            tracing::warn!(queue = self.queue, function, kind, %answer, messages = batch.len(), "a batch failed");
            return;
        }
        let mut failed = HashSet::new();
        if self.spec.report_batch_item_failures {
            let known = batch.iter().map(|message| message.message_id.as_str()).collect();
            let Some(reported) = event::failures(&reply.payload, &known) else {
                tracing::warn!(
                    queue = self.queue,
                    function,
                    "the answer's batchItemFailures can't be read: the batch failed"
                );
                return;
            };
            failed = reported;
        }
        for message in batch.iter().filter(|message| !failed.contains(&message.message_id)) {
            if let Err(error) = self.queues.delete(&self.queue, &message.receipt).await {
                tracing::warn!(queue = self.queue, message = message.message_id, %error, "a processed message was not deleted");
            }
        }
    }
}
