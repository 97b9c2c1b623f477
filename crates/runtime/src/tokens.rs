//! Task tokens: who waits for an answer, and which tokens were answered.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use machine::TaskId;

use crate::error::TokenError;
use crate::execution::ExecutionHandle;

/// How many used tokens are remembered, so that a late answer hears that its task is over rather than that its token is
/// invalid.
const REMEMBERED: usize = 65_536;

#[derive(Default)]
pub(crate) struct Tokens {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    waiting: HashMap<Arc<str>, (Arc<ExecutionHandle>, TaskId)>,
    used: HashSet<Arc<str>>,
    used_in_order: VecDeque<Arc<str>>,
}

impl State {
    fn remember(&mut self, token: Arc<str>) {
        if !self.used.insert(token.clone()) {
            return;
        }
        self.used_in_order.push_back(token);
        if self.used_in_order.len() > REMEMBERED
            && let Some(oldest) = self.used_in_order.pop_front()
        {
            self.used.remove(&oldest);
        }
    }
}

impl Tokens {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn register(&self, token: Arc<str>, execution: Arc<ExecutionHandle>, task: TaskId) {
        self.lock().waiting.insert(token, (execution, task));
    }

    /// Whose token it is; it stays good.
    pub(crate) fn find(&self, token: &str) -> Result<(Arc<ExecutionHandle>, TaskId), TokenError> {
        let state = self.lock();
        match state.waiting.get(token) {
            Some((execution, task)) => Ok((execution.clone(), *task)),
            None if state.used.contains(token) => Err(TokenError::TaskTimedOut),
            None => Err(TokenError::InvalidToken),
        }
    }

    /// Whose token it is; it dies with this.
    pub(crate) fn take(&self, token: &str) -> Result<(Arc<ExecutionHandle>, TaskId), TokenError> {
        let found = self.find(token)?;
        self.retire(token);
        Ok(found)
    }

    /// The token's task is over.
    pub(crate) fn retire(&self, token: &str) {
        let mut state = self.lock();
        if let Some((token, _)) = state.waiting.remove_entry(token) {
            state.remember(token);
        }
    }

    /// An earlier process had that token answered, or gave its task up.
    pub(crate) fn remember(&self, token: Arc<str>) {
        self.lock().remember(token);
    }

    /// How many tokens wait for an answer.
    pub(crate) fn waiting(&self) -> usize {
        self.lock().waiting.len()
    }
}
