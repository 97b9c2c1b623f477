//! What is drawn, with its sizes and places.

use asl::graph::{EdgeKind, edges_from, is_terminal};
use asl::model::{Flow, State, StateKind, WaitUntil};

use super::condition;
use super::layered::{Layout, Size, Wire, lay_out};
use super::text::{shorten, width};

pub(super) const NAME_SIZE: f64 = 13.0;
pub(super) const DETAIL_SIZE: f64 = 10.5;
pub(super) const LABEL_SIZE: f64 = 10.5;
pub(super) const LABEL_LINE: f64 = 13.0;
/// Height of a state's box, and of the head of one that holds flows.
pub(super) const BOX_HEIGHT: f64 = 42.0;
/// Space around and between the flows in a box.
pub(super) const INNER_GAP: f64 = 16.0;
const LABEL_CHARACTERS: usize = 34;
const MOST_LABEL_LINES: usize = 4;

/// One flow.
pub(super) struct Chart<'a> {
    pub(super) layout: Layout,
    pub(super) boxes: Vec<Figure<'a>>,
    pub(super) ways: Vec<Way>,
}

/// What stands at a place.
pub(super) enum Figure<'a> {
    Start,
    End,
    State { state: &'a State, size: Size, detail: String, flows: Vec<Chart<'a>> },
}

/// A way from a figure to another.
pub(super) struct Way {
    pub(super) catches: bool,
    pub(super) label: Vec<String>,
}

/// Lays a flow out.
pub(super) fn chart(flow: &Flow) -> Chart<'_> {
    let mut boxes = vec![Figure::Start];
    boxes.extend(flow.states.iter().map(figure));
    let end = boxes.len();
    boxes.push(Figure::End);

    let mut wires = vec![(0, 1 + flow.start_at, Way { catches: false, label: Vec::new() })];
    for (from, state) in flow.states.iter().enumerate() {
        for edge in edges_from(flow, from) {
            let (catches, label) = match edge.kind {
                EdgeKind::Next => (false, None),
                EdgeKind::Default => (false, Some("Default".to_owned())),
                EdgeKind::Choice(index) => {
                    let rule = match &state.kind {
                        StateKind::Choice(choice) => choice.rules.get(index),
                        _ => None,
                    };
                    (false, rule.map(condition::describe))
                }
                EdgeKind::Catch(index) => {
                    (true, state.kind.catchers().get(index).map(|catcher| catcher.error_equals.join(", ")))
                }
            };
            let ends = (1 + edge.from, 1 + edge.to);
            let label: Vec<String> = label.iter().map(|label| shorten(label, LABEL_CHARACTERS)).collect();
            // Several arms to one state are one line with several labels.
            let same = wires.iter_mut().find(|(from, to, way)| (*from, *to) == ends && way.catches == catches);
            match same {
                Some((.., way)) if !way.label.is_empty() => {
                    if way.label.len() < MOST_LABEL_LINES {
                        way.label.extend(label);
                    } else if let Some(last) = way.label.last_mut() {
                        "…".clone_into(last);
                    }
                }
                _ => wires.push((ends.0, ends.1, Way { catches, label })),
            }
        }
        if is_terminal(flow, from) {
            wires.push((1 + from, end, Way { catches: false, label: Vec::new() }));
        }
    }
    let sizes: Vec<Size> = boxes.iter().map(size).collect();
    let plan: Vec<Wire> =
        wires.iter().map(|(from, to, way)| Wire { from: *from, to: *to, label: label_size(way) }).collect();
    Chart { layout: lay_out(&sizes, &plan), boxes, ways: wires.into_iter().map(|(.., way)| way).collect() }
}

fn figure(state: &State) -> Figure<'_> {
    let flows: Vec<Chart<'_>> = match &state.kind {
        StateKind::Parallel(parallel) => parallel.branches.iter().map(|branch| chart(branch)).collect(),
        StateKind::Map(map) => vec![chart(&map.processor)],
        _ => Vec::new(),
    };
    let detail = detail(state);
    // The name is set in bold.
    let text = (width(&state.name, NAME_SIZE) * 1.1).max(width(&detail, DETAIL_SIZE)) + 34.0;
    let mut size = Size { width: text.max(110.0), height: BOX_HEIGHT };
    if !flows.is_empty() {
        let inner: f64 = flows.iter().map(|flow| flow.layout.size.width + INNER_GAP).sum();
        size.width = size.width.max(inner + INNER_GAP);
        size.height += flows.iter().map(|flow| flow.layout.size.height).fold(0.0, f64::max) + INNER_GAP;
    }
    Figure::State { state, size, detail, flows }
}

/// What a state does, in one line under its name.
fn detail(state: &State) -> String {
    match &state.kind {
        StateKind::Task(task) => {
            let resource = &*task.resource;
            let service = match resource.strip_prefix("arn:aws:states:::") {
                Some(service) => service,
                None => resource.splitn(6, ':').nth(5).unwrap_or(resource),
            };
            format!("Task · {}", shorten(service, 36))
        }
        StateKind::Wait(wait) => match &wait.until {
            WaitUntil::Seconds(asl::model::Seconds::Literal(seconds)) => format!("Wait · {seconds} s"),
            WaitUntil::Seconds(asl::model::Seconds::Path(path)) => format!("Wait · {} s", path.source()),
            WaitUntil::Timestamp(time) => format!("Wait · until {time}"),
            WaitUntil::TimestampPath(path) => format!("Wait · until {}", path.source()),
            WaitUntil::Seconds(_) | WaitUntil::TimestampQuery(_) => "Wait".to_owned(),
        },
        StateKind::Fail(fail) => match &fail.error {
            asl::model::Text::Literal(error) => format!("Fail · {}", shorten(error, 30)),
            _ => "Fail".to_owned(),
        },
        StateKind::Map(map) if map.distributed.is_some() => "Map · distributed".to_owned(),
        other => other.type_name().to_owned(),
    }
}

fn size(figure: &Figure<'_>) -> Size {
    match figure {
        Figure::Start | Figure::End => Size { width: 54.0, height: 24.0 },
        Figure::State { size, .. } => *size,
    }
}

fn label_size(way: &Way) -> Option<Size> {
    let widest = way.label.iter().map(|line| width(line, LABEL_SIZE)).fold(0.0, f64::max);
    (!way.label.is_empty()).then_some(Size { width: widest + 10.0, height: way.label.len() as f64 * LABEL_LINE + 2.0 })
}
