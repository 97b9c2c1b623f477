//! Buckets that are named by the host of a request, and requests that look like S3's.

use http::header::HOST;
use http::request::Parts;

/// The bucket that a request's host names: `<bucket>.localhost`, `<bucket>.s3.<region>.amazonaws.com` and the like.
pub(crate) fn bucket_of_host(host: &str) -> Option<&str> {
    if let Some(rest) = host.strip_suffix(".localhost") {
        return bucket_before(rest).or((rest != "s3" && !rest.starts_with("s3.")).then_some(rest));
    }
    bucket_before(host.strip_suffix(".amazonaws.com")?)
}

/// Whether a host is one of S3's own, with or without a bucket.
pub(crate) fn is_s3_host(host: &str) -> bool {
    let Some(rest) = host.strip_suffix(".amazonaws.com") else { return false };
    bucket_before(rest).is_some() || is_service(rest)
}

/// What stands before `.s3` or `.s3.<region>`.
fn bucket_before(text: &str) -> Option<&str> {
    let at = text.rfind(".s3")?;
    is_service(&text[at + 1..]).then(|| &text[..at])
}

fn is_service(text: &str) -> bool {
    text == "s3" || text.strip_prefix("s3.").is_some_and(|region| !region.is_empty() && !region.contains('.'))
}

/// Tells the library the bucket of a host.
pub(super) struct Hosts;

impl s3s::host::S3Host for Hosts {
    fn parse_host_header<'a>(&'a self, host: &'a str) -> s3s::S3Result<s3s::host::VirtualHost<'a>> {
        let name = crate::front::host_of(host);
        let found = s3s::host::VirtualHost::new(name);
        Ok(match bucket_of_host(name) {
            Some(bucket) => found.with_bucket(bucket),
            None => found,
        })
    }
}

/// Whether an unsigned request looks like one to S3: it names a bucket, in its host or in its path.
pub(crate) fn looks_like_s3(parts: &Parts) -> bool {
    let host = parts.headers.get(HOST).and_then(|host| host.to_str().ok()).map(crate::front::host_of);
    host.is_some_and(|host| bucket_of_host(host).is_some() || is_s3_host(host)) || parts.uri.path().len() > 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_names_its_bucket() {
        for (host, bucket) in [
            ("photos.localhost", Some("photos")),
            ("my.photos.localhost", Some("my.photos")),
            ("photos.s3.localhost", Some("photos")),
            ("photos.s3.eu-west-1.localhost", Some("photos")),
            ("photos.s3.us-east-1.amazonaws.com", Some("photos")),
            ("my.photos.s3.amazonaws.com", Some("my.photos")),
            ("s3.localhost", None),
            ("s3.us-east-1.localhost", None),
            ("s3.us-east-1.amazonaws.com", None),
            ("localhost", None),
            ("sqs.us-east-1.amazonaws.com", None),
        ] {
            assert_eq!(bucket_of_host(host), bucket, "{host}");
        }
        assert!(is_s3_host("s3.amazonaws.com") && is_s3_host("b.s3.us-east-1.amazonaws.com"));
        assert!(!is_s3_host("evil.amazonaws.com") && !is_s3_host("s3.evil.example"));
    }
}
