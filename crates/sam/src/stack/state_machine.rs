//! State machines and activities.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use super::{Event, Span};

/// A state machine.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StateMachine {
    /// Its logical id.
    pub logical_id: String,
    /// Where its logical id stands.
    #[serde(skip)]
    pub span: Span,
    /// Its name, or `<stack>-<LogicalId>`, to which AWS would append random characters.
    pub name: String,
    /// Its ARN.
    pub arn: String,
    /// Standard or Express.
    #[serde(rename = "type")]
    pub kind: StateMachineType,
    /// Its definition. None when the template gives none that a local run can read, which is an error.
    pub definition: Option<Definition>,
    /// `DefinitionSubstitutions`: what stands for `${key}` in the definition.
    pub substitutions: BTreeMap<String, Substitution>,
    /// The role it runs in: `Role`, or the one that SAM makes.
    pub role_arn: String,
    /// `Logging`, or `LoggingConfiguration`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logging: Option<Value>,
    /// Whether X-Ray traces it.
    pub tracing: bool,
    /// `Policies`, resolved but not expanded.
    pub policies: Vec<Value>,
    /// What starts it, for showing; [`super::Stack`]'s lists hold what is to be wired.
    pub events: Vec<Event>,
    /// The alias that is published at each deployment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alias: Option<String>,
    /// `Tags`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<String, String>,
    /// `Metadata`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Value>,
}

/// The type of a state machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum StateMachineType {
    /// `STANDARD`, the default.
    #[serde(rename = "STANDARD")]
    Standard,
    /// `EXPRESS`.
    #[serde(rename = "EXPRESS")]
    Express,
}

/// Where a state machine's definition is.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub enum Definition {
    /// `DefinitionUri`: a file.
    File {
        /// Its path, relative to the template.
        uri: String,
        /// Where the path stands.
        #[serde(skip)]
        span: Span,
    },
    /// `Definition`: in the template, as a value.
    Inline {
        /// The definition, its keys in the order of the template.
        value: Value,
        /// Where it stands.
        #[serde(skip)]
        span: Span,
    },
    /// `DefinitionString`: in the template, as text.
    Text {
        /// The definition's text.
        text: String,
        /// Where it stands.
        #[serde(skip)]
        span: Span,
    },
}

/// One of `DefinitionSubstitutions`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Substitution {
    /// The text that is put in.
    pub value: String,
    /// Where its key stands.
    #[serde(skip)]
    pub span: Span,
}

/// An activity, whose tasks are done by workers that poll for them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Activity {
    /// Its logical id.
    pub logical_id: String,
    /// Where its logical id stands.
    #[serde(skip)]
    pub span: Span,
    /// Its name.
    pub name: String,
    /// Its ARN.
    pub arn: String,
}
