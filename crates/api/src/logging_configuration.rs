//! `loggingConfiguration`: what of executions is told to CloudWatch Logs
//! (<https://docs.aws.amazon.com/step-functions/latest/apireference/API_LoggingConfiguration.html>).

use std::sync::Arc;

use aws::Cloud;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::constraint::Constraints;
use crate::error::ApiError;
use crate::registry::logging_off;

const LEVELS: &[&str] = &["ALL", "ERROR", "FATAL", "OFF"];

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LoggingConfiguration {
    level: Option<String>,
    include_execution_data: Option<bool>,
    destinations: Option<Vec<Value>>,
}

impl LoggingConfiguration {
    pub(crate) fn constraints(&self, constraints: &mut Constraints) {
        constraints.one_of("loggingConfiguration.level", self.level.as_deref(), LEVELS);
    }

    /// The configuration with its defaults filled in. Recorded in `sfn_api_logs/*`: one destination and no more, which
    /// must be there; none is needed when nothing is logged.
    pub(crate) async fn read(self, cloud: Option<&Cloud>) -> Result<Arc<Value>, ApiError> {
        let level = self.level.as_deref().unwrap_or("OFF");
        let destinations = self.destinations.as_deref().unwrap_or_default();
        if destinations.len() > 1 || (level != "OFF" && destinations.is_empty()) {
            return Err(invalid("Must specify exactly one Log Destination."));
        }
        if let Some(destination) = destinations.first() {
            let arn = destination["cloudWatchLogsLogGroup"]["logGroupArn"].as_str();
            if !is_there(arn.and_then(group_name), cloud).await {
                return Err(invalid("Log Destination not found."));
            }
        }
        let mut configuration = Map::new();
        configuration.insert("level".into(), json!(level));
        configuration.insert("includeExecutionData".into(), json!(self.include_execution_data.unwrap_or(false)));
        if let Some(destinations) = self.destinations {
            configuration.insert("destinations".into(), destinations.into());
        }
        let configuration = Arc::new(Value::from(configuration));
        // The default is one value, wherever it comes from.
        Ok(if configuration == logging_off() { logging_off() } else { configuration })
    }
}

fn invalid(reason: &str) -> ApiError {
    ApiError::bad_request("InvalidLoggingConfiguration", format!("Invalid Logging Configuration: {reason}"))
}

/// The group's name in `arn:aws:logs:REGION:ACCOUNT:log-group:NAME:*`.
fn group_name(arn: &str) -> Option<&str> {
    let (_, name) = arn.split_once(":log-group:")?;
    Some(name.strip_suffix(":*").unwrap_or(name)).filter(|name| !name.is_empty())
}

/// Whether there is such a log group. Where there is no CloudWatch Logs, nobody can tell, and nothing is logged.
async fn is_there(group: Option<&str>, cloud: Option<&Cloud>) -> bool {
    let (Some(name), Some(cloud)) = (group, cloud) else { return group.is_some() };
    let request = json!({"logGroupNamePrefix": name, "limit": 50});
    let Ok(reply) = cloud.call("logs", "DescribeLogGroups", request).await else { return false };
    reply.output["logGroups"].as_array().is_some_and(|groups| groups.iter().any(|group| group["logGroupName"] == *name))
}
