//! Map states that run their iterations inside the execution (`Mode: INLINE`).

use asl::expression::{ExpressionKind, Number};
use asl::model::{Map, QueryLanguage, State, StateKind};
use serde_json::Value;

use crate::context::View;
use crate::document::Document;
use crate::event::EventKind;
use crate::execution::{Execution, Turn};
use crate::failure::Failure;
use crate::scope::{Children, Phase, Scope, ScopeId};
use crate::sentences;

/// How many iterations of an inline Map run at the same time, whatever its `MaxConcurrency`
/// (<https://docs.aws.amazon.com/step-functions/latest/dg/state-map-inline.html>).
const INLINE_CONCURRENCY: usize = 40;

impl Execution {
    pub(crate) fn start_map(&mut self, scope: ScopeId, state: &State, map: &Map) -> Result<(), Failure> {
        if map.distributed.is_some() {
            return Err(Failure::runtime("Map states in DISTRIBUTED mode are not supported yet."));
        }
        let items = self.items(scope, map)?;
        let concurrency = self.max_concurrency(scope, map)?;
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
        let input = match &map.item_selector {
            None => item.clone(),
            Some(selector) => {
                let effective = &self.scopes[scope].effective;
                let view = View::new(self, scope, effective.value()).with_item(index as u64, item.value());
                let location = if map.legacy_parameters { "Parameters" } else { "ItemSelector" };
                Document::new(selector.evaluate_shared(&view, location)?)
            }
        };
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

    /// The items, each a document of its own.
    fn items(&self, scope: ScopeId, map: &Map) -> Result<Vec<Document>, Failure> {
        let effective = &self.scopes[scope].effective;
        let view = View::new(self, scope, effective.value());
        let found;
        let items = match (&map.items, &map.items_path) {
            (Some(template), _) => {
                let value = template.evaluate(&view, "Items")?;
                if !value.is_array() {
                    let query = template.expressions().find_map(|expression| match expression.kind {
                        ExpressionKind::Jsonata(query) => Some(query),
                        _ => None,
                    });
                    return Err(match query {
                        Some(query) => Failure::query(
                            sentences::unexpected_type(query.source(), "Items", "array", &value),
                            Some("Items"),
                        ),
                        None => Failure::query(sentences::map_input_not_an_array(&value), None),
                    });
                }
                found = value;
                &found
            }
            (None, Some(path)) => {
                found = path.evaluate(&view)?.into_owned();
                &found
            }
            (None, None) => effective.value(),
        };
        match items {
            Value::Array(items) => Ok(items.iter().cloned().map(Document::new).collect()),
            other => Err(match self.current(scope).query_language {
                QueryLanguage::JsonPath => Failure::runtime(sentences::map_items_not_an_array(
                    map.items_path.as_ref().map_or("$", |path| path.source()),
                )),
                QueryLanguage::Jsonata => Failure::query(sentences::map_input_not_an_array(other), None),
            }),
        }
    }

    fn max_concurrency(&self, scope: ScopeId, map: &Map) -> Result<usize, Failure> {
        let Some(number) = &map.max_concurrency else { return Ok(INLINE_CONCURRENCY) };
        let effective = &self.scopes[scope].effective;
        let view = View::new(self, scope, effective.value());
        let value = number.evaluate(&view, "MaxConcurrency")?;
        let integer = match (&value, number) {
            // Text that reads as an integer is one (recorded case
            // `assign/assign_reference_variables--reference_in_map_state-MAP_STATE_REFERENCE_IN_MAX_CONCURRENCY_PATH.json`).
            (Value::String(text), Number::Path(_)) => text.parse().ok(),
            (value, _) => value
                .as_i64()
                .or_else(|| value.as_f64().filter(|number| number.fract() == 0.0).map(|number| number as i64)),
        };
        let Some(wanted) = integer else {
            return Err(match number {
                Number::Query(query) => Failure::query(
                    sentences::unexpected_type(query.source(), "MaxConcurrency", "number", &value),
                    Some("MaxConcurrency"),
                ),
                Number::Path(path) => {
                    Failure::runtime(sentences::not_an_integer("MaxConcurrencyPath", &value, path.source()))
                }
                Number::Literal(_) => Failure::runtime("The MaxConcurrency field is not an integer."),
            });
        };
        match usize::try_from(wanted) {
            Ok(0) => Ok(INLINE_CONCURRENCY),
            Ok(wanted) => Ok(wanted.min(INLINE_CONCURRENCY)),
            Err(_) => Err(Failure::runtime(sentences::negative("MaxConcurrency"))),
        }
    }
}
