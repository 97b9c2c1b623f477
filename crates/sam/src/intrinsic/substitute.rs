//! `Fn::Sub`: text with `${Name}`, `${Resource.Attribute}` and `${!Literal}`, alone or with a map of variables.

use std::collections::BTreeSet;
use std::ops::Range;

use super::{GetAtt, Ref};
use crate::codes;
use crate::evaluate::Evaluator;
use crate::expression::{Compiler, Pair};
use crate::problem::Problem;
use crate::syntax::{Data, Node, Place, shown};

#[derive(Debug, Clone)]
pub(crate) struct Sub {
    parts: Vec<Part>,
    variables: Vec<Pair>,
}

#[derive(Debug, Clone)]
enum Part {
    Literal(String),
    Ref(Ref),
    GetAtt(GetAtt),
    /// An index into the variables.
    Variable(usize),
}

/// A piece of the text before its names are looked up.
#[derive(Debug, PartialEq)]
enum Piece<'t> {
    Literal(&'t str),
    /// `${!Literal}`, which stands for `${Literal}`.
    Escaped(&'t str),
    Name(&'t str),
    /// `${` that nothing closes, or that closes around nothing that could be a name.
    Broken(&'t str),
}

impl Sub {
    pub(super) fn compile(compiler: &Compiler<'_>, argument: &Node) -> Option<Self> {
        let (template, variables) = match &argument.data {
            Data::List(_) => {
                let form = "text, or a list of text and a map of its variables";
                let arguments = super::arguments(compiler, "Fn::Sub", argument, 2..=2, form)?;
                let Data::Map(entries) = &arguments[1].data else {
                    let message =
                        format!("the variables of `Fn::Sub` must be a map, not {}", arguments[1].description());
                    compiler.error(codes::INVALID_FUNCTION, arguments[1].place, message);
                    return None;
                };
                let variables = entries.iter().map(|entry| Pair {
                    key: entry.key.clone(),
                    key_place: entry.key_place,
                    value: compiler.compile(&entry.value),
                });
                (&arguments[0], variables.collect::<Vec<_>>())
            }
            _ => (argument, Vec::new()),
        };
        let text = super::literal(compiler, "Fn::Sub", "the text", template)?;
        let parts = resolve(compiler, text, template.place, &variables)?;
        Some(Self { parts, variables })
    }

    pub(super) fn evaluate(&self, evaluator: &Evaluator<'_>, place: Place) -> Node {
        let mut result = String::new();
        let mut resolved = true;
        for part in &self.parts {
            let value = match part {
                Part::Literal(text) => {
                    result.push_str(text);
                    continue;
                }
                Part::Ref(reference) => reference.evaluate(evaluator, place),
                Part::GetAtt(attribute) => Some(attribute.evaluate(evaluator, place)),
                Part::Variable(index) => evaluator.evaluate(&self.variables[*index].value),
            };
            let Some(value) = value else {
                evaluator.fail(place, "`Fn::Sub` can't put `AWS::NoValue` into a text");
                resolved = false;
                continue;
            };
            match evaluator.as_text(&value, "a variable of `Fn::Sub`") {
                Some(text) if evaluator.fits(result.len() + text.len(), place) => result.push_str(&text),
                _ => resolved = false,
            }
        }
        if resolved { Node::text(place, result) } else { Node::unresolved(place) }
    }

    pub(super) fn references(&self, evaluator: &Evaluator<'_>, found: &mut dyn FnMut(&str, Place), place: Place) {
        for part in &self.parts {
            match part {
                Part::Literal(_) => {}
                Part::Ref(reference) => reference.references(found, place),
                Part::GetAtt(attribute) => found(&attribute.resource, place),
                Part::Variable(index) => evaluator.references(&self.variables[*index].value, found),
            }
        }
    }
}

fn resolve(compiler: &Compiler<'_>, text: &str, place: Place, variables: &[Pair]) -> Option<Vec<Part>> {
    let mut parts = Vec::new();
    let mut used = BTreeSet::new();
    let mut sound = true;
    let mut searched = 0;
    for piece in pieces(text) {
        let mut locate = |written: &str| -> Option<Range<usize>> {
            let span = compiler.find_within(place, written, searched)?;
            searched = span.end - compiler.places.span(place).start;
            Some(span)
        };
        match piece {
            Piece::Literal(literal) => parts.push(Part::Literal(literal.to_owned())),
            Piece::Escaped(name) => parts.push(Part::Literal(format!("${{{name}}}"))),
            Piece::Broken(written) => {
                let problem = Problem::error(
                    codes::INVALID_FUNCTION,
                    place,
                    format!("{} isn't of the form `${{Name}}`", shown(written)),
                );
                compiler.problems.add(problem.at(locate(written)).help(
                    "names hold letters, digits, `_`, `.` and `:` only; write `${!Name}` for a literal `${Name}`",
                ));
                sound = false;
            }
            Piece::Name(name) => {
                let span = locate(&format!("${{{name}}}"));
                let part = if let Some(index) = variables.iter().position(|variable| variable.key == name) {
                    used.insert(index);
                    Some(Part::Variable(index))
                } else if let Some((resource, attribute)) = name.split_once('.')
                    && !is_generated(compiler, resource, attribute)
                {
                    GetAtt::named(compiler, resource, attribute, place, span).map(Part::GetAtt)
                } else {
                    Ref::named(compiler, name, place, span).map(Part::Ref)
                };
                match part {
                    Some(part) => parts.push(part),
                    None => sound = false,
                }
            }
        }
    }
    for (index, variable) in variables.iter().enumerate() {
        if !used.contains(&index) {
            compiler.problems.add(Problem::warning(
                codes::INVALID_FUNCTION,
                variable.key_place,
                format!("the text of this `Fn::Sub` doesn't use `${{{}}}`", variable.key),
            ));
        }
    }
    sound.then_some(parts)
}

/// Whether `${Resource.Part}` is one of SAM's generated resources, such as `${Api.Stage}`.
fn is_generated(compiler: &Compiler<'_>, resource: &str, part: &str) -> bool {
    let kind = compiler.scope.resources.get(resource).copied().flatten();
    kind.is_some_and(|kind| kind.generated.iter().any(|generated| generated.part == part))
}

/// Cuts a text at its `${…}`.
fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find("${") {
        if start > 0 {
            pieces.push(Piece::Literal(&rest[..start]));
        }
        let inside = &rest[start + 2..];
        let Some(end) = inside.find('}') else {
            pieces.push(Piece::Broken(&rest[start..]));
            return pieces;
        };
        let name = &inside[..end];
        pieces.push(if let Some(literal) = name.strip_prefix('!') {
            Piece::Escaped(literal)
        } else if !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.:".contains(&byte)) {
            Piece::Name(name)
        } else {
            Piece::Broken(&rest[start..=start + 2 + end])
        });
        rest = &inside[end + 1..];
    }
    if !rest.is_empty() {
        pieces.push(Piece::Literal(rest));
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_at_its_names() {
        assert_eq!(
            pieces("a${B}${C.D}$e${!F}${AWS::Region}"),
            [
                Piece::Literal("a"),
                Piece::Name("B"),
                Piece::Name("C.D"),
                Piece::Literal("$e"),
                Piece::Escaped("F"),
                Piece::Name("AWS::Region")
            ]
        );
        assert_eq!(pieces("a${ B }"), [Piece::Literal("a"), Piece::Broken("${ B }")]);
        assert_eq!(pieces("${}"), [Piece::Broken("${}")]);
        assert_eq!(pieces("x${y"), [Piece::Literal("x"), Piece::Broken("${y")]);
        assert_eq!(pieces(""), []);
    }
}
