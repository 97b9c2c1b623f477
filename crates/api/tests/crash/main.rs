//! Executions that call services, functions and other executions, in processes that die: at every batch of the journal, before
//! or after what it asks for was begun. The next process comes to the end of the undisturbed run, and no execution is started
//! twice.

mod cases;
mod freezing;
mod normal;
mod stage;

use std::sync::Arc;
use std::time::Duration;

use cases::{Case, cases};
use freezing::Freezing;
use journal::{Journal, MemoryJournal};
use serde_json::{Value, json};
use stage::Stage;

/// Longer than any execution here takes.
const PATIENCE: Duration = Duration::from_secs(20);

/// Everything that ran, without what differs from run to run: the state machine's name, the status, the history.
type Seen = Vec<(String, String, Vec<Value>)>;

fn look(journal: &dyn Journal) -> Seen {
    let mut seen: Seen = journal
        .summaries()
        .expect("readable")
        .into_iter()
        .map(|summary| {
            let history =
                journal.history(&summary.execution_arn).expect("readable").iter().map(normal::event).collect();
            let machine = summary.state_machine_arn.rsplit(':').next().unwrap_or_default().to_owned();
            (machine, summary.status, history)
        })
        .collect();
    seen.sort_by_key(|(machine, ..)| machine.clone());
    seen
}

/// Runs a case in a process that dies after so many batches, and in a second one to its end; none: the first comes to the end
/// by itself. Gives what there is to see, and how many batches it took.
async fn run(case: &Case, cut: Option<(usize, bool)>) -> (Seen, usize) {
    let stage = Stage::new().await;
    let kept = Arc::new(MemoryJournal::new());
    let counted = Arc::new(Freezing::never(kept.clone()));
    if let Some((batches, answers_last)) = cut {
        let journal = Arc::new(Freezing::after(batches, answers_last, kept.clone()));
        let first = stage.process(journal.clone());
        for (name, kind, definition) in &case.others {
            first.create(name, kind, definition).await;
        }
        let parent = first.create("parent", "STANDARD", &case.definition).await;
        let starting =
            first.call("StartExecution", json!({"stateMachineArn": parent, "name": "e", "input": "{\"n\":1}"}));
        let until_frozen = async {
            tokio::select! {
                () = journal.frozen.notified() => {}
                () = async { starting.await; std::future::pending().await } => {}
                () = stage.answer_messages(&first) => {}
            }
        };
        tokio::time::timeout(PATIENCE, until_frozen)
            .await
            .unwrap_or_else(|_| panic!("{} {cut:?}: it goes on", case.name));
        first.runtime.shut_down();
    }
    let second = stage.process(counted.clone());
    if cut.is_some() {
        let resumed = second.runtime.resume().expect("readable");
        assert!(resumed.stuck.is_empty(), "{} {cut:?}: {:?}", case.name, resumed.stuck);
        resumed.go();
    } else {
        for (name, kind, definition) in &case.others {
            second.create(name, kind, definition).await;
        }
        let parent = second.create("parent", "STANDARD", &case.definition).await;
        let started =
            second.call("StartExecution", json!({"stateMachineArn": parent, "name": "e", "input": "{\"n\":1}"})).await;
        assert!(started["executionArn"].is_string(), "{}: {started}", case.name);
    }
    let until_over = async {
        let over = async {
            while !kept.running().expect("readable").is_empty() {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        tokio::select! {
            () = over => {}
            () = stage.answer_messages(&second) => {}
        }
    };
    let over = tokio::time::timeout(PATIENCE, until_over).await;
    over.unwrap_or_else(|_| panic!("{} {cut:?}: it hangs: {:?}", case.name, kept.running()));
    let seen = look(&*kept);
    second.runtime.shut_down();
    stage.cloud.shutdown().await;
    (seen, counted.taken())
}

async fn cut_everywhere(case: Case) {
    let (whole, batches) = run(&case, None).await;
    assert_eq!(
        whole.iter().find(|(machine, ..)| machine == "parent").expect("it ran").1,
        case.ends,
        "{}: {whole:#?}",
        case.name
    );
    for batch in 1..batches {
        for answers_last in [false, true] {
            let (seen, _) = run(&case, Some((batch, answers_last))).await;
            let place = format!("{}: cut at {batch} of {batches}, answered: {answers_last}", case.name);
            let names =
                |seen: &Seen| seen.iter().map(|(machine, status, _)| format!("{machine} {status}")).collect::<Vec<_>>();
            assert_eq!(names(&whole), names(&seen), "{place}");
            for ((machine, _, whole), (_, _, seen)) in whole.iter().zip(&seen) {
                for (whole, seen) in whole.iter().zip(seen) {
                    assert_eq!(whole, seen, "{place}: {machine}");
                }
                assert_eq!(whole.len(), seen.len(), "{place}: {machine}");
            }
        }
    }
}

#[tokio::test]
async fn every_kind_of_integration() {
    for case in cases() {
        cut_everywhere(case).await;
    }
}
