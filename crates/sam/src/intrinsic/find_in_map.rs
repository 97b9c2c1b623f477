//! `Fn::FindInMap`: a value of the `Mappings` section by its two keys.

use crate::codes;
use crate::evaluate::Evaluator;
use crate::expression::{Compiler, Expression};
use crate::problem::Problem;
use crate::syntax::{Data, Node, Place, shown};

#[derive(Debug, Clone)]
pub(crate) struct FindInMap {
    map: Expression,
    pub(super) top: Expression,
    pub(super) second: Expression,
}

impl FindInMap {
    pub(super) fn compile(compiler: &Compiler<'_>, argument: &Node) -> Option<Self> {
        let form = "a list of a map's name, a top-level key and a second-level key";
        let arguments = super::arguments(compiler, "Fn::FindInMap", argument, 3..=3, form)?;
        if let Data::Text(name) = &arguments[0].data
            && !compiler.scope.mappings.contains(name)
        {
            let names = compiler.scope.mappings.iter().map(String::as_str);
            let help = compiler.problems.closest(name, names).map(|near| format!("did you mean `{near}`?"));
            compiler.problems.add(
                Problem::error(
                    codes::UNKNOWN_REFERENCE,
                    arguments[0].place,
                    format!("no mapping is named {}", shown(name)),
                )
                .maybe_help(help),
            );
            return None;
        }
        let [map, top, second] = [0, 1, 2].map(|index| compiler.compile(&arguments[index]));
        Some(Self { map, top, second })
    }

    pub(super) fn evaluate(&self, evaluator: &Evaluator<'_>, place: Place) -> Node {
        let map = evaluator.text(&self.map, "the map of `Fn::FindInMap`");
        let top = evaluator.text(&self.top, "the top-level key of `Fn::FindInMap`");
        let second = evaluator.text(&self.second, "the second-level key of `Fn::FindInMap`");
        let (Some(map), Some(top), Some(second)) = (map, top, second) else { return Node::unresolved(place) };
        evaluator.mapping(&map, &top, &second, place)
    }
}
