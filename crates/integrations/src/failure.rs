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
/// `error_handling/aws_sdk--no_such_bucket.json` and `error_handling/aws_sdk--invalid_secret_name.json`.
pub(crate) fn aws_sdk(error: &ServiceError, service: &str) -> Answer {
    let name = match &error.exception {
        Some(exception) => with_suffix(exception),
        None => format!("{service}Exception"),
    };
    let cause = format!(
        "{} (Service: {service}, Status Code: {}, Request ID: {})",
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
        let (name, cause) = words(aws_sdk(&error, "S3"));
        assert_eq!(name, "S3.NoSuchBucketException");
        assert_eq!(cause, "The specified bucket does not exist (Service: S3, Status Code: 404, Request ID: r)");
        let (name, _) = words(aws_sdk(&ServiceError::new(400, "X", "no"), "SecretsManager"));
        assert_eq!(name, "SecretsManager.SecretsManagerException");
    }
}
