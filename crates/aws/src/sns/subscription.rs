//! Subscriptions: who receives what is published to a topic, in which form, and what is filtered out.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value, json};

use super::Sns;
use super::fault::{invalid, missing, no_arn, no_such_subscription, no_such_topic};
use super::filter::{FilterPolicy, Scope};
use super::message::Message;
use super::topic::{Topic, page};
use crate::error::ServiceError;
use crate::place::Arn;
use crate::sqs::is_fifo;

/// A subscription. It never changes: setting an attribute puts another one in its place.
#[derive(Debug, Clone)]
pub(crate) struct Subscription {
    pub(crate) arn: String,
    pub(crate) protocol: String,
    pub(crate) endpoint: String,
    pub(crate) settings: Settings,
}

/// A subscription's attributes, read.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Settings {
    /// As given, for `GetSubscriptionAttributes`.
    pub(super) given: BTreeMap<String, String>,
    pub(crate) raw: bool,
    filter: Option<(Scope, FilterPolicy)>,
    /// ARN of the queue for what can't be delivered.
    pub(crate) dead_letter_target: Option<String>,
}

impl Settings {
    /// Reads attributes; the error is AWS's sentence.
    pub(super) fn read(given: BTreeMap<String, String>) -> Result<Self, String> {
        let mut settings = Self::default();
        for (name, value) in &given {
            match name.as_str() {
                "RawMessageDelivery" => {
                    settings.raw = match value.to_ascii_lowercase().as_str() {
                        "true" => true,
                        "false" => false,
                        _ => {
                            return Err(format!("RawMessageDelivery: Invalid value [{value}]. Must be true or false."));
                        }
                    };
                }
                "RedrivePolicy" if value.is_empty() => {}
                "RedrivePolicy" => settings.dead_letter_target = Some(dead_letter_target(value)?),
                // Read below, since the one decides how the other is read; DeliveryPolicy is for HTTP.
                "FilterPolicy" | "FilterPolicyScope" | "DeliveryPolicy" => {}
                _ => return Err(format!("{name}: unknown attribute")),
            }
        }
        let scope = match given.get("FilterPolicyScope") {
            None => Scope::MessageAttributes,
            Some(text) => Scope::parse(text).ok_or_else(|| {
                format!("FilterPolicyScope: Invalid value [{text}]. Please use either MessageBody or MessageAttributes")
            })?,
        };
        if let Some(policy) = given.get("FilterPolicy").filter(|policy| !policy.is_empty()) {
            let policy = FilterPolicy::parse(policy, scope).map_err(|problem| format!("FilterPolicy: {problem}"))?;
            settings.filter = Some((scope, policy));
        }
        settings.given = given;
        Ok(settings)
    }
}

fn dead_letter_target(policy: &str) -> Result<String, String> {
    let policy: Value =
        serde_json::from_str(policy).map_err(|e| format!("RedrivePolicy: failed to parse JSON. {e}"))?;
    let target = policy["deadLetterTargetArn"].as_str().unwrap_or_default();
    if Arn::parse(target).is_none_or(|arn| arn.service != "sqs") {
        return Err("RedrivePolicy: deadLetterTargetArn is an invalid arn".to_owned());
    }
    Ok(target.to_owned())
}

impl Subscription {
    /// Whether the filter policy lets the message pass.
    pub(crate) fn wants(&self, message: &Message) -> bool {
        match &self.settings.filter {
            None => true,
            Some((Scope::MessageAttributes, policy)) => policy.accepts_attributes(&message.attributes),
            Some((Scope::MessageBody, policy)) => policy.accepts_body(message.text_for(&self.protocol)),
        }
    }

    pub(super) fn topic_arn(&self) -> &str {
        self.arn.rsplit_once(':').map_or(self.arn.as_str(), |(topic, _)| topic)
    }

    fn summary(&self, owner: &str) -> Value {
        json!({"SubscriptionArn": self.arn, "Owner": owner, "Protocol": self.protocol, "Endpoint": self.endpoint,
               "TopicArn": self.topic_arn()})
    }
}

