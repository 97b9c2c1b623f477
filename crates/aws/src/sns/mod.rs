//! SNS: topics, subscriptions with filter policies, and delivery to queues, functions and people.
//!
//! Mails and text messages aren't sent: they are put into a mailbox that a person or a test can look into, and their
//! subscriptions need no confirmation. The protocols `http`, `https`, `application` and `firehose` are refused by name.
//! Topics and subscriptions live in memory; the template makes them anew at each start.

mod deliver;
mod envelope;
mod fault;
mod filter;
mod mail;
mod message;
mod publish;
mod subscription;
mod topic;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use async_trait::async_trait;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio_util::task::TaskTracker;

pub use mail::{Mail, Publication};

use crate::error::{Error, ServiceError};
use crate::feed::Feed;
use crate::functions::FunctionSlot;
use crate::place::Place;
use crate::service::{Service, ServiceReply, http_date, new_request_id};
use crate::sqs::Queues;
use crate::wire::query::{self, Dialect};

/// How SNS speaks the Query protocol.
pub(crate) const DIALECT: Dialect =
    Dialect { namespace: "http://sns.amazonaws.com/doc/2010-03-31/", maps: &["Attributes"] };

/// The service.
pub(crate) struct Sns {
    /// For tasks that outlive the call that started them.
    this: Weak<Sns>,
    place: Place,
    endpoint: String,
    state: Mutex<State>,
    queues: Arc<dyn Queues>,
    functions: Arc<FunctionSlot>,
    tracker: TaskTracker,
    pub(crate) mailbox: Feed<Mail>,
    pub(crate) published: Feed<Publication>,
}

/// What was made by calls.
#[derive(Default)]
pub(crate) struct State {
    /// By ARN.
    topics: BTreeMap<String, topic::Topic>,
}

impl Sns {
    pub(crate) fn new(
        place: Place,
        endpoint: String,
        queues: Arc<dyn Queues>,
        functions: Arc<FunctionSlot>,
        tracker: TaskTracker,
    ) -> Arc<Self> {
        Arc::new_cyclic(|this| Self {
            this: Weak::clone(this),
            place,
            endpoint,
            state: Mutex::default(),
            queues,
            functions,
            tracker,
            mailbox: Feed::new(),
            published: Feed::new(),
        })
    }

    fn handle(&self) -> Arc<Self> {
        self.this.upgrade().expect("a method runs on a service that is alive")
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing that holds the lock leaves the state half changed when it panics.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Carries out an operation; an operation that answers nothing answers `null`.
    pub(crate) async fn execute(&self, operation: &str, request: Value) -> Result<Value, ServiceError> {
        match operation {
            "CreateTopic" => self.create_topic(read(request)?),
            "DeleteTopic" => self.delete_topic(read(request)?),
            "ListTopics" => self.list_topics(&read(request)?),
            "GetTopicAttributes" => self.get_topic_attributes(read(request)?),
            "SetTopicAttributes" => self.set_topic_attributes(read(request)?),
            "Subscribe" => self.subscribe(read(request)?),
            "Unsubscribe" => self.unsubscribe(read(request)?),
            "ListSubscriptions" => self.list_subscriptions(&read(request)?),
            "ListSubscriptionsByTopic" => self.list_subscriptions_by_topic(read(request)?),
            "GetSubscriptionAttributes" => self.get_subscription_attributes(read(request)?),
            "SetSubscriptionAttributes" => self.set_subscription_attributes(read(request)?),
            "Publish" => self.publish(read(request)?).await,
            "PublishBatch" => self.publish_batch(read(request)?).await,
            _ => Err(fault::no_such_operation(operation)),
        }
    }

    /// Makes the topic, or finds it with the same attributes. Returns its ARN.
    pub(crate) async fn furnish_topic(
        &self,
        name: &str,
        attributes: &BTreeMap<String, String>,
    ) -> Result<String, Error> {
        let request = json!({"Name": name, "Attributes": attributes});
        let output = self
            .execute("CreateTopic", request)
            .await
            .map_err(|source| Error::refused(format!("topic {name}"), source))?;
        Ok(text(&output, "TopicArn"))
    }

    /// Makes the subscription, or finds it with the same attributes. Returns its ARN.
    pub(crate) async fn furnish_subscription(&self, request: Value) -> Result<String, Error> {
        let resource = format!("subscription of {} to {}", text(&request, "Endpoint"), text(&request, "TopicArn"));
        let output = self.execute("Subscribe", request).await.map_err(|source| Error::refused(resource, source))?;
        Ok(text(&output, "SubscriptionArn"))
    }
}

fn text(output: &Value, member: &str) -> String {
    output[member].as_str().unwrap_or_default().to_owned()
}

fn read<T: DeserializeOwned>(request: Value) -> Result<T, ServiceError> {
    serde_json::from_value(request)
        .map_err(|e| ServiceError::new(400, "ValidationError", format!("1 validation error detected: {e}")))
}

#[async_trait]
impl Service for Sns {
    fn name(&self) -> &'static str {
        "sns"
    }

    async fn call(&self, operation: &str, request: Value) -> Result<ServiceReply, ServiceError> {
        let output = self.execute(operation, request).await?;
        let request_id = new_request_id();
        let length = query::reply(DIALECT, operation, &output, &request_id).len();
        // Names and order as in services/sns_task_service--publish_base-HelloWorld.json.
        let headers = vec![
            ("x-amzn-RequestId", request_id.clone()),
            ("connection", "keep-alive".to_owned()),
            ("Content-Length", length.to_string()),
            ("Date", http_date()),
            ("Content-Type", "text/xml".to_owned()),
        ];
        let output = if output.is_null() { json!({}) } else { output };
        Ok(ServiceReply { output, request_id, status: 200, headers })
    }
}

#[cfg(test)]
mod tests;
