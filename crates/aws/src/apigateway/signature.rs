//! The form of a request's Signature Version 4, in its headers or its query string. Whether it is right can't be told, as
//! any credentials are accepted; nor is its age looked at.
//!
//! Order and sentences of the checks are those that AWS's services share; API Gateway answers all of them with status 403.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::header::{AUTHORIZATION, DATE};
use sha2::{Digest, Sha256};

use super::{ApiRequest, Refusal};
use crate::wire::query;

const ALGORITHM: &str = "AWS4-HMAC-SHA256";
const SERVICE: &str = "execute-api";

/// The access key that a request is signed with.
pub(crate) fn access_key(request: &ApiRequest, region: &str) -> Result<String, Refusal> {
    let in_query = query::pairs(&request.query).any(|(name, _)| name == "X-Amz-Algorithm");
    let header = request.headers.get(AUTHORIZATION).map(|value| String::from_utf8_lossy(value.as_bytes()));
    match (header, in_query) {
        (Some(_), true) => {
            Err(invalid("Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header."))
        }
        (None, false) => Err(Refusal::MissingAuthenticationToken),
        (Some(header), false) => check(&of_header(request, &header)?, region),
        (None, true) => check(&of_query(request)?, region),
    }
}

fn incomplete(sentence: impl Into<String>) -> Refusal {
    Refusal::Signature("IncompleteSignatureException", sentence.into())
}

fn invalid(sentence: impl Into<String>) -> Refusal {
    Refusal::Signature("InvalidSignatureException", sentence.into())
}

/// The parts of a signature.
struct Signature {
    algorithm: String,
    credential: String,
    signed_headers: String,
    date: String,
}

fn of_header(request: &ApiRequest, header: &str) -> Result<Signature, Refusal> {
    // AWS doesn't show the header any more; what exactly it hashes isn't documented.
    let hashed = || STANDARD.encode(Sha256::digest(header.as_bytes()));
    let (algorithm, rest) = header.trim().split_once(' ').unwrap_or((header.trim(), ""));
    let (mut credential, mut signed_headers, mut signature) = (None, None, None);
    for part in rest.split([',', ' ']).filter(|part| !part.is_empty()) {
        let Some((name, value)) = part.split_once('=') else {
            return Err(incomplete(format!(
                "Invalid key=value pair (missing equal-sign) in Authorization header (hashed with SHA-256 and encoded with \
                 Base64): '{}'.",
                hashed()
            )));
        };
        match name {
            "Credential" => credential = Some(value),
            "SignedHeaders" => signed_headers = Some(value),
            "Signature" => signature = Some(value),
            _ => {}
        }
    }
    let date = request.headers.get("x-amz-date").or_else(|| request.headers.get(DATE));
    let mut missing: Vec<String> = Vec::new();
    for (name, value) in [("Credential", credential), ("Signature", signature), ("SignedHeaders", signed_headers)] {
        if value.is_none_or(str::is_empty) {
            missing.push(format!("Authorization header requires '{name}' parameter. "));
        }
    }
    if date.is_none() {
        missing
            .push("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. ".to_owned());
    }
    if !missing.is_empty() {
        missing.push(format!("(Hashed with SHA-256 and encoded with Base64) Authorization={}", hashed()));
        return Err(incomplete(missing.concat()));
    }
    Ok(Signature {
        algorithm: algorithm.to_owned(),
        credential: credential.unwrap_or_default().to_owned(),
        signed_headers: signed_headers.unwrap_or_default().to_owned(),
        date: date.map(|date| String::from_utf8_lossy(date.as_bytes()).into_owned()).unwrap_or_default(),
    })
}

fn of_query(request: &ApiRequest) -> Result<Signature, Refusal> {
    let given = |wanted: &str| {
        let found = query::pairs(&request.query).find(|(name, _)| name == wanted);
        found.map(|(_, value): (Cow<'_, str>, Cow<'_, str>)| value.into_owned()).filter(|value| !value.is_empty())
    };
    let names = ["X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Signature", "X-Amz-SignedHeaders", "X-Amz-Date"];
    let mut missing: Vec<String> = names
        .into_iter()
        .filter(|name| given(name).is_none())
        .map(|name| format!("AWS query-string parameters must include '{name}'. "))
        .collect();
    if !missing.is_empty() {
        missing.push("Re-examine the query-string parameters.".to_owned());
        return Err(incomplete(missing.concat()));
    }
    let [algorithm, credential, _, signed_headers, date] = names.map(|name| given(name).unwrap_or_default());
    Ok(Signature { algorithm, credential, signed_headers, date })
}

