//! The map run of a distributed Map that is tested by itself: its items are looked at, its children are mocked.

use std::sync::Arc;

use asl::model::{Map, State};

use super::MapRun;
use super::settings::Reading;
use crate::command::ReadItems;
use crate::document::Document;
use crate::execution::Execution;
use crate::failure::Failure;
use crate::items::{Fetch, Item, Reader, TransferError, items_of};
use crate::sentences;
use crate::state_test::Mock;

impl Execution {
    /// Makes the inputs of the children as for a run, then has the mock stand for what becomes of them.
    pub(super) fn mocked_map_run(
        &mut self,
        state: &State,
        map: &Map,
        mut run: MapRun,
        items: Vec<Item>,
        reading: Option<Reading>,
    ) -> Result<(), Failure> {
        let scope = run.scope;
        let items = match reading {
            None => items,
            Some(Reading::Refused(error)) => return Err(error.into()),
            Some(Reading::Items(read)) => {
                let items = self.test_items(&read)?;
                if read.items_pointer.is_some() {
                    self.see(|seen| seen.after_items_pointer = Some(array_of(&items)));
                }
                items
            }
        };
        run.items = items.into();
        if map.item_selector.is_some() {
            let inputs = (0..run.items.len()).map(|index| self.item_input(&run, index));
            let inputs: Vec<Document> = inputs.collect::<Result<_, _>>()?;
            self.see(|seen| seen.after_item_selector = Some(Document::array(&inputs)));
        }
        let iterations = if run.batching.is_some() {
            let batches = self.batches(&run)?;
            self.see(|seen| seen.after_item_batcher = Some(Document::array(&batches)));
            batches.len()
        } else {
            run.items.len()
        };
        self.see(|seen| seen.iterations = Some(iterations as u64));
        let (count, percentage) = (run.summary.tolerated_failure_count, run.summary.tolerated_failure_percentage);
        let fails = matches!(self.test.as_ref().and_then(|test| test.setup.mock.as_ref()), Some(Mock::Error { .. }));
        // An error that is mocked is the error (recorded case
        // `test_state/state_configuration--state_machine_with_state_error-INFO.json`).
        if !fails && let Some(failure) = self.threshold_exceeded(count, percentage, run.items.len()) {
            return Err(failure);
        }
        self.mocked(scope, state, map.result_selector.as_ref(), &map.result_path)
    }

    /// The items in what stands for the data of the `ItemReader`.
    fn test_items(&self, read: &ReadItems) -> Result<Vec<Item>, Failure> {
        let data = self.test.as_ref().and_then(|test| test.setup.item_reader_data.clone()).unwrap_or_default();
        let mut reader = Reader::new(read)?;
        match reader.next_fetch() {
            None => {}
            Some(Fetch::Object { .. }) => reader.object(data.as_bytes())?,
            Some(Fetch::List { bucket, .. }) => {
                let source: Arc<str> = format!("S3://{bucket}").into();
                let listed = serde_json::from_str(&data).ok();
                let items = listed.and_then(|value| items_of(value, &source));
                return items.ok_or_else(|| TransferError::reader(sentences::NOT_ITERABLE).into());
            }
        }
        if reader.next_fetch().is_some() {
            return Err(TransferError::reader("The files that a manifest names are not part of a test.").into());
        }
        Ok(reader.finish().to_vec())
    }

    /// The inputs of all children.
    fn batches(&self, run: &MapRun) -> Result<Vec<Document>, Failure> {
        let (mut batches, mut first) = (Vec::new(), 0);
        while first < run.items.len() {
            let (input, items) = self.child_input(run, first)?;
            batches.push(input);
            first += items;
        }
        Ok(batches)
    }
}

fn array_of(items: &[Item]) -> Document {
    let items: Vec<Document> = items.iter().map(|item| item.value.clone()).collect();
    Document::array(&items)
}
