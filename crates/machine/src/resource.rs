//! The `Resource` of a Task state, taken apart.

use std::sync::Arc;

/// What a Task state asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resource {
    /// A Lambda function by its ARN.
    Lambda {
        /// The ARN as written.
        arn: Arc<str>,
    },
    /// An activity by its ARN.
    Activity {
        /// The ARN as written.
        arn: Arc<str>,
    },
    /// A service integration.
    Service {
        /// The ARN as written, such as `arn:aws:states:::sqs:sendMessage.waitForTaskToken`.
        arn: Arc<str>,
        /// `resourceType` of the events: `sqs`, `aws-sdk:dynamodb`.
        service: Arc<str>,
        /// `resource` of the events: the action with its pattern, `sendMessage.waitForTaskToken`.
        action: Arc<str>,
        /// The pattern.
        pattern: Pattern,
    },
}

/// How a service integration waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pattern {
    /// For the answer to the request.
    RequestResponse,
    /// `.sync` and `.sync:2`: for the job to end.
    Sync,
    /// `.waitForTaskToken`: for somebody to answer with the task token.
    WaitForTaskToken,
}

impl Resource {
    /// Takes an ARN apart. None: it is neither a Lambda function, nor an activity, nor a service integration.
    pub fn parse(arn: &Arc<str>) -> Option<Self> {
        let mut parts = arn.splitn(6, ':');
        if parts.next() != Some("arn") {
            return None;
        }
        let _partition = parts.next()?;
        let service = parts.next()?;
        let _region = parts.next()?;
        let account = parts.next()?;
        let rest = parts.next()?;
        match service {
            "lambda" => Some(Self::Lambda { arn: arn.clone() }),
            "states" if rest.starts_with("activity:") => Some(Self::Activity { arn: arn.clone() }),
            "states" if account.is_empty() => Self::integration(arn, rest),
            _ => None,
        }
    }

    fn integration(arn: &Arc<str>, rest: &str) -> Option<Self> {
        let service_parts = if rest.starts_with("aws-sdk:") { 2 } else { 1 };
        let split = rest.match_indices(':').nth(service_parts - 1)?.0;
        let (service, action) = (&rest[..split], &rest[split + 1..]);
        let pattern = match action.split_once('.') {
            None => Pattern::RequestResponse,
            Some((_, "sync" | "sync:2")) => Pattern::Sync,
            Some((_, "waitForTaskToken")) => Pattern::WaitForTaskToken,
            Some(_) => return None,
        };
        (!action.is_empty()).then(|| Self::Service {
            arn: arn.clone(),
            service: service.into(),
            action: action.into(),
            pattern,
        })
    }

    /// Whether a task token is minted for it.
    pub fn has_token(&self) -> bool {
        matches!(self, Self::Activity { .. } | Self::Service { pattern: Pattern::WaitForTaskToken, .. })
    }

    /// Whether the request is answered first and the result comes later.
    pub fn is_submitted(&self) -> bool {
        matches!(self, Self::Service { pattern: Pattern::WaitForTaskToken | Pattern::Sync, .. })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_resource_is_told_apart() {
        let parse = |arn: &str| Resource::parse(&arn.into());
        assert!(matches!(parse("arn:aws:lambda:us-east-1:123456789012:function:buy"), Some(Resource::Lambda { .. })));
        assert!(matches!(
            parse("arn:aws:states:us-east-1:123456789012:activity:packing"),
            Some(Resource::Activity { .. })
        ));
        let Some(Resource::Service { service, action, pattern, .. }) =
            parse("arn:aws:states:::sqs:sendMessage.waitForTaskToken")
        else {
            panic!("a service integration");
        };
        assert_eq!((&*service, &*action, pattern), ("sqs", "sendMessage.waitForTaskToken", Pattern::WaitForTaskToken));
        let Some(Resource::Service { service, action, pattern, .. }) =
            parse("arn:aws:states:::states:startExecution.sync:2")
        else {
            panic!("a service integration");
        };
        assert_eq!((&*service, &*action, pattern), ("states", "startExecution.sync:2", Pattern::Sync));
        let Some(Resource::Service { service, action, .. }) = parse("arn:aws:states:::aws-sdk:dynamodb:putItem") else {
            panic!("a service integration");
        };
        assert_eq!((&*service, &*action), ("aws-sdk:dynamodb", "putItem"));
        assert_eq!(parse("not an arn"), None);
        assert_eq!(parse("arn:aws:s3:::bucket"), None);
        assert_eq!(parse("arn:aws:states:::sqs:sendMessage.later"), None);
    }
}
