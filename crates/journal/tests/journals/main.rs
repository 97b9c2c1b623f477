//! Both journals keep what they are given, and an execution comes back from either.

mod files;

use std::sync::{Arc, mpsc};

use asl::{Options, parse};
use jiff::{SignedDuration, Timestamp};
use journal::{
    Entry, ExecutionsOf, Header, HistoryPage, Journal, JournalError, MemoryJournal, Query, Record, RecoverError,
    SqliteJournal, machine_of, recover,
};
use machine::items::Item;
use machine::{Command, Document, Execution, Identity, Input, Outcome, Preflight, Scheduling, TaskOutcome};
use serde_json::json;

const DEFINITION: &str = r#"{"StartAt": "Wait", "States": {
    "Wait": {"Type": "Wait", "Seconds": 60, "Next": "Ask"},
    "Ask": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken", "HeartbeatSeconds": 100,
        "Parameters": {"Token.$": "$$.Task.Token"}, "End": true}}}"#;

fn identity(name: &str) -> Identity {
    Identity {
        execution_arn: format!("arn:aws:states:us-east-1:123456789012:execution:m:{name}").into(),
        execution_name: name.into(),
        state_machine_arn: "arn:aws:states:us-east-1:123456789012:stateMachine:m".into(),
        state_machine_name: "m".into(),
        role_arn: "arn:aws:iam::123456789012:role/r".into(),
        region: "us-east-1".into(),
        redrive_count: 0,
        express: false,
        seed: [3; 32],
    }
}

fn machine() -> Arc<asl::model::StateMachine> {
    parse(DEFINITION, &Options::default()).machine.expect("sound")
}

fn append(journal: &dyn Journal, batch: Vec<Record>) -> Result<(), JournalError> {
    let (done, written) = mpsc::channel();
    journal.append(batch, Box::new(move |result| done.send(result).expect("somebody waits")));
    written.recv().expect("the journal calls back")
}

/// Runs an execution to the point where it waits for its token, writing every step down.
fn play(journal: &dyn Journal, name: &str) -> Execution {
    let identity = identity(name);
    let header = Arc::new(Header::new(&identity, DEFINITION.into(), Document::parse("[1,  2.50]").expect("JSON")));
    append(journal, vec![Record::Begin(header.clone())]).expect("written");
    let mut execution = Execution::new(machine(), Arc::new(identity), header.input.clone());
    let start: Timestamp = "2026-01-01T00:00:00Z".parse().expect("a time");
    for (input, seconds) in [
        (Input::Start, 0),
        (Input::TimerFired { timer: 1 }, 60),
        (Input::TaskSubmitted { task: 5, output: Document::new(json!({"MessageId": "é"})) }, 61),
    ] {
        let at = start + SignedDuration::from_secs(seconds);
        let step = execution.apply(input.clone(), at);
        assert!(!step.events.is_empty(), "{input:?}");
        let execution_arn = header.execution_arn.clone();
        append(journal, vec![Record::Step { execution_arn, input, at, events: step.events }]).expect("written");
    }
    execution
}

fn comes_back(journal: &dyn Journal) {
    let original = play(journal, "one");
    let arn = &original.identity().execution_arn;
    let header = journal.header(arn).expect("readable").expect("there");
    assert_eq!(header.input.text(), "[1,  2.50]", "the input's very text is kept");
    let entries = journal.entries(arn).expect("readable");
    assert_eq!(entries.len(), 3);
    let history = journal.history(arn).expect("readable");
    assert_eq!(history.len() as u64, original.events());
    assert!(history.iter().zip(1..).all(|(event, id)| event["id"] == json!(id)));

    let mut recovered = recover(machine(), &header, &entries).expect("sound");
    assert_eq!(recovered.owed.calls.keys().copied().collect::<Vec<_>>(), [5]);
    assert_eq!(recovered.owed.submitted.into_keys().collect::<Vec<_>>(), [5]);
    let heartbeat: Vec<_> = recovered.owed.timers.values().map(ToString::to_string).collect();
    assert_eq!(heartbeat, ["2026-01-01T00:02:40Z"], "100 seconds after the task was scheduled");
    assert!(recovered.owed.calls[&5].token.is_some());

    let at = "2026-01-01T00:02:00Z".parse().expect("a time");
    let ended = Input::TaskEnded { task: 5, outcome: TaskOutcome::Succeeded(Document::new(json!("ok"))) };
    let step = recovered.execution.apply(ended, at);
    assert!(matches!(step.commands.last(), Some(Command::Finish(Outcome::Succeeded(_)))), "{step:?}");

    let summaries = journal.summaries().expect("readable");
    assert_eq!(summaries[0].status, "RUNNING");
    assert_eq!(summaries[0].started_at.to_string(), "2026-01-01T00:00:00Z");
    let outcome = Outcome::Failed(machine::ErrorCause::default());
    append(journal, vec![Record::End { execution_arn: arn.clone(), outcome, at }]).expect("written");
    let summaries = journal.summaries().expect("readable");
    assert_eq!((summaries[0].status.as_str(), summaries[0].stopped_at), ("FAILED", Some(at)));
}

