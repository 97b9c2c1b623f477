//! What runs something by itself: event source mappings, rules and schedules.

use serde::Serialize;
use serde_json::Value;

use super::Span;

/// A queue that feeds a function.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EventSourceMapping {
    /// Its logical id: that of an `AWS::Lambda::EventSourceMapping`, or `<function><event>`.
    pub logical_id: String,
    /// Where it stands.
    #[serde(skip)]
    pub span: Span,
    /// The function's ARN.
    pub function_arn: String,
    /// The queue's ARN.
    pub queue_arn: String,
    /// How many messages an invocation gets at most; 10 unless stated.
    pub batch_size: u32,
    /// How long messages are gathered, seconds; 0 unless stated.
    pub maximum_batching_window_seconds: u32,
    /// Whether the function tells which messages failed (`ReportBatchItemFailures`).
    pub report_batch_item_failures: bool,
    /// Whether it is on.
    pub enabled: bool,
    /// How many invocations may run at once for this queue.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub maximum_concurrency: Option<u32>,
    /// `FilterCriteria`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filter_criteria: Option<Value>,
}

/// An EventBridge event bus.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EventBus {
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

/// An EventBridge rule.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Rule {
    /// Its logical id: that of an `AWS::Events::Rule`, or `<owner><event>`.
    pub logical_id: String,
    /// Where it stands.
    #[serde(skip)]
    pub span: Span,
    /// Its name.
    pub name: String,
    /// Its ARN.
    pub arn: String,
    /// The name or ARN of the bus it listens to; `default` unless stated.
    pub event_bus_name: String,
    /// Which events it takes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event_pattern: Option<Value>,
    /// When it runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schedule_expression: Option<String>,
    /// Whether it is on.
    pub enabled: bool,
    /// What it runs.
    pub targets: Vec<RuleTarget>,
}

/// What a rule runs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RuleTarget {
    /// Its id within the rule.
    pub id: String,
    /// The ARN of the function, state machine, queue, topic or bus.
    pub arn: String,
    /// The role that EventBridge runs it in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role_arn: Option<String>,
    /// A constant text that it gets in place of the event.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input: Option<String>,
    /// The part of the event that it gets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input_path: Option<String>,
    /// `InputTransformer`: what is made of the event.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input_transformer: Option<Value>,
    /// The ARN of the queue for what can't be delivered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dead_letter_arn: Option<String>,
}

/// A schedule of EventBridge Scheduler.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Schedule {
    /// Its logical id: that of an `AWS::Scheduler::Schedule`, or `<owner><event>`.
    pub logical_id: String,
    /// Where it stands.
    #[serde(skip)]
    pub span: Span,
    /// Its name.
    pub name: String,
    /// `rate(…)`, `cron(…)` or `at(…)`.
    pub expression: String,
    /// The time zone of the expression; UTC unless stated.
    pub timezone: String,
    /// Whether it is on.
    pub enabled: bool,
    /// The ARN of what it runs.
    pub target_arn: String,
    /// What the target gets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input: Option<String>,
}
