//! Distributed Maps are driven: children run, items are read, results are written, map runs are described and changed.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use asl::{Options, parse};
use async_trait::async_trait;
use journal::{Journal, MemoryJournal, SqliteJournal};
use machine::items::ListedObject;
use machine::{Counts, Document, MapRunStatus, Outcome, TaskCall};
use runtime::{
    Answer, ExecutionHandle, ObjectError, ObjectStore, Runtime, RuntimeError, Settings, StartExecution, TaskContext,
    TaskHandler,
};
use serde_json::{Value, json};
use tokio::sync::{Semaphore, watch};

/// Answers with what it is given, when a permit is there; fails what says so. Knows how many calls were at work at once.
struct Echo {
    permits: Semaphore,
    working: watch::Sender<usize>,
    most: AtomicUsize,
}

#[async_trait]
impl TaskHandler for Echo {
    async fn handle(&self, call: TaskCall, _context: TaskContext) -> Answer {
        self.working.send_modify(|working| *working += 1);
        self.most.fetch_max(*self.working.borrow(), Ordering::SeqCst);
        self.permits.acquire().await.expect("never closed").forget();
        self.working.send_modify(|working| *working -= 1);
        match call.parameters.value() {
            Value::String(text) if text == "bad" => Answer::failed("Bad", "it says so"),
            _ => Answer::succeeded(call.parameters),
        }
    }
}

#[derive(Default)]
struct Objects(Mutex<BTreeMap<String, Vec<u8>>>);

#[async_trait]
impl ObjectStore for Objects {
    async fn get(&self, bucket: &str, key: &str, _version_id: Option<&str>) -> Result<Vec<u8>, ObjectError> {
        let place = format!("{bucket}/{key}");
        let objects = self.0.lock().expect("no test panics here");
        objects.get(&place).cloned().ok_or(ObjectError(format!("There is no object {place}.")))
    }

    async fn list(&self, _bucket: &str, _prefix: Option<&str>) -> Result<Vec<ListedObject>, ObjectError> {
        Err(ObjectError("Nothing is listed here.".into()))
    }

    async fn put(&self, bucket: &str, key: &str, body: Vec<u8>, _content_type: &str) -> Result<(), ObjectError> {
        self.0.lock().expect("no test panics here").insert(format!("{bucket}/{key}"), body);
        Ok(())
    }
}

struct World {
    runtime: Runtime,
    handler: Arc<Echo>,
    objects: Arc<Objects>,
}

/// A world whose handler lets that many calls through.
fn world(permits: usize, journal: Arc<dyn Journal>) -> World {
    let handler =
        Arc::new(Echo { permits: Semaphore::new(permits), working: watch::Sender::new(0), most: AtomicUsize::new(0) });
    let objects = Arc::new(Objects::default());
    let runtime = Runtime::new(Settings::default(), journal, handler.clone(), None).with_objects(objects.clone());
    World { runtime, handler, objects }
}

