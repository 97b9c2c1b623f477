//! `arn:aws:states:::ecs:runTask` (<https://docs.aws.amazon.com/step-functions/latest/dg/connect-ecs.html>).

use std::sync::Arc;

use aws::{ServiceError, ServiceReply};
use machine::{Document, Pattern, TaskCall, TaskOutcome};
use runtime::{Answer, Job};
use serde_json::{Map, Value, json};
use tokio::sync::oneshot;

use crate::letter_case::{camel, pascal, renamed};
use crate::parameters::{Parameters, Refusal};
use crate::{Integrations, Services, failure, metadata, unsupported};

/// Who started the task of a `.sync` task (recorded case `services/ecs_task_service--run_task_sync.json`).
const STARTED_BY: &str = "AWS Step Functions";

/// What `StopTask` is told when a task is given up.
const STOP_REASON: &str = "Stopped by AWS Step Functions";

pub(crate) async fn call(
    integrations: &Integrations,
    operation: &str,
    call: &TaskCall,
    pattern: Pattern,
    arn: &str,
) -> Answer {
    if operation != "runTask" || arn.ends_with(".sync:2") {
        return unsupported(arn);
    }
    match run_task(&integrations.services, call, pattern).await {
        Ok(answer) | Err(answer) => answer,
    }
}

async fn run_task(services: &Arc<dyn Services>, call: &TaskCall, pattern: Pattern) -> Result<Answer, Answer> {
    let cluster = cluster(&call.parameters)?.to_owned();
    let mut request = renamed(call.parameters.value().clone(), camel);
    if pattern == Pattern::Sync {
        request["startedBy"] = json!(STARTED_BY);
    }
    match pattern {
        Pattern::RequestResponse => {
            let reply = services.call("ecs", "RunTask", request).await.map_err(|error| failed(&error))?;
            Ok(Answer::succeeded(Value::Object(output(reply))))
        }
        Pattern::WaitForTaskToken => {
            let reply = services.call("ecs", "RunTask", request).await.map_err(|error| failed(&error))?;
            refuse_failures(&reply)?;
            Ok(Answer::Submitted(Value::Object(output(reply)).into()))
        }
        Pattern::Sync => {
            let (reply, running) = start(services, request, cluster).await.map_err(|error| failed(&error))?;
            refuse_failures(&reply)?;
            let Some(running) = running else {
                return Err(Answer::failed("AmazonECS.Unknown", "RunTask started no task"));
            };
            let submitted = Value::Object(output(reply)).into();
            let end = Box::pin(async move {
                let outcome = match running.wait().await {
                    Ok(task) => ended(task),
                    Err(error) => gone(&error),
                };
                (outcome, None)
            });
            Ok(Answer::Job(Job { submitted, end, works: true }))
        }
    }
}

/// The cluster that the parameters name, if they can be used.
pub(crate) fn cluster(parameters: &Document) -> Result<&str, Refusal> {
    let parameters = Parameters::of(parameters, "ecs", "runTask")?;
    parameters.required_text("TaskDefinition")?;
    Ok(parameters.text("Cluster")?.unwrap_or("default"))
}

/// Starts a task in a way that none is left behind: if the caller is dropped while the request is under way, the task
/// that comes of it is stopped.
async fn start(
    services: &Arc<dyn Services>,
    request: Value,
    cluster: String,
) -> Result<(ServiceReply, Option<Running>), ServiceError> {
    let (tell, told) = oneshot::channel();
    let services = services.clone();
    tokio::spawn(async move {
        let started = services.call("ecs", "RunTask", request).await.map(|reply| {
            let task_arn = reply.output["tasks"][0]["taskArn"].as_str().map(str::to_owned);
            let running = task_arn.map(|task_arn| Running { services, cluster, task_arn, over: false });
            (reply, running)
        });
        // What nobody waits for any more is dropped here, and stopped by that.
        let _ = tell.send(started);
    });
    told.await.unwrap_or_else(|_| Err(ServiceError::new(500, "ServerException", "RunTask ended without an answer")))
}

