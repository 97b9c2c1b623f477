//! YAML text as a tree.
//!
//! The parser's events are followed one by one instead of through a loader: that keeps tags and places, finds every
//! duplicate key instead of the first, bounds depth and aliases before anything grows, and recurses nowhere.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use diagnostic::Source;
use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span, Tag};

use super::mistake::{explain, indenting_tab};
use super::places::Step;
use super::tag::{self, Meaning};
use super::{DEEPEST, Data, Entry, Node, Place, Places};
use crate::codes;
use crate::problem::{Problem, Problems};

/// How many nodes aliases may add to a template: enough for any sane use, and a bound for the "billion laughs".
const MOST_ALIASED_NODES: usize = 50_000;

/// Reads YAML; none when the text breaks off or holds nothing.
pub(super) fn read(source: &Source, places: &mut Places, problems: &Problems) -> Option<Node> {
    let mut loader = Loader {
        offsets: Offsets::new(&source.text),
        text: &source.text,
        places,
        problems,
        frames: Vec::new(),
        anchors: HashMap::new(),
        aliased: 0,
        root: None,
        documents: 0,
    };
    let mut parser = Parser::new_from_str(&source.text);
    while let Some(event) = parser.next_event() {
        let proceed = match event {
            Ok((event, span)) => loader.event(event, &span),
            Err(error) => loader.syntax_error(&error),
        };
        if !proceed {
            return None;
        }
    }
    let root = loader.root;
    if root.is_none() {
        problems.add(
            Problem::error(codes::YAML_SYNTAX, Place::ROOT, "the template is empty")
                .at(Some(0..0))
                .help("a template has at least a `Resources` section"),
        );
    }
    root
}

/// Character offsets, which the parser counts in, as byte offsets, which places are in.
enum Offsets {
    Ascii,
    Wide(Vec<u32>),
}

impl Offsets {
    fn new(text: &str) -> Self {
        if text.is_ascii() {
            return Self::Ascii;
        }
        // `read` has refused texts beyond 1 MiB, so that an offset always fits.
        Self::Wide(text.char_indices().map(|(at, _)| at as u32).chain([text.len() as u32]).collect())
    }

    fn byte(&self, character: usize, end: usize) -> usize {
        match self {
            Self::Ascii => character.min(end),
            Self::Wide(table) => table.get(character).map_or(end, |at| *at as usize),
        }
    }
}

/// A collection that isn't closed yet.
struct Frame {
    place: Place,
    start: usize,
    /// Where its last child ended.
    end: usize,
    anchor: usize,
    meaning: Meaning,
    /// How many collections its deepest child holds in each other.
    height: usize,
    /// How many nodes are in it.
    size: usize,
    content: Content,
}

enum Content {
    List(Vec<Node>),
    Map { entries: Vec<Entry>, keys: HashSet<String>, merged: Vec<Node>, pending: Pending },
}

/// What a map waits for.
enum Pending {
    Key,
    Value(String, Place),
    /// The value of `<<`.
    Merge(Place),
    /// The value of a key that was refused.
    Nothing,
}

struct Anchored {
    node: Node,
    size: usize,
    height: usize,
}

struct Loader<'a> {
    text: &'a str,
    offsets: Offsets,
    places: &'a mut Places,
    problems: &'a Problems,
    frames: Vec<Frame>,
    anchors: HashMap<usize, Anchored>,
    aliased: usize,
    root: Option<Node>,
    documents: usize,
}

