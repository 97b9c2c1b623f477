//! The event of an `AWS_PROXY` integration, payload format 1.0.
//!
//! Members as recorded from AWS in `LocalStack`'s snapshot `test_apigateway_lambda.snapshot.json`: paths and path
//! parameters as sent, query parameters decoded, of repeated parameters and headers the last value in the single-value
//! maps.

use http::HeaderMap;
use http::header::{CONNECTION, CONTENT_LENGTH, HOST, TRANSFER_ENCODING, USER_AGENT};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Map, Value, json};

use super::{ApiRequest, Caller, Route};
use crate::place::Place;
use crate::wire::query;

/// What the gateway gives a request.
pub(crate) struct Given {
    pub(crate) request_id: String,
    /// `X-Amzn-Trace-Id`.
    pub(crate) trace_id: String,
    pub(crate) at: Timestamp,
}

/// The event as JSON text.
pub(crate) fn event(
    request: &ApiRequest,
    route: &Route,
    parameters: &[(&str, String)],
    caller: Option<&Caller>,
    given: &Given,
    place: &Place,
) -> String {
    let path = if request.path.is_empty() { "/" } else { &request.path };
    let header = |name| request.headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    let domain =
        header(&HOST).unwrap_or_else(|| format!("{}.execute-api.{}.amazonaws.com", request.api_id, place.region));
    let source_ip = request.source_ip.to_string();
    let headers = headers(request, given, &domain);
    let query: Vec<(String, String)> =
        query::pairs(&request.query).map(|(name, value)| (name.into_owned(), value.into_owned())).collect();
    let body = (!request.body.is_empty()).then(|| String::from_utf8_lossy(&request.body));
    let identity = |part: fn(&Caller) -> &String| caller.map(part);
    json!({
        "resource": route.template.text(),
        "path": path,
        "httpMethod": request.method.as_str(),
        "headers": single(&headers),
        "multiValueHeaders": multi(&headers),
        "queryStringParameters": single(&query),
        "multiValueQueryStringParameters": multi(&query),
        "pathParameters": single(parameters),
        "stageVariables": null,
        "requestContext": {
            "resourceId": route.resource_id,
            "resourcePath": route.template.text(),
            "httpMethod": request.method.as_str(),
            "extendedRequestId": extended(&given.request_id),
            "requestTime": given.at.to_zoned(TimeZone::UTC).strftime("%d/%b/%Y:%H:%M:%S +0000").to_string(),
            "path": format!("/{}{path}", request.stage),
            "accountId": place.account,
            "protocol": "HTTP/1.1",
            "stage": request.stage,
            "domainPrefix": domain.split(['.', ':']).next(),
            "requestTimeEpoch": given.at.as_millisecond(),
            "requestId": given.request_id,
            "identity": {
                "cognitoIdentityPoolId": null,
                "accountId": identity(|caller| &caller.account_id),
                "cognitoIdentityId": null,
                "caller": identity(|caller| &caller.principal_id),
                "sourceIp": source_ip,
                "principalOrgId": null,
                "accessKey": identity(|caller| &caller.access_key),
                "cognitoAuthenticationType": null,
                "cognitoAuthenticationProvider": null,
                "userArn": identity(|caller| &caller.user_arn),
                "userAgent": header(&USER_AGENT),
                "user": identity(|caller| &caller.principal_id),
            },
            "domainName": domain,
            "deploymentId": "local",
            "apiId": request.api_id,
        },
        "body": body,
        "isBase64Encoded": false,
    })
    .to_string()
}

/// The extended request identifier, sent as `x-amz-apigw-id` too: base64 text ending in `=`.
pub(crate) fn extended(request_id: &str) -> String {
    let letters: String = request_id.chars().filter(char::is_ascii_hexdigit).take(15).collect();
    format!("{letters}=")
}

/// The request's headers and those that the gateway adds. Names come from the wire in lower case and are given the
/// usual capitals, since AWS passes them as sent and clients send them so.
fn headers(request: &ApiRequest, given: &Given, domain: &str) -> Vec<(String, String)> {
    let mut headers: Vec<(String, String)> = request
        .headers
        .iter()
        .filter(|(name, _)| ![CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING].contains(name))
        .map(|(name, value)| (capitalised(name.as_str()), String::from_utf8_lossy(value.as_bytes()).into_owned()))
        .collect();
    let mut add = |name: &str, value: String| {
        if !headers.iter().any(|(other, _)| other == name) {
            headers.push((name.to_owned(), value));
        }
    };
    add("Host", domain.to_owned());
    add("X-Amzn-Trace-Id", given.trace_id.clone());
    add("X-Forwarded-For", request.source_ip.to_string());
    add("X-Forwarded-Port", domain.rsplit_once(':').map_or("80", |(_, port)| port).to_owned());
    add("X-Forwarded-Proto", "http".to_owned());
    headers.sort();
    headers
}

fn capitalised(name: &str) -> String {
    let parts = name.split('-').map(|part| {
        let mut letters = part.chars();
        letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect::<String>()
    });
    parts.collect::<Vec<_>>().join("-")
}

/// The last value of each name; `null` when there are none.
fn single<N: AsRef<str>>(pairs: &[(N, String)]) -> Value {
    if pairs.is_empty() {
        return Value::Null;
    }
    Value::Object(pairs.iter().map(|(name, value)| (name.as_ref().to_owned(), value.as_str().into())).collect())
}

/// All values of each name; `null` when there are none.
fn multi(pairs: &[(String, String)]) -> Value {
    if pairs.is_empty() {
        return Value::Null;
    }
    let mut map = Map::new();
    for (name, value) in pairs {
        let values = map.entry(name.clone()).or_insert_with(|| json!([]));
        if let Value::Array(values) = values {
            values.push(value.as_str().into());
        }
    }
    Value::Object(map)
}

/// The trace that a request belongs to: the caller's, or a new one.
pub(crate) fn trace_id(headers: &HeaderMap, at: Timestamp) -> String {
    let sent = headers.get("x-amzn-trace-id").and_then(|value| value.to_str().ok()).map(str::to_owned);
    sent.unwrap_or_else(|| {
        let random = uuid::Uuid::new_v4().simple().to_string();
        format!("Root=1-{:08x}-{}", at.as_second(), &random[..24])
    })
}
