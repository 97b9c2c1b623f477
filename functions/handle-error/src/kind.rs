use serde::Serialize;

/// What an error calls for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The input is wrong, and will be wrong again.
    InvalidInput,
    /// A service could not be reached, was busy or too slow: it may work later.
    Unavailable,
    /// A permission is missing: the stack must be corrected.
    Denied,
    /// Anything else: somebody must look at it.
    Fault,
}

/// Names that mean: later, perhaps. Each was retried before it came here.
const PASSING: [&str; 14] = [
    "States.Timeout",
    "Sandbox.Timedout",
    "Lambda.Unknown",
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.TooManyRequestsException",
    "DynamoDB.InternalServerErrorException",
    "DynamoDB.ProvisionedThroughputExceededException",
    "DynamoDB.RequestLimitExceededException",
    "DynamoDB.ThrottlingException",
    "ApiGateway.429",
    "ApiGateway.502",
    "ApiGateway.503",
    "ApiGateway.504",
];

impl Kind {
    /// Judges the error of a state by its name and, where the name is one for everything, by its cause.
    pub fn of(state: &str, error: &str, cause: &str) -> Self {
        let (service, name) = error.rsplit_once('.').unwrap_or(("", error));
        // Any other state's input is our own work, and nobody's to correct.
        if (error == domain::fault::INVALID_INPUT && state == "ProcessData")
            || (service == "ApiGateway" && matches!(name, "400" | "413" | "422"))
        {
            Self::InvalidInput
        } else if name == "AccessDeniedException"
            || matches!(error, "ApiGateway.401" | "ApiGateway.403")
            || ["Status Code: 403", "is not authorized to perform"].iter().any(|words| cause.contains(words))
        {
            Self::Denied
        } else if PASSING.contains(&error)
            || name == "SdkClientException"
            || ["Status Code: 500", "Status Code: 503"].iter().any(|words| cause.contains(words))
        {
            Self::Unavailable
        } else {
            Self::Fault
        }
    }

    /// What to do about it.
    pub fn advice(self) -> &'static str {
        match self {
            Self::InvalidInput => "Correct the input and start again.",
            Self::Unavailable => "It may work later: start again with the same input.",
            Self::Denied => "A permission is missing: correct the stack, then start again with the same input.",
            Self::Fault => "The execution's history says more.",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_told_by_name_or_cause() {
        for (error, cause, kind) in [
            ("ApiGateway.422", "", Kind::InvalidInput),
            ("S3.SdkClientException", "", Kind::Unavailable),
            ("S3.S3Exception", "Slow down (Service: S3, Status Code: 503, Request ID: r)", Kind::Unavailable),
            ("S3.S3Exception", "Access Denied (Service: S3, Status Code: 403, Request ID: r)", Kind::Denied),
            ("DynamoDB.AccessDeniedException", "", Kind::Denied),
            (
                "Lambda.AWSLambdaException",
                "User: arn is not authorized to perform: lambda:InvokeFunction",
                Kind::Denied,
            ),
            ("ApiGateway.403", r#"{"message": "Missing Authentication Token"}"#, Kind::Denied),
            ("ApiGateway.500", "", Kind::Fault),
            ("States.Timeout", "", Kind::Unavailable),
            ("InconsistentResults", "", Kind::Fault),
            ("", "", Kind::Fault),
        ] {
            assert_eq!(Kind::of("ParallelChoice", error, cause), kind, "{error} {cause}");
        }
        assert_eq!(Kind::of("ProcessData", "InvalidInput", ""), Kind::InvalidInput);
        assert_eq!(Kind::of("Finalize", "InvalidInput", ""), Kind::Fault);
    }
}
