//! Who may talk to the port: requests that name this machine, not a web page that has pointed its own name here.
//!
//! A page of any site can make a browser send requests to a port of the machine it runs on. Its `Origin` is its own, and
//! after rebinding its name to this address its `Host` is: both are refused.

use http::HeaderMap;
use http::header::{HOST, ORIGIN};
use std::net::IpAddr;

use crate::apigateway::api_id_of_host;
use crate::s3::is_s3_host;

/// Names by which requests may address the port.
#[derive(Debug, Clone)]
pub(crate) struct Guard {
    /// Further host names, without port, in lower case.
    pub(crate) allowed: Vec<String>,
    /// Whether any IP address will do: the port is bound to more than the loopback interface.
    pub(crate) any_address: bool,
}

impl Guard {
    /// Why a request is refused; `None` when it may pass.
    pub(crate) fn refusal(&self, headers: &HeaderMap) -> Option<String> {
        let host = headers.get(HOST).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
        match host {
            // Nobody else can give out names below AWS's own, so no page can have pointed one here.
            Some(host) if self.is_ours(&host) || is_aws_host(&host_of(&host).to_ascii_lowercase()) => {}
            Some(host) => {
                return Some(format!(
                    "The request is for the host {host}, which is not this machine; allow that name explicitly if it is"
                ));
            }
            None => return Some("The request names no host".to_owned()),
        }
        let origin = String::from_utf8_lossy(headers.get(ORIGIN)?.as_bytes()).into_owned();
        let host = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
        if host.is_some_and(|host| self.is_ours(host)) {
            return None;
        }
        Some(format!("The request is from a web page of {origin}, which is not of this machine"))
    }

    /// Whether `authority` (a host with or without port) is this machine.
    fn is_ours(&self, authority: &str) -> bool {
        let host = host_of(authority).to_ascii_lowercase();
        // SDKs put the prefix of an operation's endpoint before any host name.
        let host = host.strip_prefix("sync-").unwrap_or(&host);
        if host == "localhost" || host.ends_with(".localhost") || self.allowed.iter().any(|name| name == host) {
            return true;
        }
        host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback() || self.any_address)
    }
}

/// Whether a host, in lower case, is one by which AWS is asked for a bucket or a REST API.
fn is_aws_host(host: &str) -> bool {
    is_s3_host(host) || api_id_of_host(host).is_some()
}

/// The host of an authority, without port and brackets.
pub(crate) fn host_of(authority: &str) -> &str {
    if let Some(rest) = authority.strip_prefix('[') {
        return rest.split(']').next().unwrap_or_default();
    }
    authority.split(':').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(guard: &Guard, host: &str, origin: Option<&str>) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(HOST, host.parse().expect("a header value"));
        if let Some(origin) = origin {
            headers.insert(ORIGIN, origin.parse().expect("a header value"));
        }
        guard.refusal(&headers).is_some()
    }

    #[test]
    fn only_names_of_this_machine_pass() {
        let guard = Guard { allowed: vec!["aws.test".into()], any_address: false };
        for ours in [
            "127.0.0.1:4566",
            "127.0.0.2",
            "localhost:1",
            "[::1]:1",
            "api.execute-api.localhost:1",
            "sync-localhost:1",
            "AWS.test:1",
            "photos.s3.us-east-1.amazonaws.com:1",
            "abc.execute-api.us-east-1.amazonaws.com",
        ] {
            assert!(!refused(&guard, ours, None), "{ours}");
        }
        for foreign in ["evil.example:4566", "10.0.0.1:4566", "localhost.evil.example", "127.0.0.1.evil.example", ""] {
            assert!(refused(&guard, foreign, None), "{foreign}");
        }
        assert!(guard.refusal(&HeaderMap::new()).is_some(), "no host at all");
        let open = Guard { allowed: vec![], any_address: true };
        assert!(!refused(&open, "10.0.0.1:4566", None));
        assert!(refused(&open, "evil.example:4566", None));
    }

    #[test]
    fn only_pages_of_this_machine_pass() {
        let guard = Guard { allowed: vec![], any_address: false };
        for (origin, expected) in [
            ("http://localhost:3000", false),
            ("http://127.0.0.1:4566", false),
            ("https://evil.example", true),
            ("null", true),
            ("http://photos.s3.us-east-1.amazonaws.com", true),
            ("https://abc.execute-api.us-east-1.amazonaws.com", true),
            ("file://", true),
        ] {
            assert_eq!(refused(&guard, "127.0.0.1:4566", Some(origin)), expected, "{origin}");
        }
    }
}
