//! The AWS SDK's configuration: credentials, region and endpoint from the environment, over one HTTP client.

use std::env;
use std::error::Error;
use std::iter::successors;
use std::time::Duration;

use aws_config::BehaviorVersion;
pub use aws_config::SdkConfig;
use aws_smithy_http_client::Connector;
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_runtime_api::client::http::{
    HttpConnectorSettings, SharedHttpClient, SharedHttpConnector, http_client_fn,
};
use domain::text;

/// How long a connection may take to open.
const CONNECT: Duration = Duration::from_secs(2);
/// How long an answer may keep us waiting. The SDK tries again, within the function's own time-out.
const READ: Duration = Duration::from_secs(5);

/// The configuration that every client of a function is made from.
///
/// Call it once, in `main`: reading the root certificates is most of what an SDK function does before it is ready, and
/// before the first invocation Lambda gives it a whole processor for that.
pub async fn config() -> SdkConfig {
    aws_config::defaults(BehaviorVersion::latest()).http_client(http_client()).load().await
}

/// What went wrong in a call, for a person: the error and its causes on one line.
pub fn reason(error: &(dyn Error + 'static)) -> String {
    let causes: Vec<String> = successors(Some(error), |&error| error.source()).map(ToString::to_string).collect();
    text::one_line(&causes.join(": "), 400)
}

/// One connector for all clients. The SDK's own builder would make (and parse the certificates for) one that it throws
/// away when a client is made and another at the first request.
fn http_client() -> SharedHttpClient {
    let settings = HttpConnectorSettings::builder().connect_timeout(CONNECT).read_timeout(READ).build();
    let builder = Connector::builder().connector_settings(settings);
    let connector = if only_plain_endpoints(env::vars_os().filter_map(|(name, value)| {
        let name = name.into_string().ok()?;
        name.starts_with("AWS_ENDPOINT_URL").then(|| value.to_string_lossy().into_owned())
    })) {
        builder.build_http()
    } else {
        builder.tls_provider(Provider::Rustls(CryptoMode::Ring)).build()
    };
    let connector = SharedHttpConnector::new(connector);
    http_client_fn(move |_, _| connector.clone())
}

/// Whether the environment sends the SDK to plain HTTP only, as the local runner does: then no certificate is read.
fn only_plain_endpoints(endpoints: impl Iterator<Item = String>) -> bool {
    let mut any = false;
    for endpoint in endpoints.filter(|endpoint| !endpoint.is_empty()) {
        any = true;
        if !endpoint.starts_with("http://") {
            return false;
        }
    }
    any
}

#[cfg(test)]
mod tests {
    use super::only_plain_endpoints;

    #[test]
    fn certificates_are_left_out_only_when_every_endpoint_is_plain() {
        let plain = |endpoints: &[&str]| only_plain_endpoints(endpoints.iter().map(ToString::to_string));
        assert!(plain(&["http://127.0.0.1:4566"]));
        assert!(plain(&["http://127.0.0.1:4566", "http://127.0.0.1:8000", ""]));
        assert!(!plain(&[]));
        assert!(!plain(&[""]));
        assert!(!plain(&["http://127.0.0.1:4566", "https://dynamodb.us-east-1.amazonaws.com"]));
    }
}
