//! `ValidateStateMachineDefinition`:
//! <https://docs.aws.amazon.com/step-functions/latest/apireference/API_ValidateStateMachineDefinition.html>.

#[cfg(test)]
mod tests;

use asl::Options;
use bytes::Bytes;
use diagnostic::{Diagnostic, Severity};
use serde::{Deserialize, Serialize};

use crate::constraint::Constraints;
use crate::error::{ApiError, request};
use crate::reply::reply;

/// The longest definition, in characters (API reference, `definition`).
const LONGEST_DEFINITION: usize = 1_048_576;
/// How many diagnostics are told at the most, and when nobody says how many (API reference, `maxResults`).
const MOST_DIAGNOSTICS: usize = 100;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Request {
    definition: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
    severity: Option<String>,
    max_results: Option<i64>,
}

#[derive(Serialize)]
struct Answer {
    result: &'static str,
    diagnostics: Vec<Told>,
    truncated: bool,
}

/// A diagnostic as AWS has it.
#[derive(Serialize)]
struct Told {
    severity: &'static str,
    code: &'static str,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    location: Option<String>,
}

/// Answers the operation. Warnings are told only to who asks for them with `severity: WARNING`, and never make a definition
/// fail.
pub(crate) fn validate_state_machine_definition(body: &[u8]) -> Result<Bytes, ApiError> {
    let Request { definition, kind, severity, max_results } = request(body)?;
    Constraints::default()
        .required("definition", definition.as_deref(), (1, LONGEST_DEFINITION))
        .one_of("type", kind.as_deref(), &["STANDARD", "EXPRESS"])
        .one_of("severity", severity.as_deref(), &["ERROR", "WARNING"])
        .range("maxResults", max_results, (0, 100))
        .check()?;
    let options = Options { express: kind.as_deref() == Some("EXPRESS"), ..Options::default() };
    let parsed = asl::parse(definition.as_deref().unwrap_or_default(), &options);
    let warnings = severity.as_deref() == Some("WARNING");
    let failed = parsed.diagnostics.iter().any(Diagnostic::is_error);
    let mut diagnostics: Vec<_> = parsed.diagnostics.iter().filter_map(|found| told(found, warnings)).collect();
    // 0 is the default.
    let most = max_results.and_then(|most| usize::try_from(most).ok()).filter(|most| *most > 0);
    let most = most.unwrap_or(MOST_DIAGNOSTICS);
    let truncated = diagnostics.len() > most;
    diagnostics.truncate(most);
    Ok(reply(&Answer { result: if failed { "FAIL" } else { "OK" }, diagnostics, truncated }))
}

fn told(found: &Diagnostic, warnings: bool) -> Option<Told> {
    let severity = match found.severity {
        Severity::Error => "ERROR",
        Severity::Warning => "WARNING",
    };
    let location = asl::aws::location(found);
    // What this project warns of besides, AWS knows nothing of.
    let of_aws = warnings && asl::codes::AWS_WARNINGS.contains(&found.code);
    (of_aws || found.is_error()).then(|| Told { severity, code: found.code, message: found.message.clone(), location })
}
