//! The network interface that a task on Fargate has. Here it has none: its numbers are made up from the task's, and the
//! processes use the machine's own network.

use serde_json::{Value, json};

use super::state::Status;

/// A task's network interface.
pub(super) struct Interface {
    /// Identifier of the attachment.
    pub(super) id: String,
    pub(super) subnet: String,
    pub(super) address: String,
    eni: String,
    mac: String,
}

impl Interface {
    /// The interface of a task in a subnet.
    pub(super) fn new(task: &uuid::Uuid, subnet: &str) -> Self {
        let bytes = task.as_bytes();
        let hex = task.simple().to_string();
        Self {
            id: uuid::Uuid::new_v4().to_string(),
            subnet: subnet.to_owned(),
            address: format!("10.0.{}.{}", bytes[0], bytes[1].clamp(4, 254)),
            eni: format!("eni-{}", &hex[..17]),
            mac: format!("0a:{:02x}:{:02x}:{:02x}:{:02x}:{:02x}", bytes[2], bytes[3], bytes[4], bytes[5], bytes[7]),
        }
    }

    /// The attachment: before the task is prepared only its subnet is known. The API calls its type
    /// `ElasticNetworkInterface`, the event that Step Functions receives `eni`
    /// (`services/ecs_task_service--run_task_sync.json`).
    pub(super) fn attachment(&self, status: Status, region: &str, in_event: bool) -> Value {
        let mut details = vec![json!({"name": "subnetId", "value": self.subnet})];
        let state = match status {
            Status::Provisioning => "PRECREATED",
            Status::Pending | Status::Running => "ATTACHED",
            Status::Deprovisioning => "DETACHING",
            Status::Stopped => "DELETED",
        };
        if status != Status::Provisioning {
            let dashed = self.address.replace('.', "-");
            let domain =
                if region == "us-east-1" { "ec2.internal".to_owned() } else { format!("{region}.compute.internal") };
            let host = format!("ip-{dashed}.{domain}");
            for (name, value) in [
                ("networkInterfaceId", &self.eni),
                ("macAddress", &self.mac),
                ("privateDnsName", &host),
                ("privateIPv4Address", &self.address),
            ] {
                details.push(json!({"name": name, "value": value}));
            }
        }
        let kind = if in_event { "eni" } else { "ElasticNetworkInterface" };
        json!({"details": details, "id": self.id, "status": state, "type": kind})
    }
}
