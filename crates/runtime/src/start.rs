//! Executions begin.

use std::sync::{Arc, PoisonError};

use asl::model::StateMachine;
use journal::{Header, Origin};
use machine::{Document, Execution, Identity, Input};

use crate::driver::Runtime;
use crate::error::RuntimeError;
use crate::execution::ExecutionHandle;

/// What it takes to start an execution.
#[derive(Debug, Clone)]
pub struct StartExecution {
    /// The compiled definition.
    pub machine: Arc<StateMachine>,
    /// Its text, to be recorded with the execution.
    pub definition: Arc<str>,
    /// The execution's ARN.
    pub execution_arn: Arc<str>,
    /// The execution's name.
    pub execution_name: Arc<str>,
    /// The state machine's ARN.
    pub state_machine_arn: Arc<str>,
    /// The state machine's name.
    pub state_machine_name: Arc<str>,
    /// The role it runs under.
    pub role_arn: Arc<str>,
    /// The region.
    pub region: Arc<str>,
    /// Whether the state machine is of type `EXPRESS`.
    pub express: bool,
    /// Which state of the state machine it is.
    pub origin: Arc<Origin>,
    /// The input.
    pub input: Document,
}

impl Runtime {
    /// Starts an execution under a name that nobody else can have, such as a random one. It is in the journal when this
    /// returns, and so is its first step.
    pub async fn start(&self, start: StartExecution) -> Result<Arc<ExecutionHandle>, RuntimeError> {
        let claimed = self.claim(start)?;
        self.begin(claimed).await
    }

    /// Starts an execution that nothing is written down of: whoever waits for it has its end, and a crash ends both. So are
    /// synchronous Express executions (<https://docs.aws.amazon.com/step-functions/latest/dg/choosing-workflow-type.html>: at
    /// most once).
    pub async fn start_unrecorded(&self, start: StartExecution) -> Result<Arc<ExecutionHandle>, RuntimeError> {
        let claimed = self.claim_as(start, false)?;
        self.begin(claimed).await
    }

    /// Starts an execution under a name that somebody chose: no execution of the past may have its ARN.
    pub async fn start_named(&self, start: StartExecution) -> Result<Arc<ExecutionHandle>, RuntimeError> {
        // Claimed first: an execution leaves the running ones only when it is in the journal, so it is seen in one of them.
        self.begin(self.claim(start)?).await
    }

    /// Makes an execution, which has its ARN for itself from now on.
    fn claim(&self, start: StartExecution) -> Result<Arc<ExecutionHandle>, RuntimeError> {
        self.claim_as(start, true)
    }

    fn claim_as(&self, start: StartExecution, recorded: bool) -> Result<Arc<ExecutionHandle>, RuntimeError> {
        let mut seed = [0; 32];
        getrandom::fill(&mut seed).map_err(|error| RuntimeError::Randomness(error.to_string()))?;
        let identity = Arc::new(Identity {
            execution_arn: start.execution_arn,
            execution_name: start.execution_name,
            state_machine_arn: start.state_machine_arn,
            state_machine_name: start.state_machine_name,
            role_arn: start.role_arn,
            region: start.region,
            redrive_count: 0,
            express: start.express,
            seed,
        });
        let header = Arc::new(Header {
            started_at: self.now(),
            origin: start.origin,
            ..Header::new(&identity, start.definition, start.input.clone())
        });
        let interpreter =
            Execution::new(start.machine, identity.clone(), start.input).with_preflight(self.shared.preflight.clone());
        let mut execution = ExecutionHandle::new(identity.clone(), header, interpreter, None);
        execution.recorded = recorded;
        execution.fresh = true;
        let execution = Arc::new(execution);
        let mut executions = self.shared.executions.lock().unwrap_or_else(PoisonError::into_inner);
        if executions.contains_key(&identity.execution_arn) {
            return Err(RuntimeError::ExecutionExists(identity.execution_arn.to_string()));
        }
        executions.insert(identity.execution_arn.clone(), execution.clone());
        Ok(execution)
    }

    /// Has an execution taken up, its beginning and its first step in one batch, and waits until that is durable. It goes
    /// on if nobody waits any more.
    async fn begin(&self, execution: Arc<ExecutionHandle>) -> Result<Arc<ExecutionHandle>, RuntimeError> {
        self.submit_now(&execution, Input::Start).await;
        execution.begun().await?;
        Ok(execution)
    }
}
