//! Redrives: an execution of the past runs again.

use std::sync::{Arc, PoisonError};

use jiff::Timestamp;
use machine::Input;

use crate::driver::Runtime;
use crate::error::RuntimeError;
use crate::execution::ExecutionHandle;

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
        let machine = journal::machine_of(journal, &header)?;
        let recovered = journal::recover(machine, &header, &journal.entries(execution_arn)?)?.execution;
        recovered.can_be_redriven().map_err(|reason| RuntimeError::NotRedrivable(reason.to_owned()))?;
        let identity = recovered.identity().clone();
        let interpreter = recovered.with_preflight(self.shared.preflight.clone());
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
        self.submit(&execution, Input::Redrive);
        execution.begun().await?;
        let redriven = journal.summary(execution_arn)?.and_then(|summary| summary.redriven_at);
        Ok(redriven.unwrap_or_else(|| self.now()))
    }
}
