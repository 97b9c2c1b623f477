//! `DescribeStateMachine` and `DescribeStateMachineForExecution`.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::StepFunctions;
use crate::arn;
use crate::constraint::{ARN, Constraints};
use crate::error::{ApiError, request};
use crate::registry::{Content, aws_owned_key, logging_off, version_number};
use crate::reply::{Date, reply};

/// What of a description is wanted.
pub(crate) const INCLUDED_DATA: &[&str] = &["ALL_DATA", "METADATA_ONLY"];

#[derive(Serialize)]
pub(crate) struct Tracing {
    pub(crate) enabled: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Answer<'a> {
    state_machine_arn: &'a str,
    name: &'a str,
    status: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    definition: Option<&'a str>,
    role_arn: &'a str,
    #[serde(rename = "type")]
    kind: &'a str,
    creation_date: Date,
    logging_configuration: &'a Value,
    tracing_configuration: Tracing,
    encryption_configuration: &'a Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    revision_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    variable_references: &'a BTreeMap<String, Vec<String>>,
}

impl StepFunctions {
    /// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeStateMachine.html>. The ARN may name a
    /// version or an alias, which stands for the version that most of its executions run.
    pub(crate) fn describe_state_machine(&self, body: &[u8]) -> Result<Bytes, ApiError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Request {
            state_machine_arn: Option<String>,
            included_data: Option<String>,
        }
        let Request { state_machine_arn, included_data } = request(body)?;
        Constraints::default()
            .required("stateMachineArn", state_machine_arn.as_deref(), (1, ARN))
            .one_of("includedData", included_data.as_deref(), INCLUDED_DATA)
            .check()?;
        let text = state_machine_arn.unwrap_or_default();
        let missing = || ApiError::no_state_machine(&text);
        let named = arn::state_machine(&text)?;
        let machine = self.registry.find(named.base).ok_or_else(missing)?;
        let version = match named.qualifier {
            None => None,
            Some(qualifier) => {
                let number = if let Some(number) = version_number(qualifier) {
                    number
                } else {
                    let alias = machine.aliases.get(qualifier).ok_or_else(missing)?;
                    alias.routes.iter().max_by_key(|route| route.weight).ok_or_else(missing)?.version
                };
                Some(machine.versions.get(&number).ok_or_else(missing)?)
            }
        };
        let revision = version.map_or(&machine.current, |version| &version.revision);
        let Content { definition, role_arn, logging, tracing, encryption } = &revision.content;
        let metadata_only = included_data.as_deref() == Some("METADATA_ONLY");
        let nothing = BTreeMap::new();
        Ok(reply(&Answer {
            state_machine_arn: &text,
            name: &machine.about.name,
            status: "ACTIVE",
            definition: (!metadata_only).then_some(definition),
            role_arn,
            kind: if machine.about.express { "EXPRESS" } else { "STANDARD" },
            creation_date: Date(version.map_or(machine.about.created_at, |version| version.created_at)),
            logging_configuration: logging,
            tracing_configuration: Tracing { enabled: *tracing },
            encryption_configuration: encryption,
            revision_id: revision.id.as_deref(),
            description: version.and_then(|version| version.description.as_deref()),
            variable_references: if metadata_only { &nothing } else { revision.variable_references() },
        }))
    }

    /// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeStateMachineForExecution.html>. A child of
    /// a map run is described by its ancestor's definition.
    pub(crate) fn describe_state_machine_for_execution(&self, body: &[u8]) -> Result<Bytes, ApiError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Request {
            execution_arn: Option<String>,
            included_data: Option<String>,
        }
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct ForExecution<'a> {
            state_machine_arn: &'a str,
            name: &'a str,
            #[serde(skip_serializing_if = "Option::is_none")]
            definition: Option<&'a str>,
            role_arn: &'a str,
            update_date: Date,
            logging_configuration: &'a Value,
            tracing_configuration: Tracing,
            encryption_configuration: &'a Value,
            #[serde(skip_serializing_if = "Option::is_none")]
            map_run_arn: Option<&'a str>,
            #[serde(skip_serializing_if = "Option::is_none")]
            label: Option<&'a str>,
            #[serde(skip_serializing_if = "Option::is_none")]
            revision_id: Option<&'a str>,
            #[serde(skip_serializing_if = "BTreeMap::is_empty")]
            variable_references: BTreeMap<String, Vec<String>>,
        }
        let Request { execution_arn, included_data } = request(body)?;
        Constraints::default()
            .required("executionArn", execution_arn.as_deref(), (1, ARN))
            .one_of("includedData", included_data.as_deref(), INCLUDED_DATA)
            .check()?;
        let arn = execution_arn.unwrap_or_default();
        arn::execution(&arn)?;
        let header = self.header(&arn)?;
        let mut ancestor = header.clone();
        while let Some(child_of) = &ancestor.child_of {
            ancestor = self.header(&child_of.execution_arn)?;
        }
        let metadata_only = included_data.as_deref() == Some("METADATA_ONLY");
        let (off, owned) = (logging_off(), aws_owned_key());
        let references = if metadata_only { BTreeMap::new() } else { self.variable_references(&ancestor) };
        Ok(reply(&ForExecution {
            state_machine_arn: &header.state_machine_arn,
            name: &header.state_machine_name,
            definition: (!metadata_only).then_some(&ancestor.definition),
            role_arn: &header.role_arn,
            update_date: Date(ancestor.origin.updated_at),
            logging_configuration: ancestor.origin.logging.as_ref().unwrap_or(&off),
            tracing_configuration: Tracing { enabled: ancestor.origin.tracing },
            encryption_configuration: ancestor.origin.encryption.as_ref().unwrap_or(&owned),
            map_run_arn: header.child_of.as_ref().map(|child_of| &*child_of.map_run_arn),
            label: header.state_machine_name.split_once('/').map(|(_, label)| label),
            revision_id: ancestor.origin.revision_id.as_deref(),
            variable_references: references,
        }))
    }
}
