//! `encryptionConfiguration`. It is kept and shown; nothing here is encrypted.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::constraint::Constraints;
use crate::error::ApiError;
use crate::registry::aws_owned_key;

const CUSTOMER_KEY: &str = "CUSTOMER_MANAGED_KMS_KEY";

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EncryptionConfiguration {
    #[serde(rename = "type")]
    kind: Option<String>,
    kms_key_id: Option<String>,
    kms_data_key_reuse_period_seconds: Option<i64>,
}

impl EncryptionConfiguration {
    pub(crate) fn constraints(&self, constraints: &mut Constraints) {
        constraints
            .present("encryptionConfiguration.type", self.kind.is_some())
            .one_of("encryptionConfiguration.type", self.kind.as_deref(), &["AWS_OWNED_KEY", CUSTOMER_KEY])
            .length("encryptionConfiguration.kmsKeyId", self.kms_key_id.as_deref(), (1, 2048))
            .range(
                "encryptionConfiguration.kmsDataKeyReusePeriodSeconds",
                self.kms_data_key_reuse_period_seconds,
                (60, 900),
            );
    }

    /// The configuration as it is shown.
    pub(crate) fn read(self) -> Result<Arc<Value>, ApiError> {
        if self.kind.as_deref() != Some(CUSTOMER_KEY) {
            return Ok(aws_owned_key());
        }
        let Some(key) = self.kms_key_id else {
            let message =
                "Invalid Encryption Configuration: A KMS key is required for the type CUSTOMER_MANAGED_KMS_KEY";
            return Err(ApiError::bad_request("InvalidEncryptionConfiguration", message));
        };
        let mut shown = Map::new();
        shown.insert("type".into(), json!(CUSTOMER_KEY));
        shown.insert("kmsKeyId".into(), json!(key));
        shown.insert(
            "kmsDataKeyReusePeriodSeconds".into(),
            json!(self.kms_data_key_reuse_period_seconds.unwrap_or(300)),
        );
        Ok(Arc::new(shown.into()))
    }
}
