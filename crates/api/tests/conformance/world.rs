//! The server of one case: the API on a port, with the services that the recorded tests set up.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use api::{Registry, StepFunctions};
use async_trait::async_trait;
use aws::{Cloud, Config};
use journal::MemoryJournal;
use machine::TaskCall;
use machine::items::ListedObject;
use runtime::{Answer, ObjectError, ObjectStore, Pace, Runtime, Settings, TaskContext, TaskHandler};
use serde_json::{Value, json};

use crate::bindings::{ACCOUNT, REGION};
use crate::door::Door;

/// What stands behind the port.
pub(crate) struct World {
    cloud: Cloud,
    pub(crate) runtime: Runtime,
    objects: Arc<Objects>,
    door: Door,
}

/// A reply of the API.
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) body: Value,
}

impl World {
    pub(crate) async fn start(pace: Pace) -> Self {
        let config = Config { account_id: ACCOUNT.to_owned(), region: REGION.to_owned(), ..Config::default() };
        let cloud = Cloud::start(config).await.expect("a port is free");
        let settings = Settings { pace, attended: false };
        let objects = Arc::new(Objects::default());
        let runtime = Runtime::new(settings, Arc::new(MemoryJournal::new()), Arc::new(Nobody), None)
            .with_objects(objects.clone());
        let registry = Arc::new(Registry::ephemeral(REGION, ACCOUNT));
        let api = StepFunctions::new(runtime.clone(), registry).with_cloud(cloud.clone());
        cloud.register(Arc::new(api)).expect("nobody else has its prefix");
        let door = Door::of(&cloud);
        Self { cloud, runtime, objects, door }
    }

    /// Calls the API over HTTP.
    pub(crate) async fn call(&self, operation: &str, request: &Value) -> Reply {
        let (status, body) = self.door.call(&format!("AWSStepFunctions.{operation}"), request).await;
        Reply { status, body }
    }

    /// Does what a call of another service did, as far as it matters here. False: that is not known.
    pub(crate) async fn set_up(&self, service: &str, method: &str, params: &Value) -> bool {
        match (service, method) {
            ("s3", "put_object") => {
                let text = |name: &str| params[name].as_str().unwrap_or_default().to_owned();
                self.objects.put_text(text("Bucket"), text("Key"), text("Body"));
                true
            }
            ("logs", "create_log_group" | "delete_log_group") => {
                let action = if method == "create_log_group" { "CreateLogGroup" } else { "DeleteLogGroup" };
                // Where one name stands for two groups, the second is there already.
                let _ = self.cloud.call("logs", action, params.clone()).await;
                true
            }
            // Roles are not looked at; functions, queues and buckets are not used; the rest only looks.
            ("iam" | "sts" | "lambda" | "sqs" | "logs", _) | ("s3", "create_bucket") => true,
            _ => false,
        }
    }

    /// Makes a state machine as CloudFormation does.
    pub(crate) async fn deploy(&self, name: &str, definition: &Value, role_arn: &str) {
        let request = json!({"name": name, "definition": definition.to_string(), "roleArn": role_arn});
        let reply = self.call("CreateStateMachine", &request).await;
        assert_eq!(reply.status, 200, "{}", reply.body);
    }

    pub(crate) async fn shut_down(self) {
        self.runtime.shut_down();
        self.cloud.shutdown().await;
    }
}

/// No service is here. Activities wait for their workers.
struct Nobody;

#[async_trait]
impl TaskHandler for Nobody {
    async fn handle(&self, call: TaskCall, _: TaskContext) -> Answer {
        match call.resource {
            machine::Resource::Activity { .. } => Answer::Queued,
            _ => Answer::failed("Test.NoService", "no service is here"),
        }
    }
}

/// S3 as the recorded test left it.
#[derive(Default)]
struct Objects(Mutex<BTreeMap<(String, String), String>>);

impl Objects {
    fn put_text(&self, bucket: String, key: String, body: String) {
        self.0.lock().expect("not poisoned").insert((bucket, key), body);
    }
}

#[async_trait]
impl ObjectStore for Objects {
    async fn get(&self, bucket: &str, key: &str, _version_id: Option<&str>) -> Result<Vec<u8>, ObjectError> {
        let objects = self.0.lock().expect("not poisoned");
        let found = objects.get(&(bucket.to_owned(), key.to_owned()));
        found.map(|body| body.clone().into_bytes()).ok_or_else(|| ObjectError(format!("no {key} in {bucket}")))
    }

    async fn list(&self, _bucket: &str, _prefix: Option<&str>) -> Result<Vec<ListedObject>, ObjectError> {
        Err(ObjectError("no recorded call lists objects".to_owned()))
    }

    async fn put(&self, bucket: &str, key: &str, body: Vec<u8>, _content_type: &str) -> Result<(), ObjectError> {
        self.put_text(bucket.to_owned(), key.to_owned(), String::from_utf8_lossy(&body).into_owned());
        Ok(())
    }
}
