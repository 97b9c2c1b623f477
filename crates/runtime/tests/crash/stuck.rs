//! Executions whose records can't be read stay as they are, and hold nobody else back.

use std::collections::BTreeSet;
use std::sync::Arc;

use journal::{HistoryPage, Journal as _, Record};
use runtime::{Runtime, Settings};

use crate::definitions::maps;
use crate::recorder::Recorder;
use crate::world::{Handler, Tokens, World};

const ALL: HistoryPage = HistoryPage { from: 1, reverse: false, limit: usize::MAX };

/// The ARNs of the executions that begin, or (true) end, in these batches.
fn executions(batches: &[Vec<Record>], ended: bool) -> BTreeSet<Arc<str>> {
    let of = batches.iter().flatten().filter_map(|record| match record {
        Record::Begin(header) if !ended => Some(header.execution_arn.clone()),
        Record::End { execution_arn, .. } if ended => Some(execution_arn.clone()),
        _ => None,
    });
    of.collect()
}

#[tokio::test]
async fn what_can_not_be_read_holds_back_its_family_only() {
    let case = maps::cases().into_iter().find(|case| case.name == "standard children").expect("it is there");
    let run = tokio::task::spawn_blocking(move || case.run()).await.expect("it runs");
    // When a child has ended and others run.
    let cut = (0..run.batches.len()).find(|cut| executions(&run.batches[..*cut], true).len() == 1).expect("one ends");
    let prefix = &run.batches[..cut];
    let (all, ended) = (executions(prefix, false), executions(prefix, true));
    assert!(all.len() > 2);
    for damaged in &all {
        let journal = Arc::new(Recorder::holding(prefix).damaged(damaged));
        let world = World::new(&std::collections::BTreeMap::new(), Tokens::new(), &[]);
        let runtime = Runtime::new(Settings::default(), journal.clone(), Arc::new(Handler(world)), None);
        let resumed = runtime.resume().expect("the journal can be read");
        let stuck: BTreeSet<_> = resumed.stuck.iter().map(|(arn, _)| arn.clone()).collect();
        // A child that runs is stuck by itself; without a parent, or what its parent has to know, nobody goes on.
        let is_child = damaged.contains("m/Each");
        let by_itself = is_child && !ended.contains(damaged);
        let expected: BTreeSet<_> =
            if by_itself { BTreeSet::from([damaged.clone()]) } else { all.difference(&ended).cloned().collect() };
        assert_eq!(stuck, expected, "{damaged} is damaged: {:?}", resumed.stuck);
        assert_eq!(resumed.len(), all.len() - ended.len() - stuck.len());
        for arn in &stuck {
            assert!(runtime.execution(arn).is_none(), "{arn} can't go on");
            let before = journal.history_page(arn, ALL).expect("readable");
            for _ in 0..2 {
                runtime.stop_stuck(arn, Some("Enough"), None).await.expect("it is ended");
            }
            let summary = journal.summary(arn).expect("readable").expect("on record");
            assert_eq!((summary.status.as_str(), summary.stopped_at.is_some()), ("ABORTED", true));
            let mut after = journal.history_page(arn, ALL).expect("readable");
            let end: serde_json::Value = serde_json::from_str(&after.pop().expect("its end")).expect("JSON");
            assert_eq!(after, before, "the rest is as it was");
            assert_eq!((&end["type"], &end["id"]), (&"ExecutionAborted".into(), &(before.len() + 1).into()));
        }
        runtime.shut_down();
    }
}
