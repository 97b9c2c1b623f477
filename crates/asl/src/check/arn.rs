//! ARNs of resources, as far as a definition alone tells.

/// Whether the text has the form of an ARN: `arn:partition:service:region:account:resource`.
pub(crate) fn is_arn(text: &str) -> bool {
    let mut parts = text.splitn(6, ':');
    parts.next() == Some("arn")
        && parts.next().is_some_and(|partition| !partition.is_empty())
        && parts.next().is_some_and(|service| !service.is_empty())
        && parts.next().is_some()
        && parts.next().is_some()
        && parts.next().is_some_and(|resource| !resource.is_empty())
}

/// Whether the ARN is one of an activity.
pub(crate) fn is_activity(arn: &str) -> bool {
    let mut parts = arn.splitn(7, ':');
    parts.nth(2) == Some("states") && parts.nth(2) == Some("activity")
}

/// The integration pattern that a resource asks for with its ending.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pattern {
    RequestResponse,
    Sync,
    WaitForTaskToken,
}

/// The integration pattern of a `Resource`.
pub(crate) fn pattern(resource: &str) -> Pattern {
    let end = resource.strip_suffix(":2").unwrap_or(resource);
    match end.rsplit_once('.').map(|(_, pattern)| pattern) {
        Some("waitForTaskToken") => Pattern::WaitForTaskToken,
        Some("sync") => Pattern::Sync,
        _ => Pattern::RequestResponse,
    }
}

/// Whether an ItemReader's `Resource` is one that AWS reads items with.
pub(crate) fn reads_items(resource: &str) -> bool {
    ["s3:getObject", "s3:listObjectsV2"].iter().any(|action| is_integration(resource, action))
}

/// Whether a ResultWriter's `Resource` is the one that AWS writes results with.
pub(crate) fn writes_results(resource: &str) -> bool {
    is_integration(resource, "s3:putObject")
}

/// Whether a `Resource` names an action that its optimized integration does not have
/// (<https://docs.aws.amazon.com/step-functions/latest/dg/integrate-optimized.html>). Of services that gain actions from
/// time to time nothing is said.
pub(crate) fn is_unknown_action(resource: &str) -> bool {
    let integration = resource.splitn(3, ':').nth(2).and_then(|rest| rest.strip_prefix("states:::"));
    let Some((service, action)) = integration.and_then(|integration| integration.split_once(':')) else { return false };
    let action = action.split('.').next().unwrap_or(action);
    match service {
        "apigateway" => action != "invoke",
        "batch" => action != "submitJob",
        "dynamodb" => !["getItem", "putItem", "updateItem", "deleteItem"].contains(&action),
        "ecs" => action != "runTask",
        "events" => action != "putEvents",
        "sns" => action != "publish",
        "sqs" => action != "sendMessage",
        "states" => action != "startExecution",
        _ => false,
    }
}

fn is_integration(resource: &str, action: &str) -> bool {
    is_arn(resource) && resource.splitn(3, ':').nth(2).and_then(|rest| rest.strip_prefix("states:::")) == Some(action)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actions_that_an_optimized_integration_does_not_have_are_known() {
        for (action, unknown) in [
            ("dynamodb:query", true),
            ("dynamodb:getItem", false),
            ("sqs:sendMessage.waitForTaskToken", false),
            ("states:startExecution.sync:2", false),
            ("states:stopExecution", true),
            ("aws-sdk:dynamodb:query", false),
            ("somethingNew:doIt", false),
        ] {
            assert_eq!(is_unknown_action(&format!("arn:aws:states:::{action}")), unknown, "{action}");
        }
    }

    #[test]
    fn arns_are_told_by_their_parts() {
        assert!(is_arn("arn:aws:lambda:us-east-1:123456789012:function:buy"));
        assert!(is_arn("arn:aws:states:::lambda:invoke"));
        assert!(!is_arn("arn:aws:lambda"));
        assert!(!is_arn("buy"));
        assert!(!is_arn("arn:aws:states:::"));
        assert!(is_activity("arn:aws:states:us-east-1:123456789012:activity:approve"));
        assert!(!is_activity("arn:aws:states:::sqs:sendMessage"));
    }

    #[test]
    fn patterns_are_told_by_the_ending() {
        assert_eq!(pattern("arn:aws:states:::ecs:runTask.sync"), Pattern::Sync);
        assert_eq!(pattern("arn:aws:states:::states:startExecution.sync:2"), Pattern::Sync);
        assert_eq!(pattern("arn:aws:states:::sqs:sendMessage.waitForTaskToken"), Pattern::WaitForTaskToken);
        assert_eq!(pattern("arn:aws:states:::sqs:sendMessage"), Pattern::RequestResponse);
        assert!(reads_items("arn:aws-cn:states:::s3:listObjectsV2"));
        assert!(!reads_items("arn:aws:states:::s3:putObject"));
    }
}
