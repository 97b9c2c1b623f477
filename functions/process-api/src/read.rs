use std::borrow::Cow;

use aws_lambda_events::apigw::ApiGatewayProxyRequest;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use domain::record::Record;
use http::Method;
use serde_json::Value;

use crate::Refusal;

/// The longest body that is read, in bytes: a record has some hundred.
const LONGEST: usize = 16 * 1024;

/// The record in the body of a `POST`.
pub(crate) fn record(request: &ApiGatewayProxyRequest) -> Result<Record, Refusal> {
    if request.http_method != Method::POST {
        return Err(Refusal::WrongMethod);
    }
    let text = request.body.as_deref().unwrap_or_default();
    if text.len() > LONGEST {
        return Err(Refusal::TooLong);
    }
    let body = if request.is_base64_encoded {
        Cow::Owned(BASE64_STANDARD.decode(text).map_err(|_| Refusal::NoJson)?)
    } else {
        Cow::Borrowed(text.as_bytes())
    };
    let body: Value = serde_json::from_slice(&body).map_err(|_| Refusal::NoJson)?;
    // serde would take an array for a struct as well.
    if !body.is_object() {
        return Err(Refusal::NoJson);
    }
    let record: Record = serde_path_to_error::deserialize(body).map_err(|error| {
        let path = error.path().to_string();
        let at = if path == "." { "the top".to_owned() } else { path };
        Refusal::NoRecord { at, reason: error.into_inner().to_string() }
    })?;
    if record.is_whole() { Ok(record) } else { Err(Refusal::Changed) }
}