#[test]
fn an_execution_comes_back_from_memory() {
    comes_back(&MemoryJournal::new());
}

#[test]
fn an_execution_comes_back_from_sqlite() {
    let folder = tempfile::tempdir().expect("a folder");
    comes_back(&SqliteJournal::open(&folder.path().join("journal.db")).expect("opens"));
}

/// Pages of a history, whole and from both ends, and lists by every trait.
fn is_asked(journal: &dyn Journal) {
    for name in ["one", "two", "three"] {
        let arn = play(journal, name).identity().execution_arn.clone();
        if name != "three" {
            let (at, outcome) = (Timestamp::UNIX_EPOCH, Outcome::Succeeded(Document::new(json!(1))));
            append(journal, vec![Record::End { execution_arn: arn.clone(), outcome, at }]).expect("written");
            if name == "two" {
                append(journal, vec![Record::Redrive { execution_arn: arn, at }]).expect("written");
            }
        }
    }
    let arn = "arn:aws:states:us-east-1:123456789012:execution:m:one";
    let whole: Vec<_> = journal.history(arn).expect("readable").iter().map(ToString::to_string).collect();
    let last = whole.len() as u64;
    for limit in 1..=whole.len() + 1 {
        for from in 1..=last + 1 {
            let page = journal.history_page(arn, HistoryPage { from, reverse: false, limit }).expect("readable");
            let expected: Vec<_> = whole.iter().skip(from as usize - 1).take(limit).cloned().collect();
            assert_eq!(page, expected, "{limit} from {from}");
            let page = journal.history_page(arn, HistoryPage { from, reverse: true, limit }).expect("readable");
            let upto = (from as usize).min(whole.len());
            let expected: Vec<_> = whole[..upto].iter().rev().take(limit).cloned().collect();
            assert_eq!(page, expected, "{limit} back from {from}");
        }
    }
    let page = HistoryPage { from: u64::MAX, reverse: true, limit: 1 };
    assert_eq!(journal.history_page(arn, page).expect("readable"), whole[whole.len() - 1..]);
    assert!(journal.history_page("nobody", page).expect("readable").is_empty());

    let machine = "arn:aws:states:us-east-1:123456789012:stateMachine:m";
    let all = Query::all(ExecutionsOf::StateMachine(machine));
    let names = |query: Query<'_>| {
        let found = journal.list(&query).expect("readable");
        found.iter().map(|summary| summary.execution_name.to_string()).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(names(all), "three two one");
    assert_eq!(names(Query { limit: 2, ..all }), "three two");
    let second = journal.list(&all).expect("readable")[1].number;
    assert_eq!(names(Query { before: Some(second), ..all }), "one");
    assert_eq!(names(Query { status: Some("RUNNING"), ..all }), "three two");
    assert_eq!(names(Query { status: Some("SUCCEEDED"), ..all }), "one");
    assert_eq!(names(Query { redriven: Some(true), ..all }), "two");
    assert_eq!(names(Query { redriven: Some(false), ..all }), "three one");
    assert_eq!(names(Query::all(ExecutionsOf::Version(machine))), "");
    assert_eq!(names(Query::all(ExecutionsOf::MapRun(machine))), "");
    let redriven = journal.summary("arn:aws:states:us-east-1:123456789012:execution:m:two").expect("readable");
    let redriven = redriven.expect("there");
    assert_eq!((redriven.redrive_count, redriven.redriven_at), (1, Some(Timestamp::UNIX_EPOCH)));
    assert_eq!((redriven.status.as_str(), redriven.stopped_at), ("RUNNING", None));
    assert!(journal.summary("nobody").expect("readable").is_none());
}

#[test]
fn memory_is_asked_for_pages_and_lists() {
    is_asked(&MemoryJournal::new());
}

#[test]
fn sqlite_is_asked_for_pages_and_lists() {
    let folder = tempfile::tempdir().expect("a folder");
    is_asked(&SqliteJournal::open(&folder.path().join("journal.db")).expect("opens"));
}