/// A task that is stopped when this is dropped before its end.
struct Running {
    services: Arc<dyn Services>,
    cluster: String,
    task_arn: String,
    over: bool,
}

impl Running {
    /// Waits for its end and gives it as `DescribeTasks` does.
    async fn wait(mut self) -> Result<Value, ServiceError> {
        let task = self.services.wait_for_task(&self.cluster, &self.task_arn).await;
        self.over = true;
        task
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Without a runtime the services are gone, too, and their processes with them.
        let (false, Ok(handle)) = (self.over, tokio::runtime::Handle::try_current()) else { return };
        let services = self.services.clone();
        let request = json!({"cluster": self.cluster, "task": self.task_arn, "reason": STOP_REASON});
        handle.spawn(async move {
            if let Err(error) = services.call("ecs", "StopTask", request).await {
                tracing::warn!(%error, "a container whose task was given up could not be stopped");
            }
        });
    }
}

/// A task that could not be placed fails the patterns that wait for something.
fn refuse_failures(reply: &ServiceReply) -> Result<(), Answer> {
    match reply.output.get("failures").and_then(Value::as_array) {
        Some(failures) if !failures.is_empty() => {
            let failures = renamed(json!({"failures": failures}), pascal);
            Err(Answer::failed("AmazonECS.Unknown", failures.to_string()))
        }
        _ => Ok(()),
    }
}

/// The answer to `RunTask` in Step Functions' shape.
fn output(reply: ServiceReply) -> Map<String, Value> {
    let mut members = Map::new();
    if let Value::Object(mut output) = reply.output {
        for member in ["failures", "tasks"] {
            let list = output.remove(member).unwrap_or_else(|| json!([]));
            let list = match list {
                Value::Array(items) if member == "tasks" => Value::Array(items.into_iter().map(described).collect()),
                other => renamed(other, pascal),
            };
            members.insert(pascal(member), list);
        }
    }
    metadata::add(&mut members, reply.status, &reply.headers, &reply.request_id);
    members
}

/// The error of a request.
fn failed(error: &ServiceError) -> Answer {
    failure::optimized(error, "ECS", "AmazonECS", "AmazonECSException")
}

/// A task of which nothing can be heard any more.
fn gone(error: &ServiceError) -> TaskOutcome {
    TaskOutcome::Failed { error: Some("AmazonECS.Unknown".into()), cause: Some(error.to_string().into()) }
}

/// How a task ended: well if its essential containers did. AWS's event of a stopped task doesn't say which containers
/// those are, so each must have ended with status 0.
fn ended(task: Value) -> TaskOutcome {
    let exited = task["stopCode"] == "EssentialContainerExited";
    let well = |container: &Value| container["exitCode"].as_i64() == Some(0);
    let succeeded = exited && task["containers"].as_array().is_some_and(|containers| containers.iter().all(well));
    let task = described(task);
    if succeeded {
        return TaskOutcome::Succeeded(task.into());
    }
    // Recorded case `services/ecs_task_service--run_task_sync_raise_failure.json`.
    TaskOutcome::Failed { error: Some("States.TaskFailed".into()), cause: Some(task.to_string().into()) }
}

