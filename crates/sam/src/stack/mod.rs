//! What a template comes to: plain data with every intrinsic function resolved.

mod api;
mod bucket;
mod ecs;
mod event;
mod function;
mod messaging;
mod state_machine;
mod table;

use std::collections::BTreeMap;

use serde::Serialize;

pub use api::{Api, ApiProtocol, Authorization, Route, RouteTarget};
pub use bucket::{Bucket, BucketNotification, NotificationFilter};
pub use ecs::{Cluster, Container, TaskDefinition};
pub use event::{EventBus, EventSourceMapping, Rule, RuleTarget, Schedule};
pub use function::{Architecture, Event, EventInvokeConfig, Function};
pub use messaging::{Queue, RedrivePolicy, Subscription, Topic};
pub use state_machine::{Activity, Definition, StateMachine, StateMachineType, Substitution};
pub use table::Table;

/// Where something stands in the template's text, in bytes. Never serialised: it is for error messages.
pub type Span = std::ops::Range<usize>;

/// A stack as a local run sees it.
///
/// Each list holds the resources of one kind in the order of the template. What connects them is collected where it is
/// used: `subscriptions` holds all subscriptions, those that functions' events ask for included, `event_source_mappings`
/// all queues that feed functions, each [`Api`] all its routes, and `rules` and `schedules` what runs by event or time.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Stack {
    /// The stack's name.
    pub name: String,
    /// The region it is in.
    pub region: String,
    /// The account it is in.
    pub account_id: String,
    /// The partition of its ARNs, such as `aws`.
    pub partition: String,
    /// The template's `Description`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The value of each parameter; lists are joined by commas, and values that `NoEcho` hides are `****`.
    pub parameters: BTreeMap<String, String>,
    /// `AWS::Serverless::Function`.
    pub functions: Vec<Function>,
    /// `AWS::Serverless::StateMachine` and `AWS::StepFunctions::StateMachine`.
    pub state_machines: Vec<StateMachine>,
    /// `AWS::StepFunctions::Activity`.
    pub activities: Vec<Activity>,
    /// `AWS::DynamoDB::Table` and `AWS::Serverless::SimpleTable`.
    pub tables: Vec<Table>,
    /// `AWS::SQS::Queue`.
    pub queues: Vec<Queue>,
    /// `AWS::SNS::Topic`.
    pub topics: Vec<Topic>,
    /// Every subscription: those of topics, `AWS::SNS::Subscription`, and functions' `SNS` events.
    pub subscriptions: Vec<Subscription>,
    /// Every queue that feeds a function: functions' `SQS` events and `AWS::Lambda::EventSourceMapping`.
    pub event_source_mappings: Vec<EventSourceMapping>,
    /// `AWS::S3::Bucket`.
    pub buckets: Vec<Bucket>,
    /// `AWS::Serverless::Api`, `AWS::Serverless::HttpApi`, and the APIs that SAM makes for events that name none.
    pub apis: Vec<Api>,
    /// `AWS::ECS::Cluster`.
    pub clusters: Vec<Cluster>,
    /// `AWS::ECS::TaskDefinition`.
    pub task_definitions: Vec<TaskDefinition>,
    /// `AWS::Logs::LogGroup`.
    pub log_groups: Vec<LogGroup>,
    /// `AWS::Events::EventBus`.
    pub event_buses: Vec<EventBus>,
    /// `AWS::Events::Rule`, and the rules of `Schedule`, `EventBridgeRule` and `CloudWatchEvent` events.
    pub rules: Vec<Rule>,
    /// `AWS::Scheduler::Schedule`, and those of `ScheduleV2` events.
    pub schedules: Vec<Schedule>,
    /// Every other resource that the template declares.
    pub others: Vec<Other>,
    /// The outputs.
    pub outputs: Vec<Output>,
}

impl Stack {
    /// The state machine of this logical id, name or ARN.
    pub fn state_machine(&self, id: &str) -> Option<&StateMachine> {
        self.state_machines.iter().find(|machine| machine.logical_id == id || machine.name == id || machine.arn == id)
    }

    /// The function of this logical id, name or ARN.
    pub fn function(&self, id: &str) -> Option<&Function> {
        self.functions.iter().find(|function| function.logical_id == id || function.name == id || function.arn == id)
    }

    /// The API of this id or logical id.
    pub fn api(&self, id: &str) -> Option<&Api> {
        self.apis.iter().find(|api| api.id == id || api.logical_id == id)
    }

    /// What the topic of this ARN delivers to.
    pub fn subscriptions_of<'a>(&'a self, topic_arn: &'a str) -> impl Iterator<Item = &'a Subscription> {
        self.subscriptions.iter().filter(move |subscription| subscription.topic_arn == topic_arn)
    }

    /// The value of an output.
    pub fn output(&self, name: &str) -> Option<&str> {
        self.outputs.iter().find(|output| output.name == name).map(|output| output.value.as_str())
    }
}

/// A log group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LogGroup {
    /// Its logical id.
    pub logical_id: String,
    /// Where its logical id stands.
    #[serde(skip)]
    pub span: Span,
    /// Its name.
    pub name: String,
    /// Its ARN, without the `:*` that `Fn::GetAtt` appends.
    pub arn: String,
    /// How many days log events are kept; none keeps them for ever.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retention_in_days: Option<u32>,
}

/// A resource that isn't run locally.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Other {
    /// Its logical id.
    pub logical_id: String,
    /// Where its logical id stands.
    #[serde(skip)]
    pub span: Span,
    /// Its type.
    pub type_name: String,
    /// What `Ref` returns for it.
    pub reference: String,
    /// Whether anything is amiss without it.
    pub effect: Effect,
}

/// What it means that a resource isn't run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Effect {
    /// Nothing: permissions, alarms, networks and the like change nothing in what a workflow does locally.
    Harmless,
    /// A workflow that uses it would notice; that is also reported as a warning.
    NotEmulated,
}

/// An output of the stack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Output {
    /// Its logical name.
    pub name: String,
    /// Where its name stands.
    #[serde(skip)]
    pub span: Span,
    /// Its value.
    pub value: String,
    /// What it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The name under which other stacks may import it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub export_name: Option<String>,
}
