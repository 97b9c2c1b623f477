//! Map runs: their children are started, their items read, their results written; they are described and updated.

use std::sync::{Arc, MutexGuard, PoisonError};

use jiff::Timestamp;
use journal::Header;
use machine::items::{Fetch, Item, Reader, TransferError};
use machine::{
    ChildStart, EventKind, Execution, HistoryEvent, Input, MapRunId, MapRunStatus, MapRunSummary, ReadItems,
    WriteResults,
};

use crate::driver::Runtime;
use crate::error::RuntimeError;
use crate::execution::{ExecutionHandle, Parent};
use crate::objects::ObjectStore;

/// What is said of every transfer when the stack has no store.
const NO_STORE: &str = "There is no S3 here: the stack has no bucket.";

impl Runtime {
    /// Remembers whose the map runs are that these events start.
    pub(crate) fn note_map_runs(&self, execution: &ExecutionHandle, events: &[HistoryEvent]) {
        for event in events {
            if let EventKind::MapRunStarted { map_run_arn } | EventKind::MapRunRedriven { map_run_arn, .. } =
                &event.kind
            {
                let execution_arn = execution.identity.execution_arn.clone();
                self.map_run_owners().insert(map_run_arn.clone(), execution_arn);
            }
        }
    }

    /// Each change of the map is one call, so it is whole after any panic.
    pub(crate) fn map_run_owners(&self) -> MutexGuard<'_, std::collections::HashMap<Arc<str>, Arc<str>>> {
        self.shared.map_runs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts a child whose beginning is on record with that time.
    pub(crate) fn start_child(&self, parent: &Arc<ExecutionHandle>, start: ChildStart, at: Timestamp) {
        let identity = Arc::new(start.identity(&parent.identity));
        let header = Header { started_at: at, ..Header::of_child(&start, &parent.identity) };
        let interpreter = Execution::new(start.processor.machine().clone(), identity.clone(), start.input)
            .with_preflight(self.shared.preflight.clone());
        let link = Parent { execution: parent.clone(), map_run: start.map_run, child: start.child };
        let child = Arc::new(ExecutionHandle::new(identity.clone(), Arc::new(header), interpreter, Some(link)));
        let mut executions = self.shared.executions.lock().unwrap_or_else(PoisonError::into_inner);
        executions.insert(identity.execution_arn.clone(), child.clone());
        drop(executions);
        self.submit(&child, Input::Start);
    }

    /// Reads the items of a map run.
    pub(crate) fn read_items(&self, execution: &Arc<ExecutionHandle>, read: ReadItems) {
        let map_run = read.map_run;
        let store = self.shared.objects.get().cloned();
        self.transfer(execution, map_run, async move {
            let store = store.ok_or_else(|| TransferError::reader(NO_STORE))?;
            let items = fetch(&*store, &read).await?;
            Ok(Input::ItemsRead { map_run, items })
        });
    }

    /// Writes the results of a map run.
    pub(crate) fn write_results(&self, execution: &Arc<ExecutionHandle>, write: WriteResults) {
        let map_run = write.map_run;
        let store = self.shared.objects.get().cloned();
        self.transfer(execution, map_run, async move {
            let store = store.ok_or_else(|| TransferError::writer(NO_STORE))?;
            for file in write.files() {
                let put = store.put(&write.bucket, &file.key, file.body.into_bytes(), "application/json");
                put.await.map_err(|error| TransferError::writer(error.0))?;
            }
            Ok(Input::ResultsWritten { map_run })
        });
    }

    fn transfer(
        &self,
        execution: &Arc<ExecutionHandle>,
        map_run: MapRunId,
        work: impl Future<Output = Result<Input, TransferError>> + Send + 'static,
    ) {
        let (runtime, owner, busy) = (self.clone(), execution.clone(), self.busy());
        let doing = tokio::spawn(async move {
            let input = work.await.unwrap_or_else(|TransferError { error, cause }| Input::TransferFailed {
                map_run,
                error,
                cause,
            });
            runtime.submit(&owner, input);
            drop(busy);
        });
        let mut transfers = execution.transfers();
        transfers.retain(|transfer| !transfer.is_finished());
        transfers.push(doing.abort_handle());
    }

