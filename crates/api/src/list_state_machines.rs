//! `ListStateMachines`: <https://docs.aws.amazon.com/step-functions/latest/apireference/API_ListStateMachines.html>.

use std::sync::Arc;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::StepFunctions;
use crate::constraint::Constraints;
use crate::error::{ApiError, request};
use crate::page::{Page, TOKEN};
use crate::registry::Machine;
use crate::reply::{Date, reply};

const LIST: &str = "state machines";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Request {
    max_results: Option<i64>,
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Answer<'a> {
    state_machines: Vec<Item<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Item<'a> {
    state_machine_arn: &'a str,
    name: &'a str,
    #[serde(rename = "type")]
    kind: &'a str,
    creation_date: Date,
}

impl StepFunctions {
    /// In the order of their creation (recorded in `sfn_api--list_sms`).
    pub(crate) fn list_state_machines(&self, body: &[u8]) -> Result<Bytes, ApiError> {
        let Request { max_results, next_token } = request(body)?;
        let mut constraints = Constraints::default();
        Page::constraints(&mut constraints, max_results, next_token.as_deref(), TOKEN);
        constraints.check()?;
        let page = Page::read(LIST, max_results, next_token.as_deref())?;
        let position = |machine: &Arc<Machine>| machine.about.position;
        let (machines, next_token) = page.cut(LIST, self.registry.machines(), position);
        let state_machines = machines.iter().map(|machine| Item {
            state_machine_arn: &machine.about.arn,
            name: &machine.about.name,
            kind: if machine.about.express { "EXPRESS" } else { "STANDARD" },
            creation_date: Date(machine.about.created_at),
        });
        Ok(reply(&Answer { state_machines: state_machines.collect(), next_token }))
    }
}
