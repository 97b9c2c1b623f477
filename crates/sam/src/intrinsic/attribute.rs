//! `Fn::GetAtt`: an attribute that a resource's type returns, as `Resource.Attribute` or as a list of the two.

use std::ops::Range;

use crate::codes;
use crate::evaluate::Evaluator;
use crate::expression::{Compiler, Expression};
use crate::problem::Problem;
use crate::resource::ResourceType;
use crate::syntax::{Data, Node, Place, shown};

#[derive(Debug, Clone)]
pub(crate) struct GetAtt {
    pub(crate) resource: String,
    /// The attribute's name, which a `Ref` to a parameter may give.
    pub(crate) attribute: Expression,
}

impl GetAtt {
    pub(super) fn compile(compiler: &Compiler<'_>, argument: &Node) -> Option<Self> {
        match &argument.data {
            Data::Text(text) => {
                let Some((resource, attribute)) = text.split_once('.') else {
                    let message = format!("{} names no attribute", shown(text));
                    compiler.problems.add(
                        Problem::error(codes::INVALID_FUNCTION, argument.place, message)
                            .help("write `LogicalId.Attribute`, such as `Queue.Arn`"),
                    );
                    return None;
                };
                Self::named(compiler, resource, attribute, argument.place, None)
            }
            Data::List(items) if items.len() == 2 => {
                let resource = super::literal(compiler, "Fn::GetAtt", "the logical id", &items[0])?;
                if let Data::Text(attribute) = &items[1].data {
                    return Self::named(compiler, resource, attribute, argument.place, None);
                }
                known(compiler, resource, items[0].place, None)?;
                Some(Self { resource: resource.to_owned(), attribute: compiler.compile(&items[1]) })
            }
            Data::Unresolved => None,
            _ => {
                let message = format!(
                    "`Fn::GetAtt` takes `LogicalId.Attribute` or a list of the two, not {}",
                    argument.description()
                );
                compiler.error(codes::INVALID_FUNCTION, argument.place, message);
                None
            }
        }
    }

    /// The attribute by names that are known.
    pub(super) fn named(
        compiler: &Compiler<'_>,
        resource: &str,
        attribute: &str,
        place: Place,
        span: Option<Range<usize>>,
    ) -> Option<Self> {
        let kind = known(compiler, resource, place, span.clone())?;
        // SAM lets a template reach what it generates beside a resource: `Function.Alias.Arn` hasn't a logical id of its own.
        if let Some(kind) = kind
            && kind.closed
            && !kind.attributes.iter().any(|known| known.name == attribute)
        {
            let names = || kind.attributes.iter().map(|known| known.name);
            let help = compiler.problems.closest(attribute, names()).map_or_else(
                || {
                    let all: Vec<String> = names().map(|name| format!("`{name}`")).collect();
                    if all.is_empty() { "it returns none".to_owned() } else { format!("it returns {}", all.join(", ")) }
                },
                |near| format!("did you mean `{near}`?"),
            );
            compiler.problems.add(
                Problem::error(
                    codes::UNKNOWN_ATTRIBUTE,
                    place,
                    format!("`{attribute}` is no attribute of {}", kind.name),
                )
                .at(span)
                .help(help),
            );
            return None;
        }
        let attribute = Expression::new(place, crate::expression::Form::Scalar(Data::Text(attribute.to_owned())));
        Some(Self { resource: resource.to_owned(), attribute })
    }

    pub(super) fn evaluate(&self, evaluator: &Evaluator<'_>, place: Place) -> Node {
        match evaluator.text(&self.attribute, "the attribute of `Fn::GetAtt`") {
            Some(attribute) => evaluator.attribute(&self.resource, &attribute, place),
            None => Node::unresolved(place),
        }
    }
}

/// What is known of the type of a resource; the outer none when no resource has this logical id.
#[allow(clippy::option_option, reason = "the resource may be unknown, or its type")]
fn known(
    compiler: &Compiler<'_>,
    resource: &str,
    place: Place,
    span: Option<Range<usize>>,
) -> Option<Option<&'static ResourceType>> {
    let (message, help) = if compiler.in_conditions {
        ("conditions can't use `Fn::GetAtt`: they are decided before any resource exists".to_owned(), None)
    } else if let Some(kind) = compiler.scope.resources.get(resource) {
        return Some(*kind);
    } else {
        let near = compiler.problems.closest(resource, compiler.scope.resources.keys().map(String::as_str));
        (format!("no resource is named {}", shown(resource)), near.map(|near| format!("did you mean `{near}`?")))
    };
    compiler.problems.add(Problem::error(codes::UNKNOWN_REFERENCE, place, message).at(span).maybe_help(help));
    None
}
