use aws_sdk_sns::Client;
use support::aws::{self, SdkConfig};
use support::environment;

use crate::{Approvers, Error, Message};

/// The approvers who have subscribed to a topic.
#[derive(Clone, Debug)]
pub struct SnsApprovers {
    client: Client,
    topic: String,
}

impl SnsApprovers {
    /// Those of the topic `APPROVAL_TOPIC_ARN`.
    pub fn from_environment(config: &SdkConfig) -> Result<Self, support::Error> {
        Ok(Self { client: Client::new(config), topic: environment::required("APPROVAL_TOPIC_ARN")? })
    }
}

impl Approvers for SnsApprovers {
    async fn ask(&self, message: &Message) -> Result<(), Error> {
        let sent = self.client.publish().topic_arn(&self.topic).subject(&message.subject).message(&message.body).send();
        match sent.await {
            Ok(_) => Ok(()),
            Err(error) => Err(Error::Undelivered(aws::reason(&error))),
        }
    }
}
