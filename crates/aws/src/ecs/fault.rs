//! Error replies of ECS. Sentences that people report from AWS, unless it is said that something isn't emulated.

use crate::error::ServiceError;
use crate::wire::json::fault;

pub(crate) fn cluster_not_found() -> ServiceError {
    fault("ClusterNotFoundException", "Cluster not found.")
}

pub(crate) fn definition_not_found() -> ServiceError {
    fault("ClientException", "TaskDefinition not found.")
}

pub(crate) fn definition_not_described() -> ServiceError {
    fault("ClientException", "Unable to describe task definition.")
}

pub(crate) fn task_not_found() -> ServiceError {
    fault("InvalidParameterException", "The referenced task was not found.")
}

pub(crate) fn invalid(sentence: impl Into<String>) -> ServiceError {
    fault("InvalidParameterException", sentence)
}

pub(crate) fn client(sentence: impl Into<String>) -> ServiceError {
    fault("ClientException", sentence)
}

pub(crate) fn shut_down() -> ServiceError {
    ServiceError::new(500, "ServerException", "The services are being shut down").exception("ServerException")
}
