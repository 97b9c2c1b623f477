//! `Fn::Select`: one item of a list, counted from 0.

use crate::evaluate::Evaluator;
use crate::expression::{Compiler, Expression};
use crate::syntax::{Node, Place, shown};

#[derive(Debug, Clone)]
pub(crate) struct Select {
    pub(super) index: Expression,
    pub(super) items: Expression,
}

impl Select {
    pub(super) fn compile(compiler: &Compiler<'_>, argument: &Node) -> Option<Self> {
        let arguments = super::arguments(compiler, "Fn::Select", argument, 2..=2, "a list of an index and a list")?;
        Some(Self { index: compiler.compile(&arguments[0]), items: compiler.compile(&arguments[1]) })
    }

    pub(super) fn evaluate(&self, evaluator: &Evaluator<'_>, place: Place) -> Node {
        let index = evaluator.text(&self.index, "the index of `Fn::Select`");
        let items = evaluator.list(&self.items, "the second argument of `Fn::Select`");
        let (Some(index), Some(items)) = (index, items) else { return Node::unresolved(place) };
        let Ok(index) = index.parse::<usize>() else {
            evaluator
                .fail(place, format!("the index of `Fn::Select` must be a number from 0 on, not {}", shown(&index)));
            return Node::unresolved(place);
        };
        let count = items.len();
        let Some(item) = items.into_iter().nth(index) else {
            evaluator.fail(place, format!("`Fn::Select` wants item {index}, counted from 0, of a list of {count}"));
            return Node::unresolved(place);
        };
        Node::new(place, item.data)
    }
}
