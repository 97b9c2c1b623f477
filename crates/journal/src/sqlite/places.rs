//! Large texts, written once however many events show them.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;

use machine::{Document, DocumentId, Places};
use rusqlite::Connection;

/// Documents of that many bytes and more have a place of their own. Most are shown twice or more: as the output of one state
/// and as the input of the next.
const LARGE: usize = 1_024;

/// So many documents are remembered, at most, to be found again.
const MOST_REMEMBERED: usize = 4_096;

/// What stands before the number of a place in a row's events, and after it.
const MARK: (&str, char) = ("{\"\":", '}');

/// The documents that lately got a place, by their addresses.
#[derive(Default)]
pub(super) struct Remembered(HashMap<usize, (DocumentId, i64)>);

impl Remembered {
    fn find(&self, document: &Document) -> Option<i64> {
        self.0.get(&document.address()).filter(|(id, _)| id.lives()).map(|(_, place)| *place)
    }

    fn put(&mut self, document: &Document, place: i64) {
        if self.0.len() >= MOST_REMEMBERED {
            self.0.retain(|_, (id, _)| id.lives());
            if self.0.len() >= MOST_REMEMBERED {
                self.0.clear();
            }
        }
        self.0.insert(document.address(), (document.id(), place));
    }
}

/// Gives places to documents while events are written.
pub(super) struct Giving<'t> {
    connection: &'t Connection,
    remembered: RefCell<&'t mut Remembered>,
    /// Whether a document of the present row has a place.
    given: Cell<bool>,
    failure: Cell<Option<rusqlite::Error>>,
}

impl<'t> Giving<'t> {
    pub(super) fn new(connection: &'t Connection, remembered: &'t mut Remembered) -> Self {
        Self { connection, remembered: RefCell::new(remembered), given: Cell::new(false), failure: Cell::new(None) }
    }

    /// Whether a place was given since this was asked last; fails if one could not be.
    pub(super) fn take_given(&self) -> rusqlite::Result<bool> {
        match self.failure.take() {
            Some(failure) => Err(failure),
            None => Ok(self.given.take()),
        }
    }

    /// A document as it stands in a column: its text, or a place.
    pub(super) fn text(&self, document: &Document) -> rusqlite::Result<String> {
        let text = match self.place(document) {
            Some(place) => format!("{}{place}{}", MARK.0, MARK.1),
            None => super::json(document)?,
        };
        self.take_given()?;
        Ok(text)
    }

    fn write(&self, document: &Document) -> rusqlite::Result<i64> {
        let text = super::json(document)?;
        self.connection.prepare_cached("INSERT INTO document (text) VALUES (?1)")?.insert([text])
    }
}

impl Places for Giving<'_> {
    fn place(&self, document: &Document) -> Option<i64> {
        if document.text().len() < LARGE {
            return None;
        }
        let mut remembered = self.remembered.borrow_mut();
        let place = match remembered.find(document) {
            Some(place) => place,
            None => match self.write(document) {
                Ok(place) => {
                    remembered.put(document, place);
                    place
                }
                Err(failure) => {
                    self.failure.set(Some(failure));
                    return None;
                }
            },
        };
        self.given.set(true);
        Some(place)
    }
}

/// Puts documents back where they have a place.
pub(super) struct Filling<'c> {
    connection: &'c Connection,
    read: HashMap<i64, String>,
}

impl<'c> Filling<'c> {
    pub(super) fn new(connection: &'c Connection) -> Self {
        Self { connection, read: HashMap::new() }
    }

    /// The text with the documents in it.
    pub(super) fn fill(&mut self, text: &str) -> rusqlite::Result<String> {
        let mut filled = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, (place, after))) =
            rest.split_once(MARK.0).and_then(|(before, from)| Some((before, from.split_once(MARK.1)?)))
        {
            filled.push_str(before);
            filled.push_str(self.document(place)?);
            rest = after;
        }
        filled.push_str(rest);
        Ok(filled)
    }

    /// What is at that place: a JSON string.
    fn document(&mut self, place: &str) -> rusqlite::Result<&str> {
        // What is no number is at no place.
        let place = place.parse().unwrap_or(i64::MIN);
        if !self.read.contains_key(&place) {
            let mut statement = self.connection.prepare_cached("SELECT text FROM document WHERE place = ?1")?;
            let text = statement.query_row([place], |row| row.get(0))?;
            self.read.insert(place, text);
        }
        Ok(&self.read[&place])
    }
}
