//! Redrives: an execution of the past runs again.

use std::sync::{Arc, PoisonError};

use jiff::Timestamp;
use journal::Header;
use machine::{ErrorCause, Execution, Input, MapRunId, Outcome};

use crate::driver::Runtime;
use crate::error::RuntimeError;
use crate::execution::{ExecutionHandle, Parent};

impl Runtime {
    /// Has an execution that ended without success go on where it stopped (`RedriveExecution`), and tells when. The redrive
    /// is in the journal when this returns.
    ///
    /// # Errors
    /// [`RuntimeError::ExecutionDoesNotExist`], [`RuntimeError::NotRedrivable`], and what a journal can meet.
    pub async fn redrive(&self, execution_arn: &str) -> Result<Timestamp, RuntimeError> {
        let journal = &*self.shared.journal;
        let missing = || RuntimeError::ExecutionDoesNotExist(execution_arn.to_owned());
        let running = || RuntimeError::NotRedrivable("Execution is RUNNING and cannot be redriven".to_owned());
        let before = journal.summary(execution_arn)?.ok_or_else(missing)?;
        let header = journal.header(execution_arn)?.ok_or_else(missing)?;
        if header.child_of.is_some() {
            let reason = "Child executions of a Map Run are redriven with their parent, not by themselves";
            return Err(RuntimeError::NotRedrivable(reason.to_owned()));
        }
        for child in self.descendants(execution_arn) {
            // It was told to stop with the execution, and can't be redriven before it did.
            child.finished().await;
        }
        let (header, interpreter) = self.revive(execution_arn)?;
        interpreter.can_be_redriven().map_err(|reason| RuntimeError::NotRedrivable(reason.to_owned()))?;
        let identity = interpreter.identity().clone();
        let mut execution = ExecutionHandle::new(identity, header, interpreter, None);
        execution.redriven = true;
        let execution = Arc::new(execution);
        {
            let mut executions = self.shared.executions.lock().unwrap_or_else(PoisonError::into_inner);
            if executions.contains_key(execution_arn) {
                return Err(running());
            }
            executions.insert(execution.identity.execution_arn.clone(), execution.clone());
        }
        // Nobody else can redrive it from here on. If somebody did meanwhile, what was read above is old.
        match journal.summary(execution_arn) {
            Ok(Some(now)) if now == before => {}
            other => {
                self.forget(&execution);
                return Err(other.map_or_else(RuntimeError::from, |_| running()));
            }
        }
        self.shared.lately.remove(execution_arn);
        self.submit_now(&execution, Input::Redrive).await;
        execution.begun().await?;
        let redriven = journal.summary(execution_arn)?.and_then(|summary| summary.redriven_at);
        Ok(redriven.unwrap_or_else(|| self.now()))
    }

    /// The executions that run for map runs of an execution, or for map runs of these.
    fn descendants(&self, execution_arn: &str) -> Vec<Arc<ExecutionHandle>> {
        let executions = self.shared.executions.lock().unwrap_or_else(PoisonError::into_inner);
        let descends = |execution: &&Arc<ExecutionHandle>| {
            let mut parent = execution.parent.as_ref();
            while let Some(Parent { execution, .. }) = parent {
                if *execution.identity.execution_arn == *execution_arn {
                    return true;
                }
                parent = execution.parent.as_ref();
            }
            false
        };
        executions.values().filter(descends).cloned().collect()
    }

    /// Has a child of a map run go on where it stopped; that it does is on record with its parent's step.
    pub(crate) fn redrive_child(
        &self,
        parent: &Arc<ExecutionHandle>,
        map_run: MapRunId,
        child: u64,
        execution_arn: &str,
    ) {
        let parent = Parent { execution: parent.clone(), map_run, child };
        match self.revive(execution_arn) {
            Ok((header, interpreter)) => {
                let input = if interpreter.events() == 0 { Input::Start } else { Input::Redrive };
                let identity = interpreter.identity().clone();
                let mut revived = ExecutionHandle::new(identity, header, interpreter, Some(parent));
                revived.redriven = true;
                let revived = Arc::new(revived);
                let mut executions = self.shared.executions.lock().unwrap_or_else(PoisonError::into_inner);
                executions.insert(revived.identity.execution_arn.clone(), revived.clone());
                drop(executions);
                self.submit(&revived, input);
            }
            Err(error) => {
                tracing::error!(execution = execution_arn, %error, "a child of a map run can't go on");
                let error =
                    ErrorCause { error: Some("Batuta.JournalFailed".into()), cause: Some(error.to_string().into()) };
                self.submit(&parent.execution, Input::ChildEnded { map_run, child, outcome: Outcome::Failed(error) });
            }
        }
    }

    /// An execution of the past as it was when it ended.
    fn revive(&self, execution_arn: &str) -> Result<(Arc<Header>, Execution), RuntimeError> {
        let journal = &*self.shared.journal;
        let missing = || RuntimeError::ExecutionDoesNotExist(execution_arn.to_owned());
        let header = journal.header(execution_arn)?.ok_or_else(missing)?;
        let machine = journal::machine_of(journal, &header)?;
        let recovered = journal::recover(machine, &header, &journal.entries(execution_arn)?)?.execution;
        Ok((header, recovered.with_preflight(self.shared.preflight.clone())))
    }
}
