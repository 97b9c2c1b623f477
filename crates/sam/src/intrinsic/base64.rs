//! `Fn::Base64`: a text in Base64.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::evaluate::Evaluator;
use crate::expression::{Compiler, Expression};
use crate::syntax::{Node, Place};

#[derive(Debug, Clone)]
pub(crate) struct Base64 {
    pub(super) text: Expression,
}

impl Base64 {
    pub(super) fn compile(compiler: &Compiler<'_>, argument: &Node) -> Self {
        Self { text: compiler.compile(argument) }
    }

    pub(super) fn evaluate(&self, evaluator: &Evaluator<'_>, place: Place) -> Node {
        match evaluator.text(&self.text, "the argument of `Fn::Base64`") {
            Some(text) if evaluator.fits(text.len() / 3 * 4, place) => Node::text(place, STANDARD.encode(text)),
            _ => Node::unresolved(place),
        }
    }
}
