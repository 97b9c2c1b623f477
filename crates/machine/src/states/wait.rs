//! Wait states.

use asl::model::{Seconds, State, Wait, WaitUntil};
use jiff::Timestamp;
use serde_json::Value;

use crate::context::View;
use crate::execution::Execution;
use crate::failure::Failure;
use crate::limits;
use crate::scope::{Phase, ScopeId};
use crate::timing::Purpose;
use crate::{sentences, timestamp};

impl Execution {
    pub(crate) fn wait(&mut self, scope: ScopeId, state: &State, wait: &Wait) -> Result<(), Failure> {
        let at = self.wait_until(scope, wait)?;
        if at <= self.now {
            return self.wait_complete(scope, state);
        }
        if at.duration_since(self.now).as_secs() > limits::MAX_WAIT_SECONDS {
            return Err(Failure::runtime(sentences::WAIT_TOO_LONG));
        }
        let timer = self.arm(at, Purpose::Wait(scope));
        self.scopes[scope].phase = Phase::Wait(timer);
        Ok(())
    }

    fn wait_until(&self, scope: ScopeId, wait: &Wait) -> Result<Timestamp, Failure> {
        let effective = &self.scopes[scope].effective;
        let view = View::new(self, scope, effective.value());
        match &wait.until {
            WaitUntil::Seconds(Seconds::Literal(seconds)) => Ok(self.after(*seconds)),
            WaitUntil::Seconds(Seconds::Path(path)) => {
                // A path that leads nowhere is told of in Wait's own words.
                let Ok(value) = path.evaluate(&view) else {
                    return Err(Failure::runtime(sentences::seconds_missing("SecondsPath", path.source())));
                };
                let Some(seconds) = value.as_i64() else {
                    return Err(Failure::runtime(sentences::seconds_not_a_long("SecondsPath", path.source(), &value)));
                };
                match u64::try_from(seconds) {
                    Ok(seconds) => Ok(self.after(seconds)),
                    Err(_) => Err(Failure::runtime(sentences::seconds_negative("SecondsPath", path.source(), &value))),
                }
            }
            WaitUntil::Seconds(Seconds::Query(query)) => {
                let value = query.evaluate(&view, "Seconds")?;
                match value.as_f64() {
                    Some(seconds) if seconds >= 0.0 && seconds.fract() == 0.0 => Ok(self.after(seconds as u64)),
                    _ => Err(Failure::query(
                        sentences::unexpected_type(query.source(), "Seconds", "non-negative integer", &value),
                        Some("Seconds"),
                    )),
                }
            }
            WaitUntil::Timestamp(literal) => {
                timestamp::parse(literal).ok_or_else(|| Failure::runtime(sentences::timestamp_invalid(literal)))
            }
            WaitUntil::TimestampPath(path) => {
                let value = path.evaluate(&view)?;
                let text = match &*value {
                    Value::String(text) => text.clone(),
                    other => other.to_string(),
                };
                timestamp::parse(&text)
                    .ok_or_else(|| Failure::runtime(sentences::timestamp_path_invalid(path.source(), &text)))
            }
            WaitUntil::TimestampQuery(query) => {
                let value = query.evaluate(&view, "Timestamp")?;
                let Value::String(text) = &value else {
                    return Err(Failure::query(
                        sentences::unexpected_type(query.source(), "Timestamp", "string", &value),
                        Some("Timestamp"),
                    ));
                };
                timestamp::parse(text).ok_or_else(|| Failure::unusable(sentences::timestamp_invalid(text), "Timestamp"))
            }
        }
    }

    /// The timer of a Wait state fired.
    pub(crate) fn wait_over(&mut self, scope: ScopeId) {
        let state = self.current(scope);
        if let Err(failure) = self.wait_complete(scope, &state) {
            self.state_failed(scope, &state, failure);
        }
    }

    fn wait_complete(&mut self, scope: ScopeId, state: &State) -> Result<(), Failure> {
        let output = self.scopes[scope].effective.clone();
        self.complete(scope, state, None, output)
    }
}
