//! A template's sections, read and checked as far as that goes without any value.

mod generated;
mod globals;
mod output;
mod parameter;
mod resource;
mod section;

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::codes;
use crate::expression::{Compiler, Expression, Form, Scope};
use crate::problem::{Problem, Problems};
use crate::syntax::{Data, Entry, Node, Place, Places};

pub(crate) use generated::{IMPLICIT_HTTP_API, IMPLICIT_REST_API};
use globals::Globals;
pub(crate) use output::OutputDeclaration;
pub(crate) use parameter::{Parameter, values as parameter_values};
pub(crate) use resource::Resource;

/// A template before its evaluation.
pub(crate) struct Template {
    pub(crate) description: Option<String>,
    pub(crate) parameters: Vec<Parameter>,
    /// The `Mappings` section, a map of maps of maps.
    pub(crate) mappings: Node,
    pub(crate) conditions: BTreeMap<String, (Place, Expression)>,
    globals: Globals,
    /// Every resource, those that SAM generates behind those that are declared.
    pub(crate) resources: Vec<Resource>,
    index: HashMap<String, usize>,
    pub(crate) outputs: Vec<OutputDeclaration>,
    /// Where the `Parameters` section is, or would be.
    pub(crate) parameters_place: Place,
}

impl Template {
    /// Reads a document; none when it is no template at all.
    pub(crate) fn build(root: &Node, text: &str, places: &Places, problems: &Problems) -> Option<Self> {
        let sections = section::Sections::of(root, problems)?;
        let parameters = parameter::read(sections.map("Parameters"), problems);
        let mappings =
            sections.get("Mappings").cloned().unwrap_or_else(|| Node::new(root.place, Data::Map(Vec::new())));
        section::check_mappings(&mappings, problems);

        let mut scope = Scope {
            parameters: parameters.iter().map(|parameter| parameter.name.clone()).collect(),
            mappings: mappings.entries().iter().map(|entry| entry.key.clone()).collect(),
            conditions: sections.map("Conditions").iter().map(|entry| entry.key.clone()).collect(),
            ..Scope::default()
        };
        let skeletons = resource::read(sections.map("Resources"), problems);
        let plans = generated::plan(&skeletons, sections.get("Globals"));
        generated::name(&plans, &skeletons, &mut scope);

        let used = RefCell::new(BTreeSet::new());
        let compiler = Compiler { scope: &scope, problems, places, text, used: &used, in_conditions: false };
        let conditions = compile_conditions(&compiler, sections.map("Conditions"));
        let globals = Globals::read(&compiler, sections.get("Globals"));
        let mut resources: Vec<Resource> = skeletons.into_iter().map(|skeleton| skeleton.compile(&compiler)).collect();
        section::check_transform(&sections, &resources, problems);
        generated::add(plans, &mut resources);
        let outputs = output::read(&compiler, sections.map("Outputs"));

        let used = used.into_inner();
        for parameter in parameters.iter().filter(|parameter| !used.contains(&parameter.name)) {
            let message = format!("nothing refers to the parameter `{}`", parameter.name);
            problems.add(
                Problem::warning(codes::PARAMETER_UNUSED, parameter.place, message)
                    .help("remove it, or use it by `!Ref`"),
            );
        }
        let index = resources.iter().enumerate().map(|(at, resource)| (resource.logical_id.clone(), at)).collect();
        Some(Self {
            description: sections.get("Description").and_then(Node::scalar_text),
            parameters,
            mappings,
            conditions,
            globals,
            resources,
            index,
            outputs,
            parameters_place: sections.get("Parameters").map_or(root.place, |node| node.place),
        })
    }

    /// The resource of a logical id.
    pub(crate) fn resource(&self, logical_id: &str) -> Option<&Resource> {
        self.index.get(logical_id).and_then(|at| self.resources.get(*at))
    }

    /// One property of a resource, its own before that of Globals.
    pub(crate) fn property<'t>(&'t self, resource: &'t Resource, name: &str) -> Option<&'t Expression> {
        resource.properties.get(name).or_else(|| self.globals.of(resource)?.get(name))
    }

    /// A value in a resource's properties, by its path.
    pub(crate) fn property_at<'t>(&'t self, resource: &'t Resource, path: &str) -> Option<&'t Expression> {
        match path.split_once('.') {
            Some((name, rest)) => self.property(resource, name)?.at(rest),
            None => self.property(resource, path),
        }
    }

    /// All properties of a resource, Globals merged into them.
    pub(crate) fn properties<'t>(&'t self, resource: &'t Resource) -> Cow<'t, Expression> {
        match self.globals.of(resource) {
            Some(globals) => Cow::Owned(globals.merged_into(resource)),
            None => Cow::Borrowed(&resource.properties),
        }
    }
}

fn compile_conditions(compiler: &Compiler<'_>, entries: &[Entry]) -> BTreeMap<String, (Place, Expression)> {
    let compiler = Compiler { in_conditions: true, ..*compiler };
    let conditions = entries.iter().map(|entry| {
        let expression = compiler.compile(&entry.value);
        // A condition has to be the call of a function; what the call results in is checked when it is evaluated.
        let expression = match expression.form {
            Form::Call(_) | Form::Scalar(Data::Unresolved) => expression,
            _ => {
                let message = format!(
                    "the condition `{}` must be a function such as `Fn::Equals`, not {}",
                    entry.key,
                    entry.value.description()
                );
                compiler.error(codes::WRONG_TYPE, entry.value.place, message);
                Expression::unresolved(entry.value.place)
            }
        };
        (entry.key.clone(), (entry.key_place, expression))
    });
    conditions.collect()
}
