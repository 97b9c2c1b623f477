//! Fail states.

use std::sync::Arc;

use asl::model::{Fail, Text};
use serde_json::Value;

use crate::context::View;
use crate::event::ErrorCause;
use crate::execution::Execution;
use crate::failure::Failure;
use crate::scope::ScopeId;
use crate::sentences;

impl Execution {
    pub(crate) fn fail(&mut self, scope: ScopeId, fail: &Fail) -> Result<(), Failure> {
        let error = self.text(scope, &fail.error, "Error")?;
        let cause = self.text(scope, &fail.cause, "Cause")?;
        let failure =
            Failure { error: ErrorCause { error, cause }, of_task: false, of_heartbeat: false, evaluation: None };
        // A Fail state has neither `Retry` nor `Catch`.
        self.scope_failed(scope, failure);
        Ok(())
    }

    fn text(&self, scope: ScopeId, text: &Text, field: &str) -> Result<Option<Arc<str>>, Failure> {
        let effective = &self.scopes[scope].effective;
        let (value, source) = match text {
            Text::None => return Ok(None),
            Text::Literal(literal) => return Ok(Some(Arc::from(&**literal))),
            Text::Path(path) => {
                let view = View::new(self, scope, effective.value());
                (path.evaluate(&view, &format!("{field}Path"))?, path.source())
            }
            Text::Query(query) => {
                let view = View::new(self, scope, effective.value());
                (query.evaluate(&view, field)?, query.source())
            }
        };
        match value {
            Value::String(text) => Ok(Some(text.into())),
            other => match text {
                Text::Query(_) => {
                    Err(Failure::query(sentences::unexpected_type(source, field, "string", &other), Some(field)))
                }
                _ => Err(Failure::runtime(sentences::not_a_string(&format!("{field}Path"), &other, source))),
            },
        }
    }
}
