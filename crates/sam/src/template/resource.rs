//! One resource of the template: its type, its attributes and its properties, checked without their values.

use crate::codes;
use crate::expression::{Compiler, Expression, Form};
use crate::problem::{Problem, Problems};
use crate::resource::{self as types, ResourceType};
use crate::syntax::{Data, Entry, Node, Place, shown};

/// CloudFormation's quota of resources in a template.
const MOST: usize = 500;

/// What a resource may have beside its properties ("Resource attributes"; `Connectors` and `IgnoreGlobals` are SAM's).
const ATTRIBUTES: &[&str] = &[
    "Condition",
    "Connectors",
    "CreationPolicy",
    "DeletionPolicy",
    "DependsOn",
    "IgnoreGlobals",
    "Metadata",
    "Properties",
    "Type",
    "UpdatePolicy",
    "UpdateReplacePolicy",
];

/// A resource before its evaluation.
pub(crate) struct Resource {
    pub(crate) logical_id: String,
    /// Where its logical id stands.
    pub(crate) place: Place,
    pub(crate) type_name: String,
    pub(crate) type_place: Place,
    pub(crate) kind: Option<&'static ResourceType>,
    /// Always a map.
    pub(crate) properties: Expression,
    pub(crate) metadata: Option<Expression>,
    pub(crate) condition: Option<(String, Place)>,
    pub(crate) depends_on: Vec<(String, Place)>,
    pub(crate) ignored_globals: Ignored,
    /// The resource that SAM generates this one for; none for a declared one.
    pub(crate) owner: Option<String>,
}

/// Which of the Globals a resource doesn't take.
#[derive(Debug, PartialEq)]
pub(crate) enum Ignored {
    All,
    Some(Vec<String>),
}

/// A resource whose names and types are read, but not yet its properties: what they refer to must be known first.
pub(super) struct Skeleton<'n> {
    pub(super) logical_id: &'n str,
    pub(super) place: Place,
    pub(super) type_name: &'n str,
    pub(super) type_place: Place,
    pub(super) kind: Option<&'static ResourceType>,
    pub(super) body: &'n Node,
}

/// Reads the section; what isn't a resource at all is reported and left out.
pub(super) fn read<'n>(entries: &'n [Entry], problems: &Problems) -> Vec<Skeleton<'n>> {
    if let Some(entry) = entries.get(MOST) {
        let message = format!("a template has at most {MOST} resources; this one has {}", entries.len());
        problems.add(Problem::error(codes::LIMIT, entry.key_place, message));
    }
    entries.iter().take(MOST).filter_map(|entry| skeleton(entry, problems)).collect()
}

fn skeleton<'n>(entry: &'n Entry, problems: &Problems) -> Option<Skeleton<'n>> {
    let Entry { key, key_place, value } = entry;
    if !key.bytes().all(|byte| byte.is_ascii_alphanumeric()) || key.is_empty() {
        let message = format!("the logical id {} must be made of letters and digits", shown(key));
        problems.add(Problem::error(codes::INVALID_VALUE, *key_place, message));
    }
    let Data::Map(attributes) = &value.data else {
        if value.data != Data::Unresolved {
            let message = format!("the resource `{key}` must be a map, not {}", value.description());
            problems.add(Problem::error(codes::WRONG_TYPE, value.place, message));
        }
        return None;
    };
    for attribute in attributes.iter().filter(|attribute| !ATTRIBUTES.contains(&attribute.key.as_str())) {
        let near = problems.closest(&attribute.key, ATTRIBUTES.iter().copied());
        let help = near.map_or_else(
            || format!("a property stands below `Properties`; a resource itself has {}", ATTRIBUTES.join(", ")),
            |near| format!("did you mean `{near}`?"),
        );
        let message = format!("resources have no attribute `{}`", attribute.key);
        problems.add(Problem::error(codes::UNKNOWN_PROPERTY, attribute.key_place, message).help(help));
    }
    let Some(type_node) = value.get("Type") else {
        let message = format!("the resource `{key}` has no `Type`");
        problems.add(Problem::error(codes::MISSING_PROPERTY, *key_place, message));
        return None;
    };
    let Data::Text(type_name) = &type_node.data else {
        let message = format!("`Type` must be text such as AWS::SQS::Queue, not {}", type_node.description());
        problems.add(Problem::error(codes::WRONG_TYPE, type_node.place, message));
        return None;
    };
    let kind = types::known(type_name);
    if kind.is_none()
        && let Some(near) = types::closest(type_name)
    {
        let message = format!("{} is no type that is known here", shown(type_name));
        let help = format!("did you mean `{near}`?");
        problems.add(Problem::error(codes::UNKNOWN_RESOURCE_TYPE, type_node.place, message).help(help));
    }
    Some(Skeleton { logical_id: key, place: *key_place, type_name, type_place: type_node.place, kind, body: value })
}

