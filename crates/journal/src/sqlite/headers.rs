//! The headers of executions: what many share is written once, and what is asked for by itself has a column.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use machine::Document;
use rusqlite::{Connection, OptionalExtension as _};
use serde::{Deserialize, Serialize};

use super::places::{Filling, Giving};
use super::time;
use crate::{ChildOf, Header, Origin};

/// What the column `header` has: the rest of it.
#[derive(Serialize, Deserialize)]
struct Rest<'h> {
    state_machine_name: Cow<'h, str>,
    role_arn: Cow<'h, str>,
    region: Cow<'h, str>,
    redrive_count: u64,
    express: bool,
    /// In hexadecimal digits.
    seed: Cow<'h, str>,
    #[serde(default, skip_serializing_if = "is_default")]
    origin: Cow<'h, Origin>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    child_of: Option<Cow<'h, ChildOf>>,
}

fn is_default(origin: &Origin) -> bool {
    *origin == Origin::default()
}

/// The definitions that are in the file, as far as this process met them, by their text and by their number.
#[derive(Default)]
pub(super) struct Definitions {
    numbers: HashMap<Arc<str>, i64>,
    texts: HashMap<i64, Arc<str>>,
}

impl Definitions {
    /// The number of a definition, which is written if it is new; none is the empty one, of a part of its parent's.
    pub(super) fn number(&mut self, connection: &Connection, text: &Arc<str>) -> rusqlite::Result<Option<i64>> {
        if text.is_empty() {
            return Ok(None);
        }
        if let Some(number) = self.numbers.get(text) {
            return Ok(Some(*number));
        }
        let found = connection
            .prepare_cached("SELECT number FROM definition WHERE text = ?1")?
            .query_row([&**text], |row| row.get(0))
            .optional()?;
        let number = match found {
            Some(number) => number,
            None => connection.prepare_cached("INSERT INTO definition (text) VALUES (?1)")?.insert([&**text])?,
        };
        self.numbers.insert(text.clone(), number);
        Ok(Some(number))
    }

    fn text(&mut self, connection: &Connection, number: Option<i64>) -> rusqlite::Result<Arc<str>> {
        let Some(number) = number else { return Ok(Arc::default()) };
        if let Some(text) = self.texts.get(&number) {
            return Ok(text.clone());
        }
        let text: Arc<str> = connection
            .prepare_cached("SELECT text FROM definition WHERE number = ?1")?
            .query_row([number], |row| row.get::<_, String>(0))?
            .into();
        self.texts.insert(number, text.clone());
        Ok(text)
    }
}

/// The columns of a header that are not columns of lists: `definition`, `input` and `header`.
pub(super) type Columns = (Option<i64>, String, String);

/// What is written of a header.
pub(super) fn columns(
    connection: &Connection,
    header: &Header,
    definitions: &mut Definitions,
    places: &Giving<'_>,
) -> rusqlite::Result<Columns> {
    let definition = definitions.number(connection, &header.definition)?;
    let rest = Rest {
        state_machine_name: Cow::Borrowed(&header.state_machine_name),
        role_arn: Cow::Borrowed(&header.role_arn),
        region: Cow::Borrowed(&header.region),
        redrive_count: header.redrive_count,
        express: header.express,
        seed: hexadecimal(&header.seed).into(),
        origin: Cow::Borrowed(&header.origin),
        child_of: header.child_of.as_ref().map(Cow::Borrowed),
    };
    Ok((definition, places.text(&header.input)?, super::json(&rest)?))
}

/// A header out of its row; what is wrong with it if it is damaged.
pub(super) fn read(
    connection: &Connection,
    execution_arn: &str,
    definitions: &mut Definitions,
) -> rusqlite::Result<Option<Result<Header, String>>> {
    type Row = (String, String, Option<i64>, String, String, i64);
    let found: Option<Row> = connection
        .prepare_cached(
            "SELECT name, state_machine_arn, definition, input, header, started_at FROM execution WHERE arn = ?1",
        )?
        .query_row([execution_arn], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?))
        })
        .optional()?;
    let Some((name, state_machine_arn, definition, input, rest, started_at)) = found else { return Ok(None) };
    let definition = definitions.text(connection, definition)?;
    let input = if input.starts_with('"') { input } else { Filling::new(connection).fill(&input)? };
    let header = || {
        let input: Document = serde_json::from_str(&input).map_err(|error| format!("its input: {error}"))?;
        let rest: Rest<'_> = serde_json::from_str(&rest).map_err(|error| error.to_string())?;
        Ok(Header {
            execution_arn: execution_arn.into(),
            execution_name: name.into(),
            state_machine_arn: state_machine_arn.into(),
            state_machine_name: (*rest.state_machine_name).into(),
            role_arn: (*rest.role_arn).into(),
            region: (*rest.region).into(),
            redrive_count: rest.redrive_count,
            express: rest.express,
            seed: bytes(&rest.seed).ok_or("its seed is not 64 hexadecimal digits")?,
            definition,
            input,
            started_at: time(started_at).ok_or("its time is out of range")?,
            origin: Arc::new(rest.origin.into_owned()),
            child_of: rest.child_of.map(Cow::into_owned),
        })
    };
    Ok(Some(header()))
}

fn hexadecimal(bytes: &[u8; 32]) -> String {
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .filter_map(|digit| char::from_digit(digit.into(), 16))
        .collect()
}

fn bytes(digits: &str) -> Option<[u8; 32]> {
    let digits: Vec<u8> =
        digits.chars().map(|digit| digit.to_digit(16).map(|digit| digit as u8)).collect::<Option<_>>()?;
    let bytes: Vec<u8> = digits.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect();
    (digits.len() == 64).then(|| bytes.try_into().ok()).flatten()
}
