//! ARNs of resources, as far as a definition alone tells.

use diagnostic::closest;

use crate::integration;

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

/// What is wrong with a `Resource` that asks for an integration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct IntegrationFault {
    /// Whether AWS is sure to refuse it. Of services that gain actions from time to time one can't be.
    pub(crate) certain: bool,
    /// What would cure it.
    pub(crate) help: String,
}

/// What is wrong with a `Resource` of the form `arn:aws:states:::SERVICE:ACTION`, if anything
/// (<https://docs.aws.amazon.com/step-functions/latest/dg/integrate-optimized.html>,
/// <https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html>).
pub(crate) fn integration_fault(resource: &str) -> Option<IntegrationFault> {
    let integration = resource.splitn(3, ':').nth(2)?.strip_prefix("states:::")?;
    let (name, action) = integration.split_once(':').unwrap_or((integration, ""));
    if name == "aws-sdk" {
        return sdk_fault(action);
    }
    let certain = |help: String| Some(IntegrationFault { certain: true, help });
    let Some(service) = integration::service(name) else {
        let near = closest(name, integration::SERVICES.iter().map(|service| service.name));
        return certain(match near {
            Some(near) => format!("did you mean '{near}'?"),
            None => format!("its actions may be called through the SDK: arn:aws:states:::aws-sdk:{name}:…"),
        });
    };
    let plain = action.split('.').next().unwrap_or(action);
    if !service.operations.iter().any(|operation| operation.action == plain) {
        let near = closest(plain, service.operations.iter().map(|operation| operation.action));
        let help = match near {
            Some(near) => format!("did you mean '{near}'?"),
            None => format!("other actions are called through the SDK: arn:aws:states:::aws-sdk:{name}:…"),
        };
        return Some(IntegrationFault { certain: service.closed, help });
    }
    let known = match action.get(plain.len()..).unwrap_or_default() {
        "" => true,
        ".sync" => service.sync,
        ".sync:2" => name == "states",
        ".waitForTaskToken" => service.callback,
        _ => return certain("the pattern is '.sync' or '.waitForTaskToken', or none".to_owned()),
    };
    if known {
        return None;
    }
    Some(IntegrationFault {
        certain: service.closed,
        help: format!("'{name}' has the patterns: {}", patterns(service).join(", ")),
    })
}

fn patterns(service: &integration::Service) -> Vec<&'static str> {
    let known = [("request and response", true), ("'.sync'", service.sync), ("'.waitForTaskToken'", service.callback)];
    known.into_iter().filter(|(_, known)| *known).map(|(pattern, _)| pattern).collect()
}

/// What is wrong with `SERVICE:ACTION` behind `aws-sdk:`. Which services and actions there are is not looked at.
fn sdk_fault(call: &str) -> Option<IntegrationFault> {
    let certain = |help: &str| Some(IntegrationFault { certain: true, help: help.to_owned() });
    let Some((service, action)) =
        call.split_once(':').filter(|(service, action)| !service.is_empty() && !action.is_empty())
    else {
        return certain("write arn:aws:states:::aws-sdk:SERVICE:ACTION");
    };
    let (action, pattern) = action.split_once('.').unwrap_or((action, ""));
    if !matches!(pattern, "" | "waitForTaskToken") {
        return certain("an SDK call knows no pattern but '.waitForTaskToken'");
    }
    let mut letters = action.chars();
    letters.next().filter(char::is_ascii_uppercase).map(|first| IntegrationFault {
        certain: false,
        help: format!("write aws-sdk:{service}:{}{}", first.to_ascii_lowercase(), letters.as_str()),
    })
}

fn is_integration(resource: &str, action: &str) -> bool {
    is_arn(resource) && resource.splitn(3, ':').nth(2).and_then(|rest| rest.strip_prefix("states:::")) == Some(action)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(integration: &str) -> Option<(bool, String)> {
        integration_fault(&format!("arn:aws:states:::{integration}")).map(|fault| (fault.certain, fault.help))
    }

    #[test]
    fn integrations_that_there_are_have_no_fault() {
        for good in [
            "dynamodb:getItem",
            "sqs:sendMessage.waitForTaskToken",
            "states:startExecution.sync:2",
            "ecs:runTask.sync",
            "aws-sdk:dynamodb:query",
            "aws-sdk:sfn:startExecution.waitForTaskToken",
            "glue:startJobRun.sync",
            "eks:runJob.sync",
        ] {
            assert_eq!(fault(good), None, "{good}");
        }
        assert_eq!(integration_fault("arn:aws:lambda:us-east-1:1:function:f"), None);
    }

    #[test]
    fn integrations_that_there_are_not_are_told_with_the_nearest_that_is() {
        for (bad, certain, help) in [
            ("dynamodb:query", true, "other actions are called through the SDK: arn:aws:states:::aws-sdk:dynamodb:…"),
            ("dynamodb:getitem", true, "did you mean 'getItem'?"),
            ("states:stopExecution", true, "did you mean 'startExecution'?"),
            ("sqss:sendMessage", true, "did you mean 'sqs'?"),
            ("foo:bar", true, "its actions may be called through the SDK: arn:aws:states:::aws-sdk:foo:…"),
            ("sqs", true, "other actions are called through the SDK: arn:aws:states:::aws-sdk:sqs:…"),
            ("sqs:sendMessage.sync", true, "'sqs' has the patterns: request and response, '.waitForTaskToken'"),
            ("events:putEvents.async", true, "the pattern is '.sync' or '.waitForTaskToken', or none"),
            ("lambda:invoke.sync", false, "'lambda' has the patterns: request and response, '.waitForTaskToken'"),
            ("glue:startJobRuns", false, "did you mean 'startJobRun'?"),
            ("aws-sdk:s3:getObject.sync", true, "an SDK call knows no pattern but '.waitForTaskToken'"),
            ("aws-sdk:s3:GetObject", false, "write aws-sdk:s3:getObject"),
            ("aws-sdk:s3", true, "write arn:aws:states:::aws-sdk:SERVICE:ACTION"),
        ] {
            assert_eq!(fault(bad), Some((certain, help.to_owned())), "{bad}");
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
