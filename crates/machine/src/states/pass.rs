//! Pass states.

use asl::model::{Pass, QueryLanguage, State};

use crate::document::Document;
use crate::execution::Execution;
use crate::failure::Failure;
use crate::scope::ScopeId;

impl Execution {
    pub(crate) fn pass(&mut self, scope: ScopeId, state: &State, pass: &Pass) -> Result<(), Failure> {
        if state.query_language == QueryLanguage::Jsonata {
            let output = self.scopes[scope].effective.clone();
            return self.complete(scope, state, None, output);
        }
        // `Result` takes the place of what `Parameters` would make.
        let result = match &pass.result {
            Some(result) => Document::new(result.clone()),
            None => self.payload(scope, pass.parameters.as_ref(), "Parameters")?,
        };
        let output = self.merged(scope, &pass.result_path, &result)?;
        self.complete(scope, state, Some(&result), output)
    }
}
