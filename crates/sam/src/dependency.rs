//! Circles: conditions that name each other, and resources that can't be created one after another.
//!
//! For resources the graph is the one that CloudFormation sees after SAM's transform: a function doesn't depend on what
//! its events come from, for SAM makes permissions, subscriptions and mappings of their own for them; but an API depends
//! on every function that it routes to, because its definition names their ARNs, and a bucket on every function that it
//! notifies.

use std::collections::BTreeMap;

use crate::codes;
use crate::evaluate::Evaluator;
use crate::expression::Expression;
use crate::intrinsic::conditions_named_by;
use crate::problem::Problem;
use crate::syntax::Place;
use crate::template::{IMPLICIT_HTTP_API, IMPLICIT_REST_API, Resource};

/// What depends on what, and where it says so.
type Graph<'a> = BTreeMap<&'a str, Vec<(&'a str, Place)>>;

/// Reports all circles.
pub(crate) fn check(evaluator: &Evaluator<'_>) {
    for circle in circles(&conditions(evaluator)) {
        let message = format!("these conditions name each other in a circle: {}", circle.shown());
        evaluator.problems.add(Problem::error(codes::CIRCULAR_DEPENDENCY, circle.place, message));
    }
    for circle in circles(&resources(evaluator)) {
        let message = format!("these resources depend on each other in a circle: {}", circle.shown());
        let help = if circle.has_api(evaluator) {
            "an API depends on every function it routes to, because its definition names their ARNs; let the function find \
             the API's URL another way, or route to another function"
        } else {
            "build one of the values from names and pseudo parameters instead of `!Ref` and `!GetAtt`"
        };
        evaluator.problems.add(Problem::error(codes::CIRCULAR_DEPENDENCY, circle.place, message).help(help));
    }
}

struct Circle<'a> {
    names: Vec<&'a str>,
    place: Place,
}

impl Circle<'_> {
    fn shown(&self) -> String {
        let closing = self.names.first().copied();
        self.names.iter().copied().chain(closing).collect::<Vec<_>>().join(" → ")
    }

    fn has_api(&self, evaluator: &Evaluator<'_>) -> bool {
        self.names.iter().any(|name| {
            let resource = evaluator.template.resource(name);
            resource.is_some_and(|resource| {
                matches!(resource.type_name.as_str(), "AWS::Serverless::Api" | "AWS::Serverless::HttpApi")
            })
        })
    }
}

fn conditions<'a>(evaluator: &Evaluator<'a>) -> Graph<'a> {
    let conditions = evaluator.template.conditions.iter().map(|(name, (_, expression))| {
        let mut named = Vec::new();
        conditions_named_by(expression, &mut named);
        (name.as_str(), named)
    });
    conditions.collect()
}

fn resources<'a>(evaluator: &Evaluator<'a>) -> Graph<'a> {
    let template = evaluator.template;
    let mut graph: Graph<'a> = BTreeMap::new();
    for resource in template.resources.iter().filter(|resource| evaluator.is_in_stack(resource)) {
        let id = resource.logical_id.as_str();
        let mut needed: Vec<(&'a str, Place)> = Vec::new();
        let mut need = |name: &str, place| {
            if let Some(resource) = template.resource(name) {
                needed.push((&resource.logical_id, place));
            }
        };
        let is_caller =
            matches!(resource.type_name.as_str(), "AWS::Serverless::Function" | "AWS::Serverless::StateMachine");
        for pair in template.properties(resource).pairs() {
            // Of a generated role; a function with a role of its own has no use for policies.
            let is_elsewhere = is_caller && matches!(pair.key.as_str(), "Events" | "Policies");
            if !is_elsewhere {
                evaluator.references(&pair.value, &mut need);
            }
        }
        for (name, place) in &resource.depends_on {
            need(name, *place);
        }
        if is_caller {
            need(&format!("{id}Role"), resource.place);
            for (source, place) in event_sources(evaluator, resource) {
                graph.entry(source).or_default().push((id, place));
            }
        }
        // A generated resource waits for its owner, except for the role, for which the owner waits, and the implicit API.
        if let Some(owner) = &resource.owner
            && resource.type_name != crate::resource::ROLE
            && id != IMPLICIT_REST_API
            && id != IMPLICIT_HTTP_API
        {
            need(owner, resource.place);
        }
        graph.entry(id).or_default().extend(needed);
    }
    graph
}