#[test]
fn what_sqlite_keeps_is_there_after_the_file_is_opened_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("journal.db");
    let journal = SqliteJournal::open(&path).expect("opens");
    play(&journal, "one");
    play(&journal, "two");
    journal.close();
    assert!(matches!(append(&journal, Vec::new()), Err(JournalError::Closed)));
    let again = SqliteJournal::open(&path).expect("opens again");
    let names: Vec<_> = again.summaries().expect("readable").into_iter().map(|s| s.execution_name).collect();
    assert_eq!(names.iter().map(|name| &**name).collect::<Vec<_>>(), ["two", "one"], "newest first");
}

/// What is written of an execution of Pass states whose input is large, with more events than a row has, and its events.
fn large(name: &str) -> (Arc<Header>, Vec<Record>, Vec<serde_json::Value>) {
    let states: serde_json::Map<_, _> = (0..400)
        .map(|at| (format!("S{at}"), json!({"Type": "Pass", "Next": format!("S{}", at + 1)})))
        .chain([("S400".to_owned(), json!({"Type": "Succeed"}))])
        .collect();
    let definition = json!({"StartAt": "S0", "States": states}).to_string();
    let machine = parse(&definition, &Options::default()).machine.expect("sound");
    // What stands for a document, and what looks like it.
    let text = json!({"text": "{\"\":1}\n".repeat(500)}).to_string();
    let header = Header::new(&identity(name), definition.into(), Document::parse(&text).expect("JSON"));
    let at: Timestamp = "2026-01-01T00:00:00Z".parse().expect("a time");
    let step = Execution::new(machine, Arc::new(header.identity()), header.input.clone()).apply(Input::Start, at);
    let events = step.events.iter().map(machine::HistoryEvent::to_wire).collect();
    let (header, execution_arn) = (Arc::new(Header { started_at: at, ..header.clone() }), header.execution_arn);
    let Some(Command::Finish(outcome)) = step.commands.into_iter().next() else { panic!("it ends at once") };
    let batch = vec![
        Record::Begin(header.clone()),
        Record::Step { execution_arn: execution_arn.clone(), input: Input::Start, at, events: step.events },
        Record::End { execution_arn, outcome, at },
    ];
    (header, batch, events)
}

#[test]
fn a_large_document_is_written_once_and_read_everywhere() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("journal.db");
    let journal = SqliteJournal::open(&path).expect("opens");
    let (header, batch, events) = large("large");
    append(&journal, batch).expect("written");
    assert_eq!(events.len(), 804);
    let arn = &header.execution_arn;
    assert_eq!(journal.header(arn).expect("readable").as_ref(), Some(&header));
    assert_eq!(journal.history(arn).expect("readable"), events);
    let entries = journal.entries(arn).expect("readable");
    assert_eq!((entries.len(), entries[0].events.len()), (1, 804), "one step, in two rows");
    for (from, limit) in [(1, 1), (1, 804), (511, 4), (513, 1), (700, 1000)] {
        let page = journal.history_page(arn, HistoryPage { from, reverse: false, limit }).expect("readable");
        let expected: Vec<_> = events.iter().skip(from as usize - 1).take(limit).map(ToString::to_string).collect();
        assert_eq!(page, expected, "{limit} from {from}");
    }
    let summary = journal.summary(arn).expect("readable").expect("there");
    assert_eq!((summary.status.as_str(), summary.stopped_at), ("SUCCEEDED", Some(header.started_at)));
    let recovered = recover(machine_of(&journal, &header).expect("sound"), &header, &entries).expect("undamaged");
    assert!(recovered.execution.outcome().is_some());
    // Written twice, a document of this size would show.
    journal.close();
    let file = rusqlite::Connection::open(&path).expect("a database");
    let documents: i64 = file.query_row("SELECT count(*) FROM document", [], |row| row.get(0)).expect("a table");
    assert_eq!(documents, 1);
}

#[test]
fn a_history_that_does_not_follow_from_its_inputs_is_damage() {
    let journal = MemoryJournal::new();
    let execution = play(&journal, "one");
    let arn = &execution.identity().execution_arn;
    let header = journal.header(arn).expect("readable").expect("there");
    let mut entries: Vec<Entry> = journal.entries(arn).expect("readable");
    entries[1].events[0]["id"] = json!(77);
    let error = recover(machine(), &header, &entries).expect_err("damaged");
    assert!(matches!(&error, RecoverError::Journal(JournalError::Damaged { step: 1, .. })), "{error}");
}

const DISTRIBUTED: &str = r#"{"StartAt": "Map", "States": {"Map": {"Type": "Map", "Label": "L", "MaxConcurrency": 1, "End": true,
    "ItemReader": {"Resource": "arn:aws:states:::s3:getObject", "ReaderConfig": {"InputType": "JSON"},
        "Parameters": {"Bucket": "in", "Key": "k"}},
    "ResultWriter": {"Resource": "arn:aws:states:::s3:putObject", "Parameters": {"Bucket": "out"}},
    "ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, "StartAt": "Ask",
        "States": {"Ask": {"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:123456789012:function:f", "End": true}}}}}}"#;

