//! `Ref`: a parameter's value, a pseudo parameter, or what a resource's type returns for its logical id.

use crate::codes;
use crate::evaluate::Evaluator;
use crate::expression::Compiler;
use crate::problem::Problem;
use crate::pseudo::Pseudo;
use crate::syntax::{Node, Place, shown};

/// What a name refers to.
#[derive(Debug, Clone)]
pub(crate) enum Ref {
    Parameter(String),
    Pseudo(Pseudo),
    Resource(String),
    /// A resource that SAM generates beside another one, such as `Api.Stage`.
    Generated {
        owner: String,
        part: String,
    },
}

impl Ref {
    pub(super) fn compile(compiler: &Compiler<'_>, argument: &Node) -> Option<Self> {
        let name = super::literal(compiler, "Ref", "the name", argument)?;
        Self::named(compiler, name, argument.place, None)
    }

    /// The reference by a name; `part` is the exact text to look for in the source, when the name is only a part of it.
    pub(super) fn named(
        compiler: &Compiler<'_>,
        name: &str,
        place: Place,
        span: Option<std::ops::Range<usize>>,
    ) -> Option<Self> {
        let scope = compiler.scope;
        if scope.parameters.contains(name) {
            compiler.used.borrow_mut().insert(name.to_owned());
            return Some(Self::Parameter(name.to_owned()));
        }
        if name.starts_with("AWS::") {
            if let Some(pseudo) = Pseudo::named(name) {
                return Some(Self::Pseudo(pseudo));
            }
            let help = compiler.problems.closest(name, Pseudo::NAMES.iter().map(|(name, _)| *name));
            compiler.problems.add(
                Problem::error(codes::UNKNOWN_REFERENCE, place, format!("`{name}` is no pseudo parameter"))
                    .at(span)
                    .maybe_help(help.map(|near| format!("did you mean `{near}`?"))),
            );
            return None;
        }
        let problem = if compiler.in_conditions {
            Problem::error(
                codes::UNKNOWN_REFERENCE,
                place,
                format!("no parameter is named {}, and conditions can refer to nothing else", shown(name)),
            )
            .maybe_help(
                compiler
                    .problems
                    .closest(name, scope.parameters.iter().map(String::as_str))
                    .map(|near| format!("did you mean `{near}`?")),
            )
        } else if scope.resources.contains_key(name) {
            return Some(Self::Resource(name.to_owned()));
        } else if let Some((owner, part)) = name.split_once('.')
            && let Some(Some(kind)) = scope.resources.get(owner)
            && kind.generated.iter().any(|generated| generated.part == part)
        {
            return Some(Self::Generated { owner: owner.to_owned(), part: part.to_owned() });
        } else {
            let help = scope.closest_value(name, compiler.problems).map(|near| format!("did you mean `{near}`?"));
            Problem::error(
                codes::UNKNOWN_REFERENCE,
                place,
                format!("no parameter and no resource is named {}", shown(name)),
            )
            .maybe_help(help)
        };
        compiler.problems.add(problem.at(span));
        None
    }

    pub(super) fn evaluate(&self, evaluator: &Evaluator<'_>, place: Place) -> Option<Node> {
        match self {
            Self::Parameter(name) => Some(evaluator.parameter(name, place)),
            Self::Pseudo(pseudo) => pseudo.value(evaluator.settings, place),
            Self::Resource(id) => Some(evaluator.reference(id, place)),
            Self::Generated { owner, part } => Some(evaluator.generated(owner, part, place)),
        }
    }

    pub(super) fn references(&self, found: &mut dyn FnMut(&str, Place), place: Place) {
        match self {
            Self::Resource(id) | Self::Generated { owner: id, .. } => found(id, place),
            Self::Parameter(_) | Self::Pseudo(_) => {}
        }
    }
}