async fn start(runtime: &Runtime, fields: &Value, task: bool, input: Value) -> Arc<ExecutionHandle> {
    let each = if task {
        json!({"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "End": true})
    } else {
        json!({"Type": "Pass", "End": true})
    };
    let mut map = json!({"Type": "Map", "Label": "Each", "End": true, "ItemProcessor": {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, "StartAt": "E", "States": {"E": each}}});
    map.as_object_mut().expect("an object").extend(fields.as_object().expect("an object").clone());
    let text = json!({"StartAt": "M", "States": {"M": map}}).to_string();
    let start = StartExecution {
        machine: parse(&text, &Options::default()).machine.expect("the definition is sound"),
        definition: text.into(),
        execution_arn: "arn:aws:states:us-east-1:123456789012:execution:m:a".into(),
        execution_name: "a".into(),
        state_machine_arn: "arn:aws:states:us-east-1:123456789012:stateMachine:m".into(),
        state_machine_name: "m".into(),
        role_arn: "arn:aws:iam::123456789012:role/r".into(),
        region: "us-east-1".into(),
        express: false,
        origin: Arc::default(),
        input: Document::new(input),
    };
    runtime.start(start).await.expect("started")
}

/// Waits until that many calls are at work.
async fn at_work(handler: &Echo, wanted: usize) {
    let mut working = handler.working.subscribe();
    working.wait_for(|working| *working == wanted).await.expect("the handler lives");
}

#[tokio::test]
async fn children_are_executions_that_can_be_found_and_described() {
    let folder = tempfile::tempdir().expect("a folder");
    let journal = Arc::new(SqliteJournal::open(&folder.path().join("journal")).expect("opened"));
    let world = world(usize::MAX >> 4, journal.clone());
    let execution = start(&world.runtime, &json!({"ToleratedFailureCount": 1}), true, json!([1, "bad", 3])).await;
    let Outcome::Succeeded(output) = execution.finished().await else { panic!("one failure is tolerated") };
    assert_eq!(
        [&output.value()[0], &output.value()[1]["Error"], &output.value()[2]],
        [&json!(1), &json!("Bad"), &json!(3)]
    );

    let runs = world.runtime.map_runs(&execution.identity.execution_arn).await.expect("it is on record");
    let counts = Counts { succeeded: 2, failed: 1, total: 3, results_written: 3, ..Counts::default() };
    assert_eq!((runs.len(), runs[0].status, runs[0].item_counts), (1, MapRunStatus::Succeeded, counts));
    assert_eq!(&*runs[0].state_machine_arn, "arn:aws:states:us-east-1:123456789012:stateMachine:m/Each");

    let children = journal.children(&runs[0].map_run_arn).expect("readable");
    let mut statuses: Vec<_> = children.iter().map(|child| child.status.as_str()).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, ["FAILED", "SUCCEEDED", "SUCCEEDED"]);
    assert_eq!(journal.summaries().expect("readable").len(), 1, "nobody started the children by hand");
    let history = journal.history(&children[0].execution_arn).expect("readable");
    assert_eq!(history[0]["type"], "ExecutionStarted");

    // Another process knows the map run by its children, and a child by its parent's definition.
    let other = self::world(0, journal.clone());
    let (owner, run) = other.runtime.map_run(&runs[0].map_run_arn).await.expect("found");
    assert_eq!((&owner, &run), (&execution.identity.execution_arn, &runs[0]));
    let header = journal.header(&children[0].execution_arn).expect("readable").expect("on record");
    let machine = journal::machine_of(&*journal, &header).expect("the Map is in the definition");
    assert!(machine.flow.state("E").is_some());
    let entries = journal.entries(&children[0].execution_arn).expect("readable");
    assert!(journal::recover(machine, &header, &entries).expect("undamaged").execution.outcome().is_some());
}

#[tokio::test]
async fn items_are_read_and_results_are_written() {
    let world = world(9, Arc::new(MemoryJournal::new()));
    world.objects.0.lock().expect("no panic").insert("in/items.csv".into(), b"name\nana\nben\n".to_vec());
    let fields = json!({
        "ItemReader": {"Resource": "arn:aws:states:::s3:getObject", "Parameters": {"Bucket": "in", "Key": "items.csv"},
            "ReaderConfig": {"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"}},
        "ResultWriter": {"Resource": "arn:aws:states:::s3:putObject", "Parameters": {"Bucket": "out", "Prefix": "p"},
            "WriterConfig": {"Transformation": "COMPACT", "OutputType": "JSON"}}});
    let execution = start(&world.runtime, &fields, true, json!({})).await;
    let Outcome::Succeeded(output) = execution.finished().await else { panic!("it succeeds") };
    let place = &output.value()["ResultWriterDetails"];
    let object = |key: &str| {
        let objects = world.objects.0.lock().expect("no panic");
        serde_json::from_slice::<Value>(&objects[&format!("out/{key}")]).expect("JSON")
    };
    let manifest = object(place["Key"].as_str().expect("a key"));
    let results = object(manifest["ResultFiles"]["SUCCEEDED"][0]["Key"].as_str().expect("a key"));
    assert_eq!(results, json!([{"name": "ana"}, {"name": "ben"}]));
}

#[tokio::test]
async fn what_is_not_there_can_not_be_read() {
    let world = world(0, Arc::new(MemoryJournal::new()));
    let fields = json!({"ItemReader": {"Resource": "arn:aws:states:::s3:getObject",
        "Parameters": {"Bucket": "in", "Key": "k"}, "ReaderConfig": {"InputType": "JSON"}}});
    let execution = start(&world.runtime, &fields, true, json!({})).await;
    let Outcome::Failed(failure) = execution.finished().await else { panic!("it fails") };
    assert_eq!(failure.error.as_deref(), Some("States.ItemReaderFailed"));
    assert_eq!(failure.cause.as_deref(), Some("There is no object in/k."));
}

#[tokio::test]
async fn a_map_run_is_changed_while_it_goes_on() {
    let world = world(0, Arc::new(MemoryJournal::new()));
    let execution = start(&world.runtime, &json!({"MaxConcurrency": 2}), true, json!([1, 2, 3, 4, 5])).await;
    at_work(&world.handler, 2).await;
    let arn = &execution.identity.execution_arn;
    let run = world.runtime.map_runs(arn).await.expect("it runs").remove(0);
    let counts = Counts { pending: 3, running: 2, total: 5, ..Counts::default() };
    assert_eq!((run.status, run.max_concurrency, run.execution_counts), (MapRunStatus::Running, 2, counts));
    world.runtime.update_map_run(&run.map_run_arn, Some(4), None, None).await.expect("it goes on");
    at_work(&world.handler, 4).await;
    world.handler.permits.add_permits(5);
    assert!(matches!(execution.finished().await, Outcome::Succeeded(_)));
    assert_eq!(world.handler.most.load(Ordering::SeqCst), 4);
    let missing = world.runtime.update_map_run("arn:aws:states:us-east-1:1:mapRun:m/x:y", None, None, None).await;
    assert!(matches!(missing, Err(RuntimeError::MapRunDoesNotExist(_))));
}

#[tokio::test]
async fn an_execution_that_is_stopped_stops_its_children() {
    let journal = Arc::new(MemoryJournal::new());
    let world = world(0, journal.clone());
    let execution = start(&world.runtime, &json!({}), true, json!([1, 2])).await;
    at_work(&world.handler, 2).await;
    let run = world.runtime.map_runs(&execution.identity.execution_arn).await.expect("it runs").remove(0);
    let children: Vec<_> = journal
        .children(&run.map_run_arn)
        .expect("readable")
        .into_iter()
        .map(|child| world.runtime.execution(&child.execution_arn).expect("it runs"))
        .collect();
    world.runtime.stop(&execution, None, Some("enough"));
    assert!(matches!(execution.finished().await, Outcome::Aborted(_)));
    for child in children {
        assert!(matches!(child.finished().await, Outcome::Aborted(_)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_children_run() {
    let world = world(0, Arc::new(MemoryJournal::new()));
    let items: Vec<u32> = (0..10_000).collect();
    let fields = json!({"ResultSelector": {"last.$": "$[9999]"}});
    let execution = start(&world.runtime, &fields, false, json!(items)).await;
    assert_eq!(execution.finished().await, Outcome::Succeeded(Document::new(json!({"last": 9999}))));
}

#[tokio::test]
async fn results_are_written_though_the_execution_was_stopped() {
    let world = world(1, Arc::new(MemoryJournal::new()));
    let fields = json!({"MaxConcurrency": 1, "ResultWriter": {"Resource": "arn:aws:states:::s3:putObject",
        "Parameters": {"Bucket": "out", "Prefix": "p"}}});
    let execution = start(&world.runtime, &fields, true, json!([1, 2, 3])).await;
    // The first child is done when the second is at work.
    let arn = execution.identity.execution_arn.clone();
    loop {
        at_work(&world.handler, 1).await;
        let runs = world.runtime.map_runs(&arn).await.expect("it runs");
        if runs[0].item_counts.succeeded == 1 && runs[0].item_counts.running == 1 {
            break;
        }
        tokio::task::yield_now().await;
    }
    world.runtime.stop(&execution, None, None);
    assert!(matches!(execution.finished().await, Outcome::Aborted(_)));
    assert!(world.runtime.drain(std::time::Duration::from_mins(1)).await);
    let objects = world.objects.0.lock().expect("no panic");
    let mut names: Vec<_> = objects.keys().filter_map(|key| key.rsplit('/').next()).collect();
    names.sort_unstable();
    assert_eq!(names, ["FAILED_0.json", "PENDING_0.json", "SUCCEEDED_0.json", "manifest.json"]);
}

/// The children's statuses and how often each was redriven, sorted.
fn statuses(journal: &dyn Journal, map_run_arn: &str) -> Vec<(String, u64)> {
    let children = journal.children(map_run_arn).expect("readable").into_iter();
    let mut statuses: Vec<_> = children.map(|child| (child.status.as_str().to_owned(), child.redrive_count)).collect();
    statuses.sort_unstable();
    statuses
}

#[tokio::test]
async fn a_redrive_goes_on_with_the_children_that_did_not_succeed() {
    let folder = tempfile::tempdir().expect("a folder");
    let journal = Arc::new(SqliteJournal::open(&folder.path().join("journal")).expect("opened"));
    let world = world(0, journal.clone());
    let execution = start(&world.runtime, &json!({"MaxConcurrency": 2}), true, json!([1, 2, 3])).await;
    let arn = execution.identity.execution_arn.clone();
    at_work(&world.handler, 2).await;
    world.runtime.stop(&execution, None, None);
    assert!(matches!(execution.finished().await, Outcome::Aborted(_)));
    let run = world.runtime.map_runs(&arn).await.expect("on record").remove(0);

    // What did not stop yet is waited for.
    world.runtime.redrive(&arn).await.expect("it can be redriven");
    let redriven = world.runtime.execution(&arn).expect("its children wait for their calls");
    world.handler.permits.add_permits(9);
    assert_eq!(redriven.finished().await, Outcome::Succeeded(Document::new(json!([1, 2, 3]))));
    let again = world.runtime.map_run(&run.map_run_arn).await.expect("the same map run").1;
    let counts = Counts { succeeded: 3, total: 3, results_written: 3, ..Counts::default() };
    assert_eq!((again.status, again.redrive_count, again.execution_counts), (MapRunStatus::Succeeded, 1, counts));
    let ended = |redrives| ("SUCCEEDED".to_owned(), redrives);
    assert_eq!(statuses(&*journal, &run.map_run_arn), [ended(0), ended(1), ended(1)]);
    let history = journal.history(&arn).expect("readable");
    let types: Vec<&str> = history.iter().filter_map(|event| event["type"].as_str()).collect();
    assert_eq!(types.iter().filter(|kind| **kind == "MapRunRedriven").count(), 1, "{types:?}");
}

/// The process dies when the redrive is on record and before the children did anything.
#[tokio::test]
async fn a_redrive_outlives_a_crash() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("journal");
    let journal = Arc::new(SqliteJournal::open(&path).expect("opened"));
    let first = world(0, journal.clone());
    let execution = start(&first.runtime, &json!({}), true, json!([1, 2])).await;
    let arn = execution.identity.execution_arn.clone();
    at_work(&first.handler, 2).await;
    first.runtime.stop(&execution, None, None);
    execution.finished().await;
    let run = first.runtime.map_runs(&arn).await.expect("on record").remove(0);
    first.runtime.redrive(&arn).await.expect("it can be redriven");
    first.runtime.shut_down();

    let second = world(9, journal.clone());
    let resumed = second.runtime.resume().expect("readable");
    assert!(resumed.stuck.is_empty(), "{:?}", resumed.stuck);
    let execution = second.runtime.execution(&arn).expect("it was running");
    resumed.go();
    assert_eq!(execution.finished().await, Outcome::Succeeded(Document::new(json!([1, 2]))));
    let ended = ("SUCCEEDED".to_owned(), 1);
    assert_eq!(statuses(&*journal, &run.map_run_arn), [ended.clone(), ended]);
}