/// The APIs and buckets that a function's or state machine's events make depend on it.
fn event_sources<'a>(evaluator: &Evaluator<'a>, resource: &'a Resource) -> Vec<(&'a str, Place)> {
    let mut sources = Vec::new();
    for event in resource.properties.get("Events").map_or(&[][..], Expression::pairs) {
        let properties = event.value.get("Properties");
        let property = |name| properties.and_then(|properties: &Expression| properties.get(name));
        let (source, implicit) = match event.value.get("Type").and_then(Expression::literal_text) {
            Some("Api") => (property("RestApiId"), Some(IMPLICIT_REST_API)),
            Some("HttpApi") => (property("ApiId"), Some(IMPLICIT_HTTP_API)),
            Some("S3") => (property("Bucket"), None),
            _ => continue,
        };
        let mut add = |name: &str, place| {
            if let Some(resource) = evaluator.template.resource(name) {
                sources.push((resource.logical_id.as_str(), place));
            }
        };
        match (source, implicit) {
            (Some(source), _) => evaluator.references(source, &mut add),
            (None, Some(implicit)) => add(implicit, event.key_place),
            (None, None) => {}
        }
    }
    sources
}

/// One circle of each group of names that depend on each other. Depth first, without recursion.
fn circles<'a>(graph: &Graph<'a>) -> Vec<Circle<'a>> {
    #[derive(Clone, Copy, PartialEq)]
    enum Mark {
        OnPath,
        Done,
    }
    let mut marks: BTreeMap<&str, Mark> = BTreeMap::new();
    let mut found = Vec::new();
    for start in graph.keys().copied() {
        if marks.contains_key(start) {
            continue;
        }
        // Each step with the place that led to it and how many of its needs are looked at.
        let mut path: Vec<(&'a str, usize)> = vec![(start, 0)];
        marks.insert(start, Mark::OnPath);
        while let Some((name, looked_at)) = path.last_mut() {
            let Some((next, place)) = graph.get(*name).and_then(|needed| needed.get(*looked_at)).copied() else {
                marks.insert(*name, Mark::Done);
                path.pop();
                continue;
            };
            *looked_at += 1;
            match marks.get(next) {
                Some(Mark::Done) => {}
                Some(Mark::OnPath) => {
                    let from = path.iter().position(|(name, _)| *name == next).unwrap_or(0);
                    let names = path[from..].iter().map(|(name, _)| *name).collect();
                    // A name that leads into one circle twice, or into two, is told of once.
                    if !found.iter().any(|circle: &Circle<'_>| circle.names.contains(&next)) {
                        found.push(Circle { names, place });
                    }
                }
                None => {
                    marks.insert(next, Mark::OnPath);
                    path.push((next, 0));
                }
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(edges: &[(&'static str, &[&'static str])]) -> Vec<String> {
        let graph: Graph<'_> = edges
            .iter()
            .map(|(name, needed)| (*name, needed.iter().map(|needed| (*needed, Place::ROOT)).collect()))
            .collect();
        circles(&graph).iter().map(Circle::shown).collect()
    }

    #[test]
    fn a_circle_is_named_from_its_first_member_to_itself() {
        assert_eq!(shown(&[("A", &["B"]), ("B", &["C", "D"]), ("C", &["B"]), ("D", &[])]), ["B → C → B"]);
        assert_eq!(shown(&[("A", &["A"])]), ["A → A"]);
        assert_eq!(shown(&[("A", &["B"]), ("B", &["A"]), ("C", &["D"]), ("D", &["C"])]), ["A → B → A", "C → D → C"]);
    }

    #[test]
    fn what_only_meets_again_is_no_circle() {
        assert!(shown(&[("A", &["B", "C"]), ("B", &["D"]), ("C", &["D"]), ("D", &[])]).is_empty());
    }
}
