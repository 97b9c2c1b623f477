//! How Step Functions words the errors of services.

use aws::ServiceError;
use runtime::Answer;

/// The error of an optimized integration, in the form of AWS's first Java SDK: recorded cases
/// `error_handling/task_service_dynamodb--invalid_param.json`, `services/sns_task_service--publish_base_error_topic_arn.json`
/// and `error_handling/task_service_sqs--send_message_empty_body.json`. `prefix` is what error names begin with (`SQS`),
/// `client` the SDK's name of the service (`AmazonSQS`).
pub(crate) fn optimized(error: &ServiceError, prefix: &str, client: &str, fallback: &str) -> Answer {
    let name = match &error.exception {
        Some(exception) => with_suffix(exception),
        None => fallback.to_owned(),
    };
    let cause = format!(
        "{} (Service: {client}; Status Code: {}; Error Code: {}; Request ID: {}; Proxy: null)",
        error.message, error.status, error.code, error.request_id
    );
    Answer::failed(&format!("{prefix}.{name}"), cause)
}

/// The error of an `aws-sdk` integration, in the form of AWS's second Java SDK: recorded cases
/// `error_handling/aws_sdk--s3_no_such_key.json` (only S3 has an extended identifier) and, for the number of attempts that
/// the SDK tells of since 2025, `services/aws_sdk_task_service--sfn_send_task_outcome_with_no_such_token-….json`.
pub(crate) fn aws_sdk(error: &ServiceError, service: &str) -> Answer {
    let name = match &error.exception {
        Some(exception) => with_suffix(exception),
        None => format!("{service}Exception"),
    };
    let extended = error.details.as_ref().and_then(|details| details.get("ExtendedRequestId")?.as_str());
    let extended = extended.map_or_else(String::new, |id| format!(", Extended Request ID: {id}"));
    let cause = format!(
        "{} (Service: {service}, Status Code: {}, Request ID: {}{extended}) (SDK Attempt Count: 1)",
        error.message, error.status, error.request_id
    );
    Answer::failed(&format!("{service}.{name}"), cause)
}

/// Java's names of exceptions end in `Exception`.
fn with_suffix(name: &str) -> String {
    if name.ends_with("Exception") { name.to_owned() } else { format!("{name}Exception") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use machine::TaskOutcome;

    fn words(answer: Answer) -> (String, String) {
        match answer {
            Answer::Ended(TaskOutcome::Failed { error: Some(error), cause: Some(cause) }) => {
                (error.to_string(), cause.to_string())
            }
            other => panic!("a failure, not {other:?}"),
        }
    }

    #[test]
    fn an_optimized_integration_names_the_exception_of_the_model() {
        let mut error = ServiceError::new(404, "NotFound", "Topic does not exist").exception("NotFoundException");
        error.request_id = "r".into();
        let (name, cause) = words(optimized(&error, "SNS", "AmazonSNS", "AmazonSNSException"));
        assert_eq!(name, "SNS.NotFoundException");
        assert_eq!(
            cause,
            "Topic does not exist (Service: AmazonSNS; Status Code: 404; Error Code: NotFound; Request ID: r; Proxy: null)"
        );
        let error = ServiceError::new(400, "ValidationException", "no");
        let (name, _) = words(optimized(&error, "DynamoDB", "AmazonDynamoDBv2", "AmazonDynamoDBException"));
        assert_eq!(name, "DynamoDB.AmazonDynamoDBException");
    }

    #[test]
    fn an_sdk_integration_names_the_service_where_the_model_names_nothing() {
        let mut error =
            ServiceError::new(404, "NoSuchBucket", "The specified bucket does not exist").exception("NoSuchBucket");
        error.request_id = "r".into();
        error.details = Some(Box::new(serde_json::Map::from_iter([("ExtendedRequestId".to_owned(), "h".into())])));
        let (name, cause) = words(aws_sdk(&error, "S3"));
        assert_eq!(name, "S3.NoSuchBucketException");
        assert_eq!(
            cause,
            "The specified bucket does not exist (Service: S3, Status Code: 404, Request ID: r, Extended Request ID: h) \
             (SDK Attempt Count: 1)"
        );
        error = ServiceError::new(400, "X", "no");
        error.request_id = "r".into();
        let (name, cause) = words(aws_sdk(&error, "SecretsManager"));
        assert_eq!(name, "SecretsManager.SecretsManagerException");
        assert_eq!(cause, "no (Service: SecretsManager, Status Code: 400, Request ID: r) (SDK Attempt Count: 1)");
    }
}