    /// The map runs of an execution, in the order in which they were started (`ListMapRuns`). What is over is read from
    /// the journal.
    pub async fn map_runs(&self, execution_arn: &str) -> Result<Vec<MapRunSummary>, RuntimeError> {
        if let Some(execution) = self.execution(execution_arn) {
            return Ok(execution.interpreter.lock().await.map_runs());
        }
        let journal = &*self.shared.journal;
        let header = journal.header(execution_arn)?;
        let header = header.ok_or_else(|| RuntimeError::ExecutionDoesNotExist(execution_arn.to_owned()))?;
        let machine = journal::machine_of(journal, &header)?;
        Ok(journal::recover(machine, &header, &journal.entries(execution_arn)?)?.execution.map_runs())
    }

    /// A map run and the execution that it belongs to (`DescribeMapRun`).
    pub async fn map_run(&self, map_run_arn: &str) -> Result<(Arc<str>, MapRunSummary), RuntimeError> {
        let missing = || RuntimeError::MapRunDoesNotExist(map_run_arn.to_owned());
        let execution_arn = self.owner_of(map_run_arn)?.ok_or_else(missing)?;
        let map_runs = self.map_runs(&execution_arn).await?;
        let map_run = map_runs.into_iter().find(|map_run| &*map_run.map_run_arn == map_run_arn);
        Ok((execution_arn, map_run.ok_or_else(missing)?))
    }

    /// Changes a map run that goes on (`UpdateMapRun`); what is not given stays. One that is over stays as it is. The change
    /// is on record when this returns.
    pub async fn update_map_run(
        &self,
        map_run_arn: &str,
        max_concurrency: Option<u64>,
        tolerated_failure_count: Option<u64>,
        tolerated_failure_percentage: Option<f64>,
    ) -> Result<(), RuntimeError> {
        let (execution_arn, map_run) = self.map_run(map_run_arn).await?;
        if map_run.status == MapRunStatus::Running
            && let Some(execution) = self.execution(&execution_arn)
        {
            let map_run = map_run.id;
            let update =
                Input::UpdateMapRun { map_run, max_concurrency, tolerated_failure_count, tolerated_failure_percentage };
            self.record(&execution, update).await?;
        }
        Ok(())
    }

    /// The execution that a map run belongs to. One of an earlier process is known by its children.
    fn owner_of(&self, map_run_arn: &str) -> Result<Option<Arc<str>>, RuntimeError> {
        if let Some(owner) = self.map_run_owners().get(map_run_arn) {
            return Ok(Some(owner.clone()));
        }
        let journal = &self.shared.journal;
        let Some(child) = journal.children(map_run_arn)?.pop() else { return Ok(None) };
        let header = journal.header(&child.execution_arn)?;
        Ok(header.and_then(|header| Some(header.child_of.as_ref()?.execution_arn.clone())))
    }
}

/// Fetches what a map run's reader asks for.
async fn fetch(store: &dyn ObjectStore, read: &ReadItems) -> Result<Arc<[Item]>, TransferError> {
    let mut reader = Reader::new(read)?;
    while let Some(fetch) = reader.next_fetch() {
        match fetch {
            Fetch::Object { bucket, key, version_id } => {
                let body = store.get(&bucket, &key, version_id.as_deref()).await;
                reader.object(&body.map_err(|error| TransferError::reader(error.0))?)?;
            }
            Fetch::List { bucket, prefix } => {
                let objects = store.list(&bucket, prefix.as_deref()).await;
                reader.listed(objects.map_err(|error| TransferError::reader(error.0))?);
            }
        }
    }
    Ok(reader.finish())
}
