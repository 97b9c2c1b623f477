//! Histories of strands that ran at the same time, brought into an order that doesn't depend on who came first.
//!
//! Which of several branches or iterations goes on first is chance. Each strand's own order is not, nor is the chain of its
//! `previousEventId`; so the events are put in order strand by strand and numbered anew. Where the number of an event
//! depends on the interleaving (the event that ends a Map state follows the iteration that happened to end last), its
//! distance from the end of that strand takes its place.

use std::collections::HashMap;

use serde_json::{Value, json};

/// One strand: the execution's own flow, a branch, or an iteration.
struct Strand {
    parent: Option<usize>,
    /// The number of the event that started it, and what tells it from its siblings.
    order: (u64, u64, String),
    iteration: Option<u64>,
    /// Positions of its events.
    events: Vec<usize>,
    /// The kind of the state whose branches or iterations run under it, and the event that started them.
    open: Option<(&'static str, u64)>,
}

/// The events strand by strand, numbered anew. None: they are not numbered, or nothing ran at the same time.
pub(crate) fn by_strand(events: &[Value]) -> Option<Vec<Value>> {
    let strands = Strands::of(events)?;
    let mut siblings: HashMap<(Option<usize>, u64), usize> = HashMap::new();
    for strand in &strands.all {
        *siblings.entry((strand.parent, strand.order.0)).or_default() += 1;
    }
    if siblings.values().all(|count| *count < 2) {
        return None;
    }
    let mut order = Vec::with_capacity(events.len());
    strands.walk(0, &mut order);
    let renumbered: HashMap<u64, usize> =
        order.iter().enumerate().map(|(position, index)| (id(&events[*index]), position + 1)).collect();
    Some(
        order
            .iter()
            .map(|index| {
                let mut event = events[*index].clone();
                renumber_references(&mut event, &renumbered);
                event["previousEventId"] = strands.reference(events, *index, &renumbered);
                event["id"] = json!(renumbered[&id(&events[*index])]);
                event
            })
            .collect(),
    )
}

fn id(event: &Value) -> u64 {
    event["id"].as_u64().unwrap_or(0)
}

fn previous(event: &Value) -> u64 {
    event["previousEventId"].as_u64().unwrap_or(0)
}

fn kind(event: &Value) -> &str {
    event["type"].as_str().unwrap_or("")
}

fn composite(kind: &str) -> &'static str {
    if kind.starts_with("Map") { "Map" } else { "Parallel" }
}

struct Strands {
    all: Vec<Strand>,
    /// The strand of each event by its number.
    of: HashMap<u64, usize>,
}

impl Strands {
    fn of(events: &[Value]) -> Option<Self> {
        let numbered = events.iter().enumerate().all(|(index, event)| event["id"] == json!(index + 1));
        if !numbered {
            return None;
        }
        let root =
            Strand { parent: None, order: (0, 0, String::new()), iteration: None, events: Vec::new(), open: None };
        let mut strands = Self { all: vec![root], of: HashMap::new() };
        for (index, event) in events.iter().enumerate() {
            let strand = strands.place(events, index);
            strands.all[strand].events.push(index);
            strands.of.insert(id(event), strand);
        }
        Some(strands)
    }

