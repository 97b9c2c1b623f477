//! A journal that stands still after so many batches, as if its process had died there.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use jiff::SignedDuration;
use journal::{Done, Entry, Header, HistoryPage, Journal, JournalError, MemoryJournal, Query, Record, Summary};
use serde_json::Value;
use tokio::sync::Notify;

/// Takes batches until the last one that it is to take.
pub(crate) struct Freezing {
    kept: Arc<MemoryJournal>,
    left: Mutex<usize>,
    taken: AtomicUsize,
    /// Whether the last batch is answered: what it asks for is begun then, and nothing of it comes on record.
    answers_last: bool,
    /// Those that are never called back.
    unanswered: Mutex<Vec<Done>>,
    /// It stands still.
    pub(crate) frozen: Notify,
}

impl Freezing {
    pub(crate) fn after(batches: usize, answers_last: bool, kept: Arc<MemoryJournal>) -> Self {
        Self {
            kept,
            left: Mutex::new(batches),
            taken: AtomicUsize::new(0),
            answers_last,
            unanswered: Mutex::default(),
            frozen: Notify::new(),
        }
    }

    /// One that takes all.
    pub(crate) fn never(kept: Arc<MemoryJournal>) -> Self {
        Self::after(usize::MAX, true, kept)
    }

    /// How many batches it took.
    pub(crate) fn taken(&self) -> usize {
        self.taken.load(Ordering::SeqCst)
    }
}

impl Journal for Freezing {
    fn append(&self, batch: Vec<Record>, done: Done) {
        let mut left = self.left.lock().expect("no test panics here");
        if *left == 0 {
            self.unanswered.lock().expect("no test panics here").push(done);
            return self.frozen.notify_one();
        }
        *left -= 1;
        self.taken.fetch_add(1, Ordering::SeqCst);
        if *left == 0 && !self.answers_last {
            self.kept.append(batch, Box::new(|_| {}));
            self.unanswered.lock().expect("no test panics here").push(done);
            return self.frozen.notify_one();
        }
        drop(left);
        self.kept.append(batch, done);
    }

    fn header(&self, execution_arn: &str) -> Result<Option<Arc<Header>>, JournalError> {
        self.kept.header(execution_arn)
    }

    fn entries(&self, execution_arn: &str) -> Result<Vec<Entry>, JournalError> {
        self.kept.entries(execution_arn)
    }

    fn history(&self, execution_arn: &str) -> Result<Vec<Value>, JournalError> {
        self.kept.history(execution_arn)
    }

    fn history_page(&self, execution_arn: &str, page: HistoryPage) -> Result<Vec<String>, JournalError> {
        self.kept.history_page(execution_arn, page)
    }

    fn list(&self, query: &Query<'_>) -> Result<Vec<Summary>, JournalError> {
        self.kept.list(query)
    }

    fn summary(&self, execution_arn: &str) -> Result<Option<Summary>, JournalError> {
        self.kept.summary(execution_arn)
    }

    fn summaries(&self) -> Result<Vec<Summary>, JournalError> {
        self.kept.summaries()
    }

    fn children(&self, map_run_arn: &str) -> Result<Vec<Summary>, JournalError> {
        self.kept.children(map_run_arn)
    }

    fn running(&self) -> Result<Vec<Arc<str>>, JournalError> {
        self.kept.running()
    }

    fn clock(&self) -> Result<SignedDuration, JournalError> {
        self.kept.clock()
    }
}
