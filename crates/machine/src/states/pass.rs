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
        let result = if let Some(result) = &pass.result {
            let result = Document::new(result.clone());
            self.see(|seen| seen.result = Some(result.clone()));
            result
        } else {
            let parameters = self.payload(scope, pass.parameters.as_ref(), "Parameters")?;
            self.see(|seen| seen.after_parameters = Some(parameters.clone()));
            parameters
        };
        self.complete_with(scope, state, None, &pass.result_path, result)
    }
}