/// A task in Step Functions' shape: members in Pascal case, times in milliseconds since 1970, as its Java client writes them.
fn described(mut task: Value) -> Value {
    for (name, value) in task.as_object_mut().into_iter().flatten() {
        if name.ends_with("At")
            && let Some(seconds) = value.as_f64()
        {
            *value = json!((seconds * 1000.0).round() as i64);
        }
    }
    renamed(task, pascal)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Fake, call as task, context, integrations, outcome};
    use runtime::TaskHandler as _;

    const SYNC: &str = "arn:aws:states:::ecs:runTask.sync";

    fn started() -> Value {
        json!({"tasks": [{"taskArn": "arn:task", "lastStatus": "PROVISIONING", "createdAt": 1.5}], "failures": []})
    }

    fn stopped(stop_code: &str, exit_code: Option<i64>) -> Value {
        let mut task = json!({
            "taskArn": "arn:task", "stopCode": stop_code, "stoppedAt": 1_732_190_000.123, "startedBy": STARTED_BY,
            "overrides": {"containerOverrides": [{"name": "worker", "environment": [{"name": "A", "value": "b"}]}]},
            "containers": [{"name": "worker", "lastStatus": "STOPPED"}]
        });
        if let Some(exit_code) = exit_code {
            task["containers"][0]["exitCode"] = json!(exit_code);
        }
        task
    }

    fn parameters() -> Value {
        json!({
            "Cluster": "c", "TaskDefinition": "t", "LaunchType": "FARGATE",
            "NetworkConfiguration": {"AwsvpcConfiguration": {"Subnets": ["s"], "AssignPublicIp": "ENABLED"}},
            "Overrides": {"ContainerOverrides": [{"Name": "worker", "Environment": [{"Name": "A", "Value": "b"}]}]}
        })
    }

    async fn run(end: Value) -> (Arc<Fake>, Value, TaskOutcome) {
        let (tell, told) = oneshot::channel();
        let (fake, integrations) = integrations(Fake::default().reply(started()).task(told));
        let Answer::Job(job) = integrations.handle(task(SYNC, parameters()), context()).await else {
            panic!("a job is waited for")
        };
        assert!(job.works, "time goes by while a container works");
        tell.send(end).expect("the task is waited for");
        let (outcome, _) = job.end.await;
        (fake, job.submitted.into_value(), outcome)
    }

    #[tokio::test]
    async fn a_job_is_submitted_in_the_words_of_step_functions() {
        let (fake, submitted, _) = run(stopped("EssentialContainerExited", Some(0))).await;
        let calls = fake.calls();
        let (name, request) = &calls[0];
        assert_eq!((name.as_str(), calls.len()), ("ecs RunTask", 1));
        assert_eq!(
            request,
            &json!({
                "cluster": "c", "taskDefinition": "t", "launchType": "FARGATE", "startedBy": "AWS Step Functions",
                "networkConfiguration": {"awsvpcConfiguration": {"subnets": ["s"], "assignPublicIp": "ENABLED"}},
                "overrides": {"containerOverrides": [{"name": "worker", "environment": [{"name": "A", "value": "b"}]}]}
            })
        );
        assert_eq!(
            submitted["Tasks"],
            json!([{"TaskArn": "arn:task", "LastStatus": "PROVISIONING", "CreatedAt": 1500}])
        );
        assert_eq!(submitted["Failures"], json!([]));
        assert_eq!(submitted["SdkHttpMetadata"]["HttpStatusCode"], 200);
        assert_eq!(submitted["SdkResponseMetadata"]["RequestId"], "r");
    }

    #[tokio::test]
    async fn a_task_that_ended_well_is_the_output() {
        let (_, _, outcome) = run(stopped("EssentialContainerExited", Some(0))).await;
        let expected = json!({
            "TaskArn": "arn:task", "StopCode": "EssentialContainerExited", "StoppedAt": 1_732_190_000_123_i64,
            "StartedBy": "AWS Step Functions",
            "Overrides": {"ContainerOverrides": [{"Name": "worker", "Environment": [{"Name": "A", "Value": "b"}]}]},
            "Containers": [{"Name": "worker", "LastStatus": "STOPPED", "ExitCode": 0}]
        });
        assert_eq!(outcome, TaskOutcome::Succeeded(expected.into()));
    }

    #[tokio::test]
    async fn a_task_that_ended_badly_is_the_cause() {
        for (stop_code, exit_code) in
            [("EssentialContainerExited", Some(1)), ("TaskFailedToStart", None), ("UserInitiated", Some(0))]
        {
            let (_, _, outcome) = run(stopped(stop_code, exit_code)).await;
            let TaskOutcome::Failed { error, cause } = outcome else { panic!("{stop_code} is a failure") };
            assert_eq!(error.as_deref(), Some("States.TaskFailed"));
            let cause: Value = serde_json::from_str(&cause.expect("a cause")).expect("JSON");
            assert_eq!(cause["StopCode"], stop_code);
            assert_eq!(cause["Containers"][0]["ExitCode"].as_i64(), exit_code);
        }
    }

    #[tokio::test]
    async fn a_job_that_is_given_up_is_stopped() {
        let (_tell, told) = oneshot::channel();
        let (fake, integrations) = integrations(Fake::default().reply(started()).task(told));
        let answer = integrations.handle(task(SYNC, parameters()), context()).await;
        fake.called.notified().await;
        drop(answer);
        fake.called.notified().await;
        let stop = json!({"cluster": "c", "task": "arn:task", "reason": STOP_REASON});
        assert_eq!(fake.calls()[1], ("ecs StopTask".to_owned(), stop));
    }

    #[tokio::test]
    async fn a_job_that_is_given_up_while_it_starts_is_stopped() {
        let (_tell, told) = oneshot::channel();
        let (fake, integrations) = integrations(Fake::default().reply(started()).task(told));
        {
            let (mut asking, mut context_of_poll) = (
                integrations.handle(task(SYNC, parameters()), context()),
                std::task::Context::from_waker(std::task::Waker::noop()),
            );
            assert!(asking.as_mut().poll(&mut context_of_poll).is_pending());
        }
        while fake.calls().len() < 2 {
            fake.called.notified().await;
        }
        assert_eq!(fake.calls()[1].0, "ecs StopTask");
    }

    #[tokio::test]
    async fn a_task_that_finds_no_place_fails_who_waits_for_it() {
        let reply = json!({"tasks": [], "failures": [{"arn": "a", "reason": "RESOURCE:MEMORY"}]});
        let (_, integrations) = integrations(Fake::default().reply(reply));
        for resource in [SYNC, "arn:aws:states:::ecs:runTask.waitForTaskToken"] {
            let answer = integrations.handle(task(resource, parameters()), context()).await;
            let expected = TaskOutcome::Failed {
                error: Some("AmazonECS.Unknown".into()),
                cause: Some(r#"{"Failures":[{"Arn":"a","Reason":"RESOURCE:MEMORY"}]}"#.into()),
            };
            assert_eq!(outcome(answer), expected);
        }
        let answer = integrations.handle(task("arn:aws:states:::ecs:runTask", parameters()), context()).await;
        let TaskOutcome::Succeeded(output) = outcome(answer) else { panic!("only the answer is asked for") };
        assert_eq!(output.value()["Failures"][0]["Reason"], "RESOURCE:MEMORY");
    }

    #[tokio::test]
    async fn errors_are_those_of_the_first_java_sdk() {
        let error = ServiceError::new(400, "ClusterNotFoundException", "Cluster not found.")
            .exception("ClusterNotFoundException");
        let (_, integrations) = integrations(Fake::default().error(error));
        let answer = integrations.handle(task(SYNC, parameters()), context()).await;
        let TaskOutcome::Failed { error, cause } = outcome(answer) else { panic!("it failed") };
        assert_eq!(error.as_deref(), Some("ECS.ClusterNotFoundException"));
        let cause = cause.expect("a cause");
        assert!(
            cause.starts_with(
                "Cluster not found. (Service: AmazonECS; Status Code: 400; Error Code: ClusterNotFoundException; Request ID: "
            ),
            "{cause}"
        );
    }

    #[tokio::test]
    async fn other_parameters_are_refused() {
        let (fake, integrations) = integrations(Fake::default());
        for parameters in [json!({}), json!({"TaskDefinition": "t", "Count": 2})] {
            let answer = integrations.handle(task(SYNC, parameters.clone()), context()).await;
            assert!(matches!(outcome(answer), TaskOutcome::Impossible { .. }), "{parameters}");
        }
        assert_eq!(fake.calls(), []);
    }
}
