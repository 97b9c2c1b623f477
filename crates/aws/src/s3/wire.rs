//! S3 on the port: what comes off a request before the protocol library sees it, and what its errors lack.
//!
//! Any credentials are accepted, but the library refuses signed requests unless it can verify them. So the signature
//! is taken off here, with the coding that belongs to it (`aws-chunked`) and what it says of the body.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, IF_MATCH, IF_NONE_MATCH, RANGE};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, Uri};
use http_body::Body as _;
use http_body_util::BodyExt as _;
use percent_encoding::percent_decode_str;
use s3s::service::S3Service;
use s3s::{Body, StdError};

use super::checksum::Algorithm;
use super::{body as bodies, fault};
use crate::front::RequestBody;

const CONTENT_SHA256: &str = "x-amz-content-sha256";
const DECODED_LENGTH: HeaderName = HeaderName::from_static("x-amz-decoded-content-length");

/// A request identifier in S3's form: 16 upper-case letters and digits.
pub(crate) fn request_id() -> String {
    uuid::Uuid::new_v4().simple().to_string()[..16].to_ascii_uppercase()
}

/// The second identifier of every reply.
pub(crate) fn extended_request_id() -> String {
    let mut bytes = [0; 48];
    for part in bytes.chunks_mut(16) {
        part.copy_from_slice(uuid::Uuid::new_v4().as_bytes());
    }
    STANDARD.encode(bytes)
}

/// Answers a request by the library's service.
pub(super) async fn answer(service: &S3Service, mut parts: Parts, body: RequestBody) -> Response<Body> {
    let request_id = request_id();
    let (method, path) = (parts.method.clone(), parts.uri.path().to_owned());
    let attributes = parts.uri.query().is_some_and(|query| query.split('&').any(|pair| pair.starts_with("attributes")));
    let prepared = unsign(&mut parts).map(|()| unwrap(&mut parts, body));
    let answered = match prepared {
        Ok(body) => {
            let called = service.call(Request::from_parts(parts, body)).await;
            called.map_err(|error| fault::internal(StdError::from(error)))
        }
        Err(error) => Err(error),
    };
    let reply = answered.or_else(s3s::S3Error::to_http_response);
    let mut reply = reply.unwrap_or_else(|_| {
        let mut reply = Response::new(Body::empty());
        *reply.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
        reply
    });
    let extended = extended_request_id();
    if reply.status().is_client_error() || reply.status().is_server_error() {
        reply = complete(reply, &path, &request_id, &extended).await;
    }
    if attributes && reply.status().is_success() {
        reply = bare_etag(reply).await;
    }
    if method == Method::HEAD && !reply.status().is_success() || reply.status() == StatusCode::NOT_MODIFIED {
        *reply.body_mut() = Body::empty();
        reply.headers_mut().remove(CONTENT_LENGTH);
        reply.headers_mut().remove(CONTENT_TYPE);
    }
    let headers = reply.headers_mut();
    for (name, value) in [("x-amz-request-id", &request_id), ("x-amz-id-2", &extended)] {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    }
    headers.insert(http::header::SERVER, HeaderValue::from_static("AmazonS3"));
    reply
}

