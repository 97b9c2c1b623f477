//! Which states, arms and catchers of a definition executions came through.

use std::collections::HashMap;
use std::sync::Arc;

use asl::graph::{EdgeKind, edges_from};
use asl::model::{Flow, StateKind, StateMachine};
use machine::Taken;

use crate::replay::Visits;

/// What was reached of one definition.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Every state, those in branches and iterations included, in the order of the text.
    pub states: Vec<Point>,
    /// Every arm of every Choice state: its rules, then its `Default`.
    pub arms: Vec<Point>,
    /// Every entry of every `Catch`.
    pub catches: Vec<Point>,
    places: HashMap<Place, usize>,
}

/// One thing that can be reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Point {
    /// What to call it: a state's name, `Buy or Sell? rule 1 → Buy Stock`, `Buy Stock catches States.ALL → Failed`.
    pub name: String,
    /// How often it was reached.
    pub reached: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Place {
    State(Arc<str>),
    Way(Taken),
}

impl Coverage {
    /// Everything that a definition has, reached by nobody yet.
    pub fn of(machine: &StateMachine) -> Self {
        let mut coverage = Self::default();
        coverage.add_flow(&machine.flow);
        coverage
    }

    fn add_flow(&mut self, flow: &Flow) {
        for (index, state) in flow.states.iter().enumerate() {
            self.places.insert(Place::State(state.name.clone()), self.states.len());
            self.states.push(Point { name: state.name.to_string(), reached: 0 });
            for edge in edges_from(flow, index) {
                let target = &flow.states[edge.to].name;
                let (name, points) = match edge.kind {
                    EdgeKind::Next => continue,
                    EdgeKind::Choice(rule) => (format!("{} rule {} → {target}", state.name, rule + 1), &mut self.arms),
                    EdgeKind::Default => (format!("{} Default → {target}", state.name), &mut self.arms),
                    EdgeKind::Catch(catcher) => {
                        let errors = state.kind.catchers()[catcher].error_equals.join(", ");
                        (format!("{} catches {errors} → {target}", state.name), &mut self.catches)
                    }
                };
                let way = Taken { state: state.name.clone(), edge: edge.kind };
                self.places.insert(Place::Way(way), points.len());
                points.push(Point { name, reached: 0 });
            }
            match &state.kind {
                StateKind::Parallel(parallel) => parallel.branches.iter().for_each(|branch| self.add_flow(branch)),
                StateKind::Map(map) => self.add_flow(&map.processor),
                _ => {}
            }
        }
    }

    /// Counts what an execution came through. States that the definition doesn't have are passed over.
    pub fn count(&mut self, visits: &Visits) {
        for name in &visits.entered {
            if let Some(index) = self.places.get(&Place::State(name.clone())) {
                self.states[*index].reached += 1;
            }
        }
        for taken in &visits.taken {
            let points = match taken.edge {
                EdgeKind::Catch(_) => &mut self.catches,
                EdgeKind::Choice(_) | EdgeKind::Default => &mut self.arms,
                EdgeKind::Next => continue,
            };
            if let Some(index) = self.places.get(&Place::Way(taken.clone())) {
                points[*index].reached += 1;
            }
        }
    }

    /// The three kinds with their names.
    pub fn kinds(&self) -> [(&'static str, &[Point]); 3] {
        [("states", &self.states), ("arms", &self.arms), ("catches", &self.catches)]
    }

    /// Whether each kind is reached to that percentage at least.
    pub fn is_at_least(&self, percent: f64) -> bool {
        self.kinds().into_iter().all(|(_, points)| percentage(points) >= percent)
    }
}

/// How many of these were reached.
pub fn reached(points: &[Point]) -> usize {
    points.iter().filter(|point| point.reached > 0).count()
}

/// How many of these were reached, in percent; all of nothing is 100.
pub fn percentage(points: &[Point]) -> f64 {
    if points.is_empty() { 100.0 } else { reached(points) as f64 * 100.0 / points.len() as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEFINITION: &str = r#"{"StartAt": "Which", "States": {
        "Which": {"Type": "Choice", "Choices": [
            {"Variable": "$.n", "NumericEquals": 1, "Next": "Both"},
            {"Variable": "$.n", "NumericEquals": 2, "Next": "Both"}], "Default": "No"},
        "Both": {"Type": "Parallel", "End": true, "Catch": [{"ErrorEquals": ["X", "Y"], "Next": "No"}], "Branches": [
            {"StartAt": "Inner", "States": {"Inner": {"Type": "Succeed"}}}]},
        "No": {"Type": "Fail", "Error": "No"}}}"#;

    fn coverage() -> Coverage {
        let parsed = asl::parse(DEFINITION, &asl::Options::default());
        Coverage::of(&parsed.machine.unwrap_or_else(|| panic!("{:?}", parsed.diagnostics)))
    }

    fn names(points: &[Point]) -> Vec<&str> {
        points.iter().map(|point| point.name.as_str()).collect()
    }

    #[test]
    fn everything_that_can_be_reached_is_listed() {
        let coverage = coverage();
        assert_eq!(names(&coverage.states), ["Which", "Both", "Inner", "No"]);
        assert_eq!(names(&coverage.arms), ["Which rule 1 → Both", "Which rule 2 → Both", "Which Default → No"]);
        assert_eq!(names(&coverage.catches), ["Both catches X, Y → No"]);
        assert!(!coverage.is_at_least(1.0));
    }

    #[test]
    fn arms_with_one_target_are_told_apart() {
        let mut coverage = coverage();
        let which = |edge| Taken { state: "Which".into(), edge };
        let visits = Visits {
            entered: ["Which", "Both", "Inner", "Elsewhere"].map(Arc::from).to_vec(),
            taken: vec![which(EdgeKind::Choice(1)), which(EdgeKind::Choice(1))],
        };
        coverage.count(&visits);
        let counts: Vec<_> = coverage.arms.iter().map(|arm| arm.reached).collect();
        assert_eq!(counts, [0, 2, 0]);
        assert_eq!((reached(&coverage.states), reached(&coverage.arms)), (3, 1));
        assert!((percentage(&coverage.states) - 75.0).abs() < f64::EPSILON);
        assert!(!coverage.is_at_least(50.0));
    }

    #[test]
    fn all_of_nothing_is_everything() {
        let parsed = asl::parse(r#"{"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}"#, &asl::Options::default());
        let mut coverage = Coverage::of(&parsed.machine.expect("sound"));
        coverage.count(&Visits { entered: vec!["A".into()], taken: Vec::new() });
        assert!(coverage.is_at_least(100.0));
    }
}
