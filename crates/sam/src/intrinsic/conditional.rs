//! `Fn::If`: one of two values, by a condition.

use crate::codes;
use crate::evaluate::Evaluator;
use crate::expression::{Compiler, Expression};
use crate::problem::Problem;
use crate::syntax::{Node, Place, shown};

#[derive(Debug, Clone)]
pub(crate) struct If {
    condition: String,
    then: Expression,
    otherwise: Expression,
}

impl If {
    pub(super) fn compile(compiler: &Compiler<'_>, argument: &Node) -> Option<Self> {
        if compiler.in_conditions {
            let message = "`Fn::If` can't be used among conditions; combine them by `Fn::And`, `Fn::Or` and `Fn::Not`";
            compiler.error(codes::INVALID_FUNCTION, argument.place, message);
            return None;
        }
        let form = "a list of a condition's name and two values";
        let arguments = super::arguments(compiler, "Fn::If", argument, 3..=3, form)?;
        let condition = super::literal(compiler, "Fn::If", "the condition", &arguments[0])?;
        let known = known(compiler, condition, arguments[0].place);
        let (then, otherwise) = (compiler.compile(&arguments[1]), compiler.compile(&arguments[2]));
        known.then(|| Self { condition: condition.to_owned(), then, otherwise })
    }

    fn chosen(&self, evaluator: &Evaluator<'_>) -> Option<&Expression> {
        evaluator.condition(&self.condition).map(|holds| if holds { &self.then } else { &self.otherwise })
    }

    pub(super) fn evaluate(&self, evaluator: &Evaluator<'_>, place: Place) -> Option<Node> {
        match self.chosen(evaluator) {
            Some(chosen) => evaluator.evaluate(chosen),
            None => Some(Node::unresolved(place)),
        }
    }

    pub(super) fn references(&self, evaluator: &Evaluator<'_>, found: &mut dyn FnMut(&str, Place)) {
        if let Some(chosen) = self.chosen(evaluator) {
            evaluator.references(chosen, found);
        }
    }
}

/// Whether a condition of this name exists; if not, that is reported.
pub(crate) fn known(compiler: &Compiler<'_>, name: &str, place: Place) -> bool {
    let conditions = &compiler.scope.conditions;
    if conditions.contains(name) {
        return true;
    }
    let help = compiler
        .problems
        .closest(name, conditions.iter().map(String::as_str))
        .map(|near| format!("did you mean `{near}`?"));
    compiler.problems.add(
        Problem::error(codes::UNKNOWN_REFERENCE, place, format!("no condition is named {}", shown(name)))
            .maybe_help(help),
    );
    false
}