impl Skeleton<'_> {
    /// The whole resource.
    pub(super) fn compile(&self, compiler: &Compiler<'_>) -> Resource {
        let properties = match self.body.get("Properties") {
            None => Expression::new(self.place, Form::Map(Vec::new())),
            Some(node) => self.properties(compiler, node),
        };
        Resource {
            logical_id: self.logical_id.to_owned(),
            place: self.place,
            type_name: self.type_name.to_owned(),
            type_place: self.type_place,
            kind: self.kind,
            properties,
            metadata: self.body.get("Metadata").map(|node| compiler.compile(node)),
            condition: self.condition(compiler),
            depends_on: self.depends_on(compiler),
            ignored_globals: self.ignored_globals(compiler),
            owner: None,
        }
    }

    fn properties(&self, compiler: &Compiler<'_>, node: &Node) -> Expression {
        let Data::Map(entries) = &node.data else {
            if node.data != Data::Unresolved {
                let message = format!("`Properties` must be a map, not {}", node.description());
                compiler.error(codes::WRONG_TYPE, node.place, message);
            }
            return Expression::new(node.place, Form::Map(Vec::new()));
        };
        // A function in their place is refused below.
        let is_call = crate::intrinsic::called(node, false).is_some();
        let known = self.kind.filter(|_| !is_call).map_or(&[][..], |kind| kind.properties);
        for entry in entries {
            if !known.is_empty() && !known.contains(&entry.key.as_str()) && !entry.key.starts_with("Fn::") {
                let message = format!("{} has no property `{}`", self.type_name, entry.key);
                compiler.problems.add(match compiler.problems.closest(&entry.key, known.iter().copied()) {
                    Some(near) => Problem::error(codes::UNKNOWN_PROPERTY, entry.key_place, message)
                        .help(format!("did you mean `{near}`?")),
                    // It may be newer than the list of properties here, so that it can't be refused.
                    None => Problem::warning(codes::UNKNOWN_PROPERTY, entry.key_place, message)
                        .help("if AWS has it, it is newer than this program, and has no effect in a local run"),
                });
            }
            if entry.value.data == Data::Null {
                let message = format!("`{}` of {} has no value", entry.key, self.type_name);
                compiler.problems.add(
                    Problem::error(codes::WRONG_TYPE, entry.key_place, message)
                        .help("CloudFormation refuses null values; remove the property or give it a value"),
                );
            }
        }
        let mut expression = compiler.compile(node);
        if let Form::Map(pairs) = &mut expression.form {
            // It is reported above, once.
            for pair in pairs.iter_mut().filter(|pair| matches!(pair.value.form, Form::Scalar(Data::Null))) {
                pair.value = Expression::unresolved(pair.value.place);
            }
            return expression;
        }
        if matches!(expression.form, Form::Call(_)) {
            compiler.error(codes::INVALID_FUNCTION, node.place, "a function can't stand in place of all `Properties`");
        }
        Expression::new(node.place, Form::Map(Vec::new()))
    }

    fn condition(&self, compiler: &Compiler<'_>) -> Option<(String, Place)> {
        named_condition(compiler, self.body.get("Condition")?)
    }

    fn depends_on(&self, compiler: &Compiler<'_>) -> Vec<(String, Place)> {
        let Some(node) = self.body.get("DependsOn") else { return Vec::new() };
        let items = match &node.data {
            Data::List(items) => items.as_slice(),
            _ => std::slice::from_ref(node),
        };
        let names = items.iter().filter_map(|item| {
            let Data::Text(name) = &item.data else {
                let message =
                    format!("`DependsOn` must name resources by their logical ids, not {}", item.description());
                compiler.error(codes::WRONG_TYPE, item.place, message);
                return None;
            };
            if !compiler.scope.resources.contains_key(name) {
                let near = compiler.problems.closest(name, compiler.scope.resources.keys().map(String::as_str));
                let message = format!("no resource is named {}", shown(name));
                compiler.problems.add(
                    Problem::error(codes::UNKNOWN_REFERENCE, item.place, message)
                        .maybe_help(near.map(|near| format!("did you mean `{near}`?"))),
                );
                return None;
            }
            Some((name.clone(), item.place))
        });
        names.collect()
    }

    fn ignored_globals(&self, compiler: &Compiler<'_>) -> Ignored {
        let none = Ignored::Some(Vec::new());
        let Some(node) = self.body.get("IgnoreGlobals") else { return none };
        match &node.data {
            Data::Text(text) if text == "*" => Ignored::All,
            Data::List(items) if items.iter().all(|item| matches!(item.data, Data::Text(_))) => {
                Ignored::Some(items.iter().filter_map(Node::scalar_text).collect())
            }
            _ => {
                let message =
                    format!("`IgnoreGlobals` must be \"*\" or a list of properties, not {}", node.description());
                compiler.error(codes::WRONG_TYPE, node.place, message);
                none
            }
        }
    }
}

/// The condition that a resource or output names, if there is one of that name.
pub(super) fn named_condition(compiler: &Compiler<'_>, node: &Node) -> Option<(String, Place)> {
    let Data::Text(name) = &node.data else {
        let message = format!("`Condition` must name a condition, not be {}", node.description());
        compiler.error(codes::WRONG_TYPE, node.place, message);
        return None;
    };
    crate::intrinsic::known_condition(compiler, name, node.place).then(|| (name.clone(), node.place))
}
