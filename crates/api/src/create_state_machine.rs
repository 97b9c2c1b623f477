//! `CreateStateMachine`: <https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachine.html>.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::StepFunctions;
use crate::arn;
use crate::constraint::{ARN, Constraints, DESCRIPTION, NAME, check_name};
use crate::encryption_configuration::EncryptionConfiguration;
use crate::error::{ApiError, request};
use crate::logging_configuration::LoggingConfiguration;
use crate::registry::{About, Content, Machine, Revision, aws_owned_key, compile, logging_off};
use crate::reply::{Date, reply};
use crate::tags::{self, Tag};

/// The most bytes of a definition.
pub(crate) const DEFINITION: usize = 1_048_576;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Request {
    name: Option<String>,
    definition: Option<String>,
    role_arn: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
    logging_configuration: Option<LoggingConfiguration>,
    tracing_configuration: Option<TracingConfiguration>,
    encryption_configuration: Option<EncryptionConfiguration>,
    tags: Option<Vec<Tag>>,
    publish: Option<bool>,
    version_description: Option<String>,
}

#[derive(Clone, Copy, Deserialize)]
pub(crate) struct TracingConfiguration {
    pub(crate) enabled: Option<bool>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    state_machine_arn: Arc<str>,
    creation_date: Date,
    #[serde(skip_serializing_if = "Option::is_none")]
    state_machine_version_arn: Option<Arc<str>>,
}

impl Request {
    fn check(&self) -> Result<(), ApiError> {
        let mut constraints = Constraints::default();
        constraints
            .required("name", self.name.as_deref(), (1, NAME))
            .present("definition", self.definition.is_some())
            .secret_length("definition", self.definition.as_deref(), DEFINITION)
            .required("roleArn", self.role_arn.as_deref(), (1, ARN))
            .one_of("type", self.kind.as_deref(), &["STANDARD", "EXPRESS"])
            .length("versionDescription", self.version_description.as_deref(), (0, DESCRIPTION));
        if let Some(logging) = &self.logging_configuration {
            logging.constraints(&mut constraints);
        }
        if let Some(encryption) = &self.encryption_configuration {
            encryption.constraints(&mut constraints);
        }
        tags::constraints(&mut constraints, self.tags.as_deref().unwrap_or_default());
        constraints.check()?;
        check_name(self.name.as_deref().unwrap_or_default())?;
        if self.version_description.is_some() && self.publish != Some(true) {
            return Err(ApiError::validation("Version description can only be set when publish is true"));
        }
        arn::role(self.role_arn.as_deref().unwrap_or_default())
    }
}

impl StepFunctions {
    pub(crate) async fn create_state_machine(&self, body: &[u8]) -> Result<Bytes, ApiError> {
        let request: Request = request(body)?;
        request.check()?;
        let express = request.kind.as_deref() == Some("EXPRESS");
        let logging = match request.logging_configuration {
            Some(logging) => logging.read(self.cloud.as_ref()).await?,
            None => logging_off(),
        };
        let content = Content {
            definition: request.definition.unwrap_or_default().into(),
            role_arn: request.role_arn.unwrap_or_default().into(),
            logging,
            tracing: request.tracing_configuration.and_then(|tracing| tracing.enabled).unwrap_or(false),
            encryption: match request.encryption_configuration {
                Some(encryption) => encryption.read()?,
                None => aws_owned_key(),
            },
        };
        let tags = tags::by_key(request.tags)?;
        let compiled = compile(&content.definition, express)?;
        let name: Arc<str> = request.name.unwrap_or_default().into();
        let arn = self.registry.arn("stateMachine", &name);
        let publish = request.publish == Some(true);
        let now = self.runtime.now();
        let answer = self.registry.change(&arn, |known, position| {
            if let Some(known) = known {
                let version = same(known, &content, express, publish, request.version_description.as_deref())?;
                let answer = Answer {
                    state_machine_arn: arn.clone(),
                    creation_date: Date(known.about.created_at),
                    state_machine_version_arn: version,
                };
                return Ok((Some(known.clone()), answer));
            }
            let mut machine = Machine {
                about: About {
                    arn: arn.clone(),
                    name,
                    express,
                    created_at: now,
                    position,
                    revision: 1,
                    next_version: 1,
                    tags,
                },
                current: Arc::new(Revision::new(1, None, content, now, compiled)),
                versions: BTreeMap::new(),
                aliases: BTreeMap::new(),
            };
            let version = publish.then(|| machine.publish(request.version_description, now).arn.clone());
            let answer =
                Answer { state_machine_arn: arn.clone(), creation_date: Date(now), state_machine_version_arn: version };
            Ok::<_, ApiError>((Some(machine), answer))
        })?;
        Ok(reply(&answer))
    }
}

/// Whether a request would create what is there already; the version that it would have published. Role and tags don't
/// count (API reference: the idempotency check).
fn same(
    known: &Machine,
    content: &Content,
    express: bool,
    publish: bool,
    description: Option<&str>,
) -> Result<Option<Arc<str>>, ApiError> {
    let there = &known.current.content;
    let is_same = known.about.express == express
        && there.definition == content.definition
        && there.logging == content.logging
        && there.tracing == content.tracing
        && there.encryption == content.encryption;
    let version = known.current_version().filter(|version| version.description.as_deref() == description);
    // Recorded in `sfn_api--create_duplicate_sm_name`.
    match (is_same, publish, version) {
        (true, false, _) => Ok(None),
        (true, true, Some(version)) => Ok(Some(version.arn.clone())),
        _ => Err(ApiError::bad_request(
            "StateMachineAlreadyExists",
            format!("State Machine Already Exists: '{}'", known.about.arn),
        )),
    }
}
