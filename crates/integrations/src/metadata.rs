//! `SdkHttpMetadata` and `SdkResponseMetadata`: what optimized integrations add to a service's answer.

use serde_json::{Map, Value, json};

/// Adds the two members to an answer (recorded case `services/dynamodb_task_service--base_integrations-…PUT_GET_ITEM.json`:
/// all headers as lists in the order they came, then each header's value, names in alphabetical order whatever their case).
pub(crate) fn add(output: &mut Map<String, Value>, status: u16, headers: &[(&str, String)], request_id: &str) {
    let all: Map<String, Value> = headers.iter().map(|(name, value)| ((*name).to_owned(), json!([value]))).collect();
    let mut sorted: Vec<_> = headers.iter().collect();
    sorted.sort_by_key(|(name, _)| name.to_ascii_lowercase());
    let single: Map<String, Value> =
        sorted.into_iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
    output.insert(
        "SdkHttpMetadata".into(),
        json!({"AllHttpHeaders": all, "HttpHeaders": single, "HttpStatusCode": status}),
    );
    output.insert("SdkResponseMetadata".into(), json!({"RequestId": request_id}));
}
