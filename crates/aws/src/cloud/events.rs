//! The cloud's doors to `EventBridge`.

use serde_json::Value;

use super::Cloud;
use crate::error::Error;
use crate::events::PutEvent;
use crate::feed::Feed;

impl Cloud {
    /// Makes an event bus, or finds it. Returns its ARN.
    ///
    /// # Errors
    /// [`Error::Refused`] when `EventBridge` refuses the name.
    pub fn create_event_bus(&self, name: &str) -> Result<String, Error> {
        self.shared.events.furnish_bus(name)
    }

    /// Makes a rule from a `PutRule` request, or changes it to that, with these targets (as `PutTargets` takes them) alone.
    /// Returns its ARN. A rule with a schedule is kept, but never fires.
    ///
    /// # Errors
    /// [`Error::Refused`] when `EventBridge` refuses the rule, or a target can't be delivered to here.
    pub fn put_rule(&self, rule: Value, targets: Vec<Value>) -> Result<String, Error> {
        self.shared.events.furnish_rule(rule, targets)
    }

    /// Everything that was put on event buses.
    pub fn put_events(&self) -> &Feed<PutEvent> {
        &self.shared.events.put
    }
}
