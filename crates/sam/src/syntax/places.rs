//! Where each node of a document stands: a span of bytes and a JSON pointer.

use std::ops::Range;

/// The place of one node. Copies of a node (aliases, merged Globals) share the place of the original.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Place(u32);

impl Place {
    /// The whole document.
    pub(crate) const ROOT: Self = Self(0);
}

/// How a node hangs below its parent.
#[derive(Debug)]
pub(crate) enum Step {
    Key(String),
    Index(usize),
}

#[derive(Debug)]
struct Record {
    span: Range<usize>,
    parent: Place,
    step: Option<Step>,
}

/// All places of one document.
#[derive(Debug)]
pub(crate) struct Places {
    records: Vec<Record>,
}

impl Places {
    /// The places of a text of this many bytes; it has a root.
    pub(crate) fn new(bytes: usize) -> Self {
        Self { records: vec![Record { span: 0..bytes, parent: Place::ROOT, step: None }] }
    }

    pub(crate) fn add(&mut self, parent: Place, step: Step, span: Range<usize>) -> Place {
        // A template of at most 1 MiB has far fewer than 2^32 nodes.
        let place = Place(u32::try_from(self.records.len()).unwrap_or(u32::MAX));
        self.records.push(Record { span, parent, step: Some(step) });
        place
    }

    pub(crate) fn set_span(&mut self, place: Place, span: Range<usize>) {
        if let Some(record) = self.records.get_mut(place.0 as usize) {
            record.span = span;
        }
    }

    pub(crate) fn span(&self, place: Place) -> Range<usize> {
        self.records.get(place.0 as usize).map_or(0..0, |record| record.span.clone())
    }

    /// The JSON pointer (RFC 6901) to the place; the root's is empty.
    pub(crate) fn pointer(&self, place: Place) -> String {
        let mut steps = Vec::new();
        let mut at = place;
        while let Some(Record { parent, step: Some(step), .. }) = self.records.get(at.0 as usize) {
            steps.push(step);
            at = *parent;
        }
        let mut pointer = String::new();
        for step in steps.into_iter().rev() {
            pointer.push('/');
            match step {
                Step::Key(key) => pointer.push_str(&key.replace('~', "~0").replace('/', "~1")),
                Step::Index(index) => pointer.push_str(&index.to_string()),
            }
        }
        pointer
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pointer_names_each_step_and_escapes_its_own_signs() {
        let mut places = Places::new(9);
        let map = places.add(Place::ROOT, Step::Key("a/b~c".into()), 0..1);
        let item = places.add(map, Step::Index(3), 2..4);
        assert_eq!(places.pointer(item), "/a~1b~0c/3");
        assert_eq!(places.pointer(Place::ROOT), "");
        assert_eq!(places.span(item), 2..4);
        assert_eq!(places.span(Place::ROOT), 0..9);
    }
}
