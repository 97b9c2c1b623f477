//! `UpdateStateMachine`: <https://docs.aws.amazon.com/step-functions/latest/apireference/API_UpdateStateMachine.html>.

use std::sync::Arc;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::StepFunctions;
use crate::arn;
use crate::constraint::{ARN, Constraints, DESCRIPTION};
use crate::create_state_machine::{DEFINITION, TracingConfiguration};
use crate::encryption_configuration::EncryptionConfiguration;
use crate::error::{ApiError, request};
use crate::logging_configuration::LoggingConfiguration;
use crate::registry::{Content, Machine, compile};
use crate::reply::{Date, reply};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Request {
    state_machine_arn: Option<String>,
    definition: Option<String>,
    role_arn: Option<String>,
    logging_configuration: Option<LoggingConfiguration>,
    tracing_configuration: Option<TracingConfiguration>,
    encryption_configuration: Option<EncryptionConfiguration>,
    publish: Option<bool>,
    version_description: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    update_date: Date,
    #[serde(skip_serializing_if = "Option::is_none")]
    revision_id: Option<Arc<str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    state_machine_version_arn: Option<Arc<str>>,
}

impl Request {
    fn check(&self) -> Result<(), ApiError> {
        let mut constraints = Constraints::default();
        constraints
            .required("stateMachineArn", self.state_machine_arn.as_deref(), (1, ARN))
            .secret_length("definition", self.definition.as_deref(), DEFINITION)
            .length("roleArn", self.role_arn.as_deref(), (1, ARN))
            .length("versionDescription", self.version_description.as_deref(), (0, DESCRIPTION));
        if let Some(logging) = &self.logging_configuration {
            logging.constraints(&mut constraints);
        }
        if let Some(encryption) = &self.encryption_configuration {
            encryption.constraints(&mut constraints);
        }
        constraints.check()?;
        if self.version_description.is_some() && self.publish != Some(true) {
            return Err(ApiError::validation("Version description can only be set when publish is true"));
        }
        self.role_arn.as_deref().map_or(Ok(()), arn::role)
    }
}

impl StepFunctions {
    pub(crate) async fn update_state_machine(&self, body: &[u8]) -> Result<Bytes, ApiError> {
        let request: Request = request(body)?;
        request.check()?;
        let arn = request.state_machine_arn.unwrap_or_default();
        arn::state_machine(&arn)?;
        // A version is no state machine here (recorded in `sfn_api_versioning--update_state_machine`).
        let express = self.registry.find(&arn).ok_or_else(|| ApiError::no_state_machine(&arn))?.about.express;
        let nothing = request.definition.is_none()
            && request.role_arn.is_none()
            && request.logging_configuration.is_none()
            && request.tracing_configuration.is_none()
            && request.encryption_configuration.is_none();
        if nothing {
            return Err(ApiError::bad_request(
                "MissingRequiredParameter",
                "Either the definition, the role ARN, the LoggingConfiguration, or the TracingConfiguration must be specified",
            ));
        }
        let logging = match request.logging_configuration {
            Some(logging) => Some(logging.read(self.cloud.as_ref()).await?),
            None => None,
        };
        let encryption = request.encryption_configuration.map(EncryptionConfiguration::read).transpose()?;
        let definition: Option<Arc<str>> = request.definition.map(Into::into);
        let compiled = definition.as_deref().map(|definition| compile(definition, express)).transpose()?;
        let now = self.runtime.now();
        let answer = self.registry.change(&arn, |known, _| {
            let mut machine = Machine::clone(known.ok_or_else(|| ApiError::no_state_machine(&arn))?);
            let there = machine.current.content.clone();
            let content = Content {
                definition: definition.unwrap_or(there.definition),
                role_arn: request.role_arn.map_or(there.role_arn, Into::into),
                logging: logging.unwrap_or(there.logging),
                tracing: request.tracing_configuration.and_then(|tracing| tracing.enabled).unwrap_or(there.tracing),
                encryption: encryption.unwrap_or(there.encryption),
            };
            let compiled = match compiled {
                Some(compiled) => compiled,
                None => match machine.current.compiled(machine.about.express) {
                    Some(compiled) => compiled,
                    None => compile(&content.definition, machine.about.express)?,
                },
            };
            machine.update(content, compiled, now);
            let version =
                (request.publish == Some(true)).then(|| machine.publish(request.version_description, now).arn.clone());
            let answer = Answer {
                update_date: Date(now),
                revision_id: machine.current.id.clone(),
                state_machine_version_arn: version,
            };
            Ok::<_, ApiError>((Some(machine), answer))
        })?;
        Ok(reply(&answer))
    }
}
