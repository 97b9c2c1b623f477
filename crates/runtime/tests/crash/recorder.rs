//! A journal that remembers its batches, so that another can be given the first of them.

use std::sync::{Arc, Mutex};

use jiff::SignedDuration;
use journal::{
    Done, Entry, ExecutionsOf, Header, HistoryPage, Journal, JournalError, MemoryJournal, Query, Record, Summary,
};
use serde_json::Value;

/// What is told of each batch once it is written, before whoever appended it goes on.
type Told = Box<dyn Fn(&[Record]) + Send + Sync>;

/// A journal around another.
pub(crate) struct Recorder {
    inner: Arc<dyn Journal>,
    batches: Arc<Mutex<Vec<Vec<Record>>>>,
    told: Arc<Mutex<Option<Told>>>,
    /// The execution whose steps can't be read.
    damaged: Option<Arc<str>>,
}

/// Writes a batch and waits until it is durable.
pub(crate) fn write(journal: &dyn Journal, batch: Vec<Record>) {
    let (done, written) = std::sync::mpsc::channel();
    journal.append(batch, Box::new(move |result| done.send(result).expect("somebody waits")));
    written.recv().expect("the journal calls back").expect("written");
}

impl Recorder {
    /// A journal in memory that holds these batches.
    pub(crate) fn holding(batches: &[Vec<Record>]) -> Self {
        let inner = MemoryJournal::new();
        for batch in batches {
            write(&inner, batch.clone());
        }
        Self::around(Arc::new(inner), batches.to_vec())
    }

    /// Around a journal that holds these batches.
    pub(crate) fn around(inner: Arc<dyn Journal>, batches: Vec<Vec<Record>>) -> Self {
        Self { inner, batches: Arc::new(Mutex::new(batches)), told: Arc::default(), damaged: None }
    }

    /// The same, but for the steps of one execution.
    pub(crate) fn damaged(self, execution_arn: &Arc<str>) -> Self {
        Self { damaged: Some(execution_arn.clone()), ..self }
    }

    /// Tells of each batch from now on.
    pub(crate) fn tell(&self, told: Told) {
        *self.told.lock().expect("no test panics here") = Some(told);
    }

    /// Tells nobody any more.
    pub(crate) fn hush(&self) {
        *self.told.lock().expect("no test panics here") = None;
    }

    /// All batches so far.
    pub(crate) fn batches(&self) -> Vec<Vec<Record>> {
        self.batches.lock().expect("no test panics here").clone()
    }
}

impl Journal for Recorder {
    fn append(&self, batch: Vec<Record>, done: Done) {
        // In the order of the calls, which is the order in which any journal writes.
        self.batches.lock().expect("no test panics here").push(batch.clone());
        let (told, records) = (self.told.clone(), batch.clone());
        let tell = move |written: Result<(), JournalError>| {
            if written.is_ok()
                && let Some(told) = &*told.lock().expect("no test panics here")
            {
                told(&records);
            }
            done(written);
        };
        self.inner.append(batch, Box::new(tell));
    }

    fn header(&self, execution_arn: &str) -> Result<Option<Arc<Header>>, JournalError> {
        self.inner.header(execution_arn)
    }

    fn entries(&self, execution_arn: &str) -> Result<Vec<Entry>, JournalError> {
        if self.damaged.as_deref() == Some(execution_arn) {
            let (execution, reason) = (execution_arn.to_owned(), "a test says so".to_owned());
            return Err(JournalError::Damaged { execution, step: 1, reason });
        }
        self.inner.entries(execution_arn)
    }

    fn history(&self, execution_arn: &str) -> Result<Vec<Value>, JournalError> {
        self.inner.history(execution_arn)
    }

    fn history_page(&self, execution_arn: &str, page: HistoryPage) -> Result<Vec<String>, JournalError> {
        self.inner.history_page(execution_arn, page)
    }

    fn list(&self, query: &Query<'_>) -> Result<Vec<Summary>, JournalError> {
        self.inner.list(query)
    }

    fn summary(&self, execution_arn: &str) -> Result<Option<Summary>, JournalError> {
        self.inner.summary(execution_arn)
    }

    fn summaries(&self) -> Result<Vec<Summary>, JournalError> {
        self.list(&Query::all(ExecutionsOf::Anybody))
    }

    fn children(&self, map_run_arn: &str) -> Result<Vec<Summary>, JournalError> {
        self.inner.children(map_run_arn)
    }

    fn running(&self) -> Result<Vec<Arc<str>>, JournalError> {
        self.inner.running()
    }

    fn clock(&self) -> Result<SignedDuration, JournalError> {
        self.inner.clock()
    }
}
