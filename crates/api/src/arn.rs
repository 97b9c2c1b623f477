//! Amazon Resource Names of Step Functions, and how AWS refuses those that are none.

use crate::error::ApiError;

/// An ARN taken apart: `arn:PARTITION:states:REGION:ACCOUNT:KIND:…`.
struct Arn<'a> {
    kind: &'a str,
    /// What stands behind the kind.
    rest: Vec<&'a str>,
}

/// An ARN of a state machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct StateMachineArn<'a> {
    /// The ARN without a version or alias.
    pub(crate) base: &'a str,
    /// The number of a version or the name of an alias.
    pub(crate) qualifier: Option<&'a str>,
}

/// The sentences are recorded: `sfn_api--describe_invalid_arn_sm`, `sfn_api_express--start_async_describe_history_execution`.
fn invalid(reason: &str) -> ApiError {
    ApiError::bad_request("InvalidArn", format!("Invalid Arn: '{reason}'"))
}

impl<'a> Arn<'a> {
    fn parse(text: &'a str) -> Result<Self, ApiError> {
        let mut parts = text.split(':');
        if parts.next() != Some("arn") {
            return Err(invalid(&format!("Invalid ARN prefix: {text}")));
        }
        let (_, service, _, _) = (parts.next(), parts.next(), parts.next(), parts.next());
        let (Some("states"), Some(kind)) = (service, parts.next()) else {
            return Err(invalid(&format!("Invalid ARN: {text}")));
        };
        let rest: Vec<_> = parts.collect();
        if rest.is_empty() || rest.iter().any(|part| part.is_empty()) {
            return Err(invalid(&format!("Invalid ARN: {text}")));
        }
        Ok(Self { kind, rest })
    }

    /// An ARN that must be of that kind and have that many parts behind it.
    fn of(text: &'a str, kind: &str, parts: &[usize]) -> Result<Self, ApiError> {
        let arn = Self::parse(text)?;
        if arn.kind != kind {
            return Err(invalid(&format!("Resource type not valid in this context: {}", arn.kind)));
        }
        if !parts.contains(&arn.rest.len()) {
            return Err(invalid(&format!("Invalid ARN: {text}")));
        }
        Ok(arn)
    }
}

/// `arn:…:stateMachine:NAME`, `…:NAME:VERSION`, `…:NAME:ALIAS`.
pub(crate) fn state_machine(text: &str) -> Result<StateMachineArn<'_>, ApiError> {
    let arn = Arn::of(text, "stateMachine", &[1, 2])?;
    let qualifier = arn.rest.get(1).copied();
    let base = qualifier.map_or(text, |qualifier| &text[..text.len() - qualifier.len() - 1]);
    Ok(StateMachineArn { base, qualifier })
}

/// `arn:…:execution:STATE_MACHINE:NAME`; executions of map runs have `STATE_MACHINE/LABEL`.
pub(crate) fn execution(text: &str) -> Result<(), ApiError> {
    Arn::of(text, "execution", &[2]).map(drop)
}

/// `arn:…:activity:NAME`.
pub(crate) fn activity(text: &str) -> Result<(), ApiError> {
    Arn::of(text, "activity", &[1]).map(drop)
}

/// `arn:…:mapRun:STATE_MACHINE/LABEL:UUID`.
pub(crate) fn map_run(text: &str) -> Result<(), ApiError> {
    Arn::of(text, "mapRun", &[2]).map(drop)
}

/// An ARN of a state machine or an activity, as tags are put on.
pub(crate) fn taggable(text: &str) -> Result<(), ApiError> {
    let arn = Arn::parse(text)?;
    match arn.kind {
        "stateMachine" | "activity" => Ok(()),
        other => Err(invalid(&format!("Resource type not valid in this context: {other}"))),
    }
}

/// An ARN of a role; which services it may call is nobody's question here.
pub(crate) fn role(text: &str) -> Result<(), ApiError> {
    if text.starts_with("arn:") {
        return Ok(());
    }
    Err(invalid(&format!("Invalid ARN prefix: {text}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASE: &str = "arn:aws:states:us-east-1:123456789012:stateMachine:orders";

    #[test]
    fn a_qualifier_is_told_from_the_state_machine() {
        let qualified = format!("{BASE}:live");
        assert_eq!(state_machine(&qualified), Ok(StateMachineArn { base: BASE, qualifier: Some("live") }));
        assert_eq!(state_machine(BASE), Ok(StateMachineArn { base: BASE, qualifier: None }));
    }

    #[test]
    fn what_is_no_arn_is_refused_in_the_words_of_aws() {
        for (refused, sentence) in [
            (state_machine("orders").map(drop), "Invalid ARN prefix: orders"),
            (state_machine("arn:aws:sqs:us-east-1:1:q").map(drop), "Invalid ARN: arn:aws:sqs:us-east-1:1:q"),
            (execution("arn:aws:states:us-east-1:1:express:a:b:c"), "Resource type not valid in this context: express"),
            (activity("arn:aws:states:us-east-1:1:activity:"), "Invalid ARN: arn:aws:states:us-east-1:1:activity:"),
        ] {
            let error = refused.expect_err("it is refused");
            assert_eq!((error.kind, error.message), ("InvalidArn", format!("Invalid Arn: '{sentence}'")));
        }
    }
}
