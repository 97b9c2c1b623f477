//! `Fn::Split`: a text as the list of what stands between a delimiter.

use crate::evaluate::Evaluator;
use crate::expression::{Compiler, Expression};
use crate::syntax::{Data, Node, Place};

#[derive(Debug, Clone)]
pub(crate) struct Split {
    delimiter: String,
    pub(super) text: Expression,
}

impl Split {
    pub(super) fn compile(compiler: &Compiler<'_>, argument: &Node) -> Option<Self> {
        let arguments = super::arguments(compiler, "Fn::Split", argument, 2..=2, "a list of a delimiter and a text")?;
        let delimiter = super::literal(compiler, "Fn::Split", "the delimiter", &arguments[0])?;
        if delimiter.is_empty() {
            let message = "the delimiter of `Fn::Split` can't be empty";
            compiler.error(crate::codes::INVALID_FUNCTION, arguments[0].place, message);
            return None;
        }
        Some(Self { delimiter: delimiter.to_owned(), text: compiler.compile(&arguments[1]) })
    }

    pub(super) fn evaluate(&self, evaluator: &Evaluator<'_>, place: Place) -> Node {
        match evaluator.text(&self.text, "the text of `Fn::Split`") {
            Some(text) => {
                let items = text.split(&self.delimiter).map(|item| Node::text(place, item));
                Node::new(place, Data::List(items.collect()))
            }
            None => Node::unresolved(place),
        }
    }
}
