use std::sync::Mutex;

use domain::TaskToken;
use serde_json::{Value, json};

use super::*;

/// Step Functions, as a list of what it was told; `answers` is what it says to that.
struct Told {
    calls: Mutex<Vec<String>>,
    answer: Result<(), TokenError>,
}

impl Told {
    fn saying(answer: Result<(), TokenError>) -> Self {
        Self { calls: Mutex::default(), answer }
    }

    fn note(&self, call: String) -> Result<(), TokenError> {
        self.calls.lock().unwrap().push(call);
        self.answer.clone()
    }
}

impl TaskTokens for Told {
    async fn heartbeat(&self, token: &TaskToken) -> Result<(), TokenError> {
        self.note(format!("heartbeat {}", token.secret()))
    }

    async fn succeed(&self, token: &TaskToken, output: &str) -> Result<(), TokenError> {
        self.note(format!("success {} {output}", token.secret()))
    }

    async fn fail(&self, token: &TaskToken, error: &str, cause: &str) -> Result<(), TokenError> {
        self.note(format!("failure {} {error} {cause}", token.secret()))
    }
}

struct Answer {
    status: i64,
    body: String,
    headers: Value,
    calls: Vec<String>,
}

fn request(method: &str, query: Value, headers: Value, body: Value) -> Value {
    let mut request = json!({
        "resource": "/approval", "path": "/approval", "httpMethod": method,
        "multiValueHeaders": null, "multiValueQueryStringParameters": null,
        "pathParameters": null, "stageVariables": null, "isBase64Encoded": false,
        "requestContext": {"httpMethod": method, "resourcePath": "/approval", "stage": "v1", "requestId": "r"},
    });
    request["headers"] = headers;
    request["queryStringParameters"] = query;
    request["body"] = body;
    request
}

async fn send_to(tokens: Told, request: Value) -> Answer {
    let Ok(response) = handle(support::read(request).unwrap(), &tokens).await;
    let json = serde_json::to_value(response).unwrap();
    Answer {
        status: json["statusCode"].as_i64().unwrap(),
        body: json["body"].as_str().unwrap().to_owned(),
        headers: json["headers"].clone(),
        calls: tokens.calls.into_inner().unwrap(),
    }
}

async fn send(request: Value) -> Answer {
    send_to(Told::saying(Ok(())), request).await
}

fn link(decision: &str) -> Value {
    json!({"decision": decision, "token": "AAAA+/==", "execution": "demo", "state": "Request Human Approval"})
}

fn form(body: &str) -> Value {
    request("POST", json!(null), json!({"content-type": "application/x-www-form-urlencoded"}), json!(body))
}

#[tokio::test]
async fn opening_a_link_asks_once_more_and_only_beats_the_heart() {
    let answer = send(request("GET", link("approve"), json!({"Accept": "text/html,*/*"}), json!(null))).await;
    assert_eq!((answer.status, answer.calls), (200, vec!["heartbeat AAAA+/==".to_owned()]));
    assert!(answer.body.contains("<h1>Approve this trade?</h1>"), "{}", answer.body);
    assert!(answer.body.contains("<form method=\"post\" action=\"?\">"));
    assert!(answer.body.contains("name=\"token\" value=\"AAAA+/==\""));
    assert!(answer.body.contains("name=\"decision\" value=\"approve\""));
    assert!(answer.body.contains("href=\"?decision=reject&amp;token=AAAA%2B%2F%3D%3D&amp;execution=demo&amp;"));
    assert_eq!(answer.headers["content-type"], "text/html; charset=utf-8");
}

#[tokio::test]
async fn the_form_of_the_page_answers_the_token() {
    let approved = send(form("token=AAAA%2B%2F%3D%3D&decision=approve&execution=demo&state=s&by=&comment=")).await;
    assert_eq!(approved.status, 200);
    assert_eq!(approved.calls, ["success AAAA+/== {\"decision\":\"approved\"}"]);
    assert!(approved.body.contains("<h1>Approved</h1>"));

    let named = send(form("token=t&decision=approve&by=Ana+Souza&comment=ok%21")).await;
    assert_eq!(named.calls, ["success t {\"decision\":\"approved\",\"by\":\"Ana Souza\",\"comment\":\"ok!\"}"]);

    let rejected = send(form("token=t&decision=reject&by=Ana&comment=too%0Adear")).await;
    assert_eq!(rejected.calls, ["failure t Rejected Rejected by Ana: too dear"]);
    assert!(rejected.body.contains("<h1>Rejected</h1>"));
    assert_eq!(send(form("token=t&decision=reject")).await.calls, ["failure t Rejected Rejected by the approver."]);
}

