//! The stack's resources, made in the embedded services.

mod containers;
mod events;

use std::collections::BTreeMap;
use std::time::Duration;

use aws::{BucketSpec, Cloud, Error, MappingSpec, QueueSpec, RouteSpec, SubscriptionSpec, TopicSpec};
use sam::stack::{Authorization, RouteTarget, Stack, Subscription, Topic};
use serde_json::Value;

use crate::binaries::Binaries;
use crate::stack::Override;
pub(crate) use containers::{furnish as containers, is_called as is_called_container};

/// Makes everything that functions and executions may call. Event source mappings come last: they start to poll at once.
pub(crate) async fn furnish(
    cloud: &Cloud,
    stack: &Stack,
    binaries: &Binaries,
    overrides: &[Override],
) -> Result<(), Error> {
    // Each service writes to a file of its own: they need not wait for one another.
    tokio::try_join!(
        log_groups(cloud, stack),
        tables(cloud, stack),
        buckets(cloud, stack),
        queues(cloud, stack),
        topics(cloud, stack)
    )?;
    for api in &stack.apis {
        for route in &api.routes {
            // A route that starts a state machine is not emulated; the template's reader has said so.
            let RouteTarget::Function { arn, .. } = &route.target else { continue };
            cloud.add_route(&RouteSpec {
                api_id: api.id.clone(),
                stage: api.stage.clone(),
                method: route.method.clone(),
                path: route.path.clone(),
                function: arn.clone(),
                iam: route.authorization == Authorization::AwsIam,
            })?;
        }
    }
    containers::furnish(cloud, stack, binaries, overrides)?;
    events::furnish(cloud, stack)?;
    for mapping in stack.event_source_mappings.iter().filter(|mapping| mapping.enabled) {
        cloud
            .map_queue(&MappingSpec {
                queue_arn: mapping.queue_arn.clone(),
                function: mapping.function_arn.clone(),
                batch_size: mapping.batch_size as usize,
                window: Duration::from_secs(mapping.maximum_batching_window_seconds.into()),
                report_batch_item_failures: mapping.report_batch_item_failures,
            })
            .await?;
    }
    Ok(())
}

async fn log_groups(cloud: &Cloud, stack: &Stack) -> Result<(), Error> {
    for group in &stack.log_groups {
        cloud.create_log_group(&group.name, group.retention_in_days).await?;
    }
    Ok(())
}

async fn tables(cloud: &Cloud, stack: &Stack) -> Result<(), Error> {
    for table in &stack.tables {
        cloud.create_table(table.create_table.clone()).await?;
    }
    Ok(())
}

async fn buckets(cloud: &Cloud, stack: &Stack) -> Result<(), Error> {
    for bucket in &stack.buckets {
        cloud.create_bucket(&BucketSpec { name: bucket.name.clone(), versioning: bucket.versioning }).await?;
    }
    Ok(())
}

async fn queues(cloud: &Cloud, stack: &Stack) -> Result<(), Error> {
    // A queue's redrive policy names another queue, which must be there first.
    let (without, with): (Vec<_>, Vec<_>) = stack.queues.iter().partition(|queue| queue.redrive.is_none());
    for queue in without.into_iter().chain(with) {
        let spec =
            QueueSpec { name: queue.name.clone(), attributes: queue.attributes.clone(), tags: queue.tags.clone() };
        cloud.create_queue(&spec).await?;
    }
    Ok(())
}

async fn topics(cloud: &Cloud, stack: &Stack) -> Result<(), Error> {
    for topic in &stack.topics {
        cloud.create_topic(&TopicSpec { name: topic.name.clone(), attributes: topic_attributes(topic) }).await?;
    }
    for subscription in &stack.subscriptions {
        cloud
            .subscribe(&SubscriptionSpec {
                topic_arn: subscription.topic_arn.clone(),
                protocol: subscription.protocol.clone(),
                endpoint: subscription.endpoint.clone(),
                attributes: subscription_attributes(subscription),
            })
            .await?;
    }
    Ok(())
}

fn topic_attributes(topic: &Topic) -> BTreeMap<String, String> {
    let mut attributes = BTreeMap::new();
    if topic.fifo {
        attributes.insert("FifoTopic".into(), "true".into());
        attributes.insert("ContentBasedDeduplication".into(), topic.content_based_deduplication.to_string());
    }
    if let Some(name) = &topic.display_name {
        attributes.insert("DisplayName".into(), name.clone());
    }
    attributes
}

fn subscription_attributes(subscription: &Subscription) -> BTreeMap<String, String> {
    let mut attributes = BTreeMap::new();
    if let Some(policy) = &subscription.filter_policy {
        attributes.insert("FilterPolicy".into(), Value::to_string(policy));
    }
    if let Some(scope) = &subscription.filter_policy_scope {
        attributes.insert("FilterPolicyScope".into(), scope.clone());
    }
    if subscription.raw_message_delivery {
        attributes.insert("RawMessageDelivery".into(), "true".into());
    }
    if let Some(arn) = &subscription.dead_letter_target_arn {
        attributes.insert("RedrivePolicy".into(), serde_json::json!({"deadLetterTargetArn": arn}).to_string());
    }
    attributes
}
