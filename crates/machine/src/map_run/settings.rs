//! The numbers and parameters of a Map state, evaluated.

use asl::expression::Number;
use asl::model::{Batcher, Distributed, ItemReader, QueryLanguage, State, Text};
use serde_json::Value;

use super::Batching;
use super::results::{Format, Writer};
use crate::command::ReadItems;
use crate::context::View;
use crate::execution::Execution;
use crate::failure::Failure;
use crate::items::{ReaderConfig, TransferError};
use crate::limits;
use crate::scope::ScopeId;
use crate::sentences;

/// The most items of one map run (<https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itemreader.html>).
const MOST_ITEMS: u64 = 100_000_000;

/// An `ItemReader`, evaluated.
pub(super) enum Reading {
    /// What is to be read.
    Items(ReadItems),
    /// It is known already that it can't be.
    Refused(TransferError),
}

impl Execution {
    /// A number of a Map state that has to be whole.
    pub(crate) fn whole_number(&self, scope: ScopeId, number: &Number, field: &str) -> Result<i64, Failure> {
        let value = self.number(scope, number, field)?;
        let whole = match (&value, number) {
            // Text that reads as an integer is one (recorded case
            // `assign/assign_reference_variables--reference_in_map_state-MAP_STATE_REFERENCE_IN_MAX_CONCURRENCY_PATH.json`).
            (Value::String(text), Number::Path(_)) => text.parse().ok(),
            (value, _) => value
                .as_i64()
                .or_else(|| value.as_f64().filter(|number| number.fract() == 0.0).map(|number| number as i64)),
        };
        whole.ok_or_else(|| match number {
            Number::Query(query) => {
                Failure::query(sentences::unexpected_type(query.source(), field, "number", &value), Some(field))
            }
            Number::Path(path) => {
                Failure::runtime(sentences::not_an_integer(&format!("{field}Path"), &value, path.source()))
            }
            Number::Literal(_) => Failure::runtime(format!("The {field} field is not an integer.")),
        })
    }

    fn number(&self, scope: ScopeId, number: &Number, field: &str) -> Result<Value, Failure> {
        let effective = &self.scopes[scope].effective;
        Ok(number.evaluate(&View::new(self, scope, effective.value()), field)?)
    }

    /// A whole number that must not be negative.
    pub(crate) fn natural_number(&self, scope: ScopeId, number: &Number, field: &str) -> Result<u64, Failure> {
        let whole = self.whole_number(scope, number, field)?;
        u64::try_from(whole).map_err(|_| Failure::runtime(sentences::negative(field)))
    }

    /// `ToleratedFailurePercentage`
    pub(super) fn tolerated_percentage(&self, scope: ScopeId, number: &Number) -> Result<f64, Failure> {
        const FIELD: &str = "ToleratedFailurePercentage";
        let value = self.number(scope, number, FIELD)?;
        let percentage = match (&value, number) {
            (Value::String(text), Number::Path(_)) => text.parse().ok().filter(|number: &f64| number.is_finite()),
            (value, _) => value.as_f64(),
        };
        match percentage {
            Some(percentage) if (0.0..=100.0).contains(&percentage) => Ok(percentage),
            Some(_) => Err(Failure::runtime(sentences::PERCENTAGE_OUT_OF_RANGE)),
            None => Err(match number {
                Number::Query(query) => {
                    Failure::query(sentences::unexpected_type(query.source(), FIELD, "number", &value), Some(FIELD))
                }
                Number::Path(path) => {
                    Failure::runtime(sentences::not_a_float(&format!("{FIELD}Path"), &value, path.source()))
                }
                Number::Literal(_) => Failure::runtime(format!("The {FIELD} field is not a number.")),
            }),
        }
    }

