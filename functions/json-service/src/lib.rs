//! An outside service that is asked for one JSON document at a time, as several functions do: the address comes from the
//! environment, an answer is waited for so long and read so far, and the address, which may hold a key, is never told.
#![warn(missing_docs)]

use std::error::Error;
use std::iter::successors;
use std::time::Duration;

use domain::text;
use reqwest::{Client, StatusCode, Url, redirect};
use serde::de::DeserializeOwned;

/// The longest answer that is read, in bytes.
pub const LONGEST: usize = 64 * 1024;

/// A service over HTTP.
///
/// It is asked by `GET` on the configured address, in which a placeholder such as `{symbol}` stands for what is asked
/// about; an address without it gets a query parameter of that name. It answers 200 with a JSON document, or 404 for what
/// it does not know. Anything else is an outage.
#[derive(Debug)]
pub struct JsonService {
    client: Client,
    address: String,
    placeholder: &'static str,
    host: String,
}

/// Which service, as a function's settings say it.
#[derive(Clone, Copy, Debug)]
pub struct Settings<'a> {
    /// The environment variable that holds the address.
    pub variable: &'static str,
    /// The address.
    pub address: &'a str,
    /// The environment variable that holds the time-out.
    pub timeout_variable: &'static str,
    /// How long a whole answer may take.
    pub timeout: Duration,
    /// What stands in the address for what is asked about, in braces.
    pub placeholder: &'static str,
    /// Who asks: the header `User-Agent`.
    pub user_agent: &'static str,
}

/// A setting that no service can be asked with.
#[derive(Debug, thiserror::Error)]
pub enum SettingError {
    /// The address is none.
    #[error("{variable} is {address:?}: {reason}")]
    Address {
        /// The environment variable.
        variable: &'static str,
        /// What it holds.
        address: String,
        /// What is wrong with it.
        reason: String,
    },
    /// There is no time to answer in.
    #[error("{0} is 0: no service can answer in that")]
    NoTime(&'static str),
    /// The machine's root certificates can't be read.
    #[error("no HTTP client can be made: {0}")]
    Client(String),
}

/// The service did not answer, or not with what was asked for. The sentence has no subject and names the host.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("asking {host}: {reason}")]
pub struct Outage {
    /// The service's host.
    pub host: String,
    /// What went wrong, on one line.
    pub reason: String,
}

impl JsonService {
    /// A service by its settings.
    pub fn new(settings: Settings<'_>) -> Result<Self, SettingError> {
        let Settings { variable, address, timeout_variable, timeout, placeholder, user_agent } = settings;
        let unusable = |reason: String| SettingError::Address { variable, address: address.to_owned(), reason };
        let url = Url::parse(&address.replace(placeholder, "A")).map_err(|error| unusable(error.to_string()))?;
        let host = url.host_str().filter(|_| matches!(url.scheme(), "http" | "https"));
        let host = host.ok_or_else(|| unusable("an http or https address is needed".to_owned()))?;
        if timeout.is_zero() {
            return Err(SettingError::NoTime(timeout_variable));
        }
        // Only these services need TLS of their own, so only here is a provider chosen. Another one that was there first
        // does as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            .timeout(timeout)
            .redirect(redirect::Policy::limited(3))
            .user_agent(user_agent)
            .build()
            .map_err(|error| SettingError::Client(cause(&error)))?;
        Ok(Self { client, host: text::one_line(host, 60), address: address.to_owned(), placeholder })
    }

    /// The service's host.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The outage that `reason` describes, in this service's name: for an answer that is JSON and still no answer.
    pub fn outage(&self, reason: &str) -> Outage {
        Outage { host: self.host.clone(), reason: text::one_line(reason, 200) }
    }

    /// What the service knows about `what`, none when it knows nothing. `what` must need no quoting in an address.
    pub async fn ask<T: DeserializeOwned>(&self, what: &str) -> Result<Option<T>, Outage> {
        self.get(what).await.map_err(|reason| self.outage(&reason))
    }

    async fn get<T: DeserializeOwned>(&self, what: &str) -> Result<Option<T>, String> {
        let mut answer = self.client.get(self.url(what)?).send().await.map_err(failed)?;
        match answer.status() {
            StatusCode::OK => {}
            StatusCode::NOT_FOUND => return Ok(None),
            other => return Err(format!("it answered {other}")),
        }
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(failed)? {
            if body.len() + chunk.len() > LONGEST {
                return Err(format!("its answer is longer than {LONGEST} bytes"));
            }
            body.extend_from_slice(&chunk);
        }
        serde_json::from_slice(&body).map(Some).map_err(|error| format!("its answer can't be read: {error}"))
    }

    fn url(&self, what: &str) -> Result<Url, String> {
        let mut url = Url::parse(&self.address.replace(self.placeholder, what)).map_err(|error| error.to_string())?;
        if !self.address.contains(self.placeholder) {
            let name = self.placeholder.trim_matches(['{', '}']);
            url.query_pairs_mut().append_pair(name, what);
        }
        Ok(url)
    }
}

/// What a person needs to know; the address stays out, as it may hold a key.
fn failed(error: reqwest::Error) -> String {
    if error.is_timeout() { "it did not answer in time".to_owned() } else { cause(&error.without_url()) }
}

/// The innermost reason.
fn cause(error: &reqwest::Error) -> String {
    let causes = successors(error.source(), |&error| error.source());
    causes.last().map_or_else(|| error.to_string(), ToString::to_string)
}

#[cfg(test)]
mod tests;