/// Takes the signature off, from the headers and from a presigned URL, whose time is looked at.
fn unsign(parts: &mut Parts) -> Result<(), s3s::S3Error> {
    parts.headers.remove(AUTHORIZATION);
    let Some(query) = parts.uri.query() else { return Ok(()) };
    let decoded = |text: &str| percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned();
    let value = |wanted: &str| {
        let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        pairs.into_iter().find(|(name, _)| *name == wanted).map(|(_, value)| decoded(value))
    };
    let newer = value("X-Amz-Signature").is_some();
    let older = value("Signature").is_some() && value("AWSAccessKeyId").is_some();
    if !newer && !older {
        return Ok(());
    }
    let ends = if newer {
        value("X-Amz-Date")
            .and_then(|date| jiff::fmt::strtime::parse("%Y%m%dT%H%M%SZ", date).ok()?.to_datetime().ok())
            .and_then(|date| date.to_zoned(jiff::tz::TimeZone::UTC).ok())
            .zip(value("X-Amz-Expires").and_then(|seconds| seconds.parse::<i64>().ok()))
            .map(|(date, seconds)| date.timestamp().as_second().saturating_add(seconds))
    } else {
        value("Expires").and_then(|time| time.parse().ok())
    };
    match ends {
        None => {
            return Err(fault::custom(
                StatusCode::BAD_REQUEST,
                "AuthorizationQueryParametersError",
                "Query-string authentication requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.",
            ));
        }
        Some(ends) if ends < jiff::Timestamp::now().as_second() => {
            return Err(s3s::s3_error!(AccessDenied, "Request has expired"));
        }
        Some(_) => {}
    }
    let mut kept = Vec::new();
    for pair in query.split('&') {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let lower = name.to_ascii_lowercase();
        match &*lower {
            "x-amz-algorithm"
            | "x-amz-credential"
            | "x-amz-date"
            | "x-amz-expires"
            | "x-amz-signedheaders"
            | "x-amz-signature"
            | "x-amz-security-token" => {}
            "awsaccesskeyid" | "signature" | "expires" if older => {}
            // Headers that were signed into the URL.
            _ if lower.starts_with("x-amz-") => {
                if let (Ok(name), Ok(value)) =
                    (HeaderName::try_from(decoded(&lower)), HeaderValue::try_from(decoded(value)))
                {
                    parts.headers.entry(name).or_insert(value);
                }
            }
            _ => kept.push(pair),
        }
    }
    let path = parts.uri.path();
    let uri = if kept.is_empty() { path.to_owned() } else { format!("{path}?{}", kept.join("&")) };
    let uri = uri.parse::<Uri>();
    parts.uri = uri.map_err(|_| s3s::s3_error!(InvalidURI, "Couldn't parse the specified URI."))?;
    Ok(())
}

/// Takes the coding off a body, and mends headers that the library reads more strictly than S3 does.
fn unwrap(parts: &mut Parts, body: RequestBody) -> Body {
    let headers = &mut parts.headers;
    for name in [IF_MATCH, IF_NONE_MATCH] {
        // S3 takes entity tags without quotes.
        let bare = headers.get(&name).and_then(|value| value.to_str().ok()).map(str::trim);
        let quoted = bare.filter(|tag| *tag != "*" && !tag.contains('"')).map(|tag| format!("\"{tag}\""));
        if let Some(quoted) = quoted.and_then(|quoted| HeaderValue::try_from(quoted).ok()) {
            headers.insert(name, quoted);
        }
    }
    // S3 ignores ranges that it doesn't understand.
    let range = headers.get(RANGE).map(|range| range.to_str().is_ok_and(|range| s3s::dto::Range::parse(range).is_ok()));
    if range == Some(false) {
        headers.remove(RANGE);
    }
    let said = headers.remove(CONTENT_SHA256);
    let said = said.as_ref().and_then(|value| value.to_str().ok()).unwrap_or_default();
    if said.starts_with("STREAMING-") {
        let length = headers.remove(DECODED_LENGTH);
        if let Some(length) = &length {
            headers.insert(CONTENT_LENGTH, length.clone());
        }
        let left = length.and_then(|length| length.to_str().ok()?.parse().ok());
        uncode(headers);
        let (body, trailer) = bodies::decoded(body, left, announced(headers));
        if let Some(trailer) = trailer {
            parts.extensions.insert(trailer);
        }
        return body;
    }
    let digest = said.len() == 64 && said.bytes().all(|b| b.is_ascii_hexdigit());
    if digest && !body.is_end_stream() {
        return bodies::checked(body, said.to_ascii_lowercase());
    }
    Body::http_body_unsync(body)
}

/// Removes `aws-chunked` from the content's codings.
fn uncode(headers: &mut HeaderMap) {
    let Some(codings) = headers.remove(CONTENT_ENCODING) else { return };
    let codings = codings.to_str().unwrap_or_default().split(',').map(str::trim);
    let rest: Vec<&str> = codings.filter(|coding| !coding.is_empty() && *coding != "aws-chunked").collect();
    if let (false, Ok(rest)) = (rest.is_empty(), HeaderValue::from_str(&rest.join(","))) {
        headers.insert(CONTENT_ENCODING, rest);
    }
}

