//! How a distributed Map begins.

use std::collections::VecDeque;
use std::sync::Arc;

use asl::expression::Number;
use asl::model::{Distributed, Map, State};

use super::settings::Reading;
use super::{Counts, MapRun, MapRunStatus, MapRunSummary, Processor, Stage};
use crate::command::Command;
use crate::document::Document;
use crate::entropy::uuid_text;
use crate::event::EventKind;
use crate::execution::Execution;
use crate::failure::Failure;
use crate::items::{Item, STATE_DATA};
use crate::scope::{Phase, ScopeId};

impl Execution {
    /// Begins the map run of a distributed Map.
    pub(crate) fn start_map_run(
        &mut self,
        scope: ScopeId,
        state: &State,
        map: &Map,
        distributed: &Distributed,
    ) -> Result<(), Failure> {
        if let Some(run) = self.scopes[scope].stopped_map_run.take() {
            return self.redrive_map_run(scope, *run);
        }
        let natural = |number: Option<&Number>, field: &str| {
            number.map(|number| self.natural_number(scope, number, field)).transpose()
        };
        // With a reader `ItemsPath` means nothing, wherever it leads (recorded case
        // `scenarios/base_scenarios--map_item_reader_base_json_with_items_path-INVALID_ITEMS_PATH.json`).
        let items = match &distributed.item_reader {
            None => self.state_items(scope, map)?,
            Some(_) => Vec::new(),
        };
        if distributed.item_reader.is_none() {
            self.see(|seen| {
                let items: Vec<Document> = items.iter().map(|item| item.value.clone()).collect();
                seen.after_items_path = Some(Document::array(&items));
            });
        }
        let max_concurrency = natural(map.max_concurrency.as_ref(), "MaxConcurrency")?.unwrap_or(0);
        self.see(|seen| seen.max_concurrency = Some(max_concurrency));
        // How many items the reader has is not known yet: AWS writes 0.
        self.chain(scope, EventKind::MapStateStarted { length: items.len() as u64 });
        let natural = |number: Option<&Number>, field: &str| {
            number.map(|number| self.natural_number(scope, number, field)).transpose()
        };
        let tolerated_failure_count = natural(distributed.tolerated_failure_count.as_ref(), "ToleratedFailureCount")?;
        let percentage = distributed.tolerated_failure_percentage.as_ref();
        let tolerated_failure_percentage =
            percentage.map(|number| self.tolerated_percentage(scope, number)).transpose()?;
        self.see(|seen| {
            seen.tolerated_failure_count = tolerated_failure_count;
            seen.tolerated_failure_percentage = tolerated_failure_percentage;
        });
        let batching = distributed.item_batcher.as_ref().map(|batcher| self.batching(scope, batcher)).transpose()?;
        let reader = distributed.item_reader.as_ref();
        let reading = reader.map(|reader| self.reading(scope, state, reader)).transpose()?;
        let (writer, format) = self.writing(scope, state, distributed)?;

        let names = self.map_run_names(state, distributed);
        let id = self.chain(scope, EventKind::MapRunStarted { map_run_arn: names.map_run_arn.clone() });
        let map_run = MapRun {
            scope,
            summary: MapRunSummary {
                id,
                map_run_arn: names.map_run_arn,
                state_machine_arn: names.state_machine_arn,
                status: MapRunStatus::Running,
                started_at: self.now,
                stopped_at: None,
                max_concurrency,
                tolerated_failure_count,
                tolerated_failure_percentage,
                item_counts: Counts::default(),
                execution_counts: Counts::default(),
                redrive_count: 0,
                redriven_at: None,
            },
            begun: id,
            state_machine_name: names.state_machine_name,
            processor: Processor::new(state, map),
            express: distributed.express,
            stage: Stage::Reading,
            items: Arc::new([]),
            next_item: 0,
            batching,
            children: Vec::new(),
            to_redrive: VecDeque::new(),
            running: 0,
            starting: false,
            writer,
            format,
        };
        if self.test.is_some() {
            return self.mocked_map_run(state, map, map_run, items, reading);
        }
        self.map_runs.insert(id, map_run);
        self.scopes[scope].phase = Phase::MapRun(id);
        match reading {
            None => self.items_read(id, items.into()),
            Some(Reading::Items(mut read)) => {
                read.map_run = id;
                self.command(Command::ReadItems(read));
            }
            Some(Reading::Refused(error)) => self.map_run_over(id, Some(error.into())),
        }
        Ok(())
    }

    /// The items that the state itself has.
    fn state_items(&self, scope: ScopeId, map: &Map) -> Result<Vec<Item>, Failure> {
        let source: Arc<str> = STATE_DATA.into();
        self.items(scope, map, |value| crate::items::items_of(value.clone(), &source))
    }

    fn map_run_names(&self, state: &State, distributed: &Distributed) -> Names {
        let own = &self.identity.state_machine_arn;
        // The children of a child belong to the same state machine: labels are unique in the whole definition.
        let (base_arn, name) = match (own.split_once('/'), self.identity.state_machine_name.split_once('/')) {
            (Some((arn, _)), Some((name, _))) => (arn, name),
            _ => (&**own, &*self.identity.state_machine_name),
        };
        let label = distributed.label.clone().unwrap_or_else(|| steady_uuid(&[base_arn, &state.pointer]));
        let state_machine_name = format!("{name}/{label}");
        let state_machine_arn = format!("{base_arn}/{label}");
        let map_run_arn =
            format!("{}:{}", state_machine_arn.replacen(":stateMachine:", ":mapRun:", 1), self.entropy.uuid());
        Names {
            map_run_arn: map_run_arn.into(),
            state_machine_arn: state_machine_arn.into(),
            state_machine_name: state_machine_name.into(),
        }
    }
}

/// What a map run and its children are called.
struct Names {
    map_run_arn: Arc<str>,
    state_machine_arn: Arc<str>,
    state_machine_name: Arc<str>,
}

/// The label of a Map that has none: a UUID that is the same in every execution of the state machine (FNV-1a, 128 bits).
fn steady_uuid(parts: &[&str]) -> String {
    const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013B;
    const BASIS: u128 = 0x6C62_272E_07BB_0142_62B8_2175_6295_C58D;
    let bytes = parts.iter().flat_map(|part| part.bytes().chain([0]));
    let hash = bytes.fold(BASIS, |hash, byte| (hash ^ u128::from(byte)).wrapping_mul(PRIME));
    uuid_text((hash >> 64) as u64, hash as u64)
}