/// Refuses endpoints that don't fit their protocol, and protocols that are not emulated.
fn check_endpoint(protocol: &str, endpoint: &str, topic: &Topic) -> Result<(), ServiceError> {
    let arn = Arn::parse(endpoint);
    let fits = match protocol {
        "sqs" => {
            let queue = arn.filter(|arn| arn.service == "sqs").ok_or_else(|| invalid("SQS endpoint ARN"))?;
            if is_fifo(queue.resource) && !topic.fifo() {
                return Err(invalid(
                    "Invalid parameter: Endpoint Reason: FIFO SQS Queues can not be subscribed to standard SNS topics",
                ));
            }
            return Ok(());
        }
        "lambda" if arn.is_none_or(|arn| arn.service != "lambda") => return Err(invalid("Lambda endpoint ARN")),
        "email" | "email-json" if !endpoint.contains('@') => return Err(invalid("Email address")),
        "sms" if !is_phone_number(endpoint) => {
            return Err(invalid(format_args!("Invalid SMS endpoint: {endpoint}")));
        }
        "lambda" | "email" | "email-json" | "sms" => !topic.fifo(),
        "http" | "https" | "application" | "firehose" => {
            return Err(invalid(format_args!(
                "The SNS protocol {protocol} is not emulated here: subscribe a queue, a function or a mail address"
            )));
        }
        _ => return Err(invalid(format_args!("Amazon SNS does not support this protocol string: {protocol}"))),
    };
    if fits {
        return Ok(());
    }
    Err(invalid("Invalid parameter: Endpoint Reason: only SQS queues can be subscribed to FIFO topics"))
}

