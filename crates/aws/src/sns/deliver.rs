//! Delivery to one subscription: a queue, a function, or the mailbox in place of a person.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Sns;
use super::envelope::{self, Sender};
use super::mail::Mail;
use super::message::Message;
use super::subscription::Subscription;
use crate::functions::Origin;
use crate::sqs::{Outgoing, is_fifo};

impl Sns {
    /// Hands a message to a subscription. Queues and the mailbox have it when this returns; a function is invoked
    /// asynchronously. What can't be delivered goes to the subscription's dead-letter queue, if it has one.
    pub(crate) async fn hand_over(&self, topic_arn: &str, subscription: &Arc<Subscription>, message: &Arc<Message>) {
        let sender = self.sender(topic_arn);
        match subscription.protocol.as_str() {
            "sqs" => {
                let outgoing = outgoing(&sender, subscription, message, &subscription.endpoint);
                if let Err(problem) = self.send(&subscription.endpoint, outgoing).await {
                    self.undeliverable(topic_arn, subscription, message, &problem).await;
                }
            }
            "lambda" => self.invoke(topic_arn, subscription, message),
            "email-json" => {
                let body = envelope::notification(&sender, subscription, message);
                self.mailbox.push(Mail::about(message, topic_arn, &subscription.endpoint, body));
            }
            protocol => {
                let body = message.text_for(protocol).to_owned();
                self.mailbox.push(Mail::about(message, topic_arn, &subscription.endpoint, body));
            }
        }
    }

    fn sender<'a>(&'a self, topic_arn: &'a str) -> Sender<'a> {
        Sender { topic_arn, region: &self.place.region, endpoint: &self.endpoint }
    }

    fn invoke(&self, topic_arn: &str, subscription: &Arc<Subscription>, message: &Arc<Message>) {
        let event = envelope::event(&self.sender(topic_arn), subscription, message);
        let origin = Origin::Sns { topic_arn: topic_arn.to_owned() };
        let (sns, subscription, message) = (self.handle(), Arc::clone(subscription), Arc::clone(message));
        let topic_arn = topic_arn.to_owned();
        self.tracker.spawn(async move {
            match sns.functions.invoke(&subscription.endpoint, event.into(), origin).await {
                Ok(reply) => {
                    if let Some(kind) = reply.function_error {
                        let answer = String::from_utf8_lossy(&reply.payload);
                        tracing::warn!(topic = topic_arn, function = subscription.endpoint, kind, %answer, "a subscribed function failed");
                    }
                }
                Err(error) => sns.undeliverable(&topic_arn, &subscription, &message, &error.to_string()).await,
            }
        });
    }

    async fn undeliverable(&self, topic_arn: &str, subscription: &Subscription, message: &Message, problem: &str) {
        tracing::warn!(topic = topic_arn, endpoint = subscription.endpoint, problem, "a message can't be delivered");
        let Some(target) = &subscription.settings.dead_letter_target else {
            return;
        };
        let outgoing = outgoing(&self.sender(topic_arn), subscription, message, target);
        if let Err(problem) = self.send(target, outgoing).await {
            tracing::warn!(topic = topic_arn, queue = target, problem, "the dead-letter queue can't take the message");
        }
    }

    async fn send(&self, queue_arn: &str, outgoing: Outgoing) -> Result<(), String> {
        let queue = self
            .place
            .resource("sqs", queue_arn)
            .ok_or_else(|| format!("{queue_arn} is not a queue of this account and region"))?;
        self.queues.send(queue, outgoing).await.map_err(|error| error.to_string())
    }
}

/// The message for a queue: raw with its attributes, or as a notification.
fn outgoing(sender: &Sender<'_>, subscription: &Subscription, message: &Message, queue_arn: &str) -> Outgoing {
    let raw = subscription.settings.raw && subscription.protocol == "sqs";
    let grouped = is_fifo(queue_arn);
    Outgoing {
        body: if raw {
            message.text_for(&subscription.protocol).to_owned()
        } else {
            envelope::notification(sender, subscription, message)
        },
        attributes: if raw { message.attributes.clone() } else { BTreeMap::new() },
        group_id: message.group_id.clone().filter(|_| grouped),
        deduplication_id: message.deduplication_id.clone().filter(|_| grouped),
    }
}
