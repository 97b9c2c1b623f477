use std::cell::RefCell;

use aws_lambda_events::encodings::Body;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use http::Method;
use serde_json::{Value, json};
use warehouse::Draft;

use super::*;

/// Executions that never end, as Step Functions keeps them; or none at all.
#[derive(Default)]
struct Running {
    away: bool,
    orders: RefCell<Vec<Draft>>,
}

impl Executions for Running {
    async fn start(&self, order: &Draft) -> Result<String, StartError> {
        if self.away {
            return Err(StartError::Unreachable("no credentials for 10.0.0.1".into()));
        }
        let mut orders = self.orders.borrow_mut();
        match orders.iter().find(|known| known.order_id == order.order_id) {
            Some(known) if known != order => return Err(StartError::Exists),
            Some(_) => {}
            None => orders.push(order.clone()),
        }
        Ok(format!("arn:aws:states:us-east-1:123456789012:execution:batuta-delivery:{}", order.order_id))
    }
}

fn sample() -> ApiGatewayProxyRequest {
    serde_json::from_str(include_str!("../../../events/functions/start-order.json")).unwrap()
}

fn order() -> Value {
    serde_json::from_str(sample().body.as_deref().unwrap()).unwrap()
}

fn with(body: Option<String>) -> ApiGatewayProxyRequest {
    let mut request = sample();
    request.body = body;
    request
}

/// The status and the body of the answer.
async fn answer(request: ApiGatewayProxyRequest, executions: &Running) -> (i64, Value) {
    let response = handle(request, executions).await.unwrap();
    let Some(Body::Text(body)) = response.body else { panic!("a text, not {:?}", response.body) };
    assert_eq!(response.headers["content-type"], "application/json");
    (response.status_code, serde_json::from_str(&body).unwrap())
}

#[tokio::test]
async fn an_order_that_is_sent_again_is_started_once_and_answered_alike() {
    let executions = Running::default();
    let expected = json!({
        "status": "started",
        "order_id": "pedido-1001",
        "execution_arn": "arn:aws:states:us-east-1:123456789012:execution:batuta-delivery:pedido-1001",
    });
    assert_eq!(answer(sample(), &executions).await, (202, expected.clone()));

    // In another order, with a member that means nothing, in base64.
    let mut members: Vec<_> = order().as_object().unwrap().clone().into_iter().collect();
    members.reverse();
    let mut again: Value = Value::Object(members.into_iter().collect());
    again["note"] = json!("por favor, rápido");
    let mut request = with(Some(BASE64_STANDARD.encode(again.to_string())));
    request.is_base64_encoded = true;
    assert_eq!(answer(request, &executions).await, (202, expected));
    assert_eq!(executions.orders.borrow().len(), 1);
}

#[tokio::test]
async fn another_order_of_the_same_name_is_a_conflict() {
    let executions = Running::default();
    answer(sample(), &executions).await;
    let mut other = order();
    other["quantity"] = json!(3);
    let message = "The order pedido-1001 was placed before; a new order needs a new order_id.";
    assert_eq!(answer(with(Some(other.to_string())), &executions).await, (409, json!({"message": message})));
}

#[tokio::test]
async fn when_step_functions_is_away_the_caller_may_try_again_and_learns_no_more() {
    let executions = Running { away: true, ..Running::default() };
    let message = "The order pedido-1001 could not be placed now. Send it again: it is delivered once.";
    assert_eq!(answer(sample(), &executions).await, (503, json!({"message": message})));
    assert_eq!(handle(sample(), &executions).await.unwrap().headers["retry-after"], "1");
}

#[tokio::test]
async fn what_is_no_json_object_is_a_bad_request() {
    let executions = Running::default();
    for body in [None, Some(""), Some("not JSON"), Some("[]"), Some("null"), Some("\"a\""), Some("{")] {
        let refusal = json!({"message": "The body is no JSON object."});
        assert_eq!(answer(with(body.map(str::to_owned)), &executions).await, (400, refusal), "{body:?}");
    }
    let mut request = with(Some("%%%".to_owned()));
    request.is_base64_encoded = true;
    assert_eq!(answer(request, &executions).await.0, 400);
    assert_eq!(answer(with(Some(" ".repeat(16 * 1024 + 1))), &executions).await.0, 413);
    assert!(executions.orders.borrow().is_empty());
}

#[tokio::test]
async fn a_member_that_is_missing_or_not_valid_is_named() {
    let executions = Running::default();
    for (member, value, place) in [
        ("order_id", json!("pedido 1001"), "order_id"),
        ("order_id", json!("a/../b"), "order_id"),
        ("quantity", json!(-2), "quantity"),
        ("quantity", json!(1e300), "quantity"),
        ("unit_price", json!(1.5), "unit_price"),
        ("card", json!("4111111111111111"), "card"),
        ("customer", json!(null), "customer"),
    ] {
        let mut body = order();
        body[member] = value.clone();
        let (status, said) = answer(with(Some(body.to_string())), &executions).await;
        let message = said["message"].as_str().unwrap();
        assert_eq!(status, 422);
        assert!(message.starts_with(&format!("The order is not valid at {place}: ")), "{member} = {value}: {message}");
        assert!(!message.contains("4111111111111111"), "{message}");
    }
    let (status, said) = answer(with(Some("{}".to_owned())), &executions).await;
    let missing = "The order is not valid at the top: missing field `order_id`.";
    assert_eq!((status, &said["message"]), (422, &json!(missing)));
    assert!(executions.orders.borrow().is_empty());
}

#[tokio::test]
async fn only_post_is_answered() {
    let mut request = sample();
    request.http_method = Method::GET;
    let response = handle(request, &Running::default()).await.unwrap();
    assert_eq!((response.status_code, &response.headers["allow"]), (405, &http::HeaderValue::from_static("POST")));
}