fn check(signature: &Signature, region: &str) -> Result<String, Refusal> {
    if !signature.signed_headers.split(';').any(|name| name.eq_ignore_ascii_case("host")) {
        return Err(invalid("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."));
    }
    if signature.algorithm != ALGORITHM {
        let algorithm = &signature.algorithm;
        return Err(incomplete(format!("Unsupported AWS 'algorithm': '{algorithm}' (only {ALGORITHM} for now). ")));
    }
    let parts: Vec<&str> = signature.credential.trim_end_matches('/').split('/').collect();
    let [key, date, scoped_region, service, terminator] = parts[..] else {
        return Err(incomplete(format!(
            "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '{}'",
            signature.credential
        )));
    };
    let mut wrong: Vec<String> = Vec::new();
    if scoped_region != region {
        wrong.push("Credential should be scoped to a valid region. ".to_owned());
    }
    if service != SERVICE {
        wrong.push(format!("Credential should be scoped to correct service: '{SERVICE}'. "));
    }
    if terminator != "aws4_request" {
        wrong
            .push(format!("Credential should be scoped with a valid terminator: 'aws4_request', not '{terminator}'. "));
    }
    // A `Date` header is not of this form; its day isn't compared.
    if signature.date.ends_with('Z') && !signature.date.starts_with(date) {
        wrong.push(format!(
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '{date}' != '{}', \
             from '{}'.",
            signature.date.get(..8).unwrap_or_default(),
            signature.date
        ));
    }
    if key.is_empty() {
        return Err(Refusal::Signature(
            "UnrecognizedClientException",
            "The security token included in the request is invalid.".to_owned(),
        ));
    }
    if wrong.is_empty() { Ok(key.to_owned()) } else { Err(invalid(wrong.concat())) }
}

#[cfg(test)]
mod tests {
    use http::{HeaderValue, Method};

    use super::*;

    fn signed(authorization: Option<&str>, date: Option<&str>, query: &str) -> Result<String, (&'static str, String)> {
        let mut request = ApiRequest::new("api", "Prod", Method::GET, "/");
        query.clone_into(&mut request.query);
        for (name, value) in [("authorization", authorization), ("x-amz-date", date)] {
            if let Some(value) = value {
                request.headers.insert(name, HeaderValue::from_str(value).expect("a header value"));
            }
        }
        access_key(&request, "us-east-1").map_err(|refusal| match refusal {
            Refusal::Signature(kind, sentence) => (kind, sentence),
            _ => ("", String::new()),
        })
    }

    fn header(credential: &str, signed_headers: &str) -> String {
        format!("AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders={signed_headers}, Signature=ab12")
    }

    #[test]
    fn a_well_formed_signature_gives_its_key() {
        let scope = "AKID/20261121/us-east-1/execute-api/aws4_request";
        let found = signed(Some(&header(scope, "host;x-amz-date")), Some("20261121T112841Z"), "");
        assert_eq!(found, Ok("AKID".to_owned()));
        let query = "a=b&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKID%2F20261121%2Fus-east-1%2Fexecute-api%2Faws4_request\
                     &X-Amz-Date=20261121T112841Z&X-Amz-Expires=60&X-Amz-SignedHeaders=host&X-Amz-Signature=ab12";
        assert_eq!(signed(None, None, query), Ok("AKID".to_owned()));
    }

    #[test]
    fn what_is_malformed_is_refused_in_awss_words() {
        assert_eq!(signed(None, None, ""), Err(("", String::new())), "that is the missing token");
        let date = Some("20261121T112841Z");
        let scope = "AKID/20261121/us-east-1/execute-api/aws4_request";
        for (authorization, date, query, kind, words) in [
            (
                "Bearer abc",
                date,
                "",
                "IncompleteSignatureException",
                "Invalid key=value pair (missing equal-sign) in Authorization header (hashed",
            ),
            (
                "AWS4-HMAC-SHA256 Credential=AKID",
                None,
                "",
                "IncompleteSignatureException",
                "Authorization header requires 'Signature' parameter. Authorization header requires 'SignedHeaders' parameter. \
                 Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. (Hashed",
            ),
            (
                &header(scope, "host"),
                date,
                "X-Amz-Algorithm=AWS4-HMAC-SHA256",
                "InvalidSignatureException",
                "Found both",
            ),
            (&header(scope, "x-amz-date"), date, "", "InvalidSignatureException", "'Host' or ':authority' must be"),
            (
                &header("AKID/20261121/us-east-1", "host"),
                date,
                "",
                "IncompleteSignatureException",
                "exactly 5 slash-delimited",
            ),
            (
                &header("AKID/20261121/us-east-1/sns/aws4_request", "host"),
                date,
                "",
                "InvalidSignatureException",
                "Credential should be scoped to correct service: 'execute-api'. ",
            ),
            (
                &header("AKID/20261121/eu-west-1/execute-api/aws4", "host"),
                date,
                "",
                "InvalidSignatureException",
                "Credential should be scoped to a valid region. Credential should be scoped with a valid terminator",
            ),
            (
                &header("AKID/20261120/us-east-1/execute-api/aws4_request", "host"),
                date,
                "",
                "InvalidSignatureException",
                "'20261120' != '20261121', from '20261121T112841Z'.",
            ),
            (
                &header(scope, "host").replace("SHA256 ", "SHA1 "),
                date,
                "",
                "IncompleteSignatureException",
                "Unsupported AWS 'algorithm'",
            ),
            (&header(&scope.replace("AKID", ""), "host"), date, "", "UnrecognizedClientException", "security token"),
        ] {
            let refused = signed(Some(authorization), date, query).expect_err("refused");
            assert!(refused.0 == kind && refused.1.contains(words), "{authorization}: {refused:?}");
        }
        let refused = signed(None, None, "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date=x").expect_err("refused");
        assert_eq!(
            refused.1,
            "AWS query-string parameters must include 'X-Amz-Credential'. AWS query-string parameters must include \
             'X-Amz-Signature'. AWS query-string parameters must include 'X-Amz-SignedHeaders'. Re-examine the query-string \
             parameters."
        );
    }
}
