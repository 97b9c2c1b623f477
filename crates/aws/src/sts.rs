//! STS: who am I. Any credentials are accepted, so everybody is the account's root.

use async_trait::async_trait;
use serde_json::{Value, json};

use crate::error::ServiceError;
use crate::place::Place;
use crate::service::{Service, ServiceReply, http_date, new_request_id};
use crate::wire::query::{self, Dialect};

/// How STS speaks the Query protocol.
pub(crate) const DIALECT: Dialect = Dialect { namespace: "https://sts.amazonaws.com/doc/2011-06-15/", maps: &[] };

/// The service.
pub(crate) struct Sts {
    pub(crate) place: Place,
}

impl Sts {
    /// Carries out an operation.
    pub(crate) fn execute(&self, operation: &str) -> Result<Value, ServiceError> {
        let account = &self.place.account;
        if operation == "GetCallerIdentity" {
            return Ok(json!({"UserId": account, "Account": account, "Arn": format!("arn:aws:iam::{account}:root")}));
        }
        let sentence = format!("The STS operation {operation} is not emulated here");
        Err(ServiceError::new(400, "InvalidAction", sentence))
    }
}

#[async_trait]
impl Service for Sts {
    fn name(&self) -> &'static str {
        "sts"
    }

    async fn call(&self, operation: &str, _request: Value) -> Result<ServiceReply, ServiceError> {
        let output = self.execute(operation)?;
        let request_id = new_request_id();
        let headers = vec![
            ("x-amzn-RequestId", request_id.clone()),
            ("Content-Type", "text/xml".to_owned()),
            ("Content-Length", query::reply(DIALECT, operation, &output, &request_id).len().to_string()),
            ("Date", http_date()),
        ];
        Ok(ServiceReply { output, request_id, status: 200, headers })
    }
}
