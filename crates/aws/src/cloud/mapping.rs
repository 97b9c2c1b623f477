//! The cloud's door to event source mappings.

use std::sync::{Arc, PoisonError};

use serde_json::json;

use super::Cloud;
use crate::error::Error;
use crate::service::Service;
use crate::sqs::is_fifo;
use crate::sqs::mapping::{Mapping, MappingSpec};

impl Cloud {
    /// Feeds a function from a queue, or finds the mapping that does. Returns the mapping's identifier.
    ///
    /// # Errors
    /// [`Error::Invalid`] when the queue isn't there or the sizes can't be, [`Error::Conflict`] when the two are mapped
    /// with other settings.
    pub async fn map_queue(&self, spec: &MappingSpec) -> Result<String, Error> {
        let shared = &self.shared;
        let resource = || format!("event source mapping of {} to {}", spec.queue_arn, spec.function);
        let refuse = |reason: String| Error::Invalid { resource: resource(), reason };
        let queue = shared
            .place
            .resource("sqs", &spec.queue_arn)
            .ok_or_else(|| refuse("the event source is not a queue of this account and region".to_owned()))?;
        if let Some(problem) = spec.problem(is_fifo(queue)) {
            return Err(refuse(problem));
        }
        if shared.sqs.call("GetQueueUrl", json!({"QueueName": queue})).await.is_err() {
            return Err(refuse("the queue doesn't exist: make it first".to_owned()));
        }
        let mut mappings = shared.mappings.lock().unwrap_or_else(PoisonError::into_inner);
        let same =
            |(other, _): &&(MappingSpec, String)| other.queue_arn == spec.queue_arn && other.function == spec.function;
        if let Some((existing, id)) = mappings.iter().find(same) {
            if existing == spec {
                return Ok(id.clone());
            }
            return Err(Error::Conflict {
                resource: resource(),
                difference: "batch size, window or response type".to_owned(),
                cure: "map a queue to a function once",
            });
        }
        let id = uuid::Uuid::new_v4().to_string();
        mappings.push((spec.clone(), id.clone()));
        let mapping = Arc::new(Mapping {
            spec: spec.clone(),
            queue: queue.to_owned(),
            region: shared.place.region.clone(),
            queues: Arc::clone(&shared.queues),
            functions: Arc::clone(&shared.functions),
        });
        shared.tracker.spawn(mapping.run(shared.cancel.clone(), shared.tracker.clone()));
        Ok(id)
    }
}
