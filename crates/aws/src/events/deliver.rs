//! Delivery of an event to the targets of a rule.

use std::collections::BTreeMap;
use std::sync::Arc;

use http::HeaderMap;
use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use super::Events;
use super::rule::Rule;
use super::target::{Kind, Target};
use super::transform::Context;
use crate::attribute::MessageAttribute;
use crate::lambda::Trigger;
use crate::sqs::{Outgoing, is_fifo};

/// Over how many buses an event may be passed on. AWS passes it on over one.
const MAX_HOPS: usize = 1;

impl Events {
    /// Delivers to all targets of the rule at the same time, without waiting for them.
    pub(super) fn deliver(&self, rule: &Arc<Rule>, event: &Value, hops: usize) {
        for target in &rule.targets {
            let events = self.this.upgrade().expect("a method runs on a service that is alive");
            let (rule, target, event) = (Arc::clone(rule), Arc::clone(target), event.clone());
            self.tracker.spawn(async move { events.hand_over(&rule, &target, event, hops).await });
        }
    }

    async fn hand_over(&self, rule: &Rule, target: &Target, event: Value, hops: usize) {
        let context = Context { rule_name: &rule.name, rule_arn: &rule.arn, ingested: Timestamp::now() };
        let input = match target.input.of(&event, &context) {
            Ok(input) => input,
            Err(reason) => return self.undeliverable(rule, target, &event.to_string(), &reason).await,
        };
        let done = match &target.kind {
            Kind::Function => self.invoke(rule, target, &input).await,
            Kind::Queue { group_id } => self.send(&target.arn, &input, group_id.clone(), BTreeMap::new()).await,
            Kind::Topic => {
                let request = json!({"TopicArn": target.arn, "Message": input});
                self.targets.topics.call("Publish", request).await.map(|_| ()).map_err(|e| e.to_string())
            }
            Kind::LogGroup(name) => {
                // An event that was made into a message for logs, or the event itself (user guide "CloudWatch Logs").
                let message = serde_json::from_str::<Value>(&input).ok();
                let message = message.as_ref().and_then(|input| input["message"].as_str()).unwrap_or(&input);
                self.targets.logs.write(name, &Uuid::new_v4().to_string(), context.ingested, message);
                Ok(())
            }
            Kind::StateMachine => self.start(&target.arn, &input).await,
            Kind::Bus(_) if hops >= MAX_HOPS => Ok(()),
            Kind::Bus(name) => self.pass_on(name, &event, hops + 1),
        };
        if let Err(reason) = done {
            self.undeliverable(rule, target, &input, &reason).await;
        }
    }

    async fn invoke(&self, rule: &Rule, target: &Target, input: &str) -> Result<(), String> {
        let trigger = Trigger::Rule(rule.arn.clone());
        let payload = input.to_owned().into();
        self.targets.invocations.accept(&target.arn, payload, trigger).await.map(drop).map_err(|e| e.to_string())
    }

    async fn send(
        &self,
        queue_arn: &str,
        body: &str,
        group_id: Option<String>,
        attributes: BTreeMap<String, MessageAttribute>,
    ) -> Result<(), String> {
        let queue = self.place.resource("sqs", queue_arn);
        let queue = queue.ok_or_else(|| format!("{queue_arn} is not a queue of this account and region"))?;
        let deduplication_id = is_fifo(queue).then(|| Uuid::new_v4().to_string());
        let outgoing = Outgoing { body: body.to_owned(), attributes, group_id, deduplication_id };
        self.targets.queues.send(queue, outgoing).await.map_err(|e| e.to_string())
    }

    async fn start(&self, machine_arn: &str, input: &str) -> Result<(), String> {
        let services = self.targets.json.upgrade().ok_or("the services have ended")?;
        let service =
            services.read().unwrap_or_else(std::sync::PoisonError::into_inner).get("AWSStepFunctions").cloned();
        let service = service.ok_or("no engine for state machines is registered")?;
        let request = json!({"stateMachineArn": machine_arn, "input": input}).to_string();
        let reply = service.handle("StartExecution", request.into(), &HeaderMap::new()).await;
        if reply.status == 200 { Ok(()) } else { Err(String::from_utf8_lossy(&reply.body).into_owned()) }
    }

    fn pass_on(&self, bus: &str, event: &Value, hops: usize) -> Result<(), String> {
        if !self.buses().contains_key(bus) {
            return Err(format!("Event bus {bus} does not exist."));
        }
        self.accept(bus, event, hops);
        Ok(())
    }

    /// Tells of what couldn't be delivered, and sends it to the target's dead-letter queue, if it has one.
    async fn undeliverable(&self, rule: &Rule, target: &Target, input: &str, reason: &str) {
        tracing::warn!(rule = rule.arn, target = target.arn, reason, "an event can't be delivered");
        let Some(queue) = &target.dead_letter_arn else { return };
        // Attributes as the user guide lists them ("Using dead-letter queues").
        let attribute = |text: &str| MessageAttribute {
            data_type: "String".to_owned(),
            string_value: Some(text.to_owned()),
            binary_value: None,
        };
        let attributes = [
            ("RULE_ARN", rule.arn.as_str()),
            ("TARGET_ARN", &target.arn),
            ("ERROR_CODE", "SDK_CLIENT_ERROR"),
            ("ERROR_MESSAGE", reason),
        ];
        let attributes = attributes.map(|(name, text)| (name.to_owned(), attribute(text))).into();
        if let Err(problem) = self.send(queue, input, None, attributes).await {
            tracing::warn!(queue, problem, "the dead-letter queue can't take the event");
        }
    }
}
