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

fn is_integration(resource: &str, action: &str) -> bool {
    is_arn(resource) && resource.splitn(3, ':').nth(2).and_then(|rest| rest.strip_prefix("states:::")) == Some(action)
}

#[cfg(test)]
mod tests {
    use super::*;

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