/// Runs an execution on these inputs, a second apart, writing every step and every child's beginning down.
fn play_inputs(journal: &dyn Journal, definition: &str, inputs: Vec<Input>) -> Arc<Header> {
    let identity = identity("map");
    let header = Arc::new(Header::new(&identity, definition.into(), Document::new(json!({}))));
    append(journal, vec![Record::Begin(header.clone())]).expect("written");
    let machine = parse(definition, &Options::default()).machine.expect("sound");
    let mut execution = Execution::new(machine, Arc::new(identity.clone()), header.input.clone());
    for (seconds, input) in inputs.into_iter().enumerate() {
        let at: Timestamp = "2026-01-01T00:00:00Z".parse().expect("a time");
        let at = at + SignedDuration::from_secs(seconds as i64);
        let step = execution.apply(input.clone(), at);
        let mut batch =
            vec![Record::Step { execution_arn: header.execution_arn.clone(), input, at, events: step.events }];
        batch.extend(step.commands.iter().filter_map(|command| match command {
            Command::StartChild(start) => Some(Record::Begin(Arc::new(Header::of_child(start, &identity)))),
            _ => None,
        }));
        append(journal, batch).expect("written");
    }
    header
}

#[test]
fn a_map_run_comes_back_with_what_it_is_owed() {
    let folder = tempfile::tempdir().expect("a folder");
    let item =
        |value: &str| Item { value: Document::parse(value).expect("JSON"), key: None, source: "S3://in/k".into() };
    let read = Input::ItemsRead { map_run: 4, items: [item("1.0"), item("[2]")].into() };
    let ended = |child, output: i32| Input::ChildEnded {
        map_run: 4,
        child,
        outcome: Outcome::Succeeded(Document::new(json!(output))),
    };
    let inputs = [Input::Start, read, ended(0, 1), ended(1, 2)];
    // After each input: items to be read, children that run, results to be written.
    let owed = [(1, vec![], 0), (0, vec![(4, 0)], 0), (0, vec![(4, 1)], 0), (0, vec![], 1)];
    for (steps, owed) in (1..).zip(owed) {
        let journal = SqliteJournal::open(&folder.path().join(format!("{steps}.db"))).expect("opens");
        let header = play_inputs(&journal, DISTRIBUTED, inputs[..steps].to_vec());
        let entries = journal.entries(&header.execution_arn).expect("readable");
        let machine = machine_of(&journal, &header).expect("sound");
        let recovered = recover(machine, &header, &entries).expect("undamaged");
        let children: Vec<_> = recovered.owed.children.keys().copied().collect();
        assert_eq!((recovered.owed.reads.len(), children, recovered.owed.writes.len()), owed, "after {steps} inputs");
        for child_arn in recovered.owed.children.values() {
            let child = journal.header(child_arn).expect("readable").expect("on record");
            assert_eq!((&*child.identity().role_arn, child.identity().express), (&*header.role_arn, false));
            assert!(machine_of(&journal, &child).expect("found").flow.state("Ask").is_some());
            let run = recovered.execution.map_runs().remove(0);
            let names: Vec<_> = journal.children(&run.map_run_arn).expect("readable");
            assert_eq!(names[0].execution_arn, child.execution_arn, "newest first");
        }
    }
}

#[derive(Debug)]
struct Refuse;

impl Preflight for Refuse {
    fn refusal(&self, _: &Scheduling<'_>) -> Option<Arc<str>> {
        Some("The activity is gone.".into())
    }
}

#[test]
fn a_refusal_is_not_asked_for_again() {
    let journal = MemoryJournal::new();
    let definition = r#"{"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage",
        "End": true}}}"#;
    let header = Header::new(&identity("refused"), definition.into(), Document::new(json!({})));
    let machine = machine_of(&journal, &header).expect("sound");
    let mut execution = Execution::new(machine.clone(), Arc::new(header.identity()), header.input.clone())
        .with_preflight(Arc::new(Refuse));
    let at: Timestamp = "2026-01-01T00:00:00Z".parse().expect("a time");
    let events: Vec<_> = execution.apply(Input::Start, at).events.iter().map(machine::HistoryEvent::to_wire).collect();
    assert_eq!(events.len(), 3, "it starts, enters the state, fails");
    let recovered = recover(machine, &header, &[Entry { input: Input::Start, at, events }]).expect("undamaged");
    assert_eq!(recovered.execution.outcome(), execution.outcome());
}
