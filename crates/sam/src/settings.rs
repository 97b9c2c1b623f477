//! What a stack's values depend on beside its template.

use std::collections::BTreeMap;

/// Where a stack is, and what its parameters are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The region, such as `us-east-1`.
    pub region: String,
    /// The account, twelve digits.
    pub account_id: String,
    /// The partition of ARNs: `aws`, `aws-cn` or `aws-us-gov`.
    pub partition: String,
    /// The stack's name, which the names of its resources begin with.
    pub stack_name: String,
    /// The local endpoint, such as `http://127.0.0.1:4566`, which the URLs of queues and APIs then point to. None leaves
    /// them as they are in AWS.
    pub endpoint: Option<String>,
    /// Values for the template's parameters, in place of their defaults. A list is given as text, with commas.
    pub parameters: BTreeMap<String, String>,
}

impl Settings {
    /// A stack of this name in us-east-1 and the account 123456789012 of AWS's own examples, without an endpoint and with
    /// all parameters at their defaults.
    pub fn new(stack_name: impl Into<String>) -> Self {
        Self {
            region: "us-east-1".to_owned(),
            account_id: "123456789012".to_owned(),
            partition: "aws".to_owned(),
            stack_name: stack_name.into(),
            endpoint: None,
            parameters: BTreeMap::new(),
        }
    }

    /// The ARN of a resource in this region and account.
    pub(crate) fn arn(&self, service: &str, resource: &str) -> String {
        format!("arn:{}:{service}:{}:{}:{resource}", self.partition, self.region, self.account_id)
    }

    /// The domain of AWS's endpoints.
    pub(crate) fn url_suffix(&self) -> &'static str {
        if self.partition == "aws-cn" { "amazonaws.com.cn" } else { "amazonaws.com" }
    }

    /// A queue's URL.
    pub(crate) fn queue_url(&self, name: &str) -> String {
        match &self.endpoint {
            Some(endpoint) => format!("{}/{}/{name}", endpoint.trim_end_matches('/'), self.account_id),
            None => format!("https://sqs.{}.{}/{}/{name}", self.region, self.url_suffix(), self.account_id),
        }
    }

    /// The host of an API in AWS.
    pub(crate) fn api_host(&self, id: &str) -> String {
        format!("{id}.execute-api.{}.{}", self.region, self.url_suffix())
    }

    /// The URL of an API's stage.
    pub(crate) fn api_url(&self, id: &str, stage: &str) -> String {
        match &self.endpoint {
            Some(endpoint) => format!("{}/_aws/execute-api/{id}/{stage}", endpoint.trim_end_matches('/')),
            None if stage == "$default" => format!("https://{}", self.api_host(id)),
            None => format!("https://{}/{stage}", self.api_host(id)),
        }
    }
}
