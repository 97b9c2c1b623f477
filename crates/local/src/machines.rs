//! The state machines of a stack, deployed to the registry of the Step Functions API.

use api::{Deployment, Registry, RegistryError};
use jiff::Timestamp;
use sam::stack::StateMachineType;
use serde_json::Value;

use crate::project::Project;

/// Deploys those of a project whose definitions have no errors, and its activities.
pub(crate) fn deploy(registry: &Registry, project: &Project, now: Timestamp) -> Result<(), RegistryError> {
    for machine in &project.machines {
        let Some(compiled) = machine.compiled.clone() else { continue };
        let resource = &machine.resource;
        let deployment = Deployment {
            arn: resource.arn.as_str().into(),
            name: resource.name.as_str().into(),
            express: resource.kind == StateMachineType::Express,
            definition: machine.substituted.clone(),
            compiled,
            role_arn: resource.role_arn.as_str().into(),
            logging: resource.logging.clone().map(as_in_the_api),
            tracing: resource.tracing,
            tags: resource.tags.clone(),
            alias: resource.alias.as_deref().map(Into::into),
        };
        registry.deploy(deployment, now)?;
    }
    for activity in project.stack.iter().flat_map(|stack| &stack.activities) {
        registry.deploy_activity(&activity.arn, &activity.name, now)?;
    }
    Ok(())
}

/// A property with its members spelled as the API spells them: `LogGroupArn` is `logGroupArn` there.
fn as_in_the_api(property: Value) -> Value {
    match property {
        Value::Object(members) => {
            let spelled = |name: String| {
                let mut letters = name.chars();
                letters.next().into_iter().flat_map(char::to_lowercase).chain(letters).collect::<String>()
            };
            members.into_iter().map(|(name, value)| (spelled(name), as_in_the_api(value))).collect()
        }
        Value::Array(items) => items.into_iter().map(as_in_the_api).collect(),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_logging_property_is_spelled_as_in_the_api() {
        let property = json!({"Level": "ALL", "IncludeExecutionData": true, "Destinations": [
            {"CloudWatchLogsLogGroup": {"LogGroupArn": "arn:aws:logs:us-east-1:1:log-group:G:*"}},
        ]});
        let configuration = json!({"level": "ALL", "includeExecutionData": true, "destinations": [
            {"cloudWatchLogsLogGroup": {"logGroupArn": "arn:aws:logs:us-east-1:1:log-group:G:*"}},
        ]});
        assert_eq!(as_in_the_api(property), configuration);
    }
}
