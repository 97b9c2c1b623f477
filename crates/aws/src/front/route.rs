//! Which service a request is for: by its path, its host, its `X-Amz-Target`, or its signature's scope.

use http::request::Parts;
use http::{HeaderMap, Method, header};

use crate::apigateway::api_id_of_host;
use crate::s3::looks_like_s3;
use crate::wire::sigv4;

/// Path under which REST APIs are called.
const API_PATH: &str = "/_aws/execute-api/";

/// Where a request goes.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Target<'a> {
    /// A REST API: its identifier, stage and path.
    Api { api_id: &'a str, stage: &'a str, path: &'a str },
    /// A service of the JSON protocols: prefix and operation of `X-Amz-Target`.
    Json { prefix: &'a str, operation: &'a str },
    /// A service of the Query protocol, by the name in the signature; `None` when the request isn't signed.
    Query { service: Option<&'a str> },
    /// The REST protocol of Lambda.
    Lambda,
    /// S3.
    S3,
    /// Something else, by the name in the signature if it has one.
    Other { service: Option<&'a str> },
}

/// Finds the target of a request by its head.
pub(crate) fn target(parts: &Parts) -> Target<'_> {
    let path = parts.uri.path();
    if let Some(rest) = path.strip_prefix(API_PATH) {
        let (api_id, rest) = rest.split_once('/').unwrap_or((rest, ""));
        return api(api_id, rest);
    }
    if path.starts_with("/2015-03-31/") {
        return Target::Lambda;
    }
    if let Some(api_id) = api_of_host(&parts.headers) {
        return api(api_id, path.strip_prefix('/').unwrap_or(path));
    }
    let named = parts.headers.get("x-amz-target").and_then(|value| value.to_str().ok());
    if let Some((prefix, operation)) = named.and_then(|target| target.rsplit_once('.')) {
        return Target::Json { prefix, operation };
    }
    let service = sigv4::scope(&parts.headers).map(|scope| scope.service);
    if service == Some("s3") || sigv4::is_presigned_for_s3(parts.uri.query()) {
        return Target::S3;
    }
    let form = parts
        .headers
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"application/x-www-form-urlencoded"));
    let posted = parts.method == Method::POST && form;
    let asked = parts.uri.query().is_some_and(|query| query.split('&').any(|pair| pair.starts_with("Action=")));
    if posted || asked {
        Target::Query { service }
    } else if service.is_none() && !parts.headers.contains_key(header::AUTHORIZATION) && looks_like_s3(parts) {
        Target::S3
    } else {
        Target::Other { service }
    }
}

/// `<stage>/<path>`, the path with its leading slash.
fn api<'a>(api_id: &'a str, rest: &'a str) -> Target<'a> {
    match rest.find('/') {
        Some(slash) => Target::Api { api_id, stage: &rest[..slash], path: &rest[slash..] },
        None => Target::Api { api_id, stage: rest, path: "/" },
    }
}

/// The API of the host that a request is for.
fn api_of_host(headers: &HeaderMap) -> Option<&str> {
    api_id_of_host(headers.get(header::HOST)?.to_str().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::Request;

    fn parts(method: &str, uri: &str, headers: &[(&str, &str)]) -> Parts {
        let mut request = Request::builder().method(method).uri(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(()).expect("a request").into_parts().0
    }

    #[test]
    fn apis_are_found_by_path_and_by_host() {
        let head = parts("GET", "/_aws/execute-api/abc/Prod/orders/7?x=1", &[]);
        assert_eq!(target(&head), Target::Api { api_id: "abc", stage: "Prod", path: "/orders/7" });
        let head = parts("GET", "/_aws/execute-api/abc/Prod", &[]);
        assert_eq!(target(&head), Target::Api { api_id: "abc", stage: "Prod", path: "/" });
        let head = parts("GET", "/Prod/orders", &[("host", "abc.execute-api.us-east-1.localhost:4566")]);
        assert_eq!(target(&head), Target::Api { api_id: "abc", stage: "Prod", path: "/orders" });
        let head = parts("GET", "/Prod/orders", &[("host", "abc.execute-api.us-east-1.amazonaws.com")]);
        assert_eq!(target(&head), Target::Api { api_id: "abc", stage: "Prod", path: "/orders" });
    }

    #[test]
    fn services_are_found_by_target_and_by_signature() {
        let head = parts("POST", "/", &[("x-amz-target", "DynamoDB_20120810.PutItem")]);
        assert_eq!(target(&head), Target::Json { prefix: "DynamoDB_20120810", operation: "PutItem" });
        let signature = format!(
            "AWS4-HMAC-SHA256 Credential=k/20261121/us-east-1/sns/aws4_request, SignedHeaders=host, Signature={}",
            "0".repeat(64)
        );
        let form = ("content-type", "application/x-www-form-urlencoded; charset=utf-8");
        let head = parts("POST", "/", &[form, ("authorization", &signature)]);
        assert_eq!(target(&head), Target::Query { service: Some("sns") });
        let head = parts("POST", "/", &[form]);
        assert_eq!(target(&head), Target::Query { service: None });
        let head = parts("GET", "/?Action=Unsubscribe&SubscriptionArn=x", &[]);
        assert_eq!(target(&head), Target::Query { service: None });
        let head = parts("PUT", "/bucket/key", &[("authorization", &signature.replace("/sns/", "/s3/"))]);
        assert_eq!(target(&head), Target::S3);
        let head = parts("PUT", "/bucket/key", &[("authorization", &signature)]);
        assert_eq!(target(&head), Target::Other { service: Some("sns") });
        let head = parts("GET", "/bucket/key?X-Amz-Credential=k%2F20261121%2Fus-east-1%2Fs3%2Faws4_request", &[]);
        assert_eq!(target(&head), Target::S3, "presigned");
        assert_eq!(target(&parts("GET", "/bucket/key", &[])), Target::S3, "by its path");
        assert_eq!(target(&parts("GET", "/", &[("host", "photos.localhost:4566")])), Target::S3, "by its host");
        assert_eq!(target(&parts("GET", "/", &[])), Target::Other { service: None });
        let signature = signature.replace("/sns/", "/lambda/");
        let head = parts("POST", "/2015-03-31/functions/buy/invocations", &[("authorization", &signature)]);
        assert_eq!(target(&head), Target::Lambda);
        // `cargo lambda invoke` doesn't sign.
        assert_eq!(target(&parts("POST", "/2015-03-31/functions/buy/invocations", &[])), Target::Lambda);
    }
}
