//! `Fn::Join`: a list of texts as one text, with a delimiter between them.

use crate::evaluate::Evaluator;
use crate::expression::{Compiler, Expression};
use crate::syntax::{Data, Node, Place};

#[derive(Debug, Clone)]
pub(crate) struct Join {
    delimiter: String,
    pub(super) items: Expression,
}

impl Join {
    pub(super) fn compile(compiler: &Compiler<'_>, argument: &Node) -> Option<Self> {
        let arguments = super::arguments(compiler, "Fn::Join", argument, 2..=2, "a list of a delimiter and a list")?;
        let delimiter = super::literal(compiler, "Fn::Join", "the delimiter", &arguments[0])?;
        Some(Self { delimiter: delimiter.to_owned(), items: compiler.compile(&arguments[1]) })
    }

    pub(super) fn evaluate(&self, evaluator: &Evaluator<'_>, place: Place) -> Node {
        let Some(items) = evaluator.list(&self.items, "the second argument of `Fn::Join`") else {
            return Node::unresolved(place);
        };
        let mut result = String::new();
        for (index, item) in items.iter().enumerate() {
            let text = match &item.data {
                Data::Unresolved => None,
                _ => evaluator.as_text(item, "an item of `Fn::Join`"),
            };
            let Some(text) = text else { return Node::unresolved(place) };
            if !evaluator.fits(result.len() + self.delimiter.len() + text.len(), place) {
                return Node::unresolved(place);
            }
            if index > 0 {
                result.push_str(&self.delimiter);
            }
            result.push_str(&text);
        }
        Node::text(place, result)
    }
}
