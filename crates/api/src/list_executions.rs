//! `ListExecutions`: <https://docs.aws.amazon.com/step-functions/latest/apireference/API_ListExecutions.html>.

use bytes::Bytes;
use journal::{ExecutionsOf, Query, Summary};
use serde::{Deserialize, Serialize};

use crate::StepFunctions;
use crate::arn;
use crate::constraint::{ARN, Constraints, LONG_ARN};
use crate::error::{ApiError, request};
use crate::page::{Page, encode};
use crate::registry::version_number;
use crate::reply::{Date, reply};

const LIST: &str = "executions";
const STATUSES: &[&str] = &["RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED", "PENDING_REDRIVE"];
/// The most characters of this list's tokens (recorded in `sfn_api--list_executions_versions_pagination`).
const TOKEN: usize = 3096;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Request {
    state_machine_arn: Option<String>,
    map_run_arn: Option<String>,
    status_filter: Option<String>,
    redrive_filter: Option<String>,
    max_results: Option<i64>,
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Answer<'a> {
    executions: Vec<Item<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Item<'a> {
    execution_arn: &'a str,
    state_machine_arn: &'a str,
    name: &'a str,
    status: &'a str,
    start_date: Date,
    #[serde(skip_serializing_if = "Option::is_none")]
    stop_date: Option<Date>,
    #[serde(skip_serializing_if = "Option::is_none")]
    map_run_arn: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    state_machine_version_arn: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    state_machine_alias_arn: Option<&'a str>,
    redrive_count: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    redrive_date: Option<Date>,
}

impl<'a> Item<'a> {
    fn of(summary: &'a Summary) -> Self {
        Self {
            execution_arn: &summary.execution_arn,
            state_machine_arn: &summary.state_machine_arn,
            name: &summary.execution_name,
            status: &summary.status,
            start_date: Date(summary.started_at),
            stop_date: summary.stopped_at.map(Date),
            map_run_arn: summary.map_run_arn.as_deref(),
            state_machine_version_arn: summary.version_arn.as_deref(),
            state_machine_alias_arn: summary.alias_arn.as_deref(),
            redrive_count: summary.redrive_count,
            redrive_date: summary.redriven_at.map(Date),
        }
    }
}

impl StepFunctions {
    pub(crate) async fn list_executions(&self, body: &[u8]) -> Result<Bytes, ApiError> {
        let request: Request = request(body)?;
        let mut constraints = Constraints::default();
        constraints
            .length("stateMachineArn", request.state_machine_arn.as_deref(), (1, ARN))
            .length("mapRunArn", request.map_run_arn.as_deref(), (1, LONG_ARN))
            .one_of("statusFilter", request.status_filter.as_deref(), STATUSES)
            .one_of("redriveFilter", request.redrive_filter.as_deref(), &["REDRIVEN", "NOT_REDRIVEN"]);
        Page::constraints(&mut constraints, request.max_results, request.next_token.as_deref(), TOKEN);
        constraints.check()?;
        let of = self.of(&request).await?;
        let page = Page::read(LIST, request.max_results, request.next_token.as_deref())?;
        let query = Query {
            of,
            status: request.status_filter.as_deref(),
            redriven: request.redrive_filter.as_deref().map(|filter| filter == "REDRIVEN"),
            before: page.from,
            // One more than wanted tells whether there is another page.
            limit: page.size + 1,
        };
        let mut found = self.runtime.journal().list(&query)?;
        let more = found.len() > page.size;
        found.truncate(page.size);
        let next_token = found.last().filter(|_| more).map(|last| encode(LIST, last.number));
        Ok(reply(&Answer { executions: found.iter().map(Item::of).collect(), next_token }))
    }

    /// Whose executions are asked for.
    async fn of<'a>(&self, request: &'a Request) -> Result<ExecutionsOf<'a>, ApiError> {
        match (&request.state_machine_arn, &request.map_run_arn) {
            (Some(text), None) => {
                let named = arn::state_machine(text)?;
                let missing = || ApiError::no_state_machine(text);
                let machine = self.registry.find(named.base).ok_or_else(missing)?;
                if machine.about.express {
                    return Err(ApiError::type_not_supported());
                }
                match named.qualifier {
                    None => Ok(ExecutionsOf::StateMachine(text)),
                    Some(qualifier) => match version_number(qualifier) {
                        Some(number) if machine.versions.contains_key(&number) => Ok(ExecutionsOf::Version(text)),
                        None if machine.aliases.contains_key(qualifier) => Ok(ExecutionsOf::Alias(text)),
                        _ => Err(missing()),
                    },
                }
            }
            (None, Some(text)) => {
                arn::map_run(text)?;
                self.runtime.map_run(text).await?;
                Ok(ExecutionsOf::MapRun(text))
            }
            (None, None) => Err(ApiError::validation("Must provide a StateMachine ARN or MapRun ARN")),
            (Some(_), Some(_)) => Err(ApiError::validation("Must provide either a StateMachine ARN or a MapRun ARN")),
        }
    }
}
