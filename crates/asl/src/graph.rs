//! The edges between the states of a flow: for drawing, coverage, and to see what can be reached.

use crate::model::{Flow, StateIndex, StateKind, Transition};

/// One way from a state to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Edge {
    /// The state that it leaves.
    pub from: StateIndex,
    /// The state that it leads to, in the same flow.
    pub to: StateIndex,
    /// Which of the state's ways it is.
    pub kind: EdgeKind,
}

/// Which of a state's ways an edge is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EdgeKind {
    /// `Next`.
    Next,
    /// `Choices[i].Next`: the rule's position.
    Choice(usize),
    /// `Default`.
    Default,
    /// `Catch[i].Next`: the catcher's position.
    Catch(usize),
}

/// The edges of a flow: states in the order of the text, of each state first its rules, then `Default` or `Next`, then its
/// catchers. The flows inside of Parallel and Map states have their own.
pub fn edges(flow: &Flow) -> Vec<Edge> {
    (0..flow.states.len()).flat_map(|from| edges_from(flow, from)).collect()
}

/// The edges that leave one state, in the order of [`edges`].
pub fn edges_from(flow: &Flow, from: StateIndex) -> Vec<Edge> {
    let Some(state) = flow.states.get(from) else { return Vec::new() };
    let mut edges = Vec::new();
    let mut add = |to, kind| edges.push(Edge { from, to, kind });
    if let StateKind::Choice(choice) = &state.kind {
        for (index, rule) in choice.rules.iter().enumerate() {
            add(rule.next, EdgeKind::Choice(index));
        }
        if let Some(default) = choice.default {
            add(default, EdgeKind::Default);
        }
    }
    if let Some(Transition::Next(next)) = state.transition {
        add(next, EdgeKind::Next);
    }
    for (index, catcher) in state.kind.catchers().iter().enumerate() {
        add(catcher.next, EdgeKind::Catch(index));
    }
    edges
}

/// For each state of a flow, whether a walk from the flow's start can come to it.
pub fn reachable(flow: &Flow) -> Vec<bool> {
    let mut reached = vec![false; flow.states.len()];
    let mut open = vec![flow.start_at];
    while let Some(state) = open.pop() {
        match reached.get_mut(state) {
            Some(seen) if !*seen => *seen = true,
            _ => continue,
        }
        open.extend(edges_from(flow, state).iter().map(|edge| edge.to));
    }
    reached
}

/// Whether a flow can end in the state: `End: true`, Succeed, or Fail.
pub fn is_terminal(flow: &Flow, state: StateIndex) -> bool {
    flow.states.get(state).is_some_and(|state| {
        state.transition == Some(Transition::End) || matches!(state.kind, StateKind::Succeed | StateKind::Fail(_))
    })
}
