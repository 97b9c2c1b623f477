//! `Fn::GetAZs`: the Availability Zones of a region.
//!
//! Which zones an account sees is AWS's to say. Locally a region has three, `a`, `b` and `c`, which is so for most.

use crate::evaluate::Evaluator;
use crate::expression::{Compiler, Expression};
use crate::syntax::{Data, Node, Place};

#[derive(Debug, Clone)]
pub(crate) struct GetAzs {
    pub(super) region: Expression,
}

impl GetAzs {
    pub(super) fn compile(compiler: &Compiler<'_>, argument: &Node) -> Self {
        Self { region: compiler.compile(argument) }
    }

    pub(super) fn evaluate(&self, evaluator: &Evaluator<'_>, place: Place) -> Node {
        let Some(mut region) = evaluator.text(&self.region, "the region of `Fn::GetAZs`") else {
            return Node::unresolved(place);
        };
        // An empty text means the region that the stack is in.
        if region.is_empty() {
            region.clone_from(&evaluator.settings.region);
        }
        let zones = ["a", "b", "c"].map(|zone| Node::text(place, format!("{region}{zone}")));
        Node::new(place, Data::List(zones.into()))
    }
}
