//! Expressions where they stand in a definition: compiled, or reported at the very character.

mod path;
mod query;
mod scalar;
mod template;

use diagnostic::Diagnostic;

pub(super) use path::{PathKind, path, path_field, result_path};
pub(super) use query::{is_query, query};
pub(super) use scalar::{Limits, decimal_field, number, seconds, text};
pub(super) use template::{assign, looks_like_expression, template};

use super::{Context, Node, position};
use crate::codes;

/// Something wrong in the text of an expression.
struct Fault<'f> {
    code: &'static str,
    /// The place that AWS names, as a JSON pointer.
    pointer: String,
    /// The string with the expression in it.
    node: &'f Node,
    /// The byte of the string's value.
    offset: usize,
    /// AWS's sentence.
    message: String,
    /// What is wrong in particular.
    help: Option<String>,
}

impl Fault<'_> {
    fn report(self, context: &mut Context<'_>) {
        let Self { code, pointer, node, offset, message, help } = self;
        if context.is_opaque(node) {
            let message = "The expression depends on a substitution whose value is not known";
            context.push(
                Diagnostic::error(codes::UNRESOLVED_SUBSTITUTION, message, node.span.clone(), pointer)
                    .with_help("give the values of the template's DefinitionSubstitutions"),
            );
            return;
        }
        let options = context.options;
        let span = position::character(context.text, &node.span, offset, &options.substitutions);
        let mut diagnostic = Diagnostic::error(code, message, span, pointer);
        diagnostic.help = help;
        context.push(diagnostic);
    }
}
