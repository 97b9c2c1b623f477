//! Topics and their attributes.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Sns;
use super::fault::{invalid, missing, no_arn, no_such_topic};
use super::message::Rules;
use super::subscription::Subscription;
use crate::error::ServiceError;
use crate::place::Arn;

/// Items on a page of a list.
const PAGE: usize = 100;

/// Attributes that can be set. Those about delivery over HTTP, encryption and tracing are kept and shown only.
const SETTABLE: [&str; 12] = [
    "ArchivePolicy",
    "ContentBasedDeduplication",
    "DataProtectionPolicy",
    "DeliveryPolicy",
    "DisplayName",
    "FifoThroughputScope",
    "FifoTopic",
    "KmsMasterKeyId",
    "Policy",
    "SignatureVersion",
    "TracingConfig",
    "LambdaSuccessFeedbackSampleRate",
];

/// A topic.
#[derive(Debug, Clone)]
pub(crate) struct Topic {
    pub(super) attributes: BTreeMap<String, String>,
    pub(super) tags: Vec<Tag>,
    pub(crate) subscriptions: Vec<Arc<Subscription>>,
    pub(crate) deleted_subscriptions: usize,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Tag {
    key: String,
    value: String,
}

impl Topic {
    fn is(&self, attribute: &str) -> bool {
        self.attributes.get(attribute).is_some_and(|value| value.eq_ignore_ascii_case("true"))
    }

    pub(crate) fn fifo(&self) -> bool {
        self.is("FifoTopic")
    }

    /// Whether a deduplication identifier counts within its message group only.
    pub(crate) fn deduplicates_by_group(&self) -> bool {
        self.attributes.get("FifoThroughputScope").is_some_and(|scope| scope == "MessageGroup")
    }

