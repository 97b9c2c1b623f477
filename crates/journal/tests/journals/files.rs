//! A journal's file: many writers, many executions, other processes, other programs.

use std::sync::{Arc, mpsc};

use jiff::Timestamp;
use journal::{Header, Journal, JournalError, Record, SqliteJournal};
use machine::{Document, Outcome};
use serde_json::json;

use crate::{DEFINITION, append, identity, large, play};

#[test]
fn batches_of_many_callers_are_all_written_each_in_its_order() {
    let folder = tempfile::tempdir().expect("a folder");
    let journal = SqliteJournal::open(&folder.path().join("journal.db")).expect("opens");
    std::thread::scope(|scope| {
        for caller in 0..8 {
            let journal = &journal;
            scope.spawn(move || {
                for at in 0..5 {
                    // Some are left to the journal's own thread.
                    if caller % 2 == 0 {
                        append(journal, large(&format!("{caller}-{at}")).1).expect("written");
                    } else {
                        play(journal, &format!("{caller}-{at}"));
                    }
                }
            });
        }
    });
    let all = journal.summaries().expect("readable");
    assert_eq!(all.len(), 40);
    for summary in all {
        let history = journal.history(&summary.execution_arn).expect("readable");
        assert!(history.iter().zip(1..).all(|(event, id)| event["id"] == json!(id)), "{}", summary.execution_arn);
        let expected = if summary.status == "SUCCEEDED" { 804 } else { 7 };
        assert_eq!(history.len(), expected, "{}", summary.execution_arn);
    }
}

/// Executions are first written where it costs least, and go over to the others many at a time.
#[test]
fn executions_that_began_lately_are_found_like_all_others() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("journal.db");
    let journal = SqliteJournal::open(&path).expect("opens");
    let begin = |journal: &dyn Journal, at: u32| {
        let header = Header::new(&identity(&at.to_string()), DEFINITION.into(), Document::new(json!(at)));
        append(journal, vec![Record::Begin(Arc::new(header))])
    };
    (0..300).for_each(|at| begin(&journal, at).expect("written"));
    for old in [5, 299] {
        let error = begin(&journal, old).expect_err("there is one");
        assert!(
            matches!(&error, JournalError::Exists { execution } if execution.ends_with(&format!(":{old}"))),
            "{error}"
        );
    }
    let arn = |at: u32| -> Arc<str> { format!("arn:aws:states:us-east-1:123456789012:execution:m:{at}").into() };
    let (at, outcome) = (Timestamp::UNIX_EPOCH, Outcome::Failed(machine::ErrorCause::default()));
    for old in [6, 298] {
        let end = Record::End { execution_arn: arn(old), outcome: outcome.clone(), at };
        append(&journal, vec![end, Record::Redrive { execution_arn: arn(old), at }]).expect("written");
    }
    append(&journal, vec![Record::End { execution_arn: arn(297), outcome, at }]).expect("written");
    drop(journal);

    let again = SqliteJournal::open(&path).expect("opens again");
    begin(&again, 300).expect("written");
    assert!(begin(&again, 7).is_err(), "it remembers");
    let all = again.summaries().expect("readable");
    assert_eq!(all.len(), 301);
    for (summary, at) in all.iter().rev().zip(0..) {
        assert_eq!((summary.number, &summary.execution_arn), (u64::from(at) + 1, &arn(at)));
        assert_eq!(summary.redrive_count, u64::from(at == 6 || at == 298));
        assert_eq!(again.summary(&arn(at)).expect("readable").as_ref(), Some(summary));
    }
    assert_eq!(all[3].status, "FAILED");
    assert_eq!(again.running().expect("readable").len(), 300);
}

/// Two runs in two terminals, and a third process that reads: each execution is written by one of them.
#[test]
fn a_file_may_be_shared() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("journal.db");
    let open = || SqliteJournal::open(&path).expect("opens");
    let begin = |journal: &dyn Journal, name: &str| {
        let header = Header::new(&identity(name), DEFINITION.into(), Document::new(json!(name)));
        let arn = header.execution_arn.clone();
        append(journal, vec![Record::Begin(Arc::new(header))]).expect("written");
        arn
    };
    let end = |journal: &dyn Journal, execution_arn: &Arc<str>| {
        let outcome = Outcome::Failed(machine::ErrorCause::default());
        let end = Record::End { execution_arn: execution_arn.clone(), outcome, at: Timestamp::UNIX_EPOCH };
        append(journal, vec![end]).expect("written");
    };
    let (one, other) = (open(), open());
    let first = begin(&one, "first");
    let second = begin(&other, "second");
    let third = begin(&one, "third");
    let reader = open();
    assert_eq!(reader.running().expect("readable").len(), 3);
    end(&one, &first);
    end(&other, &second);
    let fourth = begin(&other, "fourth");
    end(&one, &third);
    for journal in [&one, &other, &reader] {
        for (arn, status) in [(&first, "FAILED"), (&second, "FAILED"), (&third, "FAILED")] {
            assert_eq!(journal.summary(arn).expect("readable").expect("there").status, status, "{arn}");
        }
    }
    let again = open();
    assert_eq!(again.running().expect("readable"), [fourth]);
    let numbers: Vec<_> = again.summaries().expect("readable").iter().map(|summary| summary.number).collect();
    assert_eq!(numbers, [4, 3, 2, 1]);
}

#[test]
fn a_batch_that_can_not_be_written_takes_no_other_with_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let journal = SqliteJournal::open(&folder.path().join("journal.db")).expect("opens");
    append(&journal, large("one").1).expect("written");
    let (done, written) = mpsc::channel();
    let call = |name: &'static str| {
        let done = done.clone();
        Box::new(move |result: Result<(), JournalError>| done.send((name, result.is_ok())).expect("somebody waits"))
    };
    // While the journal's thread is busy with a call, large batches wait for it, and small ones behind them.
    let (entered, enter) = mpsc::channel();
    let (leave, left) = mpsc::channel::<()>();
    let two = call("two");
    journal.append(
        large("two").1,
        Box::new(move |result| {
            entered.send(()).expect("somebody waits");
            left.recv().expect("somebody lets go");
            two(result);
        }),
    );
    enter.recv().expect("it is called back");
    journal.append(large("one").1, call("one"));
    let header = Header::new(&identity("three"), DEFINITION.into(), Document::new(json!("x".repeat(2_000))));
    journal.append(vec![Record::Begin(Arc::new(header))], call("three"));
    leave.send(()).expect("somebody waits");
    let mut results: Vec<_> = (0..3).map(|_| written.recv().expect("called back")).collect();
    results.sort_unstable();
    assert_eq!(results, [("one", false), ("three", true), ("two", true)]);
    // What was remembered of the transaction that came to nothing is not used again.
    play(&journal, "four");
    append(&journal, large("five").1).expect("written");
    assert_eq!(journal.history("arn:aws:states:us-east-1:123456789012:execution:m:five").expect("readable").len(), 804);
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
