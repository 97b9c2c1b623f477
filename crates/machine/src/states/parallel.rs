//! Parallel states.

use asl::model::{Parallel, QueryLanguage, State};

use crate::event::EventKind;
use crate::execution::{Execution, Turn};
use crate::failure::Failure;
use crate::scope::{Children, Phase, Scope, ScopeId};

impl Execution {
    pub(crate) fn start_branches(&mut self, scope: ScopeId, state: &State, parallel: &Parallel) -> Result<(), Failure> {
        let location = match state.query_language {
            QueryLanguage::JsonPath => "Parameters",
            QueryLanguage::Jsonata => "Arguments",
        };
        let input = self.payload(scope, parallel.parameters.as_ref(), location)?;
        if self.test.is_some() {
            return self.mocked(scope, state, parallel.result_selector.as_ref(), &parallel.result_path);
        }
        let started = self.chain(scope, EventKind::ParallelStateStarted);
        let count = parallel.branches.len();
        let mut children = Children {
            scopes: Vec::with_capacity(count),
            outputs: vec![None; count],
            left: count,
            items: Vec::new(),
            next: 0,
        };
        for (index, branch) in parallel.branches.iter().enumerate() {
            let child = self.add_scope(Scope::new(branch.clone(), Some((scope, index)), started, input.clone()));
            children.scopes.push(Some(child));
            self.ready.push_back((child, Turn::Enter(branch.start_at)));
        }
        if count == 0 {
            return self.children_succeeded(scope, state, children);
        }
        self.scopes[scope].phase = Phase::Children(Box::new(children));
        Ok(())
    }
}