    pub(crate) fn rules(&self) -> Rules {
        Rules { fifo: self.fifo(), content_based_deduplication: self.is("ContentBasedDeduplication") }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct CreateTopic {
    name: Option<String>,
    attributes: Option<BTreeMap<String, String>>,
    tags: Option<Vec<Tag>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct OfTopic {
    topic_arn: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct SetAttribute {
    topic_arn: Option<String>,
    attribute_name: Option<String>,
    attribute_value: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct List {
    next_token: Option<String>,
}

impl Sns {
    /// Makes the topic, or finds the one of that name when its attributes don't contradict.
    pub(crate) async fn create_topic(&self, request: CreateTopic) -> Result<Value, ServiceError> {
        let name = request.name.ok_or_else(|| missing("name"))?;
        let attributes = request.attributes.unwrap_or_default();
        if attributes.keys().any(|attribute| !SETTABLE.contains(&attribute.as_str())) {
            return Err(invalid("Attributes"));
        }
        let mut tags = request.tags.unwrap_or_default();
        tags.sort();
        let arn = self.place.arn("sns", &name);
        let _one_at_a_time = self.changing.lock().await;
        if let Some(existing) = self.state().topics.get(&arn) {
            if attributes.iter().any(|(attribute, value)| existing.attributes.get(attribute) != Some(value)) {
                return Err(invalid("Attributes Reason: Topic already exists with different attributes"));
            }
            if !tags.iter().all(|tag| existing.tags.contains(tag)) {
                return Err(invalid("Tags Reason: Topic already exists with different tags"));
            }
            return Ok(json!({"TopicArn": arn}));
        }
        let topic = Topic { attributes, tags, subscriptions: Vec::new(), deleted_subscriptions: 0 };
        let stem = if topic.fifo() { name.strip_suffix(".fifo").unwrap_or_default() } else { &name };
        if stem.is_empty()
            || name.len() > 256
            || !stem.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
        {
            return Err(invalid(if topic.fifo() {
                "Topic Name Reason: FIFO topic names must end with .fifo and be made up of letters, numbers, \
                 underscores and hyphens"
            } else {
                "Topic Name"
            }));
        }
        self.store.put_topic(&arn, &topic).await?;
        self.state().topics.insert(arn.clone(), topic);
        Ok(json!({"TopicArn": arn}))
    }

    /// Answers success for a topic that isn't there, as AWS does. What was published before is delivered still.
    pub(crate) async fn delete_topic(&self, request: OfTopic) -> Result<Value, ServiceError> {
        let arn = topic_arn(request.topic_arn)?;
        let _one_at_a_time = self.changing.lock().await;
        self.store.remove_topic(&arn).await?;
        self.state().topics.remove(&arn);
        Ok(Value::Null)
    }

    pub(crate) fn list_topics(&self, request: &List) -> Result<Value, ServiceError> {
        let state = self.state();
        page("Topics", state.topics.keys().map(|arn| json!({"TopicArn": arn})), request.next_token.as_deref())
    }

    /// Members as recorded in `LocalStack`'s snapshot `test_create_topic_test_arn`.
    pub(crate) fn get_topic_attributes(&self, request: OfTopic) -> Result<Value, ServiceError> {
        let arn = topic_arn(request.topic_arn)?;
        let owner = &self.place.account;
        self.with_topic(&arn, |topic| {
            let mut attributes = BTreeMap::from([
                ("DisplayName".to_owned(), String::new()),
                ("EffectiveDeliveryPolicy".to_owned(), delivery_policy()),
                ("Policy".to_owned(), policy(&arn, owner)),
            ]);
            if topic.fifo() {
                attributes.insert("ContentBasedDeduplication".to_owned(), "false".to_owned());
            }
            attributes.extend(topic.attributes.clone());
            attributes.insert("Owner".to_owned(), owner.clone());
            attributes.insert("TopicArn".to_owned(), arn.clone());
            attributes.insert("SubscriptionsConfirmed".to_owned(), topic.subscriptions.len().to_string());
            attributes.insert("SubscriptionsDeleted".to_owned(), topic.deleted_subscriptions.to_string());
            attributes.insert("SubscriptionsPending".to_owned(), "0".to_owned());
            Ok(json!({"Attributes": attributes}))
        })
    }

    pub(crate) async fn set_topic_attributes(&self, request: SetAttribute) -> Result<Value, ServiceError> {
        let arn = topic_arn(request.topic_arn)?;
        let name = request.attribute_name.ok_or_else(|| missing("attributeName"))?;
        if !SETTABLE.contains(&name.as_str()) || name == "FifoTopic" {
            return Err(invalid("AttributeName"));
        }
        let _one_at_a_time = self.changing.lock().await;
        let mut changed = self.with_topic(&arn, |topic| Ok(topic.clone()))?;
        changed.attributes.insert(name, request.attribute_value.unwrap_or_default());
        self.store.put_topic(&arn, &changed).await?;
        self.state().topics.insert(arn, changed);
        Ok(Value::Null)
    }

    /// Looks at a topic; refuses what is no ARN or no topic of this cloud.
    pub(crate) fn with_topic<T>(
        &self,
        arn: &str,
        look: impl FnOnce(&Topic) -> Result<T, ServiceError>,
    ) -> Result<T, ServiceError> {
        if Arn::parse(arn).is_none() {
            return Err(no_arn("TopicArn", arn));
        }
        look(self.state().topics.get(arn).ok_or_else(no_such_topic)?)
    }
}

fn topic_arn(arn: Option<String>) -> Result<String, ServiceError> {
    let arn = arn.ok_or_else(|| missing("topicArn"))?;
    if Arn::parse(&arn).is_none() { Err(no_arn("TopicArn", &arn)) } else { Ok(arn) }
}

/// A page of a list; the token is the number of the first item to show.
pub(crate) fn page(list: &str, items: impl Iterator<Item = Value>, token: Option<&str>) -> Result<Value, ServiceError> {
    let start: usize = match token {
        None | Some("") => 0,
        Some(token) => token.parse().map_err(|_| invalid("NextToken"))?,
    };
    let mut items: Vec<Value> = items.skip(start).take(PAGE + 1).collect();
    let more = items.len() > PAGE;
    items.truncate(PAGE);
    let mut output = json!({list: items});
    if more {
        output["NextToken"] = (start + PAGE).to_string().into();
    }
    Ok(output)
}

fn delivery_policy() -> String {
    json!({"http": {
        "defaultHealthyRetryPolicy": {
            "minDelayTarget": 20, "maxDelayTarget": 20, "numRetries": 3, "numMaxDelayRetries": 0, "numNoDelayRetries": 0,
            "numMinDelayRetries": 0, "backoffFunction": "linear"},
        "disableSubscriptionOverrides": false,
        "defaultRequestPolicy": {"headerContentType": "text/plain; charset=UTF-8"}
    }})
    .to_string()
}

/// The policy that a topic has when none was set.
fn policy(arn: &str, owner: &str) -> String {
    let actions = [
        "GetTopicAttributes",
        "SetTopicAttributes",
        "AddPermission",
        "RemovePermission",
        "DeleteTopic",
        "Subscribe",
        "ListSubscriptionsByTopic",
        "Publish",
    ]
    .map(|action| format!("SNS:{action}"));
    json!({"Version": "2008-10-17", "Id": "__default_policy_ID", "Statement": [{
        "Sid": "__default_statement_ID", "Effect": "Allow", "Principal": {"AWS": "*"}, "Action": actions,
        "Resource": arn, "Condition": {"StringEquals": {"AWS:SourceOwner": owner}}
    }]})
    .to_string()
}
