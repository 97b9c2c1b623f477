//! Delivery to one subscription: a queue, a function, or the mailbox in place of a person.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Sns;
use super::envelope::{self, Sender};
use super::mail::Mail;
use super::message::Message;
use super::store::Pending;
use super::subscription::Subscription;
use crate::error::ServiceError;
use crate::functions::FunctionsError;
use crate::lambda::Trigger;
use crate::sqs::{Outgoing, is_fifo};

impl Sns {
    /// Hands a message to a subscription: queues, Lambda's queue of invocations, and the mailbox have it when this
    /// returns. What can't be delivered goes to the subscription's dead-letter queue, if it has one. Says whether that is
    /// settled; it isn't while the queues fail.
    pub(crate) async fn hand_over(&self, topic_arn: &str, subscription: &Subscription, message: &Message) -> bool {
        let sender = self.sender(topic_arn);
        let problem = match subscription.protocol.as_str() {
            "sqs" => {
                let outgoing = outgoing(&sender, subscription, message, &subscription.endpoint);
                self.send(&subscription.endpoint, outgoing).await.err()
            }
            "lambda" => self.invoke(&sender, subscription, message).await.err(),
            "email-json" => {
                let body = envelope::notification(&sender, subscription, message);
                self.mailbox.push(Mail::about(message, topic_arn, &subscription.endpoint, body));
                None
            }
            protocol => {
                let body = message.text_for(protocol).to_owned();
                self.mailbox.push(Mail::about(message, topic_arn, &subscription.endpoint, body));
                None
            }
        };
        match problem {
            None => true,
            Some(Problem::Here(reason)) => {
                tracing::error!(topic = topic_arn, endpoint = subscription.endpoint, reason, "a delivery waits");
                false
            }
            Some(Problem::There(reason)) => self.undeliverable(topic_arn, subscription, message, &reason).await,
        }
    }

    /// Goes on with what a process before this one has accepted and not delivered, in order; what is published to FIFO
    /// topics meanwhile waits.
    pub(crate) async fn resume(&self) -> Result<(), ServiceError> {
        let (functions, queues): (Vec<_>, Vec<_>) =
            self.store.pending().await?.into_iter().partition(|pending| pending.subscription.protocol == "lambda");
        if !queues.is_empty() {
            let (sns, in_order) = (self.handle(), Arc::clone(&self.in_order).lock_owned().await);
            self.tracker.spawn(async move {
                sns.deliver_pending(queues).await;
                drop(in_order);
            });
        }
        if !functions.is_empty() {
            let (sns, cancel) = (self.handle(), self.cancel.clone());
            self.tracker.spawn(async move {
                // Functions come after the cloud; until then none is there.
                tokio::select! {
                    () = cancel.cancelled() => {}
                    () = sns.functions.attached() => sns.deliver_pending(functions).await,
                }
            });
        }
        Ok(())
    }

    async fn deliver_pending(&self, all: Vec<Pending>) {
        for pending in all {
            if self.hand_over(&pending.topic_arn, &pending.subscription, &pending.message).await {
                self.store.settle(vec![pending.delivery]).await;
            }
        }
    }

    fn sender<'a>(&'a self, topic_arn: &'a str) -> Sender<'a> {
        Sender { topic_arn, region: &self.place.region, endpoint: &self.endpoint }
    }

    async fn invoke(&self, sender: &Sender<'_>, subscription: &Subscription, message: &Message) -> Result<(), Problem> {
        let event = envelope::event(sender, subscription, message);
        let trigger = Trigger::Topic(sender.topic_arn.to_owned());
        let accepted = self.invocations.accept(&subscription.endpoint, event.into(), trigger).await;
        accepted.map(drop).map_err(|error| match error {
            FunctionsError::Host { reason, .. } => Problem::Here(reason),
            error => Problem::There(error.to_string()),
        })
    }

    async fn undeliverable(
        &self,
        topic_arn: &str,
        subscription: &Subscription,
        message: &Message,
        reason: &str,
    ) -> bool {
        tracing::warn!(topic = topic_arn, endpoint = subscription.endpoint, reason, "a message can't be delivered");
        let Some(target) = &subscription.settings.dead_letter_target else {
            return true;
        };
        let outgoing = outgoing(&self.sender(topic_arn), subscription, message, target);
        match self.send(target, outgoing).await {
            Ok(()) => true,
            Err(Problem::Here(reason)) => {
                tracing::error!(topic = topic_arn, queue = target, reason, "a delivery waits");
                false
            }
            Err(Problem::There(reason)) => {
                tracing::warn!(
                    topic = topic_arn,
                    queue = target,
                    reason,
                    "the dead-letter queue can't take the message"
                );
                true
            }
        }
    }

    async fn send(&self, queue_arn: &str, outgoing: Outgoing) -> Result<(), Problem> {
        let queue = self
            .place
            .resource("sqs", queue_arn)
            .ok_or_else(|| Problem::There(format!("{queue_arn} is not a queue of this account and region")))?;
        self.queues.send(queue, outgoing).await.map_err(|error| {
            if error.status >= 500 { Problem::Here(error.to_string()) } else { Problem::There(error.to_string()) }
        })
    }
}

/// Why a delivery failed.
enum Problem {
    /// This cloud failed, and the delivery comes again at its next start.
    Here(String),
    /// The endpoint can't take it.
    There(String),
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
