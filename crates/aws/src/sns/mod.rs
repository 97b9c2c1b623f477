//! SNS: topics, subscriptions with filter policies, and delivery to queues, functions and people.
//!
//! Mails and text messages aren't sent: they are put into a mailbox that a person or a test can look into, and their
//! subscriptions need no confirmation. The protocols `http`, `https`, `application` and `firehose` are refused by name.
//!
//! Topics and subscriptions are in memory to be looked at and in a database to last; so is what was published, until queues
//! and functions have it. The mailbox is in memory only.

mod deliver;
mod envelope;
mod fault;
mod filter;
mod mail;
mod message;
mod publish;
mod store;
mod subscription;
mod topic;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use async_trait::async_trait;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub use mail::{Mail, Publication};

pub(crate) use self::store::Kept;
use self::store::Store;
use crate::clock::Clock;
use crate::error::{Error, ServiceError};
use crate::feed::Feed;
use crate::functions::FunctionSlot;
use crate::lambda::Invocations;
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
    store: Store,
    /// Held from the look at what is there to the change of it.
    changing: tokio::sync::Mutex<()>,
    /// Held while a message of a FIFO topic is numbered and handed over, so that none overtakes another.
    in_order: Arc<tokio::sync::Mutex<()>>,
    clock: Clock,
    queues: Arc<dyn Queues>,
    functions: Arc<FunctionSlot>,
    invocations: Arc<Invocations>,
    tracker: TaskTracker,
    cancel: CancellationToken,
    pub(crate) mailbox: Feed<Mail>,
    pub(crate) published: Feed<Publication>,
}

/// What the service stands among.
pub(crate) struct Surroundings {
    pub(crate) place: Place,
    /// This cloud's.
    pub(crate) endpoint: String,
    pub(crate) queues: Arc<dyn Queues>,
    pub(crate) functions: Arc<FunctionSlot>,
    pub(crate) invocations: Arc<Invocations>,
    pub(crate) tracker: TaskTracker,
    pub(crate) cancel: CancellationToken,
}

/// What was made by calls.
pub(crate) struct State {
    /// By ARN.
    topics: BTreeMap<String, topic::Topic>,
}

impl Sns {
    pub(crate) fn new(kept: Kept, around: Surroundings) -> Arc<Self> {
        let Surroundings { place, endpoint, queues, functions, invocations, tracker, cancel } = around;
        Arc::new_cyclic(|this| Self {
            this: Weak::clone(this),
            place,
            endpoint,
            state: Mutex::new(State { topics: kept.topics }),
            store: kept.store,
            changing: tokio::sync::Mutex::default(),
            in_order: Arc::default(),
            clock: Clock::new(),
            queues,
            functions,
            invocations,
            tracker,
            cancel,
            mailbox: Feed::new(),
            published: Feed::new(),
        })
    }

    /// Ends the service, after everything that was asked for before.
    pub(crate) async fn close(&self) {
        self.store.close().await;
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
            "CreateTopic" => self.create_topic(read(request)?).await,
            "DeleteTopic" => self.delete_topic(read(request)?).await,
            "ListTopics" => self.list_topics(&read(request)?),
            "GetTopicAttributes" => self.get_topic_attributes(read(request)?),
            "SetTopicAttributes" => self.set_topic_attributes(read(request)?).await,
            "Subscribe" => self.subscribe(read(request)?).await,
            "Unsubscribe" => self.unsubscribe(read(request)?).await,
            "ListSubscriptions" => self.list_subscriptions(&read(request)?),
            "ListSubscriptionsByTopic" => self.list_subscriptions_by_topic(read(request)?),
            "GetSubscriptionAttributes" => self.get_subscription_attributes(read(request)?),
            "SetSubscriptionAttributes" => self.set_subscription_attributes(read(request)?).await,
            "Publish" => self.publish(read(request)?).await,
            "PublishBatch" => self.publish_batch(read(request)?).await,
            _ => Err(fault::no_such_operation(operation)),
        }
    }

    /// Makes the topic, or finds it and sets those of the given attributes that it has otherwise, as the update of a stack
    /// does. Returns its ARN.
    pub(crate) async fn furnish_topic(
        &self,
        name: &str,
        attributes: &BTreeMap<String, String>,
    ) -> Result<String, Error> {
        let refused = |source| Error::refused(format!("topic {name}"), source);
        let arn = self.place.arn("sns", name);
        let existing = self.state().topics.get(&arn).map(|topic| topic.attributes.clone());
        for (attribute, value) in existing.iter().flat_map(|_| attributes) {
            if existing.as_ref().and_then(|existing| existing.get(attribute)) != Some(value) {
                let request = json!({"TopicArn": arn, "AttributeName": attribute, "AttributeValue": value});
                self.execute("SetTopicAttributes", request).await.map_err(refused)?;
            }
        }
        let output =
            self.execute("CreateTopic", json!({"Name": name, "Attributes": attributes})).await.map_err(refused)?;
        Ok(text(&output, "TopicArn"))
    }

    /// Makes the subscription, or finds it and sets those of the given attributes that it has otherwise, as the update of a
    /// stack does. Returns its ARN.
    pub(crate) async fn furnish_subscription(
        &self,
        topic_arn: &str,
        protocol: &str,
        endpoint: &str,
        attributes: &BTreeMap<String, String>,
    ) -> Result<String, Error> {
        let refused = |source| Error::refused(format!("subscription of {endpoint} to {topic_arn}"), source);
        let existing = self.state().topics.get(topic_arn).and_then(|topic| {
            let mut all = topic.subscriptions.iter();
            all.find(|other| other.protocol == protocol && other.endpoint == endpoint).map(|found| found.arn.clone())
        });
        if let Some(arn) = existing {
            self.change_settings(&arn, attributes.clone()).await.map_err(refused)?;
            return Ok(arn);
        }
        let request =
            json!({"TopicArn": topic_arn, "Protocol": protocol, "Endpoint": endpoint, "Attributes": attributes});
        let output = self.execute("Subscribe", request).await.map_err(refused)?;
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