    /// The strand that an event belongs to.
    fn place(&mut self, events: &[Value], index: usize) -> usize {
        let event = &events[index];
        let (kind, before) = (kind(event), previous(event));
        let at = self.of.get(&before).copied().unwrap_or(0);
        let before_kind = before.checked_sub(1).and_then(|before| events.get(before as usize)).map_or("", self::kind);
        match kind {
            _ if before == 0 || kind.starts_with("Execution") => 0,
            "MapIterationStarted" => {
                let index = event["mapIterationStartedEventDetails"]["index"].as_u64().unwrap_or(0);
                let parent = self.climb(at, "Map", before_kind == "MapStateStarted");
                self.start(parent, (index, String::new()), Some(index))
            }
            "MapIterationSucceeded" | "MapIterationFailed" => {
                let index = iteration(event);
                let mut strand = at;
                while self.all[strand].iteration != index {
                    let Some(parent) = self.all[strand].parent else { return at };
                    strand = parent;
                }
                strand
            }
            "MapIterationAborted" => {
                let (parent, index) = (self.climb(at, "Map", false), iteration(event));
                let child = |strand: &Strand| strand.parent == Some(parent) && strand.iteration == index;
                self.all.iter().rposition(child).unwrap_or(parent)
            }
            "MapStateStarted" | "ParallelStateStarted" => {
                let entered = before_kind.ends_with("StateEntered");
                let strand = self.climb(at, composite(kind), entered);
                self.all[strand].open = Some((composite(kind), id(event)));
                strand
            }
            "MapStateSucceeded" | "ParallelStateSucceeded" => {
                self.climb(at, composite(kind), before_kind.ends_with("StateStarted"))
            }
            "MapStateExited" | "ParallelStateExited" | "MapStateFailed" | "ParallelStateFailed" => {
                let of_state = matches!(
                    before_kind,
                    "MapStateStarted" | "MapStateSucceeded" | "ParallelStateSucceeded" | "MapStateEntered"
                );
                let strand = self.climb(at, composite(kind), of_state);
                self.all[strand].open = None;
                strand
            }
            _ if before_kind == "ParallelStateStarted" && kind.ends_with("StateEntered") => {
                let name = event["stateEnteredEventDetails"]["name"].as_str().unwrap_or("").to_owned();
                self.start(at, (0, name), None)
            }
            // Says nothing of whose state it was; it follows the end of its iteration.
            _ if kind.ends_with("StateAborted") => match index.checked_sub(1).map(|before| &events[before]) {
                Some(before) if matches!(self::kind(before), "MapIterationAborted" | "MapIterationFailed") => {
                    self.of[&id(before)]
                }
                _ => self.all[at].parent.unwrap_or(at),
            },
            _ => at,
        }
    }

    fn start(&mut self, parent: usize, key: (u64, String), iteration: Option<u64>) -> usize {
        let started = self.all[parent].open.map_or(0, |(_, started)| started);
        self.all.push(Strand {
            parent: Some(parent),
            order: (started, key.0, key.1),
            iteration,
            events: Vec::new(),
            open: None,
        });
        self.all.len() - 1
    }

    /// The strand, at or above that one, whose branches or iterations are running.
    fn climb(&self, from: usize, kind: &str, stay: bool) -> usize {
        let mut strand = from;
        while !stay && self.all[strand].open.is_none_or(|(open, _)| open != kind) {
            let Some(parent) = self.all[strand].parent else { return from };
            strand = parent;
        }
        strand
    }

    fn walk(&self, strand: usize, order: &mut Vec<usize>) {
        order.extend(&self.all[strand].events);
        let mut children: Vec<_> =
            (0..self.all.len()).filter(|child| self.all[*child].parent == Some(strand)).collect();
        children.sort_by_key(|child| &self.all[*child].order);
        for child in children {
            self.walk(child, order);
        }
    }

    /// What an event follows, said so that it doesn't depend on the interleaving.
    fn reference(&self, events: &[Value], index: usize, renumbered: &HashMap<u64, usize>) -> Value {
        let before = previous(&events[index]);
        let Some(strand) = self.of.get(&before) else { return json!(0) };
        let own = self.of[&id(&events[index])];
        let above = |mut strand: usize| loop {
            if strand == *self.of.get(&before).unwrap_or(&0) {
                return true;
            }
            match self.all[strand].parent {
                None => return false,
                Some(parent) => strand = parent,
            }
        };
        if above(own) {
            return json!(renumbered[&before]);
        }
        let members = &self.all[*strand].events;
        let position = members.iter().position(|member| id(&events[*member]) == before).unwrap_or(0);
        json!(format!("{} from the end of its strand", members.len() - position))
    }
}

fn iteration(event: &Value) -> Option<u64> {
    let details =
        ["mapIterationSucceededEventDetails", "mapIterationFailedEventDetails", "mapIterationAbortedEventDetails"];
    details.iter().find_map(|member| event[*member]["index"].as_u64())
}

/// Sentences name events by their numbers.
fn renumber_references(value: &mut Value, renumbered: &HashMap<u64, usize>) {
    const BEFORE: &str = "event id #";
    match value {
        Value::String(text) => {
            let Some(at) = text.find(BEFORE).map(|at| at + BEFORE.len()) else { return };
            let digits = text[at..].bytes().take_while(u8::is_ascii_digit).count();
            let number = text[at..at + digits].parse().ok();
            if let Some(new) = number.and_then(|number: u64| renumbered.get(&number)) {
                text.replace_range(at..at + digits, &new.to_string());
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| renumber_references(item, renumbered)),
        Value::Object(members) => members.values_mut().for_each(|item| renumber_references(item, renumbered)),
        _ => {}
    }
}