/// A number in E.164 form, `+4930123456`.
pub(crate) fn is_phone_number(text: &str) -> bool {
    let digits = text.strip_prefix('+').unwrap_or_default();
    (6..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit())
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Subscribe {
    topic_arn: Option<String>,
    protocol: Option<String>,
    endpoint: Option<String>,
    attributes: Option<BTreeMap<String, String>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct OfSubscription {
    subscription_arn: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct SetAttribute {
    subscription_arn: Option<String>,
    attribute_name: Option<String>,
    #[serde(default, deserialize_with = "text_or_nothing")]
    attribute_value: String,
}

fn text_or_nothing<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct List {
    topic_arn: Option<String>,
    next_token: Option<String>,
}

impl Sns {
    pub(crate) async fn subscribe(&self, request: Subscribe) -> Result<Value, ServiceError> {
        let topic_arn = request.topic_arn.ok_or_else(|| missing("topicArn"))?;
        let protocol = request.protocol.ok_or_else(|| missing("protocol"))?;
        let endpoint = request.endpoint.filter(|endpoint| !endpoint.is_empty()).ok_or_else(|| invalid("Endpoint"))?;
        let settings = Settings::read(request.attributes.unwrap_or_default())
            .map_err(|problem| invalid(format_args!("Attributes Reason: {problem}")))?;
        let _one_at_a_time = self.changing.lock().await;
        let found = self.with_topic(&topic_arn, |topic| {
            check_endpoint(&protocol, &endpoint, topic)?;
            let same = |other: &&Arc<Subscription>| other.protocol == protocol && other.endpoint == endpoint;
            match topic.subscriptions.iter().find(same) {
                Some(existing) if existing.settings != settings => {
                    Err(invalid("Attributes Reason: Subscription already exists with different attributes"))
                }
                found => Ok(found.cloned()),
            }
        })?;
        if let Some(existing) = found {
            return Ok(json!({"SubscriptionArn": existing.arn}));
        }
        let arn = format!("{topic_arn}:{}", uuid::Uuid::new_v4());
        let subscription = Arc::new(Subscription { arn: arn.clone(), protocol, endpoint, settings });
        self.store.put_subscription(&subscription).await?;
        if let Some(topic) = self.state().topics.get_mut(&topic_arn) {
            topic.subscriptions.push(subscription);
        }
        Ok(json!({"SubscriptionArn": arn}))
    }

    /// Answers success for a subscription that isn't there, as AWS does.
    pub(crate) async fn unsubscribe(&self, request: OfSubscription) -> Result<Value, ServiceError> {
        let arn = subscription_arn(request.subscription_arn)?;
        let _one_at_a_time = self.changing.lock().await;
        self.store.remove_subscription(&arn).await?;
        for topic in self.state().topics.values_mut() {
            let before = topic.subscriptions.len();
            topic.subscriptions.retain(|subscription| subscription.arn != arn);
            topic.deleted_subscriptions += before - topic.subscriptions.len();
        }
        Ok(Value::Null)
    }

    pub(crate) fn get_subscription_attributes(&self, request: OfSubscription) -> Result<Value, ServiceError> {
        let arn = subscription_arn(request.subscription_arn)?;
        let subscription = self.find(&arn).ok_or_else(no_such_subscription)?;
        let mut attributes: Map<String, Value> =
            subscription.settings.given.iter().map(|(name, value)| (name.clone(), value.as_str().into())).collect();
        let account = &self.place.account;
        let mut add = |name: &str, value: &str| {
            attributes.insert(name.to_owned(), value.into());
        };
        add("ConfirmationWasAuthenticated", "true");
        add("Endpoint", &subscription.endpoint);
        add("Owner", account);
        add("PendingConfirmation", "false");
        add("Protocol", &subscription.protocol);
        add("RawMessageDelivery", if subscription.settings.raw { "true" } else { "false" });
        add("SubscriptionArn", &subscription.arn);
        add("SubscriptionPrincipal", &format!("arn:aws:iam::{account}:root"));
        add("TopicArn", subscription.topic_arn());
        if let Some((scope, _)) = &subscription.settings.filter {
            let scope = if *scope == Scope::MessageBody { "MessageBody" } else { "MessageAttributes" };
            add("FilterPolicyScope", scope);
        }
        Ok(json!({"Attributes": attributes}))
    }

    pub(crate) async fn set_subscription_attributes(&self, request: SetAttribute) -> Result<Value, ServiceError> {
        let arn = subscription_arn(request.subscription_arn)?;
        let name = request.attribute_name.ok_or_else(|| missing("attributeName"))?;
        if !["RawMessageDelivery", "FilterPolicy", "FilterPolicyScope", "RedrivePolicy", "DeliveryPolicy"]
            .contains(&name.as_str())
        {
            return Err(invalid("AttributeName"));
        }
        self.change_settings(&arn, [(name, request.attribute_value)]).await?;
        Ok(Value::Null)
    }

    /// Sets attributes of a subscription, all or none.
    pub(super) async fn change_settings(
        &self,
        arn: &str,
        attributes: impl IntoIterator<Item = (String, String)>,
    ) -> Result<(), ServiceError> {
        let _one_at_a_time = self.changing.lock().await;
        let existing = self.find(arn).ok_or_else(no_such_subscription)?;
        let mut given = existing.settings.given.clone();
        given.extend(attributes);
        let settings = Settings::read(given).map_err(invalid)?;
        let changed = Arc::new(Subscription { settings, ..Subscription::clone(&existing) });
        self.store.put_subscription(&changed).await?;
        let mut state = self.state();
        let mut subscriptions = state.topics.values_mut().flat_map(|topic| &mut topic.subscriptions);
        if let Some(slot) = subscriptions.find(|subscription| subscription.arn == arn) {
            *slot = changed;
        }
        Ok(())
    }

    pub(crate) fn list_subscriptions(&self, request: &List) -> Result<Value, ServiceError> {
        let state = self.state();
        let all = state.topics.values().flat_map(|topic| &topic.subscriptions);
        page("Subscriptions", all.map(|s| s.summary(&self.place.account)), request.next_token.as_deref())
    }

    pub(crate) fn list_subscriptions_by_topic(&self, request: List) -> Result<Value, ServiceError> {
        let arn = request.topic_arn.ok_or_else(|| missing("topicArn"))?;
        let state = self.state();
        if Arn::parse(&arn).is_none() {
            return Err(no_arn("TopicArn", &arn));
        }
        let topic = state.topics.get(&arn).ok_or_else(no_such_topic)?;
        page(
            "Subscriptions",
            topic.subscriptions.iter().map(|s| s.summary(&self.place.account)),
            request.next_token.as_deref(),
        )
    }

    fn find(&self, arn: &str) -> Option<Arc<Subscription>> {
        let state = self.state();
        let mut all = state.topics.values().flat_map(|topic| &topic.subscriptions);
        all.find(|subscription| subscription.arn == arn).cloned()
    }
}

fn subscription_arn(arn: Option<String>) -> Result<String, ServiceError> {
    let arn = arn.ok_or_else(|| missing("subscriptionArn"))?;
    if Arn::parse(&arn).is_none() { Err(no_arn("SubscriptionArn", &arn)) } else { Ok(arn) }
}
