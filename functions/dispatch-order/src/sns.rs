use aws_sdk_sns::Client;
use aws_sdk_sns::types::MessageAttributeValue;
use support::aws::{self, SdkConfig};
use support::environment;

use crate::{Announcement, Announcements, Error};

/// Those who have subscribed to a topic.
#[derive(Clone, Debug)]
pub struct DeliveryTopic {
    client: Client,
    topic: String,
}

impl DeliveryTopic {
    /// Those of the topic `DELIVERY_TOPIC_ARN`.
    pub fn from_environment(config: &SdkConfig) -> Result<Self, support::Error> {
        Ok(Self { client: Client::new(config), topic: environment::required("DELIVERY_TOPIC_ARN")? })
    }
}

impl Announcements for DeliveryTopic {
    async fn announce(&self, announcement: &Announcement) -> Result<(), Error> {
        let unavailable = |reason: String| Error::Topic { reason };
        let message = serde_json::to_string(announcement).map_err(|error| unavailable(error.to_string()))?;
        let item = MessageAttributeValue::builder().data_type("String").string_value(announcement.item.as_str());
        let item = item.build().map_err(|error| unavailable(error.to_string()))?;
        self.client
            .publish()
            .topic_arn(&self.topic)
            // ASCII and at most 100 characters, as a mail from SNS needs it: an order's name is both.
            .subject(format!("Pedido {} enviado", announcement.order_id))
            .message(message)
            .message_attributes("item", item)
            .send()
            .await
            .map(drop)
            .map_err(|error| unavailable(aws::reason(&error)))
    }
}
