//! `arn:aws:states:::apigateway:invoke`
//! (<https://docs.aws.amazon.com/step-functions/latest/dg/connect-api-gateway.html>).

use aws::{ApiRequest, ApiResponse};
use bytes::Bytes;
use http::Method;
use http::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use machine::{Document, Pattern, TaskCall};
use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, utf8_percent_encode};
use runtime::Answer;
use serde_json::{Map, Value, json};

use crate::parameters::{Parameters, Refusal};
use crate::{Integrations, unsupported};

const METHODS: &[&str] = &["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"];

const AUTH_TYPES: &[&str] = &["NO_AUTH", "IAM_ROLE", "RESOURCE_POLICY"];

/// Headers that a state machine may not set.
const FORBIDDEN: &[&str] = &[
    "authorization",
    "connection",
    "content-md5",
    "expect",
    "host",
    "max-forwards",
    "proxy-authenticate",
    "server",
    "te",
    "transfer-encoding",
    "trailer",
    "upgrade",
    "via",
    "www-authenticate",
];

/// What headers that a state machine may not set begin with; `x-amz` is the beginning of `x-amzn`, too.
const FORBIDDEN_PREFIXES: &[&str] = &["x-forwarded", "x-amz"];

/// What can't stand in a path as it is; a `%` may, so that what is encoded already stays as it is.
const PATH: &AsciiSet =
    &CONTROLS.add(b' ').add(b'"').add(b'#').add(b'<').add(b'>').add(b'?').add(b'`').add(b'{').add(b'}');

/// What stands in a query as it is.
const QUERY: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

pub(crate) async fn call(
    integrations: &Integrations,
    operation: &str,
    call: &TaskCall,
    pattern: Pattern,
    arn: &str,
) -> Answer {
    if operation != "invoke" || pattern == Pattern::Sync {
        return unsupported(arn);
    }
    let request = match request(&call.parameters) {
        Ok(request) => request,
        Err(refusal) => return refusal.into(),
    };
    let response = integrations.services.api_invoke(request).await;
    if !response.status.is_success() {
        let cause = String::from_utf8_lossy(&response.body).into_owned();
        return Answer::failed(&format!("ApiGateway.{}", response.status.as_u16()), cause);
    }
    let output = output(&response);
    match pattern {
        Pattern::WaitForTaskToken => Answer::Submitted(output.into()),
        _ => Answer::succeeded(output),
    }
}

/// The request that the parameters make.
pub(crate) fn request(parameters: &Document) -> Result<ApiRequest, Refusal> {
    let parameters = Parameters::of(parameters, "apigateway", "invoke")?;
    let endpoint = parameters.required_text("ApiEndpoint")?;
    let api_id = api_id(endpoint).ok_or_else(|| parameters.invalid("ApiEndpoint"))?;
    let method = one_of(&parameters, "Method", METHODS)?.ok_or_else(|| parameters.missing("Method"))?;
    let method = Method::from_bytes(method.as_bytes()).map_err(|_| parameters.invalid("Method"))?;
    // HTTP APIs have a stage that needs no name.
    let stage = parameters.text("Stage")?.unwrap_or("$default");
    let path = parameters.text("Path")?.unwrap_or_default();
    let path = format!("/{}", utf8_percent_encode(path.trim_start_matches('/'), PATH));
    let mut request = ApiRequest::new(api_id, stage, method, path);
    request.query = query(&parameters)?;
    request.headers = headers(&parameters)?;
    request.signed = one_of(&parameters, "AuthType", AUTH_TYPES)?.is_some_and(|kind| kind != "NO_AUTH");
    if let Some(body) = body(&parameters)? {
        request.headers.entry(CONTENT_TYPE).or_insert(HeaderValue::from_static("application/json"));
        request.body = body;
    }
    Ok(request)
}

/// The API that an endpoint stands for: `<id>.execute-api.<region>.amazonaws.com`, or
/// `http://<address>/_aws/execute-api/<id>`, which the embedded API answers to.
fn api_id(endpoint: &str) -> Option<&str> {
    let id = if let Some((_, id)) = endpoint.split_once("/_aws/execute-api/") {
        id.strip_suffix('/').unwrap_or(id)
    } else {
        let (id, host) = endpoint.split_once(".execute-api.")?;
        let (_region, domain) = host.split_once('.')?;
        matches!(domain, "amazonaws.com" | "amazonaws.com.cn").then_some(id)?
    };
    (!id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric())).then_some(id)
}

