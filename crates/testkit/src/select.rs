//! Which machines and cases are meant.

use diagnostic::closest;
use local::Project;

/// What was asked for on a command line: machines, cases, or both.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// Positions among the project's machines; empty for all.
    machines: Vec<usize>,
    /// Patterns of cases, with the machines that they are meant for; none for all that are selected.
    cases: Vec<(Option<Vec<usize>>, String)>,
}

/// A pattern that means nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no {what} {pattern}")]
pub struct SelectError {
    /// `state machine` or `state machine or case`.
    pub what: &'static str,
    /// The pattern.
    pub pattern: String,
    /// What may have been meant.
    pub near: Option<String>,
}

impl Selection {
    /// Reads patterns: `delivery` is a machine, `payment*` stands for cases, `delivery/payment*` for cases of one machine. In a
    /// pattern `*` stands for any run of characters.
    pub fn parse(patterns: &[String], project: &Project) -> Result<Self, SelectError> {
        let mut selection = Self::default();
        let mut of_cases = Vec::new();
        for pattern in patterns {
            if let Some((machine, case)) = pattern.split_once('/') {
                let machines = machines(machine, project)
                    .ok_or_else(|| unknown("state machine", pattern, machine, names(project)))?;
                selection.cases.push((Some(machines.clone()), case.to_owned()));
                of_cases.extend(machines);
            } else if let Some(machines) = machines(pattern, project) {
                selection.machines.extend(machines);
            } else if has_case(pattern, project) {
                selection.cases.push((None, pattern.clone()));
            } else {
                let known = names(project).chain(case_names(project));
                return Err(unknown("state machine or case", pattern, pattern, known));
            }
        }
        // `m/case` alone means that machine only.
        if selection.cases.iter().all(|(machines, _)| machines.is_some())
            && !(selection.machines.is_empty() && of_cases.is_empty())
        {
            for machine in of_cases {
                if !selection.machines.contains(&machine) {
                    selection.machines.push(machine);
                }
            }
        }
        Ok(selection)
    }

    /// Whether a machine is meant, by its position in the project.
    pub fn has_machine(&self, position: usize) -> bool {
        self.machines.is_empty() || self.machines.contains(&position)
    }

    /// Whether a case of a machine that is meant is meant.
    pub fn has_case(&self, position: usize, case: &str) -> bool {
        let mut patterns = self
            .cases
            .iter()
            .filter(|(machines, _)| machines.as_ref().is_none_or(|machines| machines.contains(&position)))
            .peekable();
        // A machine that no pattern of cases speaks of is meant as a whole.
        patterns.peek().is_none() || patterns.any(|(_, pattern)| matches(pattern, case))
    }

    /// Whether machines are meant as a whole, so that their coverage says something.
    pub fn is_of_whole_machines(&self) -> bool {
        self.cases.is_empty()
    }
}

fn names(project: &Project) -> impl Iterator<Item = String> {
    project.machines.iter().map(|machine| machine.name.clone())
}

fn case_names(project: &Project) -> impl Iterator<Item = String> {
    project
        .machines
        .iter()
        .flat_map(|machine| project.events(machine))
        .filter_map(|path| Some(path.file_stem()?.to_string_lossy().into_owned()))
}

fn unknown(what: &'static str, pattern: &str, meant: &str, known: impl Iterator<Item = String>) -> SelectError {
    let known: Vec<String> = known.collect();
    let near = closest(meant, known.iter().map(String::as_str)).map(str::to_owned);
    SelectError { what, pattern: pattern.to_owned(), near }
}

/// The machines of that name (any of their names), or those whose command line name fits the pattern; none when there is no
/// such machine.
fn machines(pattern: &str, project: &Project) -> Option<Vec<usize>> {
    let named = project.machine(pattern).map(|named| &named.resource.logical_id);
    let found: Vec<usize> = (0..project.machines.len())
        .filter(|index| {
            let machine = &project.machines[*index];
            match named {
                Some(named) => machine.resource.logical_id == *named,
                None => matches(pattern, &machine.name),
            }
        })
        .collect();
    (!found.is_empty()).then_some(found)
}

fn has_case(pattern: &str, project: &Project) -> bool {
    case_names(project).any(|name| matches(pattern, &name))
}

/// Whether a text fits a pattern in which `*` stands for any run of characters.
fn matches(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let mut last = None;
    for part in parts {
        if let Some(middle) = last.replace(part) {
            let Some(at) = rest.find(middle) else { return false };
            rest = &rest[at + middle.len()..];
        }
    }
    match last {
        None => rest.is_empty(),
        Some(last) => rest.ends_with(last),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_run_of_characters() {
        for (pattern, text, expected) in [
            ("payment*", "payment-refused", true),
            ("payment*", "no-payment", false),
            ("*refused", "payment-refused", true),
            ("p*m*t", "payment", true),
            ("p*m*t", "payments", false),
            ("*", "", true),
            ("buy", "buy", true),
            ("buy", "buy2", false),
            ("a*a", "a", false),
            ("**", "x", true),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} ~ {text}");
        }
    }
}
