//! What is particular to `aws-sdk:s3`.

use serde_json::Value;

use crate::letter_case::renamed;

/// Members that the second Java SDK spells in another way than the API, in both directions: its getters are in camel case
/// (`ssekmsKeyId`), and Step Functions capitalises them.
const SPELLINGS: &[(&str, &str)] = &[
    ("Mfa", "MFA"),
    ("MfaDelete", "MFADelete"),
    ("SseCustomerAlgorithm", "SSECustomerAlgorithm"),
    ("SseCustomerKey", "SSECustomerKey"),
    ("SseCustomerKeyMD5", "SSECustomerKeyMD5"),
    ("SsekmsEncryptionContext", "SSEKMSEncryptionContext"),
    ("SsekmsKeyId", "SSEKMSKeyId"),
];

/// The request as S3 takes it. A body is the JSON of what is given, so that a text is stored with its quotes (recorded case
/// `services/aws_sdk_task_service--s3_put_object-str.json`).
pub(super) fn request(request: Value) -> Value {
    let mut request = renamed(request, as_in_the_api);
    if let Some(body) = request.get_mut("Body")
        && !body.is_null()
    {
        *body = Value::String(body.to_string());
    }
    request
}

/// The answer as Step Functions gives it.
pub(super) fn output(output: Value) -> Value {
    renamed(output, as_in_the_sdk)
}

fn as_in_the_api(member: &str) -> String {
    SPELLINGS.iter().find(|(sdk, _)| *sdk == member).map_or(member, |(_, api)| api).to_owned()
}

fn as_in_the_sdk(member: &str) -> String {
    SPELLINGS.iter().find(|(_, api)| *api == member).map_or(member, |(sdk, _)| sdk).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn members_are_spelled_as_by_the_sdk() {
        let asked = request(json!({"Bucket": "b", "SsekmsKeyId": "k", "ETag": "e"}));
        assert_eq!(asked, json!({"Bucket": "b", "SSEKMSKeyId": "k", "ETag": "e"}));
        assert_eq!(output(asked), json!({"Bucket": "b", "SsekmsKeyId": "k", "ETag": "e"}));
    }
}
