//! Both journals keep what they are given, and an execution comes back from either.

use std::sync::{Arc, mpsc};

use asl::{Options, parse};
use jiff::{SignedDuration, Timestamp};
use journal::{Entry, Header, Journal, JournalError, MemoryJournal, Record, RecoverError, SqliteJournal, recover};
use machine::{Command, Document, Execution, Identity, Input, Outcome, TaskOutcome};
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
    assert_eq!(recovered.calls.keys().copied().collect::<Vec<_>>(), [5]);
    assert_eq!(recovered.submitted, [5]);
    let heartbeat: Vec<_> = recovered.timers.values().map(ToString::to_string).collect();
    assert_eq!(heartbeat, ["2026-01-01T00:02:40Z"], "100 seconds after the task was scheduled");
    assert!(recovered.calls[&5].token.is_some());

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

#[test]
fn a_foreign_file_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let text = folder.path().join("text.db");
    std::fs::write(&text, "this is no database, and long enough to be looked at by anybody who opens it")
        .expect("written");
    assert!(matches!(SqliteJournal::open(&text), Err(JournalError::Unusable { .. })));
    assert!(std::fs::read_to_string(&text).expect("still there").starts_with("this is no database"));

    let other = folder.path().join("other.db");
    rusqlite::Connection::open(&other)
        .and_then(|connection| connection.execute_batch("CREATE TABLE birds (name TEXT)"))
        .expect("another program's database");
    let error = SqliteJournal::open(&other).expect_err("refused");
    assert!(matches!(&error, JournalError::ForeignFormat { found, .. } if found == "unknown"), "{error}");
}