#[tokio::test]
async fn a_post_may_say_it_in_the_link_in_json_or_in_base64() {
    let linked = send(request("POST", link("reject"), json!({}), json!(null))).await;
    assert_eq!(linked.calls, ["failure AAAA+/== Rejected Rejected by the approver."]);

    let json = json!({"content-type": "application/json; charset=utf-8"});
    let body = json!("{\"token\": \"t\", \"decision\": \"approve\", \"by\": 7}");
    let sent = send(request("POST", link("reject"), json, body)).await;
    assert_eq!(sent.calls, ["success t {\"decision\":\"approved\"}"], "the body counts before the link");

    let mut encoded = form("dG9rZW49dCZkZWNpc2lvbj1hcHByb3Zl");
    encoded["isBase64Encoded"] = json!(true);
    assert_eq!(send(encoded).await.calls, ["success t {\"decision\":\"approved\"}"]);
}

#[tokio::test]
async fn a_program_gets_json() {
    let accept = json!({"accept": "application/json"});
    for (method, calls, expected) in [
        (
            "GET",
            1,
            json!({
                "status": "waiting", "decision": "approve", "execution": "demo", "state": "Request Human Approval",
                "message": "Nothing is decided yet. Send the same as a POST to decide.",
            }),
        ),
        ("POST", 1, json!({"status": "approved", "message": "The decision has been passed on."})),
        (
            "PUT",
            0,
            json!({
                "status": "wrong_method",
                "message": "This address can't be used like that. Open the link from the message in a browser, or send GET \
                            or POST.",
            }),
        ),
    ] {
        let answer = send(request(method, link("approve"), accept.clone(), json!(null))).await;
        assert_eq!(serde_json::from_str::<Value>(&answer.body).unwrap(), expected);
        assert_eq!(answer.headers["content-type"], "application/json");
        assert_eq!(answer.calls.len(), calls, "{method}");
    }
}

#[tokio::test]
async fn what_is_incomplete_reaches_no_token() {
    for (request, status, title) in [
        (request("GET", json!(null), json!(null), json!(null)), 400, "This link is not complete"),
        (request("GET", json!({"token": "t"}), json!({}), json!(null)), 400, "This link is not complete"),
        (request("GET", json!({"decision": "approve"}), json!({}), json!(null)), 400, "This link is not complete"),
        (request("GET", json!({"decision": "approve", "token": ""}), json!({}), json!(null)), 400, "This link"),
        (request("GET", json!({"decision": "maybe", "token": "t"}), json!({}), json!(null)), 400, "This link"),
        (
            request("GET", json!({"decision": "approve", "token": "t".repeat(3000)}), json!({}), json!(null)),
            400,
            "This",
        ),
        (request("DELETE", link("approve"), json!({}), json!(null)), 405, "This address can"),
        (request("HEAD", link("approve"), json!({}), json!(null)), 405, "This address can"),
        (form(&"a=b&".repeat(9000)), 413, "The answer can&#39;t be read"),
        (request("POST", link("approve"), json!({"content-type": "application/json"}), json!("[")), 400, "The answer"),
    ] {
        let answer = send(request).await;
        assert_eq!((answer.status, answer.calls.len()), (status, 0), "{title}");
        assert!(answer.body.contains(&format!("<h1>{title}")), "{}", answer.body);
    }
    let wrong = send(request("DELETE", link("approve"), json!({}), json!(null))).await;
    assert_eq!(wrong.headers["allow"], "GET, POST");
}

#[tokio::test]
async fn a_token_that_can_not_be_answered_has_a_page_of_its_own() {
    for (error, status, title) in [
        (TokenError::Ended, 410, "This request is closed"),
        (TokenError::Invalid, 400, "This link is not complete"),
        (TokenError::Unreachable("secret inner reason".into()), 502, "Your decision could not be delivered"),
    ] {
        for method in ["GET", "POST"] {
            let tokens = Told::saying(Err(error.clone()));
            let answer = send_to(tokens, request(method, link("approve"), json!({}), json!(null))).await;
            assert_eq!((answer.status, answer.calls.len()), (status, 1));
            assert!(answer.body.contains(&format!("<h1>{title}</h1>")), "{}", answer.body);
            assert!(!answer.body.contains("secret inner reason"));
        }
    }
}

#[tokio::test]
async fn nothing_from_outside_is_markup() {
    let hostile = "\"><script>alert('x')</script>&";
    let query = json!({"decision": "approve", "token": "\"><script>", "execution": hostile, "state": hostile});
    let answer = send(request("GET", query, json!({}), json!(null))).await;
    assert_eq!(answer.status, 200);
    assert!(!answer.body.contains("<script"), "{}", answer.body);
    assert!(answer.body.contains("value=\"&quot;&gt;&lt;script&gt;\""));
    assert!(answer.body.contains("<dd>&quot;&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;</dd>"));
}

#[tokio::test]
async fn the_headers_keep_the_token_where_it_is() {
    let answer = send(request("GET", link("approve"), json!({}), json!(null))).await;
    let policy = answer.headers["content-security-policy"].as_str().unwrap();
    assert!(policy.starts_with("default-src 'none'; style-src 'sha256-"), "{policy}");
    assert!(policy.ends_with("; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"), "{policy}");
    for (name, value) in [
        ("cache-control", "no-store"),
        ("referrer-policy", "no-referrer"),
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("x-robots-tag", "noindex, nofollow"),
    ] {
        assert_eq!(answer.headers[name], value);
    }
}
