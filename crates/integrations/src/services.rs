//! The embedded services as integrations call them.

use async_trait::async_trait;
use aws::{ApiRequest, ApiResponse, Cloud, ServiceError, ServiceReply};
use serde_json::Value;

/// What integrations call: the embedded services, or what a test puts in their place.
#[async_trait]
pub trait Services: Send + Sync + 'static {
    /// Carries out an operation: `call("s3", "PutObject", …)`, members named as in the service's API.
    async fn call(&self, service: &str, operation: &str, request: Value) -> Result<ServiceReply, ServiceError>;

    /// Calls a REST API.
    async fn api_invoke(&self, request: ApiRequest) -> ApiResponse;

    /// Waits for the end of an ECS task and gives it as `DescribeTasks` does, members in camel case, times in seconds.
    async fn wait_for_task(&self, cluster: &str, task_arn: &str) -> Result<Value, ServiceError>;
}

#[async_trait]
impl Services for Cloud {
    async fn call(&self, service: &str, operation: &str, request: Value) -> Result<ServiceReply, ServiceError> {
        Cloud::call(self, service, operation, request).await
    }

    async fn api_invoke(&self, request: ApiRequest) -> ApiResponse {
        Cloud::api_invoke(self, request).await
    }

    async fn wait_for_task(&self, cluster: &str, task_arn: &str) -> Result<Value, ServiceError> {
        Cloud::wait_for_task(self, cluster, task_arn).await
    }
}
