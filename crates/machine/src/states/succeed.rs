//! Succeed states.

use asl::model::State;

use crate::execution::Execution;
use crate::failure::Failure;
use crate::scope::ScopeId;

impl Execution {
    pub(crate) fn succeed(&mut self, scope: ScopeId, state: &State) -> Result<(), Failure> {
        let output = self.scopes[scope].effective.clone();
        self.complete(scope, state, None, output)
    }
}