fn one_of<'a>(parameters: &Parameters<'a>, member: &str, known: &[&str]) -> Result<Option<&'a str>, Refusal> {
    let value = parameters.text(member)?;
    if value.is_some_and(|value| !known.contains(&value)) {
        let known = known.join(", ");
        return Err(parameters.refuse(&format!("The field '{member}' should have one of these values: [{known}]")));
    }
    Ok(value)
}

/// The members of `Headers` or `QueryParameters`, each a list of texts: a single text is refused (recorded case
/// `services/apigetway_task_service--invoke_with_headers-singleStringHeader.json`).
fn lists<'a>(parameters: &Parameters<'a>, member: &str) -> Result<Vec<(&'a str, Vec<String>)>, Refusal> {
    let Some(lists) = parameters.get(member) else { return Ok(Vec::new()) };
    let scalar = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        _ => None,
    };
    let read = || -> Option<Vec<_>> {
        let list = |(name, values): (&'a String, &'a Value)| {
            let values: Option<Vec<_>> = values.as_array()?.iter().map(scalar).collect();
            Some((name.as_str(), values?))
        };
        lists.as_object()?.iter().map(list).collect()
    };
    read().ok_or_else(|| parameters.invalid(member))
}

fn query(parameters: &Parameters<'_>) -> Result<String, Refusal> {
    let mut query = String::new();
    for (name, values) in lists(parameters, "QueryParameters")? {
        for value in values {
            if !query.is_empty() {
                query.push('&');
            }
            query.extend(utf8_percent_encode(name, QUERY));
            query.push('=');
            query.extend(utf8_percent_encode(&value, QUERY));
        }
    }
    Ok(query)
}

fn headers(parameters: &Parameters<'_>) -> Result<HeaderMap, Refusal> {
    let mut headers = HeaderMap::new();
    for (name, values) in lists(parameters, "Headers")? {
        let lower = name.to_ascii_lowercase();
        if FORBIDDEN.contains(&lower.as_str()) || FORBIDDEN_PREFIXES.iter().any(|prefix| lower.starts_with(prefix)) {
            return Err(parameters.refuse(&format!("The 'Headers' field contains unsupported values: [{lower}]")));
        }
        let name = HeaderName::try_from(lower).map_err(|_| parameters.invalid("Headers"))?;
        for value in values {
            let value = HeaderValue::try_from(value).map_err(|_| parameters.invalid("Headers"))?;
            headers.append(name.clone(), value);
        }
    }
    Ok(headers)
}

/// The request's body: JSON, also of a text (recorded case `services/apigetway_task_service--invoke_with_body_post.json`:
/// the empty text came back as one, not as a request without a body). Members that are `null` are left out unless
/// `AllowNullValues` says otherwise.
fn body(parameters: &Parameters<'_>) -> Result<Option<Bytes>, Refusal> {
    let allow_null = match parameters.get("AllowNullValues") {
        None => false,
        Some(Value::Bool(allow)) => *allow,
        Some(_) => return Err(parameters.invalid("AllowNullValues")),
    };
    let body = match parameters.members().get("RequestBody") {
        None => return Ok(None),
        Some(Value::Null) if !allow_null => return Ok(None),
        Some(body) => body,
    };
    Ok(Some(if allow_null { body.to_string() } else { without_nulls(body).to_string() }.into()))
}

fn without_nulls(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let kept = members.iter().filter(|(_, value)| !value.is_null());
            Value::Object(kept.map(|(name, value)| (name.clone(), without_nulls(value))).collect())
        }
        Value::Array(items) => Value::Array(items.iter().map(without_nulls).collect()),
        scalar => scalar.clone(),
    }
}

/// The output in the recorded shape (`services/apigetway_task_service--invoke_base.json`); a body that isn't JSON is a text.
fn output(response: &ApiResponse) -> Value {
    let mut headers = Map::from_iter([("Connection".to_owned(), json!(["keep-alive"]))]);
    for name in response.headers.keys() {
        let values = response.headers.get_all(name).iter();
        let values: Vec<_> = values.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()).collect();
        headers.insert(spelled(name.as_str()), json!(values));
    }
    let body = serde_json::from_slice(&response.body)
        .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(&response.body).into_owned()));
    json!({
        "Headers": headers,
        "ResponseBody": body,
        "StatusCode": response.status.as_u16(),
        "StatusText": response.status.canonical_reason().unwrap_or_default(),
    })
}

