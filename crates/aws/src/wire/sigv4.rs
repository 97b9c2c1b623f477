//! Reads Signature Version 4 `Authorization` headers. Any credentials are accepted; only the form is looked at, and the
//! scope tells which service a request is meant for.

use http::HeaderMap;

/// The scope of a signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Scope<'a> {
    /// The service that the request was signed for, like `sns` or `execute-api`.
    pub(crate) service: &'a str,
}

/// The scope of a request's signature; `None` when it has no `Authorization` header or one that isn't of the form
/// `AWS4-HMAC-SHA256 Credential=<key>/<date>/<region>/<service>/aws4_request, SignedHeaders=<names>, Signature=<hex>`.
pub(crate) fn scope(headers: &HeaderMap) -> Option<Scope<'_>> {
    let rest = headers.get(http::header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("AWS4-HMAC-SHA256")?;
    let (mut credential, mut signed_headers, mut signature) = (None, None, None);
    for part in rest.split(',') {
        match part.trim().split_once('=')? {
            ("Credential", value) => credential = Some(value),
            ("SignedHeaders", value) => signed_headers = Some(value),
            ("Signature", value) => signature = Some(value),
            _ => return None,
        }
    }
    let signature = signature?;
    if signed_headers?.is_empty() || signature.len() != 64 || !signature.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    // An access key may hold slashes, so the scope is read from the end.
    let mut scope = credential?.rsplitn(5, '/');
    if scope.next()? != "aws4_request" {
        return None;
    }
    let service = scope.next()?;
    let _region = scope.next()?;
    let date = scope.next()?;
    let key = scope.next()?;
    let dated = date.len() == 8 && date.bytes().all(|b| b.is_ascii_digit());
    (dated && !key.is_empty() && !service.is_empty()).then_some(Scope { service })
}

/// Whether a query is that of a URL that was presigned for S3, by this version of signatures or the one before.
pub(crate) fn is_presigned_for_s3(query: Option<&str>) -> bool {
    query.is_some_and(|query| {
        query.split('&').any(|pair| match pair.split_once('=') {
            Some(("X-Amz-Credential", value)) => value.contains("%2Fs3%2F") || value.contains("/s3/"),
            Some(("AWSAccessKeyId", _)) => true,
            _ => false,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(authorization: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert("authorization", authorization.parse().expect("a header value"));
        headers
    }

    #[test]
    fn a_well_formed_signature_tells_its_service() {
        let hex = "0f".repeat(32);
        let headers = with(&format!(
            "AWS4-HMAC-SHA256 Credential=AKID/20261121/us-east-1/sns/aws4_request, SignedHeaders=host;x-amz-date, Signature={hex}"
        ));
        assert_eq!(scope(&headers), Some(Scope { service: "sns" }));
        let tight = with(&format!(
            "AWS4-HMAC-SHA256 Credential=AKID/20261121/us-east-1/execute-api/aws4_request,SignedHeaders=host,Signature={hex}"
        ));
        assert_eq!(scope(&tight), Some(Scope { service: "execute-api" }));
    }

    #[test]
    fn other_headers_are_no_signature() {
        let hex = "0f".repeat(32);
        assert_eq!(scope(&HeaderMap::new()), None);
        for authorization in [
            "Bearer abc".to_owned(),
            "AWS4-HMAC-SHA256 Credential=AKID".to_owned(),
            format!("AWS4-HMAC-SHA256 Credential=AKID/us-east-1/sns/aws4_request, SignedHeaders=h, Signature={hex}"),
            format!("AWS4-HMAC-SHA256 Credential=AKID/20261121/us-east-1/sns/aws4, SignedHeaders=h, Signature={hex}"),
            "AWS4-HMAC-SHA256 Credential=AKID/20261121/us-east-1/sns/aws4_request, SignedHeaders=h, Signature=beef"
                .to_owned(),
        ] {
            assert_eq!(scope(&with(&authorization)), None, "{authorization}");
        }
    }
}