impl Loader<'_> {
    /// Takes one event; false when reading can't go on.
    fn event(&mut self, event: Event<'_>, span: &Span) -> bool {
        let bytes = self.bytes(span);
        match event {
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => true,
            Event::DocumentStart(_) => {
                self.documents += 1;
                if self.documents > 1 {
                    self.problems.add(
                        Problem::error(
                            codes::YAML_SYNTAX,
                            Place::ROOT,
                            "a template is one YAML document; here a second begins",
                        )
                        .at(Some(bytes))
                        .help("remove the line `---` and what follows it"),
                    );
                }
                self.documents == 1
            }
            Event::Scalar(text, style, anchor, tag) => {
                self.scalar(&text, style, anchor, tag.as_deref(), bytes);
                true
            }
            Event::SequenceStart(anchor, tag) => self.open(Content::List(Vec::new()), anchor, tag.as_deref(), bytes),
            Event::MappingStart(anchor, tag) => {
                let content = Content::Map {
                    entries: Vec::new(),
                    keys: HashSet::new(),
                    merged: Vec::new(),
                    pending: Pending::Key,
                };
                self.open(content, anchor, tag.as_deref(), bytes)
            }
            Event::SequenceEnd | Event::MappingEnd => {
                self.close(bytes);
                true
            }
            Event::Alias(anchor) => self.alias(anchor, bytes),
        }
    }

    fn bytes(&self, span: &Span) -> Range<usize> {
        let end = self.text.len();
        self.offsets.byte(span.start.index(), end)..self.offsets.byte(span.end.index(), end)
    }

    /// The place of the node that begins now.
    fn place(&mut self, span: Range<usize>) -> Place {
        let Some(frame) = self.frames.last() else {
            self.places.set_span(Place::ROOT, span);
            return Place::ROOT;
        };
        let parent = frame.place;
        let step = match &frame.content {
            Content::List(items) => Step::Index(items.len()),
            Content::Map { pending: Pending::Value(key, _), .. } => Step::Key(key.clone()),
            Content::Map { pending: Pending::Merge(_), .. } => Step::Key("<<".to_owned()),
            // A key that isn't text, which is refused.
            Content::Map { .. } => Step::Key("?".to_owned()),
        };
        self.places.add(parent, step, span)
    }

    fn scalar(&mut self, text: &str, style: ScalarStyle, anchor: usize, tag: Option<&Tag>, span: Range<usize>) {
        let span = trimmed(self.text, span);
        if self.awaits_key() {
            self.key(text, style, anchor, span);
            return;
        }
        let place = self.place(span.clone());
        let meaning = tag::meaning(tag, place, self.problems);
        let data = if style == ScalarStyle::Plain {
            tag::scalar(&meaning, text, place, self.problems)
        } else {
            Data::Text(text.to_owned())
        };
        let node = tag::wrap(meaning, Node::new(place, data));
        self.finish(node, anchor, 1, 0, span.end);
    }

    fn awaits_key(&self) -> bool {
        matches!(self.frames.last(), Some(Frame { content: Content::Map { pending: Pending::Key, .. }, .. }))
    }

    fn key(&mut self, text: &str, style: ScalarStyle, anchor: usize, span: Range<usize>) {
        let Some(parent) = self.frames.last().map(|frame| frame.place) else { return };
        let key_place = self.places.add(parent, Step::Key(text.to_owned()), span);
        if anchor > 0 {
            let node = Node::text(key_place, text);
            self.anchors.insert(anchor, Anchored { node, size: 1, height: 0 });
        }
        let Some(Frame { content: Content::Map { keys, pending, .. }, .. }) = self.frames.last_mut() else { return };
        if text == "<<" && style == ScalarStyle::Plain {
            *pending = Pending::Merge(key_place);
        } else if keys.insert(text.to_owned()) {
            *pending = Pending::Value(text.to_owned(), key_place);
        } else {
            self.problems.add(
                Problem::error(codes::DUPLICATE_KEY, key_place, format!("the key `{text}` stands twice in this map"))
                    .help("YAML would silently keep only one of the two; remove or rename one"),
            );
            *pending = Pending::Nothing;
        }
    }

    fn open(&mut self, content: Content, anchor: usize, tag: Option<&Tag>, span: Range<usize>) -> bool {
        let place = self.place(span.clone());
        if self.frames.len() >= DEEPEST {
            self.problems.add(Problem::error(
                codes::LIMIT,
                place,
                format!("the template nests deeper than {DEEPEST} levels here"),
            ));
            return false;
        }
        let meaning = tag::meaning(tag, place, self.problems);
        self.frames.push(Frame {
            place,
            start: span.start,
            end: span.end,
            anchor,
            meaning,
            height: 0,
            size: 1,
            content,
        });
        true
    }

    fn close(&mut self, span: Range<usize>) {
        let Some(frame) = self.frames.pop() else { return };
        // A flow collection ends with its bracket; a block collection's end event stands where the next thing begins, so
        // its own end is that of its last child.
        let end = if span.is_empty() { frame.end } else { span.end };
        let span = trimmed(self.text, frame.start..end);
        let end = span.end;
        self.places.set_span(frame.place, span);
        let data = match frame.content {
            Content::List(items) => Data::List(items),
            Content::Map { entries, merged, .. } => Data::Map(merge(entries, merged)),
        };
        let node = tag::wrap(frame.meaning, Node::new(frame.place, data));
        self.finish(node, frame.anchor, frame.size, frame.height + 1, end);
    }

    fn alias(&mut self, anchor: usize, span: Range<usize>) -> bool {
        let place = self.place(span.clone());
        let Some(anchored) = self.anchors.get(&anchor) else {
            self.problems.add(Problem::error(codes::ALIAS, place, "this alias stands inside of what it refers to"));
            return false;
        };
        self.aliased += anchored.size;
        let too_large = self.aliased > MOST_ALIASED_NODES;
        if too_large || self.frames.len() + anchored.height > DEEPEST {
            let grown = if too_large { "beyond its bounds" } else { "too deep" };
            self.problems.add(Problem::error(
                codes::ALIAS,
                place,
                format!("with this alias, the aliases make the template grow {grown}"),
            ));
            return false;
        }
        let (node, size, height) = (anchored.node.clone(), anchored.size, anchored.height);
        if self.awaits_key() {
            match node.scalar_text() {
                Some(text) => self.key(&text, ScalarStyle::SingleQuoted, 0, span),
                None => self.finish(node, 0, size, height, span.end),
            }
        } else {
            self.finish(node, 0, size, height, span.end);
        }
        true
    }

    /// Hangs a complete node below what is open.
    fn finish(&mut self, node: Node, anchor: usize, size: usize, height: usize, end: usize) {
        if anchor > 0 {
            self.anchors.insert(anchor, Anchored { node: node.clone(), size, height });
        }
        let Some(frame) = self.frames.last_mut() else {
            self.root = Some(node);
            return;
        };
        frame.end = frame.end.max(end);
        frame.size += size;
        frame.height = frame.height.max(height);
        match &mut frame.content {
            Content::List(items) => items.push(node),
            Content::Map { entries, merged, pending, .. } => match std::mem::replace(pending, Pending::Key) {
                Pending::Value(key, key_place) => entries.push(Entry { key, key_place, value: node }),
                Pending::Merge(place) => {
                    let is_map = |node: &Node| matches!(node.data, Data::Map(_));
                    match node.data {
                        Data::Map(_) => merged.push(node),
                        Data::List(items) if items.iter().all(is_map) => merged.extend(items),
                        _ => self.problems.add(Problem::error(
                            codes::WRONG_TYPE,
                            place,
                            "`<<` merges a map, or a list of maps",
                        )),
                    }
                }
                Pending::Nothing => {}
                Pending::Key => {
                    self.problems.add(Problem::error(codes::WRONG_TYPE, node.place, "a key must be text"));
                    *pending = Pending::Nothing;
                }
            },
        }
    }

    fn syntax_error(&self, error: &ScanError) -> bool {
        let at = self.offsets.byte(error.marker().index(), self.text.len());
        let pointer = self.frames.last().map_or(Place::ROOT, |frame| frame.place);
        let tab = indenting_tab(self.text, at, error.info());
        let (message, help) = match tab {
            Some(_) => (
                "a tab indents a line".to_owned(),
                Some("YAML is indented by spaces only; replace the tab by spaces".to_owned()),
            ),
            None => explain(error.info()),
        };
        let at = tab.unwrap_or(at);
        let next = self.text[at..].chars().next().map_or(0, char::len_utf8);
        self.problems
            .add(Problem::error(codes::YAML_SYNTAX, pointer, message).at(Some(at..at + next)).maybe_help(help));
        false
    }
}

/// A map with what `<<` merges into it: its own keys win, and of the merged maps the earlier ones do.
fn merge(own: Vec<Entry>, merged: Vec<Node>) -> Vec<Entry> {
    if merged.is_empty() {
        return own;
    }
    let mut taken: HashSet<String> = own.iter().map(|entry| entry.key.clone()).collect();
    let mut entries = Vec::new();
    for node in merged {
        if let Data::Map(map) = node.data {
            entries.extend(map.into_iter().filter(|entry| taken.insert(entry.key.clone())));
        }
    }
    entries.extend(own);
    entries
}

/// A span without the white space at its end.
fn trimmed(text: &str, span: Range<usize>) -> Range<usize> {
    let end = span.start + text[span.clone()].trim_end().len();
    span.start..end
}
