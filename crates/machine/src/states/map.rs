//! Map states: those of `Mode: INLINE` run their iterations inside the execution, the others have a
//! [map run](crate::map_run).

use asl::expression::{EvalError, ExpressionKind, ReferencePath, Template};
use asl::model::{Map, QueryLanguage, State, StateKind};
use serde_json::Value;

use crate::context::View;
use crate::document::Document;
use crate::event::EventKind;
use crate::execution::{Execution, Turn};
use crate::failure::{Failure, name};
use crate::scope::{Children, Phase, Scope, ScopeId};
use crate::sentences;

/// How many iterations of an inline Map run at the same time, whatever its `MaxConcurrency`
/// (<https://docs.aws.amazon.com/step-functions/latest/dg/state-map-inline.html>).
const INLINE_CONCURRENCY: usize = 40;

impl Execution {
    pub(crate) fn start_map(&mut self, scope: ScopeId, state: &State, map: &Map) -> Result<(), Failure> {
        if let Some(distributed) = &map.distributed {
            return self.start_map_run(scope, state, map, distributed);
        }
        let items = self.items(scope, map, documents)?;
        self.see(|seen| seen.after_items_path = Some(Document::array(&items)));
        let concurrency = match &map.max_concurrency {
            None => 0,
            Some(number) => self.natural_number(scope, number, "MaxConcurrency")?,
        };
        if self.test.is_some() {
            self.see(|seen| seen.max_concurrency = Some(concurrency));
            return self.mocked_map(scope, state, map, &items);
        }
        let concurrency = match usize::try_from(concurrency) {
            Ok(wanted) if wanted > 0 => wanted.min(INLINE_CONCURRENCY),
            _ => INLINE_CONCURRENCY,
        };
        let count = items.len();
        let started = self.chain(scope, EventKind::MapStateStarted { length: count as u64 });
        let children = Children { scopes: vec![None; count], outputs: vec![None; count], left: count, items, next: 0 };
        if count == 0 {
            return self.children_succeeded(scope, state, children);
        }
        self.scopes[scope].phase = Phase::Children(Box::new(children));
        for _ in 0..concurrency.min(count) {
            if let Err(failure) = self.start_iteration(scope, state, started) {
                self.iteration_failed_to_start(scope, state, failure);
                break;
            }
        }
        Ok(())
    }

    /// Starts the next item's iteration after that event.
    pub(crate) fn start_iteration(&mut self, scope: ScopeId, state: &State, after: u64) -> Result<(), Failure> {
        let StateKind::Map(map) = &state.kind else { return Ok(()) };
        let Phase::Children(children) = &mut self.scopes[scope].phase else { return Ok(()) };
        let index = children.next;
        children.next += 1;
        let item = children.items[index].clone();
        let input = self.iteration_input(scope, map, index as u64, &item)?;
        let started =
            self.event(after, EventKind::MapIterationStarted { name: state.name.clone(), index: index as u64 });
        let mut iteration = Scope::new(map.processor.clone(), Some((scope, index)), started, input);
        iteration.item = Some((index as u64, item));
        let child = self.add_scope(iteration);
        if let Phase::Children(children) = &mut self.scopes[scope].phase {
            children.scopes[index] = Some(child);
        }
        self.ready.push_back((child, Turn::Enter(map.processor.start_at)));
        Ok(())
    }

    /// An item after `ItemSelector`.
    pub(crate) fn iteration_input(
        &self,
        scope: ScopeId,
        map: &Map,
        index: u64,
        item: &Document,
    ) -> Result<Document, Failure> {
        let Some(selector) = &map.item_selector else { return Ok(item.clone()) };
        let effective = &self.scopes[scope].effective;
        let view = View::new(self, scope, effective.value()).with_item(index, item.value());
        let location = if map.legacy_parameters { "Parameters" } else { "ItemSelector" };
        Ok(Document::new(selector.evaluate_shared(&view, location)?))
    }

    /// The items, taken out of the value that holds them; `take` gives none when they can't be.
    pub(crate) fn items<T>(
        &self,
        scope: ScopeId,
        map: &Map,
        take: impl FnOnce(&Value) -> Option<Vec<T>>,
    ) -> Result<Vec<T>, Failure> {
        let effective = &self.scopes[scope].effective;
        let view = View::new(self, scope, effective.value());
        let found;
        let items = match (&map.items, &map.items_path) {
            (Some(template), _) => {
                let value = template.evaluate(&view, "Items")?;
                return take(&value).ok_or_else(|| not_a_list_of_items(template, &value));
            }
            (None, Some(path)) => {
                found = path.evaluate(&view).map_err(|error| nowhere(path.source(), effective.value(), error))?;
                &*found
            }
            (None, None) => effective.value(),
        };
        take(items).ok_or_else(|| match self.current(scope).query_language {
            QueryLanguage::JsonPath => Failure::runtime(sentences::map_items_not_an_array(
                map.items_path.as_ref().map_or("$", |path| path.source()),
            )),
            QueryLanguage::Jsonata => Failure::query(sentences::map_input_not_an_array(items), None),
        })
    }
}

/// `ItemsPath` leads nowhere in the state's input.
fn nowhere(path: &str, input: &Value, error: EvalError) -> Failure {
    let conflict = ReferencePath::parse(path).ok().and_then(|path| path.leads_nowhere(input));
    conflict.map_or_else(|| error.into(), |cause| Failure::new(name::REFERENCE_PATH_CONFLICT, cause))
}

/// `Items` has a value that is no list.
fn not_a_list_of_items(template: &Template, value: &Value) -> Failure {
    let query = template.expressions().find_map(|expression| match expression.kind {
        ExpressionKind::Jsonata(query) => Some(query),
        _ => None,
    });
    match query {
        Some(query) => {
            Failure::query(sentences::unexpected_type(query.source(), "Items", "array", value), Some("Items"))
        }
        None => Failure::query(sentences::map_input_not_an_array(value), None),
    }
}

/// Each item of an array as a document of its own.
fn documents(value: &Value) -> Option<Vec<Document>> {
    Some(value.as_array()?.iter().cloned().map(Document::new).collect())
}
