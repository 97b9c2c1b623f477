//! `PublishStateMachineVersion`, `DeleteStateMachineVersion`, `ListStateMachineVersions`.

use std::sync::Arc;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::StepFunctions;
use crate::arn;
use crate::constraint::{ARN, Constraints, DESCRIPTION, LONG_ARN};
use crate::error::{ApiError, request};
use crate::page::{Page, TOKEN};
use crate::registry::{Machine, Version, version_number};
use crate::reply::{Date, EMPTY, reply};

const LIST: &str = "versions";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Item<'a> {
    state_machine_version_arn: &'a str,
    creation_date: Date,
}

impl<'a> Item<'a> {
    fn of(version: &'a Version) -> Self {
        Self { state_machine_version_arn: &version.arn, creation_date: Date(version.created_at) }
    }
}

impl StepFunctions {
    /// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_PublishStateMachineVersion.html>. A revision that
    /// is published already keeps its version.
    pub(crate) fn publish_state_machine_version(&self, body: &[u8]) -> Result<Bytes, ApiError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Request {
            state_machine_arn: Option<String>,
            revision_id: Option<String>,
            description: Option<String>,
        }
        let Request { state_machine_arn, revision_id, description } = request(body)?;
        Constraints::default()
            .required("stateMachineArn", state_machine_arn.as_deref(), (1, ARN))
            .length("description", description.as_deref(), (0, DESCRIPTION))
            .check()?;
        let text = state_machine_arn.unwrap_or_default();
        arn::state_machine(&text)?;
        let now = self.runtime.now();
        let version = self.registry.change(&text, |known, _| {
            let mut machine = Machine::clone(known.ok_or_else(|| ApiError::no_state_machine(&text))?);
            let current = machine.current.id.as_deref().unwrap_or("INITIAL");
            // Recorded in `sfn_api_versioning--publish_state_machine_version`.
            if let Some(wanted) = revision_id.filter(|wanted| wanted != current) {
                let message = format!(
                    "Failed to publish the State Machine version for revision {wanted}. The current State Machine revision \
                     is {current}."
                );
                return Err(ApiError::bad_request("ConflictException", message));
            }
            let version = machine.publish(description, now);
            Ok((Some(machine), version))
        })?;
        Ok(reply(&Item::of(&version)))
    }

    /// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_DeleteStateMachineVersion.html>. One that is not
    /// there is deleted well.
    pub(crate) fn delete_state_machine_version(&self, body: &[u8]) -> Result<Bytes, ApiError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Request {
            state_machine_version_arn: Option<String>,
        }
        let Request { state_machine_version_arn } = request(body)?;
        Constraints::default()
            .required("stateMachineVersionArn", state_machine_version_arn.as_deref(), (1, LONG_ARN))
            .check()?;
        let text = state_machine_version_arn.unwrap_or_default();
        let named = arn::state_machine(&text)?;
        let Some(number) = named.qualifier.and_then(version_number) else {
            return Err(ApiError::validation(format!("The ARN '{text}' names no version of a state machine.")));
        };
        self.registry.change(named.base, |known, _| {
            let Some(known) = known else { return Ok((None, ())) };
            // Recorded in `sfn_api_aliasing--delete_version_with_alias`.
            let aliases: Vec<_> = known.aliases_of(number).into_iter().map(|alias| &*alias.name).collect();
            if !aliases.is_empty() {
                let message = format!(
                    "Version to be deleted must not be referenced by an alias. Current list of aliases referencing this \
                     version: [{}]",
                    aliases.join(", ")
                );
                return Err(ApiError::bad_request("ConflictException", message));
            }
            let mut machine = known.clone();
            machine.versions.remove(&number);
            Ok((Some(machine), ()))
        })?;
        Ok(EMPTY)
    }

    /// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_ListStateMachineVersions.html>: newest first.
    pub(crate) fn list_state_machine_versions(&self, body: &[u8]) -> Result<Bytes, ApiError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Request {
            state_machine_arn: Option<String>,
            max_results: Option<i64>,
            next_token: Option<String>,
        }
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Answer<'a> {
            state_machine_versions: Vec<Item<'a>>,
            #[serde(skip_serializing_if = "Option::is_none")]
            next_token: Option<String>,
        }
        let Request { state_machine_arn, max_results, next_token } = request(body)?;
        let mut constraints = Constraints::default();
        constraints.required("stateMachineArn", state_machine_arn.as_deref(), (1, ARN));
        Page::constraints(&mut constraints, max_results, next_token.as_deref(), TOKEN);
        constraints.check()?;
        let text = state_machine_arn.unwrap_or_default();
        arn::state_machine(&text)?;
        let page = Page::read(LIST, max_results, next_token.as_deref())?;
        let machine = self.registry.find(&text).ok_or_else(|| ApiError::no_state_machine(&text))?;
        let versions: Vec<&Arc<Version>> = machine.versions.values().rev().collect();
        let (versions, next_token) = page.cut(LIST, versions, |version| u64::MAX - version.number);
        let state_machine_versions = versions.into_iter().map(|version| Item::of(version)).collect();
        Ok(reply(&Answer { state_machine_versions, next_token }))
    }
}
