use super::*;
use aws_lambda_events::encodings::Body;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use domain::record::{Draft, Record};
use http::Method;
use serde_json::{Value, json};

fn sample() -> ApiGatewayProxyRequest {
    serde_json::from_str(include_str!("../../../events/functions/process-api.json")).unwrap()
}

fn record() -> Value {
    let draft: Draft = serde_json::from_value(json!({"id": "a-1", "source": "a test", "value": 0.5})).unwrap();
    serde_json::to_value(Record::process(draft, "2026-01-05T14:30:00.041Z")).unwrap()
}

fn with(body: Option<String>) -> ApiGatewayProxyRequest {
    let mut request = sample();
    request.body = body;
    request
}

/// The status and the body of the answer.
fn answer(request: &ApiGatewayProxyRequest) -> (i64, Value) {
    let response = handle(request).unwrap();
    let Some(Body::Text(body)) = response.body else { panic!("a text, not {:?}", response.body) };
    assert_eq!(response.headers["content-type"], "application/json");
    (response.status_code, serde_json::from_str(&body).unwrap())
}

#[test]
fn the_record_of_the_sample_event_is_accepted() {
    let accepted = json!({"status": "accepted", "id": "demo-123", "receipt": "3f30b150472a3c95"});
    assert_eq!(answer(&sample()), (200, accepted));
}

#[test]
fn the_same_record_gets_the_same_receipt_also_in_base64() {
    let plain = answer(&with(Some(record().to_string())));
    assert_eq!(plain.0, 200);
    let mut request = with(Some(BASE64_STANDARD.encode(record().to_string())));
    request.is_base64_encoded = true;
    assert_eq!(answer(&request), plain);
}

#[test]
fn what_is_no_json_object_is_a_bad_request() {
    for body in [None, Some(""), Some("not JSON"), Some("[]"), Some("null"), Some("\"a\""), Some("{")] {
        let (status, answer) = answer(&with(body.map(str::to_owned)));
        assert_eq!((status, answer), (400, json!({"message": "The body is no JSON object."})), "{body:?}");
    }
    let mut request = with(Some("%%%".to_owned()));
    request.is_base64_encoded = true;
    assert_eq!(answer(&request).0, 400);
}

#[test]
fn a_member_that_is_missing_or_not_valid_is_named() {
    let mut body = record();
    body.as_object_mut().unwrap().remove("source");
    let (status, said) = answer(&with(Some(body.to_string())));
    assert_eq!(
        (status, &said["message"]),
        (422, &json!("The record is not valid at the top: missing field `source`."))
    );
    let mut body = record();
    body["id"] = "../../etc/passwd".into();
    let (status, said) = answer(&with(Some(body.to_string())));
    let message = said["message"].as_str().unwrap();
    assert!(status == 422 && message.starts_with("The record is not valid at id: not an id: "), "{message}");
}

#[test]
fn a_record_that_was_changed_on_its_way_is_refused() {
    let mut body = record();
    body["value"] = 7.into();
    let refusal = json!({"message": "The record was changed after it had been processed."});
    assert_eq!(answer(&with(Some(body.to_string()))), (422, refusal));
}

#[test]
fn a_body_that_is_too_long_is_not_read() {
    assert_eq!(answer(&with(Some(" ".repeat(16 * 1024 + 1)))).0, 413);
}

#[test]
fn only_post_is_answered() {
    let mut request = sample();
    request.http_method = Method::GET;
    let response = handle(&request).unwrap();
    assert_eq!((response.status_code, &response.headers["allow"]), (405, &http::HeaderValue::from_static("POST")));
}