/// The checksum that `x-amz-trailer` announces.
fn announced(headers: &mut HeaderMap) -> Option<Algorithm> {
    let announced = headers.remove("x-amz-trailer")?;
    let mut names = announced.to_str().ok()?.split(',').map(|name| name.trim().to_ascii_lowercase());
    names.find_map(|name| Algorithm::ALL.into_iter().find(|algorithm| algorithm.header() == name))
}

/// Adds to an error what the library leaves out: the sentence where it has none, resource and identifiers.
async fn complete(reply: Response<Body>, path: &str, request_id: &str, extended: &str) -> Response<Body> {
    let (mut parts, body) = reply.into_parts();
    let text = body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let code = element(&text, "Code").unwrap_or("InternalError");
    let message = match element(&text, "Message") {
        // The library's word for operations that are not there.
        Some(message) => match message.strip_suffix(" is not implemented yet") {
            Some(operation) => Cow::Owned(format!("The S3 operation {operation} is not emulated here")),
            None => Cow::Borrowed(message),
        },
        None => Cow::Borrowed(fault::sentence(code)),
    };
    let mut resource = String::new();
    crate::wire::xml::escape(&percent_decode_str(path).decode_utf8_lossy(), &mut resource);
    let whole = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code><Message>{message}</Message>\
         <Resource>{resource}</Resource><RequestId>{request_id}</RequestId><HostId>{extended}</HostId></Error>"
    );
    parts.headers.remove(CONTENT_LENGTH);
    parts.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/xml"));
    Response::from_parts(parts, Body::from(whole))
}

/// Takes the quotes off the entity tag of a reply to `GetObjectAttributes`, the one that S3 tells without
/// (<https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectAttributes.html>).
async fn bare_etag(reply: Response<Body>) -> Response<Body> {
    let (mut parts, body) = reply.into_parts();
    let text = body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let whole = match element(&text, "ETag") {
        Some(etag) => {
            text.replace(etag, etag.trim_matches('"').trim_start_matches("&quot;").trim_end_matches("&quot;"))
        }
        None => text.into_owned(),
    };
    parts.headers.remove(CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(whole))
}

/// The text of an XML element without attributes, still escaped.
fn element<'a>(xml: &'a str, name: &str) -> Option<&'a str> {
    let begin = xml.find(&format!("<{name}>"))? + name.len() + 2;
    let end = xml[begin..].find(&format!("</{name}>"))?;
    Some(&xml[begin..begin + end])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(uri: &str, headers: &[(&'static str, &str)]) -> Parts {
        let mut request = Request::builder().uri(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(()).expect("a request").into_parts().0
    }

    #[test]
    fn a_presigned_url_loses_its_signature_and_ends_in_time() {
        let date = jiff::Timestamp::now().strftime("%Y%m%dT%H%M%SZ").to_string();
        let url = format!(
            "/b/k?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=a&X-Amz-Date={date}&X-Amz-Expires=60\
             &X-Amz-SignedHeaders=host&X-Amz-Signature=00&x-amz-meta-color=dark%20blue&versionId=null"
        );
        let mut head = parts(&url, &[]);
        unsign(&mut head).expect("in time");
        assert_eq!(head.uri, "/b/k?versionId=null");
        assert_eq!(head.headers["x-amz-meta-color"], "dark blue");
        let mut late = parts(&url.replace(&date, "20200101T000000Z"), &[]);
        assert_eq!(unsign(&mut late).expect_err("too late").message(), Some("Request has expired"));
        let mut half = parts("/b/k?X-Amz-Signature=00", &[]);
        assert_eq!(unsign(&mut half).expect_err("incomplete").code().as_str(), "AuthorizationQueryParametersError");
        let mut plain = parts("/b/k?Signature=1", &[("authorization", "AWS4-HMAC-SHA256 x")]);
        unsign(&mut plain).expect("not presigned");
        assert_eq!((plain.uri.query(), plain.headers.len()), (Some("Signature=1"), 0));
    }

    #[test]
    fn the_coding_is_not_the_contents() {
        for (given, left) in
            [("aws-chunked", None), ("aws-chunked,gzip", Some("gzip")), ("gzip, aws-chunked", Some("gzip"))]
        {
            let mut headers = parts("/", &[("content-encoding", given)]).headers;
            uncode(&mut headers);
            assert_eq!(headers.get(CONTENT_ENCODING).map(|value| value.to_str().expect("text")), left, "{given}");
        }
    }
}
