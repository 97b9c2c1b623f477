use std::borrow::Cow;

use aws_lambda_events::apigw::ApiGatewayProxyRequest;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use http::Method;
use serde_json::Value;
use warehouse::Draft;

use crate::Refusal;

/// The longest body that is read, in bytes: an order has some hundred.
const LONGEST: usize = 16 * 1024;

/// The order in the body of a `POST`.
pub(crate) fn order(request: &ApiGatewayProxyRequest) -> Result<Draft, Refusal> {
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
    serde_path_to_error::deserialize(body).map_err(|error| {
        let path = error.path().to_string();
        let at = if path == "." { "the top".to_owned() } else { path };
        Refusal::NoOrder { at, reason: error.into_inner().to_string() }
    })
}
