//! Executions that ended lately: whoever asks for an end mostly asks at once, and need not wait for the journal to be read.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use journal::{Header, Summary};
use machine::{EventId, Outcome};

use crate::driver::Runtime;

/// So many ends are remembered, at most.
const MOST: usize = 64;

/// So many bytes of inputs and outputs are remembered, at most, beside those of the last end.
const MOST_BYTES: usize = 1 << 20;

/// How an execution ended that somebody started in this process and nobody redrove, as it is in the journal.
#[derive(Debug)]
pub struct Ended {
    /// What is on record of its beginning.
    pub header: Arc<Header>,
    /// How it ended.
    pub outcome: Outcome,
    /// When.
    pub stopped_at: Timestamp,
    /// The number of its last event.
    pub last_event: EventId,
}

impl Ended {
    /// What the journal's lists say of it, but for its number there, which is 0.
    pub fn summary(&self) -> Summary {
        summary(&self.header, Some((&self.outcome, self.stopped_at)))
    }

    fn bytes(&self) -> usize {
        let output = if let Outcome::Succeeded(output) = &self.outcome { output.text().len() } else { 0 };
        self.header.input.text().len() + output
    }
}

/// What the journal's lists say of an execution that was never redriven, and of its end if it has one.
pub(crate) fn summary(header: &Header, end: Option<(&Outcome, Timestamp)>) -> Summary {
    Summary {
        number: 0,
        execution_arn: header.execution_arn.clone(),
        execution_name: header.execution_name.clone(),
        state_machine_arn: header.state_machine_arn.clone(),
        version_arn: header.origin.version_arn.clone(),
        alias_arn: header.origin.alias_arn.clone(),
        map_run_arn: header.child_of.as_ref().map(|child_of| child_of.map_run_arn.clone()),
        status: end.map_or("RUNNING", |(outcome, _)| outcome.status()).to_owned(),
        started_at: header.started_at,
        stopped_at: end.map(|(_, at)| at),
        redrive_count: 0,
        redriven_at: None,
    }
}

/// The last ends, oldest first.
#[derive(Default)]
pub(crate) struct Lately(Mutex<VecDeque<Arc<Ended>>>);

impl Lately {
    /// Each change is one call, so what is guarded is whole after any panic.
    fn lock(&self) -> MutexGuard<'_, VecDeque<Arc<Ended>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn add(&self, ended: Ended) {
        let mut all = self.lock();
        let mut bytes: usize = all.iter().map(|ended| ended.bytes()).sum();
        while all.len() >= MOST || (bytes > MOST_BYTES && !all.is_empty()) {
            bytes -= all.pop_front().map_or(0, |oldest| oldest.bytes());
        }
        all.push_back(Arc::new(ended));
    }

    pub(crate) fn remove(&self, execution_arn: &str) {
        self.lock().retain(|ended| *ended.header.execution_arn != *execution_arn);
    }
}

impl Runtime {
    /// How an execution ended, if that was lately and it was not redriven; else the journal knows.
    pub fn ended(&self, execution_arn: &str) -> Option<Arc<Ended>> {
        let all = self.shared.lately.lock();
        // The latest are asked for most.
        all.iter().rev().find(|ended| *ended.header.execution_arn == *execution_arn).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use machine::{Document, Identity};
    use serde_json::json;

    fn ended(name: &str, bytes: usize) -> Ended {
        let identity = Identity {
            execution_arn: name.into(),
            execution_name: name.into(),
            state_machine_arn: "m".into(),
            state_machine_name: "m".into(),
            role_arn: "r".into(),
            region: "us-east-1".into(),
            redrive_count: 0,
            express: false,
            seed: [0; 32],
        };
        let input = Document::new(json!("x".repeat(bytes)));
        Ended {
            header: Arc::new(Header::new(&identity, Arc::default(), input)),
            outcome: Outcome::Succeeded(Document::new(json!(1))),
            stopped_at: Timestamp::UNIX_EPOCH,
            last_event: 5,
        }
    }

    #[test]
    fn the_oldest_make_room() {
        let lately = Lately::default();
        (0..MOST + 3).for_each(|at| lately.add(ended(&at.to_string(), 1)));
        assert_eq!(lately.lock().len(), MOST);
        assert_eq!(&*lately.lock()[0].header.execution_arn, "3");
        lately.remove("5");
        assert_eq!(lately.lock().len(), MOST - 1);
        lately.add(ended("large", 2 * MOST_BYTES));
        assert_eq!(lately.lock().len(), MOST, "what is large is remembered, too");
        lately.add(ended("next", 1));
        assert_eq!(lately.lock().len(), 1, "but not for long");
    }
}