    /// `ItemBatcher`; a limit of 0 is none.
    pub(super) fn batching(&self, scope: ScopeId, batcher: &Batcher) -> Result<Batching, Failure> {
        let limit = |number: Option<&Number>, field: &str, most: usize| -> Result<usize, Failure> {
            let Some(number) = number else { return Ok(most) };
            let wanted = self.natural_number(scope, number, field)?;
            Ok(usize::try_from(wanted).ok().filter(|wanted| *wanted > 0).map_or(most, |wanted| wanted.min(most)))
        };
        Ok(Batching {
            most_items: limit(batcher.max_items.as_ref(), "MaxItemsPerBatch", usize::MAX)?,
            most_bytes: limit(batcher.max_bytes.as_ref(), "MaxInputBytesPerBatch", limits::MAX_PAYLOAD_BYTES)?,
            input: match &batcher.batch_input {
                None => None,
                Some(template) => Some(self.payload(scope, Some(template), "ItemBatcher/BatchInput")?),
            },
        })
    }

    /// `ItemReader`. The number of the map run is set when it has one.
    pub(super) fn reading(&self, scope: ScopeId, state: &State, reader: &ItemReader) -> Result<Reading, Failure> {
        let parameters = self.payload(scope, reader.parameters.as_ref(), &parameters_of(state, "ItemReader"))?;
        let items_pointer = match &reader.items_pointer {
            Text::None => None,
            Text::Literal(pointer) => Some((**pointer).into()),
            Text::Query(query) => {
                let effective = &self.scopes[scope].effective;
                let value = query.evaluate(&View::new(self, scope, effective.value()), "ItemsPointer")?;
                let Value::String(pointer) = &value else {
                    let cause = sentences::unexpected_type(query.source(), "ItemsPointer", "string", &value);
                    return Err(Failure::query(cause, Some("ItemsPointer")));
                };
                Some(pointer.as_str().into())
            }
            Text::Path(_) => return Err(Failure::runtime("The ItemsPointer field can't be a path.")),
        };
        let max_items = match &reader.max_items {
            None => 0,
            Some(number) => self.whole_number(scope, number, "MaxItems")?,
        };
        let Ok(max_items) = u64::try_from(max_items) else {
            return Ok(Reading::Refused(TransferError::reader(sentences::MAX_ITEMS_NEGATIVE)));
        };
        let config = match ReaderConfig::parse(&reader.config) {
            Ok(config) => config,
            Err(error) => return Ok(Reading::Refused(error)),
        };
        Ok(Reading::Items(ReadItems {
            map_run: 0,
            resource: reader.resource.clone(),
            parameters,
            config,
            // 0 is no limit, and more than the service reads counts as what it reads (recorded cases
            // `scenarios/base_scenarios--map_item_reader_csv_max_items-0.json` and `…max_items_paths-100000001.json`).
            max_items: if max_items == 0 { MOST_ITEMS } else { max_items.min(MOST_ITEMS) },
            items_pointer,
        }))
    }

    /// `ResultWriter`: where to write, and in which form.
    pub(super) fn writing(
        &self,
        scope: ScopeId,
        state: &State,
        distributed: &Distributed,
    ) -> Result<(Option<Writer>, Format), Failure> {
        let Some(writer) = &distributed.result_writer else { return Ok((None, Format::default())) };
        let format = Format::of(&writer.config, writer.resource.is_some());
        if writer.resource.is_none() {
            return Ok((None, format));
        }
        let parameters = self.payload(scope, writer.parameters.as_ref(), &parameters_of(state, "ResultWriter"))?;
        let text = |name: &str| parameters.value().get(name).and_then(Value::as_str);
        let writer =
            Writer { bucket: text("Bucket").map(Into::into), prefix: text("Prefix").unwrap_or_default().into() };
        Ok((Some(writer), format))
    }
}

/// The place of an object's parameters, as failed queries name it.
fn parameters_of(state: &State, field: &str) -> String {
    match state.query_language {
        QueryLanguage::JsonPath => format!("{field}/Parameters"),
        QueryLanguage::Jsonata => format!("{field}/Arguments"),
    }
}