/// A header's name as API Gateway spells it.
fn spelled(name: &str) -> String {
    match name {
        "x-amzn-requestid" => "x-amzn-RequestId".to_owned(),
        "x-amzn-trace-id" => "X-Amzn-Trace-Id".to_owned(),
        "etag" => "ETag".to_owned(),
        // A function's own headers come as they are.
        own if own.starts_with("x-") => own.to_owned(),
        standard => {
            let words = standard.split('-').map(crate::letter_case::pascal);
            words.collect::<Vec<_>>().join("-")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Fake, call as task, context, integrations, outcome};
    use http::StatusCode;
    use machine::TaskOutcome;
    use runtime::TaskHandler as _;

    const INVOKE: &str = "arn:aws:states:::apigateway:invoke";
    const ENDPOINT: &str = "a1b2c3.execute-api.us-east-1.amazonaws.com";

    fn response(status: StatusCode, body: &'static str) -> ApiResponse {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("content-type", "application/json"),
            ("content-length", "2"),
            ("x-amzn-requestid", "r"),
            ("x-amz-apigw-id", "g"),
            ("x-custom", "one"),
        ] {
            headers.insert(name, HeaderValue::from_static(value));
        }
        headers.append("x-custom", HeaderValue::from_static("two"));
        ApiResponse { status, headers, body: body.into() }
    }

    /// The request that these parameters make.
    fn made(parameters: Value) -> ApiRequest {
        request(&parameters.into()).expect("parameters that can be used")
    }

    fn refused(parameters: Value) -> String {
        let Refusal(cause) = request(&parameters.into()).expect_err("parameters that can't be used");
        cause.split_once("the Task: ").expect("a reason").1.to_owned()
    }

    #[test]
    fn parameters_make_a_request() {
        let request = made(json!({
            "ApiEndpoint": ENDPOINT, "Method": "POST", "Stage": "prod", "Path": "/bills/a b",
            "Headers": {"Key": ["1", "2"]}, "QueryParameters": {"id": ["1&2", "é"], "n": [3]},
            "RequestBody": {"a": null, "b": [{"c": null, "d": 1}]}, "AuthType": "IAM_ROLE"
        }));
        assert_eq!((&*request.api_id, &*request.stage, &*request.path), ("a1b2c3", "prod", "/bills/a%20b"));
        assert_eq!(request.method, Method::POST);
        assert_eq!(request.query, "id=1%262&id=%C3%A9&n=3");
        assert_eq!(request.headers.get_all("key").iter().collect::<Vec<_>>(), ["1", "2"]);
        assert_eq!(request.headers[CONTENT_TYPE], "application/json");
        assert_eq!(request.body, r#"{"b":[{"d":1}]}"#);
        assert!(request.signed);
    }

    #[test]
    fn what_is_optional_may_be_missing() {
        let request = made(json!({"ApiEndpoint": "http://127.0.0.1:9/_aws/execute-api/a1b2c3", "Method": "GET"}));
        assert_eq!((&*request.api_id, &*request.stage, &*request.path), ("a1b2c3", "$default", "/"));
        assert!(request.body.is_empty() && request.headers.is_empty() && request.query.is_empty() && !request.signed);
    }

    #[test]
    fn bodies_are_json() {
        let body = |body: Value, allow: bool| {
            made(json!({"ApiEndpoint": ENDPOINT, "Method": "POST", "RequestBody": body, "AllowNullValues": allow})).body
        };
        assert_eq!(body(json!(""), false), r#""""#);
        assert_eq!(body(json!("HelloWorld"), false), r#""HelloWorld""#);
        assert_eq!(body(Value::Null, false), "");
        assert_eq!(body(Value::Null, true), "null");
        assert_eq!(body(json!({"a": null}), false), "{}");
        assert_eq!(body(json!({"a": null}), true), r#"{"a":null}"#);
    }

    #[test]
    fn bad_parameters_are_refused() {
        let refused_with = |member: &str, value: Value| {
            let mut parameters = json!({"ApiEndpoint": ENDPOINT, "Method": "POST"});
            parameters[member] = value;
            refused(parameters)
        };
        let invalid = |member: &str| format!("[The value of the field '{member}' has an invalid format]");
        assert_eq!(refused_with("Headers", json!({"custom_header": "singleStringHeader"})), invalid("Headers"));
        assert_eq!(refused_with("Headers", json!({"a b": ["c"]})), invalid("Headers"));
        assert_eq!(refused_with("Headers", json!({"a": ["line\nbreak"]})), invalid("Headers"));
        assert_eq!(refused_with("QueryParameters", json!({"a": [{}]})), invalid("QueryParameters"));
        assert_eq!(refused_with("AllowNullValues", json!("yes")), invalid("AllowNullValues"));
        for endpoint in ["example.com", "", ".execute-api.us-east-1.amazonaws.com", "a/b.execute-api.r.amazonaws.com"] {
            assert_eq!(refused_with("ApiEndpoint", json!(endpoint)), invalid("ApiEndpoint"), "{endpoint}");
        }
        for header in ["Authorization", "X-Amzn-Trace-Id", "x-amz-date", "X-Forwarded-For", "TE", "Host"] {
            let lower = header.to_lowercase();
            assert_eq!(
                refused_with("Headers", json!({header: ["v"]})),
                format!("[The 'Headers' field contains unsupported values: [{lower}]]")
            );
        }
        assert_eq!(
            refused_with("Method", json!("TRACE")),
            "[The field 'Method' should have one of these values: [GET, POST, PUT, DELETE, PATCH, HEAD, OPTIONS]]"
        );
        assert_eq!(
            refused_with("AuthType", json!("COGNITO")),
            "[The field 'AuthType' should have one of these values: [NO_AUTH, IAM_ROLE, RESOURCE_POLICY]]"
        );
        assert_eq!(refused(json!({"ApiEndpoint": ENDPOINT})), "[The field 'Method' is required but was missing]");
        assert_eq!(refused_with("Body", json!(1)), "[The field \"Body\" is not supported by Step Functions]");
    }

    #[tokio::test]
    async fn a_response_becomes_the_output() {
        let parameters = json!({"ApiEndpoint": ENDPOINT, "Method": "GET", "Stage": "prod"});
        let (fake, integrations) = integrations(Fake::default().api(response(StatusCode::OK, "{}")));
        let answer = integrations.handle(task(INVOKE, parameters.clone()), context()).await;
        let expected = json!({
            "Headers": {
                "Connection": ["keep-alive"], "Content-Type": ["application/json"], "Content-Length": ["2"],
                "x-amzn-RequestId": ["r"], "x-amz-apigw-id": ["g"], "x-custom": ["one", "two"]
            },
            "ResponseBody": {}, "StatusCode": 200, "StatusText": "OK"
        });
        assert_eq!(outcome(answer), TaskOutcome::Succeeded(expected.into()));
        assert_eq!(fake.requests().len(), 1);
        let waiting = integrations
            .handle(task("arn:aws:states:::apigateway:invoke.waitForTaskToken", parameters), context())
            .await;
        assert!(matches!(waiting, Answer::Submitted(submitted) if submitted.value()["StatusCode"] == 200));
    }

    #[tokio::test]
    async fn a_body_that_is_not_json_is_text() {
        let (_, integrations) = integrations(Fake::default().api(response(StatusCode::CREATED, "<html>")));
        let parameters = json!({"ApiEndpoint": ENDPOINT, "Method": "GET"});
        let TaskOutcome::Succeeded(output) = outcome(integrations.handle(task(INVOKE, parameters), context()).await)
        else {
            panic!("it succeeds")
        };
        assert_eq!(output.value()["ResponseBody"], "<html>");
        assert_eq!(output.value()["StatusText"], "Created");
    }

    #[tokio::test]
    async fn a_status_beyond_2xx_is_an_error() {
        let body = r#"{"message":"Missing Authentication Token"}"#;
        let (_, integrations) = integrations(Fake::default().api(response(StatusCode::FORBIDDEN, body)));
        let parameters = json!({"ApiEndpoint": ENDPOINT, "Method": "GET"});
        let answer = integrations.handle(task(INVOKE, parameters), context()).await;
        let expected = TaskOutcome::Failed { error: Some("ApiGateway.403".into()), cause: Some(body.into()) };
        assert_eq!(outcome(answer), expected);
    }
}
